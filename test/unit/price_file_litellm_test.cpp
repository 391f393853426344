// Owns the tests of LiteLLM's price file: what each key means, alone and beside others.
#include "price_files.hpp"

#include <gtest/gtest.h>

namespace credits::core::test {
namespace {

// A file of one model "m" of provider "p" with these keys.
ReadFile one_model(const std::string& keys, const std::string& provider = "p") {
    return ReadFile(R"({"m": {"litellm_provider": ")" + provider + "\", " + keys + "}}");
}

TEST(LitellmFile, IsKnownByItsShape) {
    EXPECT_EQ(ReadFile(R"({"sample_spec": {}, "m": {"litellm_provider": "p"}})").file().shape,
              PriceFileShape::litellm);
    EXPECT_EQ(ReadFile(R"({"m": {"input_cost_per_token": 1}})").file().shape,
              PriceFileShape::litellm);
    EXPECT_EQ(ReadFile(R"({"m": null})").file().shape, PriceFileShape::litellm);
    for (const char* text : {"{}",
                             "[]",
                             "null",
                             "1",
                             R"({"m": 1})",
                             R"({"m": {}})",
                             R"({"plans": {"free": {"price": 0}}, "limits": null})"}) {
        const ReadFile read(text);
        EXPECT_EQ(read.file().shape, PriceFileShape::unknown) << text;
        EXPECT_EQ(read.file().prices.size() + read.file().skipped.size(), 0U);
    }
}

TEST(LitellmFile, NamesModelsThatAreRemovedOrHaveNothingToSay) {
    const ReadFile read(R"({
        "sample_spec": {"litellm_provider": "p", "input_cost_per_token": 1},
        "fallback_generalizations": {"rules": []},
        "gone": null, "odd": 3, "stray": {"input_cost_per_token": 1},
        "bare": {"litellm_provider": "p", "mode": "chat", "max_tokens": 5, "source": "x",
                 "output_cost_per_token": null}})");
    ASSERT_EQ(read.file().models.size(), 2U);
    EXPECT_EQ(read.file().models[0].model, "bare");
    EXPECT_FALSE(read.file().models[0].removed);
    EXPECT_EQ(read.file().models[1].model, "gone");
    EXPECT_TRUE(read.file().models[1].removed);
    EXPECT_EQ(read.prices(), Lines{});
    EXPECT_EQ(
        read.skipped(),
        (Lines{"odd: is no object of prices", "bare: has no price", "stray: has no provider"}));
}

TEST(LitellmFile, EveryKeyHasItsMetric) {
    const struct {
        const char* key;
        const char* line;
    } cases[] = {
        {"input_cost_per_token", "input_tokens 2"},
        {"output_cost_per_token", "output_tokens 2"},
        {"cache_read_input_token_cost", "cache_read_tokens 2"},
        {"input_cost_per_token_cache_hit", "cache_read_tokens 2"},
        {"cache_creation_input_token_cost", "cache_write_tokens 2"},
        {"cache_creation_input_token_cost_above_1hr", "cache_write_1h_tokens 2"},
        {"output_cost_per_reasoning_token", "reasoning_tokens 2"},
        {"input_cost_per_audio_token", "input_audio_tokens 2"},
        {"output_cost_per_audio_token", "output_audio_tokens 2"},
        {"cache_read_input_audio_token_cost", "cache_read_audio_tokens 2"},
        {"cache_creation_input_audio_token_cost", "cache_write_audio_tokens 2"},
        {"input_cost_per_image_token", "input_image_tokens 2"},
        {"output_cost_per_image_token", "output_image_tokens 2"},
        {"output_cost_per_video_token", "output_video_tokens 2"},
        {"citation_cost_per_token", "citation_tokens 2"},
        {"input_cost_per_image", "input_images 2"},
        {"output_cost_per_image", "images 2"},
        {"input_cost_per_pixel", "pixels 2"},
        {"output_cost_per_pixel", "pixels 2"},
        {"input_cost_per_second", "seconds 2"},
        {"output_cost_per_second", "seconds 2"},
        {"output_cost_per_video_per_second", "seconds 2"},
        {"output_cost_per_second_1080p", "seconds_1080p 2"},
        {"input_cost_per_video_per_second", "input_video_seconds 2"},
        {"input_cost_per_audio_per_second", "input_audio_seconds 2"},
        {"input_cost_per_character", "characters 2"},
        {"output_cost_per_character", "output_characters 2"},
        {"input_cost_per_query", "queries 2"},
        {"input_cost_per_request", "requests 2"},
        {"ocr_cost_per_page", "pages 2"},
        {"annotation_cost_per_page", "annotation_pages 2"},
        {"ocr_cost_per_credit", "ocr_credits 2"},
        {"code_interpreter_cost_per_session", "code_interpreter_sessions 2"},
        {"file_search_cost_per_1k_calls", "file_search_calls 2/1000"},
        {"file_search_cost_per_gb_per_day", "file_search_gb_days 2"},
        {"vector_store_cost_per_gb_per_day", "vector_store_gb_days 2"},
        {"computer_use_input_cost_per_1k_tokens", "computer_use_input_tokens 2/1000"},
        {"computer_use_output_cost_per_1k_tokens", "computer_use_output_tokens 2/1000"},
        {"input_cost_per_token_above_200k_tokens", R"(input_tokens 2 {"prompt_over": 200000})"},
        {"input_cost_per_token_above_128_tokens", R"(input_tokens 2 {"prompt_over": 128})"},
        {"input_cost_per_token_flex", R"(input_tokens 2 {"service_tier": "flex"})"},
        {"input_cost_per_token_batches", R"(input_tokens 2 {"service_tier": "batch"})"},
        {"input_cost_per_token_ultrafast", R"(input_tokens 2 {"service_tier": "ultrafast"})"},
        {"cache_creation_input_token_cost_above_1hr_above_200k_tokens_priority",
         R"(cache_write_1h_tokens 2 {"prompt_over": 200000, "service_tier": "priority"})"},
    };

    for (const auto& one : cases) {
        const ReadFile read = one_model("\"" + std::string(one.key) + "\": 2.0");
        EXPECT_EQ(read.prices(), Lines{one.line}) << one.key;
        EXPECT_EQ(read.skipped(), Lines{});
    }
}

