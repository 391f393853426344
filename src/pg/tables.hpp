// The tables that calls read and write row by row, and their columns in the order the code uses.
// The order in a database may differ (columns are found by name).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace credits::pg {

enum class Table { wallet, hold, ledger, idempotency_key, member, counter };

inline constexpr std::size_t table_count = 6;

namespace wallet_column {
enum : int {
    account_id,
    plan,
    status,
    period_start,
    period_end,
    day_end,
    plan_granted,
    once_granted,
    day_granted,
    granted,
    last_lot_no,
    current_lot_no,
    first_open_hold,
    next_event_at,
    residue,
    held,
    last_hold_no,
    current_remaining,
    balance,
    last_entry_no,
    clock,
    level,
    licence_failed_at,
    licence_paid_at,
    paid_until,
    caps,
    period_revenue,
    period_covered,
    period_overage,
    held_cost,
    period_requests,
    period_tokens,
    period_cost,
    counters,
    time_zone,
    count
};
}

namespace hold_column {
enum : int {
    account_id,
    hold_no,
    amount,
    created_at,
    expires_at,
    cost,
    action,
    provider,
    model,
    usage,
    member_id,
    plan,
    charge_by,
    charge_factor,
    balance,
    held,
    authorized_amount,
    role_name,
    metadata,
    status,
    ended_at,
    entry_no,
    settle_fingerprint,
    price_version,
    level,
    requested_model,
    tokens,
    extended_at,
    included,
    count
};
}

namespace ledger_column {
enum : int {
    account_id,
    entry_no,
    created_at,
    lot_no,
    effective_at,
    hold_no,
    refers_to,
    kind,
    amount,
    balance,
    held,
    lots,
    cost,
    computed_usd,
    residue,
    action,
    provider,
    model,
    usage,
    member_id,
    plan,
    charge_by,
    charge_factor,
    reason,
    role_name,
    metadata,
    level,
    overage,
    included,
    count
};
}

namespace key_column {
enum : int { account_id, key, fingerprint, result_no, created_at, count };
}

namespace member_column {
enum : int { account_id, member_id, team, quota, counters, count };
}

namespace counter_column {
enum : int { account_id, scope, name, counters, count };
}

inline constexpr std::array wallet_columns{"account_id",
                                           "plan",
                                           "status",
                                           "period_start",
                                           "period_end",
                                           "day_end",
                                           "plan_granted",
                                           "once_granted",
                                           "day_granted",
                                           "granted",
                                           "last_lot_no",
                                           "current_lot_no",
                                           "first_open_hold",
                                           "next_event_at",
                                           "residue",
                                           "held",
                                           "last_hold_no",
                                           "current_remaining",
                                           "balance",
                                           "last_entry_no",
                                           "clock",
                                           "level",
                                           "licence_failed_at",
                                           "licence_paid_at",
                                           "paid_until",
                                           "caps",
                                           "period_revenue",
                                           "period_covered",
                                           "period_overage",
                                           "held_cost",
                                           "period_requests",
                                           "period_tokens",
                                           "period_cost",
                                           "counters",
                                           "time_zone"};

inline constexpr std::array hold_columns{"account_id",
                                         "hold_no",
                                         "amount",
                                         "created_at",
                                         "expires_at",
                                         "cost",
                                         "action",
                                         "provider",
                                         "model",
                                         "usage",
                                         "member_id",
                                         "plan",
                                         "charge_by",
                                         "charge_factor",
                                         "balance",
                                         "held",
                                         "authorized_amount",
                                         "role_name",
                                         "metadata",
                                         "status",
                                         "ended_at",
                                         "entry_no",
                                         "settle_fingerprint",
                                         "price_version",
                                         "level",
                                         "requested_model",
                                         "tokens",
                                         "extended_at",
                                         "included"};

inline constexpr std::array ledger_columns{
    "account_id", "entry_no",     "created_at", "lot_no",    "effective_at",  "hold_no",
    "refers_to",  "kind",         "amount",     "balance",   "held",          "lots",
    "cost",       "computed_usd", "residue",    "action",    "provider",      "model",
    "usage",      "member_id",    "plan",       "charge_by", "charge_factor", "reason",
    "role_name",  "metadata",     "level",      "overage",   "included"};

inline constexpr std::array key_columns{
    "account_id", "key", "fingerprint", "result_no", "created_at"};

inline constexpr std::array member_columns{"account_id", "member_id", "team", "quota", "counters"};

inline constexpr std::array counter_columns{"account_id", "scope", "name", "counters"};

static_assert(wallet_columns.size() == wallet_column::count);
static_assert(hold_columns.size() == hold_column::count);
static_assert(ledger_columns.size() == ledger_column::count);
static_assert(key_columns.size() == key_column::count);
static_assert(member_columns.size() == member_column::count);
static_assert(counter_columns.size() == counter_column::count);

// TableShape: the first key_size columns are the key that rows are found by.
struct TableShape {
    const char* name;
    std::span<const char* const> columns;
    int key_size;
};

inline constexpr std::array<TableShape, table_count> table_shapes{
    TableShape{"wallet", wallet_columns, 1},
    TableShape{"hold", hold_columns, 2},
    TableShape{"ledger", ledger_columns, 3},
    TableShape{"idempotency_key", key_columns, 2},
    TableShape{"member", member_columns, 2},
    TableShape{"counter", counter_columns, 3}};

inline constexpr int column_count_max =
    std::max<int>({wallet_column::count, hold_column::count, ledger_column::count});

constexpr const TableShape& shape_of(Table table) {
    return table_shapes[static_cast<std::size_t>(table)];
}

} // namespace credits::pg
