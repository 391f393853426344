// The module's one callback of the relation cache, and whom it tells.
#include "pg/relation_changes.hpp"

namespace credits::pg {

namespace {

constexpr int watchers_max = 8;
RelationWatcher watchers[watchers_max];
int watcher_count = 0;

void tell_watchers(Datum /*argument*/, Oid relid) {
    for (int at = 0; at < watcher_count; ++at) {
        watchers[at](relid);
    }
}

} // namespace

void watch_relations(RelationWatcher watcher, bool& is_watching) {
    if (is_watching) {
        return;
    }
    Assert(watcher_count < watchers_max);
    if (watcher_count == 0) {
        CacheRegisterRelcacheCallback(tell_watchers, 0);
    }
    watchers[watcher_count++] = watcher;
    is_watching = true;
}

} // namespace credits::pg
