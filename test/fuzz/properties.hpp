// Owns what the fuzzer's parts share: what must hold for any input whatever, and how it is said
// when it does not.
#pragma once

#include "core/arena.hpp"
#include "core/error.hpp"
#include "core/json_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace credits::core::fuzz {

// Memory in blocks of their own, so that the sanitizer sees a step beyond any of them.
class FuzzArena final : public Arena {
  public:
    void* allocate(std::size_t bytes) noexcept override {
        blocks_.push_back(std::make_unique<std::byte[]>(bytes));
        return blocks_.back().get();
    }

  private:
    std::vector<std::unique_ptr<std::byte[]>> blocks_;
};

// require ends the run where something does not hold; the fuzzer then keeps the input.
inline void require(bool holds, const char* what, std::string_view of = "") {
    if (!holds) {
        std::fprintf(stderr, "NOT SO: %s: %.*s\n", what, static_cast<int>(of.size()), of.data());
        std::abort();
    }
}

// json_of is a text as JSON, where it is.
inline std::optional<Json> json_of(std::string_view text, Arena& arena) {
    try {
        return read_json(arena, text);
    } catch (const Error& error) {
        require(error.kind() == ErrorKind::invalid_argument, "what is no JSON is refused", text);
        return std::nullopt;
    }
}

// check_price_file: a text as a price file of either shape, and as a price's own terms.
void check_price_file(std::string_view text);

// check_report: a text as a usage report of any provider.
void check_report(std::string_view text);

// check_event: a text as an event of the payment provider, check_signature: as a signature's
// header.
void check_event(std::string_view text);
void check_signature(std::string_view text);

// check_report_totals: bytes as the figures of reports whose totals are known.
void check_report_totals(const std::uint8_t* data, std::size_t size);

} // namespace credits::core::fuzz
