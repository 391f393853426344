// What the brake and the limits of the platform go by: thresholds, windows that run, whether the
// platform is paused; kept until the configuration changes.
#pragma once

#include "core/platform_limits.hpp"

#include "pg/brake.hpp"

#include "pg/postgres.hpp"

namespace credits::pg {

// PlatformLimit is a limit of scope platform; its terms refer to the catalogue's copy of it.
struct PlatformLimit {
    char name[core::platform_limit_name_max + 32] = {}; // of its counters
    core::EscrowTerms terms;
    core::Instant window_end = core::always;
};

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
    int limit_count = 0;
    PlatformLimit limits[core::platform_limits_max];
};

// brake gives the terms, read again where they changed; brake_at brings their windows to a moment.
Brake& brake();
Brake& brake_at(core::Instant now);

} // namespace credits::pg
