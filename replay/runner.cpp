// Owns the threads and what each does with a call. Must never share a connection between threads.
#include "runner.hpp"

#include "usage.hpp"

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace replay {
namespace {

using Clock = std::chrono::steady_clock;

std::int64_t us_since(Clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count();
}

void prepare_verbs(Connection& connection) {
    connection.execute("SET client_encoding = 'UTF8'");
    connection.prepare("authorize",
                       "SELECT allowed, outcome, hold_no FROM credits.authorize(account_id => $1,"
                       " provider => $2, model => $3, usage => $4::jsonb, idempotency_key => $5)");
    connection.prepare("settle",
                       "SELECT entry_no, amount FROM credits.settle(account_id => $1,"
                       " hold_no => $2::bigint, usage => $3::jsonb, idempotency_key => $4)");
    connection.prepare(
        "release",
        "SELECT entry_no FROM credits.release(account_id => $1, hold_no => $2::bigint,"
        " reason => $3)");
    connection.prepare(
        "refund",
        "SELECT entry_no FROM credits.refund(account_id => $1, entry_no => $2::bigint,"
        " reason => 'replay')");
}

// Shared is all that threads have in common.
struct Shared {
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> done{0};
    std::atomic<int> threads_running{0};
    std::atomic<bool> stop{false};
    std::mutex mutex;
    std::exception_ptr error;
    Clock::time_point start;
};

class Caller {
  public:
    Caller(const Plan& plan, const Options& options, std::string key_prefix)
        : plan_(plan), options_(options), key_prefix_(std::move(key_prefix)),
          connection_(options.database, "replay") {
        prepare_verbs(connection_);
    }

    void run(Shared& shared, std::vector<Outcome>& outcomes) {
        while (!shared.stop) {
            const std::size_t at = shared.next++;
            if (at >= plan_.calls.size()) {
                break;
            }
            if (options_.speed && !wait_until_due(shared, plan_.calls[at].due_us)) {
                break;
            }
            outcomes[at] = make_call(at);
            ++shared.done;
        }
        result.elapsed_us = us_since(shared.start);
    }

    RunResult result; // of this connection alone; outcomes are in the common vector

  private:
    // wait_until_due sleeps in short pieces, so that a run that failed elsewhere ends soon.
    bool wait_until_due(const Shared& shared, std::int64_t due_us) {
        constexpr std::int64_t piece_us = 100'000;
        std::int64_t now_us = us_since(shared.start);
        result.late_us_max = std::max(result.late_us_max, now_us - due_us);
        for (; now_us < due_us; now_us = us_since(shared.start)) {
            if (shared.stop) {
                return false;
            }
            std::this_thread::sleep_for(
                std::chrono::microseconds(std::min(due_us - now_us, piece_us)));
        }
        return true;
    }

    Rows timed(const char* verb, const std::vector<const char*>& parameters) {
        for (;;) {
            const Clock::time_point start = Clock::now();
            try {
                Rows rows = connection_.run(verb, parameters);
                result.latencies_us[verb].push_back(static_cast<std::uint32_t>(us_since(start)));
                return rows;
            } catch (const DatabaseError& error) {
                if (!error.retryable()) {
                    throw;
                }
                ++result.retries;
            }
        }
    }

    Outcome make_call(std::size_t at) {
        const PlannedCall& planned = plan_.calls[at];
        const std::string& account = plan_.accounts[planned.account];
        const std::string estimate = usage_json(planned.call, plan_.max_output_tokens);
        const std::string key = key_prefix_ + std::to_string(at);
        const Rows decision = timed("authorize",
                                    {account.c_str(),
                                     planned.call.provider.c_str(),
                                     planned.call.model.c_str(),
                                     estimate.c_str(),
                                     options_.keys ? key.c_str() : nullptr});
        if (!decision.truth(0, 0)) {
            ++result.refusals["authorize " + std::string(decision.text(0, 1))];
            return Outcome::refused;
        }
        const std::string hold_no(decision.text(0, 2));
        const char* verb =
            planned.fate == Fate::release || planned.fate == Fate::fail ? "release" : "settle";
        try {
            if (planned.fate == Fate::release) {
                timed(verb, {account.c_str(), hold_no.c_str(), "cancelled"});
                return Outcome::released;
            }
            if (planned.fate == Fate::fail) {
                timed(verb, {account.c_str(), hold_no.c_str(), "failed"});
                return Outcome::failed;
            }
            return settle(planned, account, hold_no, key + "s");
        } catch (const DatabaseError& error) {
            return refused(verb, error);
        }
    }

    Outcome settle(const PlannedCall& planned,
                   const std::string& account,
                   const std::string& hold_no,
                   const std::string& key) {
        const std::string usage = usage_json(planned.call, planned.call.output_tokens);
        const Rows receipt = timed("settle",
                                   {account.c_str(),
                                    hold_no.c_str(),
                                    usage.c_str(),
                                    options_.keys ? key.c_str() : nullptr});
        if (planned.fate != Fate::refund) {
            return Outcome::settled;
        }
        if (Decimal::parse(receipt.text(0, 1)) == Decimal(0)) {
            ++result.nothing_to_refund;
            return Outcome::settled;
        }
        const std::string entry_no(receipt.text(0, 0));
        try {
            timed("refund", {account.c_str(), entry_no.c_str()});
            return Outcome::refunded;
        } catch (const DatabaseError& error) {
            refused("refund", error);
            return Outcome::settled;
        }
    }

    Outcome refused(const std::string& verb, const DatabaseError& error) {
        if (!error.refusal()) {
            throw DatabaseError(
                verb + ": " + error.what(), error.sqlstate(), error.connection_lost());
        }
        ++result.refusals[verb + " " + error.sqlstate()];
        return Outcome::refused;
    }

    const Plan& plan_;
    const Options& options_;
    std::string key_prefix_;
    Connection connection_;
};

void merge(RunResult& total, const RunResult& one) {
    for (const auto& [verb, latencies] : one.latencies_us) {
        auto& all = total.latencies_us[verb];
        all.insert(all.end(), latencies.begin(), latencies.end());
    }
    for (const auto& [refusal, count] : one.refusals) {
        total.refusals[refusal] += count;
    }
    total.retries += one.retries;
    total.nothing_to_refund += one.nothing_to_refund;
    total.late_us_max = std::max(total.late_us_max, one.late_us_max);
    total.elapsed_us = std::max(total.elapsed_us, one.elapsed_us);
}

void run_thread(Caller& caller, Shared& shared, std::vector<Outcome>& outcomes) {
    try {
        caller.run(shared, outcomes);
    } catch (...) {
        const std::lock_guard lock(shared.mutex);
        shared.error = shared.error ? shared.error : std::current_exception();
        shared.stop = true;
    }
    --shared.threads_running;
}

} // namespace

RunResult run_calls(const Plan& plan,
                    const Options& options,
                    const std::function<void(std::size_t)>& report) {
    const std::string key_prefix =
        "replay-" + std::to_string(std::chrono::system_clock::now().time_since_epoch().count()) +
        "-";
    RunResult total;
    total.outcomes.resize(plan.calls.size(), Outcome::not_called);
    std::vector<std::unique_ptr<Caller>> callers;
    callers.reserve(static_cast<std::size_t>(options.connections));
    for (int i = 0; i < options.connections; ++i) {
        callers.push_back(std::make_unique<Caller>(plan, options, key_prefix));
    }
    Shared shared;
    shared.start = Clock::now();
    shared.threads_running = options.connections;
    {
        std::vector<std::jthread> threads;
        threads.reserve(callers.size());
        for (const auto& caller : callers) {
            threads.emplace_back(
                [&caller, &shared, &total] { run_thread(*caller, shared, total.outcomes); });
        }
        while (shared.threads_running > 0) {
            report(shared.done);
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }
    if (shared.error) {
        std::rethrow_exception(shared.error);
    }
    report(shared.done);
    for (const auto& caller : callers) {
        merge(total, caller->result);
    }
    return total;
}

} // namespace replay
