// Whose use is counted, during one call: the account, a member, a team, a provider, a model, an
// action. Owns the rows that keep the counters; decides nothing.
#pragma once

#include "core/limits.hpp"

#include "pg/session.hpp"

namespace credits::pg {

// Where a subject's counters are kept. The account's are a column of its wallet row.
enum class SubjectKind : std::uint8_t { account, member, team, provider, model, action, included };

struct Subject {
    SubjectKind kind{};
    TextArgument name{};
    core::Counters counters{};
    StoredRow row{};
    bool exists{};
    bool is_set{}; // its row changed beside the counters
};

// subject_of gives the subject with what it has used so far; read once in a session.
Subject& subject_of(Session& session, SubjectKind kind, const TextArgument& name);

// note_account_counters puts the account's own counters into its wallet row, before that is
// written.
void note_account_counters(Session& session);

// write_subjects writes those that changed; the wallet is this transaction's by now.
void write_subjects(Session& session);

} // namespace credits::pg
