// What the calls of a session spend of the platform's allowance: claimed as they are let through,
// brought to the real cost as they end. Owns the order of these beside the session's own writes.
#pragma once

#include "pg/session.hpp"

namespace credits::pg {

// exceeds_brake is a call's last check, right before its first write; over_the_brake is the refusal
// that comes of it.
bool exceeds_brake(Session& session, const core::Verdict& verdict);
core::Verdict over_the_brake(const core::Verdict& verdict);

// note_real_cost says what a held call did cost; nothing where it was released. note_cost is for a
// cost on record.
void note_real_cost(Session& session,
                    const HeldCall& held,
                    const std::optional<core::Decimal>& real);
void note_cost(Session& session, const std::optional<core::Decimal>& cost);

// finish_spending comes after the session's own writes; stop_if_due is all of it where a refusal
// has none.
void finish_spending(Session& session);
void stop_if_due(const Session& session);

// drop_spending takes back what was claimed by calls that are begun again.
void drop_spending(Session& session);

} // namespace credits::pg
