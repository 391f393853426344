// What time alone does to an account: holds time out, a failed payment takes capabilities away,
// lots expire or begin to count, days and periods end, plans change at a period's end, consents
// earn another month. Applied before every call, projected by every read. Owns the order of these
// events and next_event_at; never asks what time it is.
#pragma once

#include "core/account.hpp"

namespace credits::core {

// bring_up_to_date applies to a full account everything due from its clock up to account.now, in
// order of time.
void bring_up_to_date(Account& account);

// seal closes the work on an account: used-up lots, the current lot, the next event. Every change
// of a full account ends with it; of a partial one nothing but next_event_at can have changed.
void seal(Account& account);

// begin_periods sets period and day of an account that is opened, and grants what its plan gives.
void begin_periods(Account& account);

// grant_what_is_missing brings plan and daily credits of this period and day up to the plan's:
// the difference only, so that no change of plan and no re-opening grants twice.
void grant_what_is_missing(Account& account, EntryKind kind, Instant moment);

// start_period begins a period that neither the clock nor a change of plan brought.
void start_period(Account& account, Instant moment, Instant end);

// change_plan_now moves to another plan: the difference is granted, the period goes on unless
// nothing had been granted in it.
void change_plan_now(Account& account, const PlanTerms& plan);

} // namespace credits::core
