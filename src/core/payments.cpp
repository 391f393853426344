// Payments, and what they do to periods and lots.
#include "core/payments.hpp"

#include "core/burn_down.hpp"
#include "core/due.hpp"
#include "core/renewal.hpp"
#include "core/revenue.hpp"

#include <algorithm>

namespace credits::core {

namespace {

Verdict own_entry(Account& account, std::uint32_t entry, const Payment& payment) {
    account.entries[entry].is_call = true;
    account.entries[entry].reason = payment.reason;
    Verdict verdict;
    verdict.entry = entry;
    verdict.amount = account.entries[entry].amount;
    return verdict;
}

Lot paid_lot(Instant effective_at, const Payment& payment) {
    Lot lot = allowance_lot("plan", no_credits, effective_at, never);
    lot.category = "paid";
    lot.price_paid = payment.usd;
    return lot;
}

// The caller's own entry: with credits a grant, without them only the note of a payment.
std::uint32_t
post_lot(Account& account, Credits amount, Instant effective_at, const Payment& payment) {
    if (!amount.is_positive()) {
        post(account, EntryKind::adjust, account.now);
        return account.entries.size() - 1;
    }
    Lot& lot = new_lot(account, paid_lot(effective_at, payment));
    lot.amount = amount;
    put(account, post(account, EntryKind::grant, effective_at), lot, amount);
    return account.entries.size() - 1;
}

// grant_of_plan gives no more in all than the plan gives for a period.
std::uint32_t
grant_of_plan(Account& account, Credits amount, Credits most, Instant at, const Payment& payment) {
    const Credits missing = most - account.wallet.plan_granted;
    const Credits part = std::max(no_credits, std::min(amount, missing));
    account.wallet.plan_granted += part;
    return post_lot(account, part, at, payment);
}

// post_ahead is for a period to come: its credits wait in a lot that begins with it.
std::uint32_t
post_ahead(Account& account, Credits amount, const Period& period, const Payment& payment) {
    if (amount.is_positive()) {
        Lot lot = paid_lot(period.start, payment);
        lot.amount = amount;
        lot.state = LotState::scheduled;
        lot.paid_to = period.end;
        new_lot(account, lot);
    }
    post(account, EntryKind::adjust, account.now);
    return account.entries.size() - 1;
}

// The latest period to come that was paid for, where its credits wait.
Period last_period_ahead(const Account& account) {
    Period last{always, always};
    for (const Lot& lot : account.lots) {
        if (lot.is_paid_ahead() && lot.effective_at >= account.wallet.period_end &&
            lot.effective_at > last.start) {
            last = {lot.effective_at, lot.paid_to};
        }
    }
    return last;
}

Credits credits_ahead(const Account& account, Instant period_start) {
    Credits total;
    for (const Lot& lot : account.lots) {
        total += lot.is_paid_ahead() && lot.effective_at == period_start ? lot.amount : no_credits;
    }
    return total;
}

// post_rest_ahead gives no more in all than the plan gives for the period.
std::uint32_t post_rest_ahead(
    Account& account, Credits amount, Credits most, const Period& period, const Payment& payment) {
    const Credits missing = most - credits_ahead(account, period.start);
    return post_ahead(account, std::max(no_credits, std::min(amount, missing)), period, payment);
}

void set_paid_until(Account& account, Instant end) {
    account.wallet.paid_until = std::max(account.wallet.paid_until, end);
    account.facts_changed = true; // where the account's periods are counted from may move with it
}

// A period that the account enters late has seen what was booked since it began.
void enter_period(Account& account, const PaidPeriod& period) {
    start_period(account, period.start, period.end);
    Wallet& wallet = account.wallet;
    wallet.period_revenue = period.totals.revenue;
    wallet.period_cost = period.totals.cost;
    wallet.period_overage = period.totals.overage;
    wallet.period_tokens = period.totals.tokens;
    wallet.period_requests = period.totals.requests;
}

// A plan with credits from a margin gives them for the money that was paid; where that is nothing
// (a trial, a discount of all) what the plan says.
Credits credits_for(const Account& account, const PlanTerms& plan, const Payment& payment) {
    const Credits all = plan.credits.value_or(no_credits);
    if (!plan.credit_share || payment.usd.is_zero()) {
        return all;
    }
    return round_charge(payment.usd * *plan.credit_share, {}, account.unit).amount;
}

// Plans without an interval give their credits once.
std::uint32_t pay_once(Account& account, const PlanTerms& plan, const Payment& payment) {
    Wallet& wallet = account.wallet;
    // What another plan gave by the clock in this month was not bought.
    const Credits by_clock = wallet.plan_granted;
    wallet.plan_granted = wallet.once_granted;
    const std::uint32_t entry = grant_of_plan(account,
                                              credits_for(account, plan, payment),
                                              plan.credits.value_or(no_credits),
                                              account.now,
                                              payment);
    wallet.once_granted = wallet.plan_granted;
    wallet.plan_granted = std::max(wallet.plan_granted, by_clock);
    return entry;
}

// The present period, by its anchor where it follows on a paid one; else one that begins now.
std::uint32_t pay_present_period(Account& account, const PlanTerms& plan, const Payment& payment) {
    Wallet& wallet = account.wallet;
    const bool is_first = account.wallet.paid_until == always;
    const bool goes_on =
        is_first ? account.anchor_given : account.wallet.paid_until == wallet.period_start;
    if (!goes_on) {
        account.period_anchor = account.now;
        start_period(account, account.now, later(*account.zone, account.now, plan.cycle));
    }
    const Instant start = wallet.period_start;
    set_paid_until(account, wallet.period_end);
    wallet.plan_granted = no_credits;
    renew_lots(account, plan, start);
    return grant_of_plan(account,
                         credits_for(account, plan, payment),
                         plan.credits.value_or(no_credits),
                         account.now,
                         payment);
}

// What of a period to come is not paid for yet, else the one after it.
std::uint32_t pay_next_period(Account& account, const PlanTerms& plan, const Payment& payment) {
    const Credits amount = credits_for(account, plan, payment);
    const Credits most = plan.credits.value_or(no_credits);
    Period period = last_period_ahead(account);
    if (period.start == always || credits_ahead(account, period.start) >= most) {
        period.start = account.wallet.paid_until;
        period.end = period_at(*account.zone, account.period_anchor, plan.cycle, period.start).end;
        set_paid_until(account, period.end);
    }
    return post_rest_ahead(account, amount, most, period, payment);
}

std::uint32_t pay_named_period(Account& account,
                               const PlanTerms& plan,
                               const Payment& payment,
                               const PaidPeriod& period) {
    Wallet& wallet = account.wallet;
    if (!period.is_known) {
        if (wallet.period_start != period.start) {
            enter_period(account, period);
        }
        wallet.period_end = period.end;
        account.period_anchor = period.end;
        // It takes the place of a longer one that it begins in, not of those to come.
        const bool is_last = period.superseded_at == never;
        wallet.paid_until = is_last ? period.end : wallet.paid_until;
        wallet.plan_granted = no_credits;
        renew_lots(account, plan, period.start);
    }
    set_paid_until(account, period.end); // what had paid for it before may have been returned
    return grant_of_plan(account, period.credits, period.most, period.start, payment);
}

// The period is over, or another was paid for since.
std::uint32_t pay_past_period(Account& account,
                              const PlanTerms& plan,
                              const Payment& payment,
                              const PaidPeriod& period) {
    renew_ended_lots(account, plan, period.ended_lots, period.start);
    const std::uint32_t entry = post_lot(account, period.credits, period.start, payment);
    set_paid_until(account, period.end);
    if (period.credits.is_positive() && period.superseded_at <= account.now) {
        List<std::int64_t> own;
        own.push_back(*account.arena, account.wallet.last_lot_no);
        renew_ended_lots(account, plan, own, period.superseded_at);
    }
    return entry;
}

std::uint32_t
pay_coming_period(Account& account, const Payment& payment, const PaidPeriod& period) {
    account.wallet.period_end = std::min(account.wallet.period_end, period.start);
    account.period_anchor = period.start;
    set_paid_until(account, period.end);
    return post_rest_ahead(
        account, period.credits, period.most, {period.start, period.end}, payment);
}

// Revenue of a period that is over is on the books only.
void book_revenue_of(Account& account, const Payment& payment) {
    if (payment.paid_at >= account.wallet.period_start) {
        book_revenue(account, payment.usd, payment.cover);
    }
}

// A lot that has not begun holds no credits yet: what it will hold changes, and no entry says so.
void set_amount_ahead(Lot& lot, Credits amount) {
    lot.amount = amount;
    lot.state = amount.is_positive() ? LotState::scheduled : LotState::voided;
    lot.changed = true;
}

bool was_voided_ahead(const Lot& lot) {
    return lot.state == LotState::voided && lot.expires_at <= lot.effective_at;
}

bool is_closed(const Account& account) {
    return account.wallet.status == AccountStatus::closed;
}

} // namespace

Verdict book_payment(Account& account, const Payment& payment) {
    if (is_closed(account)) {
        return refuse(Outcome::account_closed);
    }
    book_revenue_of(account, payment);
    return own_entry(account, post_lot(account, no_credits, account.now, payment), payment);
}

Verdict take_payment(Account& account, const Payment& payment, const GrantRequest& request) {
    const Verdict verdict = grant(account, request);
    if (verdict.outcome != Outcome::ok) {
        return verdict;
    }
    book_revenue_of(account, payment);
    return own_entry(account, verdict.entry, payment);
}

Verdict pay_subscription(Account& account, const PlanTerms& plan, const Payment& payment) {
    if (is_closed(account)) {
        return refuse(Outcome::account_closed);
    }
    const bool has_all = account.wallet.plan_granted >= plan.credits.value_or(no_credits);
    std::uint32_t entry = 0;
    if (plan.cycle.is_none()) {
        entry = pay_once(account, plan, payment);
    } else if (account.wallet.paid_until <= account.now) {
        entry = pay_present_period(account, plan, payment);
    } else if (!has_all) {
        entry = grant_of_plan(account,
                              credits_for(account, plan, payment),
                              plan.credits.value_or(no_credits),
                              account.now,
                              payment);
    } else {
        entry = pay_next_period(account, plan, payment);
    }
    book_revenue(account, payment.usd, payment.cover);
    return own_entry(account, entry, payment);
}

Verdict pay_period(Account& account,
                   const PlanTerms& plan,
                   const Payment& payment,
                   const PaidPeriod& period) {
    if (is_closed(account)) {
        return refuse(Outcome::account_closed);
    }
    std::uint32_t entry = 0;
    if (period.end <= account.now || period.superseded_at <= account.now) {
        entry = pay_past_period(account, plan, payment, period);
        book_revenue_of(account, payment);
    } else {
        entry = period.start > account.now ? pay_coming_period(account, payment, period)
                                           : pay_named_period(account, plan, payment, period);
        book_revenue(account, payment.usd, payment.cover);
    }
    return own_entry(account, entry, payment);
}

Verdict claw_back(Account& account, const Clawback& clawback) {
    post(account, EntryKind::clawback, account.now);
    const std::uint32_t own = account.entries.size() - 1;
    Wallet& wallet = account.wallet;
    wallet.period_revenue = wallet.period_revenue - clawback.revenue;
    Lot* lot = find_lot(account, clawback.lot_no);
    if (lot != nullptr && lot->state == LotState::scheduled) {
        set_amount_ahead(*lot, std::max(no_credits, lot->amount - clawback.amount));
        return own_entry(account, own, {{}, {}, clawback.reason});
    }
    Credits own_part;
    if (lot != nullptr && lot->state == LotState::live) {
        own_part = std::min(clawback.amount, lot->remaining);
        drop(account, account.entries[own], *lot, own_part);
    }
    const Credits rest = std::min(clawback.amount - own_part, clawback.used);
    take(account, account.entries[own], rest, account.now);
    return own_entry(account, own, {{}, {}, clawback.reason});
}

Verdict undo_clawback(Account& account, const Clawback& clawback, Instant new_lot_expires_at) {
    post(account, EntryKind::adjust, account.now);
    const std::uint32_t own = account.entries.size() - 1;
    Lot* own_lot = find_lot(account, clawback.lot_no);
    if (own_lot != nullptr && own_lot->state != LotState::live &&
        own_lot->effective_at > account.now && !was_voided_ahead(*own_lot)) {
        set_amount_ahead(*own_lot, own_lot->amount + clawback.amount);
    } else if (clawback.amount.is_positive()) {
        Lot& lot = lot_to_refill(account, clawback.lot_no, new_lot_expires_at);
        refill(account, account.entries[own], lot, clawback.amount);
    }
    Wallet& wallet = account.wallet;
    wallet.period_revenue = wallet.period_revenue + clawback.revenue;
    return own_entry(account, own, {{}, {}, clawback.reason});
}

} // namespace credits::core
