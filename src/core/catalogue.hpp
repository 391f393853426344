// The catalogue as every call reads it: unit, plans and actions, owning their texts, and the price
// book, which grows as calls name models. The rest is built once and then read only; what it hands
// out lives as long as it does.
#pragma once

#include "core/account.hpp"
#include "core/calls.hpp"
#include "core/pricing.hpp"

#include <map>
#include <string>
#include <string_view>

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

    PriceBook& prices() { return prices_; }

    [[nodiscard]] const PriceBook& prices() const { return prices_; }

    [[nodiscard]] const Unit& unit() const { return unit_; }

    // find_plan gives the default terms for an empty name, null for an unknown one.
    [[nodiscard]] const PlanTerms* find_plan(std::string_view name) const;
    [[nodiscard]] const ActionTerms* find_action(std::string_view name) const;

  private:
    Unit unit_;
    std::optional<Decimal> margin_;
    PlanTerms without_plan_;
    std::map<std::string, PlanTerms, std::less<>> plans_;
    std::map<std::string, ActionTerms, std::less<>> actions_;
    PriceBook prices_;
};

} // namespace credits::core
