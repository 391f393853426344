// Owns what is to happen to each call of a trace: its account, its fate, its moment. Decided before
// the first call and by the seed alone, so that a run can be repeated.
#pragma once

#include "options.hpp"
#include "trace.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace replay {

enum class Fate { settle, release, fail, refund };

struct PlannedCall {
    TraceCall call; // provider and model always given
    std::size_t account = 0;
    Fate fate = Fate::settle;
    std::int64_t due_us = 0; // since the start, at the wanted speed; 0 where speed is free
};

struct Plan {
    std::string format;
    std::string spread; // said to the reader
    std::vector<std::string> accounts;
    std::vector<PlannedCall> calls; // in the order of their moments
    std::int64_t span_us = 0;       // from the trace's first call to its last; 0: without times
    std::int64_t max_output_tokens = 0;
};

// make_plan assigns accounts named prefix + name; UsageError where trace and options contradict.
Plan make_plan(Trace trace, const Options& options, const std::string& prefix);

// Random draws from a seed alike on every platform (the distributions of <random> are not).
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }

    // below draws from 0 to limit − 1.
    std::uint64_t below(std::uint64_t limit) { return next() % limit; }

    // fraction draws from [0, 1); for choices, never for money.
    double fraction() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

  private:
    std::uint64_t state_;
};

// draw_fate gives each fate its share, by one draw.
Fate draw_fate(const Options& options, Random& random);

} // namespace replay
