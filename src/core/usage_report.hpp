// A provider's own usage object, or its whole response, brought to our exclusive pools.
// Owns where usage stands in a response and which shape it has; refuses what contradicts itself.
#pragma once

#include "core/arena.hpp"
#include "core/json.hpp"
#include "core/usage.hpp"

#include <string_view>

namespace credits::core {

// normalize_usage finds the usage in a report and splits it into pools that count nothing twice.
// Quantities of zero are left out, but for one where there is nothing else: a call that used
// nothing costs nothing. service_tier, region and search_context_size are taken over where the
// report has them. A report of no known shape, one without any count, or one whose parts exceed
// their whole is an invalid argument.
Usage normalize_usage(std::string_view provider, const Json& report, Arena& arena);

} // namespace credits::core
