// Calls in two phases: authorize, extend, settle, release.
#include "pg/alerts.hpp"
#include "pg/call_requests.hpp"
#include "pg/catalogue.hpp"
#include "pg/conversions.hpp"
#include "pg/hold_rows.hpp"
#include "pg/numeric.hpp"
#include "pg/rows.hpp"
#include "pg/spending.hpp"

namespace credits::pg {

namespace {

constexpr core::Cycle default_hold_life{0, 0, 30 * core::micros_per_second};

Fingerprint settle_fingerprint(const CallArguments& arguments) {
    Fingerprint fingerprint = {};
    fingerprint.verb = Verb::settle;
    fingerprint.add(0, std::optional(arguments.hold_no));
    fingerprint.add(1, arguments.usage);
    fingerprint.add(2, arguments.amount);
    return fingerprint;
}

// A settle that says the same again gets the same receipt, with or without a key.
bool answer_from_hold(Session& session, const HeldCall& held, Datum fingerprint, Answer& answer) {
    namespace columns = hold_column;
    if (held.hold.status != core::HoldStatus::settled ||
        held.row.nulls[columns::settle_fingerprint]) {
        return false;
    }
    char differs[256];
    differences(
        held.row.values[columns::settle_fingerprint], fingerprint, differs, sizeof(differs));
    if (differs[0] != '\0') {
        return false;
    }
    answer = {};
    answer.replayed = true;
    for (const core::Entry& entry : session.account.entries) {
        if (entry.entry_no == held.hold.entry_no) { // settled by this very batch
            answer.result = receipt_of_entry(session, entry, true);
            return true;
        }
    }
    StoredRow row;
    if (!find_entry(session.account_id, held.hold.entry_no, held.hold.ended_at, row)) {
        return false;
    }
    answer.result = receipt_of_row(row, session.account.unit.scale, true);
    return true;
}

// What the settle of a hold charged, where it was settled.
std::optional<core::Credits> charged_by_settle(const Session& session, const core::Hold& hold) {
    if (hold.status != core::HoldStatus::settled) {
        return std::nullopt;
    }
    for (const core::Entry& entry : session.account.entries) {
        if (entry.entry_no == hold.entry_no) {
            return -entry.amount;
        }
    }
    StoredRow row;
    if (!find_entry(session.account_id, hold.entry_no, hold.ended_at, row)) {
        return std::nullopt;
    }
    return -stored_credits(row.values[ledger_column::amount], session.account.unit.scale);
}

// refused_for says what has become of a hold that has ended, beside that the call is refused.
Answer refused_for(const Session& session,
                   const HeldCall& held,
                   const core::Verdict& verdict,
                   bool is_settle) {
    Answer answer = refused(session, verdict);
    if (session.is_tentative) {
        return answer;
    }
    const bool has_ended = verdict.outcome == core::Outcome::hold_settled ||
                           verdict.outcome == core::Outcome::hold_released;
    if (has_ended) {
        answer.refusal = hold_has_ended(session,
                                        verdict,
                                        {held.hold.hold_no,
                                         held.hold.entry_no,
                                         charged_by_settle(session, held.hold),
                                         is_settle});
    } else if (is_settle && verdict.outcome == core::Outcome::price_unknown) {
        answer.refusal.hint = "settle by amount, without usage: prices that are added now are not "
                              "those of the authorization";
    }
    return answer;
}

core::Demand really_used(const Session& session,
                         const core::Hold& hold,
                         const core::SettleRequest& request,
                         const core::Verdict& verdict) {
    return compute_or_raise([&] {
        core::Demand real;
        real.tokens =
            request.call.usage.given ? core::total_tokens(request.call.usage) : hold.tokens;
        real.credits = core::to_decimal(verdict.amount, session.account.unit.scale);
        real.cost = verdict.cost.value_or(core::Decimal{});
        return real;
    });
}

} // namespace

Answer replayed_hold(Session& session, std::int64_t hold_no) {
    load_if_due(session); // time may have ended it
    const HeldCall* held = find_hold(session, hold_no);
    if (held == nullptr) {
        return refused(not_found(core::Outcome::hold_not_found, "hold", hold_no));
    }
    Answer answer = {};
    answer.result = replayed_decision(*held, session.account.now, session.account.unit.scale);
    answer.replayed = true;
    return answer;
}

Answer authorize_in(Session& session, const CallArguments& arguments) {
    Answer answer = {};
    if (answer_from_key(
            session, arguments.key, call_fingerprint(Verb::authorize, arguments), answer)) {
        return answer;
    }
    load_if_due(session);
    core::HoldRequest request;
    request.call = planned_request(session, arguments);
    core::Cycle life = default_hold_life;
    if (request.call.action_terms != nullptr && !request.call.action_terms->ttl.is_none()) {
        life = request.call.action_terms->ttl;
    }
    request.expires_at = add_duration(session.account.now, arguments.ttl.value_or(life));
    const core::Considered call = consider(session, request.call, core::consider_hold);
    if (!call.verdict.went_through()) {
        return refused_call(session, request.call, call.verdict, arguments);
    }
    const core::Verdict verdict =
        compute_or_raise([&] { return core::authorize(session.account, request, call); });
    note_effects(session, verdict, arguments.member_id);
    keep_level(session);
    RaisingArena arena;
    auto* held = make_array<HeldCall>(1);
    held->is_new = true;
    held->hold = session.account.holds.back();
    fill_hold_row(session, arguments, held->hold, verdict, held->row);
    note_substitution(request.call, held->row);
    session.held_calls.push_back(arena, held);
    use_gates(session, request.call.rules, held->hold.hold_no, 0);
    note_result(session, arguments.key, held->hold.hold_no);
    answer.result = held_decision(held->row, warnings_of(verdict), session.account.unit.scale);
    return answer;
}

Answer settle_in(Session& session, const CallArguments& arguments) {
    Answer answer = {};
    const Fingerprint fingerprint = settle_fingerprint(arguments);
    if (answer_from_key(session, arguments.key, fingerprint, answer)) {
        return answer;
    }
    load_if_due(session);
    HeldCall* held = find_hold(session, arguments.hold_no);
    if (held == nullptr) {
        return refused(not_found(core::Outcome::hold_not_found, "hold", arguments.hold_no));
    }
    const Datum stored = stored_form(fingerprint);
    if (answer_from_hold(session, *held, stored, answer)) {
        return answer;
    }
    const core::Hold before = placed_hold(session, *held);
    const core::SettleRequest request = settle_request(session, *held, arguments);
    const core::PriceBook& prices = session.catalogue->prices();
    const core::Verdict verdict = run(session, [&](core::Account& account) {
        return core::settle(account, placed_hold(session, *held), prices, request);
    });
    if (!verdict.went_through()) {
        return refused_for(session, *held, verdict, true);
    }
    held->hold = placed_hold(session, *held);
    note_hold_ended(session, before, really_used(session, before, request, verdict));
    note_effects(session, verdict, names_of(*held).member_id);
    set(held->row, hold_column::settle_fingerprint, stored);
    EntryNote note = held_note(*held, verdict.entry);
    note.usage = arguments.usage;
    note.metadata = arguments.metadata.given ? arguments.metadata : note.metadata;
    add_note(session, note);
    note_result(session, arguments.key, session.account.entries[verdict.entry].entry_no);
    return receipt_answer(session, verdict);
}

Datum authorize(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    CallArguments arguments = read_call(call);
    arguments.ttl = read_duration(call, 9, "ttl");
    arguments.returns_refusal = true;
    session.is_tentative = true;
    if (!find_account(session, arguments.account_id.datum)) {
        abandon_session(session);
        return refused_decision(nullptr, account_not_found(arguments.account_id.datum), {});
    }
    const Answer answer = answer_call(session, arguments, authorize_in);
    if (!answer.refused) {
        return conclude(session, answer);
    }
    // A refusal is returned, so what was due before it is kept.
    trip_brake(session);
    const Datum refusal = refused_decision(&session, answer.refusal, answer.verdict);
    if (answer.written) {
        return refusal;
    }
    if (session.account.is_full || answer.is_noted) {
        finish_session(session);
    } else {
        abandon_session(session);
    }
    return refusal;
}

Datum extend(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    const TextArgument account_id = read_required_text(call, 0, "account_id");
    const std::int64_t hold_no = read_required_number(call, 1, "hold_no");
    const std::optional<core::Credits> amount = read_amount(call, 2, "amount");
    const std::optional<core::Cycle> ttl = read_duration(call, 3, "ttl");
    if ((!amount && !ttl) || (amount && amount->is_zero())) {
        raise_invalid("there is nothing to extend the hold by",
                      amount ? "amount is zero" : "neither amount nor ttl is given",
                      "give more credits (amount), more time (ttl), or both");
    }
    if (!find_account(session, account_id.datum)) {
        abandon_session(session);
        return refused_decision(nullptr, account_not_found(account_id.datum), {});
    }
    load_if_due(session);
    HeldCall* held = find_hold(session, hold_no);
    if (held == nullptr) {
        abandon_session(session);
        return refused_decision(
            nullptr, not_found(core::Outcome::hold_not_found, "hold", hold_no), {});
    }
    core::CallRules* rules = gather_rules(session, names_of(*held));
    const core::Hold before = placed_hold(session, *held);
    const core::Cycle first_life{0, 0, before.expires_at - before.created_at};
    const core::Instant expires_at = add_duration(session.account.now, ttl.value_or(first_life));
    const bool only_more = !ttl && before.status == core::HoldStatus::pending;
    core::Verdict verdict = run(session, [&](core::Account& account) {
        core::Hold& hold = placed_hold(session, *held);
        return core::extend(
            account,
            hold,
            {amount.value_or(core::no_credits), only_more ? hold.expires_at : expires_at, rules});
    });
    claim_extension(session, before, verdict);
    if (verdict.outcome != core::Outcome::ok) {
        trip_brake(session);
        const Answer answer = refused_for(session, *held, verdict, false);
        drop_spending(session);
        abandon_session(session);
        return refused_decision(&session, answer.refusal, verdict);
    }
    DecisionValues said = {};
    said.hold_no = hold_no;
    said.amount = verdict.amount;
    said.balance = session.account.wallet.balance;
    said.held = session.account.wallet.held;
    keep_level(session);
    said.level = session.account.wallet.level;
    said.model = text_of(held->row.values[hold_column::model], held->row.nulls[hold_column::model]);
    const Datum result = decision(said, session.account.unit.scale);
    finish_session(session);
    return result;
}

Datum settle(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    CallArguments arguments = {};
    arguments.account_id = read_required_text(call, 0, "account_id");
    arguments.hold_no = read_required_number(call, 1, "hold_no");
    arguments.usage = read_json(call, 2);
    arguments.amount = read_amount(call, 3, "amount");
    arguments.key = read_text(call, 4);
    arguments.metadata = read_json(call, 5);
    check_call_arguments(arguments);
    session.is_tentative = true;
    open_session(session, arguments.account_id.datum);
    return conclude(session, answer_call(session, arguments, settle_in));
}

Datum release(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    const TextArgument account_id = read_required_text(call, 0, "account_id");
    const std::int64_t hold_no = read_required_number(call, 1, "hold_no");
    const TextArgument reason = read_text(call, 2);
    open_session(session, account_id.datum);
    load_if_due(session);
    HeldCall* held = find_hold(session, hold_no);
    if (held == nullptr) {
        raise_refusal(not_found(core::Outcome::hold_not_found, "hold", hold_no));
    }
    core::CallRules* rules = gather_rules(session, names_of(*held));
    const core::Hold before = placed_hold(session, *held);
    const core::Verdict verdict = run(session, [&](core::Account& account) {
        return core::release(account, placed_hold(session, *held), view_or_empty(reason), rules);
    });
    if (verdict.outcome != core::Outcome::ok) {
        return conclude(session, refused_for(session, *held, verdict, false));
    }
    core::Demand failure;
    failure.failures = core::Decimal{view_or_empty(reason) == core::failed_reason ? 1 : 0, 0};
    note_hold_ended(session, before, failure);
    note_effects(session, verdict, names_of(*held).member_id);
    add_note(session, held_note(*held, verdict.entry));
    return conclude(session, receipt_answer(session, verdict));
}

} // namespace credits::pg
