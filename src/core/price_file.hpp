// Price files of others, read into rows of the price book: LiteLLM's model price file and that of
// genai-prices, recognised by shape. Owns what their keys mean; never guesses: a value that is no
// price in USD is skipped and named. Knows neither the book nor the date of an import.
#pragma once

#include "core/arena.hpp"
#include "core/json.hpp"
#include "core/price_terms.hpp"

#include <string_view>

namespace credits::core {

enum class PriceFileShape : std::uint8_t { unknown, litellm, genai_prices };

struct FilePrice {
    std::string_view provider;
    std::string_view model;
    std::string_view metric;
    PriceTerms terms;
    Instant valid_from = always; // as the file dates it
    Instant valid_to = never;
};

// FileSkip names what a file says that is no price: a key of a model, or (key empty) the whole
// model. What the file does not say (a provider's name, a model's) is empty.
struct FileSkip {
    std::string_view provider;
    std::string_view model;
    std::string_view key;
    std::string_view why;
};

// FileModel is a model that the file names, whether or not it has a price. A removed one is null in
// the file (a document of changes); LiteLLM's does not name its provider then. Rules are the file's
// own for other names of it (core/name_rules.hpp).
struct FileModel {
    std::string_view provider;
    std::string_view model;
    bool removed = false;
    const Json* match = nullptr;
};

// FileProvider: names of a provider by rule, and whose models it sells too.
struct FileProvider {
    std::string_view provider;
    const Json* match = nullptr;
    List<std::string_view> sells_models_of;
};

struct PriceFile {
    PriceFileShape shape = PriceFileShape::unknown;
    List<FilePrice> prices;
    List<FileSkip> skipped;
    List<FileModel> models;
    List<FileProvider> providers;
};

// read_price_file reads a whole file; what it hands out lies in the arena or is a view of the
// document. A document of neither shape has the shape unknown and nothing else.
PriceFile read_price_file(const Json& document, Arena& arena);

} // namespace credits::core
