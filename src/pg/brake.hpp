// The brake of the whole platform during a call: what it may spend, and when it is to stop.
// Decides nothing: core/escrow does. Owns which stripe a call spends from, and what is said where a
// warning or a stop is due.
#pragma once

#include "core/call_rules.hpp"
#include "core/escrow.hpp"

#include "pg/postgres.hpp"

namespace credits::pg {

inline constexpr int brake_window_count = 2; // hour and day

// BrakeClaim is what a call has been given of the platform's allowance. Plain data.
struct BrakeClaim {
    core::Decimal cost{};
    core::Instant now{};
    int stripe = -1; // that it was spent from; -1: nothing was
    // Of the windows for which this call, or its refusal, is to stop the platform.
    bool stops[brake_window_count]{};
    core::Instant windows[brake_window_count]{};
    core::Decimal spent[brake_window_count]{}; // the call's cost included where it was admitted
};

// brake_is_on: a warning or a stop is configured.
bool brake_is_on();

// platform_state is whether the platform is paused, by a person or by the brake as it was last
// written down. It costs nothing; the reason is in the current memory context.
core::PlatformState platform_state(core::Instant now);

// claim_spend takes a cost out of the allowance: the last check of a call, right before its first
// write. False: it cannot be admitted, platform_paused. It never waits for another transaction's
// end, but for moments where others are about to end. A cost of zero always passes.
bool claim_spend(const core::Decimal& cost, core::Instant now, BrakeClaim& claim);

// record_spend comes after the call's own writes: a claim that reached the stop pauses the
// platform.
void record_spend(const BrakeClaim& claim);

// drop_claim gives back what was claimed for a call that is refused or begun again after all.
void drop_claim(BrakeClaim& claim);

// adjust_spend counts what was not claimed: the real cost less the held one, a cost on record, and
// below zero what is given back, as long as the window runs in which it was counted. It is never
// refused and may pass the stop.
void adjust_spend(const core::Decimal& delta, core::Instant counted_at, core::Instant now);

// trip_if_due is for a refused call that commits all the same: pauses the platform where its
// refusal shows that the allowance is used up.
void trip_if_due(const BrakeClaim& claim);

// SQL function.
Datum platform_counters(FunctionCallInfo call);

} // namespace credits::pg
