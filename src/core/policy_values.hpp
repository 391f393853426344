// Values of the policy document together with where they stand, so that what is refused is named by
// its path. Owns how texts, numbers and intervals are read; knows no key.
#pragma once

#include "core/calendar.hpp"
#include "core/json.hpp"
#include "core/money.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace credits::core {

class PolicyValue {
  public:
    PolicyValue(const Json* json, std::string path) : json_(json), path_(std::move(path)) {}

    // Null and absent are the same.
    [[nodiscard]] bool is_null() const { return json_ == nullptr || json_->is_null(); }

    // Whether the key is there at all, be it null.
    [[nodiscard]] bool has(std::string_view key) const;
    [[nodiscard]] PolicyValue operator[](std::string_view key) const;

    // must_be_object refuses other values and, where keys are given, keys that are not among them.
    void must_be_object(std::initializer_list<std::string_view> keys) const;

    // members and items give what is in an object or a list, of null nothing.
    [[nodiscard]] std::vector<std::pair<std::string, PolicyValue>> members() const;
    [[nodiscard]] std::vector<PolicyValue> items() const;

    // Each of these refuses a value of another kind. text: not empty. number: zero or more.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] std::string text_or_empty() const;
    [[nodiscard]] Decimal number() const;
    [[nodiscard]] Decimal positive() const;
    [[nodiscard]] std::int64_t count() const;
    [[nodiscard]] Cycle interval() const;
    [[nodiscard]] std::optional<Decimal> optional_number() const;
    [[nodiscard]] std::optional<Cycle> optional_interval() const;
    [[nodiscard]] std::optional<std::vector<std::string>> optional_texts() const;

    // word gives the place of a text among those allowed.
    template <class Enum, std::size_t count>
    [[nodiscard]] Enum word(const std::array<std::string_view, count>& words) const {
        return static_cast<Enum>(place_of_word(words.data(), count));
    }

    // refuse says what the value must be.
    [[noreturn]] void refuse(const std::string& must_be) const;

  private:
    [[nodiscard]] std::size_t place_of_word(const std::string_view* words, std::size_t count) const;

    const Json* json_;
    std::string path_;
};

} // namespace credits::core
