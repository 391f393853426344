// A version, then counter after counter: name with its length, window and epoch in microseconds,
// marks, spent, moved. Numbers are 7 bits a byte, lowest first, the sign in the lowest bit.
#include "core/escrow_bytes.hpp"

#include "core/error.hpp"
#include "core/platform_limits.hpp"

#include <limits>

namespace credits::core {

namespace {

__extension__ using Unsigned128 = unsigned __int128;

constexpr unsigned char version = 1;
constexpr unsigned char raised_mark = 1;
constexpr unsigned char warned_mark = 2;
constexpr unsigned char latched_mark = 4;

constexpr std::size_t number_bytes_max = 19;
constexpr std::size_t name_bytes_max = 255;

// Name's length, four numbers, two scales, marks.
constexpr std::size_t counter_bytes_max = 4 * number_bytes_max + 4;

[[noreturn]] void throw_damaged() {
    throw_invalid("a stripe of a platform-wide limit cannot be read",
                  "its bytes are damaged, or of a newer release",
                  "empty the stripe: UPDATE credits.platform_stripe SET counters = ''");
}

class Reader {
  public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    [[nodiscard]] bool is_done() const { return rest_.empty(); }

    unsigned char byte() { return static_cast<unsigned char>(text(1)[0]); }

    std::string_view text(std::size_t size) {
        if (rest_.size() < size) {
            throw_damaged();
        }
        const std::string_view found = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return found;
    }

    Int128 number() {
        Unsigned128 folded = 0;
        for (unsigned shift = 0;; shift += 7) {
            const unsigned char part = byte();
            if (shift >= 7 * number_bytes_max) {
                throw_damaged();
            }
            folded |= static_cast<Unsigned128>(part & 0x7FU) << shift;
            if ((part & 0x80U) == 0) {
                break;
            }
        }
        const auto magnitude = static_cast<Int128>(folded >> 1);
        return (folded & 1) != 0 ? -magnitude - 1 : magnitude;
    }

    Instant instant() {
        const Int128 value = number();
        if (value < std::numeric_limits<Instant>::min() ||
            value > std::numeric_limits<Instant>::max()) {
            throw_damaged();
        }
        return static_cast<Instant>(value);
    }

    Decimal decimal() {
        Decimal value;
        value.scale = byte();
        value.coefficient = number();
        if (value.scale > decimal_scale_max) {
            throw_damaged();
        }
        return value;
    }

  private:
    std::string_view rest_;
};

class Writer {
  public:
    explicit Writer(char* to) : begin_(to), at_(to) {}

    void byte(unsigned char value) { *at_++ = static_cast<char>(value); }

    void text(std::string_view value) { at_ = std::copy(value.begin(), value.end(), at_); }

    void number(Int128 value) {
        Unsigned128 folded = value < 0 ? (static_cast<Unsigned128>(-(value + 1)) << 1) | 1U
                                       : static_cast<Unsigned128>(value) << 1;
        while (folded >= 0x80U) {
            byte(static_cast<unsigned char>(folded & 0x7FU) | 0x80U);
            folded >>= 7;
        }
        byte(static_cast<unsigned char>(folded));
    }

    void decimal(const Decimal& value) {
        byte(static_cast<unsigned char>(value.scale));
        number(value.coefficient);
    }

    [[nodiscard]] std::string_view written() const {
        return {begin_, static_cast<std::size_t>(at_ - begin_)};
    }

  private:
    char* begin_;
    char* at_;
};

} // namespace

Stripe read_stripe(std::string_view bytes, Arena& arena) {
    Stripe stripe;
    if (bytes.empty()) {
        return stripe;
    }
    Reader reader(bytes);
    if (reader.byte() != version) {
        throw_damaged();
    }
    while (!reader.is_done()) {
        StripeCounter counter;
        const std::size_t name_size = reader.byte();
        counter.name = reader.text(name_size);
        counter.window = reader.instant();
        counter.epoch = reader.instant();
        const unsigned char marks = reader.byte();
        counter.raised = (marks & raised_mark) != 0;
        counter.warned = (marks & warned_mark) != 0;
        counter.latched = (marks & latched_mark) != 0;
        counter.moved = reader.decimal();
        counter.spent = reader.decimal();
        stripe.push_back(arena, counter);
    }
    return stripe;
}

Stripe without_ended(const Stripe& stripe, Instant now, Arena& arena) {
    constexpr std::int64_t longest = 62 * micros_per_day;
    Stripe kept;
    for (const StripeCounter& counter : stripe) {
        const bool is_limit = counter.name.substr(0, limit_prefix.size()) == limit_prefix;
        if (!is_limit || counter.window == always || counter.window > now - longest) {
            kept.push_back(arena, counter);
        }
    }
    return kept;
}

std::string_view write_stripe(const Stripe& stripe, Arena& arena) {
    std::size_t room = 1;
    for (const StripeCounter& counter : stripe) {
        if (counter.name.size() > name_bytes_max) {
            throw_invalid("the name of a platform-wide limit is too long",
                          "it has more than 250 bytes",
                          "give the limit a shorter name");
        }
        room += counter_bytes_max + counter.name.size();
    }
    Writer writer(allocate_array<char>(arena, room));
    writer.byte(version);
    for (const StripeCounter& counter : stripe) {
        writer.byte(static_cast<unsigned char>(counter.name.size()));
        writer.text(counter.name);
        writer.number(counter.window);
        writer.number(counter.epoch);
        writer.byte(static_cast<unsigned char>((counter.raised ? raised_mark : 0U) |
                                               (counter.warned ? warned_mark : 0U) |
                                               (counter.latched ? latched_mark : 0U)));
        writer.decimal(counter.moved);
        writer.decimal(counter.spent);
    }
    return writer.written();
}

} // namespace credits::core
