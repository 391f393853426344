// Reading counts and splitting them, with every figure checked.
#include "core/usage_counts.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <string>

namespace credits::core {

namespace {

constexpr const char* report_hint =
    "give the provider's usage object, or its whole response, as it was sent";

std::string name_of(const Count& count) {
    return count.group.empty() ? std::string(count.key)
                               : std::string(count.group) + "." + std::string(count.key);
}

std::string figure_of(const Count& count) {
    return name_of(count) + " " + to_text(count.value);
}

[[noreturn]] void throw_not_a_count(const Count& count, const char* problem) {
    throw_invalid("the usage report holds something that is not a count",
                  name_of(count) + problem,
                  report_hint);
}

[[noreturn]] void throw_contradiction(std::string detail) {
    throw_invalid("the usage report contradicts itself", std::move(detail), report_hint);
}

} // namespace

const Json* member_of(const Json* object, std::string_view key) {
    const Json* found = object == nullptr ? nullptr : object->find(key);
    return found == nullptr || found->is_null() ? nullptr : found;
}

std::string_view text_of(const Json* object, std::string_view key) {
    const Json* found = member_of(object, key);
    return found != nullptr && found->is_string() ? found->text : std::string_view{};
}

Group group_of(const Group& parent, std::initializer_list<std::string_view> names, JsonKind kind) {
    for (const std::string_view name : names) {
        const Json* found = member_of(parent.json, name);
        if (found == nullptr) {
            continue;
        }
        if (found->kind != kind) {
            throw_not_a_count({parent.name, name, {}},
                              kind == JsonKind::object ? " is not an object" : " is not a list");
        }
        return {name, found};
    }
    return {};
}

Count read_amount(const Group& group, std::string_view key) {
    Count count{group.name, key, {}};
    const Json* found = member_of(group.json, key);
    if (found == nullptr) {
        return count;
    }
    if (found->kind != JsonKind::number) {
        throw_not_a_count(count, " is not a number");
    }
    if (!found->fits) {
        throw_out_of_range("a count of the usage report is out of range", name_of(count));
    }
    count.value = found->number;
    count.given = true;
    if (count.value.is_negative()) {
        throw_not_a_count(count, " is below zero");
    }
    return count;
}

Count read_count(const Group& group, std::string_view key) {
    const Count count = read_amount(group, key);
    if (count.value.scale > 0) {
        throw_not_a_count(count, " is not a whole number");
    }
    return count;
}

Count agreed(std::initializer_list<Count> counts) {
    Count result = *counts.begin();
    for (const Count& count : counts) {
        if (!count.given) {
            continue;
        }
        if (!result.value.is_zero() && !count.value.is_zero() && result.value != count.value) {
            throw_contradiction(figure_of(result) + ", " + figure_of(count));
        }
        if (!result.given || result.value.is_zero()) {
            result = count;
        }
    }
    return result;
}

Decimal rest_of(const Count& whole, std::initializer_list<Count> parts) {
    Decimal sum;
    for (const Count& part : parts) {
        sum = sum + part.value;
    }
    const Decimal rest = whole.value - sum;
    if (rest.is_negative()) {
        std::string detail = figure_of(whole) + ", its parts " + to_text(sum);
        const char* separator = ": ";
        for (const Count& part : parts) {
            if (!part.value.is_zero()) {
                detail += separator + figure_of(part);
                separator = ", ";
            }
        }
        throw_contradiction(std::move(detail));
    }
    return rest;
}

Count added(const Count& one, const Count& other, std::string_view name) {
    if (!other.given) {
        return one;
    }
    return {one.group, name, one.value + other.value, true};
}

void Pools::add(std::string_view metric, const Decimal& quantity) {
    if (!quantity.is_zero()) {
        items_.push_back(arena_, {metric, quantity});
    } else if (zero_metric_.empty()) {
        zero_metric_ = metric;
    }
}

void Pools::add(std::string_view metric, const Count& count) {
    if (count.given) {
        add(metric, count.value);
    }
}

void Pools::add(const InputCounts& input) {
    const Media& media = input.media;
    const Media& cached = input.cached;
    rest_of(input.whole, {media.text, media.audio, media.image, media.video});
    rest_of(input.cache_read, {cached.text, cached.audio, cached.image, cached.video});
    // Cached video has no pool of its own: it is read from the cache like text.
    const Decimal cache_read = rest_of(input.cache_read, {cached.audio, cached.image});
    const auto uncached = [](const Count& of, const Count& part) {
        return Count{of.group, of.key, rest_of(of, {part}), of.given};
    };
    const Count audio = uncached(media.audio, cached.audio);
    const Count image = uncached(media.image, cached.image);
    const Count video = uncached(media.video, cached.video);
    const Decimal text =
        rest_of(input.whole, {input.cache_read, input.cache_write, audio, image, video});
    if (input.whole.given) {
        add("input_tokens", text);
    }
    if (input.cache_read.given) {
        add("cache_read_tokens", cache_read);
    }
    add("cache_read_audio_tokens", cached.audio);
    add("cache_read_image_tokens", cached.image);
    add("cache_write_tokens", input.cache_write);
    add("input_audio_tokens", audio);
    add("input_image_tokens", image);
    add("input_video_tokens", video);
}

void Pools::add(const OutputCounts& output) {
    const Media& media = output.media;
    rest_of(output.whole, {media.text, media.audio, media.image, media.video});
    const Count inside = output.reasoning_is_beside ? Count{} : output.reasoning;
    const Decimal text = rest_of(output.whole, {inside, media.audio, media.image, media.video});
    if (output.whole.given) {
        add("output_tokens", text);
    }
    add("reasoning_tokens", output.reasoning);
    add("output_audio_tokens", media.audio);
    add("output_image_tokens", media.image);
    add("output_video_tokens", media.video);
}

Usage Pools::usage() {
    if (items_.empty()) {
        if (zero_metric_.empty()) {
            throw_invalid(
                "the usage report counts nothing", "there is no count in it", report_hint);
        }
        items_.push_back(arena_, {zero_metric_, {}});
    }
    return {items_.begin(), items_.size(), true, {}, {}, {}};
}

} // namespace credits::core
