// Owns the tests of the blocks of LiteLLM's price file: tiers by size, off-peak hours, and what
// reasoning costs under a service tier.
#include "price_files.hpp"

#include <gtest/gtest.h>

namespace credits::core::test {
namespace {

ReadFile one_model(const std::string& keys) {
    return ReadFile(R"({"m": {"litellm_provider": "p", )" + keys + "}}");
}

TEST(LitellmTiers, PriceByTheSizeOfThePrompt) {
    EXPECT_EQ(one_model(R"("tiered_pricing": [
                  {"range": [0, 32000.0], "input_cost_per_token": 1, "output_cost_per_token": 5},
                  {"range": [32000, 128000], "input_cost_per_token": 2, "output_cost_per_token": 6}
              ])")
                  .prices(),
              (Lines{R"(input_tokens - [{"over": 0, "up_to": 32000, "price": "1"}, )"
                     R"({"over": 32000, "price": "2"}])",
                     R"(output_tokens - [{"over": 0, "up_to": 32000, "price": "5"}, )"
                     R"({"over": 32000, "price": "6"}])"}));
}

TEST(LitellmTiers, JoinTheFlatPriceThatHoldsOutsideOfThem) {
    EXPECT_EQ(one_model(R"("input_cost_per_token": 9, "output_cost_per_token": 8,
                  "tiered_pricing": [{"range": [0, 10], "input_cost_per_token": 1}])")
                  .prices(),
              (Lines{R"(input_tokens 9 [{"over": 0, "price": "1"}])", "output_tokens 8"}));
}

TEST(LitellmTiers, WhatATierLeavesOutFollowsFromTheTier) {
    EXPECT_EQ(one_model(R"("cache_read_input_token_cost": 7, "output_cost_per_reasoning_token": 6,
                  "cache_creation_input_token_cost_above_1hr": 5, "tiered_pricing": [
                  {"range": [0, 10], "input_cost_per_token": 1, "output_cost_per_token": 4,
                   "cache_creation_input_token_cost": 3}, 
                  {"range": [10, 20], "input_cost_per_token": 2}])")
                  .prices(),
              (Lines{R"(cache_write_1h_tokens 5 [{"over": 0, "up_to": 10, "price": "3"}, )"
                     R"({"over": 10, "price": "2"}])",
                     R"(cache_read_tokens 7 [{"over": 0, "up_to": 10, "price": "1"}, )"
                     R"({"over": 10, "price": "2"}])",
                     R"(reasoning_tokens 6 [{"over": 0, "up_to": 10, "price": "4"}])",
                     R"(input_tokens - [{"over": 0, "up_to": 10, "price": "1"}, )"
                     R"({"over": 10, "price": "2"}])",
                     R"(cache_write_tokens - [{"over": 0, "up_to": 10, "price": "3"}, )"
                     R"({"over": 10, "price": "2"}])",
                     R"(output_tokens - [{"over": 0, "up_to": 10, "price": "4"}])"}));
}

TEST(LitellmTiers, AreSortedAndThoseWithoutAnInputPriceAreNone) {
    const ReadFile read = one_model(R"("tiered_pricing": [
        {"range": [20, 30], "output_cost_per_token": 4},
        {"range": [10, 20], "input_cost_per_token": 2, "input_cost_per_audio_token": 1},
        {"range": [0, 10], "input_cost_per_token": "1"}])");
    EXPECT_EQ(read.prices(), Lines{R"(input_tokens - [{"over": 10, "up_to": 20, "price": "2"}])"});
    EXPECT_EQ(read.skipped(),
              (Lines{"m tiered_pricing.input_cost_per_audio_token: is not known of a tier",
                     "m tiered_pricing.input_cost_per_token: is no number",
                     "m tiered_pricing: a range without an input price is no tier",
                     "m tiered_pricing: a range without an input price is no tier"}));
}

TEST(LitellmTiers, RangesThatMakeNoSenseAreNamed) {
    for (const char* tiers : {R"(3)",
                              R"([])",
                              R"([3])",
                              R"([{"input_cost_per_token": 1}])",
                              R"([{"range": [0], "input_cost_per_token": 1}])",
                              R"([{"range": [0, 1.5], "input_cost_per_token": 1}])",
                              R"([{"range": [-1, 5], "input_cost_per_token": 1}])",
                              R"([{"range": [5, 5], "input_cost_per_token": 1}])",
                              R"([{"range": [0, null], "input_cost_per_token": 1},
                                  {"range": [5, 9], "input_cost_per_token": 1}])",
                              R"([{"range": [0, 6], "input_cost_per_token": 1},
                                  {"range": [5, 9], "input_cost_per_token": 1}])"}) {
        const ReadFile read = one_model(R"("tiered_pricing": )" + std::string(tiers));
        EXPECT_EQ(read.prices(), Lines{}) << tiers;
        ASSERT_EQ(read.skipped().size(), 1U) << tiers;
        EXPECT_EQ(read.skipped()[0].find("m tiered_pricing: "), 0U);
    }
}

