// Owns the tests of what the policy document says: every key is read, defaults hold.
#include "policy_documents.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace credits::core::test {
namespace {

TEST(PolicyDocument, OfNothingIsNoRule) {
    for (const char* text : {"{}",
                             R"({"margin": null, "time_zone": "UTC", "limits": null, "ladder": [],
                                 "licence": [], "licence_states": {"grace": null}, "brake": null,
                                 "guarantee": null, "top_up": null, "shadow": {"share": "0"},
                                 "plans": {}, "actions": {}})"}) {
        const Policy policy = policy_of(text);
        EXPECT_TRUE(policy.limits.empty() && policy.ladder.empty() && policy.plans.empty());
        EXPECT_FALSE(policy.margin || policy.guarantee || policy.top_up || policy.brake.is_set());
        EXPECT_FALSE(policy.licence.grace || policy.licence.suspended || policy.licence.cancelled);
        EXPECT_TRUE(policy.licence.capabilities.empty() && policy.actions.empty());
        EXPECT_EQ(policy.shadow_share, Decimal{});
    }
}

TEST(PolicyDocument, LimitsAreReadWithEveryKey) {
    const Policy policy = policy_of(R"({"limits": [
        {"name": "rate", "scope": "member", "metric": "requests", "window": {"sliding": 60000000},
         "limit": "30", "effect": {"kind": "deny"}, "warn_at": "80"},
        {"name": "images", "scope": "model", "metric": "cost", "window": "lifetime", "limit": 0.25,
         "effect": {"kind": "warn"}, "warn_at": null, "provider": "p", "model": "m", "action": "a"},
        {"name": "plain", "metric": "failures", "window": "day", "limit": 0,
         "effect": {"kind": "block", "for": {"months": 1, "days": 2, "micros": 3}}}]})");
    ASSERT_EQ(policy.limits.size(), 3U);
    const LimitTerms& rate = policy.limits[0];
    EXPECT_EQ(rate.name, "rate");
    EXPECT_EQ(rate.scope, LimitScope::member);
    EXPECT_EQ(rate.origin, LimitOrigin::configuration);
    EXPECT_EQ(rate.metric, Metric::requests);
    EXPECT_EQ(rate.window, (Window{WindowKind::sliding, 60 * micros_per_second}));
    EXPECT_EQ(rate.limit, dec("30"));
    EXPECT_EQ(rate.effect.kind, EffectKind::deny);
    EXPECT_EQ(rate.warn_at, dec("80"));
    EXPECT_TRUE(rate.provider.empty() && rate.model.empty() && rate.action.empty());
    const LimitTerms& images = policy.limits[1];
    EXPECT_EQ(images.scope, LimitScope::model);
    EXPECT_EQ(images.metric, Metric::cost);
    EXPECT_EQ(images.window, (Window{WindowKind::lifetime, 0}));
    EXPECT_EQ(images.limit, dec("0.25"));
    EXPECT_EQ(images.effect.kind, EffectKind::warn);
    EXPECT_EQ(images.warn_at, no_warning);
    EXPECT_EQ(images.provider + images.model + images.action, "pma");
    const LimitTerms& plain = policy.limits[2];
    EXPECT_EQ(plain.scope, LimitScope::account);
    EXPECT_EQ(plain.warn_at, dec("80"));
    EXPECT_EQ(plain.limit, Decimal{});
    EXPECT_EQ(plain.effect.kind, EffectKind::block);
    EXPECT_EQ(plain.effect.block_for, (Cycle{1, 2, 3}));
}

TEST(PolicyDocument, EveryWordHasItsMeaning) {
    const struct {
        const char* word;
        WindowKind kind;
    } windows[] = {{"hour", WindowKind::hour},
                   {"day", WindowKind::day},
                   {"week", WindowKind::week},
                   {"month", WindowKind::month},
                   {"period", WindowKind::period},
                   {"lifetime", WindowKind::lifetime}};

    for (const auto& [word, kind] : windows) {
        const std::string window = std::string("\"") + word + "\"";
        EXPECT_EQ(policy_of(limit_with(window, R"({"kind": "deny"})", "")).limits[0].window.kind,
                  kind);
    }

    const struct {
        const char* word;
        LimitScope scope;
    } scopes[] = {{"platform", LimitScope::platform},
                  {"account", LimitScope::account},
                  {"team", LimitScope::team},
                  {"member", LimitScope::member},
                  {"provider", LimitScope::provider},
                  {"model", LimitScope::model},
                  {"action", LimitScope::action}};

    for (const auto& [word, scope] : scopes) {
        const std::string more = std::string(R"(, "scope": ")") + word + "\"";
        EXPECT_EQ(policy_of(limit_with("\"day\"", R"({"kind": "deny"})", more)).limits[0].scope,
                  scope);
    }

    const struct {
        const char* word;
        Metric metric;
    } metrics[] = {{"requests", Metric::requests},
                   {"tokens", Metric::tokens},
                   {"credits", Metric::credits},
                   {"cost", Metric::cost},
                   {"failures", Metric::failures}};

    for (const auto& [word, metric] : metrics) {
        const std::string text = std::string(R"({"limits": [{"name": "l", "window": "day",
            "limit": 1, "effect": {"kind": "deny"}, "metric": ")") +
                                 word + "\"}]}";
        EXPECT_EQ(policy_of(text).limits[0].metric, metric);
    }
}

