// The schedule of a failed payment, one threshold after the other.
#include "core/licence.hpp"

#include <algorithm>
#include <array>

namespace credits::core {

namespace {

constexpr std::array states_by_time{
    LicenceState::grace, LicenceState::suspended, LicenceState::cancelled};

Instant after_failure(const LicenceFailure& failure, const std::optional<Cycle>& after) {
    return after ? later(*failure.zone, *failure.failed_at, *after) : never;
}

} // namespace

std::string_view name_of(LicenceState state) {
    switch (state) {
    case LicenceState::active:
        break;
    case LicenceState::past_due:
        return "past_due";
    case LicenceState::grace:
        return "grace";
    case LicenceState::suspended:
        return "suspended";
    case LicenceState::cancelled:
        return "cancelled";
    }
    return "active";
}

Instant state_begins(const LicenceTerms& terms, const LicenceFailure& failure, LicenceState state) {
    if (!failure.failed_at) {
        return never;
    }
    switch (state) {
    case LicenceState::active:
        break;
    case LicenceState::past_due:
        return *failure.failed_at;
    case LicenceState::grace:
        return after_failure(failure, terms.grace);
    case LicenceState::suspended:
        return after_failure(failure, terms.suspended);
    case LicenceState::cancelled:
        return after_failure(failure, terms.cancelled);
    }
    return never;
}

LicenceState
licence_state(const LicenceTerms& terms, const LicenceFailure& failure, Instant moment) {
    // A failure that is not due yet, of an event dated ahead, takes nothing.
    LicenceState reached = LicenceState::active;
    if (failure.failed_at && *failure.failed_at <= moment) {
        reached = LicenceState::past_due;
    }
    for (const LicenceState state : states_by_time) {
        reached = state_begins(terms, failure, state) <= moment ? state : reached;
    }
    return reached;
}

Instant feature_lost_at(const LicenceTerms& terms,
                        const LicenceFailure& failure,
                        std::string_view feature) {
    const Instant cancelled = state_begins(terms, failure, LicenceState::cancelled);
    const auto scheduled = std::find_if(
        terms.capabilities.begin(), terms.capabilities.end(), [&](const CapabilityTerms& terms_of) {
            return terms_of.capability == feature;
        });
    if (scheduled == terms.capabilities.end()) {
        return std::min(cancelled, state_begins(terms, failure, LicenceState::suspended));
    }
    const Instant lost = failure.failed_at ? after_failure(failure, scheduled->after) : never;
    return std::min(cancelled, lost);
}

bool is_lost(const LicenceTerms& terms,
             const LicenceFailure& failure,
             std::string_view feature,
             Instant moment) {
    return failure.failed_at && feature_lost_at(terms, failure, feature) <= moment;
}

Instant
next_licence_step(const LicenceTerms& terms, const LicenceFailure& failure, Instant moment) {
    Instant next = never;
    if (!failure.failed_at) {
        return next;
    }
    const auto offer = [&](Instant at) {
        next = at > moment ? std::min(next, at) : next;
    };
    offer(*failure.failed_at);
    for (const LicenceState state : states_by_time) {
        offer(state_begins(terms, failure, state));
    }
    for (const CapabilityTerms& capability : terms.capabilities) {
        offer(after_failure(failure, capability.after));
    }
    return next;
}

List<std::string_view> lost_capabilities(const LicenceTerms& terms,
                                         const LicenceFailure& failure,
                                         Instant moment,
                                         Arena& arena) {
    List<std::string_view> lost;
    for (const CapabilityTerms& capability : terms.capabilities) {
        if (is_lost(terms, failure, capability.capability, moment)) {
            lost.push_back(arena, capability.capability);
        }
    }
    return lost;
}

} // namespace credits::core