TEST(LitellmFile, ThresholdsOfXaiIncludeTheirSize) {
    EXPECT_EQ(one_model(R"("input_cost_per_token_above_128k_tokens": 1)", "xai").prices(),
              Lines{R"(input_tokens 1 {"prompt_at_least": 128000})"});
}

TEST(LitellmFile, PricesStayAsPrintedAndZeroIsAPrice) {
    EXPECT_EQ(one_model(R"("input_cost_per_token": 2.9999900000000002e-06,
                           "output_cost_per_token": 0.0)")
                  .prices(),
              (Lines{"input_tokens 0.0000029999900000000002", "output_tokens 0"}));
}

TEST(LitellmFile, WhatIsNoPriceInUsdIsNamed) {
    const struct {
        const char* member;
        const char* skipped;
    } cases[] = {
        {R"("input_cost_per_token": "1e-7")", "m input_cost_per_token: is no number"},
        {R"("input_cost_per_token": [1])", "m input_cost_per_token: is no number"},
        {R"("input_cost_per_token": true)", "m input_cost_per_token: is no number"},
        {R"("input_cost_per_token": -1e-7)", "m input_cost_per_token: is below zero"},
        {R"("input_cost_per_token": 1e400)",
         "m input_cost_per_token: needs more digits than are kept"},
        {R"("input_dbu_cost_per_token": 1)", "m input_dbu_cost_per_token: is in DBU, not in USD"},
        {R"("input_cost_per_video_per_second_above_8s_interval": 1)",
         "m input_cost_per_video_per_second_above_8s_interval: is by length of the video, which "
         "usage does not say"},
        {R"("cost_per_smile": 1)", "m cost_per_smile: is not known"},
        {R"("input_cost_per_token_priority_above_200k_tokens": 1)",
         "m input_cost_per_token_priority_above_200k_tokens: is not known"},
        {R"("input_cost_per_token_above_k_tokens": 1)",
         "m input_cost_per_token_above_k_tokens: is not known"},
        {R"("regional_processing_uplift_multiplier_eu": 0)",
         "m regional_processing_uplift_multiplier_eu: a factor of zero is none"},
        {R"("provider_specific_entry": {"schema": "v2"})",
         "m provider_specific_entry.schema: is neither a region nor a speed"},
        {R"("tiered_pricing": [{"max_results_range": [0, 25], "input_cost_per_query": 1}])",
         "m tiered_pricing: is by number of results, which usage does not say"},
    };

    for (const auto& one : cases) {
        const ReadFile read = one_model(one.member);
        EXPECT_EQ(read.prices(), Lines{}) << one.member;
        EXPECT_EQ(read.skipped(), Lines{one.skipped});
    }
}

