// Numbers, times, amounts and texts as few bytes: base 128, seven bits a byte, smallest form only,
// so that equal values are equal bytes. Knows nothing of what they mean together.
#pragma once

#include "core/arena.hpp"
#include "core/calendar.hpp"
#include "core/error.hpp"
#include "core/money.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace credits::core {

__extension__ using UInt128 = unsigned __int128;

// PackedWriter is given room for all that will be written; it does not look whether it suffices.
class PackedWriter {
  public:
    PackedWriter(Arena& arena, std::size_t room)
        : begin_(allocate_array<char>(arena, room)), at_(begin_) {}

    void byte(unsigned value) { *at_++ = static_cast<char>(value); }

    void number(UInt128 value) {
        for (; value >> 64U != 0; value >>= 7U) {
            byte(static_cast<unsigned>(value & 0x7FU) | 0x80U);
        }
        auto small = static_cast<std::uint64_t>(value);
        for (; small >= 0x80U; small >>= 7U) {
            byte(static_cast<unsigned>(small & 0x7FU) | 0x80U);
        }
        byte(static_cast<unsigned>(small));
    }

    // Small negative numbers are short, too.
    void signed_number(Int128 value) {
        const auto doubled = static_cast<UInt128>(value) << 1U;
        number(value < 0 ? ~doubled : doubled);
    }

    // Most boundaries are whole seconds.
    void instant(Instant value) {
        const bool whole = value % micros_per_second == 0;
        signed_number(whole ? Int128{value / micros_per_second} * 2 : Int128{value} * 2 + 1);
    }

    void text(std::string_view value) {
        number(value.size());
        characters(value);
    }

    void characters(std::string_view value) { at_ = std::copy(value.begin(), value.end(), at_); }

    // Whole amounts, doubled; others after their scale, doubled and one.
    void amount(const Decimal& value) {
        const auto coefficient = static_cast<UInt128>(value.coefficient);
        if (value.scale == 0 && coefficient >> 126U == 0) {
            number(coefficient << 1U);
            return;
        }
        number(static_cast<unsigned>(value.scale) * 2U + 1U);
        number(coefficient);
    }

    [[nodiscard]] std::string_view bytes() const {
        return {begin_, static_cast<std::size_t>(at_ - begin_)};
    }

  private:
    char* begin_;
    char* at_;
};

// PackedReader throws at bytes that PackedWriter does not write.
class PackedReader {
  public:
    explicit PackedReader(std::string_view bytes) : bytes_(bytes) {}

    [[noreturn]] static void fail() {
        throw_corrupted("the counters of limits are damaged", "their stored bytes make no sense");
    }

    static void demand(bool holds) {
        if (!holds) {
            fail();
        }
    }

    unsigned byte() {
        demand(at_ < bytes_.size());
        return static_cast<unsigned char>(bytes_[at_++]);
    }

    UInt128 number() {
        if (at_ < bytes_.size() && static_cast<unsigned char>(bytes_[at_]) < 0x80U) {
            return byte();
        }
        return long_number();
    }

    Int128 signed_number() {
        const UInt128 value = number();
        const auto half = static_cast<Int128>(value >> 1U);
        return (value & 1U) == 0 ? half : -half - 1;
    }

    static std::int64_t integer(Int128 value) {
        demand(value >= std::numeric_limits<std::int64_t>::min() &&
               value <= std::numeric_limits<std::int64_t>::max());
        return static_cast<std::int64_t>(value);
    }

    Instant instant() {
        const Int128 value = signed_number();
        const std::int64_t half = integer(value >> 1U); // rounded down, negative or not
        if ((value & 1) == 0) {
            return integer(Int128{half} * micros_per_second);
        }
        const std::int64_t micros = half;
        demand(micros % micros_per_second != 0);
        return micros;
    }

    // A list's length: each of its members takes bytes.
    std::uint32_t count() {
        const UInt128 value = number();
        demand(value <= bytes_.size() - at_);
        return static_cast<std::uint32_t>(value);
    }

    std::string_view characters(UInt128 length) {
        demand(length <= bytes_.size() - at_);
        const std::string_view value = bytes_.substr(at_, static_cast<std::size_t>(length));
        at_ += value.size();
        return value;
    }

    void amount(Decimal& value) {
        constexpr Int128 highest = std::numeric_limits<Int128>::max();
        const UInt128 first = number();
        if ((first & 1U) == 0) {
            demand(first != 0);
            value.coefficient = static_cast<Int128>(first >> 1U);
            return;
        }
        demand(first >> 1U <= static_cast<unsigned>(decimal_scale_max));
        const UInt128 coefficient = number();
        value.coefficient = static_cast<Int128>(coefficient);
        value.scale = static_cast<int>(first >> 1U);
        demand(coefficient != 0 && coefficient <= static_cast<UInt128>(highest));
        demand(value.scale == 0 ? coefficient >> 126U != 0 : coefficient % 10 != 0);
    }

    void end() const { demand(at_ == bytes_.size()); }

  private:
    UInt128 long_number() {
        constexpr unsigned first_bits = 63;
        std::uint64_t low = 0;
        for (unsigned shift = 0; shift < first_bits; shift += 7) {
            const unsigned part = byte();
            low |= static_cast<std::uint64_t>(part & 0x7FU) << shift;
            if (part < 0x80U) {
                demand(part != 0 || shift == 0); // not longer than need be
                return low;
            }
        }
        UInt128 value = low;
        for (unsigned shift = first_bits; shift < 128; shift += 7) {
            const unsigned part = byte();
            const UInt128 digits = part & 0x7FU;
            value |= digits << shift;
            if (part < 0x80U) {
                demand(part != 0 && (value >> shift) == digits); // nor than 128 bits
                return value;
            }
        }
        fail();
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
};

} // namespace credits::core
