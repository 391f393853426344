// Which of a model's prices applies to a call: whether it meets their conditions, and the order of
// those that it meets. Owns the choice; adds nothing up.
#pragma once

#include "core/pricing.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace credits::core {

// What a call brings to the choice of prices.
struct PricedCall {
    Instant moment;
    std::int64_t version;
    Decimal prompt;
    std::string_view service_tier;
    std::string_view region;
    std::string_view search_context_size;
};

// Choice of a price, and what makes it better than another.
struct PriceChoice {
    const PriceRow* row = nullptr;
    Decimal price;
    bool has_threshold = false;
    Decimal threshold;
};

// tier_name brings the names under which providers sell one tier to one.
std::string_view tier_name(std::string_view tier);

// choose_price finds the one price of a metric for a call; a factor is nothing that can be used.
PriceChoice
choose_price(const std::vector<PriceRow>& rows, std::string_view metric, const PricedCall& call);

// multiplier_of is what multiplies the whole call; a configured factor stands for all imported
// ones.
Decimal multiplier_of(const std::vector<PriceRow>& rows, const PricedCall& call);

} // namespace credits::core
