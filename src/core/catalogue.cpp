// Plans and actions by name.
#include "core/catalogue.hpp"

#include "core/error.hpp"

#include <algorithm>

namespace credits::core {

namespace {

bool asks_for_gates(const Policy& policy) {
    return std::any_of(policy.ladder.begin(),
                       policy.ladder.end(),
                       [](const LadderStep& step) { return !step.gates.empty(); }) ||
           std::any_of(policy.actions.begin(), policy.actions.end(), [](const auto& action) {
               return !action.second.gates.empty();
           });
}

bool restricts(const PlanPolicy& plan) {
    return plan.features || plan.providers || plan.models || plan.max_tokens_per_request ||
           plan.max_output_tokens || !plan.includes.empty() || !plan.limits.empty();
}

bool restricts(const ActionPolicy& action) {
    return !action.feature.empty() || action.max_credits || !action.gates.empty();
}

} // namespace

void Catalogue::add_plan(const PlanRow& row) {
    const auto [place, added] = plans_.emplace(std::string(row.terms.name), row.terms);
    PlanTerms& terms = place->second;
    terms.name = place->first;
    terms.price = row.price;
    if (row.credits_from_margin) {
        if (!margin_ || !row.price) {
            throw_invalid("a plan with credits from margin needs a price and a margin",
                          "plan " + place->first,
                          "configure margin, or give the plan's credits as a number");
        }
        terms.credit_share = Decimal{1, 0} - *margin_;
        terms.credits = round_charge(*row.price * *terms.credit_share, {}, unit_).amount;
    }
}

void Catalogue::add_action(std::string_view name, const ActionTerms& terms) {
    actions_.emplace(std::string(name), terms);
}

void Catalogue::add_consent(std::string_view kind, const ConsentTerms& terms) {
    consents_.emplace(std::string(kind), terms);
}

const ConsentTerms* Catalogue::find_consent(std::string_view kind) const {
    const auto found = consents_.find(kind);
    return found == consents_.end() ? nullptr : &found->second;
}

const PlanTerms* Catalogue::find_plan(std::string_view name) const {
    if (name.empty()) {
        return &without_plan_;
    }
    const auto found = plans_.find(name);
    return found == plans_.end() ? nullptr : &found->second;
}

void Catalogue::set_policy(Policy policy) {
    policy_ = std::move(policy);
    ladder_ = Ladder(policy_);
    without_plan_.policy = &policy_.without_plan;
    bool plans_restrict = false;
    for (auto& [name, terms] : plans_) {
        const auto found = policy_.plans.find(name);
        terms.policy = found == policy_.plans.end() ? &policy_.without_plan : &found->second;
        plans_restrict = plans_restrict || restricts(*terms.policy);
    }
    bool actions_restrict = false;
    for (auto& [name, terms] : actions_) {
        const auto found = policy_.actions.find(name);
        terms.policy = found == policy_.actions.end() ? nullptr : &found->second;
        actions_restrict =
            actions_restrict || (terms.policy != nullptr && restricts(*terms.policy));
    }
    has_gates_ = asks_for_gates(policy_);
    add_words(rule_words_, policy_);
    has_rules_ =
        plans_restrict || actions_restrict || !policy_.limits.empty() || !policy_.ladder.empty();
}

const std::vector<LimitTerms>* Catalogue::find_quota(std::string_view text) const {
    const auto found = quotas_.find(text);
    return found == quotas_.end() ? nullptr : &found->second;
}

const std::vector<LimitTerms>& Catalogue::keep_quota(std::string_view text,
                                                     std::vector<LimitTerms> limits) {
    add_words(rule_words_, limits);
    return quotas_.insert_or_assign(std::string(text), std::move(limits)).first->second;
}

const ModelNames* Catalogue::find_names(std::string_view provider,
                                        std::string_view model,
                                        std::int64_t version) const {
    const auto found = names_.find(std::tuple(provider, model, version, word_count()));
    return found == names_.end() ? nullptr : &found->second;
}

const ModelNames& Catalogue::keep_names(std::string_view provider,
                                        std::string_view model,
                                        std::int64_t version,
                                        ModelNames names) {
    NamesKey key{provider, model, version, word_count()};
    return names_.insert_or_assign(std::move(key), std::move(names)).first->second;
}

const ActionTerms* Catalogue::find_action(std::string_view name) const {
    const auto found = actions_.find(name);
    return found == actions_.end() ? nullptr : &found->second;
}

} // namespace credits::core
