// The terms of a price out of JSON. Refuses what it does not know, so that a condition that was
// misspelt cannot turn a price for some calls into a price for all.
#include "core/price_terms.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <compare>

namespace credits::core {

namespace {

constexpr int minutes_per_hour = 60;
constexpr int hours_per_day = 24;

constexpr std::array<std::string_view, 7> weekday_names{
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

// Short forms are the first three letters, and these.
struct ShortDay {
    std::string_view name;
    std::size_t day;
};

constexpr std::array short_days{ShortDay{"tues", 1}, ShortDay{"thur", 3}, ShortDay{"thurs", 3}};

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool is_upper(char letter) {
    return letter >= 'A' && letter <= 'Z';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') {
        text.remove_prefix(1);
    }
    while (!text.empty() && text.back() == ' ') {
        text.remove_suffix(1);
    }
    return text;
}

// read_digits reads a text of one or two digits; -1 for anything else.
int read_digits(std::string_view text) {
    const auto is_digit = [](char c) {
        return c >= '0' && c <= '9';
    };
    if (text.empty() || text.size() > 2 || !std::all_of(text.begin(), text.end(), is_digit)) {
        return -1;
    }
    int value = 0;
    for (const char c : text) {
        value = value * 10 + (c - '0');
    }
    return value;
}

// read_minute reads "16:30" as minutes of the day; -1 for anything else.
std::int16_t read_minute(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || text.size() != colon + 3) {
        return -1;
    }
    const int hour = read_digits(text.substr(0, colon));
    const int minute = read_digits(text.substr(colon + 1));
    if (hour < 0 || hour >= hours_per_day || minute < 0 || minute >= minutes_per_hour) {
        return -1;
    }
    return static_cast<std::int16_t>(hour * minutes_per_hour + minute);
}

// read_tokens reads a size of a prompt: a whole number, zero or more.
Decimal read_tokens(const Json& json, const char* key) {
    const std::optional<Decimal> tokens = read_decimal(json);
    if (!tokens || tokens->is_negative() || tokens->scale > 0) {
        throw_invalid(std::string(key) + " must be a whole number of tokens, zero or more",
                      "it is the size of the whole prompt",
                      "give a number, such as 200000");
    }
    return *tokens;
}

std::string_view read_word(const Json& json, const char* key) {
    if (!json.is_string() || json.text.empty()) {
        throw_invalid(std::string(key) + " must be a text that is not empty",
                      "a price has one of it or none",
                      "leave the key out where the price is for any");
    }
    return json.text;
}

std::string_view read_service_tier(const Json& json) {
    const std::string_view tier = read_word(json, "service_tier");
    if (std::any_of(tier.begin(), tier.end(), is_upper)) {
        throw_invalid("service_tier must be in lower case",
                      "a call's tier is compared in any case, a price's is kept in one",
                      "write it in lower case, such as flex");
    }
    return tier;
}

DailyHours read_hours(const Json& json) {
    const std::optional<DailyHours> hours =
        json.is_string() ? parse_hours(json.text) : std::nullopt;
    if (!hours) {
        throw_invalid("hours must be a window of the day",
                      "from inclusive, to exclusive; it may wrap midnight",
                      R"(write it like "16:30-00:30")");
    }
    return *hours;
}

std::uint8_t read_weekdays(const Json& json) {
    std::uint8_t weekdays = 0;
    bool is_valid = json.is_array() && json.count > 0;
    for (const Json& item : items_of(json)) {
        const std::uint8_t day = parse_weekday(item);
        is_valid = is_valid && day != 0;
        weekdays |= day;
    }
    if (!is_valid) {
        throw_invalid("weekdays must be a list of days",
                      "1 is Monday, 7 is Sunday; or their English names",
                      "write it like [6, 7]");
    }
    return weekdays;
}

void read_condition(PriceConditions& when, std::string_view key, const Json& json) {
    if (key == "prompt_over") {
        when.prompt_over = read_tokens(json, "prompt_over");
    } else if (key == "prompt_at_least") {
        when.prompt_at_least = read_tokens(json, "prompt_at_least");
    } else if (key == "service_tier") {
        when.service_tier = read_service_tier(json);
    } else if (key == "region") {
        when.region = read_word(json, "region");
    } else if (key == "search_context_size") {
        when.search_context_size = read_word(json, "search_context_size");
    } else if (key == "hours") {
        when.hours = read_hours(json);
    } else if (key == "weekdays") {
        when.weekdays = read_weekdays(json);
    } else if (key == "time_zone") {
        when.time_zone = read_word(json, "time_zone");
    } else if (key == "weekday_time_zone") {
        when.weekday_time_zone = read_word(json, "weekday_time_zone");
    } else {
        throw_invalid(shortened(key) + " is no condition of a price",
                      "known are prompt_over, prompt_at_least, service_tier, region, "
                      "search_context_size, hours, weekdays, time_zone, weekday_time_zone",
                      "see how the condition is spelt");
    }
}

void check_together(const PriceConditions& when) {
    if (when.prompt_over && when.prompt_at_least) {
        throw_invalid("prompt_over and prompt_at_least exclude each other",
                      "a price begins at one size of the prompt",
                      "keep one of them");
    }
    if (!when.time_zone.empty() && !when.hours && when.weekdays == 0) {
        throw_invalid("time_zone has nothing to apply to",
                      "the price is for all hours and days",
                      "add hours or weekdays, or leave it out");
    }
    if (!when.weekday_time_zone.empty() && when.weekdays == 0) {
        throw_invalid("weekday_time_zone has nothing to apply to",
                      "the price is for all days",
                      "add weekdays, or leave it out");
    }
}

PriceTier read_tier(const Json& json) {
    PriceTier tier;
    bool has_over = false;
    bool has_price = false;
    for (const JsonMember& member : members_of(json)) {
        if (member.key == "over") {
            tier.over = read_tokens(member.value, "tiers: over");
            has_over = true;
        } else if (member.key == "up_to") {
            if (!member.value.is_null()) {
                tier.up_to = read_tokens(member.value, "tiers: up_to");
            }
        } else if (member.key == "price") {
            const std::optional<Decimal> price = read_decimal(member.value);
            if (!price || price->is_negative()) {
                throw_invalid("tiers: price must be a number, zero or more",
                              "a number or a decimal text of at most 38 digits",
                              R"(write it like "0.1")");
            }
            tier.price = *price;
            has_price = true;
        } else {
            throw_invalid("tiers: " + shortened(member.key) + " is no key of a tier",
                          "known are over, up_to, price",
                          "see how the key is spelt");
        }
    }
    if (!has_over || !has_price) {
        throw_invalid("tiers: a tier needs over and price",
                      "its price is for prompts of more than over tokens up to up_to",
                      R"(write it like {"over": 0, "up_to": 32000, "price": "0.1"})");
    }
    return tier;
}

} // namespace

