// Owns texts and figures for the eye. Floating point appears here only, for times and bars.
#include "report.hpp"

#include <algorithm>
#include <cstdio>
#include <unistd.h>
#include <utility>

namespace replay {
namespace {

constexpr std::size_t differences_shown = 10;
constexpr std::size_t label_width = 11;
constexpr double us_per_second = 1e6;

std::string line(const std::string& label, const std::string& text) {
    return label + std::string(label_width - std::min(label.size(), label_width - 1), ' ') + text +
           "\n";
}

std::string fixed(double value, int places) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", places, value);
    return text;
}

std::uint64_t count(const RunResult& run, Outcome outcome) {
    return static_cast<std::uint64_t>(
        std::count(run.outcomes.begin(), run.outcomes.end(), outcome));
}

} // namespace

std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, ",");
    }
    return text;
}

std::string duration_text(std::int64_t us) {
    constexpr std::int64_t second = 1'000'000;
    constexpr std::int64_t minute = 60 * second;
    if (us < second) {
        return std::to_string(us / 1000) + " ms";
    }
    if (us < minute) {
        return fixed(static_cast<double>(us) / us_per_second, 1) + " s";
    }
    return grouped(static_cast<std::uint64_t>(us / minute)) + " min " +
           std::to_string(us % minute / second) + " s";
}

