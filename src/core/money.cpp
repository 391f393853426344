// Arithmetic of money: every product and quotient goes through 512 checked bits and comes back to
// 128 or is refused.
#include "core/money.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace credits::core {

namespace {

constexpr int powers_kept = 80;

Wide widen(Int128 value) {
    return Wide(value);
}

Int128 narrow(const Wide& value) {
    static const Wide highest = (Wide(1) << 127) - 1;
    if (value > highest || value < -highest) {
        throw_amount_overflow();
    }
    return value.convert_to<Int128>();
}

// divide_rounded rounds numerator ÷ denominator (positive) to a whole number.
Wide divide_rounded(const Wide& numerator, const Wide& denominator, Rounding rounding) {
    Wide whole = numerator / denominator;
    Wide rest = numerator % denominator;
    if (rest < 0) {
        whole -= 1;
        rest += denominator;
    }
    const int half = (rest * 2).compare(denominator);
    switch (rounding) {
    case Rounding::down:
        return whole;
    case Rounding::up:
        return rest == 0 ? whole : Wide(whole + 1);
    case Rounding::half_up:
        return half >= 0 ? Wide(whole + 1) : whole;
    case Rounding::half_even:
        break;
    }
    const bool odd = whole % 2 != 0;
    return half > 0 || (half == 0 && odd) ? Wide(whole + 1) : whole;
}

// Both on one scale: {left, right, that scale}.
struct Aligned {
    Wide left;
    Wide right;
    int scale;
};

Aligned align(const Decimal& left, const Decimal& right) {
    const int scale = std::max(left.scale, right.scale);
    return {widen(left.coefficient) * power_of_ten(scale - left.scale),
            widen(right.coefficient) * power_of_ten(scale - right.scale),
            scale};
}

// usd ÷ (value of one step), as numerator and positive denominator.
struct Ratio {
    Wide numerator;
    Wide denominator;
};

Ratio steps_ratio(const Decimal& usd, const Unit& unit) {
    if (unit.value_usd.is_zero() || unit.value_usd.is_negative()) {
        throw_invalid("the value of a credit must be above zero");
    }
    const int usd_shift = unit.value_usd.scale + unit.scale;
    return {widen(usd.coefficient) * power_of_ten(usd_shift),
            widen(unit.value_usd.coefficient) * power_of_ten(usd.scale)};
}

bool is_small(Int128 value) {
    return value >= std::numeric_limits<std::int64_t>::min() &&
           value <= std::numeric_limits<std::int64_t>::max();
}

// The one form of a value that 128 bits hold, without the way through 512.
Decimal normal_form(Int128 coefficient, int scale) {
    if (coefficient == 0) {
        return {};
    }
    while (scale > 0 && !is_small(coefficient) && coefficient % 10 == 0) {
        coefficient /= 10;
        --scale;
    }
    if (scale > 0 && is_small(coefficient)) {
        auto small = static_cast<std::int64_t>(coefficient);
        for (; scale > 0 && small % 10 == 0; --scale) {
            small /= 10;
        }
        coefficient = small;
    }
    if (scale > decimal_scale_max) {
        throw_out_of_range("the number has too many decimals", "at most 60 are kept");
    }
    return {coefficient, scale};
}

constexpr int small_powers_kept = 19;

constexpr std::array<std::int64_t, small_powers_kept> small_powers = [] {
    std::array<std::int64_t, small_powers_kept> table{};
    std::int64_t power = 1;
    for (std::int64_t& entry : table) {
        entry = power;
        power = power < 1'000'000'000'000'000'000 ? power * 10 : power;
    }
    return table;
}();

struct SmallAligned {
    Int128 left;
    Int128 right;
    int scale;
};

// Both on one scale where coefficients and scales are small enough to add in 128 bits; nullopt
// leaves it to the wide way.
std::optional<SmallAligned> align_small(const Decimal& left, const Decimal& right) {
    const int shift = left.scale - right.scale;
    if (!is_small(left.coefficient) || !is_small(right.coefficient) ||
        shift <= -small_powers_kept || shift >= small_powers_kept) {
        return std::nullopt;
    }
    const auto power = [](int exponent) -> Int128 {
        return exponent > 0 ? small_powers[static_cast<std::size_t>(exponent)] : 1;
    };
    // Two factors below 2^63 each: neither product nor their sum leaves 128 bits.
    return SmallAligned{left.coefficient * power(-shift),
                        right.coefficient * power(shift),
                        std::max(left.scale, right.scale)};
}

// Dividing by a power of ten only moves the point.
std::optional<int> exponent_of(Int128 value) {
    const auto* found = std::find(small_powers.begin(), small_powers.end(), value);
    return found == small_powers.end()
               ? std::nullopt
               : std::optional(static_cast<int>(found - small_powers.begin()));
}

std::string digits_of(Int128 value) {
    const Wide wide = widen(value);
    return Wide(boost::multiprecision::abs(wide)).str();
}

std::string place_point(Int128 coefficient, int scale) {
    std::string digits = digits_of(coefficient);
    if (scale > 0) {
        const auto places = static_cast<std::size_t>(scale);
        if (digits.size() <= places) {
            digits.insert(0, places + 1 - digits.size(), '0');
        }
        digits.insert(digits.size() - places, 1, '.');
    }
    return coefficient < 0 ? "-" + digits : digits;
}

} // namespace

