// The role that calls.
#include "pg/acting_role.hpp"

namespace credits::pg {

namespace {

Oid acting = InvalidOid;

} // namespace

Oid acting_role() {
    return OidIsValid(acting) ? acting : GetUserId();
}

Datum acting_role_name() {
    return CStringGetTextDatum(GetUserNameFromId(acting_role(), false));
}

Oid act_for(Oid role) {
    const Oid former = acting;
    acting = role;
    return former;
}

} // namespace credits::pg
