// Usage reports: every shape that providers send, and where it stands in their responses.
#include "usage_reports.hpp"

#include <string>
#include <vector>

namespace credits::core::test {

namespace {

struct Reported {
    const char* what;
    const char* provider;
    const char* report;
    PoolMap pools;
};

void expect_all(const std::vector<Reported>& cases) {
    for (const Reported& one : cases) {
        EXPECT_EQ(pools_of(one.provider, one.report), one.pools) << one.what;
    }
}

TEST(UsageReport, OpenAiCountsPartsInTheirWhole) {
    expect_all({
        {"chat, nothing special",
         "openai",
         R"({"prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29})",
         {{"input_tokens", "19"}, {"output_tokens", "10"}}},
        {"chat with every detail",
         "openai",
         R"({"prompt_tokens": 1000, "completion_tokens": 200, "prompt_tokens_details":
             {"cached_tokens": 400, "audio_tokens": 30, "image_tokens": 20, "video_tokens": 10, "cache_write_tokens": 50},
             "completion_tokens_details": {"reasoning_tokens": 64, "audio_tokens": 5, "image_tokens": 6, "video_tokens": 7,
             "accepted_prediction_tokens": 9, "rejected_prediction_tokens": 8}})",
         {{"input_tokens", "490"},
          {"cache_read_tokens", "400"},
          {"cache_write_tokens", "50"},
          {"input_audio_tokens", "30"},
          {"input_image_tokens", "20"},
          {"input_video_tokens", "10"},
          {"output_tokens", "118"},
          {"reasoning_tokens", "64"},
          {"output_audio_tokens", "5"},
          {"output_image_tokens", "6"},
          {"output_video_tokens", "7"}}},
        {"responses",
         "azure",
         R"({"input_tokens": 75, "input_tokens_details": {"cached_tokens": 32}, "output_tokens": 1186,
             "output_tokens_details": {"reasoning_tokens": 1024}, "total_tokens": 1261})",
         {{"input_tokens", "43"},
          {"cache_read_tokens", "32"},
          {"output_tokens", "162"},
          {"reasoning_tokens", "1024"}}},
        {"realtime, where cached audio is part of both",
         "openai",
         R"({"input_tokens": 132, "input_token_details": {"text_tokens": 119, "audio_tokens": 13, "cached_tokens": 64,
             "cached_tokens_details": {"text_tokens": 60, "audio_tokens": 4}}, "output_tokens": 121,
             "output_token_details": {"text_tokens": 30, "audio_tokens": 91}})",
         {{"input_tokens", "59"},
          {"cache_read_tokens", "60"},
          {"cache_read_audio_tokens", "4"},
          {"input_audio_tokens", "9"},
          {"output_tokens", "30"},
          {"output_audio_tokens", "91"}}},
        {"embeddings",
         "openai",
         R"({"prompt_tokens": 8, "total_tokens": 8})",
         {{"input_tokens", "8"}}},
        {"only a total", "voyageai", R"({"total_tokens": 12})", {{"input_tokens", "12"}}},
        {"images without the output's details",
         "openai",
         R"({"input_tokens": 50, "input_tokens_details": {"text_tokens": 10, "image_tokens": 40}, "output_tokens": 1056})",
         {{"input_tokens", "10"}, {"input_image_tokens", "40"}, {"output_image_tokens", "1056"}}},
        {"images with them",
         "openai",
         R"({"input_tokens": 50, "input_tokens_details": {"text_tokens": 10, "image_tokens": 40}, "output_tokens": 1056,
             "output_tokens_details": {"text_tokens": 32, "image_tokens": 1024}})",
         {{"input_tokens", "10"},
          {"input_image_tokens", "40"},
          {"output_tokens", "32"},
          {"output_image_tokens", "1024"}}},
        {"an answer in text to a prompt with images",
         "openai",
         R"({"input_tokens": 50, "input_tokens_details": {"text_tokens": 10, "image_tokens": 40, "cached_tokens": 0}, "output_tokens": 9})",
         {{"input_tokens", "10"}, {"input_image_tokens", "40"}, {"output_tokens", "9"}}},
        {"transcription by the token",
         "openai",
         R"({"type": "tokens", "input_tokens": 14, "input_token_details": {"text_tokens": 0, "audio_tokens": 14}, "output_tokens": 45})",
         {{"input_audio_tokens", "14"}, {"output_tokens", "45"}}},
        {"transcription by the second",
         "openai",
         R"({"type": "duration", "seconds": 12.5})",
         {{"seconds", "12.5"}}},
    });
}

