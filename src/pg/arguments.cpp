// Reading arguments. NaN, infinities, negative amounts, amounts finer than the unit, empty and
// endless names are refused here, before anything is locked.
#include "pg/arguments.hpp"

#include "core/text.hpp"

#include "pg/boundary.hpp"
#include "pg/catalogue.hpp"
#include "pg/clock.hpp"
#include "pg/numeric.hpp"
#include "pg/server_arena.hpp"

namespace credits::pg {

namespace {

constexpr int usage_keys_max = 200;

// Far enough for any business, and no sum of it and a duration overflows.
constexpr core::Instant instant_max = 8000LL * 366 * core::micros_per_day;

std::string_view view_of(const JsonbValue& value) {
    return {value.val.string.val, static_cast<std::size_t>(value.val.string.len)};
}

[[noreturn]] void raise_argument(const char* name, const char* problem, const char* hint) {
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
             errmsg("%s %s", name, problem),
             errdetail("argument %s", name),
             errhint("%s", hint)));
    pg_unreachable();
}

core::UsageItem read_pool(std::string_view key, const JsonbValue& value) {
    if (value.type != jbvNumeric) {
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                 errmsg("usage holds something that is not a quantity"),
                 errdetail("usage.%s is not a number", shortened(key)),
                 errhint("give what was used, for example {\"input_tokens\": 500}")));
    }
    const DecodedNumeric decoded = decode_numeric(NumericGetDatum(value.val.numeric));
    if (decoded.fault != NumericFault::none) {
        ereport(ERROR,
                (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                 errmsg("usage holds a quantity that is out of range"),
                 errdetail("usage.%s", shortened(key)),
                 errhint("quantities have at most 38 digits")));
    }
    return {key, decoded.value};
}

// A context key chooses prices; null is as good as absent.
void read_context(std::string_view key, const JsonbValue& value, core::Usage& usage) {
    if (value.type == jbvNull) {
        return;
    }
    if (value.type != jbvString) {
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                 errmsg("usage holds something that is not a name"),
                 errdetail("usage.%s is not a text", shortened(key)),
                 errhint("give, for example, {\"service_tier\": \"priority\"}")));
    }
    std::string_view& place = key == "service_tier" ? usage.service_tier
                              : key == "region"     ? usage.region
                                                    : usage.search_context_size;
    place = view_of(value);
}

} // namespace

const char* shortened(std::string_view text) {
    const std::string_view beginning = core::beginning_of(text);
    const auto size = static_cast<int>(beginning.size());
    const int length = pg_mbcliplen(text.data(), size, size); // in encodings other than UTF-8
    return psprintf("%.*s%s", length, text.data(), beginning.size() < text.size() ? "..." : "");
}

void raise_null(const char* name) {
    ereport(ERROR,
            (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
             errmsg("%s must not be null", name),
             errdetail("argument %s is null", name),
             errhint("give a value for %s", name)));
    pg_unreachable();
}

void raise_invalid(const char* message, const char* detail, const char* hint) {
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
             errmsg("%s", message),
             errdetail("%s", detail),
             errhint("%s", hint)));
    pg_unreachable();
}

TextArgument text_of(Datum datum, bool is_null) {
    if (is_null) {
        return {0, false, {}};
    }
    const text* value = DatumGetTextPP(datum);
    return {PointerGetDatum(value),
            true,
            {VARDATA_ANY(value), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(value))}};
}

TextArgument read_text(FunctionCallInfo call, int at) {
    return text_of(call->args[at].value, call->args[at].isnull);
}

namespace {

void check_length(const TextArgument& text, const char* name, const char* hint) {
    if (text.view.empty()) {
        raise_argument(name, "must not be empty", hint);
    }
    const int length = pg_mbstrlen_with_len(text.view.data(), static_cast<int>(text.view.size()));
    if (length > identifier_length_max) {
        raise_argument(name, "is too long", hint);
    }
}

} // namespace

void check_identifier(const TextArgument& text, const char* name) {
    if (!text.given) {
        raise_null(name);
    }
    check_length(text, name, "give 1 to 255 characters");
}

void check_identifier_if_given(const TextArgument& text, const char* name) {
    if (text.given) {
        check_length(text, name, "leave it out, or give 1 to 255 characters");
    }
}

TextArgument read_required_text(FunctionCallInfo call, int at, const char* name) {
    const TextArgument text = read_text(call, at);
    check_identifier(text, name);
    return text;
}

void require_given(FunctionCallInfo call, int at, const char* name) {
    if (call->args[at].isnull) {
        raise_null(name);
    }
}

JsonArgument read_json(FunctionCallInfo call, int at) {
    if (call->args[at].isnull) {
        return {nullptr, false};
    }
    return {DatumGetJsonbP(call->args[at].value), true};
}

std::int64_t read_required_number(FunctionCallInfo call, int at, const char* name) {
    require_given(call, at, name);
    return DatumGetInt64(call->args[at].value);
}

core::Instant checked_instant(TimestampTz instant, const char* name) {
    if (TIMESTAMP_NOT_FINITE(instant)) {
        raise_argument(name, "must be finite", "give a date and time, or leave it out");
    }
    if (instant < -instant_max || instant > instant_max) {
        raise_argument(name, "is out of range", "use dates within 8,000 years of 2000");
    }
    return instant;
}

