// Walking jsonb level by level; the server's iterator hands out containers whole.
#include "pg/json.hpp"

#include "pg/numeric.hpp"
#include "pg/server_arena.hpp"

namespace credits::pg {

namespace {

core::Json tree_of(JsonbContainer* container);

std::string_view view_of(const JsonbValue& value) {
    return {value.val.string.val, static_cast<std::size_t>(value.val.string.len)};
}

core::Json number_of(const JsonbValue& value) {
    core::Json json;
    json.kind = core::JsonKind::number;
    const DecodedNumeric decoded = decode_numeric(NumericGetDatum(value.val.numeric));
    json.fits = decoded.fault == NumericFault::none;
    json.number = decoded.value;
    return json;
}

core::Json value_of(const JsonbValue& value) {
    core::Json json;
    switch (value.type) {
    case jbvNumeric:
        return number_of(value);
    case jbvBinary:
        return tree_of(value.val.binary.data);
    case jbvString:
        json.kind = core::JsonKind::string;
        json.text = view_of(value);
        break;
    case jbvBool:
        json.kind = core::JsonKind::boolean;
        json.truth = value.val.boolean;
        break;
    default:
        break;
    }
    return json;
}

core::Json object_of(JsonbContainer* container, JsonbIterator* iterator) {
    core::Json json;
    json.kind = core::JsonKind::object;
    auto* members = make_array<core::JsonMember>(JsonContainerSize(container));
    JsonbValue value;
    while (JsonbIteratorNext(&iterator, &value, true) == WJB_KEY) {
        core::JsonMember& member = members[json.count++];
        member.key = view_of(value);
        JsonbIteratorNext(&iterator, &value, true);
        member.value = value_of(value);
    }
    json.members = members;
    return json;
}

core::Json array_of(JsonbContainer* container, JsonbIterator* iterator) {
    core::Json json;
    json.kind = core::JsonKind::array;
    auto* items = make_array<core::Json>(JsonContainerSize(container));
    JsonbValue value;
    while (JsonbIteratorNext(&iterator, &value, true) == WJB_ELEM) {
        items[json.count++] = value_of(value);
    }
    json.items = items;
    return json;
}

core::Json tree_of(JsonbContainer* container) {
    check_stack_depth();
    JsonbIterator* iterator = JsonbIteratorInit(container);
    JsonbValue value;
    const JsonbIteratorToken token = JsonbIteratorNext(&iterator, &value, false);
    if (token == WJB_BEGIN_OBJECT) {
        return object_of(container, iterator);
    }
    const core::Json array = array_of(container, iterator);
    return JsonContainerIsScalar(container) ? array.items[0] : array;
}

} // namespace

core::Json json_tree(Jsonb* value) {
    return tree_of(&value->root);
}

} // namespace credits::pg
