// The policy out of one JSON document, as credits.policy_document() makes it. Owns the form of that
// document; what the terms mean is policy_terms.hpp's.
#pragma once

#include "core/json.hpp"
#include "core/policy_terms.hpp"

namespace credits::core {

// A limit without a warning (warn_at null) has this; percentages of others are 1 to 100.
inline constexpr Decimal no_warning{};

// read_policy reads
//   {"margin", "time_zone", "limits": [limit, ...], "ladder": [step, ...], "licence": [...],
//    "licence_states": {"grace", "suspended", "cancelled"}, "brake", "guarantee", "top_up",
//    "shadow": {"share"}, "plans": {name: {...}}, "actions": {name: {...}}}
// with the keys of the configuration document. Numbers are JSON numbers or decimal texts, intervals
// {"months", "days", "micros"}, windows a word or {"sliding": micros}, effects {"kind": word} with
// "name" (degrade, flag), "for" (block), "price" and "per" (overage). A key that is absent and one
// that is null say the same: the default of policy_terms.hpp; but for warn_at, see no_warning.
// Anything else is an invalid argument whose message begins with the path of what is wrong.
Policy read_policy(const Json& document);

// read_limits reads limits that stand by themselves, in the same form.
std::vector<LimitTerms> read_limits(const Json& limits, LimitOrigin origin);

} // namespace credits::core