std::optional<core::Instant> read_instant(FunctionCallInfo call, int at, const char* name) {
    if (call->args[at].isnull) {
        return std::nullopt;
    }
    return checked_instant(DatumGetTimestampTz(call->args[at].value), name);
}

core::Cycle checked_duration(const Interval* interval, const char* name) {
    constexpr int months_max = 1200;
    constexpr int days_max = 36500;
    constexpr std::int64_t micros_max = days_max * core::micros_per_day;
    const bool negative = interval->month < 0 || interval->day < 0 || interval->time < 0;
    const bool nothing = interval->month == 0 && interval->day == 0 && interval->time == 0;
    if (negative || nothing) {
        raise_argument(name, "must be longer than zero", "give an interval such as '30 seconds'");
    }
    if (interval->month > months_max || interval->day > days_max || interval->time > micros_max) {
        raise_argument(name, "is too long", "use at most 100 years");
    }
    return {interval->month, interval->day, interval->time};
}

std::optional<core::Cycle> read_duration(FunctionCallInfo call, int at, const char* name) {
    if (call->args[at].isnull) {
        return std::nullopt;
    }
    return checked_duration(DatumGetIntervalP(call->args[at].value), name);
}

core::Decimal checked_decimal(Datum datum, const char* name) {
    const DecodedNumeric decoded = decode_numeric(datum);
    if (decoded.fault == NumericFault::not_finite) {
        raise_argument(name, "must be a finite number", "NaN and Infinity are no amounts");
    }
    if (decoded.fault == NumericFault::too_long) {
        ereport(ERROR,
                (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                 errmsg("%s is out of range", name),
                 errdetail("argument %s needs more than 38 digits", name),
                 errhint("use amounts of at most 38 significant digits")));
    }
    if (decoded.value.is_negative()) {
        raise_argument(name, "must not be negative", "amounts are zero or more");
    }
    return decoded.value;
}

std::optional<core::Decimal> read_decimal(FunctionCallInfo call, int at, const char* name) {
    if (call->args[at].isnull) {
        return std::nullopt;
    }
    return checked_decimal(call->args[at].value, name);
}

core::Credits checked_amount(Datum datum, const char* name) {
    const core::Decimal value = checked_decimal(datum, name);
    const int unit_scale = catalogue().unit().scale;
    if (value.scale > unit_scale) {
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                 errmsg("%s is finer than a credit can be divided", name),
                 errdetail("argument %s has %d decimal%s, the unit has %d",
                           name,
                           value.scale,
                           value.scale == 1 ? "" : "s",
                           unit_scale),
                 errhint("round the amount to the unit's scale")));
    }
    core::Credits amount;
    constexpr int digits_max = 30;
    core::Int128 limit = 0;
    scaled(1, digits_max, limit);
    if (!scaled(value.coefficient, unit_scale - value.scale, amount.steps) ||
        amount.steps >= limit) {
        ereport(ERROR,
                (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                 errmsg("%s is out of range", name),
                 errdetail("argument %s is %d digits or more", name, digits_max),
                 errhint("use smaller amounts")));
    }
    return amount;
}

std::optional<core::Credits> read_amount(FunctionCallInfo call, int at, const char* name) {
    if (call->args[at].isnull) {
        return std::nullopt;
    }
    return checked_amount(call->args[at].value, name);
}

void require_above_zero(FunctionCallInfo call, int at, const char* message, const char* hint) {
    if (call->args[at].isnull) {
        return;
    }
    const DecodedNumeric decoded = decode_numeric(call->args[at].value);
    if (decoded.fault == NumericFault::none &&
        (decoded.value.is_negative() || decoded.value.is_zero())) {
        raise_invalid(message,
                      decoded.value.is_zero() ? "argument amount is zero"
                                              : "argument amount is below zero",
                      hint);
    }
}

core::Usage read_usage(const JsonArgument& usage) {
    if (!usage.given) {
        return {};
    }
    if (!JB_ROOT_IS_OBJECT(usage.value)) {
        raise_argument("usage",
                       "must be an object of quantities",
                       "give what was used, for example {\"input_tokens\": 500}");
    }
    if (JB_ROOT_COUNT(usage.value) > usage_keys_max) {
        raise_argument("usage", "has too many keys", "use at most 200");
    }
    auto* items = make_array<core::UsageItem>(JB_ROOT_COUNT(usage.value) + 1);
    core::Usage read;
    read.items = items;
    read.given = true;
    JsonbIterator* iterator = JsonbIteratorInit(&usage.value->root);
    JsonbValue key;
    JsonbValue value;
    JsonbIteratorNext(&iterator, &key, false); // the object's beginning
    while (JsonbIteratorNext(&iterator, &key, true) == WJB_KEY) {
        JsonbIteratorNext(&iterator, &value, true);
        const std::string_view name = view_of(key);
        if (core::is_context_key(name)) {
            read_context(name, value, read);
        } else {
            items[read.count++] = read_pool(name, value);
        }
    }
    return read;
}

core::Instant add_duration(core::Instant instant, const core::Cycle& duration) {
    return core::add_months(instant, duration.months) + duration.days * core::micros_per_day +
           duration.micros;
}

bool is_empty_object(const JsonArgument& json) {
    return json.given && JB_ROOT_IS_OBJECT(json.value) && JB_ROOT_COUNT(json.value) == 0;
}

} // namespace credits::pg
