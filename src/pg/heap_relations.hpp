// What the heap path knows of relations, kept per backend until they change.
#pragma once

#include "pg/storage.hpp"

#include <cstdint>

#include "pg/postgres.hpp"

namespace credits::pg::heap {

// kept_index_info is what an index's access method keeps between inserts; a btree keeps nothing.
IndexInfo* kept_index_info(Relation index);

// has_nothing_to_insert tells of a brin index whether it has no summary yet of the range that a new
// row lies in. Then its insert would look that up at length and do nothing; the range is summarized
// later, rows and all. Comes after the row is in the heap, as index inserts do.
bool has_nothing_to_insert(Relation index, BlockNumber heap_block);

} // namespace credits::pg::heap
