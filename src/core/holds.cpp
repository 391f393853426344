// Holds: authorize makes one, extend, settle and release change it in place; each keeps what limits
// count for it.
#include "core/calls.hpp"

#include "core/admission.hpp"
#include "core/booking.hpp"
#include "core/burn_down.hpp"
#include "core/error.hpp"

#include <algorithm>

namespace credits::core {

namespace {

Verdict needs_all() {
    Verdict verdict;
    verdict.needs_all = true;
    return verdict;
}

// Terms by which a later settle turns usage into credits: a fixed price stays fixed.
ChargeTerms hold_terms(const Account& account, const CallRequest& request) {
    const bool fixed_price = request.action_terms != nullptr && request.action_terms->credits;
    ChargeTerms terms = account.plan->charge;
    if (terms.by != ChargeBy::postpaid && (fixed_price || terms.by == ChargeBy::action)) {
        terms.by = ChargeBy::fixed;
    }
    return terms;
}

void end_hold(Account& account, Hold& hold, HoldStatus status) {
    if (hold.status == HoldStatus::pending) {
        account.wallet.held -= hold.amount;
        free_held_cost(account, hold);
    }
    hold.status = status;
    hold.changed = true;
    hold.ended_at = account.now;
}

// owed_as_held is what a postpaid plan's call is charged that is settled without a word of its use.
Charge owed_as_held(const Account& account, const Hold& hold, const CallRequest& call) {
    Charge charge;
    charge.is_postpaid = true;
    charge.cost = hold.cost;
    if (call.action_terms != nullptr && call.action_terms->credits) {
        charge.accrual =
            to_decimal(*call.action_terms->credits, account.unit.scale) * account.unit.value_usd;
    } else if (hold.cost) {
        charge.accrual = *hold.cost * hold.terms.factor;
    }
    return charge;
}

Charge settled_charge(const Account& account,
                      const Hold& hold,
                      const PriceBook& book,
                      const SettleRequest& request) {
    CallRequest call = request.call;
    call.amount = request.amount;
    const bool stands = !call.amount && (!call.usage.given || hold.terms.by == ChargeBy::fixed);
    if (stands) {
        call.amount = hold.amount;
    }
    call.now = account.now;
    if (hold.status == HoldStatus::pending) {
        call.held_units = {hold.included, hold.created_at};
    }
    if (hold.terms.by == ChargeBy::postpaid && stands) {
        return owed_as_held(account, hold, request.call);
    }
    if (!call.amount) {
        call.action_terms = nullptr; // a range was only an estimate
    }
    if (!call.amount && hold.terms.by == ChargeBy::cost &&
        (call.provider.empty() || call.model.empty())) {
        throw_invalid("usage can only be charged by cost with provider and model",
                      "the authorization named no provider and model",
                      "settle by amount, or give authorize both");
    }
    Charge charge = charge_of(call, hold.terms, book, account.unit, false);
    if (stands) {
        charge.included = hold.included;
    }
    if (!call.can_be_priced()) {
        charge.cost = hold.cost;
    }
    return charge;
}

// held_demand is what remains counted of a hold whose call did not take place: its request.
Demand held_demand(const Hold& hold, const CallRules& rules) {
    Demand demand = names_of(hold, rules.names);
    demand.requests = Decimal{1, 0};
    return demand;
}

// Ending is what a hold's call really used; late: its time-out has given back what was counted.
struct Ending {
    Demand real;
    bool late = false;
};

// recount puts what a hold's call really used in the place of what was counted at its admission.
LimitVerdict
recount(const Account& account, const Hold& hold, const Ending& ending, CallRules& rules) {
    Adjustment adjustment;
    adjustment.before = held_demand(hold, rules);
    adjustment.after = ending.real;
    adjustment.admitted_at = hold.created_at;
    if (!ending.late) {
        const int scale = account.unit.scale;
        adjustment.before.tokens = hold.tokens;
        adjustment.before.credits = to_decimal(hold.authorized_amount, scale);
        adjustment.before.cost = hold.cost.value_or(Decimal{});
        uncount_units(rules.included, {hold.included, hold.created_at}, account.now);
        if (hold.extended_at != never) {
            Adjustment extension;
            extension.before = extension.after = names_of(hold, rules.names);
            extension.before.credits = to_decimal(hold.amount - hold.authorized_amount, scale);
            extension.admitted_at = hold.extended_at;
            adjust(rules.cases, extension, account.now);
        }
    }
    const LimitVerdict verdict =
        judge_adjustment(*account.arena, rules.cases, adjustment, account.now);
    adjust(rules.cases, adjustment, account.now);
    return verdict;
}

Demand
extension_demand(const Account& account, const Hold& hold, Credits needed, const CallRules& rules) {
    Demand demand = names_of(hold, rules.names);
    demand.credits = to_decimal(needed, account.unit.scale);
    const bool again = hold.status == HoldStatus::expired;
    demand.tokens = again ? hold.tokens : Decimal{};
    demand.cost = again ? hold.cost.value_or(Decimal{}) : Decimal{};
    return demand;
}

void judge_extension(const Account& account,
                     const Hold& hold,
                     Credits needed,
                     const CallRules& rules,
                     Verdict& verdict) {
    const Demand demand = extension_demand(account, hold, needed, rules);
    verdict.demand = demand;
    verdict.limits = judge(*account.arena, rules.cases, demand, account.now);
    const LimitRefusal& refusal = verdict.limits.refusal;
    if (refusal.outcome != Outcome::ok && !rules.is_shadow) {
        verdict.outcome = refusal.outcome;
        verdict.subject = refusal.terms->name;
        verdict.limit = refusal;
        verdict.retry_at = refusal.retry_at;
    }
}

// What an extension adds is counted at the moment of the last one; a hold that had timed out is
// counted anew, all of it then.
void count_extension(const Account& account, Hold& hold, Credits needed, CallRules& rules) {
    const bool again = hold.status == HoldStatus::expired;
    count(rules.cases, extension_demand(account, hold, needed, rules), account.now);
    if (again) {
        hold.authorized_amount = no_credits;
    } else if (hold.extended_at != never) {
        Adjustment earlier;
        earlier.before =
            extension_demand(account, hold, hold.amount - hold.authorized_amount, rules);
        earlier.after = extension_demand(account, hold, no_credits, rules);
        earlier.admitted_at = hold.extended_at;
        adjust(rules.cases, earlier, account.now);
        count(rules.cases, earlier.before, account.now);
    }
    hold.extended_at = account.now;
}

// A full account knows all open holds; one that had timed out before this call joins them again.
void keep_among_open(Account& account, const Hold& hold) {
    const auto is_it = [&](const Hold& other) {
        return other.hold_no == hold.hold_no;
    };
    if (account.is_full && std::none_of(account.holds.begin(), account.holds.end(), is_it)) {
        account.holds.push_back(*account.arena, hold);
    }
}

Outcome hold_outcome(const Hold& hold) {
    switch (hold.status) {
    case HoldStatus::settled:
        return Outcome::hold_settled;
    case HoldStatus::released:
        return Outcome::hold_released;
    case HoldStatus::pending:
    case HoldStatus::expired:
        break;
    }
    return Outcome::ok;
}

} // namespace

Verdict authorize(Account& account, const HoldRequest& request, const Considered& considered) {
    const Verdict& verdict = considered.verdict;
    Hold hold;
    hold.hold_no = ++account.wallet.last_hold_no;
    hold.amount = verdict.amount;
    hold.created_at = account.now;
    hold.expires_at = request.expires_at;
    hold.changed = true;
    hold.terms = hold_terms(account, request.call);
    hold.authorized_amount = hold.amount;
    hold.cost = verdict.cost;
    hold.tokens = total_tokens(request.call.usage);
    hold.provider = request.call.provider;
    hold.model = request.call.model;
    hold.action = request.call.action;
    hold.included = considered.charge.included;
    account.holds.push_back(*account.arena, hold);
    account.wallet.held += hold.amount;
    hold_cost(account, hold);
    ++account.wallet.period_requests;
    account.wallet.next_event_at = std::min(account.wallet.next_event_at, hold.expires_at);
    if (request.call.rules != nullptr) {
        count_units(request.call.rules->included, hold.included, account.now);
        count(request.call.rules->cases, demand_of(account, request.call, verdict), account.now);
    }
    return verdict;
}

Verdict extend(Account& account, Hold& hold, const ExtendRequest& request) {
    const Credits more = request.more;
    Verdict verdict = refuse(status_outcome(account));
    verdict.amount = more;
    if (verdict.outcome == Outcome::ok) {
        verdict.outcome = hold_outcome(hold);
    }
    if (verdict.outcome != Outcome::ok) {
        return verdict;
    }
    // A hold that timed out has given its credits back: it needs all of them again.
    const bool again = hold.status == HoldStatus::expired;
    const Credits needed = again ? hold.amount + more : more;
    if (request.rules != nullptr) {
        judge_extension(account, hold, needed, *request.rules, verdict);
    }
    if (verdict.outcome == Outcome::ok && !covers(account, needed, needed.is_zero())) {
        verdict.outcome = Outcome::insufficient_credits;
        verdict.amount = needed;
    }
    if (verdict.outcome != Outcome::ok) {
        return verdict;
    }
    if (request.rules != nullptr) {
        count_extension(account, hold, needed, *request.rules);
    }
    hold.amount += more;
    hold.expires_at = again ? request.expires_at : std::max(hold.expires_at, request.expires_at);
    hold.status = HoldStatus::pending;
    hold.ended_at = 0;
    hold.changed = true;
    account.wallet.held += needed;
    if (again) {
        hold_cost(account, hold);
    }
    account.wallet.first_open_hold = std::min(account.wallet.first_open_hold, hold.hold_no);
    account.wallet.next_event_at = std::min(account.wallet.next_event_at, hold.expires_at);
    verdict.amount = hold.amount;
    keep_among_open(account, hold);
    return verdict;
}

Verdict settle(Account& account, Hold& hold, const PriceBook& book, const SettleRequest& request) {
    if (account.wallet.status == AccountStatus::closed) {
        return refuse(Outcome::account_closed);
    }
    if (const Outcome outcome = hold_outcome(hold); outcome != Outcome::ok) {
        return refuse(outcome);
    }
    const Charge charge = settled_charge(account, hold, book, request);
    if (charge.outcome != Outcome::ok) {
        return refuse(charge.outcome, charge.subject);
    }
    const RoundedCharge due = rounded(account, charge);
    if (!account.is_full && due.amount > account.wallet.current_remaining) {
        return needs_all();
    }
    const bool late = hold.status == HoldStatus::expired;
    end_hold(account, hold, HoldStatus::settled);
    Entry& entry = post(account, EntryKind::settle, account.now);
    record_charge(account, entry, charge, hold.terms, due.residue_usd);
    entry.hold_no = hold.hold_no;
    entry.reason = late ? "late" : "";
    hold.entry_no = entry.entry_no;
    take(account, entry, due.amount, late ? account.now : hold.created_at);
    const Decimal tokens =
        request.call.usage.given ? total_tokens(request.call.usage) : hold.tokens;
    count_tokens(account, tokens);
    Verdict verdict;
    verdict.amount = due.amount;
    verdict.cost = charge.cost;
    accrue(account, entry, charge.accrual);
    if (request.call.rules != nullptr) {
        Demand real = held_demand(hold, *request.call.rules);
        real.tokens = tokens;
        real.credits = to_decimal(due.amount, account.unit.scale);
        real.cost = charge.cost.value_or(Decimal{});
        verdict.limits = recount(account, hold, {real, late}, *request.call.rules);
        count_units(request.call.rules->included, charge.included, account.now);
        entry.included = charge.included;
        accrue(account, entry, verdict.limits.overage_usd);
    }
    verdict.entry = account.entries.size() - 1;
    if (account.is_full) {
        free_lapsed(account, account.now);
    }
    return verdict;
}

void uncount(const Account& account, const Hold& hold, CallRules& rules) {
    recount(account, hold, {held_demand(hold, rules), false}, rules);
}

Verdict release(Account& account, Hold& hold, std::string_view reason, CallRules* rules) {
    if (const Outcome outcome = hold_outcome(hold); outcome != Outcome::ok) {
        return refuse(outcome);
    }
    Verdict verdict;
    const bool late = hold.status == HoldStatus::expired;
    end_hold(account, hold, HoldStatus::released);
    if (rules != nullptr) {
        const Demand request = held_demand(hold, *rules);
        recount(account, hold, {request, late}, *rules);
        if (reason == failed_reason) {
            verdict.limits.findings = count_failure(rules->cases, request, account.now);
        }
    }
    Entry& entry = post(account, EntryKind::release, account.now);
    entry.is_call = true;
    entry.hold_no = hold.hold_no;
    entry.reason = reason;
    hold.entry_no = entry.entry_no;
    verdict.entry = account.entries.size() - 1;
    if (account.is_full) {
        free_lapsed(account, account.now);
    }
    return verdict;
}

} // namespace credits::core
