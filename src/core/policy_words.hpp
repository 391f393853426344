// The words of the configuration for what limits are made of, in the order of their enums. Owns no
// meaning: that is policy_terms.hpp's.
#pragma once

#include "core/policy_terms.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace credits::core {

inline constexpr std::array<std::string_view, 5> metric_names{
    "requests", "tokens", "credits", "cost", "failures"};
inline constexpr std::array<std::string_view, 7> window_names{
    "sliding", "hour", "day", "week", "month", "period", "lifetime"};
inline constexpr std::array<std::string_view, 7> scope_names{
    "platform", "account", "team", "member", "provider", "model", "action"};
inline constexpr std::array<std::string_view, 6> effect_names{
    "deny", "warn", "degrade", "flag", "block", "overage"};

constexpr std::string_view name_of(Metric metric) {
    return metric_names[static_cast<std::size_t>(metric)];
}

constexpr std::string_view name_of(WindowKind window) {
    return window_names[static_cast<std::size_t>(window)];
}

constexpr std::string_view name_of(LimitScope scope) {
    return scope_names[static_cast<std::size_t>(scope)];
}

constexpr std::string_view name_of(EffectKind effect) {
    return effect_names[static_cast<std::size_t>(effect)];
}

} // namespace credits::core