void throw_amount_overflow() {
    throw_out_of_range("the amount is out of range", "it needs more than 38 digits");
}

Wide power_of_ten(int exponent) {
    static const std::array<Wide, powers_kept> powers = [] {
        std::array<Wide, powers_kept> table;
        Wide power = 1;
        for (Wide& entry : table) {
            entry = power;
            power *= 10;
        }
        return table;
    }();
    if (exponent < 0 || exponent >= powers_kept) {
        throw_amount_overflow();
    }
    return powers[static_cast<std::size_t>(exponent)];
}

Decimal make_decimal(const Wide& coefficient, int scale) {
    Wide rest = coefficient;
    while (scale > 0 && rest % 10 == 0) {
        rest /= 10;
        --scale;
    }
    if (rest == 0) {
        return {};
    }
    if (scale < 0) {
        rest *= power_of_ten(-scale);
        scale = 0;
    }
    if (scale > decimal_scale_max) {
        throw_out_of_range("the number has too many decimals", "at most 60 are kept");
    }
    return {narrow(rest), scale};
}

Decimal operator+(const Decimal& left, const Decimal& right) {
    if (const auto both = align_small(left, right)) {
        return normal_form(both->left + both->right, both->scale);
    }
    const Aligned both = align(left, right);
    return make_decimal(both.left + both.right, both.scale);
}

Decimal operator-(const Decimal& left, const Decimal& right) {
    if (const auto both = align_small(left, right)) {
        return normal_form(both->left - both->right, both->scale);
    }
    const Aligned both = align(left, right);
    return make_decimal(both.left - both.right, both.scale);
}

Decimal operator*(const Decimal& left, const Decimal& right) {
    if (is_small(left.coefficient) && is_small(right.coefficient)) {
        return normal_form(left.coefficient * right.coefficient, left.scale + right.scale);
    }
    return make_decimal(widen(left.coefficient) * widen(right.coefficient),
                        left.scale + right.scale);
}

std::strong_ordering compare(const Decimal& left, const Decimal& right) {
    if (left.scale == right.scale) {
        return left.coefficient <=> right.coefficient;
    }
    if (const auto both = align_small(left, right)) {
        return both->left <=> both->right;
    }
    const Aligned both = align(left, right);
    const int order = both.left.compare(both.right);
    return order <=> 0;
}

