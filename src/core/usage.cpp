// Metrics and how they relate.
#include "core/usage.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>

namespace credits::core {

namespace {

// The pool at whose rate an unpriced pool is paid; empty where there is none.
struct PoolParent {
    std::string_view metric;
    std::string_view parent;
};

constexpr std::array pool_parents{
    PoolParent{"cache_read_tokens", "input_tokens"},
    PoolParent{"cache_write_tokens", "input_tokens"},
    PoolParent{"cache_write_1h_tokens", "cache_write_tokens"},
    PoolParent{"input_audio_tokens", "input_tokens"},
    PoolParent{"input_image_tokens", "input_tokens"},
    PoolParent{"input_video_tokens", "input_tokens"},
    PoolParent{"cache_read_audio_tokens", "cache_read_tokens"},
    PoolParent{"cache_read_image_tokens", "cache_read_tokens"},
    PoolParent{"cache_write_audio_tokens", "cache_write_tokens"},
    PoolParent{"reasoning_tokens", "output_tokens"},
    PoolParent{"output_audio_tokens", "output_tokens"},
    PoolParent{"output_image_tokens", "output_tokens"},
    PoolParent{"output_video_tokens", "output_tokens"},
    PoolParent{"input_seconds", "seconds"},
};

// What a model reads: the pools that make the size of the prompt.
constexpr std::array prompt_pools{
    std::string_view{"input_tokens"},
    std::string_view{"cache_read_tokens"},
    std::string_view{"cache_write_tokens"},
    std::string_view{"cache_write_1h_tokens"},
    std::string_view{"input_audio_tokens"},
    std::string_view{"cache_read_audio_tokens"},
    std::string_view{"cache_write_audio_tokens"},
    std::string_view{"input_image_tokens"},
    std::string_view{"cache_read_image_tokens"},
    std::string_view{"input_video_tokens"},
};

} // namespace

std::string_view parent_of(std::string_view metric) {
    const auto* found = std::find_if(pool_parents.begin(),
                                     pool_parents.end(),
                                     [&](const PoolParent& pool) { return pool.metric == metric; });
    return found == pool_parents.end() ? std::string_view{} : found->parent;
}

bool is_context_key(std::string_view key) {
    return key == "service_tier" || key == "region" || key == "search_context_size";
}

bool is_token_metric(std::string_view metric) {
    return metric.ends_with("_tokens");
}

bool is_token_pool(std::string_view metric) {
    return metric == "input_tokens" || metric == "output_tokens" || metric == "citation_tokens" ||
           (is_token_metric(metric) && !parent_of(metric).empty());
}

void check_quantity(const UsageItem& item) {
    if (item.quantity.is_negative()) {
        throw_invalid("usage must not be negative",
                      shortened(item.metric) + " is below zero",
                      "quantities are zero or more");
    }
    if (is_token_metric(item.metric) && item.quantity.scale > 0) {
        throw_invalid("tokens must be whole numbers",
                      shortened(item.metric) + " has decimals",
                      "round to whole tokens");
    }
}

Decimal total_tokens(const Usage& usage) {
    Decimal total;
    for (const UsageItem& item : usage) {
        if (is_token_metric(item.metric)) {
            total = total + item.quantity;
        }
    }
    return total;
}

Decimal prompt_tokens(const Usage& usage) {
    Decimal total;
    for (const UsageItem& item : usage) {
        if (std::find(prompt_pools.begin(), prompt_pools.end(), item.metric) !=
            prompt_pools.end()) {
            total = total + item.quantity;
        }
    }
    return total;
}

} // namespace credits::core
