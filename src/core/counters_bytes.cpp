// The stored form of counters. A version byte; the counters, then the marks, each list with its
// length before it, in order of their keys; denials, where there are any. Numbers are base-128,
// smallest form only: equal states are equal bytes, and bytes that no state would be written as are
// damaged.
#include "core/counters.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace credits::core {

namespace {

__extension__ using UInt128 = unsigned __int128;

constexpr char version = 1;
constexpr unsigned metric_bits = 3;
constexpr unsigned kind_bits = 3;
constexpr unsigned metrics = 5;
constexpr unsigned window_kinds = 7;
constexpr unsigned mark_kinds = 4;

// What is beyond is no time of any call: sums of such times stay within 64 bits.
constexpr std::int64_t time_max = std::numeric_limits<std::int64_t>::max() / 4;

// More than any number or amount takes.
constexpr std::size_t counter_room = 96;
constexpr std::size_t slot_room = 32;
constexpr std::size_t mark_room = 32;

bool has_end(WindowKind kind) {
    return kind == WindowKind::hour || kind == WindowKind::day || kind == WindowKind::week ||
           kind == WindowKind::month;
}

bool is_filtered(const CounterKey& key) {
    return !key.provider.empty() || !key.model.empty() || !key.action.empty();
}

// Writer is given room for all that will be written.
class Writer {
  public:
    Writer(Arena& arena, std::size_t room)
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

class Reader {
  public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

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

