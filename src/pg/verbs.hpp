// The verbs as SQL functions see them: arguments in, receipt or decision out.
// One function here per SQL function; src/exports.cpp only hands over to them.
#pragma once

#include "pg/results.hpp"
#include "pg/session.hpp"

namespace credits::pg {

// Answer of a verb inside a session: a result, or a refusal to be raised or returned.
struct Answer {
    bool refused{};
    bool replayed{}; // nothing was done, so nothing is to be written
    bool written{};  // by answer_call
    bool is_noted{}; // a refusal of which something is kept, where it is returned
    Refusal refusal{};
    core::Verdict verdict{};
    Datum result{};
};

Answer refused(const Session& session, const core::Verdict& verdict, const char* differs = nullptr);
Answer refused(const Refusal& refusal);

// answer_from_key deals with an idempotency key that was used before; false where the call is new,
// and then the key will be written with the session.
bool answer_from_key(Session& session,
                     const TextArgument& key,
                     const Fingerprint& fingerprint,
                     Answer& answer);

// note_result completes the key of a call that went through.
void note_result(Session& session, const TextArgument& key, std::int64_t result_no);

// replayed_hold is the decision of an authorization again.
Answer replayed_hold(Session& session, std::int64_t hold_no);

// CallVerb is a verb that answer_call and call_many can run.
using CallVerb = Answer (*)(Session&, const CallArguments&);

// answer_call runs a verb on an account that was found. In a tentative session a call that goes
// through is written as well, and so is a refusal that is noted; what else comes out, or comes too
// late, is found out again with the lock.
Answer answer_call(Session& session, const CallArguments& arguments, CallVerb verb);

// conclude raises a refusal, or writes the session and gives the result.
Datum conclude(Session& session, const Answer& answer);

// check_call_arguments refuses empty and endless names, before anything is locked.
void check_call_arguments(const CallArguments& arguments);

Answer deduct_in(Session& session, const CallArguments& arguments);
Answer authorize_in(Session& session, const CallArguments& arguments);
Answer settle_in(Session& session, const CallArguments& arguments);
Answer record_cost_in(Session& session, const CallArguments& arguments);

Datum deduct(FunctionCallInfo call);
Datum authorize(FunctionCallInfo call);
Datum extend(FunctionCallInfo call);
Datum settle(FunctionCallInfo call);
Datum release(FunctionCallInfo call);
Datum record_cost(FunctionCallInfo call);
Datum call_many(FunctionCallInfo call, CallVerb verb);

Datum grant(FunctionCallInfo call);
Datum void_lot(FunctionCallInfo call);
Datum refund(FunctionCallInfo call);

Datum post_payment(FunctionCallInfo call);
Datum post_subscription(FunctionCallInfo call);
Datum post_clawback(FunctionCallInfo call);
Datum undo_clawback(FunctionCallInfo call);
Datum entry_receipt(FunctionCallInfo call);
Datum credits_of_cost(FunctionCallInfo call);
Datum is_known_by_now(FunctionCallInfo call);
Datum waits_by_now(FunctionCallInfo call);

Datum open_account(FunctionCallInfo call);
Datum change_plan(FunctionCallInfo call);
Datum close_account(FunctionCallInfo call);
Datum freeze(FunctionCallInfo call);
Datum unfreeze(FunctionCallInfo call);
Datum apply_due(FunctionCallInfo call);

Datum set_member(FunctionCallInfo call);
Datum set_limit(FunctionCallInfo call);
Datum limits(FunctionCallInfo call);

Datum fail_licence(FunctionCallInfo call);
Datum restore_licence(FunctionCallInfo call);
Datum capabilities(FunctionCallInfo call);
Datum record_conversion(FunctionCallInfo call);
Datum set_consent(FunctionCallInfo call);
Datum window_of(FunctionCallInfo call);
Datum due_revenue(FunctionCallInfo call);

Datum cost(FunctionCallInfo call);
Datum cost_of_tokens(FunctionCallInfo call);
Datum cost_breakdown(FunctionCallInfo call);
Datum normalize_usage(FunctionCallInfo call);
Datum input_tokens(FunctionCallInfo call);
Datum output_tokens(FunctionCallInfo call);
Datum read_price_file(FunctionCallInfo call);

Datum hmac_sha256(FunctionCallInfo call);
Datum verify_signature(FunctionCallInfo call);
Datum event_facts(FunctionCallInfo call);

Datum balance(FunctionCallInfo call);
Datum lots(FunctionCallInfo call);
Datum holds(FunctionCallInfo call);
Datum check_balance(FunctionCallInfo call);
Datum quote(FunctionCallInfo call);
Datum receipt_of(FunctionCallInfo call);

// open_session finds the account and raises where there is none.
void open_session(Session& session, Datum account_id);

} // namespace credits::pg
