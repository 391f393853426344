// Owns what the tests of price files share: small files from text, their rows as lines, and the
// real files where PG_CREDITS_DATA (or ../shared/data beside the project) has them.
#pragma once

#include "support.hpp"

#include "core/json_reader.hpp"
#include "core/price_file.hpp"

#include "input_file.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace credits::core::test {

inline std::filesystem::path real_data() {
    const char* data = std::getenv("PG_CREDITS_DATA");
    return data != nullptr ? std::filesystem::path(data) : std::filesystem::path("../shared/data");
}

inline std::string real_text(const std::string& name) {
    replay::InputFile file((real_data() / name).string());
    std::string text;
    std::vector<char> block(1 << 20);
    for (std::size_t size = file.read(block.data(), block.size()); size > 0;
         size = file.read(block.data(), block.size())) {
        text.append(block.data(), size);
    }
    file.finish();
    return text;
}

// line_of writes a price as "metric price/per conditions tiers"; what is usual is left out.
inline std::string line_of(const FilePrice& row) {
    const PriceTerms& terms = row.terms;
    std::string line(row.metric);
    line += " " + (terms.has_flat_price ? to_text(terms.price) : std::string("-"));
    line += terms.per == Decimal{1, 0} ? "" : "/" + to_text(terms.per);
    const std::string when = conditions_text(terms.when);
    line += when == "{}" ? "" : " " + when;
    line += terms.tiers.empty() ? "" : " " + tiers_text(terms.tiers);
    return line;
}

// A price file of a test, with the memory that it lies in.
class ReadFile {
  public:
    explicit ReadFile(std::string_view text)
        : document_(read_json(arena_, text)), file_(read_price_file(document_, arena_)) {}

    [[nodiscard]] const PriceFile& file() const { return file_; }

    [[nodiscard]] const Json& document() const { return document_; }

    // The prices of a model, or of all; in the order of the file.
    [[nodiscard]] std::vector<std::string> prices(std::string_view model = "") const {
        std::vector<std::string> lines;
        for (const FilePrice& row : file_.prices) {
            if (model.empty() || row.model == model) {
                lines.push_back(line_of(row));
            }
        }
        return lines;
    }

    // "model key: why", or "model: why" of a whole model.
    [[nodiscard]] std::vector<std::string> skipped() const {
        std::vector<std::string> lines;
        for (const FileSkip& skip : file_.skipped) {
            lines.push_back(std::string(skip.model) + (skip.key.empty() ? "" : " ") +
                            std::string(skip.key) + ": " + std::string(skip.why));
        }
        return lines;
    }

  private:
    TestArena arena_;
    Json document_;
    PriceFile file_;
};

using Lines = std::vector<std::string>;

} // namespace credits::core::test
