// JSON by recursive descent, bounded in depth; the time it takes grows with the text's length only.
#include "core/json_reader.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace credits::core {

namespace {

constexpr unsigned replacement = 0xFFFD;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_surrogate(unsigned code) {
    return code >= 0xD800 && code <= 0xDFFF;
}

void append_utf8(std::string& text, unsigned code) {
    const auto tail = [](unsigned bits) {
        return static_cast<char>(0x80U | (bits & 0x3FU));
    };
    if (code < 0x80) {
        text += static_cast<char>(code);
    } else if (code < 0x800) {
        text += static_cast<char>(0xC0U | (code >> 6U));
        text += tail(code);
    } else if (code < 0x10000) {
        text += static_cast<char>(0xE0U | (code >> 12U));
        text += tail(code >> 6U);
        text += tail(code);
    } else {
        text += static_cast<char>(0xF0U | (code >> 18U));
        text += tail(code >> 12U);
        text += tail(code >> 6U);
        text += tail(code);
    }
}

// A number of the grammar; none where no Decimal holds it.
std::optional<Decimal> decimal_of(std::string_view text) {
    const std::string_view mantissa = text.substr(0, text.find_first_of("eE"));
    if (mantissa.find_first_of("123456789") == std::string_view::npos) {
        return Decimal{}; // zero has any exponent, and is not worth following it
    }
    try {
        return parse_decimal(text);
    } catch (const Error&) {
        return std::nullopt;
    } catch (const std::overflow_error&) {
        return std::nullopt;
    } catch (const std::range_error&) {
        return std::nullopt;
    }
}

bool comes_before(std::string_view left, std::string_view right) {
    return left.size() != right.size() ? left.size() < right.size() : left < right;
}

class JsonReader {
  public:
    JsonReader(Arena& arena, std::string_view text) : arena_(arena), text_(text) {}

    Json read() {
        const Json json = read_value(0);
        skip_blanks();
        if (at_ < text_.size()) {
            fail("the text goes on after its value");
        }
        return json;
    }

  private:
    [[noreturn]] void fail(const char* why) const {
        throw_invalid("the text is no JSON",
                      "at byte " + std::to_string(at_) + ": " + why,
                      "give the text as it was sent, whole and unchanged");
    }

    // The next byte; a zero, which no JSON has outside strings, at the end.
    [[nodiscard]] char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

    bool take(char c) {
        const bool found = next() == c && at_ < text_.size();
        at_ += found ? 1 : 0;
        return found;
    }

    void take_word(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) {
            fail("there is no value here");
        }
        at_ += word.size();
    }

    Json read_value(int depth) {
        skip_blanks();
        Json json;
        switch (next()) {
        case '{':
            return read_object(depth + 1);
        case '[':
            return read_array(depth + 1);
        case '"':
            json.kind = JsonKind::string;
            json.text = read_string();
            return json;
        case 't':
        case 'f':
            json.kind = JsonKind::boolean;
            json.truth = next() == 't';
            take_word(json.truth ? "true" : "false");
            return json;
        case 'n':
            take_word("null");
            return json;
        default:
            return read_number();
        }
    }

    std::size_t skip_digits() {
        const std::size_t first = at_;
        while (is_digit(next())) {
            ++at_;
        }
        return at_ - first;
    }

    Json read_number() {
        const std::size_t first = at_;
        const bool negative = take('-');
        if (!is_digit(next())) {
            fail(negative ? "a digit must come here" : "there is no value here");
        }
        if (!take('0')) {
            skip_digits();
        }
        if (take('.') && skip_digits() == 0) {
            fail("a digit must come here");
        }
        if (take('e') || take('E')) {
            if (!take('+')) {
                take('-');
            }
            if (skip_digits() == 0) {
                fail("a digit must come here");
            }
        }
        const std::optional<Decimal> number = decimal_of(text_.substr(first, at_ - first));
        Json json;
        json.kind = JsonKind::number;
        json.fits = number.has_value();
        json.number = number.value_or(Decimal{});
        return json;
    }

    std::string_view read_string() {
        unescaped_.clear();
        ++at_;
        while (!take('"')) {
            if (at_ == text_.size()) {
                fail("a string does not end");
            }
            if (static_cast<unsigned char>(next()) < 0x20) {
                fail("a control character must be written as an escape");
            }
            if (take('\\')) {
                read_escape();
            } else {
                read_plain();
            }
        }
        return copy_text(arena_, unescaped_);
    }

    void read_plain() {
        const std::size_t first = at_;
        const auto is_plain = [](char c) {
            return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20;
        };
        while (at_ < text_.size() && is_plain(text_[at_])) {
            ++at_;
        }
        unescaped_.append(text_, first, at_ - first);
    }

