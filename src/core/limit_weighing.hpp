// One limit at one moment: what a call means for it. Owns the arithmetic of a single limit, its
// refusal, its conditions and its blocks; the judgement over all of them is in limits.hpp.
#pragma once

#include "core/limits.hpp"

namespace credits::core {

CounterKey key_of(const LimitTerms& terms);

// Movement is what a call means for one counter: what it was held with is taken back at the moment
// of its admission, what it really used is added now; of both only the difference.
struct Movement {
    Decimal held;
    Decimal real;
    Instant admitted_at = 0;

    [[nodiscard]] Decimal added() const {
        return compare(real, held) > 0 ? real - held : Decimal{};
    }

    [[nodiscard]] Decimal taken() const {
        return compare(real, held) < 0 ? held - real : Decimal{};
    }
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

// passes_limit is whether a demand is too much: what "deny" refuses, and "block" from then on.
// Failures are none of a call's demand: the next call is refused once they have reached the limit.
bool passes_limit(const Weighing& weighing, const Decimal& demand);

LimitRefusal refusal_of(const Weighing& weighing, const Decimal& demand);
LimitFinding finding_of(const Weighing& weighing, const Movement& movement);

bool is_block(const LimitCase& limit_case);

// block_of is the mark of a block that is in force; null where there is none.
const Mark* block_of(const LimitCase& limit_case, Instant now);

// start_block leaves a block that is in force as it is.
void start_block(const LimitCase& limit_case, Instant now);

} // namespace credits::core
