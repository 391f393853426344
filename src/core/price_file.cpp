// Recognising price files by shape, and collecting what their readers find.
#include "core/price_file.hpp"

#include "core/price_file_rows.hpp"

#include <algorithm>

namespace credits::core {

FileValue value_of(const Json& json) {
    if (json.kind != JsonKind::number) {
        return {{}, "is no number"};
    }
    if (!json.fits) {
        return {{}, "needs more digits than are kept"};
    }
    if (json.number.is_negative()) {
        return {{}, "is below zero"};
    }
    return {json.number, {}};
}

FileValue value_or_text_of(const Json& json) {
    if (!json.is_string()) {
        return value_of(json);
    }
    const std::optional<Decimal> price = read_decimal(json);
    if (!price) {
        return {{}, "is no number"};
    }
    return price->is_negative() ? FileValue{{}, "is below zero"} : FileValue{*price, {}};
}

bool FileRows::begin_model(std::string_view provider, std::string_view model) {
    provider_ = provider;
    model_ = model;
    first_price_ = file_.prices.size();
    first_skip_ = file_.skipped.size();
    keys_.clear();
    // The length keeps apart what would read alike.
    return models_
        .insert(std::to_string(provider.size()) + ":" + std::string(provider) + std::string(model))
        .second;
}

bool FileRows::add(std::string_view metric,
                   const PriceTerms& terms,
                   Instant valid_from,
                   Instant valid_to) {
    const std::string key =
        std::string(metric) + " " + std::to_string(valid_from) + " " + conditions_text(terms.when);
    if (!keys_.insert(key).second) {
        return false;
    }
    file_.prices.push_back(arena_, {provider_, model_, metric, terms, valid_from, valid_to});
    return true;
}

void FileRows::add_or_name(std::string_view key, std::string_view metric, const PriceTerms& terms) {
    if (add(metric, terms)) {
        return;
    }
    const std::string when = conditions_text(terms.when);
    const auto is_same = [&](const FilePrice& row) {
        return row.metric == metric && row.terms.price == terms.price &&
               row.terms.per == terms.per && conditions_text(row.terms.when) == when;
    };
    if (std::none_of(file_.prices.begin() + first_price_, file_.prices.end(), is_same)) {
        skip(key, "another key of the model prices the same otherwise");
    }
}

void FileRows::skip(std::string_view key, std::string_view why) {
    file_.skipped.push_back(arena_, {provider_, model_, key, why});
}

std::string_view FileRows::inner_key(std::string_view outer, std::string_view inner) {
    return copy_text(arena_, std::string(outer) + "." + std::string(inner));
}

bool FileRows::is_empty() const {
    return file_.prices.size() == first_price_ && file_.skipped.size() == first_skip_;
}

PriceFile read_price_file(const Json& document, Arena& arena) {
    PriceFile file;
    FileRows rows(file, arena);
    if (is_litellm(document)) {
        file.shape = PriceFileShape::litellm;
        read_litellm(document, rows, file);
    } else if (is_genai_prices(document)) {
        file.shape = PriceFileShape::genai_prices;
        read_genai_prices(document, rows, file);
    }
    return file;
}

} // namespace credits::core
