// Looking up the extension's own functions, whatever the caller's rights.
#include "pg/own_function.hpp"

namespace credits::pg {

Oid own_function(const char* name, const Oid* arguments, int count) {
    return GetSysCacheOid3(PROCNAMEARGSNSP,
                           Anum_pg_proc_oid,
                           CStringGetDatum(name),
                           PointerGetDatum(buildoidvector(arguments, count)),
                           ObjectIdGetDatum(get_namespace_oid("credits", false)));
}

} // namespace credits::pg
