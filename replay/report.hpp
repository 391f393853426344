// Owns what the reader sees: progress while the trace runs, and the summary. Must never compute
// anything that decides between equal and different.
#pragma once

#include "audit.hpp"
#include "plan.hpp"
#include "runner.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace replay {

// grouped writes 19366 as "19,366".
std::string grouped(std::uint64_t number);

// duration_text writes microseconds as "850 ms", "3.6 s" or "59 min 10 s".
std::string duration_text(std::int64_t us);

// percentile is the value below which the given share (per mille) of the values lies.
std::uint32_t percentile(std::vector<std::uint32_t> values, std::size_t per_mille);

// Progress is a bar on a terminal, and elsewhere a plain line for each tenth.
class Progress {
  public:
    Progress(std::string label, std::size_t total);
    void update(std::size_t done);

  private:
    void draw_bar(std::size_t done);

    std::string label_;
    std::size_t total_;
    std::size_t drawn_ = 0; // done, when last drawn
    bool terminal_;
    bool finished_ = false;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point last_ = start_;
};

// trace_lines and run_lines are the two halves of the summary, before and after the run.
std::string trace_lines(const Plan& plan, const Options& options, const std::string& prefix);
std::string run_lines(const Plan& plan, const RunResult& run);

// audit_lines say equal or different, with every figure and the first differences.
std::string audit_lines(const Audit& audit, const Unit& unit);

} // namespace replay
