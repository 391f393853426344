// LiteLLM's off_peak_pricing.
#include "core/litellm_model.hpp"

#include <algorithm>

namespace credits::core {

namespace {

// More windows than a week can have use for are no price list.
constexpr std::size_t windows_max = 100;

constexpr std::string_view hours_key = "hours_utc";
constexpr std::string_view windows_key = "windows";
constexpr std::string_view weekdays_key = "weekdays";
constexpr std::string_view time_zone_key = "weekday_timezone";

using Windows = std::vector<PriceConditions>;

// add_hours adds a window for each text of hours_utc, which may be one or a list of them.
void add_hours(const Json& hours, const PriceConditions& days, Windows& windows, FileRows& rows) {
    const auto add = [&](const Json& json) {
        PriceConditions when = days;
        when.hours = json.is_string() ? parse_hours(json.text) : std::nullopt;
        if (when.hours) {
            windows.push_back(when);
        } else {
            rows.skip(rows.inner_key(off_peak_key, hours_key),
                      "is no window of the day like 16:30-00:30");
        }
    };
    if (hours.is_array()) {
        for (const Json& item : items_of(hours)) {
            add(item);
        }
    } else {
        add(hours);
    }
}

// read_weekdays leaves out what is no day; 0 where nothing is left.
std::uint8_t read_weekdays(const Json& json, FileRows& rows) {
    std::uint8_t weekdays = 0;
    bool is_valid = json.is_array() && json.count > 0;
    for (const Json& item : items_of(json)) {
        const std::uint8_t day = parse_weekday(item);
        is_valid = is_valid && day != 0;
        weekdays |= day;
    }
    if (!is_valid) {
        rows.skip(rows.inner_key(off_peak_key, weekdays_key), "is no list of days of the week");
    }
    return weekdays;
}

// add_rule adds one entry of "windows": hours that apply on certain days.
void add_rule(const Json& rule, std::string_view time_zone, Windows& windows, FileRows& rows) {
    const Json* hours = rule.find(hours_key);
    const auto is_unknown = [](const JsonMember& member) {
        return member.key != hours_key && member.key != weekdays_key;
    };
    const JsonMembers members = members_of(rule);
    if (hours == nullptr || std::any_of(members.begin(), members.end(), is_unknown)) {
        rows.skip(rows.inner_key(off_peak_key, windows_key),
                  "has an entry that says more or less than hours and days");
        return;
    }
    PriceConditions days;
    const Json* weekdays = rule.find(weekdays_key);
    if (weekdays != nullptr && !weekdays->is_null()) {
        days.weekdays = read_weekdays(*weekdays, rows);
        if (days.weekdays == 0) {
            return;
        }
        days.weekday_time_zone = time_zone;
    }
    add_hours(*hours, days, windows, rows);
}

Windows read_windows(const Json& block, FileRows& rows) {
    Windows windows;
    const Json* zone = block.find(time_zone_key);
    const std::string_view time_zone =
        zone != nullptr && zone->is_string() ? zone->text : std::string_view{};
    const Json* hours = block.find(hours_key);
    if (hours != nullptr && !hours->is_null()) {
        add_hours(*hours, {}, windows, rows);
    }
    const Json* rules = block.find(windows_key);
    if (rules != nullptr && !rules->is_null()) {
        if (!rules->is_array()) {
            rows.skip(rows.inner_key(off_peak_key, windows_key), "is no list");
        }
        for (const Json& rule : items_of(*rules)) {
            add_rule(rule, time_zone, windows, rows);
        }
    }
    return windows;
}

bool is_frame(std::string_view key) {
    return key == hours_key || key == windows_key || key == time_zone_key;
}

// fault_of the block as a whole: a key that is neither a price nor known may restrict the others.
std::string_view fault_of(const Json& block) {
    if (!block.is_object()) {
        return "is no object";
    }
    const JsonMembers members = members_of(block);
    const bool has_unknown =
        std::any_of(members.begin(), members.end(), [](const JsonMember& member) {
            return !is_frame(member.key) && !looks_like_cost(member.key);
        });
    return has_unknown ? "has a key that is not known and may restrict it" : "";
}

void add_price(const JsonMember& member,
               const LitellmModel& model,
               const Json& block,
               const Windows& windows,
               FileRows& rows) {
    const CostKey key = parse_cost_key(member.key);
    const FileValue value = value_of(member.value);
    const CostMetric metric = metric_of(key, block, model.mode);
    if (!is_known_cost(key.name) || !value.is_price() || !metric.why.empty()) {
        rows.skip(rows.inner_key(off_peak_key, member.key),
                  !is_known_cost(key.name) ? "is not known"
                  : value.is_price()       ? metric.why
                                           : value.why);
        return;
    }
    for (const PriceConditions& window : windows) {
        PriceTerms terms;
        terms.price = value.price;
        terms.per = metric.per;
        terms.when = conditions_of(key, model);
        terms.when.hours = window.hours;
        terms.when.weekdays = window.weekdays;
        terms.when.weekday_time_zone = window.weekday_time_zone;
        if (!metric.metric.empty()) {
            rows.add_or_name(off_peak_key, metric.metric, terms);
        }
    }
}

} // namespace

void read_off_peak_pricing(const LitellmModel& model, FileRows& rows) {
    const Json* block = model.json.find(off_peak_key);
    if (block == nullptr || block->is_null()) {
        return;
    }
    const std::string_view fault = fault_of(*block);
    if (!fault.empty()) {
        rows.skip(off_peak_key, fault);
        return;
    }
    const Windows windows = read_windows(*block, rows);
    if (windows.empty() || windows.size() > windows_max) {
        rows.skip(off_peak_key, windows.empty() ? "names no hours" : "names too many windows");
        return;
    }
    for (const JsonMember* member : sorted_members(*block)) {
        if (!is_frame(member->key) && !member->value.is_null()) {
            add_price(*member, model, *block, windows, rows);
        }
    }
}

} // namespace credits::core
