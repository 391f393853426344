// Usage reports that contradict themselves or count nothing are refused, naming the figures;
// reports put together from known pools come back as these pools.
#include "core/error.hpp"
#include "usage_reports.hpp"

#include <new>
#include <random>
#include <string>
#include <vector>

namespace credits::core::test {

namespace {

struct Refused {
    const char* report;
    const char* detail;
};

void expect_refused(const std::vector<Refused>& cases) {
    for (const Refused& one : cases) {
        try {
            ADD_FAILURE() << one.report << " gave "
                          << ::testing::PrintToString(pools_of("p", one.report));
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::invalid_argument) << one.report;
            EXPECT_EQ(error.detail(), one.detail) << one.report << ": " << error.what();
            EXPECT_NE(error.hint(), "") << one.report;
        }
    }
}

TEST(UsageReport, PartsBeyondTheirWholeAreRefused) {
    expect_refused({
        {R"({"prompt_tokens": 100, "prompt_tokens_details": {"cached_tokens": 101}})",
         "prompt_tokens 100, its parts 101: prompt_tokens_details.cached_tokens 101"},
        {R"({"prompt_tokens": 100, "prompt_tokens_details": {"cached_tokens": 60, "audio_tokens": 41}})",
         "prompt_tokens 100, its parts 101: prompt_tokens_details.cached_tokens 60, "
         "prompt_tokens_details.audio_tokens 41"},
        {R"({"prompt_tokens": 100, "prompt_tokens_details": {"text_tokens": 90, "image_tokens": 11}})",
         "prompt_tokens 100, its parts 101: prompt_tokens_details.text_tokens 90, "
         "prompt_tokens_details.image_tokens 11"},
        {R"({"prompt_tokens": 9, "prompt_cache_hit_tokens": 5, "prompt_cache_miss_tokens": 5})",
         "prompt_tokens 9, its parts 10: prompt_cache_hit_tokens 5, prompt_cache_miss_tokens 5"},
        {R"({"prompt_tokens": 9, "completion_tokens": 5, "completion_tokens_details": {"reasoning_tokens": 6}})",
         "completion_tokens 5, its parts 6: completion_tokens_details.reasoning_tokens 6"},
        {R"({"completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 6}})",
         "prompt_tokens 0, its parts 6: prompt_tokens_details.cached_tokens 6"},
        {R"({"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 5}, "cached_tokens": 4})",
         "prompt_tokens_details.cached_tokens 5, cached_tokens 4"},
        {R"({"prompt_tokens": 9, "input_tokens": 8})", "prompt_tokens 9, input_tokens 8"},
        {R"({"input_tokens": 9, "cache_creation_input_tokens": 4, "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 2}})",
         "cache_creation_input_tokens 4, its parts 5: cache_creation.ephemeral_5m_input_tokens 3, "
         "cache_creation.ephemeral_1h_input_tokens 2"},
        {R"({"promptTokenCount": 9, "cachedContentTokenCount": 10})",
         "promptTokenCount 9, its parts 10: cachedContentTokenCount 10"},
        {R"({"promptTokenCount": 9, "toolUsePromptTokenCount": 5, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 10}]})",
         "promptTokenCount 9, its parts 10: promptTokensDetails.TEXT 10"},
        {R"({"promptTokenCount": 9, "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 3}], "cachedContentTokenCount": 5,
             "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 4}]})",
         "promptTokensDetails.AUDIO 3, its parts 4: cacheTokensDetails.AUDIO 4"},
        {R"({"inputTokens": 9, "cacheWriteInputTokens": 3, "cacheDetails": [{"ttl": "1h", "inputTokens": 4}]})",
         "cacheWriteInputTokens 3, its parts 4: cacheDetails.inputTokens 4"},
    });
}

TEST(UsageReport, WhatIsNoCountOrNoReportIsRefused) {
    const char* const unknown = "neither it nor a member of it counts anything known";
    expect_refused({
        {R"({"prompt_tokens": -1})", "prompt_tokens is below zero"},
        {R"({"prompt_tokens": 1.5})", "prompt_tokens is not a whole number"},
        {R"({"prompt_tokens": "5"})", "prompt_tokens is not a number"},
        {R"({"prompt_tokens": 5, "prompt_tokens_details": [1]})",
         "prompt_tokens_details is not an object"},
        {R"({"promptTokenCount": 5, "promptTokensDetails": {}})",
         "promptTokensDetails is not a list"},
        {R"({"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": true}})",
         "prompt_tokens_details.cached_tokens is not a number"},
        {R"({"prompt_tokens": null, "completion_tokens": null})", "there is no count in it"},
        {R"({"service_tier": "flex"})", "there is no count in it"},
        {R"({"usage": null, "id": "x"})", unknown},
        {R"({"usage": {}})", unknown},
        {R"({})", unknown},
        {R"({"gpu_minutes": 5})", unknown},
        {R"([])", "it is not an object"},
        {R"([{"prompt_tokens": 5}])", "it is not an object"},
        {R"(5)", "it is not an object"},
        {R"(null)", "it is not an object"},
        {R"({"cache_read_tokens": 5, "gpu_minutes": 5})", "it has \"gpu_minutes\""},
        {R"({"cache_read_tokens": 5, "prompt_tokens": 5})", "it has \"prompt_tokens\""},
        {R"({"images": 5, "region": 5})", "region is not a string"},
        {R"({"images": -5})", "images is below zero"},
        {R"({"cache_read_tokens": 0.5})", "cache_read_tokens is not a whole number"},
    });
    EXPECT_THROW(pools_of("p", R"({"prompt_tokens": 1e40})"), Error);
}

