// What the brake writes down and announces: warnings, and stops that pause the platform.
#pragma once

#include "pg/brake.hpp"

#include "pg/postgres.hpp"

namespace credits::pg {

// BrakeNote is what there is to say of one window.
struct BrakeNote {
    const core::EscrowTerms* terms = nullptr;
    core::Instant window = 0;
    core::Decimal spent; // of the allowance
    core::Instant now = 0;
};

void note_warning(const BrakeNote& note);

// pause_by_stop pauses the platform until someone resumes it, or until a moment; where somebody
// else is changing the platform's row, that is left to the next call that finds the stop.
void pause_by_stop(const BrakeNote& note, core::Instant until);

} // namespace credits::pg
