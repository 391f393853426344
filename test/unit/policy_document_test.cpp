// Owns the tests of the policy document: every key is read, defaults hold, what cannot be is
// refused by its path.
#include "json_reader.hpp"
#include "support.hpp"

#include "core/error.hpp"
#include "core/policy_document.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace credits::core::test {
namespace {

Policy policy_of(std::string_view text) {
    TestArena arena;
    return read_policy(read_json(arena, text));
}

// refusal gives the message of what is refused, and nothing of what is not.
std::string refusal(std::string_view text) {
    try {
        policy_of(text);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
        EXPECT_FALSE(error.detail().empty());
        EXPECT_FALSE(error.hint().empty());
        return error.what();
    }
    return "";
}

// limit_with is a limit whose keys are overridden by those that are given.
std::string
limit_with(const std::string& window, const std::string& effect, const std::string& more) {
    return R"({"limits": [{"name": "l", "metric": "requests", "limit": 5, "window": )" + window +
           R"(, "effect": )" + effect + more + "}]}";
}

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

TEST(PolicyDocument, WhatCannotBeIsRefusedByItsPath) {
    const struct {
        const char* text;
        const char* message;
    } cases[] = {
        {"[]", "the policy must be an object"},
        {R"({"limit": []})", "limit is no known key"},
        {R"({"limits": {}})", "limits must be a list"},
        {R"({"limits": [5]})", "limits[0] must be an object"},
        {R"({"limits": [{"nome": 5}]})", "limits[0].nome is no known key"},
        {R"({"limits": [{"metric": "tokens"}]})",
         "limits[0].name must be a text that is not empty"},
        {R"({"limits": [{"name": ""}]})", "limits[0].name must be a text that is not empty"},
        {R"({"limits": [{"name": "l", "scope": "world"}]})",
         "limits[0].scope must be one of platform, account, team, member, provider, model, action, "
         "not world"},
        {R"({"limits": [{"name": "l", "metric": "cost", "window": "day", "limit": -1}]})",
         "limits[0].limit must be a number, zero or more"},
        {R"({"limits": [{"name": "l", "metric": "cost", "window": "day", "limit": "NaN"}]})",
         "limits[0].limit must be a number, zero or more"},
        {R"({"limits": [{"name": "l", "metric": "cost", "window": "day"}]})",
         "limits[0].limit must be a number, zero or more"},
        {R"({"ladder": [{"level": "l", "at": 0, "of": "cost_budget"}]})",
         "ladder[0].at must be a number above zero"},
        {R"({"ladder": [{"level": "l", "at": 5}]})",
         "ladder[0].of must be a text that is not empty"},
        {R"({"ladder": [{"level": "l", "at": 5, "of": "x", "allow": "chat"}]})",
         "ladder[0].allow must be a list"},
        {R"({"ladder": [{"level": "l", "at": 5, "of": "x", "substitute": []}]})",
         "ladder[0].substitute must be an object"},
        {R"({"ladder": [{"level": "l", "at": 5, "of": "x", "substitute": {"a": null}}]})",
         "ladder[0].substitute.a must be a text that is not empty"},
        {R"({"actions": {"a": {"gates": [{"kind": "k", "count": 0}]}}})",
         "actions.a.gates[0].count must be at least 1"},
        {R"({"actions": {"a": {"gates": [{"kind": "k", "count": 1.5}]}}})",
         "actions.a.gates[0].count must be a whole number"},
        {R"({"actions": {"a": {"gates": [{"kind": "k", "count": 9223372036854775808}]}}})",
         "actions.a.gates[0].count must be a whole number"},
        {R"({"licence": [{"capability": "ai"}]})", "licence[0].after must be an object"},
        {R"({"licence": [{"capability": "ai", "after": {"months": 2147483648}}]})",
         "licence[0].after.months must be a smaller number"},
        {R"({"licence": [{"capability": "ai", "after": {"years": 1}}]})",
         "licence[0].after.years is no known key"},
        {R"({"licence_states": {"grace": "15 days"}})", "licence_states.grace must be an object"},
        {R"({"licence_states": {"dead": null}})", "licence_states.dead is no known key"},
        {R"({"brake": {"week": {"stop": 1}}})", "brake.week is no known key"},
        {R"({"brake": {"day": {"stop": -1}}})", "brake.day.stop must be a number, zero or more"},
        {R"({"brake": {"resume": "never"}})",
         "brake.resume must be one of manual, window, not never"},
        {R"({"guarantee": {"profit": "much"}})", "guarantee.profit must be a number, zero or more"},
        {R"({"top_up": {"pack": "p", "at_most": {"days": 1}}})",
         "top_up.below must be a number, zero or more"},
        {R"({"shadow": {"share": "1.01"}})", "shadow.share must be from 0 to 1"},
        {R"({"margin": 1})", "margin must be below 1"},
        {R"({"plans": {"pro": 5}})", "plans.pro must be an object"},
        {R"({"plans": {"pro": {"price": 5}}})", "plans.pro.price is no known key"},
        {R"({"plans": {"pro": {"models": [""]}}})",
         "plans.pro.models[0] must be a text that is not empty"},
        {R"({"plans": {"pro": {"includes": [{"model": "m"}]}}})",
         "plans.pro.includes[0].usage must be an object"},
        {R"({"plans": {"pro": {"limits": [{"name": "l", "metric": "cost", "window": "day",
             "limit": 1, "effect": {"kind": "explode"}}]}}})",
         "plans.pro.limits[0].effect.kind must be one of deny, warn, degrade, flag, block, "
         "overage, "
         "not explode"},
    };

    for (const auto& [text, message] : cases) {
        EXPECT_EQ(refusal(text), message) << text;
    }
}

