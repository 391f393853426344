// What usage costs: dated prices per metric, looked up at a moment, multiplied exactly.
// Owns the price book and the fall-back of unpriced pools to their parent; never rounds a
// terminating cost, never prices the unknown at zero.
#pragma once

#include "core/calendar.hpp"
#include "core/money.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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

    [[nodiscard]] const UsageItem* begin() const { return items; }

    [[nodiscard]] const UsageItem* end() const { return items + count; }
};

struct PriceRow {
    std::string_view provider;
    std::string_view model;
    std::string_view metric;
    Decimal price;
    Decimal per;
    Instant valid_from = always;
    Instant valid_to = never;
};

enum class PricingFault { none, unknown_model, unknown_metric };

struct PricedUsage {
    Decimal cost;
    PricingFault fault = PricingFault::none;
    std::string_view metric; // the one without a price, where that is the fault
};

class PriceBook {
  public:
    void add(const PriceRow& row);

    // price sums quantity × price ÷ per over the pools, at the prices in force at a moment.
    [[nodiscard]] PricedUsage price(std::string_view provider,
                                    std::string_view model,
                                    const Usage& usage,
                                    Instant moment) const;

    [[nodiscard]] std::size_t size() const { return models_.size(); }

  private:
    struct DatedPrice {
        std::string metric;
        Decimal price;
        Decimal per;
        Instant valid_from;
        Instant valid_to;
    };

    using Model = std::vector<DatedPrice>;

    [[nodiscard]] static const DatedPrice*
    find(const Model& model, std::string_view metric, Instant moment);

    std::unordered_map<std::string, Model> models_;
};

// is_context_key tells keys of usage that qualify a call and count nothing.
bool is_context_key(std::string_view key);

// is_token_metric tells the pools whose sum is the metric "tokens".
bool is_token_metric(std::string_view metric);

// total_tokens is the sum of all token pools.
Decimal total_tokens(const Usage& usage);

// check_quantity refuses what no call can have used: below zero, or a part of a token.
void check_quantity(const UsageItem& item);

} // namespace credits::core
