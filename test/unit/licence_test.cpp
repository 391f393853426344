// Owns the tests of a licence: its states and capabilities by schedule, on the account's calendar,
// and against a licence that is looked at hour by hour.
#include "slow_clock.hpp"
#include "support.hpp"

#include "core/licence.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace credits::core::test {
namespace {

constexpr Instant january = 9'497 * day; // 1 January 2026, UTC
constexpr Instant failed = january + 9 * day + 7 * hour;

constexpr Cycle days(std::int32_t count) {
    return {0, count, 0};
}

// An organization's licence: AI off at once, synchronization after 15 days, reports after 30.
LicenceTerms organization() {
    LicenceTerms terms;
    terms.capabilities = {{"ai", days(0)}, {"sync", days(15)}, {"reports", days(30)}};
    terms.grace = days(0);
    terms.suspended = days(15);
    return terms;
}

LicenceFailure failure(std::optional<Instant> at = failed, const Zone& zone = utc()) {
    return {at, &zone};
}

std::string lost(const LicenceTerms& terms, const LicenceFailure& cause, Instant moment) {
    TestArena arena;
    std::string names;
    for (const std::string_view name : lost_capabilities(terms, cause, moment, arena)) {
        names += names.empty() ? "" : " ";
        names += name;
    }
    return names;
}

TEST(Licence, CapabilitiesFallOnTheirDay) {
    const LicenceTerms terms = organization();

    struct Case {
        Instant at;
        const char* state;
        const char* lost;
    };

    const std::vector<Case> cases{
        {failed - 1, "active", ""},
        {failed, "grace", "ai"},
        {failed + 14 * day, "grace", "ai"},
        {failed + 15 * day - 1, "grace", "ai"},
        {failed + 15 * day, "suspended", "ai sync"},
        {failed + 30 * day - 1, "suspended", "ai sync"},
        {failed + 30 * day, "suspended", "ai sync reports"},
        {failed + 3'000 * day, "suspended", "ai sync reports"},
    };
    for (const Case& one : cases) {
        EXPECT_EQ(name_of(licence_state(terms, failure(), one.at)), one.state) << one.at;
        EXPECT_EQ(lost(terms, failure(), one.at), one.lost) << one.at;
        EXPECT_EQ(lost(terms, failure(std::nullopt), one.at), "") << "paid";
        EXPECT_EQ(licence_state(terms, failure(std::nullopt), one.at), LicenceState::active);
    }
}

TEST(Licence, ItsNextStepIsTheNextThingThatChanges) {
    const LicenceTerms terms = organization();
    EXPECT_EQ(next_licence_step(terms, failure(), failed - 5), failed);
    EXPECT_EQ(next_licence_step(terms, failure(), failed), failed + 15 * day);
    EXPECT_EQ(next_licence_step(terms, failure(), failed + 15 * day - 1), failed + 15 * day);
    EXPECT_EQ(next_licence_step(terms, failure(), failed + 15 * day), failed + 30 * day);
    EXPECT_EQ(next_licence_step(terms, failure(), failed + 30 * day), never);
    EXPECT_EQ(next_licence_step(terms, failure(std::nullopt), failed), never);
}

TEST(Licence, IsPastDueUntilGraceBegins) {
    LicenceTerms terms;
    const auto state_after = [&](std::int64_t count) {
        return std::string(name_of(licence_state(terms, failure(), failed + count * day)));
    };
    EXPECT_EQ(state_after(1'000), "past_due") << "no schedule: nothing else is brought by time";
    EXPECT_FALSE(is_lost(terms, failure(), "ai", failed + 1'000 * day));
    terms.grace = days(3);
    terms.cancelled = days(60);
    EXPECT_EQ(state_after(2), "past_due");
    EXPECT_EQ(state_after(3), "grace");
    EXPECT_EQ(state_after(59), "grace") << "never suspended";
    EXPECT_EQ(state_after(60), "cancelled");
    EXPECT_EQ(state_begins(terms, failure(), LicenceState::past_due), failed);
    EXPECT_EQ(state_begins(terms, failure(), LicenceState::suspended), never);
    EXPECT_EQ(state_begins(terms, failure(), LicenceState::active), never);
}

TEST(Licence, ALaterStateThatBeginsEarlierHides) {
    LicenceTerms terms;
    terms.grace = days(20);
    terms.suspended = days(10);
    EXPECT_EQ(licence_state(terms, failure(), failed + 10 * day), LicenceState::suspended);
    EXPECT_EQ(licence_state(terms, failure(), failed + 20 * day), LicenceState::suspended);
}

TEST(Licence, SuspensionTakesWhatNoScheduleNames) {
    const LicenceTerms terms = organization();
    for (const char* feature : {"", "export"}) {
        EXPECT_EQ(feature_lost_at(terms, failure(), feature), failed + 15 * day) << feature;
    }
    EXPECT_EQ(feature_lost_at(terms, failure(), "reports"), failed + 30 * day)
        << "the schedule keeps it longer";
    EXPECT_EQ(feature_lost_at(terms, failure(std::nullopt), "ai"), never);
}

TEST(Licence, ACancelledOneHasLostAll) {
    LicenceTerms terms = organization();
    terms.cancelled = days(20);
    EXPECT_EQ(feature_lost_at(terms, failure(), "reports"), failed + 20 * day);
    EXPECT_EQ(feature_lost_at(terms, failure(), "sync"), failed + 15 * day);
    EXPECT_EQ(lost(terms, failure(), failed + 20 * day), "ai sync reports");
    terms.suspended = std::nullopt;
    EXPECT_EQ(feature_lost_at(terms, failure(), "export"), failed + 20 * day);
}

TEST(Licence, IsCountedOnTheAccountsCalendar) {
    // The clock goes forward an hour 10 days after the failure, which is at 7:00 there.
    const SteppedZone zone(hour, {{failed + 10 * day, 2 * hour}});
    LicenceTerms terms = organization();
    EXPECT_EQ(feature_lost_at(terms, failure(failed, zone), "sync"), failed + 15 * day - hour)
        << "the same time of day";
    terms.capabilities[1].after = {0, 0, 15 * day};
    EXPECT_EQ(feature_lost_at(terms, failure(failed, zone), "sync"), failed + 15 * day)
        << "hours are hours";
    terms.capabilities[1].after = {1, 0, 0};
    const Instant on_the_31st = january + 30 * day;
    EXPECT_EQ(feature_lost_at(terms, failure(on_the_31st), "sync"), january + 58 * day)
        << "28 February";
}

// What has been lost by a tick, by counting days on the wall clock.
struct SlowLicence {
    const SlowClock* clock;
    int failed_tick;

    [[nodiscard]] bool is_over(const SlowCycle& after, int tick) const {
        const WallTime wall = clock->wall(failed_tick);
        WallDate date = months_later(wall.date, after.months);
        for (int count = 0; count < after.days; ++count) {
            date = next_date(date);
        }
        const bool by_calendar = after.months != 0 || after.days != 0;
        const int begins = by_calendar ? clock->passed({date, wall.hour}) : failed_tick;
        return begins + after.hours <= tick;
    }
};

TEST(Licence, IsWhatCountingDaysOnTheWallClockGives) {
    for (const std::uint64_t seed : seeds(6, 4)) {
        SCOPED_TRACE(seed);
        Dice dice(seed);
        const int first = 24 * static_cast<int>(dice.number(9'500, 9'700));
        const int change = first + static_cast<int>(dice.number(0, 24 * 40));
        const int offset = static_cast<int>(dice.number(-11, 11));
        const int other = offset + (dice.one_in(2) ? 1 : -1);
        const bool last = dice.one_in(2);
        const SlowClock clock(first - 48, first + 24 * 200, offset, {{change, other}}, last);
        const SteppedZone zone(
            offset * hour, {{change * hour, other * hour}}, last ? OnDoubt::last : OnDoubt::first);
        const auto cycle = [&] {
            return SlowCycle{static_cast<int>(dice.number(0, 2)),
                             static_cast<int>(dice.number(0, 40)),
                             dice.one_in(3) ? static_cast<int>(dice.number(0, 30)) : 0};
        };
        const auto fast = [](const SlowCycle& slow) {
            return Cycle{slow.months, slow.days, slow.hours * hour};
        };
        const int failed_tick = first + static_cast<int>(dice.number(0, 24 * 45));
        const SlowLicence slow{&clock, failed_tick};
        const SlowCycle grace = cycle();
        const SlowCycle suspended = cycle();
        const SlowCycle capability = cycle();
        LicenceTerms terms;
        terms.grace = fast(grace);
        terms.suspended = fast(suspended);
        terms.capabilities = {{"ai", fast(capability)}};
        const LicenceFailure cause = failure(failed_tick * hour, zone);
        for (int tick = failed_tick; tick < first + 24 * 190; ++tick) {
            const LicenceState expected = slow.is_over(suspended, tick) ? LicenceState::suspended
                                          : slow.is_over(grace, tick)   ? LicenceState::grace
                                                                        : LicenceState::past_due;
            ASSERT_EQ(licence_state(terms, cause, tick * hour), expected) << tick;
            ASSERT_EQ(is_lost(terms, cause, "ai", tick * hour), slow.is_over(capability, tick));
            ASSERT_EQ(is_lost(terms, cause, "x", tick * hour), slow.is_over(suspended, tick));
        }
    }
}

} // namespace
} // namespace credits::core::test
