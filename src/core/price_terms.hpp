// What a price says and when it applies: the terms of one row of the price book, as plain values.
// Owns the conditions, their one JSON form and whether a call meets them; knows no model and no
// sum.
#pragma once

#include "core/arena.hpp"
#include "core/calendar.hpp"
#include "core/json.hpp"
#include "core/money.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace credits::core {

// The metric under which a book keeps factors on a whole call (a region's uplift), not a quantity.
inline constexpr std::string_view multiplier_metric = "multiplier";

// A region that is named and is not "global".
inline constexpr std::string_view any_region = "*";

// DailyHours are minutes of a day, from inclusive, to exclusive; they may wrap midnight, and equal
// ends are the whole day.
struct DailyHours {
    std::int16_t from = 0;
    std::int16_t to = 0;

    friend constexpr bool operator==(const DailyHours&, const DailyHours&) = default;
};

// Conditions of a price; what is absent (empty, no bit of weekdays) holds for every call.
struct PriceConditions {
    std::optional<Decimal> prompt_over;     // tokens of the whole prompt: more than
    std::optional<Decimal> prompt_at_least; // that many or more
    std::string_view service_tier;          // in lower case
    std::string_view region;
    std::string_view search_context_size;
    std::optional<DailyHours> hours;
    std::uint8_t weekdays = 0;          // bit 0: Monday ... bit 6: Sunday
    std::string_view time_zone;         // of the hours; empty: UTC
    std::string_view weekday_time_zone; // empty: that of the hours
};

// PriceTier replaces the row's price for prompts of more than `over` tokens up to `up_to`.
struct PriceTier {
    Decimal over;
    std::optional<Decimal> up_to;
    Decimal price;
};

struct PriceTerms {
    Decimal price; // USD for every `per` units; of a multiplier, the factor
    Decimal per{1, 0};
    bool has_flat_price = true; // false: only the tiers have one
    Decimal free;               // units of each call that cost nothing
    List<PriceTier> tiers;
    PriceConditions when;
};

// read_conditions reads their JSON form, and decimal texts and names of days beside it; anything
// else in it is an invalid argument whose message begins with the key. Null is absent. Texts are
// views of the JSON.
PriceConditions read_conditions(const Json& json);

// read_tiers reads [{"over": 0, "up_to": 32000, "price": "0.1"}, …], up_to null or absent for no
// end.
List<PriceTier> read_tiers(Arena& arena, const Json& json);

// conditions_text and tiers_text write the one JSON form: absent conditions are left out, keys are
// in the order above, numbers are decimal strings for prices and JSON numbers for tokens.
std::string conditions_text(const PriceConditions& when);
std::string tiers_text(const List<PriceTier>& tiers);

// are_apart: each tier ends after it begins, and where the next one begins or before.
bool are_apart(const List<PriceTier>& tiers);

// parse_hours reads "16:30-00:30"; parse_weekday a day's number (1: Monday) or English name as its
// bit of weekdays, 0 for anything else.
std::optional<DailyHours> parse_hours(std::string_view text);
std::uint8_t parse_weekday(const Json& json);

// read_decimal reads a number or a decimal text; nullopt for anything that is no Decimal.
std::optional<Decimal> read_decimal(const Json& json);

} // namespace credits::core
