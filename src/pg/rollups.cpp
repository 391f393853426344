// Roll-ups take it that an entry's time is at most a few seconds before its transaction began to
// write. Where that may not be so, because time was set or the call took long, the entry is named.
#include "pg/rollups.hpp"

#include "pg/statement.hpp"

#include "pg/postgres.hpp"

namespace credits::pg {

namespace {

// credits.roll_up() keeps the same distance.
constexpr core::Instant late_after = 5 * core::micros_per_second;

} // namespace

Datum next_transaction() {
    return FullTransactionIdGetDatum(ReadNextFullTransactionId());
}

void note_late_entries(const Session& session) {
    const auto& entries = session.account.entries;
    if (entries.empty() || session.account.now >= GetCurrentTimestamp() - late_after) {
        return;
    }
    static Statement statement = {"INSERT INTO credits.rollup_late (account_id, entry_no)"
                                  " SELECT $1, n FROM pg_catalog.generate_series($2, $3) n",
                                  3,
                                  {TEXTOID, INT8OID, INT8OID},
                                  nullptr};
    Parameters row = {};
    row.add(session.account_id);
    row.add(Int64GetDatum(entries[0].entry_no));
    row.add(Int64GetDatum(entries[entries.size() - 1].entry_no));
    execute(statement, row);
}

} // namespace credits::pg
