// Members of an account and its own limits: set by whoever administers them, under the wallet's
// lock like every change of an account.
#include "pg/alerts.hpp"
#include "pg/boundary.hpp"
#include "pg/catalogue.hpp"
#include "pg/json_text.hpp"
#include "pg/numeric.hpp"
#include "pg/rows.hpp"
#include "pg/rules.hpp"
#include "pg/statement.hpp"
#include "pg/subjects.hpp"
#include "pg/verbs.hpp"

namespace credits::pg {

namespace {

// checked_quota brings limits in the form of the configuration document to that of the policy.
Datum checked_quota(const JsonArgument& quota) {
    static Statement statement = {"SELECT credits.quota_limits($1)", 1, {JSONBOID}, nullptr};
    Parameters parameters = {};
    parameters.add(JsonbPGetDatum(quota.value));
    bool is_null = false;
    return column(query(statement, parameters), 0, 1, is_null);
}

void check_is_of_members(const core::LimitTerms& limit) {
    if (limit.scope != core::LimitScope::member) {
        raise_invalid("a quota limits the member it is given to",
                      psprintf("limit \"%s\" has another scope", shortened(limit.name)),
                      "leave the scope of a quota out, or set it to member");
    }
}

// Limits that an account may have a value of its own for.
const core::LimitTerms* find_limit(const Session& session, std::string_view name) {
    const auto find_in = [&](const std::vector<core::LimitTerms>& limits) {
        const core::LimitTerms* found = nullptr;
        for (const core::LimitTerms& limit : limits) {
            found =
                limit.name == name && limit.scope != core::LimitScope::platform ? &limit : found;
        }
        return found;
    };
    const core::PlanPolicy* plan = session.account.plan->policy;
    const core::LimitTerms* found = plan == nullptr ? nullptr : find_in(plan->limits);
    return found == nullptr ? find_in(session.catalogue->policy().limits) : found;
}

// What has the name, and is nothing that an account can have a value of its own for.
void check_is_of_accounts(const Session& session, std::string_view name) {
    if (name == core::budget_base) {
        raise_invalid("cost_budget is no limit but a budget of the plan",
                      "accounts have no value of their own for it",
                      "credits.change_plan to a plan with another cost_budget, or give the account "
                      "a value of its own for a limit that is a base of the ladder");
    }
    for (const core::LimitTerms& limit : session.catalogue->policy().limits) {
        if (limit.name == name) {
            raise_invalid(psprintf("the limit \"%s\" is the platform's", shortened(name)),
                          "limits of scope platform count all accounts together",
                          "give a value for a limit of the account's plan, or for one of the "
                          "configuration that counts within an account");
        }
    }
}

Datum changed_caps(const Session& session, const TextArgument& name, Datum value, bool is_removal) {
    static Statement statement = {
        "SELECT credits.changed_caps($1, $2, $3)", 3, {JSONBOID, TEXTOID, NUMERICOID}, nullptr};
    Parameters parameters = {};
    parameters.add(session.wallet_row.values[wallet_column::caps],
                   session.wallet_row.nulls[wallet_column::caps]);
    parameters.add(name.datum);
    parameters.add(value, is_removal);
    bool is_null = false;
    const Datum caps = column(query(statement, parameters), 0, 1, is_null);
    return is_null ? 0 : caps;
}

} // namespace

Datum set_member(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    const TextArgument account_id = read_required_text(call, 0, "account_id");
    const TextArgument member_id = read_required_text(call, 1, "member_id");
    const TextArgument team = read_text(call, 2);
    const JsonArgument quota = read_json(call, 3);
    check_identifier(member_id, "member_id");
    check_identifier_if_given(team, "team");
    open_session(session, account_id.datum);
    load_if_due(session);
    Subject& member = subject_of(session, SubjectKind::member, member_id);
    set_optional(member.row, member_column::team, team.given, team.datum);
    const Datum limits = quota.given ? checked_quota(quota) : 0;
    set_optional(member.row, member_column::quota, quota.given, limits);
    member.is_set = true;
    if (quota.given) {
        for (const core::LimitTerms& limit : quota_of(session, DatumGetJsonbP(limits))) {
            check_is_of_members(limit);
        }
    }
    finish_session(session);
    PG_RETURN_VOID();
}

Datum set_limit(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    const TextArgument account_id = read_required_text(call, 0, "account_id");
    const TextArgument name = read_required_text(call, 1, "limit_name");
    const std::optional<core::Decimal> value = read_decimal(call, 2, "limit_value");
    check_identifier(name, "limit_name");
    open_session(session, account_id.datum);
    load_if_due(session);
    if (value && value->is_negative()) {
        raise_invalid("a limit cannot be below zero",
                      "argument limit_value",
                      "give 0 to refuse everything, null for the configured limit");
    }
    if (find_limit(session, name.view) == nullptr) {
        check_is_of_accounts(session, name.view);
        raise_invalid(psprintf("there is no limit \"%s\"", shortened(name.view)),
                      "neither the account's plan nor the configuration has one of that name",
                      "SELECT * FROM credits.limits('...') lists those that apply");
    }
    const Datum caps =
        changed_caps(session, name, value ? numeric_datum(*value) : 0, !value.has_value());
    set_optional(session.wallet_row, wallet_column::caps, caps != 0, caps);
    finish_session(session);
    PG_RETURN_VOID();
}

} // namespace credits::pg
