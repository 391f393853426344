// Which relations may be written below SQL, and which partition a row of the ledger goes to. The
// answer is no wherever something would notice: triggers, rules, checks, generated or foreign
// columns, indexes with expressions, other table access methods, distributed tables.
#include "pg/heap_relations.hpp"

#include "pg/relation_changes.hpp"
#include "pg/wallet_trigger.hpp"

extern "C" {
#include <catalog/pg_trigger.h>
}

namespace credits::pg::heap {

namespace {

constexpr int kept_relations_max = 32;

KnownRelation known[kept_relations_max];
int known_count = 0;
bool indexes_changed = true;

// The partition that took the last row, until the ledger's partitions change.
struct LastPartition {
    Oid parent;
    Oid relid;
    std::int64_t lower;
    std::int64_t upper;
};

LastPartition last_partition;

// A change of the parent changes what is below it too. The last partition has to be asked for by
// itself: what is known of it may have made room for others.
void on_relation_change(Oid relid) {
    if (relid == InvalidOid || relid == last_partition.relid || relid == last_partition.parent) {
        last_partition = {};
    }
    for (int at = 0; at < known_count; ++at) {
        if (relid == InvalidOid || known[at].relid == relid) {
            known_count = 0;
            last_partition = {};
            break;
        }
    }
    indexes_changed = true;
}

// Calls keep the level themselves, so our own trigger of the wallet is nothing to make way for.
bool fires(Relation relation, const Trigger& trigger) {
    const bool updates_rows =
        relation->rd_rel->relkind == RELKIND_RELATION && !relation->rd_rel->relispartition;
    return (TRIGGER_FOR_INSERT(trigger.tgtype) ||
            (TRIGGER_FOR_UPDATE(trigger.tgtype) && updates_rows)) &&
           !is_level_trigger(trigger.tgfoid);
}

bool has_foreign_behaviour(Relation relation) {
    const TriggerDesc* triggers = relation->trigdesc;
    bool any_fires = false;
    for (int at = 0; triggers != nullptr && at < triggers->numtriggers; ++at) {
        any_fires = any_fires || fires(relation, triggers->triggers[at]);
    }
    const TupleConstr* constraints = RelationGetDescr(relation)->constr;
    const bool checked =
        constraints != nullptr && (constraints->num_check > 0 || constraints->has_generated_stored);
    return any_fires || checked || relation->rd_rules != nullptr ||
           relation->rd_rel->relforcerowsecurity;
}

bool has_plain_indexes(Relation relation) {
    bool plain = true;
    List* indexes = RelationGetIndexList(relation);
    ListCell* cell = nullptr;
    foreach (cell, indexes) {
        Relation index = index_open(lfirst_oid(cell), AccessShareLock);
        const Form_pg_index form = index->rd_index;
        plain = plain && form->indislive && form->indisready && form->indimmediate &&
                !form->indisexclusion &&
                heap_attisnull(index->rd_indextuple, Anum_pg_index_indexprs, nullptr) &&
                heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, nullptr);
        index_close(index, AccessShareLock);
    }
    list_free(indexes);
    return plain;
}

bool find_attributes(Relation relation, const TableShape& shape, KnownRelation& entry) {
    const TupleDesc descriptor = RelationGetDescr(relation);
    if (descriptor->natts > attribute_count_max) {
        return false;
    }
    entry.attribute_count = descriptor->natts;
    int live = 0;
    for (int at = 0; at < descriptor->natts; ++at) {
        live += TupleDescAttr(descriptor, at)->attisdropped ? 0 : 1;
    }
    for (std::size_t at = 0; at < shape.columns.size(); ++at) {
        entry.attributes[at] = get_attnum(RelationGetRelid(relation), shape.columns[at]);
        if (entry.attributes[at] == InvalidAttrNumber) {
            return false;
        }
        entry.columns[entry.attributes[at]] = static_cast<std::uint8_t>(at);
    }
    return live == static_cast<int>(shape.columns.size());
}

// Rows are looked up by the primary key, so it has to be there and be that of the table's shape.
bool has_its_key(Relation relation, const TableShape& shape, const KnownRelation& entry) {
    const Oid key = RelationGetPrimaryKeyIndex(relation);
    if (key == InvalidOid) {
        return false;
    }
    Relation index = index_open(key, AccessShareLock);
    const Form_pg_index form = index->rd_index;
    bool same = form->indnkeyatts == shape.key_size;
    for (int at = 0; same && at < shape.key_size; ++at) {
        same = form->indkey.values[at] == entry.attributes[at];
    }
    index_close(index, AccessShareLock);
    return same;
}

const KnownRelation& know(Relation relation, Table table) {
    const Oid relid = RelationGetRelid(relation);
    for (int at = 0; at < known_count; ++at) {
        if (known[at].relid == relid) {
            return known[at];
        }
    }
    static bool is_watching = false;
    watch_relations(on_relation_change, is_watching);
    KnownRelation entry = {};
    entry.relid = relid;
    entry.table = table;
    const char kind = relation->rd_rel->relkind;
    const bool plain_heap =
        kind == RELKIND_RELATION && relation->rd_rel->relam == HEAP_TABLE_AM_OID;
    entry.usable = (plain_heap || kind == RELKIND_PARTITIONED_TABLE) &&
                   find_attributes(relation, shape_of(table), entry) &&
                   !has_foreign_behaviour(relation) && has_plain_indexes(relation) &&
                   has_its_key(relation, shape_of(table), entry) &&
                   get_extension_oid("citus", true) == InvalidOid;
    if (known_count == kept_relations_max) {
        known_count = 0;
    }
    known[known_count] = entry;
    return known[known_count++];
}

std::int64_t bound_at(PartitionBoundInfo bounds, int offset, std::int64_t otherwise) {
    const bool is_value = offset >= 0 && offset < bounds->ndatums &&
                          bounds->kind[offset][0] == PARTITION_RANGE_DATUM_VALUE;
    return is_value ? DatumGetInt64(bounds->datums[offset][0]) : otherwise;
}

// find_partition looks up the partition for a moment; false where there is none or it is not a
// plain table. The default partition takes moments of no one range, so it is looked up every time.
bool find_partition(Relation parent, Datum moment, LastPartition& partition) {
    const PartitionKey key = RelationGetPartitionKey(parent);
    const PartitionDesc partitions = RelationGetPartitionDesc(parent, true);
    if (key == nullptr || key->strategy != PARTITION_STRATEGY_RANGE || key->partnatts != 1 ||
        partitions->nparts == 0) {
        return false;
    }
    const PartitionBoundInfo bounds = partitions->boundinfo;
    bool equal = false;
    const int offset = partition_range_datum_bsearch(
        key->partsupfunc, key->partcollation, bounds, 1, &moment, &equal);
    const int index = bounds->indexes[offset + 1];
    const int found = index < 0 ? bounds->default_index : index;
    if (found < 0 || !partitions->is_leaf[found]) {
        return false;
    }
    partition = {RelationGetRelid(parent), partitions->oids[found], 0, 0};
    if (index >= 0) {
        partition.lower = bound_at(bounds, offset, PG_INT64_MIN);
        partition.upper = bound_at(bounds, offset + 1, PG_INT64_MAX);
    }
    return true;
}

// open_last_partition spares the way over the parent while the month does not change.
bool open_last_partition(const StoredRow& row, LOCKMODE mode, Target& target) {
    const TimestampTz moment = DatumGetTimestampTz(row.values[ledger_column::created_at]);
    if (last_partition.relid == InvalidOid || moment < last_partition.lower ||
        moment >= last_partition.upper) {
        return false;
    }
    Relation relation = try_relation_open(last_partition.relid, mode);
    if (relation == nullptr || last_partition.relid == InvalidOid) {
        if (relation != nullptr) {
            relation_close(relation, NoLock);
        }
        return false;
    }
    target = {relation, know(relation, Table::ledger), last_partition.lower, last_partition.upper};
    return true;
}

bool open_ledger(Relation ledger, const StoredRow& row, LOCKMODE mode, Target& target) {
    LastPartition partition = {};
    const bool found = find_partition(ledger, row.values[ledger_column::created_at], partition);
    table_close(ledger, NoLock);
    if (!found) {
        return false;
    }
    Relation relation = table_open(partition.relid, mode);
    target = {relation, know(relation, Table::ledger), partition.lower, partition.upper};
    if (target.known.usable && partition.lower < partition.upper) {
        last_partition = partition;
    }
    return true;
}

// What access methods keep between the rows of a statement, kept between calls: what a brin index
// keeps costs more to make than its insert.
struct KeptIndexInfo {
    IndexInfo* info;
    Oid relid;
    BlockNumber pages_per_range; // 0: it is not known where a range's summary would be noted
};

constexpr int kept_indexes_max = 16;
KeptIndexInfo kept_indexes[kept_indexes_max];
int kept_count = 0;
MemoryContext kept_memory = nullptr;

// The first page of the map from ranges to summaries follows the metapage, and stays there.
constexpr BlockNumber first_map_block = 1;

// Of an index that asks for summaries itself, or has no map yet, nothing is kept.
BlockNumber read_pages_per_range(Relation index) {
    if (BrinGetAutoSummarize(index) || RelationGetNumberOfBlocks(index) <= first_map_block) {
        return 0;
    }
    Buffer map = ReadBuffer(index, first_map_block);
    LockBuffer(map, BUFFER_LOCK_SHARE);
    const bool is_map = BRIN_IS_REVMAP_PAGE(BufferGetPage(map));
    UnlockReleaseBuffer(map);
    if (!is_map) {
        return 0;
    }
    Buffer meta = ReadBuffer(index, BRIN_METAPAGE_BLKNO);
    LockBuffer(meta, BUFFER_LOCK_SHARE);
    const auto* page =
        reinterpret_cast<const BrinMetaPageData*>(PageGetContents(BufferGetPage(meta)));
    const BlockNumber pages_per_range = page->pagesPerRange;
    UnlockReleaseBuffer(meta);
    return pages_per_range;
}

KeptIndexInfo& keep_brin(Relation index) {
    if (indexes_changed || kept_count == kept_indexes_max) {
        if (kept_memory != nullptr) {
            MemoryContextDelete(kept_memory);
        }
        kept_memory = AllocSetContextCreate(
            CacheMemoryContext, "pg_credits index information", ALLOCSET_SMALL_SIZES);
        kept_count = 0;
        indexes_changed = false;
    }
    for (int at = 0; at < kept_count; ++at) {
        if (kept_indexes[at].relid == RelationGetRelid(index)) {
            return kept_indexes[at];
        }
    }
    const BlockNumber pages_per_range = read_pages_per_range(index);
    MemoryContext caller = MemoryContextSwitchTo(kept_memory);
    IndexInfo* info = BuildIndexInfo(index);
    info->ii_Context = kept_memory;
    MemoryContextSwitchTo(caller);
    kept_indexes[kept_count] = {info, RelationGetRelid(index), pages_per_range};
    return kept_indexes[kept_count++];
}

} // namespace

