// What holds for any price file: nothing crashes, and nothing that is no price becomes one.
#include "properties.hpp"

#include "core/error.hpp"
#include "core/name_rules.hpp"
#include "core/price_file.hpp"

#include <set>
#include <string>
#include <tuple>

namespace credits::core::fuzz {

namespace {

using Key = std::tuple<std::string_view, std::string_view, std::string_view, std::string, Instant>;

Json reread(Arena& arena, const std::string& text) {
    const std::optional<Json> json = json_of(text, arena);
    require(json.has_value(), "what is written is JSON", text);
    return *json;
}

void check_terms(const PriceTerms& terms, FuzzArena& arena) {
    const std::string when = conditions_text(terms.when);
    require(conditions_text(read_conditions(reread(arena, when))) == when,
            "conditions are read as they are written",
            when);
    require(terms.has_flat_price || !terms.tiers.empty(), "a row has a price", when);
    require(!terms.price.is_negative() && !terms.free.is_negative(), "a price is not below zero");
    require(compare(terms.per, {}) > 0, "a price is for more than nothing");
    if (!terms.tiers.empty()) {
        const std::string tiers = tiers_text(terms.tiers);
        require(tiers_text(read_tiers(arena, reread(arena, tiers))) == tiers,
                "tiers are read as they are written",
                tiers);
    }
}

void check_rule(const Json* rule, FuzzArena& arena) {
    if (rule != nullptr) {
        const std::string text = name_rule_text(*rule);
        const Json again = reread(arena, text);
        require(is_name_rule(again) && name_rule_text(again) == text, "a rule is one", text);
    }
}

void check_rows(const PriceFile& file, FuzzArena& arena) {
    std::set<Key> keys;
    std::set<std::pair<std::string_view, std::string_view>> models;
    for (const FileModel& model : file.models) {
        require(!model.model.empty() && (model.removed || !model.provider.empty()),
                "a model has names");
        require(models.insert({model.provider, model.model}).second, "a model is named once");
        check_rule(model.match, arena);
    }
    for (const FilePrice& row : file.prices) {
        require(!row.provider.empty() && !row.model.empty() && !row.metric.empty(),
                "a price has names");
        require(models.contains({row.provider, row.model}), "a priced model is a model", row.model);
        require(row.valid_from < row.valid_to, "a price is in force at some time", row.model);
        require(row.metric != multiplier_metric || !row.terms.price.is_zero(),
                "a factor does not make calls free",
                row.model);
        require(keys.insert({row.provider,
                             row.model,
                             row.metric,
                             conditions_text(row.terms.when),
                             row.valid_from})
                    .second,
                "there is one price for a metric, conditions and date",
                row.metric);
        check_terms(row.terms, arena);
    }
    for (const FileSkip& skip : file.skipped) {
        require(!skip.why.empty(), "what is skipped has a reason", skip.key);
    }
    for (const FileProvider& provider : file.providers) {
        require(!provider.provider.empty(), "a provider has a name");
        check_rule(provider.match, arena);
    }
}

// Terms as somebody writes them: refused by name, or read into the one form.
void check_own_terms(const Json& json, FuzzArena& arena) {
    try {
        PriceTerms terms;
        terms.when = read_conditions(json);
        check_terms(terms, arena);
    } catch (const Error& error) {
        require(error.kind() == ErrorKind::invalid_argument, "terms are refused", error.what());
    }
    try {
        PriceTerms terms;
        terms.tiers = read_tiers(arena, json);
        check_terms(terms, arena);
    } catch (const Error& error) {
        require(error.kind() == ErrorKind::invalid_argument, "tiers are refused", error.what());
    }
}

} // namespace

void check_price_file(std::string_view text) {
    FuzzArena arena;
    const std::optional<Json> json = json_of(text, arena);
    if (!json) {
        return;
    }
    const PriceFile file = read_price_file(*json, arena);
    const bool says_something =
        !file.prices.empty() || !file.skipped.empty() || !file.models.empty();
    require(file.shape != PriceFileShape::unknown || !says_something,
            "a document of no shape says nothing");
    check_rows(file, arena);
    check_own_terms(*json, arena);
}

} // namespace credits::core::fuzz
