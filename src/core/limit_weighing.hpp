// One limit at one moment: what a call means for it. Owns the arithmetic of a single limit, its
// refusal, its conditions and its blocks; the judgement over all of them is in limits.hpp.
#pragma once

#include "core/limits.hpp"

#include <compare>

namespace credits::core {

CounterKey key_of(const LimitTerms& terms);

inline constexpr Decimal no_amount{};

// Movement is what a call means for one counter: what it was held with is taken back at the moment
// of its admission, what it really used is added now; of both only the difference. (Amounts are
// pointed to because copying them is most of what weighing costs.)
struct Movement {
    const Decimal* held = &no_amount;
    const Decimal* real = &no_amount;
    Instant admitted_at = 0;

    [[nodiscard]] bool is_less() const {
        return !held->is_zero() && std::is_lt(compare(*real, *held));
    }

    [[nodiscard]] Decimal added() const {
        if (held->is_zero()) {
            return *real;
        }
        return is_less() ? Decimal{} : *real - *held;
    }

    [[nodiscard]] Decimal taken() const { return is_less() ? *held - *real : Decimal{}; }
};

// Weighing is a limit before and after a movement.
struct Weighing {
    const LimitCase* limit_case = nullptr;
    const Counter* counter = nullptr;
    Present present;
    Decimal before;
    Decimal after;
};

Weighing weigh(const LimitCase& limit_case, const Movement& movement, Instant now);

// keep_marks leaves the marks as they are after the movement.
void keep_marks(const Weighing& weighing);

// reaches is whether a use is all of the limit or more.
bool reaches(const LimitCase& limit_case, const Decimal& used);

// passes_limit is whether a demand, weighed as the movement, is too much: what "deny" refuses, and
// "block" from then on. Failures are none of a call's demand: the next call is refused once they
// have reached the limit.
bool passes_limit(const Weighing& weighing, const Decimal& demand);

// refuses_now is whether the limit refuses a demand that was weighed as the movement; refusal_of
// says how.
bool refuses_now(const Weighing& weighing, const Decimal& demand);
LimitRefusal refusal_of(const Weighing& weighing, const Decimal& demand);

// find_out fills in what the movement means.
void find_out(LimitFinding& finding, const Weighing& weighing, const Movement& movement);

bool is_block(const LimitCase& limit_case);

// block_of is the mark of a block that is in force; null where there is none.
const Mark* block_of(const LimitCase& limit_case, Instant now);

// start_block leaves a block that is in force as it is.
void start_block(const LimitCase& limit_case, Instant now);

} // namespace credits::core
