// What earns or gives credits without a payment, where time is involved: consents and their months,
// the windows of the prize wheel.
#include "core/consents.hpp"

#include "pg/boundary.hpp"
#include "pg/catalogue.hpp"
#include "pg/numeric.hpp"
#include "pg/row_output.hpp"
#include "pg/rows.hpp"
#include "pg/rules.hpp"
#include "pg/verbs.hpp"

namespace credits::pg {

namespace {

[[noreturn]] void raise_unknown_consent(std::string_view kind) {
    raise_invalid(psprintf("there is no consent \"%s\"", shortened(kind)),
                  "argument kind",
                  "SELECT credits.export_config() -> 'consents' shows those that are configured");
}

// The entry may be one that is only about to be written.
Datum receipt_of_month(Session& session, std::int64_t entry_no) {
    for (const core::Entry& entry : session.account.entries) {
        if (entry.entry_no == entry_no) {
            return receipt_of_entry(session, entry, !entry.is_call);
        }
    }
    StoredRow row;
    if (!find_own_entry(session, entry_no, row)) {
        raise_refusal(not_found(core::Outcome::entry_not_found, "entry", entry_no));
    }
    return receipt_of_row(row, session.account.unit.scale, true);
}

void change_consent(Session& session, std::string_view kind, bool given) {
    const core::ConsentTerms* terms = session.catalogue->find_consent(kind);
    if (terms == nullptr && (given || core::find_consent(session.account, kind) == nullptr)) {
        raise_unknown_consent(kind);
    }
    const core::Verdict verdict = run(session, [&](core::Account& account) {
        if (given) {
            return core::give_consent(account, kind, *terms);
        }
        core::withdraw_consent(account, kind);
        return core::Verdict{};
    });
    if (verdict.outcome != core::Outcome::ok) {
        raise_refusal(refusal_of(session, verdict, nullptr));
    }
}

} // namespace

// set_consent gives the receipt of the month that the consent is paid for; withdrawn, null.
Datum set_consent(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    const TextArgument account_id = read_required_text(call, 0, "account_id");
    const TextArgument kind = read_required_text(call, 1, "kind");
    require_given(call, 2, "given");
    const bool given = DatumGetBool(call->args[2].value);
    open_session(session, account_id.datum);
    load_all(session, nullptr);
    change_consent(session, kind.view, given);
    forget_account_limits(session);
    keep_level(session);
    const core::Consent* consent = core::find_consent(session.account, kind.view);
    const bool has_month = given && consent->entry_no != 0;
    const Datum receipt = has_month ? receipt_of_month(session, consent->entry_no) : 0;
    finish_session(session);
    call->isnull = !has_month;
    return receipt;
}

// due_revenue gives what the account has earned by time and is not written yet.
Datum due_revenue(FunctionCallInfo call) {
    begin_rows(call);
    Session session = {};
    start(session, false);
    const TextArgument account_id = read_required_text(call, 0, "account_id");
    open_session(session, account_id.datum);
    load_all(session, nullptr);
    for (const core::Revenue& revenue : session.account.revenue) {
        RowValues row = {};
        row.add(TimestampTzGetDatum(revenue.occurred_at));
        row.add(text_datum(revenue.kind));
        row.add(numeric_datum(revenue.usd));
        row.add(text_datum(revenue.reference));
        row.add(Int64GetDatum(revenue.entry_no));
        put_row(call, row);
    }
    abandon_session(session);
    return 0;
}

// window_of gives the window of a length that contains a moment: a day ends at midnight, others are
// counted from the anchor.
Datum window_of(FunctionCallInfo call) {
    begin_rows(call);
    constexpr core::Cycle day{0, 1, 0};
    const TextArgument zone_name = read_required_text(call, 0, "time_zone");
    require_given(call, 1, "anchor");
    require_given(call, 2, "length");
    require_given(call, 3, "moment");
    const ZoneOf zone(find_zone(c_text(zone_name.view)));
    const core::Instant anchor = *read_instant(call, 1, "anchor");
    const core::Cycle cycle = *read_duration(call, 2, "length");
    const core::Instant moment = *read_instant(call, 3, "moment");
    const core::Period window = compute_or_raise([&] {
        return cycle == day
                   ? core::Period{core::day_start(zone, moment), core::day_end(zone, moment)}
                   : core::period_at(zone, anchor, cycle, moment);
    });
    RowValues row = {};
    row.add(TimestampTzGetDatum(window.start));
    row.add(TimestampTzGetDatum(window.end));
    put_row(call, row);
    return 0;
}

} // namespace credits::pg
