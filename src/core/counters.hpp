// What one subject (an account, a member, a team ...) has used, window by window, and what its
// limits have already said. Owns the counters' arithmetic; their stored form is counters_bytes.
// Knows no limit: limits with the same key share a counter.
#pragma once

#include "core/arena.hpp"
#include "core/money.hpp"
#include "core/policy_terms.hpp"
#include "core/windows.hpp"

#include <cstdint>
#include <string_view>
#include <tuple>

namespace credits::core {

// CounterKey: calls that name provider, model and action (empty: any) are counted.
struct CounterKey {
    Metric metric = Metric::requests;
    Window window;
    std::string_view provider;
    std::string_view model;
    std::string_view action;

    friend bool operator==(const CounterKey&, const CounterKey&) = default;
};

inline bool comes_before(const CounterKey& left, const CounterKey& right) {
    const auto ordered = [](const CounterKey& key) {
        return std::tie(
            key.metric, key.window.kind, key.window.length, key.provider, key.model, key.action);
    };
    return ordered(left) < ordered(right);
}

struct CounterSlot {
    std::int64_t slot = 0;
    Decimal used;
};

// Counter of a fixed window: "used" since the moment "from", the window's start or where counting
// began within it; it is over at "end". Of a sliding one: slots in order of time, "used" in all.
struct Counter {
    CounterKey key;
    Instant from = always;
    Instant end = never;
    Decimal used;
    List<CounterSlot> slots;
};

// What a limit has said. warned, flagged, degraded: since "at"; blocked: until "at".
enum class MarkKind : std::uint8_t { warned, flagged, degraded, blocked };

struct Mark {
    std::string_view limit_name;
    MarkKind kind = MarkKind::warned;
    bool is_set = true;
    Instant at = 0;
};

inline bool comes_before(const Mark& left, const Mark& right) {
    return std::tie(left.limit_name, left.kind) < std::tie(right.limit_name, right.kind);
}

// Present is the time as a subject's windows see it. Moments handed over beside it are never later.
struct Present {
    const WindowClock* clock = nullptr;
    Instant now = 0;
};

// Denials are refusals since one of them was last written down.
struct Denials {
    std::int64_t count = 0;
    Instant sampled_at = always; // always: none was yet

    friend constexpr bool operator==(const Denials&, const Denials&) = default;
};

// Counters is plain data; counters and marks are kept in order of their keys.
struct Counters {
    Arena* arena = nullptr;
    List<Counter> counters;
    List<Mark> marks;
    Denials denials;
    bool changed = false;
};

// find is null where nothing has been counted.
const Counter* find(const Counters& counters, const CounterKey& key);

// used_in is what counts at present; of no counter nothing.
Decimal used_in(const Counter* counter, const Present& present);

// add counts an amount (never negative) at the moment it was used; nothing where that moment's
// window or slot is over.
void add(Counters& counters,
         const CounterKey& key,
         const Decimal& amount,
         Instant moment,
         const Present& present);

// takeable is how much of an amount that was counted at a moment is still counted.
Decimal
takeable(const Counter* counter, const Decimal& amount, Instant moment, const Present& present);

// take_back undoes add as far as the amount is takeable.
void take_back(Counters& counters,
               const CounterKey& key,
               const Decimal& amount,
               Instant moment,
               const Present& present);

// room_at is the earliest moment at which an amount fits under a limit, if nothing more is used.
Instant room_at(const Counter* counter,
                const Window& window,
                const Decimal& amount,
                const Decimal& limit,
                const Present& present);

// below_at is the earliest moment at which less than a limit is used, if "added" is used now and
// nothing more after it.
Instant below_at(const Counter* counter,
                 const Window& window,
                 const Decimal& added,
                 const Decimal& limit,
                 const Present& present);

// falls_at is the next moment at which time alone makes the use less; never where there is none.
Instant falls_at(const Counter* counter, const Window& window, const Present& present);

// mark_of is null where it is not set.
const Mark* mark_of(const Counters& counters, std::string_view limit_name, MarkKind kind);
void set_mark(Counters& counters, std::string_view limit_name, MarkKind kind, Instant at);
void clear_mark(Counters& counters, std::string_view limit_name, MarkKind kind);

// decode_counters reads what encode_counters wrote; damaged bytes throw. Texts are views of the
// bytes. No bytes: nothing counted yet.
Counters decode_counters(std::string_view bytes, Arena& arena);

// encode_counters writes the one form of a state into the arena, without what is over; no bytes
// where nothing is left.
std::string_view encode_counters(const Counters& counters, const Present& present);

} // namespace credits::core
