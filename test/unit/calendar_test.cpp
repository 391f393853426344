// Owns the tests of days and periods: against a calendar walked day by day, and at the changes of
// clocks.
#include "slow_clock.hpp"
#include "support.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace credits::core::test {
namespace {

// at is a moment on a wall clock, by walking there from 2000-01-01.
LocalTime at(int year, int month, int day_of_month, int hours = 0, int minutes = 0) {
    std::int64_t days = 0;
    const WallDate wanted{year, month, day_of_month};
    for (WallDate date; date < wanted; date = next_date(date)) {
        ++days;
    }
    for (WallDate date; wanted < date; date = previous_date(date)) {
        --days;
    }
    return days * day + hours * hour + minutes * hour / 60;
}

TEST(Calendar, MonthsAreThoseOfADayByDayWalk) {
    std::int64_t days = 0;
    std::vector<std::pair<WallDate, std::int64_t>> dates;
    for (WallDate date; date < WallDate{2033, 1, 1}; date = next_date(date)) {
        dates.emplace_back(date, days++);
    }
    std::map<WallDate, std::int64_t> number_of(dates.begin(), dates.end());
    for (const auto& [date, number] : dates) {
        for (const int months : {1, 2, 3, 11, 12, 13, 24}) {
            const auto moved = number_of.find(months_later(date, months));
            if (moved == number_of.end()) {
                continue;
            }
            ASSERT_EQ(add_months(number * day + 7 * hour, months), moved->second * day + 7 * hour)
                << date.year << "-" << date.month << "-" << date.day << " + " << months;
            const int moved_day = moved->first.day;
            if (moved_day == date.day) {
                ASSERT_EQ(add_months(moved->second * day, -months), number * day);
            }
        }
    }
}

TEST(Calendar, CenturiesAndTimesBefore2000) {
    EXPECT_EQ(add_months(at(2000, 1, 31), 1), at(2000, 2, 29)) << "2000 is a leap year";
    EXPECT_EQ(add_months(at(2100, 1, 31), 1), at(2100, 2, 28)) << "2100 is none";
    EXPECT_EQ(add_months(at(2400, 1, 31), 1), at(2400, 2, 29));
    EXPECT_EQ(add_months(at(1900, 1, 31), 1), at(1900, 2, 28));
    EXPECT_EQ(add_months(at(1999, 12, 31, 23, 59), -10), at(1999, 2, 28, 23, 59));
    EXPECT_EQ(add_months(at(1972, 2, 29), 48), at(1976, 2, 29));
    EXPECT_EQ(add_months(at(2000, 1, 1) - 1, 1), at(2000, 2, 1) - 1)
        << "the last microsecond of 31 December moves to that of 31 January";
}

TEST(Calendar, TheLastOfTheMonthComesBackAfterAShortMonth) {
    const Cycle month{1, 0, 0};
    const Instant anchor = at(2026, 1, 31, 10);
    const std::vector<Instant> bounds{at(2026, 1, 31, 10),
                                      at(2026, 2, 28, 10),
                                      at(2026, 3, 31, 10),
                                      at(2026, 4, 30, 10),
                                      at(2026, 5, 31, 10)};
    for (std::size_t k = 0; k + 1 < bounds.size(); ++k) {
        for (const Instant moment : {bounds[k], bounds[k] + day, bounds[k + 1] - 1}) {
            const Period period = period_at(utc(), anchor, month, moment);
            EXPECT_EQ(period.start, bounds[k]);
            EXPECT_EQ(period.end, bounds[k + 1]);
        }
    }
}

TEST(Calendar, EveryLengthOfPeriodHasItsBoundaries) {
    const Instant anchor = at(2024, 2, 29, 6);

    struct Case {
        Cycle cycle;
        Instant moment;
        Period period;
    };

    const std::vector<Case> cases{
        {{0, 28, 0}, at(2024, 2, 29, 6), {at(2024, 2, 29, 6), at(2024, 3, 28, 6)}},
        {{0, 28, 0}, at(2024, 3, 28, 6) - 1, {at(2024, 2, 29, 6), at(2024, 3, 28, 6)}},
        {{0, 28, 0}, at(2024, 2, 29, 6) - 1, {at(2024, 2, 1, 6), at(2024, 2, 29, 6)}},
        {{12, 0, 0}, at(2025, 2, 28, 5), {at(2024, 2, 29, 6), at(2025, 2, 28, 6)}},
        {{12, 0, 0}, at(2028, 2, 29, 6), {at(2028, 2, 29, 6), at(2029, 2, 28, 6)}},
        {{0, 0, 36 * hour}, at(2024, 3, 2), {at(2024, 3, 1, 18), at(2024, 3, 3, 6)}},
        {{1, 1, 0}, at(2024, 4, 1), {at(2024, 3, 30, 6), at(2024, 5, 1, 6)}},
        {{}, at(2024, 4, 30, 23), {at(2024, 4, 1), at(2024, 5, 1)}},
        {{}, at(1999, 12, 31, 23), {at(1999, 12, 1), at(2000, 1, 1)}},
    };
    for (const Case& one : cases) {
        const Period period = period_at(utc(), anchor, one.cycle, one.moment);
        EXPECT_EQ(period.start, one.period.start) << one.moment;
        EXPECT_EQ(period.end, one.period.end) << one.moment;
    }
}

TEST(Calendar, APeriodIsLongerThanZero) {
    for (const Cycle cycle : {Cycle{-1, 0, 0}, Cycle{0, -1, 0}, Cycle{1, 0, -1}}) {
        EXPECT_THROW(period_at(utc(), 0, cycle, day), Error);
    }
}

TEST(Calendar, DaysOfAPlainZoneRunFromMidnightToMidnight) {
    const SteppedZone nepal(5 * hour + 45 * hour / 60);
    const Instant midnight = at(2026, 5, 9) - 5 * hour - 45 * hour / 60;
    for (const Instant moment : {midnight, midnight + hour, midnight + day - 1}) {
        EXPECT_EQ(day_start(nepal, moment), midnight);
        EXPECT_EQ(day_end(nepal, moment), midnight + day);
    }
    EXPECT_EQ(day_end(nepal, midnight - 1), midnight);
}

// New York 2026: forward on 8 March at 2:00, back on 1 November at 2:00.
SteppedZone new_york(OnDoubt on_doubt) {
    return SteppedZone(
        -5 * hour, {{at(2026, 3, 8, 7), -4 * hour}, {at(2026, 11, 1, 6), -5 * hour}}, on_doubt);
}

TEST(Calendar, DaysOfAChangeOfTheClockHave23And25Hours) {
    for (const OnDoubt on_doubt : {OnDoubt::first, OnDoubt::last, OnDoubt::server}) {
        const SteppedZone zone = new_york(on_doubt);
        const Instant spring = day_start(zone, at(2026, 3, 8, 20));
        EXPECT_EQ(spring, at(2026, 3, 8, 5));
        EXPECT_EQ(day_end(zone, spring), spring + 23 * hour);
        const Instant autumn = day_start(zone, at(2026, 11, 1, 20));
        EXPECT_EQ(autumn, at(2026, 11, 1, 4));
        EXPECT_EQ(day_end(zone, autumn), autumn + 25 * hour);
    }
}

TEST(Calendar, AMonthKeepsItsTimeOfDayAcrossAChangeOfTheClock) {
    const SteppedZone zone = new_york(OnDoubt::server);
    const Instant anchor = at(2026, 2, 20, 14); // 9:00 there
    const Period period = period_at(zone, anchor, {1, 0, 0}, at(2026, 3, 1));
    EXPECT_EQ(period.start, anchor);
    EXPECT_EQ(period.end, at(2026, 3, 20, 13)) << "9:00 there is an hour earlier in UTC";
    const Period hours = period_at(zone, anchor, {0, 0, 24 * hour}, at(2026, 3, 10));
    EXPECT_EQ(hours.start, at(2026, 3, 9, 14)) << "24 hours are no day";
}

TEST(Calendar, APeriodThatBeginsInAnHourThatComesTwiceIsAWholeOne) {
    for (const OnDoubt on_doubt : {OnDoubt::first, OnDoubt::last, OnDoubt::server}) {
        const SteppedZone zone = new_york(on_doubt);
        for (const Instant anchor : {at(2026, 11, 1, 5), at(2026, 11, 1, 6)}) { // 1:00 twice
            const Period month = period_at(zone, anchor, {1, 0, 0}, anchor);
            EXPECT_EQ(month.start, anchor);
            EXPECT_EQ(month.end, at(2026, 12, 1, 6));
            const Period hours = period_at(zone, anchor, {0, 0, 5 * hour}, anchor + 5 * hour);
            EXPECT_EQ(hours.start, anchor + 5 * hour);
            EXPECT_EQ(hours.end, anchor + 10 * hour);
        }
    }
}

// The clock goes from 1:00 back to 0:00 (Havana), from 0:00 back to 23:00 (Beirut), or over
// midnight forward; at every moment the day around it must hold it, and its bounds must agree.
TEST(Calendar, ADayHoldsItsMomentsHoweverTheClockChangesAroundMidnight) {
    struct Case {
        const char* name;
        std::int64_t change_at; // after midnight as shown before the change
        std::int64_t change;
    };

    const std::vector<Case> cases{{"1:00 back to 0:00", hour, -hour},
                                  {"0:00 back to 23:00", 0, -hour},
                                  {"0:01 back to 23:01", hour / 60, -hour},
                                  {"0:00 forward to 1:00", 0, hour},
                                  {"23:30 forward to 0:30", -hour / 2, hour},
                                  {"0:00 forward by a day", 0, day},
                                  {"0:00 back by a day", 0, -day}};
    for (const Case& one : cases) {
        for (const OnDoubt on_doubt : {OnDoubt::first, OnDoubt::last, OnDoubt::server}) {
            const Instant midnight = at(2026, 3, 8);
            const SteppedZone zone(0, {{midnight + one.change_at, one.change}}, on_doubt);
            Instant start = day_start(zone, midnight - 3 * day);
            for (Instant moment = start; moment < midnight + 3 * day; moment += hour / 6) {
                SCOPED_TRACE(std::string(one.name) + ", " +
                             std::to_string((moment - midnight) / (hour / 60)) + " minutes");
                ASSERT_LE(day_start(zone, moment), moment);
                ASSERT_GT(day_end(zone, moment), moment);
                ASSERT_LE(start, day_start(zone, moment)) << "days never go back";
                start = day_start(zone, moment);
                ASSERT_EQ(day_end(zone, start), day_end(zone, moment)) << "one day, one end";
                ASSERT_EQ(day_start(zone, day_end(zone, moment)), day_end(zone, moment));
            }
        }
    }
}

TEST(Calendar, PeriodsOfRandomZonesAreThoseOfTheWalk) {
    for (const std::uint64_t seed : seeds(40, 5)) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Dice dice(seed);
        const int begin = static_cast<int>(dice.number(150'000, 250'000));
        const int offset = static_cast<int>(dice.number(-11, 12));
        const int change = begin + static_cast<int>(dice.number(2'000, 4'000));
        const int back = change + static_cast<int>(dice.number(2'000, 4'000));
        const bool is_last = dice.one_in(2);
        const SlowClock walk(
            begin, begin + 24 * 700, offset, {{change, offset + 1}, {back, offset}}, is_last);
        const SteppedZone zone(offset * hour,
                               {{change * hour, (offset + 1) * hour}, {back * hour, offset * hour}},
                               is_last ? OnDoubt::last : OnDoubt::first);
        const int anchor = begin + static_cast<int>(dice.number(100, 1'500));
        const auto cycle = dice.one_of<SlowCycle>(
            {{}, {1, 0, 0}, {3, 0, 0}, {12, 0, 0}, {0, 28, 0}, {0, 1, 0}, {0, 0, 5}, {1, 2, 3}});
        for (int round = 0; round < 100; ++round) {
            const int tick = anchor + static_cast<int>(dice.number(0, 24 * 250));
            const auto [start, end] = walk.period(anchor, cycle, tick);
            const Period period = period_at(
                zone, anchor * hour, {cycle.months, cycle.days, cycle.hours * hour}, tick * hour);
            ASSERT_EQ(period.end, end * hour) << tick;
            if (start > anchor || !(cycle == SlowCycle{})) { // a month may begin before the walk
                ASSERT_EQ(period.start, start * hour) << tick;
            }
            ASSERT_EQ(day_start(zone, tick * hour), walk.midnight_until(tick) * hour) << tick;
            ASSERT_EQ(day_end(zone, tick * hour), walk.midnight_after(tick) * hour) << tick;
        }
    }
}

} // namespace
} // namespace credits::core::test
