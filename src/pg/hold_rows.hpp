// Rows of credits.hold as calls write and read them.
#pragma once

#include "pg/rules.hpp"
#include "pg/session.hpp"

namespace credits::pg {

// fill_hold_row makes the row of a new hold: the request, its terms, and the decision it led to.
void fill_hold_row(const Session& session,
                   const CallArguments& arguments,
                   const core::Hold& hold,
                   const core::Verdict& verdict,
                   StoredRow& row);

// note_substitution says in the row of a hold which model stands for the one asked for.
void note_substitution(const core::CallRequest& call, StoredRow& row);

// held_decision is the decision of the authorization that made the hold, as of then.
Datum held_decision(const StoredRow& row, Datum warnings, int unit_scale);

// replayed_decision is the same again; it warns where the hold has ended meanwhile.
Datum replayed_decision(const HeldCall& held, core::Instant now, int unit_scale);

// settle_request: settle charges by the terms and names of the authorization, at its time.
core::SettleRequest
settle_request(Session& session, const HeldCall& held, const CallArguments& arguments);

// names_of is what rules know the call of a hold by.
CallNames names_of(const HeldCall& held);

// held_note is what a hold's settle or release entry records of the authorization.
EntryNote held_note(const HeldCall& held, std::uint32_t entry);

} // namespace credits::pg
