// The two shapes of usage that are long to read.
#pragma once

#include "core/usage_counts.hpp"

#include <string_view>

namespace credits::core {

void read_openai(std::string_view provider, const Json& usage, Pools& pools);
void read_gemini(const Json& usage, Pools& pools);

} // namespace credits::core
