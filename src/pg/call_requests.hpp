// What calls have in common: their arguments as the pure ring's request, and as notes of the
// ledger.
#pragma once

#include "core/admission.hpp"

#include "pg/verbs.hpp"

namespace credits::pg {

// view_or_empty is the text of an argument that may be absent.
std::string_view view_or_empty(const TextArgument& text);

// read_call reads the arguments that deduct, authorize and their rows share, in the order of the
// SQL functions.
CallArguments read_call(FunctionCallInfo call);

// request_of is the call as the pure ring sees it, its model's prices known.
core::CallRequest request_of(Session& session, const CallArguments& arguments);

// planned_request is that of a call that is still to be made: the account's level may put another
// model in the place of the one asked for.
core::CallRequest planned_request(Session& session, const CallArguments& arguments);

// consider asks the pure ring whether a call may go on; where that takes lots and holds, they are
// loaded, in a tentative session by the caller.
using Consider = core::Considered (*)(const core::Account&,
                                      const core::PriceBook&,
                                      const core::CallRequest&);
core::Considered consider(Session& session, const core::CallRequest& request, Consider ask);

// refused_call words a refusal and counts it. In a tentative session it does so only for one that
// is returned and will be written: its write finds out whether it holds.
Answer refused_call(Session& session,
                    const core::CallRequest& request,
                    const core::Verdict& verdict,
                    const CallArguments& arguments);

Fingerprint call_fingerprint(Verb verb, const CallArguments& arguments);

// note_of is what the call's own entry records; add_note puts it down.
EntryNote note_of(const CallArguments& arguments, std::uint32_t entry);
void add_note(Session& session, const EntryNote& note);

Answer receipt_answer(Session& session, const core::Verdict& verdict);

} // namespace credits::pg
