// What the readers of price files share: rows and skipped keys as they are found, one row for each
// metric, conditions and date of a model. Owns how a price is told from what is none.
#pragma once

#include "core/price_file.hpp"

#include <string>
#include <string_view>
#include <unordered_set>

namespace credits::core {

// FileValue is a price in USD, or why it is none.
struct FileValue {
    Decimal price;
    std::string_view why; // empty: it is a price

    [[nodiscard]] bool is_price() const { return why.empty(); }
};

// value_of takes JSON numbers; a text, where the file writes decimals as texts.
FileValue value_of(const Json& json);
FileValue value_or_text_of(const Json& json);

class FileRows {
  public:
    FileRows(PriceFile& file, Arena& arena) : file_(file), arena_(arena) {}

    // begin_model says whose rows follow; false where the file names the model a second time.
    bool begin_model(std::string_view provider, std::string_view model);

    // add is false where the model has a price for the same metric, conditions and date already.
    bool add(std::string_view metric,
             const PriceTerms& terms,
             Instant valid_from = always,
             Instant valid_to = never);

    // add_or_name skips a price that the model has already, unless it says the same.
    void add_or_name(std::string_view key, std::string_view metric, const PriceTerms& terms);

    void skip(std::string_view key, std::string_view why);

    // inner_key names a key inside another one, for skip.
    std::string_view inner_key(std::string_view outer, std::string_view inner);

    [[nodiscard]] Arena& arena() const { return arena_; }

    // The model's rows so far, and whether anything at all was found of it.
    [[nodiscard]] std::uint32_t first_price() const { return first_price_; }

    [[nodiscard]] const List<FilePrice>& prices() const { return file_.prices; }

    [[nodiscard]] bool is_empty() const;

  private:
    PriceFile& file_;
    Arena& arena_;
    std::string_view provider_;
    std::string_view model_;
    std::uint32_t first_price_ = 0;
    std::uint32_t first_skip_ = 0;
    std::unordered_set<std::string> models_;
    std::unordered_set<std::string> keys_; // of the model
};

// The readers of the two shapes.
void read_litellm(const Json& document, FileRows& rows, PriceFile& file);
void read_genai_prices(const Json& document, FileRows& rows, PriceFile& file);
bool is_litellm(const Json& document);
bool is_genai_prices(const Json& document);

} // namespace credits::core
