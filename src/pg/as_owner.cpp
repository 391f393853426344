// Hands the arguments to a function in SQL. Every one of these is kept from everybody by its
// grants, and does what it does with the rights of who calls it.
#include "pg/as_owner.hpp"

#include "pg/acting_role.hpp"
#include "pg/arguments.hpp"
#include "pg/statement.hpp"
#include "pg/storage.hpp"

namespace credits::pg {

namespace {

// Which locks a function comes with. The catalogue's writers take a stronger one on the wallets
// later, so they must not begin with one that two of them could hold.
enum class Writes { accounts, catalogue };

Rows written_as_owner(FunctionCallInfo call, Statement& statement, Writes writes) {
    Work work;
    open_work(work, writes == Writes::accounts);
    const Rows rows = execute(statement, parameters_of(call, statement));
    close_work(work);
    return rows;
}

Datum value_as_owner(FunctionCallInfo call, Statement& statement) {
    Work work;
    open_work(work, false);
    const Rows rows = query(statement, parameters_of(call, statement));
    close_work(work);
    return column(rows, 0, 1, call->isnull);
}

Datum rows_as_owner(FunctionCallInfo call, Statement& statement) {
    InitMaterializedSRF(call, MAT_SRF_USE_EXPECTED_DESC);
    Work work;
    open_work(work, false);
    stream(statement,
           parameters_of(call, statement),
           reinterpret_cast<ReturnSetInfo*>(call->resultinfo)->setResult);
    close_work(work);
    return 0;
}

// What a function that as_owner serves does: by its declaration, so that it is said once.
enum class Kind { writes, reads_value, reads_rows };

// A statement for each of them, kept as long as the backend lives.
struct OwnedFunction {
    Oid function;
    Kind kind;
    Statement statement;
    OwnedFunction* next;
};

Kind kind_of(const FormData_pg_proc* form) {
    if (form->provolatile == PROVOLATILE_VOLATILE) {
        return Kind::writes;
    }
    return form->proretset ? Kind::reads_rows : Kind::reads_value;
}

void describe(OwnedFunction& owned) {
    HeapTuple row = SearchSysCache1(PROCOID, ObjectIdGetDatum(owned.function));
    if (!HeapTupleIsValid(row)) {
        elog(ERROR, "cache lookup failed for function %u", owned.function);
    }
    const auto* form = reinterpret_cast<const FormData_pg_proc*>(GETSTRUCT(row));
    Statement& statement = owned.statement;
    owned.kind = kind_of(form);
    statement.parameter_count = form->pronargs;
    StringInfoData text = {};
    initStringInfo(&text);
    appendStringInfo(&text,
                     "SELECT %scredits.%s%s_as_owner(",
                     owned.kind == Kind::reads_rows ? "* FROM " : "",
                     form->pronamespace == get_namespace_oid("credits", false) ? "" : "api_",
                     NameStr(form->proname));
    for (int at = 0; at < form->pronargs; ++at) {
        statement.parameter_types[at] = form->proargtypes.values[at];
        appendStringInfo(&text, at == 0 ? "$%d" : ", $%d", at + 1);
    }
    appendStringInfoChar(&text, ')');
    ReleaseSysCache(row);
    statement.text = text.data;
}

// Not inlined: its variables must not meet the PG_TRY of its caller.
pg_noinline OwnedFunction& owned_function(Oid function) {
    static OwnedFunction* known = nullptr;
    for (OwnedFunction* owned = known; owned != nullptr; owned = owned->next) {
        if (owned->function == function) {
            return *owned;
        }
    }
    MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);
    auto* owned = static_cast<OwnedFunction*>(palloc0(sizeof(OwnedFunction)));
    owned->function = function;
    describe(*owned);
    owned->next = known;
    known = owned;
    MemoryContextSwitchTo(caller);
    return *owned;
}

Datum done_as_owner(FunctionCallInfo call, OwnedFunction& owned) {
    if (owned.kind == Kind::reads_rows) {
        return rows_as_owner(call, owned.statement);
    }
    if (owned.kind == Kind::reads_value) {
        return value_as_owner(call, owned.statement);
    }
    const Rows rows = written_as_owner(call, owned.statement, Writes::accounts);
    return column(rows, 0, 1, call->isnull);
}

} // namespace

