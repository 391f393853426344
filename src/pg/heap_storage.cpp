// Rows below SQL: index probe, tuple lock, heap insert and update, index inserts. Behaves as if SQL
// had run, and can_use says no wherever it would not: triggers, rules, checks, generated or foreign
// columns, indexes with expressions, other table access methods, distributed tables.
#include "pg/storage.hpp"

#include <cstdint>

#include "pg/postgres.hpp"

namespace credits::pg::heap {

namespace {

constexpr int kept_relations_max = 32;

// What is known of one relation: where its columns are, and whether it is plain enough.
struct KnownRelation {
    Oid relid;
    Table table;
    bool usable;
    int attribute_count;
    AttrNumber attributes[column_count_max];
};

KnownRelation known[kept_relations_max];
int known_count = 0;
bool callback_registered = false;

void on_relation_change(Datum /*argument*/, Oid relid) {
    for (int at = 0; at < known_count; ++at) {
        if (relid == InvalidOid || known[at].relid == relid) {
            known_count = 0;
            return;
        }
    }
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
    }
    entry.attribute_count = descriptor->natts;
    return live == static_cast<int>(shape.columns.size());
}

const KnownRelation& know(Relation relation, Table table) {
    const Oid relid = RelationGetRelid(relation);
    for (int at = 0; at < known_count; ++at) {
        if (known[at].relid == relid) {
            return known[at];
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
    return known[known_count++];
}

// The partition for a moment; null where there is none or it is not a plain table.
Relation open_partition(Relation parent, Datum moment) {
    const PartitionKey key = RelationGetPartitionKey(parent);
    const PartitionDesc partitions = RelationGetPartitionDesc(parent, true);
    if (key == nullptr || key->strategy != PARTITION_STRATEGY_RANGE || key->partnatts != 1 ||
        partitions->nparts == 0) {
        return nullptr;
    }
    const PartitionBoundInfo bounds = partitions->boundinfo;
    bool equal = false;
    const int offset = partition_range_datum_bsearch(
        key->partsupfunc, key->partcollation, bounds, 1, &moment, &equal);
    int index = bounds->indexes[offset + 1];
    index = index < 0 ? bounds->default_index : index;
    if (index < 0 || !partitions->is_leaf[index]) {
        return nullptr;
    }
    return table_open(partitions->oids[index], RowExclusiveLock);
}

// The relation that a row goes to.
Relation open_target(Table table, const StoredRow& row) {
    Relation relation = open_table(table, RowExclusiveLock);
    if (table != Table::ledger) {
        return relation;
    }
    Relation partition = open_partition(relation, row.values[ledger_column::created_at]);
    table_close(relation, NoLock);
    return partition;
}

HeapTuple form_tuple(Relation relation, const KnownRelation& entry, const StoredRow& row) {
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
    return heap_form_tuple(RelationGetDescr(relation), values, nulls);
}

void read_tuple(Relation relation, const KnownRelation& entry, HeapTuple tuple, StoredRow& row) {
    Datum values[MaxTupleAttributeNumber];
    bool nulls[MaxTupleAttributeNumber];
    heap_deform_tuple(tuple, RelationGetDescr(relation), values, nulls);
    const std::size_t count = shape_of(entry.table).columns.size();
    for (std::size_t at = 0; at < count; ++at) {
        row.values[at] = values[entry.attributes[at] - 1];
        row.nulls[at] = nulls[entry.attributes[at] - 1];
    }
    row.place = tuple->t_self;
}

void insert_into_indexes(Relation relation, HeapTuple tuple) {
    List* indexes = RelationGetIndexList(relation);
    if (indexes == NIL) {
        return;
    }
    TupleTableSlot* slot = MakeSingleTupleTableSlot(RelationGetDescr(relation), &TTSOpsHeapTuple);
    ExecStoreHeapTuple(tuple, slot, false);
    ListCell* cell = nullptr;
    foreach (cell, indexes) {
        Relation index = index_open(lfirst_oid(cell), RowExclusiveLock);
        IndexInfo* info = BuildIndexInfo(index);
        Datum values[INDEX_MAX_KEYS];
        bool nulls[INDEX_MAX_KEYS];
        FormIndexDatum(info, slot, nullptr, values, nulls);
        index_insert(index,
                     values,
                     nulls,
                     &tuple->t_self,
                     relation,
                     index->rd_index->indisunique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO,
                     false,
                     info);
        index_close(index, NoLock);
    }
    ExecDropSingleTupleTableSlot(slot);
    list_free(indexes);
}

// lock_newest locks the newest version of the tuple in the slot and leaves that in it.
bool lock_newest(Relation relation, TupleTableSlot* slot) {
    TM_FailureData failure = {};
    ItemPointerData place = slot->tts_tid;
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
        if (failure.traversed) {
            renew_snapshot();
        }
        return true;
    case TM_Deleted:
        if (!IsolationUsesXactSnapshot()) {
            return false;
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
    return false;
}

bool target_is_usable(Relation relation, Table table) {
    return relation != nullptr && know(relation, table).usable;
}

} // namespace

bool can_use(Table table) {
    Relation relation = open_table(table, RowExclusiveLock);
    const bool usable = know(relation, table).usable;
    table_close(relation, NoLock);
    return usable;
}

bool can_insert(Table table, const StoredRow& row) {
    if (table != Table::ledger) {
        return can_use(table);
    }
    Relation relation = open_target(table, row);
    const bool usable = target_is_usable(relation, table);
    if (relation != nullptr) {
        table_close(relation, NoLock);
    }
    return usable && can_use(table);
}

bool find_row(Table table, const Datum* key, RowLock lock, StoredRow& row) {
    const TableShape& shape = shape_of(table);
    Relation relation =
        open_table(table, lock == RowLock::none ? AccessShareLock : RowExclusiveLock);
    const KnownRelation& entry = know(relation, table);
    Relation index = index_open(RelationGetPrimaryKeyIndex(relation), AccessShareLock);
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
    TupleTableSlot* slot = table_slot_create(relation, nullptr);
    IndexScanDesc scan = index_beginscan(relation, index, GetActiveSnapshot(), shape.key_size, 0);
    index_rescan(scan, keys, shape.key_size, nullptr, 0);
    bool found = index_getnext_slot(scan, ForwardScanDirection, slot);
    if (found && lock == RowLock::no_key_update) {
        found = lock_newest(relation, slot);
    }
    if (found) {
        read_tuple(relation, entry, ExecCopySlotHeapTuple(slot), row);
        row.place = slot->tts_tid;
    }
    index_endscan(scan);
    ExecDropSingleTupleTableSlot(slot);
    index_close(index, NoLock);
    table_close(relation, NoLock);
    return found;
}

void insert_row(Table table, StoredRow& row) {
    Relation relation = open_target(table, row);
    HeapTuple tuple = form_tuple(relation, know(relation, table), row);
    simple_heap_insert(relation, tuple);
    insert_into_indexes(relation, tuple);
    row.place = tuple->t_self;
    heap_freetuple(tuple);
    table_close(relation, NoLock);
}

void update_row(Table table, StoredRow& row) {
    Relation relation = open_table(table, RowExclusiveLock);
    HeapTuple tuple = form_tuple(relation, know(relation, table), row);
    simple_heap_update(relation, &row.place, tuple);
    if (!HeapTupleIsHeapOnly(tuple)) {
        insert_into_indexes(relation, tuple);
    }
    row.place = tuple->t_self;
    heap_freetuple(tuple);
    table_close(relation, NoLock);
}

} // namespace credits::pg::heap
