// Fields of an event's body, read by what they must be, and the facts that are collected from them.
// Owns how a wrong shape is told: by the path of the field, as "data.object.amount_paid must be an
// integer"; knows no event.
#pragma once

#include "core/arena.hpp"
#include "core/json.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace credits::core {

// Field is a place in the body; one that is absent, or null, is not given. What is read of a field
// must be given, and is an invalid argument where it is something else than asked for.
class Field {
  public:
    Field(const Json* json, std::string path);

    [[nodiscard]] bool is_given() const { return json_ != nullptr; }

    [[nodiscard]] const std::string& path() const { return path_; }

    // at is a member, or a member of a member; not given where anything on the way is not.
    [[nodiscard]] Field at(std::string_view key) const;
    [[nodiscard]] Field at(std::initializer_list<std::string_view> keys) const;

    // item is one of an array that was counted.
    [[nodiscard]] Field item(std::uint32_t index) const;
    [[nodiscard]] std::uint32_t array_size() const;

    [[nodiscard]] const Json& text() const;
    // id: an object that was put in place of its id stands for the id.
    [[nodiscard]] const Json& id() const;
    [[nodiscard]] const Json& truth() const;
    // integer has at most 18 digits, whatever its sign; time is seconds since 1970, up to 9999.
    [[nodiscard]] const Json& integer() const;
    [[nodiscard]] const Json& time() const;
    [[nodiscard]] const Json& currency() const;
    // texts is an object of nothing but texts.
    [[nodiscard]] const Json& texts() const;
    [[nodiscard]] const Json& object() const;

  private:
    [[noreturn]] void fail(const char* what) const;
    const Json& of_kind(JsonKind kind, const char* what) const;

    const Json* json_; // null: not given
    std::string path_;
};

// first_of is the first field that is given, or the first of all.
Field first_of(std::initializer_list<Field> fields);

// Read is how a field is read: Field::id and the like.
using Read = const Json& (Field::*)() const;

// Facts collects values by key, in the order in which they come.
class Facts {
  public:
    explicit Facts(Arena& arena) : arena_(arena) {}

    // add refuses a field that is not given, add_if_given leaves it out.
    void add(std::string_view key, const Field& field, Read read);
    void add_if_given(std::string_view key, const Field& field, Read read);

    void add(std::string_view key, const Json& value);
    void add_text(std::string_view key, std::string_view text); // copied
    void add_number(std::string_view key, std::int64_t number);
    void add_list(std::string_view key, const List<Json>& values);

    // add_currency also adds the exponent that the currency's amounts have.
    void add_currency(const Field& field);

    [[nodiscard]] Arena& arena() const { return arena_; }

    // object views the facts so far.
    [[nodiscard]] Json object() const;

  private:
    Arena& arena_;
    List<JsonMember> members_;
};

} // namespace credits::core
