// Waiting for a row that many transactions want at once.
#pragma once

#include "pg/postgres.hpp"

namespace credits::pg::heap {

// is_free: nobody else changes or locks the row, and the version seen is the newest. Where it is
// hard to tell the answer is no.
bool is_free(HeapTupleHeader seen);

// wait_for_turn waits until nobody else has a row, given by the first place of its versions. False
// where it did not have to wait. has_turn: this transaction stands first in the row's queue.
bool wait_for_turn(Relation relation, ItemPointerData root, bool& has_turn);

} // namespace credits::pg::heap
