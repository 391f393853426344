// Arguments of the SQL functions, read and checked: whatever gets past here is a value that the
// pure ring can work with. Every error names the argument.
#pragma once

#include "core/calendar.hpp"
#include "core/money.hpp"
#include "core/pricing.hpp"

#include <optional>
#include <string_view>

#include "pg/postgres.hpp"

namespace credits::pg {

inline constexpr int identifier_length_max = 255;

struct TextArgument {
    Datum datum{};
    bool given{};
    std::string_view view{};
};

struct JsonArgument {
    Jsonb* value{};
    bool given{};
};

// CallArguments are the arguments that calls share; each verb uses its part of them.
struct CallArguments {
    TextArgument account_id{};
    std::optional<core::Credits> amount{};
    TextArgument action{};
    TextArgument provider{};
    TextArgument model{};
    JsonArgument usage{};
    TextArgument member_id{};
    TextArgument key{};
    JsonArgument metadata{};
    std::optional<core::Instant> occurred_at{};
    std::optional<core::Cycle> ttl{};
    std::int64_t hold_no{};
    TextArgument reason{};
    bool returns_refusal{}; // rather than raising it
};

// text_of wraps a datum; a null one is not given.
TextArgument text_of(Datum datum, bool is_null);

// require_given refuses a null where there must be a value: 22004, for every argument alike.
void require_given(FunctionCallInfo call, int at, const char* name);

// read_* read argument number `at` of a call; optional ones may be null.
TextArgument read_text(FunctionCallInfo call, int at);
TextArgument read_required_text(FunctionCallInfo call, int at, const char* name);
JsonArgument read_json(FunctionCallInfo call, int at);
std::int64_t read_required_number(FunctionCallInfo call, int at, const char* name);
std::optional<core::Instant> read_instant(FunctionCallInfo call, int at, const char* name);
std::optional<core::Cycle> read_duration(FunctionCallInfo call, int at, const char* name);
std::optional<core::Decimal> read_decimal(FunctionCallInfo call, int at, const char* name);
std::optional<core::Credits> read_amount(FunctionCallInfo call, int at, const char* name);

// require_above_zero refuses an amount that is given and is zero or less, by the verb's own words.
void require_above_zero(FunctionCallInfo call, int at, const char* message, const char* hint);

// The checks behind them, for values that come out of JSON.
void check_identifier(const TextArgument& text, const char* name);
void check_identifier_if_given(const TextArgument& text, const char* name);
core::Decimal checked_decimal(Datum datum, const char* name);
core::Credits checked_amount(Datum datum, const char* name);
core::Cycle checked_duration(const Interval* interval, const char* name);
core::Instant checked_instant(TimestampTz instant, const char* name);

// read_usage turns a usage object into its pools and context.
core::Usage read_usage(const JsonArgument& usage);

// add_duration is instant + duration, calendar-exact in UTC.
core::Instant add_duration(core::Instant instant, const core::Cycle& duration);

// is_empty_object: metadata '{}' is stored as null.
bool is_empty_object(const JsonArgument& json);

// shortened quotes the beginning of a text that callers may make as long as they like.
const char* shortened(std::string_view text);

[[noreturn]] void raise_null(const char* name);
[[noreturn]] void raise_invalid(const char* message, const char* detail, const char* hint);

} // namespace credits::pg
