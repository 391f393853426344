// What a failed payment takes away, and when: states of a licence and its capabilities by schedule.
// Everything is counted from the failure's own time; nothing here asks what time it is.
#pragma once

#include "core/arena.hpp"
#include "core/calendar.hpp"
#include "core/policy_terms.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace credits::core {

// In order: a later one includes what the earlier ones take away.
enum class LicenceState : std::uint8_t { active, past_due, grace, suspended, cancelled };

// The reason in the entries of holds that the licence ended.
inline constexpr std::string_view licence_reason = "licence";

std::string_view name_of(LicenceState state);

// The failure that an account's licence suffers from; none: it is active.
struct LicenceFailure {
    std::optional<Instant> failed_at;
    const Zone* zone = nullptr; // the account's
};

// A failure is past due until another state begins.
LicenceState
licence_state(const LicenceTerms& terms, const LicenceFailure& failure, Instant moment);

// state_begins is never for a state that time does not bring.
Instant state_begins(const LicenceTerms& terms, const LicenceFailure& failure, LicenceState state);

// The moment from which a call for the feature is refused; never: it is not taken away. What the
// schedule names is lost at its own time, everything else, calls that name no feature included,
// once the licence is suspended; a cancelled one has lost all.
Instant
feature_lost_at(const LicenceTerms& terms, const LicenceFailure& failure, std::string_view feature);

bool is_lost(const LicenceTerms& terms,
             const LicenceFailure& failure,
             std::string_view feature,
             Instant moment);

// next_licence_step is the first moment after another at which a state or a capability changes.
Instant next_licence_step(const LicenceTerms& terms, const LicenceFailure& failure, Instant moment);

// Capabilities of the schedule that are lost at a moment, in its order; names as long as the terms.
List<std::string_view> lost_capabilities(const LicenceTerms& terms,
                                         const LicenceFailure& failure,
                                         Instant moment,
                                         Arena& arena);

} // namespace credits::core
