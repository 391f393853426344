// Owns the tests of what time alone does: renewal, roll-over, daily credits, plans that change, and
// that it does not matter how often anybody looks.
#include "account_books.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace credits::core::test {
namespace {

// at counts from midnight, 1 January 2026, UTC.
constexpr Instant at(std::int64_t days, std::int64_t hours = 0) {
    return (9'497 + days) * day + hours * hour;
}

constexpr std::int64_t february = 31;
constexpr std::int64_t march = 59;

PlanTerms monthly(std::int64_t credits, Renewal renewal = Renewal::reset) {
    PlanTerms plan;
    plan.name = "monthly";
    plan.cycle = {1, 0, 0};
    plan.grants_by_clock = true;
    plan.renews_by_clock = true;
    plan.credits = steps(credits);
    plan.renewal = renewal;
    return plan;
}

PlanTerms daily(std::int64_t credits) {
    PlanTerms plan;
    plan.name = "daily";
    plan.grants_by_clock = true;
    plan.renews_by_clock = true;
    plan.daily_credits = steps(credits);
    return plan;
}

Books opened(const PlanTerms& plan, Instant now = at(0)) {
    Books books(plan);
    books.open(now, now);
    return books;
}

TEST(Due, ResetForfeitsPlanCreditsOnly) {
    const PlanTerms plan = monthly(100);
    Books books = opened(plan);
    books.grant(at(0), 7);
    books.deduct(at(1), 30);
    EXPECT_EQ(books.balance(), 77);
    books.touch(at(february) - 1);
    EXPECT_EQ(books.balance(), 77);
    books.touch(at(february));
    EXPECT_EQ(books.balance(), 107);
    EXPECT_EQ(books.wallet().granted, steps(107)) << "opened with 7, granted 100";
    EXPECT_EQ(books.wallet().period_start, at(february));
    EXPECT_EQ(books.wallet().period_end, at(march));
}

TEST(Due, AccumulateKeepsEverything) {
    const PlanTerms plan = monthly(100, Renewal::accumulate);
    Books books = opened(plan);
    books.touch(at(march));
    EXPECT_EQ(books.balance(), 300);
}

TEST(Due, RollOverBringsWhatRemainsBetweenItsBounds) {
    struct Case {
        std::int64_t used;
        std::optional<std::int64_t> least;
        std::optional<std::int64_t> most;
        std::int64_t carried;
    };

    const std::vector<Case> cases{{10, {}, 50, 50},
                                  {70, {}, 50, 30},
                                  {100, {}, 50, 0},
                                  {95, 20, 50, 20},
                                  {10, 20, {}, 90},
                                  {10, {}, 0, 0},
                                  {100, 5, 5, 5}};
    for (const Case& one : cases) {
        PlanTerms plan = monthly(100, Renewal::rollover);
        plan.rollover_min = one.least ? std::optional(steps(*one.least)) : std::nullopt;
        plan.rollover_max = one.most ? std::optional(steps(*one.most)) : std::nullopt;
        Books books = opened(plan);
        books.deduct(at(1), one.used);
        books.touch(at(february));
        EXPECT_EQ(books.balance(), one.carried + 100) << "used " << one.used;
    }
}

TEST(Due, BoundsOfALotApplyAtEachRenewalUnderAnyPlan) {
    const PlanTerms plan = monthly(10);
    Books books = opened(plan);
    Lot lot;
    lot.rollover_min = steps(5);
    lot.rollover_max = steps(20);
    books.grant(at(0), 50, lot);
    books.touch(at(february));
    EXPECT_EQ(books.remaining(2), 20);
    books.deduct(at(february, 1), 30);
    EXPECT_EQ(books.balance(), 0);
    books.touch(at(march));
    EXPECT_EQ(books.remaining(2), 5) << "an empty lot is raised to its minimum";
}

TEST(Due, RenewalByPaymentTakesNothingByTime) {
    PlanTerms plan = monthly(100);
    plan.grants_by_clock = false;
    plan.renews_by_clock = false;
    Books books = opened(plan);
    Lot paid;
    paid.source = "plan";
    books.grant(at(0), 40, paid);
    books.touch(at(march));
    EXPECT_EQ(books.balance(), 40) << "old credits stay until the paid renewal";
}

TEST(Due, WithoutAnIntervalAPlanGrantsOnce) {
    PlanTerms plan = monthly(100, Renewal::accumulate);
    plan.cycle = {};
    Books books = opened(plan, at(10));
    EXPECT_EQ(books.wallet().period_start, at(0)) << "usage periods are calendar months";
    books.deduct(at(11), 60);
    books.touch(at(march + 40));
    EXPECT_EQ(books.balance(), 40);
}

TEST(Due, DebtIsPaidByTheRenewalFirst) {
    PlanTerms plan = monthly(100);
    plan.overdraft = steps(30);
    Books books = opened(plan);
    books.deduct(at(1), 120);
    books.touch(at(february));
    EXPECT_EQ(books.balance(), 80);
}

TEST(Due, PlanCreditsThatAHoldNeedsOutliveTheirPeriod) {
    const PlanTerms plan = monthly(100);
    Books books = opened(plan);
    books.authorize(at(30), 40, at(40));
    books.touch(at(february));
    EXPECT_EQ(books.balance(), 140);
    books.settle(at(february, 5), 1, steps(30));
    EXPECT_EQ(books.balance(), 100) << "30 of the old ones charged, 10 gone with the hold";
}

TEST(Due, AHoldKeepsNoDailyCreditsOfLaterDays) {
    const PlanTerms plan = daily(5);
    Books books = opened(plan);
    books.grant(at(0), 100);
    books.authorize(at(0, 1), 20, at(10));
    books.touch(at(1));
    EXPECT_EQ(books.balance(), 110) << "the first day's live on, the second day's are new";
    books.touch(at(7, 3));
    EXPECT_EQ(books.balance(), 110) << "no other day's do";
    books.authorize(at(7, 4), 4, at(9));
    books.touch(at(8, 1));
    EXPECT_EQ(books.balance(), 114) << "but for what a hold of that day needs of them";
    books.release(at(8, 2), 2);
    EXPECT_EQ(books.balance(), 110);
    books.touch(at(10));
    EXPECT_EQ(books.balance(), 105) << "the hold ended, and what it kept";
}

TEST(Due, DailyCreditsEndAtMidnightAndComeAgain) {
    const PlanTerms plan = daily(10);
    Books books = opened(plan, at(0, 15));
    EXPECT_EQ(books.balance(), 10);
    books.deduct(at(0, 23), 4);
    books.touch(at(1) - 1);
    EXPECT_EQ(books.balance(), 6);
    books.touch(at(1));
    EXPECT_EQ(books.balance(), 10);
    EXPECT_EQ(books.wallet().day_end, at(2));
}

TEST(Due, DailyCreditsThatAPlanIsGivenLaterBeginWithThePeriod) {
    PlanTerms plan = monthly(100);
    Books books = opened(plan);
    plan.daily_credits = steps(10);
    books.touch(at(20));
    EXPECT_EQ(books.balance(), 100);
    books.touch(at(february, 1));
    EXPECT_EQ(books.balance(), 110);
    books.deduct(at(february, 2), 4);
    books.touch(at(february + 1));
    EXPECT_EQ(books.balance(), 110);
}

TEST(Due, DailyCreditsFollowTheAccountsZone) {
    const SteppedZone zone(-5 * hour, {{at(march + 8, 7), -4 * hour}});
    const PlanTerms plan = daily(10);
    Books books(plan, zone);
    books.open(at(march + 8, 6), at(0));
    EXPECT_EQ(books.wallet().day_end, at(march + 9, 4)) << "midnight there, daylight saving";
}

// Havana's clock goes back from 1:00 to 0:00: the first 0:30 is still the day before, as the server
// counts. Nothing may be granted before its time.
TEST(Due, DailyCreditsAreNotGrantedAheadOfAMidnightThatComesTwice) {
    const Instant back = at(304, 5);
    const SteppedZone zone(-4 * hour, {{back, -5 * hour}}, OnDoubt::server);
    const PlanTerms plan = daily(10);
    Books books(plan, zone);
    books.open(at(300, 12), at(300, 12));
    books.touch(back - hour / 2);
    for (const auto& [lot_no, lot] : books.lots()) {
        EXPECT_LE(lot.effective_at, back - hour / 2) << lot_no;
    }
    EXPECT_EQ(books.balance(), 10);
    EXPECT_EQ(books.wallet().day_end, back);
}

TEST(Due, LookingOftenOrOnceGivesTheSameAccount) {
    PlanTerms plan = monthly(50, Renewal::rollover);
    plan.rollover_max = steps(20);
    plan.daily_credits = steps(5);
    const auto begun = [&] {
        Books books = opened(plan);
        Lot lot;
        lot.effective_at = at(40, 3);
        lot.expires_at = at(80, 5);
        books.grant(at(0), 9, lot);
        books.deduct(at(2), 12);
        books.authorize(at(3), 11, at(70));
        return books;
    };
    Books often = begun();
    for (std::int64_t hours = 0; hours <= 100 * 24; hours += 7) {
        Books once = begun();
        once.touch(at(3, 1 + hours));
        often.touch(at(3, 1 + hours));
        ASSERT_EQ(once.balance(), often.balance()) << hours;
        ASSERT_EQ(once.held(), often.held()) << hours;
        ASSERT_EQ(once.wallet().granted, often.wallet().granted) << hours;
        ASSERT_EQ(once.wallet().period_end, often.wallet().period_end) << hours;
        ASSERT_EQ(once.wallet().day_end, often.wallet().day_end) << hours;
    }
}

TEST(Due, ManyUntouchedDaysLeaveAFewEntriesAndTheRightDay) {
    const PlanTerms plan = daily(10);
    Books books = opened(plan);
    books.touch(at(3'000, 5));
    EXPECT_EQ(books.balance(), 10);
    EXPECT_EQ(books.wallet().day_end, at(3'001));
    EXPECT_EQ(books.wallet().granted, steps(10));
    EXPECT_LT(books.entries().size(), 500U) << "days that change nothing are not written";
}

TEST(Due, AnUpgradeGrantsTheDifferenceAndNoNewWindow) {
    const PlanTerms small = monthly(100);
    const PlanTerms large = monthly(250);
    Books books = opened(small);
    books.deduct(at(1), 60);
    books.change_plan(at(2), large);
    EXPECT_EQ(books.balance(), 190);
    EXPECT_EQ(books.wallet().period_end, at(february));
    books.change_plan(at(3), small);
    books.change_plan(at(4), large);
    EXPECT_EQ(books.balance(), 190) << "to and fro gives nothing twice";
    books.touch(at(february));
    EXPECT_EQ(books.balance(), 250);
}

TEST(Due, AChangeAtPeriodEndWaitsForIt) {
    const PlanTerms small = monthly(100);
    PlanTerms weekly = monthly(30);
    weekly.cycle = {0, 7, 0};
    Books books = opened(small);
    books.change_plan(at(2), weekly, true);
    EXPECT_EQ(books.balance(), 100);
    books.touch(at(february));
    EXPECT_EQ(books.balance(), 30) << "the old plan resets, the new one grants";
    EXPECT_EQ(books.wallet().period_end, at(february + 7));
}

TEST(Due, AnotherLengthOfPeriodBeginsWhenTheGrantedOneEnds) {
    const PlanTerms small = monthly(100);
    PlanTerms weekly = monthly(130);
    weekly.cycle = {0, 7, 0};
    Books books = opened(small);
    books.change_plan(at(2), weekly);
    EXPECT_EQ(books.balance(), 130);
    EXPECT_EQ(books.wallet().period_end, at(february));
    books.touch(at(february));
    EXPECT_EQ(books.wallet().period_end, at(february + 7));
}

TEST(Due, DailyCreditsOfADayComeOnceHoweverPlansChange) {
    const PlanTerms with_daily = daily(10);
    PlanTerms without = monthly(0);
    without.cycle = with_daily.cycle;
    Books books = opened(with_daily);
    books.deduct(at(0, 1), 10);
    books.change_plan(at(0, 2), without);
    books.change_plan(at(0, 3), with_daily);
    EXPECT_EQ(books.balance(), 0) << "the same day gives nothing twice";
    books.change_plan(at(0, 4), without);
    books.change_plan(at(4, 1), with_daily);
    EXPECT_EQ(books.balance(), 10) << "a later day has its own";
}

TEST(Due, APlanThatComesBackAtAPeriodEndGivesNoSecondDay) {
    const PlanTerms with_daily = daily(10);
    PlanTerms without;
    Books books(with_daily, utc());
    PlanTerms half_days = without;
    half_days.cycle = {0, 0, 12 * hour};
    books.open(at(0), at(0));
    books.deduct(at(0, 1), 10);
    books.change_plan(at(0, 2), half_days);
    books.change_plan(at(0, 3), with_daily, true);
    books.touch(at(0, 15));
    EXPECT_EQ(books.balance(), 0);
    books.touch(at(1));
    EXPECT_EQ(books.balance(), 10);
}

TEST(Due, WithoutFreeGrantsThePlanGivesNothing) {
    PlanTerms plan = monthly(100);
    plan.daily_credits = steps(5);
    Books books(plan);
    books.set_free_grants(false);
    books.open(at(0), at(0));
    books.touch(at(march));
    EXPECT_EQ(books.balance(), 0);
}

TEST(Due, AClosedAccountGrantsNothingAndReopeningOnlyWhatIsMissing) {
    const PlanTerms plan = monthly(100);
    Books books = opened(plan);
    books.deduct(at(1), 40);
    books.all(at(2), [](Account& account) { return core::close(account); });
    books.all(at(3), [](Account& account) { return core::reopen(account); });
    EXPECT_EQ(books.balance(), 60);
    books.all(at(4), [](Account& account) { return core::close(account); });
    books.touch(at(february, 1));
    EXPECT_EQ(books.balance(), 0);
    books.all(at(february, 2), [](Account& account) { return core::reopen(account); });
    EXPECT_EQ(books.balance(), 100);
}

TEST(Due, EventsOfOneMomentComeInTheirOrder) {
    const PlanTerms plan = monthly(100);
    Books books = opened(plan);
    Lot ends;
    ends.expires_at = at(february);
    books.grant(at(0), 8, ends);
    Lot begins;
    begins.effective_at = at(february);
    books.grant(at(0), 9, begins);
    books.authorize(at(1), 108, at(february));
    books.touch(at(february));
    EXPECT_EQ(books.balance(), 109) << "the hold ends first and keeps nothing alive";
    std::vector<EntryKind> kinds;
    for (const Entry& entry : books.entries()) {
        if (entry.effective_at == at(february) && !entry.is_call) {
            kinds.push_back(entry.kind);
        }
    }
    const std::vector<EntryKind> in_order{
        EntryKind::expire, EntryKind::expire, EntryKind::renew, EntryKind::grant};
    EXPECT_EQ(kinds, in_order);
}

TEST(Due, TheNextEventIsTheEarliestOfAll) {
    const PlanTerms plan = monthly(100);
    Books books = opened(plan);
    EXPECT_EQ(books.wallet().next_event_at, at(february));
    Lot lot;
    lot.effective_at = at(20);
    lot.expires_at = at(25);
    books.grant(at(0), 1, lot);
    EXPECT_EQ(books.wallet().next_event_at, at(20));
    books.authorize(at(1), 1, at(10));
    EXPECT_EQ(books.wallet().next_event_at, at(10));
    books.touch(at(10));
    EXPECT_EQ(books.wallet().next_event_at, at(20));
    books.touch(at(20));
    EXPECT_EQ(books.wallet().next_event_at, at(25));
    books.touch(at(25));
    EXPECT_EQ(books.wallet().next_event_at, at(february));
}

} // namespace
} // namespace credits::core::test
