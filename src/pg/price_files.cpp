// Price files as rows: jsonb in, what the core finds in it out; no table is read.
#include "core/name_rules.hpp"
#include "core/price_file.hpp"

#include <string>

#include "pg/boundary.hpp"
#include "pg/json.hpp"
#include "pg/numeric.hpp"
#include "pg/row_output.hpp"
#include "pg/rows.hpp"
#include "pg/server_arena.hpp"
#include "pg/verbs.hpp"

namespace credits::pg {

namespace {

// Texts of jsonb, in the order of the rows that they belong to; empty: null.
struct ReadFile {
    core::PriceFile file;
    core::List<std::string_view> conditions; // of prices
    core::List<std::string_view> tiers;      // of prices
    core::List<std::string_view> models;     // rules
    core::List<std::string_view> providers;  // rules
    core::List<std::string_view> sold;       // of providers
};

std::string_view rule_text(const core::Json* rule, core::Arena& arena) {
    return rule == nullptr ? std::string_view{}
                           : core::copy_text(arena, core::name_rule_text(*rule));
}

std::string_view names_text(const core::List<std::string_view>& names, core::Arena& arena) {
    std::string text;
    for (const std::string_view name : names) {
        text += (text.empty() ? "" : ", ") + core::json_string(name);
    }
    return core::copy_text(arena, "[" + text + "]");
}

ReadFile read_file(const core::Json& document, core::Arena& arena) {
    ReadFile read;
    read.file = core::read_price_file(document, arena);
    for (const core::FilePrice& price : read.file.prices) {
        read.conditions.push_back(arena,
                                  core::copy_text(arena, core::conditions_text(price.terms.when)));
        read.tiers.push_back(arena,
                             price.terms.tiers.empty()
                                 ? std::string_view{}
                                 : core::copy_text(arena, core::tiers_text(price.terms.tiers)));
    }
    for (const core::FileModel& model : read.file.models) {
        read.models.push_back(arena, rule_text(model.match, arena));
    }
    for (const core::FileProvider& provider : read.file.providers) {
        read.providers.push_back(arena, rule_text(provider.match, arena));
        read.sold.push_back(arena, names_text(provider.sells_models_of, arena));
    }
    return read;
}

// One row of the result; what it does not set is null.
struct Item {
    const char* item = nullptr;
    std::string_view provider;
    std::string_view model;
    std::string_view metric;
    const core::FilePrice* price = nullptr;
    std::string_view tiers;
    std::string_view conditions;
    std::string_view detail;
};

void add_text(RowValues& row, std::string_view text) {
    row.add(text.empty() ? 0 : text_datum(text), text.empty());
}

// The text ends with a zero byte, as copy_text leaves it.
void add_jsonb(RowValues& row, std::string_view text) {
    row.add(text.empty() ? 0 : DirectFunctionCall1(jsonb_in, CStringGetDatum(text.data())),
            text.empty());
}

void put_item(FunctionCallInfo call, const Item& item) {
    RowValues row = {};
    row.add(CStringGetTextDatum(item.item));
    add_text(row, item.provider);
    add_text(row, item.model);
    add_text(row, item.metric);
    const core::FilePrice* price = item.price;
    const bool is_price = price != nullptr;
    const bool has_flat_price = is_price && price->terms.has_flat_price;
    row.add(has_flat_price ? numeric_datum(price->terms.price) : 0, !has_flat_price);
    row.add(is_price ? numeric_datum(price->terms.per) : 0, !is_price);
    row.add(is_price ? numeric_datum(price->terms.free) : 0, !is_price);
    add_jsonb(row, item.tiers);
    add_jsonb(row, item.conditions);
    row.add(is_price ? TimestampTzGetDatum(price->valid_from) : 0, !is_price);
    row.add(is_price ? TimestampTzGetDatum(price->valid_to) : 0, !is_price);
    add_text(row, item.detail);
    put_row(call, row);
}

bool is_known_zone(std::string_view name) {
    return name.empty() || pg_tzset(pnstrdup(name.data(), name.size())) != nullptr;
}

// The core knows no zones: a price by the days of one that the server does not know is none.
void put_price(FunctionCallInfo call, const ReadFile& read, std::uint32_t at) {
    const core::FilePrice& price = read.file.prices[at];
    Item item;
    item.provider = price.provider;
    item.model = price.model;
    item.metric = price.metric;
    const core::PriceConditions& when = price.terms.when;
    if (is_known_zone(when.time_zone) && is_known_zone(when.weekday_time_zone)) {
        item.item = "price";
        item.price = &price;
        item.tiers = read.tiers[at];
        item.conditions = read.conditions[at];
    } else {
        item.item = "skipped";
        item.detail = "is by the days of a time zone that is not known";
    }
    put_item(call, item);
}

void put_names(FunctionCallInfo call, const ReadFile& read) {
    for (std::uint32_t at = 0; at < read.file.models.size(); ++at) {
        const core::FileModel& model = read.file.models[at];
        Item item;
        item.item = "model";
        item.provider = model.provider;
        item.model = model.model;
        item.conditions = read.models[at];
        item.detail = model.removed ? "removed" : "";
        put_item(call, item);
    }
    for (std::uint32_t at = 0; at < read.file.providers.size(); ++at) {
        Item item;
        item.item = "provider";
        item.provider = read.file.providers[at].provider;
        item.conditions = read.providers[at];
        item.tiers = read.sold[at];
        put_item(call, item);
    }
}

} // namespace

Datum read_price_file(FunctionCallInfo call) {
    begin_rows(call);
    require_given(call, 0, "document");
    const core::Json json = json_tree(read_json(call, 0).value);
    ServerArena arena;
    const ReadFile read = compute_or_raise([&] { return read_file(json, arena); });
    if (read.file.shape == core::PriceFileShape::unknown) {
        raise_invalid("the document is no price file that is known",
                      "it is neither an object of models as LiteLLM's price file is, nor an array "
                      "of providers with models as that of genai-prices",
                      "give the file as it is; prices of your own go through credits.configure");
    }
    Item shape;
    shape.item = "shape";
    shape.detail = read.file.shape == core::PriceFileShape::litellm ? "litellm" : "genai-prices";
    put_item(call, shape);
    for (std::uint32_t at = 0; at < read.file.prices.size(); ++at) {
        put_price(call, read, at);
    }
    for (const core::FileSkip& skip : read.file.skipped) {
        Item item;
        item.item = "skipped";
        item.provider = skip.provider;
        item.model = skip.model;
        item.metric = skip.key;
        item.detail = skip.why;
        put_item(call, item);
    }
    put_names(call, read);
    return 0;
}

} // namespace credits::pg
