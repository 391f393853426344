// The terms of a price as JSON, in their one form.
#include "core/price_terms.hpp"

namespace credits::core {

namespace {

constexpr int minutes_per_hour = 60;
constexpr int days_per_week = 7;

std::string minute_text(std::int16_t minute) {
    const auto two_digits = [](int value) {
        return std::string(1, static_cast<char>('0' + value / 10)) +
               static_cast<char>('0' + value % 10);
    };
    return two_digits(minute / minutes_per_hour) + ":" + two_digits(minute % minutes_per_hour);
}

// Writes one member after another between braces.
class ObjectText {
  public:
    void add(std::string_view key, std::string_view json) {
        text_ += text_.size() > 1 ? ", " : "";
        text_ += json_string(key);
        text_ += ": ";
        text_ += json;
    }

    void add_word(std::string_view key, std::string_view word) {
        if (!word.empty()) {
            add(key, json_string(word));
        }
    }

    void add_tokens(std::string_view key, const std::optional<Decimal>& tokens) {
        if (tokens) {
            add(key, to_text(*tokens));
        }
    }

    [[nodiscard]] std::string text() const { return text_ + "}"; }

  private:
    std::string text_ = "{";
};

std::string weekdays_text(std::uint8_t weekdays) {
    std::string text;
    for (int day = 1; day <= days_per_week; ++day) {
        if (((weekdays >> (day - 1)) & 1U) != 0) {
            text += text.empty() ? "" : ", ";
            text += std::to_string(day);
        }
    }
    return "[" + text + "]";
}

} // namespace

std::string conditions_text(const PriceConditions& when) {
    ObjectText object;
    object.add_tokens("prompt_over", when.prompt_over);
    object.add_tokens("prompt_at_least", when.prompt_at_least);
    object.add_word("service_tier", when.service_tier);
    object.add_word("region", when.region);
    object.add_word("search_context_size", when.search_context_size);
    if (when.hours) {
        object.add("hours",
                   json_string(minute_text(when.hours->from) + "-" + minute_text(when.hours->to)));
    }
    if (when.weekdays != 0) {
        object.add("weekdays", weekdays_text(when.weekdays));
    }
    object.add_word("time_zone", when.time_zone);
    object.add_word("weekday_time_zone", when.weekday_time_zone);
    return object.text();
}

std::string tiers_text(const List<PriceTier>& tiers) {
    std::string text;
    for (const PriceTier& tier : tiers) {
        ObjectText object;
        object.add("over", to_text(tier.over));
        object.add_tokens("up_to", tier.up_to);
        object.add("price", json_string(to_text(tier.price)));
        text += text.empty() ? "" : ", ";
        text += object.text();
    }
    return "[" + text + "]";
}

} // namespace credits::core
