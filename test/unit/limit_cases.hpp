// Owns what tests of limits share: terms in one line, a subject with its counters and cases.
// Never decides a case.
#pragma once

#include "support.hpp"

#include "core/limits.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace credits::core::test {

inline constexpr std::int64_t second = micros_per_second;
inline constexpr std::int64_t minute = 60 * second;

inline Window sliding(std::int64_t length) {
    return {WindowKind::sliding, length};
}

inline Window fixed(WindowKind kind) {
    return {kind, 0};
}

inline LimitTerms terms_of(std::string name,
                           Metric metric,
                           Window window,
                           std::string_view limit,
                           EffectKind effect = EffectKind::deny) {
    LimitTerms terms;
    terms.name = std::move(name);
    terms.metric = metric;
    terms.window = window;
    terms.limit = dec(limit);
    terms.effect.kind = effect;
    return terms;
}

inline Demand call_of(std::string_view tokens = "0",
                      std::string_view credits = "0",
                      std::string_view cost = "0") {
    Demand demand;
    demand.requests = dec("1");
    demand.tokens = dec(tokens);
    demand.credits = dec(credits);
    demand.cost = dec(cost);
    return demand;
}

// Subject is one account or member: its counters, and the limits that apply to it.
class Subject {
  public:
    explicit Subject(const Zone& zone = utc()) {
        clock_.zone = &zone;
        counters_.arena = &arena_;
    }

    void limit(const LimitTerms& terms) {
        terms_.push_back(terms);
        LimitCase limit_case;
        limit_case.terms = &terms_.back();
        limit_case.limit = terms.limit;
        limit_case.counters = &counters_;
        limit_case.clock = clock_;
        cases_.push_back(arena_, limit_case);
    }

    void period(Instant start, Instant end) {
        clock_.period_start = start;
        clock_.period_end = end;
        for (LimitCase& limit_case : cases_) {
            limit_case.clock = clock_;
        }
    }

    LimitVerdict judge(const Demand& demand, Instant now) {
        return core::judge(arena_, cases_, demand, now);
    }

    // call judges, and counts what is let through.
    Outcome call(const Demand& demand, Instant now) {
        const Outcome outcome = judge(demand, now).refusal.outcome;
        if (outcome == Outcome::ok) {
            count(demand, now);
        }
        return outcome;
    }

    void count(const Demand& demand, Instant now) { core::count(cases_, demand, now); }

    void adjust(const Demand& before, const Demand& after, Instant admitted_at, Instant now) {
        core::adjust(cases_, {before, after, admitted_at}, now);
    }

    // store puts the counters away and takes them out again.
    std::string store(Instant now) {
        stored_.emplace_back(encode_counters(counters_, {&clock_, now}));
        counters_ = decode_counters(stored_.back(), arena_);
        return stored_.back();
    }

    [[nodiscard]] Decimal used(std::uint32_t at, Instant now) const {
        const LimitTerms& terms = *cases_[at].terms;
        const CounterKey key{terms.metric, terms.window, terms.provider, terms.model, terms.action};
        return used_in(find(counters_, key), {&clock_, now});
    }

    Counters& counters() { return counters_; }

    List<LimitCase>& cases() { return cases_; }

    [[nodiscard]] const WindowClock& clock() const { return clock_; }

    Arena& arena() { return arena_; }

  private:
    TestArena arena_;
    WindowClock clock_;
    Counters counters_;
    std::deque<LimitTerms> terms_;
    List<LimitCase> cases_;
    std::deque<std::string> stored_;
};

} // namespace credits::core::test
