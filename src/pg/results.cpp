// Composite results.
#include "pg/results.hpp"

#include "pg/numeric.hpp"
#include "pg/rows.hpp"
#include "pg/statement.hpp"

namespace credits::pg {

namespace {

namespace receipt_column {
enum : int {
    account_id,
    entry_no,
    kind,
    amount,
    cost,
    balance,
    available,
    level,
    replayed,
    created_at,
    count
};
}

namespace decision_column {
enum : int {
    allowed,
    outcome,
    http_status,
    message,
    hold_no,
    amount,
    cost,
    balance,
    available,
    level,
    model,
    retry_after,
    limit_name,
    warnings,
    detail,
    replayed,
    count
};
}

// Empty lists are part of every decision, so they are made once.
Datum kept_json(const char* text, Datum& kept) {
    if (kept == 0) {
        MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);
        kept = DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
        MemoryContextSwitchTo(caller);
    }
    return kept;
}

Datum no_warnings() {
    static Datum kept = 0;
    return kept_json("[]", kept);
}

Datum no_detail() {
    static Datum kept = 0;
    return kept_json("{}", kept);
}

struct ReceiptValues {
    Datum account_id{};
    std::int64_t entry_no{};
    Datum kind{};
    core::Credits amount{};
    std::optional<core::Decimal> cost{};
    core::Credits balance{};
    core::Credits held{};
    std::string_view level{};
    bool replayed{};
    core::Instant created_at{};
};

Datum receipt(const ReceiptValues& said, int unit_scale) {
    Datum values[receipt_column::count];
    bool nulls[receipt_column::count] = {};
    values[receipt_column::account_id] = said.account_id;
    values[receipt_column::entry_no] = Int64GetDatum(said.entry_no);
    values[receipt_column::kind] = said.kind;
    values[receipt_column::amount] = numeric_datum(said.amount, unit_scale);
    values[receipt_column::cost] = numeric_datum(said.cost.value_or(core::Decimal{}));
    values[receipt_column::balance] = numeric_datum(said.balance, unit_scale);
    values[receipt_column::available] = numeric_datum(said.balance - said.held, unit_scale);
    values[receipt_column::level] = text_datum(level_name(said.level));
    values[receipt_column::replayed] = BoolGetDatum(said.replayed);
    values[receipt_column::created_at] = TimestampTzGetDatum(said.created_at);
    return composite(ResultType::receipt, values, nulls);
}

} // namespace

std::string_view level_name(std::string_view level) {
    return level.empty() ? core::normal_level : level;
}

Datum composite(ResultType type, Datum* values, bool* nulls) {
    TupleDesc descriptor = lookup_rowtype_tupdesc(result_type(type), -1);
    const Datum formed = HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls));
    ReleaseTupleDesc(descriptor);
    return formed;
}

Datum receipt_of_entry(const Session& session, const core::Entry& entry, bool replayed) {
    ReceiptValues said = {};
    said.replayed = replayed;
    said.account_id = session.account_id;
    said.entry_no = entry.entry_no;
    said.kind = CStringGetTextDatum(name_of(entry.kind));
    said.amount = entry.amount;
    said.cost = entry.cost;
    said.balance = entry.balance;
    said.held = entry.held;
    said.level = session.account.wallet.level;
    said.created_at = session.account.now;
    return receipt(said, session.account.unit.scale);
}

Datum receipt_of_row(const StoredRow& row, int unit_scale, bool replayed) {
    namespace columns = ledger_column;
    const auto amount = [&](int column) {
        return row.nulls[column] ? core::no_credits
                                 : stored_credits(row.values[column], unit_scale);
    };
    ReceiptValues said = {};
    said.account_id = row.values[columns::account_id];
    said.entry_no = DatumGetInt64(row.values[columns::entry_no]);
    said.kind = row.values[columns::kind];
    said.amount = amount(columns::amount);
    if (!row.nulls[columns::cost]) {
        said.cost = stored_decimal(row.values[columns::cost]);
    }
    said.balance = amount(columns::balance);
    said.held = amount(columns::held);
    said.level = text_of(row.values[columns::level], row.nulls[columns::level]).view;
    said.replayed = replayed;
    said.created_at = DatumGetTimestampTz(row.values[columns::created_at]);
    return receipt(said, unit_scale);
}

bool find_own_entry(const Session& session, std::int64_t entry_no, StoredRow& row) {
    const Datum key[] = {session.account_id, Int64GetDatum(entry_no)};
    switch (search_ledger(*session.work, key, session.account.now, row)) {
    case Search::found:
        return true;
    case Search::missing:
        return false;
    case Search::unknown:
        break;
    }
    return find_entry(session.account_id, entry_no, std::nullopt, row);
}

