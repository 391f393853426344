// Owns the comparison of exact money with school arithmetic over random numbers.
#include "school.hpp"
#include "support.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace credits::core::test {
namespace {

std::string random_number(Dice& dice, std::int64_t digits_max, std::int64_t scale_max) {
    const auto count = dice.number(1, digits_max);
    const auto scale = dice.number(0, scale_max);
    const bool round = dice.one_in(3); // many zeros, so that ties and carries are met
    std::string digits;
    for (std::int64_t at = 0; at < count; ++at) {
        digits += round ? dice.one_of<char>({'0', '0', '5', '9', '1'})
                        : static_cast<char>('0' + dice.number(0, 9));
    }
    return school::text({dice.one_in(3), school::trimmed(digits), static_cast<int>(scale)});
}

constexpr auto too_large = "too large";

std::string result_of(const std::function<Decimal()>& compute) {
    try {
        return to_text(compute());
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::out_of_range) << error.what();
        return too_large;
    }
}

// A result of up to 38 digits is exact; one that needs more than a 128-bit number is refused.
void expect_same(const std::string& computed,
                 const school::Number& right,
                 const std::string& what) {
    const school::Number plain = school::plain(right);
    if (plain.digits.size() > 39 || plain.scale > decimal_scale_max) {
        EXPECT_EQ(computed, too_large) << what;
    } else if (plain.digits.size() <= 38 || computed != too_large) {
        EXPECT_EQ(computed, school::text(right)) << what;
    }
}

school::Towards towards(Rounding rounding) {
    switch (rounding) {
    case Rounding::half_even:
        return school::Towards::nearest_even;
    case Rounding::half_up:
        return school::Towards::nearest_up;
    case Rounding::up:
        return school::Towards::above;
    case Rounding::down:
        break;
    }
    return school::Towards::below;
}

TEST(MoneyProperty, SumsDifferencesAndProductsAreThoseOfSchool) {
    for (const std::uint64_t seed : seeds(20, 5)) {
        Dice dice(seed);
        for (int round = 0; round < 400; ++round) {
            const std::int64_t digits = dice.one_of<std::int64_t>({4, 20, 38});
            const std::string left = random_number(dice, digits, 30);
            const std::string right = random_number(dice, digits, 30);
            const Decimal a = dec(left);
            const Decimal b = dec(right);
            const school::Number x = school::number(left);
            const school::Number y = school::number(right);
            const std::string what = left + " and " + right + ", seed " + std::to_string(seed);
            expect_same(result_of([&] { return a + b; }), school::sum(x, y), "sum of " + what);
            expect_same(result_of([&] { return a - b; }),
                        school::sum(x, school::negated(y)),
                        "difference of " + what);
            expect_same(
                result_of([&] { return a * b; }), school::product(x, y), "product of " + what);
            const school::Number order = school::sum(x, school::negated(y));
            EXPECT_EQ(compare(a, b) < 0, order.negative) << what;
            EXPECT_EQ(compare(a, b) == 0, order.digits == "0") << what;
            EXPECT_EQ(a == b, order.digits == "0") << what;
        }
    }
}

TEST(MoneyProperty, QuotientsAreThoseOfLongDivision) {
    for (const std::uint64_t seed : seeds(20, 5)) {
        Dice dice(seed);
        for (int round = 0; round < 200; ++round) {
            const std::string left = random_number(dice, 20, 20);
            const std::string right = random_number(dice, 12, 12);
            if (dec(right).is_zero()) {
                continue;
            }
            const school::Number x = school::number(left);
            const school::Number y = school::number(right);
            school::Number expected =
                school::ratio(x, y, decimal_scale_max, school::Towards::below);
            if (school::text(school::product(expected, y)) != school::text(x)) { // it does not end
                expected = school::ratio(x, y, quotient_scale, school::Towards::nearest_even);
            }
            expect_same(result_of([&] { return quotient(dec(left), dec(right)); }),
                        expected,
                        left + " / " + right + ", seed " + std::to_string(seed));
        }
    }
}

