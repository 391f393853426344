// Waiting for a row that many transactions want at once. The server's own way wakes every waiter
// each time the row changes hands, since each waits for the newest version's transaction. Here one
// waits for that, and the others queue for the tuple lock of the place where all versions of the
// row begin: the index's, which stays the same while updates stay on the page. Only the order of
// waiting is settled here, not who has the row: that is its xmax, as ever, and whoever finds the
// row free may take it.
//
// The turn is kept until the transaction ends, so the next in the queue wakes when the row is free.
// It is asked for only where somebody else has the row: who has the row never waits for its queue.
#include "pg/row_queue.hpp"

#include <cstdint>

#include <unistd.h>

extern "C" {
#include <portability/instr_time.h>
#include <storage/lmgr.h>
#include <storage/proc.h>
#include <storage/procarray.h>
#include <storage/s_lock.h>
}

namespace credits::pg::heap {

namespace {

// holder_of is the transaction that changes or locks the row now; several lockers at once do not
// count.
TransactionId holder_of(Relation relation, ItemPointerData root) {
    SnapshotData dirty;
    InitDirtySnapshot(dirty);
    TransactionId holder = InvalidTransactionId;
    HeapTupleData newest = {};
    Buffer buffer = ReadBuffer(relation, ItemPointerGetBlockNumber(&root));
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    if (heap_hot_search_buffer(&root, relation, buffer, &dirty, &newest, nullptr, true)) {
        const std::uint16_t marks = newest.t_data->t_infomask;
        const TransactionId locker = HeapTupleHeaderGetRawXmax(newest.t_data);
        if (TransactionIdIsValid(dirty.xmax)) {
            holder = dirty.xmax;
        } else if (TransactionIdIsValid(dirty.xmin)) {
            holder = dirty.xmin;
        } else if ((marks & (HEAP_XMAX_INVALID | HEAP_XMAX_IS_MULTI)) == 0 &&
                   !TransactionIdIsCurrentTransactionId(locker) &&
                   TransactionIdIsInProgress(locker)) {
            holder = locker;
        }
    }
    UnlockReleaseBuffer(buffer);
    return holder;
}

// ends_soon looks for a moment whether the transaction ends: going to sleep and being woken costs
// more than most calls have left to do.
bool ends_soon(TransactionId holder) {
    constexpr std::uint64_t patience_us = 15;
    static const bool can_run_beside_us = sysconf(_SC_NPROCESSORS_ONLN) > 1;
    const int pid = can_run_beside_us ? BackendXidGetPid(holder) : 0;
    const PGPROC* process = pid != 0 ? BackendPidGetProc(pid) : nullptr;
    if (process == nullptr) {
        return false;
    }
    instr_time began;
    INSTR_TIME_SET_CURRENT(began);
    for (int looks = 1; __atomic_load_n(&process->xid, __ATOMIC_ACQUIRE) == holder; ++looks) {
        SPIN_DELAY();
        if (looks % 16 == 0) {
            instr_time passed;
            INSTR_TIME_SET_CURRENT(passed);
            INSTR_TIME_SUBTRACT(passed, began);
            if (INSTR_TIME_GET_MICROSEC(passed) >= patience_us) {
                return false;
            }
        }
    }
    return true;
}

} // namespace

bool is_free(HeapTupleHeader seen) {
    const std::uint16_t marks = seen->t_infomask;
    if ((marks & HEAP_XMAX_INVALID) != 0) {
        return true;
    }
    // A version that was locked before it was written keeps the lock's number.
    const TransactionId locker = HeapTupleHeaderGetRawXmax(seen);
    return HEAP_XMAX_IS_LOCKED_ONLY(marks) && (marks & HEAP_XMAX_IS_MULTI) == 0 &&
           (TransactionIdIsCurrentTransactionId(locker) ||
            !XidInMVCCSnapshot(locker, GetActiveSnapshot()));
}

bool wait_for_turn(Relation relation, ItemPointerData root, bool& has_turn) {
    TransactionId holder = holder_of(relation, root);
    if (!TransactionIdIsValid(holder)) {
        return false;
    }
    if (!has_turn && ends_soon(holder) && !TransactionIdIsValid(holder_of(relation, root))) {
        return true;
    }
    if (!has_turn) {
        LockTuple(relation, &root, ExclusiveLock);
        has_turn = true;
    }
    while (TransactionIdIsValid(holder = holder_of(relation, root))) {
        if (!ends_soon(holder)) {
            XactLockTableWait(holder, relation, &root, XLTW_Lock);
        }
    }
    return true;
}

} // namespace credits::pg::heap
