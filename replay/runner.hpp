// Owns the run: N connections, each in its own thread, take calls from the plan and make them. Must
// never decide what a call costs; what it says about a call is only whether it was settled.
#pragma once

#include "database.hpp"
#include "plan.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace replay {

// Outcome of a call, as its connection saw it.
enum class Outcome : std::uint8_t { not_called, refused, settled, released, failed, refunded };

struct RunResult {
    std::vector<Outcome> outcomes;                                  // by call of the plan
    std::map<std::string, std::vector<std::uint32_t>> latencies_us; // by verb
    std::map<std::string, std::uint64_t> refusals;                  // by verb and outcome
    std::uint64_t retries = 0;
    std::uint64_t nothing_to_refund = 0; // calls to be refunded whose charge was rounded to 0
    std::int64_t late_us_max = 0;        // behind the trace's times, where they are kept
    std::int64_t elapsed_us = 0;
};

// run_calls makes every call; report is told now and then how many are done. The first error that
// is neither a refusal nor a lost race ends the run and is thrown.
RunResult
run_calls(const Plan& plan, const Options& options, const std::function<void(std::size_t)>& report);

} // namespace replay
