// LiteLLM's tiered_pricing.
#include "core/litellm_model.hpp"

#include <algorithm>
#include <compare>

namespace credits::core {

namespace {

// Prices that one tier may state; a range without an input price is no tier.
struct TierPrices {
    Decimal over;
    std::optional<Decimal> up_to;
    std::optional<Decimal> input;
    std::optional<Decimal> output;
    std::optional<Decimal> cache_read;
    std::optional<Decimal> cache_write;
    std::optional<Decimal> cache_write_1h;
    std::optional<Decimal> reasoning;
};

struct TierKey {
    std::string_view key;
    std::optional<Decimal> TierPrices::*price;
};

constexpr std::array tier_keys{
    TierKey{"input_cost_per_token", &TierPrices::input},
    TierKey{"output_cost_per_token", &TierPrices::output},
    TierKey{"cache_read_input_token_cost", &TierPrices::cache_read},
    TierKey{"cache_creation_input_token_cost", &TierPrices::cache_write},
    TierKey{"cache_creation_input_token_cost_above_1hr", &TierPrices::cache_write_1h},
    TierKey{"output_cost_per_reasoning_token", &TierPrices::reasoning},
};

bool is_size(const Json& json) {
    return json.is_number() && !json.number.is_negative() && json.number.scale == 0;
}

// read_range reads [0, 32000]; null for the second is no end.
bool read_range(const Json& json, TierPrices& tier) {
    const Json* range = json.find("range");
    if (range == nullptr || !range->is_array() || range->count != 2 || !is_size(range->items[0]) ||
        !(range->items[1].is_null() || is_size(range->items[1]))) {
        return false;
    }
    tier.over = range->items[0].number;
    if (!range->items[1].is_null()) {
        tier.up_to = range->items[1].number;
    }
    return true;
}

void read_prices(const Json& json, TierPrices& tier, FileRows& rows) {
    for (const JsonMember& member : members_of(json)) {
        if (member.value.is_null() || member.key == "range") {
            continue;
        }
        const auto* known = std::find_if(tier_keys.begin(), tier_keys.end(), [&](const TierKey& k) {
            return k.key == member.key;
        });
        if (known == tier_keys.end()) {
            rows.skip(rows.inner_key(tiered_key, member.key), "is not known of a tier");
            continue;
        }
        const FileValue value = value_of(member.value);
        if (value.is_price()) {
            tier.*(known->price) = value.price;
        } else {
            rows.skip(rows.inner_key(tiered_key, member.key), value.why);
        }
    }
}

// What is wrong with the tiers as a whole; empty where nothing is.
std::string_view fault_of(const Json& json, std::vector<TierPrices>& tiers) {
    if (!json.is_array() || json.count == 0) {
        return "is no list of tiers";
    }
    for (const Json& item : items_of(json)) {
        if (item.find("max_results_range") != nullptr) {
            return "is by number of results, which usage does not say";
        }
        TierPrices tier;
        if (!read_range(item, tier)) {
            return "has a range that is not two numbers of tokens";
        }
        tiers.push_back(tier);
    }
    return {};
}

// sort_tiers orders them by size; false where they overlap. Prompts beyond the last one's end are
// at its price, as the file's own readers have it.
bool sort_tiers(std::vector<TierPrices>& tiers) {
    std::sort(tiers.begin(), tiers.end(), [](const TierPrices& left, const TierPrices& right) {
        return std::is_lt(compare(left.over, right.over));
    });
    for (std::size_t at = 0; at < tiers.size(); ++at) {
        const auto& up_to = tiers[at].up_to;
        const bool is_empty = up_to && std::is_lteq(compare(*up_to, tiers[at].over));
        const bool is_last = at + 1 == tiers.size();
        if (is_empty || (!is_last && (!up_to || std::is_gt(compare(*up_to, tiers[at + 1].over))))) {
            return false;
        }
    }
    tiers.back().up_to.reset();
    return true;
}

// Whether the model has a price of its own for what a tier may leave out.
struct ModelHas {
    bool cache_read;
    bool cache_write;
    bool cache_write_1h;
    bool reasoning;
};

// A pool that neither the model nor any tier prices apart needs no row: it is paid at its parent's.
ModelHas what_has_prices(const Json& model, const std::vector<TierPrices>& tiers) {
    const auto any = [&](std::string_view key, std::optional<Decimal> TierPrices::*price) {
        return price_beside(model, key, "").has_value() ||
               std::any_of(tiers.begin(), tiers.end(), [&](const TierPrices& tier) {
                   return (tier.*price).has_value();
               });
    };
    return {any("cache_read_input_token_cost", &TierPrices::cache_read) ||
                price_beside(model, "input_cost_per_token_cache_hit", "").has_value(),
            any("cache_creation_input_token_cost", &TierPrices::cache_write),
            any("cache_creation_input_token_cost_above_1hr", &TierPrices::cache_write_1h),
            any("output_cost_per_reasoning_token", &TierPrices::reasoning)};
}

void add_tier(const TierPrices& tier, const ModelHas& has, ModelTiers& into, Arena& arena) {
    const auto add = [&](std::string_view metric, const Decimal& price) {
        into.add(arena, metric, {tier.over, tier.up_to, price});
    };
    const Decimal input = *tier.input;
    const Decimal write = tier.cache_write.value_or(input);
    add("input_tokens", input);
    if (has.cache_read) {
        add("cache_read_tokens", tier.cache_read.value_or(input));
    }
    if (has.cache_write) {
        add("cache_write_tokens", write);
    }
    if (has.cache_write_1h) {
        add("cache_write_1h_tokens", tier.cache_write_1h.value_or(write));
    }
    if (tier.output) {
        add("output_tokens", *tier.output);
    }
    if (has.reasoning && (tier.reasoning || tier.output)) {
        add("reasoning_tokens", tier.reasoning ? *tier.reasoning : *tier.output);
    }
}

} // namespace

void ModelTiers::add(Arena& arena, std::string_view metric, const PriceTier& tier) {
    auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.metric == metric;
    });
    if (found == entries_.end()) {
        found = entries_.insert(found, Entry{metric, {}, false});
    }
    found->tiers.push_back(arena, tier);
}

