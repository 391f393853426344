// Who may read an account by a function that a view calls: row-level security keeps the rows of
// tables apart, but a function that works as the tables' owner has to ask by itself.
#include "pg/visibility.hpp"

#include "pg/acting_role.hpp"
#include "pg/arguments.hpp"
#include "pg/own_function.hpp"
#include "pg/statement.hpp"
#include "pg/storage.hpp"
#include "pg/verbs.hpp"

namespace credits::pg {

namespace {

bool may_call_balance() {
    const Oid argument = TEXTOID;
    const Oid function = own_function("balance", &argument, 1);
#if PG_VERSION_NUM >= 160000
    return object_aclcheck(ProcedureRelationId, function, GetUserId(), ACL_EXECUTE) == ACLCHECK_OK;
#else
    return pg_proc_aclcheck(function, GetUserId(), ACL_EXECUTE) == ACLCHECK_OK;
#endif
}

bool is_own_account(Datum account_id) {
    static Statement statement = {
        "SELECT coalesce($1 OPERATOR(pg_catalog.=) credits.current_account(), false)",
        1,
        {TEXTOID},
        nullptr};
    Parameters parameters = {};
    parameters.add(account_id);
    bool is_null = false;
    return DatumGetBool(column(query(statement, parameters), 0, 1, is_null));
}

} // namespace

Datum visible_balance(FunctionCallInfo call) {
    require_given(call, 0, "account_id");
    if (!may_call_balance() && !is_own_account(call->args[0].value)) {
        ereport(ERROR,
                (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                 errmsg("this account is not the caller's"),
                 errhint("a customer sees its own account only: credits.current_account()")));
    }
    return balance(call);
}

} // namespace credits::pg
