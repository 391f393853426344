// What the heap path knows of relations, kept per backend until they change.
#pragma once

#include "pg/storage.hpp"

#include <cstdint>

#include "pg/postgres.hpp"

namespace credits::pg::heap {

// KnownRelation is what is known of one relation: where its columns are (attribute number by
// column, column by attribute number), and whether it is plain enough.
struct KnownRelation {
    Oid relid;
    Table table;
    int attribute_count;
    AttrNumber attributes[column_count_max];
    bool usable;
    std::uint8_t columns[MaxTupleAttributeNumber + 1];
};

// kept_index_info is what an index's access method keeps between inserts; a btree keeps nothing.
IndexInfo* kept_index_info(Relation index);

} // namespace credits::pg::heap
