// Limits of scope platform as the escrow keeps them. Owns which of them a call needs, how much of
// each, by what name their counters are known, and what a hold's end gives back; which stripe is
// spent from is the caller's.
#pragma once

#include "core/account.hpp"
#include "core/escrow.hpp"
#include "core/limits.hpp"

#include <string>

namespace credits::core {

inline constexpr int platform_limits_max = 16;

// The longest name of a limit of the platform, in bytes: each stripe repeats it.
inline constexpr std::size_t platform_limit_name_max = 63;

// The names of the counters of all limits begin with it.
inline constexpr std::string_view limit_prefix = "limit ";

// counter_name also tells metric and window: a limit that changes one of them begins at zero.
std::string counter_name(const LimitTerms& limit);

// limit_escrow gives the terms of a limit, but for the window that runs; the name must last.
EscrowTerms limit_escrow(const LimitTerms& limit, std::string_view name);

// admission_need is what a call needs of a limit to be let through, spending_need what a demand
// takes or gives back whatever the limit says; false: nothing.
bool admission_need(const EscrowTerms& terms, const Demand& demand, Need& need);
bool spending_need(const EscrowTerms& terms, const Demand& demand, Need& need);

// Bounds are what a demand is held against and counted in.
enum class Bounds : std::uint8_t { all, brake, limits };

// UseChange corrects what was counted: an amount that is added now, or one that is given back,
// counted at a moment.
struct UseChange {
    Demand amounts;
    bool is_given_back = false;
    Instant counted_at = 0;
    Bounds bounds = Bounds::all;
};

using UseChanges = List<UseChange>;

// changes_by_end are those of a hold, as it was before it ends; real: what its call used, nothing
// where it did not take place.
UseChanges
changes_by_end(Arena& arena, const Hold& hold, const Demand& real, int credit_scale, Instant now);

} // namespace credits::core
