// What the brake goes by: thresholds, windows that run, whether the platform is paused; kept until
// the configuration changes.
#pragma once

#include "core/escrow.hpp"
#include "core/policy_terms.hpp"

#include "pg/brake.hpp"

#include "pg/postgres.hpp"

namespace credits::pg {

// Brake is plain data; it changes only when the configuration is read again.
struct Brake {
    bool is_on = false;
    bool resumes_by_itself = false;
    bool is_paused = false;
    core::Instant paused_until = core::never;
    char paused_reason[256] = {};
    pg_tz* zone = nullptr;
    core::EscrowTerms terms[brake_window_count]; // hour, day
    core::Instant window_ends[brake_window_count] = {};
};

// brake gives the terms, read again where they changed; brake_at brings their windows to a moment.
Brake& brake();
Brake& brake_at(core::Instant now);

} // namespace credits::pg
