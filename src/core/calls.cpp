// Calls as they are considered, and those that need no hold: deduct, and the record of a cost.
#include "core/calls.hpp"

#include "core/admission.hpp"
#include "core/booking.hpp"
#include "core/burn_down.hpp"

namespace credits::core {

namespace {

Credits to_hold(const Account& account, const Charge& charge) {
    return charge.computed_usd ? ceil_charge(*charge.computed_usd, account.unit) : charge.fixed;
}

} // namespace

Verdict refuse(Outcome outcome, std::string_view subject) {
    Verdict verdict;
    verdict.outcome = outcome;
    verdict.subject = subject;
    return verdict;
}

Verdict refuse_unpriced(const CallRequest& request, std::string_view subject) {
    Verdict verdict = refuse(Outcome::price_unknown, subject);
    verdict.demand.provider = request.provider;
    verdict.demand.model = request.model;
    return verdict;
}

Considered
consider_deduct(const Account& account, const PriceBook& book, const CallRequest& request) {
    Considered call;
    call.charge = charge_of(request, account.plan->charge, book, account.unit, false);
    call.due = rounded(account, call.charge);
    call.verdict = admit(account, request, call.charge, call.due.amount);
    call.verdict.needs_all = call.verdict.outcome == Outcome::ok && !account.is_full &&
                             call.due.amount > account.wallet.current_remaining;
    return call;
}

Considered
consider_hold(const Account& account, const PriceBook& book, const CallRequest& request) {
    Considered call;
    call.charge = charge_of(request, account.plan->charge, book, account.unit, true);
    call.verdict = admit(account, request, call.charge, to_hold(account, call.charge));
    return call;
}

Verdict deduct(Account& account, const CallRequest& request, const Considered& considered) {
    Verdict verdict = considered.verdict;
    Entry& entry = post(account, EntryKind::deduct, account.now);
    record_charge(
        account, entry, considered.charge, account.plan->charge, considered.due.residue_usd);
    accrue(account, entry, considered.charge.accrual + verdict.limits.overage_usd);
    take(account, entry, considered.due.amount, account.now);
    ++account.wallet.period_requests;
    count_tokens(account, total_tokens(request.usage));
    verdict.entry = account.entries.size() - 1;
    entry.included = considered.charge.included;
    if (request.rules != nullptr) {
        count_units(request.rules->included, considered.charge.included, account.now);
        count(request.rules->cases, demand_of(account, request, verdict), account.now);
    }
    return verdict;
}

Verdict deduct(Account& account, const PriceBook& book, const CallRequest& request) {
    const Considered call = consider_deduct(account, book, request);
    return call.verdict.went_through() ? deduct(account, request, call) : call.verdict;
}

Verdict may_call(const Account& account, const PriceBook& book, const CallRequest& request) {
    return consider_hold(account, book, request).verdict;
}

Verdict authorize(Account& account, const PriceBook& book, const HoldRequest& request) {
    const Considered call = consider_hold(account, book, request.call);
    return call.verdict.went_through() ? authorize(account, request, call) : call.verdict;
}

Verdict record_cost(Account& account, const PriceBook& book, const CallRequest& request) {
    const Charge charge = cost_only(request, book);
    if (charge.outcome != Outcome::ok) {
        return refuse_unpriced(request, charge.subject);
    }
    Entry& entry = post(account, EntryKind::cost, account.now);
    entry.is_call = true;
    book_cost(account, entry, charge.cost);
    count_tokens(account, total_tokens(request.usage));
    Verdict verdict;
    verdict.cost = charge.cost;
    if (request.rules != nullptr) {
        Demand demand = demand_of(account, request, verdict);
        demand.requests = Decimal{}; // no call was asked for
        verdict.limits = judge(*account.arena, request.rules->cases, demand, account.now);
        count(request.rules->cases, demand, account.now);
        accrue(account, entry, verdict.limits.overage_usd);
    }
    verdict.entry = account.entries.size() - 1;
    return verdict;
}

} // namespace credits::core