IndexInfo* kept_index_info(Relation index) {
    switch (index->rd_rel->relam) {
    case BTREE_AM_OID:
        return nullptr;
    case BRIN_AM_OID:
        return keep_brin(index).info;
    default:
        return BuildIndexInfo(index);
    }
}

bool has_nothing_to_insert(Relation index, BlockNumber heap_block) {
    if (index->rd_rel->relam != BRIN_AM_OID) {
        return false;
    }
    const BlockNumber pages_per_range = keep_brin(index).pages_per_range;
    const BlockNumber range = pages_per_range == 0 ? 0 : heap_block / pages_per_range;
    if (pages_per_range == 0 || range >= REVMAP_PAGE_MAXITEMS) {
        return false;
    }
    Buffer map = ReadBuffer(index, first_map_block);
    LockBuffer(map, BUFFER_LOCK_SHARE);
    const auto* contents =
        reinterpret_cast<const RevmapContents*>(PageGetContents(BufferGetPage(map)));
    const bool is_summarized = ItemPointerIsValid(&contents->rm_tids[range]);
    UnlockReleaseBuffer(map);
    return !is_summarized;
}

Search search_ledger(const Datum* key, TimestampTz latest, StoredRow& row) {
    constexpr int prefix_size = 2;
    Relation ledger = open_table(Table::ledger, AccessShareLock);
    const PartitionDesc partitions = RelationGetPartitionDesc(ledger, true);
    const PartitionBoundInfo bounds = partitions->boundinfo;
    LastPartition newest = {};
    Search outcome = find_partition(ledger, TimestampTzGetDatum(latest), newest) ? Search::missing
                                                                                 : Search::unknown;
    bool reached = false;
    // Newest month first; before all months the default partition, which may hold any time.
    for (int at = partitions->nparts - 1; at >= 0 && outcome == Search::missing; --at) {
        reached = reached || partitions->oids[at] == newest.relid;
        if (!reached && at != bounds->default_index) {
            continue;
        }
        if (!partitions->is_leaf[at]) {
            outcome = Search::unknown;
            break;
        }
        Relation relation = table_open(partitions->oids[at], AccessShareLock);
        const Target target = {relation, know(relation, Table::ledger), 0, 0};
        if (!target.known.usable) {
            outcome = Search::unknown;
        } else if (find_by_prefix(target, key, prefix_size, row)) {
            outcome = Search::found;
        }
        table_close(relation, NoLock);
    }
    table_close(ledger, NoLock);
    return outcome;
}

bool open_target(Table table, const StoredRow& row, LOCKMODE mode, Target& target) {
    const bool is_ledger = table == Table::ledger;
    if (!is_ledger || !open_last_partition(row, mode, target)) {
        Relation relation = open_table(table, mode);
        target = {relation, know(relation, table), 0, 0};
        if (is_ledger && target.known.usable && !open_ledger(relation, row, mode, target)) {
            target = Target{};
            return false;
        }
    }
    if (!target.known.usable) {
        table_close(target.relation, NoLock);
        target = Target{};
        return false;
    }
    return true;
}

} // namespace credits::pg::heap
