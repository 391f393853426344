// Reads in views: for those who may read any account, and for an account itself.
#pragma once

#include "pg/postgres.hpp"

namespace credits::pg {

// visible_balance is balance, without the right to call that for an account that is the caller's.
Datum visible_balance(FunctionCallInfo call);

} // namespace credits::pg
