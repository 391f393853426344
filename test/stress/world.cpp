// Owns the pools and the random calls. Amounts are small against the grants, so that balances stay
// near zero: there the refusals, the debts and the changes of lot are.
#include "world.hpp"

#include <cstdio>
#include <utility>

namespace stress {
namespace {

constexpr std::size_t pool_max = 512;
constexpr std::size_t keyed_max = 64;
constexpr std::uint64_t violations_shown = 30;

bool one_in(Random& random, std::uint64_t n) {
    return random.below(n) == 0;
}

// replace_oldest keeps a pool at its size.
template <class Item>
void replace_oldest(std::vector<Item>& pool, std::size_t& oldest, std::size_t size, Item item) {
    if (pool.size() < size) {
        pool.push_back(std::move(item));
    } else {
        oldest %= pool.size();
        pool[oldest++] = std::move(item);
    }
}

std::string whole(std::uint64_t number) {
    return std::to_string(number);
}

std::string usage(Random& random) {
    return "{\"input_tokens\": " + whole(random.below(15)) +
           ", \"output_tokens\": " + whole(1 + random.below(5)) + "}";
}

} // namespace

World::World(int accounts, std::string run) : run_(std::move(run)) {
    const std::string count = std::to_string(accounts);
    for (int i = 1; i <= accounts; ++i) {
        accounts_.push_back("stress-" + count + "-" + std::to_string(i));
    }
}

const std::string& World::any_account(Random& random) const {
    return accounts_[random.below(accounts_.size())];
}

void World::learn(const Call& call, const Answer& answer) {
    if (answer.outcome != "ok") {
        return;
    }
    const std::lock_guard lock(mutex_);
    if (call.verb == Verb::authorize) {
        replace_oldest(holds_,
                       oldest_hold_,
                       pool_max,
                       Target{call.account, answer.number, call.usage.has_value()});
    } else if (answer.kind == "deduct" || answer.kind == "settle") {
        replace_oldest(
            charges_, oldest_charge_, pool_max, Target{call.account, answer.number, false});
    } else if (call.verb == Verb::record_payment) {
        replace_oldest(payments_, oldest_payment_, pool_max, Payment{call.account, call.op});
    }
}

std::optional<Payment> World::payment(Random& random) {
    const std::lock_guard lock(mutex_);
    return payments_.empty() ? std::nullopt
                             : std::optional(payments_[random.below(payments_.size())]);
}

std::optional<Target> World::hold(Random& random) {
    const std::lock_guard lock(mutex_);
    if (holds_.empty()) {
        return std::nullopt;
    }
    const std::size_t at = random.below(holds_.size());
    Target target = holds_[at];
    if (!one_in(random, 4)) {
        holds_[at] = holds_.back();
        holds_.pop_back();
    }
    return target;
}

std::optional<Target> World::charge(Random& random) {
    const std::lock_guard lock(mutex_);
    return charges_.empty() ? std::nullopt : std::optional(charges_[random.below(charges_.size())]);
}

void World::publish(const Call& call) {
    const std::lock_guard lock(mutex_);
    replace_oldest(keyed_, oldest_keyed_, keyed_max, KeyedCall{call, false});
}

void World::mark_committed(const Call& call) {
    const std::lock_guard lock(mutex_);
    for (KeyedCall& keyed : keyed_) {
        keyed.committed = keyed.committed || keyed.call.op == call.op;
    }
}

std::optional<KeyedCall> World::published(Random& random) {
    const std::lock_guard lock(mutex_);
    return keyed_.empty() ? std::nullopt : std::optional(keyed_[random.below(keyed_.size())]);
}

void World::violation(const std::string& text) {
    if (violations_++ < violations_shown) {
        std::fprintf(stderr, "stress: %s\n", text.c_str());
    }
}

void World::count(const std::string& event) {
    const std::lock_guard lock(mutex_);
    ++counts_[event];
}

std::map<std::string, std::uint64_t> World::counts() {
    const std::lock_guard lock(mutex_);
    return counts_;
}

Call random_charge(Verb verb, const std::string& account, Random& random, const std::string& op) {
    Call call;
    call.verb = verb;
    call.account = account;
    call.op = op;
    if (one_in(random, 3)) {
        call.usage = usage(random);
    } else {
        call.amount = whole(1 + random.below(5));
    }
    if (verb == Verb::authorize && one_in(random, 5)) {
        call.ttl = one_in(random, 2) ? "1 millisecond" : "1 second";
    }
    return call;
}

namespace {

// on_hold makes up a call that ends or extends a hold.
Call on_hold(Verb verb, const Target& target, Random& random) {
    Call call;
    call.verb = verb;
    call.account = target.account;
    call.number = target.number;
    if (verb == Verb::extend || (verb == Verb::settle && one_in(random, 2))) {
        call.amount = whole(1 + random.below(8));
    } else if (verb == Verb::settle && target.priced && one_in(random, 2)) {
        call.usage = usage(random);
    }
    return call;
}

Call grant(const std::string& account, Random& random) {
    Call call;
    call.verb = Verb::grant;
    call.account = account;
    call.amount = whole(5 + random.below(16));
    if (one_in(random, 4)) {
        call.ttl = whole(1 + random.below(2000)) + " milliseconds";
    }
    return call;
}

Call plain(Verb verb, const std::string& account) {
    Call call;
    call.verb = verb;
    call.account = account;
    return call;
}

} // namespace

std::optional<Call> random_call(World& world, Random& random, const std::string& op) {
    std::optional<Call> call;
    const std::string& account = world.any_account(random);
    const std::uint64_t draw = random.below(100);
    if (draw < 35) {
        call = random_charge(Verb::deduct, account, random, op);
    } else if (draw < 57) {
        call = random_charge(Verb::authorize, account, random, op);
    } else if (draw < 82) {
        const Verb verb = draw < 60 ? Verb::extend : draw < 75 ? Verb::settle : Verb::release;
        if (const auto target = world.hold(random)) {
            call = on_hold(verb, *target, random);
        }
    } else if (draw < 90) {
        if (const auto target = world.charge(random)) {
            call = plain(Verb::refund, target->account);
            call->number = target->number;
            call->amount = one_in(random, 2) ? std::optional<std::string>("1") : std::nullopt;
        }
    } else if (draw < 93) {
        call = plain(Verb::record_payment, account);
        call->amount = "7";
    } else if (draw < 95) {
        if (const auto payment = world.payment(random)) {
            call = plain(Verb::refund_payment, payment->account);
            call->payment = payment->reference;
            call->amount = one_in(random, 2) ? "3.5" : "1";
        }
    } else {
        call = draw < 99 ? grant(account, random) : plain(Verb::void_lot, account);
    }
    if (!call) {
        return std::nullopt;
    }
    call->op = op;
    // Payments are known by a reference of their own.
    const bool keyless = call->verb == Verb::extend || call->verb == Verb::release ||
                         call->verb == Verb::void_lot || call->verb == Verb::record_payment ||
                         call->verb == Verb::refund_payment;
    // An expiry reckoned from the clock would make each repetition another request.
    const bool clocked = call->verb == Verb::grant && call->ttl;
    if (!keyless && !clocked && one_in(random, 3)) {
        call->key = "k-" + op;
        call->shared = one_in(random, 2);
    }
    return call;
}

} // namespace stress
