// What a session's calls use of the platform's allowance: claims before their first write, and what
// becomes of them when the session ends or is begun again. Owns that nothing is claimed twice.
#pragma once

#include "pg/session.hpp"

namespace credits::pg {

// claim_call is the last check of a call that would go through: what it asks for is claimed of what
// the brake and the limits of the platform still allow, or the call is refused.
void claim_call(Session& session, const core::CallRequest& request, core::Verdict& verdict);

// claim_extension does so for what the extension of a hold, as it was before, adds.
void claim_extension(Session& session, const core::Hold& before, core::Verdict& verdict);

// note_use counts what was used without a claim, when the session is written; it is never refused.
void note_use(Session& session, const core::Demand& used);

// note_hold_ended puts what was really used in the place of what was claimed for a hold, as it was
// before it ended.
void note_hold_ended(Session& session, const core::Hold& before, const core::Demand& real);

// drop_spending gives back what a session claimed that is begun again; write_spending comes after
// the session's own writes.
void drop_spending(Session& session);
void write_spending(Session& session);

// trip_brake is for a refused call that commits: the refusal may show that the allowance is used
// up.
void trip_brake(const Session& session);

} // namespace credits::pg
