// Stored rows as the pure ring's values and back.
#pragma once

#include "pg/session.hpp"

namespace credits::pg {

void read_wallet(const StoredRow& row, int unit_scale, core::Wallet& wallet);

// write_wallet fills the columns that differ from before; all where there was no row yet.
void write_wallet(const core::Wallet& wallet,
                  const core::Wallet* before,
                  int unit_scale,
                  StoredRow& row);

void read_hold(const StoredRow& row, int unit_scale, core::Hold& hold);

// update_hold_row puts what changes in a hold's life into its row.
void update_hold_row(const core::Hold& hold, int unit_scale, StoredRow& row);

// ledger_row makes the row of an entry; note is null for entries that were due.
void ledger_row(const Session& session,
                const core::Entry& entry,
                const EntryNote* note,
                Datum role_name,
                StoredRow& row);

// units_json is quantities by metric as jsonb; units_of reads them.
Datum units_json(const core::List<core::UsageItem>& units);
core::List<core::UsageItem> units_of(Datum json, bool is_null);

const char* name_of(core::AccountStatus status);
const char* name_of(core::LotState state);
const char* name_of(core::HoldStatus status);
const char* name_of(core::EntryKind kind);
const char* name_of(core::ChargeBy by);
core::LotState lot_state_of(std::string_view name);
core::EntryKind entry_kind_of(std::string_view name);
core::ChargeBy charge_by_of(std::string_view name);

std::string_view text_view(Datum text);
Datum text_datum(std::string_view text);

// c_text ends a text with a null byte, for the server's own functions.
const char* c_text(std::string_view text);

// set and set_null fill a column of a row.
inline void set(StoredRow& row, int column, Datum value) {
    row.values[column] = value;
    row.nulls[column] = false;
}

inline void set_null(StoredRow& row, int column) {
    row.values[column] = 0;
    row.nulls[column] = true;
}

inline void set_optional(StoredRow& row, int column, bool given, Datum value) {
    if (given) {
        set(row, column, value);
    } else {
        set_null(row, column);
    }
}

} // namespace credits::pg