    void read_escape() {
        constexpr std::string_view names = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        const std::size_t which = names.find(next());
        if (take('u')) {
            append_utf8(unescaped_, read_character());
        } else if (which != std::string_view::npos) {
            unescaped_ += meanings[which];
            ++at_;
        } else {
            fail("there is no such escape");
        }
    }

    // What follows \u, and the second half where it is the first of a pair.
    unsigned read_character() {
        const unsigned code = read_hex();
        const std::size_t after = at_;
        if (code >= 0xD800 && code <= 0xDBFF && text_.substr(at_, 2) == "\\u") {
            at_ += 2;
            const unsigned low = read_hex();
            if (low >= 0xDC00 && low <= 0xDFFF) {
                return 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
            }
            at_ = after;
        }
        return code == 0 || is_surrogate(code) ? replacement : code;
    }

    unsigned read_hex() {
        unsigned code = 0;
        for (int digits = 0; digits < 4; ++digits) {
            const char c = next();
            const auto lower = static_cast<char>(static_cast<unsigned char>(c) | 0x20U);
            if (is_digit(c)) {
                code = code * 16 + static_cast<unsigned>(c - '0');
            } else if (lower >= 'a' && lower <= 'f') {
                code = code * 16 + static_cast<unsigned>(lower - 'a') + 10;
            } else {
                fail("four hexadecimal digits must come here");
            }
            ++at_;
        }
        return code;
    }

    void check_depth(int depth) const {
        if (depth > json_depth_max) {
            throw_invalid("the JSON is nested too deeply",
                          "at byte " + std::to_string(at_) + ": more than " +
                              std::to_string(json_depth_max) + " arrays and objects are open",
                          "give the text as it was sent, whole and unchanged");
        }
    }

    // Whether a container goes on after its first value.
    bool goes_on(char end) {
        skip_blanks();
        if (take(end)) {
            return false;
        }
        if (!take(',')) {
            fail(end == ']' ? "a comma or ] must come here" : "a comma or } must come here");
        }
        return true;
    }

    Json read_array(int depth) {
        check_depth(depth);
        ++at_;
        skip_blanks();
        const std::size_t first = items_.size();
        if (!take(']')) {
            do {
                const Json item = read_value(depth);
                items_.push_back(item);
            } while (goes_on(']'));
        }
        Json json;
        json.kind = JsonKind::array;
        json.count = static_cast<std::uint32_t>(items_.size() - first);
        json.items = keep(items_, first);
        return json;
    }

    Json read_object(int depth) {
        check_depth(depth);
        ++at_;
        skip_blanks();
        const std::size_t first = members_.size();
        if (!take('}')) {
            do {
                const JsonMember member = read_member(depth);
                members_.push_back(member);
            } while (goes_on('}'));
        }
        put_in_order(first);
        Json json;
        json.kind = JsonKind::object;
        json.count = static_cast<std::uint32_t>(members_.size() - first);
        json.members = keep(members_, first);
        return json;
    }

    JsonMember read_member(int depth) {
        skip_blanks();
        if (next() != '"') {
            fail("the name of a member must come here");
        }
        JsonMember member;
        member.key = read_string();
        skip_blanks();
        if (!take(':')) {
            fail("a colon must come here");
        }
        member.value = read_value(depth);
        return member;
    }

    // Reversed first, so that of equal names the last one stays.
    void put_in_order(std::size_t first) {
        const auto begin = members_.begin() + static_cast<std::ptrdiff_t>(first);
        std::reverse(begin, members_.end());
        std::stable_sort(
            begin, members_.end(), [](const JsonMember& left, const JsonMember& right) {
                return comes_before(left.key, right.key);
            });
        const auto last =
            std::unique(begin, members_.end(), [](const JsonMember& left, const JsonMember& right) {
                return left.key == right.key;
            });
        members_.erase(last, members_.end());
    }

    // keep moves what a container holds from the stack of open ones to the arena.
    template <class T>
    const T* keep(std::vector<T>& values, std::size_t first) {
        if (first == values.size()) {
            return nullptr;
        }
        T* kept = allocate_array<T>(arena_, values.size() - first);
        const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first);
        std::uninitialized_copy(begin, values.end(), kept);
        values.erase(begin, values.end());
        return kept;
    }

    Arena& arena_;
    std::string_view text_;
    std::size_t at_ = 0;
    std::string unescaped_;
    // What open containers hold so far, those further out first.
    std::vector<Json> items_;
    std::vector<JsonMember> members_;
};

} // namespace

Json read_json(Arena& arena, std::string_view text) {
    return JsonReader(arena, text).read();
}

} // namespace credits::core
