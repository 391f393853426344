// The extension's functions by name.
#pragma once

#include "pg/postgres.hpp"

namespace credits::pg {

// own_function finds one by name and argument types in schema credits, for whoever calls: a role
// may have rights on a function of another schema and none on this one. InvalidOid where there is
// none.
Oid own_function(const char* name, const Oid* arguments, int count);

} // namespace credits::pg
