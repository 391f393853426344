// Owns the tests of outcomes: their order of precedence, names and statuses, as the contract lists
// them.
#include "support.hpp"

#include "core/outcome.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <set>
#include <string>
#include <vector>

namespace credits::core::test {
namespace {

TEST(Outcomes, AreThoseOfTheContractInItsOrder) {
    struct Row {
        std::string name;
        int status;
    };

    const std::vector<Row> contract{
        {"ok", 200},
        {"idempotency_conflict", 409},
        {"account_not_found", 404},
        {"account_closed", 403},
        {"account_frozen", 403},
        {"platform_paused", 503},
        {"licence_suspended", 402},
        {"feature_not_in_plan", 403},
        {"provider_not_in_plan", 403},
        {"model_not_in_plan", 403},
        {"price_unknown", 422},
        {"request_too_large", 413},
        {"blocked", 429},
        {"too_frequent", 429},
        {"rate_limited", 429},
        {"level_forbids", 402},
        {"gate_required", 402},
        {"quota_exceeded", 429},
        {"plan_limit_exceeded", 402},
        {"insufficient_credits", 402},
        {"hold_not_found", 404},
        {"hold_settled", 409},
        {"hold_released", 409},
        {"entry_not_found", 404},
        {"refund_exceeds", 409},
    };
    ASSERT_EQ(outcome_table.size(), contract.size());
    for (std::size_t at = 0; at < contract.size(); ++at) {
        const OutcomeFacts& facts = facts_of(static_cast<Outcome>(at));
        EXPECT_EQ(facts.name, contract[at].name);
        EXPECT_EQ(facts.http_status, contract[at].status) << contract[at].name;
    }
}

TEST(Outcomes, EveryRefusalTellsWhatToDo) {
    std::set<std::string_view> names;
    for (const OutcomeFacts& facts : outcome_table) {
        EXPECT_TRUE(names.insert(facts.name).second) << facts.name;
        if (facts.outcome == Outcome::ok) {
            continue;
        }
        ASSERT_FALSE(facts.hint.empty()) << facts.name;
        EXPECT_TRUE(std::islower(static_cast<unsigned char>(facts.hint.front()))) << facts.hint;
        EXPECT_NE(facts.hint.back(), '.') << facts.hint;
    }
}

} // namespace
} // namespace credits::core::test
