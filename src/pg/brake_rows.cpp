// Stripes below SQL. A row is read as it is at this very moment, not as of a snapshot, and taken by
// its update itself: a lock before it would be a WAL record more. So isolation levels make no
// difference here, and there is no serialization failure: nothing that a stripe says is shown to
// the caller but yes or no.
#include "pg/brake_rows.hpp"

#include "pg/relation_changes.hpp"

extern "C" {
#include <access/multixact.h>
#include <storage/procarray.h>
#include <utils/snapmgr.h>
}

namespace credits::pg {

namespace {

constexpr int rows_in_table = core::stripe_count + 1;

// Where the versions of each row begin; forgotten when the table changes.
struct Places {
    Oid relid;
    AttrNumber number_attribute;
    AttrNumber bytes_attribute;
    ItemPointerData roots[rows_in_table];
};

Places places;
bool is_watching = false;
bool places_may_be_old = true; // found out by whoever opens the table next
bool somebody_may_owe = true;

void on_relation_change(Oid relid) {
    if (relid == InvalidOid || relid == places.relid) {
        places_may_be_old = true;
        somebody_may_owe = true;
    }
}

[[noreturn]] void raise_no_table() {
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
             errmsg("the tables of pg_credits are older than the extension"),
             errdetail("schema credits has no table \"platform_stripe\", or not its columns"),
             errhint("run SELECT credits.migrate();")));
    pg_unreachable();
}

// fetch_newest copies the newest committed version, or this transaction's own, of the row whose
// versions begin at the place. The page is pruned only when it is nearly full.
HeapTuple fetch_newest(Relation stripes, ItemPointerData place) {
    constexpr Size enough_room = BLCKSZ / 6;
    Buffer buffer = ReadBuffer(stripes, ItemPointerGetBlockNumber(&place));
    if (PageGetHeapFreeSpace(BufferGetPage(buffer)) < enough_room) {
        heap_page_prune_opt(stripes, buffer);
    }
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    HeapTupleData found = {};
    HeapTuple copy = nullptr;
    if (heap_hot_search_buffer(&place, stripes, buffer, SnapshotSelf, &found, nullptr, true)) {
        copy = heap_copytuple(&found);
    }
    UnlockReleaseBuffer(buffer);
    return copy;
}

HeapTuple probe_index(Relation stripes, int number) {
    const Oid key = RelationGetPrimaryKeyIndex(stripes);
    if (key == InvalidOid) {
        raise_no_table();
    }
    Relation index = index_open(key, AccessShareLock);
    ScanKeyData scan_key;
    ScanKeyInit(&scan_key, 1, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(number));
    IndexScanDesc scan = index_beginscan(stripes, index, SnapshotSelf, 1, 0);
    index_rescan(scan, &scan_key, 1, nullptr, 0);
    HeapTuple tuple = nullptr;
    ItemPointer place = nullptr;
    while (tuple == nullptr && (place = index_getnext_tid(scan, ForwardScanDirection)) != nullptr) {
        tuple = fetch_newest(stripes, *place);
        if (tuple != nullptr) {
            places.roots[number] = *place;
        }
    }
    index_endscan(scan);
    index_close(index, NoLock);
    return tuple;
}

bool is_of(Relation stripes, HeapTuple tuple, int number) {
    bool is_null = false;
    const Datum value =
        heap_getattr(tuple, places.number_attribute, RelationGetDescr(stripes), &is_null);
    return !is_null && DatumGetInt32(value) == number;
}

HeapTuple find_newest(Relation stripes, int number) {
    if (ItemPointerIsValid(&places.roots[number])) {
        HeapTuple tuple = fetch_newest(stripes, places.roots[number]);
        if (tuple != nullptr && is_of(stripes, tuple, number)) {
            return tuple;
        }
    }
    // A row that moves to another page just now may be missed.
    constexpr int attempts_max = 10;
    HeapTuple tuple = nullptr;
    for (int attempt = 0; tuple == nullptr && attempt < attempts_max; ++attempt) {
        tuple = probe_index(stripes, number);
    }
    return tuple;
}

enum class Holder { nobody, ourselves, others };

Holder holder_of(TransactionId transaction) {
    return TransactionIdIsCurrentTransactionId(transaction) ? Holder::ourselves
           : TransactionIdIsInProgress(transaction)         ? Holder::others
                                                            : Holder::nobody;
}

// Several subtransactions of one transaction hold a row as a group.
Holder holder_of_group(MultiXactId group, bool is_locked_only) {
    MultiXactMember* members = nullptr;
    const int count = GetMultiXactIdMembers(group, &members, false, is_locked_only);
    Holder holder = Holder::nobody;
    for (int at = 0; at < count && holder != Holder::others; ++at) {
        const Holder member = holder_of(members[at].xid);
        holder = member == Holder::nobody ? holder : member;
    }
    if (count > 0) {
        pfree(members);
    }
    return holder;
}

Holder holder_of(HeapTupleHeader seen) {
    const std::uint16_t marks = seen->t_infomask;
    if ((marks & HEAP_XMAX_INVALID) != 0) {
        return Holder::nobody;
    }
    return (marks & HEAP_XMAX_IS_MULTI) == 0
               ? holder_of(HeapTupleHeaderGetRawXmax(seen))
               : holder_of_group(HeapTupleHeaderGetRawXmax(seen), HEAP_XMAX_IS_LOCKED_ONLY(marks));
}

