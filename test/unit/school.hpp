// Owns arithmetic as it is taught at school, on strings of digits: slow, obvious, and with nothing
// in common with the core's. Never uses an integer wider than one digit's product.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace credits::core::test::school {

// A whole number from zero up, without leading zeros.
using Digits = std::string;

inline Digits trimmed(const Digits& digits) {
    const std::size_t first = digits.find_first_not_of('0');
    return first == std::string::npos ? "0" : digits.substr(first);
}

inline bool less(const Digits& left, const Digits& right) {
    return left.size() != right.size() ? left.size() < right.size() : left < right;
}

inline Digits add(const Digits& left, const Digits& right) {
    Digits sum;
    int carry = 0;
    for (std::size_t at = 0; at < std::max(left.size(), right.size()) || carry > 0; ++at) {
        carry += at < left.size() ? left[left.size() - 1 - at] - '0' : 0;
        carry += at < right.size() ? right[right.size() - 1 - at] - '0' : 0;
        sum.insert(sum.begin(), static_cast<char>('0' + carry % 10));
        carry /= 10;
    }
    return trimmed(sum);
}

// subtract wants left at least as large as right.
inline Digits subtract(const Digits& left, const Digits& right) {
    Digits difference;
    int borrowed = 0;
    for (std::size_t at = 0; at < left.size(); ++at) {
        int digit = left[left.size() - 1 - at] - '0' - borrowed;
        digit -= at < right.size() ? right[right.size() - 1 - at] - '0' : 0;
        borrowed = digit < 0 ? 1 : 0;
        difference.insert(difference.begin(), static_cast<char>('0' + digit + borrowed * 10));
    }
    return trimmed(difference);
}

inline Digits multiply(const Digits& left, const Digits& right) {
    Digits product = "0";
    for (std::size_t at = 0; at < right.size(); ++at) {
        Digits row;
        int carry = 0;
        for (std::size_t from = left.size(); from-- > 0;) {
            carry += (left[from] - '0') * (right[right.size() - 1 - at] - '0');
            row.insert(row.begin(), static_cast<char>('0' + carry % 10));
            carry /= 10;
        }
        row.insert(row.begin(), static_cast<char>('0' + carry));
        product = add(product, trimmed(row + Digits(at, '0')));
    }
    return product;
}

// divide gives quotient and rest, by long division.
inline std::pair<Digits, Digits> divide(const Digits& dividend, const Digits& divisor) {
    Digits quotient;
    Digits rest = "0";
    for (const char digit : dividend) {
        rest = trimmed(rest + digit);
        char times = '0';
        while (!less(rest, divisor)) {
            rest = subtract(rest, divisor);
            ++times;
        }
        quotient += times;
    }
    return {trimmed(quotient), rest};
}

inline Digits shifted(const Digits& digits, int zeros) {
    return trimmed(digits + Digits(static_cast<std::size_t>(zeros), '0'));
}

// Number is a decimal on paper: sign, digits, and how many of them stand behind the point.
struct Number {
    bool negative = false;
    Digits digits = "0";
    int scale = 0;
};

inline Number number(const std::string& text) {
    Number read;
    read.negative = !text.empty() && text[0] == '-';
    std::string digits = text.substr(read.negative ? 1 : 0);
    if (const std::size_t point = digits.find('.'); point != std::string::npos) {
        read.scale = static_cast<int>(digits.size() - point - 1);
        digits.erase(point, 1);
    }
    read.digits = trimmed(digits);
    return read;
}

// plain drops zeros at the end behind the point, and the sign of nothing.
inline Number plain(Number value) {
    while (value.scale > 0 && value.digits.back() == '0') {
        value.digits = trimmed("0" + value.digits.substr(0, value.digits.size() - 1));
        --value.scale;
    }
    value.negative = value.negative && value.digits != "0";
    return value;
}

inline std::string text(const Number& value) {
    Number shown = plain(value);
    const auto places = static_cast<std::size_t>(shown.scale);
    if (shown.digits.size() <= places) {
        shown.digits.insert(0, places + 1 - shown.digits.size(), '0');
    }
    if (places > 0) {
        shown.digits.insert(shown.digits.size() - places, 1, '.');
    }
    return (shown.negative ? "-" : "") + shown.digits;
}

inline Number negated(Number value) {
    value.negative = !value.negative;
    return value;
}

inline Number sum(const Number& left, const Number& right) {
    const int scale = std::max(left.scale, right.scale);
    const Digits first = shifted(left.digits, scale - left.scale);
    const Digits second = shifted(right.digits, scale - right.scale);
    if (left.negative == right.negative) {
        return plain({left.negative, add(first, second), scale});
    }
    const bool second_is_larger = less(first, second);
    return plain({second_is_larger ? right.negative : left.negative,
                  second_is_larger ? subtract(second, first) : subtract(first, second),
                  scale});
}

inline Number product(const Number& left, const Number& right) {
    return plain({left.negative != right.negative,
                  multiply(left.digits, right.digits),
                  left.scale + right.scale});
}

enum class Towards { nearest_even, nearest_up, above, below };

// ratio rounds left ÷ right to so many decimals; nearest_up, above and below mean larger numbers
// and smaller ones, whatever the sign.
inline Number ratio(const Number& left, const Number& right, int scale, Towards towards) {
    const auto [whole, rest] =
        divide(shifted(left.digits, right.scale + scale), shifted(right.digits, left.scale));
    const Digits divisor = shifted(right.digits, left.scale);
    const Digits twice = add(rest, rest);
    const bool negative = left.negative != right.negative;
    const bool tie = twice == divisor;
    bool away = false; // one more, away from zero
    switch (towards) {
    case Towards::nearest_even:
        away = tie ? (whole.back() - '0') % 2 == 1 : less(divisor, twice);
        break;
    case Towards::nearest_up:
        away = tie ? !negative : less(divisor, twice);
        break;
    case Towards::above:
        away = rest != "0" && !negative;
        break;
    case Towards::below:
        away = rest != "0" && negative;
        break;
    }
    return plain({negative, away ? add(whole, "1") : whole, scale});
}

} // namespace credits::core::test::school
