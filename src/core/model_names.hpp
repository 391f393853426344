// The names by which rules know the model of a call, and its provider: those that the call gives,
// and those that they mean. Owns which of a policy's names are looked at; what a name means is the
// price book's to say, and the caller's to find out.
#pragma once

#include "core/policy_terms.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace credits::core {

// ModelNames of a call: what its provider and model mean, and which other names of a policy's rules
// mean the same.
struct ModelNames {
    std::string provider;
    std::string model;
    std::vector<std::string> other_providers;
    std::vector<std::string> other_models;
};

// is_provider and is_model: a rule of that name is for a call that gives the other one. names: null
// where what the call gives is all that is known.
bool is_provider(std::string_view of_rule, std::string_view given, const ModelNames* names);
bool is_model(std::string_view of_rule, std::string_view given, const ModelNames* names);

// RuleWords are the providers and models that rules name, each once, in order. names_any: some rule
// tells calls apart by provider or model, be it without naming one.
struct RuleWords {
    std::vector<std::string> providers;
    std::vector<std::string> models;
    bool names_any = false;
};

void add_words(RuleWords& words, const Policy& policy);
void add_words(RuleWords& words, const std::vector<LimitTerms>& limits);

} // namespace credits::core