bool find_entry(Datum account_id,
                std::int64_t entry_no,
                std::optional<core::Instant> created_at,
                StoredRow& row) {
    if (created_at) {
        const Datum key[] = {account_id, Int64GetDatum(entry_no), TimestampTzGetDatum(*created_at)};
        return sql::find_row(Table::ledger, key, RowLock::none, row);
    }
    static Statement statement = {
        "SELECT created_at FROM credits.ledger WHERE account_id OPERATOR(pg_catalog.=) $1"
        " AND entry_no OPERATOR(pg_catalog.=) $2",
        2,
        {TEXTOID, INT8OID},
        nullptr};
    Parameters parameters = {};
    parameters.add(account_id);
    parameters.add(Int64GetDatum(entry_no));
    const Rows rows = query(statement, parameters);
    if (rows.count == 0) {
        return false;
    }
    bool is_null = false;
    return find_entry(account_id, entry_no, DatumGetTimestampTz(column(rows, 0, 1, is_null)), row);
}

Datum decision(const DecisionValues& said, int unit_scale) {
    Datum values[decision_column::count];
    bool nulls[decision_column::count] = {};
    const core::OutcomeFacts& facts = core::facts_of(core::Outcome::ok);
    values[decision_column::allowed] = BoolGetDatum(true);
    values[decision_column::outcome] = text_datum(facts.name);
    values[decision_column::http_status] = Int32GetDatum(facts.http_status);
    values[decision_column::message] = CStringGetTextDatum("the call may go on");
    values[decision_column::hold_no] = Int64GetDatum(said.hold_no);
    nulls[decision_column::hold_no] = said.hold_no == 0;
    values[decision_column::amount] = numeric_datum(said.amount, unit_scale);
    values[decision_column::cost] = numeric_datum(said.cost.value_or(core::Decimal{}));
    values[decision_column::balance] = numeric_datum(said.balance, unit_scale);
    values[decision_column::available] = numeric_datum(said.balance - said.held, unit_scale);
    values[decision_column::level] = text_datum(level_name(said.level));
    values[decision_column::model] = said.model.datum;
    nulls[decision_column::model] = !said.model.given;
    nulls[decision_column::retry_after] = true;
    nulls[decision_column::limit_name] = true;
    values[decision_column::warnings] = said.warnings == 0 ? no_warnings() : said.warnings;
    values[decision_column::detail] = no_detail();
    values[decision_column::replayed] = BoolGetDatum(said.replayed);
    return composite(ResultType::decision, values, nulls);
}

namespace {

// say_limit names the limit that refuses, and after what time the same call may pass.
void say_limit(const Session& session, const core::Verdict& verdict, Datum* values, bool* nulls) {
    if (verdict.limit.terms != nullptr) {
        values[decision_column::limit_name] = text_datum(verdict.limit.terms->name);
        nulls[decision_column::limit_name] = false;
    }
    if (verdict.retry_at != core::never && verdict.retry_at != core::always) {
        auto* wait = make_array<Interval>(1);
        wait->time = std::max<core::Instant>(verdict.retry_at - session.account.now, 0);
        values[decision_column::retry_after] = IntervalPGetDatum(wait);
        nulls[decision_column::retry_after] = false;
    }
}

} // namespace

Datum refused_decision(const Session* session,
                       const Refusal& refusal,
                       const core::Verdict& verdict) {
    Datum values[decision_column::count];
    bool nulls[decision_column::count] = {};
    const core::OutcomeFacts& facts = core::facts_of(refusal.outcome);
    for (bool& null : nulls) {
        null = true;
    }
    const auto say = [&](int column, Datum value) {
        values[column] = value;
        nulls[column] = false;
    };
    say(decision_column::allowed, BoolGetDatum(false));
    say(decision_column::outcome, text_datum(facts.name));
    say(decision_column::http_status, Int32GetDatum(facts.http_status));
    say(decision_column::message, CStringGetTextDatum(refusal.message));
    if (session != nullptr) {
        const int unit_scale = session->account.unit.scale;
        const core::Wallet& wallet = session->account.wallet;
        say(decision_column::amount, numeric_datum(verdict.amount, unit_scale));
        say(decision_column::cost, numeric_datum(verdict.cost.value_or(core::Decimal{})));
        say(decision_column::balance, numeric_datum(wallet.balance, unit_scale));
        say(decision_column::available, numeric_datum(wallet.balance - wallet.held, unit_scale));
        say(decision_column::level, text_datum(level_name(wallet.level)));
        say_limit(*session, verdict, values, nulls);
    }
    say(decision_column::warnings, no_warnings());
    say(decision_column::detail, refusal.detail);
    say(decision_column::replayed, BoolGetDatum(false));
    return composite(ResultType::decision, values, nulls);
}

} // namespace credits::pg
