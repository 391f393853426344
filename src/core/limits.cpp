// The judgement of all limits of a call together, and the counting of what was let through.
#include "core/limits.hpp"

#include "core/limit_weighing.hpp"

#include <algorithm>
#include <compare>

namespace credits::core {

namespace {

constexpr Decimal one{1, 0};

bool is_ahead_of(const LimitRefusal& refusal, const LimitRefusal& other) {
    if (refusal.outcome == other.outcome) {
        return std::is_lt(compare(refusal.limit - refusal.used, other.limit - other.used));
    }
    return other.outcome == Outcome::ok || refusal.outcome < other.outcome;
}

// is_first is whether no earlier case stands for the same counter: each is counted in once.
bool is_first(const List<LimitCase>& cases, const LimitCase& limit_case, const Demand& names) {
    const CounterKey key = key_of(*limit_case.terms);
    for (const LimitCase& other : cases) {
        if (&other == &limit_case) {
            return true;
        }
        if (other.counters == limit_case.counters && other.terms->metric == key.metric &&
            key_of(*other.terms) == key && counts(*other.terms, names)) {
            return false;
        }
    }
    return true;
}

Movement movement_of(const Adjustment& adjustment, Metric metric) {
    return {&amount_of(adjustment.before, metric),
            &amount_of(adjustment.after, metric),
            adjustment.admitted_at};
}

LimitVerdict
weigh_all(Arena& arena, const List<LimitCase>& cases, const Adjustment& adjustment, Instant now) {
    LimitVerdict verdict;
    verdict.findings.reserve(arena, cases.size());
    for (const LimitCase& limit_case : cases) {
        if (!counts(*limit_case.terms, adjustment.after)) {
            continue;
        }
        const Movement movement = movement_of(adjustment, limit_case.terms->metric);
        const Weighing weighing = weigh(limit_case, movement, now);
        if (refuses_now(weighing, *movement.real)) {
            const LimitRefusal refusal = refusal_of(weighing, *movement.real);
            verdict.refusal = is_ahead_of(refusal, verdict.refusal) ? refusal : verdict.refusal;
        }
        LimitFinding& finding = verdict.findings.emplace_back(arena);
        find_out(finding, weighing, movement);
        if (!finding.overage.is_zero()) {
            verdict.overage_usd = verdict.overage_usd + finding.overage_usd;
        }
    }
    return verdict;
}

// Only what the limits as they are say of the counters as they were can be right: marks come first.
void move_all(List<LimitCase>& cases, const Adjustment& adjustment, Instant now) {
    for (const LimitCase& limit_case : cases) {
        if (counts(*limit_case.terms, adjustment.after)) {
            keep_marks(weigh(limit_case, movement_of(adjustment, limit_case.terms->metric), now));
        }
    }
    for (const LimitCase& limit_case : cases) {
        const Movement movement = movement_of(adjustment, limit_case.terms->metric);
        if (*movement.real == *movement.held || !counts(*limit_case.terms, adjustment.after) ||
            !is_first(cases, limit_case, adjustment.after)) {
            continue;
        }
        const CounterKey key = key_of(*limit_case.terms);
        const Present present{&limit_case.clock, now};
        if (movement.is_less()) {
            take_back(*limit_case.counters, key, movement.taken(), movement.admitted_at, present);
        } else {
            add(*limit_case.counters, key, movement.added(), now, present);
        }
    }
}

bool is_degrading(const LimitCase& limit_case, Instant now) {
    return limit_case.limit_given && limit_case.terms->effect.kind == EffectKind::degrade &&
           reaches(limit_case, weigh(limit_case, {}, now).before);
}

Instant relief_at(const LimitCase& limit_case, Instant now) {
    const Weighing weighing = weigh(limit_case, {}, now);
    return below_at(
        weighing.counter, limit_case.terms->window, {}, limit_case.limit, weighing.present);
}

} // namespace

const Decimal& amount_of(const Demand& demand, Metric metric) {
    switch (metric) {
    case Metric::requests:
        return demand.requests;
    case Metric::tokens:
        return demand.tokens;
    case Metric::credits:
        return demand.credits;
    case Metric::cost:
        return demand.cost;
    case Metric::failures:
        break;
    }
    return demand.failures;
}

Demand failure_of(const Demand& demand) {
    Demand failure;
    failure.failures = one;
    failure.provider = demand.provider;
    failure.model = demand.model;
    failure.action = demand.action;
    failure.names = demand.names;
    return failure;
}

Decimal used_percent(const LimitFinding& finding) {
    return share_percent(finding.used_after, finding.limit);
}

Decimal used_of(const LimitCase& limit_case, Instant now) {
    return weigh(limit_case, {}, now).before;
}

bool counts(const LimitTerms& terms, const Demand& demand) {
    return (terms.provider.empty() || is_provider(terms.provider, demand.provider, demand.names)) &&
           (terms.model.empty() || is_model(terms.model, demand.model, demand.names)) &&
           (terms.action.empty() || terms.action == demand.action);
}

LimitVerdict judge(Arena& arena, const List<LimitCase>& cases, const Demand& demand, Instant now) {
    return weigh_all(arena, cases, {{}, demand, now}, now);
}

void count(List<LimitCase>& cases, const Demand& demand, Instant now) {
    move_all(cases, {{}, demand, now}, now);
}

List<LimitFinding> count_failure(List<LimitCase>& cases, const Demand& demand, Instant now) {
    if (cases.empty()) {
        return {};
    }
    const Demand failure = failure_of(demand);
    const LimitVerdict verdict = judge(*cases[0].counters->arena, cases, failure, now);
    move_all(cases, {{}, failure, now}, now);
    for (const LimitCase& limit_case : cases) {
        if (is_block(limit_case) && limit_case.terms->metric == Metric::failures &&
            counts(*limit_case.terms, failure) &&
            reaches(limit_case, weigh(limit_case, {}, now).before)) {
            start_block(limit_case, now);
        }
    }
    return verdict.findings;
}

List<LimitFinding> start_blocks(List<LimitCase>& cases, const Demand& demand, Instant now) {
    List<LimitFinding> begun;
    for (const LimitCase& limit_case : cases) {
        const LimitTerms& terms = *limit_case.terms;
        if (!is_block(limit_case) || terms.metric == Metric::failures || !counts(terms, demand)) {
            continue;
        }
        const Decimal& amount = amount_of(demand, terms.metric);
        const bool is_new = block_of(limit_case, now) == nullptr;
        if (is_new && passes_limit(weigh(limit_case, {&no_amount, &amount, now}, now), amount)) {
            start_block(limit_case, now);
            LimitFinding& finding = begun.emplace_back(*limit_case.counters->arena);
            find_out(finding, weigh(limit_case, {}, now), {});
            finding.blocked.begins = true;
        }
    }
    return begun;
}

LimitVerdict judge_adjustment(Arena& arena,
                              const List<LimitCase>& cases,
                              const Adjustment& adjustment,
                              Instant now) {
    LimitVerdict verdict = weigh_all(arena, cases, adjustment, now);
    verdict.refusal = {};
    return verdict;
}

void adjust(List<LimitCase>& cases, const Adjustment& adjustment, Instant now) {
    move_all(cases, adjustment, now);
}

List<LevelInForce>
levels_in_force(Arena& arena, const List<LimitCase>& cases, const Demand& demand, Instant now) {
    List<LevelInForce> levels;
    for (const LimitCase& limit_case : cases) {
        const LimitTerms& terms = *limit_case.terms;
        if (counts(terms, demand) && is_degrading(limit_case, now)) {
            levels.push_back(arena, {terms.effect.name, terms.name, relief_at(limit_case, now)});
        }
    }
    return levels;
}

Instant resets_at(const LimitCase& limit_case, Instant now) {
    const Present present{&limit_case.clock, now};
    const Window& window = limit_case.terms->window;
    if (window.kind != WindowKind::sliding) {
        return span_of(window, limit_case.clock, now).end;
    }
    return falls_at(find(*limit_case.counters, key_of(*limit_case.terms)), window, present);
}

Instant next_relief(const List<LimitCase>& cases, Instant now) {
    Instant next = never;
    for (const LimitCase& limit_case : cases) {
        if (const Mark* block = block_of(limit_case, now)) {
            next = std::min(next, block->at);
        } else if (is_degrading(limit_case, now)) {
            next = std::min(next, relief_at(limit_case, now));
        }
    }
    return next;
}

} // namespace credits::core
