// Owns the tests of texts that errors quote.
#include "core/text.hpp"

#include <gtest/gtest.h>

namespace credits::core::test {
namespace {

TEST(Text, OnlyTheBeginningOfALongOneIsShown) {
    EXPECT_EQ(shortened(""), "");
    EXPECT_EQ(shortened(std::string(60, 'x')), std::string(60, 'x'));
    EXPECT_EQ(shortened(std::string(61, 'x')), std::string(60, 'x') + "...");
}

TEST(Text, NoCharacterIsTorn) {
    const std::string long_one =
        "x" + std::string("\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
                          "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
                          "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9");
    EXPECT_EQ(long_one.size(), 61U);
    EXPECT_EQ(shortened(long_one), long_one.substr(0, 59) + "...");
}

} // namespace
} // namespace credits::core::test
