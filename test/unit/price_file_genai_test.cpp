// Owns the tests of genai-prices' file: keys, tiers, dates, hours, names.
#include "price_files.hpp"

#include "core/name_rules.hpp"

#include <gtest/gtest.h>

namespace credits::core::test {
namespace {

// A file of one provider "p" with one model "m" of these prices.
ReadFile one_model(const std::string& prices) {
    return ReadFile(R"([{"id": "p", "models": [{"id": "m", "prices": )" + prices + "}]}]");
}

constexpr Instant first_of_2026 = 9497 * micros_per_day;

TEST(GenaiFile, IsKnownByItsShape) {
    EXPECT_EQ(ReadFile(R"([{"id": "p", "models": []}])").file().shape,
              PriceFileShape::genai_prices);
    for (const char* text : {"[]",
                             "[1]",
                             R"([{"id": "p"}])",
                             R"([{"models": []}])",
                             R"([{"id": "p", "models": []}, 3])",
                             R"({"id": "p", "models": []})"}) {
        EXPECT_EQ(ReadFile(text).file().shape, PriceFileShape::unknown) << text;
    }
}

TEST(GenaiFile, EveryKeyHasItsMetric) {
    const struct {
        const char* key;
        const char* line;
    } cases[] = {
        {"input_mtok", "input_tokens 2/1000000"},
        {"cache_write_mtok", "cache_write_tokens 2/1000000"},
        {"cache_write_1h_mtok", "cache_write_1h_tokens 2/1000000"},
        {"cache_read_mtok", "cache_read_tokens 2/1000000"},
        {"output_mtok", "output_tokens 2/1000000"},
        {"input_audio_mtok", "input_audio_tokens 2/1000000"},
        {"cache_audio_read_mtok", "cache_read_audio_tokens 2/1000000"},
        {"output_audio_mtok", "output_audio_tokens 2/1000000"},
        {"input_image_mtok", "input_image_tokens 2/1000000"},
        {"cache_image_read_mtok", "cache_read_image_tokens 2/1000000"},
        {"output_image_mtok", "output_image_tokens 2/1000000"},
        {"input_video_mtok", "input_video_tokens 2/1000000"},
        {"output_video_mtok", "output_video_tokens 2/1000000"},
        {"output_reasoning_mtok", "reasoning_tokens 2/1000000"},
        {"output_citation_mtok", "citation_tokens 2/1000000"},
        {"requests_kcount", "requests 2/1000"},
        {"web_searches_kcount", "web_searches 2/1000"},
    };

    for (const auto& one : cases) {
        for (const char* price : {"2", "2.0", R"("2")", R"("2.00")"}) {
            const ReadFile read =
                one_model("{\"" + std::string(one.key) + "\": " + std::string(price) + "}");
            EXPECT_EQ(read.prices(), Lines{one.line}) << one.key << price;
            EXPECT_EQ(read.skipped(), Lines{});
        }
    }
}

TEST(GenaiFile, TiersPriceTheWholePromptBeyondTheirStart) {
    EXPECT_EQ(one_model(R"({"input_mtok": {"base": 1, "tiers": [
                  {"start": 272000, "price": "3"}, {"start": 128000, "price": 2.5}]}})")
                  .prices(),
              (Lines{"input_tokens 1/1000000",
                     R"(input_tokens 3/1000000 {"prompt_over": 272000})",
                     R"(input_tokens 2.5/1000000 {"prompt_over": 128000})"}));
}

