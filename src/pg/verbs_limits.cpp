// limits(): every limit of an account and each of its members, teams and the like, as of now.
#include "core/policy_words.hpp"

#include "pg/boundary.hpp"
#include "pg/catalogue.hpp"
#include "pg/numeric.hpp"
#include "pg/refusal_rules.hpp"
#include "pg/row_output.hpp"
#include "pg/rows.hpp"
#include "pg/rules.hpp"
#include "pg/statement.hpp"
#include "pg/verbs.hpp"

namespace credits::pg {

namespace {

Datum window_text(const core::Window& window) {
    const std::string_view name = core::name_of(window.kind);
    if (window.kind != core::WindowKind::sliding) {
        return text_datum(name);
    }
    const StretchText length = stretch_text(window.length);
    return CStringGetTextDatum(psprintf("%s " INT64_FORMAT " %s%s",
                                        c_text(name),
                                        length.count,
                                        length.unit,
                                        length.count == 1 ? "" : "s"));
}

void put_limit(FunctionCallInfo call,
               const Session& session,
               const core::LimitCase& limit_case,
               std::string_view subject) {
    const core::Instant now = session.account.now;

    struct Standing {
        core::LimitFinding finding;
        core::Decimal percent;
        core::Instant resets_at = core::never;
    };

    const Standing standing = compute_or_raise([&] {
        ServerArena arena;
        core::List<core::LimitCase> one;
        one.push_back(arena, limit_case);
        core::Demand names;
        names.provider = limit_case.terms->provider;
        names.model = limit_case.terms->model;
        names.action = limit_case.terms->action;
        Standing found;
        found.finding = core::judge(arena, one, names, now).findings[0];
        found.percent = core::used_percent(found.finding);
        found.resets_at = core::resets_at(limit_case, now);
        return found;
    });
    const core::LimitTerms& terms = *limit_case.terms;
    RowValues row = {};
    row.add(text_datum(terms.name));
    row.add(text_datum(core::name_of(terms.scope)));
    row.add(text_datum(core::name_of(terms.metric)));
    row.add(numeric_datum(standing.finding.used_before));
    row.add(numeric_datum(limit_case.limit));
    row.add(percent_datum(standing.percent));
    row.add(TimestampTzGetDatum(standing.resets_at),
            standing.resets_at == core::never || standing.resets_at == core::always);
    row.add(subject.empty() ? 0 : text_datum(subject), subject.empty());
    row.add(window_text(terms.window));
    row.add(text_datum(core::name_of(terms.effect.kind)));
    put_row(call, row);
}

// put_platform_limits adds up all accounts, as committed right now.
void put_platform_limits(FunctionCallInfo call, const Session& session) {
    for (const LimitTotal& total : limit_totals(session.account.now)) {
        const core::LimitTerms& terms = *total.limit;
        const core::Decimal percent =
            compute_or_raise([&] { return core::share_percent(total.used, terms.limit); });
        RowValues row = {};
        row.add(text_datum(terms.name));
        row.add(text_datum(core::name_of(terms.scope)));
        row.add(text_datum(core::name_of(terms.metric)));
        row.add(numeric_datum(total.used));
        row.add(numeric_datum(terms.limit));
        row.add(percent_datum(percent));
        row.add(TimestampTzGetDatum(total.resets_at), total.resets_at == core::never);
        row.add(0, true);
        row.add(window_text(terms.window));
        row.add(text_datum(core::name_of(terms.effect.kind)));
        put_row(call, row);
    }
}

Rows subjects_of(const Session& session) {
    static Statement statement = {
        "SELECT 'member' AS scope, m.member_id AS name FROM credits.member m"
        " WHERE m.account_id OPERATOR(pg_catalog.=) $1"
        " UNION ALL SELECT c.scope, c.name FROM credits.counter c"
        " WHERE c.account_id OPERATOR(pg_catalog.=) $1"
        " AND c.scope OPERATOR(pg_catalog.<>) 'included' ORDER BY 1, 2",
        1,
        {TEXTOID},
        nullptr};
    Parameters parameters = {};
    parameters.add(session.account_id);
    return query(statement, parameters);
}

// names_with is a call of one subject alone.
CallNames names_with(std::string_view scope, const TextArgument& name) {
    CallNames names = {};
    if (scope == "member") {
        names.member_id = name;
    } else if (scope == "provider") {
        names.provider = name;
    } else if (scope == "model") {
        names.model = name;
    } else if (scope == "action") {
        names.action = name;
    } else {
        names.team = name;
    }
    return names;
}

// may_count is whether the limit counts any call of the subject: one of provider, model or action
// that names another one does not.
bool may_count(const core::LimitTerms& terms, std::string_view scope, std::string_view name) {
    const std::string_view named = scope == "provider" ? std::string_view(terms.provider)
                                   : scope == "model"  ? std::string_view(terms.model)
                                   : scope == "action" ? std::string_view(terms.action)
                                                       : std::string_view{};
    return named.empty() || named == name;
}

void put_subject(FunctionCallInfo call,
                 Session& session,
                 std::string_view scope,
                 const TextArgument& name) {
    const core::CallRules* rules = gather_rules(session, names_with(scope, name));
    if (rules == nullptr) {
        return;
    }
    for (const core::LimitCase& limit_case : rules->cases) {
        if (scope == core::name_of(limit_case.terms->scope) &&
            may_count(*limit_case.terms, scope, name.view)) {
            put_limit(call, session, limit_case, name.view);
        }
    }
}

} // namespace

Datum limits(FunctionCallInfo call) {
    begin_rows(call);
    Session session = {};
    start(session, false);
    const TextArgument account_id = read_required_text(call, 0, "account_id");
    open_session(session, account_id.datum);
    load_if_due(session);
    for (const core::LimitCase& limit_case : account_limits(session)) {
        put_limit(call, session, limit_case, {});
    }
    put_platform_limits(call, session);
    const Rows subjects = subjects_of(session);
    for (std::uint64_t at = 0; at < subjects.count; ++at) {
        bool is_null = false;
        const std::string_view scope = text_view(column(subjects, at, 1, is_null));
        put_subject(call, session, scope, text_of(column(subjects, at, 2, is_null), false));
    }
    abandon_session(session);
    return 0;
}

} // namespace credits::pg
