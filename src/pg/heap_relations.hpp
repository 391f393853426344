// What the heap path knows of relations, kept per backend until they change.
#pragma once

#include "pg/storage.hpp"

#include <cstdint>

#include "pg/postgres.hpp"

namespace credits::pg::heap {

// kept_index_info is what an index's access method keeps between inserts; a btree keeps nothing.
IndexInfo* kept_index_info(Relation index);

} // namespace credits::pg::heap
