// Numeric's stored form: base-10000 digits with weight, sign and display scale in a short or a long
// header. Reading it in place saves the copy that the send function would make for every value.
#include "pg/numeric.hpp"

#include <cstring>
#include <limits>

namespace credits::pg {

namespace {

constexpr int base = 10000;
constexpr int digits_per_word = 4;

constexpr std::uint16_t kind_mask = 0xC000;
constexpr std::uint16_t kind_negative = 0x4000;
constexpr std::uint16_t kind_short = 0x8000;
constexpr std::uint16_t kind_special = 0xC000;
constexpr std::uint16_t short_negative = 0x2000;
constexpr std::uint16_t short_weight_sign = 0x0040;
constexpr std::uint16_t short_weight_mask = 0x003F;

// A sixteenth of what 128 bits hold: a few stored amounts can be added and subtracted outside the
// computations, where nothing may throw.
constexpr core::Int128 stored_steps_max = static_cast<core::Int128>(1) << 123;

std::uint16_t word_at(const char* data, std::size_t index) {
    std::uint16_t word = 0;
    std::memcpy(&word, data + index * sizeof(word), sizeof(word));
    return word;
}

// Drops trailing zeros so that equal values have equal fields, as core::make_decimal does.
core::Decimal normal_form(core::Int128 coefficient, int scale) {
    if (coefficient == 0) {
        return {};
    }
    while (scale > 0 && coefficient % 10 == 0) {
        coefficient /= 10;
        --scale;
    }
    return {coefficient, scale};
}

Datum from_text(const char* text) {
    return DirectFunctionCall3(
        numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

Datum from_parts(core::Int128 coefficient, int scale) {
    if (coefficient >= std::numeric_limits<std::int64_t>::min() &&
        coefficient <= std::numeric_limits<std::int64_t>::max()) {
        return NumericGetDatum(
            int64_div_fast_to_numeric(static_cast<std::int64_t>(coefficient), scale));
    }
    char text[128];
    int at = sizeof(text);
    text[--at] = '\0';
    const bool negative = coefficient < 0;
    for (int place = 0; coefficient != 0 || place <= scale; ++place) {
        if (scale > 0 && place == scale) {
            text[--at] = '.';
        }
        const int digit = static_cast<int>(coefficient % 10);
        text[--at] = static_cast<char>('0' + (digit < 0 ? -digit : digit));
        coefficient /= 10;
    }
    if (negative) {
        text[--at] = '-';
    }
    return from_text(text + at);
}

[[noreturn]] void raise_corrupt() {
    ereport(ERROR,
            (errcode(ERRCODE_DATA_CORRUPTED),
             errmsg("a stored amount does not fit its unit"),
             errdetail("an amount in the tables of schema credits is finer than the unit's scale, "
                       "not a number, or too long"),
             errhint("SELECT * FROM credits.verify() names the account")));
    pg_unreachable();
}

} // namespace

bool scaled(core::Int128 value, int exponent, core::Int128& result) {
    result = value;
    for (int step = 0; step < exponent; ++step) {
        if (__builtin_mul_overflow(result, static_cast<core::Int128>(10), &result)) {
            return false;
        }
    }
    return true;
}

DecodedNumeric decode_numeric(Datum datum) {
    struct varlena* stored = PG_DETOAST_DATUM_PACKED(datum);
    const char* data = VARDATA_ANY(stored);
    const std::size_t words = VARSIZE_ANY_EXHDR(stored) / sizeof(std::uint16_t);
    const std::uint16_t header = word_at(data, 0);
    if ((header & kind_mask) == kind_special) {
        return {{}, NumericFault::not_finite};
    }
    const bool is_short = (header & kind_short) != 0;
    const bool negative =
        is_short ? (header & short_negative) != 0 : (header & kind_mask) == kind_negative;
    int weight = 0;
    if (is_short) {
        const int low = header & short_weight_mask;
        weight = (header & short_weight_sign) != 0 ? low - (short_weight_mask + 1) : low;
    } else {
        weight = static_cast<std::int16_t>(word_at(data, 1));
    }
    const std::size_t first = is_short ? 1 : 2;
    core::Int128 coefficient = 0;
    for (std::size_t at = first; at < words; ++at) {
        if (__builtin_mul_overflow(coefficient, static_cast<core::Int128>(base), &coefficient) ||
            __builtin_add_overflow(
                coefficient, static_cast<core::Int128>(word_at(data, at)), &coefficient)) {
            return {{}, NumericFault::too_long};
        }
    }
    const int fraction_words = static_cast<int>(words - first) - (weight + 1);
    int scale = fraction_words * digits_per_word;
    if (words > first && scale < 0) {
        if (!scaled(coefficient, -scale, coefficient)) {
            return {{}, NumericFault::too_long};
        }
        scale = 0;
    }
    const core::Decimal value = normal_form(negative ? -coefficient : coefficient, scale);
    if (value.scale > core::decimal_scale_max) {
        return {{}, NumericFault::too_long};
    }
    return {value, NumericFault::none};
}

core::Credits stored_credits(Datum datum, int unit_scale) {
    const core::Decimal value = stored_decimal(datum);
    core::Credits amount;
    if (value.scale > unit_scale ||
        !scaled(value.coefficient, unit_scale - value.scale, amount.steps) ||
        amount.steps > stored_steps_max || amount.steps < -stored_steps_max) {
        raise_corrupt();
    }
    return amount;
}

core::Decimal stored_decimal(Datum datum) {
    const DecodedNumeric decoded = decode_numeric(datum);
    if (decoded.fault != NumericFault::none) {
        raise_corrupt();
    }
    return decoded.value;
}

Datum numeric_datum(core::Credits amount, int unit_scale) {
    return from_parts(amount.steps, unit_scale);
}

Datum numeric_datum(const core::Decimal& value) {
    return from_parts(value.coefficient, value.scale);
}

const char* decimal_text(const core::Decimal& value) {
    return DatumGetCString(DirectFunctionCall1(numeric_out, numeric_datum(value)));
}

const char* credits_text(core::Credits amount, int unit_scale) {
    return DatumGetCString(DirectFunctionCall1(numeric_out, numeric_datum(amount, unit_scale)));
}

Datum percent_datum(const core::Decimal& value) {
    constexpr int decimals = 2;
    core::Int128 hundredths = 0;
    if (value.scale > decimals || !scaled(value.coefficient, decimals - value.scale, hundredths)) {
        return numeric_datum(value);
    }
    return from_parts(hundredths, decimals);
}

} // namespace credits::pg
