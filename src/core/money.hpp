// Exact money. Credits are whole numbers of the unit's smallest step; USD and everything that is
// multiplied or divided on the way to a charge are decimals of any scale. Every operation is
// checked; nothing here rounds unless its name says so. No binary floating point, ever.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace credits::core {

__extension__ using Int128 = __int128;

// Wide carries products and quotients before they are brought back to 128 bits; it throws on
// overflow.
using Wide = boost::multiprecision::checked_int512_t;

inline constexpr int unit_scale_max = 12;
inline constexpr int decimal_scale_max = 60;

// Where a quotient does not end (a price for every 3 units), it is rounded half-even to this scale.
inline constexpr int quotient_scale = 30;

[[noreturn]] void throw_amount_overflow();

// Credits counts smallest steps of the unit (10^-scale credits); plain data, arithmetic checked.
struct Credits {
    Int128 steps = 0;

    // NOLINTNEXTLINE(modernize-use-nullptr): the check takes the generated comparison for a null
    friend constexpr auto operator<=>(const Credits&, const Credits&) = default;

    friend Credits operator+(Credits left, Credits right) {
        Credits sum;
        if (__builtin_add_overflow(left.steps, right.steps, &sum.steps)) {
            throw_amount_overflow();
        }
        return sum;
    }

    friend Credits operator-(Credits left, Credits right) {
        Credits difference;
        if (__builtin_sub_overflow(left.steps, right.steps, &difference.steps)) {
            throw_amount_overflow();
        }
        return difference;
    }

    Credits operator-() const { return Credits{} - *this; }

    Credits& operator+=(Credits other) { return *this = *this + other; }

    Credits& operator-=(Credits other) { return *this = *this - other; }

    [[nodiscard]] constexpr bool is_zero() const { return steps == 0; }

    [[nodiscard]] constexpr bool is_negative() const { return steps < 0; }

    [[nodiscard]] constexpr bool is_positive() const { return steps > 0; }
};

inline constexpr Credits no_credits{};

// Decimal is coefficient × 10^-scale with the smallest scale that holds it: equal values are equal
// fields. At most 38 digits; anything that does not fit is an error, not an approximation.
struct Decimal {
    Int128 coefficient = 0;
    int scale = 0;

    friend constexpr bool operator==(const Decimal&, const Decimal&) = default;

    [[nodiscard]] constexpr bool is_zero() const { return coefficient == 0; }

    [[nodiscard]] constexpr bool is_negative() const { return coefficient < 0; }
};

enum class Rounding { half_even, half_up, up, down };

Wide power_of_ten(int exponent);

// make_decimal brings coefficient × 10^-scale to its one form.
Decimal make_decimal(const Wide& coefficient, int scale);

Decimal operator+(const Decimal& left, const Decimal& right);
Decimal operator-(const Decimal& left, const Decimal& right);
Decimal operator*(const Decimal& left, const Decimal& right);
std::strong_ordering compare(const Decimal& left, const Decimal& right);

// quotient divides exactly where that ends within decimal_scale_max, else rounds half-even at
// quotient_scale.
Decimal quotient(const Decimal& dividend, const Decimal& divisor);

// parse_decimal reads "-12.50", "1e-7"; nullopt for anything else, NaN and infinities included.
std::optional<Decimal> parse_decimal(std::string_view text);
std::string to_text(const Decimal& value);

Decimal to_decimal(Credits amount, int unit_scale);

// to_credits is nullopt where the value is finer than the unit's scale.
std::optional<Credits> to_credits(const Decimal& value, int unit_scale);
std::string to_text(Credits amount, int unit_scale);

struct Unit {
    Decimal value_usd;
    int scale = 0;
    Rounding rounding = Rounding::half_even;
};

struct RoundedCharge {
    Credits amount;
    Decimal residue_usd;
};

// round_charge turns an exact USD charge and the residue so far into whole steps of credit and the
// residue that is left: usd + residue = amount × value_usd + new residue, exactly.
RoundedCharge round_charge(const Decimal& usd, const Decimal& residue_usd, const Unit& unit);

// ceil_charge is the smallest amount that covers an exact USD charge: what a hold sets aside.
Credits ceil_charge(const Decimal& usd, const Unit& unit);

// share_percent is part ÷ whole × 100 with two decimals; 100 for anything of nothing.
Decimal share_percent(Credits part, Credits whole);
Decimal share_percent(const Decimal& part, const Decimal& whole);

} // namespace credits::core
