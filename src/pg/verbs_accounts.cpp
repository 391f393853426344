// The life of an account: open, change plan, freeze, close; and bringing one up to date.
#include "core/due.hpp"

#include "pg/boundary.hpp"
#include "pg/catalogue.hpp"
#include "pg/loading.hpp"
#include "pg/rows.hpp"
#include "pg/rules.hpp"
#include "pg/statement.hpp"
#include "pg/verbs.hpp"

namespace credits::pg {

namespace {

struct OpeningFacts {
    TextArgument account_id{};
    TextArgument plan{}; // resolved: the default plan where none was given
    bool plan_given{};
    TextArgument time_zone{};
    std::optional<core::Instant> anchor{};
    TextArgument identity{};
    JsonArgument metadata{};
};

OpeningFacts read_opening(FunctionCallInfo call) {
    OpeningFacts facts = {};
    facts.account_id = read_required_text(call, 0, "account_id");
    facts.plan = read_text(call, 1);
    facts.plan_given = facts.plan.given;
    check_identifier_if_given(facts.plan, "plan");
    facts.time_zone = read_required_text(call, 2, "time_zone");
    facts.anchor = read_instant(call, 3, "anchor");
    facts.identity = read_text(call, 4);
    facts.metadata = read_json(call, 5);
    check_identifier_if_given(facts.identity, "identity");
    const char* default_plan = platform_settings().default_plan;
    if (!facts.plan_given && default_plan[0] != '\0') {
        facts.plan = text_of(CStringGetTextDatum(default_plan), false);
    }
    return facts;
}

[[noreturn]] void raise_unknown_plan(std::string_view name) {
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
             errmsg("there is no plan \"%s\"", shortened(name)),
             errdetail("argument plan"),
             errhint("SELECT plan FROM credits.plan lists the plans; credits.configure adds one")));
    pg_unreachable();
}

const core::PlanTerms& known_plan(const TextArgument& plan) {
    const std::string_view name = plan.given ? plan.view : std::string_view{};
    const core::PlanTerms* terms = catalogue().find_plan(name);
    if (terms == nullptr) {
        raise_unknown_plan(name);
    }
    return *terms;
}

// Nobody can tell the default from a zone that was left out, so it is no fact to compare.
constexpr std::string_view default_zone = "UTC";

[[noreturn]] void raise_other_fact(const char* fact, Datum opened_with, Datum given) {
    ereport(ERROR,
            (errcode(ERRCODE_DUPLICATE_OBJECT),
             errmsg("the account exists with a different %s", fact),
             errdetail("%s is %s, not %s",
                       fact,
                       shortened(text_view(opened_with)),
                       shortened(text_view(given))),
             errhint("open_account again is a no-op with the same facts only; a plan is changed "
                     "with credits.change_plan")));
    pg_unreachable();
}

// Compared fact by fact: what the account was opened with, in words, and what is given now.
void check_same_facts(const Session& session, const OpeningFacts& facts) {
    static Statement statement = {
        "SELECT f.fact, f.opened, f.given FROM credits.account a LEFT JOIN LATERAL"
        " (SELECT v.* FROM (VALUES ('plan', coalesce(a.opened_plan, 'none'), $2),"
        " ('time_zone', a.time_zone, $3),"
        " ('anchor', CASE WHEN a.anchor_given THEN a.anchor::pg_catalog.text"
        " ELSE 'that of its opening' END, $4::pg_catalog.text),"
        " ('identity', coalesce(a.identity, 'none'), $5)) v(fact, opened, given)"
        " WHERE v.given OPERATOR(pg_catalog.<>) v.opened COLLATE pg_catalog.\"C\") f ON true"
        " WHERE a.account_id OPERATOR(pg_catalog.=) $1",
        5,
        {TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTOID},
        nullptr};
    Parameters parameters = {};
    parameters.add(session.account_id);
    parameters.add(facts.plan.datum, !facts.plan_given);
    parameters.add(facts.time_zone.datum, facts.time_zone.view == default_zone);
    parameters.add(TimestampTzGetDatum(facts.anchor.value_or(0)), !facts.anchor);
    parameters.add(facts.identity.datum, !facts.identity.given);
    const Rows rows = query(statement, parameters);
    if (rows.count == 0) {
        raise_no_facts();
    }
    bool is_same = false;
    const Datum fact = column(rows, 0, 1, is_same);
    if (!is_same) {
        bool is_null = false;
        raise_other_fact(text_to_cstring(DatumGetTextPP(fact)),
                         column(rows, 0, 2, is_null),
                         column(rows, 0, 3, is_null));
    }
}

