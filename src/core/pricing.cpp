// The book, and adding up what its prices make of a usage.
#include "core/pricing.hpp"

#include "core/error.hpp"
#include "core/price_choice.hpp"

#include <algorithm>
#include <compare>
#include <functional>

namespace credits::core {

namespace {

constexpr std::string_view requests_metric = "requests";

// FreeUnits gives what prices leave free: once a call, to the pools that are paid at a price in
// turn.
class FreeUnits {
  public:
    Decimal charged(const UsageItem& item, const PriceRow* row) {
        if (row->terms.free.is_zero()) {
            return item.quantity;
        }
        auto used = std::find_if(
            used_.begin(), used_.end(), [&](const Used& known) { return known.row == row; });
        if (used == used_.end()) {
            used = used_.insert(used, {row, row->terms.free});
        }
        const Decimal free =
            std::is_lt(compare(item.quantity, used->left)) ? item.quantity : used->left;
        used->left = used->left - free;
        return item.quantity - free;
    }

  private:
    struct Used {
        const PriceRow* row;
        Decimal left;
    };

    std::vector<Used> used_;
};

PriceLine line_of(const UsageItem& item,
                  const PriceChoice& choice,
                  const Decimal& multiplier,
                  FreeUnits& free_units) {
    const PriceTerms& terms = choice.row->terms;
    PriceLine line;
    line.metric = item.metric;
    line.quantity = free_units.charged(item, choice.row);
    line.unit_price = choice.price * multiplier;
    line.per = terms.per;
    line.cost = quotient(line.quantity * line.unit_price, line.per);
    return line;
}

// for_each_line prices pool after pool; stops at the first one without a price, naming it.
template <class Visit>
PricedUsage for_each_line(const std::vector<PriceRow>& rows,
                          const Usage& usage,
                          const PricedCall& call,
                          Visit visit) {
    PricedUsage priced;
    FreeUnits free_units;
    const Decimal multiplier = multiplier_of(rows, call);
    const auto add = [&](const UsageItem& item, const PriceChoice& choice) {
        const PriceLine line = line_of(item, choice, multiplier, free_units);
        priced.cost = priced.cost + line.cost;
        visit(line);
    };
    bool names_requests = false;
    for (const UsageItem& item : usage) {
        check_quantity(item);
        names_requests = names_requests || item.metric == requests_metric;
        PriceChoice choice;
        for (std::string_view metric = item.metric; choice.row == nullptr && !metric.empty();
             metric = parent_of(metric)) {
            choice = choose_price(rows, metric, call);
        }
        if (choice.row == nullptr) {
            return {{}, PricingFault::unknown_metric, item.metric};
        }
        add(item, choice);
    }
    if (!names_requests) {
        // A fee for each request is due whether or not the usage counts them.
        const PriceChoice fee = choose_price(rows, requests_metric, call);
        if (fee.row != nullptr) {
            add({requests_metric, {1, 0}}, fee);
        }
    }
    return priced;
}

template <class Visit>
PricedUsage price_model(const std::vector<PriceRow>* rows,
                        const Usage& usage,
                        const PricedAt& at,
                        std::int64_t version,
                        Visit visit) {
    if (rows == nullptr || rows->empty()) {
        return {{}, PricingFault::unknown_model, {}};
    }
    if (usage.count == 0) {
        throw_invalid("usage names no quantity",
                      "the object has no key that counts anything",
                      R"(give what was used, for example {"input_tokens": 500})");
    }
    const PricedCall call{at.moment,
                          version,
                          prompt_tokens(usage),
                          tier_name(usage.service_tier),
                          usage.region,
                          usage.search_context_size};
    return for_each_line(*rows, usage, call, visit);
}

} // namespace

std::size_t PriceBook::NameHash::operator()(const Name& name) const noexcept {
    constexpr std::size_t spread = 0x9E3779B97F4A7C15ULL;
    const std::hash<std::string_view> hash;
    return hash(name.model) ^ (hash(name.provider) * spread) ^
           static_cast<std::size_t>(name.version);
}

PriceBook::Model&
PriceBook::model_of(std::string_view provider, std::string_view model, std::int64_t asked_version) {
    const auto found = models_.find({provider, model, asked_version});
    if (found != models_.end()) {
        return *found->second;
    }
    owned_.push_back(std::make_unique<Model>(Model{std::string(provider), std::string(model), {}}));
    Model& made = *owned_.back();
    models_.emplace(Name{made.provider, made.name, asked_version}, &made);
    return made;
}

const PriceBook::Model* PriceBook::find(const Name& name) const {
    const auto found = models_.find(name);
    return found == models_.end() ? nullptr : found->second;
}

void* PriceBook::OwnArena::allocate(std::size_t bytes) noexcept {
    try {
        blocks_.push_back(std::make_unique<std::byte[]>(bytes));
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
    return blocks_.back().get();
}

void PriceBook::add(const PriceRow& row, std::int64_t asked_version) {
    Model& model = model_of(row.provider, row.model, asked_version);
    PriceRow kept = row;
    kept.provider = model.provider;
    kept.model = model.name;
    kept.metric = copy_text(*arena_, row.metric);
    PriceConditions& when = kept.terms.when;
    for (std::string_view* text : {&when.service_tier,
                                   &when.region,
                                   &when.search_context_size,
                                   &when.time_zone,
                                   &when.weekday_time_zone}) {
        *text = copy_text(*arena_, *text);
    }
    kept.terms.tiers = {};
    for (const PriceTier& tier : row.terms.tiers) {
        kept.terms.tiers.push_back(*arena_, tier);
    }
    model.rows.push_back(kept);
}

void PriceBook::learn(std::string_view provider,
                      std::string_view model,
                      std::int64_t asked_version) {
    model_of(provider, model, asked_version);
}

bool PriceBook::knows(std::string_view provider,
                      std::string_view model,
                      std::int64_t asked_version) const {
    return find({provider, model, asked_version}) != nullptr;
}

PricedUsage PriceBook::price(std::string_view provider,
                             std::string_view model,
                             const Usage& usage,
                             const PricedAt& at) const {
    const Model* found = find({provider, model, at.version});
    const auto nothing = [](const PriceLine&) {
    };
    return price_model(found == nullptr ? nullptr : &found->rows,
                       usage,
                       at,
                       at.version == latest_version ? version_ : at.version,
                       nothing);
}

PricedUsage PriceBook::explain(std::string_view provider,
                               std::string_view model,
                               const Usage& usage,
                               const PricedAt& at,
                               PriceLines& lines) const {
    const Model* found = find({provider, model, at.version});
    return price_model(found == nullptr ? nullptr : &found->rows,
                       usage,
                       at,
                       at.version == latest_version ? version_ : at.version,
                       [&](const PriceLine& line) { lines.list.push_back(lines.arena, line); });
}

} // namespace credits::core
