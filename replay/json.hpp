// Owns writing texts into JSON. Must never let a name from a trace break out of its quotes.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace replay {

// json_text is the text as a JSON string, quotes included; bytes of UTF-8 pass as they are.
inline std::string json_text(std::string_view text) {
    std::string json = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            json += '\\';
            json += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
            json += escaped;
        } else {
            json += c;
        }
    }
    return json + "\"";
}

} // namespace replay
