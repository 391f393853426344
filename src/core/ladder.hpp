// The ladder of restriction levels: which level an account is at and why, and what that level
// allows. Owns the order of levels and the share of a budget; knows neither rows nor time.
#pragma once

#include "core/arena.hpp"
#include "core/model_names.hpp"
#include "core/policy_terms.hpp"
#include "core/share.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace credits::core {

inline constexpr std::string_view normal_level = "normal";
inline constexpr std::string_view debt_level = "payment_required";
inline constexpr std::string_view budget_base = "cost_budget";

// What is used of a limit, open holds included; added: what the call at hand would use of it.
struct LimitShare {
    std::string_view limit;
    Decimal used;
    Decimal added;
    Decimal allowed;
};

// The level that a limit's effect holds the account at.
struct Degrade {
    std::string_view limit;
    std::string_view level;
};

// USD are those of the period. covered: the cost that the cover paid before the first revenue.
struct LadderFacts {
    bool in_debt = false;
    Decimal cost;      // booked
    Decimal held_cost; // of open holds: it counts where a call is admitted, not for the level
    Decimal revenue;
    Decimal covered;
    std::optional<Decimal> cost_budget;
    Decimal cover;
    std::optional<Decimal> margin;
    std::optional<GuaranteeTerms> guarantee;
    List<Degrade> degrades;
    List<LimitShare> limits; // a limit that is not among them holds nobody at a level
};

// covered_cost is what the cover pays of a cost: to be kept at the period's first revenue.
Decimal covered_cost(const Decimal& cost, const Decimal& cover);

Share share_of_budget(const LadderFacts& facts, const Decimal& added_cost);

enum class LevelCause : std::uint8_t { none, budget, limit, degrade, debt };

// Views and step are good as long as the ladder and the facts.
struct LevelReached {
    int rank = 0;
    std::string_view name = normal_level;
    LevelCause cause = LevelCause::none;
    std::string_view limit;           // of causes limit and degrade
    const LadderStep* step = nullptr; // of causes budget and limit
};

// cause_text: "cost_budget", the name of the limit that is the step's base, "degrade", "debt"; of
// the normal level nothing.
std::string_view cause_text(const LevelReached& level);

struct Admission {
    bool is_allowed = true;
    LevelReached level;                       // as it is before the call
    const LadderStep* forbidden_by = nullptr; // where not allowed
    Room room; // where it is only the call that would reach the step; of: a limit, else the budget
};

// Substitute is a model in the place of another, and the rank of the step that put it there; -1:
// none did, it is the one asked for.
struct Substitute {
    std::string_view model;
    int rank = -1;
};

// Ladder is made once of a policy and keeps no part of it.
//
// Levels are ordered: normal, the ladder's in order of first appearance, those named by degrade
// effects only, any other name, and at the top the level of debt unless the ladder places it.
// A level includes those below it: its restrictions are those of every step up to its rank.
class Ladder {
  public:
    struct RankedStep {
        int rank = 0;
        bool is_of_budget = false;
        LadderStep terms;
    };

    Ladder() : Ladder(Policy{}) {}

    explicit Ladder(const Policy& policy);

    // Whether any step rests on a limit, and whether any limit holds accounts at a level.
    [[nodiscard]] bool has_limit_steps() const { return has_limit_steps_; }

    [[nodiscard]] bool has_degrades() const { return has_degrades_; }

    [[nodiscard]] bool has_substitutes() const { return has_substitutes_; }

    // An empty name is the normal level.
    [[nodiscard]] int rank_of(std::string_view level) const;

    // From the highest rank down, within one in the document's order.
    [[nodiscard]] const std::vector<RankedStep>& steps() const { return steps_; }

    [[nodiscard]] LevelReached level_of(const LadderFacts& facts) const;

    // Null where every step up to the rank allows the action; an empty one is on no list.
    [[nodiscard]] const LadderStep* forbidding_step(int rank, std::string_view action) const;

    // admits: the level allows the action, and no step from 100 percent on that forbids it would be
    // passed by the call's cost: stopped before, not after. A call without cost passes no step.
    [[nodiscard]] Admission
    admits(const LadderFacts& facts, std::string_view action, const Decimal& cost) const;

    // substitute_at is the model to call for another, by the highest step up to a rank that names
    // it and is above the step that put it there. Asked again it takes further what it gave, until
    // that stays. names: of the model.
    [[nodiscard]] Substitute
    substitute_at(int rank, const Substitute& model, const ModelNames* names) const;

  private:
    void add_level(std::string_view level);
    void add_degrades(const std::vector<LimitTerms>& limits);

    std::vector<std::string> levels_; // by rank; an empty one stands for any other name
    int other_rank_ = 0;
    bool has_limit_steps_ = false;
    bool has_degrades_ = false;
    bool has_substitutes_ = false;
    std::vector<RankedStep> steps_;
};

} // namespace credits::core
