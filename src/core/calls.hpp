// The verbs: what each does to an account, or why it is refused. All refusals come before the first
// change. Owns the decision; knows neither SQL nor a clock.
#pragma once

#include "core/account.hpp"
#include "core/call_rules.hpp"
#include "core/outcome.hpp"
#include "core/pricing.hpp"

namespace credits::core {

struct ActionTerms {
    std::optional<Credits> credits;
    std::optional<Decimal> cost;
    std::optional<Credits> range_high;
    Cycle ttl; // none: the default life of a hold
    const ActionPolicy* policy = nullptr;
};

// CallRequest is what a call says of itself; absent texts are empty.
struct CallRequest {
    std::optional<Credits> amount;
    std::string_view action;
    const ActionTerms* action_terms = nullptr;
    std::string_view provider;
    std::string_view model;
    std::string_view requested_model; // where the account's level put model in its place
    const ModelNames* requested_names = nullptr;
    Usage usage;
    PricedAt priced_at;
    HeldUnits held_units; // of the hold that the call settles
    Instant now = 0;
    CallRules* rules = nullptr; // null: none are configured

    // can_be_priced: there is a usage, and whose prices it has.
    [[nodiscard]] bool can_be_priced() const {
        return usage.given && !provider.empty() && !model.empty();
    }
};

// Verdict of a verb. needs_all: the account was partial and the answer takes its lots and holds;
// nothing was changed, load them and ask again.
struct Verdict {
    Outcome outcome = Outcome::ok;
    bool needs_all = false;
    Credits amount;                 // needed, held, charged or given back
    std::optional<Decimal> cost;    // USD
    std::string_view subject;       // what the refusal is about: a model, a metric
    bool is_unknown_action = false; // the subject is an action that is not configured
    std::uint32_t entry = 0;        // the caller's own entry in account.entries
    Outcome priced = Outcome::ok;   // whether the call has a price, whatever else is wrong with it
    Outcome shadowed = Outcome::ok; // what would have been the refusal outside the shadow share
    Instant retry_at = never;       // when the same call may pass; never: not by waiting
    LimitRefusal limit; // of a refusal by limit or size: what it allows and what is used
    MissingGate gate;
    Room room;           // of a refusal by what the call's own cost would pass
    LimitVerdict limits; // what the call means for each limit
    Demand demand;       // what it asks of them

    [[nodiscard]] bool went_through() const noexcept {
        return outcome == Outcome::ok && !needs_all;
    }
};

Verdict refuse(Outcome outcome, std::string_view subject = {});

// refuse_unpriced also says whose price is missing: the demand has the names of the call.
Verdict refuse_unpriced(const CallRequest& request, std::string_view subject);

struct GrantRequest {
    Credits amount;
    Lot lot; // source, category, priority, effective_at, expires_at, price_paid, bounds
};

struct HoldRequest {
    CallRequest call;
    Instant expires_at = 0;
};

// SettleRequest: neither amount nor usage charges exactly what was held.
struct SettleRequest {
    std::optional<Credits> amount;
    CallRequest call; // usage, and provider, model, terms as of the authorization
};

struct RefundRequest {
    EntryKind kind = EntryKind::deduct;
    std::int64_t entry_no = 0;
    Credits charged;  // as a positive amount
    Credits refunded; // so far
    Decimal overage;  // USD that the entry accrued and no refund has taken back
    List<LotMove> moves;
    Instant created_at = 0;
    std::optional<Credits> amount; // absent: the rest, with the overage
    Instant new_lot_expires_at = never;
};

Verdict open(Account& account);
Verdict reopen(Account& account);
Verdict close(Account& account);
Verdict change_plan(Account& account, const PlanTerms& plan, bool at_period_end);

Verdict grant(Account& account, const GrantRequest& request);
Verdict void_lot(Account& account, std::int64_t lot_no);

Verdict deduct(Account& account, const PriceBook& book, const CallRequest& request);

// may_call says what authorize would, and what it would hold, without holding it.
Verdict may_call(const Account& account, const PriceBook& book, const CallRequest& request);

// authorize appends the new hold to account.holds (also of a partial account).
Verdict authorize(Account& account, const PriceBook& book, const HoldRequest& request);

// extend, settle and release change the hold in place.
struct ExtendRequest {
    Credits more;
    Instant expires_at = 0;
    CallRules* rules = nullptr;
};

Verdict extend(Account& account, Hold& hold, const ExtendRequest& request);
Verdict settle(Account& account, Hold& hold, const PriceBook& book, const SettleRequest& request);
// failed_reason is what says of a released hold that its call failed.
inline constexpr std::string_view failed_reason = "failed";

Verdict release(Account& account, Hold& hold, std::string_view reason, CallRules* rules);

// uncount takes back what limits count for a hold that has timed out, but for its request.
void uncount(const Account& account, const Hold& hold, CallRules& rules);

// record_cost writes down what the provider asks for a call that is not charged. Whatever state the
// account is in, the cost is real; only an unknown price is refused.
Verdict record_cost(Account& account, const PriceBook& book, const CallRequest& request);

Verdict refund(Account& account, const RefundRequest& request);

} // namespace credits::core