std::optional<Decimal> read_decimal(const Json& json) {
    if (json.is_number()) {
        return json.number;
    }
    if (!json.is_string()) {
        return std::nullopt;
    }
    try {
        return parse_decimal(json.text);
    } catch (const Error&) {
        return std::nullopt; // more digits than a Decimal holds
    }
}

std::uint8_t parse_weekday(const Json& json) {
    if (json.is_number()) {
        const bool is_day =
            json.number.scale == 0 && json.number.coefficient >= 1 && json.number.coefficient <= 7;
        return is_day ? static_cast<std::uint8_t>(
                            1U << static_cast<unsigned>(json.number.coefficient - 1))
                      : std::uint8_t{0};
    }
    if (!json.is_string()) {
        return 0;
    }
    std::string name(trimmed(json.text));
    std::transform(name.begin(), name.end(), name.begin(), lower);
    for (std::size_t day = 0; day < weekday_names.size(); ++day) {
        const bool is_short =
            std::any_of(short_days.begin(), short_days.end(), [&](const ShortDay& known) {
                return known.day == day && known.name == name;
            });
        if (name == weekday_names[day] || name == weekday_names[day].substr(0, 3) || is_short) {
            return static_cast<std::uint8_t>(1U << day);
        }
    }
    return 0;
}

std::optional<DailyHours> parse_hours(std::string_view text) {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) {
        return std::nullopt;
    }
    const DailyHours hours{read_minute(trimmed(text.substr(0, dash))),
                           read_minute(trimmed(text.substr(dash + 1)))};
    return hours.from < 0 || hours.to < 0 ? std::nullopt : std::optional(hours);
}

PriceConditions read_conditions(const Json& json) {
    if (!json.is_object()) {
        throw_invalid("conditions must be an object",
                      "it names what a call must meet",
                      R"(write it like {"service_tier": "flex"}, or {} for any call)");
    }
    PriceConditions when;
    for (const JsonMember& member : members_of(json)) {
        if (!member.value.is_null()) {
            read_condition(when, member.key, member.value);
        }
    }
    check_together(when);
    return when;
}

List<PriceTier> read_tiers(Arena& arena, const Json& json) {
    if (!json.is_array() || json.count == 0) {
        throw_invalid("tiers must be a list that is not empty",
                      "a price without tiers has none at all",
                      R"(write it like [{"over": 0, "up_to": 32000, "price": "0.1"}])");
    }
    List<PriceTier> tiers;
    for (const Json& item : items_of(json)) {
        tiers.push_back(arena, read_tier(item));
    }
    if (!are_apart(tiers)) {
        throw_invalid("tiers must lie apart, in order of size",
                      "each begins where the one before it ends, or later, and ends after it began",
                      "order them by over, and let up_to be at most the next one's over");
    }
    return tiers;
}

bool are_apart(const List<PriceTier>& tiers) {
    const PriceTier* before = nullptr;
    for (const PriceTier& tier : tiers) {
        const bool is_empty = tier.up_to && std::is_lteq(compare(*tier.up_to, tier.over));
        if (is_empty || (before != nullptr &&
                         (!before->up_to || std::is_gt(compare(*before->up_to, tier.over))))) {
            return false;
        }
        before = &tier;
    }
    return true;
}

} // namespace credits::core
