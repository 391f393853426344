// Revenue, and the cost that came before it.
#include "core/revenue.hpp"

#include "core/ladder.hpp"

namespace credits::core {

void book_revenue(Account& account, const Decimal& usd, const Decimal& cover) {
    Wallet& wallet = account.wallet;
    if (wallet.period_revenue.is_zero() && !usd.is_zero()) {
        wallet.period_covered = covered_cost(wallet.period_cost, cover);
    }
    wallet.period_revenue = wallet.period_revenue + usd;
}

} // namespace credits::core