// Pools at random, and the reports that providers would send of them.
class RandomUsage {
  public:
    explicit RandomUsage(std::uint64_t seed) : random_(seed) {}

    std::int64_t pool(const std::string& metric) {
        const std::int64_t tokens =
            random_() % 3 == 0 ? 0 : static_cast<std::int64_t>(random_() % 1'000'000);
        if (tokens > 0) {
            expected.emplace(metric, std::to_string(tokens));
        }
        return tokens;
    }

    PoolMap expected;

  private:
    std::mt19937_64 random_;
};

std::string member(const char* key, std::int64_t count) {
    return "\"" + std::string(key) + "\": " + std::to_string(count) + ", ";
}

std::string openai_report(RandomUsage& usage) {
    const std::int64_t text = usage.pool("input_tokens");
    const std::int64_t cached = usage.pool("cache_read_tokens");
    const std::int64_t cached_audio = usage.pool("cache_read_audio_tokens");
    const std::int64_t written = usage.pool("cache_write_tokens");
    const std::int64_t audio = usage.pool("input_audio_tokens");
    const std::int64_t answer = usage.pool("output_tokens");
    const std::int64_t reasoning = usage.pool("reasoning_tokens");
    const std::int64_t spoken = usage.pool("output_audio_tokens");
    return "{" + member("prompt_tokens", text + cached + cached_audio + written + audio) +
           member("completion_tokens", answer + reasoning + spoken) +
           "\"prompt_tokens_details\": {" + member("cached_tokens", cached + cached_audio) +
           member("cache_write_tokens", written) + member("audio_tokens", audio + cached_audio) +
           "\"cached_tokens_details\": {" + member("audio_tokens", cached_audio) +
           "\"text_tokens\": " + std::to_string(cached) + "}}, \"completion_tokens_details\": {" +
           member("reasoning_tokens", reasoning) + "\"audio_tokens\": " + std::to_string(spoken) +
           "}}";
}

std::string anthropic_report(RandomUsage& usage) {
    const std::int64_t minutes = usage.pool("cache_write_tokens");
    const std::int64_t hour = usage.pool("cache_write_1h_tokens");
    const std::int64_t thinking = usage.pool("reasoning_tokens");
    return "{" + member("input_tokens", usage.pool("input_tokens")) +
           member("cache_read_input_tokens", usage.pool("cache_read_tokens")) +
           member("cache_creation_input_tokens", minutes + hour) + "\"cache_creation\": {" +
           member("ephemeral_5m_input_tokens", minutes) +
           "\"ephemeral_1h_input_tokens\": " + std::to_string(hour) + "}, " +
           member("output_tokens", usage.pool("output_tokens") + thinking) +
           "\"output_tokens_details\": {\"thinking_tokens\": " + std::to_string(thinking) + "}}";
}

std::string gemini_report(RandomUsage& usage) {
    const auto item = [](const char* modality, std::int64_t count) {
        return "{" + member("tokenCount", count) + "\"modality\": \"" + modality + "\"}";
    };
    const std::int64_t text = usage.pool("input_tokens");
    const std::int64_t cached = usage.pool("cache_read_tokens");
    const std::int64_t cached_image = usage.pool("cache_read_image_tokens");
    const std::int64_t image = usage.pool("input_image_tokens");
    const std::int64_t video = usage.pool("input_video_tokens");
    const std::int64_t answer = usage.pool("output_tokens");
    const std::int64_t drawn = usage.pool("output_image_tokens");
    const std::int64_t tools = text / 3;
    return "{" + member("promptTokenCount", text - tools + cached + cached_image + image + video) +
           member("toolUsePromptTokenCount", tools) +
           member("cachedContentTokenCount", cached + cached_image) +
           member("candidatesTokenCount", answer + drawn) +
           member("thoughtsTokenCount", usage.pool("reasoning_tokens")) +
           "\"promptTokensDetails\": [" + item("TEXT", text - tools + cached) + ", " +
           item("IMAGE", image) + ", " + item("VIDEO", video) + ", " +
           item("DOCUMENT", cached_image) + "], \"cacheTokensDetails\": [" + item("TEXT", cached) +
           ", " + item("IMAGE", cached_image) + "], \"candidatesTokensDetails\": [" +
           item("IMAGE", drawn) + "]}";
}

TEST(UsageReport, ReportsOfKnownPoolsComeBackAsThesePools) {
    constexpr int rounds = 2000;
    for (int round = 0; round < rounds; ++round) {
        for (std::string (*const report)(RandomUsage&) :
             {openai_report, anthropic_report, gemini_report}) {
            RandomUsage usage(static_cast<std::uint64_t>(round));
            const std::string text = report(usage);
            if (usage.expected.empty()) {
                usage.expected.emplace("input_tokens", "0");
            }
            ASSERT_EQ(pools_of("p", text), usage.expected) << text;
        }
    }
}

TEST(UsageReport, MemoryThatRunsOutIsToldAsSuch) {
    TestArena roomy;
    const Json report = read_json(roomy, R"({"prompt_tokens": 5})");
    TestArena none;
    none.allow(0);
    EXPECT_THROW(normalize_usage("p", report, none), std::bad_alloc);
}

} // namespace

} // namespace credits::core::test
