// Owns exact decimal arithmetic for the programs beside the extension: costs, credits, shares.
// Must never round, overflow silently or pass through floating point. Independent of src/, so that
// what it adds up can stand against what the extension charged.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace replay {

// Decimal is an integer of any size and the number of its decimal places.
class Decimal {
  public:
    using Integer = boost::multiprecision::checked_cpp_int;

    Decimal() = default;

    explicit Decimal(std::int64_t whole) : unscaled_(whole) {}

    // parse reads [-]digits[.digits]; anything else, exponents, NaN and Infinity included, is
    // std::invalid_argument, because a number misread here would excuse a wrong ledger.
    static Decimal parse(std::string_view text) {
        const bool negative = text.starts_with('-');
        std::string digits;
        int scale = 0;
        bool point = false;
        for (const char c : text.substr(negative ? 1 : 0)) {
            if (c == '.' && !point) {
                point = true;
            } else if (c >= '0' && c <= '9') {
                digits += c;
                scale += point ? 1 : 0;
            } else {
                throw std::invalid_argument("not a decimal number");
            }
        }
        if (digits.empty() || text.ends_with('.')) {
            throw std::invalid_argument("not a decimal number");
        }
        // A leading zero would make the integer's reader take the digits as octal.
        digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
        Integer unscaled(digits);
        return {negative ? Integer(-unscaled) : unscaled, scale};
    }

    // text is the number without trailing zeros behind the point.
    [[nodiscard]] std::string text() const {
        Integer rest = abs(unscaled_);
        std::string digits = rest.str();
        const auto places = static_cast<std::size_t>(scale_);
        if (digits.size() <= places) {
            digits.insert(0, places + 1 - digits.size(), '0');
        }
        if (places > 0) {
            digits.insert(digits.size() - places, 1, '.');
            digits.erase(digits.find_last_not_of('0') + 1);
            if (digits.ends_with('.')) {
                digits.pop_back();
            }
        }
        return (unscaled_ < 0 ? "-" : "") + digits;
    }

    // per_power_of_ten divides exactly by 10^power.
    [[nodiscard]] Decimal per_power_of_ten(int power) const { return {unscaled_, scale_ + power}; }

    friend Decimal operator+(const Decimal& a, const Decimal& b) {
        const int scale = std::max(a.scale_, b.scale_);
        return {a.at_scale(scale) + b.at_scale(scale), scale};
    }

    friend Decimal operator-(const Decimal& a, const Decimal& b) {
        const int scale = std::max(a.scale_, b.scale_);
        return {a.at_scale(scale) - b.at_scale(scale), scale};
    }

    friend Decimal operator*(const Decimal& a, const Decimal& b) {
        return {a.unscaled_ * b.unscaled_, a.scale_ + b.scale_};
    }

    Decimal& operator+=(const Decimal& other) { return *this = *this + other; }

    friend bool operator==(const Decimal& a, const Decimal& b) {
        const int scale = std::max(a.scale_, b.scale_);
        return a.at_scale(scale) == b.at_scale(scale);
    }

    friend bool operator<(const Decimal& a, const Decimal& b) {
        const int scale = std::max(a.scale_, b.scale_);
        return a.at_scale(scale) < b.at_scale(scale);
    }

    // ceiling_of_quotient is the smallest whole number ≥ a ÷ b, for a ≥ 0 and b > 0.
    static Decimal ceiling_of_quotient(const Decimal& a, const Decimal& b) {
        const int scale = std::max(a.scale_, b.scale_);
        const Integer divisor = b.at_scale(scale);
        if (divisor <= 0 || a.unscaled_ < 0) {
            throw std::invalid_argument("ceiling_of_quotient needs a >= 0 and b > 0");
        }
        return {(a.at_scale(scale) + divisor - 1) / divisor, 0};
    }

  private:
    Decimal(Integer unscaled, int scale) : unscaled_(std::move(unscaled)), scale_(scale) {}

    [[nodiscard]] Integer at_scale(int scale) const {
        return unscaled_ *
               boost::multiprecision::pow(Integer(10), static_cast<unsigned>(scale - scale_));
    }

    Integer unscaled_ = 0;
    int scale_ = 0;
};

} // namespace replay
