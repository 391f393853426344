// The slow model's plans: what a period's end, a day's end and a change of plan give and take.
#include "slow_account.hpp"

#include <algorithm>

namespace credits::core::test {

void SlowAccount::grant_what_is_missing() {
    if (is_closed_) {
        return;
    }
    const auto grant_lot = [&](const char* source, int amount, int until) {
        SlowLot lot;
        lot.source = source;
        lot.amount = amount;
        lot.from = now_;
        lot.until = until;
        give(add_lot(lot), amount);
    };
    if (plan_.by_clock && plan_.credits != none) {
        const bool grants_once = plan_.cycle == SlowCycle{};
        plan_granted_ = grants_once ? std::max(plan_granted_, once_granted_) : plan_granted_;
        if (plan_.credits > plan_granted_) {
            grant_lot("plan", plan_.credits - plan_granted_, no_end);
            plan_granted_ = plan_.credits;
        }
        once_granted_ = grants_once ? plan_granted_ : once_granted_;
    }
    if (plan_.daily > day_granted_) {
        grant_lot("daily", plan_.daily - day_granted_, clock_.midnight_after(now_));
        day_granted_ = plan_.daily;
    }
}

// bound brings a lot to what its bounds leave; while there are holds, what is too much lapses as a
// lot of its own, so that they can keep what they need.
void SlowAccount::bound(int lot_no, int target) {
    const int excess = left_in(lot_no) - target;
    if (excess < 0) {
        give(lot_no, -excess);
    } else if (excess > 0) {
        lose(lot_no, excess);
        if (held() > 0) {
            SlowLot lapsed = lot(lot_no);
            lapsed.until = now_;
            lapsed.least = none;
            lapsed.most = none;
            give(add_lot(lapsed), excess);
        }
    }
}

void SlowAccount::renew() {
    for (const int no : lots_in_burn_order()) {
        SlowLot& lot = lot_at(no);
        if (lot.until <= now_) {
            continue;
        }
        if (lot.least != none || lot.most != none) {
            int target = std::max(left_in(no), lot.least);
            target = lot.most == none ? target : std::min(target, lot.most);
            bound(no, target);
        } else if (lot.source == "plan" && plan_.renewal == SlowRenewal::reset && left_in(no) > 0) {
            lot.until = now_; // a lot that is used up has nothing to lose
        }
    }
    if (plan_.renewal == SlowRenewal::rollover) {
        roll_over_plan_lots();
    }
    drop_lapsed(now_, now_);
}

void SlowAccount::roll_over_plan_lots() {
    std::vector<int> plan_lots;
    int total = 0;
    for (const int no : lots_in_burn_order()) {
        const bool follows_plan =
            lot(no).source == "plan" && lot(no).least == none && lot(no).most == none;
        if (follows_plan && lot(no).until > now_) {
            plan_lots.push_back(no);
            total += left_in(no);
        }
    }
    int target = std::max(total, plan_.least);
    target = plan_.most == none ? target : std::min(target, plan_.most);
    int excess = total - target;
    for (const int no : plan_lots) {
        const int part = std::clamp(excess, 0, left_in(no));
        excess -= part;
        bound(no, left_in(no) - part);
    }
    if (target > total) {
        SlowLot lot;
        lot.source = "plan";
        lot.from = now_;
        give(add_lot(lot), target - total);
    }
}

void SlowAccount::end_period() {
    if (plan_.by_clock || (has_pending_plan_ && pending_plan_.by_clock)) {
        renew();
    }
    if (has_pending_plan_) {
        anchor_ = pending_plan_.cycle == plan_.cycle ? anchor_ : now_;
        plan_ = pending_plan_;
        has_pending_plan_ = false;
    }
    period_start_ = now_;
    period_end_ = clock_.period(anchor_, plan_.cycle, now_).second;
    plan_granted_ = 0;
    used_ = 0;
    grant_what_is_missing();
}

Outcome SlowAccount::change_plan(const SlowPlan& plan, bool at_period_end) {
    if (is_closed_) {
        return Outcome::account_closed;
    }
    if (at_period_end) {
        pending_plan_ = plan;
        has_pending_plan_ = true;
        return Outcome::ok;
    }
    has_pending_plan_ = false;
    const bool cycle_changes = !(plan.cycle == plan_.cycle);
    plan_ = plan;
    if (cycle_changes && plan_granted_ == 0) {
        anchor_ = now_;
        period_start_ = now_;
        period_end_ = clock_.period(anchor_, plan_.cycle, now_).second;
        used_ = 0;
    } else if (cycle_changes) {
        anchor_ = period_end_;
    }
    grant_what_is_missing();
    return Outcome::ok;
}

} // namespace credits::core::test
