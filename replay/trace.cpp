// Owns the choice of format and the CSV formats. Must never read on after a line it cannot read.
#include "trace.hpp"

#include "input_file.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <string_view>
#include <unordered_set>

namespace replay {
namespace {

constexpr std::int64_t tokens_max = std::int64_t{1} << 53U;
constexpr std::int64_t block_tokens = 512;
constexpr std::int64_t us_per_second = 1'000'000;

std::string lower(std::string text) {
    for (char& c : text) {
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return text;
}

// digits reads exactly count digits at the front of text and removes them.
std::optional<int> digits(std::string_view& text, std::size_t count) {
    int value = 0;
    const auto* begin = text.data();
    if (text.size() < count ||
        !std::all_of(begin, begin + count, [](char c) { return c >= '0' && c <= '9'; })) {
        return std::nullopt;
    }
    std::from_chars(begin, begin + count, value);
    text.remove_prefix(count);
    return value;
}

bool skip(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

// fraction reads ".123" as microseconds; finer digits are cut, which only pacing would notice.
std::optional<std::int64_t> fraction(std::string_view& text) {
    if (!skip(text, ".")) {
        return 0;
    }
    std::int64_t value = 0;
    std::int64_t unit = us_per_second / 10;
    std::size_t count = 0;
    while (auto digit = digits(text, 1)) {
        value += unit * *digit;
        unit /= 10;
        ++count;
    }
    return count > 0 ? std::optional(value) : std::nullopt;
}

std::optional<std::int64_t> calendar_time(std::string_view text) {
    using namespace std::chrono;
    const auto y = digits(text, 4);
    const bool dash = skip(text, "-");
    const auto mo = digits(text, 2);
    const bool dash_again = skip(text, "-");
    const auto d = digits(text, 2);
    const bool space = skip(text, " T");
    const auto h = digits(text, 2);
    const bool colon = skip(text, ":");
    const auto mi = digits(text, 2);
    const bool colon_again = skip(text, ":");
    const auto s = digits(text, 2);
    const auto us = fraction(text);
    skip(text, "Z");
    if (!y || !mo || !d || !h || !mi || !s || !us || !text.empty() || !dash || !dash_again ||
        !space || !colon || !colon_again) {
        return std::nullopt;
    }
    const year_month_day date{
        year(*y), month(static_cast<unsigned>(*mo)), day(static_cast<unsigned>(*d))};
    if (!date.ok() || *h > 23 || *mi > 59 || *s > 60) {
        return std::nullopt;
    }
    const auto moment = sys_days(date) + hours(*h) + minutes(*mi) + seconds(*s);
    return duration_cast<microseconds>(moment.time_since_epoch()).count() + *us;
}

std::optional<std::int64_t> seconds_number(std::string_view text) {
    std::int64_t whole = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto us = fraction(text);
    constexpr std::int64_t seconds_limit = 1'000'000'000'000;
    if (error != std::errc() || !us || !text.empty() || whole < 0 || whole > seconds_limit) {
        return std::nullopt;
    }
    return whole * us_per_second + *us;
}

// PrefixCache remembers which cache blocks earlier calls had. A Mooncake block id stands for the
// block and everything before it, so one set of ids knows every prefix.
class PrefixCache {
  public:
    std::int64_t cached_tokens(const MooncakeLine& line) {
        std::int64_t leading = 0;
        for (const std::int64_t block : line.blocks) {
            if (!seen_.contains(block)) {
                break;
            }
            ++leading;
        }
        seen_.insert(line.blocks.begin(), line.blocks.end());
        return std::min(leading * block_tokens, line.input_length);
    }

  private:
    std::unordered_set<std::int64_t> seen_;
};

TraceCall mooncake_call(const MooncakeLine& line, std::int64_t cached) {
    TraceCall call;
    call.input_tokens = line.input_length - cached;
    call.cache_read_tokens = cached;
    call.output_tokens = line.output_length;
    call.at_us = line.timestamp_ms * 1000;
    return call;
}

} // namespace

std::vector<std::string> split_csv(const std::string& line) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
            fields.back() += line[++i];
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    if (quoted) {
        throw std::invalid_argument("a quotation mark is not closed");
    }
    return fields;
}

Columns read_header(const std::string& line) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    const bool marked = line.starts_with(byte_order_mark);
    const auto names = split_csv(marked ? line.substr(byte_order_mark.size()) : line);
    Columns columns;
    columns.format = "plain CSV";
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string name = lower(names[i]);
        const int at = static_cast<int>(i);
        if (name == "input_tokens" || name == "contexttokens" || name == "num_prefill_tokens") {
            columns.input_tokens = at;
            columns.format = name == "contexttokens"        ? "Azure"
                             : name == "num_prefill_tokens" ? "vidur"
                                                            : columns.format;
        } else if (name == "output_tokens" || name == "generatedtokens" ||
                   name == "num_decode_tokens") {
            columns.output_tokens = at;
        } else if (name == "timestamp") {
            columns.timestamp = at;
        } else if (name == "account") {
            columns.account = at;
        } else if (name == "provider") {
            columns.provider = at;
        } else if (name == "model") {
            columns.model = at;
        }
    }
    if (columns.input_tokens < 0 || columns.output_tokens < 0) {
        throw std::invalid_argument(
            "this is no trace format known here; the first line must name "
            "TIMESTAMP,ContextTokens,GeneratedTokens (Azure), or "
            "input_tokens,output_tokens[,timestamp][,account][,provider][,model], or "
            "num_prefill_tokens,num_decode_tokens (vidur), or be a JSON object "
            "with input_length and output_length (Mooncake)");
    }
    return columns;
}

