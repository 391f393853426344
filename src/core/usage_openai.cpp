// OpenAI's usage: whole prompt and whole answer, with details of what is inside them. Everybody who
// offers the same interface sends it, with additions of their own.
#include "core/usage_readers.hpp"

namespace credits::core {

namespace {

Media read_media(const Group& group) {
    return {read_count(group, "text_tokens"),
            read_count(group, "audio_tokens"),
            read_count(group, "image_tokens"),
            read_count(group, "video_tokens")};
}

Count read_cache_read(const Group& top, const Group& details) {
    return agreed({read_count(details, "cached_tokens"),
                   read_count(top, "cached_tokens"),
                   read_count(top, "num_cached_tokens"),
                   read_count(top, "prompt_cache_hit_tokens"),
                   read_count(top, "cached_prompt_text_tokens"),
                   read_count(top, "cache_read_input_tokens")});
}

InputCounts read_input(const Group& top, const Group& details) {
    InputCounts input;
    input.whole = agreed({read_count(top, "prompt_tokens"), read_count(top, "input_tokens")});
    input.media = read_media(details);
    input.cache_read = read_cache_read(top, details);
    input.cached = read_media(group_of(details, {"cached_tokens_details"}, JsonKind::object));
    input.cache_write = agreed({read_count(details, "cache_write_tokens"),
                                read_count(details, "cache_creation_tokens"),
                                read_count(top, "cache_creation_input_tokens")});
    rest_of(input.whole, {input.cache_read, read_count(top, "prompt_cache_miss_tokens")});
    return input;
}

// Perplexity counts reasoning beside the answer, xAI does so in chat. The others count it inside,
// unless their own total says otherwise.
bool is_reasoning_beside(std::string_view provider,
                         const Count& input,
                         const OutputCounts& output,
                         const Count& total) {
    if (provider == "perplexity") {
        return true;
    }
    const Decimal inside = input.value + output.whole.value;
    if (provider == "xai" || provider == "x-ai") {
        return !total.given || total.value != inside;
    }
    return total.given && total.value == inside + output.reasoning.value;
}

// The images interface may leave out the output's details: then all of it is image. It is known by
// details of the input that name text and image, and no cache.
bool is_of_images(const Group& top, const Group& details) {
    return top.json->find("input_tokens_details") == details.json &&
           member_of(details.json, "image_tokens") != nullptr &&
           member_of(details.json, "text_tokens") != nullptr &&
           member_of(details.json, "cached_tokens") == nullptr &&
           member_of(details.json, "audio_tokens") == nullptr;
}

OutputCounts read_output(const Group& top, const Group& details) {
    OutputCounts output;
    output.whole = agreed({read_count(top, "completion_tokens"), read_count(top, "output_tokens")});
    output.media = read_media(details);
    output.reasoning =
        agreed({read_count(details, "reasoning_tokens"), read_count(top, "reasoning_tokens")});
    return output;
}

} // namespace

void read_openai(std::string_view provider, const Json& usage, Pools& pools) {
    const Group top{{}, &usage};
    const Group input_details =
        group_of(top,
                 {"prompt_tokens_details", "input_tokens_details", "input_token_details"},
                 JsonKind::object);
    const Group output_details =
        group_of(top,
                 {"completion_tokens_details", "output_tokens_details", "output_token_details"},
                 JsonKind::object);
    InputCounts input = read_input(top, input_details);
    OutputCounts output = read_output(top, output_details);
    const Count total = read_count(top, "total_tokens");
    if (!input.whole.given && !output.whole.given) {
        input.whole = total; // what only embeds may send nothing else
    }
    output.reasoning_is_beside = is_reasoning_beside(provider, input.whole, output, total);
    if (output_details.json == nullptr && is_of_images(top, input_details)) {
        output.media.image = output.whole;
    }
    pools.add(input);
    pools.add(output);
    pools.add("citation_tokens", read_count(top, "citation_tokens"));
    const Group tools = group_of(top, {"server_tool_use"}, JsonKind::object);
    pools.add(
        "web_searches",
        agreed({read_count(top, "num_search_queries"), read_count(tools, "web_search_requests")}));
    pools.add("input_seconds", read_amount(top, "prompt_audio_seconds"));
}

} // namespace credits::core
