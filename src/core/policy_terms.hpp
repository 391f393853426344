// The rules that protect a margin, as the configuration document states them: limits, ladder,
// gates, licence, brake, guarantee, and what a plan allows. Owns their shape; decides nothing.
#pragma once

#include "core/calendar.hpp"
#include "core/money.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace credits::core {

// What a limit counts. Requests are calls that were let through, failures those that were refused
// by a rate, size or abuse rule or released as failed; tokens, credits and cost (USD) are held
// amounts until the call is settled, real ones then.
enum class Metric : std::uint8_t { requests, tokens, credits, cost, failures };

// The stretch of time that a limit counts over. hour, day, week (from Monday) and month are those
// of the account's time zone, of the platform's for scope platform; period is the plan's.
enum class WindowKind : std::uint8_t { sliding, hour, day, week, month, period, lifetime };

struct Window {
    WindowKind kind = WindowKind::period;
    std::int64_t length = 0; // microseconds, of a sliding one

    friend constexpr bool operator==(const Window&, const Window&) = default;
};

// Whose use a limit adds up. All but platform count within one account: each member, team,
// provider, model or action of it by itself.
enum class LimitScope : std::uint8_t { platform, account, team, member, provider, model, action };

// Where a limit was written down.
enum class LimitOrigin : std::uint8_t { configuration, plan, member };

enum class EffectKind : std::uint8_t { deny, warn, degrade, flag, block, overage };

// What happens at the limit. name: the level of degrade, the flag of flag. price, per: USD of
// overage for every "per" units of the metric above the limit.
struct LimitEffect {
    EffectKind kind = EffectKind::deny;
    std::string name;
    Cycle block_for;
    Decimal price;
    Decimal per{1, 0};
};

struct LimitTerms {
    std::string name;
    LimitScope scope = LimitScope::account;
    LimitOrigin origin = LimitOrigin::configuration;
    Metric metric = Metric::requests;
    Window window;
    Decimal limit;
    LimitEffect effect;
    Decimal warn_at{80, 0}; // percent of the limit; 0: no warning
    // Only calls that name these are counted and bound; empty: any.
    std::string provider;
    std::string model;
    std::string action;
};

// A gate is passed with as many unused conversions of its kind; level: from which level on it is
// asked for, empty: always.
struct GateTerms {
    std::string kind;
    std::int64_t count = 1;
    std::string level;
};

// One row of the ladder: reached where the share of its base is at least "at" percent.
struct LadderStep {
    std::string level;
    Decimal at;
    std::string of;                                // "cost_budget", or the name of a limit
    std::optional<std::vector<std::string>> allow; // actions that may go on; absent: all
    std::map<std::string, std::string, std::less<>> substitute; // model asked for -> model to call
    std::vector<GateTerms> gates;
};

struct CapabilityTerms {
    std::string capability; // the name of a feature
    Cycle after;            // from the failed payment on
};

// Absent: the state is never entered by time.
struct LicenceTerms {
    std::vector<CapabilityTerms> capabilities;
    std::optional<Cycle> grace;
    std::optional<Cycle> suspended;
    std::optional<Cycle> cancelled;
};

// USD that the platform may spend in a window of its time zone, open holds included.
struct BrakeWindow {
    std::optional<Decimal> warn;
    std::optional<Decimal> stop;
};

struct BrakeTerms {
    BrakeWindow hour;
    BrakeWindow day;
    std::optional<Decimal> min_margin;
    bool resumes_by_itself = false; // when the window that stopped it ends

    [[nodiscard]] bool is_set() const { return hour.warn || hour.stop || day.warn || day.stop; }
};

// USD for each paying account and month.
struct GuaranteeTerms {
    Decimal revenue;
    Decimal cost;
    Decimal profit;
};

// An alert is raised where fewer credits than "below" are left, at most once in "at_most".
struct TopUpTerms {
    Decimal below;
    std::string pack;
    Cycle at_most;
};

// Units of a model that a plan's period includes; they are used before credits.
struct IncludedUnits {
    std::string provider; // empty: any
    std::string model;
    std::map<std::string, Decimal, std::less<>> usage; // quantity by metric
};

// What a plan allows beside its credits. Absent lists allow everything.
struct PlanPolicy {
    std::optional<std::vector<std::string>> features;
    std::optional<std::vector<std::string>> providers;
    std::optional<std::vector<std::string>> models;
    std::optional<Decimal> max_tokens_per_request;
    std::optional<Decimal> max_output_tokens;
    std::optional<Decimal> cost_budget; // USD a period
    Decimal cover;                      // USD of cost that is carried before the first revenue
    std::vector<IncludedUnits> includes;
    std::vector<LimitTerms> limits;
    std::string next_plan;
};

struct ActionPolicy {
    std::string feature;
    std::optional<Decimal> max_credits;
    std::vector<GateTerms> gates;
};

struct Policy {
    std::vector<LimitTerms> limits; // of the configuration, for every account
    std::vector<LadderStep> ladder; // in the document's order
    LicenceTerms licence;
    BrakeTerms brake;
    std::optional<GuaranteeTerms> guarantee;
    std::optional<TopUpTerms> top_up;
    std::optional<Decimal> margin; // of the document
    Decimal shadow_share;          // 0 to 1, of accounts
    std::map<std::string, PlanPolicy, std::less<>> plans;
    std::map<std::string, ActionPolicy, std::less<>> actions;
    PlanPolicy without_plan;
};

} // namespace credits::core
