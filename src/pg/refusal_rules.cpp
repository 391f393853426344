// What rules say when they refuse.
#include "pg/refusal_rules.hpp"

#include "core/policy_words.hpp"

#include "pg/boundary.hpp"
#include "pg/numeric.hpp"
#include "pg/rows.hpp"
#include "pg/rules.hpp"

namespace credits::pg {

namespace {

const char* unit_of(core::Metric metric, bool is_one) {
    constexpr const char* one[] = {"request", "token", "credit", "USD", "failure"};
    constexpr const char* many[] = {"requests", "tokens", "credits", "USD", "failures"};
    return (is_one ? one : many)[static_cast<std::size_t>(metric)];
}

bool is_one(const core::Decimal& value) {
    return std::is_eq(core::compare(value, core::Decimal{1, 0}));
}

const char* amount_text(const core::Decimal& amount, core::Metric metric) {
    return psprintf("%s %s", decimal_text(amount), unit_of(metric, is_one(amount)));
}

// length_text is a stretch of time in the largest unit of which it is a whole number.
const char* length_text(std::int64_t micros) {
    struct Unit {
        std::int64_t length;
        const char* name;
    };

    constexpr Unit units[] = {{core::micros_per_day, "day"},
                              {core::micros_per_second * 3600, "hour"},
                              {core::micros_per_second * 60, "minute"},
                              {core::micros_per_second, "second"},
                              {core::micros_per_second / 1000, "millisecond"},
                              {1, "microsecond"}};
    for (const Unit& unit : units) {
        if (micros == unit.length) {
            return unit.name;
        }
        if (micros % unit.length == 0) {
            return psprintf(INT64_FORMAT " %ss", micros / unit.length, unit.name);
        }
    }
    pg_unreachable();
}

const char* window_text(const core::Window& window) {
    switch (window.kind) {
    case core::WindowKind::sliding:
        return psprintf("in any %s", length_text(window.length));
    case core::WindowKind::hour:
        return "an hour";
    case core::WindowKind::day:
        return "a day";
    case core::WindowKind::week:
        return "a week";
    case core::WindowKind::month:
        return "a month";
    case core::WindowKind::period:
        return "a period";
    case core::WindowKind::lifetime:
        break;
    }
    return "in all";
}

const char* limit_sentence(const core::Verdict& verdict) {
    const core::LimitTerms& terms = *verdict.limit.terms;
    const char* allowed = psprintf(
        "%s %s", amount_text(verdict.limit.limit, terms.metric), window_text(terms.window));
    const char* name = c_text(terms.name);
    if (verdict.outcome == core::Outcome::blocked) {
        return psprintf("calls of this %s are blocked for passing the limit \"%s\" of %s",
                        c_text(core::name_of(terms.scope)),
                        name,
                        allowed);
    }
    const core::Decimal& used = verdict.limit.used;
    const core::Decimal& asked = core::amount_of(verdict.demand, terms.metric);
    const char* more = terms.metric == core::Metric::requests || asked.is_zero()
                           ? ""
                           : psprintf(", the call needs %s", decimal_text(asked));
    return psprintf("the limit \"%s\" allows %s: %s %s used%s",
                    name,
                    allowed,
                    decimal_text(used),
                    is_one(used) ? "is" : "are",
                    more);
}

// A call that is more than the limit by itself never passes, however long it waits.
bool is_larger_than_limit(const core::Verdict& verdict) {
    const core::LimitRefusal& limit = verdict.limit;
    return limit.terms != nullptr && !limit.limit.is_zero() &&
           std::is_gt(
               core::compare(core::amount_of(verdict.demand, limit.terms->metric), limit.limit));
}

std::int64_t calls_needed(const core::Verdict& verdict) {
    if (verdict.limit.limit.is_zero()) {
        return 0;
    }
    return compute_or_raise([&] {
        std::int64_t calls = 1;
        core::Decimal room = verdict.limit.limit;
        constexpr std::int64_t many = 1000;
        while (calls < many && std::is_lt(core::compare(room, verdict.limit.used))) {
            room = room + verdict.limit.limit;
            ++calls;
        }
        return calls;
    });
}

const char* split_suggestion(const core::Verdict& verdict) {
    const std::int64_t calls = calls_needed(verdict);
    return calls < 2 ? nullptr
                     : psprintf("split the request into at least " INT64_FORMAT " calls", calls);
}

const char* usd_text(const core::Decimal& amount) {
    return amount_text(amount, core::Metric::cost);
}

// What the call's own cost would pass, and how much it may still take.
const char* level_ahead_sentence(const core::Verdict& verdict) {
    const core::Room& room = verdict.room;
    const char* level = shortened(verdict.subject);
    if (!room.of.empty()) {
        return psprintf(
            "the call would carry the account to the level \"%s\": %s of %s are left of "
            "the limit \"%s\"",
            level,
            decimal_text(room.left),
            decimal_text(room.whole),
            shortened(room.of));
    }
    return psprintf("the call's cost of %s would carry the account to the level \"%s\": %s of %s "
                    "are left",
                    usd_text(verdict.cost.value_or(core::Decimal{})),
                    level,
                    decimal_text(room.left),
                    usd_text(room.whole));
}

const char* too_dear_sentence(const core::Verdict& verdict) {
    const core::Room& room = verdict.room;
    return psprintf("the call costs %s, the platform may spend %s more %s",
                    usd_text(verdict.cost.value_or(core::Decimal{})),
                    decimal_text(room.left),
                    room.of == "day" ? "today" : "this hour");
}

const char* smaller_suggestion(const core::Room& room) {
    return room.left.is_zero() || !room.of.empty()
               ? nullptr
               : psprintf("a call that costs at most %s may go on", usd_text(room.left));
}

const char* listed(const std::vector<std::string>& names) {
    StringInfoData text;
    initStringInfo(&text);
    for (const std::string& name : names) {
        appendStringInfo(&text, "%s%s", text.len == 0 ? "" : ", ", name.c_str());
    }
    return text.data;
}

const char* upgrade_suggestion(const Session& session) {
    const core::PlanPolicy& plan = plan_policy(session);
    return plan.next_plan.empty() ? nullptr
                                  : psprintf("upgrade to the plan \"%s\"", plan.next_plan.c_str());
}

const char* choice_suggestion(const Session& session,
                              const std::optional<std::vector<std::string>>& choice) {
    if (!choice || choice->empty()) {
        return upgrade_suggestion(session);
    }
    const char* upgrade = upgrade_suggestion(session);
    return psprintf("use %s%s%s",
                    listed(*choice),
                    upgrade == nullptr ? "" : ", or ",
                    upgrade == nullptr ? "" : upgrade);
}

} // namespace

const char* rule_sentence(const Session& session, const core::Verdict& verdict) {
    const char* subject = shortened(verdict.subject);
    const char* plan = c_text(session.account.plan->name);
    switch (verdict.outcome) {
    case core::Outcome::licence_suspended:
        return verdict.subject.empty()
                   ? "the licence is suspended, because a payment failed"
                   : psprintf("\"%s\" is off, because a payment failed", subject);
    case core::Outcome::feature_not_in_plan:
        return verdict.is_unknown_action
                   ? psprintf("the action \"%s\" is not configured, so the plan \"%s\" does not "
                              "have it",
                              subject,
                              plan)
                   : psprintf("the plan \"%s\" does not have \"%s\"", plan, subject);
    case core::Outcome::provider_not_in_plan:
        return psprintf("the plan \"%s\" does not include the provider \"%s\"", plan, subject);
    case core::Outcome::model_not_in_plan:
        return psprintf("the plan \"%s\" does not include the model \"%s\"", plan, subject);
    case core::Outcome::request_too_large:
        return psprintf("the request is too large: %s %s, at most %s are allowed",
                        decimal_text(verdict.limit.used),
                        subject,
                        decimal_text(verdict.limit.limit));
    case core::Outcome::level_forbids:
        return verdict.room.is_given
                   ? level_ahead_sentence(verdict)
                   : psprintf("the account is restricted: at the level \"%s\" this call is not "
                              "allowed",
                              subject);
    case core::Outcome::platform_paused:
        return verdict.room.is_given ? too_dear_sentence(verdict) : nullptr;
    case core::Outcome::gate_required:
        return psprintf("the call needs " INT64_FORMAT " of \"%s\", " INT64_FORMAT " %s open",
                        verdict.gate.needed,
                        subject,
                        verdict.gate.open,
                        verdict.gate.open == 1 ? "is" : "are");
    case core::Outcome::blocked:
    case core::Outcome::too_frequent:
    case core::Outcome::rate_limited:
    case core::Outcome::quota_exceeded:
    case core::Outcome::plan_limit_exceeded:
        return limit_sentence(verdict);
    default:
        return nullptr;
    }
}

const char* suggestion(const Session& session, const core::Verdict& verdict) {
    if (is_larger_than_limit(verdict)) {
        return "ask for less at a time: the call is more than the limit by itself";
    }
    switch (verdict.outcome) {
    case core::Outcome::request_too_large:
        return split_suggestion(verdict);
    case core::Outcome::provider_not_in_plan:
        return choice_suggestion(session, plan_policy(session).providers);
    case core::Outcome::model_not_in_plan:
        return choice_suggestion(session, plan_policy(session).models);
    case core::Outcome::feature_not_in_plan:
        return verdict.is_unknown_action
                   ? "name an action that is configured, or configure this one"
                   : upgrade_suggestion(session);
    case core::Outcome::plan_limit_exceeded:
    case core::Outcome::insufficient_credits:
        return upgrade_suggestion(session);
    case core::Outcome::level_forbids:
        return smaller_suggestion(verdict.room);
    case core::Outcome::platform_paused:
        return verdict.room.is_given
                   ? psprintf("split the call into parts: what costs at most %s may go on",
                              usd_text(verdict.room.left))
                   : nullptr;
    case core::Outcome::gate_required:
        return psprintf("complete " INT64_FORMAT " more of \"%s\"",
                        verdict.gate.needed - verdict.gate.open,
                        shortened(verdict.subject));
    default:
        return nullptr;
    }
}

void add_rule_detail(JsonObject& detail, const Session& session, const core::Verdict& verdict) {
    const bool has_limit =
        verdict.limit.terms != nullptr || verdict.outcome == core::Outcome::request_too_large;
    detail.add_raw("limit", has_limit ? decimal_text(verdict.limit.limit) : "null");
    if (verdict.limit.terms != nullptr) {
        const core::LimitTerms& terms = *verdict.limit.terms;
        detail.add_text("limit_name", terms.name);
        detail.add_text("metric", core::name_of(terms.metric));
        detail.add_raw("used", decimal_text(verdict.limit.used));
        detail.add_raw("asked", decimal_text(core::amount_of(verdict.demand, terms.metric)));
    }
    if (verdict.room.is_given) {
        detail.add_raw("cost", decimal_text(verdict.cost.value_or(core::Decimal{})));
        detail.add_raw("left", decimal_text(verdict.room.left));
    }
    const bool can_wait = verdict.retry_at != core::never && verdict.retry_at != core::always;
    const std::int64_t micros =
        can_wait ? std::max<std::int64_t>(verdict.retry_at - session.account.now, 0) : 0;
    constexpr int micro_digits = 6;
    const core::Decimal seconds =
        compute_or_raise([&] { return core::make_decimal(micros, micro_digits); });
    detail.add_raw("retry_after", can_wait ? decimal_text(seconds) : "null");
    const char* helps = suggestion(session, verdict);
    if (helps == nullptr) {
        detail.add_raw("suggestion", "null");
    } else {
        detail.add_text("suggestion", helps);
    }
    if (!verdict.subject.empty()) {
        detail.add_text("subject", shortened(verdict.subject));
    }
}

} // namespace credits::pg