TEST(PolicyDocument, EffectsCarryWhatTheyNeed) {
    const auto effect = [](const char* text) {
        return policy_of(limit_with("\"day\"", text, "")).limits[0].effect;
    };
    EXPECT_EQ(effect(R"({"kind": "degrade", "name": "basic"})").kind, EffectKind::degrade);
    EXPECT_EQ(effect(R"({"kind": "degrade", "name": "basic"})").name, "basic");
    EXPECT_EQ(effect(R"({"kind": "flag", "name": "fraud"})").kind, EffectKind::flag);
    EXPECT_EQ(effect(R"({"kind": "flag", "name": "fraud"})").name, "fraud");
    const LimitEffect overage = effect(R"({"kind": "overage", "price": "0.001", "per": 1000})");
    EXPECT_EQ(overage.kind, EffectKind::overage);
    EXPECT_EQ(overage.price, dec("0.001"));
    EXPECT_EQ(overage.per, dec("1000"));
    EXPECT_EQ(effect(R"({"kind": "overage", "price": 0, "per": null})").per, dec("1"));
    EXPECT_EQ(effect(R"({"kind": "block", "for": {"micros": 900000000}})").block_for,
              (Cycle{0, 0, 900 * micros_per_second}));
}

TEST(PolicyDocument, LadderKeepsItsOrder) {
    const Policy policy = policy_of(R"({"ladder": [
        {"level": "reduced_quality", "at": "50", "of": "cost_budget", "allow": null,
         "substitute": {"gpt-4-turbo": "gpt-3.5-turbo", "a": "b"}, "gates": []},
        {"level": "affiliate_only", "at": 90.5, "of": "monthly tokens",
         "gates": [{"kind": "affiliate_click", "count": 2, "level": "basic"}, {"kind": "x"}]},
        {"level": "payment_required", "at": 100, "of": "cost_budget", "allow": [],
         "substitute": {}},
        {"level": "payment_required", "at": 100, "of": "other", "allow": ["chat", "help"]}]})");
    ASSERT_EQ(policy.ladder.size(), 4U);
    EXPECT_EQ(policy.ladder[0].level, "reduced_quality");
    EXPECT_EQ(policy.ladder[0].at, dec("50"));
    EXPECT_EQ(policy.ladder[0].of, "cost_budget");
    EXPECT_FALSE(policy.ladder[0].allow);
    EXPECT_EQ(policy.ladder[0].substitute.at("gpt-4-turbo"), "gpt-3.5-turbo");
    EXPECT_EQ(policy.ladder[0].substitute.size(), 2U);
    EXPECT_EQ(policy.ladder[1].at, dec("90.5"));
    ASSERT_EQ(policy.ladder[1].gates.size(), 2U);
    EXPECT_EQ(policy.ladder[1].gates[0].kind, "affiliate_click");
    EXPECT_EQ(policy.ladder[1].gates[0].count, 2);
    EXPECT_EQ(policy.ladder[1].gates[0].level, "basic");
    EXPECT_EQ(policy.ladder[1].gates[1].count, 1);
    EXPECT_TRUE(policy.ladder[1].gates[1].level.empty());
    EXPECT_TRUE(policy.ladder[2].allow && policy.ladder[2].allow->empty());
    EXPECT_EQ(policy.ladder[3].allow, (std::vector<std::string>{"chat", "help"}));
}

