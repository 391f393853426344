// The price book: prices of one model side by side, each with its dates.
#include "core/pricing.hpp"

#include "core/error.hpp"

namespace credits::core {

namespace {

// Provider and model in one key; no text from PostgreSQL holds a zero byte.
std::string model_key(std::string_view provider, std::string_view model) {
    std::string key;
    key.reserve(provider.size() + model.size() + 1);
    key.append(provider).push_back('\0');
    return key.append(model);
}

} // namespace

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
