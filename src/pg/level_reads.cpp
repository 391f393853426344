// The level that a wallet's row alone tells, where the ladder rests on nothing else: to ask each of
// many accounts for its balance would look each wallet up again.
#include "pg/level_reads.hpp"

#include "pg/arguments.hpp"
#include "pg/boundary.hpp"
#include "pg/catalogue.hpp"
#include "pg/results.hpp"
#include "pg/rows.hpp"
#include "pg/session.hpp"

namespace credits::pg {

namespace {

core::Catalogue& current_catalogue() {
    AcceptInvalidationMessages(); // a kept plan takes no lock that would
    if (!catalogue_is_current()) {
        Work work;
        start_work(work, false);
        close_work(work);
    }
    return catalogue();
}

core::LadderFacts
read_facts(FunctionCallInfo call, const core::Policy& policy, const core::PlanPolicy& plan) {
    core::LadderFacts facts;
    facts.in_debt = DatumGetBool(call->args[1].value);
    facts.cost = read_decimal(call, 2, "cost").value_or(core::Decimal{});
    facts.revenue = read_decimal(call, 3, "revenue").value_or(core::Decimal{});
    facts.covered = read_decimal(call, 4, "covered").value_or(core::Decimal{});
    facts.cost_budget = plan.cost_budget;
    facts.cover = plan.cover;
    facts.margin = policy.margin;
    facts.guarantee = policy.guarantee;
    return facts;
}

} // namespace

Datum level_of_totals(FunctionCallInfo call) {
    require_given(call, 1, "in_debt");
    const core::Catalogue& known = current_catalogue();
    const core::Ladder& ladder = known.ladder();
    const core::Policy& policy = known.policy();
    const TextArgument name = read_text(call, 0);
    const core::PlanTerms* plan = known.find_plan(name.given ? name.view : std::string_view{});
    const core::LadderFacts facts = read_facts(
        call,
        policy,
        plan == nullptr || plan->policy == nullptr ? policy.without_plan : *plan->policy);
    if (plan == nullptr || ladder.has_limit_steps() || ladder.has_degrades()) {
        call->isnull = true;
        return 0;
    }
    const std::string_view level = compute_or_raise([&] {
        const core::LevelReached reached = ladder.level_of(facts);
        return reached.rank == 0 ? std::string_view{} : reached.name;
    });
    return text_datum(level_name(level));
}

} // namespace credits::pg
