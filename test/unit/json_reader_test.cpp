// Owns the tests of JSON out of text: the grammar, what is more than jsonb takes, and where a text
// is broken.
#include "support.hpp"

#include "core/error.hpp"
#include "core/json_reader.hpp"

#include <gtest/gtest.h>

#include <new>
#include <string>
#include <vector>

namespace credits::core::test {
namespace {

std::string again(std::string_view text) {
    TestArena arena;
    return json_text(read_json(arena, text));
}

// Why a text is refused, or what it was read as.
std::string refusal(std::string_view text) {
    TestArena arena;
    try {
        return "read as " + json_text(read_json(arena, text));
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::invalid_argument) << text;
        EXPECT_NE(error.hint(), "") << text;
        return error.what() + std::string(", ") + error.detail();
    }
}

std::string repeated(std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

struct Case {
    const char* text;
    const char* read;
};

void expect_values(const std::vector<Case>& cases) {
    for (const Case& one : cases) {
        EXPECT_EQ(again(one.text), one.read) << one.text;
    }
}

void expect_refusals(const std::vector<Case>& cases) {
    for (const Case& one : cases) {
        EXPECT_EQ(refusal(one.text), std::string("the text is no JSON, at ") + one.read)
            << one.text;
    }
}

TEST(JsonReader, ValuesAreReadExactly) {
    expect_values(
        {{"null", "null"},
         {" \t\r\n true \t\r\n ", "true"},
         {"false", "false"},
         {R"("")", R"("")"},
         {"{}", "{}"},
         {"[]", "[]"},
         {"[ ]", "[]"},
         {"{ }", "{}"},
         {"[1,[2,[3],4],[],5]", "[1, [2, [3], 4], [], 5]"},
         {R"({"a":{"b":{"c":[{}]}},"d":[{"e":1},{"f":2}]})",
          R"({"a": {"b": {"c": [{}]}}, "d": [{"e": 1}, {"f": 2}]})"},
         {"[0, -0, 0e9999, 0.00e-9999]", "[0, 0, 0, 0]"},
         {"[9007199254740993, -9007199254740993]", "[9007199254740993, -9007199254740993]"},
         {"99999999999999999999999999999999999999", "99999999999999999999999999999999999999"},
         {"[0.10, 1.5e2, 1E+2, 1e-3]", "[0.1, 150, 100, 0.001]"},
         {R"("\"\\\/\b\f\n\r\t")", R"("\"\\/\u0008\u000c\u000a\u000d\u0009")"},
         {R"("\u00e9\u20AC\u0041")", R"("é€A")"},
         {R"("\ud83d\ude00")", R"("😀")"},
         {R"("\u0000")", R"("�")"},
         {R"("a\ud83db")", R"("a�b")"},
         {R"("\ude00")", R"("�")"},
         {R"("\ud83d\ud83d\ude00")", R"("�😀")"},
         {R"("\ud83d\n")", R"("�\u000a")"},
         {R"({"\u0000": 1})", R"({"�": 1})"},
         // As the server's jsonb has them: by length, then bytes; of one name the last.
         {R"({"bb":1,"a":2,"c":3,"ba":4})", R"({"a": 2, "c": 3, "ba": 4, "bb": 1})"},
         {R"({"a":1,"b":2,"a":{"a":3,"a":4},"b":5})", R"({"a": {"a": 4}, "b": 5})"},
         {R"({"a":1,"\u0061":2})", R"({"a": 2})"}});
}

TEST(JsonReader, SaysWhereATextIsBroken) {
    expect_refusals({{"", "byte 0: there is no value here"},
                     {"  ", "byte 2: there is no value here"},
                     {"nul", "byte 0: there is no value here"},
                     {"True", "byte 0: there is no value here"},
                     {"NaN", "byte 0: there is no value here"},
                     {"+1", "byte 0: there is no value here"},
                     {".5", "byte 0: there is no value here"},
                     {"'a'", "byte 0: there is no value here"},
                     {"// a\n1", "byte 0: there is no value here"},
                     {"\xEF\xBB\xBF{}", "byte 0: there is no value here"},
                     {"-", "byte 1: a digit must come here"},
                     {"-a", "byte 1: a digit must come here"},
                     {"1.", "byte 2: a digit must come here"},
                     {"1.e5", "byte 2: a digit must come here"},
                     {"1e", "byte 2: a digit must come here"},
                     {"1e+-5", "byte 3: a digit must come here"},
                     {"01", "byte 1: the text goes on after its value"},
                     {"1 2", "byte 2: the text goes on after its value"},
                     {"nullx", "byte 4: the text goes on after its value"},
                     {"[1", "byte 2: a comma or ] must come here"},
                     {"[1}", "byte 2: a comma or ] must come here"},
                     {"[1,]", "byte 3: there is no value here"},
                     {"[,1]", "byte 1: there is no value here"},
                     {"{", "byte 1: the name of a member must come here"},
                     {"{a: 1}", "byte 1: the name of a member must come here"},
                     {R"({"a" 1})", "byte 5: a colon must come here"},
                     {R"({"a": })", "byte 6: there is no value here"},
                     {R"({"a": 1,})", "byte 8: the name of a member must come here"},
                     {R"({"a": 1 "b": 2})", "byte 8: a comma or } must come here"},
                     {R"("a)", "byte 2: a string does not end"},
                     {R"("a\")", "byte 4: a string does not end"},
                     {"\"a\\", "byte 3: there is no such escape"},
                     {R"("\x")", "byte 2: there is no such escape"},
                     {R"("\u12g4")", "byte 5: four hexadecimal digits must come here"},
                     {R"("\ud83d\u")", "byte 9: four hexadecimal digits must come here"},
                     {R"("\u00)", "byte 5: four hexadecimal digits must come here"},
                     {"\"\x1f\"", "byte 1: a control character must be written as an escape"},
                     {"\"a\nb\"", "byte 2: a control character must be written as an escape"}});
}

TEST(JsonReader, ZeroBytesEndNothing) {
    EXPECT_EQ(refusal(std::string_view("1\0", 2)),
              "the text is no JSON, at byte 1: the text goes on after its value");
    EXPECT_EQ(refusal(std::string_view("\0", 1)),
              "the text is no JSON, at byte 0: there is no value here");
    EXPECT_EQ(refusal(std::string_view("\"\0\"", 3)),
              "the text is no JSON, at byte 1: a control character must be written as an escape");
}

TEST(JsonReader, NumbersThatNothingHoldsDoNotFit) {
    TestArena arena;
    for (const std::string& text : {std::string("1e39"),
                                    std::string("1e999999999999"),
                                    std::string("1e-9999"),
                                    std::string("1e-61"),
                                    std::string(100'000, '9'),
                                    "0." + std::string(100'000, '1')}) {
        const Json json = read_json(arena, text);
        EXPECT_EQ(json.kind, JsonKind::number) << text.substr(0, 20);
        EXPECT_FALSE(json.fits) << text.substr(0, 20);
        EXPECT_THROW((void)json_text(json), Error);
    }
}

TEST(JsonReader, NestsAsDeepAsItIsAllowedTo) {
    const std::string deepest = repeated("[", json_depth_max) + repeated("]", json_depth_max);
    EXPECT_EQ(again(deepest), deepest);
    EXPECT_EQ(refusal("[" + deepest + "]"),
              "the JSON is nested too deeply, at byte 200: more than 200 arrays and objects are "
              "open");
    EXPECT_EQ(refusal(repeated(R"({"a":)", 3000)),
              "the JSON is nested too deeply, at byte 1000: more than 200 arrays and objects are "
              "open");
    EXPECT_EQ(refusal(repeated("[", 1'000'000)),
              "the JSON is nested too deeply, at byte 200: more than 200 arrays and objects are "
              "open");
}

TEST(JsonReader, LongTextsAreReadWhole) {
    TestArena arena;
    const std::string word(1'000'000, 'x');
    EXPECT_EQ(read_json(arena, "\"" + word + "\"").text, word);
    const Json list = read_json(arena, "[" + repeated("{\"a\":0},", 100'000) + "0]");
    EXPECT_EQ(list.count, 100'001U);
    std::string members = "{";
    for (int i = 0; i < 100'000; ++i) {
        members += "\"" + std::to_string(i % 70'000) + "\":" + std::to_string(i) + ",";
    }
    const Json object = read_json(arena, members + "\"\":0}");
    EXPECT_EQ(object.count, 70'001U);
    EXPECT_EQ(object.find("29999")->number, dec("99999"));
    EXPECT_EQ(object.find("30000")->number, dec("30000"));
}

TEST(JsonReader, TellsWhenThereIsNoMemoryLeft) {
    for (std::size_t allocations = 0; allocations < 4; ++allocations) {
        TestArena arena;
        arena.allow(allocations);
        EXPECT_THROW((void)read_json(arena, R"({"a": ["b"]})"), std::bad_alloc) << allocations;
    }
}

} // namespace
} // namespace credits::core::test
