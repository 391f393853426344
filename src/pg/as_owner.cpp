// Hands the arguments to a function in SQL. Every one of these is kept from everybody by its
// grants, and does what it does with the rights of who calls it.
#include "pg/as_owner.hpp"

#include "pg/arguments.hpp"
#include "pg/statement.hpp"
#include "pg/storage.hpp"

namespace credits::pg {

namespace {

Parameters arguments_of(FunctionCallInfo call, const Statement& statement) {
    Parameters arguments = {};
    for (int at = 0; at < statement.parameter_count; ++at) {
        arguments.add(call->args[at].value, call->args[at].isnull);
    }
    return arguments;
}

Datum value_as_owner(FunctionCallInfo call, Statement& statement) {
    Work work;
    open_work(work, true);
    const Rows rows = execute(statement, arguments_of(call, statement));
    const Datum value = column(rows, 0, 1, call->isnull);
    close_work(work);
    return value;
}

Datum rows_as_owner(FunctionCallInfo call, Statement& statement) {
    InitMaterializedSRF(call, MAT_SRF_USE_EXPECTED_DESC);
    Work work;
    open_work(work, false);
    stream(statement,
           arguments_of(call, statement),
           reinterpret_cast<ReturnSetInfo*>(call->resultinfo)->setResult);
    close_work(work);
    return 0;
}

Datum read_as_owner(FunctionCallInfo call, Statement& statement) {
    Work work;
    open_work(work, false);
    const Rows rows = query(statement, arguments_of(call, statement));
    const Datum value = column(rows, 0, 1, call->isnull);
    close_work(work);
    return value;
}

Datum written_rows_as_owner(FunctionCallInfo call, Statement& statement) {
    InitMaterializedSRF(call, MAT_SRF_USE_EXPECTED_DESC);
    Work work;
    open_work(work, true);
    const Rows rows = execute(statement, arguments_of(call, statement));
    auto* result = reinterpret_cast<ReturnSetInfo*>(call->resultinfo);
    for (std::uint64_t at = 0; at < rows.count; ++at) {
        tuplestore_puttuple(result->setResult, rows.tuples[at]);
    }
    close_work(work);
    return 0;
}

} // namespace

Datum maintain(FunctionCallInfo call) {
    static Statement statement = {"SELECT credits.maintain_tables($1)", 1, {INT4OID}, nullptr};
    return value_as_owner(call, statement);
}

Datum erase_metadata(FunctionCallInfo call) {
    static Statement statement = {"SELECT credits.erase_metadata_of($1)", 1, {TEXTOID}, nullptr};
    return value_as_owner(call, statement);
}

Datum verify(FunctionCallInfo call) {
    static Statement statement = {"SELECT * FROM credits.verify_books($1)", 1, {TEXTOID}, nullptr};
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
    static Statement statement = {"SELECT credits.configure_tables($1)", 1, {JSONBOID}, nullptr};
    require_given(call, 0, "config");
    return value_as_owner(call, statement);
}

Datum export_config(FunctionCallInfo call) {
    static Statement statement = {"SELECT credits.configuration()", 0, {}, nullptr};
    return read_as_owner(call, statement);
}

Datum import_prices(FunctionCallInfo call) {
    static Statement statement = {"SELECT * FROM credits.import_price_file($1, $2, $3, $4)",
                                  4,
                                  {JSONBOID, TIMESTAMPTZOID, TEXTOID, BOOLOID},
                                  nullptr};
    require_given(call, 0, "document");
    require_given(call, 3, "complete");
    return written_rows_as_owner(call, statement);
}

} // namespace credits::pg
