// What usage costs: the prices of a model, the choice among them at a moment, and exact sums.
// Owns the price book and every rule of choosing; never rounds a terminating cost, never prices the
// unknown at zero.
#pragma once

#include "core/arena.hpp"
#include "core/calendar.hpp"
#include "core/money.hpp"
#include "core/price_terms.hpp"
#include "core/usage.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace credits::core {

// Versions count the changes of a book; a row is in the book from one version up to another.
inline constexpr std::int64_t latest_version = std::numeric_limits<std::int64_t>::max();

struct PriceRow {
    std::string_view provider;
    std::string_view model;
    std::string_view metric;
    PriceTerms terms;
    Instant valid_from = always;
    Instant valid_to = never;
    bool configured = true; // as against imported from a price file
    std::int64_t version_from = 0;
    std::int64_t version_to = latest_version;
    const Zone* zone = nullptr;         // of the hours; null: UTC
    const Zone* weekday_zone = nullptr; // null: UTC
};

enum class PricingFault : std::uint8_t { none, unknown_model, unknown_metric };

struct PricedUsage {
    Decimal cost;
    PricingFault fault = PricingFault::none;
    std::string_view metric; // the one without a price, where that is the fault
};

// PriceLine says how one pool was priced: cost = quantity × unit_price ÷ per, what is free and what
// multiplies the whole call already in it.
struct PriceLine {
    std::string_view metric;
    Decimal quantity;
    Decimal unit_price;
    Decimal per;
    Decimal cost;
};

struct PriceLines {
    Arena& arena;
    List<PriceLine> list;
};

// PricedAt is the moment whose prices are in force, in the book of a version.
struct PricedAt {
    Instant moment = 0;
    std::int64_t version = latest_version;
};

class PriceBook {
  public:
    PriceBook() = default;

    // A book that may be added to while it changes elsewhere shows itself as of one version.
    explicit PriceBook(std::int64_t version) : version_(version) {}

    // add copies the row; its zones must outlive the book. A row stands under the names it is asked
    // for by; learn makes a name known without any.
    void add(const PriceRow& row, std::int64_t asked_version = latest_version);
    void learn(std::string_view provider,
               std::string_view model,
               std::int64_t asked_version = latest_version);
    [[nodiscard]] bool
    knows(std::string_view provider, std::string_view model, std::int64_t asked_version) const;

    [[nodiscard]] std::int64_t version() const { return version_; }

    // price sums over the pools. Of the prices of a metric whose conditions the call meets, a
    // configured one beats an imported one, one for certain hours or days one for any, the higher
    // threshold (or tier) the lower, one for the call's service tier, region or search size one for
    // any; where all that is equal, the dearer. A metric without any is paid at its parent's price.
    [[nodiscard]] PricedUsage price(std::string_view provider,
                                    std::string_view model,
                                    const Usage& usage,
                                    const PricedAt& at) const;

    // explain gives the lines that price adds up.
    [[nodiscard]] PricedUsage explain(std::string_view provider,
                                      std::string_view model,
                                      const Usage& usage,
                                      const PricedAt& at,
                                      PriceLines& lines) const;

  private:
    struct Name {
        std::string_view provider;
        std::string_view model;
        std::int64_t version;

        friend bool operator==(const Name&, const Name&) = default;
    };

    struct NameHash {
        std::size_t operator()(const Name& name) const noexcept;
    };

    struct Model {
        std::string provider;
        std::string name;
        std::vector<PriceRow> rows;
    };

    // Memory of the rows' texts and tiers, freed with the book.
    class OwnArena final : public Arena {
      public:
        void* allocate(std::size_t bytes) noexcept override;

      private:
        std::vector<std::unique_ptr<std::byte[]>> blocks_;
    };

    Model& model_of(std::string_view provider, std::string_view model, std::int64_t asked_version);
    [[nodiscard]] const Model* find(const Name& name) const;

    std::int64_t version_ = latest_version - 1;
    std::unordered_map<Name, Model*, NameHash> models_;
    std::vector<std::unique_ptr<Model>> owned_;
    std::unique_ptr<OwnArena> arena_ = std::make_unique<OwnArena>();
};

} // namespace credits::core
