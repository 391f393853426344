// Windows: where hours, days, weeks and months begin and end when clocks change, and slots.
#include "limit_cases.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace credits::core::test {
namespace {

constexpr Instant day_of_2024 = 8766 * day; // 1 January, a Monday

void expect_span(WindowKind kind, const WindowClock& clock, Instant moment, const Period& right) {
    const Period span = span_of(fixed(kind), clock, moment);
    EXPECT_EQ(span.start, right.start) << "at " << moment;
    EXPECT_EQ(span.end, right.end) << "at " << moment;
}

TEST(Windows, HoursAreThoseOfTheWallClock) {
    const SteppedZone nepal(5 * hour + 45 * minute);
    const WindowClock clock{&nepal, always, never};
    expect_span(WindowKind::hour, clock, 10 * minute, {-45 * minute, 15 * minute});
    expect_span(WindowKind::hour, clock, 15 * minute - 1, {-45 * minute, 15 * minute});
    expect_span(WindowKind::hour, clock, 15 * minute, {15 * minute, 75 * minute});
    expect_span(WindowKind::hour, clock, -50 * minute, {-105 * minute, -45 * minute});
}

TEST(Windows, AnHourThatIsShownTwiceIsTwoAndOneThatIsSkippedNone) {
    for (const OnDoubt on_doubt : {OnDoubt::first, OnDoubt::last, OnDoubt::server}) {
        // 02:00 becomes 03:00 at 100 h, 03:00 becomes 02:00 at 200 h.
        const SteppedZone zone(hour, {{100 * hour, 2 * hour}, {200 * hour, hour}}, on_doubt);
        const WindowClock clock{&zone, always, never};
        for (const std::int64_t at : {98, 99, 100, 101, 198, 199, 200, 201}) {
            expect_span(
                WindowKind::hour, clock, at * hour + 20 * minute, {at * hour, (at + 1) * hour});
            expect_span(WindowKind::hour, clock, at * hour, {at * hour, (at + 1) * hour});
        }
    }
}

TEST(Windows, AChangeByHalfAnHourCutsAnHour) {
    const Instant forward = 100 * hour + 30 * minute; // 02:00 becomes 02:30
    const Instant back = 300 * hour;                  // 02:00 becomes 01:30
    const std::int64_t offset = 10 * hour + 30 * minute;
    const SteppedZone zone(offset, {{forward, offset + 30 * minute}, {back, offset}});
    const WindowClock clock{&zone, always, never};
    ASSERT_EQ((forward + offset) % hour, 0);
    expect_span(WindowKind::hour, clock, forward - 1, {forward - hour, forward});
    expect_span(WindowKind::hour, clock, forward, {forward, forward + 30 * minute});
    expect_span(WindowKind::hour, clock, forward + 29 * minute, {forward, forward + 30 * minute});
    expect_span(WindowKind::hour,
                clock,
                forward + 30 * minute,
                {forward + 30 * minute, forward + 90 * minute});
    expect_span(WindowKind::hour, clock, back - 1, {back - hour, back});
    expect_span(WindowKind::hour, clock, back, {back, back + 30 * minute});
    expect_span(
        WindowKind::hour, clock, back + 40 * minute, {back + 30 * minute, back + 90 * minute});
}

TEST(Windows, DaysHaveTwentyThreeOrTwentyFiveHoursWhenClocksChange) {
    const Instant spring = 10 * day + hour;
    const Instant autumn = 20 * day + hour;
    const SteppedZone zone(hour, {{spring, 2 * hour}, {autumn, hour}});
    const WindowClock clock{&zone, always, never};
    const Instant spring_day = 10 * day - hour;
    const Instant autumn_day = 20 * day - 2 * hour;
    expect_span(WindowKind::day, clock, spring + 5 * hour, {spring_day, spring_day + 23 * hour});
    expect_span(WindowKind::day, clock, autumn + 5 * hour, {autumn_day, autumn_day + 25 * hour});
    expect_span(WindowKind::day, clock, autumn_day - 1, {autumn_day - day, autumn_day});
}

TEST(Windows, WeeksBeginOnMondayAndMonthsOnTheFirst) {
    const WindowClock clock{&utc(), always, never};
    const Period week{day_of_2024, day_of_2024 + 7 * day};
    expect_span(WindowKind::week, clock, week.start, week);
    expect_span(WindowKind::week, clock, week.end - 1, week);
    expect_span(WindowKind::week, clock, week.end, {week.end, week.end + 7 * day});
    expect_span(WindowKind::week, clock, day, {-5 * day, 2 * day});
    const Period february{day_of_2024 + 31 * day, day_of_2024 + 60 * day};
    expect_span(WindowKind::month, clock, february.start, february);
    expect_span(WindowKind::month, clock, february.end - 1, february);
    expect_span(WindowKind::month, clock, -1, {-31 * day, 0});
}

TEST(Windows, AWeekWithAChangeOfTheClocksIsAnHourShorterOrLonger) {
    const Instant spring = day_of_2024 + 3 * day;
    const SteppedZone zone(-5 * hour, {{spring, -4 * hour}});
    const WindowClock clock{&zone, always, never};
    expect_span(WindowKind::week,
                clock,
                spring,
                {day_of_2024 + 5 * hour, day_of_2024 + 7 * day + 4 * hour});
}

TEST(Windows, PeriodIsThePlansAndALifetimeHasNoBounds) {
    const WindowClock clock{&utc(), 3 * day, 31 * day};
    expect_span(WindowKind::period, clock, 5 * day, {3 * day, 31 * day});
    expect_span(WindowKind::lifetime, clock, 5 * day, {always, never});
}

TEST(Windows, ASlotIsASixtiethAndEndsWithItsLastMoment) {
    const Window window = sliding(minute);
    EXPECT_EQ(slot_length(window), second);
    EXPECT_EQ(slot_of(window, 0), 0);
    EXPECT_EQ(slot_of(window, 1), 1);
    EXPECT_EQ(slot_of(window, second), 1);
    EXPECT_EQ(slot_of(window, second + 1), 2);
    EXPECT_EQ(slot_of(window, -1), 0);
    EXPECT_EQ(slot_of(window, -second), -1);
    EXPECT_EQ(slot_ends_at(window, 1), second + minute);
    EXPECT_EQ(first_live_slot(window, second + minute - 1), 1);
    EXPECT_EQ(first_live_slot(window, second + minute), 2);
    EXPECT_EQ(slot_length(sliding(59)), 1);
    EXPECT_EQ(slot_length(sliding(119)), 1);
    EXPECT_EQ(slot_length(sliding(121)), 2);
}

// What is in a slot counts at least for the length and less than a slot longer.
TEST(Windows, ASlotCountsLongEnoughAndHardlyLonger) {
    Dice dice(1);
    for (int round = 0; round < 20'000; ++round) {
        const Window window = sliding(dice.number(1, dice.one_in(2) ? 500 : day));
        const Instant moment = dice.number(-2 * day, 2 * day);
        const Instant ends = slot_ends_at(window, slot_of(window, moment));
        EXPECT_GE(ends, moment + window.length);
        EXPECT_LT(ends, moment + window.length + std::max<std::int64_t>(1, window.length / 60));
        EXPECT_LE(first_live_slot(window, ends - 1), slot_of(window, moment));
        EXPECT_GT(first_live_slot(window, ends), slot_of(window, moment));
    }
}

} // namespace
} // namespace credits::core::test
