// What roll-ups need to know of the moment at which entries are written.
#pragma once

#include "pg/session.hpp"

namespace credits::pg {

// next_transaction is the id that the next transaction to write will get, as xid8.
Datum next_transaction();

// note_late_entries names the session's entries in credits.rollup_late where their time is behind
// the clock's. It must come after their rows.
void note_late_entries(const Session& session);

} // namespace credits::pg
