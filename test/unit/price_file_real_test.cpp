// Owns the tests over the real price files: nothing of them is lost. Skipped where they are absent.
#include "price_files.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <map>
#include <regex>
#include <set>

namespace credits::core::test {
namespace {

const char* const litellm_file = "prices/litellm_model_prices_2026-08-01.json.gz";
const char* const genai_file = "prices/genai_prices_v2_data_2026-08-21.json";
const char* const schema_file = "prices/LITELLM_SCHEMA.md";

bool is_absent(const char* file) {
    return !std::filesystem::exists(real_data() / file);
}

// How many models have each price key, as the description of the file counted them.
std::map<std::string, std::size_t> counted_keys() {
    std::map<std::string, std::size_t> keys;
    std::ifstream schema(real_data() / schema_file);
    const std::regex row(R"(\| ([a-z0-9_]+) \| ([0-9]+) \|.*)");
    std::smatch match;
    for (std::string line; std::getline(schema, line);) {
        if (std::regex_match(line, match, row)) {
            keys[match[1]] = std::stoul(match[2]);
        }
    }
    return keys;
}

// What a model's prices and skipped keys were, by name.
struct Found {
    std::vector<const FilePrice*> prices;
    std::set<std::string> skipped;
};

std::map<std::string, Found> by_model(const PriceFile& file) {
    std::map<std::string, Found> models;
    for (const FilePrice& row : file.prices) {
        models[std::string(row.model)].prices.push_back(&row);
    }
    for (const FileSkip& skip : file.skipped) {
        models[std::string(skip.model)].skipped.insert(std::string(skip.key));
    }
    return models;
}

// Whether a key of plain price is in the rows: its value, under the conditions of its suffixes.
bool is_emitted(const std::string& key, const Json& value, const Found& found) {
    std::smatch match;
    const std::regex grammar(R"((.*?)(?:_above_(\d+)k_tokens)?(?:_(flex|priority|batches))?)");
    std::regex_match(key, match, grammar);
    const std::string tier = match[3] == "batches" ? "batch" : match[3].str();
    return std::any_of(found.prices.begin(), found.prices.end(), [&](const FilePrice* row) {
        const PriceConditions& when = row->terms.when;
        const auto& threshold = when.prompt_over ? when.prompt_over : when.prompt_at_least;
        const std::string over =
            threshold ? to_text(quotient(*threshold, {1000, 0})) : std::string();
        return row->terms.has_flat_price && row->terms.price == value.number &&
               over == match[2].str() && when.service_tier == tier;
    });
}

// Keys that the rows hold in another form, each shown by a test of its own.
bool is_structured(const std::string& key) {
    return key == "search_context_cost_per_query" || key == "tiered_pricing" ||
           key == "provider_specific_entry" || key == "web_search_billing_unit" ||
           key.starts_with("regional_processing_uplift_multiplier_");
}

// Whether a price of zero beside another side's price is one that adds nothing.
bool adds_nothing(const std::string& key, const Json& value) {
    return value.number.is_zero() &&
           (key == "input_cost_per_second" || key == "output_cost_per_second" ||
            key == "output_cost_per_pixel");
}

TEST(RealPriceFiles, NoPriceOfLitellmsFileIsLost) {
    if (is_absent(litellm_file)) {
        GTEST_SKIP() << "73 cases skipped: no " << real_data() / litellm_file;
    }
    const ReadFile read(real_text(litellm_file));
    const std::map<std::string, Found> models = by_model(read.file());
    std::map<std::string, std::size_t> seen;
    for (const JsonMember& model : members_of(read.document())) {
        for (const JsonMember& key : members_of(model.value)) {
            if (model.key == "sample_spec" || model.key == "fallback_generalizations") {
                continue;
            }
            const std::string name(key.key);
            const Found& found = models.at(std::string(model.key));
            ++seen[name];
            if (key.value.is_number() && name.find("cost") != std::string::npos &&
                !found.skipped.contains(name) && !adds_nothing(name, key.value)) {
                EXPECT_TRUE(is_emitted(name, key.value, found)) << model.key << " " << name;
            }
            if (is_structured(name)) {
                EXPECT_FALSE(found.prices.empty() && found.skipped.empty()) << model.key;
            }
        }
    }
    const std::map<std::string, std::size_t> counted = counted_keys();
    for (const auto& [name, count] : counted) {
        EXPECT_EQ(seen[name], count) << name;
    }
    std::cout << counted.size() << " cases of price keys, all of their models' prices found\n";
}

TEST(RealPriceFiles, LitellmsFileAsAWhole) {
    if (is_absent(litellm_file)) {
        GTEST_SKIP() << "1 cases skipped: no " << real_data() / litellm_file;
    }
    const ReadFile read(real_text(litellm_file));
    std::set<std::string_view> providers;
    for (const FileModel& model : read.file().models) {
        providers.insert(model.provider);
        EXPECT_FALSE(model.removed);
    }
    EXPECT_EQ(read.file().models.size(), 2984U);
    EXPECT_EQ(providers.size(), 122U);
    std::map<std::string, std::size_t> skipped;
    for (const FileSkip& skip : read.file().skipped) {
        ++skipped[std::string(skip.key)];
    }
    const std::map<std::string, std::size_t> expected{
        {"", 97},
        {"input_dbu_cost_per_token", 28},
        {"output_dbu_cost_per_token", 28},
        {"input_cost_per_video_per_second_above_8s_interval", 2},
        {"input_cost_per_video_per_second_above_15s_interval", 2},
        {"provider_specific_entry.bedrock_invocation_schema", 1},
        {"tiered_pricing", 2}};
    EXPECT_EQ(skipped, expected);
    std::size_t noise = 0;
    std::set<std::string_view> free;
    for (const FilePrice& row : read.file().prices) {
        noise += row.terms.price.scale >= 20 ? 1 : 0;
        if (row.terms.price.is_zero() && row.terms.has_flat_price) {
            free.insert(row.model);
        }
    }
    EXPECT_GT(noise, 20U);
    EXPECT_GE(free.size(), 122U);
    const ReadFile again(real_text(litellm_file));
    EXPECT_EQ(again.prices(), read.prices());
}

TEST(RealPriceFiles, GenaiPricesFileAsAWhole) {
    if (is_absent(genai_file)) {
        GTEST_SKIP() << "1 cases skipped: no " << real_data() / genai_file;
    }
    const ReadFile read(real_text(genai_file));
    EXPECT_EQ(read.file().shape, PriceFileShape::genai_prices);
    EXPECT_EQ(read.file().providers.size(), 36U);
    EXPECT_EQ(read.file().models.size(), 1466U);
    std::set<std::pair<std::string_view, std::string_view>> priced;
    for (const FilePrice& row : read.file().prices) {
        priced.insert({row.provider, row.model});
    }
    for (const FileSkip& skip : read.file().skipped) {
        EXPECT_EQ(skip.why, "has no price") << skip.model << skip.key;
    }
    EXPECT_EQ(priced.size() + read.file().skipped.size(), 1466U);
    for (const FileModel& model : read.file().models) {
        EXPECT_NE(model.match, nullptr) << model.model;
    }
}

} // namespace
} // namespace credits::core::test
