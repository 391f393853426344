// Claims and their fate.
#include "pg/spending.hpp"

#include "core/admission.hpp"

#include "pg/boundary.hpp"
#include "pg/model_names.hpp"
#include "pg/rows.hpp"

namespace credits::pg {

namespace {

bool claim(Session& session, const core::Demand& demand, core::Bounds bounds, BrakeClaim& made) {
    made = {};
    made.demand = demand;
    made.bounds = bounds;
    made.now = session.account.now;
    const bool admitted = claim_use(made);
    RaisingArena arena;
    session.claims.push_back(arena, made);
    return admitted;
}

void refuse(const BrakeClaim& refused, core::Verdict& verdict) {
    verdict.retry_at = core::never;
    verdict.outcome = core::Outcome::platform_paused;
    verdict.room = refused.room;
    if (!refused.is_stopped && refused.refusal.terms != nullptr) {
        verdict.outcome = refused.refusal.outcome;
        verdict.subject = refused.refusal.terms->name;
        verdict.limit = refused.refusal;
        verdict.retry_at = refused.refusal.retry_at;
    }
}

// In the shadow share a limit counts, and its refusal is only noted; the brake stands.
void claim_in_shadow(Session& session, const core::Demand& demand, core::Verdict& verdict) {
    BrakeClaim made = {};
    if (!claim(session, demand, core::Bounds::brake, made)) {
        refuse(made, verdict);
        return;
    }
    if (claim(session, demand, core::Bounds::limits, made)) {
        return;
    }
    RaisingArena arena;
    session.use_changes.push_back(arena,
                                  {demand, false, session.account.now, core::Bounds::limits});
    if (verdict.shadowed == core::Outcome::ok) {
        const core::Outcome outcome = verdict.outcome;
        refuse(made, verdict);
        verdict.shadowed = verdict.outcome;
        verdict.outcome = outcome;
    }
}

void claim_demand(Session& session,
                  const core::Demand& demand,
                  bool is_shadow,
                  core::Verdict& verdict) {
    if (is_shadow) {
        claim_in_shadow(session, demand, verdict);
        return;
    }
    BrakeClaim made = {};
    if (!claim(session, demand, core::Bounds::all, made)) {
        refuse(made, verdict);
    }
}

bool is_in_shadow(const Session& session) {
    return core::is_in_share(text_view(session.account_id),
                             session.catalogue->policy().shadow_share);
}

} // namespace

void claim_call(Session& session, const core::CallRequest& request, core::Verdict& verdict) {
    if (!verdict.went_through() || !session.work->for_writing || !platform_counts()) {
        return;
    }
    const core::Demand demand =
        compute_or_raise([&] { return core::demand_of(session.account, request, verdict); });
    claim_demand(session, demand, is_in_shadow(session), verdict);
}

void claim_extension(Session& session, const core::Hold& before, core::Verdict& verdict) {
    if (!verdict.went_through() || !platform_counts()) {
        return;
    }
    // A hold that had timed out has given everything back.
    const core::ModelNames* names = names_in_rules(session, names_of(before));
    const core::Demand demand = compute_or_raise([&] {
        const bool again = before.status == core::HoldStatus::expired;
        core::Demand more = core::names_of(before, names);
        more.credits = core::to_decimal(again ? verdict.amount : verdict.amount - before.amount,
                                        session.account.unit.scale);
        if (again) {
            more.tokens = before.tokens;
            more.cost = before.cost.value_or(core::Decimal{});
        }
        return more;
    });
    claim_demand(session, demand, is_in_shadow(session), verdict);
}

void note_use(Session& session, const core::Demand& used) {
    if (platform_counts()) {
        RaisingArena arena;
        session.use_changes.push_back(arena, {used, false, session.account.now});
    }
}

void note_hold_ended(Session& session, const core::Hold& before, const core::Demand& real) {
    if (!platform_counts()) {
        return;
    }
    core::Demand used = real;
    used.names = names_in_rules(session, names_of(before));
    const core::UseChanges changes = compute_or_raise([&] {
        return core::changes_by_end(
            session.arena, before, used, session.account.unit.scale, session.account.now);
    });
    RaisingArena arena;
    for (const core::UseChange& change : changes) {
        session.use_changes.push_back(arena, change);
    }
}

void drop_spending(Session& session) {
    for (BrakeClaim& made : session.claims) {
        drop_claim(made);
    }
}

void write_spending(Session& session) {
    for (const BrakeClaim& made : session.claims) {
        record_use(made);
    }
    for (const core::UseChange& change : session.use_changes) {
        adjust_use(change, session.account.now);
    }
}

void trip_brake(const Session& session) {
    if (!session.claims.empty()) {
        trip_if_due(session.claims[session.claims.size() - 1]);
    }
}

} // namespace credits::pg
