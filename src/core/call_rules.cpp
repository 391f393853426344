// Levels of an account, from its state and the counters of its limits.
#include "core/call_rules.hpp"

#include "core/account.hpp"

namespace credits::core {

namespace {

void add_degrades(List<Degrade>& degrades,
                  const Account& account,
                  const List<LimitCase>& cases,
                  const Demand& names) {
    for (const LevelInForce& level : levels_in_force(*account.arena, cases, names, account.now)) {
        degrades.push_back(*account.arena, {level.limit_name, level.level});
    }
}

bool is_base_of_a_step(const Ladder& ladder, std::string_view limit_name) {
    for (const Ladder::RankedStep& step : ladder.steps()) {
        if (!step.is_of_budget && step.terms.of == limit_name) {
            return true;
        }
    }
    return false;
}

LadderFacts facts_of_wallet(const Account& account, const CallRules& rules) {
    LadderFacts facts;
    const Wallet& wallet = account.wallet;
    facts.in_debt = wallet.balance.is_negative();
    facts.cost = wallet.period_cost;
    facts.held_cost = wallet.held_cost;
    facts.revenue = wallet.period_revenue;
    facts.covered = wallet.period_covered;
    facts.cost_budget = rules.plan->cost_budget;
    facts.cover = rules.plan->cover;
    facts.margin = rules.policy->margin;
    facts.guarantee = rules.policy->guarantee;
    return facts;
}

// A limit that counts only some calls is the base of its account's level also where the call at
// hand, if any, is none of them.
void add_shares(LadderFacts& facts,
                const Account& account,
                const CallRules& rules,
                const Demand& demand) {
    for (const LimitCase& limit_case : rules.account) {
        const LimitTerms& terms = *limit_case.terms;
        if (limit_case.limit_given && is_base_of_a_step(*rules.ladder, terms.name)) {
            const Decimal added =
                counts(terms, demand) ? amount_of(demand, terms.metric) : Decimal{};
            facts.limits.push_back(
                *account.arena,
                {terms.name, used_of(limit_case, account.now), added, limit_case.limit});
        }
    }
}

} // namespace

bool is_in_share(std::string_view account_id, const Decimal& share) {
    if (share.is_zero()) {
        return false;
    }
    // FNV-1a, and what it leaves of 64 bits spread once more: names in a row must not fall
    // together.
    std::uint64_t hash = 14'695'981'039'346'656'037U;
    for (const char c : account_id) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
    }
    hash = (hash ^ (hash >> 32U)) * 0x9E3779B97F4A7C15U;
    constexpr std::uint64_t parts = 1'000'000;
    const Decimal place = {static_cast<Int128>((hash >> 20U) % parts), 0};
    return std::is_lt(compare(place, share * Decimal{parts, 0}));
}

Demand names_of(const Hold& hold, const ModelNames* names) {
    Demand demand;
    demand.provider = hold.provider;
    demand.model = hold.model;
    demand.action = hold.action;
    demand.names = names;
    return demand;
}

WindowClock window_clock(const Account& account) {
    return {account.zone, account.wallet.period_start, account.wallet.period_end};
}

LadderFacts ladder_facts(const Account& account, const CallRules& rules, const Demand& demand) {
    LadderFacts facts = facts_of_wallet(account, rules);
    if (rules.ladder->has_limit_steps()) {
        add_shares(facts, account, rules, demand);
    }
    if (rules.ladder->has_degrades()) {
        add_degrades(facts.degrades, account, rules.account, {});
        add_degrades(facts.degrades, account, rules.cases, demand);
    }
    return facts;
}

LevelReached level_of_account(const Account& account, const CallRules& rules) {
    LadderFacts facts = facts_of_wallet(account, rules);
    if (rules.ladder->has_limit_steps()) {
        add_shares(facts, account, rules, {});
    }
    if (rules.ladder->has_degrades()) {
        add_degrades(facts.degrades, account, rules.account, {});
    }
    return rules.ladder->level_of(facts);
}

int rank_of_call(const Account& account, const CallRules& rules, const Demand& names) {
    return rules.ladder->level_of(ladder_facts(account, rules, names)).rank;
}

void keep_level(Account& account, const CallRules& rules) {
    const LevelReached reached = level_of_account(account, rules);
    const std::string_view name = reached.rank == 0 ? std::string_view{} : reached.name;
    if (name == account.wallet.level) {
        return;
    }
    LevelChange change;
    change.from = account.wallet.level.empty() ? normal_level : account.wallet.level;
    change.to = reached.name;
    change.cause = reached.rank == 0 ? "lifted" : cause_text(reached);
    account.level_changes.push_back(*account.arena, change);
    account.wallet.level = name;
}

} // namespace credits::core
