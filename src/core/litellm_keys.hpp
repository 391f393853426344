// LiteLLM's price keys: <what>[_above_<N>k_tokens][_<service tier>], and the metric each prices.
// Owns the table of keys and what a key means beside the others of its model.
#pragma once

#include "core/json.hpp"
#include "core/price_terms.hpp"

#include <optional>
#include <string_view>

namespace credits::core {

inline constexpr std::string_view off_peak_key = "off_peak_pricing";
inline constexpr std::string_view tiered_key = "tiered_pricing";

struct CostKey {
    std::string_view name;   // without suffixes
    std::string_view suffix; // as written
    std::optional<Decimal> threshold;
    std::string_view service_tier;
};

// CostMetric is what a key's price is for; without a metric, why it is none. Without either, some
// other key of the model says the same.
struct CostMetric {
    std::string_view metric;
    Decimal per{1, 0};
    std::string_view why;
};

// parse_cost_key splits any key into a name and suffixes.
CostKey parse_cost_key(std::string_view key);

// is_known_cost: a name that has a metric. looks_like_cost: any key that might be about money.
bool is_known_cost(std::string_view name);
bool looks_like_cost(std::string_view key);

// metric_of takes the prices that stand side by side (a model's, or those of its off-peak block)
// and the model's mode.
CostMetric metric_of(const CostKey& key, const Json& prices, std::string_view mode);

// price_beside is the price of another name with the same suffixes; none where there is no price.
std::optional<Decimal>
price_beside(const Json& prices, std::string_view name, std::string_view suffix);

} // namespace credits::core