// A version that this very command has written cannot be written again by it.
void step_past_own_version(HeapTupleHeader seen) {
    if (TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(seen)) &&
        HeapTupleHeaderGetCmin(seen) >= GetCurrentCommandId(false)) {
        static_cast<void>(GetCurrentCommandId(true));
        CommandCounterIncrement();
    }
}

void take_apart(Relation stripes, int number, HeapTuple tuple, StripeRow& row) {
    bool is_null = false;
    const Datum value =
        heap_getattr(tuple, places.bytes_attribute, RelationGetDescr(stripes), &is_null);
    row = {number, tuple, {}, holder_of(tuple->t_data) != Holder::others};
    if (!is_null) {
        const bytea* stored = DatumGetByteaPP(value);
        row.bytes = {VARDATA_ANY(stored), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(stored))};
    }
}

// Only where the page had no room any more.
void insert_into_indexes(Relation stripes, HeapTuple tuple) {
    EState* state = CreateExecutorState();
    TupleTableSlot* slot = MakeSingleTupleTableSlot(RelationGetDescr(stripes), &TTSOpsHeapTuple);
    ExecStoreHeapTuple(tuple, slot, false);
    List* indexes = RelationGetIndexList(stripes);
    ListCell* cell = nullptr;
    foreach (cell, indexes) {
        Relation index = index_open(lfirst_oid(cell), RowExclusiveLock);
        IndexInfo* info = BuildIndexInfo(index);
        Datum values[INDEX_MAX_KEYS];
        bool nulls[INDEX_MAX_KEYS];
        FormIndexDatum(info, slot, state, values, nulls);
        index_insert(index,
                     values,
                     nulls,
                     &tuple->t_self,
                     stripes,
                     index->rd_index->indisunique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO,
                     false,
                     info);
        index_close(index, NoLock);
    }
    list_free(indexes);
    ExecDropSingleTupleTableSlot(slot);
    FreeExecutorState(state);
}

} // namespace

Relation open_stripes(LOCKMODE mode) {
    if (!places_may_be_old) {
        Relation stripes = try_relation_open(places.relid, mode);
        if (stripes != nullptr && !places_may_be_old) {
            return stripes;
        }
        if (stripes != nullptr) {
            relation_close(stripes, mode);
        }
    }
    watch_relations(on_relation_change, is_watching);
    const Oid relid = get_relname_relid("platform_stripe", get_namespace_oid("credits", false));
    if (relid == InvalidOid) {
        raise_no_table();
    }
    Relation stripes = table_open(relid, mode);
    places = {relid, get_attnum(relid, "stripe"), get_attnum(relid, "counters"), {}};
    if (places.number_attribute == InvalidAttrNumber ||
        places.bytes_attribute == InvalidAttrNumber) {
        raise_no_table();
    }
    for (ItemPointerData& root : places.roots) {
        ItemPointerSetInvalid(&root);
    }
    places_may_be_old = false;
    return stripes;
}

bool read_stripe_row(Relation stripes, int number, StripeRow& row) {
    HeapTuple tuple = find_newest(stripes, number);
    if (tuple == nullptr) {
        return false;
    }
    take_apart(stripes, number, tuple, row);
    return true;
}

bool lock_stripe_row(Relation stripes, StripeRow& row) {
    if (!row.is_free) {
        return false;
    }
    step_past_own_version(row.tuple->t_data);
    HeapTupleData target = {};
    target.t_self = row.tuple->t_self;
    Buffer buffer = InvalidBuffer;
    TM_FailureData failure = {};
    const TM_Result result = heap_lock_tuple(stripes,
                                             &target,
                                             GetCurrentCommandId(true),
                                             LockTupleNoKeyExclusive,
                                             LockWaitSkip,
                                             false,
                                             &buffer,
                                             &failure);
    ReleaseBuffer(buffer);
    return result == TM_Ok && read_stripe_row(stripes, row.number, row);
}

bool write_stripe_row(Relation stripes, const StripeRow& row, std::string_view bytes) {
    step_past_own_version(row.tuple->t_data);
    const TupleDesc descriptor = RelationGetDescr(stripes);
    auto* stored = static_cast<bytea*>(palloc(VARHDRSZ + bytes.size()));
    SET_VARSIZE(stored, VARHDRSZ + bytes.size());
    bytes.copy(VARDATA(stored), bytes.size());
    int column = places.bytes_attribute;
    Datum value = PointerGetDatum(stored);
    bool is_null = false;
    HeapTuple tuple =
        heap_modify_tuple_by_cols(row.tuple, descriptor, 1, &column, &value, &is_null);
    // The update of a row that we have locked finds it busy, with nobody to wait for.
    const bool waits = holder_of(row.tuple->t_data) == Holder::ourselves;
    TM_FailureData failure = {};
    LockTupleMode mode = LockTupleNoKeyExclusive;
    ItemPointerData place = row.tuple->t_self;
    const TM_Result result = heap_update(
        stripes, &place, tuple, GetCurrentCommandId(true), InvalidSnapshot, waits, &failure, &mode);
    if (result == TM_Ok && !HeapTupleIsHeapOnly(tuple)) {
        insert_into_indexes(stripes, tuple);
        ItemPointerSetInvalid(&places.roots[row.number]);
    }
    heap_freetuple(tuple);
    pfree(stored);
    return result == TM_Ok;
}

void announce_debt() {
    CacheInvalidateRelcacheByRelid(places.relid);
    somebody_may_owe = true;
}

bool may_owe() {
    return somebody_may_owe;
}

void forget_debts() {
    somebody_may_owe = false;
}

void expect_debts() {
    somebody_may_owe = true;
}

} // namespace credits::pg
