// Owns how tests of usage reports show pools: as texts by metric, context beside them.
#pragma once

#include "core/json_reader.hpp"
#include "core/usage_report.hpp"
#include "support.hpp"

#include <map>
#include <string>

namespace credits::core::test {

using PoolMap = std::map<std::string, std::string>;

inline PoolMap pools_of(std::string_view provider, std::string_view report) {
    TestArena arena;
    PoolMap pools;
    const Usage usage = normalize_usage(provider, read_json(arena, report), arena);
    EXPECT_TRUE(usage.given);
    for (const UsageItem& item : usage) {
        EXPECT_TRUE(pools.emplace(item.metric, to_text(item.quantity)).second) << item.metric;
    }
    const auto keep = [&](const char* key, std::string_view text) {
        if (!text.empty()) {
            pools.emplace(key, text);
        }
    };
    keep("service_tier", usage.service_tier);
    keep("region", usage.region);
    keep("search_context_size", usage.search_context_size);
    return pools;
}

} // namespace credits::core::test