TEST(PolicyDocument, WindowsAndEffectsThatCannotBe) {
    const std::string deny = R"({"kind": "deny"})";
    EXPECT_EQ(
        refusal(limit_with(R"("sliding")", deny, "")),
        R"(limits[0].window must be {"sliding": microseconds}, or the word of another window)");
    EXPECT_EQ(refusal(limit_with(R"({"sliding": 999999})", deny, "")),
              "limits[0].window must be of at least a second");
    EXPECT_EQ(refusal(limit_with(R"({"sliding": 60000000, "day": 1})", deny, "")),
              "limits[0].window.day is no known key");
    EXPECT_EQ(refusal(limit_with("null", deny, "")),
              "limits[0].window must be a text that is not empty");
    EXPECT_EQ(refusal(limit_with(R"("period")", deny, R"(, "scope": "platform")")),
              "limits[0].window must be another than period: the platform has none");
    EXPECT_EQ(refusal(limit_with(R"("day")", R"({"kind": "flag"})", "")),
              "limits[0].effect.name must be a text that is not empty");
    EXPECT_EQ(refusal(limit_with(R"("day")", R"({"kind": "block", "for": {"days": 0}})", "")),
              "limits[0].effect.for must be longer than nothing");
    EXPECT_EQ(refusal(limit_with(R"("day")", R"({"kind": "overage"})", "")),
              "limits[0].effect.price must be a number, zero or more");
    EXPECT_EQ(refusal(limit_with(R"("day")", R"({"kind": "overage", "price": 1, "per": 0})", "")),
              "limits[0].effect.per must be a number above zero");
    for (const char* percent : {"0.5", "101"}) {
        EXPECT_EQ(refusal(limit_with(R"("day")", deny, std::string(R"(, "warn_at": )") + percent)),
                  "limits[0].warn_at must be from 1 to 100 percent");
    }
    EXPECT_EQ(refusal(R"({"limits": [{"name": "l", "metric": "failures", "window": "day",
                          "limit": 1, "effect": {"kind": "overage", "price": 1}}]})"),
              "limits[0].effect must be another than overage: failures cost nothing");
}

} // namespace
} // namespace credits::core::test
