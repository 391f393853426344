// Owns what a call of the trace costs by the prices of the command line: trace × prices. Must never
// ask the database, since this is the sum that the ledger is held against.
#pragma once

#include "decimal.hpp"
#include "trace.hpp"

#include <map>
#include <string>
#include <utility>

namespace replay {

// ModelPrice is in USD per 1M tokens.
struct ModelPrice {
    Decimal input;
    Decimal output;
    Decimal cache_read;
};

// PriceBook knows the price of each provider and model.
class PriceBook {
  public:
    using Name = std::pair<std::string, std::string>; // provider, model

    void set(const Name& name, const ModelPrice& price) { prices_[name] = price; }

    [[nodiscard]] bool has(const Name& name) const { return prices_.contains(name); }

    [[nodiscard]] const std::map<Name, ModelPrice>& prices() const { return prices_; }

    // cost is the exact USD of a call; std::out_of_range for a model without a price.
    [[nodiscard]] Decimal cost(const TraceCall& call) const {
        constexpr int million = 6; // as a power of ten
        const ModelPrice& price = prices_.at({call.provider, call.model});
        return (Decimal(call.input_tokens) * price.input +
                Decimal(call.output_tokens) * price.output +
                Decimal(call.cache_read_tokens) * price.cache_read)
            .per_power_of_ten(million);
    }

  private:
    std::map<Name, ModelPrice> prices_;
};

} // namespace replay
