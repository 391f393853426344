// Names that mean the same, and the names in a policy.
#include "core/model_names.hpp"

#include <algorithm>

namespace credits::core {

namespace {

bool has(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

void add_word(std::vector<std::string>& words, const std::string& word) {
    if (word.empty()) {
        return;
    }
    const auto place = std::lower_bound(words.begin(), words.end(), word);
    if (place == words.end() || *place != word) {
        words.insert(place, word);
    }
}

void add_word(RuleWords& words, std::vector<std::string>& list, const std::string& word) {
    add_word(list, word);
    words.names_any = words.names_any || !word.empty();
}

void add_words(RuleWords& words, const PlanPolicy& plan) {
    for (const std::string& provider : plan.providers.value_or(std::vector<std::string>{})) {
        add_word(words, words.providers, provider);
    }
    for (const std::string& model : plan.models.value_or(std::vector<std::string>{})) {
        add_word(words, words.models, model);
    }
    for (const IncludedUnits& units : plan.includes) {
        add_word(words, words.providers, units.provider);
        add_word(words, words.models, units.model);
    }
    add_words(words, plan.limits);
}

} // namespace

bool is_provider(std::string_view of_rule, std::string_view given, const ModelNames* names) {
    return of_rule == given || (names != nullptr && (of_rule == names->provider ||
                                                     has(names->other_providers, of_rule)));
}

bool is_model(std::string_view of_rule, std::string_view given, const ModelNames* names) {
    return of_rule == given ||
           (names != nullptr && (of_rule == names->model || has(names->other_models, of_rule)));
}

void add_words(RuleWords& words, const std::vector<LimitTerms>& limits) {
    for (const LimitTerms& limit : limits) {
        add_word(words, words.providers, limit.provider);
        add_word(words, words.models, limit.model);
        words.names_any = words.names_any || limit.scope == LimitScope::provider ||
                          limit.scope == LimitScope::model;
    }
}

void add_words(RuleWords& words, const Policy& policy) {
    add_words(words, policy.limits);
    for (const LadderStep& step : policy.ladder) {
        for (const auto& [model, instead] : step.substitute) {
            add_word(words, words.models, model);
        }
    }
    for (const auto& [name, plan] : policy.plans) {
        add_words(words, plan);
    }
    add_words(words, policy.without_plan);
}

} // namespace credits::core
