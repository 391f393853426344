// The catalogue as every call reads it: unit, plans and actions, owning their texts, and the price
// book, which grows as calls name models. The rest is built once and then read only; what it hands
// out lives as long as it does.
#pragma once

#include "core/account.hpp"
#include "core/calls.hpp"
#include "core/consents.hpp"
#include "core/ladder.hpp"
#include "core/policy_terms.hpp"
#include "core/pricing.hpp"

#include <map>
#include <string>
#include <string_view>
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
    bool has_rules_ = false;
    bool has_gates_ = false;
    std::map<std::string, std::vector<LimitTerms>, std::less<>> quotas_;
};

} // namespace credits::core