TEST(LitellmOffPeak, ARowForEachWindow) {
    EXPECT_EQ(one_model(R"("output_cost_per_token": 2, "off_peak_pricing": {
                  "hours_utc": ["01:00-05:00", "16:30-00:30", "01:00-05:00"],
                  "output_cost_per_token": 1})")
                  .prices(),
              (Lines{"output_tokens 2",
                     R"(output_tokens 1 {"hours": "01:00-05:00"})",
                     R"(output_tokens 1 {"hours": "16:30-00:30"})"}));
    EXPECT_EQ(one_model(R"("off_peak_pricing": {"hours_utc": "04:00-06:00",
                  "weekday_timezone": "Asia/Shanghai",
                  "windows": [{"hours_utc": "00:00-00:00", "weekdays": ["Sat", "sunday"]},
                              {"hours_utc": "10:00-11:00"}],
                  "input_cost_per_token": 0})")
                  .prices(),
              (Lines{R"(input_tokens 0 {"hours": "04:00-06:00"})",
                     R"(input_tokens 0 {"hours": "00:00-00:00", "weekdays": [6, 7], )"
                     R"("weekday_time_zone": "Asia/Shanghai"})",
                     R"(input_tokens 0 {"hours": "10:00-11:00"})"}));
}

TEST(LitellmOffPeak, WhatIsNoWindowIsNamed) {
    const struct {
        const char* block;
        Lines skipped;
    } cases[] = {
        {R"(3)", {"m off_peak_pricing: is no object"}},
        {R"({"input_cost_per_token": 1})", {"m off_peak_pricing: names no hours"}},
        {R"({"hours_utc": "16:30", "input_cost_per_token": 1})",
         {"m off_peak_pricing.hours_utc: is no window of the day like 16:30-00:30",
          "m off_peak_pricing: names no hours"}},
        {R"({"hours_utc": "01:00-02:00", "weekdays": [6], "input_cost_per_token": 1})",
         {"m off_peak_pricing: has a key that is not known and may restrict it"}},
        {R"({"windows": "00:00-00:00", "input_cost_per_token": 1})",
         {"m off_peak_pricing.windows: is no list", "m off_peak_pricing: names no hours"}},
        {R"({"windows": [{"hours_utc": "00:00-00:00", "dates": ["2026-01-01"]}],
             "input_cost_per_token": 1})",
         {"m off_peak_pricing.windows: has an entry that says more or less than hours and days",
          "m off_peak_pricing: names no hours"}},
        {R"({"windows": [{"hours_utc": "00:00-00:00", "weekdays": [0, 8, "noday", true]}],
             "input_cost_per_token": 1})",
         {"m off_peak_pricing.weekdays: is no list of days of the week",
          "m off_peak_pricing: names no hours"}},
        {R"({"hours_utc": "01:00-02:00", "input_cost_per_token": "1", "cost_of_joy": 1})",
         {"m off_peak_pricing.cost_of_joy: is not known",
          "m off_peak_pricing.input_cost_per_token: is no number"}},
    };

    for (const auto& one : cases) {
        const ReadFile read = one_model(R"("off_peak_pricing": )" + std::string(one.block));
        EXPECT_EQ(read.prices(), Lines{}) << one.block;
        EXPECT_EQ(read.skipped(), one.skipped);
    }
}

TEST(LitellmReasoning, FollowsTheOutputOfAServiceTierThatDoesNotPriceIt) {
    EXPECT_EQ(one_model(R"("output_cost_per_token": 2, "output_cost_per_reasoning_token": 3,
                  "output_cost_per_token_flex": 1, "output_cost_per_token_priority": 4,
                  "output_cost_per_reasoning_token_priority": 5)")
                  .prices(),
              (Lines{"reasoning_tokens 3",
                     R"(reasoning_tokens 5 {"service_tier": "priority"})",
                     "output_tokens 2",
                     R"(output_tokens 1 {"service_tier": "flex"})",
                     R"(output_tokens 4 {"service_tier": "priority"})",
                     R"(reasoning_tokens 1 {"service_tier": "flex"})"}));
}

TEST(LitellmReasoning, FollowsItBeyondThresholdsAndOffPeakToo) {
    EXPECT_EQ(one_model(R"("output_cost_per_reasoning_token": 3, "output_cost_per_token_flex": 1,
                  "output_cost_per_token_above_1k_tokens": 6,
                  "output_cost_per_token_above_2k_tokens": 8,
                  "output_cost_per_token_above_2k_tokens_flex": 7,
                  "off_peak_pricing": {"hours_utc": "01:00-02:00", "output_cost_per_token": 0})")
                  .prices(),
              (Lines{"reasoning_tokens 3",
                     R"(output_tokens 6 {"prompt_over": 1000})",
                     R"(output_tokens 8 {"prompt_over": 2000})",
                     R"(output_tokens 7 {"prompt_over": 2000, "service_tier": "flex"})",
                     R"(output_tokens 1 {"service_tier": "flex"})",
                     R"(output_tokens 0 {"hours": "01:00-02:00"})",
                     R"(reasoning_tokens 6 {"prompt_over": 1000, "service_tier": "flex"})",
                     R"(reasoning_tokens 7 {"prompt_over": 2000, "service_tier": "flex"})",
                     R"(reasoning_tokens 1 {"service_tier": "flex"})",
                     R"(reasoning_tokens 0 {"service_tier": "flex", "hours": "01:00-02:00"})"}));
}

TEST(LitellmReasoning, WithoutAPriceOfItsOwnNeedsNoRow) {
    EXPECT_EQ(one_model(R"("output_cost_per_token": 2, "output_cost_per_token_flex": 1)").prices(),
              (Lines{"output_tokens 2", R"(output_tokens 1 {"service_tier": "flex"})"}));
}

} // namespace
} // namespace credits::core::test
