// Everything around calls: opening, closing and changing plan; grants, voids and refunds.
// All of it works on full accounts.
#include "core/burn_down.hpp"
#include "core/calls.hpp"
#include "core/due.hpp"
#include "core/error.hpp"

#include <algorithm>

namespace credits::core {

namespace {

Verdict own_entry(std::uint32_t entry, Credits amount) {
    Verdict verdict;
    verdict.entry = entry;
    verdict.amount = amount;
    return verdict;
}

// The lot that a refunded share goes back to: the one it came from while it can be used, else a
// new one that lives for the configured time.
Lot& refund_lot(Account& account, std::int64_t lot_no, Instant new_lot_expires_at) {
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

// give_back adds a share to the lot it came from. Debt that is open takes of it first.
void give_back(Account& account, Entry& entry, Lot& lot, Credits share) {
    if (lot.is_new) {
        lot.amount += share;
    }
    put(account, entry, lot, share);
}

} // namespace

Verdict open(Account& account) {
    begin_periods(account);
    return {};
}

Verdict reopen(Account& account) {
    account.wallet.status = AccountStatus::open;
    grant_what_is_missing(account, EntryKind::grant, account.now);
    return {};
}

Verdict close(Account& account) {
    account.wallet.status = AccountStatus::closed;
    return {};
}

Verdict change_plan(Account& account, const PlanTerms& plan, bool at_period_end) {
    if (account.wallet.status == AccountStatus::closed) {
        return refuse(Outcome::account_closed);
    }
    if (at_period_end) {
        account.pending_plan = &plan;
    } else {
        change_plan_now(account, plan);
    }
    return {};
}

Verdict grant(Account& account, const GrantRequest& request) {
    if (account.wallet.status == AccountStatus::closed) {
        return refuse(Outcome::account_closed);
    }
    if (request.lot.expires_at <= request.lot.effective_at) {
        throw_invalid("credits must not expire before they count",
                      "expires_at is not after effective_at",
                      "give a later expires_at, or none");
    }
    if (request.lot.rollover_min && request.lot.rollover_max &&
        *request.lot.rollover_min > *request.lot.rollover_max) {
        throw_invalid("rollover_min must not be above rollover_max",
                      "arguments rollover_min and rollover_max",
                      "give a higher maximum, or a lower minimum");
    }
    Lot& lot = new_lot(account, request.lot);
    lot.amount = request.amount;
    const bool later = lot.effective_at > account.now;
    lot.state = later ? LotState::scheduled : LotState::live;
    Entry& entry = post(account, EntryKind::grant, lot.effective_at);
    entry.is_call = true;
    if (!later) {
        put(account, entry, lot, request.amount);
    }
    const std::uint32_t own = account.entries.size() - 1;
    if (lot.expires_at <= account.now) { // it was back-dated
        expire_lots(account, lot.expires_at);
    }
    return own_entry(own, request.amount);
}

Verdict void_lot(Account& account, std::int64_t lot_no) {
    Lot* lot = find_lot(account, lot_no);
    if (lot == nullptr || !lot->is_open()) {
        return refuse(Outcome::entry_not_found);
    }
    Entry& entry = post(account, EntryKind::voided, account.now);
    entry.is_call = true;
    const Credits left = lot->state == LotState::live ? lot->remaining : no_credits;
    drop(account, entry, *lot, left);
    lot->remaining = no_credits;
    lot->state = LotState::voided;
    lot->changed = true;
    return own_entry(account.entries.size() - 1, left);
}

Verdict refund(Account& account, const RefundRequest& request) {
    if (account.wallet.status == AccountStatus::closed) {
        return refuse(Outcome::account_closed);
    }
    if (request.kind != EntryKind::deduct && request.kind != EntryKind::settle) {
        return refuse(Outcome::entry_not_found);
    }
    const Credits rest = request.charged - request.refunded;
    const Credits amount = request.amount.value_or(rest);
    if (amount > rest || (!request.amount && rest.is_zero())) {
        Verdict verdict = refuse(Outcome::refund_exceeds);
        verdict.amount = amount;
        return verdict;
    }
    Entry& entry = post(account, EntryKind::refund, account.now);
    entry.is_call = true;
    entry.refers_to = request.entry_no;
    const std::uint32_t own = account.entries.size() - 1;

    // The charge, last share first: what earlier refunds gave back is skipped, then shares are
    // given back until the amount is reached. What had become debt comes before any lot.
    Credits skip = request.refunded;
    Credits left = amount;
    const auto give = [&](std::int64_t lot_no, Credits share) {
        const Credits skipped = std::min(skip, share);
        skip -= skipped;
        const Credits part = std::min(left, share - skipped);
        if (part.is_positive()) {
            give_back(account,
                      account.entries[own],
                      refund_lot(account, lot_no, request.new_lot_expires_at),
                      part);
            left -= part;
        }
    };
    Credits from_lots;
    for (const LotMove& move : request.moves) {
        from_lots -= move.amount;
    }
    give(0, request.charged - from_lots);
    for (std::uint32_t at = request.moves.size(); at-- > 0;) {
        give(request.moves[at].lot_no, -request.moves[at].amount);
    }
    if (request.created_at < account.wallet.period_start) {
        account.wallet.granted +=
            amount; // a charge of an earlier period lowers nothing in this one
    }
    return own_entry(own, amount);
}

} // namespace credits::core
