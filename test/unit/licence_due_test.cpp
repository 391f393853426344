// Owns the tests of a licence's steps as time brings them: holds that lose their feature, and in
// which order that happens with the rest.
#include "account_books.hpp"

#include "core/policy_terms.hpp"

#include <gtest/gtest.h>

namespace credits::core::test {
namespace {

// at counts from midnight, 1 January 2026, UTC.
constexpr Instant at(std::int64_t days, std::int64_t hours = 0) {
    return (9'497 + days) * day + hours * hour;
}

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

Books opened(const PlanTerms& plan, Instant now = at(0)) {
    Books books(plan);
    books.open(now, now);
    return books;
}

// An account of which a payment failed, with what its actions need.
class Dunned : public ::testing::Test {
  protected:
    Dunned() {
        policy_.licence.capabilities = {{"sync", {0, 15, 0}}};
        policy_.licence.suspended = Cycle{0, 30, 0};
        policy_.actions["push"].feature = "sync";
    }

    // looked is the account as somebody finds it who looks at a moment.
    Account looked(Instant now) {
        Account account = books_.partial(now);
        account.policy = &policy_;
        account.wallet.licence_failed_at = at(0);
        books_.fill(account);
        return account;
    }

    static HoldStatus status_of(const Account& account, std::int64_t hold_no) {
        for (const Hold& hold : account.holds) {
            if (hold.hold_no == hold_no) {
                return hold.status;
            }
        }
        return HoldStatus::settled;
    }

    void hold(std::int64_t amount, std::string_view action, Instant expires_at) {
        HoldRequest request;
        request.call.amount = steps(amount);
        request.call.action = action;
        request.expires_at = expires_at;
        books_.call(at(1), [&](Account& account) {
            const Verdict verdict = core::authorize(account, books_.prices(), request);
            account.holds.back().action = action;
            return verdict;
        });
    }

    PlanTerms plan_ = monthly(100, Renewal::accumulate);
    Policy policy_;
    Books books_ = opened(plan_);
};

TEST_F(Dunned, AStepEndsTheHoldsOfWhatItTakesAtItsMoment) {
    hold(10, "push", at(90));
    hold(20, "other", at(90));
    EXPECT_EQ(looked(at(15) - 1).wallet.held, steps(30));
    EXPECT_EQ(looked(at(15) - 1).wallet.next_event_at, at(15));
    const Account account = looked(at(20));
    EXPECT_EQ(account.wallet.held, steps(20));
    ASSERT_EQ(account.entries.size(), 1U);
    EXPECT_EQ(account.entries[0].kind, EntryKind::release);
    EXPECT_EQ(account.entries[0].reason, "licence");
    EXPECT_EQ(account.entries[0].effective_at, at(15));
    EXPECT_EQ(account.entries[0].hold_no, 1);
    EXPECT_EQ(account.wallet.next_event_at, at(30));
    EXPECT_TRUE(looked(at(30)).wallet.held.is_zero()) << "suspended: what names no feature too";
}

TEST_F(Dunned, AtOneMomentAHoldTimesOutBeforeTheLicenceEndsIt) {
    hold(10, "push", at(15));
    hold(10, "push", at(15) + 1);
    const Account account = looked(at(16));
    EXPECT_EQ(status_of(account, 1), HoldStatus::expired);
    EXPECT_EQ(status_of(account, 2), HoldStatus::released);
}

TEST_F(Dunned, AStepOfAPastThatTheAccountHasLivedThroughIsTakenNow) {
    hold(10, "push", at(90));
    books_.touch(at(10));
    policy_.licence.capabilities[0].after = {0, 5, 0};
    const Account account = looked(at(12));
    ASSERT_EQ(account.entries.size(), 1U);
    EXPECT_EQ(account.entries[0].effective_at, at(12));
}

TEST_F(Dunned, LapsedCreditsGoWithTheHoldThatKeptThem) {
    Lot lot;
    lot.expires_at = at(10);
    lot.priority = 1;
    books_.grant(at(1), 40, lot);
    hold(40, "push", at(90));
    EXPECT_EQ(looked(at(14)).wallet.balance, steps(140));
    const Account account = looked(at(15));
    EXPECT_EQ(account.wallet.balance, steps(100));
    EXPECT_EQ(account.entries[account.entries.size() - 1].kind, EntryKind::expire);
}

} // namespace
} // namespace credits::core::test
