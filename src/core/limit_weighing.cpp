// One limit: before and after a call, what it refuses, what holds then.
#include "core/limit_weighing.hpp"

#include <algorithm>
#include <compare>

namespace credits::core {

namespace {

constexpr Decimal hundred{100, 0};
constexpr Decimal one{1, 0};

bool is_positive(const Decimal& value) {
    return value.coefficient > 0;
}

const Decimal& larger(const Decimal& left, const Decimal& right) {
    return std::is_lt(compare(left, right)) ? right : left;
}

bool is_small_whole(const Decimal& value) {
    constexpr Int128 bound = Int128{1} << 62U;
    return value.scale == 0 && value.coefficient < bound && value.coefficient > -bound;
}

// Any use of a limit of nothing is all of it.
bool reaches_warning(const LimitCase& limit_case, const Decimal& used) {
    const Decimal& limit = limit_case.limit;
    const Decimal& warn_at = limit_case.terms->warn_at;
    if (warn_at.is_zero()) {
        return false;
    }
    if (is_small_whole(used) && is_small_whole(limit) && is_small_whole(warn_at)) {
        return used.coefficient > 0 &&
               used.coefficient * 100 >= limit.coefficient * warn_at.coefficient;
    }
    return is_positive(used) && std::is_gteq(compare(used * hundred, limit * warn_at));
}

bool exceeds_one(const Decimal& limit) {
    return std::is_gt(compare(limit, one));
}

bool exceeds(const LimitCase& limit_case, const Decimal& used) {
    return std::is_gt(compare(used, limit_case.limit));
}

// Where the very first request or failure is all that a limit lets through, there is nothing to
// warn of before it.
bool can_warn(const LimitCase& limit_case) {
    const LimitTerms& terms = *limit_case.terms;
    const bool refuses =
        terms.effect.kind == EffectKind::deny || terms.effect.kind == EffectKind::block;
    const bool is_counted_in_ones =
        terms.metric == Metric::requests || terms.metric == Metric::failures;
    const bool is_of_one = refuses && is_counted_in_ones && !exceeds_one(limit_case.limit);
    return limit_case.limit_given && !is_of_one;
}

// A condition that did not hold before begins again, whatever its mark says: it had ended by time.
template <class Test>
Condition condition_of(const Weighing& weighing, MarkKind kind, bool applies, const Test& test) {
    const LimitCase& limit_case = *weighing.limit_case;
    const bool marked = mark_of(*limit_case.counters, limit_case.terms->name, kind) != nullptr;
    const bool holds = applies && test(limit_case, weighing.after);
    return {holds, holds && !(marked && test(limit_case, weighing.before)), marked && !holds};
}

void keep_mark(const LimitCase& limit_case,
               MarkKind kind,
               const Condition& condition,
               Instant now) {
    if (condition.begins) {
        set_mark(*limit_case.counters, limit_case.terms->name, kind, now);
    } else if (condition.ends) {
        clear_mark(*limit_case.counters, limit_case.terms->name, kind);
    }
}

struct Conditions {
    Condition warned;
    Condition flagged;
    Condition degraded;
};

Conditions conditions_of(const Weighing& weighing) {
    const LimitCase& limit_case = *weighing.limit_case;
    const EffectKind effect = limit_case.terms->effect.kind;
    const bool given = limit_case.limit_given;
    const bool can_flag = given && effect == EffectKind::flag;
    const bool can_degrade = given && effect == EffectKind::degrade;
    return {condition_of(weighing, MarkKind::warned, can_warn(limit_case), reaches_warning),
            condition_of(weighing, MarkKind::flagged, can_flag, exceeds),
            condition_of(weighing, MarkKind::degraded, can_degrade, reaches)};
}

Instant block_end(const LimitCase& limit_case, Instant now) {
    const Cycle& length = limit_case.terms->effect.block_for;
    if (length.months == 0 && length.days == 0) {
        return now + length.micros;
    }
    const Zone& zone = *limit_case.clock.zone;
    const LocalTime local = add_months(zone.to_local(now), length.months);
    return zone.to_instant(local + length.days * micros_per_day) + length.micros;
}

Outcome denial_of(const LimitCase& limit_case) {
    const LimitTerms& terms = *limit_case.terms;
    if (terms.window.kind == WindowKind::sliding) {
        const bool is_gap = terms.metric == Metric::requests && limit_case.limit == one;
        return is_gap ? Outcome::too_frequent : Outcome::rate_limited;
    }
    return terms.origin == LimitOrigin::plan ? Outcome::plan_limit_exceeded
                                             : Outcome::quota_exceeded;
}

// Units of the real amount that lie beyond the limit once the held amount is taken out.
Decimal units_beyond(const Weighing& weighing, const Movement& movement) {
    const Decimal base =
        weighing.before -
        takeable(weighing.counter, *movement.held, movement.admitted_at, weighing.present);
    const Decimal beyond = base + *movement.real - larger(weighing.limit_case->limit, base);
    return is_positive(beyond) ? beyond : Decimal{};
}

// Failures that reach the limit start a block; a call that would pass it does not get so far.
void weigh_block(LimitFinding& finding, const Weighing& weighing) {
    const LimitCase& limit_case = *weighing.limit_case;
    const Instant now = weighing.present.now;
    if (const Mark* block = block_of(limit_case, now)) {
        finding.blocked.holds = true;
        finding.until = block->at;
    } else if (limit_case.limit_given && limit_case.terms->effect.kind == EffectKind::block &&
               limit_case.terms->metric == Metric::failures &&
               std::is_gt(compare(weighing.after, weighing.before)) &&
               reaches(limit_case, weighing.after)) {
        finding.blocked = {true, true, false};
        finding.until = block_end(limit_case, now);
    }
}

} // namespace

CounterKey key_of(const LimitTerms& terms) {
    return {terms.metric, terms.window, terms.provider, terms.model, terms.action};
}

bool reaches(const LimitCase& limit_case, const Decimal& used) {
    return std::is_gteq(compare(used, limit_case.limit));
}

Weighing weigh(const LimitCase& limit_case, const Movement& movement, Instant now) {
    Weighing weighing;
    weighing.limit_case = &limit_case;
    weighing.counter = find(*limit_case.counters, key_of(*limit_case.terms));
    weighing.present = {&limit_case.clock, now};
    weighing.before = used_in(weighing.counter, weighing.present);
    if (movement.is_less()) {
        weighing.after =
            weighing.before -
            takeable(weighing.counter, movement.taken(), movement.admitted_at, weighing.present);
    } else {
        weighing.after = weighing.before + movement.added();
    }
    return weighing;
}

void keep_marks(const Weighing& weighing) {
    const Conditions conditions = conditions_of(weighing);
    const Instant now = weighing.present.now;
    keep_mark(*weighing.limit_case, MarkKind::warned, conditions.warned, now);
    keep_mark(*weighing.limit_case, MarkKind::flagged, conditions.flagged, now);
    keep_mark(*weighing.limit_case, MarkKind::degraded, conditions.degraded, now);
}

const Mark* block_of(const LimitCase& limit_case, Instant now) {
    if (limit_case.terms->effect.kind != EffectKind::block || !limit_case.limit_given) {
        return nullptr;
    }
    const Mark* mark = mark_of(*limit_case.counters, limit_case.terms->name, MarkKind::blocked);
    return mark != nullptr && mark->at > now ? mark : nullptr;
}

bool passes_limit(const Weighing& weighing, const Decimal& demand) {
    const LimitCase& limit_case = *weighing.limit_case;
    if (!limit_case.limit_given) {
        return false;
    }
    if (limit_case.terms->metric == Metric::failures) {
        return is_positive(weighing.before) && reaches(limit_case, weighing.before);
    }
    return is_positive(demand) && exceeds(limit_case, weighing.after);
}

bool refuses_now(const Weighing& weighing, const Decimal& demand) {
    const LimitTerms& terms = *weighing.limit_case->terms;
    switch (terms.effect.kind) {
    case EffectKind::deny:
        return passes_limit(weighing, demand);
    case EffectKind::block:
        return block_of(*weighing.limit_case, weighing.present.now) != nullptr ||
               (terms.metric != Metric::failures && passes_limit(weighing, demand));
    case EffectKind::warn:
    case EffectKind::degrade:
    case EffectKind::flag:
    case EffectKind::overage:
        break;
    }
    return false;
}

LimitRefusal refusal_of(const Weighing& weighing, const Decimal& demand) {
    const LimitCase& limit_case = *weighing.limit_case;
    const LimitTerms& terms = *limit_case.terms;
    const Instant now = weighing.present.now;
    LimitRefusal refusal{Outcome::blocked, &terms, limit_case.limit, weighing.before, never};
    if (terms.effect.kind == EffectKind::block) {
        const Mark* block = block_of(limit_case, now);
        refusal.retry_at = block != nullptr ? block->at : block_end(limit_case, now);
        return refusal;
    }
    refusal.outcome = denial_of(limit_case);
    refusal.retry_at =
        terms.metric == Metric::failures
            ? below_at(weighing.counter, terms.window, {}, limit_case.limit, weighing.present)
            : room_at(weighing.counter, terms.window, demand, limit_case.limit, weighing.present);
    return refusal;
}

void find_out(LimitFinding& finding, const Weighing& weighing, const Movement& movement) {
    const LimitCase& limit_case = *weighing.limit_case;
    const LimitTerms& terms = *limit_case.terms;
    const Conditions conditions = conditions_of(weighing);
    finding.terms = &terms;
    finding.limit = limit_case.limit;
    finding.limit_given = limit_case.limit_given;
    finding.used_before = weighing.before;
    finding.used_after = weighing.after;
    finding.warned = conditions.warned;
    finding.flagged = conditions.flagged;
    finding.degraded = conditions.degraded;
    weigh_block(finding, weighing);
    if (finding.degraded.holds) {
        finding.until = below_at(
            weighing.counter, terms.window, movement.added(), limit_case.limit, weighing.present);
    }
    const bool may_exceed = !movement.held->is_zero() || exceeds(limit_case, weighing.after);
    if (terms.effect.kind == EffectKind::overage && limit_case.limit_given && may_exceed) {
        finding.overage = units_beyond(weighing, movement);
        finding.overage_usd = quotient(finding.overage * terms.effect.price, terms.effect.per);
    }
}

bool is_block(const LimitCase& limit_case) {
    return limit_case.limit_given && limit_case.terms->effect.kind == EffectKind::block;
}

void start_block(const LimitCase& limit_case, Instant now) {
    if (block_of(limit_case, now) == nullptr) {
        set_mark(*limit_case.counters,
                 limit_case.terms->name,
                 MarkKind::blocked,
                 block_end(limit_case, now));
    }
}

} // namespace credits::core
