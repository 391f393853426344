// Licences of accounts: a payment that failed, one that restored, and what an account may use now.
#include "core/licence.hpp"

#include "pg/boundary.hpp"
#include "pg/call_requests.hpp"
#include "pg/catalogue.hpp"
#include "pg/hold_rows.hpp"
#include "pg/licence_steps.hpp"
#include "pg/row_output.hpp"
#include "pg/rows.hpp"
#include "pg/rules.hpp"

#include <algorithm>

namespace credits::pg {

namespace {

std::string_view feature_of(const Session& session, std::string_view action) {
    const core::ActionTerms* terms = session.catalogue->find_action(action);
    return terms == nullptr || terms->policy == nullptr ? std::string_view{}
                                                        : std::string_view(terms->policy->feature);
}

void release_hold(Session& session, std::int64_t hold_no) {
    HeldCall* held = find_hold(session, hold_no);
    core::CallRules* rules = gather_rules(session, names_of(*held));
    const core::Verdict verdict = run(session, [&](core::Account& account) {
        return core::release(account, placed_hold(session, *held), core::licence_reason, rules);
    });
    add_note(session, held_note(*held, verdict.entry));
}

// Calls under way that the licence no longer covers give their credits back.
std::int64_t release_lost_holds(Session& session) {
    const core::LicenceTerms& terms = session.catalogue->policy().licence;
    const core::LicenceFailure failure = failure_of(session);
    std::int64_t released = 0;
    for (const core::Hold& hold : session.account.holds) {
        const std::string_view feature = feature_of(session, hold.action);
        const bool is_lost = compute_or_raise(
            [&] { return core::is_lost(terms, failure, feature, session.account.now); });
        if (hold.status == core::HoldStatus::pending && is_lost) {
            release_hold(session, hold.hold_no);
            ++released;
        }
    }
    return released;
}

void add_capability(core::List<std::string_view>& all, core::Arena& arena, std::string_view name) {
    if (!name.empty() && std::find(all.begin(), all.end(), name) == all.end()) {
        all.push_back(arena, name);
    }
}

// What the schedule, the plan and the actions name, in this order.
core::List<std::string_view> known_capabilities(Session& session) {
    return compute_or_raise([&] {
        const core::Policy& policy = session.catalogue->policy();
        core::List<std::string_view> all;
        for (const core::CapabilityTerms& terms : policy.licence.capabilities) {
            add_capability(all, session.arena, terms.capability);
        }
        if (const auto& features = plan_policy(session).features) {
            for (const std::string& feature : *features) {
                add_capability(all, session.arena, feature);
            }
        }
        for (const auto& [name, action] : policy.actions) {
            add_capability(all, session.arena, action.feature);
        }
        return all;
    });
}

bool is_in_plan(const Session& session, std::string_view capability) {
    const auto& features = plan_policy(session).features;
    return !features ||
           std::find(features->begin(), features->end(), capability) != features->end();
}

} // namespace

Datum fail_licence(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    const TextArgument account_id = read_required_text(call, 0, "account_id");
    const std::optional<core::Instant> failed_at = read_instant(call, 1, "failed_at");
    const TextArgument reason = read_text(call, 2);
    open_session(session, account_id.datum);
    load_all(session, nullptr);
    core::Wallet& wallet = session.account.wallet;
    const core::Instant now = session.account.now;
    // Of one moment a payment counts; but a failure that is told as of now came after one that was
    // known.
    if (!failed_at && wallet.licence_paid_at == now) {
        wallet.licence_paid_at = now - 1;
    }
    if (remember_failure(session, failed_at.value_or(now))) {
        note_state(session, reason, release_lost_holds(session));
    }
    const Datum state = text_datum(state_of(session));
    finish_session(session);
    return state;
}

Datum restore_licence(FunctionCallInfo call) {
    Session session = {};
    start(session, true);
    const TextArgument account_id = read_required_text(call, 0, "account_id");
    const std::optional<core::Instant> given = read_instant(call, 1, "paid_at");
    open_session(session, account_id.datum);
    load_all(session, nullptr);
    restore_licence_at(session, given.value_or(session.account.now));
    const Datum state = text_datum(state_of(session));
    finish_session(session);
    return state;
}

Datum capabilities(FunctionCallInfo call) {
    begin_rows(call);
    Session session = {};
    start(session, false);
    const TextArgument account_id = read_required_text(call, 0, "account_id");
    open_session(session, account_id.datum);
    load_if_due(session);
    const core::LicenceTerms& terms = session.catalogue->policy().licence;
    const core::LicenceFailure failure = failure_of(session);
    const Datum state = text_datum(state_of(session));
    const bool is_open = session.account.wallet.status == core::AccountStatus::open;
    for (const std::string_view capability : known_capabilities(session)) {
        const core::Instant lost_at =
            compute_or_raise([&] { return core::feature_lost_at(terms, failure, capability); });
        const bool in_plan = is_in_plan(session, capability);
        RowValues row = {};
        row.add(text_datum(capability));
        row.add(BoolGetDatum(is_open && in_plan && lost_at > session.account.now));
        row.add(BoolGetDatum(in_plan));
        row.add(state);
        row.add(TimestampTzGetDatum(lost_at), lost_at == core::never);
        put_row(call, row);
    }
    abandon_session(session);
    return 0;
}

} // namespace credits::pg