TEST(LitellmFile, OneSecondIsChargedOnce) {
    const auto seconds = [](const char* input, const char* output) {
        return one_model(R"("input_cost_per_second": )" + std::string(input) +
                         R"(, "output_cost_per_second": )" + output)
            .prices();
    };
    EXPECT_EQ(seconds("2", "0"), Lines{"seconds 2"});
    EXPECT_EQ(seconds("0", "2"), Lines{"seconds 2"});
    EXPECT_EQ(seconds("2", "2"), Lines{"seconds 2"});
    EXPECT_EQ(seconds("0", "0"), Lines{"seconds 0"});
    EXPECT_EQ(seconds("2", "3"), (Lines{"input_seconds 2", "seconds 3"}));
}

TEST(LitellmFile, KeysThatSayTheSameAreOneRowAndThoseThatDoNotAreNamed) {
    EXPECT_EQ(one_model(R"("input_cost_per_pixel": 2, "output_cost_per_pixel": 0)").prices(),
              Lines{"pixels 2"});
    EXPECT_EQ(one_model(R"("input_cost_per_pixel": 2, "output_cost_per_pixel": 3)").prices(),
              Lines{});
    const ReadFile same =
        one_model(R"("cache_read_input_token_cost": 2, "input_cost_per_token_cache_hit": 2.0)");
    EXPECT_EQ(same.prices(), Lines{"cache_read_tokens 2"});
    EXPECT_EQ(same.skipped(), Lines{});
    const ReadFile other =
        one_model(R"("input_cost_per_token_cache_hit": 3, "cache_read_input_token_cost": 2)");
    EXPECT_EQ(other.prices(), Lines{"cache_read_tokens 2"});
    EXPECT_EQ(other.skipped(),
              Lines{"m input_cost_per_token_cache_hit: another key of the model prices the same "
                    "otherwise"});
}

TEST(LitellmFile, AnImagePriceOfAModelThatMakesImagesIsThatOfTheImage) {
    EXPECT_EQ(one_model(R"("mode": "image_generation", "input_cost_per_image": 2)").prices(),
              Lines{"images 2"});
    EXPECT_EQ(one_model(R"("mode": "image_edit", "input_cost_per_image": 2,
                           "output_cost_per_image": 3)")
                  .prices(),
              (Lines{"input_images 2", "images 3"}));
}

TEST(LitellmFile, SearchIsPricedBySizeWhereSizesDiffer) {
    const auto searches = [](const char* low, const char* medium, const char* high) {
        return one_model(R"("search_context_cost_per_query": {"search_context_size_low": )" +
                         std::string(low) + R"(, "search_context_size_medium": )" + medium +
                         R"(, "search_context_size_high": )" + high + "}")
            .prices();
    };
    EXPECT_EQ(searches("2", "2", "2.0"), Lines{"web_searches 2"});
    EXPECT_EQ(searches("1", "2", "3"),
              (Lines{R"(web_searches 1 {"search_context_size": "low"})",
                     R"(web_searches 2 {"search_context_size": "medium"})",
                     R"(web_searches 3 {"search_context_size": "high"})",
                     "web_searches 2"}));
    EXPECT_EQ(searches("1", "null", "3"),
              (Lines{R"(web_searches 1 {"search_context_size": "low"})",
                     R"(web_searches 3 {"search_context_size": "high"})"}));
    EXPECT_EQ(one_model(R"("web_search_billing_unit": "per_prompt",
                           "search_context_cost_per_query": {"search_context_size_low": 1})")
                  .skipped(),
              Lines{"m search_context_cost_per_query: is not for each query"});
}

TEST(LitellmFile, FactorsOnAWholeCall) {
    EXPECT_EQ(one_model(R"("regional_processing_uplift_multiplier_eu": 1.1,
                           "regional_endpoint_uplift_multiplier": 1.2,
                           "provider_specific_entry": {"us": 1.3, "fast": 6.0})")
                  .prices(),
              (Lines{R"(multiplier 1.2 {"region": "*"})",
                     R"(multiplier 1.1 {"region": "eu"})",
                     R"(multiplier 6 {"service_tier": "priority"})",
                     R"(multiplier 1.3 {"region": "us"})"}));
}

} // namespace
} // namespace credits::core::test
