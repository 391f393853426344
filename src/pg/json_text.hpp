// JSON objects put together key by key, as text and then as jsonb. Owns the quoting.
#pragma once

#include <string_view>

#include "pg/postgres.hpp"

extern "C" {
#include <utils/json.h>
}

namespace credits::pg {

class JsonObject {
  public:
    JsonObject() {
        initStringInfo(&text_);
        appendStringInfoChar(&text_, '{');
    }

    void add_text(std::string_view key, std::string_view value) {
        begin(key);
        escape_json(&text_, pnstrdup(value.data(), value.size()));
    }

    // add_raw takes numbers, nulls and JSON as they are.
    void add_raw(std::string_view key, const char* value) {
        begin(key);
        appendStringInfoString(&text_, value);
    }

    char* text() {
        appendStringInfoChar(&text_, '}');
        return text_.data;
    }

    Datum json() { return DirectFunctionCall1(jsonb_in, CStringGetDatum(text())); }

  private:
    void begin(std::string_view key) {
        appendStringInfoString(&text_, text_.len > 1 ? ", " : "");
        escape_json(&text_, pnstrdup(key.data(), key.size()));
        appendStringInfoString(&text_, ": ");
    }

    StringInfoData text_ = {};
};

} // namespace credits::pg
