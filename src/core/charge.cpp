// The order in which a charge is found: explicit amount, the action's fixed price, the plan's rule
// over usage. A usage beside a fixed charge is priced as the call's cost.
#include "core/charge.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <string>

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

std::string quoted_action(const CallRequest& request) {
    return "action \"" + shortened(request.action) + "\" ";
}

std::string why_no_price(const CallRequest& request) {
    if (request.action.empty()) {
        return "the call has no action";
    }
    if (request.action_terms == nullptr) {
        return quoted_action(request) + "is not configured";
    }
    return quoted_action(request) + (request.action_terms->range_high
                                         ? "has a range, which only authorize and quote use"
                                         : "has no fixed price");
}

// check_tokens: a misspelt pool would charge nothing, a total twice. Prices tell them; where none
// are asked, only pools that are known by name are taken.
void check_tokens(const CallRequest& request) {
    bool counts_tokens = false;
    for (const UsageItem& item : request.usage) {
        counts_tokens = counts_tokens || is_token_metric(item.metric);
    }
    if (!counts_tokens) {
        throw_invalid(
            "usage names no tokens; the plan charges by tokens",
            "no key of usage ends in _tokens",
            "give for example {\"input_tokens\": 500, \"output_tokens\": 90}, or an amount");
    }
    for (const UsageItem& item : request.usage) {
        const bool is_of_tokens = item.metric.find("token") != std::string_view::npos;
        if (is_of_tokens && !is_token_pool(item.metric) && !request.can_be_priced()) {
            throw_invalid("usage names tokens of an unknown pool",
                          "usage." + shortened(item.metric),
                          "the pools are those of docs/pricing.md, and "
                          "credits.normalize_usage makes them of a provider's report; a pool of "
                          "your own needs provider and model, and a price");
        }
    }
}

// is_included finds the plan's units for the call, and says whether they are all that it takes.
bool is_included(Charge& charge, const CallRequest& request) {
    if (request.rules == nullptr || request.rules->included.empty() || !request.usage.given) {
        return false;
    }
    CallRules& rules = *request.rules;
    charge.included =
        covered_units(*rules.arena, rules.included, request.usage, request.held_units, request.now);
    const bool has_fixed_price = request.action_terms != nullptr && request.action_terms->credits;
    if (!has_fixed_price) {
        return !charge.included.empty() &&
               without(*rules.arena, request.usage, charge.included).count == 0;
    }
    const bool covers = covers_all(charge.included, rules.included, request.usage);
    if (!covers) {
        charge.included = {}; // a fixed price is not paid in part
    }
    return covers;
}

// rest_of is the call without what its plan includes: that is charged, all of it costs.
struct Rest {
    CallRequest request;
    std::optional<Decimal> cost;
};

Rest rest_of(const Charge& charge, const CallRequest& request, const PriceBook& book) {
    Rest rest = {request, charge.cost};
    if (charge.included.empty()) {
        return rest;
    }
    rest.request.usage = without(*request.rules->arena, request.usage, charge.included);
    if (rest.request.can_be_priced() && charge.outcome == Outcome::ok) {
        rest.cost =
            book.price(request.provider, request.model, rest.request.usage, request.priced_at).cost;
    }
    return rest;
}

void compute_by_rule(Charge& charge, const Rest& rest, const ChargeTerms& terms, const Unit& unit) {
    const CallRequest& request = rest.request;
    switch (terms.by) {
    case ChargeBy::cost:
        if (!request.can_be_priced()) {
            throw_invalid("usage can only be charged by cost with provider and model",
                          "provider or model is missing",
                          "give provider => '...' and model => '...' beside usage, or an amount");
        }
        if (charge.outcome == Outcome::ok) {
            charge.computed_usd = *rest.cost * terms.factor;
        }
        return;
    case ChargeBy::tokens:
        if (charge.outcome == Outcome::ok) {
            check_tokens(request);
        }
        charge.computed_usd = total_tokens(request.usage) * terms.factor * unit.value_usd;
        return;
    case ChargeBy::postpaid:
        if (!request.can_be_priced()) {
            throw_invalid("usage can only be charged with provider and model",
                          "provider or model is missing",
                          "give provider => '...' and model => '...' beside usage, or an amount");
        }
        if (charge.outcome == Outcome::ok) {
            charge.computed_usd = *rest.cost * terms.factor;
        }
        return;
    case ChargeBy::action:
    case ChargeBy::fixed:
        throw_invalid("the plan charges by action and the call names none with a price",
                      why_no_price(request),
                      "give an amount, or price the action with credits.configure");
    }
}

// become_owed turns what would be charged in credits into USD that are owed.
void become_owed(Charge& charge, const Unit& unit) {
    charge.accrual =
        charge.computed_usd.value_or(to_decimal(charge.fixed, unit.scale) * unit.value_usd);
    charge.computed_usd = std::nullopt;
    charge.fixed = no_credits;
    charge.is_postpaid = true;
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
    } else if (is_included(charge, request)) {
        charge.is_included = true;
    } else if (action != nullptr && action->credits) {
        charge.fixed = *action->credits;
    } else if (request.usage.given) {
        compute_by_rule(charge, rest_of(charge, request, book), terms, unit);
    } else if (may_estimate && action != nullptr && action->range_high) {
        charge.fixed = *action->range_high;
        charge.is_estimate = true;
    } else {
        throw_invalid("the call says nothing to charge from",
                      request.action.empty() ? "it has no amount, no action and no usage"
                                             : why_no_price(request),
                      "give an amount, an action with a price, or usage with provider and model");
    }
    if (terms.by == ChargeBy::postpaid) {
        become_owed(charge, unit);
    }
    return charge;
}

Charge cost_only(const CallRequest& request, const PriceBook& book) {
    Charge charge;
    price_cost(charge, request, book);
    return charge;
}

} // namespace credits::core
