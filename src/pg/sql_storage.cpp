// Rows through SQL statements, built from the tables' shapes: for distributed tables, for tables to
// which users added triggers, rules or columns, and wherever pg_credits.storage says so.
#include "pg/statement.hpp"
#include "pg/storage.hpp"

namespace credits::pg::sql {

namespace {

struct TableStatements {
    Statement find;
    Statement find_locked;
    Statement insert;
    Statement update;
    Oid types[column_count_max];
    bool built;
};

TableStatements statements[table_count];

void append_list(StringInfo text,
                 const TableShape& shape,
                 const char* format_first,
                 const char* separator,
                 int from) {
    for (int at = from; at < static_cast<int>(shape.columns.size()); ++at) {
        if (at > from) {
            appendStringInfoString(text, separator);
        }
        if (format_first == nullptr) {
            appendStringInfo(text, "\"%s\"", shape.columns[static_cast<std::size_t>(at)]);
        } else {
            appendStringInfo(
                text, format_first, shape.columns[static_cast<std::size_t>(at)], at + 1);
        }
    }
}

void append_key(StringInfo text, const TableShape& shape) {
    appendStringInfoString(text, " WHERE ");
    for (int at = 0; at < shape.key_size; ++at) {
        appendStringInfo(text,
                         "%s\"%s\" OPERATOR(pg_catalog.=) $%d",
                         at > 0 ? " AND " : "",
                         shape.columns[static_cast<std::size_t>(at)],
                         at + 1);
    }
}

Statement statement_of(const char* text, int parameter_count, const Oid* types) {
    Statement statement = {};
    statement.text = MemoryContextStrdup(TopMemoryContext, text);
    statement.parameter_count = parameter_count;
    for (int at = 0; at < parameter_count; ++at) {
        statement.parameter_types[at] = types[at];
    }
    return statement;
}

// The base types of the columns, as parameters of the statements.
void find_types(Table table, Oid* types) {
    const TableShape& shape = shape_of(table);
    Relation relation = open_table(table, AccessShareLock);
    for (std::size_t at = 0; at < shape.columns.size(); ++at) {
        const AttrNumber number = get_attnum(RelationGetRelid(relation), shape.columns[at]);
        types[at] = getBaseType(get_atttype(RelationGetRelid(relation), number));
    }
    table_close(relation, NoLock);
}

TableStatements& statements_of(Table table) {
    TableStatements& known = statements[static_cast<std::size_t>(table)];
    if (known.built) {
        return known;
    }
    const TableShape& shape = shape_of(table);
    const int count = static_cast<int>(shape.columns.size());
    find_types(table, known.types);
    StringInfoData text;

    initStringInfo(&text);
    appendStringInfoString(&text, "SELECT ");
    append_list(&text, shape, nullptr, ", ", 0);
    appendStringInfo(&text, " FROM credits.%s", shape.name);
    append_key(&text, shape);
    known.find = statement_of(text.data, shape.key_size, known.types);
    appendStringInfoString(&text, " FOR NO KEY UPDATE");
    known.find_locked = statement_of(text.data, shape.key_size, known.types);

    resetStringInfo(&text);
    appendStringInfo(&text, "INSERT INTO credits.%s (", shape.name);
    append_list(&text, shape, nullptr, ", ", 0);
    appendStringInfoString(&text, ") VALUES (");
    for (int at = 1; at <= count; ++at) {
        appendStringInfo(&text, "%s$%d", at > 1 ? ", " : "", at);
    }
    appendStringInfoChar(&text, ')');
    known.insert = statement_of(text.data, count, known.types);

    resetStringInfo(&text);
    appendStringInfo(&text, "UPDATE credits.%s SET ", shape.name);
    append_list(&text, shape, "\"%s\" = $%d", ", ", shape.key_size);
    append_key(&text, shape);
    known.update = statement_of(text.data, count, known.types);
    pfree(text.data);
    known.built = true;
    return known;
}

Parameters parameters_of(const StoredRow& row, int count) {
    Parameters parameters = {};
    for (int at = 0; at < count; ++at) {
        parameters.add(row.values[at], row.nulls[at]);
    }
    return parameters;
}

} // namespace

bool find_row(Table table, const Datum* key, RowLock lock, StoredRow& row) {
    TableStatements& known = statements_of(table);
    const TableShape& shape = shape_of(table);
    Parameters parameters = {};
    for (int at = 0; at < shape.key_size; ++at) {
        parameters.add(key[at]);
    }
    row.is_tentative = false;
    const Rows rows = lock == RowLock::none ? query(known.find, parameters)
                                            : execute(known.find_locked, parameters);
    if (rows.count == 0) {
        return false;
    }
    if (lock != RowLock::none) {
        renew_snapshot();
    }
    for (std::size_t at = 0; at < shape.columns.size(); ++at) {
        row.values[at] = column(rows, 0, static_cast<int>(at) + 1, row.nulls[at]);
    }
    return true;
}

void insert_row(Table table, StoredRow& row) {
    const auto count = static_cast<int>(shape_of(table).columns.size());
    execute(statements_of(table).insert, parameters_of(row, count));
}

void update_row(Table table, StoredRow& row) {
    const auto count = static_cast<int>(shape_of(table).columns.size());
    const Rows rows = execute(statements_of(table).update, parameters_of(row, count));
    if (rows.count != 1) {
        ereport(ERROR,
                (errcode(ERRCODE_INTERNAL_ERROR),
                 errmsg("a row of \"%s\" was not there to update", shape_of(table).name),
                 errdetail("a trigger or rule on the table may have kept it from being written")));
    }
}

} // namespace credits::pg::sql
