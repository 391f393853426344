// Revenue of an account's period. Owns what its first revenue settles; books no credits.
#pragma once

#include "core/account.hpp"

namespace credits::core {

// book_revenue adds USD to the period's revenue. With the first of them, what the plan's cover has
// paid of the period's cost until then is settled for good.
void book_revenue(Account& account, const Decimal& usd, const Decimal& cover);

} // namespace credits::core
