// Civil-date arithmetic (proleptic Gregorian) and the boundaries of days and periods.
#include "core/calendar.hpp"

#include "core/error.hpp"

namespace credits::core {

namespace {

constexpr std::int64_t average_month_micros = 2'629'746 * micros_per_second;

// Days are counted in eras of 400 years that begin on 1 March, where leap days fall last.
constexpr std::int64_t days_per_era = 146'097;
constexpr std::int64_t era_days_before_2000 = 730'425; // from 0000-03-01 to 2000-01-01

struct Date {
    std::int64_t year;
    int month;
    int day;
};

constexpr std::int64_t floor_div(std::int64_t dividend, std::int64_t divisor) {
    const std::int64_t whole = dividend / divisor;
    return dividend % divisor < 0 ? whole - 1 : whole;
}

constexpr std::int64_t days_from(const Date& date) {
    const std::int64_t year = date.month <= 2 ? date.year - 1 : date.year;
    const std::int64_t era = floor_div(year, 400);
    const std::int64_t year_of_era = year - era * 400;
    const std::int64_t month_from_march = date.month > 2 ? date.month - 3 : date.month + 9;
    const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
    const std::int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * days_per_era + day_of_era - era_days_before_2000;
}

constexpr Date date_from(std::int64_t days) {
    const std::int64_t shifted = days + era_days_before_2000;
    const std::int64_t era = floor_div(shifted, days_per_era);
    const std::int64_t day_of_era = shifted - era * days_per_era;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const std::int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
    const int day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    const int month =
        static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    return {era * 400 + year_of_era + (month <= 2 ? 1 : 0), month, day};
}

static_assert(days_from({2000, 1, 1}) == 0 && days_from({2024, 2, 29}) == 8825);
static_assert(date_from(8825).month == 2 && date_from(8825).day == 29);

constexpr int days_in_month(std::int64_t year, int month) {
    const std::int64_t next_year = month == 12 ? year + 1 : year;
    const int next_month = month == 12 ? 1 : month + 1;
    return static_cast<int>(days_from({next_year, next_month, 1}) - days_from({year, month, 1}));
}

struct Anchor {
    Instant instant;
    LocalTime local;
};

// An anchor in an hour that a change of the clocks repeats is its own boundary: read off the wall
// clock it could become the other hour, and the period before it would end right after it began.
Instant boundary(const Zone& zone, const Anchor& anchor, const Cycle& cycle, std::int64_t count) {
    const bool by_calendar = count != 0 && (cycle.months != 0 || cycle.days != 0);
    const LocalTime local =
        add_months(anchor.local, count * cycle.months) + count * cycle.days * micros_per_day;
    return (by_calendar ? zone.to_instant(local) : anchor.instant) + count * cycle.micros;
}

LocalTime last_midnight(const Zone& zone, Instant instant) {
    return floor_div(zone.to_local(instant), micros_per_day) * micros_per_day;
}

void check_cycle(const Cycle& cycle) {
    if (cycle.months < 0 || cycle.days < 0 || cycle.micros < 0) {
        throw_invalid("a period must be longer than zero");
    }
}

} // namespace

// Around a midnight that a change of the clocks repeats or skips, the date shown at an instant may
// be one ahead of its day or behind it: both start from a midnight that is certainly beyond.
Instant day_start(const Zone& zone, Instant instant) {
    LocalTime midnight = last_midnight(zone, instant) + 2 * micros_per_day;
    while (zone.to_instant(midnight) > instant) {
        midnight -= micros_per_day;
    }
    return zone.to_instant(midnight);
}

Instant day_end(const Zone& zone, Instant instant) {
    LocalTime midnight = last_midnight(zone, instant) - micros_per_day;
    while (zone.to_instant(midnight) <= instant) {
        midnight += micros_per_day;
    }
    return zone.to_instant(midnight);
}

LocalTime add_months(LocalTime local, std::int64_t months) {
    const std::int64_t days = floor_div(local, micros_per_day);
    const Date date = date_from(days);
    const std::int64_t month_index = date.year * 12 + (date.month - 1) + months;
    const std::int64_t year = floor_div(month_index, 12);
    const int month = static_cast<int>(month_index - year * 12) + 1;
    const int last = days_in_month(year, month);
    const Date moved{year, month, date.day < last ? date.day : last};
    return days_from(moved) * micros_per_day + (local - days * micros_per_day);
}

Instant later(const Zone& zone, Instant moment, const Cycle& cycle) {
    return boundary(zone, {moment, zone.to_local(moment)}, cycle, 1);
}

Period period_at(const Zone& zone, Instant anchor, const Cycle& cycle, Instant instant) {
    check_cycle(cycle);
    const Cycle counted = cycle.is_none() ? Cycle{1, 0, 0} : cycle;
    const Anchor first =
        cycle.is_none() ? Anchor{zone.to_instant(0), 0} : Anchor{anchor, zone.to_local(anchor)};
    const std::int64_t length =
        counted.months * average_month_micros + counted.days * micros_per_day + counted.micros;
    std::int64_t count = floor_div(instant - first.instant, length);
    while (boundary(zone, first, counted, count) > instant) {
        --count;
    }
    while (boundary(zone, first, counted, count + 1) <= instant) {
        ++count;
    }
    return {boundary(zone, first, counted, count), boundary(zone, first, counted, count + 1)};
}

} // namespace credits::core
