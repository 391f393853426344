// The table of LiteLLM's price keys.
#include "core/litellm_keys.hpp"

#include "core/price_file_rows.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace credits::core {

namespace {

struct KnownCost {
    std::string_view name;
    std::string_view metric;
    int per = 1;
};

constexpr std::array known_costs{
    KnownCost{"input_cost_per_token", "input_tokens"},
    KnownCost{"output_cost_per_token", "output_tokens"},
    KnownCost{"cache_read_input_token_cost", "cache_read_tokens"},
    KnownCost{"input_cost_per_token_cache_hit", "cache_read_tokens"},
    KnownCost{"cache_creation_input_token_cost", "cache_write_tokens"},
    KnownCost{"cache_creation_input_token_cost_above_1hr", "cache_write_1h_tokens"},
    KnownCost{"output_cost_per_reasoning_token", "reasoning_tokens"},
    KnownCost{"input_cost_per_audio_token", "input_audio_tokens"},
    KnownCost{"output_cost_per_audio_token", "output_audio_tokens"},
    KnownCost{"cache_read_input_audio_token_cost", "cache_read_audio_tokens"},
    KnownCost{"cache_creation_input_audio_token_cost", "cache_write_audio_tokens"},
    KnownCost{"input_cost_per_image_token", "input_image_tokens"},
    KnownCost{"output_cost_per_image_token", "output_image_tokens"},
    KnownCost{"output_cost_per_video_token", "output_video_tokens"},
    KnownCost{"citation_cost_per_token", "citation_tokens"},
    KnownCost{"input_cost_per_image", "input_images"},
    KnownCost{"output_cost_per_image", "images"},
    KnownCost{"input_cost_per_pixel", "pixels"},
    KnownCost{"output_cost_per_pixel", "pixels"},
    KnownCost{"input_cost_per_second", "seconds"},
    KnownCost{"output_cost_per_second", "seconds"},
    KnownCost{"output_cost_per_video_per_second", "seconds"},
    KnownCost{"output_cost_per_second_1080p", "seconds_1080p"},
    KnownCost{"input_cost_per_video_per_second", "input_video_seconds"},
    KnownCost{"input_cost_per_audio_per_second", "input_audio_seconds"},
    KnownCost{"input_cost_per_character", "characters"},
    KnownCost{"output_cost_per_character", "output_characters"},
    KnownCost{"input_cost_per_query", "queries"},
    KnownCost{"input_cost_per_request", "requests"},
    KnownCost{"ocr_cost_per_page", "pages"},
    KnownCost{"annotation_cost_per_page", "annotation_pages"},
    KnownCost{"ocr_cost_per_credit", "ocr_credits"},
    KnownCost{"code_interpreter_cost_per_session", "code_interpreter_sessions"},
    KnownCost{"file_search_cost_per_1k_calls", "file_search_calls", 1000},
    KnownCost{"file_search_cost_per_gb_per_day", "file_search_gb_days"},
    KnownCost{"vector_store_cost_per_gb_per_day", "vector_store_gb_days"},
    KnownCost{"computer_use_input_cost_per_1k_tokens", "computer_use_input_tokens", 1000},
    KnownCost{"computer_use_output_cost_per_1k_tokens", "computer_use_output_tokens", 1000},
};

struct TierSuffix {
    std::string_view suffix;
    std::string_view service_tier;
};

constexpr std::array tier_suffixes{
    TierSuffix{"_flex", "flex"},
    TierSuffix{"_priority", "priority"},
    TierSuffix{"_ultrafast", "ultrafast"},
    TierSuffix{"_batches", "batch"},
};

constexpr std::string_view threshold_begin = "_above_";
constexpr std::string_view threshold_end = "_tokens";

const KnownCost* find_cost(std::string_view name) {
    const auto* found = std::find_if(known_costs.begin(),
                                     known_costs.end(),
                                     [&](const KnownCost& known) { return known.name == name; });
    return found == known_costs.end() ? nullptr : found;
}

// read_threshold reads "200k" or "128"; nullopt for anything else.
std::optional<Decimal> read_threshold(std::string_view text) {
    constexpr std::size_t digits_max = 9;
    const bool thousands = text.ends_with('k');
    text.remove_suffix(thousands ? 1 : 0);
    const auto is_digit = [](char c) {
        return c >= '0' && c <= '9';
    };
    if (text.empty() || text.size() > digits_max ||
        !std::all_of(text.begin(), text.end(), is_digit)) {
        return std::nullopt;
    }
    Int128 tokens = 0;
    for (const char c : text) {
        tokens = tokens * 10 + (c - '0');
    }
    return Decimal{tokens * (thousands ? 1000 : 1), 0};
}

CostMetric priced_as(std::string_view metric) {
    return {metric, {1, 0}, {}};
}

CostMetric unpriced(std::string_view why) {
    return {{}, {1, 0}, why};
}

// Of two prices for the two sides of one and the same thing, the one that is charged.
enum class Side { this_one, other_one, both };

Side side_of(const Decimal& own, const std::optional<Decimal>& other, bool is_first) {
    if (!other) {
        return Side::this_one;
    }
    if (own == *other) {
        return is_first ? Side::other_one : Side::this_one;
    }
    if (own.is_zero() || other->is_zero()) {
        return own.is_zero() ? Side::other_one : Side::this_one;
    }
    return Side::both;
}

// One second (of audio in, or of video out) is charged once, whichever side the file prices.
CostMetric seconds_of(const CostKey& key, const Json& prices, const Decimal& price) {
    const bool is_input = key.name == "input_cost_per_second";
    const std::string_view other = is_input ? "output_cost_per_second" : "input_cost_per_second";
    switch (side_of(price, price_beside(prices, other, key.suffix), is_input)) {
    case Side::this_one:
        return priced_as("seconds");
    case Side::other_one:
        return {};
    case Side::both:
        break;
    }
    return priced_as(is_input ? "input_seconds" : "seconds");
}

CostMetric pixels_of(const CostKey& key, const Json& prices, const Decimal& price) {
    const bool is_output = key.name == "output_cost_per_pixel";
    const std::string_view other = is_output ? "input_cost_per_pixel" : "output_cost_per_pixel";
    switch (side_of(price, price_beside(prices, other, key.suffix), is_output)) {
    case Side::this_one:
        return priced_as("pixels");
    case Side::other_one:
        return {};
    case Side::both:
        break;
    }
    return unpriced("pixels of both sides have prices, and usage counts pixels once");
}

// A key that says what another one says in other words.
CostMetric
beside(const Decimal& price, const std::optional<Decimal>& other, std::string_view metric) {
    if (!other) {
        return priced_as(metric);
    }
    return unpriced(price == *other ? "" : "another key of the model prices the same otherwise");
}

bool makes_images(std::string_view mode) {
    return mode == "image_generation" || mode == "image_edit";
}

} // namespace

