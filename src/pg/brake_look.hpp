// A call that one stripe alone cannot decide: a look at all of them, gifts from one to another,
// warnings. Owns the patience with stripes that others are changing.
#pragma once

#include "pg/brake.hpp"
#include "pg/brake_rows.hpp"

#include "pg/postgres.hpp"

namespace credits::pg {

// Look is what came of it. Of a refused call nothing was spent.
struct Look {
    bool admitted = false;
    bool is_overtaken = false; // it would have been, but others were quicker each time
    int stripe = -1;
    core::NeedFinding findings[needs_max]; // by need
    core::Decimal spent[needs_max];        // of the allowance
};

// LookFor is what a look is for: a forced call is never refused.
struct LookFor {
    const core::Needs& needs;
    bool is_forced;
    core::Instant now;
    bool has_changes; // of this transaction, on stripes
};

// look_at_all decides a call, beginning with a stripe.
Look look_at_all(Relation stripes, int first, const LookFor& look_for);

// find_free_stripe gives a row that nobody else has, by turns of a moment where all are taken;
// after too many of them it raises 55P03.
void find_free_stripe(Relation stripes, int first, StripeRow& row);

// see_all reads every stripe.
core::List<core::StripeSight> see_all(Relation stripes);

} // namespace credits::pg
