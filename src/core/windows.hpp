// The stretches of time that limits count over: fixed ones of the calendar or the plan, and sliding
// ones cut into slots. Owns their boundaries; counts nothing.
#pragma once

#include "core/calendar.hpp"
#include "core/policy_terms.hpp"

#include <cstdint>

namespace credits::core {

// WindowClock is what a window's boundaries depend on: the zone of its hours, days, weeks and
// months, and the plan's period.
struct WindowClock {
    const Zone* zone = nullptr;
    Instant period_start = always;
    Instant period_end = never;
};

// span_of is the fixed window that contains a moment. An hour that a change of the clocks repeats
// is a window of its own; one that a change cuts short ends with it.
Period span_of(const Window& window, const WindowClock& clock, Instant moment);

// A slot is a sixtieth of a sliding window; slot k holds what came after the moment (k - 1) × slot
// up to k × slot, that moment included. It counts as long as any moment in it does: so no stretch
// of the window's length ever holds more than was counted, and room comes back less than a slot
// late (not late at all for what came at a slot's last moment).
std::int64_t slot_length(const Window& window);
std::int64_t slot_of(const Window& window, Instant moment);

// first_live_slot is the oldest slot that still counts.
std::int64_t first_live_slot(const Window& window, Instant now);

// slot_ends_at is the first moment at which a slot no longer counts.
Instant slot_ends_at(const Window& window, std::int64_t slot);

} // namespace credits::core