TEST(PolicyDocument, ThePlatformsOwnRules) {
    const Policy policy = policy_of(R"({"margin": "0.80", "shadow": {"share": 0.25},
        "licence": [{"capability": "ai", "after": {"months": 0, "days": 0, "micros": 0}},
                    {"capability": "sync", "after": {"days": 15}}],
        "licence_states": {"grace": {"micros": 0}, "suspended": {"days": 15}, "cancelled": null},
        "brake": {"hour": {"warn": 50, "stop": null}, "day": {"warn": "400", "stop": "500"},
                  "min_margin": "0.20", "resume": "window"},
        "guarantee": {"revenue": "5", "cost": "2", "profit": "3"},
        "top_up": {"below": "100", "pack": "small", "at_most": {"days": 1}}})");
    EXPECT_EQ(policy.margin, dec("0.8"));
    EXPECT_EQ(policy.shadow_share, dec("0.25"));
    ASSERT_EQ(policy.licence.capabilities.size(), 2U);
    EXPECT_EQ(policy.licence.capabilities[0].capability, "ai");
    EXPECT_TRUE(policy.licence.capabilities[0].after.is_none());
    EXPECT_EQ(policy.licence.capabilities[1].after, (Cycle{0, 15, 0}));
    EXPECT_TRUE(policy.licence.grace && policy.licence.grace->is_none());
    EXPECT_EQ(policy.licence.suspended, (Cycle{0, 15, 0}));
    EXPECT_FALSE(policy.licence.cancelled);
    EXPECT_EQ(policy.brake.hour.warn, dec("50"));
    EXPECT_FALSE(policy.brake.hour.stop);
    EXPECT_EQ(policy.brake.day.warn, dec("400"));
    EXPECT_EQ(policy.brake.day.stop, dec("500"));
    EXPECT_EQ(policy.brake.min_margin, dec("0.2"));
    EXPECT_TRUE(policy.brake.resumes_by_itself);
    EXPECT_FALSE(policy_of(R"({"brake": {"resume": "manual"}})").brake.resumes_by_itself);
    EXPECT_FALSE(policy_of(R"({"brake": {"hour": null, "day": null}})").brake.is_set());
    ASSERT_TRUE(policy.guarantee);
    EXPECT_EQ(policy.guarantee->revenue, dec("5"));
    EXPECT_EQ(policy.guarantee->cost, dec("2"));
    EXPECT_EQ(policy.guarantee->profit, dec("3"));
    ASSERT_TRUE(policy.top_up);
    EXPECT_EQ(policy.top_up->below, dec("100"));
    EXPECT_EQ(policy.top_up->pack, "small");
    EXPECT_EQ(policy.top_up->at_most, (Cycle{0, 1, 0}));
}

TEST(PolicyDocument, PlansAndActionsByName) {
    const Policy policy = policy_of(R"({"plans": {"free": {"cover": "0"}, "pro": {
        "features": ["ai", "sync"], "providers": [], "models": null, "cost_budget": "19.80",
        "max_tokens_per_request": "8000", "max_output_tokens": 2000, "cover": "2",
        "includes": [{"provider": null, "model": "dall-e-3-hd", "usage": {"images": "10"}},
                     {"provider": "runway", "model": "gen3", "usage": {"seconds": 120, "x": 0.5}}],
        "limits": [{"name": "tokens", "metric": "tokens", "window": "period", "limit": 5000000,
                    "effect": {"kind": "overage", "price": "0.001", "per": "1000"}}],
        "next_plan": "enterprise"}},
        "actions": {"chat": {"feature": null, "max_credits": null, "gates": []},
                    "meal_plan": {"feature": "ai", "max_credits": "10",
                                  "gates": [{"kind": "affiliate_click", "count": "1"}]}}})");
    ASSERT_EQ(policy.plans.size(), 2U);
    const PlanPolicy& free = policy.plans.at("free");
    EXPECT_FALSE(free.features || free.providers || free.models || free.cost_budget);
    EXPECT_TRUE(free.limits.empty() && free.includes.empty() && free.next_plan.empty());
    const PlanPolicy& pro = policy.plans.at("pro");
    EXPECT_EQ(pro.features, (std::vector<std::string>{"ai", "sync"}));
    EXPECT_TRUE(pro.providers && pro.providers->empty());
    EXPECT_FALSE(pro.models);
    EXPECT_EQ(pro.cost_budget, dec("19.8"));
    EXPECT_EQ(pro.cover, dec("2"));
    EXPECT_EQ(pro.max_tokens_per_request, dec("8000"));
    EXPECT_EQ(pro.max_output_tokens, dec("2000"));
    ASSERT_EQ(pro.includes.size(), 2U);
    EXPECT_TRUE(pro.includes[0].provider.empty());
    EXPECT_EQ(pro.includes[0].usage.at("images"), dec("10"));
    EXPECT_EQ(pro.includes[1].provider, "runway");
    EXPECT_EQ(pro.includes[1].model, "gen3");
    EXPECT_EQ(pro.includes[1].usage.at("x"), dec("0.5"));
    ASSERT_EQ(pro.limits.size(), 1U);
    EXPECT_EQ(pro.limits[0].origin, LimitOrigin::plan);
    EXPECT_EQ(pro.next_plan, "enterprise");
    EXPECT_TRUE(policy.actions.at("chat").feature.empty());
    EXPECT_FALSE(policy.actions.at("chat").max_credits);
    EXPECT_EQ(policy.actions.at("meal_plan").feature, "ai");
    EXPECT_EQ(policy.actions.at("meal_plan").max_credits, dec("10"));
    EXPECT_EQ(policy.actions.at("meal_plan").gates.at(0).count, 1);
}

