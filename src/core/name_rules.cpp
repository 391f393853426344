// Walking rules for names.
#include "core/name_rules.hpp"

#include <algorithm>
#include <array>

namespace credits::core {

namespace {

constexpr int depth_max = 20;

constexpr std::array text_rules{std::string_view{"equals"},
                                std::string_view{"starts_with"},
                                std::string_view{"ends_with"},
                                std::string_view{"contains"},
                                std::string_view{"regex"}};

bool is_rule(const Json& json, int depth) {
    if (!json.is_object() || json.count != 1 || depth > depth_max) {
        return false;
    }
    const JsonMember& member = json.members[0];
    if (member.key == "or" || member.key == "and") {
        const JsonItems rules = items_of(member.value);
        return rules.begin() != rules.end() &&
               std::all_of(rules.begin(), rules.end(), [&](const Json& rule) {
                   return is_rule(rule, depth + 1);
               });
    }
    return std::find(text_rules.begin(), text_rules.end(), member.key) != text_rules.end() &&
           member.value.is_string() && !member.value.text.empty();
}

} // namespace

bool is_name_rule(const Json& json) {
    return is_rule(json, 1);
}

std::string name_rule_text(const Json& rule) {
    std::string text;
    for (const JsonMember& member : members_of(rule)) {
        text = "{" + json_string(member.key) + ": ";
        if (member.value.is_string()) {
            text += json_string(member.value.text);
        } else {
            std::string rules;
            for (const Json& item : items_of(member.value)) {
                rules += (rules.empty() ? "" : ", ") + name_rule_text(item);
            }
            text += "[" + rules + "]";
        }
        text += "}";
    }
    return text;
}

} // namespace credits::core
