// Counting: fixed windows that begin anew by themselves, slots of sliding ones, marks.
#include "core/counters.hpp"

#include <algorithm>
#include <compare>

namespace credits::core {

namespace {

bool is_sliding(const Counter& counter) {
    return counter.key.window.kind == WindowKind::sliding;
}

// A window of the plan's period is known by its start, which a change of plan may move.
bool runs(const Counter& counter, const Present& present) {
    if (counter.key.window.kind == WindowKind::period) {
        return counter.from >= present.clock->period_start;
    }
    return present.now < counter.end;
}

bool is_positive(const Decimal& value) {
    return value.coefficient > 0;
}

// find_in keeps the constness of where it looks.
template <class State>
auto* find_in(State& counters, const CounterKey& key) {
    auto* found = std::find_if(counters.counters.begin(),
                               counters.counters.end(),
                               [&key](const Counter& counter) { return counter.key == key; });
    return found == counters.counters.end() ? nullptr : found;
}

template <class State>
auto* find_mark(State& counters, std::string_view limit_name, MarkKind kind) {
    auto* found = std::find_if(
        counters.marks.begin(), counters.marks.end(), [limit_name, kind](const Mark& mark) {
            return mark.kind == kind && mark.limit_name == limit_name;
        });
    return found == counters.marks.end() ? nullptr : found;
}

// slot_at begins with the newest, which is nearly always the one.
template <class Slots>
auto* slot_at(Slots& slots, std::int64_t slot) {
    auto* after = slots.end();
    while (after != slots.begin() && (after - 1)->slot > slot) {
        --after;
    }
    return after != slots.begin() && (after - 1)->slot == slot ? after - 1 : nullptr;
}

const Decimal& smaller(const Decimal& left, const Decimal& right) {
    return std::is_lt(compare(right, left)) ? right : left;
}

// insert_sorted puts a value before the first one that does not come before it.
template <class T, class Before>
T& insert_sorted(List<T>& list, Arena& arena, const T& value, const Before& before) {
    list.push_back(arena, value);
    T* at = list.end() - 1;
    for (; at != list.begin() && !before(*(at - 1)); --at) {
        *at = *(at - 1);
    }
    *at = value;
    return *at;
}

Instant end_of(const CounterKey& key, const Present& present) {
    return key.window.kind == WindowKind::period
               ? never
               : span_of(key.window, *present.clock, present.now).end;
}

Counter& counter_of(Counters& counters, const CounterKey& key, const Present& present) {
    if (Counter* found = find_in(counters, key)) {
        return *found;
    }
    Counter fresh;
    fresh.key = key;
    if (key.window.kind != WindowKind::sliding) {
        fresh.from = present.now;
        fresh.end = end_of(key, present);
    }
    return insert_sorted(counters.counters, *counters.arena, fresh, [&key](const Counter& other) {
        return comes_before(other.key, key);
    });
}

// A window that is over begins anew; it has been counted in since its start.
void bring_up_to_date(Counter& counter, const Present& present) {
    if (!runs(counter, present)) {
        const Period span = span_of(counter.key.window, *present.clock, present.now);
        counter.from = span.start;
        counter.end = end_of(counter.key, present);
        counter.used = {};
    }
}

// Slots that are over go: they are the first ones.
void drop_slots(Counter& counter, const Present& present) {
    const std::int64_t first = first_live_slot(counter.key.window, present.now);
    const auto* live =
        std::find_if(counter.slots.begin(), counter.slots.end(), [first](const CounterSlot& slot) {
            return slot.slot >= first;
        });
    if (live == counter.slots.begin()) {
        return;
    }
    for (const CounterSlot* slot = counter.slots.begin(); slot != live; ++slot) {
        counter.used = counter.used - slot->used;
    }
    counter.slots.drop_first(static_cast<std::uint32_t>(live - counter.slots.begin()));
}

void add_sliding(
    Counter& counter, Arena& arena, const Decimal& amount, Instant moment, const Present& present) {
    const std::int64_t slot = slot_of(counter.key.window, moment);
    if (slot < first_live_slot(counter.key.window, present.now)) {
        return;
    }
    drop_slots(counter, present);
    CounterSlot* found = slot_at(counter.slots, slot);
    if (found == nullptr) {
        found = &insert_sorted(counter.slots,
                               arena,
                               CounterSlot{slot, {}},
                               [slot](const CounterSlot& other) { return other.slot < slot; });
    }
    counter.used = counter.used + amount;
    found->used = found->used + amount;
}

Instant end_of_window(const Counter* counter, const Window& window, const Present& present) {
    if (window.kind == WindowKind::period) {
        return present.clock->period_end;
    }
    return counter != nullptr && runs(*counter, present)
               ? counter->end
               : span_of(window, *present.clock, present.now).end;
}

// earliest_with is the first moment at which what is used then satisfies a condition, the more
// likely the less it is. Added is what is used now beside what is counted.
template <class Condition>
Instant earliest_with(const Counter* counter,
                      const Window& window,
                      const Decimal& added,
                      const Present& present,
                      const Condition& condition) {
    Decimal used = used_in(counter, present) + added;
    if (condition(used)) {
        return present.now;
    }
    if (!condition(Decimal{})) {
        return never;
    }
    if (window.kind != WindowKind::sliding) {
        return end_of_window(counter, window, present);
    }
    const std::int64_t first = first_live_slot(window, present.now);
    for (std::uint32_t at = 0; counter != nullptr && at < counter->slots.size(); ++at) {
        const CounterSlot& slot = counter->slots[at];
        if (slot.slot < first) {
            continue;
        }
        used = used - slot.used;
        if (condition(used)) {
            return slot_ends_at(window, slot.slot);
        }
    }
    return slot_ends_at(window, slot_of(window, present.now));
}

} // namespace

const Counter* find(const Counters& counters, const CounterKey& key) {
    return find_in(counters, key);
}

Decimal used_in(const Counter* counter, const Present& present) {
    if (counter == nullptr) {
        return {};
    }
    if (!is_sliding(*counter)) {
        return runs(*counter, present) ? counter->used : Decimal{};
    }
    const std::int64_t first = first_live_slot(counter->key.window, present.now);
    Decimal used = counter->used;
    for (const CounterSlot& slot : counter->slots) {
        if (slot.slot >= first) {
            break;
        }
        used = used - slot.used;
    }
    return used;
}

void add(Counters& counters,
         const CounterKey& key,
         const Decimal& amount,
         Instant moment,
         const Present& present) {
    if (!is_positive(amount)) {
        return;
    }
    Counter& counter = counter_of(counters, key, present);
    counters.changed = true;
    if (is_sliding(counter)) {
        add_sliding(counter, *counters.arena, amount, moment, present);
        return;
    }
    bring_up_to_date(counter, present);
    if (moment < counter.from && moment >= span_of(key.window, *present.clock, present.now).start) {
        counter.from = moment;
    }
    if (moment >= counter.from) {
        counter.used = counter.used + amount;
    }
}

Decimal
takeable(const Counter* counter, const Decimal& amount, Instant moment, const Present& present) {
    if (counter == nullptr || !is_positive(amount)) {
        return {};
    }
    if (!is_sliding(*counter)) {
        const bool is_counted = runs(*counter, present) && moment >= counter->from;
        return is_counted ? smaller(amount, counter->used) : Decimal{};
    }
    const std::int64_t slot = slot_of(counter->key.window, moment);
    const CounterSlot* found = slot < first_live_slot(counter->key.window, present.now)
                                   ? nullptr
                                   : slot_at(counter->slots, slot);
    return found == nullptr ? Decimal{} : smaller(amount, found->used);
}

void take_back(Counters& counters,
               const CounterKey& key,
               const Decimal& amount,
               Instant moment,
               const Present& present) {
    Counter* counter = find_in(counters, key);
    const Decimal taken = takeable(counter, amount, moment, present);
    if (!is_positive(taken)) {
        return;
    }
    counters.changed = true;
    counter->used = counter->used - taken;
    if (is_sliding(*counter)) {
        CounterSlot* slot = slot_at(counter->slots, slot_of(key.window, moment));
        slot->used = slot->used - taken;
    }
}

Instant room_at(const Counter* counter,
                const Window& window,
                const Decimal& amount,
                const Decimal& limit,
                const Present& present) {
    return earliest_with(counter, window, {}, present, [&](const Decimal& used) {
        return std::is_lteq(compare(used + amount, limit));
    });
}

Instant below_at(const Counter* counter,
                 const Window& window,
                 const Decimal& added,
                 const Decimal& limit,
                 const Present& present) {
    return earliest_with(counter, window, added, present, [&](const Decimal& used) {
        return std::is_lt(compare(used, limit));
    });
}

Instant falls_at(const Counter* counter, const Window& window, const Present& present) {
    const Decimal used = used_in(counter, present);
    if (used.is_zero()) {
        return never;
    }
    return below_at(counter, window, {}, used, present);
}

const Mark* mark_of(const Counters& counters, std::string_view limit_name, MarkKind kind) {
    const Mark* mark = find_mark(counters, limit_name, kind);
    return mark != nullptr && mark->is_set ? mark : nullptr;
}

void set_mark(Counters& counters, std::string_view limit_name, MarkKind kind, Instant at) {
    counters.changed = true;
    if (Mark* mark = find_mark(counters, limit_name, kind)) {
        mark->is_set = true;
        mark->at = at;
        return;
    }
    const Mark fresh{limit_name, kind, true, at};
    insert_sorted(counters.marks, *counters.arena, fresh, [&fresh](const Mark& other) {
        return comes_before(other, fresh);
    });
}

void clear_mark(Counters& counters, std::string_view limit_name, MarkKind kind) {
    Mark* mark = find_mark(counters, limit_name, kind);
    if (mark != nullptr && mark->is_set) {
        mark->is_set = false;
        counters.changed = true;
    }
}

} // namespace credits::core