// The first account to claim an identity gets its free grants.
bool claim_identity(const Session& session, const OpeningFacts& facts) {
    if (!facts.identity.given) {
        return true;
    }
    static Statement statement = {
        "INSERT INTO credits.identity (identity, account_id, claimed_at) VALUES ($1, $2, $3)"
        " ON CONFLICT DO NOTHING",
        3,
        {TEXTOID, TEXTOID, TIMESTAMPTZOID},
        nullptr};
    Parameters parameters = {};
    parameters.add(facts.identity.datum);
    parameters.add(session.account_id);
    parameters.add(TimestampTzGetDatum(session.account.now));
    return execute(statement, parameters).count == 1;
}

// insert_facts is false where another transaction opened the account first.
bool insert_facts(Session& session, const OpeningFacts& facts) {
    static Statement statement = {
        "INSERT INTO credits.account (account_id, opened_plan, time_zone, anchor, period_anchor,"
        " anchor_given, identity, free_grants, opened_at, metadata)"
        " VALUES ($1, $2, $3, $4, $4, $5, $6, true, $7, $8) ON CONFLICT (account_id) DO NOTHING",
        8,
        {TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, BOOLOID, TEXTOID, TIMESTAMPTZOID, JSONBOID},
        nullptr};
    const core::Instant now = session.account.now;
    Parameters row = {};
    row.add(session.account_id);
    row.add(facts.plan.datum, !facts.plan.given);
    row.add(facts.time_zone.datum);
    row.add(TimestampTzGetDatum(facts.anchor.value_or(now)));
    row.add(BoolGetDatum(facts.anchor.has_value()));
    row.add(facts.identity.datum, !facts.identity.given);
    row.add(TimestampTzGetDatum(now));
    row.add(facts.metadata.given ? JsonbPGetDatum(facts.metadata.value)
                                 : DirectFunctionCall1(jsonb_in, CStringGetDatum("{}")));
    return execute(statement, row).count == 1;
}

void keep_free_grants_back(const Session& session) {
    static Statement statement = {"UPDATE credits.account SET free_grants = false"
                                  " WHERE account_id OPERATOR(pg_catalog.=) $1",
                                  1,
                                  {TEXTOID},
                                  nullptr};
    Parameters parameters = {};
    parameters.add(session.account_id);
    execute(statement, parameters);
}

void open_new(Session& session,
              const OpeningFacts& facts,
              const core::PlanTerms& plan,
              pg_tz* zone) {
    core::Account& account = session.account;
    account.free_grants = claim_identity(session, facts);
    if (!account.free_grants) {
        keep_free_grants_back(session);
    }
    session.is_new = true;
    session.zone.set(zone);
    account.is_full = true;
    account.plan = &plan;
    account.zone = &session.zone;
    account.period_anchor = facts.anchor.value_or(account.now);
    set_optional(session.wallet_row,
                 wallet_column::plan,
                 !plan.name.empty(),
                 plan.name.empty() ? 0 : text_datum(plan.name));
    set_null(session.wallet_row, wallet_column::caps);
    set_null(session.wallet_row, wallet_column::counters);
    set_optional(session.wallet_row,
                 wallet_column::time_zone,
                 facts.time_zone.view != "UTC",
                 facts.time_zone.datum);
    run(session, [&](core::Account& opened) { return core::open(opened); });
    finish_session(session);
}

// note_status records since when an account is closed or frozen, and why; null where it no longer
// is.
void note_status(const Session& session,
                 Statement& statement,
                 bool holds,
                 const TextArgument& reason) {
    Parameters row = {};
    row.add(session.account_id);
    row.add(TimestampTzGetDatum(session.account.now), !holds);
    row.add(reason.datum, !reason.given);
    execute(statement, row);
}

void set_closed(const Session& session, bool closed, const TextArgument& reason) {
    static Statement statement = {"UPDATE credits.account SET closed_at = $2, close_reason = $3"
                                  " WHERE account_id OPERATOR(pg_catalog.=) $1",
                                  3,
                                  {TEXTOID, TIMESTAMPTZOID, TEXTOID},
                                  nullptr};
    note_status(session, statement, closed, reason);
}

