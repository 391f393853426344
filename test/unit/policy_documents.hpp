// Owns what the tests of the policy document share: reading one from text, and a limit to vary.
#pragma once

#include "support.hpp"

#include "core/json_reader.hpp"
#include "core/policy_document.hpp"

#include <string>
#include <string_view>

namespace credits::core::test {

inline Policy policy_of(std::string_view text) {
    TestArena arena;
    return read_policy(read_json(arena, text));
}

// limit_with is a document of one limit: its window, its effect, and more of its keys.
inline std::string
limit_with(const std::string& window, const std::string& effect, const std::string& more) {
    return R"({"limits": [{"name": "l", "metric": "requests", "limit": 5, "window": )" + window +
           R"(, "effect": )" + effect + more + "}]}";
}

} // namespace credits::core::test
