// Which way a row goes: below SQL or through it; and as whom, with which snapshot.
#include "pg/storage.hpp"

namespace credits::pg {

namespace {

enum StorageSetting { storage_auto, storage_sql };

int storage_setting = storage_auto;

bool below_sql(Table table) { return storage_setting == storage_auto && heap::can_use(table); }

[[noreturn]] void raise_not_migrated() {
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
             errmsg("the tables of pg_credits are not there yet"),
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
    static Oid relids[table_count];
    Oid& relid = relids[static_cast<std::size_t>(table)];
    const Oid schema = get_namespace_oid("credits", true);
    if (relid != InvalidOid) {
        Relation relation = try_relation_open(relid, mode);
        if (relation != nullptr && RelationGetNamespace(relation) == schema &&
            strcmp(RelationGetRelationName(relation), shape_of(table).name) == 0) {
            return relation;
        }
        if (relation != nullptr) {
            relation_close(relation, mode);
        }
    }
    relid = get_relname_relid(shape_of(table).name, schema);
    if (relid == InvalidOid) {
        raise_not_migrated();
    }
    return table_open(relid, mode);
}

Work open_work(bool for_writing) {
    Work work = {};
    GetUserIdAndSecContext(&work.caller, &work.caller_context);
    Relation wallet = open_table(Table::wallet, for_writing ? RowExclusiveLock : AccessShareLock);
    const Oid owner = wallet->rd_rel->relowner;
    table_close(wallet, NoLock);
    if (for_writing) {
        PreventCommandIfReadOnly("a call of pg_credits that writes");
        PreventCommandIfParallelMode("a call of pg_credits that writes");
    }
    PushActiveSnapshot(for_writing ? GetTransactionSnapshot() : GetActiveSnapshot());
    SetUserIdAndSecContext(
        owner, work.caller_context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
    return work;
}

void close_work(const Work& work) {
    PopActiveSnapshot();
    SetUserIdAndSecContext(work.caller, work.caller_context);
}

void renew_snapshot() {
    if (!IsolationUsesXactSnapshot()) {
        PopActiveSnapshot();
        PushActiveSnapshot(GetTransactionSnapshot());
    }
}

bool find_row(Table table, const Datum* key, RowLock lock, StoredRow& row) {
    return below_sql(table) ? heap::find_row(table, key, lock, row)
                            : sql::find_row(table, key, lock, row);
}

void insert_row(Table table, StoredRow& row) {
    if (storage_setting == storage_auto && heap::can_insert(table, row)) {
        heap::insert_row(table, row);
    } else {
        sql::insert_row(table, row);
    }
}

void update_row(Table table, StoredRow& row) {
    if (below_sql(table)) {
        heap::update_row(table, row);
    } else {
        sql::update_row(table, row);
    }
}

} // namespace credits::pg
