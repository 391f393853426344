// What customers do elsewhere and that opens gates: recorded once, with the revenue it brought.
#include "core/revenue.hpp"

#include "pg/boundary.hpp"
#include "pg/catalogue.hpp"
#include "pg/numeric.hpp"
#include "pg/rules.hpp"
#include "pg/statement.hpp"
#include "pg/verbs.hpp"

namespace credits::pg {

namespace {

struct Conversion {
    TextArgument kind{};
    TextArgument reference{};
    core::Decimal commission{};
};

Conversion read_conversion(FunctionCallInfo call) {
    Conversion conversion = {};
    conversion.kind = read_required_text(call, 1, "kind");
    conversion.reference = read_required_text(call, 2, "reference");
    conversion.commission = read_decimal(call, 3, "commission").value_or(core::Decimal{});
    return conversion;
}

// insert_conversion is false where the reference was recorded before.
bool insert_conversion(const Session& session, const Conversion& conversion) {
    static Statement statement = {
        "INSERT INTO credits.conversion (account_id, kind, reference, recorded_at, commission)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account_id, kind, reference) DO NOTHING",
        5,
        {TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, NUMERICOID},
        nullptr};
    Parameters row = {};
    row.add(session.account_id);
    row.add(conversion.kind.datum);
    row.add(conversion.reference.datum);
    row.add(TimestampTzGetDatum(session.account.now));
    row.add(numeric_datum(conversion.commission));
    return execute(statement, row).count == 1;
}

void check_same_commission(const Session& session, const Conversion& conversion) {
    static Statement statement = {
        "SELECT commission::pg_catalog.text FROM credits.conversion"
        " WHERE account_id OPERATOR(pg_catalog.=) $1 AND kind OPERATOR(pg_catalog.=) $2"
        " AND reference OPERATOR(pg_catalog.=) $3 AND commission OPERATOR(pg_catalog.<>) $4",
        4,
        {TEXTOID, TEXTOID, TEXTOID, NUMERICOID},
        nullptr};
    Parameters parameters = {};
    parameters.add(session.account_id);
    parameters.add(conversion.kind.datum);
    parameters.add(conversion.reference.datum);
    parameters.add(numeric_datum(conversion.commission));
    const Rows rows = execute(statement, parameters);
    if (rows.count > 0) {
        bool is_null = false;
        ereport(ERROR,
                (errcode(ERRCODE_DUPLICATE_OBJECT),
                 errmsg("the conversion is recorded with another commission"),
                 errdetail("reference \"%s\" brought %s USD",
                           shortened(conversion.reference.view),
                           text_to_cstring(DatumGetTextPP(column(rows, 0, 1, is_null)))),
                 errhint("a reference stands for one conversion; give another one its own")));
    }
}

void note_commission(Session& session, const Conversion& conversion) {
    if (conversion.commission.is_zero()) {
        return;
    }
    RaisingArena arena;
    session.account.revenue.push_back(
        arena,
        {"affiliate", conversion.reference.view, conversion.commission, session.account.now});
}

} // namespace

Datum record_conversion(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    const TextArgument account_id = read_required_text(call, 0, "account_id");
    const Conversion conversion = read_conversion(call);
    open_session(session, account_id.datum);
    load_if_due(session);
    const bool is_new = insert_conversion(session, conversion);
    if (is_new) {
        const core::Decimal cover = plan_policy(session).cover;
        compute_or_raise([&] {
            core::book_revenue(session.account, conversion.commission, cover);
            return true;
        });
        note_commission(session, conversion);
    } else {
        check_same_commission(session, conversion);
    }
    finish_session(session);
    PG_RETURN_BOOL(is_new);
}

} // namespace credits::pg
