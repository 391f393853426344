// All refusals of a call, offered in any order: the first in precedence is the answer.
#include "core/admission.hpp"

#include <algorithm>

namespace credits::core {

namespace {

// Rules of use; state, money and the licence refuse in the shadow share too.
bool yields_to_shadow(Outcome outcome) {
    switch (outcome) {
    case Outcome::feature_not_in_plan:
    case Outcome::provider_not_in_plan:
    case Outcome::model_not_in_plan:
    case Outcome::request_too_large:
    case Outcome::blocked:
    case Outcome::too_frequent:
    case Outcome::rate_limited:
    case Outcome::level_forbids:
    case Outcome::gate_required:
    case Outcome::quota_exceeded:
    case Outcome::plan_limit_exceeded:
        return true;
    default:
        return false;
    }
}

// Offer of a refusal, with what is to be said of it.
struct Offer {
    Outcome outcome = Outcome::ok;
    std::string_view subject;
    bool is_unknown_action = false;
    Instant retry_at = never;
    LimitRefusal limit;
    MissingGate gate;
    Room room;
};

Offer offer_of(Outcome outcome, std::string_view subject) {
    Offer offer;
    offer.outcome = outcome;
    offer.subject = subject;
    return offer;
}

class Refusals {
  public:
    Refusals(Verdict& verdict, bool is_shadow) : verdict_(verdict), is_shadow_(is_shadow) {}

    void offer(const Offer& offer) {
        if (offer.outcome == Outcome::ok) {
            return;
        }
        if (is_shadow_ && yields_to_shadow(offer.outcome)) {
            if (verdict_.shadowed == Outcome::ok || offer.outcome < verdict_.shadowed) {
                verdict_.shadowed = offer.outcome;
                describe(offer);
            }
            return;
        }
        if (verdict_.outcome == Outcome::ok || offer.outcome < verdict_.outcome) {
            verdict_.outcome = offer.outcome;
            describe(offer);
        }
    }

  private:
    // What is said of a real refusal stands before what is noted of a shadowed one.
    void describe(const Offer& offer) {
        const bool is_noted = verdict_.outcome != Outcome::ok && verdict_.outcome != offer.outcome;
        if (is_noted) {
            return;
        }
        verdict_.subject = offer.subject;
        verdict_.is_unknown_action = offer.is_unknown_action;
        verdict_.retry_at = offer.retry_at;
        verdict_.limit = offer.limit;
        verdict_.gate = offer.gate;
        verdict_.room = offer.room;
    }