    [[nodiscard]] bool is_at_end() const { return at_ == bytes_.size(); }

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

bool is_left(const Counter& counter, const Present& present) {
    return !used_in(&counter, present).is_zero();
}

bool is_left(const Mark& mark, const Present& present) {
    return mark.is_set && (mark.kind != MarkKind::blocked || mark.at > present.now);
}

std::size_t room_for(const Counters& counters) {
    std::size_t room = 16;
    for (const Counter& counter : counters.counters) {
        room += counter_room + counter.slots.size() * slot_room + counter.key.provider.size() +
                counter.key.model.size() + counter.key.action.size();
    }
    for (const Mark& mark : counters.marks) {
        room += mark_room + mark.limit_name.size();
    }
    return room;
}

void write_slots(Writer& writer, const Counter& counter, const Present& present) {
    const std::int64_t first = first_live_slot(counter.key.window, present.now);
    const auto is_live = [first](const CounterSlot& slot) {
        return slot.slot >= first && !slot.used.is_zero();
    };
    writer.number(static_cast<std::uint64_t>(counter.key.window.length));
    writer.number(static_cast<std::uint64_t>(
        std::count_if(counter.slots.begin(), counter.slots.end(), is_live)));
    std::int64_t before = 0;
    for (const CounterSlot& slot : counter.slots) {
        if (is_live(slot)) {
            writer.signed_number(Int128{slot.slot} - before);
            writer.amount(slot.used);
            before = slot.slot;
        }
    }
}

void write_counter(Writer& writer, const Counter& counter, const Present& present) {
    const CounterKey& key = counter.key;
    writer.byte(static_cast<unsigned>(key.metric) |
                static_cast<unsigned>(key.window.kind) << metric_bits |
                (is_filtered(key) ? 1U : 0U) << (metric_bits + kind_bits));
    if (is_filtered(key)) {
        writer.text(key.provider);
        writer.text(key.model);
        writer.text(key.action);
    }
    if (key.window.kind == WindowKind::sliding) {
        write_slots(writer, counter, present);
        return;
    }
    writer.instant(counter.from);
    if (has_end(key.window.kind)) {
        writer.instant(counter.end);
    }
    writer.amount(counter.used);
}

CounterKey read_key(Reader& reader) {
    const unsigned head = reader.byte();
    const unsigned metric = head & ((1U << metric_bits) - 1U);
    const unsigned kind = (head >> metric_bits) & ((1U << kind_bits) - 1U);
    const unsigned filtered = head >> (metric_bits + kind_bits);
    Reader::demand(metric < metrics && kind < window_kinds && filtered <= 1);
    CounterKey key;
    key.metric = static_cast<Metric>(metric);
    key.window.kind = static_cast<WindowKind>(kind);
    if (filtered == 1) {
        key.provider = reader.characters(reader.number());
        key.model = reader.characters(reader.number());
        key.action = reader.characters(reader.number());
        Reader::demand(is_filtered(key));
    }
    return key;
}

void read_slots(Reader& reader, Counter& counter, Arena& arena) {
    counter.key.window.length = Reader::integer(static_cast<Int128>(reader.number()));
    Reader::demand(counter.key.window.length > 0 && counter.key.window.length <= time_max);
    const std::int64_t furthest = time_max / slot_length(counter.key.window);
    const std::uint32_t count = reader.count();
    Reader::demand(count > 0);
    counter.slots.reserve(arena, count + 1); // the call's own
    // Whole amounts, which most are, are read and added up apart: this loop is what reading costs.
    constexpr Int128 small = std::numeric_limits<std::int64_t>::max();
    Int128 whole = 0;
    std::int64_t before = 0;
    for (std::uint32_t at = 0; at < count; ++at) {
        const Int128 step = reader.signed_number();
        Reader::demand(at == 0 || step > 0);
        before = Reader::integer(Int128{Reader::integer(step)} + before);
        Reader::demand(std::abs(before) <= furthest);
        CounterSlot& slot = counter.slots.emplace_back(arena);
        slot.slot = before;
        reader.amount(slot.used);
        if (slot.used.scale == 0 && slot.used.coefficient <= small) {
            whole += slot.used.coefficient;
        } else {
            counter.used = counter.used + slot.used;
        }
    }
    counter.used = counter.used + Decimal{whole, 0};
}

void read_counter(Reader& reader, Counter& counter, Arena& arena) {
    counter.key = read_key(reader);
    if (counter.key.window.kind == WindowKind::sliding) {
        read_slots(reader, counter, arena);
        return;
    }
    counter.from = reader.instant();
    if (has_end(counter.key.window.kind)) {
        counter.end = reader.instant();
    }
    reader.amount(counter.used);
}

Mark read_mark(Reader& reader) {
    const UInt128 head = reader.number();
    Mark mark;
    mark.kind = static_cast<MarkKind>(head % mark_kinds);
    mark.limit_name = reader.characters(head / mark_kinds);
    mark.at = reader.instant();
    return mark;
}

void write_denials(Writer& writer, const Denials& denials) {
    const bool is_sampled = denials.sampled_at != always;
    writer.number(static_cast<std::uint64_t>(denials.count) * 2U + (is_sampled ? 1U : 0U));
    if (is_sampled) {
        writer.instant(denials.sampled_at);
    }
}

Denials read_denials(Reader& reader) {
    Denials denials;
    if (reader.is_at_end()) {
        return denials;
    }
    const UInt128 head = reader.number();
    denials.count = reader.integer(static_cast<Int128>(head >> 1U));
    if ((head & 1U) != 0) {
        denials.sampled_at = reader.instant();
    }
    Reader::demand(denials != Denials{});
    return denials;
}

} // namespace

Counters decode_counters(std::string_view bytes, Arena& arena) {
    Counters counters;
    counters.arena = &arena;
    if (bytes.empty()) {
        return counters;
    }
    Reader reader(bytes);
    Reader::demand(reader.byte() == static_cast<unsigned>(version));
    const std::uint32_t counter_count = reader.count();
    counters.counters.reserve(arena, counter_count);
    for (std::uint32_t at = 0; at < counter_count; ++at) {
        Counter& counter = counters.counters.emplace_back(arena);
        read_counter(reader, counter, arena);
        Reader::demand(at == 0 || comes_before((&counter - 1)->key, counter.key));
    }
    const std::uint32_t mark_count = reader.count();
    counters.marks.reserve(arena, mark_count);
    for (std::uint32_t at = 0; at < mark_count; ++at) {
        const Mark mark = read_mark(reader);
        Reader::demand(at == 0 || comes_before(counters.marks.back(), mark));
        counters.marks.push_back(arena, mark);
    }
    counters.denials = read_denials(reader);
    Reader::demand(counter_count + mark_count > 0 || counters.denials != Denials{});
    reader.end();
    return counters;
}

std::string_view encode_counters(const Counters& counters, const Present& present) {
    const auto is_kept = [&present](const auto& value) {
        return is_left(value, present);
    };
    const auto kept_counters =
        std::count_if(counters.counters.begin(), counters.counters.end(), is_kept);
    const auto kept_marks = std::count_if(counters.marks.begin(), counters.marks.end(), is_kept);
    const bool has_denials = counters.denials != Denials{};
    if (kept_counters + kept_marks == 0 && !has_denials) {
        return {};
    }
    Writer writer(*counters.arena, room_for(counters));
    writer.byte(static_cast<unsigned>(version));
    writer.number(static_cast<std::uint64_t>(kept_counters));
    for (const Counter& counter : counters.counters) {
        if (is_kept(counter)) {
            write_counter(writer, counter, present);
        }
    }
    writer.number(static_cast<std::uint64_t>(kept_marks));
    for (const Mark& mark : counters.marks) {
        if (is_kept(mark)) {
            writer.number(mark.limit_name.size() * mark_kinds + static_cast<unsigned>(mark.kind));
            writer.characters(mark.limit_name);
            writer.instant(mark.at);
        }
    }
    if (has_denials) {
        write_denials(writer, counters.denials);
    }
    return writer.bytes();
}

} // namespace credits::core
