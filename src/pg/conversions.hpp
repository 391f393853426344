// Conversions of an account, as gates see them: which can still open one, which a call used up, and
// what a call that came to nothing gives back. Owns the rows; which gates there are is the rules'.
#pragma once

#include "core/call_rules.hpp"

#include "pg/session.hpp"

namespace credits::pg {

// open_conversions counts those that can open a gate in this session.
core::List<core::OpenConversions> open_conversions(Session& session);

// use_gates notes that a call went through its gates: as a hold, or as an entry (the other is 0).
void use_gates(Session& session,
               const core::CallRules* rules,
               std::int64_t hold_no,
               std::int64_t entry_no);

// write_conversions writes what was used, and what holds that ended give back; it comes before the
// holds are written.
void write_conversions(Session& session);

} // namespace credits::pg