TEST(UsageReport, TheSameInterfaceHasMoreNamesElsewhere) {
    const PoolMap cached{
        {"input_tokens", "60"}, {"cache_read_tokens", "40"}, {"output_tokens", "5"}};
    const PoolMap beside{
        {"input_tokens", "32"}, {"output_tokens", "9"}, {"reasoning_tokens", "94"}};
    expect_all({
        {"null details",
         "huggingface_nebius",
         R"({"prompt_tokens": 7, "completion_tokens": 3, "prompt_tokens_details": null, "completion_tokens_details": null})",
         {{"input_tokens", "7"}, {"output_tokens", "3"}}},
        {"Moonshot",
         "moonshotai",
         R"({"prompt_tokens": 100, "completion_tokens": 5, "cached_tokens": 40})",
         cached},
        {"Mistral",
         "mistral",
         R"({"prompt_tokens": 100, "completion_tokens": 5, "num_cached_tokens": 40, "prompt_tokens_details": {"cached_tokens": 40}})",
         cached},
        {"DeepSeek",
         "deepseek",
         R"({"prompt_tokens": 100, "completion_tokens": 5, "prompt_cache_hit_tokens": 40, "prompt_cache_miss_tokens": 60})",
         cached},
        {"a zero beside the figure",
         "openrouter",
         R"({"prompt_tokens": 100, "completion_tokens": 5, "cached_tokens": 40, "prompt_tokens_details": {"cached_tokens": 0}})",
         cached},
        {"Anthropic's names inside prompt_tokens",
         "anthropic",
         R"({"prompt_tokens": 100, "completion_tokens": 5, "cache_read_input_tokens": 40, "cache_creation_input_tokens": 0})",
         cached},
        {"xAI counts reasoning beside the answer",
         "xai",
         R"({"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 135, "completion_tokens_details": {"reasoning_tokens": 94}})",
         beside},
        {"so it does without a total",
         "x-ai",
         R"({"prompt_tokens": 32, "completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 94}})",
         beside},
        {"but not where its total says inside",
         "xai",
         R"({"input_tokens": 32, "output_tokens": 103, "total_tokens": 135, "output_tokens_details": {"reasoning_tokens": 94}})",
         beside},
        {"others that do are known by their total",
         "azure",
         R"({"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 135, "completion_tokens_details": {"reasoning_tokens": 94}})",
         beside},
        {"Perplexity",
         "perplexity",
         R"({"prompt_tokens": 33, "completion_tokens": 7163, "total_tokens": 7196, "citation_tokens": 20016,
             "num_search_queries": 18, "reasoning_tokens": 73997, "search_context_size": "low"})",
         {{"input_tokens", "33"},
          {"output_tokens", "7163"},
          {"citation_tokens", "20016"},
          {"reasoning_tokens", "73997"},
          {"web_searches", "18"},
          {"search_context_size", "low"}}},
        {"a total that counts what is not reported",
         "google",
         R"({"prompt_tokens": 35, "completion_tokens": 12, "total_tokens": 109})",
         {{"input_tokens", "35"}, {"output_tokens", "12"}}},
        {"Cohere",
         "cohere",
         R"({"meta": {"billed_units": {"input_tokens": 6, "search_units": 2}}})",
         {{"input_tokens", "6"}, {"queries", "2"}}},
    });
}

