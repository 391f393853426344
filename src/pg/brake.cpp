// A call's way through the brake: a stripe of its own where that will do, a look at all of them
// where it will not.
#include "pg/brake_look.hpp"
#include "pg/brake_notes.hpp"
#include "pg/brake_rows.hpp"
#include "pg/brake_terms.hpp"

#include "core/escrow_bytes.hpp"

#include "pg/boundary.hpp"
#include "pg/server_arena.hpp"

extern "C" {
#include <storage/backendid.h>
#include <storage/proc.h>
}

namespace credits::pg {

namespace {

// A transaction stays with the stripe that it has changed: it is locked for others anyway.
struct OwnStripe {
    LocalTransactionId transaction;
    int number;
};

OwnStripe own_stripe;

#if PG_VERSION_NUM >= 170000
LocalTransactionId this_transaction() {
    return MyProc->vxid.lxid;
}

int backend_number() {
    return MyProcNumber;
}
#else
LocalTransactionId this_transaction() {
    return MyProc->lxid;
}

int backend_number() {
    return MyBackendId;
}
#endif

int first_stripe() {
    return own_stripe.transaction == this_transaction() ? own_stripe.number
                                                        : backend_number() % core::stripe_count;
}

void remember_stripe(int number) {
    own_stripe = {this_transaction(), number};
}

core::Needs needs_of(const Brake& terms, const core::Decimal& amount) {
    RaisingArena arena;
    core::Needs needs;
    for (const core::EscrowTerms& each : terms.terms) {
        needs.push_back(arena, {&each, amount});
    }
    return needs;
}

struct Written {
    bool done = false;
    std::string_view bytes;
};

// spend_alone changes one stripe without a look at the others.
Written spend_alone(const StripeRow& row, const core::Needs& needs) {
    ServerArena arena;
    return compute_or_raise([&] {
        core::Stripe stripe = core::read_stripe(row.bytes, arena);
        Written written;
        written.done = core::admit_alone(stripe, needs, arena);
        if (written.done) {
            written.bytes = core::write_stripe(stripe, arena);
        }
        return written;
    });
}

enum class Attempt { done, needs_look, all_taken };

// spend_anywhere spends from the first stripe that is free.
Attempt spend_anywhere(Relation stripes, const core::Needs& needs, int& number) {
    const int first = first_stripe();
    for (int step = 0; step < core::stripe_count; ++step) {
        number = (first + step) % core::stripe_count;
        StripeRow row;
        if (!read_stripe_row(stripes, number, row) || !row.is_free) {
            continue;
        }
        const Written written = spend_alone(row, needs);
        if (!written.done) {
            return Attempt::needs_look;
        }
        if (write_stripe_row(stripes, row, written.bytes)) {
            return Attempt::done;
        }
    }
    return Attempt::all_taken;
}

void note_findings(const Look& look, const Brake& terms, BrakeClaim& claim) {
    for (std::uint32_t at = 0; at < brake_window_count; ++at) {
        const core::NeedFinding& finding = look.findings[at];
        claim.stops[at] = finding.stops && terms.terms[at].has_stop;
        claim.windows[at] = finding.window;
        claim.spent[at] = look.spent[at];
    }
}

// spend takes an amount; false where the allowance does not cover it.
bool spend(const core::Decimal& amount, core::Instant now, bool is_forced, BrakeClaim& claim) {
    Relation stripes = open_stripes(RowExclusiveLock);
    const Brake& terms = brake_at(now);
    const core::Needs needs = needs_of(terms, amount);
    Attempt attempt = Attempt::needs_look;
    if (!may_owe()) {
        attempt = spend_anywhere(stripes, needs, claim.stripe);
    }
    bool admitted = attempt == Attempt::done;
    if (!admitted) {
        const Look look =
            look_at_all(stripes,
                        first_stripe(),
                        {needs, is_forced, now, own_stripe.transaction == this_transaction()});
        admitted = look.admitted;
        claim.stripe = admitted ? look.stripe : -1;
        note_findings(look, terms, claim);
    }
    if (admitted) {
        claim.cost = amount;
        remember_stripe(claim.stripe);
    }
    table_close(stripes, NoLock);
    return admitted;
}

// take_back undoes spending on any free stripe.
void take_back(const core::Decimal& amount, core::Instant counted_at, core::Instant now) {
    Relation stripes = open_stripes(RowExclusiveLock);
    const core::Needs needs = needs_of(brake_at(now), amount);
    ServerArena arena;
    for (bool done = false; !done;) {
        StripeRow row;
        find_free_stripe(stripes, first_stripe(), row);
        const std::string_view bytes = compute_or_raise([&] {
            core::Stripe stripe = core::read_stripe(row.bytes, arena);
            for (const core::Need& need : needs) {
                core::give_back(stripe, need, counted_at, arena);
            }
            return core::write_stripe(stripe, arena);
        });
        const bool changes_nothing = row.bytes.empty() ? bytes.size() == 1 : bytes == row.bytes;
        done = changes_nothing || write_stripe_row(stripes, row, bytes);
        if (done && !changes_nothing) {
            remember_stripe(row.number);
        }
    }
    table_close(stripes, NoLock);
}

} // namespace

bool brake_is_on() {
    return brake().is_on;
}

core::PlatformState platform_state(core::Instant now) {
    const Brake& known = brake();
    core::PlatformState state;
    state.is_paused = known.is_paused && now < known.paused_until;
    if (state.is_paused) {
        state.reason = pstrdup(known.paused_reason);
        state.until = known.paused_until;
    }
    return state;
}

bool claim_spend(const core::Decimal& cost, core::Instant now, BrakeClaim& claim) {
    claim = {};
    claim.now = now;
    if (cost.is_zero()) {
        return true;
    }
    return spend(cost, now, false, claim);
}

void record_spend(const BrakeClaim& claim) {
    trip_if_due(claim);
}

void drop_claim(BrakeClaim& claim) {
    if (claim.stripe >= 0) {
        take_back(claim.cost, claim.now, claim.now);
    }
    claim = {};
}

void adjust_spend(const core::Decimal& delta, core::Instant counted_at, core::Instant now) {
    if (delta.is_zero()) {
        return;
    }
    if (delta.is_negative()) {
        take_back({-delta.coefficient, delta.scale}, counted_at, now);
        return;
    }
    BrakeClaim claim = {};
    claim.now = now;
    spend(delta, now, true, claim);
    trip_if_due(claim);
}

void trip_if_due(const BrakeClaim& claim) {
    for (int at = 0; at < brake_window_count; ++at) {
        if (claim.stops[at]) {
            const Brake& known = brake_at(claim.now);
            pause_by_stop({&known.terms[at], claim.windows[at], claim.spent[at], claim.now},
                          known.resumes_by_itself ? known.window_ends[at] : core::never);
        }
    }
}

} // namespace credits::pg
