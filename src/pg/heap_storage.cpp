// Rows below SQL: index probe, tuple lock, heap insert and update, index inserts; as if SQL had
// run.
#include "pg/heap_relations.hpp"
#include "pg/row_queue.hpp"

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
    row.writer = HeapTupleHeaderGetXmin(tuple->t_data);
}

// Index columns are plain columns here, so their values need no tuple to be taken apart again.
void insert_into_indexes(const Target& target, HeapTuple tuple, const StoredRow& row) {
    List* indexes = RelationGetIndexList(target.relation);
    ListCell* cell = nullptr;
    foreach (cell, indexes) {
        Relation index = index_open(lfirst_oid(cell), RowExclusiveLock);
        if (has_nothing_to_insert(index, ItemPointerGetBlockNumber(&tuple->t_self))) {
            CheckForSerializableConflictIn(index, nullptr, InvalidBlockNumber);
            index_close(index, NoLock);
            continue;
        }
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
// all_dead: no transaction sees any version that begins at the place any more.
HeapTuple fetch_visible(Relation relation, ItemPointerData place, bool* all_dead) {
    constexpr Size enough_room = BLCKSZ / 6;
    Buffer buffer = ReadBuffer(relation, ItemPointerGetBlockNumber(&place));
    if (PageGetHeapFreeSpace(BufferGetPage(buffer)) < enough_room && !RecoveryInProgress()) {
        heap_page_prune_opt(relation, buffer);
    }
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    HeapTupleData found = {};
    HeapTuple copy = nullptr;
    if (heap_hot_search_buffer(
            &place, relation, buffer, GetActiveSnapshot(), &found, all_dead, true)) {
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

// Probe is a row looked for by its key, and where the index says that its versions begin.
struct Probe {
    const Target& target;
    const Datum* key;
    int key_size;
    LOCKMODE mode;
    ItemPointerData root;
};

HeapTuple find_visible(Probe& probe) {
    Relation relation = probe.target.relation;
    const int key_size = probe.key_size;
    Relation index = index_open(RelationGetPrimaryKeyIndex(relation), probe.mode);
    ScanKeyData keys[INDEX_MAX_KEYS];
    for (int at = 0; at < key_size; ++at) {
        const bool is_number = TupleDescAttr(RelationGetDescr(index), at)->atttypid == INT8OID;
        ScanKeyInit(&keys[at],
                    static_cast<AttrNumber>(at + 1),
                    BTEqualStrategyNumber,
                    is_number ? F_INT8EQ : F_TEXTEQ,
                    probe.key[at]);
        keys[at].sk_collation = index->rd_indcollation[at];
    }
    IndexScanDesc scan = index_beginscan(relation, index, GetActiveSnapshot(), key_size, 0);
    index_rescan(scan, keys, key_size, nullptr, 0);
    HeapTuple tuple = nullptr;
    ItemPointer place = nullptr;
    while (tuple == nullptr && (place = index_getnext_tid(scan, ForwardScanDirection)) != nullptr) {
        bool all_dead = false;
        probe.root = *place;
        tuple = fetch_visible(relation, probe.root, &all_dead);
        scan->kill_prior_tuple = all_dead && !scan->xactStartedInRecovery;
    }
    index_endscan(scan);
    index_close(index, NoLock);
    return tuple;
}

// await_free waits for its turn until the newest version is free, or somebody keeps coming first;
// who needs the lock has to take it all the same.
HeapTuple await_free(Probe& probe, HeapTuple seen) {
    constexpr int attempts_max = 100;
    bool has_turn = false;
    bool waited = true;
    for (int attempt = 0; waited && attempt < attempts_max; ++attempt) {
        waited = wait_for_turn(probe.target.relation, probe.root, has_turn);
        renew_snapshot();
        seen = fetch_visible(probe.target.relation, probe.root, nullptr);
        if (seen == nullptr) { // no longer on this page
            has_turn = false;
            seen = find_visible(probe);
        }
        if (seen == nullptr || is_free(seen->t_data)) {
            break;
        }
    }
    return seen;
}

// is_unchanged: a tentative row is still free. To ask is cheap; the update would wait to find out.
bool is_unchanged(Relation relation, ItemPointerData place) {
    Buffer buffer = ReadBuffer(relation, ItemPointerGetBlockNumber(&place));
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    const Page page = BufferGetPage(buffer);
    const ItemId item = PageGetItemId(page, ItemPointerGetOffsetNumber(&place));
    const bool unchanged =
        ItemIdIsNormal(item) && is_free(reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item)));
    UnlockReleaseBuffer(buffer);
    return unchanged;
}

} // namespace

bool find_row(const Target& target, const Datum* key, RowLock lock, LOCKMODE mode, StoredRow& row) {
    row.is_tentative = false;
    Probe probe = {target, key, shape_of(target.known.table).key_size, mode, {}};
    HeapTuple tuple = find_visible(probe);
    if (tuple != nullptr && lock != RowLock::none) {
        const bool sees_newest = !IsolationUsesXactSnapshot();
        if (sees_newest && !is_free(tuple->t_data)) {
            tuple = await_free(probe, tuple);
        }
        row.is_tentative = tuple != nullptr && sees_newest && lock == RowLock::if_contended &&
                           is_free(tuple->t_data);
        if (tuple != nullptr && !row.is_tentative) {
            tuple = lock_newest(target.relation, tuple);
        }
    }
    if (tuple != nullptr) {
        read_tuple(target, tuple, row);
    }
    return tuple != nullptr;
}

bool find_by_prefix(const Target& target, const Datum* key, int key_size, StoredRow& row) {
    Probe probe = {target, key, key_size, AccessShareLock, {}};
    HeapTuple tuple = find_visible(probe);
    if (tuple != nullptr) {
        read_tuple(target, tuple, row);
    }
    return tuple != nullptr;
}

void insert_row(const Target& target, StoredRow& row) {
    HeapTuple tuple = form_tuple(target, row);
    simple_heap_insert(target.relation, tuple);
    insert_into_indexes(target, tuple, row);
    row.place = tuple->t_self;
    heap_freetuple(tuple);
}

bool update_row(const Target& target, StoredRow& row) {
    HeapTuple tuple = form_tuple(target, row);
    if (row.is_tentative && !is_unchanged(target.relation, row.place)) {
        return false;
    }
    TM_FailureData failure = {};
    LockTupleMode mode = LockTupleNoKeyExclusive;
    const TM_Result result = heap_update(target.relation,
                                         &row.place,
                                         tuple,
                                         GetCurrentCommandId(true),
                                         InvalidSnapshot,
                                         true,
                                         &failure,
                                         &mode);
    if (row.is_tentative && (result == TM_Updated || result == TM_Deleted)) {
        return false;
    }
    if (result != TM_Ok) {
        ereport(ERROR,
                (errcode(ERRCODE_INTERNAL_ERROR),
                 errmsg("could not update a row of \"%s\"", shape_of(target.known.table).name),
                 errdetail("tuple update result %d", static_cast<int>(result)),
                 errhint("another session changes tables of pg_credits directly")));
    }
    if (!HeapTupleIsHeapOnly(tuple)) {
        insert_into_indexes(target, tuple, row);
    }
    row.place = tuple->t_self;
    heap_freetuple(tuple);
    return true;
}

} // namespace credits::pg::heap
