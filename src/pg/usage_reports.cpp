// Usage as providers report it, brought to pools: jsonb in, jsonb out, no table read.
#include "core/usage_report.hpp"
#include "pg/boundary.hpp"
#include "pg/json.hpp"
#include "pg/numeric.hpp"
#include "pg/server_arena.hpp"
#include "pg/verbs.hpp"

namespace credits::pg {

namespace {

JsonbValue text_value(std::string_view text) {
    JsonbValue value;
    value.type = jbvString;
    value.val.string.val = const_cast<char*>(text.data()); // only read
    value.val.string.len = static_cast<int>(text.size());
    return value;
}

class UsageObject {
  public:
    UsageObject() { pushJsonbValue(&state_, WJB_BEGIN_OBJECT, nullptr); }

    void add(std::string_view key, JsonbValue value) {
        JsonbValue name = text_value(key);
        pushJsonbValue(&state_, WJB_KEY, &name);
        pushJsonbValue(&state_, WJB_VALUE, &value);
    }

    void add_text(std::string_view key, std::string_view text) {
        if (!text.empty()) {
            add(key, text_value(text));
        }
    }

    Datum jsonb() {
        JsonbValue* all = pushJsonbValue(&state_, WJB_END_OBJECT, nullptr);
        return JsonbPGetDatum(JsonbValueToJsonb(all));
    }

  private:
    JsonbParseState* state_ = nullptr;
};

} // namespace

Datum normalize_usage(FunctionCallInfo call) {
    const TextArgument provider = read_required_text(call, 0, "provider");
    require_given(call, 1, "usage");
    const JsonArgument usage = read_json(call, 1);
    const core::Json report = json_tree(usage.value);
    ServerArena arena;
    const core::Usage pools =
        compute_or_raise([&] { return core::normalize_usage(provider.view, report, arena); });
    UsageObject result;
    for (const core::UsageItem& item : pools) {
        JsonbValue quantity;
        quantity.type = jbvNumeric;
        quantity.val.numeric = DatumGetNumeric(numeric_datum(item.quantity));
        result.add(item.metric, quantity);
    }
    result.add_text("service_tier", pools.service_tier);
    result.add_text("region", pools.region);
    result.add_text("search_context_size", pools.search_context_size);
    return result.jsonb();
}

} // namespace credits::pg
