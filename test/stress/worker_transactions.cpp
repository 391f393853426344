// Owns the application's own transactions: several calls, savepoints, rollback, two-phase commit.
#include "worker.hpp"

#include <algorithm>

namespace stress {

using replay::DatabaseError;

// transaction makes some calls in one transaction and ends it one way or another. Before its COMMIT
// or PREPARE is sent, a lost connection certainly undoes everything.
void Worker::transaction() {
    Work work;
    const char* const levels[] = {
        "", "", "", " ISOLATION LEVEL REPEATABLE READ", " ISOLATION LEVEL SERIALIZABLE"};
    try {
        connection_->execute(std::string("BEGIN") + levels[random_.below(std::size(levels))]);
        // Any of them may be prepared in the end, which a notification would rule out.
        connection_->execute("SET LOCAL pg_credits.notify = off");
        make_calls(work);
    } catch (const DatabaseError& error) {
        falls(work);
        if (error.connection_lost()) {
            reconnect();
            return;
        }
        unless_lost("rollback", [this] { connection_->execute("ROLLBACK"); });
        if (error.retryable()) {
            world_.count("lost races");
        } else {
            raised("a call in a transaction", error);
        }
        return;
    }
    const std::uint64_t draw = random_.below(10);
    if (draw < 2) {
        roll_back(work);
    } else if (draw < 4 && two_phase_possible_) {
        two_phase(work);
    } else {
        commit(work);
    }
}

// make_calls takes accounts in their order, as an application should, and only sometimes as they
// come, where transactions that wait for each other in a circle are the database's to break.
void Worker::make_calls(Work& work) {
    std::vector<Call> calls;
    for (std::uint64_t left = 1 + random_.below(4); left > 0; --left) {
        if (auto call = random_call(world_, random_, next_op())) {
            call->shared = false;
            calls.push_back(*call);
        }
    }
    if (!one_in(20)) {
        std::stable_sort(calls.begin(), calls.end(), [](const Call& a, const Call& b) {
            return a.account < b.account;
        });
    }
    for (const Call& call : calls) {
        if (one_in(3)) {
            under_savepoint(work, call);
            continue;
        }
        work.undone.push_back(call); // until it is answered
        const Answer answer = perform(*connection_, call);
        work.undone.pop_back();
        work.answered.emplace_back(call, answer);
    }
}

// under_savepoint makes a call that can be undone alone; a refusal that raises then costs only
// itself.
void Worker::under_savepoint(Work& work, const Call& call) {
    connection_->execute("SAVEPOINT one_call");
    work.undone.push_back(call);
    try {
        const Answer answer = perform(*connection_, call);
        if (one_in(3)) {
            connection_->execute("ROLLBACK TO SAVEPOINT one_call");
            world_.count("savepoints rolled back");
            return;
        }
        if (one_in(2)) {
            connection_->execute("RELEASE SAVEPOINT one_call");
        }
        work.undone.pop_back();
        work.answered.emplace_back(call, answer);
    } catch (const DatabaseError& error) {
        if (!error.refusal()) {
            throw;
        }
        raised("a call under a savepoint", error);
        connection_->execute("ROLLBACK TO SAVEPOINT one_call");
    }
}

void Worker::roll_back(Work& work) {
    falls(work);
    unless_lost("rollback", [this] { connection_->execute("ROLLBACK"); });
    world_.count("transactions rolled back");
}

void Worker::commit(Work& work) {
    try {
        connection_->execute("COMMIT");
        stands(work);
        world_.count("transactions committed");
    } catch (const DatabaseError& error) {
        if (error.connection_lost()) {
            unknown(work);
        } else {
            falls(work);
            if (!error.retryable()) {
                raised("commit", error);
            }
            world_.count("lost races");
        }
    }
}

void Worker::two_phase(Work& work) {
    const std::string name = next_op();
    const bool wanted = !one_in(4);
    bool was_prepared = false;
    try {
        connection_->execute("PREPARE TRANSACTION '" + name + "'");
        was_prepared = true;
        connection_->execute((wanted ? "COMMIT PREPARED '" : "ROLLBACK PREPARED '") + name + "'");
        world_.count(wanted ? "two-phase commits" : "two-phase rollbacks");
        wanted ? stands(work) : falls(work);
    } catch (const DatabaseError& error) {
        if (error.connection_lost()) {
            reconnect();
            resolve_prepared(work, name, was_prepared, wanted);
            return;
        }
        falls(work);
        if (was_prepared || !error.retryable()) {
            raised(was_prepared ? "the second phase" : "prepare", error);
        }
        world_.count("lost races");
    }
}

// resolve_prepared finds out what became of a two-phase transaction, and ends it as it was meant to
// end. Nobody else ends it: once prepared, its absence means that the second phase took place.
void Worker::resolve_prepared(Work& work, const std::string& name, bool was_prepared, bool wanted) {
    for (;;) {
        try {
            const bool is_there =
                connection_
                    ->query("SELECT FROM pg_catalog.pg_prepared_xacts WHERE gid = $1",
                            {name.c_str()})
                    .count() > 0;
            was_prepared = was_prepared || is_there;
            if (is_there) {
                connection_->execute((wanted ? "COMMIT PREPARED '" : "ROLLBACK PREPARED '") + name +
                                     "'");
                world_.count("two-phase transactions that outlived the crash");
            }
            was_prepared&& wanted ? stands(work) : falls(work);
            return;
        } catch (const DatabaseError& error) {
            if (!error.connection_lost()) {
                throw;
            }
            reconnect();
        }
    }
}

void Worker::stands(const Work& work) {
    for (const auto& [call, answer] : work.answered) {
        accept(call, answer);
    }
    for (const Call& call : work.undone) {
        journal_.undone(call);
    }
}

void Worker::falls(const Work& work) {
    for (const auto& answered : work.answered) {
        journal_.undone(answered.first);
    }
    for (const Call& call : work.undone) {
        journal_.undone(call);
    }
}

// unknown is for work whose COMMIT got no answer. Keyed calls are then asked for again: the key
// finds what was made, or makes it now.
void Worker::unknown(const Work& work) {
    for (const auto& answered : work.answered) {
        journal_.unknown(answered.first);
    }
    for (const Call& call : work.undone) {
        journal_.undone(call);
    }
    reconnect();
    for (const auto& answered : work.answered) {
        if (answered.first.key) {
            world_.count("lost answers asked for again");
            alone(answered.first);
        }
    }
}

} // namespace stress
