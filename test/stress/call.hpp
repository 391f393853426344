// Owns what one call of a verb is: its arguments, its SQL, its answer. Must never decide which call
// to make or whether an answer is right.
#pragma once

#include "replay/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace stress {

enum class Verb {
    deduct,
    authorize,
    extend,
    settle,
    release,
    refund,
    grant,
    void_lot,
    record_payment,
    refund_payment,
};

const char* name_of(Verb verb);

// Call: absent arguments are NULL. Its op is unique and is stored with what it makes, as metadata
// or reason, so that the ledger itself tells how often the call took effect. The same Call again is
// the same request.
struct Call {
    Verb verb = Verb::deduct;
    std::string account;
    std::string op;
    std::optional<std::string> key;
    std::optional<std::string> amount;
    std::optional<std::string> usage;
    std::optional<std::string> ttl; // of a hold, or until a granted lot expires
    std::int64_t number = 0;        // hold or entry that it is about
    std::string payment;            // reference of the payment that is refunded
    bool shared = false;            // other connections make the same call too

    // keeps_op: extend leaves no trace of its own in ledger or holds.
    [[nodiscard]] bool keeps_op() const { return verb != Verb::extend; }
};

// Answer is a receipt or a decision; outcome is other than "ok" for a refusal that was returned.
struct Answer {
    std::string outcome = "ok";
    std::int64_t number = 0; // entry_no, or hold_no of a decision
    std::string kind;        // of the entry; empty for a decision
    std::string amount;
    std::string cost;
    std::string balance;
    bool replayed = false;
};

// prepare_verbs makes the statements that perform needs.
void prepare_verbs(replay::Connection& connection);

// perform makes the call; replay::DatabaseError for whatever the server raises.
Answer perform(replay::Connection& connection, const Call& call);

// perform_many makes deduct or settle calls in one statement; one answer a call, in their order.
std::vector<Answer> perform_many(replay::Connection& connection, const std::vector<Call>& calls);

} // namespace stress
