// Levels by share, effect and debt; what the steps up to a level forbid and substitute.
#include "core/ladder.hpp"

#include <algorithm>

namespace credits::core {

namespace {

constexpr Decimal hundred{100, 0};
constexpr Decimal one{1, 0};

const Decimal& greater(const Decimal& left, const Decimal& right) {
    return std::is_lt(compare(left, right)) ? right : left;
}

bool allows(const LadderStep& step, std::string_view action) {
    return !step.allow ||
           std::find(step.allow->begin(), step.allow->end(), action) != step.allow->end();
}

bool is_reached(const Ladder::RankedStep& step, const LadderFacts& facts, const Share& budget) {
    if (step.is_of_budget) {
        return reaches(budget, step.terms.at);
    }
    return std::any_of(facts.limits.begin(), facts.limits.end(), [&](const LimitShare& limit) {
        return limit.limit == step.terms.of && reaches({limit.used, limit.allowed}, step.terms.at);
    });
}

// What a call's own part would carry beyond the step.
bool is_passed(const Ladder::RankedStep& step,
               const LadderFacts& facts,
               const Decimal& cost,
               const Share& budget_after) {
    if (step.is_of_budget) {
        return !cost.is_zero() && goes_beyond(budget_after, step.terms.at);
    }
    return std::any_of(facts.limits.begin(), facts.limits.end(), [&](const LimitShare& limit) {
        return limit.limit == step.terms.of && !limit.added.is_zero() &&
               goes_beyond({limit.used + limit.added, limit.allowed}, step.terms.at);
    });
}

// What is left of the step's base until the step is passed; its room may be more than the base.
Room room_before(const Ladder::RankedStep& step, const LadderFacts& facts) {
    constexpr Decimal percent{1, 2};
    const Decimal part = step.terms.at * percent;
    if (step.is_of_budget) {
        const Share share = share_of_budget(facts, facts.held_cost);
        const Decimal whole = share.whole.is_negative() ? Decimal{} : share.whole;
        return room_of(share.part, whole * part, {});
    }
    const auto base =
        std::find_if(facts.limits.begin(), facts.limits.end(), [&](const LimitShare& limit) {
            return limit.limit == step.terms.of && !limit.added.is_zero() &&
                   goes_beyond({limit.used + limit.added, limit.allowed}, step.terms.at);
        });
    return room_of(base->used, base->allowed * part, step.terms.of);
}

} // namespace

Decimal covered_cost(const Decimal& cost, const Decimal& cover) {
    return std::is_lt(compare(cost, cover)) ? cost : cover;
}

Share share_of_budget(const LadderFacts& facts, const Decimal& added_cost) {
    const Decimal cost = facts.cost + added_cost;
    const Decimal budget = facts.cost_budget.value_or(Decimal{});
    if (facts.revenue.is_zero() || facts.revenue.is_negative()) {
        return {cost, greater(facts.cover, budget)};
    }
    if (facts.guarantee) {
        return {cost - facts.covered, facts.revenue - facts.guarantee->profit};
    }
    const Decimal spendable = facts.revenue * (one - facts.margin.value_or(Decimal{}));
    return {cost, greater(budget, spendable)};
}

std::string_view cause_text(const LevelReached& level) {
    switch (level.cause) {
    case LevelCause::budget:
        return budget_base;
    case LevelCause::limit:
        return level.limit;
    case LevelCause::degrade:
        return "degrade";
    case LevelCause::debt:
        return "debt";
    case LevelCause::none:
        break;
    }
    return "";
}

Ladder::Ladder(const Policy& policy) {
    add_level(normal_level);
    for (const LadderStep& step : policy.ladder) {
        add_level(step.level);
        steps_.push_back({rank_of(step.level), step.of == budget_base, step});
        has_limit_steps_ = has_limit_steps_ || step.of != budget_base;
        has_substitutes_ = has_substitutes_ || !step.substitute.empty();
    }
    const bool places_debt = std::find(levels_.begin(), levels_.end(), debt_level) != levels_.end();
    add_degrades(policy.limits);
    for (const auto& [name, plan] : policy.plans) {
        add_degrades(plan.limits);
    }
    add_degrades(policy.without_plan.limits);
    other_rank_ = static_cast<int>(levels_.size());
    levels_.emplace_back();
    if (!places_debt) {
        levels_.emplace_back(debt_level);
    }
    std::stable_sort(
        steps_.begin(), steps_.end(), [](const RankedStep& left, const RankedStep& right) {
            return left.rank > right.rank;
        });
}

void Ladder::add_level(std::string_view level) {
    if (std::find(levels_.begin(), levels_.end(), level) == levels_.end()) {
        levels_.emplace_back(level);
    }
}

void Ladder::add_degrades(const std::vector<LimitTerms>& limits) {
    for (const LimitTerms& limit : limits) {
        if (limit.effect.kind != EffectKind::degrade) {
            continue;
        }
        has_degrades_ = true;
        if (limit.effect.name != debt_level) {
            add_level(limit.effect.name);
        }
    }
}

int Ladder::rank_of(std::string_view level) const {
    if (level.empty()) {
        return 0;
    }
    const auto found = std::find(levels_.begin(), levels_.end(), level);
    return found == levels_.end() ? other_rank_ : static_cast<int>(found - levels_.begin());
}

LevelReached Ladder::level_of(const LadderFacts& facts) const {
    LevelReached level;
    const Share budget = share_of_budget(facts, {});
    const auto reached = std::find_if(steps_.begin(), steps_.end(), [&](const RankedStep& step) {
        return is_reached(step, facts, budget);
    });
    if (reached != steps_.end()) {
        const LadderStep& step = reached->terms;
        level = reached->is_of_budget
                    ? LevelReached{reached->rank, step.level, LevelCause::budget, {}, &step}
                    : LevelReached{reached->rank, step.level, LevelCause::limit, step.of, &step};
    }
    for (const Degrade& degrade : facts.degrades) {
        if (const int rank = rank_of(degrade.level); rank > level.rank) {
            level = {rank, degrade.level, LevelCause::degrade, degrade.limit, nullptr};
        }
    }
    if (const int rank = rank_of(debt_level); facts.in_debt && rank > level.rank) {
        level = {rank, debt_level, LevelCause::debt, {}, nullptr};
    }
    return level;
}

const LadderStep* Ladder::forbidding_step(int rank, std::string_view action) const {
    const auto found = std::find_if(steps_.begin(), steps_.end(), [&](const RankedStep& step) {
        return step.rank <= rank && !allows(step.terms, action);
    });
    return found == steps_.end() ? nullptr : &found->terms;
}

Admission
Ladder::admits(const LadderFacts& facts, std::string_view action, const Decimal& cost) const {
    Admission admission;
    admission.level = level_of(facts);
    admission.forbidden_by = forbidding_step(admission.level.rank, action);
    if (admission.forbidden_by == nullptr) {
        const Share after = share_of_budget(facts, facts.held_cost + cost);
        const auto passed = std::find_if(steps_.begin(), steps_.end(), [&](const RankedStep& step) {
            return std::is_gteq(compare(step.terms.at, hundred)) && !allows(step.terms, action) &&
                   is_passed(step, facts, cost, after);
        });
        if (passed != steps_.end()) {
            admission.forbidden_by = &passed->terms;
            admission.room = room_before(*passed, facts);
        }
    }
    admission.is_allowed = admission.forbidden_by == nullptr;
    return admission;
}

Substitute Ladder::substitute_at(int rank, const Substitute& model, const ModelNames* names) const {
    for (const RankedStep& step : steps_) {
        if (step.rank > rank || step.rank <= model.rank) {
            continue;
        }
        const auto& substitutes = step.terms.substitute;
        auto found = substitutes.find(model.model);
        if (found == substitutes.end() && names != nullptr) {
            found = std::find_if(substitutes.begin(), substitutes.end(), [&](const auto& entry) {
                return is_model(entry.first, model.model, names);
            });
        }
        if (found != substitutes.end()) {
            return {found->second, step.rank};
        }
    }
    return model;
}

} // namespace credits::core
