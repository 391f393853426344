// Owns the tests of money at its edges: texts, forms, limits of size, rounding by each rule.
#include "support.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace credits::core::test {
namespace {

const std::string nines(38, '9');

TEST(Money, TextsOfNumbers) {
    struct Case {
        std::string text;
        std::string number;
    };

    const std::vector<Case> cases{{"0", "0"},
                                  {"-0.000", "0"},
                                  {"+5", "5"},
                                  {".5", "0.5"},
                                  {"5.", "5"},
                                  {"-12.50", "-12.5"},
                                  {"1e-7", "0.0000001"},
                                  {"1.3E-10", "0.00000000013"},
                                  {"25e2", "2500"},
                                  {"0.0012e+3", "1.2"},
                                  {"9007199254740993", "9007199254740993"},
                                  {"0e1000", "0"},
                                  {nines, nines},
                                  {"-0." + nines, "-0." + nines}};
    for (const Case& one : cases) {
        const std::optional<Decimal> read = parse_decimal(one.text);
        ASSERT_TRUE(read.has_value()) << one.text;
        EXPECT_EQ(to_text(*read), one.number) << one.text;
    }
}

TEST(Money, TextsThatAreNoNumbers) {
    for (const std::string text : {"",
                                   "-",
                                   "+",
                                   ".",
                                   "-.",
                                   "e5",
                                   "1e",
                                   "1e+",
                                   "1.2.3",
                                   "1 ",
                                   " 1",
                                   "NaN",
                                   "Infinity",
                                   "-inf",
                                   "0x10",
                                   "1,5",
                                   "--1",
                                   "1e5x",
                                   "1_000"}) {
        EXPECT_FALSE(parse_decimal(text).has_value()) << text;
    }
}

template <class Compute>
std::string refusal(Compute compute) {
    try {
        compute();
    } catch (const Error& error) {
        EXPECT_EQ(std::string(error.what()).find('.'), std::string::npos);
        return error.what();
    }
    return "accepted";
}

TEST(Money, WhatDoesNotFitIsRefusedNeverCut) {
    const Decimal large = dec(nines);
    const std::string too_large = "the amount is out of range";
    EXPECT_EQ(to_text(large + dec("0")), nines);
    EXPECT_EQ(refusal([&] { return large * dec("10"); }), too_large);
    EXPECT_EQ(refusal([&] { return large * large; }), too_large);
    EXPECT_EQ(refusal([&] { return large + large; }), too_large);
    EXPECT_EQ(refusal([&] { return large + dec("0.1"); }), too_large);
    EXPECT_EQ(refusal([&] { return dec("-" + nines) - large; }), too_large);
    EXPECT_EQ(refusal([&] { return quotient(large, dec("0.001")); }), too_large);
    EXPECT_EQ(refusal([] { return parse_decimal(std::string(40, '1')); }), too_large);
    EXPECT_EQ(refusal([] { return parse_decimal(std::string(10'000, '0')); }), too_large);
    EXPECT_EQ(refusal([] { return parse_decimal("1e999"); }), too_large);
    EXPECT_EQ(refusal([] { return to_credits(dec(nines), 2); }), too_large);
    EXPECT_EQ(refusal([] { return parse_decimal("1e-61"); }), "the number has too many decimals");
    EXPECT_EQ(to_text(dec("1e-60")).size(), 62U);
}

TEST(Money, CreditsDoNotWrapAround) {
    const Credits highest{(static_cast<Int128>(1) << 126) - 1 + (static_cast<Int128>(1) << 126)};
    const Credits lowest{-highest.steps - 1};
    EXPECT_THROW(highest + steps(1), Error);
    EXPECT_THROW(lowest - steps(1), Error);
    EXPECT_THROW(-lowest, Error);
    EXPECT_EQ(highest + lowest, steps(-1));
    Credits kept = highest;
    EXPECT_THROW(kept += steps(1), Error);
    EXPECT_EQ(kept, highest) << "a refused sum changes nothing";
}

TEST(Money, DivisionByZeroAndWorthlessCreditsAreRefused) {
    EXPECT_EQ(refusal([] { return quotient(dec("1"), dec("0")); }), "division by zero");
    Unit unit;
    for (const char* const value : {"0", "-0.01"}) {
        unit.value_usd = dec(value);
        EXPECT_THROW(round_charge(dec("1"), {}, unit), Error) << value;
        EXPECT_THROW(ceil_charge(dec("1"), unit), Error) << value;
    }
}

TEST(Money, QuotientsEndExactlyOrAreRoundedAtThirtyDecimals) {
    EXPECT_EQ(to_text(quotient(dec("1"), dec("8"))), "0.125");
    EXPECT_EQ(to_text(quotient(dec("0.15"), dec("1000000"))), "0.00000015");
    EXPECT_EQ(to_text(quotient(dec("2"), dec("3"))), "0." + std::string(29, '6') + "7");
    EXPECT_EQ(to_text(quotient(dec("-2"), dec("3"))), "-0." + std::string(29, '6') + "7");
    EXPECT_EQ(quotient(dec("1"), dec("2e30")), dec("5e-31")) << "it ends, if late";
    EXPECT_EQ(to_text(quotient(dec("1"), dec("6e30"))), "0") << "it does not end";
    EXPECT_EQ(to_text(quotient(dec("5"), dec("6e30"))), "0." + std::string(29, '0') + "1");
}

TEST(Money, EachRuleRoundsTiesItsOwnWay) {
    struct Case {
        const char* usd;
        std::int64_t half_even;
        std::int64_t half_up;
        std::int64_t up;
        std::int64_t down;
    };

    const std::vector<Case> cases{{"0", 0, 0, 0, 0},
                                  {"0.005", 0, 1, 1, 0},
                                  {"0.015", 2, 2, 2, 1},
                                  {"0.025", 2, 3, 3, 2},
                                  {"0.0249", 2, 2, 3, 2},
                                  {"0.0251", 3, 3, 3, 2},
                                  {"0.02", 2, 2, 2, 2},
                                  {"0.000000001", 0, 0, 1, 0}};
    for (const Case& one : cases) {
        const auto rounded = [&](Rounding rounding) {
            Unit unit{dec("0.01"), 0, rounding};
            return round_charge(dec(one.usd), {}, unit).amount;
        };
        EXPECT_EQ(rounded(Rounding::half_even), steps(one.half_even)) << one.usd;
        EXPECT_EQ(rounded(Rounding::half_up), steps(one.half_up)) << one.usd;
        EXPECT_EQ(rounded(Rounding::up), steps(one.up)) << one.usd;
        EXPECT_EQ(rounded(Rounding::down), steps(one.down)) << one.usd;
        EXPECT_EQ(ceil_charge(dec(one.usd), {dec("0.01"), 0, Rounding::down}), steps(one.up))
            << "holds round up under every rule, " << one.usd;
    }
}

TEST(Money, SharesHaveTwoDecimalsAndNeverDivideByNothing) {
    EXPECT_EQ(to_text(share_percent(steps(1), steps(3))), "33.33");
    EXPECT_EQ(to_text(share_percent(steps(2), steps(3))), "66.67");
    EXPECT_EQ(to_text(share_percent(steps(5), steps(4))), "125");
    EXPECT_EQ(to_text(share_percent(steps(0), steps(0))), "0");
    EXPECT_EQ(to_text(share_percent(steps(1), steps(0))), "100");
    EXPECT_EQ(to_text(share_percent(steps(1), steps(-3))), "100");
    EXPECT_EQ(to_text(share_percent(dec("0.0001"), dec("0.0003"))), "33.33");
    EXPECT_EQ(to_text(share_percent(dec("0.01"), dec("8"))), "0.12") << "a tie goes to the even";
    EXPECT_EQ(to_text(share_percent(dec("0"), dec("0"))), "0");
    EXPECT_EQ(to_text(share_percent(dec("0.1"), dec("0"))), "100");
    EXPECT_EQ(to_text(share_percent(dec("0.1"), dec("-3"))), "100");
}

} // namespace
} // namespace credits::core::test
