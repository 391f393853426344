// Steps of licences, as they are found.
#include "pg/licence_steps.hpp"

#include "pg/alerts.hpp"
#include "pg/boundary.hpp"
#include "pg/call_requests.hpp"
#include "pg/catalogue.hpp"
#include "pg/hold_rows.hpp"
#include "pg/json_text.hpp"
#include "pg/rules.hpp"
#include "pg/statement.hpp"

#include <algorithm>

namespace credits::pg {

namespace {

core::LicenceState state_at(Session& session, core::Instant moment) {
    const core::LicenceFailure failure = failure_of(session);
    return compute_or_raise(
        [&] { return core::licence_state(session.catalogue->policy().licence, failure, moment); });
}

const char* utc_text(core::Instant instant) {
    auto* text = static_cast<char*>(palloc(MAXDATELEN + 1));
    const int utc = 0;
    return JsonEncodeDateTime(text, TimestampTzGetDatum(instant), TIMESTAMPTZOID, &utc);
}

// note_given_back: the entry of a hold that the licence ended says what the call was.
void note_given_back(Session& session, std::uint32_t entry) {
    HeldCall* held = find_hold(session, session.account.entries[entry].hold_no);
    held->hold = placed_hold(session, *held);
    add_note(session, held_note(*held, entry));
}

std::int64_t note_holds_given_back(Session& session) {
    std::int64_t released = 0;
    for (std::uint32_t at = 0; at < session.account.entries.size(); ++at) {
        const core::Entry& entry = session.account.entries[at];
        if (entry.kind == core::EntryKind::release && !entry.is_call) {
            note_given_back(session, at);
            ++released;
        }
    }
    return released;
}

// The earliest failure that no payment up to then has cured.
core::Instant failure_after(const Session& session, core::Instant paid_at) {
    static Statement statement = {
        "SELECT pg_catalog.min(f.failed_at) FROM credits.payment_failure f"
        " WHERE f.account_id OPERATOR(pg_catalog.=) $1 AND f.failed_at OPERATOR(pg_catalog.>) $2",
        2,
        {TEXTOID, TIMESTAMPTZOID},
        nullptr};
    Parameters parameters = {};
    parameters.add(session.account_id);
    parameters.add(TimestampTzGetDatum(paid_at));
    const Rows rows = query(statement, parameters);
    bool is_null = false;
    const Datum failed_at = column(rows, 0, 1, is_null);
    return is_null ? core::never : DatumGetTimestampTz(failed_at);
}

} // namespace

bool remember_failure(Session& session, core::Instant failed_at) {
    static Statement statement = {
        "INSERT INTO credits.payment_failure (account_id, failed_at) VALUES ($1, $2)"
        " ON CONFLICT (account_id, failed_at) DO NOTHING",
        2,
        {TEXTOID, TIMESTAMPTZOID},
        nullptr};
    Parameters parameters = {};
    parameters.add(session.account_id);
    parameters.add(TimestampTzGetDatum(failed_at));
    execute(statement, parameters);
    core::Wallet& wallet = session.account.wallet;
    if (failed_at <= wallet.licence_paid_at || failed_at >= wallet.licence_failed_at) {
        return false;
    }
    wallet.licence_failed_at = failed_at;
    return true;
}

void restore_licence_at(Session& session, core::Instant paid_at) {
    core::Wallet& wallet = session.account.wallet;
    wallet.licence_paid_at = std::max(wallet.licence_paid_at, paid_at);
    if (wallet.licence_failed_at <= wallet.licence_paid_at) {
        wallet.licence_failed_at = failure_after(session, wallet.licence_paid_at);
        note_state(session, {}, 0);
    }
}

core::LicenceFailure failure_of(Session& session) {
    know_zone(session);
    const core::Instant failed_at = session.account.wallet.licence_failed_at;
    const auto given = failed_at == core::never ? std::nullopt : std::optional(failed_at);
    return {given, session.account.zone};
}

std::string_view state_of(Session& session) {
    return core::name_of(state_at(session, session.account.now));
}

void note_state(Session& session, const TextArgument& reason, std::int64_t released) {
    const std::string_view state = state_of(session);
    JsonObject detail;
    detail.add_text("state", state);
    if (session.account.wallet.licence_failed_at != core::never) {
        detail.add_text("failed_at", utc_text(session.account.wallet.licence_failed_at));
        detail.add_raw("holds_released", psprintf(INT64_FORMAT, released));
    }
    if (reason.given) {
        detail.add_text("reason", reason.view);
    }
    RaisingArena arena;
    session.alerts.push_back(arena, {"licence", state, {}, detail.json()});
}

void note_licence_steps(Session& session) {
    if (session.account.wallet.licence_failed_at == core::never) {
        return;
    }
    const std::int64_t released = note_holds_given_back(session);
    const bool is_other_state =
        state_at(session, session.wallet_before.clock) != state_at(session, session.account.now);
    if (released > 0 || is_other_state) {
        note_state(session, {}, released);
    }
}

} // namespace credits::pg
