// Limits of the whole platform, kept in stripes so that nobody's spending waits for anybody else's:
// each stripe holds a share of the allowance and is spent from without a look at the others. Owns
// what a stripe may admit, what stripes give each other, and when a warning or a stop is due; knows
// neither rows nor locks.
#pragma once

#include "core/arena.hpp"
#include "core/calendar.hpp"
#include "core/money.hpp"
#include "core/policy_terms.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace credits::core {

inline constexpr int stripe_count = 64;

// Clocks differ by little: a window that begins further ahead was begun by one that was wrong.
inline constexpr std::int64_t clocks_differ_by = micros_per_day;

// EscrowTerms is one limit as of now. Its counters are known by its name.
struct EscrowTerms {
    std::string_view name;
    const LimitTerms* limit = nullptr;                          // null: a window of the brake
    std::int64_t ahead_max = micros_per_day + clocks_differ_by; // of the window after this one
    bool latches = false; // a window that ended (nearly) used up stops the next one too
    bool has_warn = false;
    bool has_stop = false;
    Decimal warn;
    Decimal stop;
    Decimal warn_share; // of one stripe
    Decimal stop_share;
    Instant window = 0;          // when the one that runs began
    Instant resumed_at = always; // since when its allowance counts anew

    // epoch is since when the allowance counts.
    [[nodiscard]] Instant epoch() const { return window > resumed_at ? window : resumed_at; }
};

EscrowTerms escrow_terms(std::string_view name,
                         const std::optional<Decimal>& warn,
                         const std::optional<Decimal>& stop);

// hour_start is when the hour of an instant began on the clocks of the zone.
Instant hour_start(const Zone& zone, Instant instant);

// StripeCounter is what one stripe knows of one limit. It may admit its share + moved - spent. The
// share is that of the warning until the counter is raised, and of the stop then; what stripes
// move between them adds up to nothing. So all stripes together never admit past the stop.
struct StripeCounter {
    std::string_view name;
    Instant window = 0;
    Instant epoch = 0;
    bool raised = false;
    bool warned = false;  // it is known that the warning has been given
    bool latched = false; // begun by a cost that was real, while the window before it still stops
    Decimal spent;        // in the window, open holds included
    Decimal moved;        // allowance from other stripes; what was spent before the epoch too
};

using Stripe = List<StripeCounter>;

// Need is what a call wants to spend of one limit. must_be_open: it spends nothing, and is admitted
// only where something is left.
struct Need {
    const EscrowTerms* terms = nullptr;
    Decimal amount;
    bool must_be_open = false;
};

using Needs = List<Need>;

// admit_alone spends a call's needs from one stripe; false, with nothing changed that counts, where
// that takes a look at the other stripes.
bool admit_alone(Stripe& stripe, const Needs& needs, Arena& arena);

// StripeSight is a stripe as it was seen, its newest committed version; is_free: nobody else is
// changing it.
struct StripeSight {
    Stripe stripe;
    bool is_free = false;
};

// Gift is allowance that a stripe is to give to the one at hand, or below zero, to get from it.
struct Gift {
    int donor = 0;
    std::uint32_t need = 0;
    bool is_raised = false; // of all that a stripe may spend up to the stop
    Decimal amount;
};

// NeedFinding is what the look at all stripes tells of one need.
struct NeedFinding {
    Instant window = 0;
    bool admitted = false;
    bool may_come_free = false; // refused, but stripes that others are changing hold enough
    bool raises = false;
    bool knows_warned = false; // the warning has been given
    bool warns = false;        // it is due with this call
    bool stops = false;        // the stop is due, by this call or by its refusal
    bool latched = false;      // the window before still stops
    bool has_debts = false;    // stripes have spent more than they may
    Decimal used;              // of the allowance, before the call
};

struct EscrowPlan {
    bool is_forced = false;
    bool admitted = false;
    bool may_come_free = false;
    List<NeedFinding> findings; // one for each need
    List<Gift> gifts;
};

// plan_call looks at all stripes for a call on the one at hand. A forced one (a cost that is real)
// is never refused, but what it takes beyond the allowance is asked of the others too.
EscrowPlan plan_call(const List<StripeSight>& sights,
                     std::uint32_t at_hand,
                     const Needs& needs,
                     bool is_forced,
                     Arena& arena);

// give takes at most an amount of allowance out of a stripe, or pays what it owes; the result is
// what came of it.
Decimal give(Stripe& stripe,
             const EscrowTerms& terms,
             const NeedFinding& finding,
             const Decimal& amount,
             Arena& arena);

// admit_planned spends a call's needs from the stripe at hand, after the allowance that it was
// given (by need) has come in. False, with only that written down, where it is not enough.
bool admit_planned(Stripe& stripe,
                   const Needs& needs,
                   const EscrowPlan& plan,
                   const List<Decimal>& given,
                   Arena& arena);

// give_back undoes spending that was counted at a moment, while that moment's window still runs.
void give_back(Stripe& stripe, const Need& need, Instant counted_at, Arena& arena);

// note_warning notes on the row kept for that that a warning is given; false where it was before.
bool note_warning(Stripe& bell, const EscrowTerms& terms, const NeedFinding& finding, Arena& arena);

// EscrowTotal adds up all stripes for one limit.
struct EscrowTotal {
    Instant window = 0;
    Decimal spent;
    Decimal used; // of the allowance
    bool warned = false;
    bool latched = false;
};

EscrowTotal total_of(const List<StripeSight>& sights, const EscrowTerms& terms);

// owes: a stripe has spent more than it may, by costs that were real. Until others make up for it,
// no stripe may admit alone.
bool owes(const List<StripeSight>& sights, const EscrowTerms& terms);

} // namespace credits::core
