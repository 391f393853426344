// What holds for any usage report: it is refused, or every pool is a quantity that can be, and all
// pools together are what the report counts in all.
#include "properties.hpp"

#include "core/error.hpp"
#include "core/usage_report.hpp"

#include <array>
#include <optional>
#include <set>
#include <string>

namespace credits::core::fuzz {

namespace {

constexpr std::array providers{std::string_view{"openai"},
                               std::string_view{"anthropic"},
                               std::string_view{"google"},
                               std::string_view{"bedrock"},
                               std::string_view{"perplexity"},
                               std::string_view{"xai"},
                               std::string_view{""}};

// The pools of a report; nothing where it is refused.
std::optional<Usage> pools_of(std::string_view provider, const Json& report, Arena& arena) {
    try {
        return normalize_usage(provider, report, arena);
    } catch (const Error& error) {
        require(*error.what() != '\0', "a refusal says why");
        return std::nullopt;
    }
}

void check_pools(const Usage& usage) {
    std::set<std::string_view> metrics;
    require(usage.given && usage.count > 0, "usage that is accepted counts something");
    for (const UsageItem& item : usage) {
        require(!item.metric.empty() && !is_context_key(item.metric), "a pool is a metric");
        require(metrics.insert(item.metric).second, "a pool is there once", item.metric);
        require(!item.quantity.is_negative(), "a pool is not below zero", item.metric);
        require(!item.quantity.is_zero() || usage.count == 1, "zero stands alone", item.metric);
        require(!is_token_metric(item.metric) || item.quantity.scale == 0,
                "tokens are whole",
                item.metric);
    }
}

// Figures takes numbers from bytes: mostly small, so that parts often fit their whole.
class Figures {
  public:
    Figures(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}

    std::int64_t next() {
        if (left_ == 0) {
            return 0;
        }
        const std::uint8_t byte = *data_++;
        --left_;
        return byte < 250 ? byte : std::int64_t{1} << (byte - 197); // up to 2^58
    }

    [[nodiscard]] bool is_empty() const { return left_ == 0; }

  private:
    const std::uint8_t* data_;
    std::size_t left_;
};

std::string member(const char* key, std::int64_t count) {
    return "\"" + std::string(key) + "\": " + std::to_string(count);
}

struct Report {
    std::string text;
    std::int64_t total;
};

Report openai_report(Figures& figures) {
    const std::int64_t prompt = figures.next();
    const std::int64_t completion = figures.next();
    std::string text = "{" + member("prompt_tokens", prompt) + ", " +
                       member("completion_tokens", completion) + ", \"prompt_tokens_details\": {";
    text += member("cached_tokens", figures.next()) + ", " +
            member("audio_tokens", figures.next()) + ", " + member("image_tokens", figures.next()) +
            ", " + member("cache_write_tokens", figures.next()) +
            "}, \"completion_tokens_details\": {" + member("reasoning_tokens", figures.next()) +
            ", " + member("audio_tokens", figures.next()) + "}, " +
            member("total_tokens", prompt + completion) + "}";
    return {text, prompt + completion};
}

Report anthropic_report(Figures& figures) {
    const std::int64_t input = figures.next();
    const std::int64_t read = figures.next();
    const std::int64_t written = figures.next();
    const std::int64_t output = figures.next();
    return {"{\"usage\": {" + member("input_tokens", input) + ", " +
                member("cache_read_input_tokens", read) + ", " +
                member("cache_creation_input_tokens", written) + ", \"cache_creation\": {" +
                member("ephemeral_1h_input_tokens", figures.next()) + "}, " +
                member("output_tokens", output) + ", \"output_tokens_details\": {" +
                member("thinking_tokens", figures.next()) + "}}}",
            input + read + written + output};
}

std::string details(const char* key, const char* modality, std::int64_t count) {
    return "\"" + std::string(key) + "\": [{\"modality\": \"" + modality + "\", " +
           member("tokenCount", count) + "}]";
}

Report gemini_report(Figures& figures) {
    const std::int64_t prompt = figures.next();
    const std::int64_t tools = figures.next();
    const std::int64_t answer = figures.next();
    const std::int64_t thoughts = figures.next();
    return {"{\"usageMetadata\": {" + member("promptTokenCount", prompt) + ", " +
                member("toolUsePromptTokenCount", tools) + ", " +
                member("candidatesTokenCount", answer) + ", " +
                member("thoughtsTokenCount", thoughts) + ", " +
                member("cachedContentTokenCount", figures.next()) + ", " +
                details("promptTokensDetails", "AUDIO", figures.next()) + ", " +
                details("cacheTokensDetails", "AUDIO", figures.next()) + ", " +
                details("candidatesTokensDetails", "IMAGE", figures.next()) + "}}",
            prompt + tools + answer + thoughts};
}

Report converse_report(Figures& figures) {
    const std::int64_t input = figures.next();
    const std::int64_t read = figures.next();
    const std::int64_t written = figures.next();
    const std::int64_t output = figures.next();
    return {"{" + member("inputTokens", input) + ", " + member("cacheReadInputTokens", read) +
                ", " + member("cacheWriteInputTokens", written) + ", \"cacheDetails\": [{" +
                member("inputTokens", figures.next()) + ", \"ttl\": \"1h\"}], " +
                member("outputTokens", output) + "}",
            input + read + written + output};
}

void check_total(std::string_view provider, const Report& report) {
    FuzzArena arena;
    const std::optional<Usage> usage = pools_of(provider, read_json(arena, report.text), arena);
    if (usage) {
        check_pools(*usage);
        require(total_tokens(*usage) == Decimal{report.total, 0},
                "the pools add up to the report's totals",
                report.text);
    }
}

} // namespace

void check_report(std::string_view text) {
    FuzzArena arena;
    const std::optional<Json> json = json_of(text, arena);
    if (!json) {
        return;
    }
    // One provider for each text is enough: others of its size meet the others.
    const std::string_view provider = providers[text.size() % providers.size()];
    const std::optional<Usage> usage = pools_of(provider, *json, arena);
    if (usage) {
        check_pools(*usage);
    }
}

void check_report_totals(const std::uint8_t* data, std::size_t size) {
    Figures figures(data, size);
    while (!figures.is_empty()) {
        check_total("openai", openai_report(figures));
        check_total("anthropic", anthropic_report(figures));
        check_total("google", gemini_report(figures));
        check_total("bedrock", converse_report(figures));
    }
}

} // namespace credits::core::fuzz
