// Owns the tests of the calls of an application: deduct, and authorize with extend, settle,
// release.
#include "account_books.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace credits::core::test {
namespace {

Instant at(std::int64_t minutes) {
    return 1'000 * hour + minutes * hour / 60;
}

const PlanTerms without_plan;

Books with(std::int64_t credits, const PlanTerms& plan = without_plan) {
    Books books(plan);
    books.open(at(0), at(0));
    if (credits > 0) {
        books.grant(at(0), credits);
    }
    return books;
}

// priced puts a model on the books at 0.003 USD a token in, 0.01 out.
void price(Books& books) {
    books.prices().add(price_row("openai", "gpt", "input_tokens", "3", "1000"));
    books.prices().add(price_row("openai", "gpt", "output_tokens", "0.01", "1"));
}

struct Tokens {
    explicit Tokens(const std::string& input) : item{"input_tokens", dec(input)} {}

    [[nodiscard]] CallRequest call() const {
        CallRequest request;
        request.provider = "openai";
        request.model = "gpt";
        request.usage = usage_of(item);
        return request;
    }

    UsageItem item;
};

TEST(Deduct, ChargesWhatIsThereAndRefusesWhatIsNot) {
    Books books = with(10);
    EXPECT_EQ(books.deduct(at(1), 10).outcome, Outcome::ok);
    EXPECT_EQ(books.balance(), 0);
    const Verdict verdict = books.deduct(at(2), 1);
    EXPECT_EQ(verdict.outcome, Outcome::insufficient_credits);
    EXPECT_EQ(verdict.amount, steps(1)) << "what is needed";
    EXPECT_EQ(books.entries().size(), 2U) << "a refusal writes nothing";
}

TEST(Deduct, HeldCreditsAreNotThereAndOverdraftIs) {
    PlanTerms plan;
    plan.overdraft = steps(5);
    Books books = with(10, plan);
    books.authorize(at(1), 8, at(60));
    EXPECT_EQ(books.deduct(at(2), 8).outcome, Outcome::insufficient_credits);
    EXPECT_EQ(books.deduct(at(3), 7).outcome, Outcome::ok);
    EXPECT_EQ(books.balance(), 3);
    EXPECT_EQ(books.deduct(at(4), 1).outcome, Outcome::insufficient_credits);
}

TEST(Deduct, FreeCallsPassWithoutCreditsAndDearOnesThatRoundToNothingDoNot) {
    Books books = with(0);
    price(books);
    EXPECT_EQ(books.deduct(at(1), 0).outcome, Outcome::ok);
    EXPECT_EQ(books.deduct(at(1), Tokens("0").call()).outcome, Outcome::ok);
    EXPECT_EQ(books.deduct(at(1), Tokens("1").call()).outcome, Outcome::insufficient_credits);
    const Tokens token("1");
    CallRequest priced = token.call();
    priced.amount = steps(0);
    EXPECT_EQ(books.deduct(at(1), priced).outcome, Outcome::insufficient_credits)
        << "no credits asked, but it costs money";
}

TEST(Deduct, ResidueOfRoundingIsKeptUntilItMakesACredit) {
    Books books = with(100);
    price(books);
    std::vector<std::int64_t> charged;
    for (int call = 0; call < 10; ++call) { // 0.003 USD each, a credit is 0.01
        charged.push_back(
            static_cast<std::int64_t>(books.deduct(at(call), Tokens("1").call()).amount.steps));
    }
    EXPECT_EQ(charged, (std::vector<std::int64_t>{0, 1, 0, 0, 0, 1, 0, 0, 1, 0}))
        << "half-even of 0.3 a call with what is left over";
    EXPECT_EQ(books.balance(), 97);
    EXPECT_TRUE(books.wallet().residue_usd.is_zero());
    EXPECT_EQ(books.entries()[1].residue_usd, dec("0.003"));
    EXPECT_EQ(books.entries()[1].computed_usd, dec("0.003"));
}

TEST(Deduct, AnExplicitAmountLeavesTheResidueAlone) {
    Books books = with(100);
    price(books);
    books.deduct(at(1), Tokens("1").call());
    books.deduct(at(2), 5);
    EXPECT_EQ(books.wallet().residue_usd, dec("0.003"));
    EXPECT_FALSE(books.entries().back().residue_usd.has_value());
}

TEST(Deduct, ClosedAndFrozenComeBeforeThePriceAndThePriceBeforeTheCredits) {
    Books books = with(0);
    const Tokens tokens("7");
    const CallRequest unpriced = tokens.call();
    EXPECT_EQ(books.deduct(at(1), unpriced).outcome, Outcome::price_unknown);
    EXPECT_EQ(books.deduct(at(1), unpriced).subject, "gpt");
    books.set_status(at(2), AccountStatus::frozen);
    EXPECT_EQ(books.deduct(at(2), unpriced).outcome, Outcome::account_frozen);
    books.set_status(at(3), AccountStatus::closed);
    EXPECT_EQ(books.deduct(at(3), unpriced).outcome, Outcome::account_closed);
}

TEST(Authorize, CountsAgainstWhatIsAvailableAtOnceAndRoundsUp) {
    Books books = with(10);
    price(books);
    HoldRequest request;
    const Tokens tokens("1");
    request.call = tokens.call();
    request.expires_at = at(60);
    const Verdict verdict = books.call(
        at(1), [&](Account& account) { return core::authorize(account, books.prices(), request); });
    EXPECT_EQ(verdict.amount, steps(1));
    EXPECT_EQ(verdict.cost, dec("0.003"));
    EXPECT_EQ(books.authorize(at(1), 10, at(60)).outcome, Outcome::insufficient_credits);
    EXPECT_EQ(books.authorize(at(1), 9, at(60)).outcome, Outcome::ok);
    EXPECT_EQ(books.balance(), 10) << "authorizing writes no entry";
    EXPECT_EQ(books.entries().size(), 1U);
    EXPECT_EQ(books.held(), 10);
}

TEST(Authorize, MayCallSaysTheSameWithoutHolding) {
    Books books = with(10);
    CallRequest request;
    request.amount = steps(4);
    const Account account = books.partial(at(1));
    EXPECT_EQ(may_call(account, books.prices(), request).outcome, Outcome::ok);
    request.amount = steps(11);
    EXPECT_EQ(may_call(account, books.prices(), request).outcome, Outcome::insufficient_credits);
    EXPECT_EQ(account.wallet.held, steps(0));
}

TEST(Authorize, ARangeWithoutUsageHoldsItsHighEndAndSettlesByUsage) {
    Books books = with(100);
    price(books);
    ActionTerms action;
    action.range_high = steps(50);
    HoldRequest request;
    request.call.action_terms = &action;
    request.expires_at = at(60);
    books.call(at(1),
               [&](Account& account) { return core::authorize(account, books.prices(), request); });
    EXPECT_EQ(books.held(), 50);
    SettleRequest usage;
    const Tokens tokens("100");
    usage.call = tokens.call();
    usage.call.action_terms = &action;
    books.settle(at(2), 1, usage);
    EXPECT_EQ(books.balance(), 100 - 30);
    EXPECT_EQ(books.held(), 0);
}

TEST(Settle, ChargesTheRealAmountLessEqualOrMore) {
    struct Case {
        std::optional<Credits> amount;
        std::int64_t balance;
    };

    for (const Case& one :
         std::vector<Case>{{{}, 4}, {steps(2), 8}, {steps(0), 10}, {steps(13), -3}}) {
        Books books = with(10);
        books.authorize(at(1), 6, at(60));
        EXPECT_EQ(books.settle(at(2), 1, one.amount).outcome, Outcome::ok);
        EXPECT_EQ(books.balance(), one.balance);
        EXPECT_EQ(books.held(), 0);
        EXPECT_EQ(books.holds().at(1).status, HoldStatus::settled);
        EXPECT_EQ(books.entries().back().hold_no, 1);
    }
}

TEST(Settle, AfterTheTimeOutItStillChargesAndSaysSo) {
    Books books = with(10);
    books.authorize(at(1), 6, at(5));
    books.touch(at(5));
    EXPECT_EQ(books.held(), 0) << "an expired hold has given its credits back";
    books.deduct(at(6), 10);
    EXPECT_EQ(books.settle(at(7), 1).outcome, Outcome::ok);
    EXPECT_EQ(books.balance(), -6) << "expiry never means free";
    EXPECT_EQ(books.entries().back().reason, "late");
}

TEST(Settle, TheSecondEndOfAHoldGetsTheExactReason) {
    Books books = with(10);
    books.authorize(at(1), 2, at(60));
    books.authorize(at(1), 2, at(60));
    books.settle(at(2), 1);
    books.release(at(2), 2);
    EXPECT_EQ(books.settle(at(3), 1).outcome, Outcome::hold_settled);
    EXPECT_EQ(books.release(at(3), 1).outcome, Outcome::hold_settled);
    EXPECT_EQ(books.extend(at(3), 1, 1, at(90)).outcome, Outcome::hold_settled);
    EXPECT_EQ(books.settle(at(3), 2).outcome, Outcome::hold_released);
    EXPECT_EQ(books.release(at(3), 2).outcome, Outcome::hold_released);
    EXPECT_EQ(books.extend(at(3), 2, 1, at(90)).outcome, Outcome::hold_released);
    EXPECT_EQ(books.balance(), 8);
}

TEST(Settle, WorksOnAFrozenAccountAndNotOnAClosedOne) {
    Books books = with(10);
    books.authorize(at(1), 2, at(60));
    books.authorize(at(1), 2, at(60));
    books.set_status(at(2), AccountStatus::frozen);
    EXPECT_EQ(books.extend(at(3), 1, 0, at(90)).outcome, Outcome::account_frozen);
    EXPECT_EQ(books.settle(at(3), 1).outcome, Outcome::ok);
    books.set_status(at(4), AccountStatus::closed);
    EXPECT_EQ(books.settle(at(5), 2).outcome, Outcome::account_closed);
    EXPECT_EQ(books.release(at(5), 2).outcome, Outcome::ok);
}

TEST(Settle, KeepsThePlanOfTheAuthorization) {
    PlanTerms by_tokens;
    by_tokens.charge = {ChargeBy::tokens, dec("0.1")};
    const PlanTerms by_cost;
    Books books = with(100, by_tokens);
    books.authorize(at(1), 10, at(60));
    books.change_plan(at(2), by_cost);
    SettleRequest request;
    const Tokens tokens("200");
    request.call = tokens.call();
    request.call.provider = {};
    books.settle(at(3), 1, request);
    EXPECT_EQ(books.balance(), 80);
    EXPECT_EQ(books.entries().back().terms->by, ChargeBy::tokens);
}

TEST(Settle, AFixedPriceStandsWhateverWasUsed) {
    PlanTerms plan;
    Books books = with(100, plan);
    price(books);
    ActionTerms action;
    action.credits = steps(7);
    HoldRequest hold;
    hold.call.action_terms = &action;
    hold.expires_at = at(60);
    books.call(at(1),
               [&](Account& account) { return core::authorize(account, books.prices(), hold); });
    SettleRequest request;
    const Tokens tokens("5000");
    request.call = tokens.call();
    const Verdict verdict = books.settle(at(2), 1, request);
    EXPECT_EQ(verdict.amount, steps(7));
    EXPECT_EQ(verdict.cost, dec("15")) << "the usage is priced as the call's cost";
}

TEST(Settle, RefusesAnUnknownPriceAndChangesNothing) {
    Books books = with(10);
    books.authorize(at(1), 5, at(60));
    SettleRequest request;
    const Tokens tokens("5");
    request.call = tokens.call();
    EXPECT_EQ(books.settle(at(2), 1, request).outcome, Outcome::price_unknown);
    EXPECT_EQ(books.held(), 5);
    EXPECT_EQ(books.holds().at(1).status, HoldStatus::pending);
}

TEST(Extend, AddsCreditsAndTimeButNeverTakesTimeAway) {
    Books books = with(10);
    books.authorize(at(1), 4, at(60));
    EXPECT_EQ(books.extend(at(2), 1, 3, at(30)).amount, steps(7));
    EXPECT_EQ(books.holds().at(1).expires_at, at(60));
    books.extend(at(3), 1, 0, at(90));
    EXPECT_EQ(books.holds().at(1).expires_at, at(90));
    EXPECT_EQ(books.extend(at(4), 1, 4, at(99)).outcome, Outcome::insufficient_credits);
    EXPECT_EQ(books.held(), 7);
    books.touch(at(90) - 1);
    EXPECT_EQ(books.holds().at(1).status, HoldStatus::pending);
    books.touch(at(90));
    EXPECT_EQ(books.holds().at(1).status, HoldStatus::expired);
}

TEST(Extend, AHoldThatTimedOutNeedsAllItsCreditsAgain) {
    Books books = with(10);
    books.authorize(at(1), 6, at(5));
    books.deduct(at(6), 5);
    EXPECT_EQ(books.extend(at(7), 1, 0, at(60)).outcome, Outcome::insufficient_credits);
    books.grant(at(8), 5);
    EXPECT_EQ(books.extend(at(9), 1, 1, at(60)).outcome, Outcome::ok);
    EXPECT_EQ(books.held(), 7);
    books.touch(at(60));
    EXPECT_EQ(books.held(), 0) << "and times out again";
}

// Another event is due in the same call, so that the account is loaded with its open holds, of
// which the one that timed out before is none.
TEST(Extend, AHoldThatTimedOutBeforeTimesOutAgainInAFullAccountToo) {
    Books books = with(10);
    books.authorize(at(1), 6, at(5));
    Lot lot;
    lot.effective_at = at(7);
    books.grant(at(2), 1, lot);
    books.touch(at(6));
    EXPECT_EQ(books.extend(at(8), 1, 0, at(60)).outcome, Outcome::ok);
    EXPECT_EQ(books.wallet().next_event_at, at(60));
    EXPECT_EQ(books.wallet().first_open_hold, 1);
    books.touch(at(60));
    EXPECT_EQ(books.held(), 0);
    EXPECT_EQ(books.holds().at(1).status, HoldStatus::expired);
}

TEST(Release, GivesEverythingBackAndWritesAnEntryOfNothing) {
    Books books = with(10);
    books.authorize(at(1), 6, at(60));
    EXPECT_EQ(books.release(at(2), 1).outcome, Outcome::ok);
    EXPECT_EQ(books.balance(), 10);
    EXPECT_EQ(books.held(), 0);
    EXPECT_EQ(books.entries().back().kind, EntryKind::release);
    EXPECT_TRUE(books.entries().back().amount.is_zero());
    EXPECT_EQ(books.deduct(at(3), 10).outcome, Outcome::ok);
}

} // namespace
} // namespace credits::core::test
