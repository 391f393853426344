// What calls have in common: their arguments as the pure ring's request, and as notes of the
// ledger.
#pragma once

#include "pg/verbs.hpp"

namespace credits::pg {

// view_or_empty is the text of an argument that may be absent.
std::string_view view_or_empty(const TextArgument& text);

// read_call reads the arguments that deduct, authorize and their rows share, in the order of the
// SQL functions.
CallArguments read_call(FunctionCallInfo call);

// request_of is the call as the pure ring sees it, its model's prices known.
core::CallRequest request_of(const Session& session, const CallArguments& arguments);

Fingerprint call_fingerprint(Verb verb, const CallArguments& arguments);

// note_of is what the call's own entry records; add_note puts it down.
EntryNote note_of(const CallArguments& arguments, std::uint32_t entry);
void add_note(Session& session, const EntryNote& note);

Answer receipt_answer(Session& session, const core::Verdict& verdict);

} // namespace credits::pg
