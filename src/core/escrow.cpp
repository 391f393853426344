// Stripes of a platform-wide limit: shares, windows, and what one stripe does by itself.
#include "core/escrow_counters.hpp"

namespace credits::core {

using namespace escrow;

namespace {

constexpr Decimal one_stripe{15625, 6}; // 1 / 64
static_assert(64 * 15625 == 1'000'000 && stripe_count == 64);

// Before a window begins, the one before it has to be looked at.
bool begins_with_a_look(const Stripe& stripe, const EscrowTerms& terms) {
    const StripeCounter* counter = find(stripe, terms.name);
    return terms.latches && terms.has_stop &&
           (counter == nullptr || (counter->window != terms.window && !is_ahead(*counter, terms)));
}

bool can_admit_alone(const Stripe& stripe, const Need& need) {
    const EscrowTerms& terms = *need.terms;
    if (begins_with_a_look(stripe, terms)) {
        return false;
    }
    const StripeCounter counter = counter_of(stripe, terms);
    if (counter.latched || (terms.has_warn && counter.raised && !counter.warned)) {
        return false;
    }
    return !is_bounded(counter, terms) || is_less(need.amount, left(counter, terms));
}

} // namespace

EscrowTerms escrow_terms(std::string_view name,
                         const std::optional<Decimal>& warn,
                         const std::optional<Decimal>& stop) {
    EscrowTerms terms;
    terms.name = name;
    terms.has_warn = warn.has_value();
    terms.has_stop = stop.has_value();
    terms.warn = warn.value_or(Decimal{});
    terms.stop = stop.value_or(Decimal{});
    terms.warn_share = terms.warn * one_stripe;
    terms.stop_share = terms.stop * one_stripe;
    return terms;
}

Instant hour_start(const Zone& zone, Instant instant) {
    constexpr std::int64_t hour = 3'600 * micros_per_second;
    const std::int64_t into = zone.to_local(instant) % hour;
    return instant - (into < 0 ? into + hour : into);
}

bool admit_alone(Stripe& stripe, const Needs& needs, Arena& arena) {
    for (const Need& need : needs) {
        if (!can_admit_alone(stripe, need)) {
            return false;
        }
    }
    for (const Need& need : needs) {
        StripeCounter counter = counter_of(stripe, *need.terms);
        counter.spent = counter.spent + need.amount;
        put(stripe, counter, arena);
    }
    return true;
}

Decimal give(Stripe& stripe,
             const EscrowTerms& terms,
             const NeedFinding& finding,
             const Decimal& amount,
             Arena& arena) {
    const EscrowTerms seen = seen_by(finding, terms);
    StripeCounter counter = counter_of(stripe, seen);
    counter.raised = counter.raised || (finding.raises && seen.has_warn);
    counter.warned = counter.warned || finding.knows_warned;
    const Decimal room = left(counter, seen);
    if (amount.is_negative() != room.is_negative()) {
        return {}; // meanwhile others gave to it, or took from it
    }
    const Decimal given = amount.is_negative() ? amount : smaller(amount, room);
    counter.moved = minus(counter.moved, given);
    put(stripe, counter, arena);
    return given;
}

bool admit_planned(Stripe& stripe,
                   const Needs& needs,
                   const EscrowPlan& plan,
                   const List<Decimal>& given,
                   Arena& arena) {
    bool fits = true;
    for (std::uint32_t at = 0; at < needs.size(); ++at) {
        const EscrowTerms terms = seen_by(plan.findings[at], *needs[at].terms);
        StripeCounter counter = counter_of(stripe, terms);
        counter.moved = counter.moved + given[at];
        counter.raised = counter.raised || (plan.findings[at].raises && terms.has_warn);
        counter.warned = counter.warned || plan.findings[at].knows_warned;
        counter.latched = plan.findings[at].latched;
        fits = fits &&
               (!is_bounded(counter, terms) || !is_less(left(counter, terms), needs[at].amount));
        put(stripe, counter, arena);
    }
    for (const Need& need : needs) {
        if (fits || plan.is_forced) {
            StripeCounter& counter = *find(stripe, need.terms->name);
            counter.spent = counter.spent + need.amount;
        }
    }
    return fits || plan.is_forced;
}

void give_back(Stripe& stripe, const Need& need, Instant counted_at, Arena& arena) {
    StripeCounter counter = counter_of(stripe, *need.terms);
    if (counted_at < counter.window) {
        return;
    }
    counter.spent = minus(counter.spent, need.amount);
    if (counted_at < counter.epoch) {
        counter.moved = minus(counter.moved, need.amount); // it was not of this allowance
    }
    put(stripe, counter, arena);
}

bool note_warning(Stripe& bell,
                  const EscrowTerms& terms,
                  const NeedFinding& finding,
                  Arena& arena) {
    StripeCounter counter = counter_of(bell, seen_by(finding, terms));
    if (counter.warned) {
        return false;
    }
    counter.warned = true;
    put(bell, counter, arena);
    return true;
}

EscrowTotal total_of(const List<StripeSight>& sights, const EscrowTerms& terms) {
    const EscrowTerms seen = terms_seen(sights, terms);
    const Sums sums = sum_up(sights, seen, nobody, true);
    return {seen.window, sums.spent, sums.used, sums.warned, is_latched(sights, seen)};
}

bool owes(const List<StripeSight>& sights, const EscrowTerms& terms) {
    return terms.has_stop &&
           is_positive(sum_up(sights, terms_seen(sights, terms), nobody, true).owed);
}

} // namespace credits::core
