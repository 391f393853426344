// What a session's calls spend of the platform's allowance: claims before their first write, and
// what becomes of them when the session ends or is begun again. Owns that nothing is claimed twice.
#pragma once

#include "pg/session.hpp"

namespace credits::pg {

// claim_cost is the last check of a call that would go through: its cost is claimed of what the
// platform may still spend, or the call is refused.
void claim_cost(Session& session, core::Verdict& verdict);

// note_spend counts a real cost, or gives back one that was counted at a moment, when the session
// is written; it is never refused.
void note_spend(Session& session, const core::Decimal& delta, core::Instant counted_at);

// note_hold_ended replaces the cost that was claimed for a hold by the real one.
void note_hold_ended(Session& session,
                     const core::Hold& hold,
                     bool was_open,
                     const core::Decimal& real);

// drop_spending gives back what a session claimed that is begun again; write_spending comes after
// the session's own writes.
void drop_spending(Session& session);
void write_spending(Session& session);

// trip_brake is for a refused call that commits: the refusal may show that the allowance is used
// up.
void trip_brake(const Session& session);

} // namespace credits::pg