TEST(UsageReport, AnthropicCountsTheCacheBesideTheInput) {
    expect_all({
        {"everything",
         "anthropic",
         R"({"input_tokens": 25, "cache_creation_input_tokens": 300, "cache_read_input_tokens": 7,
             "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200}, "output_tokens": 90,
             "output_tokens_details": {"thinking_tokens": 50}, "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 3},
             "service_tier": "batch", "inference_geo": "us"})",
         {{"input_tokens", "25"},
          {"cache_read_tokens", "7"},
          {"cache_write_tokens", "100"},
          {"cache_write_1h_tokens", "200"},
          {"output_tokens", "40"},
          {"reasoning_tokens", "50"},
          {"web_searches", "2"},
          {"service_tier", "batch"},
          {"region", "us"}}},
        {"without the split all is kept five minutes",
         "anthropic",
         R"({"input_tokens": 1, "cache_creation_input_tokens": 300, "cache_creation": null, "output_tokens": 2})",
         {{"input_tokens", "1"}, {"cache_write_tokens", "300"}, {"output_tokens", "2"}}},
        {"the split alone",
         "anthropic",
         R"({"input_tokens": 1, "cache_creation": {"ephemeral_1h_input_tokens": 300}, "output_tokens": 2})",
         {{"input_tokens", "1"}, {"cache_write_1h_tokens", "300"}, {"output_tokens", "2"}}},
        {"no region is none",
         "anthropic",
         R"({"input_tokens": 1, "output_tokens": 2, "inference_geo": "not_available", "speed": "fast", "service_tier": "standard"})",
         {{"input_tokens", "1"}, {"output_tokens", "2"}, {"service_tier", "fast"}}},
        {"global is none",
         "anthropic",
         R"({"input_tokens": 1, "output_tokens": 2, "inference_geo": "global"})",
         {{"input_tokens", "1"}, {"output_tokens", "2"}}},
        {"Bedrock's converse",
         "aws",
         R"({"inputTokens": 10, "outputTokens": 5, "totalTokens": 27, "cacheReadInputTokens": 3, "cacheWriteInputTokens": 9,
             "cacheDetails": [{"ttl": "1h", "inputTokens": 4}, {"ttl": "5m", "inputTokens": 2}, {"ttl": "5m", "inputTokens": 3}]})",
         {{"input_tokens", "10"},
          {"output_tokens", "5"},
          {"cache_read_tokens", "3"},
          {"cache_write_tokens", "5"},
          {"cache_write_1h_tokens", "4"}}},
    });
}

TEST(UsageReport, GeminiCountsThoughtsAndToolsBeside) {
    const PoolMap pools{{"input_tokens", "37"},
                        {"cache_read_tokens", "10"},
                        {"cache_read_audio_tokens", "30"},
                        {"cache_read_image_tokens", "5"},
                        {"input_audio_tokens", "31"},
                        {"input_image_tokens", "15"},
                        {"input_video_tokens", "8"},
                        {"output_tokens", "16"},
                        {"output_image_tokens", "4"},
                        {"reasoning_tokens", "6"},
                        {"service_tier", "flex"}};
    expect_all({
        {"as sent",
         "google",
         R"({"promptTokenCount": 129, "cachedContentTokenCount": 45, "candidatesTokenCount": 20, "thoughtsTokenCount": 6,
             "toolUsePromptTokenCount": 7, "totalTokenCount": 162, "serviceTier": "flex", "promptTokensDetails":
             [{"modality": "AUDIO", "tokenCount": 60}, {"modality": "TEXT", "tokenCount": 41}, {"modality": "IMAGE", "tokenCount": 8},
             {"modality": "DOCUMENT", "tokenCount": 12}, {"modality": "VIDEO", "tokenCount": 8}],
             "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 30}, {"modality": "TEXT", "tokenCount": 10}, {"modality": "DOCUMENT", "tokenCount": 5}],
             "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 4}],
             "toolUsePromptTokensDetails": [{"modality": "AUDIO", "tokenCount": 1}]})",
         pools},
        {"as the Python client has it",
         "google",
         R"({"prompt_token_count": 129, "cached_content_token_count": 45, "candidates_token_count": 20, "thoughts_token_count": 6,
             "tool_use_prompt_token_count": 7, "total_token_count": 162, "traffic_type": "ON_DEMAND_FLEX", "prompt_tokens_details":
             [{"modality": "MediaModality.AUDIO", "token_count": 60}, {"modality": "TEXT", "token_count": 41}, {"modality": "IMAGE", "token_count": 20},
             {"modality": "VIDEO", "token_count": 8}, {"modality": "MODALITY_UNSPECIFIED", "token_count": 5}],
             "cache_tokens_details": [{"modality": "AUDIO", "token_count": 30}, {"modality": "IMAGE", "token_count": 5}],
             "candidates_tokens_details": [{"modality": "IMAGE", "token_count": 4}],
             "tool_use_prompt_tokens_details": [{"modality": "AUDIO", "token_count": 1}]})",
         pools},
        {"no answer",
         "google",
         R"({"promptTokenCount": 14, "totalTokenCount": 14})",
         {{"input_tokens", "14"}}},
        {"an answer of thoughts alone",
         "google",
         R"({"promptTokenCount": 14, "thoughtsTokenCount": 3})",
         {{"input_tokens", "14"}, {"reasoning_tokens", "3"}}},
        {"live",
         "google",
         R"({"promptTokenCount": 4, "responseTokenCount": 9, "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 8}]})",
         {{"input_tokens", "4"}, {"output_tokens", "1"}, {"output_audio_tokens", "8"}}},
        {"only a total", "google", R"({"totalTokenCount": 3})", {{"input_tokens", "3"}}},
    });
}

