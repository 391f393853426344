// Owns the tests of gates: what stands before a call, by action and level, and what opens it.
#include "support.hpp"

#include "core/gates.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace credits::core::test {
namespace {

using Gates = std::vector<std::pair<std::string, std::int64_t>>;

GateTerms gate(std::string kind, std::int64_t count, std::string level = "") {
    return {std::move(kind), count, std::move(level)};
}

LadderStep gated(std::string level, std::string_view at, std::vector<GateTerms> gates) {
    LadderStep step;
    step.level = std::move(level);
    step.at = dec(at);
    step.of = "cost_budget";
    step.gates = std::move(gates);
    return step;
}

ActionPolicy behind(std::vector<GateTerms> gates) {
    ActionPolicy action;
    action.gates = std::move(gates);
    return action;
}

Gates gates_of(const Ladder& ladder, const char* level, const ActionPolicy* action) {
    TestArena arena;
    Gates gates;
    for (const GateNeed& need : gates_before(ladder, ladder.rank_of(level), action, arena)) {
        gates.emplace_back(need.kind, need.count);
    }
    return gates;
}

TEST(Gates, OfAnActionStandAtEveryLevel) {
    const Ladder ladder;
    const ActionPolicy meal_plan = behind({gate("affiliate_click", 1)});
    const ActionPolicy grocery_list = behind({gate("affiliate_click", 2)});
    const ActionPolicy premium = behind({gate("affiliate_purchase", 1)});
    EXPECT_EQ(gates_of(ladder, "normal", &meal_plan), (Gates{{"affiliate_click", 1}}));
    EXPECT_EQ(gates_of(ladder, "normal", &grocery_list), (Gates{{"affiliate_click", 2}}));
    EXPECT_EQ(gates_of(ladder, "payment_required", &premium), (Gates{{"affiliate_purchase", 1}}));
    EXPECT_EQ(gates_of(ladder, "normal", nullptr), Gates{});
}

TEST(Gates, OfALevelStandFromThatLevelOn) {
    Policy policy;
    policy.ladder = {gated("reduced", "50", {}),
                     gated("affiliate_only", "90", {gate("affiliate_click", 1)})};
    const Ladder ladder(policy);
    EXPECT_EQ(gates_of(ladder, "reduced", nullptr), Gates{});
    EXPECT_EQ(gates_of(ladder, "affiliate_only", nullptr), (Gates{{"affiliate_click", 1}}));
    EXPECT_EQ(gates_of(ladder, "payment_required", nullptr), (Gates{{"affiliate_click", 1}}));
    const ActionPolicy late = behind({gate("affiliate_purchase", 1, "reduced")});
    EXPECT_EQ(gates_of(ladder, "normal", &late), Gates{});
    EXPECT_EQ(gates_of(ladder, "reduced", &late), (Gates{{"affiliate_purchase", 1}}));
}

TEST(Gates, OfOneKindStandOnceAtTheHighestCount) {
    Policy policy;
    policy.ladder = {gated("low", "50", {gate("click", 2), gate("share", 1)}),
                     gated("high", "90", {gate("click", 3)})};
    const Ladder ladder(policy);
    const ActionPolicy action = behind({gate("click", 1), gate("none", 0), gate("buy", 1)});
    EXPECT_EQ(gates_of(ladder, "low", &action), (Gates{{"click", 2}, {"buy", 1}, {"share", 1}}));
    EXPECT_EQ(gates_of(ladder, "high", &action), (Gates{{"click", 3}, {"buy", 1}, {"share", 1}}));
}

TEST(Gates, AreOpenedByAsManyConversionsOfTheirKind) {
    TestArena arena;
    List<GateNeed> needs;
    EXPECT_FALSE(missing_gate(needs, {})) << "no gate";
    needs.push_back(arena, {"click", 2});
    needs.push_back(arena, {"buy", 1});
    List<OpenConversions> open;
    ASSERT_TRUE(missing_gate(needs, open));
    EXPECT_EQ(missing_gate(needs, open)->kind, "click");
    EXPECT_EQ(missing_gate(needs, open)->open, 0);
    open.push_back(arena, {"buy", 5});
    open.push_back(arena, {"click", 1});
    EXPECT_EQ(missing_gate(needs, open)->kind, "click");
    EXPECT_EQ(missing_gate(needs, open)->needed, 2);
    EXPECT_EQ(missing_gate(needs, open)->open, 1);
    open.back().count = 2;
    EXPECT_FALSE(missing_gate(needs, open));
    open[0].count = 0;
    EXPECT_EQ(missing_gate(needs, open)->kind, "buy");
}

} // namespace
} // namespace credits::core::test
