// Calls that need no hold: deduct, and the record of a cost.
#include "core/admission.hpp"

#include "pg/alerts.hpp"
#include "pg/boundary.hpp"
#include "pg/call_requests.hpp"
#include "pg/catalogue.hpp"
#include "pg/conversions.hpp"
#include "pg/spending.hpp"

namespace credits::pg {

namespace {

Fingerprint cost_fingerprint(const CallArguments& arguments) {
    Fingerprint fingerprint = {};
    fingerprint.verb = Verb::record_cost;
    fingerprint.add(0, arguments.provider);
    fingerprint.add(1, arguments.model);
    fingerprint.add(2, arguments.usage);
    fingerprint.add(3, arguments.member_id);
    fingerprint.add(4, arguments.occurred_at);
    return fingerprint;
}

void check_occurred_at(const Session& session, const CallArguments& arguments) {
    if (arguments.occurred_at && *arguments.occurred_at > session.account.now) {
        raise_invalid("occurred_at must not lie in the future",
                      "argument occurred_at is after credits.now()",
                      "give the time at which the call took place, or leave it out");
    }
}

core::Demand cost_on_record(const Session& session,
                            const core::CallRequest& request,
                            const core::Verdict& verdict) {
    core::Demand demand =
        compute_or_raise([&] { return core::demand_of(session.account, request, verdict); });
    demand.requests = {}; // no call was asked for
    return demand;
}

} // namespace

Answer deduct_in(Session& session, const CallArguments& arguments) {
    Answer answer = {};
    if (answer_from_key(
            session, arguments.key, call_fingerprint(Verb::deduct, arguments), answer)) {
        return answer;
    }
    check_occurred_at(session, arguments);
    load_if_due(session);
    const core::CallRequest request = request_of(session, arguments);
    const core::Considered call = consider(session, request, core::consider_deduct);
    if (!call.verdict.went_through()) {
        return refused_call(session, request, call.verdict, arguments);
    }
    const core::Verdict verdict =
        compute_or_raise([&] { return core::deduct(session.account, request, call); });
    note_effects(session, verdict, arguments.member_id);
    const core::Entry& entry = session.account.entries[verdict.entry];
    use_gates(session, request.rules, 0, entry.entry_no);
    add_note(session, note_of(arguments, verdict.entry));
    note_result(session, arguments.key, entry.entry_no);
    return receipt_answer(session, verdict);
}

Answer record_cost_in(Session& session, const CallArguments& arguments) {
    Answer answer = {};
    if (answer_from_key(session, arguments.key, cost_fingerprint(arguments), answer)) {
        return answer;
    }
    check_occurred_at(session, arguments);
    load_if_due(session);
    const core::CallRequest request = request_of(session, arguments);
    const core::PriceBook& prices = session.catalogue->prices();
    const core::Verdict verdict = run(session, [&](core::Account& account) {
        return core::record_cost(account, prices, request);
    });
    if (verdict.outcome != core::Outcome::ok) {
        return refused(session, verdict);
    }
    note_effects(session, verdict, arguments.member_id);
    note_use(session, cost_on_record(session, request, verdict));
    add_note(session, note_of(arguments, verdict.entry));
    note_result(session, arguments.key, session.account.entries[verdict.entry].entry_no);
    return receipt_answer(session, verdict);
}

Datum deduct(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    CallArguments arguments = read_call(call);
    arguments.occurred_at = read_instant(call, 9, "occurred_at");
    session.is_tentative = true;
    open_session(session, arguments.account_id.datum);
    return conclude(session, answer_call(session, arguments, deduct_in));
}

Datum record_cost(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    CallArguments arguments = {};
    arguments.account_id = read_required_text(call, 0, "account_id");
    arguments.provider = read_required_text(call, 1, "provider");
    arguments.model = read_required_text(call, 2, "model");
    arguments.usage = read_json(call, 3);
    if (!arguments.usage.given) {
        raise_null("usage");
    }
    arguments.member_id = read_text(call, 4);
    arguments.occurred_at = read_instant(call, 5, "occurred_at");
    arguments.key = read_text(call, 6);
    arguments.metadata = read_json(call, 7);
    check_call_arguments(arguments);
    open_session(session, arguments.account_id.datum);
    return conclude(session, record_cost_in(session, arguments));
}

} // namespace credits::pg
