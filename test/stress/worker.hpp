// Owns one connection of the stress: the calls it makes, alone or in transactions of every kind,
// and what it learns from each answer. Must never write a receipt into the journal before its
// COMMIT returned, nor call a loss certain that is not.
#pragma once

#include "call.hpp"
#include "journal.hpp"
#include "settings.hpp"
#include "world.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace stress {

class Worker {
  public:
    Worker(const Settings& settings, World& world, Journal& journal, int number);

    // run makes load until the time is over; violations are told to the world.
    void run(std::chrono::steady_clock::time_point until);

  private:
    // Work is one transaction's calls: answered ones stand if it commits, undone ones do not.
    struct Work {
        std::vector<std::pair<Call, Answer>> answered;
        std::vector<Call> undone;
    };

    void step();

    // Calls in a transaction of their own.
    void alone(const Call& call);
    void any_call();
    void hold_and_end();
    void repeat_published();
    void conflict(const KeyedCall& keyed);
    void many();
    void make_at_once(const std::vector<Call>& calls, const char* verb);

    // Transactions of the application's own.
    void transaction();
    void make_calls(Work& work);
    void under_savepoint(Work& work, const Call& call);
    void commit(Work& work);
    void two_phase(Work& work);
    void resolve_prepared(Work& work, const std::string& name, bool was_prepared, bool wanted);
    void roll_back(Work& work);

    // Reads.
    void maintain();
    void check_balance();
    void check_account();

    // What is learnt.
    void accept(const Call& call, const Answer& answer);
    static std::string kind_of(Verb verb);
    void expect_right(const Call& call, const Answer& answer);
    void stands(const Work& work);
    void falls(const Work& work);
    void unknown(const Work& work);
    void raised(const std::string& what, const replay::DatabaseError& error);

    // unless_lost runs a statement that changes nothing of its own, again after a lost race.
    void unless_lost(const std::string& what, const std::function<void()>& statement);

    void reconnect();
    void open_session();
    std::string next_op();

    bool one_in(std::uint64_t n) { return random_.below(n) == 0; }

    const Settings& settings_;
    World& world_;
    Journal& journal_;
    int number_;
    Random random_;
    std::uint64_t ops_ = 0;
    bool two_phase_possible_ = false;
    std::unique_ptr<replay::Connection> connection_;
};

} // namespace stress
