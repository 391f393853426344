// Kept plans through SPI.
#include <cstdint>

#include "pg/statement.hpp"

namespace credits::pg {

namespace {

void prepare(Statement& statement) {
    if (statement.plan != nullptr) {
        return;
    }
    SPIPlanPtr plan =
        SPI_prepare(statement.text, statement.parameter_count, statement.parameter_types);
    if (plan == nullptr || SPI_keepplan(plan) != 0) {
        ereport(ERROR,
                (errcode(ERRCODE_INTERNAL_ERROR),
                 errmsg("could not prepare a statement"),
                 errdetail("%s", statement.text)));
    }
    statement.plan = plan;
}

// Nulls as SPI wants them: a text of 'n' and ' '.
struct NullMarks {
    char text[statement_parameters_max + 1] = {};

    explicit NullMarks(const Parameters& parameters) {
        for (int at = 0; at < parameters.count; ++at) {
            text[at] = parameters.nulls[at] ? 'n' : ' ';
        }
        text[parameters.count] = '\0';
    }
};

enum class RunMode { read, write, write_newest };

Rows run(Statement& statement, const Parameters& parameters, RunMode mode) {
    MemoryContext caller = CurrentMemoryContext;
    SPI_connect();
    prepare(statement);
    const NullMarks nulls(parameters);
    auto* values = const_cast<Datum*>(parameters.values);
    const int result =
        mode == RunMode::write_newest
            ? SPI_execute_snapshot(statement.plan,
                                   values,
                                   nulls.text,
                                   GetLatestSnapshot(),
                                   InvalidSnapshot,
                                   false,
                                   true,
                                   0)
            : SPI_execute_plan(statement.plan, values, nulls.text, mode == RunMode::read, 0);
    if (result < 0) {
        ereport(ERROR,
                (errcode(ERRCODE_INTERNAL_ERROR),
                 errmsg("could not run a statement"),
                 errdetail("%s", SPI_result_code_string(result))));
    }
    Rows rows = {nullptr, nullptr, SPI_processed};
    if (SPI_tuptable != nullptr) {
        MemoryContext inner = MemoryContextSwitchTo(caller);
        rows.descriptor = CreateTupleDescCopy(SPI_tuptable->tupdesc);
        rows.tuples = static_cast<HeapTuple*>(palloc(sizeof(HeapTuple) * (rows.count + 1)));
        for (std::uint64_t at = 0; at < rows.count; ++at) {
            rows.tuples[at] = heap_copytuple(SPI_tuptable->vals[at]);
        }
        MemoryContextSwitchTo(inner);
    }
    SPI_finish();
    return rows;
}

} // namespace

Rows query(Statement& statement, const Parameters& parameters) {
    return run(statement, parameters, RunMode::read);
}

Rows execute(Statement& statement, const Parameters& parameters) {
    return run(statement, parameters, RunMode::write);
}

Rows execute_newest(Statement& statement, const Parameters& parameters) {
    return run(statement, parameters, RunMode::write_newest);
}

void stream(Statement& statement, const Parameters& parameters, Tuplestorestate* store) {
    constexpr int rows_at_once = 1000;
    SPI_connect();
    prepare(statement);
    const NullMarks nulls(parameters);
    Portal portal = SPI_cursor_open(
        nullptr, statement.plan, const_cast<Datum*>(parameters.values), nulls.text, true);
    for (SPI_cursor_fetch(portal, true, rows_at_once); SPI_processed > 0;
         SPI_cursor_fetch(portal, true, rows_at_once)) {
        for (std::uint64_t at = 0; at < SPI_processed; ++at) {
            tuplestore_puttuple(store, SPI_tuptable->vals[at]);
        }
        SPI_freetuptable(SPI_tuptable);
    }
    SPI_cursor_close(portal);
    SPI_finish();
}

Datum column(const Rows& rows, std::uint64_t row, int number, bool& is_null) {
    return heap_getattr(rows.tuples[row], number, rows.descriptor, &is_null);
}

} // namespace credits::pg
