// Rules of one call, out of the catalogue and the account's rows.
#include "pg/rules.hpp"

#include "core/policy_document.hpp"

#include "pg/boundary.hpp"
#include "pg/catalogue.hpp"
#include "pg/conversions.hpp"
#include "pg/json.hpp"
#include "pg/model_names.hpp"
#include "pg/numeric.hpp"
#include "pg/rows.hpp"
#include "pg/statement.hpp"
#include "pg/subjects.hpp"

namespace credits::pg {

namespace {

// Windows of the calendar have the account's days, and so has a block of days.
bool needs_zone(const core::LimitTerms& terms) {
    switch (terms.window.kind) {
    case core::WindowKind::hour:
    case core::WindowKind::day:
    case core::WindowKind::week:
    case core::WindowKind::month:
        return true;
    default:
        return terms.effect.block_for.months != 0 || terms.effect.block_for.days != 0;
    }
}

// An account's own cap stands in the place of the limit of the same name; a member's quota is its
// own, whatever it is called.
core::Decimal limit_of(const Session& session, const core::LimitTerms& terms) {
    if (session.wallet_row.nulls[wallet_column::caps] ||
        terms.origin == core::LimitOrigin::member) {
        return terms.limit;
    }
    Jsonb* caps = DatumGetJsonbP(session.wallet_row.values[wallet_column::caps]);
    JsonbValue found;
    const JsonbValue* cap = getKeyJsonValueFromContainer(
        &caps->root, terms.name.data(), static_cast<int>(terms.name.size()), &found);
    if (cap == nullptr || cap->type != jbvNumeric) {
        return terms.limit;
    }
    return stored_decimal(NumericGetDatum(cap->val.numeric));
}

// Gathering is the work on the rules of one call.
struct Gathering {
    Session& session;
    const CallNames& names;
    TextArgument team{};
    const core::ModelNames* meant{};
    RaisingArena arena;
};

// Whatever name a call gives a model or provider, its use is added up under the one that it means.
TextArgument meant_by(const TextArgument& given, std::string_view meant) {
    return given.view == meant ? given : TextArgument{text_datum(meant), true, meant};
}

TextArgument provider_of(const Gathering& gathering) {
    const TextArgument& given = gathering.names.provider;
    return gathering.meant == nullptr ? given : meant_by(given, gathering.meant->provider);
}

TextArgument model_of(const Gathering& gathering) {
    const TextArgument& given = gathering.names.model;
    return gathering.meant == nullptr || !given.given ? given
                                                      : meant_by(given, gathering.meant->model);
}

// subject_for gives whose use a limit counts in this call; null where the call has no such subject.
Subject* subject_for(Gathering& gathering, core::LimitScope scope) {
    const auto named = [&](SubjectKind kind, const TextArgument& name) -> Subject* {
        return name.given ? &subject_of(gathering.session, kind, name) : nullptr;
    };
    switch (scope) {
    case core::LimitScope::account:
        return &subject_of(gathering.session, SubjectKind::account, {});
    case core::LimitScope::member:
        return named(SubjectKind::member, gathering.names.member_id);
    case core::LimitScope::team:
        return named(SubjectKind::team, gathering.team);
    case core::LimitScope::provider:
        return named(SubjectKind::provider, provider_of(gathering));
    case core::LimitScope::model:
        return named(SubjectKind::model, model_of(gathering));
    case core::LimitScope::action:
        return named(SubjectKind::action, gathering.names.action);
    case core::LimitScope::platform:
        break; // counted across accounts: see spending.hpp
    }
    return nullptr;
}

void add_limits(Gathering& gathering,
                const std::vector<core::LimitTerms>& limits,
                core::List<core::LimitCase>& cases) {
    Session& session = gathering.session;
    for (const core::LimitTerms& terms : limits) {
        Subject* subject = subject_for(gathering, terms.scope);
        if (subject == nullptr) {
            continue;
        }
        if (needs_zone(terms)) {
            know_zone(session);
        }
        core::LimitCase added;
        added.terms = &terms;
        added.limit = limit_of(session, terms);
        added.counters = &subject->counters;
        added.clock = core::window_clock(session.account);
        cases.push_back(gathering.arena, added);
    }
}

bool is_for_call(const core::IncludedUnits& units, const Gathering& gathering) {
    const CallNames& names = gathering.names;
    return names.model.given && core::is_model(units.model, names.model.view, gathering.meant) &&
           (units.provider.empty() ||
            (names.provider.given &&
             core::is_provider(units.provider, names.provider.view, gathering.meant)));
}

// Units of one model that stand under several of its names are one pool.
void add_pool(Gathering& gathering, core::CallRules& rules, const core::IncludedPool& pool) {
    for (core::IncludedPool& known : rules.included) {
        if (known.metric == pool.metric) {
            known.quantity = compute_or_raise([&] { return known.quantity + pool.quantity; });
            return;
        }
    }
    rules.included.push_back(gathering.arena, pool);
}

// A plan that is granted on payment includes nothing in a period that nobody paid for.
bool has_units(const core::Account& account) {
    return account.plan->grants_by_clock || account.plan->cycle.is_none() ||
           account.wallet.paid_until > account.now;
}

// add_included finds the units of the plan for the call's model.
void add_included(Gathering& gathering, core::CallRules& rules) {
    if (!has_units(gathering.session.account)) {
        return;
    }
    for (const core::IncludedUnits& units : rules.plan->includes) {
        if (!is_for_call(units, gathering)) {
            continue;
        }
        Session& session = gathering.session;
        Subject& subject = subject_of(session, SubjectKind::included, model_of(gathering));
        for (const auto& [metric, quantity] : units.usage) {
            core::IncludedPool pool;
            pool.metric = metric;
            pool.quantity = quantity;
            pool.counters = &subject.counters;
            pool.clock = core::window_clock(session.account);
            add_pool(gathering, rules, pool);
        }
    }
}

// know_member finds out the call's team and the quota of its member; null where it has none.
const std::vector<core::LimitTerms>* know_member(Gathering& gathering) {
    if (!gathering.names.member_id.given) {
        return nullptr;
    }
    const Subject& member =
        subject_of(gathering.session, SubjectKind::member, gathering.names.member_id);
    gathering.team =
        text_of(member.row.values[member_column::team], member.row.nulls[member_column::team]);
    return member.row.nulls[member_column::quota]
               ? nullptr
               : &quota_of(gathering.session,
                           DatumGetJsonbP(member.row.values[member_column::quota]));
}

// Gates depend on the level, and the level on the counters gathered before.
void add_gates(Session& session, core::CallRules& rules, const CallNames& names) {
    if (!session.catalogue->has_gates()) {
        return;
    }
    core::Demand demand;
    demand.provider = names.provider.view;
    demand.model = names.model.view;
    demand.action = names.action.view;
    demand.names = rules.names;
    rules.gates = compute_or_raise([&] {
        const int rank = core::rank_of_call(session.account, rules, demand);
        return core::gates_before(*rules.ladder, rank, rules.action, session.arena);
    });
    if (!rules.gates.empty()) {
        rules.conversions = open_conversions(session);
    }
}

bool levels_rest_on_limits(const core::Ladder& ladder) {
    return ladder.has_degrades() || ladder.has_limit_steps();
}

bool has_no_rules(const Session& session, const CallNames& names) {
    return !session.catalogue->has_rules() && !names.member_id.given &&
           session.account.wallet.licence_failed_at == core::never &&
           !platform_state(session.account.now).is_paused;
}

} // namespace

const std::vector<core::LimitTerms>& quota_of(Session& session, Jsonb* quota) {
    const std::string_view text = {reinterpret_cast<const char*>(quota),
                                   static_cast<std::size_t>(VARSIZE(quota))};
    if (const auto* known = session.catalogue->find_quota(text)) {
        return *known;
    }
    const core::Json tree = json_tree(quota);
    const std::vector<core::LimitTerms>* kept = compute_or_raise([&] {
        return &session.catalogue->keep_quota(text,
                                              core::read_limits(tree, core::LimitOrigin::member));
    });
    return *kept;
}

const core::PlanPolicy& plan_policy(const Session& session) {
    const core::PlanPolicy* policy = session.account.plan->policy;
    return policy == nullptr ? session.catalogue->policy().without_plan : *policy;
}

const core::List<core::LimitCase>& account_limits(Session& session) {
    if (!session.knows_account_limits) {
        const CallNames nobody = {};
        Gathering gathering = {session, nobody, {}, {}, {}};
        add_limits(gathering, session.catalogue->policy().limits, session.account_limits);
        add_limits(gathering, plan_policy(session).limits, session.account_limits);
        session.knows_account_limits = true;
    }
    return session.account_limits;
}

void know_zone(Session& session) {
    if (session.account.zone != nullptr) {
        return;
    }
    const bool is_utc = session.wallet_row.nulls[wallet_column::time_zone];
    session.zone.set(find_zone(is_utc ? "UTC"
                                      : text_to_cstring(DatumGetTextPP(
                                            session.wallet_row.values[wallet_column::time_zone]))));
    session.account.zone = &session.zone;
}

CallNames names_of(const core::Hold& hold) {
    const auto name = [](std::string_view text) {
        return text.empty() ? TextArgument{} : TextArgument{text_datum(text), true, text};
    };
    return {name(hold.action),
            name(hold.provider),
            name(hold.model),
            name(hold.member_id),
            {},
            hold.price_version};
}

void forget_account_limits(Session& session) {
    session.account_limits = {};
    session.knows_account_limits = false;
}

core::CallRules* gather_rules(Session& session, const CallNames& names) {
    if (has_no_rules(session, names)) {
        return nullptr;
    }
    auto* rules = make_array<core::CallRules>(1);
    rules->platform = platform_state(session.account.now);
    rules->policy = &session.catalogue->policy();
    rules->ladder = &session.catalogue->ladder();
    rules->plan = &plan_policy(session);
    rules->arena = &session.arena;
    rules->is_shadow =
        core::is_in_share(text_view(session.account_id), rules->policy->shadow_share);
    const core::ActionTerms* action = session.catalogue->find_action(names.action.view);
    rules->action = action == nullptr ? nullptr : action->policy;
    if (session.account.wallet.licence_failed_at != core::never) {
        know_zone(session);
    }
    Gathering gathering = {session, names, names.team, {}, {}};
    const std::vector<core::LimitTerms>* quota = know_member(gathering);
    gathering.meant = names_in_rules(session, names);
    rules->names = gathering.meant;
    if (quota != nullptr) {
        add_limits(gathering, *quota, rules->cases);
    }
    add_limits(gathering, rules->policy->limits, rules->cases);
    add_limits(gathering, rules->plan->limits, rules->cases);
    if (levels_rest_on_limits(*rules->ladder)) {
        rules->account = account_limits(session);
    }
    add_included(gathering, *rules);
    add_gates(session, *rules, names);
    return rules;
}

void keep_level(Session& session) {
    const core::Ladder& ladder = session.catalogue->ladder();
    const core::Wallet& wallet = session.account.wallet;
    const bool only_debt_counts = ladder.steps().empty() && !ladder.has_degrades();
    if (only_debt_counts && !wallet.balance.is_negative() && wallet.level.empty()) {
        return;
    }
    core::CallRules rules;
    rules.policy = &session.catalogue->policy();
    rules.ladder = &ladder;
    rules.plan = &plan_policy(session);
    if (levels_rest_on_limits(ladder)) {
        rules.account = account_limits(session);
    }
    compute_or_raise([&] {
        core::keep_level(session.account, rules);
        return true;
    });
}

} // namespace credits::pg
