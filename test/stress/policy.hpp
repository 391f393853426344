// Owns the load on limits and the brake: few accounts, everything configured, more calls than are
// allowed. Must never end well where the limits were not reached, for then nothing would be proven.
#pragma once

#include "settings.hpp"

#include <string>

namespace stress {

// policy_holds makes the load and asks the questions; true where nothing is wrong.
bool policy_holds(const Settings& settings);

// check_policy asks what must be true of ledger, holds and counters afterwards.
bool check_policy(const std::string& database);

// spend_of_the_day is one number: what deducts and settles cost today, and what open holds may.
constexpr const char* spend_of_the_day =
    "SELECT coalesce((SELECT sum(cost) FROM credits.ledger WHERE created_at >= date_trunc('day', "
    "now(), 'UTC')), 0) + coalesce((SELECT sum(cost) FROM credits.hold WHERE status = 'pending' "
    "AND created_at >= date_trunc('day', now(), 'UTC')), 0)";

} // namespace stress
