// Money that comes in: the revenue of a period, the credits that a payment brings and the period
// that it pays for; and credits that go back with the money. Owns which period is paid and what of
// the plan's credits that still gives; knows no provider and no currency but USD.
#pragma once

#include "core/account.hpp"
#include "core/calls.hpp"

namespace credits::core {

// What a wallet adds up over a period, USD and counts.
struct PeriodTotals {
    Decimal revenue;
    Decimal cost;
    Decimal overage;
    Decimal tokens;
    std::int64_t requests = 0;
};

// PaidPeriod is one that the payment's provider names. What it gives does not depend on the order
// in which payments become known.
struct PaidPeriod {
    Instant start = 0;
    Instant end = 0;
    bool is_known = false;         // another payment has paid for it
    Instant superseded_at = never; // start of the next later period that is paid for
    List<std::int64_t> ended_lots; // of periods paid for that it follows
    PeriodTotals totals;           // since its start, where the account was in another period
    Credits credits;               // that this payment gives for it
    Credits most;                  // that all its payments together give
};

struct Payment {
    Decimal usd; // revenue; 0 for a trial
    Decimal cover;
    std::string_view reason;
    Instant paid_at =
        never; // told late it may be of a period that is over; never: of the present one
};

// book_payment writes down a payment that brings no credits.
Verdict book_payment(Account& account, const Payment& payment);

// take_payment is a payment that brings a lot of credits.
Verdict take_payment(Account& account, const Payment& payment, const GrantRequest& request);

// pay_subscription pays the plan's credits of a period, once. Without a named one it is the present
// period where that is not paid; where it is, what a larger plan gives beyond it; else the next.
Verdict pay_subscription(Account& account, const PlanTerms& plan, const Payment& payment);
Verdict pay_period(Account& account,
                   const PlanTerms& plan,
                   const Payment& payment,
                   const PaidPeriod& period);

struct Clawback {
    std::int64_t lot_no = 0; // of the payment; 0: none
    Credits amount;
    Credits used;    // of that lot: so much is taken from other credits, or becomes debt
    Decimal revenue; // that goes with it, where it was booked in the present period
    std::string_view reason;
};

// claw_back takes back credits of a payment that was returned. Whatever state the account is in.
Verdict claw_back(Account& account, const Clawback& clawback);

// undo_clawback gives them back to the lot where it can still be used, else to a new one.
Verdict undo_clawback(Account& account, const Clawback& clawback, Instant new_lot_expires_at);

} // namespace credits::core
