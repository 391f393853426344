// Gates: conversions that a call uses up. Owns which gates stand before a call and whether an
// account's unused conversions open them.
#pragma once

#include "core/arena.hpp"
#include "core/ladder.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace credits::core {

// Views are good as long as the policy.
struct GateNeed {
    std::string_view kind;
    std::int64_t count = 0;
};

// How many conversions of a kind an account has that opened no gate yet.
struct OpenConversions {
    std::string_view kind;
    std::int64_t count = 0;
};

struct MissingGate {
    std::string_view kind;
    std::int64_t needed = 0;
    std::int64_t open = 0;
};

// gates_before are those of an action and of the steps up to a level. A kind that more than one of
// them asks for is needed once, at the highest count. action: null where the call names none.
List<GateNeed>
gates_before(const Ladder& ladder, int rank, const ActionPolicy* action, Arena& arena);

// missing_gate is the first need that the conversions do not meet.
std::optional<MissingGate> missing_gate(const List<GateNeed>& needs,
                                        const List<OpenConversions>& conversions);

} // namespace credits::core
