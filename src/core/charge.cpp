// The order in which a charge is found: explicit amount, the action's fixed price, the plan's rule
// over usage. A usage beside a fixed charge is priced as the call's cost.
#include "core/charge.hpp"

#include "core/error.hpp"

namespace credits::core {

namespace {

void price_cost(Charge& charge, const CallRequest& request, const PriceBook& book) {
    if (!request.can_be_priced()) {
        if (request.action_terms != nullptr) {
            charge.cost = request.action_terms->cost;
        }
        for (const UsageItem& item : request.usage) {
            check_quantity(item);
        }
        return;
    }
    const PricedUsage priced =
        book.price(request.provider, request.model, request.usage, request.priced_at);
    if (priced.fault == PricingFault::none) {
        charge.cost = priced.cost;
        return;
    }
    charge.outcome = Outcome::price_unknown;
    charge.subject = priced.fault == PricingFault::unknown_model ? request.model : priced.metric;
}

void compute_by_rule(Charge& charge,
                     const CallRequest& request,
                     const ChargeTerms& terms,
                     const Unit& unit) {
    switch (terms.by) {
    case ChargeBy::cost:
        if (!request.can_be_priced()) {
            throw_invalid("usage can only be charged by cost with provider and model",
                          "provider or model is missing",
                          "give provider => '...' and model => '...' beside usage, or an amount");
        }
        if (charge.outcome == Outcome::ok) {
            charge.computed_usd = *charge.cost * terms.factor;
        }
        return;
    case ChargeBy::tokens:
        charge.computed_usd = total_tokens(request.usage) * terms.factor * unit.value_usd;
        return;
    case ChargeBy::action:
    case ChargeBy::fixed:
        throw_invalid("the plan charges by action and the call names none with a price",
                      request.action.empty() ? "the call has no action"
                                             : "the action has no fixed price",
                      "give an amount, or price the action with credits.configure");
    }
}

} // namespace

Charge charge_of(const CallRequest& request,
                 const ChargeTerms& terms,
                 const PriceBook& book,
                 const Unit& unit,
                 bool may_estimate) {
    Charge charge;
    price_cost(charge, request, book);
    const ActionTerms* action = request.action_terms;
    if (request.amount) {
        charge.fixed = *request.amount;
    } else if (action != nullptr && action->credits) {
        charge.fixed = *action->credits;
    } else if (request.usage.given) {
        compute_by_rule(charge, request, terms, unit);
    } else if (may_estimate && action != nullptr && action->range_high) {
        charge.fixed = *action->range_high;
        charge.is_estimate = true;
    } else {
        throw_invalid("the call says nothing to charge from",
                      "it has no amount, no action with a price and no usage",
                      "give an amount, an action with a price, or usage with provider and model");
    }
    return charge;
}

Charge cost_only(const CallRequest& request, const PriceBook& book) {
    Charge charge;
    price_cost(charge, request, book);
    return charge;
}

} // namespace credits::core
