// Owns usage traces: which formats there are, how they are recognized, and what one call of a trace
// is. Must never guess a number: a line that cannot be read exactly is an error with its number.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace replay {

// TraceCall is one call to a provider. Token counts are exclusive pools: a cached token is not also
// an input token. Empty texts mean that the trace does not say.
struct TraceCall {
    std::int64_t input_tokens = 0;
    std::int64_t cache_read_tokens = 0;
    std::int64_t output_tokens = 0;
    std::optional<std::int64_t> at_us; // microseconds since any fixed moment
    std::string account;
    std::string provider;
    std::string model;

    bool operator==(const TraceCall&) const = default;
};

struct Trace {
    std::string format; // "Azure", "Mooncake", "vidur" or "plain CSV"
    std::vector<TraceCall> calls;
};

// TraceError says which file and line cannot be read, and why.
class TraceError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// read_trace reads a whole trace, plain or gzip-compressed. With cache_reads, leading blocks of a
// Mooncake call that an earlier call had too count as cache_read_tokens instead of input_tokens.
Trace read_trace(const std::string& path, bool cache_reads);

// The pieces of read_trace, for its tests.

// Columns tells where in a CSV line each fact stands; -1: nowhere.
struct Columns {
    int input_tokens = -1;
    int output_tokens = -1;
    int timestamp = -1;
    int account = -1;
    int provider = -1;
    int model = -1;
    std::string format;
};

std::vector<std::string> split_csv(const std::string& line);
Columns read_header(const std::string& line);
TraceCall read_csv_call(const std::string& line, const Columns& columns);

// MooncakeLine is one line of a Mooncake trace as it stands.
struct MooncakeLine {
    std::int64_t timestamp_ms = 0;
    std::int64_t input_length = 0;
    std::int64_t output_length = 0;
    std::vector<std::int64_t> blocks;
};

MooncakeLine read_mooncake_line(const std::string& line);

// parse_tokens reads a whole number from 0 to 2^53.
std::int64_t parse_tokens(const std::string& text, const char* name);

// parse_timestamp reads "2023-11-16 18:15:46.6805900" (also with T and Z) or seconds, as
// microseconds.
std::int64_t parse_timestamp(const std::string& text);

} // namespace replay
