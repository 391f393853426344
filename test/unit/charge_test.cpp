// Owns the tests of where a charge comes from: amount, action, the plan's rule over usage.
#include "support.hpp"

#include "core/charge.hpp"
#include "core/error.hpp"

#include <gtest/gtest.h>

#include <string>

namespace credits::core::test {
namespace {

class ChargeOf : public ::testing::Test {
  protected:
    ChargeOf() {
        unit_.value_usd = dec("0.01");
        book_.add(price_row("p", "m", "input_tokens", "2", "1000"));
        priced_.provider = "p";
        priced_.model = "m";
        priced_.usage = usage_of(tokens_);
    }

    [[nodiscard]] Charge charge(const CallRequest& request, bool may_estimate = false) const {
        return charge_of(request, terms_, book_, unit_, may_estimate);
    }

    [[nodiscard]] std::string refusal(const CallRequest& request, bool may_estimate = false) const {
        try {
            static_cast<void>(charge(request, may_estimate));
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
            return error.what();
        }
        return "accepted";
    }

    Unit unit_;
    PriceBook book_;
    ChargeTerms terms_;
    UsageItem tokens_{"input_tokens", dec("50")};
    CallRequest priced_; // 0.1 USD
};

TEST_F(ChargeOf, AnAmountComesBeforeTheActionAndTheActionBeforeUsage) {
    ActionTerms action;
    action.credits = steps(7);
    CallRequest request = priced_;
    EXPECT_EQ(charge(request).computed_usd, dec("0.1"));
    request.action_terms = &action;
    EXPECT_EQ(charge(request).fixed, steps(7));
    EXPECT_FALSE(charge(request).computed_usd.has_value());
    request.amount = steps(3);
    EXPECT_EQ(charge(request).fixed, steps(3));
    EXPECT_EQ(charge(request).cost, dec("0.1")) << "usage beside a fixed charge is the call's cost";
}

TEST_F(ChargeOf, CostTimesMarkup) {
    terms_.factor = dec("1.25");
    EXPECT_EQ(charge(priced_).computed_usd, dec("0.125"));
    EXPECT_EQ(charge(priced_).cost, dec("0.1"));
}

TEST_F(ChargeOf, TokensTimesFactorAtTheUnitsValue) {
    terms_ = {ChargeBy::tokens, dec("0.2")};
    EXPECT_EQ(charge(priced_).computed_usd, dec("0.1")) << "50 × 0.2 credits of 0.01 USD";
    CallRequest request = priced_;
    request.provider = {};
    EXPECT_EQ(charge(request).computed_usd, dec("0.1"));
    EXPECT_FALSE(charge(request).cost.has_value());
}

TEST_F(ChargeOf, TokensHaveToBeNamed) {
    terms_ = {ChargeBy::tokens, dec("0.2")};
    CallRequest request = priced_;
    request.provider = {};
    for (const std::string_view metric : {"images", "input_token", "requests"}) {
        tokens_.metric = metric;
        EXPECT_EQ(refusal(request), "usage names no tokens; the plan charges by tokens") << metric;
    }
    for (const std::string_view metric : {"total_tokens", "prompt_tokens", "inptu_tokens"}) {
        tokens_.metric = metric;
        EXPECT_EQ(refusal(request), "usage names tokens of an unknown pool") << metric;
    }
    EXPECT_EQ(charge(priced_).outcome, Outcome::price_unknown) << "prices tell what they know";
    tokens_ = {"cache_write_1h_tokens", dec("0")};
    EXPECT_EQ(charge(request).computed_usd, dec("0")) << "none is said, not forgotten";
}

TEST_F(ChargeOf, AnErrorSaysWhyAnActionDoesNotDo) {
    const auto detail = [&](const CallRequest& request) {
        try {
            static_cast<void>(charge(request));
        } catch (const Error& error) {
            return error.detail();
        }
        return std::string("accepted");
    };
    CallRequest request;
    EXPECT_EQ(detail(request), "it has no amount, no action and no usage");
    request.action = "Chat";
    EXPECT_EQ(detail(request), "action \"Chat\" is not configured");
    ActionTerms action;
    request.action_terms = &action;
    EXPECT_EQ(detail(request), "action \"Chat\" has no fixed price");
    action.range_high = steps(40);
    EXPECT_EQ(detail(request), "action \"Chat\" has a range, which only authorize and quote use");
}

TEST_F(ChargeOf, AnActionsOwnCostCountsWhereNoUsageIsPriced) {
    ActionTerms action;
    action.credits = steps(7);
    action.cost = dec("0.02");
    CallRequest request;
    request.action_terms = &action;
    EXPECT_EQ(charge(request).cost, dec("0.02"));
    priced_.action_terms = &action;
    EXPECT_EQ(charge(priced_).cost, dec("0.1"));
}

TEST_F(ChargeOf, OnlyAnEstimateTakesTheHighEndOfARange) {
    ActionTerms action;
    action.range_high = steps(40);
    CallRequest request;
    request.action_terms = &action;
    EXPECT_EQ(charge(request, true).fixed, steps(40));
    EXPECT_TRUE(charge(request, true).is_estimate);
    EXPECT_EQ(refusal(request), "the call says nothing to charge from");
    priced_.action_terms = &action;
    EXPECT_EQ(charge(priced_, true).computed_usd, dec("0.1")) << "usage is better than a range";
}

TEST_F(ChargeOf, WhatCannotBeChargedIsAnError) {
    EXPECT_EQ(refusal({}), "the call says nothing to charge from");
    EXPECT_EQ(refusal({}, true), "the call says nothing to charge from");
    CallRequest request = priced_;
    request.model = {};
    EXPECT_EQ(refusal(request), "usage can only be charged by cost with provider and model");
    terms_.by = ChargeBy::action;
    EXPECT_EQ(refusal(priced_), "the plan charges by action and the call names none with a price");
    tokens_.quantity = dec("-1");
    request.amount = steps(1);
    EXPECT_EQ(refusal(request), "usage must not be negative") << "also where nothing is priced";
}

TEST_F(ChargeOf, AnUnknownPriceIsARefusalThatNamesIt) {
    CallRequest request = priced_;
    request.model = "other";
    EXPECT_EQ(charge(request).outcome, Outcome::price_unknown);
    EXPECT_EQ(charge(request).subject, "other");
    tokens_.metric = "images";
    EXPECT_EQ(charge(priced_).outcome, Outcome::price_unknown);
    EXPECT_EQ(charge(priced_).subject, "images");
    request.amount = steps(1);
    EXPECT_EQ(charge(request).outcome, Outcome::price_unknown) << "a cost is never dropped";
}

TEST_F(ChargeOf, FreeIsWhatNeitherCostsNorCharges) {
    CallRequest nothing;
    nothing.amount = steps(0);
    EXPECT_TRUE(charge(nothing).is_free());
    nothing.amount = steps(1);
    EXPECT_FALSE(charge(nothing).is_free());
    CallRequest costs = priced_;
    costs.amount = steps(0);
    EXPECT_FALSE(charge(costs).is_free());
    tokens_.quantity = dec("0");
    EXPECT_TRUE(charge(priced_).is_free());
}

} // namespace
} // namespace credits::core::test
