// Prices on demand: the rows of a model join a catalogue's book when the first call names it.
#pragma once

#include "core/calls.hpp"
#include "core/pricing.hpp"

#include <string_view>

namespace credits::pg {

// know_prices makes sure that a book knows a model by the names given, as the book was in a
// version. Two models of the name are an error.
void know_prices(core::PriceBook& book,
                 std::string_view provider,
                 std::string_view model,
                 std::int64_t version);

// know_prices_of does so for a call that has a usage to be priced, and brings the version it asks
// for to the form in which the book keeps it.
void know_prices_of(core::PriceBook& book, core::CallRequest& call);

} // namespace credits::pg
