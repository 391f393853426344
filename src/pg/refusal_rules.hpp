// Refusals by rules of the policy in words: the sentence, what the detail adds, what to do.
#pragma once

#include "pg/json_text.hpp"
#include "pg/results.hpp"

namespace credits::pg {

// StretchText is a stretch of time in the largest unit of which it is a whole number.
struct StretchText {
    std::int64_t count{};
    const char* unit{}; // of one
};

StretchText stretch_text(std::int64_t micros);

// rule_sentence is null for an outcome that no rule brings about.
const char* rule_sentence(const Session& session, const core::Verdict& verdict);

// suggestion says what would let the call through; null where nothing but its hint helps.
const char* suggestion(const Session& session, const core::Verdict& verdict);

// add_rule_detail adds what the rule allows, what is used, and when the call may be repeated.
void add_rule_detail(JsonObject& detail, const Session& session, const core::Verdict& verdict);

} // namespace credits::pg