Decimal quotient(const Decimal& dividend, const Decimal& divisor) {
    if (divisor.is_zero()) {
        throw_invalid("division by zero");
    }
    if (const auto exponent = exponent_of(divisor.coefficient)) {
        const int scale = dividend.scale + *exponent - divisor.scale;
        if (scale >= 0 && scale <= decimal_scale_max) {
            return normal_form(dividend.coefficient, scale);
        }
    }
    Wide numerator = widen(dividend.coefficient) * power_of_ten(divisor.scale + quotient_scale);
    Wide denominator = widen(divisor.coefficient) * power_of_ten(dividend.scale);
    if (denominator < 0) {
        numerator = -numerator;
        denominator = -denominator;
    }
    Wide digits = numerator / denominator;
    Wide rest = numerator % denominator;
    for (int scale = quotient_scale; scale <= decimal_scale_max; ++scale) {
        if (rest == 0) {
            return make_decimal(digits, scale);
        }
        rest *= 10;
        digits = digits * 10 + rest / denominator;
        rest %= denominator;
    }
    return make_decimal(divide_rounded(numerator, denominator, Rounding::half_even),
                        quotient_scale);
}

std::optional<Decimal> parse_decimal(std::string_view text) {
    std::size_t at = 0;
    const bool negative = !text.empty() && text[0] == '-';
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        ++at;
    }
    Wide coefficient = 0;
    int scale = 0;
    int digits = 0;
    bool point = false;
    for (; at < text.size() && (text[at] == '.' || (text[at] >= '0' && text[at] <= '9')); ++at) {
        if (text[at] == '.') {
            if (point) {
                return std::nullopt;
            }
            point = true;
            continue;
        }
        if (++digits > 120) {
            throw_amount_overflow();
        }
        coefficient = coefficient * 10 + (text[at] - '0');
        scale += point ? 1 : 0;
    }
    if (digits == 0) {
        return std::nullopt;
    }
    if (at < text.size()) {
        int exponent = 0;
        if (text[at] != 'e' && text[at] != 'E') {
            return std::nullopt;
        }
        ++at;
        const bool down = at < text.size() && text[at] == '-';
        if (at < text.size() && (text[at] == '-' || text[at] == '+')) {
            ++at;
        }
        const std::size_t first = at;
        for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && exponent < 1000; ++at) {
            exponent = exponent * 10 + (text[at] - '0');
        }
        if (at == first || at < text.size()) {
            return std::nullopt;
        }
        scale += down ? exponent : -exponent;
    }
    return make_decimal(negative ? Wide(-coefficient) : coefficient, scale);
}

std::string to_text(const Decimal& value) {
    return place_point(value.coefficient, value.scale);
}

std::string to_text(Credits amount, int unit_scale) {
    return place_point(amount.steps, unit_scale);
}

Decimal to_decimal(Credits amount, int unit_scale) {
    return make_decimal(widen(amount.steps), unit_scale);
}

std::optional<Credits> to_credits(const Decimal& value, int unit_scale) {
    if (value.scale > unit_scale) {
        return std::nullopt;
    }
    return Credits{narrow(widen(value.coefficient) * power_of_ten(unit_scale - value.scale))};
}

RoundedCharge round_charge(const Decimal& usd, const Decimal& residue_usd, const Unit& unit) {
    const Decimal due = usd + residue_usd;
    const Ratio ratio = steps_ratio(due, unit);
    const Wide steps = divide_rounded(ratio.numerator, ratio.denominator, unit.rounding);
    const Credits amount{narrow(steps)};
    return {amount, due - to_decimal(amount, unit.scale) * unit.value_usd};
}

Credits ceil_charge(const Decimal& usd, const Unit& unit) {
    const Ratio ratio = steps_ratio(usd, unit);
    return {narrow(divide_rounded(ratio.numerator, ratio.denominator, Rounding::up))};
}

Decimal share_percent(Credits part, Credits whole) {
    if (part.is_zero()) {
        return {};
    }
    if (!whole.is_positive()) {
        return {100, 0};
    }
    return make_decimal(
        divide_rounded(widen(part.steps) * 10000, widen(whole.steps), Rounding::half_even), 2);
}

Decimal share_percent(const Decimal& part, const Decimal& whole) {
    if (part.is_zero()) {
        return {};
    }
    if (whole.coefficient <= 0) {
        return {100, 0};
    }
    const Aligned both = align(part, whole);
    return make_decimal(divide_rounded(both.left * 10000, both.right, Rounding::half_even), 2);
}

} // namespace credits::core
