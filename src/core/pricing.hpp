// What usage costs: dated prices per metric, looked up at a moment, multiplied exactly.
// Owns the price book and the fall-back of unpriced pools to their parent; never rounds a
// terminating cost, never prices the unknown at zero.
#pragma once

#include "core/calendar.hpp"
#include "core/money.hpp"
#include "core/usage.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace credits::core {

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

} // namespace credits::core
