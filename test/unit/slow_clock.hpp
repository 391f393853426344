// Owns a calendar that is walked hour by hour: wall-clock times are counted, never computed.
// Shares nothing with the core's.
#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace credits::core::test {

struct WallDate {
    int year = 2000;
    int month = 1;
    int day = 1;

    friend auto operator<=>(const WallDate&, const WallDate&) = default;
};

struct WallTime {
    WallDate date;
    int hour = 0;

    friend auto operator<=>(const WallTime&, const WallTime&) = default;
};

inline int last_day_of(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

inline WallDate next_date(WallDate date) {
    if (date.day < last_day_of(date.year, date.month)) {
        return {date.year, date.month, date.day + 1};
    }
    return date.month < 12 ? WallDate{date.year, date.month + 1, 1} : WallDate{date.year + 1, 1, 1};
}

inline WallDate previous_date(WallDate date) {
    if (date.day > 1) {
        return {date.year, date.month, date.day - 1};
    }
    return date.month > 1
               ? WallDate{date.year, date.month - 1, last_day_of(date.year, date.month - 1)}
               : WallDate{date.year - 1, 12, 31};
}

inline WallDate months_later(WallDate date, int months) {
    const int wanted = date.day;
    for (; months > 0; --months) {
        date.month = date.month == 12 ? 1 : date.month + 1;
        date.year += date.month == 1 ? 1 : 0;
    }
    const int last = last_day_of(date.year, date.month);
    return {date.year, date.month, wanted < last ? wanted : last};
}

// SlowCycle is a length of months, days and hours; nothing at all means calendar months.
struct SlowCycle {
    int months = 0;
    int days = 0;
    int hours = 0;

    friend bool operator==(const SlowCycle&, const SlowCycle&) = default;
};

// SlowClock knows the wall-clock time of every hour (a tick, counted from 2000-01-01 00:00 UTC) of
// a stretch of time, in a zone whose clock is put forward or back at some ticks.
class SlowClock {
  public:
    struct Change {
        int tick;
        int offset; // hours, from then on
    };

    // is_last: a wall-clock time that comes twice or never is passed at the last moment it can be.
    SlowClock(int begin, int end, int offset, const std::vector<Change>& changes, bool is_last)
        : begin_(begin), is_last_(is_last) {
        WallTime wall;
        int shown = 0;
        for (int tick = 0; tick <= end; ++tick) {
            for (const Change& change : changes) {
                offset = change.tick == tick ? change.offset : offset;
            }
            for (; shown < offset; ++shown) {
                wall = hour_later(wall);
            }
            for (; shown > offset; --shown) {
                wall = hour_earlier(wall);
            }
            if (tick >= begin) {
                first_seen_.emplace(wall.date, tick);
                walls_.push_back(wall);
            }
            wall = hour_later(wall);
        }
        for (const auto& [date, tick] : first_seen_) {
            midnights_.insert(passed({date, 0}));
        }
    }

    [[nodiscard]] WallTime wall(int tick) const {
        return walls_.at(static_cast<std::size_t>(tick - begin_));
    }

    [[nodiscard]] bool is_midnight(int tick) const { return midnights_.count(tick) > 0; }

    [[nodiscard]] int midnight_after(int tick) const { return *midnights_.upper_bound(tick); }

    [[nodiscard]] int midnight_until(int tick) const { return *--midnights_.upper_bound(tick); }

    // period is the one that holds a tick: the boundaries are counted one by one from the anchor,
    // which is one itself, even where its wall-clock time comes twice.
    [[nodiscard]] std::pair<int, int> period(int anchor, const SlowCycle& cycle, int tick) const {
        const bool calendar = cycle == SlowCycle{};
        const WallTime first = calendar ? WallTime{} : wall(anchor);
        const SlowCycle length = calendar ? SlowCycle{1, 0, 0} : cycle;
        int start = anchor;
        for (int count = 1;; ++count) {
            WallTime bound = first;
            bound.date = months_later(bound.date, count * length.months);
            for (int days = count * length.days; days > 0; --days) {
                bound.date = next_date(bound.date);
            }
            const bool by_hours = length.months == 0 && length.days == 0;
            const int at = (by_hours ? anchor : passed(bound)) + count * length.hours;
            if (at > tick) {
                return {start, at};
            }
            start = at;
        }
    }

    // passed is the tick at which the clock comes to show a time, or jumps over it.
    [[nodiscard]] int passed(const WallTime& wanted) const {
        const auto near = first_seen_.lower_bound(wanted.date);
        std::size_t at = near == first_seen_.end()
                             ? walls_.size() - 1
                             : static_cast<std::size_t>(near->second - begin_);
        const std::size_t from = at < 4 ? 0 : at - 4;
        std::size_t found = from;
        for (at = from; at < walls_.size() && at < from + 40; ++at) {
            if (walls_[at] < wanted) {
                found = at + 1;
            } else if (!is_last_) {
                break;
            } else if (walls_[at] == wanted) {
                found = at; // shown once more
            }
        }
        return begin_ + static_cast<int>(found);
    }

  private:
    static WallTime hour_later(WallTime wall) {
        return wall.hour < 23 ? WallTime{wall.date, wall.hour + 1}
                              : WallTime{next_date(wall.date), 0};
    }

    static WallTime hour_earlier(WallTime wall) {
        return wall.hour > 0 ? WallTime{wall.date, wall.hour - 1}
                             : WallTime{previous_date(wall.date), 23};
    }

    int begin_;
    bool is_last_;
    std::vector<WallTime> walls_;
    std::map<WallDate, int> first_seen_;
    std::set<int> midnights_;
};

} // namespace credits::core::test
