// Limits: whether a call may pass all that apply to it, and what passing them brings about.
// Owns the judgement of one call against any number of limits; which limits apply to whom, and
// where counters are kept, is the caller's.
#pragma once

#include "core/arena.hpp"
#include "core/counters.hpp"
#include "core/model_names.hpp"
#include "core/outcome.hpp"
#include "core/policy_terms.hpp"

#include <string_view>

namespace credits::core {

// Demand is what a call uses or, beforehand, wants to use.
struct Demand {
    Decimal requests;
    Decimal tokens;
    Decimal credits;
    Decimal cost; // USD
    Decimal failures;
    std::string_view provider;
    std::string_view model;
    std::string_view action;
    const ModelNames* names = nullptr; // what else rules know provider and model by
};

const Decimal& amount_of(const Demand& demand, Metric metric);

// failure_of is one failed attempt of a call.
Demand failure_of(const Demand& demand);

// LimitCase is one limit with the counters of the subject that it applies to. Without a limit
// (an override lifted it) the use is counted, and nothing follows from it.
struct LimitCase {
    const LimitTerms* terms = nullptr;
    Decimal limit;
    bool limit_given = true;
    Counters* counters = nullptr;
    WindowClock clock;
};

// LimitRefusal: retry_at is the earliest moment at which this limit lets the same call through, if
// nothing more is used until then; never: it does not.
struct LimitRefusal {
    Outcome outcome = Outcome::ok;
    const LimitTerms* terms = nullptr;
    Decimal limit;
    Decimal used; // without the call
    Instant retry_at = never;
};

// Condition is what holds with the call, and whether the call begins or ends it.
struct Condition {
    bool holds = false;
    bool begins = false;
    bool ends = false;
};

// LimitFinding is what a call means for one limit that counts it.
struct LimitFinding {
    const LimitTerms* terms = nullptr;
    Instant until = never; // where degraded or blocked: until then, if nothing more is used
    Decimal limit;
    Decimal used_before;
    Decimal used_after;
    Decimal overage; // units beyond the limit
    Decimal overage_usd;
    bool limit_given = true;
    Condition warned;   // from warn_at percent of the limit on
    Condition flagged;  // beyond the limit
    Condition degraded; // from the limit on
    Condition blocked;
};

// used_percent is the share of the limit that is used, with two decimals.
Decimal used_percent(const LimitFinding& finding);

struct LimitVerdict {
    LimitRefusal refusal; // the first in order of outcomes; among equals the one with least room
    List<LimitFinding> findings;
    Decimal overage_usd;
};

struct LevelInForce {
    std::string_view level;
    std::string_view limit_name;
    Instant until = never;
};

// used_of is what is used of a limit, open holds included.
Decimal used_of(const LimitCase& limit_case, Instant now);

// counts says whether a limit counts and binds a call of these names.
bool counts(const LimitTerms& terms, const Demand& demand);

// judge changes nothing. A demand of zero in a limit's metric is not refused by it, unless a block
// is in force.
LimitVerdict judge(Arena& arena, const List<LimitCase>& cases, const Demand& demand, Instant now);

// count counts what was let through, limit or not, and keeps the marks.
void count(List<LimitCase>& cases, const Demand& demand, Instant now);

// count_failure counts a failed attempt, which starts the blocks whose limit it reaches, and finds
// what that brings about.
List<LimitFinding> count_failure(List<LimitCase>& cases, const Demand& demand, Instant now);

// start_blocks starts the blocks of the limits that a refused demand would pass, and gives those.
List<LimitFinding> start_blocks(List<LimitCase>& cases, const Demand& demand, Instant now);

// Adjustment is the end or change of a hold: what it was counted with at its admission, and what
// the call really used. Less is taken back then, more is added now.
struct Adjustment {
    Demand before;
    Demand after;
    Instant admitted_at = 0;
};

// judge_adjustment finds what adjust brings about; it refuses nothing. Overage is that of the real
// amounts, as if the held ones had not been counted.
LimitVerdict judge_adjustment(Arena& arena,
                              const List<LimitCase>& cases,
                              const Adjustment& adjustment,
                              Instant now);

void adjust(List<LimitCase>& cases, const Adjustment& adjustment, Instant now);

// levels_in_force are the levels of degrade limits that bind a call of these names. (A demand
// without names: those of the limits that bind every call.)
List<LevelInForce>
levels_in_force(Arena& arena, const List<LimitCase>& cases, const Demand& demand, Instant now);

// resets_at is the next moment at which time alone makes a limit's use less: the end of a fixed
// window, or of the oldest slot of a sliding one.
Instant resets_at(const LimitCase& limit_case, Instant now);

// next_relief is the next moment at which a degrade or a block ends.
Instant next_relief(const List<LimitCase>& cases, Instant now);

} // namespace credits::core
