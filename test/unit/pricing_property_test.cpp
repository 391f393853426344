// Owns the race of the price book against the slow model: random prices under random conditions,
// random calls at and beside their boundaries; both must say the same cost, line by line.
#include "slow_price_book.hpp"
#include "support.hpp"

#include "core/pricing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace credits::core::test {
namespace {

constexpr int horizon = 10 * 24 * 60;
constexpr std::int64_t a_minute = 60 * micros_per_second;
constexpr int present_version = 5;

const std::vector<std::string> all_metrics{"input_tokens",
                                           "input_tokens",
                                           "output_tokens",
                                           "cache_read_tokens",
                                           "cache_write_tokens",
                                           "cache_write_1h_tokens",
                                           "input_audio_tokens",
                                           "cache_read_audio_tokens",
                                           "reasoning_tokens",
                                           "images",
                                           "seconds",
                                           "input_seconds",
                                           "requests",
                                           "multiplier"};
const std::vector<int> sizes{0, 100, 200, 1000};
const std::vector<std::string> tiers{"flex", "priority", "fast", "batch"};
const std::vector<std::string> regions{"us", "eu", "*"};
const std::vector<std::string> search_sizes{"low", "medium", "high"};

Fraction ten_to_the(int exponent) {
    return {pow(boost::multiprecision::cpp_int(10), static_cast<unsigned>(exponent))};
}

Decimal decimal_of(const Fraction& value) {
    int scale = 0;
    while (denominator(Fraction(value * ten_to_the(scale))) != 1) {
        ++scale;
    }
    return dec(numerator(Fraction(value * ten_to_the(scale))).str() + "e-" + std::to_string(scale));
}

Fraction fraction_of(const Decimal& value) {
    return Fraction(boost::multiprecision::cpp_int(value.coefficient)) / ten_to_the(value.scale);
}

// A time zone, as the core sees it and as the slow model walks it.
struct RandomClock {
    std::unique_ptr<SteppedZone> zone;
    std::unique_ptr<SlowWallClock> clock;