    Verdict& verdict_;
    bool is_shadow_;
};

bool lists(const std::optional<std::vector<std::string>>& allowed, std::string_view name) {
    return !allowed || std::find(allowed->begin(), allowed->end(), name) != allowed->end();
}

bool lists_provider(const PlanPolicy& plan, const CallRequest& request) {
    return !plan.providers ||
           std::any_of(plan.providers->begin(), plan.providers->end(), [&](const auto& allowed) {
               return is_provider(allowed, request.provider, request.rules->names);
           });
}

// The plan is asked about the model that the caller named: what the level put in its place is the
// operator's own choice.
Offer of_model(const CallRequest& request) {
    const bool is_substituted = !request.requested_model.empty();
    const ModelNames* names = is_substituted ? request.requested_names : request.rules->names;
    const std::string_view model = is_substituted ? request.requested_model : request.model;
    const auto& allowed = request.rules->plan->models;
    const bool is_listed = model.empty() || !allowed ||
                           std::any_of(allowed->begin(), allowed->end(), [&](const auto& listed) {
                               return is_model(listed, model, names);
                           });
    return is_listed ? Offer{} : offer_of(Outcome::model_not_in_plan, model);
}

void offer_plan(Refusals& refusals, const CallRequest& request) {
    const PlanPolicy& plan = *request.rules->plan;
    const ActionPolicy* action = request.rules->action;
    if (action != nullptr && !action->feature.empty() && !lists(plan.features, action->feature)) {
        refusals.offer(offer_of(Outcome::feature_not_in_plan, action->feature));
    }
    // An action that is not configured is of no feature, so it is none of those that a plan lists.
    if (plan.features && !request.action.empty() && request.action_terms == nullptr) {
        Offer offer = offer_of(Outcome::feature_not_in_plan, request.action);
        offer.is_unknown_action = true;
        refusals.offer(offer);
    }
    if (!request.provider.empty() && !lists_provider(plan, request)) {
        refusals.offer(offer_of(Outcome::provider_not_in_plan, request.provider));
    }
    refusals.offer(of_model(request));
}

void offer_licence(Refusals& refusals, const Account& account, const CallRules& rules) {
    if (account.wallet.licence_failed_at == never) {
        return;
    }
    const std::string_view feature =
        rules.action == nullptr ? std::string_view{} : std::string_view(rules.action->feature);
    const LicenceFailure failure = {account.wallet.licence_failed_at, account.zone};
    if (is_lost(rules.policy->licence, failure, feature, account.now)) {
        refusals.offer(offer_of(Outcome::licence_suspended, feature));
    }
}

Offer too_large(std::string_view what, const Decimal& allowed, const Decimal& asked) {
    Offer offer = offer_of(Outcome::request_too_large, what);
    offer.limit.limit = allowed;
    offer.limit.used = asked;
    return offer;
}

Decimal output_tokens(const Usage& usage) {
    Decimal total;
    for (const UsageItem& item : usage) {
        if (item.metric == "output_tokens" || parent_of(item.metric) == "output_tokens") {
            total = total + item.quantity;
        }
    }
    return total;
}

void offer_size(Refusals& refusals, const CallRequest& request, const Demand& demand) {
    const PlanPolicy& plan = *request.rules->plan;
    const ActionPolicy* action = request.rules->action;
    const auto check =
        [&](const std::optional<Decimal>& most, std::string_view what, const Decimal& asked) {
            if (most && std::is_gt(compare(asked, *most))) {
                refusals.offer(too_large(what, *most, asked));
            }
        };
    check(plan.max_tokens_per_request, "tokens", demand.tokens);
    if (plan.max_output_tokens) {
        check(plan.max_output_tokens, "output tokens", output_tokens(request.usage));
    }
    if (action != nullptr) {
        check(action->max_credits, "credits", demand.credits);
    }
}

void offer_level(Refusals& refusals,
                 const Account& account,
                 const CallRequest& request,
                 const Demand& demand) {
    const CallRules& rules = *request.rules;
    const LadderFacts facts = ladder_facts(account, rules, demand);
    const Admission admission = rules.ladder->admits(facts, request.action, demand.cost);
    if (!admission.is_allowed) {
        Offer offer = offer_of(Outcome::level_forbids, admission.forbidden_by->level);
        offer.room = admission.room;
        refusals.offer(offer);
    }
    if (const auto missing = missing_gate(rules.gates, rules.conversions)) {
        Offer offer = offer_of(Outcome::gate_required, missing->kind);
        offer.gate = *missing;
        refusals.offer(offer);
    }
}

void offer_rules(Refusals& refusals,
                 Verdict& verdict,
                 const Account& account,
                 const CallRequest& request) {
    const CallRules& rules = *request.rules;
    if (rules.platform.is_paused) {
        Offer offer = offer_of(Outcome::platform_paused, rules.platform.reason);
        offer.retry_at = rules.platform.until;
        refusals.offer(offer);
    }
    offer_licence(refusals, account, rules);
    offer_plan(refusals, request);
    if (verdict.priced != Outcome::ok) {
        return; // what a call without a price would use is not known
    }
    const Demand demand = demand_of(account, request, verdict);
    verdict.demand = demand;
    offer_size(refusals, request, demand);
    verdict.limits = judge(*account.arena, rules.cases, demand, account.now);
    const LimitRefusal& limit = verdict.limits.refusal;
    if (limit.outcome != Outcome::ok) {
        Offer offer = offer_of(limit.outcome, limit.terms->name);
        offer.retry_at = limit.retry_at;
        offer.limit = limit;
        refusals.offer(offer);
    }
    offer_level(refusals, account, request, demand);
}

} // namespace

Outcome status_outcome(const Account& account) {
    switch (account.wallet.status) {
    case AccountStatus::closed:
        return Outcome::account_closed;
    case AccountStatus::frozen:
        return Outcome::account_frozen;
    case AccountStatus::open:
        break;
    }
    return Outcome::ok;
}

bool covers(const Account& account, Credits amount, bool is_free) {
    const Credits usable = account.wallet.balance - account.wallet.held + account.plan->overdraft;
    return is_free || (usable.is_positive() && amount <= usable);
}

bool is_failed_attempt(Outcome outcome) {
    return outcome == Outcome::request_too_large || outcome == Outcome::blocked ||
           outcome == Outcome::too_frequent || outcome == Outcome::rate_limited;
}

Demand demand_of(const Account& account, const CallRequest& request, const Verdict& verdict) {
    Demand demand;
    demand.requests = Decimal{1, 0};
    demand.tokens = total_tokens(request.usage);
    demand.credits = to_decimal(verdict.amount, account.unit.scale);
    demand.cost = verdict.cost.value_or(Decimal{});
    demand.provider = request.provider;
    demand.model = request.model;
    demand.action = request.action;
    demand.names = request.rules == nullptr ? nullptr : request.rules->names;
    return demand;
}

Verdict
admit(const Account& account, const CallRequest& request, const Charge& charge, Credits amount) {
    Verdict verdict;
    verdict.amount = amount;
    verdict.cost = charge.cost;
    verdict.priced = charge.outcome;
    Refusals refusals(verdict, request.rules != nullptr && request.rules->is_shadow);
    refusals.offer(offer_of(status_outcome(account), {}));
    refusals.offer(offer_of(charge.outcome, charge.subject));
    if (request.rules != nullptr) {
        offer_rules(refusals, verdict, account, request);
    }
    if (!charge.is_postpaid && !charge.is_included && !covers(account, amount, charge.is_free())) {
        refusals.offer(offer_of(Outcome::insufficient_credits, {}));
    }
    return verdict;
}

} // namespace credits::core
