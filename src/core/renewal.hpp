// What becomes of plan credits when a plan is renewed: forfeited, rolled over within bounds, or
// kept. Owns the bounds of lots; never decides when a renewal is due.
#pragma once

#include "core/account.hpp"

namespace credits::core {

// allowance_lot is a lot as plans give it out: promotional, of ordinary priority.
Lot allowance_lot(std::string_view source,
                  Credits amount,
                  Instant effective_at,
                  Instant expires_at);

// renew_lots applies to all live lots what a plan, or bounds of their own, say of a renewal at a
// moment.
void renew_lots(Account& account, const PlanTerms& plan, Instant moment);

// renew_ended_lots does so to some lots only, for a renewal at a moment gone by.
void renew_ended_lots(Account& account,
                      const PlanTerms& plan,
                      const List<std::int64_t>& lots,
                      Instant moment);

} // namespace credits::core
