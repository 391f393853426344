// A part of a whole against percentages, exactly: products are compared, nothing is divided.
// Owns what a share of nothing means.
#pragma once

#include "core/money.hpp"

#include <compare>
#include <string_view>

namespace credits::core {

// Any part of nothing (or of less) is 100 percent of it.
struct Share {
    Decimal part;
    Decimal whole;
};

// Room is what is left of a budget that a call does not fit into.
struct Room {
    bool is_given = false; // it is known, and why the call is refused
    Decimal left;          // USD, or units of a limit; not below zero
    Decimal whole;
    std::string_view of; // which budget, where there are several
};

Room room_of(const Decimal& used, const Decimal& whole, std::string_view of);

// compare_products compares a × b with c × d.
std::strong_ordering
compare_products(const Decimal& a, const Decimal& b, const Decimal& c, const Decimal& d);

// reaches: the share is at least so many percent, which are above zero.
bool reaches(const Share& share, const Decimal& percent);

// goes_beyond: the part is more than so many percent of the whole; of nothing any part is more.
bool goes_beyond(const Share& share, const Decimal& percent);

// rounded_percent is for reading: half-even, two decimals.
Decimal rounded_percent(const Share& share);

} // namespace credits::core