    RandomClock(Dice& dice, Instant base) {
        const int offset = dice.one_of<int>({-570, -300, 0, 60, 345, 765});
        std::vector<SlowWallClock::Change> changes;
        for (auto count = dice.number(0, 3); count > 0; --count) {
            changes.push_back({static_cast<int>(dice.number(1, horizon - 1)),
                               dice.one_of<int>({-60, 60, -30, 1'440})});
        }
        std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) {
            return a.at < b.at;
        });
        std::vector<ClockChange> stepped;
        int shown = offset;
        for (const SlowWallClock::Change& change : changes) {
            shown += change.forward;
            stepped.push_back({base + change.at * a_minute, shown * a_minute});
        }
        zone = std::make_unique<SteppedZone>(offset * a_minute, stepped);
        clock = std::make_unique<SlowWallClock>(horizon, offset, changes);
    }
};

class Race {
  public:
    explicit Race(std::uint64_t seed)
        : dice_(seed), base_((2 + 7 * dice_.number(-1'500, 2'000)) * day), // a Monday
          clocks_{RandomClock(dice_, base_), RandomClock(dice_, base_)} {
        for (auto count = dice_.number(2, 6); count > 0; --count) { // few, so that prices meet
            metrics_.push_back(dice_.one_of(all_metrics));
        }
        for (auto count = dice_.number(2, 40); count > 0; --count) {
            slow_.push_back(random_price());
        }
        for (const char* const metric : {"input_tokens", "output_tokens", "images", "seconds"}) {
            if (!dice_.one_in(8)) { // most books have a price for every call
                SlowPrice price;
                price.metric = metric;
                price.price = random_amount();
                price.is_configured = false;
                slow_.push_back(price);
            }
        }
    }

    // run makes so many calls, and gives how many of them had a price.
    int run(int calls) {
        int priced = 0;
        for (; calls > 0 && !::testing::Test::HasFailure(); --calls) {
            priced += compare(random_call()) ? 1 : 0;
        }
        return priced;
    }

  private:
    Fraction random_amount() {
        return dice_.one_in(10)
                   ? Fraction(0)
                   : dice_.number(1, 99'999) / ten_to_the(static_cast<int>(dice_.number(2, 12)));
    }

    void add_size(SlowPrice& price) {
        if (dice_.one_in(3)) {
            price.more_than = dice_.one_of(sizes);
        } else if (dice_.one_in(3)) {
            price.at_least = dice_.one_of(sizes);
        }
        if (dice_.one_in(4)) {
            int over = dice_.one_in(2) ? 0 : dice_.one_of(sizes);
            for (auto count = dice_.number(1, 3); count > 0; --count) {
                const int up_to = over + static_cast<int>(dice_.number(1, 3)) * 100;
                price.tiers.push_back({over, up_to, random_amount()});
                over = up_to;
            }
            price.tiers.back().up_to = dice_.one_in(2) ? forever : price.tiers.back().up_to;
            if (dice_.one_in(2)) {
                price.price.reset();
            }
        }
    }

    void add_time(SlowPrice& price) {
        if (dice_.one_in(4)) {
            price.opens = static_cast<int>(dice_.number(0, 47)) * 30;
            price.closes = static_cast<int>(dice_.number(0, 47)) * 30;
        }
        for (int weekday = 1; dice_.one_in(4) && weekday <= 7; ++weekday) {
            price.weekdays.insert(static_cast<int>(dice_.number(1, 7)));
        }
        price.clock = dice_.one_in(2) ? nullptr : dice_.one_of(clocks_seen());
        price.weekday_clock = dice_.one_in(2) ? price.clock : dice_.one_of(clocks_seen());
        if (dice_.one_in(3)) {
            price.from = static_cast<int>(dice_.number(0, horizon - 2));
        }
        if (dice_.one_in(3)) {
            price.until = static_cast<int>(dice_.number(price.from + 1, horizon));
        }
    }

    SlowPrice random_price() {
        SlowPrice price;
        price.metric = dice_.one_of(metrics_);
        price.price =
            price.metric == "multiplier" ? Fraction(dice_.number(5, 30)) / 10 : random_amount();
        if (price.metric != "multiplier") {
            price.per = dice_.one_of<int>({1, 1, 1'000, 1'000'000, 3, 7});
            price.free = dice_.one_of<int>({0, 0, 0, 1, 50, 150});
        }
        add_size(price);
        add_time(price);
        price.service_tier = dice_.one_in(3) ? dice_.one_of(tiers) : "";
        price.region = dice_.one_in(4) ? dice_.one_of(regions) : "";
        price.search_size = dice_.one_in(6) ? dice_.one_of(search_sizes) : "";
        price.first_version = dice_.one_in(3) ? static_cast<int>(dice_.number(1, 5)) : 1;
        if (dice_.one_in(3)) {
            price.gone_in_version = static_cast<int>(dice_.number(price.first_version + 1, 6));
        }
        price.is_configured = dice_.one_in(3);
        return price;
    }

    std::vector<const SlowWallClock*> clocks_seen() {
        return {clocks_[0].clock.get(), clocks_[1].clock.get()};
    }

    // A prompt of a size at, below or above some boundary, in one pool or several.
    void add_prompt(SlowCall& call) {
        int left = dice_.one_of(sizes) + static_cast<int>(dice_.number(-1, 1)) +
                   100 * static_cast<int>(dice_.number(0, 2));
        for (const char* const pool : {"cache_read_tokens",
                                       "cache_write_1h_tokens",
                                       "input_audio_tokens",
                                       "cache_read_audio_tokens",
                                       "cache_write_tokens"}) {
            if (left > 0 && dice_.one_in(3)) {
                const auto part = dice_.number(0, left);
                call.usage.push_back({pool, part});
                left -= static_cast<int>(part);
            }
        }
        call.usage.push_back({"input_tokens", std::max(left, 0)});
    }

    SlowCall random_call() {
        SlowCall call;
        call.minute = static_cast<int>(dice_.number(0, horizon - 1));
        if (dice_.one_in(2)) { // where something begins or ends
            const SlowPrice& price = dice_.one_of(slow_);
            const int near = dice_.one_of<int>({price.from, price.until, price.opens});
            call.minute = std::clamp(near + static_cast<int>(dice_.number(-1, 0)), 0, horizon - 1);
        }
        call.version =
            dice_.one_in(2) ? present_version : static_cast<int>(dice_.number(1, present_version));
        add_prompt(call);
        for (const char* const metric :
             {"output_tokens", "reasoning_tokens", "images", "requests", "input_seconds"}) {
            if (dice_.one_in(3)) {
                call.usage.push_back({metric, dice_.number(0, 300)});
            }
        }
        if (dice_.one_in(4)) {
            call.usage.push_back({"seconds", Fraction(dice_.number(0, 9'999)) / 1'000});
        }
        call.service_tier = dice_.one_of<std::string>(
            {"", "", "flex", "FLEX", "Priority", "fast", "Fast", "batch", "standard", "who knows"});
        call.region = dice_.one_of<std::string>({"", "", "us", "EU", "asia", "Global", "*"});
        call.search_size = dice_.one_of<std::string>({"", "", "low", "High", "medium"});
        return call;
    }

    const Zone* zone_of(const SlowWallClock* clock) {
        for (const RandomClock& known : clocks_) {
            if (known.clock.get() == clock) {
                return known.zone.get();
            }
        }
        return nullptr;
    }

    PriceRow row_of(const SlowPrice& price) {
        PriceRow row = price_row("p", "m", price.metric, "0");
        row.terms.has_flat_price = price.price.has_value();
        row.terms.price = decimal_of(price.price.value_or(0));
        row.terms.per = decimal_of(price.per);
        row.terms.free = decimal_of(price.free);
        for (const SlowTier& tier : price.tiers) {
            row.terms.tiers.push_back(
                arena_,
                {decimal_of(tier.over),
                 tier.up_to == forever ? std::nullopt : std::optional(decimal_of(tier.up_to)),
                 decimal_of(tier.price)});
        }
        PriceConditions& when = row.terms.when;
        if (price.more_than >= 0) {
            when.prompt_over = decimal_of(price.more_than);
        }
        if (price.at_least >= 0) {
            when.prompt_at_least = decimal_of(price.at_least);
        }
        when.service_tier = price.service_tier;
        when.region = price.region;
        when.search_context_size = price.search_size;
        if (price.opens >= 0) {
            when.hours = DailyHours{static_cast<std::int16_t>(price.opens),
                                    static_cast<std::int16_t>(price.closes)};
        }
        for (const int weekday : price.weekdays) {
            when.weekdays |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(weekday - 1));
        }
        row.zone = zone_of(price.clock);
        row.weekday_zone = zone_of(price.weekday_clock);
        row.valid_from = price.from == 0 ? always : base_ + price.from * a_minute;
        row.valid_to = price.until == forever ? never : base_ + price.until * a_minute;
        row.version_from = price.first_version;
        row.version_to = price.gone_in_version == forever ? latest_version : price.gone_in_version;
        row.configured = price.is_configured;
        return row;
    }

    // The book as it is asked for a version, its rows in any order.
    PriceBook book_for(std::int64_t version) {
        std::vector<PriceRow> rows;
        for (const SlowPrice& price : slow_) {
            rows.insert(rows.begin() + dice_.number(0, static_cast<std::int64_t>(rows.size())),
                        row_of(price));
        }
        PriceBook book(present_version);
        for (const PriceRow& row : rows) {
            book.add(row, version);
        }
        return book;
    }

    bool compare(const SlowCall& call) {
        std::vector<UsageItem> items;
        for (const SlowUse& use : call.usage) {
            items.push_back({use.metric, decimal_of(use.quantity)});
        }
        Usage usage = usage_of(items);
        usage.service_tier = call.service_tier;
        usage.region = call.region;
        usage.search_context_size = call.search_size;
        const bool is_now = call.version == present_version && dice_.one_in(2);
        PricedAt at;
        at.version = is_now ? latest_version : call.version;
        at.moment = base_ + call.minute * a_minute +
                    dice_.one_of<std::int64_t>({0, 1, a_minute / 2, a_minute - 1});
        const PriceBook book = book_for(at.version);
        PriceLines lines{arena_, {}};
        const PricedUsage priced = book.price("p", "m", usage, at);
        const PricedUsage explained = book.explain("p", "m", usage, at, lines);
        EXPECT_EQ(priced.fault, explained.fault);
        EXPECT_EQ(priced.cost, explained.cost);
        return agrees(slow_cost(slow_, call), priced, lines.list);
    }

    static bool
    agrees(const SlowCost& slow, const PricedUsage& priced, const List<PriceLine>& lines) {
        if (!slow.unpriced.empty()) {
            EXPECT_EQ(priced.fault, PricingFault::unknown_metric);
            EXPECT_EQ(priced.metric, slow.unpriced);
            return false;
        }
        EXPECT_EQ(priced.fault, PricingFault::none) << priced.metric;
        EXPECT_EQ(fraction_of(priced.cost), slow.total());
        EXPECT_EQ(lines.size(), slow.lines.size());
        Fraction sum = 0;
        for (std::uint32_t at = 0; at < std::min<std::size_t>(lines.size(), slow.lines.size());
             ++at) {
            const PriceLine& line = lines[at];
            EXPECT_EQ(line.metric, slow.lines[at].metric);
            EXPECT_EQ(fraction_of(line.quantity), slow.lines[at].quantity) << line.metric;
            EXPECT_EQ(fraction_of(line.cost), slow.lines[at].cost) << line.metric;
            EXPECT_EQ(line.cost, quotient(line.quantity * line.unit_price, line.per));
            sum += fraction_of(line.cost);
        }
        EXPECT_EQ(sum, fraction_of(priced.cost)) << "the lines are the cost";
        return true;
    }

    Dice dice_;
    Instant base_;
    std::array<RandomClock, 2> clocks_;
    std::vector<std::string> metrics_;
    std::vector<SlowPrice> slow_;
    TestArena arena_;
};

TEST(PricingProperty, EveryCallCostsWhatTheSlowModelSays) {
    constexpr int calls = 40;
    int all = 0;
    int priced = 0;
    for (const std::uint64_t seed : seeds(300, 30)) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        priced += Race(seed).run(calls);
        all += calls;
        ASSERT_FALSE(HasFailure());
    }
    EXPECT_GT(priced, all / 2) << "the random books price too little to prove much";
}

} // namespace
} // namespace credits::core::test
