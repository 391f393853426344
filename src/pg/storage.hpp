// Rows of the hot tables: find by key, insert, update. Below SQL where nothing of the user's would
// notice the difference, through SQL everywhere else; callers cannot tell which.
#pragma once

#include "pg/tables.hpp"

#include "pg/postgres.hpp"

namespace credits::pg {

// StoredRow holds values in the order of the table's shape, in the memory of its finder.
struct StoredRow {
    Datum values[column_count_max];
    bool nulls[column_count_max];
    ItemPointerData place; // where it lies, for the update; only the heap path knows it
};

enum class RowLock { none, no_key_update };

// define_storage_settings registers pg_credits.storage.
void define_storage_settings();

// open_table opens one of the hot tables; where there is none, the error says to run migrate().
Relation open_table(Table table, LOCKMODE mode);

// Work is what open_work changes and close_work puts back. An error needs no close: the transaction's
// abort restores both.
struct Work {
    Oid caller;
    int caller_context;
};

// open_work goes on as the owner of the tables, with a snapshot that sees all that was committed by
// now (of the whole transaction under REPEATABLE READ and SERIALIZABLE); a read keeps its statement's.
Work open_work(bool for_writing);
void close_work(const Work& work);

// renew_snapshot: after waiting for a row lock, what its last holder committed must be seen.
void renew_snapshot();

// find_row finds the row of a key; with a lock, its newest version, waiting where another
// transaction holds it. A lost race under REPEATABLE READ and SERIALIZABLE is 40001.
bool find_row(Table table, const Datum* key, RowLock lock, StoredRow& row);
void insert_row(Table table, StoredRow& row);

// update_row writes a row that find_row locked.
void update_row(Table table, StoredRow& row);

// The two ways behind the functions above.
namespace heap {
bool can_use(Table table);
bool can_insert(Table table, const StoredRow& row);
bool find_row(Table table, const Datum* key, RowLock lock, StoredRow& row);
void insert_row(Table table, StoredRow& row);
void update_row(Table table, StoredRow& row);
} // namespace heap

namespace sql {
bool find_row(Table table, const Datum* key, RowLock lock, StoredRow& row);
void insert_row(Table table, StoredRow& row);
void update_row(Table table, StoredRow& row);
} // namespace sql

} // namespace credits::pg
