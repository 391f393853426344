// Boundaries of windows: calendar ones through the zone, sliding ones by whole slots.
#include "core/windows.hpp"

#include <algorithm>

namespace credits::core {

namespace {

constexpr std::int64_t slots_per_window = 60;
constexpr std::int64_t micros_per_hour = 3'600 * micros_per_second;
constexpr LocalTime first_monday = 2 * micros_per_day; // 2000-01-03

constexpr std::int64_t floor_div(std::int64_t dividend, std::int64_t divisor) {
    const std::int64_t whole = dividend / divisor;
    return dividend % divisor < 0 ? whole - 1 : whole;
}

std::int64_t offset_at(const Zone& zone, Instant instant) {
    return zone.to_local(instant) - instant;
}

// The first instant after "before" that has the offset of "after", which differs from that of
// "before".
Instant clock_change_between(const Zone& zone, Instant before, Instant after) {
    const std::int64_t offset = offset_at(zone, after);
    while (after - before > 1) {
        const Instant middle = before + (after - before) / 2;
        (offset_at(zone, middle) == offset ? after : before) = middle;
    }
    return after;
}

// The hour of the wall clock, as far as that clock runs without a change.
Period hour_at(const Zone& zone, Instant moment) {
    const std::int64_t offset = offset_at(zone, moment);
    Instant start = floor_div(moment + offset, micros_per_hour) * micros_per_hour - offset;
    Instant end = start + micros_per_hour;
    if (offset_at(zone, start) != offset) {
        start = clock_change_between(zone, start, moment);
    }
    if (offset_at(zone, end - 1) != offset) {
        end = clock_change_between(zone, moment, end - 1);
    }
    return {start, end};
}

} // namespace

Period span_of(const Window& window, const WindowClock& clock, Instant moment) {
    switch (window.kind) {
    case WindowKind::hour:
        return hour_at(*clock.zone, moment);
    case WindowKind::day:
        return {day_start(*clock.zone, moment), day_end(*clock.zone, moment)};
    case WindowKind::week:
        return period_at(*clock.zone, clock.zone->to_instant(first_monday), Cycle{0, 7, 0}, moment);
    case WindowKind::month:
        return period_at(*clock.zone, 0, Cycle{}, moment);
    case WindowKind::period:
        return {clock.period_start, clock.period_end};
    case WindowKind::sliding:
    case WindowKind::lifetime:
        break;
    }
    return {always, never};
}

std::int64_t slot_length(const Window& window) {
    return std::max<std::int64_t>(1, window.length / slots_per_window);
}

std::int64_t slot_of(const Window& window, Instant moment) {
    return floor_div(moment - 1, slot_length(window)) + 1;
}

std::int64_t first_live_slot(const Window& window, Instant now) {
    return floor_div(now - window.length, slot_length(window)) + 1;
}

Instant slot_ends_at(const Window& window, std::int64_t slot) {
    return slot * slot_length(window) + window.length;
}

} // namespace credits::core
