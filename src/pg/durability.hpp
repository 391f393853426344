// Early lock release: the account's row is free for the next call while this one waits for its
// commit to reach the disk; the client still hears of it only then.
#pragma once

#include "pg/postgres.hpp"

namespace credits::pg {

// define_durability_settings registers pg_credits.early_lock_release and the commit callback.
void define_durability_settings();

// release_locks_early marks the transaction: its locks go before its wait for the disk.
void release_locks_early();

// wait_only_for is for a transaction that has just counted a refusal, its first writes: if it
// writes nothing else, its client waits until what the refusal rests on, the commit of that
// transaction, is durable, but not for the count.
void wait_only_for(TransactionId rests_on);

} // namespace credits::pg
