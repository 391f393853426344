// What the parts of the escrow share: a stripe's counter in the window that runs, what it may still
// admit, and sums over all stripes.
#pragma once

#include "core/escrow.hpp"

#include <algorithm>

namespace credits::core::escrow {

inline Decimal negated(const Decimal& value) {
    return {-value.coefficient, value.scale};
}

inline Decimal minus(const Decimal& left, const Decimal& right) {
    return left + negated(right);
}

inline bool is_positive(const Decimal& value) {
    return value.coefficient > 0;
}

inline bool is_less(const Decimal& left, const Decimal& right) {
    return minus(left, right).is_negative();
}

inline Decimal smaller(const Decimal& left, const Decimal& right) {
    return is_less(right, left) ? right : left;
}

inline bool is_ahead(const StripeCounter& counter, const EscrowTerms& terms) {
    return counter.window > terms.window && counter.window - terms.window <= terms.ahead_max;
}

inline StripeCounter fresh(const EscrowTerms& terms) {
    StripeCounter counter;
    counter.name = terms.name;
    counter.window = terms.window;
    counter.epoch = terms.epoch();
    return counter;
}

// brought_to is the counter in the window that runs, with the allowance that counts.
inline StripeCounter brought_to(const StripeCounter& counter, const EscrowTerms& terms) {
    if (counter.window != terms.window && !is_ahead(counter, terms)) {
        return fresh(terms);
    }
    StripeCounter brought = counter;
    const Instant epoch = std::max(brought.window, terms.resumed_at);
    if (brought.epoch < epoch) {
        brought.epoch = epoch;
        brought.moved = brought.spent;
        brought.raised = false;
        brought.warned = false;
        brought.latched = false;
    }
    return brought;
}

inline bool is_raised(const StripeCounter& counter, const EscrowTerms& terms) {
    return counter.raised || !terms.has_warn;
}

inline bool is_bounded(const StripeCounter& counter, const EscrowTerms& terms) {
    return !is_raised(counter, terms) || terms.has_stop;
}

// left is what a stripe may admit by its present share, full_left by that of the stop.
inline Decimal left(const StripeCounter& counter, const EscrowTerms& terms) {
    const Decimal& share = is_raised(counter, terms) ? terms.stop_share : terms.warn_share;
    return minus(share + counter.moved, counter.spent);
}

inline Decimal full_left(const StripeCounter& counter, const EscrowTerms& terms) {
    return minus(terms.stop_share + counter.moved, counter.spent);
}

inline StripeCounter* find(const Stripe& stripe, std::string_view name) {
    for (const StripeCounter& counter : stripe) {
        if (counter.name == name) {
            return const_cast<StripeCounter*>(&counter);
        }
    }
    return nullptr;
}

inline StripeCounter counter_of(const Stripe& stripe, const EscrowTerms& terms) {
    const StripeCounter* counter = find(stripe, terms.name);
    return counter == nullptr ? fresh(terms) : brought_to(*counter, terms);
}

inline void put(Stripe& stripe, const StripeCounter& counter, Arena& arena) {
    StripeCounter* found = find(stripe, counter.name);
    if (found == nullptr) {
        stripe.push_back(arena, counter);
    } else {
        *found = counter;
    }
}

// terms_seen are the terms for the newest window that any stripe is in.
inline EscrowTerms terms_seen(const List<StripeSight>& sights, const EscrowTerms& terms) {
    EscrowTerms seen = terms;
    for (const StripeSight& sight : sights) {
        const StripeCounter* counter = find(sight.stripe, terms.name);
        if (counter != nullptr && is_ahead(*counter, terms)) {
            seen.window = std::max(seen.window, counter->window);
        }
    }
    return seen;
}

struct Sums {
    Decimal spent;
    Decimal used;
    Decimal free;   // what free stripes but the one at hand may give
    Decimal locked; // what the others may hold
    Decimal owed;   // spent beyond what those stripes may
    bool warned = false;
};

inline constexpr std::uint32_t nobody = stripe_count;

// sum_up adds up the stripes; by their share of the stop where all_raised.
inline Sums sum_up(const List<StripeSight>& sights,
                   const EscrowTerms& terms,
                   std::uint32_t at_hand,
                   bool all_raised) {
    Sums sums;
    for (std::uint32_t at = 0; at < sights.size(); ++at) {
        const StripeCounter counter = counter_of(sights[at].stripe, terms);
        sums.spent = sums.spent + counter.spent;
        sums.used = sums.used + minus(counter.spent, counter.moved);
        sums.warned = sums.warned || counter.warned;
        if (at == at_hand) {
            continue;
        }
        const Decimal room = all_raised ? full_left(counter, terms) : left(counter, terms);
        if (room.is_negative()) {
            sums.owed = minus(sums.owed, room);
        } else if (sights[at].is_free) {
            sums.free = sums.free + room;
        } else {
            sums.locked = sums.locked + room;
        }
    }
    return sums;
}

// seen_by gives the terms for the window that the look at all stripes found.
inline EscrowTerms seen_by(const NeedFinding& finding, const EscrowTerms& terms) {
    EscrowTerms seen = terms;
    seen.window = finding.window;
    return seen;
}

// is_latched: the window before the one that is to begin was used up, and nobody has resumed since.
// Where a stripe is in it already, that was decided when it began.
bool is_latched(const List<StripeSight>& sights, const EscrowTerms& terms);

} // namespace credits::core::escrow
