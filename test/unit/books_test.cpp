// Owns the tests of what surrounds calls: grants, voids, refunds, opening and closing.
#include "account_books.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace credits::core::test {
namespace {

Instant at(std::int64_t hours) {
    return (1'000 + hours) * hour;
}

const PlanTerms without_plan;

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

TEST(Grant, RefusesBoundsThatContradictThemselves) {
    Books books = opened();
    Lot lot = lot_until(5);
    lot.effective_at = at(5);
    EXPECT_THROW(books.grant(at(0), 1, lot), Error);
    Lot bounds;
    bounds.rollover_min = steps(2);
    bounds.rollover_max = steps(1);
    EXPECT_THROW(books.grant(at(0), 1, bounds), Error);
    EXPECT_TRUE(books.lots().empty());
    EXPECT_TRUE(books.entries().empty());
}

TEST(Grant, AClosedAccountTakesNone) {
    Books books = opened();
    books.set_status(at(0), AccountStatus::closed);
    EXPECT_EQ(books.grant(at(1), 5).outcome, Outcome::account_closed);
    EXPECT_TRUE(books.lots().empty());
}

TEST(Grant, AFrozenAccountTakesIt) {
    Books books = opened();
    books.set_status(at(0), AccountStatus::frozen);
    EXPECT_EQ(books.grant(at(1), 5).outcome, Outcome::ok);
    EXPECT_EQ(books.balance(), 5);
}

TEST(VoidLot, ForfeitsWhatIsLeftAndNoMore) {
    Books books = opened();
    books.grant(at(0), 10);
    books.deduct(at(1), 4);
    const Verdict verdict = books.void_lot(at(2), 1);
    EXPECT_EQ(verdict.amount, steps(6));
    EXPECT_EQ(books.balance(), 0);
    EXPECT_EQ(books.wallet().granted - books.wallet().balance, steps(4)) << "used stays used";
    EXPECT_EQ(books.void_lot(at(3), 1).outcome, Outcome::entry_not_found);
    EXPECT_EQ(books.void_lot(at(3), 7).outcome, Outcome::entry_not_found);
}

TEST(VoidLot, AScheduledLotNeverBegins) {
    Books books = opened();
    Lot lot;
    lot.effective_at = at(10);
    books.grant(at(0), 10, lot);
    EXPECT_EQ(books.void_lot(at(1), 1).outcome, Outcome::ok);
    books.touch(at(11));
    EXPECT_EQ(books.balance(), 0);
    EXPECT_EQ(books.lots().at(1).state, LotState::voided);
}

TEST(Refund, GoesBackToTheVeryLotsLastShareFirst) {
    Books books = opened();
    books.grant(at(0), 5, lot_until(90));
    books.grant(at(0), 10);
    books.deduct(at(1), 8);
    const std::int64_t entry = books.own_entry();
    books.refund(at(2), entry, steps(4));
    EXPECT_EQ(books.remaining(2), 10) << "three to the lot that gave last";
    EXPECT_EQ(books.remaining(1), 1) << "and one to the one before";
    EXPECT_EQ(books.lots().at(1).state, LotState::live) << "a used lot lives again";
    books.refund(at(3), entry);
    EXPECT_EQ(books.remaining(1), 5);
    EXPECT_EQ(books.balance(), 15);
    EXPECT_EQ(books.wallet().granted, books.wallet().balance) << "nothing is used any more";
}

TEST(Refund, AllRefundsTogetherNeverExceedTheCharge) {
    Books books = opened();
    books.grant(at(0), 10);
    books.deduct(at(1), 8);
    const std::int64_t entry = books.own_entry();
    EXPECT_EQ(books.refund(at(2), entry, steps(9)).outcome, Outcome::refund_exceeds);
    EXPECT_EQ(books.refund(at(2), entry, steps(5)).outcome, Outcome::ok);
    EXPECT_EQ(books.refund(at(2), entry, steps(4)).outcome, Outcome::refund_exceeds);
    EXPECT_EQ(books.refund(at(2), entry).outcome, Outcome::ok);
    EXPECT_EQ(books.refund(at(2), entry).outcome, Outcome::refund_exceeds);
    EXPECT_EQ(books.balance(), 10);
}

TEST(Refund, OfAnExpiredOrVoidedLotMakesANewOneLikeIt) {
    for (const bool is_voided : {true, false}) {
        Books books = opened();
        Lot lot = lot_until(10);
        lot.priority = 3;
        lot.category = "paid";
        books.grant(at(0), 5, lot);
        books.deduct(at(1), 4);
        const std::int64_t entry = books.own_entry();
        if (is_voided) {
            books.void_lot(at(2), 1);
        }
        books.refund(at(is_voided ? 3 : 12), entry, {}, at(50));
        EXPECT_EQ(books.balance(), 4);
        const Lot& fresh = books.lots().at(2);
        EXPECT_EQ(fresh.source, "refund");
        EXPECT_EQ(fresh.priority, 3);
        EXPECT_TRUE(fresh.is_paid());
        EXPECT_EQ(fresh.amount, steps(4));
        EXPECT_EQ(fresh.expires_at, at(50));
    }
}

// Whether one credit was left at the reset makes no difference to where the others come back.
TEST(Refund, OfAPeriodThatWasResetMakesANewLot) {
    PlanTerms plan;
    plan.cycle = {0, 1, 0};
    plan.grants_by_clock = true;
    plan.renews_by_clock = true;
    plan.credits = steps(10);
    plan.renewal = Renewal::reset;
    for (const std::int64_t used : {9, 10}) {
        Books books = opened(plan);
        books.deduct(at(1), used);
        const std::int64_t entry = books.own_entry();
        books.refund(at(25), entry, {}, at(90));
        EXPECT_EQ(books.balance(), 10 + used);
        EXPECT_EQ(books.remaining(1), 0);
        books.touch(at(49));
        EXPECT_EQ(books.balance(), 10 + used) << "it outlives the next reset";
    }
}

TEST(Refund, ALotThatLivesTakesItsCreditsBackWhateverThePlan) {
    PlanTerms keeps;
    keeps.cycle = {0, 1, 0};
    keeps.grants_by_clock = true;
    keeps.renews_by_clock = true;
    keeps.credits = steps(10);
    PlanTerms resets = keeps;
    resets.renewal = Renewal::reset;
    Books books = opened(keeps);
    books.deduct(at(1), 4);
    const std::int64_t entry = books.own_entry();
    books.touch(at(25));
    books.change_plan(at(26), resets);
    books.refund(at(27), entry);
    EXPECT_EQ(books.remaining(1), 10);
}

TEST(Refund, WhatHadBecomeDebtComesBeforeAnyLot) {
    Books books = opened();
    books.grant(at(0), 5);
    books.authorize(at(1), 5, at(90));
    books.settle(at(2), 1, steps(8));
    EXPECT_EQ(books.balance(), -3);
    const std::int64_t entry = books.own_entry();
    books.refund(at(3), entry, steps(2));
    EXPECT_EQ(books.balance(), -1);
    EXPECT_EQ(books.remaining(1), 0);
    books.refund(at(4), entry, steps(4));
    EXPECT_EQ(books.balance(), 3);
    EXPECT_EQ(books.remaining(1), 3);
}

TEST(Refund, PaysTheDebtOfTodayFirst) {
    PlanTerms plan;
    plan.overdraft = steps(10);
    Books books = opened(plan);
    books.grant(at(0), 5);
    books.deduct(at(1), 5);
    const std::int64_t entry = books.own_entry();
    books.deduct(at(2), 3);
    books.refund(at(3), entry);
    EXPECT_EQ(books.balance(), 2);
    EXPECT_EQ(books.remaining(1), 2);
}

TEST(Refund, OnlyChargesCanBeRefunded) {
    Books books = opened();
    books.grant(at(0), 5);
    EXPECT_EQ(books.refund(at(1), 1).outcome, Outcome::entry_not_found);
    books.deduct(at(2), 5);
    books.refund(at(3), books.own_entry());
    EXPECT_EQ(books.refund(at(4), books.own_entry()).outcome, Outcome::entry_not_found);
}

TEST(Refund, AClosedAccountTakesNoneAFrozenOneDoes) {
    Books books = opened();
    books.grant(at(0), 5);
    books.deduct(at(1), 5);
    const std::int64_t entry = books.own_entry();
    books.set_status(at(2), AccountStatus::frozen);
    EXPECT_EQ(books.refund(at(3), entry, steps(1)).outcome, Outcome::ok);
    books.set_status(at(4), AccountStatus::closed);
    EXPECT_EQ(books.refund(at(5), entry, steps(1)).outcome, Outcome::account_closed);
}

TEST(Refund, OfAnEarlierPeriodLowersNothingUsedInThisOne) {
    PlanTerms plan;
    plan.cycle = {0, 1, 0};
    Books books = opened(plan);
    books.grant(at(0), 10);
    books.deduct(at(1), 4);
    const std::int64_t entry = books.own_entry();
    books.deduct(at(25), 3);
    books.refund(at(26), entry);
    EXPECT_EQ(books.balance(), 7);
    EXPECT_EQ(books.wallet().granted - books.wallet().balance, steps(3));
}

PlanTerms postpaid_plan() {
    PlanTerms plan;
    plan.cycle = {0, 20, 0};
    plan.charge.by = ChargeBy::postpaid;
    return plan;
}

TEST(Refund, OfAllThatIsLeftTakesBackWhatIsOwed) {
    const PlanTerms plan = postpaid_plan();
    Books books = opened(plan);
    books.deduct(at(1), 30); // at a cent each
    const std::int64_t entry = books.own_entry();
    EXPECT_EQ(books.wallet().period_overage, dec("0.3"));
    EXPECT_EQ(books.refund(at(2), entry, steps(1)).outcome, Outcome::refund_exceeds)
        << "no credits were charged";
    EXPECT_EQ(books.refund(at(2), entry).outcome, Outcome::ok);
    EXPECT_EQ(books.entries().back().overage, dec("-0.3"));
    EXPECT_EQ(books.entries().back().amount, no_credits);
    EXPECT_EQ(books.wallet().period_overage, Decimal{});
    EXPECT_EQ(books.refund(at(3), entry).outcome, Outcome::refund_exceeds);
}

TEST(Refund, OfWhatAnEarlierPeriodOwedLowersNothingInThisOne) {
    const PlanTerms plan = postpaid_plan();
    Books books = opened(plan);
    books.deduct(at(1), 30);
    const std::int64_t entry = books.own_entry();
    books.deduct(at(25), 20);
    EXPECT_EQ(books.refund(at(26), entry).outcome, Outcome::ok);
    EXPECT_EQ(books.wallet().period_overage, dec("0.2"));
}

TEST(Status, AClosedAccountChangesNoPlan) {
    PlanTerms other;
    Books books = opened();
    books.all(at(1), [](Account& account) { return core::close(account); });
    EXPECT_EQ(books.change_plan(at(2), other).outcome, Outcome::account_closed);
    books.all(at(3), [](Account& account) { return core::reopen(account); });
    EXPECT_EQ(books.change_plan(at(4), other).outcome, Outcome::ok);
}

TEST(Status, TheClockOfAnAccountNeverRunsBackwards) {
    Books books = opened();
    books.grant(at(5), 10, lot_until(10));
    books.touch(at(10));
    EXPECT_EQ(books.deduct(at(3), 1).outcome, Outcome::insufficient_credits);
    EXPECT_EQ(books.wallet().clock, at(10));
}

} // namespace
} // namespace credits::core::test