TEST(MoneyProperty, TextsReadBackToTheSameNumber) {
    for (const std::uint64_t seed : seeds(20, 5)) {
        Dice dice(seed);
        for (int round = 0; round < 400; ++round) {
            const std::string written = random_number(dice, 38, 60);
            const Decimal read = dec(written);
            EXPECT_EQ(to_text(read), school::text(school::number(written))) << seed;
            EXPECT_EQ(dec(to_text(read)), read) << written;
            const school::Number plain = school::plain(school::number(written));
            EXPECT_EQ(dec((plain.negative ? "-" : "+") + plain.digits + "E-" +
                          std::to_string(plain.scale)),
                      read)
                << written;
        }
    }
}

// One long sequence of charges under one unit: every step is rounded as the rule says, and nothing
// is lost or made: usd + residue = amount × value + new residue.
void charge_for_long(Dice& dice, const std::string& what) {
    Unit unit;
    unit.value_usd = dec(dice.one_of<std::string>({"0.01", "1", "0.003", "0.0000007", "12.5"}));
    unit.scale = static_cast<int>(dice.number(0, unit_scale_max));
    unit.rounding = dice.one_of<Rounding>(
        {Rounding::half_even, Rounding::half_up, Rounding::up, Rounding::down});
    const school::Number value = school::number(to_text(unit.value_usd));
    const school::Number step = school::product(value, {false, "1", unit.scale});
    Decimal residue;
    school::Number usd_in_all;
    Credits charged_in_all;
    for (int round = 0; round < 60; ++round) {
        school::Number usd = school::number(random_number(dice, 12, 15));
        usd.negative = false;
        if (dice.one_in(4)) { // a tie
            usd = school::product(step, {false, "15", 1});
        }
        const school::Number due = school::sum(usd, school::number(to_text(residue)));
        const RoundedCharge charge = round_charge(dec(school::text(usd)), residue, unit);
        EXPECT_EQ(to_text(charge.amount, 0),
                  school::text(school::ratio(due, step, 0, towards(unit.rounding))))
            << school::text(due) << " " << what;
        EXPECT_FALSE(charge.amount.is_negative()) << school::text(due) << " " << what;
        const school::Number paid =
            school::product(school::number(to_text(charge.amount, 0)), step);
        EXPECT_EQ(to_text(charge.residue_usd),
                  school::text(school::sum(due, school::negated(paid))))
            << what;
        EXPECT_EQ(to_text(ceil_charge(dec(school::text(usd)), unit), 0),
                  school::text(school::ratio(usd, step, 0, school::Towards::above)))
            << school::text(usd) << " " << what;
        residue = charge.residue_usd;
        usd_in_all = school::sum(usd_in_all, usd);
        charged_in_all += charge.amount;
    }
    const school::Number paid = school::product(school::number(to_text(charged_in_all, 0)), step);
    EXPECT_EQ(school::text(usd_in_all),
              school::text(school::sum(paid, school::number(to_text(residue)))))
        << what;
}

TEST(MoneyProperty, ChargesAndResidueConserveEveryDollar) {
    for (const std::uint64_t seed : seeds(150, 20)) {
        Dice dice(seed);
        charge_for_long(dice, "seed " + std::to_string(seed));
    }
}

TEST(MoneyProperty, CreditsAndDecimalsAreTheSameAmounts) {
    for (const std::uint64_t seed : seeds(20, 5)) {
        Dice dice(seed);
        for (int round = 0; round < 400; ++round) {
            const std::string written = random_number(dice, 20, 14);
            const Decimal value = dec(written);
            const int scale = static_cast<int>(dice.number(0, unit_scale_max));
            const std::optional<Credits> amount = to_credits(value, scale);
            EXPECT_EQ(amount.has_value(), school::plain(school::number(written)).scale <= scale);
            if (amount) {
                EXPECT_EQ(to_decimal(*amount, scale), value);
                EXPECT_EQ(dec(to_text(*amount, scale)), value);
            }
        }
    }
}

} // namespace
} // namespace credits::core::test
