// The stored form of a stripe: as small as it can be, because every call writes it. Owns the layout
// of the bytes; a value has exactly one form.
#pragma once

#include "core/escrow.hpp"

#include <string_view>

namespace credits::core {

// read_stripe refuses what write_stripe has not written. Names are views of the bytes.
Stripe read_stripe(std::string_view bytes, Arena& arena);

// without_ended leaves out counters of limits whose window is long over: a limit that was removed
// or renamed leaves none behind, but for one that never begins anew. Those of the brake stay.
Stripe without_ended(const Stripe& stripe, Instant now, Arena& arena);

// write_stripe gives the bytes, in the arena.
std::string_view write_stripe(const Stripe& stripe, Arena& arena);

} // namespace credits::core
