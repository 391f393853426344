// Choosing among a model's prices and adding up.
#include "core/pricing.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

namespace credits::core {

namespace {

constexpr std::string_view requests_metric = "requests";

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool same_word(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
        return lower(a) == lower(b);
    });
}

// A tier that providers sell under two names.
std::string_view tier_name(std::string_view tier) {
    return same_word(tier, "fast") ? "priority" : tier;
}

bool meets_region(std::string_view wanted, std::string_view region) {
    if (wanted == any_region) {
        return !region.empty() && !same_word(region, "global");
    }
    return same_word(wanted, region);
}

// What a call brings to the choice of prices.
struct Call {
    Instant moment;
    std::int64_t version;
    Decimal prompt;
    std::string_view service_tier;
    std::string_view region;
    std::string_view search_context_size;
};

bool meets_words(const PriceConditions& when, const Call& call) {
    return (when.service_tier.empty() ||
            same_word(tier_name(when.service_tier), call.service_tier)) &&
           (when.region.empty() || meets_region(when.region, call.region)) &&
           (when.search_context_size.empty() ||
            same_word(when.search_context_size, call.search_context_size));
}

bool meets_prompt(const PriceConditions& when, const Decimal& prompt) {
    return (!when.prompt_over || compare(prompt, *when.prompt_over) > 0) &&
           (!when.prompt_at_least || compare(prompt, *when.prompt_at_least) >= 0);
}

LocalTime local_time(const Zone* zone, Instant moment) {
    return zone == nullptr ? moment : zone->to_local(moment);
}

std::int64_t day_number(LocalTime local) {
    return local >= 0 ? local / micros_per_day : (local - (micros_per_day - 1)) / micros_per_day;
}

bool meets_hours(const DailyHours& hours, LocalTime local) {
    const std::int64_t of_day = local - day_number(local) * micros_per_day;
    const std::int64_t minute = of_day / (60 * micros_per_second);
    if (hours.from < hours.to) {
        return hours.from <= minute && minute < hours.to;
    }
    return hours.from == hours.to || minute >= hours.from || minute < hours.to;
}

// 2000-01-01, day 0, was a Saturday.
bool meets_weekdays(std::uint8_t weekdays, LocalTime local) {
    constexpr std::int64_t days_of_week = 7;
    constexpr std::int64_t saturday = 5;
    const std::int64_t day = (day_number(local) % days_of_week + days_of_week + saturday);
    return ((weekdays >> (day % days_of_week)) & 1U) != 0;
}

bool meets_time(const PriceRow& row, Instant moment) {
    const PriceConditions& when = row.terms.when;
    return (!when.hours || meets_hours(*when.hours, local_time(row.zone, moment))) &&
           (when.weekdays == 0 ||
            meets_weekdays(when.weekdays, local_time(row.weekday_zone, moment)));
}

bool in_force(const PriceRow& row, const Call& call) {
    return row.valid_from <= call.moment && call.moment < row.valid_to &&
           row.version_from <= call.version && call.version < row.version_to;
}

// Choice of a price, and what makes it better than another.
struct Choice {
    const PriceRow* row = nullptr;
    Decimal price;
    bool has_threshold = false;
    Decimal threshold;
};

// The price that a row has for the size of a prompt; false where it has none.
bool price_by_size(const PriceTerms& terms, const Decimal& prompt, Choice& choice) {
    if (!meets_prompt(terms.when, prompt)) {
        return false;
    }
    const auto& limit =
        terms.when.prompt_over ? terms.when.prompt_over : terms.when.prompt_at_least;
    choice.has_threshold = limit.has_value();
    choice.threshold = limit.value_or(Decimal{});
    choice.price = terms.price;
    bool found = terms.has_flat_price;
    for (const PriceTier& tier : terms.tiers) {
        const bool inside =
            compare(prompt, tier.over) > 0 && (!tier.up_to || compare(prompt, *tier.up_to) <= 0);
        if (inside) {
            choice.price = tier.price;
            if (!choice.has_threshold || compare(choice.threshold, tier.over) < 0) {
                choice.threshold = tier.over;
            }
            choice.has_threshold = true;
            found = true;
        }
    }
    return found;
}

