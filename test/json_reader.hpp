// JSON text as the core's tree of plain values, for tests: what jsonb is on the server. Numbers are
// decimals from their text; of two members of one name the last counts.
#pragma once

#include "core/arena.hpp"
#include "core/error.hpp"
#include "core/json.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace credits::core::test {

class JsonReader {
  public:
    JsonReader(Arena& arena, std::string_view text) : arena_(arena), rest_(text) {}

    // read gives the whole text as one value; nullopt where it is no JSON.
    std::optional<Json> read() {
        Json json;
        if (!read_value(json, 0)) {
            return std::nullopt;
        }
        skip_blanks();
        return rest_.empty() ? std::optional(json) : std::nullopt;
    }

  private:
    static constexpr int depth_max = 500;

    void skip_blanks() {
        while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_[0]) != rest_.npos) {
            rest_.remove_prefix(1);
        }
    }

    bool take(std::string_view token) {
        skip_blanks();
        if (!rest_.starts_with(token)) {
            return false;
        }
        rest_.remove_prefix(token.size());
        return true;
    }

    bool read_value(Json& json, int depth) {
        skip_blanks();
        if (rest_.empty() || depth > depth_max) {
            return false;
        }
        switch (rest_[0]) {
        case '{':
            return read_object(json, depth);
        case '[':
            return read_array(json, depth);
        case '"':
            json.kind = JsonKind::string;
            return read_string(json.text);
        case 't':
        case 'f':
            json.kind = JsonKind::boolean;
            json.truth = rest_[0] == 't';
            return take(json.truth ? "true" : "false");
        case 'n':
            return take("null");
        default:
            return read_number(json);
        }
    }

    bool read_number(Json& json) {
        const std::size_t size = std::min(rest_.find_first_not_of("+-.eE0123456789"), rest_.size());
        const std::string_view text = rest_.substr(0, size);
        rest_.remove_prefix(size);
        if (text.empty() || !(text[0] == '-' || (text[0] >= '0' && text[0] <= '9'))) {
            return false;
        }
        json.kind = JsonKind::number;
        json.fits = false;
        try {
            const std::optional<Decimal> number = parse_decimal(text);
            json.fits = number.has_value();
            json.number = number.value_or(Decimal{});
        } catch (const Error&) {
            json.number = {};
        }
        return true;
    }

    bool read_string(std::string_view& result) {
        std::string text;
        rest_.remove_prefix(1);
        while (!rest_.empty() && rest_[0] != '"') {
            if (rest_[0] == '\\') {
                if (!read_escape(text)) {
                    return false;
                }
            } else if (static_cast<unsigned char>(rest_[0]) < 0x20) {
                return false;
            } else {
                text += rest_[0];
                rest_.remove_prefix(1);
            }
        }
        result = copy_text(arena_, text);
        return take("\"");
    }

    bool read_escape(std::string& text) {
        constexpr std::string_view names = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        const std::size_t at = rest_.size() < 2 ? names.npos : names.find(rest_[1]);
        if (at != names.npos) {
            text += meanings[at];
            rest_.remove_prefix(2);
            return true;
        }
        if (rest_.size() < 6 || rest_[1] != 'u') {
            return false;
        }
        unsigned code = 0;
        for (const char c : rest_.substr(2, 4)) {
            const std::size_t digit = std::string_view("0123456789abcdef").find(c);
            if (digit == std::string_view::npos) {
                return false;
            }
            code = code * 16 + static_cast<unsigned>(digit);
        }
        rest_.remove_prefix(6);
        append_utf8(text, code);
        return code != 0; // jsonb refuses it too
    }

    static void append_utf8(std::string& text, unsigned code) {
        if (code < 0x80) {
            text += static_cast<char>(code);
        } else if (code < 0x800) {
            text += static_cast<char>(0xC0 | (code >> 6));
            text += static_cast<char>(0x80 | (code & 0x3F));
        } else {
            text += static_cast<char>(0xE0 | (code >> 12));
            text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
            text += static_cast<char>(0x80 | (code & 0x3F));
        }
    }

    bool read_array(Json& json, int depth) {
        std::vector<Json> items;
        take("[");
        while (!take("]")) {
            if (!items.empty() && !take(",")) {
                return false;
            }
            if (!read_value(items.emplace_back(), depth + 1)) {
                return false;
            }
        }
        json.kind = JsonKind::array;
        json.count = static_cast<std::uint32_t>(items.size());
        json.items = keep(items);
        return true;
    }

    bool read_object(Json& json, int depth) {
        std::vector<JsonMember> members;
        take("{");
        while (!take("}")) {
            JsonMember member;
            if (!members.empty() && !take(",")) {
                return false;
            }
            skip_blanks();
            if (rest_.empty() || rest_[0] != '"' || !read_string(member.key) || !take(":") ||
                !read_value(member.value, depth + 1)) {
                return false;
            }
            members.push_back(member);
        }
        drop_overwritten(members);
        json.kind = JsonKind::object;
        json.count = static_cast<std::uint32_t>(members.size());
        json.members = keep(members);
        return true;
    }

    static void drop_overwritten(std::vector<JsonMember>& members) {
        std::reverse(members.begin(), members.end());
        std::stable_sort(members.begin(), members.end(), [](const auto& left, const auto& right) {
            return left.key < right.key;
        });
        const auto same = [](const auto& left, const auto& right) {
            return left.key == right.key;
        };
        members.erase(std::unique(members.begin(), members.end(), same), members.end());
    }

    template <class T>
    const T* keep(const std::vector<T>& values) {
        auto* kept = allocate_array<T>(arena_, values.size());
        std::uninitialized_copy(values.begin(), values.end(), kept);
        return kept;
    }

    Arena& arena_;
    std::string_view rest_;
};

// read_json is the tree of a text that a test wrote itself.
inline Json read_json(Arena& arena, std::string_view text) {
    return JsonReader(arena, text).read().value();
}

} // namespace credits::core::test
