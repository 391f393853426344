// Owns the tests of shares: exact at the boundary, whatever the scales and however long the digits.
#include "support.hpp"

#include "core/share.hpp"

#include <gtest/gtest.h>

#include <string>

namespace credits::core::test {
namespace {

TEST(Share, IsReachedAtItsVeryPercentAndPassedBehindIt) {
    EXPECT_FALSE(reaches({dec("0.4999"), dec("1")}, dec("50")));
    EXPECT_TRUE(reaches({dec("0.5"), dec("1")}, dec("50")));
    EXPECT_FALSE(goes_beyond({dec("0.5"), dec("1")}, dec("50")));
    EXPECT_TRUE(goes_beyond({dec("0.5001"), dec("1")}, dec("50")));
    EXPECT_TRUE(reaches({dec("1"), dec("3")}, dec("33.333333333333333333333333333333")));
    EXPECT_FALSE(reaches({dec("1"), dec("3")}, dec("33.333333333333333333333333333334")));
}

TEST(Share, OfNothingIsAllOfItOrNone) {
    for (const char* whole : {"0", "-3"}) {
        EXPECT_FALSE(reaches({dec("0"), dec(whole)}, dec("1")));
        EXPECT_FALSE(reaches({dec("-1"), dec(whole)}, dec("1")));
        EXPECT_TRUE(reaches({dec("0.001"), dec(whole)}, dec("100")));
        EXPECT_FALSE(reaches({dec("0.001"), dec(whole)}, dec("100.001"))) << "no more than all";
        EXPECT_FALSE(goes_beyond({dec("0"), dec(whole)}, dec("100")));
        EXPECT_TRUE(goes_beyond({dec("0.001"), dec(whole)}, dec("100")));
        EXPECT_EQ(rounded_percent({dec("0.001"), dec(whole)}), dec("100"));
        EXPECT_EQ(rounded_percent({dec("0"), dec(whole)}), dec("0"));
    }
}

TEST(Share, ProductsThatLeave128BitsAreComparedAllTheSame) {
    const Decimal large = dec("12345678901234567890123456789012345678");
    const Decimal larger = dec("12345678901234567890123456789012345679");
    EXPECT_EQ(compare_products(large, larger, larger, large), std::strong_ordering::equal);
    EXPECT_EQ(compare_products(large, large, larger, large), std::strong_ordering::less);
    EXPECT_EQ(compare_products(larger, large, large, large), std::strong_ordering::greater);
    EXPECT_EQ(compare_products(dec("-1"), larger, dec("-1"), large), std::strong_ordering::less);
    const Decimal tiny = dec("0.000000000000000000000000000001");
    EXPECT_EQ(compare_products(tiny, large, large, tiny), std::strong_ordering::equal);
    EXPECT_EQ(compare_products(tiny, tiny, dec("1e-59"), dec("0.1")), std::strong_ordering::equal);
}

TEST(Share, ProductsAreComparedAsTheirDifferenceSays) {
    for (const std::uint64_t seed : seeds(3, 2)) {
        SCOPED_TRACE(seed);
        Dice dice(seed);
        const auto throw_one = [&] {
            const std::int64_t coefficient = dice.number(-1'000'000, 1'000'000);
            return make_decimal(coefficient, static_cast<int>(dice.number(0, 9)));
        };
        for (int round = 0; round < 20'000; ++round) {
            const Decimal a = throw_one();
            const Decimal b = throw_one();
            const Decimal c = dice.one_in(3) ? b : throw_one();
            const Decimal d = dice.one_in(3) ? a : throw_one();
            const Decimal difference = a * b - c * d;
            const auto expected = difference.is_negative() ? std::strong_ordering::less
                                  : difference.is_zero()   ? std::strong_ordering::equal
                                                           : std::strong_ordering::greater;
            ASSERT_EQ(compare_products(a, b, c, d), expected)
                << to_text(a) << " " << to_text(b) << " " << to_text(c) << " " << to_text(d);
        }
    }
}

TEST(Share, IsRoundedHalfEvenForReadingOnly) {
    EXPECT_EQ(rounded_percent({dec("1"), dec("3")}), dec("33.33"));
    EXPECT_EQ(rounded_percent({dec("0.50005"), dec("1")}), dec("50"));
    EXPECT_EQ(rounded_percent({dec("0.50015"), dec("1")}), dec("50.02"));
    EXPECT_EQ(rounded_percent({dec("2"), dec("1")}), dec("200"));
    EXPECT_EQ(rounded_percent({dec("-1"), dec("1")}), dec("0"));
}

} // namespace
} // namespace credits::core::test
