// The catalogue as every call reads it: unit, plans and actions, owning their texts, and the price
// book, which grows as calls name models. The rest is built once and then read only; what it hands
// out lives as long as it does.
#pragma once

#include "core/account.hpp"
#include "core/calls.hpp"
#include "core/consents.hpp"
#include "core/ladder.hpp"
#include "core/model_names.hpp"
#include "core/policy_terms.hpp"
#include "core/pricing.hpp"

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace credits::core {

struct PlanRow {
    PlanTerms terms; // name is copied
    std::optional<Decimal> price;
    bool credits_from_margin = false;
};

class Catalogue {
  public:
    Catalogue(const Unit& unit, std::optional<Decimal> margin, std::int64_t price_version)
        : unit_(unit), margin_(margin), prices_(price_version) {}

    // add_plan keeps a plan's terms; credits "from_margin" are price × (1 − margin) ÷ value.
    void add_plan(const PlanRow& row);
    void add_action(std::string_view name, const ActionTerms& terms);

    void add_consent(std::string_view kind, const ConsentTerms& terms);

    // set_policy comes after the plans and actions, and ties them to their parts of it.
    void set_policy(Policy policy);

    [[nodiscard]] const Policy& policy() const { return policy_; }

    [[nodiscard]] const Ladder& ladder() const { return ladder_; }

    // has_rules: anything in the policy could refuse a call or change a level.
    [[nodiscard]] bool has_rules() const { return has_rules_; }

    [[nodiscard]] bool has_gates() const { return has_gates_; }

    // rule_words are the names of models and providers in the policy and in the quotas kept so far.
    [[nodiscard]] const RuleWords& rule_words() const { return rule_words_; }

    // find_names gives what was kept of names that a call gives; null where nothing was since the
    // last new word.
    [[nodiscard]] const ModelNames*
    find_names(std::string_view provider, std::string_view model, std::int64_t version) const;
    const ModelNames& keep_names(std::string_view provider,
                                 std::string_view model,
                                 std::int64_t version,
                                 ModelNames names);

    // quota gives the limits of a member, read once from each text that describes some.
    const std::vector<LimitTerms>* find_quota(std::string_view text) const;
    const std::vector<LimitTerms>& keep_quota(std::string_view text,
                                              std::vector<LimitTerms> limits);

    PriceBook& prices() { return prices_; }

    [[nodiscard]] const PriceBook& prices() const { return prices_; }

    [[nodiscard]] const Unit& unit() const { return unit_; }

    // find_plan gives the default terms for an empty name, null for an unknown one.
    [[nodiscard]] const PlanTerms* find_plan(std::string_view name) const;
    [[nodiscard]] const ActionTerms* find_action(std::string_view name) const;
    [[nodiscard]] const ConsentTerms* find_consent(std::string_view kind) const;

  private:
    Unit unit_;
    std::optional<Decimal> margin_;
    PlanTerms without_plan_;
    std::map<std::string, PlanTerms, std::less<>> plans_;
    std::map<std::string, ActionTerms, std::less<>> actions_;
    std::map<std::string, ConsentTerms, std::less<>> consents_;
    PriceBook prices_;
    Policy policy_;
    Ladder ladder_;
    // By provider, model, version of the book and number of words.
    using NamesKey = std::tuple<std::string, std::string, std::int64_t, std::size_t>;

    [[nodiscard]] std::size_t word_count() const {
        return rule_words_.providers.size() + rule_words_.models.size();
    }

    bool has_rules_ = false;
    bool has_gates_ = false;
    RuleWords rule_words_;
    std::map<NamesKey, ModelNames, std::less<>> names_;
    std::map<std::string, std::vector<LimitTerms>, std::less<>> quotas_;
};

} // namespace credits::core
