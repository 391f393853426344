// Counts of a usage report: how they are read, what they may be, and how a whole is split into
// pools that exclude each other. Owns the errors of reports that contradict themselves; knows no
// provider.
#pragma once

#include "core/arena.hpp"
#include "core/json.hpp"
#include "core/usage.hpp"

#include <initializer_list>
#include <string_view>

namespace credits::core {

// Count is a number of the report and where it stands; one that is absent or null is not given.
struct Count {
    std::string_view group; // the object or list it stands in; empty: the usage itself
    std::string_view key;
    Decimal value;
    bool given = false;
};

// member_of is a member that is there and not null.
const Json* member_of(const Json* object, std::string_view key);

// text_of is a member that is a text; empty where it is anything else.
std::string_view text_of(const Json* object, std::string_view key);

// group_of is the first of these members that is there; one of another kind is refused.
struct Group {
    std::string_view name;
    const Json* json = nullptr;
};

Group group_of(const Group& parent, std::initializer_list<std::string_view> names, JsonKind kind);

// read_count reads a whole number of zero or more, read_amount one that may have decimals.
Count read_count(const Group& group, std::string_view key);
Count read_amount(const Group& group, std::string_view key);

// agreed is the one value of a count that goes by several names; a name that says zero does not
// speak against one that says more.
Count agreed(std::initializer_list<Count> counts);

// rest_of is what the parts leave of their whole; parts beyond it are refused.
Decimal rest_of(const Count& whole, std::initializer_list<Count> parts);

// added is a count of both together, named after both.
Count added(const Count& one, const Count& other, std::string_view name);

// Media are the parts of a whole by what they are of.
struct Media {
    Count text;
    Count audio;
    Count image;
    Count video;
};

// InputCounts: the whole includes everything, cached media are part of both cache_read and media.
struct InputCounts {
    Count whole;
    Media media;
    Count cache_read;
    Media cached;
    Count cache_write;
};

struct OutputCounts {
    Count whole;
    Media media;
    Count reasoning;
    bool reasoning_is_beside = false; // not part of the whole
};

// Pools collects the result.
class Pools {
  public:
    explicit Pools(Arena& arena) : arena_(arena) {}

    void add(std::string_view metric, const Decimal& quantity);
    void add(std::string_view metric, const Count& count);
    void add(const InputCounts& input);
    void add(const OutputCounts& output);

    // usage is what was added; an invalid argument where nothing was.
    [[nodiscard]] Usage usage();

  private:
    Arena& arena_;
    List<UsageItem> items_;
    std::string_view zero_metric_; // the first that was given and is zero
};

} // namespace credits::core
