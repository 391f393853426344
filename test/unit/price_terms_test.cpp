// Owns the tests of a price's terms as JSON: what is read, what is refused, and the one form.
#include "support.hpp"

#include "core/error.hpp"
#include "core/json_reader.hpp"
#include "core/price_terms.hpp"

#include <gtest/gtest.h>

#include <string>

namespace credits::core::test {
namespace {

std::string round_trip(std::string_view text) {
    TestArena arena;
    return conditions_text(read_conditions(read_json(arena, text)));
}

// refusal gives the message of what is refused, and nothing of what is not.
template <class Read>
std::string refusal(Read read) {
    try {
        read();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
        EXPECT_FALSE(error.detail().empty());
        EXPECT_FALSE(error.hint().empty());
        return error.what();
    }
    return "";
}

TEST(PriceTerms, ConditionsHaveOneForm) {
    const struct {
        const char* text;
        const char* form;
    } cases[] = {
        {"{}", "{}"},
        {R"({"prompt_over": null, "hours": null, "weekdays": null})", "{}"},
        {R"({"prompt_over": 200000.0})", R"({"prompt_over": 200000})"},
        {R"({"prompt_over": "2e5"})", R"({"prompt_over": 200000})"},
        {R"({"prompt_at_least": 0})", R"({"prompt_at_least": 0})"},
        {R"({"region": "us", "service_tier": "flex"})",
         R"({"service_tier": "flex", "region": "us"})"},
        {R"({"hours": "9:00 - 17:05"})", R"({"hours": "09:00-17:05"})"},
        {R"({"weekdays": ["Sunday", "sat", 1, "THURS", 4]})", R"({"weekdays": [1, 4, 6, 7]})"},
        {R"({"search_context_size": "low"})", R"({"search_context_size": "low"})"},
        {R"({"region": "a\"\\\u0001\u00e9"})", "{\"region\": \"a\\\"\\\\\\u0001\xc3\xa9\"}"},
        {R"({"hours": "22:00-06:00", "time_zone": "Asia/Shanghai", "weekdays": [7],
             "weekday_time_zone": "UTC"})",
         R"({"hours": "22:00-06:00", "weekdays": [7], "time_zone": "Asia/Shanghai", )"
         R"("weekday_time_zone": "UTC"})"},
    };

    for (const auto& one : cases) {
        EXPECT_EQ(round_trip(one.text), one.form) << one.text;
        EXPECT_EQ(round_trip(one.form), one.form);
    }
}

TEST(PriceTerms, WhatIsNoConditionIsRefusedByItsKey) {
    const struct {
        const char* text;
        const char* key;
    } cases[] = {
        {R"([])", "conditions"},
        {R"({"hour": "16:30-00:30"})", "hour "},
        {R"({"prompt_over": -1})", "prompt_over "},
        {R"({"prompt_over": 1.5})", "prompt_over "},
        {R"({"prompt_over": 1e400})", "prompt_over "},
        {R"({"prompt_over": "1e400"})", "prompt_over "},
        {R"({"prompt_over": true})", "prompt_over "},
        {R"({"prompt_at_least": "many"})", "prompt_at_least "},
        {R"({"prompt_over": 1, "prompt_at_least": 1})", "prompt_over "},
        {R"({"service_tier": "Flex"})", "service_tier "},
        {R"({"service_tier": ""})", "service_tier "},
        {R"({"region": 1})", "region "},
        {R"({"search_context_size": []})", "search_context_size "},
        {R"({"hours": "16:30"})", "hours "},
        {R"({"hours": "24:00-06:00"})", "hours "},
        {R"({"hours": "6:0-7:00"})", "hours "},
        {R"({"hours": 6})", "hours "},
        {R"({"weekdays": []})", "weekdays "},
        {R"({"weekdays": [0]})", "weekdays "},
        {R"({"weekdays": [1, 8]})", "weekdays "},
        {R"({"weekdays": ["noday"]})", "weekdays "},
        {R"({"weekdays": "monday"})", "weekdays "},
        {R"({"time_zone": "UTC"})", "time_zone "},
        {R"({"hours": "01:00-02:00", "weekday_time_zone": "UTC"})", "weekday_time_zone "},
    };

    for (const auto& one : cases) {
        EXPECT_EQ(refusal([&] { round_trip(one.text); }).find(one.key), 0U) << one.text;
    }
}

TEST(PriceTerms, TiersHaveOneForm) {
    TestArena arena;
    const auto round = [&](std::string_view text) {
        return tiers_text(read_tiers(arena, read_json(arena, text)));
    };
    EXPECT_EQ(round(R"([{"up_to": 32000, "price": 0.10, "over": 0},
                        {"over": "32000", "up_to": null, "price": "2e-7"}])"),
              R"([{"over": 0, "up_to": 32000, "price": "0.1"}, )"
              R"({"over": 32000, "price": "0.0000002"}])");
}

TEST(PriceTerms, TiersThatOverlapOrSayNoPriceAreRefused) {
    const char* cases[] = {
        R"([])",
        R"({})",
        R"([{"over": 0}])",
        R"([{"price": 1}])",
        R"([{"over": 0, "price": -1}])",
        R"([{"over": 0, "price": "free"}])",
        R"([{"over": 0, "price": 1, "upto": 5}])",
        R"([{"over": 5, "up_to": 5, "price": 1}])",
        R"([{"over": 0, "price": 1}, {"over": 5, "price": 1}])",
        R"([{"over": 0, "up_to": 6, "price": 1}, {"over": 5, "price": 1}])",
        R"([{"over": 5, "up_to": 6, "price": 1}, {"over": 0, "up_to": 5, "price": 1}])",
        R"([1])",
    };
    for (const char* text : cases) {
        TestArena arena;
        const Json json = read_json(arena, text);
        EXPECT_EQ(refusal([&] { read_tiers(arena, json); }).find("tiers"), 0U) << text;
    }
}

TEST(PriceTerms, HoursMayWrapMidnightOrBeTheWholeDay) {
    EXPECT_EQ(parse_hours("16:30-00:30"), (DailyHours{990, 30}));
    EXPECT_EQ(parse_hours("10:00-10:00"), (DailyHours{600, 600}));
    EXPECT_EQ(parse_hours(" 00:00 - 23:59 "), (DailyHours{0, 1439}));
    for (const char* text : {"",
                             "-",
                             "16:30",
                             "1630-1730",
                             "16:30-",
                             "16:60-17:00",
                             "a:00-b:00",
                             "016:30-17:00",
                             "16:30-17:00-18:00",
                             "16:30:00-17:00"}) {
        EXPECT_FALSE(parse_hours(text)) << text;
    }
}

} // namespace
} // namespace credits::core::test
