// Arguments of calls, between SQL and the pure ring.
#include "pg/call_requests.hpp"

#include "pg/alerts.hpp"
#include "pg/boundary.hpp"
#include "pg/model_names.hpp"
#include "pg/price_rows.hpp"
#include "pg/rows.hpp"
#include "pg/rules.hpp"
#include "pg/spending.hpp"

namespace credits::pg {

namespace {

CallNames names_of(const CallArguments& arguments) {
    return {arguments.action, arguments.provider, arguments.model, arguments.member_id};
}

// The model that the account's level puts in the place of the one asked for.
std::string_view model_to_call(Session& session, const core::CallRequest& request) {
    const core::CallRules& rules = *request.rules;
    const int rank = compute_or_raise([&] {
        core::Demand names;
        names.provider = request.provider;
        names.model = request.model;
        names.action = request.action;
        names.names = rules.names;
        return core::rank_of_call(session.account, rules, names);
    });
    CallNames names = {};
    names.provider = text_of(text_datum(request.provider), request.provider.empty());
    core::Substitute model{request.model};
    for (core::Substitute last{}; last.model != model.model;) {
        last = model;
        names.model = text_of(text_datum(model.model), false);
        const core::ModelNames* known = names_in_rules(session, names);
        model = compute_or_raise([&] { return rules.ladder->substitute_at(rank, last, known); });
    }
    return model.model;
}

} // namespace

std::string_view view_or_empty(const TextArgument& text) {
    return text.given ? text.view : std::string_view{};
}

// The arguments that deduct, authorize and their rows share, in the order of the SQL functions.
CallArguments read_call(FunctionCallInfo call) {
    CallArguments arguments = {};
    arguments.account_id = read_text(call, 0);
    arguments.amount = read_amount(call, 1, "amount");
    arguments.action = read_text(call, 2);
    arguments.provider = read_text(call, 3);
    arguments.model = read_text(call, 4);
    arguments.usage = read_json(call, 5);
    arguments.member_id = read_text(call, 6);
    arguments.key = read_text(call, 7);
    arguments.metadata = read_json(call, 8);
    check_call_arguments(arguments);
    return arguments;
}

void check_call_arguments(const CallArguments& arguments) {
    check_identifier(arguments.account_id, "account_id");
    check_identifier_if_given(arguments.action, "action");
    check_identifier_if_given(arguments.provider, "provider");
    check_identifier_if_given(arguments.model, "model");
    check_identifier_if_given(arguments.member_id, "member_id");
    check_identifier_if_given(arguments.key, "idempotency_key");
}

core::CallRequest request_of(Session& session, const CallArguments& arguments) {
    core::CallRequest request;
    request.amount = arguments.amount;
    request.action = view_or_empty(arguments.action);
    request.action_terms = session.catalogue->find_action(request.action);
    request.provider = view_or_empty(arguments.provider);
    request.model = view_or_empty(arguments.model);
    request.usage = read_usage(arguments.usage);
    request.priced_at.moment = arguments.occurred_at.value_or(session.account.now);
    request.now = session.account.now;
    request.rules = gather_rules(session, names_of(arguments));
    know_prices_of(session.catalogue->prices(), request);
    return request;
}

core::CallRequest planned_request(Session& session, const CallArguments& arguments) {
    core::CallRequest request = request_of(session, arguments);
    const bool may_be_substituted = request.rules != nullptr && !request.model.empty() &&
                                    request.rules->ladder->has_substitutes();
    if (!may_be_substituted) {
        return request;
    }
    const std::string_view model = model_to_call(session, request);
    if (model == request.model || request.rules->is_shadow) {
        return request;
    }
    const core::ModelNames* requested_names = request.rules->names;
    CallArguments planned = arguments;
    planned.model = {text_datum(model), true, model};
    request = request_of(session, planned);
    request.requested_model = view_or_empty(arguments.model);
    request.requested_names = requested_names;
    return request;
}

core::Considered consider(Session& session, const core::CallRequest& request, Consider ask) {
    const core::PriceBook& prices = session.catalogue->prices();
    core::Considered call = compute_or_raise([&] { return ask(session.account, prices, request); });
    if (call.verdict.needs_all && !session.is_tentative) {
        load_all(session, nullptr);
        call = compute_or_raise([&] { return ask(session.account, prices, request); });
    }
    claim_call(session, request, call.verdict);
    return call;
}

Answer refused_call(Session& session,
                    const core::CallRequest& request,
                    const core::Verdict& verdict,
                    const CallArguments& arguments) {
    // What the platform refuses, and whether that stops it, is found out with the lock.
    const bool can_be_written = arguments.returns_refusal && !verdict.needs_all &&
                                session.claims.empty() &&
                                verdict.outcome != core::Outcome::platform_paused;
    Answer answer = {};
    answer.refused = true;
    if (session.is_tentative && !can_be_written) {
        return answer;
    }
    answer.refusal = refusal_of(session, verdict, nullptr);
    answer.verdict = verdict;
    note_refusal(session, answer.refusal, verdict, arguments.member_id, request.rules);
    answer.is_noted = true;
    return answer;
}

Fingerprint call_fingerprint(Verb verb, const CallArguments& arguments) {
    Fingerprint fingerprint = {};
    fingerprint.verb = verb;
    fingerprint.add(0, arguments.amount);
    fingerprint.add(1, arguments.action);
    fingerprint.add(2, arguments.provider);
    fingerprint.add(3, arguments.model);
    fingerprint.add(4, arguments.usage);
    fingerprint.add(5, arguments.member_id);
    if (verb == Verb::deduct) {
        fingerprint.add(6, arguments.occurred_at);
    }
    return fingerprint;
}

EntryNote note_of(const CallArguments& arguments, std::uint32_t entry) {
    EntryNote note = {};
    note.entry = entry;
    note.action = arguments.action;
    note.provider = arguments.provider;
    note.model = arguments.model;
    note.member_id = arguments.member_id;
    note.usage = arguments.usage;
    note.metadata = arguments.metadata;
    note.effective_at = arguments.occurred_at;
    return note;
}

void add_note(Session& session, const EntryNote& note) {
    RaisingArena arena;
    session.notes.push_back(arena, note);
}

Answer receipt_answer(Session& session, const core::Verdict& verdict) {
    Answer answer = {};
    answer.verdict = verdict;
    keep_level(session);
    answer.result = receipt_of_entry(session, session.account.entries[verdict.entry], false);
    return answer;
}

} // namespace credits::pg
