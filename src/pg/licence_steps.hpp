// What a failed payment does to an account while a call or read works on it: its state, and the
// steps that time alone has brought. Owns what is noted of them; when they come is the core's to
// say.
#pragma once

#include "core/licence.hpp"

#include "pg/session.hpp"

namespace credits::pg {

core::LicenceFailure failure_of(Session& session);

// state_of names the licence's state now.
std::string_view state_of(Session& session);

// note_state raises the alert that says it.
void note_state(Session& session, const TextArgument& reason, std::int64_t released);

// remember_failure keeps a payment's failure. True: the licence suffers from it now, and from no
// earlier one; false: a payment has cured it, or an earlier one counts.
bool remember_failure(Session& session, core::Instant failed_at);

// restore_licence_at cures the failures up to a payment, also those that are told later. One that
// came after it counts from then on. The account must be loaded as a whole.
void restore_licence_at(Session& session, core::Instant paid_at);

// note_licence_steps comes after what is due was applied: entries of holds that the licence ended
// say what their calls were, and a state that time has brought is said.
void note_licence_steps(Session& session);

} // namespace credits::pg
