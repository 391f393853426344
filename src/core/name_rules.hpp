// A price file's own rules for the names of models and providers: a tree of
// {"equals" | "starts_with" | "ends_with" | "contains" | "regex": text} and
// {"or" | "and": [rule, ...]}. Owns what a rule may be; whether a name meets it is asked elsewhere.
#pragma once

#include "core/json.hpp"

#include <string>

namespace credits::core {

// is_name_rule refuses what says nothing (no rule in a list, an empty text) or is nested too deep.
bool is_name_rule(const Json& json);

// name_rule_text writes a rule as JSON.
std::string name_rule_text(const Json& rule);

} // namespace credits::core
