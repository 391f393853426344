// The rules that one call meets: what of the policy concerns it, with the use counted so far. Owns
// their gathering in one place; admission decides by them, and the caller finds out which they are.
#pragma once

#include "core/account.hpp"
#include "core/gates.hpp"
#include "core/included.hpp"
#include "core/ladder.hpp"
#include "core/licence.hpp"
#include "core/limits.hpp"

namespace credits::core {

// PlatformState: a paused platform lets no call through; until: when that ends by itself.
struct PlatformState {
    bool is_paused = false;
    std::string_view reason;
    Instant until = never;
};

// CallRules is made for one call of one account.
struct CallRules {
    Arena* arena = nullptr;
    const Policy* policy = nullptr;
    const Ladder* ladder = nullptr;
    const PlanPolicy* plan = nullptr;
    const ActionPolicy* action = nullptr; // null: the call names none, or one without rules
    const ModelNames* names = nullptr;    // of the call's model; null: none but its own
    PlatformState platform;
    List<LimitCase> cases;       // all that count the call
    List<LimitCase> account;     // those of the account as a whole, where levels rest on any
    List<IncludedPool> included; // units of the plan for the call's model
    List<OpenConversions> conversions;
    List<GateNeed> gates;   // that the call must pass
    bool is_shadow = false; // rules of use are noted, and let the call through
};

// is_in_share picks a share (0 to 1) of accounts by their names, always the same ones; those of a
// smaller share are among those of a larger one.
bool is_in_share(std::string_view account_id, const Decimal& share);

// names_of is a demand of nothing by the call of a hold.
Demand names_of(const Hold& hold, const ModelNames* names);

// window_clock is what the account's windows go by.
WindowClock window_clock(const Account& account);

// LadderFacts of an account with what the call at hand would add to the limits.
LadderFacts ladder_facts(const Account& account, const CallRules& rules, const Demand& demand);

// level_of_account is the level that an account has by its own state alone; level_of_call also
// looks at limits that bind only calls like the one at hand.
LevelReached level_of_account(const Account& account, const CallRules& rules);
int rank_of_call(const Account& account, const CallRules& rules, const Demand& names);

// keep_level brings the wallet's level to what its state says, and notes the change.
void keep_level(Account& account, const CallRules& rules);

} // namespace credits::core
