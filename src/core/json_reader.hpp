// A JSON text as a tree of plain values, where the tree must come from the text itself: bodies of
// webhooks, whose signature is that of the bytes. Owns the grammar and what a broken text is told.
#pragma once

#include "core/arena.hpp"
#include "core/json.hpp"

#include <string_view>

namespace credits::core {

inline constexpr int json_depth_max = 200;

// read_json reads a text of UTF-8 strictly; strings are copied into the arena. The tree is that of
// the server's jsonb: members in its order (by length, then bytes), of two of one name the last.
// More than jsonb takes: \u0000 and halves of surrogate pairs, which become U+FFFD. Throws an
// invalid argument that says at which byte, counted from zero, the text is no JSON, or is nested
// too deeply.
Json read_json(Arena& arena, std::string_view text);

} // namespace credits::core
