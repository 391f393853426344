// Whether a call may go on: every rule that can refuse one, in one place. Owns their precedence
// (that of Outcome) and what is let through all the same in the shadow share; changes nothing.
#pragma once

#include "core/call_rules.hpp"
#include "core/calls.hpp"
#include "core/charge.hpp"

namespace credits::core {

// Considered is a call with its charge, and whether it may go on; nothing has been changed for it.
struct Considered {
    Verdict verdict;
    Charge charge;
    RoundedCharge due; // of a deduct
};

Considered
consider_deduct(const Account& account, const PriceBook& book, const CallRequest& request);
Considered consider_hold(const Account& account, const PriceBook& book, const CallRequest& request);

// deduct and authorize do a call that was considered and may go on.
Verdict deduct(Account& account, const CallRequest& request, const Considered& considered);
Verdict authorize(Account& account, const HoldRequest& request, const Considered& considered);

// demand_of is what a call asks of the limits.
Demand demand_of(const Account& account, const CallRequest& request, const Verdict& verdict);

// admit says whether a call of this charge and amount may go on; verdict has both.
Verdict
admit(const Account& account, const CallRequest& request, const Charge& charge, Credits amount);

// covers: credits that are neither held nor owed, and the overdraft, pay for the amount. A call
// that costs something but rounds to nothing still needs some credit left.
bool covers(const Account& account, Credits amount, bool is_free);

Outcome status_outcome(const Account& account);

// is_failed_attempt tells the refusals that count as a failure.
bool is_failed_attempt(Outcome outcome);

} // namespace credits::core
