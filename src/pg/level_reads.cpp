// The level that a wallet's row alone tells, where the ladder rests on nothing else: to ask each of
// many accounts for its balance would look each wallet up again.
#include "pg/level_reads.hpp"

#include "core/call_rules.hpp"

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

// What levels rest on, of an account of which nothing else is known.
core::Account read_totals(FunctionCallInfo call) {
    core::Account account = {};
    account.wallet.balance.steps = DatumGetBool(call->args[1].value) ? -1 : 0;
    account.wallet.period_cost = read_decimal(call, 2, "cost").value_or(core::Decimal{});
    account.wallet.period_revenue = read_decimal(call, 3, "revenue").value_or(core::Decimal{});
    account.wallet.period_covered = read_decimal(call, 4, "covered").value_or(core::Decimal{});
    return account;
}

} // namespace

Datum level_of_totals(FunctionCallInfo call) {
    require_given(call, 1, "in_debt");
    const core::Catalogue& known = current_catalogue();
    const core::Ladder& ladder = known.ladder();
    const TextArgument name = read_text(call, 0);
    const core::PlanTerms* plan = known.find_plan(name.given ? name.view : std::string_view{});
    const core::Account account = read_totals(call);
    if (plan == nullptr || ladder.has_limit_steps() || ladder.has_degrades()) {
        call->isnull = true;
        return 0;
    }
    core::CallRules rules;
    rules.policy = &known.policy();
    rules.ladder = &ladder;
    rules.plan = plan->policy == nullptr ? &rules.policy->without_plan : plan->policy;
    const std::string_view level = compute_or_raise([&] {
        const core::LevelReached reached = core::level_of_account(account, rules);
        return reached.rank == 0 ? std::string_view{} : reached.name;
    });
    return text_datum(level_name(level));
}

} // namespace credits::pg
