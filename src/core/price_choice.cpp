// Conditions met, and the best of the prices that are.
#include "core/price_choice.hpp"

#include <algorithm>
#include <compare>
#include <tuple>

namespace credits::core {

namespace {

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool same_word(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
        return lower(a) == lower(b);
    });
}

bool meets_region(std::string_view wanted, std::string_view region) {
    if (wanted == any_region) {
        return !region.empty() && !same_word(region, "global");
    }
    return same_word(wanted, region);
}

bool meets_words(const PriceConditions& when, const PricedCall& call) {
    return (when.service_tier.empty() ||
            same_word(tier_name(when.service_tier), call.service_tier)) &&
           (when.region.empty() || meets_region(when.region, call.region)) &&
           (when.search_context_size.empty() ||
            same_word(when.search_context_size, call.search_context_size));
}

bool meets_prompt(const PriceConditions& when, const Decimal& prompt) {
    return (!when.prompt_over || std::is_gt(compare(prompt, *when.prompt_over))) &&
           (!when.prompt_at_least || std::is_gteq(compare(prompt, *when.prompt_at_least)));
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

bool in_force(const PriceRow& row, const PricedCall& call) {
    return row.valid_from <= call.moment && call.moment < row.valid_to &&
           row.version_from <= call.version && call.version < row.version_to;
}

// The price that a row has for the size of a prompt; false where it has none.
bool price_by_size(const PriceTerms& terms, const Decimal& prompt, PriceChoice& choice) {
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
        const bool inside = std::is_gt(compare(prompt, tier.over)) &&
                            (!tier.up_to || std::is_lteq(compare(prompt, *tier.up_to)));
        if (inside) {
            choice.price = tier.price;
            if (!choice.has_threshold || std::is_lt(compare(choice.threshold, tier.over))) {
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
bool is_dearer(const PriceChoice& left, const PriceChoice& right) {
    const PriceTerms& a = left.row->terms;
    const PriceTerms& b = right.row->terms;
    const auto order = a.per == b.per ? compare(left.price, right.price)
                                      : compare(left.price * b.per, right.price * a.per);
    return std::is_neq(order) ? std::is_gt(order) : std::is_lt(compare(a.free, b.free));
}

bool is_better(const PriceChoice& left, const PriceChoice& right) {
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
    if (const auto order = compare(left.threshold, right.threshold); std::is_neq(order)) {
        return std::is_gt(order);
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

} // namespace

std::string_view tier_name(std::string_view tier) {
    return same_word(tier, "fast") ? "priority" : tier;
}

PriceChoice
choose_price(const std::vector<PriceRow>& rows, std::string_view metric, const PricedCall& call) {
    PriceChoice best;
    if (metric == multiplier_metric) {
        return best;
    }
    for (const PriceRow& row : rows) {
        if (row.metric != metric || !in_force(row, call) || !meets_words(row.terms.when, call) ||
            !meets_time(row, call.moment)) {
            continue;
        }
        PriceChoice choice;
        choice.row = &row;
        if (price_by_size(row.terms, call.prompt, choice) &&
            (best.row == nullptr || is_better(choice, best))) {
            best = choice;
        }
    }
    return best;
}

Decimal multiplier_of(const std::vector<PriceRow>& rows, const PricedCall& call) {
    constexpr Decimal one{1, 0};
    Decimal imported = one;
    Decimal configured = one;
    bool is_configured = false;
    for (const PriceRow& row : rows) {
        PriceChoice choice;
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

} // namespace credits::core
