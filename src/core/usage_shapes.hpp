// The shapes of usage that providers send, and how each is read. Owns the names of their counts and
// which of them a provider counts inside another; knows nothing of the response around the usage.
#pragma once

#include "core/usage_counts.hpp"

#include <cstdint>
#include <string_view>

namespace credits::core {

enum class UsageShape : std::uint8_t {
    unknown,
    pools,     // ours
    openai,    // chat, responses, embeddings, images, realtime; and all that send the same
    anthropic, // counts of the cache stand beside input_tokens, not in them
    gemini,    // camel case as sent, or snake case as its Python client has it
    converse,  // Bedrock
    billed,    // Cohere
    duration,  // audio by the second
};

UsageShape shape_of(const Json& usage);

// read_usage_counts adds what the usage counts to the pools; the shape is that of the usage.
void read_usage_counts(UsageShape shape,
                       std::string_view provider,
                       const Json& usage,
                       Pools& pools);

} // namespace credits::core
