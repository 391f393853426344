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

// note_licence_steps comes after what is due was applied: entries of holds that the licence ended
// say what their calls were, and a state that time has brought is said.
void note_licence_steps(Session& session);

} // namespace credits::pg
