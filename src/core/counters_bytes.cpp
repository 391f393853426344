// The stored form of counters. A byte for the version and whether there are denials; the counters,
// then the marks, each list with its length before it, in order of their keys; the denials. Numbers
// are base-128, smallest form only: equal states are equal bytes, and bytes that no state would be
// written as are damaged.
#include "core/counters.hpp"

#include "core/packed_bytes.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace credits::core {

namespace {

constexpr unsigned version = 1;
constexpr unsigned with_denials = 0x80;
constexpr unsigned metric_bits = 3;
constexpr unsigned kind_bits = 3;
constexpr unsigned metrics = 5;
constexpr unsigned window_kinds = 7;
constexpr unsigned mark_kinds = 4;

// What is beyond is no time of any call: sums of such times stay within 64 bits.
constexpr std::int64_t time_max = std::numeric_limits<std::int64_t>::max() / 4;

// More than any number or amount takes.
constexpr std::size_t frame_room = 48; // version, lengths, denials
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

bool is_left(const Counter& counter, const Present& present) {
    return !used_in(&counter, present).is_zero();
}

bool is_left(const Mark& mark, const Present& present) {
    return mark.is_set && (mark.kind != MarkKind::blocked || mark.at > present.now);
}

std::size_t room_for(const Counters& counters) {
    std::size_t room = frame_room;
    for (const Counter& counter : counters.counters) {
        room += counter_room + counter.slots.size() * slot_room + counter.key.provider.size() +
                counter.key.model.size() + counter.key.action.size();
    }
    for (const Mark& mark : counters.marks) {
        room += mark_room + mark.limit_name.size();
    }
    return room;
}

void write_slots(PackedWriter& writer, const Counter& counter, const Present& present) {
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

void write_counter(PackedWriter& writer, const Counter& counter, const Present& present) {
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

CounterKey read_key(PackedReader& reader) {
    const unsigned head = reader.byte();
    const unsigned metric = head & ((1U << metric_bits) - 1U);
    const unsigned kind = (head >> metric_bits) & ((1U << kind_bits) - 1U);
    const unsigned filtered = head >> (metric_bits + kind_bits);
    PackedReader::demand(metric < metrics && kind < window_kinds && filtered <= 1);
    CounterKey key;
    key.metric = static_cast<Metric>(metric);
    key.window.kind = static_cast<WindowKind>(kind);
    if (filtered == 1) {
        key.provider = reader.characters(reader.number());
        key.model = reader.characters(reader.number());
        key.action = reader.characters(reader.number());
        PackedReader::demand(is_filtered(key));
    }
    return key;
}

void read_slots(PackedReader& reader, Counter& counter, Arena& arena) {
    counter.key.window.length = PackedReader::integer(static_cast<Int128>(reader.number()));
    PackedReader::demand(counter.key.window.length > 0 && counter.key.window.length <= time_max);
    const std::int64_t furthest = time_max / slot_length(counter.key.window);
    const std::uint32_t count = reader.count();
    PackedReader::demand(count > 0);
    counter.slots.reserve(arena, count + 1); // the call's own
    // Whole amounts, which most are, are read and added up apart: this loop is what reading costs.
    constexpr Int128 small = std::numeric_limits<std::int64_t>::max();
    Int128 whole = 0;
    std::int64_t before = 0;
    for (std::uint32_t at = 0; at < count; ++at) {
        const Int128 step = reader.signed_number();
        PackedReader::demand(at == 0 || step > 0);
        before = PackedReader::integer(Int128{PackedReader::integer(step)} + before);
        PackedReader::demand(std::abs(before) <= furthest);
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

void read_counter(PackedReader& reader, Counter& counter, Arena& arena) {
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

Mark read_mark(PackedReader& reader) {
    const UInt128 head = reader.number();
    Mark mark;
    mark.kind = static_cast<MarkKind>(head % mark_kinds);
    mark.limit_name = reader.characters(head / mark_kinds);
    mark.at = reader.instant();
    return mark;
}

void write_denials(PackedWriter& writer, const Denials& denials) {
    const bool is_sampled = denials.sampled_at != always;
    writer.number(static_cast<std::uint64_t>(denials.count) * 2U + (is_sampled ? 1U : 0U));
    if (is_sampled) {
        writer.instant(denials.sampled_at);
    }
}

Denials read_denials(PackedReader& reader) {
    Denials denials;
    const UInt128 head = reader.number();
    denials.count = reader.integer(static_cast<Int128>(head >> 1U));
    if ((head & 1U) != 0) {
        denials.sampled_at = reader.instant();
    }
    PackedReader::demand(denials != Denials{});
    return denials;
}

} // namespace

Counters decode_counters(std::string_view bytes, Arena& arena) {
    Counters counters;
    counters.arena = &arena;
    if (bytes.empty()) {
        return counters;
    }
    PackedReader reader(bytes);
    const unsigned head = reader.byte();
    PackedReader::demand((head & ~with_denials) == version);
    const std::uint32_t counter_count = reader.count();
    counters.counters.reserve(arena, counter_count);
    for (std::uint32_t at = 0; at < counter_count; ++at) {
        Counter& counter = counters.counters.emplace_back(arena);
        read_counter(reader, counter, arena);
        PackedReader::demand(at == 0 || comes_before((&counter - 1)->key, counter.key));
    }
    const std::uint32_t mark_count = reader.count();
    counters.marks.reserve(arena, mark_count);
    for (std::uint32_t at = 0; at < mark_count; ++at) {
        const Mark mark = read_mark(reader);
        PackedReader::demand(at == 0 || comes_before(counters.marks.back(), mark));
        counters.marks.push_back(arena, mark);
    }
    if ((head & with_denials) != 0) {
        counters.denials = read_denials(reader);
    }
    PackedReader::demand(counter_count + mark_count > 0 || counters.denials != Denials{});
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
    PackedWriter writer(*counters.arena, room_for(counters));
    writer.byte(version | (has_denials ? with_denials : 0));
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
