// Conversions through SQL: calls with gates are rare.
#include "pg/conversions.hpp"

#include "pg/rows.hpp"
#include "pg/statement.hpp"

namespace credits::pg {

namespace {

void add_count(core::List<core::OpenConversions>& all, std::string_view kind, std::int64_t count) {
    for (core::OpenConversions& known : all) {
        if (known.kind == kind) {
            known.count += count;
            return;
        }
    }
    RaisingArena arena;
    all.push_back(arena, {kind, count});
}

void add_counts(core::List<core::OpenConversions>& all, const Rows& rows) {
    for (std::uint64_t at = 0; at < rows.count; ++at) {
        bool is_null = false;
        const Datum kind = column(rows, at, 1, is_null);
        add_count(all, text_view(kind), DatumGetInt64(column(rows, at, 2, is_null)));
    }
}

// What holds used that time has ended in this session comes back with its first write.
void add_those_ended_by_time(Session& session, core::List<core::OpenConversions>& all) {
    static Statement statement = {
        "SELECT kind, pg_catalog.count(*) FROM credits.conversion"
        " WHERE account_id OPERATOR(pg_catalog.=) $1 AND hold_no OPERATOR(pg_catalog.=) $2"
        " AND used_at IS NOT NULL GROUP BY kind",
        2,
        {TEXTOID, INT8OID},
        nullptr};
    for (const core::Hold& hold : session.account.holds) {
        if (has_ended_uncharged(hold)) {
            Parameters parameters = {};
            parameters.add(session.account_id);
            parameters.add(Int64GetDatum(hold.hold_no));
            add_counts(all, query(statement, parameters));
        }
    }
}

void write_use(const Session& session, const GateUse& use) {
    static Statement statement = {
        "UPDATE credits.conversion c SET used_at = $2, hold_no = $3, entry_no = $4"
        " WHERE c.account_id OPERATOR(pg_catalog.=) $1 AND c.kind OPERATOR(pg_catalog.=) $5"
        " AND c.reference OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT o.reference"
        " FROM credits.conversion o WHERE o.account_id OPERATOR(pg_catalog.=) $1"
        " AND o.kind OPERATOR(pg_catalog.=) $5 AND o.used_at IS NULL"
        " ORDER BY o.recorded_at, o.reference LIMIT $6))",
        6,
        {TEXTOID, TIMESTAMPTZOID, INT8OID, INT8OID, TEXTOID, INT8OID},
        nullptr};
    Parameters row = {};
    row.add(session.account_id);
    row.add(TimestampTzGetDatum(session.account.now));
    row.add(Int64GetDatum(use.hold_no), use.hold_no == 0);
    row.add(Int64GetDatum(use.entry_no), use.entry_no == 0);
    row.add(text_datum(use.need.kind));
    row.add(Int64GetDatum(use.need.count));
    execute(statement, row);
}

void give_back(const Session& session, std::int64_t hold_no) {
    static Statement statement = {
        "UPDATE credits.conversion SET used_at = NULL"
        " WHERE account_id OPERATOR(pg_catalog.=) $1 AND hold_no OPERATOR(pg_catalog.=) $2"
        " AND used_at IS NOT NULL",
        2,
        {TEXTOID, INT8OID},
        nullptr};
    Parameters parameters = {};
    parameters.add(session.account_id);
    parameters.add(Int64GetDatum(hold_no));
    execute(statement, parameters);
}

// A hold that had timed out and goes on after all takes what no other call has used meanwhile.
void take_again(const Session& session, std::int64_t hold_no) {
    static Statement statement = {
        "UPDATE credits.conversion SET used_at = $3"
        " WHERE account_id OPERATOR(pg_catalog.=) $1 AND hold_no OPERATOR(pg_catalog.=) $2"
        " AND used_at IS NULL",
        3,
        {TEXTOID, INT8OID, TIMESTAMPTZOID},
        nullptr};
    Parameters parameters = {};
    parameters.add(session.account_id);
    parameters.add(Int64GetDatum(hold_no));
    parameters.add(TimestampTzGetDatum(session.account.now));
    execute(statement, parameters);
}

void write_of_hold(Session& session, HeldCall& held) {
    const core::Hold& hold = placed_hold(session, held);
    const bool had_timed_out =
        text_view(held.row.values[hold_column::status]) == name_of(core::HoldStatus::expired);
    if (has_ended_uncharged(hold)) {
        give_back(session, hold.hold_no);
    } else if (hold.changed && had_timed_out) {
        take_again(session, hold.hold_no);
    }
}

} // namespace

core::List<core::OpenConversions> open_conversions(Session& session) {
    static Statement statement = {
        "SELECT kind, pg_catalog.count(*) FROM credits.conversion"
        " WHERE account_id OPERATOR(pg_catalog.=) $1 AND used_at IS NULL GROUP BY kind",
        1,
        {TEXTOID},
        nullptr};
    Parameters parameters = {};
    parameters.add(session.account_id);
    core::List<core::OpenConversions> all;
    add_counts(all, query(statement, parameters));
    add_those_ended_by_time(session, all);
    for (const GateUse& use : session.gate_uses) {
        add_count(all, use.need.kind, -use.need.count);
    }
    return all;
}

void use_gates(Session& session,
               const core::CallRules* rules,
               std::int64_t hold_no,
               std::int64_t entry_no) {
    if (rules == nullptr) {
        return;
    }
    RaisingArena arena;
    for (const core::GateNeed& need : rules->gates) {
        session.gate_uses.push_back(arena, {need, hold_no, entry_no});
    }
}

void write_conversions(Session& session) {
    if (!session.catalogue->has_gates()) {
        return;
    }
    for (HeldCall* held : session.held_calls) {
        if (!held->is_new) {
            write_of_hold(session, *held);
        }
    }
    for (const core::Hold& hold : session.account.holds) {
        if (has_ended_uncharged(hold) && !is_held_call(session, hold.hold_no)) {
            give_back(session, hold.hold_no);
        }
    }
    for (const GateUse& use : session.gate_uses) {
        write_use(session, use);
    }
}

} // namespace credits::pg
