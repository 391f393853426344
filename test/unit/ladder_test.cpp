// Owns the tests of the ladder: shares of a budget, levels and their causes, what levels forbid and
// substitute, and that a call is stopped before it passes the last step.
#include "ladder_models.hpp"
#include "support.hpp"

#include "core/ladder.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace credits::core::test {
namespace {

LadderStep step(std::string level, std::string_view at, std::string of = "cost_budget") {
    LadderStep terms;
    terms.level = std::move(level);
    terms.at = dec(at);
    terms.of = std::move(of);
    return terms;
}

LadderStep only(std::string level, std::string_view at, std::vector<std::string> allow) {
    LadderStep terms = step(std::move(level), at);
    terms.allow = std::move(allow);
    return terms;
}

// The four steps of an assistant that must earn 3 USD per user and month.
Policy four_steps() {
    Policy policy;
    policy.ladder = {step("reduced_quality", "50"),
                     only("basic_only", "75", {"message", "grocery_list"}),
                     only("affiliate_only", "90", {"message"}),
                     only("payment_required", "100", {})};
    policy.ladder[0].substitute = {{"claude-3-opus", "claude-3-sonnet"}};
    policy.ladder[1].substitute = {{"claude-3-sonnet", "claude-3-haiku"}};
    return policy;
}

LadderFacts with_cover(std::string_view cost, std::string_view cover = "2") {
    LadderFacts facts;
    facts.cost = dec(cost);
    facts.cover = dec(cover);
    facts.guarantee = GuaranteeTerms{dec("5"), dec("2"), dec("3")};
    return facts;
}

std::string level_at(const Ladder& ladder, const LadderFacts& facts) {
    return std::string(ladder.level_of(facts).name);
}

TEST(Ladder, StepsOfTheCoverAreReachedAtTheirVeryShare) {
    const Ladder ladder(four_steps());
    const std::vector<std::pair<const char*, const char*>> cases{
        {"0", "normal"},
        {"0.999999999999", "normal"},
        {"1", "reduced_quality"},
        {"1.499999999999", "reduced_quality"},
        {"1.5", "basic_only"},
        {"1.79", "basic_only"},
        {"1.8", "affiliate_only"},
        {"1.999999999999999999999999999999", "affiliate_only"},
        {"2.00", "payment_required"},
        {"17", "payment_required"},
    };
    for (const auto& [cost, level] : cases) {
        EXPECT_EQ(level_at(ladder, with_cover(cost)), level) << "at a cost of " << cost;
    }
}

TEST(Ladder, APaymentLiftsTheLevelAndTheNextDollarBringsHalfOfWhatIsLeft) {
    const Ladder ladder(four_steps());
    LadderFacts facts = with_cover("2.00");
    EXPECT_EQ(level_at(ladder, facts), "payment_required");

    facts.covered = covered_cost(facts.cost, facts.cover);
    facts.revenue = dec("5");
    EXPECT_EQ(facts.covered, dec("2"));
    EXPECT_EQ(level_at(ladder, facts), "normal");
    EXPECT_EQ(rounded_percent(share_of_budget(facts, {})), dec("0"));

    facts.cost = dec("3.00");
    EXPECT_EQ(rounded_percent(share_of_budget(facts, {})), dec("50"));
    EXPECT_EQ(level_at(ladder, facts), "reduced_quality");
    facts.cost = dec("4.00");
    EXPECT_EQ(level_at(ladder, facts), "payment_required");
}

TEST(Ladder, ShareOfTheBudgetBeforeAndAfterTheFirstRevenue) {
    struct Case {
        const char* what;
        const char* cost;
        const char* added;
        const char* revenue;
        const char* covered;
        const char* budget; // empty: none
        const char* cover;
        const char* margin; // empty: none
        const char* profit; // empty: no guarantee
        const char* percent;
    };

    const std::vector<Case> cases{
        {"before: the cover", "0.5", "0", "0", "0", "", "2", "", "3", "25"},
        {"before: the budget where it is more", "5", "0", "0", "0", "20", "2", "0.8", "", "25"},
        {"before: the cover where it is more", "5", "0", "0", "0", "2", "20", "0.8", "", "25"},
        {"before: neither, no cost", "0", "0", "0", "0", "", "0", "", "", "0"},
        {"before: neither, any cost", "0.000001", "0", "0", "0", "", "0", "", "", "100"},
        {"revenue given back is none", "0.5", "0", "-1", "0", "", "2", "", "3", "25"},
        {"guarantee: what was covered is gone", "3", "0", "5", "2", "", "2", "", "3", "50"},
        {"guarantee: the budget is no part of it", "3", "0", "5", "2", "90", "2", "", "3", "50"},
        {"guarantee: more revenue, more room", "3", "0", "7", "2", "", "2", "", "3", "25"},
        {"guarantee: not earned yet, any cost", "2.1", "0", "2", "2", "", "2", "", "3", "100"},
        {"guarantee: not earned yet, no cost", "2", "0", "2", "2", "", "2", "", "3", "0"},
        {"guarantee: exactly earned, any cost", "2.1", "0", "3", "2", "", "2", "", "3", "100"},
        {"margin: of the revenue", "10", "0", "100", "0", "", "0", "0.8", "", "50"},
        {"margin: what was covered counts", "10", "0", "100", "2", "", "2", "0.8", "", "50"},
        {"margin: the budget where it is more", "10", "0", "99", "0", "40", "0", "0.8", "", "25"},
        {"no margin: all of the revenue", "10", "0", "40", "0", "", "0", "", "", "25"},
        {"a call's own cost counts", "1", "0.5", "0", "0", "", "2", "", "3", "75"},
        {"a third, rounded for reading", "1", "0", "0", "0", "3", "0", "", "", "33.33"},
        {"two thirds, rounded for reading", "2", "0", "0", "0", "3", "0", "", "", "66.67"},
    };
    for (const Case& one : cases) {
        LadderFacts facts;
        facts.cost = dec(one.cost);
        facts.revenue = dec(one.revenue);
        facts.covered = dec(one.covered);
        facts.cover = dec(one.cover);
        facts.cost_budget = parse_decimal(one.budget);
        facts.margin = parse_decimal(one.margin);
        if (const auto profit = parse_decimal(one.profit)) {
            facts.guarantee = GuaranteeTerms{{}, {}, *profit};
        }
        EXPECT_EQ(rounded_percent(share_of_budget(facts, dec(one.added))), dec(one.percent))
            << one.what;
    }
}

TEST(Ladder, TheCoverPaysNoMoreThanItIs) {
    EXPECT_EQ(covered_cost(dec("0.7"), dec("2")), dec("0.7"));
    EXPECT_EQ(covered_cost(dec("2"), dec("2")), dec("2"));
    EXPECT_EQ(covered_cost(dec("2.31"), dec("2")), dec("2"));
}

TEST(Ladder, LevelsAreOrderedByTheLadderThenByEffectsThenDebt) {
    Policy policy;
    policy.ladder = {step("slow", "50"), step("bare", "80"), step("slow", "90", "tokens")};
    LimitTerms limit;
    limit.effect.kind = EffectKind::degrade;
    limit.effect.name = "crawl";
    policy.limits.push_back(limit);
    limit.effect.name = "bare";
    policy.limits.push_back(limit);
    limit.effect.name = "payment_required";
    policy.plans["a"].limits.push_back(limit);
    limit.effect.name = "stand";
    policy.plans["b"].limits.push_back(limit);
    limit.effect.kind = EffectKind::flag;
    limit.effect.name = "fraud";
    policy.limits.push_back(limit);
    const Ladder ladder(policy);
    const std::vector<const char*> order{
        "normal", "slow", "bare", "crawl", "stand", "of a member's quota", "payment_required"};
    for (std::size_t at = 0; at < order.size(); ++at) {
        EXPECT_EQ(ladder.rank_of(order[at]), static_cast<int>(at)) << order[at];
    }
    EXPECT_EQ(ladder.rank_of(""), 0);
    EXPECT_EQ(ladder.rank_of("fraud"), ladder.rank_of("of a member's quota"));
}

TEST(Ladder, DebtIsWhereTheLadderPlacesIt) {
    Policy policy;
    policy.ladder = {step("payment_required", "50"), step("closed_down", "100")};
    const Ladder ladder(policy);
    LadderFacts facts = with_cover("0");
    facts.in_debt = true;
    EXPECT_EQ(level_at(ladder, facts), "payment_required");
    EXPECT_EQ(cause_text(ladder.level_of(facts)), "debt");
    facts.cost = dec("1");
    EXPECT_EQ(cause_text(ladder.level_of(facts)), "cost_budget") << "a step says more than debt";
    facts.cost = dec("2");
    EXPECT_EQ(level_at(ladder, facts), "closed_down");
}

TEST(Ladder, WithoutAnyStepOnlyDebtIsALevel) {
    const Ladder ladder;
    LadderFacts facts = with_cover("50");
    EXPECT_EQ(level_at(ladder, facts), "normal");
    EXPECT_EQ(cause_text(ladder.level_of(facts)), "");
    facts.in_debt = true;
    EXPECT_EQ(level_at(ladder, facts), "payment_required");
    EXPECT_TRUE(ladder.admits(facts, "anything", dec("1")).is_allowed)
        << "what the level does is configuration";
}

TEST(Ladder, AnyLimitCanBeAStepsBase) {
    Policy policy = four_steps();
    policy.ladder.push_back(step("basic_only", "80", "monthly tokens"));
    const Ladder ladder(policy);
    TestArena arena;
    LadderFacts facts = with_cover("1.2");
    facts.limits.push_back(arena, {"daily tokens", dec("1000"), {}, dec("1000")});
    EXPECT_EQ(level_at(ladder, facts), "reduced_quality") << "another limit";
    facts.limits.push_back(arena, {"monthly tokens", dec("79999.9"), {}, dec("100000")});
    EXPECT_EQ(level_at(ladder, facts), "reduced_quality");
    facts.limits.back().used = dec("80000");
    const LevelReached level = ladder.level_of(facts);
    EXPECT_EQ(level.name, "basic_only");
    EXPECT_EQ(cause_text(level), "monthly tokens");
    EXPECT_EQ(level.step->at, dec("80"));
    facts.limits.back() = {"monthly tokens", dec("1"), {}, dec("0")};
    EXPECT_EQ(level_at(ladder, facts), "basic_only") << "of nothing any use is all";
    facts.limits.back().used = {};
    EXPECT_EQ(level_at(ladder, facts), "reduced_quality") << "nothing of nothing is none";
}

TEST(Ladder, ADegradingEffectHoldsItsLevelAndTheHighestCounts) {
    const Ladder ladder(four_steps());
    TestArena arena;
    LadderFacts facts = with_cover("0");
    facts.degrades.push_back(arena, {"fast", "basic_only"});
    facts.degrades.push_back(arena, {"slow", "reduced_quality"});
    LevelReached level = ladder.level_of(facts);
    EXPECT_EQ(level.name, "basic_only");
    EXPECT_EQ(cause_text(level), "degrade");
    EXPECT_EQ(level.limit, "fast");
    facts.cost = dec("1.5");
    EXPECT_EQ(cause_text(ladder.level_of(facts)), "cost_budget") << "of equal ones the step";
    facts.cost = dec("1.8");
    EXPECT_EQ(level_at(ladder, facts), "affiliate_only");
}

TEST(Ladder, EveryStepUpToTheLevelMustAllow) {
    const Ladder ladder(four_steps());
    const auto refuser = [&](const char* level, const char* action) {
        const LadderStep* found = ladder.forbidding_step(ladder.rank_of(level), action);
        return found == nullptr ? std::string() : found->level;
    };
    EXPECT_EQ(refuser("normal", "meal_plan"), "");
    EXPECT_EQ(refuser("reduced_quality", "meal_plan"), "");
    EXPECT_EQ(refuser("basic_only", "meal_plan"), "basic_only");
    EXPECT_EQ(refuser("basic_only", "grocery_list"), "");
    EXPECT_EQ(refuser("basic_only", ""), "basic_only") << "no action is on no list";
    EXPECT_EQ(refuser("affiliate_only", "grocery_list"), "affiliate_only");
    EXPECT_EQ(refuser("affiliate_only", "message"), "");
    EXPECT_EQ(refuser("payment_required", "message"), "payment_required");
}

TEST(Ladder, AListOfAHigherStepGivesNothingBack) {
    Policy policy;
    policy.ladder = {only("low", "50", {"message"}), only("high", "75", {"message", "image"})};
    const Ladder ladder(policy);
    EXPECT_NE(ladder.forbidding_step(ladder.rank_of("high"), "image"), nullptr);
    EXPECT_EQ(ladder.forbidding_step(ladder.rank_of("high"), "message"), nullptr);
}

TEST(Ladder, ModelsAreSubstitutedStepByStep) {
    Policy policy;
    policy.ladder = {step("one", "10"), step("two", "20"), step("three", "30")};
    policy.ladder[0].substitute = {{"large", "medium"}, {"medium", "small"}};
    policy.ladder[1].substitute = {{"medium", "small"}};
    policy.ladder[2].substitute = {{"huge", "tiny"}, {"small", "tiny"}, {"tiny", "large"}};
    const Ladder ladder(policy);
    const auto model = [&](const char* level, const char* asked) {
        return model_at(ladder, ladder.rank_of(level), asked);
    };
    EXPECT_EQ(model("normal", "large"), "large");
    EXPECT_EQ(model("one", "large"), "medium") << "one step takes a model one way";
    EXPECT_EQ(model("one", "medium"), "small");
    EXPECT_EQ(model("two", "large"), "small") << "the lower step's map holds too";
    EXPECT_EQ(model("three", "large"), "tiny");
    EXPECT_EQ(model("three", "huge"), "tiny");
    EXPECT_EQ(model("three", "other"), "other");
    EXPECT_EQ(model("payment_required", "large"), "tiny") << "debt is above all steps";
}

TEST(Ladder, TheHighestStepThatNamesAModelDecides) {
    Policy policy;
    policy.ladder = {step("one", "10"), step("two", "20")};
    policy.ladder[0].substitute = {{"large", "medium"}};
    policy.ladder[1].substitute = {{"large", "small"}, {"medium", "large"}};
    const Ladder ladder(policy);
    EXPECT_EQ(model_at(ladder, ladder.rank_of("one"), "large"), "medium");
    EXPECT_EQ(model_at(ladder, ladder.rank_of("two"), "large"), "small");
    EXPECT_EQ(model_at(ladder, ladder.rank_of("two"), "medium"), "large") << "no way back down";
}

TEST(Ladder, AModelIsSubstitutedByWhateverNameItIsAskedFor) {
    Policy policy;
    policy.ladder = {step("one", "10")};
    policy.ladder[0].substitute = {{"large", "small"}, {"large-beta", "tiny"}};
    const Ladder ladder(policy);
    const ModelNames names{"p", "large", {}, {"large-beta"}};
    EXPECT_EQ(ladder.substitute_at(1, {"large-latest"}, &names).model, "small");
    EXPECT_EQ(ladder.substitute_at(1, {"large-beta"}, &names).model, "tiny")
        << "the name asked for comes first";
    EXPECT_EQ(ladder.substitute_at(1, {"large-latest"}, nullptr).model, "large-latest");
}

TEST(Ladder, ACallIsStoppedBeforeItPassesTheLastStep) {
    const Ladder ladder(four_steps());
    const auto admission = [&](const char* cost, const char* held, const char* call) {
        LadderFacts facts = with_cover(cost);
        facts.held_cost = dec(held);
        return ladder.admits(facts, "message", dec(call));
    };
    EXPECT_TRUE(admission("1.90", "0", "0.10").is_allowed) << "to the very end";
    EXPECT_FALSE(admission("1.90", "0", "0.100000000001").is_allowed);
    EXPECT_EQ(admission("1.90", "0", "0.11").forbidden_by->level, "payment_required");
    EXPECT_EQ(admission("1.90", "0", "0.11").level.name, "affiliate_only");
    EXPECT_FALSE(admission("1.80", "0.15", "0.10").is_allowed) << "open holds are spent";
    EXPECT_TRUE(admission("1.80", "0.15", "0.05").is_allowed);
    EXPECT_TRUE(admission("1.80", "0.50", "0").is_allowed) << "a free call passes nothing";
    EXPECT_FALSE(admission("2", "0", "0").is_allowed) << "but the level forbids it";
    EXPECT_EQ(admission("1.0", "0.9", "0.1").level.name, "reduced_quality")
        << "a hold is no cost yet";
}

TEST(Ladder, OnlyTheLastStepsStopACallBefore) {
    const Ladder ladder(four_steps());
    const LadderFacts facts = with_cover("1.40");
    EXPECT_TRUE(ladder.admits(facts, "meal_plan", dec("0.20")).is_allowed)
        << "a step below 100 percent is for the next call";
    EXPECT_FALSE(ladder.admits(facts, "meal_plan", dec("0.61")).is_allowed);
}

TEST(Ladder, WithNothingToSpendNoCallWithACostIsLetThrough) {
    const Ladder ladder(four_steps());
    EXPECT_FALSE(ladder.admits(with_cover("0", "0"), "message", dec("0.01")).is_allowed);
    EXPECT_TRUE(ladder.admits(with_cover("0", "0"), "message", {}).is_allowed);
}

TEST(Ladder, AStepBeyondTheWholeLetsTheBudgetBeOverdrawnSoFar) {
    Policy policy;
    policy.ladder = {only("payment_required", "120", {})};
    const Ladder ladder(policy);
    EXPECT_EQ(level_at(ladder, with_cover("2.3")), "normal");
    EXPECT_TRUE(ladder.admits(with_cover("2.3"), "message", dec("0.1")).is_allowed);
    EXPECT_FALSE(ladder.admits(with_cover("2.3"), "message", dec("0.11")).is_allowed);
    EXPECT_EQ(level_at(ladder, with_cover("2.4")), "payment_required");
}

TEST(Ladder, WhatIsLeftBeforeAStepIsToldOfTheCallThatWouldPassIt) {
    Policy policy;
    policy.ladder = {only("payment_required", "120", {})};
    const Ladder ladder(policy);
    LadderFacts facts = with_cover("2");
    facts.held_cost = dec("0.3");
    const Admission passed = ladder.admits(facts, "message", dec("0.2"));
    EXPECT_TRUE(passed.room.is_given);
    EXPECT_EQ(passed.room.left, dec("0.1"));
    EXPECT_EQ(passed.room.whole, dec("2.4"));
    const Admission nothing = ladder.admits(with_cover("0.1", "0"), "message", dec("0.2"));
    EXPECT_EQ(nothing.room.left, Decimal{}) << "not less than nothing";
    EXPECT_EQ(nothing.room.whole, Decimal{});
    EXPECT_FALSE(ladder.admits(with_cover("2.4"), "message", dec("0.2")).room.is_given)
        << "the level itself forbids it";
}

TEST(Ladder, AStepOfALimitIsNotPassedEither) {
    Policy policy;
    policy.ladder = {only("payment_required", "100", {"message"})};
    policy.ladder[0].of = "images";
    const Ladder ladder(policy);
    TestArena arena;
    LadderFacts facts;
    facts.limits.push_back(arena, {"images", dec("9"), dec("1"), dec("10")});
    EXPECT_TRUE(ladder.admits(facts, "image", {}).is_allowed);
    facts.limits.back().added = dec("2");
    EXPECT_FALSE(ladder.admits(facts, "image", {}).is_allowed);
    EXPECT_TRUE(ladder.admits(facts, "message", {}).is_allowed);
    facts.limits.back() = {"images", dec("9.5"), {}, dec("9")};
    EXPECT_TRUE(ladder.admits(facts, "message", {}).is_allowed);
}

} // namespace
} // namespace credits::core::test
