// Owns the tests of what a price may depend on, at every boundary, and of the choice among the
// prices that a call meets.
#include "support.hpp"

#include "core/pricing.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace credits::core::test {
namespace {

PriceRow row(const char* metric, const char* price, const char* per = "1") {
    return price_row("p", "m", metric, price, per);
}

std::string cost_of_pools(const PriceBook& book, const std::vector<UsageItem>& items) {
    return to_text(book.price("p", "m", usage_of(items), {}).cost);
}

// What n input tokens cost in a context.
struct Context {
    Instant moment = 0;
    std::string_view service_tier = {};
    std::string_view region = {};
    std::string_view search_size = {};
};

std::string cost_of(const PriceBook& book, const char* tokens, const Context& context = {}) {
    const UsageItem item{"input_tokens", dec(tokens)};
    Usage usage = usage_of(item);
    usage.service_tier = context.service_tier;
    usage.region = context.region;
    usage.search_context_size = context.search_size;
    const PricedUsage priced = book.price("p", "m", usage, {context.moment, latest_version});
    return priced.fault == PricingFault::none ? to_text(priced.cost) : "none";
}

PriceRow when(const char* price, const PriceConditions& conditions) {
    PriceRow made = row("input_tokens", price);
    made.terms.when = conditions;
    return made;
}

PriceConditions over(const char* tokens) {
    PriceConditions conditions;
    conditions.prompt_over = dec(tokens);
    return conditions;
}

PriceConditions at_least(const char* tokens) {
    PriceConditions conditions;
    conditions.prompt_at_least = dec(tokens);
    return conditions;
}

PriceConditions in_tier(std::string_view tier) {
    PriceConditions conditions;
    conditions.service_tier = tier;
    return conditions;
}

PriceConditions in_region(std::string_view region) {
    PriceConditions conditions;
    conditions.region = region;
    return conditions;
}

PriceConditions in_hours(std::int16_t from, std::int16_t to, std::uint8_t weekdays = 0) {
    PriceConditions conditions;
    conditions.hours = DailyHours{from, to};
    conditions.weekdays = weekdays;
    return conditions;
}

TEST(PriceConditions, AThresholdIsForPromptsOverItOrOfItAndPricesTheWholeCall) {
    const PriceBook strict = book_of({row("input_tokens", "1"), when("2", over("200"))});
    EXPECT_EQ(cost_of(strict, "199"), "199");
    EXPECT_EQ(cost_of(strict, "200"), "200");
    EXPECT_EQ(cost_of(strict, "201"), "402");
    const PriceBook inclusive = book_of({row("input_tokens", "1"), when("2", at_least("200"))});
    EXPECT_EQ(cost_of(inclusive, "199"), "199");
    EXPECT_EQ(cost_of(inclusive, "200"), "400");
    const PriceBook several =
        book_of({when("3", over("300")), row("input_tokens", "1"), when("2", over("200"))});
    EXPECT_EQ(cost_of(several, "300"), "600");
    EXPECT_EQ(cost_of(several, "301"), "903");
}

TEST(PriceConditions, ThePromptIsAllThatIsReadAndThresholdsAreChosenForEachMetric) {
    PriceRow output = row("output_tokens", "10");
    PriceRow long_output = row("output_tokens", "20");
    long_output.terms.when = over("100");
    const PriceBook book =
        book_of({row("input_tokens", "1"), when("2", over("150")), output, long_output});
    const auto cost = [&](const char* read, const char* cached) {
        return cost_of_pools(book,
                             {{"input_tokens", dec(read)},
                              {"cache_read_tokens", dec(cached)},
                              {"output_tokens", dec("1")}});
    };
    EXPECT_EQ(cost("60", "40"), "110");
    EXPECT_EQ(cost("60", "41"), "121") << "the output's threshold alone is crossed";
    EXPECT_EQ(cost("60", "91"), "322");
    EXPECT_EQ(cost_of_pools(book, {{"output_tokens", dec("1000")}}), "10000")
        << "what is written is no part of the prompt";
}

TEST(PriceConditions, TiersPriceAPromptByItsRange) {
    TestArena arena;
    PriceRow tiered = row("input_tokens", "9");
    tiered.terms.tiers.push_back(arena, {dec("0"), dec("32"), dec("1")});
    tiered.terms.tiers.push_back(arena, {dec("32"), dec("128"), dec("2")});
    const PriceBook book = book_of({tiered});
    EXPECT_EQ(cost_of(book, "0"), "0") << "flat";
    EXPECT_EQ(cost_of(book, "1"), "1");
    EXPECT_EQ(cost_of(book, "32"), "32");
    EXPECT_EQ(cost_of(book, "33"), "66");
    EXPECT_EQ(cost_of(book, "128"), "256");
    EXPECT_EQ(cost_of(book, "129"), "1161") << "flat again";
    tiered.terms.has_flat_price = false;
    EXPECT_EQ(cost_of(book_of({tiered}), "128"), "256");
    EXPECT_EQ(cost_of(book_of({tiered}), "129"), "none");
}

TEST(PriceConditions, AServiceTierHasItsOwnPricesAndAnUnknownOneTheStandard) {
    const PriceBook book = book_of(
        {row("input_tokens", "4"), when("8", in_tier("priority")), when("2", in_tier("flex"))});
    for (const char* const tier : {"priority", "Priority", "fast", "FAST"}) {
        EXPECT_EQ(cost_of(book, "1", {0, tier}), "8") << tier;
    }
    EXPECT_EQ(cost_of(book, "1", {0, "FLEX"}), "2");
    for (const char* const tier : {"", "default", "standard", "batch", "flexible", "prio"}) {
        EXPECT_EQ(cost_of(book, "1", {0, tier}), "4") << tier;
    }
    const PriceBook sizes =
        book_of({row("input_tokens", "1"), when("3", in_tier("priority")), when("2", over("10"))});
    EXPECT_EQ(cost_of(sizes, "10", {0, "priority"}), "30");
    EXPECT_EQ(cost_of(sizes, "11", {0, "priority"}), "22") << "size comes before the tier";
}

TEST(PriceConditions, RegionsMultiplyOrHavePricesOfTheirOwn) {
    const auto factor = [](const char* value, const char* region) {
        PriceRow made = row("multiplier", value);
        made.terms.when.region = region;
        return made;
    };
    const PriceBook book = book_of(
        {row("input_tokens", "10"), factor("1.1", "us"), factor("1.2", "eu"), factor("1.5", "*")});
    EXPECT_EQ(cost_of(book, "1"), "10");
    EXPECT_EQ(cost_of(book, "1", {0, "", "global"}), "10");
    EXPECT_EQ(cost_of(book, "1", {0, "", "US"}), "16.5");
    EXPECT_EQ(cost_of(book, "1", {0, "", "asia"}), "15");
    const UsageItem factor_used{"multiplier", dec("1")};
    Usage usage = usage_of(factor_used);
    usage.region = "us";
    EXPECT_EQ(book.price("p", "m", usage, {}).fault, PricingFault::unknown_metric)
        << "a factor is nothing that can be used";
    const PriceBook prices =
        book_of({when("3", in_region("*")), row("input_tokens", "1"), when("2", in_region("eu"))});
    EXPECT_EQ(cost_of(prices, "1"), "1");
    EXPECT_EQ(cost_of(prices, "1", {0, "", "eu"}), "2") << "a region's own before any region's";
    EXPECT_EQ(cost_of(prices, "1", {0, "", "us"}), "3");
}

TEST(PriceConditions, ASearchCostsByItsSize) {
    PriceConditions high;
    high.search_context_size = "high";
    const PriceBook book = book_of({row("input_tokens", "1"), when("5", high)});
    EXPECT_EQ(cost_of(book, "1"), "1");
    EXPECT_EQ(cost_of(book, "1", {0, "", "", "High"}), "5");
    EXPECT_EQ(cost_of(book, "1", {0, "", "", "low"}), "1");
}

TEST(PriceConditions, HoursBeginInclusiveEndExclusiveAndMayWrapMidnight) {
    constexpr Instant minute = 60 * micros_per_second;
    const auto at = [](int minutes, const PriceConditions& conditions) {
        const PriceBook book = book_of({row("input_tokens", "2"), when("1", conditions)});
        return cost_of(book, "1", {minutes * minute}) + cost_of(book, "1", {minutes * minute - 1});
    };
    const PriceConditions day_time = in_hours(9 * 60, 17 * 60);
    EXPECT_EQ(at(9 * 60, day_time), "12");
    EXPECT_EQ(at(17 * 60, day_time), "21");
    EXPECT_EQ(at(-7 * 60, day_time), "21") << "days before the year 2000";
    const PriceConditions night = in_hours(16 * 60 + 30, 30);
    EXPECT_EQ(at(16 * 60 + 30, night), "12");
    EXPECT_EQ(at(24 * 60, night), "11");
    EXPECT_EQ(at(30, night), "21");
    EXPECT_EQ(at(12 * 60, in_hours(600, 600)), "11") << "equal ends are the whole day";
}

TEST(PriceConditions, WeekdaysAndHoursMayBeOfDifferentZones) {
    constexpr std::uint8_t saturday = 1U << 5U;
    const SteppedZone east(14 * hour);
    const SteppedZone west(-11 * hour);
    PriceRow weekend = when("1", in_hours(0, 720, saturday));
    const auto cost = [&](Instant moment) {
        return cost_of(book_of({row("input_tokens", "2"), weekend}), "1", {moment});
    };
    EXPECT_EQ(cost(0), "1") << "2000-01-01 was a Saturday";
    EXPECT_EQ(cost(-1), "2");
    EXPECT_EQ(cost(12 * hour), "2");
    EXPECT_EQ(cost(day), "2");
    weekend.weekday_zone = &west;
    EXPECT_EQ(cost(0), "2") << "still Friday in the west";
    EXPECT_EQ(cost(11 * hour), "1");
    EXPECT_EQ(cost(day + 10 * hour), "1");
    EXPECT_EQ(cost(day + 11 * hour), "2");
    weekend.zone = &east;
    EXPECT_EQ(cost(11 * hour), "1") << "past midnight in the east";
    EXPECT_EQ(cost(22 * hour - 1), "1");
    EXPECT_EQ(cost(22 * hour), "2");
}

TEST(PriceConditions, HoursFollowTheClockOfTheirZoneWhenItChanges) {
    const SteppedZone zone(0, {{2 * hour, hour}}); // 02:00 is 03:00
    PriceRow early = when("1", in_hours(120, 240));
    early.zone = &zone;
    const PriceBook book = book_of({row("input_tokens", "2"), early});
    EXPECT_EQ(cost_of(book, "1", {2 * hour - 1}), "2");
    EXPECT_EQ(cost_of(book, "1", {2 * hour}), "1");
    EXPECT_EQ(cost_of(book, "1", {3 * hour}), "2") << "one hour of the two does not come";
}

TEST(PriceConditions, OfPricesThatApplyTheOrderIsOwnHoursSizeTierRegionSearch) {
    PriceRow imported = when("1", in_hours(0, 0));
    imported.configured = false;
    imported.terms.when.prompt_over = dec("0");
    imported.terms.when.service_tier = "flex";
    PriceRow configured = row("input_tokens", "2");
    const Context context{0, "flex", "eu", "low"};
    EXPECT_EQ(cost_of(book_of({imported, configured}), "1", context), "2");
    configured.configured = false;
    EXPECT_EQ(cost_of(book_of({imported, configured}), "1", context), "1");
    const PriceRow timed = when("3", in_hours(0, 60));
    EXPECT_EQ(cost_of(book_of({when("4", over("0")), timed}), "1", context), "3");
    const PriceRow region = when("5", in_region("eu"));
    EXPECT_EQ(cost_of(book_of({region, when("6", in_tier("flex"))}), "1", context), "6");
    PriceConditions search;
    search.search_context_size = "low";
    EXPECT_EQ(cost_of(book_of({when("7", search), region}), "1", context), "5");
}

TEST(PriceConditions, WhereHoursOverlapTheOrderOfRowsTellsNothing) {
    const PriceRow first = when("1", in_hours(0, 60));
    const PriceRow second = when("2", in_hours(0, 90));
    EXPECT_EQ(cost_of(book_of({first, second}), "1"), "2") << "the dearer";
    EXPECT_EQ(cost_of(book_of({second, first}), "1"), "2");
}

TEST(PriceConditions, ARequestsFeeIsDueOnceWhetherCountedOrNot) {
    PriceRow fee = row("requests", "5", "1000");
    const PriceBook book = book_of({row("input_tokens", "1"), fee});
    EXPECT_EQ(cost_of(book, "2"), "2.005");
    EXPECT_EQ(cost_of_pools(book, {{"input_tokens", dec("2")}, {"requests", dec("3")}}), "2.015");
    fee.terms.when.service_tier = "priority";
    const PriceBook prioritized = book_of({row("input_tokens", "1"), fee});
    EXPECT_EQ(cost_of(prioritized, "2"), "2");
    EXPECT_EQ(cost_of(prioritized, "2", {0, "priority"}), "2.005");
}

TEST(PriceConditions, WhatIsFreeIsFreeOnceACall) {
    PriceRow input = row("input_tokens", "1");
    input.terms.free = dec("100");
    const PriceBook book = book_of({input});
    EXPECT_EQ(cost_of(book, "99"), "0");
    EXPECT_EQ(cost_of(book, "100"), "0");
    EXPECT_EQ(cost_of(book, "101"), "1");
    EXPECT_EQ(cost_of_pools(book,
                            {{"cache_read_tokens", dec("70")},
                             {"input_audio_tokens", dec("20")},
                             {"input_tokens", dec("30")}}),
              "20")
        << "pools that are paid at one price share what it leaves free";
}

TEST(PriceConditions, AMultiplierOfTheUsersOwnStandsForTheImportedOnes) {
    PriceRow imported = row("multiplier", "3");
    imported.configured = false;
    const PriceRow own = row("multiplier", "2");
    EXPECT_EQ(cost_of(book_of({row("input_tokens", "1"), imported, imported}), "1"), "9");
    EXPECT_EQ(cost_of(book_of({row("input_tokens", "1"), imported, own}), "1"), "2");
}

TEST(PriceConditions, ABookIsAsItWasInAVersion) {
    PriceRow first = row("input_tokens", "1");
    first.version_from = 1;
    first.version_to = 3;
    PriceRow second = row("input_tokens", "2");
    second.version_from = 3;
    PriceBook book(3);
    for (const std::int64_t version : {std::int64_t{2}, std::int64_t{3}, latest_version}) {
        book.add(first, version);
        book.add(second, version);
    }
    const UsageItem one{"input_tokens", dec("1")};
    const auto cost = [&](std::int64_t version) {
        return to_text(book.price("p", "m", usage_of(one), {0, version}).cost);
    };
    EXPECT_EQ(cost(2), "1");
    EXPECT_EQ(cost(3), "2");
    EXPECT_EQ(cost(latest_version), "2");
    EXPECT_FALSE(book.knows("p", "m", 1));
    EXPECT_EQ(book.price("p", "m", usage_of(one), {0, 1}).fault, PricingFault::unknown_model);
}

} // namespace
} // namespace credits::core::test
