// Owns the random side of the race of limits: clocks, limits and amounts, in the test's own terms.
#pragma once

#include "limit_cases.hpp"
#include "slow_log.hpp"

#include <array>
#include <string>
#include <vector>

namespace credits::core::test {

inline constexpr int first_tick = 201'624 + 24 * 40; // 2023-02-10
inline constexpr int ticks = 24 * 200;
inline constexpr std::int64_t ten_thousand = 10'000;
inline const std::array<std::string, 3> models{"", "small", "large"};

inline Decimal decimal_of(std::int64_t amount) {
    return make_decimal(Wide(amount), 4);
}

// A clock that is put forward and back again, at midnights, Sundays and anywhere.
struct Clocks {
    std::vector<SlowClock::Change> changes;
    int offset;
    bool is_last;

    explicit Clocks(Dice& dice)
        : offset(static_cast<int>(dice.number(-11, 12))), is_last(dice.one_in(2)) {
        int tick = first_tick;
        int shown = offset;
        for (auto count = dice.number(0, 5); count > 0; --count) {
            tick += static_cast<int>(dice.number(24, 40 * 24));
            const bool by_night = dice.one_in(2);
            tick += by_night ? 24 - (tick + shown) % 24 + static_cast<int>(dice.number(-2, 2)) : 0;
            shown += shown > offset ? -1 : 1;
            changes.push_back({tick, shown});
        }
    }

    [[nodiscard]] SlowClock walk() const {
        return {first_tick - 24 * 40, first_tick + ticks + 24 * 40, offset, changes, is_last};
    }

    [[nodiscard]] SteppedZone zone() const {
        std::vector<ClockChange> steps;
        for (const SlowClock::Change& change : changes) {
            steps.push_back({change.tick * hour, change.offset * hour});
        }
        return SteppedZone(offset * hour, steps, is_last ? OnDoubt::last : OnDoubt::first);
    }
};

// What the test knows of a limit, in its own terms.
struct SlowLimit {
    int metric = 0;
    int model = 0;
    Window window;
    std::int64_t limit = 0;
    EffectKind effect = EffectKind::deny;
    int warn_at = 80;
    bool is_warned = false;
};

struct SlowHold {
    std::int64_t at = 0;
    int model = 0;
    std::array<SlowLine*, 4> lines{};
    std::array<std::int64_t, 4> held{};
};

using Amounts = std::array<std::int64_t, 4>; // by metric

inline Window random_window(Dice& dice) {
    if (dice.one_in(2)) {
        const std::vector<std::int64_t> lengths{
            3 * second, minute, hour, day, 7, 61, dice.number(1, 2 * day)};
        return sliding(dice.one_of(lengths));
    }
    return fixed(dice.one_of<WindowKind>({WindowKind::hour,
                                          WindowKind::day,
                                          WindowKind::week,
                                          WindowKind::month,
                                          WindowKind::period,
                                          WindowKind::lifetime}));
}

// random_limit has the counter of another one where that is given.
inline SlowLimit random_limit(Dice& dice, const SlowLimit* shared) {
    SlowLimit limit;
    if (shared != nullptr) {
        limit = *shared;
    } else {
        limit.metric = static_cast<int>(dice.number(0, 3));
        limit.model = dice.one_in(4) ? static_cast<int>(dice.number(1, 2)) : 0;
        limit.window = random_window(dice);
    }
    const std::int64_t calls = dice.one_in(8) ? 0 : dice.number(1, 60);
    limit.limit = calls * (limit.metric == 0 ? ten_thousand : dice.number(1, 90'000));
    limit.effect = dice.one_of<EffectKind>({EffectKind::deny,
                                            EffectKind::deny,
                                            EffectKind::deny,
                                            EffectKind::overage,
                                            EffectKind::degrade,
                                            EffectKind::warn});
    limit.warn_at = dice.one_in(3) ? static_cast<int>(dice.number(1, 120)) : 80;
    return limit;
}

inline LimitTerms terms_of(const SlowLimit& limit, std::string name) {
    LimitTerms terms = terms_of(
        std::move(name), static_cast<Metric>(limit.metric), limit.window, "0", limit.effect);
    terms.limit = decimal_of(limit.limit);
    terms.model = models.at(static_cast<std::size_t>(limit.model));
    terms.warn_at = {limit.warn_at, 0};
    terms.effect.price = dec("3");
    return terms;
}

// random_amounts are one request and what it uses.
inline Amounts random_amounts(Dice& dice) {
    Amounts amounts{ten_thousand, 0, 0, 0};
    for (std::size_t metric = 1; metric < amounts.size(); ++metric) {
        if (!dice.one_in(4)) {
            amounts[metric] =
                metric < 3 ? dice.number(1, 30) * ten_thousand : dice.number(1, 90'000);
        }
    }
    return amounts;
}

inline Demand demand_of(const Amounts& amounts, int model) {
    Demand demand;
    demand.requests = decimal_of(amounts[0]);
    demand.tokens = decimal_of(amounts[1]);
    demand.credits = decimal_of(amounts[2]);
    demand.cost = decimal_of(amounts[3]);
    demand.model = models.at(static_cast<std::size_t>(model));
    return demand;
}

} // namespace credits::core::test
