// Entries and totals of charged calls.
#include "core/booking.hpp"

namespace credits::core {

RoundedCharge rounded(const Account& account, const Charge& charge) {
    if (!charge.computed_usd || charge.computed_usd->is_zero()) {
        return {charge.fixed, account.wallet.residue_usd};
    }
    return round_charge(*charge.computed_usd, account.wallet.residue_usd, account.unit);
}

void book_cost(Account& account, Entry& entry, const std::optional<Decimal>& cost) {
    entry.cost = cost;
    if (cost) {
        account.wallet.period_cost = account.wallet.period_cost + *cost;
    }
}

void accrue(Account& account, Entry& entry, const Decimal& usd) {
    entry.overage = entry.overage + usd;
    account.wallet.period_overage = account.wallet.period_overage + usd;
}

void count_tokens(Account& account, const Decimal& tokens) {
    account.wallet.period_tokens = account.wallet.period_tokens + tokens;
}

void record_charge(Account& account,
                   Entry& entry,
                   const Charge& charge,
                   const ChargeTerms& terms,
                   const Decimal& residue_usd) {
    entry.is_call = true;
    book_cost(account, entry, charge.cost);
    if (charge.computed_usd) {
        entry.computed_usd = charge.computed_usd;
        entry.terms = terms;
        entry.residue_usd = residue_usd;
        account.wallet.residue_usd = residue_usd;
    }
}

} // namespace credits::core
