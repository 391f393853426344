// Rows of set-returning functions: values in the order of the columns, into the result's store.
#pragma once

#include "pg/postgres.hpp"

namespace credits::pg {

struct RowValues {
    Datum values[24];
    bool nulls[24];
    int count;

    void add(Datum value) {
        values[count] = value;
        nulls[count++] = false;
    }

    void add(Datum value, bool is_null) {
        values[count] = is_null ? 0 : value;
        nulls[count++] = is_null;
    }

    void add_null() { add(0, true); }
};

// begin_rows comes first in a set-returning function.
inline void begin_rows(FunctionCallInfo call) {
    InitMaterializedSRF(call, MAT_SRF_USE_EXPECTED_DESC);
}

inline void put_row(FunctionCallInfo call, RowValues& row) {
    auto* info = reinterpret_cast<ReturnSetInfo*>(call->resultinfo);
    tuplestore_putvalues(info->setResult, info->setDesc, row.values, row.nulls);
}

} // namespace credits::pg