std::uint32_t percentile(std::vector<std::uint32_t> values, std::size_t per_mille) {
    if (values.empty()) {
        return 0;
    }
    const std::size_t at = (values.size() - 1) * per_mille / 1000;
    std::nth_element(
        values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
    return values[at];
}

Progress::Progress(std::string label, std::size_t total)
    : label_(std::move(label)), total_(total), terminal_(isatty(STDOUT_FILENO) == 1) {}

void Progress::update(std::size_t done) {
    if (finished_) {
        return;
    }
    finished_ = done >= total_;
    const auto now = std::chrono::steady_clock::now();
    if (terminal_) {
        if (finished_ || now - last_ >= std::chrono::milliseconds(100)) {
            last_ = now;
            draw_bar(done);
        }
    } else if (done * 10 / total_ > drawn_ * 10 / total_) {
        std::printf(
            "%s %s of %s\n", label_.c_str(), grouped(done).c_str(), grouped(total_).c_str());
        drawn_ = done;
    }
    std::fflush(stdout);
}

void Progress::draw_bar(std::size_t done) {
    constexpr std::size_t width = 30;
    const std::size_t filled = done * width / total_;
    const double seconds = std::chrono::duration<double>(last_ - start_).count();
    const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
    std::string eta;
    if (!finished_ && rate > 0) {
        eta = ", " +
              duration_text(static_cast<std::int64_t>(static_cast<double>(total_ - done) / rate *
                                                      us_per_second)) +
              " to go";
    }
    // The escape clears the rest of the line, which the last text may have filled.
    std::printf("\r%s [%s%s] %s of %s, %s/s%s\033[K%s",
                label_.c_str(),
                std::string(filled, '#').c_str(),
                std::string(width - filled, '.').c_str(),
                grouped(done).c_str(),
                grouped(total_).c_str(),
                grouped(static_cast<std::uint64_t>(rate)).c_str(),
                eta.c_str(),
                finished_ ? "\n" : "");
}

std::string trace_lines(const Plan& plan, const Options& options, const std::string& prefix) {
    std::uint64_t input = 0;
    std::uint64_t cached = 0;
    std::uint64_t output = 0;
    std::vector<std::size_t> calls(plan.accounts.size());
    for (const PlannedCall& planned : plan.calls) {
        input += static_cast<std::uint64_t>(planned.call.input_tokens);
        cached += static_cast<std::uint64_t>(planned.call.cache_read_tokens);
        output += static_cast<std::uint64_t>(planned.call.output_tokens);
        ++calls[planned.account];
    }
    const std::uint64_t busiest = *std::max_element(calls.begin(), calls.end());
    std::string text = line("trace", options.trace + " (" + plan.format + ")");
    text += line("",
                 grouped(plan.calls.size()) + " calls" +
                     (plan.span_us > 0 ? " over " + duration_text(plan.span_us) : std::string()) +
                     ", " + grouped(input) + " tokens in, " +
                     (cached > 0 ? grouped(cached) + " read from cache, " : "") + grouped(output) +
                     " out");
    text += line("accounts",
                 grouped(plan.accounts.size()) + " (" + prefix + "...), calls spread " +
                     plan.spread + ", the busiest makes " + grouped(busiest));
    text += line(
        "load",
        grouped(static_cast<std::uint64_t>(options.connections)) + " connections, " +
            (options.speed ? fixed(*options.speed, 2) + " x real time" : "as fast as possible"));
    return text;
}

std::string run_lines(const Plan& plan, const RunResult& run) {
    std::string text =
        line("calls",
             grouped(plan.calls.size()) + ": settled " +
                 grouped(count(run, Outcome::settled) + count(run, Outcome::refunded)) +
                 " (of them refunded " + grouped(count(run, Outcome::refunded)) + "), released " +
                 grouped(count(run, Outcome::released)) + ", failed " +
                 grouped(count(run, Outcome::failed)) + ", refused " +
                 grouped(count(run, Outcome::refused)));
    for (const auto& [refusal, times] : run.refusals) {
        text += line("", grouped(times) + " x " + refusal);
    }
    if (run.nothing_to_refund > 0) {
        text +=
            line("",
                 grouped(run.nothing_to_refund) +
                     " refunds left out: the charge was a fraction of a credit, kept as residue");
    }
    const double seconds =
        static_cast<double>(std::max<std::int64_t>(run.elapsed_us, 1)) / us_per_second;
    text += line(
        "speed",
        grouped(static_cast<std::uint64_t>(static_cast<double>(plan.calls.size()) / seconds)) +
            " calls/s in " + duration_text(run.elapsed_us) + ", " + grouped(run.retries) +
            " lost races retried" +
            (run.late_us_max > 0 ? ", at most " + duration_text(run.late_us_max) + " late" : ""));
    for (const auto& [verb, latencies] : run.latencies_us) {
        text += line(verb,
                     "p50 " + fixed(percentile(latencies, 500) / 1000.0, 2) + " ms, p99 " +
                         fixed(percentile(latencies, 990) / 1000.0, 2) + " ms");
    }
    return text;
}

std::string audit_lines(const Audit& audit, const Unit& unit) {
    const auto verdict = [](bool equal) {
        return equal ? std::string("equal") : std::string("DIFFERENT");
    };
    std::string text = line("cost", audit.ledger_cost.text() + " USD");
    text += line("credits",
                 audit.charged.text() + " charged, " + audit.given_back.text() + " given back (" +
                     unit.name + " at " + unit.value_usd.text() + " USD)");
    text += "charged " + audit.charged.text() + " x " + unit.value_usd.text() + " USD + residue " +
            audit.residue.text() + " USD, trace × prices " + audit.expected_charge.text() +
            " USD: " +
            verdict(audit.charged * unit.value_usd + audit.residue == audit.expected_charge) + "\n";
    text += "ledger " + audit.ledger_cost.text() + " USD, trace × prices " +
            audit.expected_cost.text() +
            " USD: " + verdict(audit.ledger_cost == audit.expected_cost) + "\n";
    if (audit.differences.empty()) {
        return text + "each of " + grouped(audit.accounts) +
               " accounts: cost, charge and residue, entries and holds: equal\n";
    }
    text += grouped(audit.differences.size()) + " figures of accounts differ:\n";
    for (std::size_t i = 0; i < std::min(audit.differences.size(), differences_shown); ++i) {
        text += "  " + audit.differences[i] + "\n";
    }
    return text + (audit.differences.size() > differences_shown ? "  ...\n" : "");
}

} // namespace replay
