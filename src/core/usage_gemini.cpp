// Gemini's usage: the prompt includes what came from the cache, tools' prompts and thoughts are
// counted beside prompt and answer; details are lists by modality.
#include "core/usage_readers.hpp"

#include "core/error.hpp"

namespace credits::core {

namespace {

// Either spelling of a count.
Count read_either(const Group& top, std::string_view camel, std::string_view snake) {
    return agreed({read_count(top, camel), read_count(top, snake)});
}

// The part of the media that a modality counts in; none of those that it need not name. Documents
// are read as images of their pages.
Count* part_of(Media& media, std::string_view modality) {
    modality.remove_prefix(modality.rfind('.') + 1); // an enum's name may stand before it
    if (modality == "TEXT") {
        return &media.text;
    }
    if (modality == "AUDIO") {
        return &media.audio;
    }
    if (modality == "IMAGE" || modality == "DOCUMENT") {
        return &media.image;
    }
    return modality == "VIDEO" ? &media.video : nullptr;
}

Media read_details(const Group& top, std::string_view camel, std::string_view snake) {
    Media media;
    const Group list = group_of(top, {camel, snake}, JsonKind::array);
    if (list.json == nullptr) {
        return media;
    }
    for (const Json& item : items_of(*list.json)) {
        Count count = read_either({list.name, &item}, "tokenCount", "token_count");
        const std::string_view modality = text_of(&item, "modality");
        Count* part = part_of(media, modality);
        if (part != nullptr && count.given) {
            count.key = modality;
            *part = added(count, *part, modality);
        }
    }
    return media;
}

Media added(const Media& one, const Media& other) {
    const auto sum = [](const Count& left, const Count& right) {
        return left.given ? core::added(left, right, left.key) : right;
    };
    return {sum(one.text, other.text),
            sum(one.audio, other.audio),
            sum(one.image, other.image),
            sum(one.video, other.video)};
}

void check_details(const Count& whole, const Media& media) {
    rest_of(whole, {media.text, media.audio, media.image, media.video});
}

} // namespace

void read_gemini(const Json& usage, Pools& pools) {
    const Group top{{}, &usage};
    const Count prompt = read_either(top, "promptTokenCount", "prompt_token_count");
    const Count tools = read_either(top, "toolUsePromptTokenCount", "tool_use_prompt_token_count");
    const Media of_prompt = read_details(top, "promptTokensDetails", "prompt_tokens_details");
    const Media of_tools =
        read_details(top, "toolUsePromptTokensDetails", "tool_use_prompt_tokens_details");
    check_details(prompt, of_prompt);
    check_details(tools, of_tools);
    InputCounts input;
    input.whole =
        prompt.given ? added(prompt, tools, "promptTokenCount with tools' prompts") : tools;
    input.media = added(of_prompt, of_tools);
    input.cache_read = read_either(top, "cachedContentTokenCount", "cached_content_token_count");
    input.cached = read_details(top, "cacheTokensDetails", "cache_tokens_details");

    OutputCounts output;
    output.whole = agreed({read_either(top, "candidatesTokenCount", "candidates_token_count"),
                           read_either(top, "responseTokenCount", "response_token_count")});
    output.media = added(read_details(top, "candidatesTokensDetails", "candidates_tokens_details"),
                         read_details(top, "responseTokensDetails", "response_tokens_details"));
    output.reasoning = read_either(top, "thoughtsTokenCount", "thoughts_token_count");
    output.reasoning_is_beside = true;
    if (!input.whole.given && !output.whole.given && !output.reasoning.given) {
        input.whole = read_either(top, "totalTokenCount", "total_token_count");
    }
    pools.add(input);
    pools.add(output);
}

} // namespace credits::core