std::int64_t parse_tokens(const std::string& text, const char* name) {
    std::int64_t value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0 ||
        value > tokens_max) {
        throw std::invalid_argument(std::string(name) +
                                    " must be a whole number from 0 to 2^53, not \"" + text + "\"");
    }
    return value;
}

std::int64_t parse_timestamp(const std::string& text) {
    if (const auto moment = calendar_time(text)) {
        return *moment;
    }
    if (const auto moment = seconds_number(text)) {
        return *moment;
    }
    throw std::invalid_argument(
        "timestamp must look like 2023-11-16 18:15:46.68 or be a number of seconds, not \"" + text +
        "\"");
}

TraceCall read_csv_call(const std::string& line, const Columns& columns) {
    const auto fields = split_csv(line);
    const auto field = [&fields](int at, const char* name) -> const std::string& {
        if (static_cast<std::size_t>(at) >= fields.size()) {
            throw std::invalid_argument(std::string(name) + " is missing");
        }
        return fields[static_cast<std::size_t>(at)];
    };
    TraceCall call;
    call.input_tokens = parse_tokens(field(columns.input_tokens, "input_tokens"), "input_tokens");
    call.output_tokens =
        parse_tokens(field(columns.output_tokens, "output_tokens"), "output_tokens");
    if (columns.timestamp >= 0) {
        call.at_us = parse_timestamp(field(columns.timestamp, "timestamp"));
    }
    if (columns.account >= 0) {
        call.account = field(columns.account, "account");
    }
    if (columns.provider >= 0) {
        call.provider = field(columns.provider, "provider");
    }
    if (columns.model >= 0) {
        call.model = field(columns.model, "model");
    }
    return call;
}

Trace read_trace(const std::string& path, bool cache_reads) {
    InputFile file(path);
    Trace trace;
    PrefixCache cache;
    Columns columns;
    std::string line;
    for (std::int64_t number = 1; file.next_line(line); ++number) {
        try {
            if (number == 1) {
                if (line.starts_with('{')) {
                    trace.format = "Mooncake";
                } else {
                    columns = read_header(line);
                    trace.format = columns.format;
                    continue;
                }
            }
            if (line.empty()) {
                continue;
            }
            if (trace.format == "Mooncake") {
                const MooncakeLine call = read_mooncake_line(line);
                trace.calls.push_back(
                    mooncake_call(call, cache_reads ? cache.cached_tokens(call) : 0));
            } else {
                trace.calls.push_back(read_csv_call(line, columns));
            }
        } catch (const std::invalid_argument& error) {
            throw TraceError(path + ", line " + std::to_string(number) + ": " + error.what());
        }
    }
    file.finish();
    if (trace.calls.empty()) {
        throw TraceError(path + ": there are no calls in this trace");
    }
    return trace;
}

} // namespace replay
