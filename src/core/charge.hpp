// From a call to its charge: which of amount, action and plan rule says what it costs in credits,
// and what the provider asks in USD.
#pragma once

#include "core/calls.hpp"

namespace credits::core {

struct Charge {
    std::optional<Decimal> cost;         // USD of the provider
    std::optional<Decimal> computed_usd; // exact charge in USD at the unit's value, not yet rounded
    Credits fixed;                       // the charge where nothing was computed
    Decimal accrual;                     // USD owed instead of credits, by a postpaid plan
    bool is_estimate = false;            // the high end of an action's range
    bool is_postpaid = false;
    bool is_included = false; // nothing is left to charge
    List<UsageItem> included; // units of the plan used instead of credits
    Outcome outcome = Outcome::ok;
    std::string_view subject;

    // Free calls pass when the credits are used up.
    [[nodiscard]] bool is_free() const {
        return fixed.is_zero() && (!computed_usd || computed_usd->is_zero()) &&
               (!cost || cost->is_zero());
    }
};

// charge_of prices a call. With may_estimate, an action's range will do where no usage is given.
Charge charge_of(const CallRequest& request,
                 const ChargeTerms& terms,
                 const PriceBook& book,
                 const Unit& unit,
                 bool may_estimate);

// cost_only prices a call that is not charged.
Charge cost_only(const CallRequest& request, const PriceBook& book);

} // namespace credits::core
