// Owns the tests of costs that the publishers of price files state themselves: each case's rate
// card is read as a price file, its usage brought to pools, and the cost must be the same to the
// last digit. Skipped where the cases are absent.
#include "price_files.hpp"

#include "core/error.hpp"
#include "core/pricing.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <map>

namespace credits::core::test {
namespace {

using Pools = std::map<std::string, Decimal>;

const Json& no_json() {
    static const Json none;
    return none;
}

const Json& member(const Json& json, std::string_view key) {
    const Json* found = json.find(key);
    return found == nullptr ? no_json() : *found;
}

Decimal count_of(const Json& json, std::string_view key) {
    return read_decimal(member(json, key)).value_or(Decimal{});
}

Decimal at_least_zero(const Decimal& value) {
    return value.is_negative() ? Decimal{} : value;
}

Decimal smaller(const Decimal& left, const Decimal& right) {
    return compare(left, right) < 0 ? left : right;
}

// file_of writes a card of decimal texts as the file that it came from, numbers as numbers.
std::string file_of(const Json& json) {
    switch (json.kind) {
    case JsonKind::object: {
        std::string text;
        for (const JsonMember& one : members_of(json)) {
            text += (text.empty() ? "" : ", ") + json_string(one.key) + ": ";
            // Windows and zones are texts in the file too.
            text += one.value.is_string() && one.value.text.find_first_not_of("0123456789.") ==
                                                 std::string_view::npos
                        ? std::string(one.value.text)
                        : file_of(one.value);
        }
        return "{" + text + "}";
    }
    case JsonKind::array: {
        std::string text;
        for (const Json& item : items_of(json)) {
            const bool is_size = item.is_string() && item.text.find_first_not_of("0123456789") ==
                                                         std::string_view::npos;
            text += (text.empty() ? "" : ", ") + (is_size ? std::string(item.text) : file_of(item));
        }
        return "[" + text + "]";
    }
    case JsonKind::string:
        return json_string(json.text);
    case JsonKind::number:
        return to_text(json.number);
    case JsonKind::boolean:
        return json.truth ? "true" : "false";
    case JsonKind::null:
        break;
    }
    return "null";
}

// LiteLLM's counts, in which details are parts of the whole; parts beyond the whole are cut where
// some of them were cached.
void add_prompt(const Json& usage, Pools& pools) {
    const Json& details = member(usage, "prompt_details");
    const Decimal prompt = count_of(usage, "prompt_tokens");
    const Decimal cached = count_of(details, "cached");
    const Decimal write_1h = count_of(details, "cache_write_1h");
    const Decimal write = count_of(details, "cache_write");
    Decimal left = at_least_zero(prompt - cached - write);
    const auto part = [&](const char* key) {
        const Decimal count = smaller(count_of(details, key), left);
        left = left - count;
        return count;
    };
    pools["input_audio_tokens"] = part("audio");
    pools["input_image_tokens"] = part("image");
    pools["input_video_tokens"] = part("video");
    pools["input_tokens"] = left;
    pools["cache_read_tokens"] = cached;
    pools["cache_write_tokens"] = write - write_1h;
    pools["cache_write_1h_tokens"] = write_1h;
}

void add_completion(const Json& usage, Pools& pools) {
    const Json& details = member(usage, "completion_details");
    Decimal left = count_of(usage, "completion_tokens");
    const auto part = [&](const char* key) {
        const Decimal count = count_of(details, key);
        left = left - count;
        return count;
    };
    pools["reasoning_tokens"] = part("reasoning");
    pools["output_audio_tokens"] = part("audio");
    pools["output_image_tokens"] = part("image");
    pools["output_video_tokens"] = part("video");
    pools["output_tokens"] = left;
}

Pools litellm_pools(const Json& usage) {
    Pools pools;
    add_prompt(usage, pools);
    add_completion(usage, pools);
    const std::map<std::string_view, std::string> names{
        {"generated_images", "images"}, {"audio_seconds", "seconds"}, {"video_seconds", "seconds"}};
    for (const JsonMember& one : members_of(usage)) {
        const std::optional<Decimal> count = read_decimal(one.value);
        if (!count || one.key.starts_with("prompt_") || one.key.starts_with("completion_")) {
            continue;
        }
        const auto name = names.find(one.key);
        pools[name == names.end() ? std::string(one.key) : name->second] = *count;
    }
    if (pools.contains("width")) {
        pools["pixels"] = pools["images"] * pools["width"] * pools["height"];
        pools.erase("images");
        pools.erase("width");
        pools.erase("height");
    }
    return pools;
}

// genai-prices' counts: cached and other media are parts of the input; cached media of both.
Pools genai_pools(const Json& usage) {
    const auto count = [&](const char* key) {
        return count_of(usage, key);
    };
    const Decimal audio = count("cache_audio_read_tokens");
    const Decimal image = count("cache_image_read_tokens");
    const Decimal write = count("cache_write_tokens");
    const Decimal write_1h = count("cache_write_1h_tokens");
    Pools pools;
    pools["input_audio_tokens"] = count("input_audio_tokens") - audio;
    pools["input_image_tokens"] = count("input_image_tokens") - image;
    pools["input_video_tokens"] = count("input_video_tokens");
    pools["cache_read_audio_tokens"] = audio;
    pools["cache_read_image_tokens"] = image;
    pools["cache_read_tokens"] = count("cache_read_tokens") - audio - image;
    pools["cache_write_tokens"] = write - write_1h;
    pools["cache_write_1h_tokens"] = write_1h;
    pools["input_tokens"] = count("input_tokens") - count("cache_read_tokens") - write -
                            pools["input_audio_tokens"] - pools["input_image_tokens"] -
                            pools["input_video_tokens"];
    for (const char* key : {"output_audio_tokens", "output_image_tokens", "output_video_tokens"}) {
        pools[key] = count(key);
    }
    pools["reasoning_tokens"] = count("output_reasoning_tokens");
    pools["output_tokens"] = count("output_tokens") - pools["output_audio_tokens"] -
                             pools["output_image_tokens"] - pools["output_video_tokens"] -
                             pools["reasoning_tokens"];
    pools["web_searches"] = count("web_searches");
    return pools;
}

// "2026-08-29T02:00:00Z"
Instant instant_of(std::string_view text) {
    if (text.empty()) {
        return 0;
    }
    const auto number = [&](std::size_t at, std::size_t size) {
        return std::stoll(std::string(text.substr(at, size)));
    };
    const std::int64_t months = (number(0, 4) - 2000) * 12 + number(5, 2) - 1;
    return add_months(0, months) + (number(8, 2) - 1) * day + number(11, 2) * hour +
           number(14, 2) * hour / 60;
}

PriceBook book_of(const PriceFile& file, std::string_view model) {
    PriceBook book;
    for (const FilePrice& price : file.prices) {
        if (price.model == model) {
            PriceRow row;
            row.provider = "p";
            row.model = "m";
            row.metric = price.metric;
            row.terms = price.terms;
            row.valid_from = price.valid_from;
            row.valid_to = price.valid_to;
            row.configured = false;
            book.add(row);
        }
    }
    return book;
}

std::string cost_of(const PriceBook& book, const Pools& pools, const Json& one) {
    const Json& context = member(one, "context");
    const auto word = [](const Json& json, const char* key) {
        return member(json, key).text;
    };
    std::vector<UsageItem> items;
    for (const auto& [metric, count] : pools) {
        if (!count.is_zero()) {
            items.push_back({metric, count});
        }
    }
    Usage usage = usage_of(items);
    usage.service_tier = member(context, "batch").truth ? "batch" : word(context, "service_tier");
    usage.region = word(context, "data_residency");
    if (usage.region.empty()) {
        usage.region = word(context, "vertex_location");
    }
    usage.search_context_size = word(member(one, "usage"), "search_context_size");
    const std::string_view at = word(one, "at").empty() ? word(context, "at") : word(one, "at");
    const PricedUsage priced = book.price("p", "m", usage, {instant_of(at), latest_version});
    return priced.fault == PricingFault::none ? to_text(priced.cost)
                                              : "no price of " + std::string(priced.metric);
}

// for_each_case visits the entries of a file of so many.
void for_each_case(const char* file,
                   std::uint32_t count,
                   const std::function<void(const Json&)>& visit) {
    const std::string path = std::string("cost-cases/") + file;
    if (!std::filesystem::exists(real_data() / path)) {
        GTEST_SKIP() << count << " cases skipped: no " << real_data() / path;
    }
    TestArena arena;
    const Json cases = read_json(arena, real_text(path));
    EXPECT_EQ(cases.count, count);
    for (const Json& one : items_of(cases)) {
        visit(one);
    }
    std::cout << cases.count << " cases of " << file << "\n";
}

std::string expected_of(const Json& one) {
    return to_text(count_of(member(one, "expected"), "total_cost_usd"));
}

TEST(CostCases, OfLitellmsTests) {
    for_each_case("litellm_cost_cases.json", 86, [](const Json& one) {
        const std::string_view provider = member(one, "provider").text;
        std::string card = file_of(member(one, "rates_usd"));
        card.insert(
            1, "\"litellm_provider\": " + json_string(provider.empty() ? "p" : provider) + ", ");
        const ReadFile read("{\"m\": " + card + "}");
        EXPECT_EQ(read.skipped(), Lines{}) << member(one, "id").text;
        EXPECT_EQ(cost_of(book_of(read.file(), "m"), litellm_pools(member(one, "usage")), one),
                  expected_of(one))
            << member(one, "id").text;
    });
}

TEST(CostCases, OfModelsOfLitellmsFile) {
    if (!std::filesystem::exists(real_data() / "prices/litellm_model_prices_2026-08-01.json.gz")) {
        GTEST_SKIP() << "98 cases skipped: no price file";
    }
    const ReadFile read(real_text("prices/litellm_model_prices_2026-08-01.json.gz"));
    for_each_case("derived_from_litellm_book.json", 98, [&](const Json& one) {
        const PriceBook book = book_of(read.file(), member(one, "model").text);
        EXPECT_EQ(cost_of(book, litellm_pools(member(one, "usage")), one), expected_of(one))
            << member(one, "id").text;
    });
}

TEST(CostCases, OfGenaiPricesTests) {
    for_each_case("genai_prices_cases.json", 59, [](const Json& one) {
        const ReadFile read(R"([{"id": "p", "models": [{"id": "m", "prices": )" +
                            file_of(member(one, "rates")) + "}]}]");
        if (!member(member(one, "expected"), "error").is_null()) {
            return; // contradictory usage is refused where reports are read, prices are named
        }
        // Tokens of a model that is priced by request only are free there, and an error here.
        const bool has_input = !member(member(one, "rates"), "input_mtok").is_null() ||
                               count_of(member(one, "usage"), "input_tokens").is_zero();
        EXPECT_EQ(cost_of(book_of(read.file(), "m"), genai_pools(member(one, "usage")), one),
                  has_input ? expected_of(one) : "no price of input_tokens")
            << member(one, "id").text;
    });
}

} // namespace
} // namespace credits::core::test
