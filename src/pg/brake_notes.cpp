// Warnings, also of limits of the platform, and stops as rows and notifications. Never waits:
// neither for the platform's row nor for another event.
#include "pg/brake_notes.hpp"

#include "core/policy_words.hpp"

#include "pg/notifying.hpp"
#include "pg/numeric.hpp"
#include "pg/rows.hpp"
#include "pg/statement.hpp"

namespace credits::pg {

namespace {

// Time, reason, role, window, since when it runs, spent, threshold: $1 to $7 of the statements.
Parameters parameters_of(const BrakeNote& note, const char* reason, const core::Decimal& limit) {
    Parameters parameters = {};
    parameters.add(TimestampTzGetDatum(note.now));
    parameters.add(CStringGetTextDatum(reason));
    parameters.add(CStringGetTextDatum(GetUserNameFromId(GetOuterUserId(), false)));
    parameters.add(text_datum(note.terms->name));
    parameters.add(TimestampTzGetDatum(note.window));
    parameters.add(numeric_datum(note.spent));
    parameters.add(numeric_datum(limit));
    return parameters;
}

void announce_event(const Rows& rows) {
    if (rows.count > 0) {
        bool is_null = false;
        announce(TextDatumGetCString(column(rows, 0, 1, is_null)));
    }
}

// After a resume the allowance counts anew, and so does what is said to be spent of it.
const char* stretch_text(const core::EscrowTerms& terms) {
    return psprintf("this %s%s",
                    c_text(terms.name),
                    terms.resumed_at > terms.window ? " since the platform was resumed" : "");
}

const char* unit_of(core::Metric metric) {
    return metric == core::Metric::cost ? "USD" : c_text(core::name_of(metric));
}

void note_limit_warning(const BrakeNote& note) {
    static Statement statement = {
        "INSERT INTO credits.platform_event AS e (at, kind, reason, by_role, detail)"
        " VALUES ($1, 'warn', $2, $3, pg_catalog.jsonb_build_object('limit_name', $8,"
        " 'metric', $9, 'window', $4, 'since', $5, 'used', $6, 'warn', $7,"
        " 'limit', $10))"
        " RETURNING credits.platform_alert(e.event_no, e.at, e.kind, e.reason, e.detail)",
        10,
        {TIMESTAMPTZOID,
         TEXTOID,
         TEXTOID,
         TEXTOID,
         TIMESTAMPTZOID,
         NUMERICOID,
         NUMERICOID,
         TEXTOID,
         TEXTOID,
         NUMERICOID},
        nullptr};
    const core::LimitTerms& limit = *note.terms->limit;
    const char* name = pnstrdup(limit.name.data(), limit.name.size());
    const char* window = c_text(core::name_of(limit.window.kind));
    const char* reason = psprintf("limit \"%s\" of the platform: %s %s of %s are used",
                                  name,
                                  decimal_text(note.spent),
                                  unit_of(limit.metric),
                                  decimal_text(limit.limit));
    Parameters parameters = {};
    parameters.add(TimestampTzGetDatum(note.now));
    parameters.add(CStringGetTextDatum(reason));
    parameters.add(CStringGetTextDatum(GetUserNameFromId(GetOuterUserId(), false)));
    parameters.add(CStringGetTextDatum(window));
    parameters.add(TimestampTzGetDatum(note.window), note.window == core::always);
    parameters.add(numeric_datum(note.spent));
    parameters.add(numeric_datum(note.terms->warn));
    parameters.add(CStringGetTextDatum(name));
    parameters.add(text_datum(core::name_of(limit.metric)));
    parameters.add(numeric_datum(limit.limit));
    announce_event(execute_newest(statement, parameters));
}

} // namespace

void note_warning(const BrakeNote& note) {
    if (note.terms->limit != nullptr) {
        note_limit_warning(note);
        return;
    }
    static Statement statement = {
        "INSERT INTO credits.platform_event AS e (at, kind, reason, by_role, detail)"
        " VALUES ($1, 'warn', $2, $3, pg_catalog.jsonb_build_object("
        "'window', $4, 'since', $5, 'spent', $6, 'warn', $7))"
        " RETURNING credits.platform_alert(e.event_no, e.at, e.kind, e.reason, e.detail)",
        7,
        {TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, NUMERICOID, NUMERICOID},
        nullptr};
    const char* reason = psprintf("brake: %s USD are spent %s, the warning is at %s",
                                  decimal_text(note.spent),
                                  stretch_text(*note.terms),
                                  decimal_text(note.terms->warn));
    announce_event(execute_newest(statement, parameters_of(note, reason, note.terms->warn)));
}

void pause_by_stop(const BrakeNote& note, core::Instant until) {
    static Statement statement = {
        "WITH free AS (SELECT p.only_row FROM credits.platform p FOR NO KEY UPDATE SKIP LOCKED),"
        " paused AS (UPDATE credits.platform p"
        " SET paused_at = $1, paused_reason = $2, paused_by = $3, paused_until = $8,"
        " paused_windows = ARRAY[$4] FROM free WHERE p.only_row OPERATOR(pg_catalog.=) "
        "free.only_row"
        " AND (p.paused_at IS NULL OR p.paused_until OPERATOR(pg_catalog.<=) $1)"
        " RETURNING p.only_row)"
        " INSERT INTO credits.platform_event AS e (at, kind, reason, by_role, detail)"
        " SELECT $1, 'stop', $2, $3, pg_catalog.jsonb_build_object("
        "'window', $4, 'since', $5, 'spent', $6, 'stop', $7, 'until', $8) FROM paused"
        " RETURNING credits.platform_alert(e.event_no, e.at, e.kind, e.reason, e.detail)",
        8,
        {TIMESTAMPTZOID,
         TEXTOID,
         TEXTOID,
         TEXTOID,
         TIMESTAMPTZOID,
         NUMERICOID,
         NUMERICOID,
         TIMESTAMPTZOID},
        nullptr};
    const char* reason = psprintf("brake: %s USD are spent %s, the stop is at %s",
                                  decimal_text(note.spent),
                                  stretch_text(*note.terms),
                                  decimal_text(note.terms->stop));
    Parameters parameters = parameters_of(note, reason, note.terms->stop);
    parameters.add(TimestampTzGetDatum(until), until == core::never);
    announce_event(execute_newest(statement, parameters));
}

} // namespace credits::pg
