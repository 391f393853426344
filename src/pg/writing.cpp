// The last slice of a call: rows out. Nothing here refuses anything.
#include "pg/writing.hpp"

#include "pg/alerts.hpp"
#include "pg/consents.hpp"
#include "pg/conversions.hpp"
#include "pg/numeric.hpp"
#include "pg/rollups.hpp"
#include "pg/rows.hpp"
#include "pg/statement.hpp"
#include "pg/subjects.hpp"

namespace credits::pg {

namespace {

void insert_lot(const Session& session, const core::Lot& lot) {
    static Statement statement = {
        "INSERT INTO credits.lot (account_id, lot_no, source, category, amount, remaining,"
        " priority, effective_at, expires_at, state, price_paid, rollover_min, rollover_max,"
        " created_at, metadata, paid_to)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        16,
        {TEXTOID,
         INT8OID,
         TEXTOID,
         TEXTOID,
         NUMERICOID,
         NUMERICOID,
         INT4OID,
         TIMESTAMPTZOID,
         TIMESTAMPTZOID,
         TEXTOID,
         NUMERICOID,
         NUMERICOID,
         NUMERICOID,
         TIMESTAMPTZOID,
         JSONBOID,
         TIMESTAMPTZOID},
        nullptr};
    const int unit_scale = session.account.unit.scale;
    Parameters row = {};
    const auto add_optional = [&](const std::optional<core::Credits>& amount) {
        row.add(amount ? numeric_datum(*amount, unit_scale) : 0, !amount);
    };
    row.add(session.account_id);
    row.add(Int64GetDatum(lot.lot_no));
    row.add(text_datum(lot.source));
    row.add(text_datum(lot.category));
    row.add(numeric_datum(lot.amount, unit_scale));
    row.add(numeric_datum(lot.remaining, unit_scale));
    row.add(Int32GetDatum(lot.priority));
    row.add(TimestampTzGetDatum(lot.effective_at));
    row.add(TimestampTzGetDatum(lot.expires_at), lot.expires_at == core::never);
    row.add(CStringGetTextDatum(name_of(lot.state)));
    row.add(lot.price_paid ? numeric_datum(*lot.price_paid) : 0, !lot.price_paid);
    add_optional(lot.rollover_min);
    add_optional(lot.rollover_max);
    row.add(TimestampTzGetDatum(lot.created_at));
    const bool noted = session.granted_lot_no == lot.lot_no && session.lot_metadata.given &&
                       !is_empty_object(session.lot_metadata);
    row.add(noted ? JsonbPGetDatum(session.lot_metadata.value) : 0, !noted);
    row.add(TimestampTzGetDatum(lot.paid_to), lot.paid_to == core::never);
    execute(statement, row);
}

void update_lot(const Session& session, const core::Lot& lot) {
    static Statement statement = {
        "UPDATE credits.lot SET remaining = $3, state = $4, expires_at = $5, amount = $6"
        " WHERE account_id OPERATOR(pg_catalog.=) $1 AND lot_no OPERATOR(pg_catalog.=) $2",
        6,
        {TEXTOID, INT8OID, NUMERICOID, TEXTOID, TIMESTAMPTZOID, NUMERICOID},
        nullptr};
    Parameters row = {};
    row.add(session.account_id);
    row.add(Int64GetDatum(lot.lot_no));
    row.add(numeric_datum(lot.remaining, session.account.unit.scale));
    row.add(CStringGetTextDatum(name_of(lot.state)));
    row.add(TimestampTzGetDatum(lot.expires_at), lot.expires_at == core::never);
    row.add(numeric_datum(lot.amount, session.account.unit.scale));
    execute(statement, row);
}

void end_timed_out_hold(const Session& session, const core::Hold& hold) {
    static Statement statement = {
        "UPDATE credits.hold SET status = 'expired', ended_at = $3"
        " WHERE account_id OPERATOR(pg_catalog.=) $1 AND hold_no OPERATOR(pg_catalog.=) $2",
        3,
        {TEXTOID, INT8OID, TIMESTAMPTZOID},
        nullptr};
    Parameters row = {};
    row.add(session.account_id);
    row.add(Int64GetDatum(hold.hold_no));
    row.add(TimestampTzGetDatum(hold.ended_at));
    execute(statement, row);
}

void write_holds(Session& session) {
    const int unit_scale = session.account.unit.scale;
    for (HeldCall* held : session.held_calls) {
        const core::Hold& hold = placed_hold(session, *held);
        if (!hold.changed) {
            continue;
        }
        update_hold_row(hold, unit_scale, held->row);
        if (held->is_new) {
            insert_row(*session.work, Table::hold, held->row);
        } else {
            // The wallet is this transaction's by now, and so are its holds.
            static_cast<void>(update_row(*session.work, Table::hold, held->row));
        }
    }
    for (const core::Hold& hold : session.account.holds) {
        if (hold.status == core::HoldStatus::expired && hold.changed &&
            !is_held_call(session, hold.hold_no)) {
            end_timed_out_hold(session, hold);
        }
    }
}

void write_lots(const Session& session) {
    for (const core::Lot& lot : session.account.lots) {
        if (lot.is_new) {
            insert_lot(session, lot);
        } else if (lot.changed) {
            update_lot(session, lot);
        }
    }
}

void write_entries(const Session& session) {
    if (session.account.entries.empty()) {
        return;
    }
    const Datum role_name = CStringGetTextDatum(GetUserNameFromId(session.work->role, false));
    std::uint32_t next_note = 0;
    for (std::uint32_t at = 0; at < session.account.entries.size(); ++at) {
        const bool noted = next_note < session.notes.size() && session.notes[next_note].entry == at;
        const EntryNote* note = noted ? &session.notes[next_note] : nullptr;
        next_note += noted ? 1 : 0;
        StoredRow row;
        ledger_row(session, session.account.entries[at], note, role_name, row);
        insert_row(*session.work, Table::ledger, row);
    }
}

void write_revenue(const Session& session, const core::Revenue& revenue) {
    static Statement statement = {
        "SELECT credits.book_revenue($1, $2, $3, $4, $5, entry_no => $6, role_name => $7)",
        7,
        {TEXTOID, TEXTOID, NUMERICOID, TEXTOID, TIMESTAMPTZOID, INT8OID, TEXTOID},
        nullptr};
    Parameters row = {};
    row.add(session.account_id);
    row.add(text_datum(revenue.kind));
    row.add(numeric_datum(revenue.usd));
    row.add(text_datum(revenue.reference));
    row.add(TimestampTzGetDatum(revenue.occurred_at));
    row.add(Int64GetDatum(revenue.entry_no), revenue.entry_no == 0);
    row.add(CStringGetTextDatum(GetUserNameFromId(session.work->role, false)));
    execute(statement, row);
}

// The plan to come and the period's anchor.
void write_facts(const Session& session) {
    static Statement statement = {"UPDATE credits.account SET pending_plan = $2, period_anchor = $3"
                                  " WHERE account_id OPERATOR(pg_catalog.=) $1",
                                  3,
                                  {TEXTOID, TEXTOID, TIMESTAMPTZOID},
                                  nullptr};
    const core::PlanTerms* pending = session.account.pending_plan;
    Parameters row = {};
    row.add(session.account_id);
    row.add(pending == nullptr ? 0 : text_datum(pending->name), pending == nullptr);
    row.add(TimestampTzGetDatum(session.account.period_anchor));
    execute(statement, row);
}

} // namespace

bool write_changes(Session& session) {
    const core::Account& account = session.account;
    if (account.plan_changed) {
        const bool none = account.plan->name.empty();
        set_optional(session.wallet_row,
                     wallet_column::plan,
                     !none,
                     none ? 0 : text_datum(account.plan->name));
    }
    if (account.plan_changed || account.facts_changed) {
        write_facts(session);
    }
    write_wallet(account.wallet,
                 session.is_new ? nullptr : &session.wallet_before,
                 account.unit.scale,
                 session.wallet_row);
    if (session.is_new) {
        set(session.wallet_row, wallet_column::account_id, session.account_id);
        insert_row(*session.work, Table::wallet, session.wallet_row);
    } else if (!update_row(*session.work, Table::wallet, session.wallet_row)) {
        return false;
    }
    write_lots(session);
    write_conversions(session);
    write_holds(session);
    write_entries(session);
    note_late_entries(session);
    write_consents(session);
    for (const core::Revenue& revenue : account.revenue) {
        write_revenue(session, revenue);
    }
    write_subjects(session);
    write_effects(session);
    for (const KeyUse& use : session.keys) {
        write_key(*session.work, session.account_id, use, account.now);
    }
    return true;
}

} // namespace credits::pg
