// The slow model: one loop for one credit, one step for one hour.
#include "slow_account.hpp"

#include <algorithm>

namespace credits::core::test {

SlowAccount::SlowAccount(const SlowClock& clock, const SlowPlan& plan, int now, int anchor)
    : clock_(clock), plan_(plan), now_(now), anchor_(anchor) {
    std::tie(period_start_, period_end_) = clock_.period(anchor_, plan_.cycle, now_);
    grant_what_is_missing();
}

void SlowAccount::pass_until(int now) {
    while (now_ < now) {
        pass_one();
    }
}

// At one moment holds end first, then lots expire, the period ends, lots begin to count, the day
// ends.
void SlowAccount::pass_one() {
    ++now_;
    for (SlowHold& hold : holds_) {
        if (hold.status == SlowStatus::pending && hold.until == now_) {
            hold.status = SlowStatus::expired;
            drop_lapsed(0, now_);
        }
    }
    drop_lapsed(now_, now_);
    const bool day_ends = clock_.is_midnight(now_);
    day_granted_ = day_ends ? 0 : day_granted_;
    if (period_end_ == now_) {
        end_period();
    }
    for (SlowLot& lot : lots_) {
        if (!lot.has_begun && !lot.is_gone && lot.from == now_) {
            lot.has_begun = true;
            give(lot.no, lot.amount);
        }
    }
    if (day_ends) {
        grant_what_is_missing();
    }
}

int SlowAccount::held() const {
    int total = 0;
    for (const SlowHold& hold : holds_) {
        total += hold.status == SlowStatus::pending ? hold.amount : 0;
    }
    return total;
}

int SlowAccount::left_in(int lot_no) const {
    return static_cast<int>(
        std::count_if(credits_.begin(), credits_.end(), [&](const Credit& credit) {
            return credit.lot == lot_no;
        }));
}

std::multiset<SlowAccount::Seen> SlowAccount::lots_left() const {
    std::multiset<Seen> seen;
    for (const SlowLot& lot : lots_) {
        if (const int left = left_in(lot.no); left > 0) {
            seen.emplace(lot.source, lot.priority, lot.is_paid, lot.from, lot.until, left);
        }
    }
    return seen;
}

bool SlowAccount::burns_before(int left, int right) const {
    const SlowLot& one = lot(left);
    const SlowLot& other = lot(right);
    if (one.priority != other.priority) {
        return one.priority < other.priority;
    }
    if (one.until != other.until) {
        return one.until < other.until;
    }
    if (one.is_paid != other.is_paid) {
        return other.is_paid;
    }
    return one.from != other.from ? one.from < other.from : one.no < other.no;
}

std::vector<int> SlowAccount::lots_in_burn_order() const {
    std::vector<int> order;
    for (const SlowLot& lot : lots_) {
        if (lot.has_begun && !lot.is_gone) {
            order.push_back(lot.no);
        }
    }
    std::sort(
        order.begin(), order.end(), [&](int left, int right) { return burns_before(left, right); });
    return order;
}

// As a lot ends, the credits that counted just before stand in a row as they would burn, and every
// hold made by then reaches over as many of them as it holds. Of the lot those survive that are
// reached, but no more than is held by holds that the lot was there for. So again, with the holds
// that are left, as one of them ends.
void SlowAccount::drop_lapsed(int ended_from, int ended_by) {
    for (const int no : lots_in_burn_order()) {
        if (lot(no).until < ended_from || lot(no).until > ended_by) {
            continue;
        }
        int reach = 0;
        int of_its_time = 0;
        for (const SlowHold& hold : holds_) {
            if (hold.status == SlowStatus::pending && hold.made < lot(no).until) {
                reach += hold.amount;
                of_its_time += hold.made < lot(no).from ? 0 : hold.amount;
            }
        }
        int place = 0;
        for (const int other : lots_in_burn_order()) {
            if (other == no) {
                break;
            }
            place += lot(other).from < lot(no).until ? left_in(other) : 0;
        }
        int kept = 0;
        for (int left = left_in(no); left > 0; --left) {
            if (place < reach && kept < of_its_time) {
                ++place;
                ++kept;
            } else {
                lose(no, 1);
            }
        }
        lot_at(no).is_gone = kept == 0;
    }
}

void SlowAccount::give(int lot_no, int amount) {
    for (; amount > 0; --amount) {
        if (debt_ > 0) {
            --debt_;
        } else {
            credits_.push_back({lot_no});
        }
    }
}

void SlowAccount::lose(int lot_no, int amount) {
    for (; amount > 0; --amount) {
        credits_.erase(std::find_if(credits_.begin(), credits_.end(), [&](const Credit& credit) {
            return credit.lot == lot_no;
        }));
    }
}

int SlowAccount::add_lot(SlowLot lot) {
    lot.no = static_cast<int>(lots_.size()) + 1;
    lots_.push_back(lot);
    return lot.no;
}

int SlowAccount::best_lot(int usable_since) const {
    int best = 0;
    for (const Credit& credit : credits_) {
        const bool usable = lot(credit.lot).until > usable_since;
        if (usable && credit.lot != best && (best == 0 || burns_before(credit.lot, best))) {
            best = credit.lot;
        }
    }
    return best;
}

// Credits that count burn first, then those that only holds keep alive; what is left is debt.
SlowAccount::Charge SlowAccount::take(int amount, int usable_since) {
    Charge charge;
    charge.made = now_;
    charge.amount = amount;
    for (; amount > 0; --amount) {
        int from = best_lot(usable_since);
        from = from == 0 ? best_lot(0) : from;
        if (from == 0) {
            ++debt_;
        } else {
            lose(from, 1);
        }
        charge.taken.push_back(from);
    }
    used_ += charge.amount;
    return charge;
}

bool SlowAccount::covers(int amount) const {
    const int usable = balance() - held() + plan_.overdraft;
    return amount == 0 || amount <= usable;
}

Outcome SlowAccount::grant(SlowLot lot) {
    if (is_closed_) {
        return Outcome::account_closed;
    }
    lot.has_begun = lot.from <= now_;
    const int no = add_lot(lot);
    if (lot.has_begun) {
        give(no, lot.amount);
        if (lot.until <= now_) { // over before it was given
            drop_lapsed(lot.until, lot.until);
        }
    }
    return Outcome::ok;
}

Outcome SlowAccount::deduct(int amount, int charge_no) {
    if (is_closed_ || is_frozen_) {
        return is_closed_ ? Outcome::account_closed : Outcome::account_frozen;
    }
    if (!covers(amount)) {
        return Outcome::insufficient_credits;
    }
    charges_[charge_no] = take(amount, now_);
    return Outcome::ok;
}

Outcome SlowAccount::authorize(int amount, int until) {
    if (is_closed_ || is_frozen_) {
        return is_closed_ ? Outcome::account_closed : Outcome::account_frozen;
    }
    if (!covers(amount)) {
        return Outcome::insufficient_credits;
    }
    holds_.push_back(
        {static_cast<int>(holds_.size()) + 1, amount, now_, until, SlowStatus::pending});
    return Outcome::ok;
}

Outcome SlowAccount::extend(int hold_no, int more, int until) {
    SlowHold& hold = holds_.at(static_cast<std::size_t>(hold_no - 1));
    if (is_closed_ || is_frozen_) {
        return is_closed_ ? Outcome::account_closed : Outcome::account_frozen;
    }
    if (hold.status == SlowStatus::settled || hold.status == SlowStatus::released) {
        return hold.status == SlowStatus::settled ? Outcome::hold_settled : Outcome::hold_released;
    }
    const bool again = hold.status == SlowStatus::expired;
    if (!covers(again ? hold.amount + more : more)) {
        return Outcome::insufficient_credits;
    }
    hold.amount += more;
    hold.until = again ? until : std::max(hold.until, until);
    hold.status = SlowStatus::pending;
    return Outcome::ok;
}

Outcome SlowAccount::settle(int hold_no, int amount, int charge_no) {
    SlowHold& hold = holds_.at(static_cast<std::size_t>(hold_no - 1));
    if (is_closed_) {
        return Outcome::account_closed;
    }
    if (hold.status == SlowStatus::settled || hold.status == SlowStatus::released) {
        return hold.status == SlowStatus::settled ? Outcome::hold_settled : Outcome::hold_released;
    }
    const bool late = hold.status == SlowStatus::expired;
    hold.status = SlowStatus::settled;
    charges_[charge_no] = take(amount == none ? hold.amount : amount, late ? now_ : hold.made);
    drop_lapsed(0, now_);
    return Outcome::ok;
}

Outcome SlowAccount::release(int hold_no) {
    SlowHold& hold = holds_.at(static_cast<std::size_t>(hold_no - 1));
    if (hold.status == SlowStatus::settled || hold.status == SlowStatus::released) {
        return hold.status == SlowStatus::settled ? Outcome::hold_settled : Outcome::hold_released;
    }
    hold.status = SlowStatus::released;
    drop_lapsed(0, now_);
    return Outcome::ok;
}

// A plan lot of an earlier period that was used up when the period was reset is gone all the same.
bool SlowAccount::was_reset(int lot_no) const {
    const SlowLot& origin = lot(lot_no);
    return origin.source == "plan" && origin.least == none && origin.most == none &&
           plan_.by_clock && plan_.renewal == SlowRenewal::reset && origin.from < period_start_ &&
           left_in(lot_no) == 0;
}

// Credits go back one by one, the last one taken first.
Outcome SlowAccount::refund(int charge_no, int amount, int new_lot_until) {
    Charge& charge = charges_.at(charge_no);
    if (is_closed_) {
        return Outcome::account_closed;
    }
    const int rest = static_cast<int>(charge.taken.size());
    if (amount > rest || (amount == none && rest == 0)) {
        return Outcome::refund_exceeds;
    }
    int origin = none;
    int target = 0;
    for (int left = amount == none ? rest : amount; left > 0; --left) {
        const int taken = charge.taken.back();
        charge.taken.pop_back();
        if (taken != origin) {
            origin = taken;
            target = taken;
            if (taken == 0 || lot(taken).is_gone || lot(taken).until <= now_ || was_reset(taken)) {
                SlowLot fresh;
                fresh.source = "refund";
                fresh.priority = taken == 0 ? fresh.priority : lot(taken).priority;
                fresh.is_paid = taken != 0 && lot(taken).is_paid;
                fresh.from = now_;
                fresh.until = new_lot_until;
                target = add_lot(fresh);
            }
        }
        give(target, 1);
        used_ -= charge.made >= period_start_ ? 1 : 0;
    }
    return Outcome::ok;
}

Outcome SlowAccount::void_lot(int lot_no) {
    lose(lot_no, left_in(lot_no));
    lot_at(lot_no).is_gone = true;
    return Outcome::ok;
}

void SlowAccount::close() {
    is_closed_ = true;
}

void SlowAccount::reopen() {
    is_closed_ = false;
    grant_what_is_missing();
}

} // namespace credits::core::test
