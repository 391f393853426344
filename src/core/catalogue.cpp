// Plans and actions by name.
#include "core/catalogue.hpp"

#include "core/error.hpp"

namespace credits::core {

void Catalogue::add_plan(const PlanRow& row) {
    const auto [place, added] = plans_.emplace(std::string(row.terms.name), row.terms);
    PlanTerms& terms = place->second;
    terms.name = place->first;
    if (row.credits_from_margin) {
        if (!margin_ || !row.price) {
            throw_invalid("a plan with credits from margin needs a price and a margin",
                          "plan " + place->first,
                          "configure margin, or give the plan's credits as a number");
        }
        const Decimal budget = *row.price * (Decimal{1, 0} - *margin_);
        terms.credits = round_charge(budget, {}, unit_).amount;
    }
}

void Catalogue::add_action(std::string_view name, const ActionTerms& terms) {
    actions_.emplace(std::string(name), terms);
}

const PlanTerms* Catalogue::find_plan(std::string_view name) const {
    if (name.empty()) {
        return &without_plan_;
    }
    const auto found = plans_.find(name);
    return found == plans_.end() ? nullptr : &found->second;
}

const ActionTerms* Catalogue::find_action(std::string_view name) const {
    const auto found = actions_.find(name);
    return found == actions_.end() ? nullptr : &found->second;
}

} // namespace credits::core
