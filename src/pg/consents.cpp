// Consents through SQL: only accounts that gave one have any.
#include "pg/consents.hpp"

#include "pg/catalogue.hpp"
#include "pg/rows.hpp"
#include "pg/statement.hpp"

namespace credits::pg {

namespace {

// A kind that was configured since this call began may have been given already.
const core::ConsentTerms* known_consent(Session& session, std::string_view kind) {
    const core::ConsentTerms* terms = session.catalogue->find_consent(kind);
    if (terms == nullptr) {
        refresh_catalogue();
        session.catalogue = &catalogue();
        terms = session.catalogue->find_consent(kind);
    }
    return terms;
}

core::Consent read_consent(Session& session, const Rows& rows, std::uint64_t at) {
    bool is_null = false;
    core::Consent consent;
    consent.kind = text_view(column(rows, at, 1, is_null));
    const Datum given_at = column(rows, at, 2, is_null);
    consent.given_at = is_null ? core::never : DatumGetTimestampTz(given_at);
    consent.anchor = DatumGetTimestampTz(column(rows, at, 3, is_null));
    consent.next_at = DatumGetTimestampTz(column(rows, at, 4, is_null));
    const Datum entry_no = column(rows, at, 5, is_null);
    consent.entry_no = is_null ? 0 : DatumGetInt64(entry_no);
    if (const core::ConsentTerms* terms = known_consent(session, consent.kind)) {
        consent.usd = terms->usd;
        consent.credits = terms->credits;
    }
    return consent;
}

void write_consent(const Session& session, const core::Consent& consent) {
    static Statement statement = {
        "INSERT INTO credits.consent AS c"
        " (account_id, kind, given_at, anchor, next_at, entry_no, changed_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, kind) DO UPDATE"
        " SET given_at = excluded.given_at, anchor = excluded.anchor, next_at = excluded.next_at,"
        " entry_no = excluded.entry_no, changed_at = excluded.changed_at",
        7,
        {TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT8OID, TIMESTAMPTZOID},
        nullptr};
    Parameters row = {};
    row.add(session.account_id);
    row.add(text_datum(consent.kind));
    row.add(TimestampTzGetDatum(consent.given_at), !consent.stands());
    row.add(TimestampTzGetDatum(consent.anchor));
    row.add(TimestampTzGetDatum(consent.next_at));
    row.add(Int64GetDatum(consent.entry_no), consent.entry_no == 0);
    row.add(TimestampTzGetDatum(session.account.now));
    execute(statement, row);
}

void note_first_consent(const Session& session) {
    static Statement statement = {
        "UPDATE credits.account SET has_consents = true"
        " WHERE account_id OPERATOR(pg_catalog.=) $1 AND NOT has_consents",
        1,
        {TEXTOID},
        nullptr};
    Parameters row = {};
    row.add(session.account_id);
    execute(statement, row);
}

} // namespace

void load_consents(Session& session) {
    static Statement statement = {
        "SELECT kind, given_at, anchor, next_at, entry_no FROM credits.consent"
        " WHERE account_id OPERATOR(pg_catalog.=) $1 ORDER BY kind",
        1,
        {TEXTOID},
        nullptr};
    Parameters parameters = {};
    parameters.add(session.account_id);
    const Rows rows = query(statement, parameters);
    RaisingArena arena;
    for (std::uint64_t at = 0; at < rows.count; ++at) {
        session.account.consents.push_back(arena, read_consent(session, rows, at));
    }
}

void write_consents(const Session& session) {
    for (const core::Consent& consent : session.account.consents) {
        if (consent.changed) {
            write_consent(session, consent);
        }
        if (consent.is_new) {
            note_first_consent(session);
        }
    }
}

} // namespace credits::pg
