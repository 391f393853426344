// Functions whose work is done by SQL on the tables, done as the tables' owner, as calls are: what
// the owner put on its tables then runs with no more than its own rights. SECURITY DEFINER would
// lend it those of the extension's owner, a superuser.
#pragma once

#include "pg/postgres.hpp"

namespace credits::pg {

// as_owner is the whole of a function NAME whose work NAME_as_owner does, with the same arguments:
// one declared STABLE only reads, and may return rows; others may write, and return one value. The
// work of one in another schema, as credits_api is, is done by credits.api_NAME_as_owner.
Datum as_owner(FunctionCallInfo call);

Datum maintain(FunctionCallInfo call);
Datum erase_metadata(FunctionCallInfo call);
Datum acknowledge_alert(FunctionCallInfo call);
Datum verify(FunctionCallInfo call);
Datum lot_movements(FunctionCallInfo call);
Datum history(FunctionCallInfo call);
Datum configure(FunctionCallInfo call);
Datum load_preset(FunctionCallInfo call);
Datum pause(FunctionCallInfo call);
Datum resume(FunctionCallInfo call);
Datum export_config(FunctionCallInfo call);
Datum import_prices(FunctionCallInfo call);

} // namespace credits::pg
