// How many decimals an amount of a currency has where it comes as a whole number of smallest units.
#pragma once

#include <string_view>

namespace credits::core {

// is_currency_code: three letters.
bool is_currency_code(std::string_view code);

// currency_exponent is 0, 2 or 3, for codes in either case; 2 for any that is not listed.
int currency_exponent(std::string_view code);

} // namespace credits::core
