// Recognising shapes by the keys that only they have, and reading the simple ones. OpenAI's and
// Gemini's have files of their own.
#include "core/usage_shapes.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/usage_readers.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace credits::core {

namespace {

// Keys that stand for the same in our pools and in a provider's usage.
constexpr std::array shared_keys{
    std::string_view{"input_tokens"},
    std::string_view{"output_tokens"},
    std::string_view{"reasoning_tokens"},
    std::string_view{"citation_tokens"},
};

constexpr std::array own_keys{
    std::string_view{"cache_read_tokens"},
    std::string_view{"cache_write_tokens"},
    std::string_view{"cache_write_1h_tokens"},
    std::string_view{"input_audio_tokens"},
    std::string_view{"cache_read_audio_tokens"},
    std::string_view{"cache_write_audio_tokens"},
    std::string_view{"output_audio_tokens"},
    std::string_view{"input_image_tokens"},
    std::string_view{"cache_read_image_tokens"},
    std::string_view{"output_image_tokens"},
    std::string_view{"input_video_tokens"},
    std::string_view{"output_video_tokens"},
    std::string_view{"images"},
    std::string_view{"input_images"},
    std::string_view{"seconds"},
    std::string_view{"input_seconds"},
    std::string_view{"characters"},
    std::string_view{"output_characters"},
    std::string_view{"pixels"},
    std::string_view{"requests"},
    std::string_view{"queries"},
    std::string_view{"web_searches"},
    std::string_view{"pages"},
    std::string_view{"messages"},
    std::string_view{"operations"},
    std::string_view{"gb_seconds"},
    std::string_view{"gb_months"},
};

// Keys of the others' usage that no other shape has.
constexpr std::array gemini_keys{
    std::string_view{"promptTokenCount"},
    std::string_view{"prompt_token_count"},
    std::string_view{"candidatesTokenCount"},
    std::string_view{"candidates_token_count"},
    std::string_view{"responseTokenCount"},
    std::string_view{"response_token_count"},
    std::string_view{"totalTokenCount"},
    std::string_view{"total_token_count"},
};

constexpr std::array converse_keys{
    std::string_view{"inputTokens"},
    std::string_view{"outputTokens"},
};

constexpr std::array anthropic_keys{
    std::string_view{"cache_creation_input_tokens"},
    std::string_view{"cache_read_input_tokens"},
    std::string_view{"cache_creation"},
    std::string_view{"server_tool_use"},
    std::string_view{"inference_geo"},
};

constexpr std::array openai_keys{
    std::string_view{"prompt_tokens"},
    std::string_view{"completion_tokens"},
    std::string_view{"input_tokens"},
    std::string_view{"output_tokens"},
    std::string_view{"total_tokens"},
};

template <std::size_t Size>
bool contains(const std::array<std::string_view, Size>& keys, std::string_view key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

template <std::size_t Size>
bool has_any(const Json& usage, const std::array<std::string_view, Size>& keys) {
    return std::any_of(
        keys.begin(), keys.end(), [&](std::string_view key) { return usage.find(key) != nullptr; });
}

bool has_object(const Json& usage, std::string_view key) {
    const Json* found = usage.find(key);
    return found != nullptr && found->is_object();
}

bool is_own_key(std::string_view key) {
    return contains(own_keys, key) || contains(shared_keys, key) || is_context_key(key);
}

bool has_only_own_keys(const Json& usage) {
    const JsonMembers members = members_of(usage);
    return usage.is_object() && usage.count > 0 &&
           std::all_of(members.begin(), members.end(), [](const JsonMember& member) {
               return is_own_key(member.key);
           });
}

void check_context(const JsonMember& member) {
    if (!member.value.is_string() && !member.value.is_null()) {
        throw_invalid("the usage holds a context that is not a text",
                      std::string(member.key) + " is not a string",
                      "quote it, or leave it out");
    }
}

// A key that is not ours would be lost here without a word, so it is refused.
void read_own(const Json& usage, Pools& pools) {
    for (const JsonMember& member : members_of(usage)) {
        if (!is_own_key(member.key)) {
            throw_invalid("the usage mixes pools with a key that is none",
                          "it has \"" + shortened(member.key) + "\"",
                          "metrics of your own need no normalizing: give them to the call itself");
        }
        if (is_context_key(member.key)) {
            check_context(member);
            continue;
        }
        const Group group{{}, &usage};
        pools.add(member.key,
                  is_token_metric(member.key) ? read_count(group, member.key)
                                              : read_amount(group, member.key));
    }
}

// Writes kept for an hour are part of all writes, whose other part is kept for five minutes.
void add_cache_writes(const Count& all, const Count& minutes, const Count& hour, Pools& pools) {
    const bool split = minutes.given || hour.given;
    const Count whole =
        all.given || !split ? all : Count{{}, "cache_write", minutes.value + hour.value, true};
    rest_of(whole, {minutes, hour});
    if (whole.given) {
        pools.add("cache_write_tokens", rest_of(whole, {hour}));
    }
    pools.add("cache_write_1h_tokens", hour);
}

void read_anthropic(const Json& usage, Pools& pools) {
    const Group top{{}, &usage};
    pools.add("input_tokens", read_count(top, "input_tokens"));
    pools.add("cache_read_tokens", read_count(top, "cache_read_input_tokens"));
    const Group written = group_of(top, {"cache_creation"}, JsonKind::object);
    add_cache_writes(read_count(top, "cache_creation_input_tokens"),
                     read_count(written, "ephemeral_5m_input_tokens"),
                     read_count(written, "ephemeral_1h_input_tokens"),
                     pools);
    const Group details = group_of(top, {"output_tokens_details"}, JsonKind::object);
    OutputCounts output;
    output.whole = read_count(top, "output_tokens");
    output.reasoning = read_count(details, "thinking_tokens");
    pools.add(output);
    const Group tools = group_of(top, {"server_tool_use"}, JsonKind::object);
    pools.add("web_searches", read_count(tools, "web_search_requests"));
}

void read_converse(const Json& usage, Pools& pools) {
    const Group top{{}, &usage};
    pools.add("input_tokens", read_count(top, "inputTokens"));
    pools.add("cache_read_tokens",
              agreed({read_count(top, "cacheReadInputTokens"),
                      read_count(top, "cacheReadInputTokenCount")}));
    Count minutes;
    Count hour;
    const Group writes = group_of(top, {"cacheDetails"}, JsonKind::array);
    if (writes.json != nullptr) {
        for (const Json& write : items_of(*writes.json)) {
            const Count count = read_count({writes.name, &write}, "inputTokens");
            Count& kept = text_of(&write, "ttl") == "1h" ? hour : minutes;
            kept = added(count, kept, count.key);
        }
    }
    add_cache_writes(agreed({read_count(top, "cacheWriteInputTokens"),
                             read_count(top, "cacheWriteInputTokenCount")}),
                     minutes,
                     hour,
                     pools);
    pools.add("output_tokens", read_count(top, "outputTokens"));
}

void read_billed(const Json& usage, Pools& pools) {
    const Group units = group_of({{}, &usage}, {"billed_units", "tokens"}, JsonKind::object);
    pools.add("input_tokens", read_count(units, "input_tokens"));
    pools.add("output_tokens", read_count(units, "output_tokens"));
    pools.add("queries", read_count(units, "search_units"));
}

} // namespace

UsageShape shape_of(const Json& usage) {
    if (has_only_own_keys(usage)) {
        return UsageShape::pools;
    }
    if (has_any(usage, gemini_keys)) {
        return UsageShape::gemini;
    }
    if (has_any(usage, converse_keys)) {
        return UsageShape::converse;
    }
    if (has_object(usage, "billed_units") || has_object(usage, "tokens")) {
        return UsageShape::billed;
    }
    if (text_of(&usage, "type") == "duration") {
        return UsageShape::duration;
    }
    if (has_any(usage, own_keys)) {
        return UsageShape::pools;
    }
    // Who sends prompt_tokens counts the cache inside them, also under Anthropic's names.
    if (has_any(usage, anthropic_keys) && usage.find("prompt_tokens") == nullptr) {
        return UsageShape::anthropic;
    }
    return has_any(usage, openai_keys) ? UsageShape::openai : UsageShape::unknown;
}

void read_usage_counts(UsageShape shape,
                       std::string_view provider,
                       const Json& usage,
                       Pools& pools) {
    switch (shape) {
    case UsageShape::pools:
        return read_own(usage, pools);
    case UsageShape::openai:
        return read_openai(provider, usage, pools);
    case UsageShape::anthropic:
        return read_anthropic(usage, pools);
    case UsageShape::gemini:
        return read_gemini(usage, pools);
    case UsageShape::converse:
        return read_converse(usage, pools);
    case UsageShape::billed:
        return read_billed(usage, pools);
    case UsageShape::duration:
        return pools.add("seconds", read_amount({{}, &usage}, "seconds"));
    case UsageShape::unknown:
        break;
    }
}

} // namespace credits::core