void set_frozen(const Session& session, bool frozen, const TextArgument& reason) {
    static Statement statement = {"UPDATE credits.account SET frozen_at = $2, freeze_reason = $3"
                                  " WHERE account_id OPERATOR(pg_catalog.=) $1",
                                  3,
                                  {TEXTOID, TIMESTAMPTZOID, TEXTOID},
                                  nullptr};
    note_status(session, statement, frozen, reason);
}

void reopen_if_closed(Session& session) {
    if (session.account.wallet.status != core::AccountStatus::closed) {
        abandon_session(session);
        return;
    }
    load_all(session, nullptr);
    run(session, [&](core::Account& account) { return core::reopen(account); });
    set_closed(session, false, {});
    finish_session(session);
}

// The account was there already: same facts, and opened again if it was closed.
Datum confirm_session(Session& session, const OpeningFacts& facts) {
    check_same_facts(session, facts);
    reopen_if_closed(session);
    return facts.account_id.datum;
}

Datum confirm_account(const OpeningFacts& facts) {
    Session session = {};
    start(session, true);
    open_session(session, facts.account_id.datum);
    return confirm_session(session, facts);
}

Datum set_freeze(FunctionCallInfo call, bool frozen) {
    Session session = {};
    start(session, true);
    const TextArgument account_id = read_required_text(call, 0, "account_id");
    const TextArgument reason = frozen ? read_required_text(call, 1, "reason") : TextArgument{};
    open_session(session, account_id.datum);
    load_if_due(session);
    core::Wallet& wallet = session.account.wallet;
    if (wallet.status == core::AccountStatus::closed) {
        raise_refusal(refusal_of(session, core::refuse(core::Outcome::account_closed), nullptr));
    }
    wallet.status = frozen ? core::AccountStatus::frozen : core::AccountStatus::open;
    set_frozen(session, frozen, reason);
    finish_session(session);
    PG_RETURN_VOID();
}

} // namespace

Datum open_account(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    const OpeningFacts facts = read_opening(call);
    const core::PlanTerms& plan = known_plan(facts.plan);
    pg_tz* zone = find_zone(text_to_cstring(DatumGetTextPP(facts.time_zone.datum)));
    if (!find_account(session, facts.account_id.datum)) {
        if (insert_facts(session, facts)) {
            open_new(session, facts, plan, zone);
            return facts.account_id.datum;
        }
        abandon_session(session);
        return confirm_account(facts);
    }
    return confirm_session(session, facts);
}

Datum change_plan(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    const TextArgument account_id = read_required_text(call, 0, "account_id");
    const TextArgument plan = read_required_text(call, 1, "plan");
    const TextArgument at = read_required_text(call, 2, "at");
    if (at.view != "now" && at.view != "period_end") {
        raise_invalid("at must be now or period_end",
                      "argument at",
                      "period_end lets the present period run out first");
    }
    const core::PlanTerms& terms = known_plan(plan);
    open_session(session, account_id.datum);
    load_all(session, nullptr);
    const core::Verdict verdict = run(session, [&](core::Account& account) {
        return core::change_plan(account, terms, at.view == "period_end");
    });
    if (verdict.outcome != core::Outcome::ok) {
        raise_refusal(refusal_of(session, verdict, nullptr));
    }
    forget_account_limits(session);
    finish_session(session);
    PG_RETURN_VOID();
}

Datum close_account(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    const TextArgument account_id = read_required_text(call, 0, "account_id");
    const TextArgument reason = read_text(call, 1);
    open_session(session, account_id.datum);
    if (session.account.wallet.status == core::AccountStatus::closed) {
        abandon_session(session);
        PG_RETURN_VOID();
    }
    load_all(session, nullptr);
    run(session, [&](core::Account& account) { return core::close(account); });
    set_closed(session, true, reason);
    finish_session(session);
    PG_RETURN_VOID();
}

Datum freeze(FunctionCallInfo call) {
    return set_freeze(call, true);
}

Datum unfreeze(FunctionCallInfo call) {
    return set_freeze(call, false);
}

// apply_due writes what is due for an account; false where nothing was.
Datum apply_due(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    const TextArgument account_id = read_required_text(call, 0, "account_id");
    open_session(session, account_id.datum);
    load_if_due(session);
    const bool was_due = session.account.is_full;
    if (was_due) {
        finish_session(session);
    } else {
        abandon_session(session);
    }
    PG_RETURN_BOOL(was_due);
}

} // namespace credits::pg
