// Claims and their fate.
#include "pg/spending.hpp"

#include "pg/boundary.hpp"

namespace credits::pg {

namespace {

bool claim(Session& session, const core::Decimal& cost) {
    BrakeClaim made = {};
    const bool admitted = claim_spend(cost, session.account.now, made);
    RaisingArena arena;
    session.claims.push_back(arena, made);
    return admitted;
}

} // namespace

void claim_cost(Session& session, core::Verdict& verdict) {
    const bool costs = verdict.went_through() && verdict.cost && !verdict.cost->is_zero();
    if (costs && session.work->for_writing && brake_is_on() && !claim(session, *verdict.cost)) {
        verdict.outcome = core::Outcome::platform_paused;
        verdict.retry_at = core::never;
    }
}

void note_spend(Session& session, const core::Decimal& delta, core::Instant counted_at) {
    if (brake_is_on() && !delta.is_zero()) {
        RaisingArena arena;
        session.spend_changes.push_back(arena, {delta, counted_at});
    }
}

void note_hold_ended(Session& session,
                     const core::Hold& hold,
                     bool was_open,
                     const core::Decimal& real) {
    const core::Decimal held = was_open && hold.cost ? *hold.cost : core::Decimal{};
    const core::Decimal delta = compute_or_raise([&] { return real - held; });
    note_spend(session, delta, delta.is_negative() ? hold.created_at : session.account.now);
}

void drop_spending(Session& session) {
    for (BrakeClaim& made : session.claims) {
        drop_claim(made);
    }
}

void write_spending(Session& session) {
    for (const BrakeClaim& made : session.claims) {
        record_spend(made);
    }
    for (const SpendChange& change : session.spend_changes) {
        adjust_spend(change.delta, change.counted_at, session.account.now);
    }
}

void trip_brake(const Session& session) {
    if (!session.claims.empty()) {
        trip_if_due(session.claims[session.claims.size() - 1]);
    }
}

} // namespace credits::pg
