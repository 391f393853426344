// Owns the tests of the ladder: shares of a budget, levels and their causes, what levels forbid and
// substitute, and that a call is stopped before it passes the last step.
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

} // namespace
} // namespace credits::core::test
