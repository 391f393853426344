// One model of LiteLLM's price file while it is read: what its parts share.
#pragma once

#include "core/litellm_keys.hpp"
#include "core/price_file_rows.hpp"

#include <array>
#include <string_view>
#include <vector>

namespace credits::core {

struct LitellmModel {
    const Json& json;
    std::string_view mode;
    bool thresholds_include; // a prompt of exactly that size is at the higher price
};

// ModelTiers are the prices by size of the prompt, by metric; each is taken once.
class ModelTiers {
  public:
    void add(Arena& arena, std::string_view metric, const PriceTier& tier);

    // take gives a metric's tiers for the row that has its flat price; none where there are none.
    List<PriceTier> take(std::string_view metric);

    // add_rest makes rows of those that no flat price took.
    void add_rest(FileRows& rows);

  private:
    struct Entry {
        std::string_view metric;
        List<PriceTier> tiers;
        bool is_taken = false;
    };

    std::vector<Entry> entries_;
};

// read_tiered_pricing reads the key of that name: one tier prices the whole call, so that what it
// does not say follows from its own prices, not from the model's.
ModelTiers read_tiered_pricing(const LitellmModel& model, FileRows& rows);

// read_off_peak_pricing reads prices that replace the model's at certain hours and days.
void read_off_peak_pricing(const LitellmModel& model, FileRows& rows);

// conditions_of: what a key's suffixes demand of a call.
PriceConditions conditions_of(const CostKey& key, const LitellmModel& model);

// sorted_members gives an object's members in an order of their own, so that which of two keys of
// one meaning counts does not depend on who wrote the file.
std::vector<const JsonMember*> sorted_members(const Json& json);

} // namespace credits::core
