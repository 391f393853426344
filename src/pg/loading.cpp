// Facts, lots and open holds of one account, through SQL: only calls that find something due or run
// out of their current lot come here.
#include "pg/loading.hpp"

#include "pg/catalogue.hpp"
#include "pg/consents.hpp"
#include "pg/numeric.hpp"
#include "pg/rows.hpp"
#include "pg/statement.hpp"

extern "C" {
#include <utils/array.h>
}

namespace credits::pg {

namespace {

Datum numbers_array(const core::List<core::LotMove>* lots) {
    const auto count = lots == nullptr ? 0 : static_cast<int>(lots->size());
    auto* numbers =
        static_cast<Datum*>(palloc(sizeof(Datum) * static_cast<std::size_t>(count + 1)));
    for (int at = 0; at < count; ++at) {
        numbers[at] = Int64GetDatum((*lots)[static_cast<std::uint32_t>(at)].lot_no);
    }
    return PointerGetDatum(
        construct_array(numbers, count, INT8OID, sizeof(std::int64_t), true, TYPALIGN_DOUBLE));
}

const core::Hold* touched_hold(const Session& session, std::int64_t hold_no) {
    for (const HeldCall* held : session.held_calls) {
        if (held->hold.hold_no == hold_no) {
            return &held->hold;
        }
    }
    return nullptr;
}

core::Lot read_lot(const Rows& rows, std::uint64_t at, int unit_scale) {
    bool is_null = false;
    core::Lot lot;
    const auto value = [&](int number) {
        return column(rows, at, number, is_null);
    };
    const auto amount = [&](int number) {
        return stored_credits(value(number), unit_scale);
    };
    const auto optional_amount = [&](int number) {
        const Datum datum = value(number);
        return is_null ? std::nullopt : std::optional(stored_credits(datum, unit_scale));
    };
    lot.lot_no = DatumGetInt64(value(1));
    lot.source = text_view(value(2));
    lot.category = text_view(value(3));
    lot.amount = amount(4);
    lot.remaining = amount(5);
    lot.priority = DatumGetInt32(value(6));
    lot.state = lot_state_of(text_view(value(7)));
    lot.effective_at = DatumGetTimestampTz(value(8));
    const Datum expires_at = value(9);
    lot.expires_at = is_null ? core::never : DatumGetTimestampTz(expires_at);
    lot.rollover_min = optional_amount(10);
    lot.rollover_max = optional_amount(11);
    lot.created_at = DatumGetTimestampTz(value(12));
    const Datum price = value(13);
    lot.price_paid = is_null ? std::nullopt : std::optional(stored_decimal(price));
    const Datum paid_to = value(14);
    lot.paid_to = is_null ? core::never : DatumGetTimestampTz(paid_to);
    return lot;
}

// A plan that was configured since this call began may be the account's to come already.
const core::PlanTerms* known_plan(Session& session, std::string_view name) {
    const core::PlanTerms* plan = session.catalogue->find_plan(name);
    if (plan == nullptr) {
        refresh_catalogue();
        session.catalogue = &catalogue();
        plan = session.catalogue->find_plan(name);
    }
    return plan;
}

} // namespace

void raise_no_facts() {
    ereport(ERROR,
            (errcode(ERRCODE_DATA_CORRUPTED),
             errmsg("the account has a wallet but no facts"),
             errdetail("credits.account lacks its row"),
             errhint("restore the row from a backup")));
    pg_unreachable();
}

void load_facts(Session& session) {
    static Statement statement = {
        "SELECT time_zone, period_anchor, free_grants, pending_plan, anchor_given,"
        " has_consents FROM credits.account WHERE account_id OPERATOR(pg_catalog.=) $1",
        1,
        {TEXTOID},
        nullptr};
    Parameters parameters = {};
    parameters.add(session.account_id);
    const Rows rows = query(statement, parameters);
    if (rows.count != 1) {
        raise_no_facts();
    }
    bool is_null = false;
    core::Account& account = session.account;
    char* zone_name = text_to_cstring(DatumGetTextPP(column(rows, 0, 1, is_null)));
    session.zone.set(find_zone(zone_name));
    account.zone = &session.zone;
    account.period_anchor = DatumGetTimestampTz(column(rows, 0, 2, is_null));
    account.free_grants = DatumGetBool(column(rows, 0, 3, is_null));
    const Datum pending = column(rows, 0, 4, is_null);
    account.pending_plan = is_null ? nullptr : known_plan(session, text_view(pending));
    account.anchor_given = DatumGetBool(column(rows, 0, 5, is_null));
    if (DatumGetBool(column(rows, 0, 6, is_null))) {
        load_consents(session);
    }
}

void load_lots(Session& session, const core::List<core::LotMove>* extra_lots) {
    static Statement open_lots = {
        "SELECT lot_no, source, category, amount, remaining, priority, state, effective_at,"
        " expires_at, rollover_min, rollover_max, created_at, price_paid, paid_to FROM credits.lot"
        " WHERE account_id OPERATOR(pg_catalog.=) $1"
        " AND state OPERATOR(pg_catalog.=) ANY (ARRAY['scheduled', 'live'])",
        1,
        {TEXTOID},
        nullptr};
    static Statement more_lots = {
        "SELECT lot_no, source, category, amount, remaining, priority, state, effective_at,"
        " expires_at, rollover_min, rollover_max, created_at, price_paid, paid_to FROM credits.lot"
        " WHERE account_id OPERATOR(pg_catalog.=) $1 AND lot_no OPERATOR(pg_catalog.=) ANY ($2)"
        " AND state OPERATOR(pg_catalog.<>) ALL (ARRAY['scheduled', 'live'])",
        2,
        {TEXTOID, INT8ARRAYOID},
        nullptr};
    RaisingArena arena;
    core::Account& account = session.account;
    const int unit_scale = account.unit.scale;
    const auto add = [&](const Rows& rows) {
        for (std::uint64_t at = 0; at < rows.count; ++at) {
            core::Lot lot = read_lot(rows, at, unit_scale);
            const bool is_current = lot.lot_no == account.wallet.current_lot_no;
            if (is_current && lot.remaining != account.wallet.current_remaining) {
                lot.remaining = account.wallet.current_remaining;
                lot.changed = true;
            }
            account.lots.push_back(arena, lot);
        }
    };
    Parameters parameters = {};
    parameters.add(session.account_id);
    add(query(open_lots, parameters));
    if (extra_lots != nullptr && !extra_lots->empty()) {
        parameters.add(numbers_array(extra_lots));
        add(query(more_lots, parameters));
    }
}

void load_holds(Session& session) {
    static Statement statement = {
        "SELECT hold_no, amount, created_at, expires_at, charge_by, charge_factor, "
        "authorized_amount,"
        " cost, tokens, extended_at, provider, model, action, member_id, included, price_version"
        " FROM credits.hold WHERE account_id OPERATOR(pg_catalog.=) $1"
        " AND hold_no OPERATOR(pg_catalog.>=) $2 AND status OPERATOR(pg_catalog.=) 'pending'",
        2,
        {TEXTOID, INT8OID},
        nullptr};
    core::Account& account = session.account;
    if (account.wallet.first_open_hold > account.wallet.last_hold_no) {
        return;
    }
    Parameters parameters = {};
    parameters.add(session.account_id);
    parameters.add(Int64GetDatum(account.wallet.first_open_hold));
    const Rows rows = query(statement, parameters);
    RaisingArena arena;
    for (std::uint64_t at = 0; at < rows.count; ++at) {
        bool is_null = false;
        core::Hold hold;
        hold.hold_no = DatumGetInt64(column(rows, at, 1, is_null));
        hold.amount = stored_credits(column(rows, at, 2, is_null), account.unit.scale);
        hold.created_at = DatumGetTimestampTz(column(rows, at, 3, is_null));
        hold.expires_at = DatumGetTimestampTz(column(rows, at, 4, is_null));
        hold.terms.by = charge_by_of(text_view(column(rows, at, 5, is_null)));
        const Datum factor = column(rows, at, 6, is_null);
        hold.terms.factor = is_null ? hold.terms.factor : stored_decimal(factor);
        hold.authorized_amount = stored_credits(column(rows, at, 7, is_null), account.unit.scale);
        const Datum cost = column(rows, at, 8, is_null);
        hold.cost = is_null ? std::nullopt : std::optional(stored_decimal(cost));
        const Datum tokens = column(rows, at, 9, is_null);
        hold.tokens = is_null ? core::Decimal{} : stored_decimal(tokens);
        const Datum extended_at = column(rows, at, 10, is_null);
        hold.extended_at = is_null ? core::never : DatumGetTimestampTz(extended_at);
        const auto name = [&](int number) {
            const Datum text = column(rows, at, number, is_null);
            return is_null ? std::string_view{} : text_view(text);
        };
        hold.provider = name(11);
        hold.model = name(12);
        hold.action = name(13);
        hold.member_id = name(14);
        const Datum included = column(rows, at, 15, is_null);
        hold.included = units_of(included, is_null);
        const Datum version = column(rows, at, 16, is_null);
        hold.price_version = is_null ? 0 : DatumGetInt64(version);
        // What this session did to a hold is not in its row yet.
        const core::Hold* touched = touched_hold(session, hold.hold_no);
        hold = touched == nullptr ? hold : *touched;
        if (hold.status == core::HoldStatus::pending) {
            account.holds.push_back(arena, hold);
        }
    }
}

} // namespace credits::pg
