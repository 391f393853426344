// LiteLLM's model price file: an object of models, each with keys of its own for every price.
#include "core/litellm_model.hpp"

#include <algorithm>
#include <string>

namespace credits::core {

namespace {

// Members that are no models.
constexpr std::array reserved_names{std::string_view{"sample_spec"},
                                    std::string_view{"fallback_generalizations"}};

constexpr std::string_view provider_key = "litellm_provider";
constexpr std::string_view search_key = "search_context_cost_per_query";
constexpr std::string_view search_unit_key = "web_search_billing_unit";
constexpr std::string_view regional_prefix = "regional_processing_uplift_multiplier_";
constexpr std::string_view endpoint_key = "regional_endpoint_uplift_multiplier";
constexpr std::string_view specific_key = "provider_specific_entry";

bool is_reserved(std::string_view name) {
    return std::find(reserved_names.begin(), reserved_names.end(), name) != reserved_names.end();
}

// Keys that are read apart from the plain prices.
bool is_special(std::string_view key) {
    return key == tiered_key || key == off_peak_key || key == search_key || key == endpoint_key ||
           key == specific_key || key.starts_with(regional_prefix);
}

std::string_view why_unknown(std::string_view key) {
    if (key.find("_dbu_") != std::string_view::npos) {
        return "is in DBU, not in USD";
    }
    if (key.ends_with("_interval")) {
        return "is by length of the video, which usage does not say";
    }
    return "is not known";
}

// read_costs reads the plain prices; the tiers of a metric join the row of its flat price.
void read_costs(const LitellmModel& model, ModelTiers& tiers, FileRows& rows) {
    for (const JsonMember* member : sorted_members(model.json)) {
        const std::string_view key = member->key;
        if (is_special(key) || member->value.is_null() || !looks_like_cost(key)) {
            continue;
        }
        const CostKey cost = parse_cost_key(key);
        if (!is_known_cost(cost.name)) {
            rows.skip(key, why_unknown(key));
            continue;
        }
        const FileValue value = value_of(member->value);
        if (!value.is_price()) {
            rows.skip(key, value.why);
            continue;
        }
        const CostMetric metric = metric_of(cost, model.json, model.mode);
        if (!metric.why.empty()) {
            rows.skip(key, metric.why);
        } else if (!metric.metric.empty()) {
            PriceTerms terms;
            terms.price = value.price;
            terms.per = metric.per;
            terms.when = conditions_of(cost, model);
            if (cost.suffix.empty()) {
                terms.tiers = tiers.take(metric.metric);
            }
            rows.add_or_name(key, metric.metric, terms);
        }
    }
}

void add_search_price(const Decimal& price, std::string_view size, FileRows& rows) {
    PriceTerms terms;
    terms.price = price;
    terms.when.search_context_size = size;
    rows.add_or_name(search_key, "web_searches", terms);
}

// read_search_prices: one price where all sizes cost the same; else one for each, and the medium
// one for calls that do not say.
void read_search_prices(const LitellmModel& model, FileRows& rows) {
    constexpr std::string_view prefix = "search_context_size_";
    constexpr std::array sizes{
        std::string_view{"low"}, std::string_view{"medium"}, std::string_view{"high"}};
    const Json* json = model.json.find(search_key);
    if (json == nullptr || json->is_null()) {
        return;
    }
    const Json* unit = model.json.find(search_unit_key);
    if (unit != nullptr && !unit->is_null() && unit->text != "per_query") {
        rows.skip(search_key, "is not for each query");
        return;
    }
    if (!json->is_object()) {
        rows.skip(search_key, "is no object of prices by size");
        return;
    }
    std::array<std::optional<Decimal>, sizes.size()> prices;
    for (const JsonMember& member : members_of(*json)) {
        const auto* size = std::find_if(sizes.begin(), sizes.end(), [&](std::string_view known) {
            return member.key == std::string(prefix) + std::string(known);
        });
        const FileValue value = value_of(member.value);
        if (size == sizes.end() || !value.is_price()) {
            rows.skip(rows.inner_key(search_key, member.key),
                      size == sizes.end() ? "is not known" : value.why);
        } else {
            prices[static_cast<std::size_t>(size - sizes.begin())] = value.price;
        }
    }
    if (prices[0] && prices[0] == prices[1] && prices[1] == prices[2]) {
        add_search_price(*prices[0], "", rows);
        return;
    }
    for (std::size_t at = 0; at < sizes.size(); ++at) {
        if (prices[at]) {
            add_search_price(*prices[at], sizes[at], rows);
        }
    }
    if (prices[1]) {
        add_search_price(*prices[1], "", rows);
    }
}

void add_multiplier(std::string_view key,
                    const Json& json,
                    const PriceConditions& when,
                    FileRows& rows) {
    const FileValue value = value_of(json);
    if (!value.is_price() || value.price.is_zero()) {
        rows.skip(key, value.is_price() ? "a factor of zero is none" : value.why);
        return;
    }
    PriceTerms terms;
    terms.price = value.price;
    terms.when = when;
    rows.add_or_name(key, multiplier_metric, terms);
}

bool is_country(std::string_view key) {
    const auto is_letter = [](char c) {
        return c >= 'a' && c <= 'z';
    };
    return key.size() == 2 && std::all_of(key.begin(), key.end(), is_letter);
}

// read_specific_entry reads factors by region ("us") or speed ("fast").
void read_specific_entry(const Json& json, FileRows& rows) {
    if (!json.is_object()) {
        rows.skip(specific_key, "is no object");
        return;
    }
    for (const JsonMember* member : sorted_members(json)) {
        const std::string_view key = rows.inner_key(specific_key, member->key);
        PriceConditions when;
        if (member->key == "fast") {
            when.service_tier = "priority";
        } else if (is_country(member->key)) {
            when.region = member->key;
        } else {
            rows.skip(key, "is neither a region nor a speed");
            continue;
        }
        add_multiplier(key, member->value, when, rows);
    }
}

void read_multipliers(const LitellmModel& model, FileRows& rows) {
    const Json* specific = nullptr;
    for (const JsonMember* member : sorted_members(model.json)) {
        PriceConditions when;
        if (member->value.is_null()) {
            continue;
        }
        if (member->key == specific_key) {
            specific = &member->value;
        } else if (member->key == endpoint_key) {
            when.region = any_region;
            add_multiplier(member->key, member->value, when, rows);
        } else if (member->key.starts_with(regional_prefix)) {
            when.region = member->key.substr(regional_prefix.size());
            if (when.region.empty()) {
                rows.skip(member->key, "names no region");
            } else {
                add_multiplier(member->key, member->value, when, rows);
            }
        }
    }
    if (specific != nullptr) {
        read_specific_entry(*specific, rows);
    }
}

bool has_row(const FileRows& rows,
             std::uint32_t end,
             std::string_view metric,
             const PriceConditions& when) {
    const std::string text = conditions_text(when);
    return std::any_of(rows.prices().begin() + rows.first_price(),
                       rows.prices().begin() + end,
                       [&](const FilePrice& row) {
                           return row.metric == metric && conditions_text(row.terms.when) == text;
                       });
}

// follow_output adds reasoning prices of a service tier that prices output but not reasoning: there
// reasoning costs what output costs, not what the model's own reasoning price says. Hours that
// price reasoning do so for all tiers.
void follow_output(const LitellmModel& model, const CostKey& tier, FileRows& rows) {
    const std::uint32_t end = rows.prices().size();
    const bool has_own =
        std::any_of(rows.prices().begin() + rows.first_price(),
                    rows.prices().end(),
                    [](const FilePrice& row) { return row.metric == "reasoning_tokens"; });
    if (!has_own ||
        price_beside(model.json, "output_cost_per_reasoning_token", tier.suffix).has_value()) {
        return;
    }
    for (std::uint32_t at = rows.first_price(); at < end; ++at) {
        PriceTerms terms = rows.prices()[at].terms;
        const bool is_general = terms.when.service_tier.empty();
        if (rows.prices()[at].metric != "output_tokens" || !terms.has_flat_price ||
            !(is_general || terms.when.service_tier == tier.service_tier)) {
            continue;
        }
        const bool has_hours_own =
            terms.when.hours && has_row(rows, end, "reasoning_tokens", terms.when);
        terms.when.service_tier = tier.service_tier;
        // Tiers by size go before service tiers, and reasoning has its own there.
        terms.tiers = {};
        const bool has_tier_output = is_general && has_row(rows, end, "output_tokens", terms.when);
        if (!has_hours_own && !has_tier_output) {
            rows.add("reasoning_tokens", terms);
        }
    }
}

void follow_outputs(const LitellmModel& model, FileRows& rows) {
    for (const JsonMember* member : sorted_members(model.json)) {
        const CostKey key = parse_cost_key(member->key);
        if (key.name == "output_cost_per_token" && !key.threshold && !key.service_tier.empty() &&
            value_of(member->value).is_price()) {
            follow_output(model, key, rows);
        }
    }
}

void read_model(const Json& json, std::string_view provider, FileRows& rows) {
    const Json* mode = json.find("mode");
    const LitellmModel model{json,
                             mode != nullptr && mode->is_string() ? mode->text : std::string_view{},
                             provider == "xai"};
    ModelTiers tiers = read_tiered_pricing(model, rows);
    read_costs(model, tiers, rows);
    tiers.add_rest(rows);
    read_search_prices(model, rows);
    read_off_peak_pricing(model, rows);
    follow_outputs(model, rows);
    read_multipliers(model, rows);
    if (rows.is_empty()) {
        rows.skip("", "has no price");
    }
}

} // namespace

PriceConditions conditions_of(const CostKey& key, const LitellmModel& model) {
    PriceConditions when;
    when.service_tier = key.service_tier;
    (model.thresholds_include ? when.prompt_at_least : when.prompt_over) = key.threshold;
    return when;
}

std::vector<const JsonMember*> sorted_members(const Json& json) {
    std::vector<const JsonMember*> sorted;
    for (const JsonMember& member : members_of(json)) {
        sorted.push_back(&member);
    }
    std::sort(sorted.begin(), sorted.end(), [](const JsonMember* left, const JsonMember* right) {
        return left->key < right->key;
    });
    return sorted;
}

bool is_litellm(const Json& document) {
    const auto is_priced = [](const JsonMember& member) {
        const JsonMembers keys = members_of(member.value);
        return std::any_of(keys.begin(), keys.end(), [](const JsonMember& key) {
            return key.key == provider_key || is_known_cost(key.key);
        });
    };
    const auto is_null = [](const JsonMember& member) {
        return member.value.is_null();
    };
    const JsonMembers members = members_of(document);
    return members.begin() != members.end() &&
           (std::any_of(members.begin(), members.end(), is_priced) ||
            std::all_of(members.begin(), members.end(), is_null));
}

void read_litellm(const Json& document, FileRows& rows, PriceFile& file) {
    for (const JsonMember& member : members_of(document)) {
        if (is_reserved(member.key)) {
            continue;
        }
        const Json* provider = member.value.find(provider_key);
        const bool has_provider =
            provider != nullptr && provider->is_string() && !provider->text.empty();
        const std::string_view name = has_provider ? provider->text : std::string_view{};
        rows.begin_model(name, member.key);
        if (member.key.empty()) {
            rows.skip("", "has no name");
        } else if (member.value.is_null()) {
            file.models.push_back(rows.arena(), {{}, member.key, true, nullptr});
        } else if (!member.value.is_object()) {
            rows.skip("", "is no object of prices");
        } else if (!has_provider) {
            rows.skip("", "has no provider");
        } else {
            file.models.push_back(rows.arena(), {name, member.key, false, nullptr});
            read_model(member.value, name, rows);
        }
    }
}

} // namespace credits::core
