// Rows of the hot tables: find by key, insert, update. Below SQL where nothing of the user's would
// notice the difference, through SQL everywhere else; callers cannot tell which.
#pragma once

#include "pg/tables.hpp"

#include <cstdint>

#include "pg/postgres.hpp"

namespace credits::pg {

// StoredRow holds values in the order of the table's shape, in the memory of its finder.
struct StoredRow {
    Datum values[column_count_max] = {};
    bool nulls[column_count_max] = {};
    ItemPointerData place = {}; // where it lies, for the update; only the heap path knows it
    TransactionId writer = InvalidTransactionId; // of the version found; where the heap path knows
    bool is_tentative = false;                   // found by if_contended, and not locked
};

// if_contended: the row stays unlocked where nobody else is at it; its update then says whether
// that has changed meanwhile.
enum class RowLock { none, no_key_update, if_contended };

// define_storage_settings registers pg_credits.storage.
void define_storage_settings();

// open_table opens one of the hot tables; where there is none, the error says to run migrate().
Relation open_table(Table table, LOCKMODE mode);

namespace heap {

inline constexpr int attribute_count_max = 64;

// KnownRelation is what is known of one relation: where its columns are (attribute number by
// column, column by attribute number), and whether it is plain enough.
struct KnownRelation {
    Oid relid = InvalidOid;
    Table table = Table::wallet;
    int attribute_count = 0;
    AttrNumber attributes[column_count_max] = {};
    bool usable = false;
    std::uint8_t columns[attribute_count_max + 1] = {};
};

// Target is a relation that rows of a table go to or come from, open and locked. A partition takes
// rows of the moments from lower up to upper.
struct Target {
    Relation relation = nullptr;
    KnownRelation known; // a copy: what the backend keeps may be forgotten meanwhile
    std::int64_t lower = 0;
    std::int64_t upper = 0;
};

} // namespace heap

// Work is one stretch of reading and writing: who called, and the tables opened so far. An error
// needs no close_work: the transaction's abort puts everything back.
struct Work {
    Oid caller = InvalidOid;
    Oid role = InvalidOid; // that the books note
    int caller_context = 0;
    bool for_writing = false;
    bool snapshot_is_old = false; // own writes came after it
    heap::Target targets[table_count] = {};
};

// open_work goes on as the owner of the tables, with a snapshot that sees all that was committed by
// now (of the whole transaction under REPEATABLE READ and SERIALIZABLE); a read keeps its
// statement's.
void open_work(Work& work, bool for_writing);
void close_work(Work& work);

// renew_snapshot: after waiting for a row lock, what its last holder committed must be seen; after
// own writes, these.
void renew_snapshot();

// find_row finds the row of a key; with a lock, its newest version, waiting where another
// transaction holds it. A lost race under REPEATABLE READ and SERIALIZABLE is 40001.
bool find_row(Work& work, Table table, const Datum* key, RowLock lock, StoredRow& row);
void insert_row(Work& work, Table table, StoredRow& row);

// update_row writes a row that find_row found, itself or its wallet locked. False, with nothing
// written, where a tentative one has been changed by another transaction since.
[[nodiscard]] bool update_row(Work& work, Table table, StoredRow& row);

enum class Search { found, missing, unknown };

// search_ledger looks for an entry, by account and number, in the partition of a moment and then in
// ever older ones, the way its account has taken. Unknown: it is to be looked for through SQL.
Search search_ledger(const Work& work, const Datum* key, TimestampTz latest, StoredRow& row);

// The two ways behind the functions above.
namespace heap {

// open_target is false, with nothing left open, where writing below SQL would behave differently.
bool open_target(Table table, const StoredRow& row, LOCKMODE mode, Target& target);
bool find_row(const Target& target, const Datum* key, RowLock lock, LOCKMODE mode, StoredRow& row);

// find_by_prefix finds a row by the first columns of its key, none of them locked.
bool find_by_prefix(const Target& target, const Datum* key, int key_size, StoredRow& row);
Search search_ledger(const Datum* key, TimestampTz latest, StoredRow& row);
void insert_row(const Target& target, StoredRow& row);
bool update_row(const Target& target, StoredRow& row);

} // namespace heap

namespace sql {
bool find_row(Table table, const Datum* key, RowLock lock, StoredRow& row);
void insert_row(Table table, StoredRow& row);
void update_row(Table table, StoredRow& row);
} // namespace sql

} // namespace credits::pg
