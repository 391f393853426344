// numeric values to the exact types of the pure ring and back.
// Owns the reading of PostgreSQL's numeric; refuses NaN, infinities and what 38 digits cannot hold.
#pragma once

#include "core/money.hpp"

#include "pg/postgres.hpp"

namespace credits::pg {

enum class NumericFault { none, not_finite, too_long };

struct DecodedNumeric {
    core::Decimal value;
    NumericFault fault = NumericFault::none;
};

DecodedNumeric decode_numeric(Datum datum);

// The stored forms: values that the extension wrote itself, so anything unreadable is corruption.
core::Credits stored_credits(Datum datum, int unit_scale);
core::Decimal stored_decimal(Datum datum);

Datum numeric_datum(core::Credits amount, int unit_scale);
Datum numeric_datum(const core::Decimal& value);

// decimal_text and credits_text write a number as SQL does.
const char* decimal_text(const core::Decimal& value);
const char* credits_text(core::Credits amount, int unit_scale);

// percent_datum always shows two decimals.
Datum percent_datum(const core::Decimal& value);

// scaled multiplies by a power of ten; false where the result needs more than 128 bits.
bool scaled(core::Int128 value, int exponent, core::Int128& result);

} // namespace credits::pg
