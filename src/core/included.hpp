// Units that a plan's period includes: used before credits, counted like any use. Owns how much of
// a call they cover.
#pragma once

#include "core/counters.hpp"
#include "core/usage.hpp"

namespace credits::core {

// IncludedPool is one metric of a model that the account's plan includes, and what counts its use.
struct IncludedPool {
    std::string_view metric;
    Decimal quantity; // of a period
    Counters* counters = nullptr;
    WindowClock clock;
};

// HeldUnits are the units that an authorization has counted already.
struct HeldUnits {
    List<UsageItem> items;
    Instant admitted_at = 0;
};

// covered_units is the part of a usage that is still included; what the call's own hold counted is
// its to use.
List<UsageItem> covered_units(Arena& arena,
                              const List<IncludedPool>& pools,
                              const Usage& usage,
                              const HeldUnits& held,
                              Instant now);

// covers_all: of every pool that is included there is enough for the call, and it uses one.
bool covers_all(const List<UsageItem>& covered,
                const List<IncludedPool>& pools,
                const Usage& usage);

// without is a usage less the units that cover it.
Usage without(Arena& arena, const Usage& usage, const List<UsageItem>& covered);

// count_units counts them as used now; uncount_units takes back those of an authorization.
void count_units(const List<IncludedPool>& pools, const List<UsageItem>& units, Instant now);
void uncount_units(const List<IncludedPool>& pools, const HeldUnits& held, Instant now);

} // namespace credits::core
