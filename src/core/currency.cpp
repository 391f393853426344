// The smallest units of Stripe's API, after https://docs.stripe.com/currencies: "Zero-decimal
// currencies", "Three-decimal currencies" and "Special cases". They are not always those of ISO
// 4217: ISK and UGX have no decimals any more, but the API goes on to count hundredths of them (5
// UGX are 500), so they are not listed here, although UGX is in Stripe's list as well.
#include "core/currency.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace credits::core {

namespace {

constexpr std::array zero_decimal{
    std::string_view{"bif"},
    std::string_view{"clp"},
    std::string_view{"djf"},
    std::string_view{"gnf"},
    std::string_view{"jpy"},
    std::string_view{"kmf"},
    std::string_view{"krw"},
    std::string_view{"mga"},
    std::string_view{"pyg"},
    std::string_view{"rwf"},
    std::string_view{"vnd"},
    std::string_view{"vuv"},
    std::string_view{"xaf"},
    std::string_view{"xof"},
    std::string_view{"xpf"},
};

constexpr std::array three_decimal{
    std::string_view{"bhd"},
    std::string_view{"jod"},
    std::string_view{"kwd"},
    std::string_view{"omr"},
    std::string_view{"tnd"},
};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

bool is_currency_code(std::string_view code) {
    return code.size() == 3 && std::all_of(code.begin(), code.end(), [](char c) {
               return lower(c) >= 'a' && lower(c) <= 'z';
           });
}

int currency_exponent(std::string_view code) {
    std::string name(code);
    std::transform(name.begin(), name.end(), name.begin(), lower);
    if (std::find(zero_decimal.begin(), zero_decimal.end(), name) != zero_decimal.end()) {
        return 0;
    }
    return std::find(three_decimal.begin(), three_decimal.end(), name) != three_decimal.end() ? 3
                                                                                              : 2;
}

} // namespace credits::core