// Where nothing else tells prices apart (hours that overlap), the order of rows must not: the
// higher one is taken, then the one with less for free.
bool is_dearer(const Choice& left, const Choice& right) {
    const auto order =
        compare(left.price * right.row->terms.per, right.price * left.row->terms.per);
    return order != 0 ? order > 0 : compare(left.row->terms.free, right.row->terms.free) < 0;
}

bool is_better(const Choice& left, const Choice& right) {
    const PriceConditions& a = left.row->terms.when;
    const PriceConditions& b = right.row->terms.when;
    const auto timed = [](const PriceConditions& when) {
        return when.hours.has_value() || when.weekdays != 0;
    };
    const auto first = std::tuple(left.row->configured, timed(a), left.has_threshold);
    const auto second = std::tuple(right.row->configured, timed(b), right.has_threshold);
    if (first != second) {
        return first > second;
    }
    if (const auto order = compare(left.threshold, right.threshold); order != 0) {
        return order > 0;
    }
    const auto words = [](const PriceConditions& when) {
        return std::tuple(!when.service_tier.empty(),
                          !when.region.empty(),
                          when.region != any_region,
                          !when.search_context_size.empty());
    };
    if (words(a) != words(b)) {
        return words(a) > words(b);
    }
    return is_dearer(left, right);
}

// choose finds the one price of a metric for a call; a factor is nothing that can be used.
Choice choose(const std::vector<PriceRow>& rows, std::string_view metric, const Call& call) {
    Choice best;
    if (metric == multiplier_metric) {
        return best;
    }
    for (const PriceRow& row : rows) {
        if (row.metric != metric || !in_force(row, call) || !meets_words(row.terms.when, call) ||
            !meets_time(row, call.moment)) {
            continue;
        }
        Choice choice;
        choice.row = &row;
        if (price_by_size(row.terms, call.prompt, choice) &&
            (best.row == nullptr || is_better(choice, best))) {
            best = choice;
        }
    }
    return best;
}

// What multiplies the whole call; a configured factor stands for all imported ones.
Decimal multiplier_of(const std::vector<PriceRow>& rows, const Call& call) {
    constexpr Decimal one{1, 0};
    Decimal imported = one;
    Decimal configured = one;
    bool is_configured = false;
    for (const PriceRow& row : rows) {
        Choice choice;
        if (row.metric == multiplier_metric && in_force(row, call) &&
            meets_words(row.terms.when, call) && meets_time(row, call.moment) &&
            price_by_size(row.terms, call.prompt, choice)) {
            Decimal& factor = row.configured ? configured : imported;
            factor = factor * choice.price;
            is_configured = is_configured || row.configured;
        }
    }
    return is_configured ? configured : imported;
}

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
        const Decimal free = compare(item.quantity, used->left) < 0 ? item.quantity : used->left;
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
                  const Choice& choice,
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
                          const Call& call,
                          Visit visit) {
    PricedUsage priced;
    FreeUnits free_units;
    const Decimal multiplier = multiplier_of(rows, call);
    const auto add = [&](const UsageItem& item, const Choice& choice) {
        const PriceLine line = line_of(item, choice, multiplier, free_units);
        priced.cost = priced.cost + line.cost;
        visit(line);
    };
    bool names_requests = false;
    for (const UsageItem& item : usage) {
        check_quantity(item);
        names_requests = names_requests || item.metric == requests_metric;
        Choice choice;
        for (std::string_view metric = item.metric; choice.row == nullptr && !metric.empty();
             metric = parent_of(metric)) {
            choice = choose(rows, metric, call);
        }
        if (choice.row == nullptr) {
            return {{}, PricingFault::unknown_metric, item.metric};
        }
        add(item, choice);
    }
    if (!names_requests) {
        // A fee for each request is due whether or not the usage counts them.
        const Choice fee = choose(rows, requests_metric, call);
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
    const Call call{at.moment,
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
                               List<PriceLine>& lines,
                               Arena& arena) const {
    const Model* found = find({provider, model, at.version});
    return price_model(found == nullptr ? nullptr : &found->rows,
                       usage,
                       at,
                       at.version == latest_version ? version_ : at.version,
                       [&](const PriceLine& line) { lines.push_back(arena, line); });
}

} // namespace credits::core
