// What a call leaves behind in its entry and in the totals of the account's period.
#pragma once

#include "core/account.hpp"
#include "core/charge.hpp"

namespace credits::core {

// rounded brings a charge to whole steps of credit, with the residue that the account carries.
RoundedCharge rounded(const Account& account, const Charge& charge);

// book_cost puts the cost on the books of the entry and of the period.
void book_cost(Account& account, Entry& entry, const std::optional<Decimal>& cost);

// accrue books what is owed beside credits: for use above limits, or by a postpaid plan.
void accrue(Account& account, Entry& entry, const Decimal& usd);

void count_tokens(Account& account, const Decimal& tokens);

// record_charge books a charge with the terms that it came about by, and its residue.
void record_charge(Account& account,
                   Entry& entry,
                   const Charge& charge,
                   const ChargeTerms& terms,
                   const Decimal& residue_usd);

} // namespace credits::core
