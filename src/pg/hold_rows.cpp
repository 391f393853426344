// The row of a hold: what an authorization leaves for its settle, and what settle reads out of it.
#include "pg/hold_rows.hpp"

#include "pg/numeric.hpp"
#include "pg/price_rows.hpp"
#include "pg/results.hpp"
#include "pg/rows.hpp"

namespace credits::pg {

namespace {

DecisionValues decided(const StoredRow& row, int unit_scale) {
    namespace columns = hold_column;
    DecisionValues said = {};
    said.hold_no = DatumGetInt64(row.values[columns::hold_no]);
    said.amount = stored_credits(row.values[columns::authorized_amount], unit_scale);
    if (!row.nulls[columns::cost]) {
        said.cost = stored_decimal(row.values[columns::cost]);
    }
    said.balance = stored_credits(row.values[columns::balance], unit_scale);
    said.held = stored_credits(row.values[columns::held], unit_scale);
    said.model = text_of(row.values[columns::model], row.nulls[columns::model]);
    said.level = text_of(row.values[columns::level], row.nulls[columns::level]).view;
    return said;
}

// How a hold ended; null while it is open. That it has timed out may not be written yet.
const char* end_of(const core::Hold& hold, core::Instant now) {
    switch (hold.status) {
    case core::HoldStatus::settled:
        return "hold_settled";
    case core::HoldStatus::released:
        return "hold_released";
    case core::HoldStatus::expired:
        return "hold_expired";
    case core::HoldStatus::pending:
        break;
    }
    return hold.expires_at <= now ? "hold_expired" : nullptr;
}

} // namespace

Datum held_decision(const StoredRow& row, Datum warnings, int unit_scale) {
    DecisionValues said = decided(row, unit_scale);
    said.warnings = warnings;
    return decision(said, unit_scale);
}

Datum replayed_decision(const HeldCall& held, core::Instant now, int unit_scale) {
    DecisionValues said = decided(held.row, unit_scale);
    said.replayed = true;
    if (const char* end = end_of(held.hold, now)) {
        said.warnings = DirectFunctionCall1(jsonb_in, CStringGetDatum(psprintf("[\"%s\"]", end)));
    }
    return decision(said, unit_scale);
}

void fill_hold_row(const Session& session,
                   const CallArguments& arguments,
                   const core::Hold& hold,
                   const core::Verdict& verdict,
                   StoredRow& row) {
    namespace columns = hold_column;
    const int unit_scale = session.account.unit.scale;
    const auto text = [&](int column, const TextArgument& value) {
        set_optional(row, column, value.given, value.datum);
    };
    set(row, columns::account_id, session.account_id);
    set(row, columns::hold_no, Int64GetDatum(hold.hold_no));
    set(row, columns::created_at, TimestampTzGetDatum(hold.created_at));
    set_optional(row,
                 columns::cost,
                 verdict.cost.has_value(),
                 verdict.cost ? numeric_datum(*verdict.cost) : 0);
    text(columns::action, arguments.action);
    text(columns::provider, arguments.provider);
    text(columns::model, arguments.model);
    text(columns::member_id, arguments.member_id);
    set_optional(row, columns::usage, arguments.usage.given, JsonbPGetDatum(arguments.usage.value));
    const bool noted = arguments.metadata.given && !is_empty_object(arguments.metadata);
    set_optional(row, columns::metadata, noted, JsonbPGetDatum(arguments.metadata.value));
    const std::string_view plan = session.account.plan->name;
    set_optional(row, columns::plan, !plan.empty(), plan.empty() ? 0 : text_datum(plan));
    set(row, columns::charge_by, CStringGetTextDatum(name_of(hold.terms.by)));
    set(row, columns::charge_factor, numeric_datum(hold.terms.factor));
    set(row, columns::balance, numeric_datum(session.account.wallet.balance, unit_scale));
    set(row, columns::held, numeric_datum(session.account.wallet.held, unit_scale));
    set(row, columns::authorized_amount, numeric_datum(hold.amount, unit_scale));
    set(row, columns::role_name, CStringGetTextDatum(GetUserNameFromId(session.work->role, false)));
    set_null(row, columns::settle_fingerprint);
    set(row, columns::price_version, Int64GetDatum(session.catalogue->prices().version()));
    set_optional(row,
                 columns::tokens,
                 !hold.tokens.is_zero(),
                 hold.tokens.is_zero() ? 0 : numeric_datum(hold.tokens));
    set_null(row, columns::requested_model);
    set_optional(row,
                 columns::included,
                 !hold.included.empty(),
                 hold.included.empty() ? 0 : units_json(hold.included));
    const std::string_view level = session.account.wallet.level;
    set_optional(row, columns::level, !level.empty(), level.empty() ? 0 : text_datum(level));
    update_hold_row(hold, unit_scale, row);
}

void note_substitution(const core::CallRequest& call, StoredRow& row) {
    if (!call.requested_model.empty()) {
        set(row, hold_column::model, text_datum(call.model));
        set(row, hold_column::requested_model, text_datum(call.requested_model));
    }
}

// names_of is what rules know the call of a hold by.
CallNames names_of(const HeldCall& held) {
    namespace columns = hold_column;
    const auto text = [&](int column) {
        return text_of(held.row.values[column], held.row.nulls[column]);
    };
    return {text(columns::action),
            text(columns::provider),
            text(columns::model),
            text(columns::member_id),
            {},
            held.hold.price_version};
}

// What settle charges by: the terms and names of the authorization, at its time.
core::SettleRequest
settle_request(Session& session, const HeldCall& held, const CallArguments& arguments) {
    namespace columns = hold_column;
    const auto text = [&](int column) {
        return held.row.nulls[column] ? std::string_view{} : text_view(held.row.values[column]);
    };
    core::SettleRequest request;
    request.amount = arguments.amount;
    request.call.action = text(columns::action);
    request.call.action_terms = session.catalogue->find_action(request.call.action);
    request.call.provider = text(columns::provider);
    request.call.model = text(columns::model);
    request.call.usage = read_usage(arguments.usage);
    request.call.rules = gather_rules(session, names_of(held));
    request.call.priced_at.moment = held.hold.created_at;
    if (held.hold.price_version != 0) {
        request.call.priced_at.version = held.hold.price_version;
    }
    know_prices_of(session.catalogue->prices(), request.call);
    return request;
}

EntryNote held_note(const HeldCall& held, std::uint32_t entry) {
    namespace columns = hold_column;
    const auto text = [&](int column) {
        return text_of(held.row.values[column], held.row.nulls[column]);
    };
    EntryNote note = {};
    note.entry = entry;
    note.action = text(columns::action);
    note.provider = text(columns::provider);
    note.model = text(columns::model);
    note.member_id = text(columns::member_id);
    if (!held.row.nulls[columns::metadata]) {
        note.metadata = {DatumGetJsonbP(held.row.values[columns::metadata]), true};
    }
    return note;
}

} // namespace credits::pg
