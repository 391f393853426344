// Owns the tests of consents: which months are booked, when, and what they bring.
#include "account_books.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace credits::core::test {
namespace {

// at counts from midnight, 1 January 2026, UTC.
constexpr Instant at(std::int64_t days, std::int64_t hours = 0) {
    return (9'497 + days) * day + hours * hour;
}

constexpr std::int64_t february = 31;
constexpr std::int64_t march = 59;
constexpr std::int64_t april = 90;
constexpr std::int64_t may = 120;

const PlanTerms& no_plan() {
    static const PlanTerms plan;
    return plan;
}

ConsentTerms dollar() {
    return {dec("1"), steps(20)};
}

Books opened(Instant now = at(0)) {
    Books books(no_plan());
    books.open(now, now);
    return books;
}

std::vector<Instant> months_of(const Books& books) {
    std::vector<Instant> moments;
    for (const Revenue& revenue : books.revenue()) {
        moments.push_back(revenue.occurred_at);
    }
    return moments;
}

TEST(Consents, TheFirstMonthAtOnceTheOthersWhenTheyBegin) {
    Books books = opened();
    books.give(at(10, 5), "data", dollar());
    EXPECT_EQ(books.balance(), 20);
    EXPECT_EQ(books.lots().at(1).source, "consent");
    EXPECT_EQ(books.lots().at(1).category, "paid");
    EXPECT_EQ(books.lots().at(1).price_paid, dec("1"));
    EXPECT_TRUE(books.entries().back().is_call);
    EXPECT_EQ(books.entries().back().reason, "consent data");
    EXPECT_EQ(books.wallet().period_revenue, dec("1"));
    books.touch(at(february + 10, 5) - 1);
    EXPECT_EQ(books.balance(), 20);
    books.touch(at(february + 10, 5));
    EXPECT_EQ(books.balance(), 40);
    EXPECT_FALSE(books.entries().back().is_call);
    EXPECT_EQ(books.entries().back().effective_at, at(february + 10, 5));
    EXPECT_EQ(books.wallet().period_revenue, dec("1")) << "of February";
}

TEST(Consents, TheThirtyFirstComesBackAfterAShortMonth) {
    Books books = opened();
    books.give(at(30, 15), "data", dollar());
    books.touch(at(may + 30, 15) - 1);
    const std::vector<Instant> expected{at(30, 15),
                                        at(february + 27, 15),
                                        at(march + 30, 15),
                                        at(april + 29, 15),
                                        at(may + 30, 15)};
    const std::vector<Instant> booked = months_of(books);
    EXPECT_EQ(booked, std::vector<Instant>(expected.begin(), expected.end() - 1)) << "to 15:00";
    books.touch(at(may + 30, 15));
    EXPECT_EQ(months_of(books), expected);
}

// New York's clocks go forward on 8 March at 7:00 UTC and back on 1 November at 6:00 UTC.
TEST(Consents, MonthsGoByTheWallClock) {
    const SteppedZone zone(-5 * hour, {{at(march + 7, 7), -4 * hour}, {at(304, 6), -5 * hour}});
    Books books(no_plan(), zone);
    books.open(at(0), at(0));
    books.give(at(february + 8, 14), "data", dollar()); // 9:00 there
    books.touch(at(march + 8, 14) - hour - 1);
    EXPECT_EQ(months_of(books).size(), 1U);
    books.touch(at(march + 8, 13));
    EXPECT_EQ(months_of(books).size(), 2U) << "9:00 there, an hour earlier here";
    books.touch(at(334));
    const std::vector<Instant> booked = months_of(books);
    ASSERT_EQ(booked.size(), 10U);
    EXPECT_EQ(booked[8], at(281, 13)) << "9 October";
    EXPECT_EQ(booked[9], at(312, 14)) << "9 November, an hour later again";
}

// A month that begins in the hour that does not exist, or in the one that comes twice, begins once.
TEST(Consents, AMonthBeginsOnceWhereTheClocksChange) {
    for (const OnDoubt doubt : {OnDoubt::first, OnDoubt::last, OnDoubt::server}) {
        const SteppedZone zone(
            -5 * hour, {{at(march + 7, 7), -4 * hour}, {at(304, 6), -5 * hour}}, doubt);
        for (const Instant given : {at(february + 7, 7) + hour / 2, at(273, 5) + hour / 2}) {
            const auto begun = [&] {
                Books books(no_plan(), zone);
                books.open(at(0), at(0));
                books.give(given, "data", dollar());
                return books;
            };
            Books once = begun();
            Books often = begun();
            once.touch(given + 70 * day);
            for (Instant now = given; now <= given + 70 * day; now += hour / 2) {
                often.touch(now);
            }
            EXPECT_EQ(months_of(once).size(), 3U);
            EXPECT_EQ(months_of(once), months_of(often));
        }
    }
}

TEST(Consents, LookingOftenOrOnceGivesTheSameBooks) {
    PlanTerms plan;
    plan.name = "monthly";
    plan.cycle = {1, 0, 0};
    plan.grants_by_clock = true;
    plan.renews_by_clock = true;
    plan.credits = steps(10);
    plan.daily_credits = steps(3);
    const auto begun = [&] {
        Books books(plan);
        books.open(at(0, 9), at(0, 9));
        books.give(at(0, 9), "data", dollar());
        books.give(at(2, 3), "ads", {dec("0.5"), steps(10)});
        return books;
    };
    Books often = begun();
    for (std::int64_t hours = 0; hours <= 100 * 24; hours += 5) {
        Books once = begun();
        once.touch(at(2, 4 + hours));
        often.touch(at(2, 4 + hours));
        ASSERT_EQ(once.balance(), often.balance()) << hours;
        ASSERT_EQ(once.wallet().granted, often.wallet().granted) << hours;
        ASSERT_EQ(once.wallet().period_revenue, often.wallet().period_revenue) << hours;
        ASSERT_EQ(once.wallet().next_event_at, often.wallet().next_event_at) << hours;
        ASSERT_EQ(months_of(once), months_of(often)) << hours;
    }
}

TEST(Consents, AtAPeriodsEndTheRevenueIsTheNewPeriods) {
    Books books = opened(at(0));
    books.give(at(0), "data", dollar());
    books.touch(at(february));
    EXPECT_EQ(books.wallet().period_start, at(february));
    EXPECT_EQ(books.wallet().period_revenue, dec("1"));
    EXPECT_EQ(books.wallet().granted, steps(40)) << "opened with 20, 20 more";
}

TEST(Consents, GivenAgainWithinAMonthNothingIsBookedTwice) {
    Books books = opened();
    books.give(at(0), "data", dollar());
    books.give(at(1), "data", dollar());
    EXPECT_EQ(books.balance(), 20);
    books.withdraw(at(5), "data");
    books.withdraw(at(6), "data");
    books.give(at(20), "data", dollar());
    EXPECT_EQ(books.balance(), 20);
    EXPECT_EQ(books.wallet().next_event_at, at(february));
    books.touch(at(february));
    EXPECT_EQ(books.balance(), 40) << "goes on as if it had stood";
}

TEST(Consents, WithdrawnNothingIsDueAndLaterMonthsAreCountedAnew) {
    Books books = opened();
    books.give(at(0, 1), "data", dollar());
    books.withdraw(at(20), "data");
    books.touch(at(march));
    EXPECT_EQ(books.balance(), 20);
    books.give(at(march + 5), "data", dollar());
    EXPECT_EQ(books.balance(), 40);
    books.touch(at(april + 5) - 1);
    EXPECT_EQ(books.balance(), 40);
    books.touch(at(april + 5));
    EXPECT_EQ(books.balance(), 60);
}

TEST(Consents, WithdrawnAtTheMomentOfAMonthThatMonthIsBooked) {
    Books books = opened();
    books.give(at(0), "data", dollar());
    books.withdraw(at(february), "data");
    EXPECT_EQ(books.balance(), 40);
    books.give(at(march), "data", dollar());
    EXPECT_EQ(books.balance(), 60) << "the second month is just over";
}

TEST(Consents, AClosedAccountEarnsNothing) {
    Books books = opened();
    books.give(at(0), "data", dollar());
    books.all(at(10), [](Account& account) { return core::close(account); });
    books.touch(at(march, 1));
    EXPECT_EQ(months_of(books).size(), 1U);
    EXPECT_EQ(books.give(at(march, 2), "ads", dollar()).outcome, Outcome::account_closed);
    books.withdraw(at(march, 2), "data");
    EXPECT_FALSE(books.consents().front().stands()) << "it can be withdrawn";
}

TEST(Consents, DebtIsPaidFirst) {
    PlanTerms plan;
    plan.overdraft = steps(15);
    Books books(plan);
    books.open(at(0), at(0));
    books.deduct(at(0), 15);
    books.give(at(1), "data", dollar());
    EXPECT_EQ(books.balance(), 5);
    EXPECT_EQ(books.remaining(1), 5);
}

TEST(Consents, WithoutCreditsItIsRevenueOnlyAndWithoutUsdNothing) {
    Books books = opened();
    books.give(at(0), "data", {dec("1"), no_credits});
    EXPECT_EQ(books.entries().back().kind, EntryKind::adjust);
    EXPECT_EQ(books.revenue().size(), 1U);
    books.give(at(0), "nothing", {Decimal{}, no_credits});
    EXPECT_EQ(books.entries().size(), 1U);
    EXPECT_EQ(books.consents().back().entry_no, 0);
    EXPECT_EQ(books.consents().back().next_at, at(february)) << "its months pass all the same";
}

} // namespace
} // namespace credits::core::test
