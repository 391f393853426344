// Owns the tests of what the policy document may not say: each is refused by its path.
#include "policy_documents.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace credits::core::test {
namespace {

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

TEST(PolicyDocumentRefusals, WhatCannotBeIsRefusedByItsPath) {
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

TEST(PolicyDocumentRefusals, WindowsAndEffectsThatCannotBe) {
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
