// The trigger that keeps an account's level right whoever updates its wallet. Owns what tells it
// from other triggers, and calls' own updates from those of others.
#pragma once

#include "pg/postgres.hpp"

namespace credits::pg {

// keep_restriction_level is the trigger's function.
Datum keep_restriction_level(FunctionCallInfo call);

// is_level_trigger tells by its function whether a trigger is this one.
bool is_level_trigger(Oid function);

// Between these the next update of the account's wallet is a call's own, which has kept the level
// and noted its change.
void begin_own_update(Datum account_id);
void end_own_update();

} // namespace credits::pg
