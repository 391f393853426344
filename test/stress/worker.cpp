// Owns the calls that are transactions of their own, and the reads in between.
#include "worker.hpp"

#include "replay/decimal.hpp"

#include <thread>

namespace stress {

using replay::DatabaseError;
using replay::Decimal;

Worker::Worker(const Settings& settings, World& world, Journal& journal, int number)
    : settings_(settings), world_(world), journal_(journal), number_(number),
      random_(settings.seed * 1000 + static_cast<std::uint64_t>(number)) {
    open_session();
}

void Worker::open_session() {
    connection_ = std::make_unique<replay::Connection>(settings_.database, "stress");
    // An eighth of the connections each work repeatable read and serializable throughout.
    if (number_ % 8 == 6) {
        connection_->execute("SET default_transaction_isolation = 'repeatable read'");
    } else if (number_ % 8 == 7) {
        connection_->execute("SET default_transaction_isolation = 'serializable'");
    }
    try {
        connection_->execute("SET deadlock_timeout = '20ms'");
    } catch (const DatabaseError& error) {
        // Only a superuser may; without it every circle of waits takes a second to be found.
        if (error.connection_lost()) {
            throw;
        }
    }
    prepare_verbs(*connection_);
    two_phase_possible_ = connection_->execute("SHOW max_prepared_transactions").text(0, 0) != "0";
}

void Worker::reconnect() {
    world_.count("connections lost");
    const auto until =
        std::chrono::steady_clock::now() + std::chrono::seconds(settings_.reconnect_seconds);
    for (;;) {
        try {
            open_session();
            return;
        } catch (const DatabaseError&) {
            if (std::chrono::steady_clock::now() >= until) {
                throw;
            }
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
}

void Worker::run(std::chrono::steady_clock::time_point until) {
    try {
        while (std::chrono::steady_clock::now() < until) {
            step();
        }
    } catch (const std::exception& error) {
        world_.violation("connection " + std::to_string(number_) + " gave up: " + error.what());
    }
}

void Worker::step() {
    const std::uint64_t draw = random_.below(1000);
    if (draw < 450) {
        any_call();
    } else if (draw < 600) {
        hold_and_end();
    } else if (draw < 700) {
        repeat_published();
    } else if (draw < 760) {
        many();
    } else if (draw < 960) {
        transaction();
    } else if (draw < 994) {
        check_balance();
    } else if (draw < 997) {
        check_account();
    } else {
        maintain();
    }
}

std::string Worker::next_op() {
    return world_.run() + "-" + std::to_string(number_) + "-" + std::to_string(++ops_);
}

void Worker::any_call() {
    const auto call = random_call(world_, random_, next_op());
    if (!call) {
        return;
    }
    if (call->shared) {
        world_.publish(*call);
    }
    alone(*call);
}

// alone makes a call in its own transaction until its outcome is known: lost races run again, and
// so does a keyed call whose answer was lost, which then must find what the first attempt made.
void Worker::alone(const Call& call) {
    for (;;) {
        try {
            const Answer answer = perform(*connection_, call);
            accept(call, answer);
            return;
        } catch (const DatabaseError& error) {
            if (error.connection_lost()) {
                journal_.unknown(call);
                reconnect();
                if (!call.key) {
                    return;
                }
                world_.count("lost answers asked for again");
            } else if (error.retryable()) {
                world_.count("lost races");
            } else {
                journal_.undone(call);
                raised(name_of(call.verb), error);
                return;
            }
        }
    }
}

void Worker::accept(const Call& call, const Answer& answer) {
    world_.count(name_of(call.verb));
    if (answer.outcome != "ok") {
        world_.count("refused: " + answer.outcome);
        journal_.undone(call);
        return;
    }
    journal_.committed(call, answer);
    expect_right(call, answer);
    world_.learn(call, answer);
    if (call.shared) {
        world_.mark_committed(call);
    }
    if (answer.replayed) {
        world_.count("replayed");
    }
}

// kind_of is that of the entry that a verb makes.
std::string Worker::kind_of(Verb verb) {
    switch (verb) {
    case Verb::authorize:
    case Verb::extend:
        return "";
    case Verb::void_lot:
        return "void";
    case Verb::record_payment:
        return "grant";
    case Verb::refund_payment:
        return "clawback";
    default:
        return name_of(verb);
    }
}

// expect_right holds an answer against its own call; what it says of the ledger is checked later.
void Worker::expect_right(const Call& call, const Answer& answer) {
    const bool takes = call.verb == Verb::deduct || call.verb == Verb::settle;
    const bool exact = takes || call.verb == Verb::grant || call.verb == Verb::refund ||
                       call.verb == Verb::authorize;
    if (call.amount && exact) {
        const Decimal wanted = Decimal::parse(*call.amount);
        if (!(Decimal::parse(answer.amount) == (takes ? Decimal(0) - wanted : wanted))) {
            world_.violation(std::string(name_of(call.verb)) + " of " + *call.amount +
                             " answered " + answer.amount);
        }
    }
    const std::string kind = kind_of(call.verb);
    if (answer.kind != kind) {
        world_.violation(std::string(name_of(call.verb)) + " made an entry of kind " + answer.kind);
    }
}

// hold_and_end runs a whole call as an application does, each verb in a transaction of its own.
void Worker::hold_and_end() {
    const Call authorize =
        random_charge(Verb::authorize, world_.any_account(random_), random_, next_op());
    Call end;
    for (;;) {
        try {
            const Answer decision = perform(*connection_, authorize);
            accept(authorize, decision);
            if (decision.outcome != "ok") {
                return;
            }
            end.number = decision.number;
            break;
        } catch (const DatabaseError& error) {
            if (error.connection_lost()) {
                journal_.unknown(authorize);
                reconnect();
                return;
            }
            if (!error.retryable()) {
                journal_.undone(authorize);
                raised("authorize", error);
                return;
            }
        }
    }
    end.account = authorize.account;
    end.op = next_op();
    end.verb = one_in(5) ? Verb::release : Verb::settle;
    if (end.verb == Verb::settle) {
        end.amount = one_in(2) ? std::optional(std::to_string(1 + random_.below(7))) : std::nullopt;
        end.key = one_in(3) ? std::optional("k-" + end.op) : std::nullopt;
    }
    alone(end);
    if (end.verb == Verb::settle && one_in(3)) {
        alone(end); // the same settle again is a replay
    }
}

void Worker::repeat_published() {
    if (const auto keyed = world_.published(random_)) {
        if (keyed->committed && one_in(4)) {
            conflict(*keyed);
        } else {
            alone(keyed->call);
        }
    }
}

// conflict uses a committed key for something else, which must be refused without effect.
void Worker::conflict(const KeyedCall& keyed) {
    Call other = keyed.call;
    other.op = next_op();
    other.shared = false;
    other.amount = std::to_string(1'000'000 + random_.below(1000));
    other.usage = std::nullopt;
    unless_lost("a key used for something else", [this, &other] {
        try {
            const Answer answer = perform(*connection_, other);
            if (answer.outcome != "idempotency_conflict") {
                world_.violation("key " + *other.key + " took another request: " + answer.outcome);
            }
            world_.count("conflicts of keys found");
        } catch (const DatabaseError& error) {
            if (error.sqlstate() != "PT409") {
                throw;
            }
            world_.count("conflicts of keys found");
        }
    });
    journal_.undone(other);
}

void Worker::many() {
    std::vector<Call> calls;
    const bool settles = one_in(2);
    for (std::uint64_t i = 0; i < 2 + random_.below(8); ++i) {
        Call call;
        if (!settles) {
            call = random_charge(Verb::deduct, world_.any_account(random_), random_, next_op());
        } else if (const auto target = world_.hold(random_)) {
            call.verb = Verb::settle;
            call.account = target->account;
            call.number = target->number;
            call.op = next_op();
            call.amount =
                one_in(2) ? std::optional(std::to_string(1 + random_.below(7))) : std::nullopt;
        } else {
            return;
        }
        call.key = one_in(3) ? std::optional("k-" + call.op) : std::nullopt;
        calls.push_back(call);
    }
    make_at_once(calls, settles ? "settle_many" : "deduct_many");
}

// make_at_once: each event is answered and refused for itself, but all of them commit together.
void Worker::make_at_once(const std::vector<Call>& calls, const char* verb) {
    Work work;
    for (const Call& call : calls) {
        work.answered.emplace_back(call, Answer{});
    }
    for (;;) {
        try {
            const std::vector<Answer> answers = perform_many(*connection_, calls);
            for (std::size_t i = 0; i < answers.size(); ++i) {
                accept(calls[i], answers[i]);
            }
            world_.count(verb);
            return;
        } catch (const DatabaseError& error) {
            if (error.connection_lost()) {
                unknown(work);
                return;
            }
            if (!error.retryable()) {
                falls(work);
                raised(verb, error);
                return;
            }
            world_.count("lost races");
        }
    }
}

void Worker::maintain() {
    unless_lost("maintain", [this] { connection_->execute("SELECT credits.maintain()"); });
}

void Worker::check_balance() {
    const std::string& account = world_.any_account(random_);
    unless_lost("balance", [this, &account] {
        const replay::Rows rows = connection_->query(
            "SELECT balance, held, available FROM credits.balance($1)", {account.c_str()});
        const Decimal available = Decimal::parse(rows.text(0, 0)) - Decimal::parse(rows.text(0, 1));
        if (!(available == Decimal::parse(rows.text(0, 2)))) {
            world_.violation(account + ": available is not balance - held");
        }
    });
}

// check_account lets verify() look at an account in one snapshot, in the middle of the load.
void Worker::check_account() {
    const std::string& account = world_.any_account(random_);
    unless_lost("verify", [this, &account] {
        connection_->execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        const replay::Rows rows = connection_->query(
            "SELECT check_name, detail FROM credits.verify($1)", {account.c_str()});
        connection_->execute("COMMIT");
        for (int row = 0; row < rows.count(); ++row) {
            world_.violation(account + ": verify() finds " + std::string(rows.text(row, 0)) + ": " +
                             std::string(rows.text(row, 1)));
        }
        world_.count("accounts verified under load");
    });
}

void Worker::unless_lost(const std::string& what, const std::function<void()>& statement) {
    for (;;) {
        try {
            statement();
            return;
        } catch (const DatabaseError& error) {
            if (error.connection_lost()) {
                reconnect();
                return;
            }
            unless_lost("rollback", [this] { connection_->execute("ROLLBACK"); });
            if (!error.retryable()) {
                raised(what, error);
                return;
            }
            world_.count("lost races");
        }
    }
}

// raised counts a refusal; any other error is something that must not happen.
void Worker::raised(const std::string& what, const DatabaseError& error) {
    if (error.refusal()) {
        world_.count("refused: " + error.sqlstate());
    } else {
        world_.violation(what + ": " + error.what());
    }
}

} // namespace stress
