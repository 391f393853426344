// Reads: an account as of now, everything due applied in memory, nothing written. They work in
// read-only transactions and on standbys.
#include "core/burn_down.hpp"
#include "core/due.hpp"

#include "pg/alerts.hpp"
#include "pg/boundary.hpp"
#include "pg/call_requests.hpp"
#include "pg/catalogue.hpp"
#include "pg/numeric.hpp"
#include "pg/row_output.hpp"
#include "pg/rows.hpp"
#include "pg/rules.hpp"
#include "pg/statement.hpp"
#include "pg/verbs.hpp"

#include <algorithm>

namespace credits::pg {

namespace {

// project finds the account of a read and brings it up to date in memory.
void project(Session& session, FunctionCallInfo call, bool with_everything) {
    start(session, false);
    const TextArgument account_id = read_required_text(call, 0, "account_id");
    open_session(session, account_id.datum);
    if (with_everything) {
        load_all(session, nullptr);
    } else {
        load_if_due(session);
    }
}

Datum instant_datum(core::Instant instant) {
    return TimestampTzGetDatum(instant);
}

void add_optional(RowValues& row, const std::optional<core::Credits>& amount, int unit_scale) {
    row.add(amount ? numeric_datum(*amount, unit_scale) : 0, !amount);
}

// Texts of the stored lots and holds that the projection does not carry.
Rows stored_metadata(const Session& session) {
    static Statement statement = {
        "SELECT lot_no, metadata FROM credits.lot WHERE account_id OPERATOR(pg_catalog.=) $1"
        " AND metadata IS NOT NULL AND state OPERATOR(pg_catalog.=) ANY (ARRAY['scheduled', "
        "'live'])",
        1,
        {TEXTOID},
        nullptr};
    Parameters parameters = {};
    parameters.add(session.account_id);
    return query(statement, parameters);
}

Datum metadata_of(const Rows& rows, std::int64_t number) {
    bool is_null = false;
    for (std::uint64_t at = 0; at < rows.count; ++at) {
        if (DatumGetInt64(column(rows, at, 1, is_null)) == number) {
            return column(rows, at, 2, is_null);
        }
    }
    return DirectFunctionCall1(jsonb_in, CStringGetDatum("{}"));
}

Rows pending_hold_texts(const Session& session) {
    static Statement statement = {
        "SELECT hold_no, action, provider, model, member_id, coalesce(metadata, '{}'), cost"
        " FROM credits.hold WHERE account_id OPERATOR(pg_catalog.=) $1"
        " AND hold_no OPERATOR(pg_catalog.>=) $2 AND status OPERATOR(pg_catalog.=) 'pending'"
        " ORDER BY hold_no",
        2,
        {TEXTOID, INT8OID},
        nullptr};
    Parameters parameters = {};
    parameters.add(session.account_id);
    parameters.add(Int64GetDatum(session.wallet_row.values[wallet_column::first_open_hold]));
    return query(statement, parameters);
}

const core::Hold* find_pending(const Session& session, std::int64_t hold_no) {
    for (const core::Hold& hold : session.account.holds) {
        if (hold.hold_no == hold_no && hold.status == core::HoldStatus::pending) {
            return &hold;
        }
    }
    return nullptr;
}

} // namespace

Datum balance(FunctionCallInfo call) {
    begin_rows(call);
    Session session = {};
    project(session, call, false);
    keep_level(session);
    const core::Wallet& wallet = session.account.wallet;
    const int unit_scale = session.account.unit.scale;
    const core::Credits used = wallet.granted - wallet.balance;
    const core::Decimal used_pct =
        compute_or_raise([&] { return core::share_percent(used, wallet.granted); });
    const std::string_view plan = session.account.plan->name;
    RowValues row = {};
    row.add(session.account_id);
    row.add(plan.empty() ? 0 : text_datum(plan), plan.empty());
    row.add(numeric_datum(wallet.balance, unit_scale));
    row.add(numeric_datum(wallet.held, unit_scale));
    row.add(numeric_datum(wallet.balance - wallet.held, unit_scale));
    row.add(numeric_datum(wallet.granted, unit_scale));
    row.add(numeric_datum(used, unit_scale));
    row.add(percent_datum(used_pct));
    row.add(text_datum(level_name(wallet.level)));
    row.add(instant_datum(std::min(wallet.period_end, wallet.day_end)));
    row.add(instant_datum(wallet.period_start));
    row.add(instant_datum(wallet.period_end));
    put_row(call, row);
    abandon_session(session);
    return 0;
}

Datum lots(FunctionCallInfo call) {
    begin_rows(call);
    Session session = {};
    project(session, call, true);
    const int unit_scale = session.account.unit.scale;
    const Rows metadata = stored_metadata(session);
    std::sort(session.account.lots.begin(), session.account.lots.end(), core::burns_before);
    for (const core::Lot& lot : session.account.lots) {
        if (!lot.is_open()) {
            continue;
        }
        RowValues row = {};
        row.add(Int64GetDatum(lot.lot_no));
        row.add(text_datum(lot.source));
        row.add(text_datum(lot.category));
        row.add(numeric_datum(lot.amount, unit_scale));
        const bool later = lot.state == core::LotState::scheduled;
        row.add(numeric_datum(later ? lot.amount : lot.remaining, unit_scale));
        row.add(Int32GetDatum(lot.priority));
        row.add(instant_datum(lot.effective_at));
        row.add(instant_datum(lot.expires_at), lot.expires_at == core::never);
        row.add(lot.price_paid ? numeric_datum(*lot.price_paid) : 0, !lot.price_paid);
        row.add(metadata_of(metadata, lot.lot_no));
        row.add(CStringGetTextDatum(name_of(lot.state)));
        add_optional(row, lot.rollover_min, unit_scale);
        add_optional(row, lot.rollover_max, unit_scale);
        row.add(instant_datum(lot.created_at));
        put_row(call, row);
    }
    abandon_session(session);
    return 0;
}

Datum holds(FunctionCallInfo call) {
    begin_rows(call);
    Session session = {};
    project(session, call, true);
    const Rows texts = pending_hold_texts(session);
    for (std::uint64_t at = 0; at < texts.count; ++at) {
        bool is_null = false;
        const core::Hold* hold =
            find_pending(session, DatumGetInt64(column(texts, at, 1, is_null)));
        if (hold == nullptr) {
            continue;
        }
        RowValues row = {};
        row.add(Int64GetDatum(hold->hold_no));
        row.add(numeric_datum(hold->amount, session.account.unit.scale));
        row.add(instant_datum(hold->created_at));
        row.add(instant_datum(hold->expires_at));
        for (int number = 2; number <= 7; ++number) {
            const Datum value = column(texts, at, number, is_null);
            row.add(value, is_null);
        }
        put_row(call, row);
    }
    abandon_session(session);
    return 0;
}

Datum check_balance(FunctionCallInfo call) {
    begin_rows(call);
    require_given(call, 1, "needed");
    Session session = {};
    project(session, call, false);
    const std::optional<core::Credits> needed = read_amount(call, 1, "needed");
    const core::Account& account = session.account;
    const core::Credits usable =
        account.wallet.balance - account.wallet.held + account.plan->overdraft;
    RowValues row = {};
    row.add(BoolGetDatum(needed->is_zero() || *needed <= usable));
    row.add(numeric_datum(account.wallet.balance, account.unit.scale));
    row.add(numeric_datum(*needed, account.unit.scale));
    put_row(call, row);
    abandon_session(session);
    return 0;
}

Datum quote(FunctionCallInfo call) {
    Session session = {};
    start(session, false);
    CallArguments named = {};
    named.account_id = read_text(call, 0);
    named.action = read_text(call, 1);
    named.provider = read_text(call, 2);
    named.model = read_text(call, 3);
    check_call_arguments(named);
    const TextArgument& account_id = named.account_id;
    if (!find_account(session, account_id.datum)) {
        abandon_session(session);
        return refused_decision(nullptr, account_not_found(account_id.datum), {});
    }
    load_if_due(session);
    named.usage = read_json(call, 4);
    const core::CallRequest request = planned_request(session, named);
    const core::Verdict verdict = consider(session, request, core::consider_hold).verdict;
    keep_level(session);
    Datum result = 0;
    if (verdict.outcome == core::Outcome::ok) {
        DecisionValues said = {};
        said.amount = verdict.amount;
        said.cost = verdict.cost;
        said.balance = session.account.wallet.balance;
        said.held = session.account.wallet.held;
        said.model = named.model.given
                         ? TextArgument{text_datum(request.model), true, request.model}
                         : named.model;
        said.level = session.account.wallet.level;
        said.warnings = warnings_of(verdict);
        result = decision(said, session.account.unit.scale);
    } else {
        result = refused_decision(&session, refusal_of(session, verdict, nullptr), verdict);
    }
    abandon_session(session);
    return result;
}

Datum receipt_of(FunctionCallInfo call) {
    Session session = {};
    project(session, call, false);
    const TextArgument key = read_required_text(call, 1, "idempotency_key");
    const Datum lookup[] = {session.account_id, key.datum};
    StoredRow use;
    StoredRow row;
    const bool found = find_row(*session.work, Table::idempotency_key, lookup, RowLock::none, use);
    const bool is_receipt =
        found && verb_of(use.values[key_column::fingerprint]) != Verb::authorize &&
        !is_forgotten(DatumGetTimestampTz(use.values[key_column::created_at]), session.account.now);
    if (!is_receipt || !find_entry(session.account_id,
                                   DatumGetInt64(use.values[key_column::result_no]),
                                   DatumGetTimestampTz(use.values[key_column::created_at]),
                                   row)) {
        ereport(ERROR,
                (errcode(MAKE_SQLSTATE('P', 'T', '4', '0', '4')),
                 errmsg("the account has no receipt under this idempotency key"),
                 errdetail("{\"outcome\": \"entry_not_found\"}"),
                 errhint("the call did not go through, or the key is an authorization's: repeat "
                         "the call with the same key")));
    }
    const Datum result = receipt_of_row(row, session.account.unit.scale, true);
    abandon_session(session);
    return result;
}

} // namespace credits::pg
