// Values as JSON texts.
#include "core/json.hpp"

#include "core/error.hpp"

namespace credits::core {

namespace {

void append(std::string& text, const Json& json);

void append_items(std::string& text, const Json& json) {
    text += '[';
    for (const Json& item : items_of(json)) {
        text += &item == json.items ? "" : ", ";
        append(text, item);
    }
    text += ']';
}

void append_members(std::string& text, const Json& json) {
    text += '{';
    for (const JsonMember& member : members_of(json)) {
        text += &member == json.members ? "" : ", ";
        text += json_string(member.key) + ": ";
        append(text, member.value);
    }
    text += '}';
}

void append(std::string& text, const Json& json) {
    switch (json.kind) {
    case JsonKind::null:
        text += "null";
        break;
    case JsonKind::boolean:
        text += json.truth ? "true" : "false";
        break;
    case JsonKind::number:
        if (!json.fits) {
            throw_out_of_range("a number of the JSON has more digits than are kept");
        }
        text += to_text(json.number);
        break;
    case JsonKind::string:
        text += json_string(json.text);
        break;
    case JsonKind::array:
        append_items(text, json);
        break;
    case JsonKind::object:
        append_members(text, json);
        break;
    }
}

} // namespace

std::string json_string(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string json = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            json += '\\';
            json += c;
        } else if (byte < 0x20) {
            json += "\\u00";
            json += digits[byte >> 4U];
            json += digits[byte & 0xFU];
        } else {
            json += c;
        }
    }
    return json + "\"";
}

std::string json_text(const Json& json) {
    std::string text;
    append(text, json);
    return text;
}

} // namespace credits::core
