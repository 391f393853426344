// Consents that earn month by month while they stand. Owns which months are booked and what one
// brings; knows nothing of who pays for them.
#pragma once

#include "core/account.hpp"
#include "core/calls.hpp"

namespace credits::core {

// ConsentTerms are what a kind of consent earns.
struct ConsentTerms {
    Decimal usd;     // a month
    Credits credits; // that they buy
};

// give_consent books the first month at once, unless one that was booked is not over yet; the
// verdict's entry is then that of the latter. Given already, nothing changes.
Verdict give_consent(Account& account, std::string_view kind, const ConsentTerms& terms);

// withdraw_consent leaves what was booked as it is.
void withdraw_consent(Account& account, std::string_view kind);

Consent* find_consent(Account& account, std::string_view kind);

// book_month books the month of a consent that begins at a moment. The next one is due when it
// ends.
void book_month(Account& account, Consent& consent, Instant moment);

} // namespace credits::core
