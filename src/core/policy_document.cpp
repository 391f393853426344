// Limits, ladder, licence, brake and what plans and actions allow, out of the policy document.
// Refuses what it does not know, so that a rule that was damaged cannot turn into no rule.
#include "core/policy_document.hpp"

#include "core/platform_limits.hpp"
#include "core/policy_values.hpp"
#include "core/policy_words.hpp"

#include <algorithm>
#include <compare>

namespace credits::core {

namespace {

constexpr std::array<std::string_view, 2> resume_names{"manual", "window"};

constexpr Decimal one{1, 0};
constexpr Decimal hundred{100, 0};

Window read_window(const PolicyValue& value) {
    if (!value.has("sliding")) {
        const auto kind = value.word<WindowKind>(window_names);
        if (kind == WindowKind::sliding) {
            value.refuse(R"({"sliding": microseconds}, or the word of another window)");
        }
        return {kind, 0};
    }
    value.must_be_object({"sliding"});
    const std::int64_t length = value["sliding"].count();
    if (length < micros_per_second) {
        value.refuse("of at least a second");
    }
    return {WindowKind::sliding, length};
}

LimitEffect read_effect(const PolicyValue& value) {
    value.must_be_object({"kind", "name", "for", "price", "per"});
    LimitEffect effect;
    effect.kind = value["kind"].word<EffectKind>(effect_names);
    if (effect.kind == EffectKind::degrade || effect.kind == EffectKind::flag) {
        effect.name = value["name"].text();
    } else if (effect.kind == EffectKind::block) {
        effect.block_for = value["for"].interval();
        if (effect.block_for.is_none()) {
            value["for"].refuse("longer than nothing");
        }
    } else if (effect.kind == EffectKind::overage) {
        effect.price = value["price"].number();
        effect.per = value["per"].is_null() ? one : value["per"].positive();
    }
    return effect;
}

Decimal read_warn_at(const PolicyValue& limit) {
    if (!limit.has("warn_at")) {
        return LimitTerms{}.warn_at;
    }
    const PolicyValue value = limit["warn_at"];
    if (value.is_null()) {
        return no_warning;
    }
    const Decimal percent = value.positive();
    if (std::is_lt(compare(percent, one)) || std::is_gt(compare(percent, hundred))) {
        value.refuse("from 1 to 100 percent");
    }
    return percent;
}

// Limits of the platform are counted in shares, and bind all accounts alike.
void must_fit_platform(const PolicyValue& value, const LimitTerms& limit) {
    if (limit.scope != LimitScope::platform) {
        return;
    }
    if (limit.window.kind == WindowKind::period) {
        value["window"].refuse("another than period: the platform has none");
    }
    if (limit.window.kind == WindowKind::sliding) {
        value["window"].refuse("hour, day, week, month or lifetime for scope platform");
    }
    if (limit.effect.kind != EffectKind::deny && limit.effect.kind != EffectKind::warn) {
        value["effect"].refuse("deny or warn for scope platform");
    }
    if (limit.name.size() > platform_limit_name_max) {
        value["name"].refuse("of at most 63 bytes for scope platform");
    }
}

LimitTerms read_limit(const PolicyValue& value, LimitOrigin origin) {
    value.must_be_object({"name",
                          "scope",
                          "metric",
                          "window",
                          "limit",
                          "effect",
                          "warn_at",
                          "provider",
                          "model",
                          "action"});
    LimitTerms limit;
    limit.name = value["name"].text();
    limit.origin = origin;
    if (!value["scope"].is_null()) {
        limit.scope = value["scope"].word<LimitScope>(scope_names);
    }
    limit.metric = value["metric"].word<Metric>(metric_names);
    limit.window = read_window(value["window"]);
    limit.limit = value["limit"].number();
    limit.effect = read_effect(value["effect"]);
    limit.warn_at = read_warn_at(value);
    limit.provider = value["provider"].text_or_empty();
    limit.model = value["model"].text_or_empty();
    limit.action = value["action"].text_or_empty();
    must_fit_platform(value, limit);
    if (limit.effect.kind == EffectKind::overage && limit.metric == Metric::failures) {
        value["effect"].refuse("another than overage: failures cost nothing");
    }
    return limit;
}

std::vector<LimitTerms> read_limits(const PolicyValue& value, LimitOrigin origin) {
    std::vector<LimitTerms> limits;
    for (const PolicyValue& item : value.items()) {
        limits.push_back(read_limit(item, origin));
    }
    return limits;
}

std::vector<GateTerms> read_gates(const PolicyValue& value) {
    std::vector<GateTerms> gates;
    for (const PolicyValue& item : value.items()) {
        item.must_be_object({"kind", "count", "level"});
        GateTerms gate;
        gate.kind = item["kind"].text();
        if (!item["count"].is_null()) {
            gate.count = item["count"].count();
        }
        if (gate.count < 1) {
            item["count"].refuse("at least 1");
        }
        gate.level = item["level"].text_or_empty();
        gates.push_back(std::move(gate));
    }
    return gates;
}

LadderStep read_step(const PolicyValue& value) {
    value.must_be_object({"level", "at", "of", "allow", "substitute", "gates"});
    LadderStep step;
    step.level = value["level"].text();
    step.at = value["at"].positive();
    step.of = value["of"].text();
    step.allow = value["allow"].optional_texts();
    for (const auto& [model, instead] : value["substitute"].members()) {
        step.substitute.emplace(model, instead.text());
    }
    step.gates = read_gates(value["gates"]);
    return step;
}

LicenceTerms read_licence(const PolicyValue& capabilities, const PolicyValue& states) {
    LicenceTerms licence;
    for (const PolicyValue& item : capabilities.items()) {
        item.must_be_object({"capability", "after"});
        licence.capabilities.push_back({item["capability"].text(), item["after"].interval()});
    }
    if (!states.is_null()) {
        states.must_be_object({"grace", "suspended", "cancelled"});
        licence.grace = states["grace"].optional_interval();
        licence.suspended = states["suspended"].optional_interval();
        licence.cancelled = states["cancelled"].optional_interval();
    }
    return licence;
}

BrakeWindow read_brake_window(const PolicyValue& value) {
    if (value.is_null()) {
        return {};
    }
    value.must_be_object({"warn", "stop"});
    return {value["warn"].optional_number(), value["stop"].optional_number()};
}

BrakeTerms read_brake(const PolicyValue& value) {
    BrakeTerms brake;
    if (value.is_null()) {
        return brake;
    }
    value.must_be_object({"hour", "day", "min_margin", "resume"});
    brake.hour = read_brake_window(value["hour"]);
    brake.day = read_brake_window(value["day"]);
    brake.min_margin = value["min_margin"].optional_number();
    brake.resumes_by_itself =
        !value["resume"].is_null() && value["resume"].word<std::size_t>(resume_names) == 1;
    return brake;
}

std::optional<GuaranteeTerms> read_guarantee(const PolicyValue& value) {
    if (value.is_null()) {
        return std::nullopt;
    }
    value.must_be_object({"revenue", "cost", "profit"});
    const auto usd = [&](std::string_view key) {
        return value[key].optional_number().value_or(Decimal{});
    };
    return GuaranteeTerms{usd("revenue"), usd("cost"), usd("profit")};
}

std::optional<TopUpTerms> read_top_up(const PolicyValue& value) {
    if (value.is_null()) {
        return std::nullopt;
    }
    value.must_be_object({"below", "pack", "at_most"});
    return TopUpTerms{
        value["below"].number(), value["pack"].text_or_empty(), value["at_most"].interval()};
}

std::vector<IncludedUnits> read_includes(const PolicyValue& value) {
    std::vector<IncludedUnits> includes;
    for (const PolicyValue& item : value.items()) {
        item.must_be_object({"provider", "model", "usage"});
        IncludedUnits units;
        units.provider = item["provider"].text_or_empty();
        units.model = item["model"].text();
        item["usage"].must_be_object({});
        for (const auto& [metric, quantity] : item["usage"].members()) {
            units.usage.emplace(metric, quantity.number());
        }
        includes.push_back(std::move(units));
    }
    return includes;
}

PlanPolicy read_plan(const PolicyValue& value) {
    value.must_be_object({"features",
                          "providers",
                          "models",
                          "max_tokens_per_request",
                          "max_output_tokens",
                          "cost_budget",
                          "cover",
                          "includes",
                          "limits",
                          "next_plan"});
    PlanPolicy plan;
    plan.features = value["features"].optional_texts();
    plan.providers = value["providers"].optional_texts();
    plan.models = value["models"].optional_texts();
    plan.max_tokens_per_request = value["max_tokens_per_request"].optional_number();
    plan.max_output_tokens = value["max_output_tokens"].optional_number();
    plan.cost_budget = value["cost_budget"].optional_number();
    plan.cover = value["cover"].optional_number().value_or(Decimal{});
    plan.includes = read_includes(value["includes"]);
    plan.limits = read_limits(value["limits"], LimitOrigin::plan);
    plan.next_plan = value["next_plan"].text_or_empty();
    return plan;
}

ActionPolicy read_action(const PolicyValue& value) {
    value.must_be_object({"feature", "max_credits", "gates"});
    return {value["feature"].text_or_empty(),
            value["max_credits"].optional_number(),
            read_gates(value["gates"])};
}

Decimal read_shadow_share(const PolicyValue& value) {
    if (value.is_null()) {
        return {};
    }
    value.must_be_object({"share"});
    const Decimal share = value["share"].optional_number().value_or(Decimal{});
    if (std::is_gt(compare(share, one))) {
        value["share"].refuse("from 0 to 1");
    }
    return share;
}

} // namespace

Policy read_policy(const Json& document) {
    const PolicyValue value(&document, "");
    value.must_be_object({"margin",
                          "time_zone",
                          "limits",
                          "ladder",
                          "licence",
                          "licence_states",
                          "brake",
                          "guarantee",
                          "top_up",
                          "shadow",
                          "plans",
                          "actions"});
    Policy policy;
    policy.margin = value["margin"].optional_number();
    if (policy.margin && !std::is_lt(compare(*policy.margin, one))) {
        value["margin"].refuse("below 1");
    }
    policy.limits = read_limits(value["limits"], LimitOrigin::configuration);
    const auto of_platform =
        std::count_if(policy.limits.begin(), policy.limits.end(), [](const LimitTerms& limit) {
            return limit.scope == LimitScope::platform;
        });
    if (of_platform > platform_limits_max) {
        value["limits"].refuse("such that at most 16 are of scope platform");
    }
    for (const PolicyValue& item : value["ladder"].items()) {
        policy.ladder.push_back(read_step(item));
    }
    policy.licence = read_licence(value["licence"], value["licence_states"]);
    policy.brake = read_brake(value["brake"]);
    policy.guarantee = read_guarantee(value["guarantee"]);
    policy.top_up = read_top_up(value["top_up"]);
    policy.shadow_share = read_shadow_share(value["shadow"]);
    for (const auto& [name, plan] : value["plans"].members()) {
        policy.plans.emplace(name, read_plan(plan));
    }
    for (const auto& [name, action] : value["actions"].members()) {
        policy.actions.emplace(name, read_action(action));
    }
    return policy;
}

std::vector<LimitTerms> read_limits(const Json& limits, LimitOrigin origin) {
    return read_limits(PolicyValue(&limits, "limits"), origin);
}

} // namespace credits::core
