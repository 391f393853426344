// What limits of the platform count of calls and holds.
#include "core/platform_limits.hpp"

#include "core/call_rules.hpp"

namespace credits::core {

namespace {

constexpr Decimal percent{1, 2};

std::string_view word_of(Metric metric) {
    constexpr std::string_view words[] = {"requests", "tokens", "credits", "cost", "failures"};
    return words[static_cast<std::size_t>(metric)];
}

std::string_view word_of(WindowKind kind) {
    constexpr std::string_view words[] = {
        "sliding", "hour", "day", "week", "month", "period", "lifetime"};
    return words[static_cast<std::size_t>(kind)];
}

std::int64_t longest(WindowKind kind) {
    constexpr std::int64_t days_of_week = 7;
    constexpr std::int64_t days_of_month = 31;
    switch (kind) {
    case WindowKind::week:
        return days_of_week * micros_per_day;
    case WindowKind::month:
        return days_of_month * micros_per_day;
    default:
        return micros_per_day;
    }
}

// put_change adds up what is more now, and what is less of a moment.
void put_change(
    Demand& more, Demand& less, Decimal Demand::*amount, const Decimal& held, const Decimal& real) {
    const Decimal change = real - held;
    if (change.is_negative()) {
        less.*amount = held - real;
    } else {
        more.*amount = change;
    }
}

bool is_nothing(const Demand& demand) {
    return demand.requests.is_zero() && demand.tokens.is_zero() && demand.credits.is_zero() &&
           demand.cost.is_zero() && demand.failures.is_zero();
}

} // namespace

std::string counter_name(const LimitTerms& limit) {
    std::string name(limit_prefix);
    name += word_of(limit.metric);
    name += ' ';
    name += word_of(limit.window.kind);
    name += ' ';
    name += limit.name;
    return name;
}

EscrowTerms limit_escrow(const LimitTerms& limit, std::string_view name) {
    std::optional<Decimal> warn;
    std::optional<Decimal> stop;
    if (!limit.warn_at.is_zero()) {
        warn = limit.limit * limit.warn_at * percent;
    }
    if (limit.effect.kind == EffectKind::deny) {
        stop = limit.limit;
    } else if (!warn) {
        warn = limit.limit; // to warn is all that it is there for
    }
    EscrowTerms terms = escrow_terms(name, warn, stop);
    terms.limit = &limit;
    terms.ahead_max = longest(limit.window.kind) + clocks_differ_by;
    return terms;
}

bool spending_need(const EscrowTerms& terms, const Demand& demand, Need& need) {
    if (terms.limit == nullptr) {
        need = {&terms, demand.cost, false};
    } else if (counts(*terms.limit, demand)) {
        need = {&terms, amount_of(demand, terms.limit->metric), false};
    } else {
        return false;
    }
    return !need.amount.is_zero();
}

bool admission_need(const EscrowTerms& terms, const Demand& demand, Need& need) {
    if (spending_need(terms, demand, need)) {
        return true;
    }
    need.must_be_open = terms.limit != nullptr && terms.limit->metric == Metric::failures &&
                        terms.has_stop && counts(*terms.limit, demand);
    return need.must_be_open;
}

UseChanges
changes_by_end(Arena& arena, const Hold& hold, const Demand& real, int credit_scale, Instant now) {
    const bool was_open = hold.status == HoldStatus::pending;
    const auto held = [&](const Decimal& amount) {
        return was_open ? amount : Decimal{};
    };
    const Decimal credits = to_decimal(hold.amount, credit_scale);
    const Decimal at_first = to_decimal(hold.authorized_amount, credit_scale);
    const Decimal since = hold.extended_at == never ? Decimal{} : credits - at_first;
    Demand more = names_of(hold, real.names);
    Demand less = more;
    Demand extension = more;
    put_change(more, less, &Demand::tokens, held(hold.tokens), real.tokens);
    put_change(more, less, &Demand::cost, held(hold.cost.value_or(Decimal{})), real.cost);
    put_change(more, less, &Demand::credits, held(at_first), real.credits);
    extension.credits = held(since);
    more.failures = real.failures;
    UseChanges changes;
    for (const UseChange& change : {UseChange{more, false, now},
                                    UseChange{less, true, hold.created_at},
                                    UseChange{extension, true, hold.extended_at}}) {
        if (!is_nothing(change.amounts)) {
            changes.push_back(arena, change);
        }
    }
    return changes;
}

} // namespace credits::core
