// Reading fields strictly, and putting facts together.
#include "core/event_fields.hpp"

#include "core/currency.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <utility>

namespace credits::core {

namespace {

constexpr std::size_t id_length_max = 255;
constexpr std::int64_t integer_max = 999'999'999'999'999'999;
constexpr std::int64_t time_max = 253'402'300'799; // the end of 9999

bool is_integer_within(const Json& json, std::int64_t first, std::int64_t last) {
    return json.is_number() && json.number.scale == 0 && json.number.coefficient >= first &&
           json.number.coefficient <= last;
}

} // namespace

Field::Field(const Json* json, std::string path)
    : json_(json == nullptr || json->is_null() ? nullptr : json), path_(std::move(path)) {}

void Field::fail(const char* what) const {
    throw_invalid(path_ + (is_given() ? what : " is missing"));
}

const Json& Field::of_kind(JsonKind kind, const char* what) const {
    if (!is_given() || json_->kind != kind) {
        fail(what);
    }
    return *json_;
}

Field Field::at(std::string_view key) const {
    std::string path = path_ + (path_.empty() ? "" : ".") + shortened(key);
    return {is_given() ? object().find(key) : nullptr, std::move(path)};
}

Field Field::at(std::initializer_list<std::string_view> keys) const {
    Field field = *this;
    for (const std::string_view key : keys) {
        field = field.at(key);
    }
    return field;
}

Field Field::item(std::uint32_t index) const {
    return {json_->items + index, path_ + "[" + std::to_string(index) + "]"};
}

std::uint32_t Field::array_size() const {
    return of_kind(JsonKind::array, " must be an array").count;
}

const Json& Field::text() const {
    return of_kind(JsonKind::string, " must be a string");
}

const Json& Field::id() const {
    if (is_given() && json_->is_object()) {
        return at("id").id();
    }
    const Json& json = of_kind(JsonKind::string, " must be an id");
    if (json.text.empty() || json.text.size() > id_length_max) {
        fail(" must be an id of 1 to 255 bytes");
    }
    return json;
}

const Json& Field::truth() const {
    return of_kind(JsonKind::boolean, " must be true or false");
}

const Json& Field::integer() const {
    const Json& json = of_kind(JsonKind::number, " must be an integer");
    if (json.is_number() && json.number.scale != 0) {
        fail(" must be an integer");
    }
    if (!is_integer_within(json, -integer_max, integer_max)) {
        fail(" must be an integer of at most 18 digits");
    }
    return json;
}

const Json& Field::time() const {
    const Json& json = of_kind(JsonKind::number, " must be a time in seconds");
    if (!is_integer_within(json, 0, time_max)) {
        fail(" must be a time in seconds from 1970 to 9999");
    }
    return json;
}

const Json& Field::currency() const {
    const Json& json = of_kind(JsonKind::string, " must be a currency");
    if (!is_currency_code(json.text)) {
        fail(" must be a currency of three letters");
    }
    return json;
}

const Json& Field::texts() const {
    for (const JsonMember& member : members_of(object())) {
        (void)Field(&member.value, path_ + "." + shortened(member.key)).text();
    }
    return *json_;
}

const Json& Field::object() const {
    return of_kind(JsonKind::object, " must be an object");
}

Field first_of(std::initializer_list<Field> fields) {
    for (const Field& field : fields) {
        if (field.is_given()) {
            return field;
        }
    }
    return *fields.begin();
}

void Facts::add(std::string_view key, const Json& value) {
    members_.push_back(arena_, {key, value});
}

void Facts::add(std::string_view key, const Field& field, Read read) {
    add(key, (field.*read)());
}

void Facts::add_if_given(std::string_view key, const Field& field, Read read) {
    if (field.is_given()) {
        add(key, field, read);
    }
}

void Facts::add_text(std::string_view key, std::string_view text) {
    Json json;
    json.kind = JsonKind::string;
    json.text = copy_text(arena_, text);
    add(key, json);
}

void Facts::add_number(std::string_view key, std::int64_t number) {
    Json json;
    json.kind = JsonKind::number;
    json.number = {number, 0};
    add(key, json);
}

void Facts::add_list(std::string_view key, const List<Json>& values) {
    Json json;
    json.kind = JsonKind::array;
    json.items = values.begin();
    json.count = values.size();
    add(key, json);
}

void Facts::add_currency(const Field& field) {
    const Json& currency = field.currency();
    add("currency", currency);
    add_number("exponent", currency_exponent(currency.text));
}

Json Facts::object() const {
    Json json;
    json.kind = JsonKind::object;
    json.members = members_.begin();
    json.count = members_.size();
    return json;
}

} // namespace credits::core
