// Owns the usage object of a call as the extension takes it. Must never name a pool that is empty,
// except that a call with nothing at all still says so.
#pragma once

#include "trace.hpp"

#include <string>

namespace replay {

// usage_json is the usage of a call with the given number of output tokens (real or estimated).
inline std::string usage_json(const TraceCall& call, std::int64_t output_tokens) {
    std::string json = "{\"input_tokens\": " + std::to_string(call.input_tokens);
    if (call.cache_read_tokens > 0) {
        json += ", \"cache_read_tokens\": " + std::to_string(call.cache_read_tokens);
    }
    return json + ", \"output_tokens\": " + std::to_string(output_tokens) + "}";
}

} // namespace replay
