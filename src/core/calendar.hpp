// Days and periods of an account: calendar-exact boundaries in its time zone.
// Owns the arithmetic of civil dates; knows time zones only through Zone, never a zone database.
#pragma once

#include <cstdint>
#include <limits>

namespace credits::core {

// Instant is microseconds since 2000-01-01 00:00 UTC. LocalTime is the same count on a wall clock.
using Instant = std::int64_t;
using LocalTime = std::int64_t;

inline constexpr Instant always = std::numeric_limits<Instant>::min();
inline constexpr Instant never = std::numeric_limits<Instant>::max();
inline constexpr std::int64_t micros_per_second = 1'000'000;
inline constexpr std::int64_t micros_per_day = 86'400 * micros_per_second;

// Zone turns instants into wall-clock time and back; a wall-clock time that a change of the clocks
// skips or repeats becomes some instant next to the change.
class Zone {
  public:
    [[nodiscard]] virtual LocalTime to_local(Instant instant) const noexcept = 0;
    [[nodiscard]] virtual Instant to_instant(LocalTime local) const noexcept = 0;

    Zone() = default;
    Zone(const Zone&) = delete;
    Zone(Zone&&) = delete;
    Zone& operator=(const Zone&) = delete;
    Zone& operator=(Zone&&) = delete;

  protected:
    ~Zone() = default;
};

// Cycle is the length of a period; all zero means calendar months.
struct Cycle {
    std::int32_t months = 0;
    std::int32_t days = 0;
    std::int64_t micros = 0;

    friend constexpr bool operator==(const Cycle&, const Cycle&) = default;

    [[nodiscard]] constexpr bool is_none() const { return months == 0 && days == 0 && micros == 0; }
};

struct Period {
    Instant start = 0;
    Instant end = 0;
};

// day_start is the last midnight at or before an instant, day_end the first one after it.
Instant day_start(const Zone& zone, Instant instant);
Instant day_end(const Zone& zone, Instant instant);

// add_months moves a wall-clock time by whole months; the day is cut to the month's last one.
LocalTime add_months(LocalTime local, std::int64_t months);

// later is the moment a cycle after another: whole months and days on the wall clock, then the
// rest.
Instant later(const Zone& zone, Instant moment, const Cycle& cycle);

// period_at is the period that contains an instant: boundary k lies k cycles from the anchor, each
// counted from the anchor itself, so that the 31st comes back after a short month.
Period period_at(const Zone& zone, Instant anchor, const Cycle& cycle, Instant instant);

} // namespace credits::core
