// Rows below SQL: index probe, tuple lock, heap insert and update, index inserts. Behaves as if SQL
// had run, and can_use says no wherever it would not: triggers, rules, checks, generated or foreign
// columns, indexes with expressions, other table access methods, distributed tables.
#include "pg/storage.hpp"

#include <cstdint>

#include "pg/postgres.hpp"

namespace credits::pg::heap {

// KnownRelation is what is known of one relation: where its columns are (attribute number by column,
// column by attribute number), and whether it is plain enough.
struct KnownRelation {
    Oid relid;
    Table table;
    bool usable;
    int attribute_count;
    AttrNumber attributes[column_count_max];
    std::int8_t columns[MaxTupleAttributeNumber + 1];
};

namespace {

constexpr int kept_relations_max = 32;

KnownRelation known[kept_relations_max];
int known_count = 0;
bool callback_registered = false;
bool indexes_changed = true;

// The partition that took the last row, until the ledger's partitions change.
struct LastPartition {
    Oid parent;
    Oid relid;
    std::int64_t lower;
    std::int64_t upper;
};

LastPartition last_partition;

// A change of the parent changes what is below it too.
void on_relation_change(Datum /*argument*/, Oid relid) {
    for (int at = 0; at < known_count; ++at) {
        if (relid == InvalidOid || known[at].relid == relid) {
            known_count = 0;
            last_partition = {};
            break;
        }
    }
    indexes_changed = true;
}

bool has_foreign_behaviour(Relation relation) {
    const TriggerDesc* triggers = relation->trigdesc;
    const bool fires =
        triggers != nullptr &&
        (triggers->trig_insert_before_row || triggers->trig_insert_after_row ||
         triggers->trig_insert_instead_row || triggers->trig_insert_before_statement ||
         triggers->trig_insert_after_statement || triggers->trig_insert_new_table ||
         (relation->rd_rel->relkind == RELKIND_RELATION && !relation->rd_rel->relispartition &&
          (triggers->trig_update_before_row || triggers->trig_update_after_row ||
           triggers->trig_update_before_statement || triggers->trig_update_after_statement ||
           triggers->trig_update_new_table)));
    const TupleConstr* constraints = RelationGetDescr(relation)->constr;
    const bool checked = constraints != nullptr &&
                         (constraints->num_check > 0 || constraints->has_generated_stored);
    return fires || checked || relation->rd_rules != nullptr ||
           relation->rd_rel->relforcerowsecurity;
}

bool has_plain_indexes(Relation relation) {
    bool plain = true;
    List* indexes = RelationGetIndexList(relation);
    ListCell* cell = nullptr;
    foreach (cell, indexes) {
        Relation index = index_open(lfirst_oid(cell), AccessShareLock);
        const Form_pg_index form = index->rd_index;
        plain = plain && form->indislive && form->indisready && form->indimmediate &&
                !form->indisexclusion &&
                heap_attisnull(index->rd_indextuple, Anum_pg_index_indexprs, nullptr) &&
                heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, nullptr);
        index_close(index, AccessShareLock);
    }
    list_free(indexes);
    return plain;
}

bool find_attributes(Relation relation, const TableShape& shape, KnownRelation& entry) {
    const TupleDesc descriptor = RelationGetDescr(relation);
    int live = 0;
    for (int at = 0; at < descriptor->natts; ++at) {
        live += TupleDescAttr(descriptor, at)->attisdropped ? 0 : 1;
    }
    for (std::size_t at = 0; at < shape.columns.size(); ++at) {
        entry.attributes[at] = get_attnum(RelationGetRelid(relation), shape.columns[at]);
        if (entry.attributes[at] == InvalidAttrNumber) {
            return false;
        }
        entry.columns[entry.attributes[at]] = static_cast<std::int8_t>(at);
    }
    entry.attribute_count = descriptor->natts;
    return live == static_cast<int>(shape.columns.size());
}

const KnownRelation* know(Relation relation, Table table) {
    const Oid relid = RelationGetRelid(relation);
    for (int at = 0; at < known_count; ++at) {
        if (known[at].relid == relid) {
            return &known[at];
        }
    }
    if (!callback_registered) {
        CacheRegisterRelcacheCallback(on_relation_change, 0);
        callback_registered = true;
    }
    KnownRelation entry = {};
    entry.relid = relid;
    entry.table = table;
    const char kind = relation->rd_rel->relkind;
    const bool plain_heap = kind == RELKIND_RELATION && relation->rd_rel->relam == HEAP_TABLE_AM_OID;
    entry.usable = (plain_heap || kind == RELKIND_PARTITIONED_TABLE) &&
                   find_attributes(relation, shape_of(table), entry) &&
                   !has_foreign_behaviour(relation) && has_plain_indexes(relation) &&
                   get_extension_oid("citus", true) == InvalidOid;
    if (known_count == kept_relations_max) {
        known_count = 0;
    }
    known[known_count] = entry;
    return &known[known_count++];
}

std::int64_t bound_at(PartitionBoundInfo bounds, int offset, std::int64_t otherwise) {
    const bool is_value = offset >= 0 && offset < bounds->ndatums &&
                          bounds->kind[offset][0] == PARTITION_RANGE_DATUM_VALUE;
    return is_value ? DatumGetInt64(bounds->datums[offset][0]) : otherwise;
}

// find_partition looks up the partition for a moment; false where there is none or it is not a plain
// table. The default partition takes moments of no one range, so it is looked up every time.
bool find_partition(Relation parent, Datum moment, LastPartition& partition) {
    const PartitionKey key = RelationGetPartitionKey(parent);
    const PartitionDesc partitions = RelationGetPartitionDesc(parent, true);
    if (key == nullptr || key->strategy != PARTITION_STRATEGY_RANGE || key->partnatts != 1 ||
        partitions->nparts == 0) {
        return false;
    }
    const PartitionBoundInfo bounds = partitions->boundinfo;
    bool equal = false;
    const int offset = partition_range_datum_bsearch(
        key->partsupfunc, key->partcollation, bounds, 1, &moment, &equal);
    const int index = bounds->indexes[offset + 1];
    const int found = index < 0 ? bounds->default_index : index;
    if (found < 0 || !partitions->is_leaf[found]) {
        return false;
    }
    partition = {RelationGetRelid(parent), partitions->oids[found], 0, 0};
    if (index >= 0) {
        partition.lower = bound_at(bounds, offset, PG_INT64_MIN);
        partition.upper = bound_at(bounds, offset + 1, PG_INT64_MAX);
    }
    return true;
}

// open_last_partition spares the way over the parent while the month does not change.
bool open_last_partition(const StoredRow& row, LOCKMODE mode, Target& target) {
    const TimestampTz moment = DatumGetTimestampTz(row.values[ledger_column::created_at]);
    if (last_partition.relid == InvalidOid || moment < last_partition.lower ||
        moment >= last_partition.upper) {
        return false;
    }
    Relation relation = try_relation_open(last_partition.relid, mode);
    if (relation == nullptr || last_partition.relid == InvalidOid) {
        if (relation != nullptr) {
            relation_close(relation, NoLock);
        }
        return false;
    }
    target = {relation, know(relation, Table::ledger), last_partition.lower, last_partition.upper};
    return true;
}

bool open_ledger(Relation ledger, const StoredRow& row, LOCKMODE mode, Target& target) {
    LastPartition partition = {};
    const bool found =
        find_partition(ledger, row.values[ledger_column::created_at], partition);
    table_close(ledger, NoLock);
    if (!found) {
        return false;
    }
    Relation relation = table_open(partition.relid, mode);
    target = {relation, know(relation, Table::ledger), partition.lower, partition.upper};
    if (target.known->usable && partition.lower < partition.upper) {
        last_partition = partition;
    }
    return true;
}

HeapTuple form_tuple(const Target& target, const StoredRow& row) {
    const KnownRelation& entry = *target.known;
    Datum values[MaxTupleAttributeNumber];
    bool nulls[MaxTupleAttributeNumber];
    for (int at = 0; at < entry.attribute_count; ++at) {
        nulls[at] = true;
    }
    const std::size_t count = shape_of(entry.table).columns.size();
    for (std::size_t at = 0; at < count; ++at) {
        values[entry.attributes[at] - 1] = row.values[at];
        nulls[entry.attributes[at] - 1] = row.nulls[at];
    }
    return heap_form_tuple(RelationGetDescr(target.relation), values, nulls);
}

void read_tuple(const Target& target, HeapTuple tuple, StoredRow& row) {
    const KnownRelation& entry = *target.known;
    Datum values[MaxTupleAttributeNumber];
    bool nulls[MaxTupleAttributeNumber];
    heap_deform_tuple(tuple, RelationGetDescr(target.relation), values, nulls);
    const std::size_t count = shape_of(entry.table).columns.size();
    for (std::size_t at = 0; at < count; ++at) {
        row.values[at] = values[entry.attributes[at] - 1];
        row.nulls[at] = nulls[entry.attributes[at] - 1];
    }
    row.place = tuple->t_self;
}

// What access methods keep between the rows of a statement, kept between calls. A btree keeps
// nothing; what a brin index keeps costs more than its insert.
struct KeptIndexInfo {
    Oid relid;
    IndexInfo* info;
};

constexpr int kept_indexes_max = 16;
KeptIndexInfo kept_indexes[kept_indexes_max];
int kept_count = 0;
MemoryContext kept_memory = nullptr;

IndexInfo* kept_index_info(Relation index) {
    if (index->rd_rel->relam == BTREE_AM_OID) {
        return nullptr;
    }
    if (index->rd_rel->relam != BRIN_AM_OID) {
        return BuildIndexInfo(index);
    }
    if (indexes_changed || kept_count == kept_indexes_max) {
        if (kept_memory != nullptr) {
            MemoryContextDelete(kept_memory);
        }
        kept_memory = AllocSetContextCreate(
            CacheMemoryContext, "pg_credits index information", ALLOCSET_SMALL_SIZES);
        kept_count = 0;
        indexes_changed = false;
    }
    for (int at = 0; at < kept_count; ++at) {
        if (kept_indexes[at].relid == RelationGetRelid(index)) {
            return kept_indexes[at].info;
        }
    }
    MemoryContext caller = MemoryContextSwitchTo(kept_memory);
    IndexInfo* info = BuildIndexInfo(index);
    info->ii_Context = kept_memory;
    MemoryContextSwitchTo(caller);
    kept_indexes[kept_count++] = {RelationGetRelid(index), info};
    return info;
}

// Index columns are plain columns here, so their values need no tuple to be taken apart again.
void insert_into_indexes(const Target& target, HeapTuple tuple, const StoredRow& row) {
    List* indexes = RelationGetIndexList(target.relation);
    ListCell* cell = nullptr;
    foreach (cell, indexes) {
        Relation index = index_open(lfirst_oid(cell), RowExclusiveLock);
        const Form_pg_index form = index->rd_index;
        Datum values[INDEX_MAX_KEYS];
        bool nulls[INDEX_MAX_KEYS];
        for (int at = 0; at < form->indnatts; ++at) {
            const int column = target.known->columns[form->indkey.values[at]];
            values[at] = row.values[column];
            nulls[at] = row.nulls[column];
        }
        IndexInfo* info = kept_index_info(index);
        index_insert(index,
                     values,
                     nulls,
                     &tuple->t_self,
                     target.relation,
                     form->indisunique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO,
                     false,
                     info);
        index_close(index, NoLock);
    }
    list_free(indexes);
}

// fetch_visible copies the version of a row that the snapshot sees. The server prunes a page at every
// read while it is fuller than its fillfactor, so a wallet's page at every call; here it is pruned
// only when it is nearly full, which cleans many old versions for the price of one.
HeapTuple fetch_visible(Relation relation, ItemPointerData place) {
    constexpr Size enough_room = BLCKSZ / 10;
    Buffer buffer = ReadBuffer(relation, ItemPointerGetBlockNumber(&place));
    if (PageGetHeapFreeSpace(BufferGetPage(buffer)) < enough_room && !RecoveryInProgress()) {
        heap_page_prune_opt(relation, buffer);
    }
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    HeapTupleData found = {};
    HeapTuple copy = nullptr;
    if (heap_hot_search_buffer(
            &place, relation, buffer, GetActiveSnapshot(), &found, nullptr, true)) {
        copy = heap_copytuple(&found);
    }
    UnlockReleaseBuffer(buffer);
    return copy;
}

// lock_newest locks the newest version of a row and gives it.
HeapTuple lock_newest(Relation relation, HeapTuple seen) {
    TM_FailureData failure = {};
    ItemPointerData place = seen->t_self;
    TupleTableSlot* slot = table_slot_create(relation, nullptr);
    const std::uint8_t flags =
        IsolationUsesXactSnapshot() ? 0 : TUPLE_LOCK_FLAG_FIND_LAST_VERSION;
    const TM_Result result = table_tuple_lock(relation,
                                              &place,
                                              GetActiveSnapshot(),
                                              slot,
                                              GetCurrentCommandId(false),
                                              LockTupleNoKeyExclusive,
                                              LockWaitBlock,
                                              flags,
                                              &failure);
    switch (result) {
    case TM_Ok:
        if (failure.traversed && !IsolationUsesXactSnapshot()) {
            renew_snapshot();
        }
        seen = ExecCopySlotHeapTuple(slot);
        ExecDropSingleTupleTableSlot(slot);
        return seen;
    case TM_Deleted:
        if (!IsolationUsesXactSnapshot()) {
            ExecDropSingleTupleTableSlot(slot);
            return nullptr;
        }
        [[fallthrough]];
    case TM_Updated:
        ereport(ERROR,
                (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                 errmsg("could not serialize access due to concurrent update"),
                 errdetail("another transaction changed the account since this one began"),
                 errhint("repeat the transaction")));
        break;
    default:
        ereport(ERROR,
                (errcode(ERRCODE_INTERNAL_ERROR),
                 errmsg("could not lock a row of \"%s\"", RelationGetRelationName(relation)),
                 errdetail("tuple lock result %d", static_cast<int>(result))));
    }
    return nullptr;
}

} // namespace

