// What calls bring about beside their entries: alerts, changes of level, refusals to be sampled.
// Owns when each is said, and its row and notification; refuses nothing.
#pragma once

#include "pg/results.hpp"
#include "pg/session.hpp"

namespace credits::pg {

// Alert is one warning: of a limit, a flag, a level, credits that run low.
struct Alert {
    const char* kind{};
    std::string_view name{};
    TextArgument member_id{};
    Datum detail{}; // jsonb
};

// Denial is a refusal that is counted; shadow: the call was let through all the same.
struct Denial {
    core::Outcome outcome{};
    std::string_view limit_name{};
    TextArgument member_id{};
    bool is_shadow{};
    std::int64_t count{};
    Datum detail{};
};

// warnings_of is what a decision says about limits that are nearly used up, as jsonb; 0: nothing.
Datum warnings_of(const core::Verdict& verdict);

// note_effects keeps what a call that went through brings about, to be written with it.
void note_effects(Session& session, const core::Verdict& verdict, const TextArgument& member_id);

// note_refusal counts a refused call; at most once a minute its account or member gets a
// row.
void note_refusal(Session& session,
                  const Refusal& refusal,
                  const core::Verdict& verdict,
                  const TextArgument& member_id,
                  core::CallRules* rules);

// note_balance keeps the alert that credits run low; it comes when the account is sealed.
void note_balance(Session& session);

// write_effects writes and announces what was noted.
void write_effects(Session& session);

} // namespace credits::pg
