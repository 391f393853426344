// Claims and changes of a session, kept until it is known whether it is written.
#include "pg/spending.hpp"

#include "pg/boundary.hpp"
#include "pg/numeric.hpp"
#include "pg/rows.hpp"

namespace credits::pg {

namespace {

void add_change(Session& session, const core::Decimal& delta, core::Instant counted_at) {
    RaisingArena arena;
    session.spend_changes.push_back(arena, {delta, counted_at});
}

// What was held of a hold's cost until now: nothing of one that had ended.
core::Decimal held_cost(const HeldCall& held) {
    namespace columns = hold_column;
    const bool is_held =
        !held.row.nulls[columns::cost] && text_view(held.row.values[columns::status]) == "pending";
    return is_held ? stored_decimal(held.row.values[columns::cost]) : core::Decimal{};
}

// Holds that ran out give back what they held.
void give_back_timed_out(const Session& session) {
    for (const core::Hold& hold : session.account.holds) {
        if (hold.status == core::HoldStatus::expired && hold.changed && hold.cost) {
            adjust_spend(
                {-hold.cost->coefficient, hold.cost->scale}, hold.created_at, session.account.now);
        }
    }
}

} // namespace

bool exceeds_brake(Session& session, const core::Verdict& verdict) {
    if (!verdict.cost || verdict.cost->is_zero() || !brake_is_on()) {
        return false;
    }
    BrakeClaim claim;
    const bool admitted = claim_spend(*verdict.cost, session.account.now, claim);
    RaisingArena arena;
    session.claims.push_back(arena, claim);
    return !admitted;
}

core::Verdict over_the_brake(const core::Verdict& verdict) {
    core::Verdict refusal = verdict;
    refusal.outcome = core::Outcome::platform_paused;
    return refusal;
}

void note_real_cost(Session& session,
                    const HeldCall& held,
                    const std::optional<core::Decimal>& real) {
    if (brake_is_on()) {
        const core::Decimal cost = held_cost(held);
        const core::Decimal delta =
            compute_or_raise([&] { return real.value_or(core::Decimal{}) - cost; });
        add_change(session, delta, held.hold.created_at);
    }
}

void note_cost(Session& session, const std::optional<core::Decimal>& cost) {
    if (cost && brake_is_on()) {
        add_change(session, *cost, session.account.now);
    }
}

void finish_spending(Session& session) {
    for (const SpendChange& change : session.spend_changes) {
        adjust_spend(change.delta, change.counted_at, session.account.now);
    }
    if (brake_is_on()) {
        give_back_timed_out(session);
    }
    stop_if_due(session);
}

void stop_if_due(const Session& session) {
    for (const BrakeClaim& claim : session.claims) {
        trip_if_due(claim);
    }
}

void drop_spending(Session& session) {
    for (BrakeClaim& claim : session.claims) {
        drop_claim(claim);
    }
}

} // namespace credits::pg
