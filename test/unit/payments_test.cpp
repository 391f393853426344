// Owns the tests of payments: which period one pays for, what it gives, and that neither the order
// in which payments become known nor that of refunds leaves a trace.
#include "account_books.hpp"

#include "core/payments.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

namespace credits::core::test {
namespace {

Instant at(std::int64_t days) {
    return (10'000 + days) * day;
}

PlanTerms paid_plan(std::int64_t credits, Renewal renewal = Renewal::reset) {
    PlanTerms plan;
    plan.name = "paid";
    plan.cycle.days = 30;
    plan.credits = steps(credits);
    plan.renewal = renewal;
    return plan;
}

Payment payment_of(std::string_view usd) {
    Payment payment;
    payment.usd = dec(usd);
    return payment;
}

Verdict pay(Books& books, Instant now, const PlanTerms& plan, std::string_view usd) {
    return books.all(
        now, [&](Account& account) { return pay_subscription(account, plan, payment_of(usd)); });
}

TEST(Subscription, TheFirstPaymentBeginsAPeriod) {
    const PlanTerms plan = paid_plan(100);
    Books books(plan);
    books.open(at(0), at(0));
    EXPECT_EQ(books.balance(), 0);
    EXPECT_EQ(pay(books, at(20), plan, "10").amount, steps(100));
    EXPECT_EQ(books.wallet().period_start, at(20));
    EXPECT_EQ(books.wallet().period_end, at(50));
    EXPECT_EQ(books.wallet().paid_until, at(50));
    EXPECT_EQ(books.wallet().period_revenue, dec("10"));
}

TEST(Subscription, ARenewalThatIsLatePaysThePeriodThatFollows) {
    const PlanTerms plan = paid_plan(100);
    Books books(plan);
    books.open(at(0), at(0));
    pay(books, at(0), plan, "10");
    books.deduct(at(1), 30);
    books.touch(at(33));
    EXPECT_EQ(books.balance(), 70) << "old credits stay until the paid renewal";
    EXPECT_EQ(pay(books, at(35), plan, "10").amount, steps(100));
    EXPECT_EQ(books.balance(), 100);
    EXPECT_EQ(books.wallet().period_start, at(30));
    EXPECT_EQ(books.lots().at(1).expires_at, at(30));
}

TEST(Subscription, AfterALapseAPeriodBeginsAnew) {
    const PlanTerms plan = paid_plan(100);
    Books books(plan);
    books.open(at(0), at(0));
    pay(books, at(0), plan, "10");
    pay(books, at(100), plan, "10");
    EXPECT_EQ(books.wallet().period_start, at(100));
    EXPECT_EQ(books.wallet().period_end, at(130));
    EXPECT_EQ(books.balance(), 100);
}

TEST(Subscription, PaidAheadIsGivenWhenThePeriodBegins) {
    const PlanTerms plan = paid_plan(100, Renewal::accumulate);
    Books books(plan);
    books.open(at(0), at(0));
    pay(books, at(0), plan, "10");
    EXPECT_EQ(pay(books, at(1), plan, "10").amount, steps(0));
    EXPECT_EQ(pay(books, at(2), plan, "10").amount, steps(0));
    EXPECT_EQ(books.wallet().paid_until, at(90));
    books.touch(at(29));
    EXPECT_EQ(books.balance(), 100);
    books.touch(at(31));
    EXPECT_EQ(books.balance(), 200);
    books.touch(at(95));
    EXPECT_EQ(books.balance(), 300) << "and no more than was paid for";
}

TEST(Subscription, ALargerPlanGivesTheDifferenceForTheMoney) {
    PlanTerms small = paid_plan(200);
    small.price = dec("10");
    small.credit_share = dec("0.2");
    PlanTerms large = paid_plan(1'000);
    large.price = dec("50");
    large.credit_share = dec("0.2");
    Books books(small);
    books.open(at(0), at(0));
    EXPECT_EQ(pay(books, at(0), small, "10").amount, steps(200));
    books.change_plan(at(1), large);
    EXPECT_EQ(books.balance(), 200) << "a change of plan gives nothing that was not paid for";
    EXPECT_EQ(pay(books, at(1), large, "25").amount, steps(500));
    EXPECT_EQ(pay(books, at(2), large, "25").amount, steps(300)) << "at most the plan's";
}

TEST(Subscription, ATrialGivesWhatThePlanSays) {
    PlanTerms plan = paid_plan(200);
    plan.credit_share = dec("0.2");
    Books books(plan);
    books.open(at(0), at(0));
    EXPECT_EQ(pay(books, at(0), plan, "0").amount, steps(200));
    EXPECT_TRUE(books.wallet().period_revenue.is_zero());
}

TEST(Subscription, ClosedAccountsTakeNone) {
    const PlanTerms plan = paid_plan(100);
    Books books(plan);
    books.open(at(0), at(0));
    books.set_status(at(0), AccountStatus::closed);
    EXPECT_EQ(pay(books, at(1), plan, "10").outcome, Outcome::account_closed);
    EXPECT_TRUE(books.entries().empty());
}

// Told is a payment as its provider tells of it; the rest of what the core asks for follows from
// those that were told before.
struct Told {
    Instant start;
    Instant end;
    std::int64_t credits;
    std::int64_t most;
    std::int64_t lot_no = 0;
};

PaidPeriod period_of(const Told& told, const std::vector<Told>& before) {
    PaidPeriod period;
    static TestArena arena;
    period.start = told.start;
    period.end = told.end;
    period.credits = steps(told.credits);
    std::int64_t most = told.most;
    for (const Told& other : before) {
        period.is_known = period.is_known || other.end == told.end;
        most = other.end == told.end ? std::max(most, other.most) : most;
        if (other.start > told.start && other.end > told.end) {
            period.superseded_at = std::min(period.superseded_at, other.start);
        }
        if (other.start < told.start && other.end < told.end && other.lot_no != 0) {
            period.ended_lots.push_back(arena, other.lot_no);
        }
    }
    period.most = steps(most);
    return period;
}

using State = std::vector<std::tuple<std::int64_t, std::int64_t, bool>>; // amount, left, usable

State state_after(const std::vector<Told>& order, Instant now, Renewal renewal) {
    PlanTerms plan = paid_plan(300, renewal);
    plan.rollover_max = steps(40);
    PlanTerms free;
    free.name = "free";
    Books books(free);
    books.open(at(0), at(0));
    std::vector<Told> known;
    for (Told told : order) {
        const PaidPeriod period = period_of(told, known);
        books.all(now, [&](Account& account) {
            return pay_period(account, plan, payment_of("10"), period);
        });
        const bool gave = books.entries().back().kind != EntryKind::adjust;
        told.lot_no = gave ? books.wallet().last_lot_no : 0;
        known.push_back(told);
    }
    State state;
    for (const auto& [lot_no, lot] : books.lots()) {
        state.emplace_back(static_cast<std::int64_t>(lot.amount.steps),
                           books.remaining(lot_no),
                           lot.state == LotState::live);
    }
    std::sort(state.begin(), state.end());
    state.emplace_back(books.balance(), 0, true);
    return state;
}

TEST(PaidPeriods, LeaveTheSameCreditsInWhateverOrderTheyAreTold) {
    // A period, an upgrade within it, the next one, one after a gap.
    const std::vector<Told> all{{at(0), at(30), 100, 100},
                                {at(12), at(30), 150, 300},
                                {at(30), at(60), 300, 300},
                                {at(75), at(105), 301, 301}};
    for (const Renewal renewal : {Renewal::reset, Renewal::accumulate}) {
        for (const std::int64_t now : {5, 20, 30, 45, 70, 80, 200}) {
            std::vector<int> places(all.size());
            std::iota(places.begin(), places.end(), 0);
            std::vector<Told> told;
            std::copy_if(all.begin(), all.end(), std::back_inserter(told), [&](const Told& one) {
                return one.start <= at(now);
            });
            places.resize(told.size());
            std::optional<State> first;
            do {
                std::vector<Told> order;
                for (const int place : places) {
                    order.push_back(told[static_cast<std::size_t>(place)]);
                }
                const State state = state_after(order, at(now), renewal);
                first = first ? first : state;
                EXPECT_EQ(state, *first) << "on day " << now;
            } while (std::next_permutation(places.begin(), places.end()));
        }
    }
}

TEST(PaidPeriods, AnOverlappingOneSupersedes) {
    const Told left{at(0), at(31), 100, 100};
    const Told came_back{at(22), at(50), 200, 200};
    const State state = state_after({left, came_back}, at(40), Renewal::reset);
    EXPECT_EQ(state_after({came_back, left}, at(40), Renewal::reset), state);
    EXPECT_EQ(std::get<0>(state.back()), 200);
}

TEST(PaidPeriods, WhatCameBeforeCountsFromThePeriodsOwnStart) {
    const PlanTerms plan = paid_plan(100);
    Books books(plan);
    books.open(at(0), at(0));
    PaidPeriod period;
    period.start = at(3);
    period.end = at(33);
    period.credits = steps(100);
    period.most = steps(100);
    period.totals.cost = dec("1.5");
    period.totals.requests = 7;
    books.all(at(5), [&](Account& account) {
        return pay_period(account, plan, payment_of("10"), period);
    });
    EXPECT_EQ(books.wallet().period_start, at(3));
    EXPECT_EQ(books.wallet().period_cost, dec("1.5"));
    EXPECT_EQ(books.wallet().period_requests, 7);
    EXPECT_EQ(books.wallet().period_revenue, dec("10"));
}

Verdict claw(Books& books, Instant now, std::int64_t amount, std::int64_t used) {
    return books.all(now, [&](Account& account) {
        Clawback clawback;
        clawback.lot_no = 1;
        clawback.amount = steps(amount);
        clawback.used = steps(used);
        return claw_back(account, clawback);
    });
}

TEST(Clawback, TakesTheOwnLotThenWhatWasUsedFromOthersThenDebt) {
    const PlanTerms plan = paid_plan(0);
    Books books(plan);
    books.open(at(0), at(0));
    books.grant(at(0), 100);
    books.grant(at(0), 50);
    books.deduct(at(1), 30);
    EXPECT_EQ(claw(books, at(2), 60, 30).amount, steps(-60));
    EXPECT_EQ(books.remaining(1), 10);
    EXPECT_EQ(claw(books, at(2), 40, 30).amount, steps(-40));
    EXPECT_EQ(books.remaining(1), 0);
    EXPECT_EQ(books.remaining(2), 20);
    books.deduct(at(3), 20);
    EXPECT_EQ(claw(books, at(4), 25, 20).amount, steps(-20)) << "no more than was used";
    EXPECT_EQ(books.balance(), -20);
}

TEST(Clawback, IsNoUse) {
    const PlanTerms plan = paid_plan(0);
    Books books(plan);
    books.open(at(0), at(0));
    books.grant(at(0), 100);
    const Credits used = books.wallet().granted - books.wallet().balance;
    claw(books, at(1), 100, 0);
    EXPECT_EQ(books.wallet().granted - books.wallet().balance, used);
}

TEST(Clawback, IsUndoneInTheLotThatItEmptied) {
    const PlanTerms plan = paid_plan(0);
    Books books(plan);
    books.open(at(0), at(0));
    books.grant(at(0), 100);
    claw(books, at(1), 100, 0);
    books.call(at(2),
               [&](Account& account) {
                   Clawback clawback;
                   clawback.lot_no = 1;
                   clawback.amount = steps(100);
                   return undo_clawback(account, clawback, at(30));
               },
               {1});
    EXPECT_EQ(books.remaining(1), 100);
    EXPECT_EQ(books.lots().size(), 1U);
}

} // namespace
} // namespace credits::core::test
