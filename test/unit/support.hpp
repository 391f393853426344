// Owns what the core's unit tests share: money from text, zones with changes of the clock, memory
// that runs out, seeds. Never decides a case.
#pragma once

#include "core/arena.hpp"
#include "core/calendar.hpp"
#include "core/money.hpp"
#include "core/outcome.hpp"
#include "core/pricing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <ostream>
#include <random>
#include <string_view>
#include <vector>

namespace credits::core {

// GoogleTest finds these by the types' namespace.
inline void PrintTo(const Decimal& value, std::ostream* out) {
    *out << to_text(value);
}

inline void PrintTo(const Credits& value, std::ostream* out) {
    *out << to_text(value, 0);
}

inline void PrintTo(Outcome value, std::ostream* out) {
    *out << facts_of(value).name;
}

} // namespace credits::core

namespace credits::core::test {

inline constexpr std::int64_t hour = 3'600 * micros_per_second;
inline constexpr std::int64_t day = 24 * hour;

inline Decimal dec(std::string_view text) {
    return parse_decimal(text).value();
}

inline constexpr Credits steps(std::int64_t count) {
    return {count};
}

// price_row is a flat price at all times; the texts must outlive the book.
inline PriceRow price_row(std::string_view provider,
                          std::string_view model,
                          std::string_view metric,
                          std::string_view price,
                          std::string_view per = "1") {
    PriceRow row;
    row.provider = provider;
    row.model = model;
    row.metric = metric;
    row.terms.price = dec(price);
    row.terms.per = dec(per);
    return row;
}

inline PriceBook book_of(const std::vector<PriceRow>& rows) {
    PriceBook book;
    for (const PriceRow& row : rows) {
        book.add(row);
    }
    return book;
}

// usage_of is a view of the items.
inline Usage usage_of(const std::vector<UsageItem>& items) {
    Usage usage;
    usage.items = items.data();
    usage.count = items.size();
    usage.given = true;
    return usage;
}

inline Usage usage_of(const UsageItem& item) {
    Usage usage;
    usage.items = &item;
    usage.count = 1;
    usage.given = true;
    return usage;
}

// TestArena frees everything at its own end; after a number of allocations it has no more memory.
class TestArena final : public Arena {
  public:
    void* allocate(std::size_t bytes) noexcept override {
        if (left_ == 0) {
            return nullptr;
        }
        --left_;
        blocks_.push_back(std::make_unique<std::byte[]>(bytes));
        return blocks_.back().get();
    }

    void allow(std::size_t allocations) { left_ = allocations; }

  private:
    std::size_t left_ = std::numeric_limits<std::size_t>::max();
    std::vector<std::unique_ptr<std::byte[]>> blocks_;
};

struct ClockChange {
    Instant at;
    std::int64_t offset; // from then on
};

// What a wall-clock time means that comes twice or never: the first instant or the last at which
// the clock passes it, or what the server says (of two the second; of none the offset before the
// change).
enum class OnDoubt { first, last, server };

class SteppedZone final : public Zone {
  public:
    explicit SteppedZone(std::int64_t offset,
                         std::vector<ClockChange> changes = {},
                         OnDoubt on_doubt = OnDoubt::first)
        : changes_(std::move(changes)), on_doubt_(on_doubt) {
        changes_.insert(changes_.begin(), {always, offset});
    }

    [[nodiscard]] LocalTime to_local(Instant instant) const noexcept override {
        std::int64_t offset = 0;
        for (const ClockChange& change : changes_) {
            offset = change.at <= instant ? change.offset : offset;
        }
        return instant + offset;
    }

    [[nodiscard]] Instant to_instant(LocalTime local) const noexcept override {
        return on_doubt_ == OnDoubt::first ? first_at(local) : last_at(local);
    }

  private:
    [[nodiscard]] Instant end_of(std::size_t at) const {
        return at + 1 < changes_.size() ? changes_[at + 1].at : never;
    }

    [[nodiscard]] Instant first_at(LocalTime local) const {
        for (std::size_t at = 0; at < changes_.size(); ++at) {
            const Instant instant = local - changes_[at].offset;
            if (instant < end_of(at)) {
                return std::max(instant, changes_[at].at);
            }
        }
        return never;
    }

    [[nodiscard]] Instant last_at(LocalTime local) const {
        for (std::size_t at = changes_.size(); at-- > 0;) {
            const Instant instant = local - changes_[at].offset;
            if (instant >= changes_[at].at) {
                return on_doubt_ == OnDoubt::server ? instant : std::min(instant, end_of(at));
            }
        }
        return always;
    }

    std::vector<ClockChange> changes_;
    OnDoubt on_doubt_;
};

inline const SteppedZone& utc() {
    static const SteppedZone zone(0);
    return zone;
}

// Seeds: fixed ones, for the same cases every day, and some from the clock, for new ones. A test
// names its seed where it fails.
inline std::vector<std::uint64_t> seeds(std::uint64_t fixed, std::uint64_t from_clock) {
    std::vector<std::uint64_t> all;
    for (std::uint64_t seed = 1; seed <= fixed; ++seed) {
        all.push_back(seed);
    }
    std::random_device device;
    for (std::uint64_t count = 0; count < from_clock; ++count) {
        all.push_back(device());
    }
    return all;
}

// Dice throw the same numbers for the same seed everywhere (the library's distributions need not).
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}

    // from low to high, both included
    std::int64_t number(std::int64_t low, std::int64_t high) {
        return low +
               static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
    }

    bool one_in(std::int64_t count) { return number(1, count) == 1; }

    template <class T>
    const T& one_of(const std::vector<T>& all) {
        return all[static_cast<std::size_t>(number(0, static_cast<std::int64_t>(all.size()) - 1))];
    }

  private:
    std::mt19937_64 engine_;
};

} // namespace credits::core::test
