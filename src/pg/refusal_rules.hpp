// Refusals by rules of the policy in words: the sentence, what the detail adds, what to do.
#pragma once

#include "pg/json_text.hpp"
#include "pg/results.hpp"

namespace credits::pg {

// rule_sentence is null for an outcome that no rule brings about.
const char* rule_sentence(const Session& session, const core::Verdict& verdict);

// suggestion says what would let the call through; null where nothing but its hint helps.
const char* suggestion(const Session& session, const core::Verdict& verdict);

// add_rule_detail adds what the rule allows, what is used, and when the call may be repeated.
void add_rule_detail(JsonObject& detail, const Session& session, const core::Verdict& verdict);

} // namespace credits::pg
