// Owns the slow, obvious record of use: every amount is a line of its own, and nothing is added up
// before it is asked for. Shares nothing with the core's counters; its calendar is SlowClock.
#pragma once

#include "slow_clock.hpp"

#include <cstdint>
#include <deque>
#include <utility>

namespace credits::core::test {

// One amount in ten-thousandths of anything.
struct SlowLine {
    std::int64_t at = 0; // microseconds
    int metric = 0;
    int model = 0;
    std::int64_t amount = 0;
};

class SlowLog {
  public:
    SlowLine& write(const SlowLine& line) {
        lines_.push_back(line);
        return lines_.back();
    }

    // used adds up the lines of a metric and a model (0: of any) that are later than a moment.
    [[nodiscard]] std::int64_t used(int metric, int model, std::int64_t later_than) const {
        std::int64_t sum = 0;
        for (const SlowLine& line : lines_) {
            const bool is_meant = line.metric == metric && (model == 0 || line.model == model);
            sum += is_meant && line.at > later_than ? line.amount : 0;
        }
        return sum;
    }

  private:
    std::deque<SlowLine> lines_; // whose members stay where they are
};

enum class SlowWindow { hour, day, week, month };

// The fixed window that an hour (a tick of the clock) belongs to, in ticks.
inline std::pair<int, int> slow_span(const SlowClock& clock, SlowWindow window, int tick) {
    if (window == SlowWindow::hour) {
        return {tick, tick + 1};
    }
    // Far beyond the span on both sides there are midnights that begin none.
    const auto begins = [&](int midnight) {
        WallDate date = clock.wall(midnight + 12).date; // at noon no clock is changed
        if (window == SlowWindow::month) {
            return date.day == 1;
        }
        int days = 0;
        for (; date > WallDate{2023, 1, 2}; date = previous_date(date)) { // a Monday
            ++days;
        }
        return window == SlowWindow::day || days % 7 == 0;
    };
    int start = clock.midnight_until(tick);
    while (!begins(start)) {
        start = clock.midnight_until(start - 1);
    }
    int end = clock.midnight_after(tick);
    while (!begins(end)) {
        end = clock.midnight_after(end);
    }
    return {start, end};
}

} // namespace credits::core::test
