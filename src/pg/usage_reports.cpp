// Usage as providers report it, brought to pools, and how many tokens those are: jsonb in, no table
// read.
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

enum class Side { input, output };

// Pools of tokens end in "_tokens"; those written are reasoning and whatever begins with "output_".
bool is_pool_of(std::string_view key, Side side) {
    constexpr std::string_view ending = "_tokens";
    constexpr std::string_view written = "output_";
    if (key.size() < ending.size() || key.substr(key.size() - ending.size()) != ending) {
        return false;
    }
    const bool is_output = key == "reasoning_tokens" || key.substr(0, written.size()) == written;
    return is_output == (side == Side::output);
}

Datum number_of(const JsonbValue& value) {
    if (value.type == jbvNumeric) {
        return NumericGetDatum(value.val.numeric);
    }
    const int size = value.type == jbvString ? value.val.string.len : 0;
    char* text = pnstrdup(size > 0 ? value.val.string.val : "0", size > 0 ? size : 1);
    return DirectFunctionCall3(
        numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

Datum tokens_of_side(FunctionCallInfo call, Side side) {
    Datum sum = 0;
    if (!call->args[0].isnull) {
        JsonbIterator* at = JsonbIteratorInit(&DatumGetJsonbP(call->args[0].value)->root);
        JsonbValue value;
        bool counts = false;
        JsonbIteratorToken token = WJB_DONE;
        while ((token = JsonbIteratorNext(&at, &value, true)) != WJB_DONE) {
            if (token == WJB_KEY) {
                const std::size_t size = static_cast<std::size_t>(value.val.string.len);
                counts = is_pool_of({value.val.string.val, size}, side);
            } else if (token == WJB_VALUE && counts) {
                const Datum number = number_of(value);
                sum = sum == 0 ? number : DirectFunctionCall2(numeric_add, sum, number);
            }
        }
    }
    return sum == 0 ? DirectFunctionCall1(int8_numeric, Int64GetDatum(0)) : sum;
}

} // namespace

Datum input_tokens(FunctionCallInfo call) {
    return tokens_of_side(call, Side::input);
}

Datum output_tokens(FunctionCallInfo call) {
    return tokens_of_side(call, Side::output);
}

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
