// Owns what the connections know in common: accounts, open holds, charges that can be refunded,
// keyed calls that others repeat, and the violations found. Must never talk to the database.
#pragma once

#include "call.hpp"
#include "replay/plan.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace stress {

using replay::Random;

// Target is a hold to settle or an entry to refund.
struct Target {
    std::string account;
    std::int64_t number = 0;
    bool priced = false; // the hold knows a model, so that usage can be priced
};

// Payment is one to refund parts of.
struct Payment {
    std::string account;
    std::string reference;
};

struct KeyedCall {
    Call call;
    bool committed = false;
};

class World {
  public:
    World(int accounts, std::string run);

    [[nodiscard]] const std::vector<std::string>& accounts() const { return accounts_; }

    [[nodiscard]] const std::string& run() const { return run_; }

    [[nodiscard]] const std::string& any_account(Random& random) const;

    // learn remembers what a committed call makes possible: a hold to settle, a charge to refund.
    void learn(const Call& call, const Answer& answer);

    // hold and charge pick one; a hold mostly leaves the pool, so that most are ended once but some
    // by several connections.
    std::optional<Target> hold(Random& random);
    std::optional<Target> charge(Random& random);
    std::optional<Payment> payment(Random& random);

    // publish makes a keyed call known to the others before it is made; mark_committed when it is.
    void publish(const Call& call);
    void mark_committed(const Call& call);
    std::optional<KeyedCall> published(Random& random);

    void violation(const std::string& text);
    void count(const std::string& event);

    [[nodiscard]] std::uint64_t violations() const { return violations_; }

    [[nodiscard]] std::map<std::string, std::uint64_t> counts();

  private:
    std::vector<std::string> accounts_;
    std::string run_;
    std::mutex mutex_;
    std::vector<Target> holds_;
    std::vector<Target> charges_;
    std::vector<Payment> payments_;
    std::vector<KeyedCall> keyed_;
    std::size_t oldest_hold_ = 0;
    std::size_t oldest_charge_ = 0;
    std::size_t oldest_payment_ = 0;
    std::size_t oldest_keyed_ = 0;
    std::map<std::string, std::uint64_t> counts_;
    std::atomic<std::uint64_t> violations_{0};
};

// random_call makes up a call of any verb; nothing where the verb has nothing to act on yet.
std::optional<Call> random_call(World& world, Random& random, const std::string& op);

// random_charge makes up a deduct or authorize on an account, of an amount or of a usage.
Call random_charge(Verb verb, const std::string& account, Random& random, const std::string& op);

} // namespace stress
