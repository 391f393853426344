// Needs by kind, the highest count of each.
#include "core/gates.hpp"

#include <algorithm>

namespace credits::core {

namespace {

void need(List<GateNeed>& needs, const GateTerms& gate, Arena& arena) {
    if (gate.count <= 0) {
        return;
    }
    for (GateNeed& known : needs) {
        if (known.kind == gate.kind) {
            known.count = std::max(known.count, gate.count);
            return;
        }
    }
    needs.push_back(arena, {gate.kind, gate.count});
}

} // namespace

List<GateNeed>
gates_before(const Ladder& ladder, int rank, const ActionPolicy* action, Arena& arena) {
    List<GateNeed> needs;
    const auto is_in_force = [&](std::string_view level) {
        return level.empty() || ladder.rank_of(level) <= rank;
    };
    if (action != nullptr) {
        for (const GateTerms& gate : action->gates) {
            if (is_in_force(gate.level)) {
                need(needs, gate, arena);
            }
        }
    }
    for (const Ladder::RankedStep& step : ladder.steps()) {
        if (step.rank > rank) {
            continue;
        }
        for (const GateTerms& gate : step.terms.gates) {
            if (is_in_force(gate.level)) {
                need(needs, gate, arena);
            }
        }
    }
    return needs;
}

std::optional<MissingGate> missing_gate(const List<GateNeed>& needs,
                                        const List<OpenConversions>& conversions) {
    for (const GateNeed& gate : needs) {
        const auto* const open = std::find_if(
            conversions.begin(), conversions.end(), [&](const OpenConversions& conversion) {
                return conversion.kind == gate.kind;
            });
        const std::int64_t count = open == conversions.end() ? 0 : open->count;
        if (count < gate.count) {
            return MissingGate{gate.kind, gate.count, count};
        }
    }
    return std::nullopt;
}

} // namespace credits::core
