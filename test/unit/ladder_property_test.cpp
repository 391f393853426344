// Owns the comparison of the ladder with a slow one of whole cents: random ladders and accounts,
// every level tried by itself, shares as fractions. Shares no arithmetic with the core's.
#include "ladder_models.hpp"
#include "support.hpp"

#include "core/gates.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace credits::core::test {
namespace {

using Names = std::vector<std::string>;

const Names levels{"reduced", "basic", "bare", "payment_required"};
const Names actions{"message", "image", "plan", ""};
const Names models{"huge", "large", "medium", "small"};
const Names limits{"tokens", "images"};
const Names kinds{"click", "buy"};
const std::string other_names = "any other name";

// SlowStep has its threshold in whole percent.
struct SlowStep {
    std::string level;
    std::int64_t at = 1;
    std::string of;
    std::optional<std::set<std::string>> allow;
    std::map<std::string, std::string> substitute;
    std::map<std::string, std::int64_t> gates;
};

struct SlowLimit {
    std::string name;
    std::int64_t used = 0;
    std::int64_t added = 0;
    std::int64_t allowed = 0;
};

// Everything in cents, the margin in percent.
struct SlowAccount {
    bool in_debt = false;
    std::int64_t cost = 0;
    std::int64_t held = 0;
    std::int64_t revenue = 0;
    std::int64_t covered = 0;
    std::optional<std::int64_t> budget;
    std::int64_t cover = 0;
    std::optional<std::int64_t> margin;
    std::optional<std::int64_t> profit;
    Names degrades;
    std::vector<SlowLimit> limits;
};

// What is spent and what may be, in hundredths of a cent.
struct SlowShare {
    std::int64_t spent;
    std::int64_t limit;
};

SlowShare slow_share(const SlowAccount& account, std::int64_t more) {
    const std::int64_t cost = (account.cost + more) * 100;
    const std::int64_t budget = account.budget.value_or(0) * 100;
    if (account.revenue <= 0) {
        return {cost, std::max(account.cover * 100, budget)};
    }
    if (account.profit) {
        return {cost - account.covered * 100, (account.revenue - *account.profit) * 100};
    }
    return {cost, std::max(budget, account.revenue * (100 - account.margin.value_or(0)))};
}

bool slow_reached(const SlowShare& share, std::int64_t percent) {
    if (share.spent <= 0) {
        return false;
    }
    return share.limit <= 0 ? percent <= 100 : share.spent * 100 >= percent * share.limit;
}

bool slow_passed(const SlowShare& share, std::int64_t percent) {
    return share.spent > 0 && (share.limit <= 0 || share.spent * 100 > percent * share.limit);
}

class SlowLadder {
  public:
    explicit SlowLadder(std::vector<SlowStep> steps) : steps_(std::move(steps)) {
        for (const SlowStep& step : steps_) {
            if (std::find(order_.begin(), order_.end(), step.level) == order_.end()) {
                order_.push_back(step.level);
            }
        }
        if (std::find(order_.begin(), order_.end(), "payment_required") == order_.end()) {
            order_.push_back(other_names);
            order_.emplace_back("payment_required");
        }
    }

    // The last level in order that anything reaches.
    [[nodiscard]] std::string level_of(const SlowAccount& account) const {
        std::string highest = "normal";
        for (const std::string& level : order_) {
            highest = holds_at(account, level) ? level : highest;
        }
        const auto other = std::find_if(
            account.degrades.begin(), account.degrades.end(), [&](const std::string& level) {
                return std::find(order_.begin(), order_.end(), level) == order_.end();
            });
        const bool debt_is_top = order_.size() > 1 && order_[order_.size() - 2] == other_names;
        if (other != account.degrades.end() && !(debt_is_top && highest == "payment_required")) {
            highest = *other;
        }
        return highest;
    }

    [[nodiscard]] bool allows(const std::string& level, const std::string& action) const {
        return std::all_of(steps_.begin(), steps_.end(), [&](const SlowStep& step) {
            return !is_below(step, level) || !step.allow || step.allow->count(action) > 0;
        });
    }

    [[nodiscard]] bool
    admits(const SlowAccount& account, const std::string& action, std::int64_t cost) const {
        bool admitted = allows(level_of(account), action);
        for (const SlowStep& step : steps_) {
            if (step.at < 100 || !step.allow || step.allow->count(action) > 0) {
                continue;
            }
            if (step.of == "cost_budget" && cost > 0) {
                admitted &= !slow_passed(slow_share(account, account.held + cost), step.at);
            }
            for (const SlowLimit& limit : account.limits) {
                if (limit.name == step.of && limit.added > 0) {
                    admitted &= !slow_passed({limit.used + limit.added, limit.allowed}, step.at);
                }
            }
        }
        return admitted;
    }

