// Owns the tests of burn-down: which lot burns first, what expiry takes, what holds keep alive.
#include "account_books.hpp"

#include "core/burn_down.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace credits::core::test {
namespace {

const PlanTerms without_plan;

Instant at(std::int64_t hours) {
    return (hours + 1'000) * hour;
}

Books opened(const PlanTerms& plan = without_plan) {
    Books books(plan);
    books.open(at(0), at(0));
    return books;
}

Lot lot_until(std::int64_t hours) {
    Lot lot;
    lot.expires_at = at(hours);
    return lot;
}

Lot lot_of_priority(std::int32_t priority) {
    Lot lot;
    lot.priority = priority;
    return lot;
}

TEST(BurnDown, EveryRankOfTheOrderOutranksAllThatFollow) {
    const auto lot = [](std::int32_t priority,
                        Instant expires_at,
                        const char* category,
                        Instant effective_at,
                        std::int64_t lot_no) {
        Lot made;
        made.priority = priority;
        made.expires_at = expires_at;
        made.category = category;
        made.effective_at = effective_at;
        made.lot_no = lot_no;
        return made;
    };
    const std::vector<Lot> in_order{
        lot(1, never, "paid", 9, 9),
        lot(2, 5, "paid", 9, 8),
        lot(2, 6, "promotional", 3, 7),
        lot(2, 6, "promotional", 4, 2),
        lot(2, 6, "paid", 1, 5),
        lot(2, 6, "paid", 1, 6),
        lot(2, never, "promotional", 0, 1),
    };
    for (std::size_t left = 0; left < in_order.size(); ++left) {
        for (std::size_t right = 0; right < in_order.size(); ++right) {
            EXPECT_EQ(burns_before(in_order[left], in_order[right]), left < right)
                << left << " and " << right;
        }
    }
}

TEST(BurnDown, AChargeRunsThroughTheLotsInOrder) {
    Books books = opened();
    books.grant(at(0), 10);                     // 1: never expires
    books.grant(at(0), 10, lot_until(50));      // 2
    books.grant(at(0), 10, lot_of_priority(1)); // 3
    books.deduct(at(1), 25);
    EXPECT_EQ(books.remaining(3), 0);
    EXPECT_EQ(books.remaining(2), 0);
    EXPECT_EQ(books.remaining(1), 5);
    const Entry& entry = books.entries().back();
    ASSERT_EQ(entry.moves.size(), 3U);
    EXPECT_EQ(entry.moves[0].lot_no, 3);
    EXPECT_EQ(entry.moves[1].lot_no, 2);
    EXPECT_EQ(entry.moves[2].lot_no, 1);
    EXPECT_EQ(entry.moves[2].amount, steps(-5));
    EXPECT_EQ(entry.amount, steps(-25));
    EXPECT_EQ(books.balance(), 5);
}

TEST(BurnDown, ALotCountsFromItsBeginInclusiveToItsEndExclusive) {
    Books books = opened();
    Lot lot = lot_until(20);
    lot.effective_at = at(10);
    books.grant(at(0), 7, lot);
    EXPECT_EQ(books.balance(), 0);
    books.touch(at(10) - 1);
    EXPECT_EQ(books.balance(), 0);
    books.touch(at(10));
    EXPECT_EQ(books.balance(), 7);
    EXPECT_EQ(books.deduct(at(20) - 1, 1).outcome, Outcome::ok);
    EXPECT_EQ(books.deduct(at(20), 1).outcome, Outcome::insufficient_credits);
    EXPECT_EQ(books.balance(), 0);
    const Entry& entry = books.entries().back();
    EXPECT_EQ(entry.kind, EntryKind::expire);
    EXPECT_EQ(entry.amount, steps(-6));
    EXPECT_EQ(entry.effective_at, at(20));
}

TEST(BurnDown, AFutureGrantWritesNothingNowAndItsAmountThen) {
    Books books = opened();
    Lot lot;
    lot.effective_at = at(10);
    books.grant(at(0), 7, lot);
    ASSERT_EQ(books.entries().size(), 1U);
    EXPECT_TRUE(books.entries()[0].amount.is_zero());
    books.touch(at(99));
    ASSERT_EQ(books.entries().size(), 2U);
    EXPECT_EQ(books.entries()[1].kind, EntryKind::grant);
    EXPECT_EQ(books.entries()[1].amount, steps(7));
    EXPECT_EQ(books.entries()[1].effective_at, at(10));
}

TEST(BurnDown, ABackDatedLotThatHasExpiredIsBreakageAtOnce) {
    Books books = opened();
    Lot lot = lot_until(5);
    lot.effective_at = at(1);
    books.grant(at(9), 7, lot);
    EXPECT_EQ(books.balance(), 0);
    EXPECT_EQ(books.lots().at(1).state, LotState::expired);
}

TEST(BurnDown, DebtIsPaidFromTheNextGrantFirst) {
    PlanTerms plan;
    plan.overdraft = steps(10);
    Books books = opened(plan);
    books.grant(at(0), 1);
    books.deduct(at(1), 8);
    EXPECT_EQ(books.balance(), -7);
    books.grant(at(2), 5);
    EXPECT_EQ(books.balance(), -2);
    EXPECT_EQ(books.remaining(2), 0);
    books.grant(at(3), 5);
    EXPECT_EQ(books.balance(), 3);
    EXPECT_EQ(books.remaining(3), 3);
    EXPECT_EQ(books.entries().back().amount, steps(5)) << "the grant is whole in the ledger";
}

TEST(BurnDown, CreditsThatExpireWhileHeldLiveUntilTheHoldEnds) {
    Books books = opened();
    books.grant(at(0), 10, lot_until(5));
    books.authorize(at(1), 6, at(20));
    books.touch(at(5));
    EXPECT_EQ(books.balance(), 6) << "what no hold covers is gone";
    EXPECT_EQ(books.settle(at(6), 1, steps(2)).outcome, Outcome::ok);
    EXPECT_EQ(books.balance(), 0) << "what the hold did not use goes with it";
    EXPECT_EQ(books.lots().at(1).state, LotState::expired);
    EXPECT_EQ(books.entries().back().kind, EntryKind::expire);
    EXPECT_EQ(books.entries().back().amount, steps(-4));
}

TEST(BurnDown, AHoldThatTimesOutOrIsReleasedLetsItsExpiredCreditsGo) {
    for (const bool is_released : {true, false}) {
        Books books = opened();
        books.grant(at(0), 10, lot_until(5));
        books.authorize(at(1), 6, at(20));
        books.touch(at(10));
        EXPECT_EQ(books.balance(), 6);
        if (is_released) {
            books.release(at(11), 1);
        } else {
            books.touch(at(20));
        }
        EXPECT_EQ(books.balance(), 0);
    }
}

TEST(BurnDown, AHoldMadeAfterTheExpiryKeepsNothingAlive) {
    Books books = opened();
    books.grant(at(0), 10, lot_until(5));
    books.grant(at(0), 10);
    books.authorize(at(5), 10, at(20));
    EXPECT_EQ(books.balance(), 10);
    EXPECT_EQ(books.lots().at(1).state, LotState::expired);
}

TEST(BurnDown, AHoldKeepsOnlyWhatItWouldTake) {
    Books books = opened();
    books.grant(at(0), 4, lot_of_priority(1));
    books.grant(at(0), 10, lot_until(5));
    books.authorize(at(1), 6, at(20));
    books.touch(at(5));
    EXPECT_EQ(books.balance(), 4 + 2) << "four of the six come from the lot that burns first";
}

TEST(BurnDown, AHoldPinsNoLotWhatBurnsFirstAtSettleIsTaken) {
    Books books = opened();
    books.grant(at(0), 10);
    books.authorize(at(1), 6, at(20));
    books.grant(at(2), 10, lot_of_priority(1));
    books.settle(at(3), 1);
    EXPECT_EQ(books.remaining(1), 10);
    EXPECT_EQ(books.remaining(2), 4);
}

// Debt and credits never stand side by side, whoever keeps the credits alive.
TEST(BurnDown, AnOverdraftTakesWhatOnlyHoldsKeepAliveBeforeItBecomesDebt) {
    PlanTerms plan;
    plan.overdraft = steps(5);
    Books books = opened(plan);
    books.grant(at(0), 4, lot_until(5));
    books.authorize(at(1), 4, at(20));
    EXPECT_EQ(books.deduct(at(6), 3).outcome, Outcome::ok);
    EXPECT_EQ(books.balance(), 1);
    EXPECT_EQ(books.remaining(1), 1);
    books.settle(at(7), 1);
    EXPECT_EQ(books.balance(), -3);
    EXPECT_EQ(books.remaining(1), 0);
    books.grant(at(8), 10);
    EXPECT_EQ(books.balance(), 7);
    EXPECT_EQ(books.remaining(2), 7);
}

TEST(BurnDown, ASettleAboveItsHoldTakesWhatOtherHoldsKeepAlive) {
    Books books = opened();
    books.grant(at(0), 4, lot_until(5));
    books.authorize(at(1), 4, at(20));
    books.grant(at(6), 2);
    books.authorize(at(6), 2, at(20));
    books.settle(at(7), 2, steps(5));
    EXPECT_EQ(books.balance(), 1);
    EXPECT_EQ(books.remaining(1), 1);
    EXPECT_EQ(books.remaining(2), 0);
}

TEST(BurnDown, APartialAccountChargesItsCurrentLotOnly) {
    Books books = opened();
    books.grant(at(0), 10);
    Account account = books.partial(at(1));
    Entry& entry = post(account, EntryKind::deduct, at(1));
    EXPECT_FALSE(take(account, entry, steps(11), at(1)));
    EXPECT_EQ(account.wallet.balance, steps(10));
    EXPECT_TRUE(take(account, entry, steps(10), at(1)));
    EXPECT_EQ(account.wallet.balance, steps(0));
    EXPECT_EQ(account.wallet.current_remaining, steps(0));
    ASSERT_EQ(entry.moves.size(), 1U);
    EXPECT_EQ(entry.moves[0].lot_no, 1);
}

// A lot that burns earlier begins while a hold keeps another one's credits alive. Whether anybody
// calls in between must make no difference to a settle that needs both.
TEST(BurnDown, WhatAHoldKeepsDoesNotDependOnWhoLooksWhen) {
    for (const bool looks : {false, true}) {
        Books books = opened();
        books.grant(at(0), 10, lot_until(2));
        Lot begins = lot_of_priority(1);
        begins.effective_at = at(3);
        books.grant(at(0), 10, begins);
        books.authorize(at(1), 10, at(9));
        if (looks) {
            books.touch(at(2));
            books.touch(at(4));
            books.touch(at(5));
        }
        books.settle(at(6), 1, steps(15));
        EXPECT_EQ(books.balance(), 0) << "10 of the new lot, 5 of the kept one, the rest expires";
        EXPECT_EQ(books.wallet().granted, steps(15)) << looks;
    }
}

} // namespace
} // namespace credits::core::test