bool open_target(Table table, const StoredRow& row, LOCKMODE mode, Target& target) {
    const bool is_ledger = table == Table::ledger;
    if (!is_ledger || !open_last_partition(row, mode, target)) {
        Relation relation = open_table(table, mode);
        target = {relation, know(relation, table), 0, 0};
        if (is_ledger && target.known->usable && !open_ledger(relation, row, mode, target)) {
            target = {};
            return false;
        }
    }
    if (!target.known->usable) {
        table_close(target.relation, NoLock);
        target = {};
        return false;
    }
    return true;
}

bool find_row(const Target& target, const Datum* key, RowLock lock, LOCKMODE mode, StoredRow& row) {
    Relation relation = target.relation;
    const TableShape& shape = shape_of(target.known->table);
    Relation index = index_open(RelationGetPrimaryKeyIndex(relation), mode);
    ScanKeyData keys[INDEX_MAX_KEYS];
    for (int at = 0; at < shape.key_size; ++at) {
        const bool is_number = TupleDescAttr(RelationGetDescr(index), at)->atttypid == INT8OID;
        ScanKeyInit(&keys[at],
                    static_cast<AttrNumber>(at + 1),
                    BTEqualStrategyNumber,
                    is_number ? F_INT8EQ : F_TEXTEQ,
                    key[at]);
        keys[at].sk_collation = index->rd_indcollation[at];
    }
    IndexScanDesc scan = index_beginscan(relation, index, GetActiveSnapshot(), shape.key_size, 0);
    index_rescan(scan, keys, shape.key_size, nullptr, 0);
    HeapTuple tuple = nullptr;
    ItemPointer place = nullptr;
    while (tuple == nullptr &&
           (place = index_getnext_tid(scan, ForwardScanDirection)) != nullptr) {
        tuple = fetch_visible(relation, *place);
    }
    index_endscan(scan);
    if (tuple != nullptr && lock == RowLock::no_key_update) {
        tuple = lock_newest(relation, tuple);
    }
    if (tuple != nullptr) {
        read_tuple(target, tuple, row);
    }
    index_close(index, NoLock);
    return tuple != nullptr;
}

void insert_row(const Target& target, StoredRow& row) {
    HeapTuple tuple = form_tuple(target, row);
    simple_heap_insert(target.relation, tuple);
    insert_into_indexes(target, tuple, row);
    row.place = tuple->t_self;
    heap_freetuple(tuple);
}

void update_row(const Target& target, StoredRow& row) {
    HeapTuple tuple = form_tuple(target, row);
    simple_heap_update(target.relation, &row.place, tuple);
    if (!HeapTupleIsHeapOnly(tuple)) {
        insert_into_indexes(target, tuple, row);
    }
    row.place = tuple->t_self;
    heap_freetuple(tuple);
}

} // namespace credits::pg::heap
