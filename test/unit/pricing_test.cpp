// Owns the tests of prices: dates, pools and their parents, what is refused, exactness. Conditions
// are pricing_conditions_test.cpp's.
#include "support.hpp"

#include "core/error.hpp"
#include "core/pricing.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace credits::core::test {
namespace {

PriceRow row(const char* metric, const char* price, const char* per = "1") {
    return price_row("p", "m", metric, price, per);
}

PricedUsage priced(const PriceBook& book, const std::vector<UsageItem>& items, Instant moment = 0) {
    return book.price("p", "m", usage_of(items), {moment, latest_version});
}

TEST(Pricing, SumsQuantityTimesPriceOverPer) {
    const PriceBook book = book_of({row("input_tokens", "0.15", "1000000"),
                                    row("output_tokens", "0.60", "1000000"),
                                    row("images", "0.04")});
    const PricedUsage usage = priced(
        book, {{"input_tokens", dec("1234")}, {"output_tokens", dec("567")}, {"images", dec("2")}});
    EXPECT_EQ(usage.fault, PricingFault::none);
    EXPECT_EQ(to_text(usage.cost), "0.0805253");
}

TEST(Pricing, APriceHoldsFromItsBeginInclusiveToItsEndExclusive) {
    PriceRow first = row("images", "1");
    first.valid_from = 10;
    first.valid_to = 20;
    PriceRow second = row("images", "2");
    second.valid_from = 20;
    const PriceBook book = book_of({first, second});
    const std::vector<UsageItem> one{{"images", dec("1")}};
    EXPECT_EQ(priced(book, one, 9).fault, PricingFault::unknown_metric);
    EXPECT_EQ(to_text(priced(book, one, 10).cost), "1");
    EXPECT_EQ(to_text(priced(book, one, 19).cost), "1");
    EXPECT_EQ(to_text(priced(book, one, 20).cost), "2");
}

TEST(Pricing, APoolWithoutAPriceIsPaidAtItsParents) {
    struct Case {
        const char* metric;
        const char* cost;
    };

    const std::vector<Case> cases{{"cache_read_tokens", "1"},
                                  {"cache_write_tokens", "3"},
                                  {"cache_write_1h_tokens", "3"},
                                  {"input_audio_tokens", "1"},
                                  {"input_image_tokens", "1"},
                                  {"input_video_tokens", "1"},
                                  {"cache_read_audio_tokens", "1"},
                                  {"cache_read_image_tokens", "1"},
                                  {"cache_write_audio_tokens", "3"},
                                  {"reasoning_tokens", "2"},
                                  {"output_audio_tokens", "2"},
                                  {"output_image_tokens", "2"},
                                  {"output_video_tokens", "2"}};
    const PriceBook book = book_of(
        {row("input_tokens", "1"), row("output_tokens", "2"), row("cache_write_tokens", "3")});
    for (const Case& one : cases) {
        const PricedUsage usage = priced(book, {{one.metric, dec("1")}});
        EXPECT_EQ(usage.fault, PricingFault::none) << one.metric;
        EXPECT_EQ(to_text(usage.cost), one.cost) << one.metric;
    }
}

TEST(Pricing, TheUnknownIsNeverFree) {
    const PriceBook book = book_of({row("input_tokens", "1"), row("requests", "0")});
    for (const char* const metric :
         {"output_tokens", "citation_tokens", "images", "custom", "reasoning_tokens"}) {
        const PricedUsage usage = priced(book, {{"input_tokens", dec("1")}, {metric, dec("0")}});
        EXPECT_EQ(usage.fault, PricingFault::unknown_metric) << metric;
        EXPECT_EQ(usage.metric, metric);
    }
    EXPECT_EQ(book.price("p", "other", {}, {}).fault, PricingFault::unknown_model);
    EXPECT_EQ(book.price("pm", "", {}, {}).fault, PricingFault::unknown_model);
    EXPECT_EQ(priced(book, {{"requests", dec("9")}}).fault, PricingFault::none)
        << "an explicit price of zero is free";
}

TEST(Pricing, RefusesWhatNobodyCanHaveUsed) {
    const PriceBook book = book_of({row("input_tokens", "1"), row("seconds", "1")});
    EXPECT_THROW(priced(book, {{"input_tokens", dec("-1")}}), Error);
    EXPECT_THROW(priced(book, {{"input_tokens", dec("1.5")}}), Error);
    EXPECT_THROW(priced(book, {{"seconds", dec("-0.1")}}), Error);
    EXPECT_THROW(priced(book, {}), Error);
    EXPECT_EQ(to_text(priced(book, {{"seconds", dec("1.5")}}).cost), "1.5");
}

TEST(Pricing, TinyPricesStayExactAndThirdsAreRoundedAtTheThirtiethDecimal) {
    const PriceBook book =
        book_of({row("input_tokens", "0.00000000012345678901234567"), row("pages", "1", "3")});
    EXPECT_EQ(to_text(priced(book, {{"input_tokens", dec("3")}}).cost),
              "0.00000000037037036703703701");
    EXPECT_EQ(to_text(priced(book, {{"pages", dec("2")}}).cost), "0." + std::string(29, '6') + "7");
}

TEST(Pricing, TokensAreAllTokenPoolsAndContextCountsNothing) {
    const std::vector<UsageItem> items{{"input_tokens", dec("3")},
                                       {"citation_tokens", dec("4")},
                                       {"images", dec("5")},
                                       {"tokens", dec("6")}};
    EXPECT_EQ(total_tokens(usage_of(items)), dec("7"));
    for (const char* const key : {"service_tier", "region", "search_context_size"}) {
        EXPECT_TRUE(is_context_key(key)) << key;
    }
    EXPECT_FALSE(is_context_key("input_tokens"));
}

} // namespace
} // namespace credits::core::test