    // From the level downwards the first map that names the model; then again above it.
    [[nodiscard]] std::string model_at(const std::string& level, std::string model) const {
        int above = 0;
        for (bool found = true; found;) {
            found = false;
            for (int rank = rank_of(level); rank > above && !found; --rank) {
                for (const SlowStep& step : steps_) {
                    if (rank_of(step.level) == rank && step.substitute.count(model) > 0) {
                        model = step.substitute.at(model);
                        above = rank;
                        found = true;
                        break;
                    }
                }
            }
        }
        return model;
    }

    [[nodiscard]] std::map<std::string, std::int64_t> gates_at(const std::string& level) const {
        std::map<std::string, std::int64_t> gates;
        for (const SlowStep& step : steps_) {
            for (const auto& [kind, count] : step.gates) {
                if (is_below(step, level)) {
                    gates[kind] = std::max(gates[kind], count);
                }
            }
        }
        return gates;
    }

  private:
    [[nodiscard]] bool holds_at(const SlowAccount& account, const std::string& level) const {
        bool holds = level == "payment_required" && account.in_debt;
        for (const std::string& degrade : account.degrades) {
            holds |= degrade == level;
        }
        for (const SlowStep& step : steps_) {
            if (step.level != level) {
                continue;
            }
            holds |= step.of == "cost_budget" && slow_reached(slow_share(account, 0), step.at);
            for (const SlowLimit& limit : account.limits) {
                holds |=
                    limit.name == step.of && slow_reached({limit.used, limit.allowed}, step.at);
            }
        }
        return holds;
    }

    // Ranks from 1; names that are not in order stand below debt, or above all that is.
    [[nodiscard]] int rank_of(const std::string& level) const {
        if (level == "normal") {
            return 0;
        }
        auto found = std::find(order_.begin(), order_.end(), level);
        if (found == order_.end()) {
            found = std::find(order_.begin(), order_.end(), other_names);
        }
        return static_cast<int>(found - order_.begin()) + 1;
    }

    [[nodiscard]] bool is_below(const SlowStep& step, const std::string& level) const {
        return rank_of(step.level) <= rank_of(level);
    }

