// Which rules of the policy a call meets. Owns their gathering: limits with the counters of their
// subjects, the account's own caps, quotas of members, gates and conversions.
#pragma once

#include "core/call_rules.hpp"

#include "pg/session.hpp"

namespace credits::pg {

// CallNames are what rules know a call by.
struct CallNames {
    TextArgument action{};
    TextArgument provider{};
    TextArgument model{};
    TextArgument member_id{};
    TextArgument team{};          // where no member is named
    std::int64_t price_version{}; // of the book that the names are looked up in; 0: the latest
};

// names_of is what rules know the call of an open hold by.
CallNames names_of(const core::Hold& hold);

// gather_rules gives the rules of a call; null where nothing could refuse it or change a level.
core::CallRules* gather_rules(Session& session, const CallNames& names);

// quota_of reads the limits of a member's row; they last as long as the catalogue's copy.
const std::vector<core::LimitTerms>& quota_of(Session& session, Jsonb* quota);

// plan_policy is what the account's plan allows, or what stands for accounts without one.
const core::PlanPolicy& plan_policy(const Session& session);

// forget_account_limits is for when the account's plan or period is another from now on.
void forget_account_limits(Session& session);

// account_limits are those of the account as a whole, whatever call comes: its level may rest on
// them.
const core::List<core::LimitCase>& account_limits(Session& session);

// keep_level brings the wallet's level to the state of the account, however that came about.
void keep_level(Session& session);

// know_zone makes the account's time zone known where its facts were not loaded.
void know_zone(Session& session);

} // namespace credits::pg
