// Columns one by one. Absent values are null in the tables: most entries are short.
#include "pg/rows.hpp"

#include "pg/json_text.hpp"
#include "pg/numeric.hpp"

#include <array>

namespace credits::pg {

namespace {

constexpr std::array status_names{"open", "frozen", "closed"};
constexpr std::array lot_state_names{"scheduled", "live", "used", "expired", "void"};
constexpr std::array hold_status_names{"pending", "settled", "released", "expired"};
constexpr std::array entry_kind_names{"grant",
                                      "deduct",
                                      "settle",
                                      "release",
                                      "refund",
                                      "expire",
                                      "void",
                                      "clawback",
                                      "renew",
                                      "adjust",
                                      "cost"};
constexpr std::array charge_by_names{"cost", "tokens", "action", "fixed", "postpaid"};

template <class Enum, std::size_t Count>
Enum enum_of(const std::array<const char*, Count>& names, std::string_view name) {
    for (std::size_t at = 0; at < Count; ++at) {
        if (name == names[at]) {
            return static_cast<Enum>(at);
        }
    }
    ereport(ERROR,
            (errcode(ERRCODE_DATA_CORRUPTED),
             errmsg("a table of schema credits holds an unknown word"),
             errdetail("\"%.*s\"", static_cast<int>(name.size()), name.data()),
             errhint("SELECT * FROM credits.verify() names the account")));
    pg_unreachable();
}

template <class Enum, std::size_t Count>
const char* name_in(const std::array<const char*, Count>& names, Enum value) {
    // cppcheck-suppress CastIntegerToAddressAtReturn; it takes the array's element for its index
    return names[static_cast<std::size_t>(value)];
}

core::Instant instant_or(const StoredRow& row, int column, core::Instant otherwise) {
    return row.nulls[column] ? otherwise : DatumGetTimestampTz(row.values[column]);
}

Datum lots_json(const core::Entry& entry, int unit_scale) {
    StringInfoData text;
    initStringInfo(&text);
    for (const core::LotMove& move : entry.moves) {
        appendStringInfo(&text,
                         "%s[" INT64_FORMAT ", %s]",
                         text.len == 0 ? "" : ", ",
                         move.lot_no,
                         credits_text(move.amount, unit_scale));
    }
    char* whole = psprintf("[%s]", text.data);
    return DirectFunctionCall1(jsonb_in, CStringGetDatum(whole));
}

void set_lots(StoredRow& row, const core::Entry& entry, int unit_scale) {
    set_null(row, ledger_column::lot_no);
    set_null(row, ledger_column::lots);
    if (entry.moves.size() == 1 && entry.moves[0].amount == entry.amount) {
        set(row, ledger_column::lot_no, Int64GetDatum(entry.moves[0].lot_no));
    } else if (!entry.moves.empty()) {
        set(row, ledger_column::lots, lots_json(entry, unit_scale));
    }
}

void set_text(StoredRow& row, int column, const TextArgument& text) {
    set_optional(row, column, text.given && !text.view.empty(), text.datum);
}

void set_json(StoredRow& row, int column, const JsonArgument& json) {
    set_optional(row, column, json.given && !is_empty_object(json), JsonbPGetDatum(json.value));
}

void set_note(StoredRow& row, const EntryNote* note) {
    constexpr EntryNote nothing = {};
    const EntryNote& said = note == nullptr ? nothing : *note;
    set_text(row, ledger_column::action, said.action);
    set_text(row, ledger_column::provider, said.provider);
    set_text(row, ledger_column::model, said.model);
    set_text(row, ledger_column::member_id, said.member_id);
    set_json(row, ledger_column::usage, said.usage);
    set_json(row, ledger_column::metadata, said.metadata);
}

} // namespace

Datum units_json(const core::List<core::UsageItem>& units) {
    JsonObject json;
    for (const core::UsageItem& unit : units) {
        json.add_raw(unit.metric, decimal_text(unit.quantity));
    }
    return json.json();
}

core::List<core::UsageItem> units_of(Datum json, bool is_null) {
    core::List<core::UsageItem> units;
    if (!is_null) {
        RaisingArena arena;
        for (const core::UsageItem& unit : read_usage({DatumGetJsonbP(json), true})) {
            units.push_back(arena, unit);
        }
    }
    return units;
}

const char* name_of(core::AccountStatus status) {
    return name_in(status_names, status);
}

const char* name_of(core::LotState state) {
    return name_in(lot_state_names, state);
}

const char* name_of(core::HoldStatus status) {
    return name_in(hold_status_names, status);
}

const char* name_of(core::EntryKind kind) {
    return name_in(entry_kind_names, kind);
}

const char* name_of(core::ChargeBy by) {
    return name_in(charge_by_names, by);
}

core::LotState lot_state_of(std::string_view name) {
    return enum_of<core::LotState>(lot_state_names, name);
}

core::EntryKind entry_kind_of(std::string_view name) {
    return enum_of<core::EntryKind>(entry_kind_names, name);
}

core::ChargeBy charge_by_of(std::string_view name) {
    return enum_of<core::ChargeBy>(charge_by_names, name);
}

std::string_view text_view(Datum datum) {
    return text_of(datum, false).view;
}

Datum text_datum(std::string_view text) {
    return PointerGetDatum(cstring_to_text_with_len(text.data(), static_cast<int>(text.size())));
}

const char* c_text(std::string_view text) {
    return pnstrdup(text.data(), text.size());
}

void read_wallet(const StoredRow& row, int unit_scale, core::Wallet& wallet) {
    const auto amount = [&](int column) {
        return stored_credits(row.values[column], unit_scale);
    };
    const auto number = [&](int column) {
        return DatumGetInt64(row.values[column]);
    };
    namespace columns = wallet_column;
    wallet.status =
        enum_of<core::AccountStatus>(status_names, text_view(row.values[columns::status]));
    wallet.period_start = DatumGetTimestampTz(row.values[columns::period_start]);
    wallet.period_end = DatumGetTimestampTz(row.values[columns::period_end]);
    wallet.day_end = instant_or(row, columns::day_end, core::never);
    wallet.plan_granted = amount(columns::plan_granted);
    wallet.once_granted = amount(columns::once_granted);
    wallet.day_granted = amount(columns::day_granted);
    wallet.granted = amount(columns::granted);
    wallet.last_lot_no = number(columns::last_lot_no);
    wallet.current_lot_no =
        row.nulls[columns::current_lot_no] ? 0 : number(columns::current_lot_no);
    wallet.first_open_hold = number(columns::first_open_hold);
    wallet.next_event_at = DatumGetTimestampTz(row.values[columns::next_event_at]);
    wallet.residue_usd = stored_decimal(row.values[columns::residue]);
    wallet.held = amount(columns::held);
    wallet.last_hold_no = number(columns::last_hold_no);
    wallet.current_remaining = amount(columns::current_remaining);
    wallet.balance = amount(columns::balance);
    wallet.last_entry_no = number(columns::last_entry_no);
    wallet.clock = DatumGetTimestampTz(row.values[columns::clock]);
    wallet.level = text_of(row.values[columns::level], row.nulls[columns::level]).view;
    wallet.licence_failed_at = instant_or(row, columns::licence_failed_at, core::never);
    wallet.licence_paid_at = instant_or(row, columns::licence_paid_at, core::always);
    wallet.paid_until = instant_or(row, columns::paid_until, core::always);
    wallet.period_revenue = stored_decimal(row.values[columns::period_revenue]);
    wallet.period_covered = stored_decimal(row.values[columns::period_covered]);
    wallet.period_overage = stored_decimal(row.values[columns::period_overage]);
    wallet.held_cost = stored_decimal(row.values[columns::held_cost]);
    wallet.period_requests = number(columns::period_requests);
    wallet.period_tokens = stored_decimal(row.values[columns::period_tokens]);
    wallet.period_cost = stored_decimal(row.values[columns::period_cost]);
}

void write_wallet(const core::Wallet& wallet,
                  const core::Wallet* before,
                  int unit_scale,
                  StoredRow& row) {
    // Texts and numerics cost more to make than to compare.
    const auto amount = [&](int column, core::Credits core::Wallet::*member) {
        if (before == nullptr || wallet.*member != before->*member) {
            set(row, column, numeric_datum(wallet.*member, unit_scale));
        }
    };
    const auto decimal = [&](int column, core::Decimal core::Wallet::*member) {
        if (before == nullptr || wallet.*member != before->*member) {
            set(row, column, numeric_datum(wallet.*member));
        }
    };
    const auto number = [&](int column, std::int64_t value) {
        set(row, column, Int64GetDatum(value));
    };
    namespace columns = wallet_column;
    if (before == nullptr || wallet.status != before->status) {
        set(row, columns::status, CStringGetTextDatum(name_of(wallet.status)));
    }
    number(columns::period_start, wallet.period_start);
    number(columns::period_end, wallet.period_end);
    set_optional(
        row, columns::day_end, wallet.day_end != core::never, TimestampTzGetDatum(wallet.day_end));
    amount(columns::plan_granted, &core::Wallet::plan_granted);
    amount(columns::once_granted, &core::Wallet::once_granted);
    amount(columns::day_granted, &core::Wallet::day_granted);
    amount(columns::granted, &core::Wallet::granted);
    number(columns::last_lot_no, wallet.last_lot_no);
    set_optional(row,
                 columns::current_lot_no,
                 wallet.current_lot_no != 0,
                 Int64GetDatum(wallet.current_lot_no));
    number(columns::first_open_hold, wallet.first_open_hold);
    number(columns::next_event_at, wallet.next_event_at);
    decimal(columns::residue, &core::Wallet::residue_usd);
    amount(columns::held, &core::Wallet::held);
    number(columns::last_hold_no, wallet.last_hold_no);
    amount(columns::current_remaining, &core::Wallet::current_remaining);
    amount(columns::balance, &core::Wallet::balance);
    number(columns::last_entry_no, wallet.last_entry_no);
    number(columns::clock, wallet.clock);
    if (before == nullptr || wallet.level != before->level) {
        const bool is_normal = wallet.level.empty();
        set_optional(row, columns::level, !is_normal, is_normal ? 0 : text_datum(wallet.level));
    }
    set_optional(row,
                 columns::licence_failed_at,
                 wallet.licence_failed_at != core::never,
                 TimestampTzGetDatum(wallet.licence_failed_at));
    set_optional(row,
                 columns::licence_paid_at,
                 wallet.licence_paid_at != core::always,
                 TimestampTzGetDatum(wallet.licence_paid_at));
    set_optional(row,
                 columns::paid_until,
                 wallet.paid_until != core::always,
                 TimestampTzGetDatum(wallet.paid_until));
    decimal(columns::period_revenue, &core::Wallet::period_revenue);
    decimal(columns::period_covered, &core::Wallet::period_covered);
    decimal(columns::period_overage, &core::Wallet::period_overage);
    decimal(columns::held_cost, &core::Wallet::held_cost);
    number(columns::period_requests, wallet.period_requests);
    decimal(columns::period_tokens, &core::Wallet::period_tokens);
    decimal(columns::period_cost, &core::Wallet::period_cost);
}

void read_hold(const StoredRow& row, int unit_scale, core::Hold& hold) {
    namespace columns = hold_column;
    hold.hold_no = DatumGetInt64(row.values[columns::hold_no]);
    hold.amount = stored_credits(row.values[columns::amount], unit_scale);
    hold.created_at = DatumGetTimestampTz(row.values[columns::created_at]);
    hold.expires_at = DatumGetTimestampTz(row.values[columns::expires_at]);
    hold.status =
        enum_of<core::HoldStatus>(hold_status_names, text_view(row.values[columns::status]));
    hold.ended_at = instant_or(row, columns::ended_at, 0);
    hold.entry_no = row.nulls[columns::entry_no] ? 0 : DatumGetInt64(row.values[columns::entry_no]);
    hold.terms.by = charge_by_of(text_view(row.values[columns::charge_by]));
    if (!row.nulls[columns::charge_factor]) {
        hold.terms.factor = stored_decimal(row.values[columns::charge_factor]);
    }
    hold.authorized_amount = stored_credits(row.values[columns::authorized_amount], unit_scale);
    if (!row.nulls[columns::cost]) {
        hold.cost = stored_decimal(row.values[columns::cost]);
    }
    if (!row.nulls[columns::tokens]) {
        hold.tokens = stored_decimal(row.values[columns::tokens]);
    }
    hold.extended_at = instant_or(row, columns::extended_at, core::never);
    const auto name = [&](int column) {
        return text_of(row.values[column], row.nulls[column]).view;
    };
    hold.provider = name(columns::provider);
    hold.model = name(columns::model);
    hold.action = name(columns::action);
    hold.member_id = name(columns::member_id);
    hold.price_version =
        row.nulls[columns::price_version] ? 0 : DatumGetInt64(row.values[columns::price_version]);
    hold.included = units_of(row.values[columns::included], row.nulls[columns::included]);
}

void update_hold_row(const core::Hold& hold, int unit_scale, StoredRow& row) {
    namespace columns = hold_column;
    set(row, columns::amount, numeric_datum(hold.amount, unit_scale));
    set(row, columns::expires_at, TimestampTzGetDatum(hold.expires_at));
    set(row, columns::status, CStringGetTextDatum(name_of(hold.status)));
    set_optional(row, columns::ended_at, hold.ended_at != 0, TimestampTzGetDatum(hold.ended_at));
    set_optional(row, columns::entry_no, hold.entry_no != 0, Int64GetDatum(hold.entry_no));
    set_optional(row,
                 columns::extended_at,
                 hold.extended_at != core::never,
                 TimestampTzGetDatum(hold.extended_at));
}

void ledger_row(const Session& session,
                const core::Entry& entry,
                const EntryNote* note,
                Datum role_name,
                StoredRow& row) {
    namespace columns = ledger_column;
    const int unit_scale = session.account.unit.scale;
    const core::Instant now = session.account.now;
    const core::Instant effective_at =
        note != nullptr && note->effective_at ? *note->effective_at : entry.effective_at;
    set(row, columns::account_id, session.account_id);
    set(row, columns::entry_no, Int64GetDatum(entry.entry_no));
    set(row, columns::created_at, TimestampTzGetDatum(now));
    set_optional(
        row, columns::effective_at, effective_at != now, TimestampTzGetDatum(effective_at));
    set_optional(row, columns::hold_no, entry.hold_no != 0, Int64GetDatum(entry.hold_no));
    set_optional(row, columns::refers_to, entry.refers_to != 0, Int64GetDatum(entry.refers_to));
    set(row, columns::kind, CStringGetTextDatum(name_of(entry.kind)));
    set(row, columns::amount, numeric_datum(entry.amount, unit_scale));
    set(row, columns::balance, numeric_datum(entry.balance, unit_scale));
    set_optional(row,
                 columns::held,
                 !entry.held.is_zero(),
                 entry.held.is_zero() ? 0 : numeric_datum(entry.held, unit_scale));
    set_lots(row, entry, unit_scale);
    const auto decimal = [&](int column, const std::optional<core::Decimal>& value) {
        set_optional(row, column, value.has_value(), value ? numeric_datum(*value) : 0);
    };
    decimal(columns::cost, entry.cost);
    decimal(columns::computed_usd, entry.computed_usd);
    decimal(columns::residue, entry.residue_usd);
    set_note(row, note);
    set_optional(
        row, columns::plan, !entry.plan.empty(), entry.plan.empty() ? 0 : text_datum(entry.plan));
    const bool has_terms = entry.terms.has_value();
    set_optional(row,
                 columns::charge_by,
                 has_terms,
                 has_terms ? CStringGetTextDatum(name_of(entry.terms->by)) : 0);
    set_optional(
        row, columns::charge_factor, has_terms, has_terms ? numeric_datum(entry.terms->factor) : 0);
    set_optional(row,
                 columns::reason,
                 !entry.reason.empty(),
                 entry.reason.empty() ? 0 : text_datum(entry.reason));
    set(row, columns::role_name, role_name);
    const std::string_view level = session.account.wallet.level;
    set_optional(row, columns::level, !level.empty(), level.empty() ? 0 : text_datum(level));
    set_optional(row,
                 columns::overage,
                 !entry.overage.is_zero(),
                 entry.overage.is_zero() ? 0 : numeric_datum(entry.overage));
    set_optional(row,
                 columns::included,
                 !entry.included.empty(),
                 entry.included.empty() ? 0 : units_json(entry.included));
}

} // namespace credits::pg
