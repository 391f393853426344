// Owns the slow, obvious model of the price book: amounts are fractions, offers are struck off a
// list rule by rule, and wall clocks are walked minute by minute. Shares no code with the core.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>

#include <cstddef>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace credits::core::test {

using Fraction = boost::multiprecision::cpp_rational;

inline constexpr int forever = std::numeric_limits<int>::max();

// SlowWall is what a clock on the wall shows: the minute of the day, and the day, Monday being 1.
struct SlowWall {
    int minute = 0;
    int weekday = 1;
};

// SlowWallClock knows what a clock shows in every minute from a Monday 00:00 UTC on.
class SlowWallClock {
  public:
    struct Change {
        int at;      // minute from the beginning
        int forward; // minutes by which the clock is put forward (or back)
    };

    SlowWallClock(int minutes, int offset, const std::vector<Change>& changes);

    [[nodiscard]] SlowWall at(int minute) const {
        return walls_.at(static_cast<std::size_t>(minute));
    }

  private:
    std::vector<SlowWall> walls_;
};

// SlowTier: the price for prompts of more than `over` tokens and up to `up_to`.
struct SlowTier {
    int over = 0;
    int up_to = forever;
    Fraction price;
};

struct SlowPrice {
    std::string metric;
    std::optional<Fraction> price;
    Fraction per = 1;
    Fraction free = 0;
    std::vector<SlowTier> tiers;
    int more_than = -1; // tokens of the prompt; -1: any
    int at_least = -1;
    std::string service_tier;
    std::string region;
    std::string search_size;
    int opens = -1; // minutes of the day; -1: all day
    int closes = -1;
    std::set<int> weekdays;
    const SlowWallClock* clock = nullptr;
    const SlowWallClock* weekday_clock = nullptr;
    int from = 0; // minutes
    int until = forever;
    int first_version = 0;
    int gone_in_version = forever;
    bool is_configured = true;
};

struct SlowUse {
    std::string metric;
    Fraction quantity;
};

struct SlowCall {
    int minute = 0;
    int version = 0;
    std::vector<SlowUse> usage;
    std::string service_tier;
    std::string region;
    std::string search_size;
};

struct SlowLine {
    std::string metric;
    Fraction quantity; // that is charged
    Fraction cost;
};

struct SlowCost {
    std::string unpriced; // the first pool that has no price; empty: all have
    std::vector<SlowLine> lines;

    [[nodiscard]] Fraction total() const;
};

SlowCost slow_cost(const std::vector<SlowPrice>& book, const SlowCall& call);

} // namespace credits::core::test
