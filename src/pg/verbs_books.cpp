// Lots and refunds: grant, void_lot, refund.
#include "pg/boundary.hpp"
#include "pg/catalogue.hpp"
#include "pg/numeric.hpp"
#include "pg/rows.hpp"
#include "pg/rules.hpp"
#include "pg/statement.hpp"
#include "pg/verbs.hpp"

namespace credits::pg {

namespace {

struct GrantArguments {
    TextArgument account_id{};
    std::optional<core::Credits> amount{};
    TextArgument source{};
    std::optional<core::Instant> expires_at{};
    std::int32_t priority{};
    TextArgument category{};
    std::optional<core::Decimal> price_paid{};
    std::optional<core::Instant> effective_at{};
    std::optional<core::Credits> rollover_min{};
    std::optional<core::Credits> rollover_max{};
    TextArgument key{};
    JsonArgument metadata{};
};

GrantArguments read_grant(FunctionCallInfo call) {
    GrantArguments arguments = {};
    arguments.account_id = read_required_text(call, 0, "account_id");
    require_given(call, 1, "amount");
    require_above_zero(
        call, 1, "a grant needs an amount above zero", "say how many credits to grant");
    arguments.amount = read_amount(call, 1, "amount");
    arguments.source = read_required_text(call, 2, "source");
    arguments.expires_at = read_instant(call, 3, "expires_at");
    require_given(call, 4, "priority");
    arguments.priority = DatumGetInt32(call->args[4].value);
    arguments.category = read_required_text(call, 5, "category");
    arguments.price_paid = read_decimal(call, 6, "price_paid");
    arguments.effective_at = read_instant(call, 7, "effective_at");
    arguments.rollover_min = read_amount(call, 8, "rollover_min");
    arguments.rollover_max = read_amount(call, 9, "rollover_max");
    arguments.key = read_text(call, 10);
    arguments.metadata = read_json(call, 11);
    check_identifier_if_given(arguments.key, "idempotency_key");
    if (arguments.category.view != "promotional" && arguments.category.view != "paid") {
        raise_invalid("category must be promotional or paid",
                      "argument category",
                      "promotional credits burn down before paid ones");
    }
    return arguments;
}

Fingerprint grant_fingerprint(const GrantArguments& arguments) {
    Fingerprint fingerprint = {};
    fingerprint.verb = Verb::grant;
    fingerprint.add(0, arguments.amount);
    fingerprint.add(1, arguments.source);
    fingerprint.add(2, arguments.expires_at);
    fingerprint.add(3, std::optional<std::int64_t>(arguments.priority));
    fingerprint.add(4, arguments.category);
    fingerprint.add(5, arguments.price_paid);
    fingerprint.add(6, arguments.effective_at);
    fingerprint.add(7, arguments.rollover_min);
    fingerprint.add(8, arguments.rollover_max);
    return fingerprint;
}

core::GrantRequest grant_request(const Session& session, const GrantArguments& arguments) {
    core::GrantRequest request;
    request.amount = *arguments.amount;
    request.lot.source = arguments.source.view;
    request.lot.category = arguments.category.view;
    request.lot.priority = arguments.priority;
    request.lot.effective_at = arguments.effective_at.value_or(session.account.now);
    request.lot.expires_at = arguments.expires_at.value_or(core::never);
    request.lot.rollover_min = arguments.rollover_min;
    request.lot.rollover_max = arguments.rollover_max;
    request.lot.price_paid = arguments.price_paid;
    return request;
}

// conclude_entry ends a verb whose own entry is the last thing to say.
Datum conclude_entry(Session& session,
                     const core::Verdict& verdict,
                     const TextArgument& key,
                     const JsonArgument& metadata) {
    if (verdict.outcome != core::Outcome::ok) {
        raise_refusal(refusal_of(session, verdict, nullptr));
    }
    RaisingArena arena;
    EntryNote note = {};
    note.entry = verdict.entry;
    note.metadata = metadata;
    session.notes.push_back(arena, note);
    const core::Entry& entry = session.account.entries[verdict.entry];
    note_result(session, key, entry.entry_no);
    Answer answer = {};
    keep_level(session);
    answer.result = receipt_of_entry(session, entry, false);
    return conclude(session, answer);
}

struct Refunded {
    core::Credits credits{};
    core::Decimal overage{};
};

Refunded refunded_so_far(const Session& session, std::int64_t entry_no) {
    static Statement statement = {"SELECT refunded, overage FROM credits.refund_total WHERE "
                                  "account_id OPERATOR(pg_catalog.=) $1"
                                  " AND entry_no OPERATOR(pg_catalog.=) $2",
                                  2,
                                  {TEXTOID, INT8OID},
                                  nullptr};
    Parameters parameters = {};
    parameters.add(session.account_id);
    parameters.add(Int64GetDatum(entry_no));
    const Rows rows = query(statement, parameters);
    if (rows.count == 0) {
        return {};
    }
    bool is_null = false;
    return {stored_credits(column(rows, 0, 1, is_null), session.account.unit.scale),
            stored_decimal(column(rows, 0, 2, is_null))};
}

// write_refunded adds what a refund gives back to what was given back before.
void write_refunded(const Session& session, std::int64_t entry_no, const Refunded& more) {
    static Statement statement = {
        "INSERT INTO credits.refund_total AS so_far (account_id, entry_no, refunded, overage)"
        " VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (account_id, entry_no) DO UPDATE SET"
        " refunded = so_far.refunded OPERATOR(pg_catalog.+) EXCLUDED.refunded,"
        " overage = so_far.overage OPERATOR(pg_catalog.+) EXCLUDED.overage",
        4,
        {TEXTOID, INT8OID, NUMERICOID, NUMERICOID},
        nullptr};
    Parameters parameters = {};
    parameters.add(session.account_id);
    parameters.add(Int64GetDatum(entry_no));
    parameters.add(numeric_datum(more.credits, session.account.unit.scale));
    parameters.add(numeric_datum(more.overage));
    execute(statement, parameters);
}

// The lots that an entry moved, from its row.
core::List<core::LotMove> moves_of(const StoredRow& row, int unit_scale) {
    RaisingArena arena;
    core::List<core::LotMove> moves;
    if (!row.nulls[ledger_column::lot_no]) {
        moves.push_back(arena,
                        {DatumGetInt64(row.values[ledger_column::lot_no]),
                         stored_credits(row.values[ledger_column::amount], unit_scale)});
    }
    if (row.nulls[ledger_column::lots]) {
        return moves;
    }
    Jsonb* lots = DatumGetJsonbP(row.values[ledger_column::lots]);
    JsonbIterator* iterator = JsonbIteratorInit(&lots->root);
    JsonbValue value;
    core::LotMove move;
    bool is_amount = false;
    for (JsonbIteratorToken token = JsonbIteratorNext(&iterator, &value, false); token != WJB_DONE;
         token = JsonbIteratorNext(&iterator, &value, false)) {
        if (token == WJB_ELEM && value.type == jbvNumeric) {
            const Datum number = NumericGetDatum(value.val.numeric);
            if (is_amount) {
                move.amount = stored_credits(number, unit_scale);
                moves.push_back(arena, move);
            } else {
                move.lot_no = DatumGetInt64(DirectFunctionCall1(numeric_int8, number));
            }
            is_amount = !is_amount;
        }
    }
    return moves;
}

core::RefundRequest
refund_request(const Session& session, const StoredRow& row, std::optional<core::Credits> amount) {
    const int unit_scale = session.account.unit.scale;
    core::RefundRequest request;
    request.kind = entry_kind_of(text_view(row.values[ledger_column::kind]));
    request.entry_no = DatumGetInt64(row.values[ledger_column::entry_no]);
    request.charged = -stored_credits(row.values[ledger_column::amount], unit_scale);
    const Refunded before = refunded_so_far(session, request.entry_no);
    request.refunded = before.credits;
    if (!row.nulls[ledger_column::overage]) {
        const core::Decimal accrued = stored_decimal(row.values[ledger_column::overage]);
        request.overage = compute_or_raise([&] { return accrued - before.overage; });
    }
    request.moves = moves_of(row, unit_scale);
    request.created_at = DatumGetTimestampTz(row.values[ledger_column::created_at]);
    request.amount = amount;
    const Interval& life = platform_settings().refund_lot_life;
    request.new_lot_expires_at =
        add_duration(session.account.now, {life.month, life.day, life.time});
    return request;
}

} // namespace

Datum grant(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    const GrantArguments arguments = read_grant(call);
    open_session(session, arguments.account_id.datum);
    Answer answer = {};
    if (answer_from_key(session, arguments.key, grant_fingerprint(arguments), answer)) {
        return conclude(session, answer);
    }
    load_all(session, nullptr);
    const core::GrantRequest request = grant_request(session, arguments);
    session.granted_lot_no = session.account.wallet.last_lot_no + 1;
    session.lot_metadata = arguments.metadata;
    const core::Verdict verdict =
        run(session, [&](core::Account& account) { return core::grant(account, request); });
    return conclude_entry(session, verdict, arguments.key, arguments.metadata);
}

Datum void_lot(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    const TextArgument account_id = read_required_text(call, 0, "account_id");
    const std::int64_t lot_no = read_required_number(call, 1, "lot_no");
    const TextArgument reason = read_text(call, 2);
    open_session(session, account_id.datum);
    load_all(session, nullptr);
    const core::Verdict verdict =
        run(session, [&](core::Account& account) { return core::void_lot(account, lot_no); });
    if (verdict.outcome == core::Outcome::entry_not_found) {
        raise_refusal(lot_not_open(lot_no));
    }
    session.account.entries[verdict.entry].reason = reason.given ? reason.view : std::string_view{};
    return conclude_entry(session, verdict, {}, {});
}

Datum refund(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    const TextArgument account_id = read_required_text(call, 0, "account_id");
    const std::int64_t entry_no = read_required_number(call, 1, "entry_no");
    require_above_zero(call,
                       2,
                       "a refund needs an amount above zero",
                       "leave it out to give back all that is left of the charge");
    const std::optional<core::Credits> amount = read_amount(call, 2, "amount");
    const TextArgument reason = read_text(call, 3);
    const TextArgument key = read_text(call, 4);
    check_identifier_if_given(key, "idempotency_key");
    Fingerprint fingerprint = {};
    fingerprint.verb = Verb::refund;
    fingerprint.add(0, std::optional(entry_no));
    fingerprint.add(1, amount);
    fingerprint.add(2, reason);

    open_session(session, account_id.datum);
    Answer answer = {};
    if (answer_from_key(session, key, fingerprint, answer)) {
        return conclude(session, answer);
    }
    StoredRow row;
    if (!find_own_entry(session, entry_no, row)) {
        raise_refusal(not_found(core::Outcome::entry_not_found, "entry", entry_no));
    }
    const core::RefundRequest request = refund_request(session, row, amount);
    load_all(session, &request.moves);
    const core::Verdict verdict =
        run(session, [&](core::Account& account) { return core::refund(account, request); });
    if (verdict.outcome == core::Outcome::entry_not_found) {
        raise_refusal(no_charge(entry_no, text_view(row.values[ledger_column::kind])));
    }
    if (verdict.outcome == core::Outcome::refund_exceeds) {
        raise_refusal(refund_exceeds(session, verdict, request));
    }
    if (verdict.outcome == core::Outcome::ok) {
        core::Entry& entry = session.account.entries[verdict.entry];
        entry.reason = reason.given ? reason.view : std::string_view{};
        const core::Decimal overage =
            compute_or_raise([&] { return core::Decimal{} - entry.overage; });
        write_refunded(session, entry_no, {verdict.amount, overage});
    }
    return conclude_entry(session, verdict, key, {});
}

} // namespace credits::pg
