// Owns reading one line of a Mooncake trace: a JSON object whose numbers are whole. Must never skip
// over JSON it does not understand.
#include "trace.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace replay {
namespace {

// Cursor walks over a JSON text; every failure is std::invalid_argument with what was expected.
class Cursor {
  public:
    explicit Cursor(std::string_view text) : rest_(text) {}

    bool accept(char c) {
        skip_space();
        if (!rest_.starts_with(c)) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    void expect(char c) {
        if (!accept(c)) {
            throw std::invalid_argument(std::string("not the JSON of a Mooncake trace: '") + c +
                                        "' expected at \"" + std::string(rest_.substr(0, 20)) +
                                        "\"");
        }
    }

    std::string_view string() {
        expect('"');
        std::size_t size = 0;
        while (size < rest_.size() && rest_[size] != '"') {
            size += rest_[size] == '\\' ? 2 : 1;
        }
        if (size >= rest_.size()) {
            throw std::invalid_argument("not the JSON of a Mooncake trace: a text is not closed");
        }
        const std::string_view text = rest_.substr(0, size);
        rest_.remove_prefix(size + 1);
        return text;
    }

    std::int64_t whole_number(const char* name) {
        const std::string_view text = word();
        return parse_tokens(std::string(text), name);
    }

    std::vector<std::int64_t> whole_numbers(const char* name) {
        std::vector<std::int64_t> numbers;
        expect('[');
        if (accept(']')) {
            return numbers;
        }
        do {
            numbers.push_back(whole_number(name));
        } while (accept(','));
        expect(']');
        return numbers;
    }

    // skip_value passes over any value of a key that means nothing here.
    void skip_value() {
        skip_space();
        if (rest_.starts_with('"')) {
            string();
            return;
        }
        const bool object = rest_.starts_with('{');
        if (!object && !rest_.starts_with('[')) {
            if (word().empty()) {
                expect('"');
            }
            return;
        }
        const char close = object ? '}' : ']';
        if (++depth_ > depth_max) {
            throw std::invalid_argument("the JSON is nested too deeply");
        }
        rest_.remove_prefix(1);
        if (!accept(close)) {
            do {
                if (object) {
                    string();
                    expect(':');
                }
                skip_value();
            } while (accept(','));
            expect(close);
        }
        --depth_;
    }

    void expect_end() {
        skip_space();
        if (!rest_.empty()) {
            throw std::invalid_argument("something stands behind the JSON object");
        }
    }

  private:
    static constexpr int depth_max = 32;

    void skip_space() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
    }

    std::string_view word() {
        skip_space();
        const std::string_view text = rest_.substr(0, rest_.find_first_of(" \t,]}:[{\""));
        rest_.remove_prefix(text.size());
        return text;
    }

    std::string_view rest_;
    int depth_ = 0;
};

} // namespace

MooncakeLine read_mooncake_line(const std::string& line) {
    Cursor cursor(line);
    MooncakeLine call;
    bool has_input = false;
    bool has_output = false;
    bool has_timestamp = false;
    cursor.expect('{');
    if (!cursor.accept('}')) {
        do {
            const std::string_view key = cursor.string();
            cursor.expect(':');
            if (key == "timestamp") {
                call.timestamp_ms = cursor.whole_number("timestamp");
                has_timestamp = true;
            } else if (key == "input_length") {
                call.input_length = cursor.whole_number("input_length");
                has_input = true;
            } else if (key == "output_length") {
                call.output_length = cursor.whole_number("output_length");
                has_output = true;
            } else if (key == "hash_ids") {
                call.blocks = cursor.whole_numbers("hash_ids");
            } else {
                cursor.skip_value();
            }
        } while (cursor.accept(','));
        cursor.expect('}');
    }
    cursor.expect_end();
    if (!has_input || !has_output || !has_timestamp) {
        throw std::invalid_argument("timestamp, input_length and output_length are needed");
    }
    return call;
}

} // namespace replay
