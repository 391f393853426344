// Rows below SQL: index probe, tuple lock, heap insert and update, index inserts; as if SQL had
// run.
#include "pg/heap_relations.hpp"

namespace credits::pg::heap {

namespace {

HeapTuple form_tuple(const Target& target, const StoredRow& row) {
    const KnownRelation& entry = target.known;
    Datum values[attribute_count_max];
    bool nulls[attribute_count_max];
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
    const KnownRelation& entry = target.known;
    Datum values[attribute_count_max];
    bool nulls[attribute_count_max];
    heap_deform_tuple(tuple, RelationGetDescr(target.relation), values, nulls);
    const std::size_t count = shape_of(entry.table).columns.size();
    for (std::size_t at = 0; at < count; ++at) {
        row.values[at] = values[entry.attributes[at] - 1];
        row.nulls[at] = nulls[entry.attributes[at] - 1];
    }
    row.place = tuple->t_self;
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
            const int column = target.known.columns[form->indkey.values[at]];
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

// fetch_visible copies the version of a row that the snapshot sees. The server prunes a page at
// every read while it is fuller than its fillfactor, so a wallet's page at every call; here it is
// pruned only when it is nearly full, which cleans many old versions for the price of one.
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
    const std::uint8_t flags = IsolationUsesXactSnapshot() ? 0 : TUPLE_LOCK_FLAG_FIND_LAST_VERSION;
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

bool find_row(const Target& target, const Datum* key, RowLock lock, LOCKMODE mode, StoredRow& row) {
    Relation relation = target.relation;
    const TableShape& shape = shape_of(target.known.table);
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
    while (tuple == nullptr && (place = index_getnext_tid(scan, ForwardScanDirection)) != nullptr) {
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
