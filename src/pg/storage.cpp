// Which way a row goes: below SQL or through it; and as whom, with which snapshot.
#include "pg/storage.hpp"

#include "pg/acting_role.hpp"

#include "pg/relation_changes.hpp"
#include "pg/wallet_trigger.hpp"

namespace credits::pg {

namespace {

enum StorageSetting { storage_auto, storage_sql };

int storage_setting = storage_auto;

// target_of gives the open relation for a row of a table; null where SQL has to do it.
const heap::Target* target_of(Work& work, Table table, const StoredRow& row) {
    if (storage_setting != storage_auto) {
        return nullptr;
    }
    heap::Target& target = work.targets[static_cast<std::size_t>(table)];
    if (target.relation != nullptr && table == Table::ledger) {
        const TimestampTz moment = DatumGetTimestampTz(row.values[ledger_column::created_at]);
        if (moment < target.lower || moment >= target.upper) {
            table_close(target.relation, NoLock);
            target.relation = nullptr;
        }
    }
    const LOCKMODE mode = work.for_writing ? RowExclusiveLock : AccessShareLock;
    if (target.relation == nullptr && !heap::open_target(table, row, mode, target)) {
        return nullptr;
    }
    return &target;
}

// The tables' ids, until one of them changes.
Oid known_tables[table_count];
bool is_watching = false;

void on_relation_change(Oid relid) {
    for (Oid& known : known_tables) {
        if (relid == InvalidOid || relid == known) {
            known = InvalidOid;
        }
    }
}

[[noreturn]] void raise_not_migrated() {
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
             errmsg("the tables of pg_credits do not exist in this database yet"),
             errdetail("schema credits has no table \"wallet\""),
             errhint("run SELECT credits.migrate();")));
    pg_unreachable();
}

} // namespace

void define_storage_settings() {
    static const struct config_enum_entry options[] = {
        {"auto", storage_auto, false}, {"sql", storage_sql, false}, {nullptr, 0, false}};
    DefineCustomEnumVariable("pg_credits.storage",
                             "Selects how the hot tables are read and written.",
                             "auto: below SQL where nothing can tell the difference; sql: always "
                             "through SQL statements.",
                             &storage_setting,
                             storage_auto,
                             options,
                             PGC_SUSET,
                             GUC_NOT_IN_SAMPLE,
                             nullptr,
                             nullptr,
                             nullptr);
}

Relation open_table(Table table, LOCKMODE mode) {
    Oid& known = known_tables[static_cast<std::size_t>(table)];
    if (known != InvalidOid) {
        Relation relation = try_relation_open(known, mode); // hears of changes, and may clear known
        if (relation != nullptr && known != InvalidOid) {
            return relation;
        }
        if (relation != nullptr) {
            relation_close(relation, mode);
        }
    }
    watch_relations(on_relation_change, is_watching);
    const Oid relid = get_relname_relid(shape_of(table).name, get_namespace_oid("credits", true));
    if (relid == InvalidOid) {
        raise_not_migrated();
    }
    Relation relation = table_open(relid, mode);
    known = relid;
    return relation;
}

namespace {

// open_wallet opens the table that every call needs, for its owner, and keeps it for its rows.
Oid open_wallet(Work& work) {
    static const StoredRow no_row;
    const heap::Target* target = target_of(work, Table::wallet, no_row);
    if (target != nullptr) {
        return target->relation->rd_rel->relowner;
    }
    const LOCKMODE mode = work.for_writing ? RowExclusiveLock : AccessShareLock;
    Relation wallet = open_table(Table::wallet, mode);
    const Oid owner = wallet->rd_rel->relowner;
    table_close(wallet, NoLock);
    return owner;
}

// The call has kept the level itself: our own trigger has nothing to add.
void update_wallet_by_sql(StoredRow& row) {
    const Datum account_id = row.values[wallet_column::account_id];
    begin_own_update(account_id);
    sql::update_row(Table::wallet, row);
    end_own_update();
}

} // namespace

void open_work(Work& work, bool for_writing) {
    if (for_writing) {
        PreventCommandIfReadOnly("a call of pg_credits that writes");
        PreventCommandIfParallelMode("a call of pg_credits that writes");
    }
    work = Work{};
    work.for_writing = for_writing;
    GetUserIdAndSecContext(&work.caller, &work.caller_context);
    work.role = acting_role();
    const Oid owner = open_wallet(work);
    PushActiveSnapshot(for_writing ? GetTransactionSnapshot() : GetActiveSnapshot());
    SetUserIdAndSecContext(
        owner, work.caller_context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
}

void close_work(Work& work) {
    for (heap::Target& target : work.targets) {
        if (target.relation != nullptr) {
            table_close(target.relation, NoLock);
            target.relation = nullptr;
        }
    }
    PopActiveSnapshot();
    SetUserIdAndSecContext(work.caller, work.caller_context);
}

void renew_snapshot() {
    PopActiveSnapshot();
    PushActiveSnapshot(GetTransactionSnapshot());
}

bool find_row(Work& work, Table table, const Datum* key, RowLock lock, StoredRow& row) {
    if (work.snapshot_is_old) {
        renew_snapshot();
        work.snapshot_is_old = false;
    }
    const heap::Target* target = target_of(work, table, row);
    const LOCKMODE mode = work.for_writing ? RowExclusiveLock : AccessShareLock;
    return target != nullptr ? heap::find_row(*target, key, lock, mode, row)
                             : sql::find_row(table, key, lock, row);
}

Search search_ledger(const Work& work, const Datum* key, TimestampTz latest, StoredRow& row) {
    const bool below_sql = storage_setting == storage_auto && !work.snapshot_is_old;
    return below_sql ? heap::search_ledger(key, latest, row) : Search::unknown;
}

void insert_row(Work& work, Table table, StoredRow& row) {
    const heap::Target* target = target_of(work, table, row);
    if (target != nullptr) {
        heap::insert_row(*target, row);
    } else {
        sql::insert_row(table, row);
    }
}

bool update_row(Work& work, Table table, StoredRow& row) {
    const heap::Target* target = target_of(work, table, row);
    if (target != nullptr) {
        return heap::update_row(*target, row);
    }
    if (table == Table::wallet) {
        update_wallet_by_sql(row);
    } else {
        sql::update_row(table, row);
    }
    return true;
}

} // namespace credits::pg
