// Levels of many accounts at once, for views.
#pragma once

#include "pg/postgres.hpp"

namespace credits::pg {

Datum level_of_totals(FunctionCallInfo call);

} // namespace credits::pg
