// Jsonb as the pure ring's tree of plain values, in the current memory context.
#pragma once

#include "core/json.hpp"

#include "pg/postgres.hpp"

namespace credits::pg {

// json_tree is the whole tree; texts are views of the jsonb, numbers are exact or marked as too
// long for a Decimal. Nesting is bounded by the server's stack depth.
core::Json json_tree(Jsonb* value);

} // namespace credits::pg
