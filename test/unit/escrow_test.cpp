// Owns the cases of the brake's arithmetic: shares, warning, stop, windows, what is given back.
#include "escrow_platform.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>

namespace credits::core::test {
namespace {

EscrowTerms day_terms(std::optional<Decimal> warn, std::optional<Decimal> stop) {
    EscrowTerms terms = escrow_terms("day", warn, stop);
    terms.window = 0;
    terms.latches = true;
    return terms;
}

EscrowPlatform platform_with(std::optional<Decimal> warn, std::optional<Decimal> stop) {
    EscrowPlatform platform(4);
    platform.terms = {day_terms(warn, stop)};
    return platform;
}

Spending spend_now(EscrowPlatform& platform, std::string_view amount) {
    const Spending spending = platform.spend(0, dec(amount));
    platform.commit(0);
    return spending;
}

TEST(Escrow, SharesAddUpToTheWhole) {
    const EscrowTerms terms = escrow_terms("hour", dec("0.01"), dec("500.07"));
    EXPECT_EQ(terms.stop_share * Decimal(64, 0), dec("500.07"));
    EXPECT_EQ(terms.warn_share * Decimal(64, 0), dec("0.01"));
}

TEST(Escrow, AllOfTheAllowanceCanBeSpentAndNothingBeyond) {
    EscrowPlatform platform = platform_with(std::nullopt, dec("5"));
    for (int call = 1; call <= 49; ++call) {
        const Spending spending = spend_now(platform, "0.1");
        EXPECT_TRUE(spending.admitted) << call;
        EXPECT_FALSE(spending.stops) << call;
    }
    const Spending last = spend_now(platform, "0.1");
    EXPECT_TRUE(last.admitted);
    EXPECT_TRUE(last.stops); // at once, with the call that reaches it
    EXPECT_EQ(platform.total().spent, dec("5"));
    const Spending beyond = spend_now(platform, "0.000000001");
    EXPECT_FALSE(beyond.admitted);
    EXPECT_TRUE(beyond.stops);
}

TEST(Escrow, OneCallMayTakeEverything) {
    EscrowPlatform platform = platform_with(std::nullopt, dec("5"));
    EXPECT_TRUE(spend_now(platform, "5").admitted);
    EXPECT_FALSE(spend_now(platform, "0.01").admitted);
}

TEST(Escrow, AGiantCallDoesNotStopThePlatform) {
    EscrowPlatform platform = platform_with(std::nullopt, dec("500"));
    EXPECT_TRUE(spend_now(platform, "100").admitted);
    const Spending giant = spend_now(platform, "401");
    EXPECT_FALSE(giant.admitted);
    EXPECT_FALSE(giant.stops);
    EXPECT_TRUE(spend_now(platform, "360").admitted);
    const Spending small = spend_now(platform, "50"); // a tenth, and 40 are left
    EXPECT_FALSE(small.admitted);
    EXPECT_TRUE(small.stops);
    EXPECT_TRUE(spend_now(platform, "39").admitted);
}

TEST(Escrow, TheWarningComesOnceAndExactly) {
    EscrowPlatform platform = platform_with(dec("4"), dec("5"));
    for (int call = 1; call <= 50; ++call) {
        const Spending spending = spend_now(platform, "0.1");
        EXPECT_TRUE(spending.admitted) << call;
        EXPECT_EQ(spending.warned, call == 40) << call;
    }
    EXPECT_FALSE(spend_now(platform, "0.1").admitted);
}

TEST(Escrow, AWarningAloneStopsNothing) {
    EscrowPlatform platform = platform_with(dec("1"), std::nullopt);
    EXPECT_FALSE(spend_now(platform, "0.9").warned);
    EXPECT_TRUE(spend_now(platform, "7").warned);
    const Spending after = spend_now(platform, "1000");
    EXPECT_TRUE(after.admitted);
    EXPECT_FALSE(after.warned);
    EXPECT_FALSE(after.looked); // known by the stripe itself
}

TEST(Escrow, OneOpenTransactionCostsItsShare) {
    EscrowPlatform platform = platform_with(std::nullopt, dec("64"));
    EXPECT_TRUE(platform.spend(1, dec("0.5")).admitted); // and stays open
    for (int call = 0; call < 63; ++call) {
        EXPECT_TRUE(spend_now(platform, "1").admitted) << call;
    }
    const Spending refused = spend_now(platform, "0.01");
    EXPECT_FALSE(refused.admitted);
    EXPECT_TRUE(refused.may_come_free);
    platform.roll_back(1);
    EXPECT_TRUE(spend_now(platform, "1").admitted);
    EXPECT_FALSE(spend_now(platform, "0.01").admitted);
}

TEST(Escrow, AnotherWindowBeginsAfresh) {
    EscrowPlatform platform = platform_with(dec("4"), dec("5"));
    EXPECT_TRUE(spend_now(platform, "4.5").warned);
    platform.terms[0].window = day;
    const Spending next = spend_now(platform, "4.5");
    EXPECT_TRUE(next.admitted);
    EXPECT_TRUE(next.warned);
    EXPECT_EQ(platform.total().spent, dec("4.5"));
}

TEST(Escrow, AWindowUsedUpStopsThoseAfterIt) {
    EscrowPlatform platform = platform_with(std::nullopt, dec("5"));
    EXPECT_TRUE(spend_now(platform, "4.9").admitted);
    for (const int days : {1, 40}) {
        platform.terms[0].window = days * day;
        const Spending refused = spend_now(platform, "0.01");
        EXPECT_FALSE(refused.admitted);
        EXPECT_TRUE(refused.latched);
        EXPECT_TRUE(refused.stops);
        EXPECT_TRUE(platform.total().latched);
    }
    platform.terms[0].resumed_at = 40 * day + 1;
    EXPECT_TRUE(spend_now(platform, "5").admitted);
}

TEST(Escrow, ALittleMoreLeftIsNotUsedUp) {
    EscrowPlatform platform = platform_with(std::nullopt, dec("5"));
    EXPECT_TRUE(spend_now(platform, "4.89").admitted);
    platform.terms[0].window = day;
    EXPECT_TRUE(spend_now(platform, "0.01").admitted);
}

TEST(Escrow, WhatEndsWithTheWindowDoesNotLatch) {
    EscrowPlatform platform = platform_with(std::nullopt, dec("5"));
    platform.terms[0].latches = false;
    EXPECT_TRUE(spend_now(platform, "5").admitted);
    platform.terms[0].window = day;
    EXPECT_TRUE(spend_now(platform, "5").admitted);
}

TEST(Escrow, ARealCostDoesNotLiftTheLatch) {
    EscrowPlatform platform = platform_with(std::nullopt, dec("5"));
    EXPECT_TRUE(spend_now(platform, "5").admitted);
    platform.terms[0].window = day;
    const Spending forced = platform.spend(0, dec("0.3"), true);
    platform.commit(0);
    EXPECT_TRUE(forced.admitted);
    EXPECT_TRUE(forced.stops);
    EXPECT_FALSE(spend_now(platform, "0.01").admitted);
    EXPECT_FALSE(platform.spend(1, dec("0.01")).admitted);
    platform.terms[0].resumed_at = day + 1;
    EXPECT_TRUE(spend_now(platform, "5").admitted);
    EXPECT_EQ(platform.total().spent, dec("5.3"));
}

TEST(Escrow, ResumingGivesTheFullAllowanceAgain) {
    EscrowPlatform platform = platform_with(dec("3"), dec("5"));
    EXPECT_TRUE(spend_now(platform, "5").stops);
    platform.terms[0].resumed_at = 1000;
    EXPECT_FALSE(spend_now(platform, "2.9").warned);
    EXPECT_TRUE(spend_now(platform, "0.1").warned);
    EXPECT_TRUE(spend_now(platform, "2").stops);
    EXPECT_FALSE(spend_now(platform, "0.01").admitted);
    EXPECT_EQ(platform.total().spent, dec("10"));
    EXPECT_EQ(platform.total().used, dec("5"));
}

TEST(Escrow, RealCostsMayPassTheStopAndAreMadeUpFor) {
    EscrowPlatform platform = platform_with(std::nullopt, dec("64"));
    EXPECT_TRUE(platform.spend(1, dec("0.5")).admitted);
    EXPECT_TRUE(spend_now(platform, "62.9").admitted);
    EXPECT_TRUE(platform.spend(0, dec("0.4"), true).admitted); // 0.1 of it was left
    platform.commit(0);
    platform.commit(1);
    EXPECT_EQ(platform.total().spent, dec("63.8"));
    EXPECT_FALSE(platform.spend(1, dec("0.21")).admitted); // although its own stripe has 0.5
    const Spending last = platform.spend(1, dec("0.2"));
    EXPECT_TRUE(last.admitted);
    EXPECT_TRUE(last.stops);
}

TEST(Escrow, WhatIsGivenBackCanBeSpentAgain) {
    EscrowPlatform platform = platform_with(std::nullopt, dec("5"));
    EXPECT_TRUE(spend_now(platform, "5").admitted);
    platform.give_back(2, dec("2"), 10);
    platform.commit(2);
    EXPECT_EQ(platform.total().spent, dec("3"));
    EXPECT_TRUE(spend_now(platform, "2").admitted);
    EXPECT_FALSE(spend_now(platform, "0.01").admitted);
}

TEST(Escrow, WhatWasCountedElsewhereIsNotGivenBack) {
    EscrowPlatform platform = platform_with(std::nullopt, dec("5"));
    EXPECT_TRUE(spend_now(platform, "2").admitted);
    platform.terms[0].window = day;
    EXPECT_TRUE(spend_now(platform, "1").admitted);
    platform.give_back(0, dec("2"), day - 1); // its window is over
    platform.commit(0);
    EXPECT_EQ(platform.total().spent, dec("1"));
    platform.terms[0].resumed_at = day + 100;
    platform.give_back(0, dec("0.5"), day + 50); // not of the allowance that counts now
    platform.commit(0);
    EXPECT_EQ(platform.total().spent, dec("0.5"));
    EXPECT_EQ(platform.total().used, dec("0"));
}

TEST(Escrow, OtherThresholdsHoldAtOnce) {
    EscrowPlatform platform = platform_with(std::nullopt, dec("5"));
    EXPECT_TRUE(spend_now(platform, "4").admitted);
    platform.terms = {day_terms(std::nullopt, dec("10"))};
    EXPECT_TRUE(spend_now(platform, "5").admitted);
    EXPECT_FALSE(spend_now(platform, "1.1").admitted);
    platform.terms = {day_terms(std::nullopt, dec("8"))};
    EXPECT_FALSE(spend_now(platform, "0.1").admitted);
    platform.terms = {day_terms(dec("2"), dec("9.5"))};
    EXPECT_TRUE(spend_now(platform, "0.1").warned);
}

TEST(Escrow, TheTightestWindowDecides) {
    EscrowPlatform platform(2);
    platform.terms = {escrow_terms("hour", std::nullopt, dec("1")),
                      escrow_terms("day", std::nullopt, dec("3"))};
    EXPECT_TRUE(spend_now(platform, "1").admitted);
    EXPECT_FALSE(spend_now(platform, "0.1").admitted);
    platform.terms[0].window = hour;
    EXPECT_TRUE(spend_now(platform, "1").admitted);
    platform.terms[0].window = 2 * hour;
    EXPECT_TRUE(spend_now(platform, "1").stops);
    platform.terms[0].window = 3 * hour;
    EXPECT_FALSE(spend_now(platform, "0.1").admitted);
    EXPECT_EQ(platform.total(1).spent, dec("3"));
}

TEST(Escrow, AClockFarAheadIsNotBelieved) {
    EscrowPlatform platform = platform_with(std::nullopt, dec("5"));
    platform.terms[0].latches = false;
    platform.terms[0].window = 1000 * day;
    EXPECT_TRUE(spend_now(platform, "5").admitted);
    platform.terms[0].window = 2 * day;
    EXPECT_TRUE(spend_now(platform, "5").admitted);
    platform.terms[0].window = day; // a clock that is a little behind stays in the newer window
    EXPECT_FALSE(spend_now(platform, "0.1").admitted);
}

TEST(Escrow, HoursFollowTheClocksOfTheZone) {
    const SteppedZone half_past(5 * hour + hour / 2);
    EXPECT_EQ(hour_start(half_past, 10 * hour), 9 * hour + hour / 2);
    EXPECT_EQ(hour_start(half_past, 10 * hour + hour / 2), 10 * hour + hour / 2);
    EXPECT_EQ(hour_start(utc(), -1), -hour);
}

TEST(EscrowBytes, ComeBackAsTheyWere) {
    TestArena arena;
    Stripe stripe;
    StripeCounter counter;
    counter.name = "day";
    counter.window = -86'400'000'000;
    counter.epoch = always;
    counter.raised = true;
    counter.latched = true;
    counter.spent = dec("0.00000000013");
    counter.moved = dec("-99999999999999999999999999999999999999");
    stripe.push_back(arena, counter);
    counter.name = std::string_view();
    counter.warned = true;
    stripe.push_back(arena, counter);
    const Stripe read = read_stripe(write_stripe(stripe, arena), arena);
    ASSERT_EQ(read.size(), 2U);
    EXPECT_EQ(read[0].name, "day");
    EXPECT_EQ(read[0].window, -86'400'000'000);
    EXPECT_EQ(read[0].epoch, always);
    EXPECT_TRUE(read[0].raised && read[0].latched && !read[0].warned);
    EXPECT_EQ(read[0].spent, dec("0.00000000013"));
    EXPECT_EQ(read[0].moved, counter.moved);
    EXPECT_TRUE(read[1].warned);
    EXPECT_TRUE(read_stripe("", arena).empty());
}

TEST(EscrowBytes, DamageIsFound) {
    TestArena arena;
    Stripe stripe;
    StripeCounter counter;
    counter.name = "hour";
    counter.spent = dec("1.25");
    stripe.push_back(arena, counter);
    const std::string_view bytes = write_stripe(stripe, arena);
    for (std::size_t size = 2; size < bytes.size(); ++size) {
        EXPECT_THROW(read_stripe(bytes.substr(0, size), arena), Error) << size;
    }
    EXPECT_THROW(read_stripe("\x02", arena), Error);
    const std::string endless =
        std::string(1, '\x01') + std::string(1, '\x00') + std::string(40, '\xFF');
    EXPECT_THROW(read_stripe(endless, arena), Error);
}

} // namespace
} // namespace credits::core::test