// What the server makes of a configuration with every rule (test/pgtap/configuration_policy.sql).
TEST(PolicyDocument, TheServersOwnIsRead) {
    const Policy policy = policy_of(R"(
        {"margin": "0.8", "time_zone": "Europe/Berlin", "shadow": {"share": "0.25"},
        "limits": [{"name": "failures", "scope": "account", "metric": "failures", "window":
        {"sliding": 129600000000}, "limit": "5", "effect": {"kind": "block", "for": {"months":
        1, "days": 2, "micros": 900500000}}, "warn_at": "80", "provider": null, "model": null,
        "action": null},
        {"name": "fraud", "scope": "account", "metric": "credits", "window": "hour", "limit":
        "0.5", "effect": {"kind": "flag", "name": "fraud"}, "warn_at": null, "provider": "p",
        "model": "m", "action": "a"},
        {"name": "rate", "scope": "member", "metric": "requests", "window": {"sliding":
        60000000}, "limit": "30", "effect": {"kind": "deny"}, "warn_at": "80", "provider":
        null, "model": null, "action": null},
        {"name": "slow", "scope": "account", "metric": "cost", "window": "week", "limit": "5",
        "effect": {"kind": "degrade", "name": "slow"}, "warn_at": "80", "provider": null,
        "model": null, "action": null}],
        "ladder": [{"level": "low", "at": "50", "of": "cost_budget", "allow": null,
        "substitute": {"big": "small"}, "gates": [{"kind": "click", "count": 2, "level":
        null}]}, {"level": "stop", "at": "100", "of": "rate", "allow": [], "substitute": {},
        "gates": []}],
        "licence": [{"capability": "ai", "after": {"months": 0, "days": 0, "micros": 0}},
        {"capability": "sync", "after": {"months": 0, "days": 15, "micros": 0}}],
        "licence_states": {"grace": null, "suspended": {"months": 12, "days": 15, "micros":
        0}, "cancelled": null},
        "brake": {"hour": {"warn": "50", "stop": null}, "day": {"warn": null, "stop": "500"},
        "min_margin": "0.2", "resume": "window"},
        "guarantee": {"revenue": "5", "cost": "2", "profit": "3"}, "top_up": {"below": "100",
        "pack": "small", "at_most": {"months": 0, "days": 1, "micros": 0}},
        "plans": {"free": {"features": null, "providers": null, "models": null,
        "max_tokens_per_request": null, "max_output_tokens": null, "cost_budget": null,
        "cover": "0", "includes": [], "limits": [], "next_plan": null},
        "pro": {"features": ["ai"], "providers": [], "models": null, "max_tokens_per_request":
        "8000", "max_output_tokens": null, "cost_budget": "19.8", "cover": "2", "includes":
        [{"provider": null, "model": "m", "usage": {"images": "10"}}],
        "limits": [{"name": "tokens", "scope": "account", "metric": "tokens", "window":
        "period", "limit": "5000000", "effect": {"kind": "overage", "price": "0.001", "per":
        "1000"}, "warn_at": "80", "provider": null, "model": null, "action": null}],
        "next_plan": "free"}},
        "actions": {"chat": {"feature": "ai", "max_credits": "10", "gates": [{"kind": "click",
        "count": 1, "level": "low"}]}}})");
    ASSERT_EQ(policy.limits.size(), 4U);
    EXPECT_EQ(policy.limits[0].window, (Window{WindowKind::sliding, 36 * hour}));
    EXPECT_EQ(policy.limits[0].effect.block_for, (Cycle{1, 2, 900'500'000}));
    EXPECT_EQ(policy.limits[1].effect.name, "fraud");
    EXPECT_EQ(policy.limits[1].warn_at, no_warning);
    EXPECT_EQ(policy.ladder.at(0).gates.at(0).count, 2);
    EXPECT_TRUE(policy.ladder.at(1).allow && policy.ladder.at(1).allow->empty());
    EXPECT_EQ(policy.licence.suspended, (Cycle{12, 15, 0}));
    EXPECT_EQ(policy.brake.day.stop, dec("500"));
    EXPECT_EQ(policy.plans.at("pro").limits.at(0).effect.per, dec("1000"));
    EXPECT_EQ(policy.actions.at("chat").gates.at(0).level, "low");
}

} // namespace
} // namespace credits::core::test
