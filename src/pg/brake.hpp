// The brake and the limits of the whole platform during a call: what it may use, and when it is to
// stop.
// Decides nothing: core/escrow does. Owns which stripe a call spends from, and what is said where a
// warning or a stop is due.
#pragma once

#include "core/call_rules.hpp"
#include "core/platform_limits.hpp"
#include "core/share.hpp"

#include "pg/postgres.hpp"

namespace credits::pg {

inline constexpr int brake_window_count = 2; // hour and day
inline constexpr int needs_max = brake_window_count + core::platform_limits_max;

// BrakeClaim is what a call has been given of the platform's allowance. Plain data.
struct BrakeClaim {
    // Of the windows for which this call, or its refusal, is to stop the platform (stops): the
    // call's cost included where it was admitted.
    core::Decimal spent[brake_window_count]{};
    core::LimitRefusal refusal{}; // by a limit; its terms last as long as the catalogue's copy
    core::Room room{};            // of the brake, where the call is too dear for it
    core::Demand demand{};
    core::Instant now{};
    core::Instant windows[brake_window_count]{};
    int stripe = -1; // that it was spent from; -1: nothing was
    core::Bounds bounds = core::Bounds::all;
    bool is_stopped = false; // by the brake
    bool stops[brake_window_count]{};
};

// brake_is_on: a warning or a stop is configured. platform_counts: that, or a limit of the
// platform.
bool brake_is_on();
bool platform_counts();

// platform_state is whether the platform is paused, by a person or by the brake as it was last
// written down. It costs nothing; the reason is in the current memory context.
core::PlatformState platform_state(core::Instant now);

// claim_use takes a claim's demand out of the allowance: the last check of a call, right before its
// first write. False: it cannot be admitted, and the claim says why. It never waits for another
// transaction's end, but for moments where others are about to end.
bool claim_use(BrakeClaim& claim);

// record_use comes after the call's own writes: a claim that reached the stop pauses the
// platform.
void record_use(const BrakeClaim& claim);

// drop_claim gives back what was claimed for a call that is refused or begun again after all.
void drop_claim(BrakeClaim& claim);

// adjust_use counts what was not claimed: what was used beyond what was held, a cost on record; or
// gives back, as long as the window runs in which it was counted. It is never refused and may pass
// a stop.
void adjust_use(const core::UseChange& change, core::Instant now);

// limit_totals gives what is counted of each limit of the platform, as committed right now.
struct LimitTotal {
    const core::LimitTerms* limit = nullptr;
    core::Decimal used{};
    core::Instant resets_at{};
};

core::List<LimitTotal> limit_totals(core::Instant now);

// trip_if_due is for a refused call that commits all the same: pauses the platform where its
// refusal shows that the allowance is used up.
void trip_if_due(const BrakeClaim& claim);

// SQL function.
Datum platform_counters(FunctionCallInfo call);

} // namespace credits::pg
