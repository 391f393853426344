// Outcomes of a call: one enum in order of precedence, each with its name and HTTP status.
// Outcomes whose rules are not part of the catalogue yet simply never occur.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace credits::core {

enum class Outcome {
    ok,
    idempotency_conflict,
    account_not_found,
    account_closed,
    account_frozen,
    platform_paused,
    licence_suspended,
    feature_not_in_plan,
    provider_not_in_plan,
    model_not_in_plan,
    price_unknown,
    request_too_large,
    blocked,
    too_frequent,
    rate_limited,
    level_forbids,
    gate_required,
    quota_exceeded,
    plan_limit_exceeded,
    insufficient_credits,
    hold_not_found,
    hold_settled,
    hold_released,
    entry_not_found,
    refund_exceeds,
};

struct OutcomeFacts {
    Outcome outcome;
    std::string_view name;
    int http_status;
    std::string_view hint;
};

inline constexpr std::array outcome_table{
    OutcomeFacts{Outcome::ok, "ok", 200, ""},
    OutcomeFacts{Outcome::idempotency_conflict,
                 "idempotency_conflict",
                 409,
                 "use a new idempotency key for a new request, or repeat the first one unchanged"},
    OutcomeFacts{Outcome::account_not_found,
                 "account_not_found",
                 404,
                 "open it first: SELECT credits.open_account('...')"},
    OutcomeFacts{Outcome::account_closed,
                 "account_closed",
                 403,
                 "a closed account is opened again by credits.open_account with the same facts"},
    OutcomeFacts{Outcome::account_frozen,
                 "account_frozen",
                 403,
                 "lift it with credits.unfreeze once the reason is gone"},
    OutcomeFacts{Outcome::platform_paused, "platform_paused", 503, "try again later"},
    OutcomeFacts{Outcome::licence_suspended, "licence_suspended", 402, "settle the open invoice"},
    OutcomeFacts{
        Outcome::feature_not_in_plan, "feature_not_in_plan", 403, "upgrade to a plan that has it"},
    OutcomeFacts{Outcome::provider_not_in_plan,
                 "provider_not_in_plan",
                 403,
                 "use a provider of the plan, or upgrade"},
    OutcomeFacts{Outcome::model_not_in_plan,
                 "model_not_in_plan",
                 403,
                 "use a model of the plan, or upgrade"},
    OutcomeFacts{
        Outcome::price_unknown,
        "price_unknown",
        422,
        "check the names of provider, model and metric (upper and lower case differ), or add the "
        "price with credits.configure or credits.import_prices, dated from when it is in "
        "force"},
    OutcomeFacts{Outcome::request_too_large, "request_too_large", 413, "split the request"},
    OutcomeFacts{Outcome::blocked, "blocked", 429, "wait until the block ends"},
    OutcomeFacts{Outcome::too_frequent, "too_frequent", 429, "wait before the next request"},
    OutcomeFacts{Outcome::rate_limited, "rate_limited", 429, "wait before the next request"},
    OutcomeFacts{Outcome::level_forbids, "level_forbids", 402, "a payment lifts the restriction"},
    OutcomeFacts{Outcome::gate_required, "gate_required", 402, "complete what opens the gate"},
    OutcomeFacts{Outcome::quota_exceeded, "quota_exceeded", 429, "raise the quota or wait"},
    OutcomeFacts{
        Outcome::plan_limit_exceeded, "plan_limit_exceeded", 402, "upgrade or wait for the reset"},
    OutcomeFacts{Outcome::insufficient_credits,
                 "insufficient_credits",
                 402,
                 "grant or sell the account more credits, or ask for less"},
    OutcomeFacts{
        Outcome::hold_not_found, "hold_not_found", 404, "see credits.holds for the open ones"},
    OutcomeFacts{Outcome::hold_settled,
                 "hold_settled",
                 409,
                 "a hold is settled once; give credits back with credits.refund"},
    OutcomeFacts{Outcome::hold_released,
                 "hold_released",
                 409,
                 "charge the call with credits.deduct if it took place after all"},
    OutcomeFacts{
        Outcome::entry_not_found, "entry_not_found", 404, "see credits.history for the entries"},
    OutcomeFacts{Outcome::refund_exceeds,
                 "refund_exceeds",
                 409,
                 "all refunds of an entry together give back at most what it charged"},
};

constexpr bool outcome_table_is_in_order() {
    for (std::size_t at = 0; at < outcome_table.size(); ++at) {
        if (static_cast<std::size_t>(outcome_table[at].outcome) != at) {
            return false;
        }
    }
    return outcome_table.size() == static_cast<std::size_t>(Outcome::refund_exceeds) + 1;
}

static_assert(outcome_table_is_in_order(), "every outcome has its row, in the enum's order");

constexpr const OutcomeFacts& facts_of(Outcome outcome) {
    return outcome_table[static_cast<std::size_t>(outcome)];
}

} // namespace credits::core
