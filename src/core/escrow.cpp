// Stripes of a platform-wide limit: shares, windows, gifts, warnings and stops.
#include "core/escrow.hpp"

#include <algorithm>

namespace credits::core {

namespace {

constexpr Decimal one_stripe{15625, 6}; // 1 / 64
static_assert(64 * 15625 == 1'000'000 && stripe_count == 64);

// A window that ended with so little left was used up.
constexpr Decimal latch_share{2, 2};

// The largest call, as a share of the stop, whose refusal stops the platform.
constexpr Decimal small_call_share{1, 1};

// Clocks differ by little; a window further ahead than this was begun by one that was wrong.
constexpr std::int64_t ahead_max = 2 * micros_per_day;

Decimal negated(const Decimal& value) {
    return {-value.coefficient, value.scale};
}

Decimal minus(const Decimal& left, const Decimal& right) {
    return left + negated(right);
}

bool is_positive(const Decimal& value) {
    return value.coefficient > 0;
}

bool is_less(const Decimal& left, const Decimal& right) {
    return minus(left, right).is_negative();
}

Decimal smaller(const Decimal& left, const Decimal& right) {
    return is_less(right, left) ? right : left;
}

bool is_ahead(const StripeCounter& counter, Instant window) {
    return counter.window > window && counter.window - window <= ahead_max;
}

StripeCounter fresh(const EscrowTerms& terms) {
    StripeCounter counter;
    counter.name = terms.name;
    counter.window = terms.window;
    counter.epoch = terms.epoch();
    return counter;
}

// brought_to is the counter in the window that runs, with the allowance that counts.
StripeCounter brought_to(const StripeCounter& counter, const EscrowTerms& terms) {
    if (counter.window != terms.window && !is_ahead(counter, terms.window)) {
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

bool is_raised(const StripeCounter& counter, const EscrowTerms& terms) {
    return counter.raised || !terms.has_warn;
}

bool is_bounded(const StripeCounter& counter, const EscrowTerms& terms) {
    return !is_raised(counter, terms) || terms.has_stop;
}

// left is what a stripe may admit by its present share, full_left by that of the stop.
Decimal left(const StripeCounter& counter, const EscrowTerms& terms) {
    const Decimal& share = is_raised(counter, terms) ? terms.stop_share : terms.warn_share;
    return minus(share + counter.moved, counter.spent);
}

Decimal full_left(const StripeCounter& counter, const EscrowTerms& terms) {
    return minus(terms.stop_share + counter.moved, counter.spent);
}

StripeCounter* find(const Stripe& stripe, std::string_view name) {
    for (const StripeCounter& counter : stripe) {
        if (counter.name == name) {
            return const_cast<StripeCounter*>(&counter);
        }
    }
    return nullptr;
}

StripeCounter counter_of(const Stripe& stripe, const EscrowTerms& terms) {
    const StripeCounter* counter = find(stripe, terms.name);
    return counter == nullptr ? fresh(terms) : brought_to(*counter, terms);
}

void put(Stripe& stripe, const StripeCounter& counter, Arena& arena) {
    StripeCounter* found = find(stripe, counter.name);
    if (found == nullptr) {
        stripe.push_back(arena, counter);
    } else {
        *found = counter;
    }
}

// Before a window begins, the one before it has to be looked at.
bool begins_with_a_look(const Stripe& stripe, const EscrowTerms& terms) {
    const StripeCounter* counter = find(stripe, terms.name);
    return terms.latches && terms.has_stop &&
           (counter == nullptr ||
            (counter->window != terms.window && !is_ahead(*counter, terms.window)));
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

// terms_seen are the terms for the newest window that any stripe is in.
EscrowTerms terms_seen(const List<StripeSight>& sights, const EscrowTerms& terms) {
    EscrowTerms seen = terms;
    for (const StripeSight& sight : sights) {
        const StripeCounter* counter = find(sight.stripe, terms.name);
        if (counter != nullptr && is_ahead(*counter, terms.window)) {
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

constexpr std::uint32_t nobody = stripe_count;

// sum_up adds up the stripes; by their share of the stop where all_raised.
Sums sum_up(const List<StripeSight>& sights,
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

// is_latched: the window before the one that is to begin was used up, and nobody has resumed since.
// Where a stripe is in it already, that was decided when it began.
bool is_latched(const List<StripeSight>& sights, const EscrowTerms& terms) {
    if (!terms.latches || !terms.has_stop) {
        return false;
    }
    EscrowTerms before = terms;
    before.window = always;
    bool has_begun = false;
    bool latched = false;
    for (const StripeSight& sight : sights) {
        const StripeCounter* counter = find(sight.stripe, terms.name);
        if (counter == nullptr) {
            continue;
        }
        if (counter->window == terms.window || is_ahead(*counter, terms.window)) {
            has_begun = true;
            latched = latched || brought_to(*counter, terms).latched;
        } else if (counter->window < terms.window) {
            before.window = std::max(before.window, counter->window);
        }
    }
    if (has_begun || before.window == always) {
        return latched;
    }
    const Sums sums = sum_up(sights, before, nobody, true);
    return !is_less(terms.stop * latch_share, minus(terms.stop, sums.used));
}

// ask_for_gifts asks the stripes with most for what is needed, and for half of what they have.
// Those that owe are paid: a gift below zero.
void ask_for_gifts(EscrowPlan& plan,
                   const List<StripeSight>& sights,
                   std::uint32_t at_hand,
                   const Gift& wanted,
                   const EscrowTerms& terms,
                   Arena& arena) {
    const bool all_raised = plan.findings[wanted.need].raises;
    Decimal missing = wanted.amount;
    List<Gift> offers;
    for (std::uint32_t at = 0; at < sights.size(); ++at) {
        const StripeCounter counter = counter_of(sights[at].stripe, terms);
        const Decimal room = all_raised ? full_left(counter, terms) : left(counter, terms);
        if (at == at_hand || !sights[at].is_free) {
            continue;
        }
        const Gift offer{static_cast<int>(at), wanted.need, room};
        if (is_positive(room)) {
            offers.push_back(arena, offer);
        } else if (room.is_negative() && all_raised && !plan.is_forced) {
            plan.gifts.push_back(arena, offer);
            missing = minus(missing, room);
        }
    }
    std::sort(offers.begin(), offers.end(), [](const Gift& one, const Gift& other) {
        return is_less(other.amount, one.amount);
    });
    constexpr Decimal half{5, 1};
    for (const Gift& offer : offers) {
        if (!is_positive(missing)) {
            break;
        }
        const Decimal amount = is_less(missing, offer.amount * half)
                                   ? offer.amount * half
                                   : smaller(missing, offer.amount);
        plan.gifts.push_back(arena, {offer.donor, offer.need, amount});
        missing = minus(missing, amount);
    }
}

// judge_need decides one need; missing is what the stripe at hand has to be given for it.
NeedFinding judge_need(const List<StripeSight>& sights,
                       std::uint32_t at_hand,
                       const Need& need,
                       bool is_forced,
                       Decimal& missing) {
    const EscrowTerms terms = terms_seen(sights, *need.terms);
    NeedFinding finding;
    finding.window = terms.window;
    StripeCounter counter = counter_of(sights[at_hand].stripe, terms);
    Sums sums = sum_up(sights, terms, at_hand, false);
    finding.used = sums.used;
    if (is_latched(sights, terms)) {
        finding.admitted = is_forced;
        finding.latched = true;
        finding.stops = true;
        return finding;
    }
    finding.knows_warned = sums.warned;
    finding.warns = terms.has_warn && !sums.warned && !is_less(sums.used + need.amount, terms.warn);
    counter.raised = counter.raised || finding.knows_warned || finding.warns;
    missing = minus(need.amount, left(counter, terms));
    if (!is_raised(counter, terms) && is_less(sums.free, missing)) {
        counter.raised = true; // whether the warning is due is looked at again by every call
        missing = minus(need.amount, left(counter, terms));
    }
    finding.raises = is_raised(counter, terms);
    if (!is_bounded(counter, terms)) {
        finding.admitted = true;
        missing = {};
        return finding;
    }
    if (!terms.has_stop) {
        finding.admitted = true;
        missing = smaller(missing, sums.free);
        return finding;
    }
    // What stripes owe is taken from all of them, whatever their share is.
    const Sums whole = sum_up(sights, terms, at_hand, true);
    const Decimal needed = minus(need.amount, full_left(counter, terms)) + whole.owed;
    const bool used_up = !is_less(sums.used, terms.stop);
    const bool is_small = !is_less(terms.stop * small_call_share, need.amount);
    finding.has_debts = is_positive(whole.owed) || full_left(counter, terms).is_negative();
    finding.admitted = is_forced || !is_less(whole.free, needed);
    finding.may_come_free = !finding.admitted && !is_less(whole.free + whole.locked, needed);
    finding.stops =
        finding.admitted ? !is_less(sums.used + need.amount, terms.stop) : used_up || is_small;
    if (finding.raises) {
        sums = whole;
    }
    missing = smaller(missing, sums.free);
    return finding;
}

// seen_by gives the terms for the window that the look at all stripes found.
EscrowTerms seen_by(const NeedFinding& finding, const EscrowTerms& terms) {
    EscrowTerms seen = terms;
    seen.window = finding.window;
    return seen;
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

EscrowPlan plan_call(const List<StripeSight>& sights,
                     std::uint32_t at_hand,
                     const Needs& needs,
                     bool is_forced,
                     Arena& arena) {
    EscrowPlan plan;
    plan.is_forced = is_forced;
    plan.admitted = true;
    plan.may_come_free = true;
    List<Gift> wanted;
    for (std::uint32_t at = 0; at < needs.size(); ++at) {
        Gift gift;
        gift.need = at;
        const NeedFinding finding = judge_need(sights, at_hand, needs[at], is_forced, gift.amount);
        plan.findings.push_back(arena, finding);
        plan.admitted = plan.admitted && finding.admitted;
        plan.may_come_free = plan.may_come_free && (finding.admitted || finding.may_come_free);
        wanted.push_back(arena, gift);
    }
    plan.may_come_free = plan.may_come_free && !plan.admitted;
    for (NeedFinding& finding : plan.findings) {
        finding.stops = finding.stops && (plan.admitted || !finding.admitted);
    }
    for (const Gift& gift : wanted) {
        const bool pays_debts = plan.findings[gift.need].has_debts && !is_forced;
        if (plan.admitted && (pays_debts || is_positive(gift.amount))) {
            const EscrowTerms terms = seen_by(plan.findings[gift.need], *needs[gift.need].terms);
            ask_for_gifts(plan, sights, at_hand, gift, terms, arena);
        }
    }
    return plan;
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
