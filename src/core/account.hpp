// What is known of one account while a call works on it, as plain values.
// Owns the shape of wallet, lots, holds and new entries; decides nothing.
#pragma once

#include "core/arena.hpp"
#include "core/calendar.hpp"
#include "core/money.hpp"
#include "core/usage.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace credits::core {

enum class AccountStatus : std::uint8_t { open, frozen, closed };

enum class LotState : std::uint8_t { scheduled, live, used, expired, voided };

enum class HoldStatus : std::uint8_t { pending, settled, released, expired };

enum class EntryKind : std::uint8_t {
    grant,
    deduct,
    settle,
    release,
    refund,
    expire,
    voided,
    clawback,
    renew,
    adjust,
    cost,
};

// How usage becomes credits; fixed: it does not, the amount stands; postpaid: it becomes USD owed.
enum class ChargeBy : std::uint8_t { cost, tokens, action, fixed, postpaid };

enum class Renewal : std::uint8_t { reset, rollover, accumulate };

struct ChargeTerms {
    ChargeBy by = ChargeBy::cost;
    Decimal factor{1, 0};
};

// PlanTerms of an account without a plan are these defaults: calendar months, nothing granted or
// renewed.
struct PlanPolicy;
struct Policy;

struct PlanTerms {
    std::string_view name;
    const PlanPolicy* policy = nullptr; // null: the policy's own for accounts without a plan
    Cycle cycle;
    bool grants_by_clock = false;
    bool renews_by_clock = false; // a calendar month of usage is no renewal
    std::optional<Credits> credits;
    std::optional<Decimal> price;        // USD of a period
    std::optional<Decimal> credit_share; // of what is paid, where the credits come from a margin
    std::optional<Credits> daily_credits;
    Renewal renewal = Renewal::accumulate;
    std::optional<Credits> rollover_min;
    std::optional<Credits> rollover_max;
    Credits overdraft;
    ChargeTerms charge;
};

struct Wallet {
    AccountStatus status = AccountStatus::open;
    Instant period_start = 0;
    Instant period_end = never;
    Instant day_end = never; // never: no daily credits
    Credits plan_granted;
    Credits once_granted; // by plans that grant once, ever
    Credits day_granted;
    Credits granted;
    std::int64_t last_lot_no = 0;
    std::int64_t current_lot_no = 0; // 0: none
    std::int64_t first_open_hold = 1;
    Instant next_event_at = always;
    Decimal residue_usd;
    Credits held;
    std::int64_t last_hold_no = 0;
    Credits current_remaining;
    Credits balance;
    std::int64_t last_entry_no = 0;
    Instant clock = always;            // everything due up to it has been applied
    std::string_view level;            // empty: normal
    Instant licence_failed_at = never; // never: the licence is active
    Instant licence_paid_at = always;  // the latest payment that is known; always: none
    Instant paid_until = always;       // end of the last period paid for; always: none
    Decimal period_revenue;
    Decimal period_covered;
    Decimal period_overage;
    Decimal held_cost;
    std::int64_t period_requests = 0;
    Decimal period_tokens;
    Decimal period_cost;
};

struct Lot {
    std::int64_t lot_no = 0;
    std::string_view source;
    std::string_view category;
    Credits amount;
    Credits remaining;
    std::int32_t priority = 100;
    LotState state = LotState::live;
    bool is_new = false;
    bool changed = false;
    Instant effective_at = 0;
    Instant expires_at = never;
    Instant created_at = 0;
    std::optional<Credits> rollover_min;
    std::optional<Credits> rollover_max;
    std::optional<Decimal> price_paid;
    Instant paid_to = never; // end of the period that it was paid for ahead; never: it was not

    // is_paid_ahead is true of a lot that waits for a period to come, which was paid for.
    [[nodiscard]] bool is_paid_ahead() const {
        return state == LotState::scheduled && paid_to != never;
    }

    [[nodiscard]] bool is_plan() const { return source == "plan"; }

    [[nodiscard]] bool is_paid() const { return category == "paid"; }

    [[nodiscard]] bool is_open() const {
        return state == LotState::live || state == LotState::scheduled;
    }
};

struct Hold {
    std::int64_t hold_no = 0;
    Credits amount;
    Instant created_at = 0;
    Instant expires_at = 0;
    HoldStatus status = HoldStatus::pending;
    bool changed = false;
    Instant ended_at = 0;
    std::int64_t entry_no = 0;
    ChargeTerms terms;
    // What limits count for it until it ends.
    Credits authorized_amount;
    std::optional<Decimal> cost;
    Decimal tokens;
    Instant extended_at = never; // never: it was not
    std::string_view provider;
    std::string_view model;
    std::string_view action;
    std::string_view member_id;
    std::int64_t price_version = 0; // of the book that its names are looked up in; 0: the latest
    List<UsageItem> included;       // units of the plan set aside for it
};

struct LotMove {
    std::int64_t lot_no = 0;
    Credits amount;
};

struct Entry {
    EntryKind kind = EntryKind::adjust;
    bool is_call = false; // the caller's own entry, as against one that was due
    std::int64_t entry_no = 0;
    Credits amount;
    Credits balance;
    Credits held;
    Instant effective_at = 0;
    std::int64_t hold_no = 0;
    std::int64_t refers_to = 0;
    List<LotMove> moves;
    std::optional<Decimal> cost;
    std::optional<Decimal> computed_usd;
    std::optional<Decimal> residue_usd;
    std::optional<ChargeTerms> terms; // under which computed_usd came about
    std::string_view plan;
    std::string_view reason;
    Decimal overage;          // USD
    List<UsageItem> included; // units of the plan used instead of credits
};

// Consent is one that the account gave, or gave once. While it stands each of its months is revenue
// and buys credits.
struct Consent {
    std::string_view kind;
    Decimal usd;              // of a month; 0: not configured any more
    Credits credits;          // that they buy
    Instant given_at = never; // never: it was withdrawn
    Instant anchor = 0;       // from which its months are counted
    Instant next_at = 0; // end of the latest month; while it stands the next one is booked then
    std::int64_t entry_no = 0; // that booked the latest month; 0: none
    bool is_new = false;
    bool changed = false;

    [[nodiscard]] bool stands() const { return given_at != never; }
};

// Revenue that the books have a row of, beside the wallet's total.
struct Revenue {
    std::string_view kind;
    std::string_view reference;
    Decimal usd;
    Instant occurred_at = 0;
    std::int64_t entry_no = 0; // that came with it; 0: none
};

// LevelChange is a change of the restriction level, and what brought it about.
struct LevelChange {
    std::string_view from;
    std::string_view to;
    std::string_view cause;
};

// Account is the working copy of one call. In a partial one only the wallet is known, which is
// enough as long as nothing is due and the current lot covers the charge.
struct Account {
    Wallet wallet;
    bool is_full = false;
    Instant now = 0;
    Unit unit;
    const PlanTerms* plan = nullptr;
    const PlanTerms* pending_plan = nullptr; // takes over when the period ends
    const Policy* policy = nullptr;          // null: no licence has a schedule
    bool plan_changed = false;
    bool facts_changed = false; // plan to come, anchor
    bool free_grants = true;
    bool anchor_given = false; // the period's anchor was the application's choice
    Instant period_anchor = 0;
    const Zone* zone = nullptr;
    Arena* arena = nullptr;
    List<Lot> lots;   // scheduled and live ones, and those that a refund goes back to
    List<Hold> holds; // pending ones
    List<Consent> consents;
    List<Entry> entries;
    List<Revenue> revenue; // new
    List<LevelChange> level_changes;
};

} // namespace credits::core