List<PriceTier> ModelTiers::take(std::string_view metric) {
    for (Entry& entry : entries_) {
        if (entry.metric == metric && !entry.is_taken) {
            entry.is_taken = true;
            return entry.tiers;
        }
    }
    return {};
}

void ModelTiers::add_rest(FileRows& rows) {
    for (Entry& entry : entries_) {
        if (!entry.is_taken) {
            PriceTerms terms;
            terms.has_flat_price = false;
            terms.tiers = entry.tiers;
            rows.add_or_name(tiered_key, entry.metric, terms);
        }
    }
}

ModelTiers read_tiered_pricing(const LitellmModel& model, FileRows& rows) {
    ModelTiers read;
    const Json* json = model.json.find(tiered_key);
    if (json == nullptr || json->is_null()) {
        return read;
    }
    std::vector<TierPrices> tiers;
    const std::string_view fault = fault_of(*json, tiers);
    if (!fault.empty()) {
        rows.skip(tiered_key, fault);
        return read;
    }
    for (std::uint32_t at = 0; at < json->count; ++at) {
        read_prices(json->items[at], tiers[at], rows);
    }
    if (!sort_tiers(tiers)) {
        rows.skip(tiered_key, "has ranges that overlap or end before they begin");
        return read;
    }
    const ModelHas has = what_has_prices(model.json, tiers);
    for (const TierPrices& tier : tiers) {
        if (tier.input) {
            add_tier(tier, has, read, rows.arena());
        } else {
            rows.skip(tiered_key, "a range without an input price is no tier");
        }
    }
    return read;
}

} // namespace credits::core
