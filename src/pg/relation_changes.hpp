// Who is told that a relation has changed: the server has room for a few callbacks of this kind, so
// the module takes one for all of its caches.
#pragma once

#include "pg/postgres.hpp"

namespace credits::pg {

// RelationWatcher is told the relation that changed, or InvalidOid for all of them. It may neither
// raise nor read a catalogue.
using RelationWatcher = void (*)(Oid relid);

// watch_relations adds a watcher for the rest of the backend's life, once: is_watching is its own.
void watch_relations(RelationWatcher watcher, bool& is_watching);

} // namespace credits::pg
