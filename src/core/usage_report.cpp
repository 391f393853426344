// Finding usage and its context in what a provider answered.
#include "core/usage_report.hpp"

#include "core/error.hpp"
#include "core/usage_shapes.hpp"

#include <array>
#include <string>

namespace credits::core {

namespace {

// Where usage stands: in a response, in the last event of a stream.
struct Path {
    std::string_view outer; // empty: the response itself
    std::string_view inner;
};

constexpr std::array usage_paths{
    Path{"", "usage"},
    Path{"", "usageMetadata"},
    Path{"", "usage_metadata"},
    Path{"response", "usage"},
    Path{"response", "usageMetadata"},
    Path{"message", "usage"},
    Path{"metadata", "usage"},
    Path{"x_groq", "usage"},
};

struct FoundUsage {
    const Json* usage;
    const Json* response; // what it stood in; the usage itself where that is all there is
};

FoundUsage find_usage(const Json& report) {
    for (const Path& path : usage_paths) {
        const Json* response = path.outer.empty() ? &report : member_of(&report, path.outer);
        const Json* usage = member_of(response, path.inner);
        if (usage != nullptr && usage->is_object()) {
            return {usage, response};
        }
    }
    const Json* meta = member_of(&report, "meta"); // Cohere's first interface
    if (member_of(meta, "billed_units") != nullptr) {
        return {meta, &report};
    }
    return {&report, &report};
}

std::string_view first_text(std::string_view one, std::string_view other) {
    return one.empty() ? other : one;
}

// Vertex names the tier by the kind of traffic.
std::string_view tier_of_traffic(std::string_view traffic) {
    if (traffic == "ON_DEMAND_PRIORITY") {
        return "priority";
    }
    return traffic == "ON_DEMAND_FLEX" ? "flex" : "";
}

std::string_view service_tier_of(const FoundUsage& found) {
    const Json* usage = found.usage;
    if (text_of(usage, "speed") == "fast") { // Anthropic's; priced as a tier
        return "fast";
    }
    std::string_view tier = text_of(usage, "service_tier");
    tier = first_text(tier, text_of(usage, "serviceTier"));
    tier = first_text(tier, text_of(found.response, "service_tier"));
    tier = first_text(tier, text_of(member_of(found.response, "serviceTier"), "type"));
    tier = first_text(tier, tier_of_traffic(text_of(usage, "trafficType")));
    return first_text(tier, tier_of_traffic(text_of(usage, "traffic_type")));
}

std::string_view region_of(const Json* usage) {
    const std::string_view geo = text_of(usage, "inference_geo");
    if (geo.empty() || geo == "not_available" || geo == "global") {
        return text_of(usage, "region");
    }
    return geo;
}

} // namespace

Usage normalize_usage(std::string_view provider, const Json& report, Arena& arena) {
    const FoundUsage found = find_usage(report);
    const UsageShape shape = shape_of(*found.usage);
    if (shape == UsageShape::unknown) {
        throw_invalid("the report has no usage of a known shape",
                      report.is_object() ? "neither it nor a member of it counts anything known"
                                         : "it is not an object",
                      "give the provider's usage object, or its whole response, as it was sent");
    }
    Pools pools(arena);
    read_usage_counts(shape, provider, *found.usage, pools);
    Usage usage = pools.usage();
    usage.service_tier = service_tier_of(found);
    usage.region = region_of(found.usage);
    usage.search_context_size = text_of(found.usage, "search_context_size");
    return usage;
}

} // namespace credits::core
