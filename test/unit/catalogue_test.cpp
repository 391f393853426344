// Owns the tests of the catalogue: names, texts of its own, credits from a margin.
#include "support.hpp"

#include "core/catalogue.hpp"
#include "core/error.hpp"

#include <gtest/gtest.h>

#include <string>

namespace credits::core::test {
namespace {

const Unit cents{Decimal{1, 2}, 0, Rounding::half_even};

TEST(Catalogue, PlansAndActionsKeepTheirNamesAndTerms) {
    Catalogue catalogue(cents, {}, 1);
    std::string name = "professional";
    PlanRow row;
    row.terms.name = name;
    row.terms.credits = steps(5);
    catalogue.add_plan(row);
    name.assign(name.size(), 'x');
    const PlanTerms* plan = catalogue.find_plan("professional");
    ASSERT_NE(plan, nullptr);
    EXPECT_EQ(plan->name, "professional");
    EXPECT_EQ(plan->credits, steps(5));
    for (int more = 0; more < 100; ++more) {
        const std::string other = "plan " + std::to_string(more);
        row.terms.name = other;
        catalogue.add_plan(row);
    }
    EXPECT_EQ(catalogue.find_plan("professional"), plan) << "what was handed out stays";
    ActionTerms action;
    action.credits = steps(2);
    catalogue.add_action("meal", action);
    ASSERT_NE(catalogue.find_action("meal"), nullptr);
    EXPECT_EQ(catalogue.find_action("meal")->credits, steps(2));
}

TEST(Catalogue, NoNameIsNoPlanAndAnUnknownOneIsNone) {
    const Catalogue catalogue(cents, {}, 1);
    const PlanTerms* without = catalogue.find_plan("");
    ASSERT_NE(without, nullptr);
    EXPECT_FALSE(without->credits.has_value());
    EXPECT_FALSE(without->grants_by_clock);
    EXPECT_FALSE(without->renews_by_clock) << "a calendar month of usage is no renewal";
    EXPECT_TRUE(without->cycle.is_none());
    EXPECT_EQ(without->charge.by, ChargeBy::cost);
    EXPECT_EQ(without->charge.factor, dec("1"));
    EXPECT_EQ(catalogue.find_plan("free"), nullptr);
    EXPECT_EQ(catalogue.find_action("meal"), nullptr);
}

TEST(Catalogue, CreditsFromMarginAreWhatThePriceLeavesForCost) {
    Catalogue catalogue(cents, dec("0.80"), 1);
    PlanRow row;
    row.terms.name = "professional";
    row.price = dec("99");
    row.credits_from_margin = true;
    catalogue.add_plan(row);
    EXPECT_EQ(catalogue.find_plan("professional")->credits, steps(1980)) << "99 × 0.2 ÷ 0.01";
}

TEST(Catalogue, CreditsFromMarginNeedAPriceAndAMargin) {
    PlanRow row;
    row.terms.name = "professional";
    row.credits_from_margin = true;
    Catalogue with_margin(cents, dec("0.80"), 1);
    EXPECT_THROW(with_margin.add_plan(row), Error);
    row.price = dec("99");
    Catalogue without_margin(cents, {}, 1);
    EXPECT_THROW(without_margin.add_plan(row), Error);
}

} // namespace
} // namespace credits::core::test
