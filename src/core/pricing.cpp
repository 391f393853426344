// The price book: prices of one model side by side, each with its dates.
#include "core/pricing.hpp"

#include "core/error.hpp"

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
    PoolParent{"reasoning_tokens", "output_tokens"},
    PoolParent{"output_audio_tokens", "output_tokens"},
    PoolParent{"output_image_tokens", "output_tokens"},
    PoolParent{"output_video_tokens", "output_tokens"},
};

// Names come from callers and may be of any length; errors quote their beginning.
std::string shortened(std::string_view name) {
    constexpr std::size_t shown = 60;
    std::size_t length = std::min(name.size(), shown);
    while (length < name.size() && length > 0 && (name[length] & 0xC0) == 0x80) {
        --length;
    }
    return std::string(name.substr(0, length)) + (length < name.size() ? "..." : "");
}

std::string_view parent_of(std::string_view metric) {
    const auto* found = std::find_if(pool_parents.begin(),
                                     pool_parents.end(),
                                     [&](const PoolParent& pool) { return pool.metric == metric; });
    return found == pool_parents.end() ? std::string_view{} : found->parent;
}

// Provider and model in one key; no text from PostgreSQL holds a zero byte.
std::string model_key(std::string_view provider, std::string_view model) {
    std::string key;
    key.reserve(provider.size() + model.size() + 1);
    key.append(provider).push_back('\0');
    return key.append(model);
}

} // namespace

bool is_context_key(std::string_view key) {
    return key == "service_tier" || key == "region" || key == "search_context_size";
}

bool is_token_metric(std::string_view metric) {
    return metric.ends_with("_tokens");
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

void PriceBook::add(const PriceRow& row) {
    models_[model_key(row.provider, row.model)].push_back(
        {std::string(row.metric), row.price, row.per, row.valid_from, row.valid_to});
}

const PriceBook::DatedPrice*
PriceBook::find(const Model& model, std::string_view metric, Instant moment) {
    for (const DatedPrice& dated : model) {
        if (dated.metric == metric && dated.valid_from <= moment && moment < dated.valid_to) {
            return &dated;
        }
    }
    return nullptr;
}

PricedUsage PriceBook::price(std::string_view provider,
                             std::string_view model,
                             const Usage& usage,
                             Instant moment) const {
    const auto found = models_.find(model_key(provider, model));
    if (found == models_.end()) {
        return {{}, PricingFault::unknown_model, {}};
    }
    if (usage.count == 0) {
        throw_invalid("usage names no quantity",
                      "the object has no key that counts anything",
                      R"(give what was used, for example {"input_tokens": 500})");
    }
    PricedUsage priced;
    for (const UsageItem& item : usage) {
        check_quantity(item);
        const DatedPrice* dated = nullptr;
        for (std::string_view metric = item.metric; dated == nullptr && !metric.empty();
             metric = parent_of(metric)) {
            dated = find(found->second, metric, moment);
        }
        if (dated == nullptr) {
            return {{}, PricingFault::unknown_metric, item.metric};
        }
        priced.cost = priced.cost + quotient(item.quantity * dated->price, dated->per);
    }
    return priced;
}

} // namespace credits::core
