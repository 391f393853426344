// What a call used: quantities by metric in exclusive pools, and the context that chooses prices.
// Owns the metrics' relations (which pool is part of the prompt, which pays another's rate).
#pragma once

#include "core/money.hpp"

#include <cstddef>
#include <string_view>

namespace credits::core {

// UsageItem is one pool of a call: a metric and how much of it.
struct UsageItem {
    std::string_view metric;
    Decimal quantity;
};

// Usage is a view of the pools of one call; absent (not given) differs from empty.
struct Usage {
    const UsageItem* items = nullptr;
    std::size_t count = 0;
    bool given = false;
    std::string_view service_tier; // as written; empty: none
    std::string_view region;
    std::string_view search_context_size;

    [[nodiscard]] const UsageItem* begin() const { return items; }

    [[nodiscard]] const UsageItem* end() const { return items + count; }
};

// is_context_key tells keys of usage that qualify a call and count nothing.
bool is_context_key(std::string_view key);

// is_token_metric tells the pools whose sum is the metric "tokens".
bool is_token_metric(std::string_view metric);

// is_token_pool tells the pools of tokens that have a name of their own here; others take a price.
bool is_token_pool(std::string_view metric);

// parent_of is the pool at whose rate one without a price is paid; empty where there is none.
std::string_view parent_of(std::string_view metric);

// total_tokens is the sum of all token pools, prompt_tokens of those that the model read.
Decimal total_tokens(const Usage& usage);
Decimal prompt_tokens(const Usage& usage);

// check_quantity refuses what no call can have used: below zero, or a part of a token.
void check_quantity(const UsageItem& item);

} // namespace credits::core