TEST(GenaiFile, WhatIsNoPriceIsNamed) {
    const struct {
        const char* prices;
        const char* skipped;
    } cases[] = {
        {R"({})", "m: has no price"},
        {R"(3)", "m: has no price"},
        {R"({"input_mtok": null})", "m: has no price"},
        {R"({"input_mtok": "Infinity"})", "m input_mtok: is no number"},
        {R"({"input_mtok": "-1"})", "m input_mtok: is below zero"},
        {R"({"input_mtok": -1})", "m input_mtok: is below zero"},
        {R"({"input_mtok": "1e999"})", "m input_mtok: is no number"},
        {R"({"input_mtok": [1]})", "m input_mtok: is no number"},
        {R"({"input_mtok": {}})", "m input_mtok: is no number"},
        {R"({"smiles_kcount": 1})", "m smiles_kcount: is not known"},
        {R"({"input_mtok": {"tiers": [{"start": 1.5, "price": 1}]}})",
         "m input_mtok: has a tier that is not a number of tokens and a price"},
        {R"({"input_mtok": {"tiers": [{"start": 1, "price": "-2"}]}})",
         "m input_mtok: has a tier that is not a number of tokens and a price"},
        {R"({"input_mtok": {"base": 1, "tiers": 3}})",
         "m input_mtok: has a tier that is not a number of tokens and a price"},
        {R"({"input_mtok": {"base": 1, "tiers": [{"start": 5, "price": 2}, {"start": 9}]}})",
         "m input_mtok: has a tier that is not a number of tokens and a price"},
        {R"([{"constraint": null}])", "m prices: has an entry without prices"},
        {R"([{"constraint": {"moon": "full"}, "prices": {"input_mtok": 1}}])",
         "m prices: has an entry under a condition that is not known"},
        {R"([{"constraint": {"start_date": "2026-02-30"}, "prices": {"input_mtok": 1}}])",
         "m prices: has an entry under a condition that is not known"},
        {R"([{"constraint": {"start_time": "25:00:00Z", "end_time": "01:00:00Z"},
              "prices": {"input_mtok": 1}}])",
         "m prices: has an entry under a condition that is not known"},
    };

    for (const auto& one : cases) {
        const ReadFile read = one_model(one.prices);
        EXPECT_EQ(read.prices(), Lines{}) << one.prices;
        EXPECT_EQ(read.skipped(), Lines{one.skipped});
    }
}

TEST(GenaiFile, APriceEndsWhereTheNextOneBegins) {
    const ReadFile read = one_model(R"([
        {"prices": {"input_mtok": 3}},
        {"constraint": {"start_date": "2026-01-01"}, "prices": {"input_mtok": 2}},
        {"constraint": {"start_date": "2026-01-03"}, "prices": {"input_mtok": 1}}])");
    const List<FilePrice>& prices = read.file().prices;
    ASSERT_EQ(prices.size(), 3U);
    EXPECT_EQ(prices[0].valid_from, always);
    EXPECT_EQ(prices[0].valid_to, first_of_2026);
    EXPECT_EQ(prices[1].valid_from, first_of_2026);
    EXPECT_EQ(prices[1].valid_to, first_of_2026 + 2 * micros_per_day);
    EXPECT_EQ(prices[2].valid_from, first_of_2026 + 2 * micros_per_day);
    EXPECT_EQ(prices[2].valid_to, never);
}

TEST(GenaiFile, TheLastEntryThatAppliesCounts) {
    const ReadFile read = one_model(R"([
        {"constraint": {"start_date": "2026-01-03"}, "prices": {"input_mtok": 3}},
        {"constraint": {"start_date": "2026-01-01"}, "prices": {"input_mtok": 2}}])");
    ASSERT_EQ(read.file().prices.size(), 1U);
    EXPECT_EQ(read.file().prices[0].valid_from, first_of_2026);
    EXPECT_EQ(read.skipped(), Lines{"m prices: has an entry that is never in force"});
}

TEST(GenaiFile, HoursAreInUtc) {
    const auto hours = [](const char* start, const char* end) {
        return one_model(R"([{"prices": {"input_mtok": 2}}, {"constraint": {"start_time": ")" +
                         std::string(start) + R"(", "end_time": ")" + end +
                         R"("}, "prices": {"input_mtok": 1}}])")
            .prices();
    };
    EXPECT_EQ(
        hours("00:30:00Z", "16:30:00Z"),
        (Lines{"input_tokens 2/1000000", R"(input_tokens 1/1000000 {"hours": "00:30-16:30"})"}));
    EXPECT_EQ(hours("01:00:00+08:00", "02:30-01:00")[1],
              R"(input_tokens 1/1000000 {"hours": "17:00-03:30"})");
}

