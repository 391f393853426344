// Alerts, changes of level and sampled refusals: rows of their own, through SQL, for they are rare.
#include "pg/alerts.hpp"

#include "core/admission.hpp"
#include "core/policy_words.hpp"

#include "pg/boundary.hpp"
#include "pg/catalogue.hpp"
#include "pg/json_text.hpp"
#include "pg/notifying.hpp"
#include "pg/numeric.hpp"
#include "pg/rows.hpp"
#include "pg/spending.hpp"
#include "pg/statement.hpp"
#include "pg/subjects.hpp"

#include <iterator>

namespace credits::pg {

namespace {

constexpr core::Instant sampling_interval = 60 * core::micros_per_second;
constexpr std::string_view top_up_mark = "top_up\n"; // no limit has a name like that

// describe says of a limit what both alerts and warnings say.
void describe(JsonObject& detail, const core::LimitFinding& finding) {
    detail.add_text("limit_name", finding.terms->name);
    detail.add_text("metric", core::name_of(finding.terms->metric));
    detail.add_raw("used", decimal_text(finding.used_after));
    detail.add_raw("limit", decimal_text(finding.limit));
    const core::Decimal percent = compute_or_raise([&] { return core::used_percent(finding); });
    detail.add_raw("used_pct", decimal_text(percent));
}

void add_alert(Session& session, const Alert& alert) {
    RaisingArena arena;
    session.alerts.push_back(arena, alert);
}

void note_limit(Session& session,
                const core::LimitFinding& finding,
                const TextArgument& member_id) {
    const bool is_member = finding.terms->scope == core::LimitScope::member;
    const TextArgument member = is_member ? member_id : TextArgument{};
    const auto raise = [&](const char* kind, std::string_view name) {
        JsonObject detail;
        describe(detail, finding);
        add_alert(session, {kind, name, member, detail.json()});
    };
    if (finding.flagged.begins) {
        raise("flag", finding.terms->effect.name);
    }
    if (finding.degraded.begins || finding.blocked.begins) {
        raise("limit_reached", finding.terms->name);
    } else if (finding.warned.begins) {
        raise("limit_warning", finding.terms->name);
    }
}

// Credits that run low, where the plan needs any, are said at most once in the configured time,
// also where there were enough meanwhile: who pays automatically pays at most that often.
void note_top_up(Session& session) {
    const auto& terms = session.catalogue->policy().top_up;
    const bool needs_credits = session.account.plan->charge.by != core::ChargeBy::postpaid;
    if (!terms || !needs_credits || session.account.entries.empty()) {
        return;
    }
    const int scale = session.account.unit.scale;
    const core::Decimal left = core::to_decimal(session.account.wallet.balance, scale);
    core::Counters& counters = subject_of(session, SubjectKind::account, {}).counters;
    const core::Mark* said = core::mark_of(counters, top_up_mark, core::MarkKind::warned);
    if (std::is_gteq(core::compare(left, terms->below))) {
        return;
    }
    const core::Instant now = session.account.now;
    if (said != nullptr && add_duration(said->at, terms->at_most) > now) {
        return;
    }
    compute_or_raise([&] {
        core::set_mark(counters, top_up_mark, core::MarkKind::warned, now);
        return true;
    });
    JsonObject detail;
    detail.add_raw("balance", decimal_text(left));
    detail.add_raw("below", decimal_text(terms->below));
    detail.add_text("pack", terms->pack);
    add_alert(session, {"top_up_due", terms->pack, {}, detail.json()});
}

void notify(const Session& session, const Alert& alert) {
    JsonObject payload;
    payload.add_text("account_id", text_view(session.account_id));
    payload.add_text("kind", alert.kind);
    payload.add_text("name", alert.name);
    if (alert.member_id.given) {
        payload.add_text("member_id", alert.member_id.view);
    }
    Jsonb* detail = DatumGetJsonbP(alert.detail);
    payload.add_raw("detail", JsonbToCString(nullptr, &detail->root, VARSIZE(detail)));
    announce(payload.text());
}

Datum optional_text(std::string_view text) {
    return text.empty() ? 0 : text_datum(text);
}

void write_alert(const Session& session, const Alert& alert) {
    static Statement statement = {
        "INSERT INTO credits.alert (account_id, alert_no, raised_at, kind, name, member_id, detail)"
        " SELECT $1, coalesce(pg_catalog.max(a.alert_no), 0) OPERATOR(pg_catalog.+) 1, $2, $3, $4,"
        " $5, $6 FROM credits.alert a WHERE a.account_id OPERATOR(pg_catalog.=) $1",
        6,
        {TEXTOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID},
        nullptr};
    Parameters row = {};
    row.add(session.account_id);
    row.add(TimestampTzGetDatum(session.account.now));
    row.add(CStringGetTextDatum(alert.kind));
    row.add(optional_text(alert.name), alert.name.empty());
    row.add(alert.member_id.datum, !alert.member_id.given);
    row.add(alert.detail);
    execute(statement, row);
    notify(session, alert);
}

void write_level_change(const Session& session, const core::LevelChange& change) {
    static Statement statement = {
        "INSERT INTO credits.restriction_event (account_id, event_no, changed_at, from_level,"
        " to_level, cause, role_name)"
        " SELECT $1, coalesce(pg_catalog.max(e.event_no), 0) OPERATOR(pg_catalog.+) 1, $2, $3, $4,"
        " $5, $6 FROM credits.restriction_event e WHERE e.account_id OPERATOR(pg_catalog.=) $1",
        6,
        {TEXTOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID},
        nullptr};
    Parameters row = {};
    row.add(session.account_id);
    row.add(TimestampTzGetDatum(session.account.now));
    row.add(text_datum(change.from));
    row.add(text_datum(change.to));
    row.add(text_datum(change.cause));
    row.add(CStringGetTextDatum(GetUserNameFromId(session.work->role, false)));
    execute(statement, row);
    JsonObject detail;
    detail.add_text("from", change.from);
    detail.add_text("to", change.to);
    detail.add_text("cause", change.cause);
    write_alert(session, {"level", change.to, {}, detail.json()});
}

void write_denial(const Session& session, const Denial& denial) {
    static Statement statement = {
        "INSERT INTO credits.denial (account_id, denial_no, denied_at, outcome, limit_name,"
        " member_id, shadow, denials, detail)"
        " SELECT $1, coalesce(pg_catalog.max(d.denial_no), 0) OPERATOR(pg_catalog.+) 1, $2, $3, $4,"
        " $5, $6, $7, $8 FROM credits.denial d WHERE d.account_id OPERATOR(pg_catalog.=) $1",
        8,
        {TEXTOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID, BOOLOID, INT8OID, JSONBOID},
        nullptr};
    Parameters row = {};
    row.add(session.account_id);
    row.add(TimestampTzGetDatum(session.account.now));
    row.add(text_datum(core::facts_of(denial.outcome).name));
    row.add(optional_text(denial.limit_name), denial.limit_name.empty());
    row.add(denial.member_id.datum, !denial.member_id.given);
    row.add(BoolGetDatum(denial.is_shadow));
    row.add(Int64GetDatum(denial.count));
    row.add(denial.detail);
    execute(statement, row);
}

Subject& denied_subject(Session& session, const TextArgument& member_id) {
    return member_id.given ? subject_of(session, SubjectKind::member, member_id)
                           : subject_of(session, SubjectKind::account, {});
}

// count_denial samples: the first of a minute has a row that stands for all since the row before.
void count_denial(Session& session, Denial denial) {
    core::Counters& counters = denied_subject(session, denial.member_id).counters;
    ++counters.denials.count;
    counters.changed = true;
    const core::Instant now = session.account.now;
    if (counters.denials.sampled_at != core::always &&
        now - counters.denials.sampled_at < sampling_interval) {
        return;
    }
    denial.count = counters.denials.count;
    counters.denials = {0, now};
    RaisingArena arena;
    session.denials.push_back(arena, denial);
}

// note_failure counts a failed attempt, and keeps what follows from it.
void note_failure(Session& session,
                  core::CallRules& rules,
                  const core::Demand& demand,
                  const TextArgument& member_id) {
    const core::Instant now = session.account.now;
    const auto begun =
        compute_or_raise([&] { return core::start_blocks(rules.cases, demand, now); });
    const auto counted =
        compute_or_raise([&] { return core::count_failure(rules.cases, demand, now); });
    for (const auto& findings : {begun, counted}) {
        for (const core::LimitFinding& finding : findings) {
            note_limit(session, finding, member_id);
        }
    }
}

std::string_view limit_name_of(const core::Verdict& verdict) {
    return verdict.limit.terms == nullptr ? std::string_view{}
                                          : std::string_view(verdict.limit.terms->name);
}

} // namespace

Datum warnings_of(const core::Verdict& verdict) {
    StringInfoData text;
    initStringInfo(&text);
    const auto add = [&](const char* item) {
        appendStringInfo(&text, "%s%s", text.len == 0 ? "[" : ", ", item);
    };
    for (const core::LimitFinding& finding : verdict.limits.findings) {
        if (finding.warned.holds || finding.flagged.holds) {
            JsonObject item;
            describe(item, finding);
            if (finding.flagged.holds) {
                item.add_text("flag", finding.terms->effect.name);
            }
            add(item.text());
        }
    }
    if (verdict.shadowed != core::Outcome::ok) {
        JsonObject item;
        item.add_text("shadow", core::facts_of(verdict.shadowed).name);
        add(item.text());
    }
    if (text.len == 0) {
        return 0;
    }
    appendStringInfoChar(&text, ']');
    return DirectFunctionCall1(jsonb_in, CStringGetDatum(text.data));
}

void note_effects(Session& session, const core::Verdict& verdict, const TextArgument& member_id) {
    for (const core::LimitFinding& finding : verdict.limits.findings) {
        note_limit(session, finding, member_id);
    }
    if (verdict.shadowed != core::Outcome::ok) {
        core::Verdict refused = verdict;
        refused.outcome = verdict.shadowed;
        Denial denial = {};
        denial.outcome = verdict.shadowed;
        denial.limit_name = limit_name_of(verdict);
        denial.member_id = member_id;
        denial.is_shadow = true;
        denial.detail = refusal_of(session, refused, nullptr).detail;
        count_denial(session, denial);
    }
}

void note_refusal(Session& session,
                  const Refusal& refusal,
                  const core::Verdict& verdict,
                  const TextArgument& member_id,
                  core::CallRules* rules) {
    if (rules != nullptr && core::is_failed_attempt(refusal.outcome)) {
        note_failure(session, *rules, verdict.demand, member_id);
        note_use(session, core::failure_of(verdict.demand));
    }
    Denial denial = {};
    denial.outcome = refusal.outcome;
    denial.limit_name = limit_name_of(verdict);
    denial.member_id = member_id;
    denial.detail = refusal.detail;
    count_denial(session, denial);
}

void write_effects(Session& session) {
    for (const Alert& alert : session.alerts) {
        write_alert(session, alert);
    }
    for (const core::LevelChange& change : session.account.level_changes) {
        write_level_change(session, change);
    }
    for (const Denial& denial : session.denials) {
        write_denial(session, denial);
    }
}

void note_balance(Session& session) {
    note_top_up(session);
}

} // namespace credits::pg
