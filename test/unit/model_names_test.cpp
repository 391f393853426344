// Owns the tests of names in rules: what counts as the same model or provider, whose list is asked
// about a substituted model, which names of a policy are looked up.
#include "limit_cases.hpp"
#include "support.hpp"

#include "core/admission.hpp"
#include "core/catalogue.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace credits::core::test {
namespace {

using Words = std::vector<std::string>;

const ModelNames big_names{"cloud", "big", {"cloud-eu"}, {"big-beta", "big-1"}};

TEST(ModelNames, ANameIsItselfWhatItMeansAndWhatMeansTheSame) {
    EXPECT_TRUE(is_model("big-latest", "big-latest", nullptr));
    EXPECT_FALSE(is_model("big", "big-latest", nullptr));
    for (const char* of_rule : {"big-latest", "big", "big-beta", "big-1"}) {
        EXPECT_TRUE(is_model(of_rule, "big-latest", &big_names)) << of_rule;
    }
    EXPECT_FALSE(is_model("small", "big-latest", &big_names));
    EXPECT_TRUE(is_provider("cloud", "cloud-us", &big_names));
    EXPECT_TRUE(is_provider("cloud-eu", "cloud-us", &big_names));
    EXPECT_FALSE(is_provider("other", "cloud-us", &big_names));
}

TEST(ModelNames, ALimitBindsAModelByAnyOfItsNames) {
    LimitTerms terms = terms_of("bigs", Metric::requests, fixed(WindowKind::day), "1");
    terms.model = "big";
    terms.provider = "cloud";
    Demand demand = call_of();
    demand.provider = "cloud-us";
    demand.model = "big-latest";
    EXPECT_FALSE(counts(terms, demand));
    demand.names = &big_names;
    EXPECT_TRUE(counts(terms, demand));
    EXPECT_TRUE(counts(terms, failure_of(demand))) << "failures too";
    terms.model = "small";
    EXPECT_FALSE(counts(terms, demand));
}

TEST(ModelNames, AllNamesOfAPolicyAreLookedUpOnce) {
    Policy policy;
    policy.limits = {terms_of("a", Metric::requests, fixed(WindowKind::day), "1")};
    RuleWords words;
    add_words(words, policy);
    EXPECT_FALSE(words.names_any) << "no rule tells models apart";
    policy.limits[0].scope = LimitScope::model;
    add_words(words, policy);
    EXPECT_TRUE(words.names_any);
    EXPECT_EQ(words.models, Words{});
    policy.limits[0].model = "b";
    policy.limits[0].provider = "p";
    policy.ladder.emplace_back().substitute = {{"c", "not asked for"}};
    PlanPolicy& plan = policy.plans["plan"];
    plan.models = Words{"b", "a"};
    plan.providers = Words{"q"};
    plan.includes.emplace_back().model = "d";
    plan.limits = policy.limits;
    add_words(words, policy);
    EXPECT_EQ(words.models, (Words{"a", "b", "c", "d"}));
    EXPECT_EQ(words.providers, (Words{"p", "q"}));
}

TEST(ModelNames, TheCatalogueForgetsNamesWhenRulesSayMore) {
    Catalogue catalogue({}, {}, 1);
    EXPECT_EQ(catalogue.find_names("cloud", "big", 1), nullptr);
    const ModelNames& kept = catalogue.keep_names("cloud", "big", 1, big_names);
    EXPECT_EQ(catalogue.find_names("cloud", "big", 1), &kept);
    EXPECT_EQ(catalogue.find_names("cloud", "big", 2), nullptr) << "each version of the book";
    LimitTerms limit = terms_of("own", Metric::requests, fixed(WindowKind::day), "1");
    limit.model = "big-2";
    catalogue.keep_quota("a quota", {limit});
    EXPECT_EQ(catalogue.find_names("cloud", "big", 1), nullptr);
    EXPECT_EQ(kept.model, "big") << "what was handed out stays";
}

class ListedModels : public ::testing::Test {
  protected:
    ListedModels() {
        account_.arena = &arena_;
        account_.plan = &plan_;
        account_.wallet.balance = steps(10);
        account_.wallet.current_remaining = steps(10);
        rules_.arena = &arena_;
        rules_.policy = &policy_;
        rules_.ladder = &ladder_;
        rules_.plan = &allowed_;
        allowed_.models = Words{"big"};
        request_.amount = steps(1);
        request_.provider = "cloud";
        request_.rules = &rules_;
    }

    Outcome outcome() { return may_call(account_, book_, request_).outcome; }

    TestArena arena_;
    Account account_;
    PlanTerms plan_;
    Policy policy_;
    Ladder ladder_;
    PlanPolicy allowed_;
    CallRules rules_;
    PriceBook book_;
    CallRequest request_;
};

TEST_F(ListedModels, AnotherNameOfAListedModelIsListed) {
    request_.model = "big-latest";
    EXPECT_EQ(outcome(), Outcome::model_not_in_plan);
    rules_.names = &big_names;
    EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(ListedModels, TheListIsAskedAboutTheModelThatTheCallNamed) {
    request_.model = "small";
    request_.requested_model = "big";
    EXPECT_EQ(outcome(), Outcome::ok) << "the level's choice is not on the list";
    request_.requested_model = "big-latest";
    EXPECT_EQ(outcome(), Outcome::model_not_in_plan);
    request_.requested_names = &big_names;
    EXPECT_EQ(outcome(), Outcome::ok);
    request_.model = "big";
    request_.requested_model = "small";
    request_.requested_names = nullptr;
    EXPECT_EQ(outcome(), Outcome::model_not_in_plan);
}

} // namespace
} // namespace credits::core::test
