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
        account.facts_changed = true;
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
    if (lot->state == LotState::scheduled) {
        lot->expires_at = lot->effective_at; // it never began, and will not
    }
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
    const Decimal overage = request.amount ? Decimal{} : request.overage;
    if (amount > rest || (!request.amount && rest.is_zero() && overage.is_zero())) {
        Verdict verdict = refuse(Outcome::refund_exceeds);
        verdict.amount = amount;
        return verdict;
    }
    Entry& entry = post(account, EntryKind::refund, account.now);
    entry.is_call = true;
    entry.refers_to = request.entry_no;
    entry.overage = Decimal{} - overage;
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
            refill(account,
                   account.entries[own],
                   lot_to_refill(account, lot_no, request.new_lot_expires_at),
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
    // A charge of an earlier period lowers nothing in this one.
    if (request.created_at < account.wallet.period_start) {
        account.wallet.granted += amount;
    } else {
        account.wallet.period_overage = account.wallet.period_overage - overage;
    }
    return own_entry(own, amount);
}

} // namespace credits::core