Datum as_owner(FunctionCallInfo call) {
    OwnedFunction& owned = owned_function(call->flinfo->fn_oid);
    const Oid former = act_for(acting_role());
    Datum result = 0;
    PG_TRY();
    { result = done_as_owner(call, owned); }
    PG_FINALLY();
    { act_for(former); }
    PG_END_TRY();
    return result;
}

Datum maintain(FunctionCallInfo call) {
    static Statement statement = {"SELECT credits.maintain_tables($1)", 1, {INT4OID}, nullptr};
    return column(written_as_owner(call, statement, Writes::accounts), 0, 1, call->isnull);
}

Datum erase_metadata(FunctionCallInfo call) {
    static Statement statement = {"SELECT credits.erase_metadata_of($1)", 1, {TEXTOID}, nullptr};
    return column(written_as_owner(call, statement, Writes::accounts), 0, 1, call->isnull);
}

// The role that is noted is the caller's, not that of the tables' owner.
Datum acknowledge_alert(FunctionCallInfo call) {
    static Statement statement = {
        "SELECT credits.acknowledge_alert_as($1, $2, $3)", 3, {TEXTOID, INT8OID, TEXTOID}, nullptr};
    require_given(call, 0, "account_id");
    require_given(call, 1, "alert_no");
    const Datum role = CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
    Parameters arguments = {};
    arguments.add(call->args[0].value);
    arguments.add(call->args[1].value);
    arguments.add(role);
    Work work;
    open_work(work, true);
    const Rows rows = execute(statement, arguments);
    close_work(work);
    return column(rows, 0, 1, call->isnull);
}

Datum verify(FunctionCallInfo call) {
    static Statement statement = {"SELECT * FROM credits.verify_books($1)", 1, {TEXTOID}, nullptr};
    return rows_as_owner(call, statement);
}

Datum lot_movements(FunctionCallInfo call) {
    static Statement statement = {
        "SELECT * FROM credits.lot_movements_of($1)", 1, {TEXTOID}, nullptr};
    return rows_as_owner(call, statement);
}

Datum history(FunctionCallInfo call) {
    static Statement statement = {"SELECT * FROM credits.entries_of($1, $2, $3)",
                                  3,
                                  {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID},
                                  nullptr};
    return rows_as_owner(call, statement);
}

Datum configure(FunctionCallInfo call) {
    static Statement statement = {
        "SELECT credits.configure_tables($1, false)", 1, {JSONBOID}, nullptr};
    require_given(call, 0, "config");
    return column(written_as_owner(call, statement, Writes::catalogue), 0, 1, call->isnull);
}

Datum load_preset(FunctionCallInfo call) {
    static Statement statement = {"SELECT credits.configure_preset($1)", 1, {TEXTOID}, nullptr};
    require_given(call, 0, "name");
    return column(written_as_owner(call, statement, Writes::catalogue), 0, 1, call->isnull);
}

Datum pause(FunctionCallInfo call) {
    static Statement statement = {"SELECT credits.pause_platform($1)", 1, {TEXTOID}, nullptr};
    require_given(call, 0, "reason");
    return column(written_as_owner(call, statement, Writes::catalogue), 0, 1, call->isnull);
}

Datum resume(FunctionCallInfo call) {
    static Statement statement = {"SELECT credits.resume_platform()", 0, {}, nullptr};
    return column(written_as_owner(call, statement, Writes::catalogue), 0, 1, call->isnull);
}

Datum export_config(FunctionCallInfo call) {
    static Statement statement = {"SELECT credits.configuration()", 0, {}, nullptr};
    return value_as_owner(call, statement);
}

Datum import_prices(FunctionCallInfo call) {
    static Statement statement = {"SELECT * FROM credits.import_price_file($1, $2, $3, $4)",
                                  4,
                                  {JSONBOID, TIMESTAMPTZOID, TEXTOID, BOOLOID},
                                  nullptr};
    InitMaterializedSRF(call, MAT_SRF_USE_EXPECTED_DESC);
    require_given(call, 0, "document");
    require_given(call, 3, "complete");
    const Rows rows = written_as_owner(call, statement, Writes::catalogue);
    Tuplestorestate* answer = reinterpret_cast<ReturnSetInfo*>(call->resultinfo)->setResult;
    for (std::uint64_t at = 0; at < rows.count; ++at) {
        tuplestore_puttuple(answer, rows.tuples[at]);
    }
    return 0;
}

} // namespace credits::pg
