// Reading single values of the policy document.
#include "core/policy_values.hpp"

#include "core/error.hpp"
#include "core/price_terms.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <compare>
#include <limits>

namespace credits::core {

namespace {

std::string joined(const std::string_view* words, std::size_t count) {
    std::string all;
    for (std::size_t at = 0; at < count; ++at) {
        all += at == 0 ? "" : ", ";
        all += words[at];
    }
    return all;
}

template <class Integer>
Integer integer_of(const PolicyValue& value) {
    const std::int64_t count = value.is_null() ? 0 : value.count();
    if (count > std::numeric_limits<Integer>::max()) {
        value.refuse("a smaller number");
    }
    return static_cast<Integer>(count);
}

} // namespace

bool PolicyValue::has(std::string_view key) const {
    return json_ != nullptr && json_->find(key) != nullptr;
}

PolicyValue PolicyValue::operator[](std::string_view key) const {
    return {json_ == nullptr ? nullptr : json_->find(key),
            path_.empty() ? std::string(key) : path_ + "." + shortened(key)};
}

void PolicyValue::must_be_object(std::initializer_list<std::string_view> keys) const {
    if (json_ == nullptr || !json_->is_object()) {
        refuse("an object");
    }
    for (const JsonMember& member : members_of(*json_)) {
        if (keys.size() != 0 && std::find(keys.begin(), keys.end(), member.key) == keys.end()) {
            throw_invalid((*this)[member.key].path_ + " is no known key",
                          "known here are " + joined(keys.begin(), keys.size()),
                          "configure() writes known keys only; see what else changed the tables");
        }
    }
}

std::vector<std::pair<std::string, PolicyValue>> PolicyValue::members() const {
    std::vector<std::pair<std::string, PolicyValue>> all;
    if (is_null()) {
        return all;
    }
    must_be_object({});
    for (const JsonMember& member : members_of(*json_)) {
        all.emplace_back(std::string(member.key), (*this)[member.key]);
    }
    return all;
}

std::vector<PolicyValue> PolicyValue::items() const {
    std::vector<PolicyValue> all;
    if (is_null()) {
        return all;
    }
    if (!json_->is_array()) {
        refuse("a list");
    }
    for (const Json& item : items_of(*json_)) {
        all.emplace_back(&item, path_ + "[" + std::to_string(all.size()) + "]");
    }
    return all;
}

std::string PolicyValue::text() const {
    if (json_ == nullptr || !json_->is_string() || json_->text.empty()) {
        refuse("a text that is not empty");
    }
    return std::string(json_->text);
}

std::string PolicyValue::text_or_empty() const {
    return is_null() ? std::string() : text();
}

Decimal PolicyValue::number() const {
    const std::optional<Decimal> number = json_ == nullptr ? std::nullopt : read_decimal(*json_);
    if (!number || number->is_negative()) {
        refuse("a number, zero or more");
    }
    return *number;
}

Decimal PolicyValue::positive() const {
    const Decimal value = number();
    if (value.is_zero()) {
        refuse("a number above zero");
    }
    return value;
}

std::int64_t PolicyValue::count() const {
    const Decimal value = number();
    if (value.scale > 0 || value.coefficient > std::numeric_limits<std::int64_t>::max()) {
        refuse("a whole number");
    }
    return static_cast<std::int64_t>(value.coefficient);
}

Cycle PolicyValue::interval() const {
    must_be_object({"months", "days", "micros"});
    return {integer_of<std::int32_t>((*this)["months"]),
            integer_of<std::int32_t>((*this)["days"]),
            integer_of<std::int64_t>((*this)["micros"])};
}

std::optional<Decimal> PolicyValue::optional_number() const {
    return is_null() ? std::nullopt : std::optional(number());
}

std::optional<Cycle> PolicyValue::optional_interval() const {
    return is_null() ? std::nullopt : std::optional(interval());
}

std::optional<std::vector<std::string>> PolicyValue::optional_texts() const {
    if (is_null()) {
        return std::nullopt;
    }
    std::vector<std::string> texts;
    for (const PolicyValue& item : items()) {
        texts.push_back(item.text());
    }
    return texts;
}

void PolicyValue::refuse(const std::string& must_be) const {
    throw_invalid((path_.empty() ? "the policy" : path_) + " must be " + must_be,
                  "it is part of the configuration that calls work by",
                  "configure it again with credits.configure");
}

std::size_t PolicyValue::place_of_word(const std::string_view* words, std::size_t count) const {
    const std::string word = text();
    const std::string_view* found = std::find(words, words + count, word);
    if (found == words + count) {
        refuse("one of " + joined(words, count) + ", not " + shortened(word));
    }
    return static_cast<std::size_t>(found - words);
}

} // namespace credits::core
