// Statements with kept plans: prepared once per backend, run with parameters.
#pragma once

#include <cstdint>

#include "pg/postgres.hpp"

namespace credits::pg {

inline constexpr int statement_parameters_max = 48;

// Statement is a static of its user; the plan is prepared at the first run and kept.
struct Statement {
    const char* text;
    int parameter_count;
    Oid parameter_types[statement_parameters_max];
    SPIPlanPtr plan;
};

// Parameters of one run, in order; null where nulls says so.
struct Parameters {
    Datum values[statement_parameters_max];
    bool nulls[statement_parameters_max];
    int count;

    void add(Datum value) {
        values[count] = value;
        nulls[count++] = false;
    }

    void add_null() {
        values[count] = 0;
        nulls[count++] = true;
    }

    void add(Datum value, bool is_null) {
        values[count] = is_null ? 0 : value;
        nulls[count++] = is_null;
    }
};

// The first arguments of a call, as many as the statement takes.
inline Parameters parameters_of(FunctionCallInfo call, const Statement& statement) {
    Parameters parameters = {};
    for (int at = 0; at < statement.parameter_count; ++at) {
        parameters.add(call->args[at].value, call->args[at].isnull);
    }
    return parameters;
}

// Rows of a statement, copied to the memory context that was current before the run.
struct Rows {
    HeapTuple* tuples;
    TupleDesc descriptor;
    std::uint64_t count;
};

// query runs with the active snapshot; execute takes a new one and may write.
Rows query(Statement& statement, const Parameters& parameters);
Rows execute(Statement& statement, const Parameters& parameters);

// execute_newest sees what was committed by now, also where the transaction's snapshot is older.
Rows execute_newest(Statement& statement, const Parameters& parameters);

// stream queries with the active snapshot and puts the rows in a store that may spill to disk.
void stream(Statement& statement, const Parameters& parameters, Tuplestorestate* store);

Datum column(const Rows& rows, std::uint64_t row, int number, bool& is_null);

} // namespace credits::pg
