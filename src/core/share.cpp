// Comparing shares by their products: in 128 bits where they fit, in 512 where they do not.
#include "core/share.hpp"

#include <algorithm>
#include <optional>

namespace credits::core {

namespace {

constexpr Decimal hundred{100, 0};

// left × right × 10^shift, unless that leaves 128 bits.
std::optional<Int128> small_product(Int128 left, Int128 right, int shift) {
    Int128 product = 0;
    if (__builtin_mul_overflow(left, right, &product)) {
        return std::nullopt;
    }
    for (; shift > 0; --shift) {
        if (__builtin_mul_overflow(product, 10, &product)) {
            return std::nullopt;
        }
    }
    return product;
}

bool is_positive(const Decimal& value) {
    return value.coefficient > 0;
}

} // namespace

Room room_of(const Decimal& used, const Decimal& whole, std::string_view of) {
    const Decimal left = whole - used;
    return {true, left.is_negative() ? Decimal{} : left, whole, of};
}

std::strong_ordering
compare_products(const Decimal& a, const Decimal& b, const Decimal& c, const Decimal& d) {
    const int left_scale = a.scale + b.scale;
    const int right_scale = c.scale + d.scale;
    const int left_shift = std::max(right_scale - left_scale, 0);
    const int right_shift = std::max(left_scale - right_scale, 0);
    const auto left = small_product(a.coefficient, b.coefficient, left_shift);
    const auto right = small_product(c.coefficient, d.coefficient, right_shift);
    if (left && right) {
        return *left <=> *right;
    }
    const Wide wide_left = Wide(a.coefficient) * Wide(b.coefficient) * power_of_ten(left_shift);
    const Wide wide_right = Wide(c.coefficient) * Wide(d.coefficient) * power_of_ten(right_shift);
    return wide_left.compare(wide_right) <=> 0;
}

bool reaches(const Share& share, const Decimal& percent) {
    if (!is_positive(share.part)) {
        return false;
    }
    if (!is_positive(share.whole)) {
        return std::is_lteq(compare(percent, hundred));
    }
    return std::is_gteq(compare_products(share.part, hundred, percent, share.whole));
}

bool goes_beyond(const Share& share, const Decimal& percent) {
    if (!is_positive(share.part) || !is_positive(share.whole)) {
        return is_positive(share.part);
    }
    return std::is_gt(compare_products(share.part, hundred, percent, share.whole));
}

Decimal rounded_percent(const Share& share) {
    if (!is_positive(share.part)) {
        return {};
    }
    if (!is_positive(share.whole)) {
        return hundred;
    }
    const Decimal exact = quotient(share.part * hundred, share.whole);
    // Two decimals are the steps of a unit of two decimals that is worth one.
    const Unit percent_unit{{1, 0}, 2, Rounding::half_even};
    return to_decimal(round_charge(exact, {}, percent_unit).amount, percent_unit.scale);
}

} // namespace credits::core
