// How it works. Before commit, this transaction's synchronous_commit is set to off, so the commit
// record is written but not waited for, and the locks are released. A reset callback on the
// transaction's memory, which runs after that and before the client gets its answer, then waits for
// the flush and for synchronous standbys as the session's setting demands. Whoever built on the row
// meanwhile has a later commit record: a crash loses both or none. Only a reader that writes
// nothing can have seen what a crash then undoes.
//
// A transaction that does nothing but count a refusal waits for less: a crash may undo the count,
// not what the refusal rests on.
//
// Prepared transactions are flushed by the server at PREPARE and at COMMIT PREPARED, locks held.
#include "pg/durability.hpp"

#include "pg/postgres.hpp"

namespace credits::pg {

namespace {

bool early_lock_release = true;
bool is_marked = false;
bool is_deferred = false;
MemoryContextCallback* wait_callback = nullptr;
int demanded_synchronous_commit = SYNCHRONOUS_COMMIT_ON;

// A count of a refusal: where the log was after it, and how far it must be durable.
XLogRecPtr counted_until = InvalidXLogRecPtr;
XLogRecPtr awaited = InvalidXLogRecPtr;
bool awaits_commit = true;

// As SET would: the wait mode for standbys follows the level.
void set_synchronous_commit(int level) {
    synchronous_commit = level;
    assign_synchronous_commit(level, nullptr);
}

// Runs when the committed transaction's memory goes, interrupts still held off.
void wait_until_durable(void* /*argument*/) {
    const XLogRecPtr until = awaits_commit ? XactLastCommitEnd : awaited;
    XLogFlush(until);
    // SET LOCAL is undone by now; what counts is what the transaction demanded when it committed.
    const int session_level = synchronous_commit;
    set_synchronous_commit(demanded_synchronous_commit);
    SyncRepWaitForLSN(until, true);
    set_synchronous_commit(session_level);
}

void restore_setting() {
    if (is_deferred) {
        synchronous_commit = demanded_synchronous_commit;
        is_deferred = false;
    }
}

void on_transaction_event(XactEvent event, void* /*argument*/) {
    switch (event) {
    case XACT_EVENT_PRE_COMMIT:
        if (is_marked && early_lock_release && synchronous_commit > SYNCHRONOUS_COMMIT_OFF) {
            // Memory now: running out of it after the commit record would be a panic.
            wait_callback = static_cast<MemoryContextCallback*>(
                MemoryContextAllocZero(TopTransactionContext, sizeof(MemoryContextCallback)));
            wait_callback->func = wait_until_durable;
            demanded_synchronous_commit = synchronous_commit;
            synchronous_commit = SYNCHRONOUS_COMMIT_OFF;
            is_deferred = true;
            awaits_commit = XLogRecPtrIsInvalid(counted_until) || counted_until != XactLastRecEnd;
        }
        counted_until = InvalidXLogRecPtr;
        break;
    case XACT_EVENT_COMMIT:
        if (is_deferred) {
            restore_setting();
            MemoryContextRegisterResetCallback(TopTransactionContext, wait_callback);
        }
        is_marked = false;
        break;
    case XACT_EVENT_ABORT:
    case XACT_EVENT_PREPARE:
        restore_setting();
        is_marked = false;
        counted_until = InvalidXLogRecPtr;
        break;
    default:
        break;
    }
}

} // namespace

void define_durability_settings() {
    DefineCustomBoolVariable(
        "pg_credits.early_lock_release",
        "Releases an account's lock before waiting for the commit to reach the disk.",
        "The client's answer still waits. Off: locks are held until then, as usual.",
        &early_lock_release,
        true,
        PGC_USERSET,
        GUC_NOT_IN_SAMPLE,
        nullptr,
        nullptr,
        nullptr);
    RegisterXactCallback(on_transaction_event, nullptr);
}

void release_locks_early() {
    is_marked = true;
}

void wait_only_for(TransactionId rests_on) {
    counted_until = XactLastRecEnd;
    awaited = TransactionIdGetCommitLSN(rests_on);
}

} // namespace credits::pg
