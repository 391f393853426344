// A call's way through the brake and the limits of the platform: a stripe of its own where that
// will do, a look at all of them where it will not.
#include "pg/brake_look.hpp"
#include "pg/brake_notes.hpp"
#include "pg/brake_rows.hpp"
#include "pg/brake_terms.hpp"

#include "core/escrow_bytes.hpp"

#include "pg/boundary.hpp"
#include "pg/server_arena.hpp"

#include <algorithm>

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

template <class NeedOf>
core::Needs needs_of(const Brake& known,
                     const core::Demand& demand,
                     core::Bounds bounds,
                     const NeedOf& need_of) {
    RaisingArena arena;
    core::Needs needs;
    const auto add = [&](const core::EscrowTerms& terms) {
        core::Need need;
        if (need_of(terms, demand, need)) {
            needs.push_back(arena, need);
        }
    };
    if (known.is_on && bounds != core::Bounds::limits) {
        add(known.terms[0]);
        add(known.terms[1]);
    }
    for (int at = 0; at < known.limit_count && bounds != core::Bounds::brake; ++at) {
        add(known.limits[at].terms);
    }
    return needs;
}

bool spends(const core::Needs& needs) {
    return std::any_of(
        needs.begin(), needs.end(), [](const core::Need& need) { return !need.amount.is_zero(); });
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
        if (!spends(needs) || write_stripe_row(stripes, row, written.bytes)) {
            return Attempt::done;
        }
    }
    return Attempt::all_taken;
}

void refuse_by_limit(const Brake& known,
                     const core::EscrowTerms& terms,
                     const core::NeedFinding& finding,
                     BrakeClaim& claim) {
    for (int at = 0; at < known.limit_count; ++at) {
        if (&known.limits[at].terms == &terms) {
            claim.refusal = {core::Outcome::quota_exceeded,
                             terms.limit,
                             terms.limit->limit,
                             finding.used,
                             known.limits[at].window_end};
        }
    }
}

// A call that costs more than is left, though not all is used up, is too dear; of several windows
// the one with the least room tells it.
void note_room(const core::EscrowTerms& terms,
               const core::Need& need,
               const core::NeedFinding& finding,
               BrakeClaim& claim) {
    if (finding.latched || finding.stops) {
        return;
    }
    const core::Room room =
        compute_or_raise([&] { return core::room_of(finding.used, terms.stop, terms.name); });
    const bool is_too_dear =
        !room.left.is_zero() && std::is_lt(core::compare(room.left, need.amount));
    const bool is_least =
        !claim.room.is_given || std::is_lt(core::compare(room.left, claim.room.left));
    claim.room = is_too_dear && is_least ? room : claim.room;
}

// note_findings keeps what a look has found; whatever it was that refused, there is a reason.
void note_findings(const Look& look,
                   const Brake& known,
                   const core::Needs& needs,
                   BrakeClaim& claim) {
    for (std::uint32_t at = 0; at < needs.size(); ++at) {
        const core::EscrowTerms* terms = needs[at].terms;
        const core::NeedFinding& finding = look.findings[at];
        const bool refuses = !look.admitted && (!finding.admitted || look.is_overtaken);
        if (terms->limit != nullptr) {
            if (refuses && claim.refusal.terms == nullptr) {
                refuse_by_limit(known, *terms, finding, claim);
            }
            continue;
        }
        const auto window = terms - known.terms;
        claim.is_stopped = claim.is_stopped || refuses;
        if (refuses) {
            note_room(*terms, needs[at], finding, claim);
        }
        claim.stops[window] = finding.stops && terms->has_stop;
        claim.windows[window] = finding.window;
        claim.spent[window] = look.spent[at];
    }
}

// spend takes what is needed; false where the allowance does not cover it.
bool spend(const Brake& known, const core::Needs& needs, bool is_forced, BrakeClaim& claim) {
    Relation stripes = open_stripes(RowExclusiveLock);
    Attempt attempt = Attempt::needs_look;
    int number = -1;
    if (!may_owe()) {
        attempt = spend_anywhere(stripes, needs, number);
    }
    bool admitted = attempt == Attempt::done;
    if (!admitted) {
        const Look look = look_at_all(
            stripes,
            first_stripe(),
            {needs, is_forced, claim.now, own_stripe.transaction == this_transaction()});
        admitted = look.admitted;
        number = look.stripe;
        note_findings(look, known, needs, claim);
    }
    if (admitted && spends(needs)) {
        claim.stripe = number;
        remember_stripe(number);
    }
    table_close(stripes, NoLock);
    return admitted;
}

// take_back undoes spending on any free stripe.
void take_back(const core::Needs& needs, core::Instant counted_at) {
    Relation stripes = open_stripes(RowExclusiveLock);
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

bool platform_counts() {
    return brake().is_on || brake().limit_count > 0;
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

bool claim_use(BrakeClaim& claim) {
    const Brake& known = brake_at(claim.now);
    const core::Needs needs = needs_of(known, claim.demand, claim.bounds, core::admission_need);
    return needs.empty() || spend(known, needs, false, claim);
}

void record_use(const BrakeClaim& claim) {
    trip_if_due(claim);
}

void drop_claim(BrakeClaim& claim) {
    if (claim.stripe >= 0) {
        adjust_use({claim.demand, true, claim.now, claim.bounds}, claim.now);
    }
    claim = {};
}

void adjust_use(const core::UseChange& change, core::Instant now) {
    const Brake& known = brake_at(now);
    const core::Needs needs = needs_of(known, change.amounts, change.bounds, core::spending_need);
    if (needs.empty()) {
        return;
    }
    if (change.is_given_back) {
        take_back(needs, change.counted_at);
        return;
    }
    BrakeClaim claim = {};
    claim.now = now;
    spend(known, needs, true, claim);
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