TEST(UsageReport, UsageIsFoundWhereResponsesHaveIt) {
    const PoolMap pools{{"input_tokens", "3"}, {"output_tokens", "4"}};
    PoolMap tiered = pools;
    tiered.emplace("service_tier", "priority");
    const std::string usage = R"({"input_tokens": 3, "output_tokens": 4})";
    const std::string gemini = R"({"promptTokenCount": 3, "candidatesTokenCount": 4})";
    const auto found = [](const std::string& before, const std::string& inner, const char* after) {
        return pools_of("p", before + inner + after);
    };
    EXPECT_EQ(found("", usage, ""), pools);
    EXPECT_EQ(found(R"({"id": "x", "usage": )", usage, "}"), pools);
    EXPECT_EQ(found(R"({"service_tier": "priority", "usage": )", usage, "}"), tiered);
    EXPECT_EQ(found(R"({"serviceTier": {"type": "priority"}, "usage": )", usage, "}"), tiered);
    EXPECT_EQ(found(R"({"type": "message_start", "message": {"usage": )", usage, "}}"), pools);
    EXPECT_EQ(found(R"({"response": {"service_tier": "priority", "usage": )", usage, "}}"), tiered);
    EXPECT_EQ(found(R"({"metadata": {"usage": )", usage, "}}"), pools);
    EXPECT_EQ(found(R"({"x_groq": {"usage": )", usage, "}}"), pools);
    EXPECT_EQ(found(R"({"usageMetadata": )", gemini, "}"), pools);
    EXPECT_EQ(found(R"({"usage_metadata": )", gemini, "}"), pools);
    EXPECT_EQ(found(R"({"response": {"usageMetadata": )", gemini, "}}"), pools);
}

TEST(UsageReport, PoolsOfOursPassThrough) {
    expect_all({
        {"all kinds",
         "anybody",
         R"({"input_tokens": 1, "cache_read_tokens": 5, "images": 2, "seconds": 0.25, "pages": 0, "messages": null,
             "service_tier": "flex", "region": "eu", "search_context_size": null})",
         {{"input_tokens", "1"},
          {"cache_read_tokens", "5"},
          {"images", "2"},
          {"seconds", "0.25"},
          {"service_tier", "flex"},
          {"region", "eu"}}},
        {"reasoning beside the answer",
         "openai",
         R"({"output_tokens": 5, "reasoning_tokens": 9})",
         {{"output_tokens", "5"}, {"reasoning_tokens", "9"}}},
    });
}

TEST(UsageReport, NothingUsedIsOneZero) {
    const PoolMap zero{{"input_tokens", "0"}};
    EXPECT_EQ(
        pools_of("openai", R"({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0})"),
        zero);
    EXPECT_EQ(pools_of("anthropic", R"({"input_tokens": 0, "cache_read_input_tokens": 0})"), zero);
    EXPECT_EQ(pools_of("google", R"({"promptTokenCount": 0})"), zero);
    EXPECT_EQ(pools_of("openai", R"({"type": "duration", "seconds": 0})"),
              (PoolMap{{"seconds", "0"}}));
    EXPECT_EQ(pools_of("openai", R"({"output_tokens": 0})"), (PoolMap{{"output_tokens", "0"}}));
}

TEST(UsageReport, CountsStayExact) {
    EXPECT_EQ(
        pools_of(
            "openai",
            R"({"prompt_tokens": 9007199254740993, "prompt_tokens_details": {"cached_tokens": 1}})"),
        (PoolMap{{"input_tokens", "9007199254740992"}, {"cache_read_tokens", "1"}}));
    EXPECT_EQ(pools_of("openai", R"({"prompt_tokens": 5.0, "completion_tokens": 2e3})"),
              (PoolMap{{"input_tokens", "5"}, {"output_tokens", "2000"}}));
}

} // namespace

} // namespace credits::core::test
