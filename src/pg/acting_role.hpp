// The role that calls, as the books note it: also where its call is done as the tables' owner.
#pragma once

#include "pg/postgres.hpp"

namespace credits::pg {

// acting_role is the caller's role, or within a function that runs as the tables' owner the role
// that called that.
Oid acting_role();
Datum acting_role_name();

// act_for makes a role the acting one until the former is put back, also after an error.
Oid act_for(Oid role);

} // namespace credits::pg
