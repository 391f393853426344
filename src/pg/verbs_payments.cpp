// Payments as the functions in SQL book them, and credits that are clawed back with them. Whether a
// payment is known already is theirs to find out, under the wallet's lock.
#include "core/payments.hpp"

#include <algorithm>

#include "pg/boundary.hpp"
#include "pg/catalogue.hpp"
#include "pg/licence_steps.hpp"
#include "pg/numeric.hpp"
#include "pg/rows.hpp"
#include "pg/rules.hpp"
#include "pg/statement.hpp"
#include "pg/verbs.hpp"

extern "C" {
#include <utils/array.h>
}

namespace credits::pg {

namespace {

// What all payments say: account_id, usd, reason, metadata, paid_at.
struct PaymentArguments {
    TextArgument account_id{};
    core::Decimal usd{};
    TextArgument reason{};
    JsonArgument metadata{};
    std::optional<core::Instant> paid_at{};
};

inline constexpr int own_arguments = 5;

PaymentArguments read_payment(FunctionCallInfo call) {
    PaymentArguments arguments = {};
    arguments.account_id = read_required_text(call, 0, "account_id");
    arguments.usd = read_decimal(call, 1, "usd").value_or(core::Decimal{});
    arguments.reason = read_text(call, 2);
    arguments.metadata = read_json(call, 3);
    arguments.paid_at = read_instant(call, 4, "paid_at");
    return arguments;
}

void open_full(Session& session, const TextArgument& account_id) {
    open_session(session, account_id.datum);
    load_all(session, nullptr);
}

core::Payment payment_of(const Session& session, const PaymentArguments& arguments) {
    return {arguments.usd,
            plan_policy(session).cover,
            arguments.reason.view,
            arguments.paid_at.value_or(core::never)};
}

// A payment cures what failed before it.
void restore_licence_of(Session& session, std::optional<core::Instant> paid_at) {
    if (paid_at) {
        restore_licence_at(session, *paid_at);
    }
}

Datum conclude_own(Session& session, const core::Verdict& verdict, const JsonArgument& metadata) {
    if (verdict.outcome != core::Outcome::ok) {
        raise_refusal(refusal_of(session, verdict, nullptr));
    }
    RaisingArena arena;
    EntryNote note = {};
    note.entry = verdict.entry;
    note.metadata = metadata;
    session.notes.push_back(arena, note);
    forget_account_limits(session);
    keep_level(session);
    Answer answer = {};
    answer.result = receipt_of_entry(session, session.account.entries[verdict.entry], false);
    return conclude(session, answer);
}

core::GrantRequest lot_arguments(FunctionCallInfo call, const Session& session) {
    core::GrantRequest request;
    request.amount = read_amount(call, own_arguments, "credits").value_or(core::no_credits);
    request.lot.source = read_required_text(call, own_arguments + 1, "source").view;
    request.lot.category = read_required_text(call, own_arguments + 2, "category").view;
    request.lot.price_paid = read_decimal(call, own_arguments + 3, "price_paid");
    request.lot.expires_at =
        read_instant(call, own_arguments + 4, "expires_at").value_or(core::never);
    request.lot.effective_at = session.account.now;
    return request;
}

core::List<std::int64_t> read_numbers(FunctionCallInfo call, int at) {
    core::List<std::int64_t> numbers;
    if (call->args[at].isnull) {
        return numbers;
    }
    Datum* items = nullptr;
    bool* nulls = nullptr;
    int count = 0;
    deconstruct_array(DatumGetArrayTypeP(call->args[at].value),
                      INT8OID,
                      sizeof(std::int64_t),
                      true,
                      TYPALIGN_DOUBLE,
                      &items,
                      &nulls,
                      &count);
    RaisingArena arena;
    for (int item = 0; item < count; ++item) {
        if (!nulls[item]) {
            numbers.push_back(arena, DatumGetInt64(items[item]));
        }
    }
    return numbers;
}

std::optional<core::PaidPeriod> named_period(FunctionCallInfo call) {
    const auto start = read_instant(call, own_arguments + 1, "period_start");
    const auto end = read_instant(call, own_arguments + 2, "period_end");
    if (!start || !end) {
        return std::nullopt;
    }
    core::PaidPeriod period;
    period.start = *start;
    period.end = *end;
    period.superseded_at =
        read_instant(call, own_arguments + 3, "superseded_at").value_or(core::never);
    period.credits = read_amount(call, own_arguments + 4, "credits").value_or(core::no_credits);
    period.most = read_amount(call, own_arguments + 5, "most").value_or(core::no_credits);
    period.is_known =
        !call->args[own_arguments + 6].isnull && DatumGetBool(call->args[own_arguments + 6].value);
    period.ended_lots = read_numbers(call, own_arguments + 7);
    return period;
}

// What was due in this session is not on the books yet.
core::Decimal with_unwritten(const Session& session, core::Decimal revenue, core::Instant start) {
    for (const core::Revenue& booked : session.account.revenue) {
        if (booked.occurred_at >= start) {
            revenue = revenue + booked.usd;
        }
    }
    return revenue;
}

core::PeriodTotals totals_since(const Session& session, core::Instant start) {
    static Statement statement = {
        "SELECT * FROM credits.period_totals($1, $2)", 2, {TEXTOID, TIMESTAMPTZOID}, nullptr};
    Parameters parameters = {};
    parameters.add(session.account_id);
    parameters.add(TimestampTzGetDatum(start));
    const Rows rows = query(statement, parameters);
    bool is_null = false;
    core::PeriodTotals totals;
    totals.revenue = stored_decimal(column(rows, 0, 1, is_null));
    totals.cost = stored_decimal(column(rows, 0, 2, is_null));
    totals.overage = stored_decimal(column(rows, 0, 3, is_null));
    totals.tokens = stored_decimal(column(rows, 0, 4, is_null));
    totals.requests = DatumGetInt64(column(rows, 0, 5, is_null));
    totals.revenue =
        compute_or_raise([&] { return with_unwritten(session, totals.revenue, start); });
    return totals;
}

// The clawback of arguments account_id, lot_no, amount, used, revenue, reason.
core::Clawback read_clawback(FunctionCallInfo call) {
    core::Clawback clawback;
    clawback.lot_no = call->args[1].isnull ? 0 : DatumGetInt64(call->args[1].value);
    clawback.amount = read_amount(call, 2, "amount").value_or(core::no_credits);
    clawback.used = read_amount(call, 3, "used").value_or(core::no_credits);
    clawback.revenue = read_decimal(call, 4, "revenue").value_or(core::Decimal{});
    const TextArgument reason = read_text(call, 5);
    clawback.reason = reason.given ? reason.view : std::string_view{};
    return clawback;
}

// What others have committed since the transaction's snapshot counts too.
Datum answer_of_now(FunctionCallInfo call, Statement& statement) {
    return column(execute_newest(statement, parameters_of(call, statement)), 0, 1, call->isnull);
}

// open_with_lot loads that lot too, used up or gone as it may be.
void open_with_lot(Session& session, FunctionCallInfo call, std::int64_t lot_no) {
    RaisingArena arena;
    core::List<core::LotMove> lots;
    if (lot_no != 0) {
        lots.push_back(arena, {lot_no, core::no_credits});
    }
    open_session(session, read_required_text(call, 0, "account_id").datum);
    load_all(session, &lots);
}

} // namespace

Datum post_payment(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    const PaymentArguments arguments = read_payment(call);
    open_full(session, arguments.account_id);
    const core::GrantRequest request = lot_arguments(call, session);
    const core::Payment payment = payment_of(session, arguments);
    const bool has_credits = request.amount.is_positive();
    if (has_credits) {
        session.granted_lot_no = session.account.wallet.last_lot_no + 1;
        session.lot_metadata = arguments.metadata;
    }
    const core::Verdict verdict = run(session, [&](core::Account& account) {
        return has_credits ? core::take_payment(account, payment, request)
                           : core::book_payment(account, payment);
    });
    return conclude_own(session, verdict, arguments.metadata);
}

Datum post_subscription(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    const PaymentArguments arguments = read_payment(call);
    const TextArgument plan_name = read_text(call, own_arguments);
    open_full(session, arguments.account_id);
    const core::PlanTerms* plan =
        plan_name.given ? session.catalogue->find_plan(plan_name.view) : session.account.plan;
    if (plan == nullptr) {
        raise_invalid("there is no such plan",
                      "argument plan",
                      "SELECT plan FROM credits.plan lists the plans; credits.configure adds one");
    }
    const core::Payment payment = payment_of(session, arguments);
    std::optional<core::PaidPeriod> period = named_period(call);
    if (period && !period->is_known && period->start != session.account.wallet.period_start) {
        period->totals = totals_since(session, period->start);
    }
    const core::Verdict verdict = run(session, [&](core::Account& account) {
        return period ? core::pay_period(account, *plan, payment, *period)
                      : core::pay_subscription(account, *plan, payment);
    });
    restore_licence_of(session, arguments.paid_at);
    return conclude_own(session, verdict, arguments.metadata);
}

Datum post_clawback(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    const core::Clawback clawback = read_clawback(call);
    open_with_lot(session, call, clawback.lot_no);
    const core::Verdict verdict =
        run(session, [&](core::Account& account) { return core::claw_back(account, clawback); });
    return conclude_own(session, verdict, {});
}

Datum undo_clawback(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    const core::Clawback clawback = read_clawback(call);
    open_with_lot(session, call, clawback.lot_no);
    const Interval& life = platform_settings().refund_lot_life;
    const core::Instant expires_at =
        add_duration(session.account.now, {life.month, life.day, life.time});
    const core::Verdict verdict = run(session, [&](core::Account& account) {
        return core::undo_clawback(account, clawback, expires_at);
    });
    return conclude_own(session, verdict, {});
}

Datum credits_of_cost(FunctionCallInfo call) {
    require_given(call, 0, "usd");
    Work work;
    start_work(work, false);
    const core::Decimal usd = read_decimal(call, 0, "usd").value_or(core::Decimal{});
    const core::Unit& unit = catalogue().unit();
    const core::Credits credits =
        compute_or_raise([&] { return core::round_charge(usd, {}, unit).amount; });
    close_work(work);
    return numeric_datum(credits, unit.scale);
}

Datum is_known_by_now(FunctionCallInfo call) {
    static Statement statement = {"SELECT EXISTS (SELECT FROM credits.payment_customer c"
                                  " WHERE c.customer OPERATOR(pg_catalog.=) $1)"
                                  " OR EXISTS (SELECT FROM credits.payment_key k"
                                  " WHERE k.key OPERATOR(pg_catalog.=) ANY ($2))",
                                  2,
                                  {TEXTOID, TEXTARRAYOID},
                                  nullptr};
    return answer_of_now(call, statement);
}

Datum waits_by_now(FunctionCallInfo call) {
    static Statement statement = {
        "SELECT EXISTS (SELECT FROM credits.payment_event e"
        " WHERE e.status OPERATOR(pg_catalog.=) 'failed' AND e.keys OPERATOR(pg_catalog.&&) $1"
        " AND e.event_id OPERATOR(pg_catalog.<>) ALL ($2))",
        2,
        {TEXTARRAYOID, TEXTARRAYOID},
        nullptr};
    return answer_of_now(call, statement);
}

// receipt_of_entry is the receipt that an entry's call was given, again.
Datum entry_receipt(FunctionCallInfo call) {
    Session session = {};
    start(session, false);
    const TextArgument account_id = read_required_text(call, 0, "account_id");
    const std::int64_t entry_no = read_required_number(call, 1, "entry_no");
    open_session(session, account_id.datum);
    StoredRow row;
    if (!find_own_entry(session, entry_no, row)) {
        raise_refusal(not_found(core::Outcome::entry_not_found, "entry", entry_no));
    }
    const Datum receipt = receipt_of_row(row, session.account.unit.scale, true);
    abandon_session(session);
    return receipt;
}

} // namespace credits::pg