    std::vector<SlowStep> steps_;
    Names order_;
};

SlowStep throw_step(Dice& dice) {
    SlowStep step;
    step.level = dice.one_of(levels);
    step.at = dice.one_of(std::vector<std::int64_t>{10, 50, 75, 90, 99, 100, 100, 100, 101, 130});
    step.of = dice.one_in(3) ? dice.one_of(limits) : "cost_budget";
    if (dice.one_in(2)) {
        step.allow.emplace();
        while (dice.one_in(2)) {
            step.allow->insert(dice.one_of(actions));
        }
        step.allow->erase("");
    }
    while (dice.one_in(2)) {
        step.substitute[dice.one_of(models)] = dice.one_of(models);
    }
    while (dice.one_in(3)) {
        step.gates[dice.one_of(kinds)] = dice.number(1, 3);
    }
    return step;
}

SlowAccount throw_account(Dice& dice) {
    SlowAccount account;
    account.in_debt = dice.one_in(6);
    account.cover = dice.one_of(std::vector<std::int64_t>{0, 100, 200});
    if (dice.one_in(2)) {
        account.budget = dice.one_of(std::vector<std::int64_t>{0, 150, 1'000});
    }
    account.cost = dice.one_in(5) ? 0 : dice.number(0, dice.one_in(2) ? 220 : 1'100);
    account.held = dice.one_in(2) ? 0 : dice.number(0, 60);
    if (dice.one_in(2)) {
        account.revenue = dice.one_of(std::vector<std::int64_t>{-100, 250, 300, 500, 2'000});
        account.covered = std::min(account.cost, account.cover);
    }
    if (dice.one_in(2)) {
        account.margin = dice.one_of(std::vector<std::int64_t>{0, 50, 80});
    }
    if (dice.one_in(2)) {
        account.profit = 300;
    }
    while (dice.one_in(4)) {
        account.degrades.push_back(dice.one_in(4) ? "elsewhere" : dice.one_of(levels));
    }
    while (dice.one_in(2)) {
        account.limits.push_back({dice.one_of(limits),
                                  dice.number(0, 20),
                                  dice.number(0, 2),
                                  dice.one_of(std::vector<std::int64_t>{0, 5, 10, 20})});
    }
    return account;
}

Decimal cents(std::int64_t count) {
    return make_decimal(count, 2);
}

LadderStep fast_step(const SlowStep& slow) {
    LadderStep step;
    step.level = slow.level;
    step.at = {slow.at, 0};
    step.of = slow.of;
    if (slow.allow) {
        step.allow.emplace(slow.allow->begin(), slow.allow->end());
    }
    step.substitute.insert(slow.substitute.begin(), slow.substitute.end());
    for (const auto& [kind, count] : slow.gates) {
        step.gates.push_back({kind, count, ""});
    }
    return step;
}

// The views of the facts look into the slow account.
LadderFacts fast_facts(const SlowAccount& slow, Arena& arena) {
    LadderFacts facts;
    facts.in_debt = slow.in_debt;
    facts.cost = cents(slow.cost);
    facts.held_cost = cents(slow.held);
    facts.revenue = cents(slow.revenue);
    facts.covered = cents(slow.covered);
    facts.cover = cents(slow.cover);
    if (slow.budget) {
        facts.cost_budget = cents(*slow.budget);
    }
    if (slow.margin) {
        facts.margin = cents(*slow.margin);
    }
    if (slow.profit) {
        facts.guarantee = GuaranteeTerms{{}, {}, cents(*slow.profit)};
    }
    for (const std::string& level : slow.degrades) {
        facts.degrades.push_back(arena, {"limit", level});
    }
    for (const SlowLimit& limit : slow.limits) {
        facts.limits.push_back(arena,
                               {limit.name, {limit.used, 0}, {limit.added, 0}, {limit.allowed, 0}});
    }
    return facts;
}

void compare_at_level(const Ladder& ladder, const SlowLadder& slow, const std::string& level) {
    const int rank = ladder.rank_of(level);
    for (const std::string& action : actions) {
        ASSERT_EQ(ladder.forbidding_step(rank, action) == nullptr, slow.allows(level, action));
    }
    for (const std::string& model : models) {
        ASSERT_EQ(model_at(ladder, rank, model), slow.model_at(level, model)) << level << model;
    }
    TestArena arena;
    std::map<std::string, std::int64_t> gates;
    for (const GateNeed& need : gates_before(ladder, rank, nullptr, arena)) {
        gates.emplace(need.kind, need.count);
    }
    ASSERT_EQ(gates, slow.gates_at(level));
}

TEST(LadderProperty, RandomLaddersDecideAsTheSlowOneDoes) {
    std::map<std::string, int> seen;
    for (const std::uint64_t seed : seeds(20, 10)) {
        SCOPED_TRACE(seed);
        Dice dice(seed);
        for (int round = 0; round < 100; ++round) {
            Policy policy;
            std::vector<SlowStep> steps;
            for (std::int64_t count = dice.number(0, 6); count > 0; --count) {
                steps.push_back(throw_step(dice));
                policy.ladder.push_back(fast_step(steps.back()));
            }
            const Ladder ladder(policy);
            const SlowLadder slow(steps);
            for (int member = 0; member < 20; ++member) {
                TestArena arena;
                const SlowAccount account = throw_account(dice);
                const LadderFacts facts = fast_facts(account, arena);
                const std::string level(ladder.level_of(facts).name);
                ASSERT_EQ(level, slow.level_of(account));
                const std::string action = dice.one_of(actions);
                const std::int64_t cost = dice.one_in(3) ? 0 : dice.number(0, 50);
                const bool admitted = ladder.admits(facts, action, cents(cost)).is_allowed;
                ASSERT_EQ(admitted, slow.admits(account, action, cost));
                ++seen[level + (admitted ? " goes" : " stops")];
                ASSERT_NO_FATAL_FAILURE(compare_at_level(ladder, slow, level));
            }
        }
    }
    EXPECT_EQ(seen.size(), 12U) << "six levels, each both ways";
}

// However many calls of whatever cost, admitted one after the other and some of them held: what is
// spent never passes the budget by a cent, and the last cent of it can be spent.
TEST(LadderProperty, AdmittedCostNeverPassesTheLastStep) {
    for (const std::uint64_t seed : seeds(20, 10)) {
        SCOPED_TRACE(seed);
        Dice dice(seed);
        Policy policy;
        LadderStep last;
        last.level = "payment_required";
        last.at = {100, 0};
        last.of = "cost_budget";
        last.allow.emplace();
        policy.ladder = {last};
        const Ladder ladder(policy);
        LadderFacts facts;
        facts.cover = cents(dice.number(0, 500));
        while (compare(facts.cost + facts.held_cost, facts.cover) < 0) {
            const Decimal cost = cents(dice.one_in(2) ? 1 : dice.number(1, 90));
            if (ladder.admits(facts, "message", cost).is_allowed) {
                facts.held_cost = facts.held_cost + cost;
            }
            if (dice.one_in(3)) {
                facts.cost = facts.cost + facts.held_cost;
                facts.held_cost = {};
            }
            ASSERT_TRUE(compare(facts.cost + facts.held_cost, facts.cover) <= 0);
        }
        ASSERT_EQ(facts.cost + facts.held_cost, facts.cover);
        ASSERT_FALSE(ladder.admits(facts, "message", cents(1)).is_allowed);
    }
}

} // namespace
} // namespace credits::core::test
