// A look at all stripes: whether a call fits, who is to give, and whether a warning or a stop is
// due.
#include "core/escrow_counters.hpp"

namespace credits::core {

namespace escrow {

// A window that ended with so little left was used up.
constexpr Decimal latch_share{2, 2};

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
        if (counter->window == terms.window || is_ahead(*counter, terms)) {
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

} // namespace escrow

using namespace escrow;

namespace {

// The largest call, as a share of the stop, whose refusal stops the platform.
constexpr Decimal small_call_share{1, 1};

// Offers are what free stripes may give to the one at hand, the largest first; those that owe come
// as debts, below zero.
struct Offers {
    List<Gift> rooms;
    List<Gift> debts;
};

Offers offers_of(const List<StripeSight>& sights,
                 std::uint32_t at_hand,
                 const Gift& wanted,
                 const EscrowTerms& terms,
                 Arena& arena) {
    Offers offers;
    for (std::uint32_t at = 0; at < sights.size(); ++at) {
        if (at == at_hand || !sights[at].is_free) {
            continue;
        }
        const StripeCounter counter = counter_of(sights[at].stripe, terms);
        const Decimal room = wanted.is_raised ? full_left(counter, terms) : left(counter, terms);
        Gift offer = wanted;
        offer.donor = static_cast<int>(at);
        offer.amount = room;
        if (is_positive(room)) {
            offers.rooms.push_back(arena, offer);
        } else if (room.is_negative() && wanted.is_raised) {
            offers.debts.push_back(arena, offer);
        }
    }
    std::sort(offers.rooms.begin(), offers.rooms.end(), [](const Gift& one, const Gift& other) {
        return is_less(other.amount, one.amount);
    });
    return offers;
}

// half_of has no more digits than it must: what goes back and forth would have ever more.
Decimal half_of(const Decimal& value) {
    constexpr int digits_max = 15;
    constexpr Decimal half{5, 1};
    return value.scale < digits_max ? value * half
                                    : make_decimal(value.coefficient / 2, value.scale);
}

// missing_for is what the stripe at hand has to be given for a need. Where nothing is spent it is a
// whole share, so that the next calls need no look.
Decimal missing_for(const Need& need, const StripeCounter& counter, const EscrowTerms& terms) {
    const Decimal room = left(counter, terms);
    if (!need.must_be_open || is_positive(room)) {
        return minus(need.amount, room);
    }
    return minus(is_raised(counter, terms) ? terms.stop_share : terms.warn_share, room);
}

// ask_for_gifts asks the stripes with most for what is needed, and for half of what they have.
// Those that owe are paid, but not by a call that is forced.
void ask_for_gifts(EscrowPlan& plan, const Offers& offers, const Decimal& wanted, Arena& arena) {
    Decimal missing = wanted;
    for (const Gift& debt : offers.debts) {
        if (!plan.is_forced) {
            plan.gifts.push_back(arena, debt);
            missing = minus(missing, debt.amount);
        }
    }
    for (const Gift& offer : offers.rooms) {
        if (!is_positive(missing)) {
            break;
        }
        Gift gift = offer;
        const Decimal half = half_of(offer.amount);
        gift.amount = is_less(missing, half) ? half : smaller(missing, offer.amount);
        plan.gifts.push_back(arena, gift);
        missing = minus(missing, gift.amount);
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
    missing = missing_for(need, counter, terms);
    if (!is_raised(counter, terms) && is_less(sums.free, missing)) {
        counter.raised = true; // whether the warning is due is looked at again by every call
        missing = missing_for(need, counter, terms);
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
    finding.admitted = is_forced || (need.must_be_open ? !used_up : !is_less(whole.free, needed));
    finding.may_come_free =
        !finding.admitted && !need.must_be_open && !is_less(whole.free + whole.locked, needed);
    finding.stops =
        finding.admitted ? !is_less(sums.used + need.amount, terms.stop) : used_up || is_small;
    if (finding.raises) {
        sums = whole;
    }
    missing = smaller(missing, sums.free);
    return finding;
}

} // namespace

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
        gift.is_raised = finding.raises;
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
        const NeedFinding& finding = plan.findings[gift.need];
        const bool pays_debts = finding.has_debts && !is_forced;
        if (plan.admitted && (pays_debts || is_positive(gift.amount))) {
            const EscrowTerms terms = seen_by(finding, *needs[gift.need].terms);
            const Offers offers = offers_of(sights, at_hand, gift, terms, arena);
            ask_for_gifts(plan, offers, gift.amount, arena);
        }
    }
    return plan;
}

} // namespace credits::core
