// Movements of credits between lots, balance and debt.
// Invariant: debt and credits do not stand side by side, so debt is just a balance below zero.
#include "core/burn_down.hpp"

#include <algorithm>
#include <tuple>

namespace credits::core {

namespace {

// Net charges are what lowers the balance without lowering what was granted.
bool is_charge(EntryKind kind) {
    return kind == EntryKind::deduct || kind == EntryKind::settle || kind == EntryKind::refund;
}

void move_balance(Account& account, Entry& entry, Credits amount) {
    account.wallet.balance += amount;
    if (!is_charge(entry.kind)) {
        account.wallet.granted += amount;
    }
    entry.amount += amount;
    entry.balance = account.wallet.balance;
    entry.held = account.wallet.held;
}

void move_lot(Account& account, Entry& entry, Lot& lot, Credits amount) {
    lot.remaining += amount;
    lot.changed = true;
    if (!amount.is_zero()) {
        entry.moves.push_back(*account.arena, {lot.lot_no, amount});
    }
}

bool is_usable(const Lot& lot, Instant usable_since, Instant now) {
    return lot.state == LotState::live && lot.remaining.is_positive() && lot.effective_at <= now &&
           lot.expires_at > usable_since;
}

// take_from_lots gives what it did not find.
Credits take_from_lots(Account& account, Entry& entry, Credits amount, Instant usable_since) {
    Credits rest = amount;
    for (Lot& lot : account.lots) {
        if (!rest.is_positive()) {
            break;
        }
        if (is_usable(lot, usable_since, account.now)) {
            const Credits part = std::min(rest, lot.remaining);
            move_lot(account, entry, lot, -part);
            rest -= part;
        }
    }
    return rest;
}

// What open holds that were made from one moment to before another hold in all.
Credits held_since(const Account& account, Instant from, Instant until) {
    Credits total;
    for (const Hold& hold : account.holds) {
        if (hold.status == HoldStatus::pending && from <= hold.created_at &&
            hold.created_at < until) {
            total += hold.amount;
        }
    }
    return total;
}

// kept_of is what holds keep alive of a lapsed lot. They take first what burns before it; not what
// began only after it lapsed. And none reaches for a lot that began after the hold was made.
Credits kept_of(const Account& account, const Lot& lapsed) {
    const Credits by_its_own = held_since(account, lapsed.effective_at, lapsed.expires_at);
    if (by_its_own.is_zero()) {
        return no_credits;
    }
    Credits earlier;
    for (const Lot& lot : account.lots) {
        if (&lot == &lapsed) { // they stand in the order in which they burn
            break;
        }
        const bool counted = lot.state == LotState::live && lot.effective_at < lapsed.expires_at;
        earlier += counted ? lot.remaining : no_credits;
    }
    const Credits left_to_cover = held_since(account, always, lapsed.expires_at) - earlier;
    return std::min({lapsed.remaining, std::max(no_credits, left_to_cover), by_its_own});
}

// forfeit takes what is not kept of lots that expired from one moment up to another, at the latter.
void forfeit(Account& account, Instant from, Instant moment) {
    std::sort(account.lots.begin(), account.lots.end(), burns_before);
    for (Lot& lot : account.lots) {
        if (lot.state != LotState::live || lot.expires_at < from || lot.expires_at > moment) {
            continue;
        }
        const Credits kept = kept_of(account, lot);
        if (lot.remaining > kept) {
            Entry& entry = post(account, EntryKind::expire, moment);
            drop(account, entry, lot, lot.remaining - kept);
        }
        if (kept.is_zero()) {
            lot.state = LotState::expired;
            lot.changed = true;
        }
    }
}

} // namespace

bool burns_before(const Lot& left, const Lot& right) {
    const auto rank = [](const Lot& lot) {
        return std::tuple(
            lot.priority, lot.expires_at, lot.is_paid(), lot.effective_at, lot.lot_no);
    };
    return rank(left) < rank(right);
}

void hold_cost(Account& account, const Hold& hold) {
    if (hold.cost) {
        account.wallet.held_cost = account.wallet.held_cost + *hold.cost;
    }
}

void free_held_cost(Account& account, const Hold& hold) {
    if (hold.cost) {
        account.wallet.held_cost = account.wallet.held_cost - *hold.cost;
    }
}

Entry& post(Account& account, EntryKind kind, Instant effective_at) {
    Entry entry;
    entry.kind = kind;
    entry.entry_no = ++account.wallet.last_entry_no;
    entry.effective_at = effective_at;
    entry.balance = account.wallet.balance;
    entry.held = account.wallet.held;
    entry.plan = account.plan->name;
    account.entries.push_back(*account.arena, entry);
    return account.entries.back();
}

bool take(Account& account, Entry& entry, Credits amount, Instant usable_since) {
    if (!account.is_full) {
        if (amount > account.wallet.current_remaining) {
            return false;
        }
        if (amount.is_positive()) {
            account.wallet.current_remaining -= amount;
            entry.moves.push_back(*account.arena, {account.wallet.current_lot_no, -amount});
        }
        move_balance(account, entry, -amount);
        return true;
    }
    std::sort(account.lots.begin(), account.lots.end(), burns_before);
    const Credits rest = take_from_lots(account, entry, amount, usable_since);
    // A hold pins nothing: what only holds keep alive is used before anything becomes debt.
    take_from_lots(account, entry, rest, always);
    move_balance(account, entry, -amount);
    return true;
}

void put(Account& account, Entry& entry, Lot& lot, Credits amount) {
    const Credits balance = account.wallet.balance;
    const Credits debt = balance.is_negative() ? -balance : no_credits;
    move_lot(account, entry, lot, amount - std::min(amount, debt));
    move_balance(account, entry, amount);
}

void drop(Account& account, Entry& entry, Lot& lot, Credits amount) {
    move_lot(account, entry, lot, -amount);
    move_balance(account, entry, -amount);
}

Lot& new_lot(Account& account, const Lot& lot) {
    account.lots.push_back(*account.arena, lot);
    Lot& added = account.lots.back();
    added.lot_no = ++account.wallet.last_lot_no;
    added.created_at = account.now;
    added.is_new = true;
    added.changed = true;
    return added;
}

Lot& lot_to_refill(Account& account, std::int64_t lot_no, Instant new_lot_expires_at) {
    Lot* origin = find_lot(account, lot_no);
    // Plan credits of an earlier period that were used up when it was reset are gone all the same.
    const bool was_reset = origin != nullptr && origin->state == LotState::used &&
                           origin->is_plan() && !origin->rollover_max &&
                           account.plan->renews_by_clock &&
                           account.plan->renewal == Renewal::reset &&
                           origin->effective_at < account.wallet.period_start;
    const bool usable = origin != nullptr && !was_reset &&
                        (origin->state == LotState::live || origin->state == LotState::used) &&
                        origin->expires_at > account.now;
    if (usable) {
        origin->state = LotState::live;
        return *origin;
    }
    Lot fresh;
    fresh.source = "refund";
    fresh.category = origin == nullptr ? "promotional" : origin->category;
    fresh.priority = origin == nullptr ? fresh.priority : origin->priority;
    fresh.effective_at = account.now;
    fresh.expires_at = new_lot_expires_at;
    return new_lot(account, fresh);
}

void refill(Account& account, Entry& entry, Lot& lot, Credits amount) {
    if (lot.is_new) {
        lot.amount += amount;
    }
    put(account, entry, lot, amount);
}

Lot* find_lot(Account& account, std::int64_t lot_no) {
    auto* const found = std::find_if(account.lots.begin(), account.lots.end(), [&](const Lot& lot) {
        return lot.lot_no == lot_no;
    });
    return found == account.lots.end() ? nullptr : found;
}

void expire_lots(Account& account, Instant moment) {
    forfeit(account, moment, moment);
}

void free_lapsed(Account& account, Instant moment) {
    forfeit(account, always, moment);
}
} // namespace credits::core