CostKey parse_cost_key(std::string_view key) {
    CostKey parsed{key, {}, std::nullopt, {}};
    for (const TierSuffix& tier : tier_suffixes) {
        if (parsed.name.ends_with(tier.suffix)) {
            parsed.name.remove_suffix(tier.suffix.size());
            parsed.service_tier = tier.service_tier;
            break;
        }
    }
    const std::size_t above = parsed.name.rfind(threshold_begin);
    if (above != std::string_view::npos && parsed.name.ends_with(threshold_end) &&
        above + threshold_begin.size() + threshold_end.size() <= parsed.name.size()) {
        const std::size_t first = above + threshold_begin.size();
        parsed.threshold = read_threshold(
            parsed.name.substr(first, parsed.name.size() - first - threshold_end.size()));
        if (parsed.threshold) {
            parsed.name = parsed.name.substr(0, above);
        }
    }
    parsed.suffix = key.substr(parsed.name.size());
    return parsed;
}

bool is_known_cost(std::string_view name) {
    return find_cost(name) != nullptr;
}

bool looks_like_cost(std::string_view key) {
    constexpr std::array signs{std::string_view{"cost"},
                               std::string_view{"price"},
                               std::string_view{"pricing"},
                               std::string_view{"multiplier"}};
    return std::any_of(signs.begin(), signs.end(), [&](std::string_view sign) {
        return key.find(sign) != std::string_view::npos;
    });
}

std::optional<Decimal>
price_beside(const Json& prices, std::string_view name, std::string_view suffix) {
    const Json* found = prices.find(std::string(name) + std::string(suffix));
    if (found == nullptr) {
        return std::nullopt;
    }
    const FileValue value = value_of(*found);
    return value.is_price() ? std::optional(value.price) : std::nullopt;
}

CostMetric metric_of(const CostKey& key, const Json& prices, std::string_view mode) {
    const KnownCost* known = find_cost(key.name);
    const std::optional<Decimal> price = price_beside(prices, key.name, key.suffix);
    if (known == nullptr || !price) {
        return unpriced("is not known");
    }
    if (key.name == "input_cost_per_second" || key.name == "output_cost_per_second") {
        return seconds_of(key, prices, *price);
    }
    if (known->metric == "pixels") {
        return pixels_of(key, prices, *price);
    }
    if (key.name == "output_cost_per_video_per_second") {
        return beside(
            *price, price_beside(prices, "output_cost_per_second", key.suffix), known->metric);
    }
    if (key.name == "input_cost_per_token_cache_hit") {
        return beside(
            *price, price_beside(prices, "cache_read_input_token_cost", key.suffix), known->metric);
    }
    if (key.name == "input_cost_per_image" && makes_images(mode) &&
        !price_beside(prices, "output_cost_per_image", key.suffix)) {
        return priced_as("images");
    }
    return {known->metric, {known->per, 0}, {}};
}

} // namespace credits::core
