// JSON as a tree of plain values in somebody's arena: what price files and usage reports come as.
// Numbers are decimals, read from their text; never a binary float. Owns the shape and how a text
// is written, not the reading: jsonb is read by the server's side, text by json_reader.
#pragma once

#include "core/money.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace credits::core {

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

struct JsonMember;

struct Json {
    JsonKind kind = JsonKind::null;
    bool truth = false;
    bool fits = true;      // false: a number that no Decimal holds
    Decimal number;        // of a number that fits
    std::string_view text; // of a string
    const Json* items = nullptr;
    const JsonMember* members = nullptr;
    std::uint32_t count = 0; // of items or members

    [[nodiscard]] bool is_null() const { return kind == JsonKind::null; }

    [[nodiscard]] bool is_number() const { return kind == JsonKind::number && fits; }

    [[nodiscard]] bool is_string() const { return kind == JsonKind::string; }

    [[nodiscard]] bool is_array() const { return kind == JsonKind::array; }

    [[nodiscard]] bool is_object() const { return kind == JsonKind::object; }

    // find gives the member of an object; null where there is none, or this is no object.
    [[nodiscard]] const Json* find(std::string_view key) const;
};

struct JsonMember {
    std::string_view key;
    Json value;
};

// JsonItems and JsonMembers walk an array and an object; anything else is empty.
struct JsonItems {
    const Json* first;
    const Json* last;

    [[nodiscard]] const Json* begin() const { return first; }

    [[nodiscard]] const Json* end() const { return last; }
};

struct JsonMembers {
    const JsonMember* first;
    const JsonMember* last;

    [[nodiscard]] const JsonMember* begin() const { return first; }

    [[nodiscard]] const JsonMember* end() const { return last; }
};

inline JsonItems items_of(const Json& json) {
    return {json.items, json.is_array() ? json.items + json.count : json.items};
}

inline JsonMembers members_of(const Json& json) {
    return {json.members, json.is_object() ? json.members + json.count : json.members};
}

inline const Json* Json::find(std::string_view key) const {
    const JsonMembers all = members_of(*this);
    const auto* found =
        std::find_if(all.begin(), all.end(), [&](const JsonMember& m) { return m.key == key; });
    return found == all.end() ? nullptr : &found->value;
}

// json_string is a text as a JSON string, quotes included; bytes of UTF-8 pass as they are.
std::string json_string(std::string_view text);

// json_text is a tree as JSON; a number that does not fit is an error.
std::string json_text(const Json& json);

} // namespace credits::core