TEST(GenaiFile, EntriesForOverlappingHoursAreNamed) {
    const ReadFile read = one_model(R"([
        {"constraint": {"start_time": "22:00", "end_time": "02:00"}, "prices": {"input_mtok": 2}},
        {"constraint": {"start_time": "02:00", "end_time": "03:00"}, "prices": {"input_mtok": 3}},
        {"constraint": {"start_time": "01:00", "end_time": "02:00"}, "prices": {"input_mtok": 1}}
    ])");
    EXPECT_EQ(read.prices(),
              (Lines{R"(input_tokens 3/1000000 {"hours": "02:00-03:00"})",
                     R"(input_tokens 1/1000000 {"hours": "01:00-02:00"})"}));
    EXPECT_EQ(read.skipped(), Lines{"m prices: has entries for overlapping hours"});
}

TEST(GenaiFile, NamesModelsProvidersAndTheirRules) {
    const ReadFile read(R"([
        {"id": "p", "provider_match": {"contains": "pp"}, "fallback_model_providers": ["q"],
         "models": [
            {"id": "m", "match": {"or": [{"equals": "m"}, {"starts_with": "m-\"1\""}]},
             "prices": {"input_mtok": 1}},
            {"id": "m", "prices": {"input_mtok": 2}},
            {"id": "gone", "match": {"sounds_like": "gun"}, "prices": null},
            {"prices": {"input_mtok": 2}}]},
        {"id": "p", "models": [{"id": "lost", "prices": {"input_mtok": 2}}]},
        {"id": "q", "models": []}])");
    EXPECT_EQ(read.prices(), Lines{"input_tokens 1/1000000"});
    EXPECT_EQ(read.skipped(),
              (Lines{"m: is named a second time",
                     "gone match: is no rule of names",
                     ": is a model without an id",
                     ": is named a second time"}));
    ASSERT_EQ(read.file().models.size(), 2U);
    ASSERT_NE(read.file().models[0].match, nullptr);
    EXPECT_EQ(name_rule_text(*read.file().models[0].match),
              R"({"or": [{"equals": "m"}, {"starts_with": "m-\"1\""}]})");
    EXPECT_TRUE(read.file().models[1].removed);
    EXPECT_EQ(read.file().models[1].match, nullptr);
    ASSERT_EQ(read.file().providers.size(), 2U);
    EXPECT_EQ(name_rule_text(*read.file().providers[0].match), R"({"contains": "pp"})");
    ASSERT_EQ(read.file().providers[0].sells_models_of.size(), 1U);
    EXPECT_EQ(read.file().providers[0].sells_models_of[0], "q");
    EXPECT_EQ(read.file().providers[1].match, nullptr);
}

TEST(GenaiFile, ARuleThatSaysNothingOrIsNestedTooDeepIsNone) {
    TestArena arena;
    std::string deep = R"({"equals": "x"})";
    for (int depth = 0; depth < 30; ++depth) {
        deep = R"({"or": [)" + deep + "]}";
    }
    for (const std::string& text : {std::string("3"),
                                    std::string("{}"),
                                    std::string(R"({"or": []})"),
                                    std::string(R"({"contains": ""})"),
                                    std::string(R"({"equals": 1})"),
                                    std::string(R"({"equals": "a", "contains": "b"})"),
                                    std::string(R"({"and": [{"equals": "a"}, 1]})"),
                                    deep}) {
        EXPECT_FALSE(is_name_rule(read_json(arena, text))) << text;
    }
}

} // namespace
} // namespace credits::core::test
