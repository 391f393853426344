// The price file of genai-prices: a list of providers with rules for names, each with its models.
#include "core/name_rules.hpp"
#include "core/price_file_rows.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <vector>

namespace credits::core {

namespace {

constexpr std::string_view prices_key = "prices";
constexpr std::string_view match_key = "match";

struct KnownPrice {
    std::string_view key;
    std::string_view metric;
    int per;
};

constexpr int million = 1'000'000;
constexpr int thousand = 1'000;

constexpr std::array known_prices{
    KnownPrice{"input_mtok", "input_tokens", million},
    KnownPrice{"cache_write_mtok", "cache_write_tokens", million},
    KnownPrice{"cache_write_1h_mtok", "cache_write_1h_tokens", million},
    KnownPrice{"cache_read_mtok", "cache_read_tokens", million},
    KnownPrice{"output_mtok", "output_tokens", million},
    KnownPrice{"input_audio_mtok", "input_audio_tokens", million},
    KnownPrice{"cache_audio_read_mtok", "cache_read_audio_tokens", million},
    KnownPrice{"output_audio_mtok", "output_audio_tokens", million},
    KnownPrice{"input_image_mtok", "input_image_tokens", million},
    KnownPrice{"cache_image_read_mtok", "cache_read_image_tokens", million},
    KnownPrice{"output_image_mtok", "output_image_tokens", million},
    KnownPrice{"input_video_mtok", "input_video_tokens", million},
    KnownPrice{"output_video_mtok", "output_video_tokens", million},
    KnownPrice{"output_reasoning_mtok", "reasoning_tokens", million},
    KnownPrice{"output_citation_mtok", "citation_tokens", million},
    KnownPrice{"requests_kcount", "requests", thousand},
    KnownPrice{"web_searches_kcount", "web_searches", thousand},
};

// When a set of prices is in force.
struct Span {
    std::optional<DailyHours> hours;
    Instant valid_from = always;
    Instant valid_to = never;
};

// One entry of a list of prices; the last one that applies at a moment is in force.
struct Entry {
    const Json* prices = nullptr;
    Span span;
};

std::string_view text_of(const Json& json, std::string_view key) {
    const Json* found = json.find(key);
    return found != nullptr && found->is_string() ? found->text : std::string_view{};
}

struct SizePrice {
    std::optional<Decimal> over; // always given
    Decimal price;
};

// read_size reads {"start": tokens, "price": price}.
bool read_size(const Json& tier, SizePrice& size) {
    const Json* start = tier.find("start");
    const Json* price = tier.find("price");
    const std::optional<Decimal> over = read_decimal(start == nullptr ? Json{} : *start);
    const FileValue value = value_or_text_of(price == nullptr ? Json{} : *price);
    if (!over || over->is_negative() || over->scale > 0 || !value.is_price()) {
        return false;
    }
    size = {*over, value.price};
    return true;
}

// read_sizes reads the tiers of {"base": price, "tiers": [tier, ...]}; the highest one whose start
// the prompt exceeds prices all of it. False where one of them is none: then it is not known what
// prompts of its size cost.
bool read_sizes(const Json& json, std::vector<SizePrice>& sizes) {
    const Json* tiers = json.find("tiers");
    if (tiers == nullptr || tiers->is_null()) {
        return true;
    }
    for (const Json& tier : items_of(*tiers)) {
        if (!read_size(tier, sizes.emplace_back())) {
            return false;
        }
    }
    return tiers->is_array();
}

void add_price(const JsonMember& member, const Span& span, FileRows& rows) {
    const auto* known =
        std::find_if(known_prices.begin(), known_prices.end(), [&](const KnownPrice& price) {
            return price.key == member.key;
        });
    if (known == known_prices.end()) {
        rows.skip(member.key, "is not known");
        return;
    }
    PriceTerms terms;
    terms.per = {known->per, 0};
    terms.when.hours = span.hours;
    std::vector<SizePrice> sizes;
    if (!read_sizes(member.value, sizes)) {
        rows.skip(known->key, "has a tier that is not a number of tokens and a price");
        return;
    }
    const Json* base = member.value.is_object() ? member.value.find("base") : &member.value;
    if (base == nullptr && sizes.empty()) {
        rows.skip(known->key, "is no number");
    } else if (base != nullptr && !base->is_null()) {
        const FileValue value = value_or_text_of(*base);
        terms.price = value.price;
        if (!value.is_price()) {
            rows.skip(known->key, value.why);
        } else {
            rows.add(known->metric, terms, span.valid_from, span.valid_to);
        }
    }
    for (const SizePrice& size : sizes) {
        terms.price = size.price;
        terms.when.prompt_over = size.over;
        if (!rows.add(known->metric, terms, span.valid_from, span.valid_to)) {
            rows.skip(known->key, "has two tiers of one size");
        }
    }
}

// read_number reads so many digits; -1 for anything else.
int read_number(std::string_view digits) {
    int value = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') {
            return -1;
        }
        value = value * 10 + (c - '0');
    }
    return value;
}

// read_date reads "2026-09-01" as the beginning of that day in UTC.
std::optional<Instant> read_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
        return std::nullopt;
    }
    const int year = read_number(text.substr(0, 4));
    const int month = read_number(text.substr(5, 2));
    const int day = read_number(text.substr(8, 2));
    if (year < 1 || month < 1 || month > 12 || day < 1) {
        return std::nullopt;
    }
    const std::int64_t months = (year - 2000) * 12 + month - 1;
    const Instant instant = add_months(0, months) + (day - 1) * micros_per_day;
    return instant < add_months(0, months + 1) ? std::optional(instant) : std::nullopt;
}

// read_minute reads "00:30:00Z" or "08:30:00+08:00" as a minute of the day in UTC; -1 for others.
int read_minute(std::string_view text) {
    constexpr int minutes_per_day = 1440;
    const auto minutes_of = [](std::string_view clock) {
        const int hour =
            clock.size() == 5 && clock[2] == ':' ? read_number(clock.substr(0, 2)) : -1;
        const int minute = hour < 0 ? -1 : read_number(clock.substr(3, 2));
        return hour > 23 || minute < 0 || minute > 59 ? -1 : hour * 60 + minute;
    };
    const int local = minutes_of(text.substr(0, 5));
    text.remove_prefix(std::min<std::size_t>(text.size(), 5));
    if (text.starts_with(":00")) {
        text.remove_prefix(3);
    }
    int ahead = 0;
    if (!text.empty() && text != "Z") {
        ahead = text[0] == '+' || text[0] == '-' ? minutes_of(text.substr(1)) : -1;
        if (ahead < 0) {
            return -1;
        }
        ahead = text[0] == '-' ? -ahead : ahead;
    }
    return local < 0 ? -1 : (local - ahead + minutes_per_day) % minutes_per_day;
}

// read_constraint is false for one that it does not know.
bool read_constraint(const Json& json, Span& span) {
    if (json.is_null()) {
        return true;
    }
    const std::string_view date = text_of(json, "start_date");
    if (json.count == 1 && !date.empty()) {
        const std::optional<Instant> start = read_date(date);
        span.valid_from = start.value_or(always);
        return start.has_value();
    }
    const int from = read_minute(text_of(json, "start_time"));
    const int to = read_minute(text_of(json, "end_time"));
    if (!json.is_object() || json.count != 2 || from < 0 || to < 0) {
        return false;
    }
    span.hours = DailyHours{static_cast<std::int16_t>(from), static_cast<std::int16_t>(to)};
    return true;
}

// read_entries takes one set of prices, or a list of sets under conditions.
std::vector<Entry> read_entries(const Json& prices, FileRows& rows) {
    std::vector<Entry> entries;
    if (!prices.is_array()) {
        entries.push_back({&prices, {}});
        return entries;
    }
    for (const Json& item : items_of(prices)) {
        const Json* constraint = item.find("constraint");
        Entry entry{item.find(prices_key), {}};
        if (entry.prices == nullptr || !entry.prices->is_object()) {
            rows.skip(prices_key, "has an entry without prices");
        } else if (constraint != nullptr && !read_constraint(*constraint, entry.span)) {
            rows.skip(prices_key, "has an entry under a condition that is not known");
        } else {
            entries.push_back(entry);
        }
    }
    return entries;
}

// cover_hours is false where another entry has some of the hours.
bool cover_hours(const DailyHours& hours, std::bitset<1440>& covered) {
    std::bitset<1440> own;
    std::size_t minute = static_cast<std::size_t>(hours.from);
    do {
        own.set(minute);
        minute = (minute + 1) % own.size();
    } while (minute != static_cast<std::size_t>(hours.to));
    if ((own & covered).any()) {
        return false;
    }
    covered |= own;
    return true;
}

// settle_spans ends each entry where a later one begins, and leaves out those that never apply.
void settle_spans(std::vector<Entry>& entries, FileRows& rows) {
    Instant until = never;
    std::bitset<1440> covered;
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
        Span& span = entry->span;
        span.valid_to = until;
        if (span.hours && !cover_hours(*span.hours, covered)) {
            rows.skip(prices_key, "has entries for overlapping hours");
            entry->prices = nullptr;
        } else if (span.valid_from >= span.valid_to) {
            rows.skip(prices_key, "has an entry that is never in force");
            entry->prices = nullptr;
        }
        until = span.hours ? until : std::min(until, span.valid_from);
    }
}

void read_prices(const Json& prices, FileRows& rows) {
    std::vector<Entry> entries = read_entries(prices, rows);
    settle_spans(entries, rows);
    for (const Entry& entry : entries) {
        if (entry.prices == nullptr) {
            continue;
        }
        for (const JsonMember& member : members_of(*entry.prices)) {
            if (!member.value.is_null()) {
                add_price(member, entry.span, rows);
            }
        }
    }
    if (rows.is_empty()) {
        rows.skip("", "has no price");
    }
}

// match_of gives the rules of names under a key, where they are ones.
const Json* match_of(const Json& json, std::string_view key, FileRows& rows) {
    const Json* match = json.find(key);
    if (match == nullptr || match->is_null()) {
        return nullptr;
    }
    if (!is_name_rule(*match)) {
        rows.skip(key, "is no rule of names");
        return nullptr;
    }
    return match;
}

void read_model(const Json& json, std::string_view provider, FileRows& rows, PriceFile& file) {
    const std::string_view model = text_of(json, "id");
    const Json* prices = json.find(prices_key);
    if (!rows.begin_model(provider, model) || model.empty()) {
        rows.skip("", model.empty() ? "is a model without an id" : "is named a second time");
        return;
    }
    const bool is_removed = prices != nullptr && prices->is_null();
    if (!is_removed) {
        read_prices(prices == nullptr ? Json{} : *prices, rows);
    }
    file.models.push_back(rows.arena(),
                          {provider, model, is_removed, match_of(json, match_key, rows)});
}

void read_provider(const Json& json, FileRows& rows, PriceFile& file) {
    const std::string_view name = text_of(json, "id");
    const bool is_new = rows.begin_model(name, "");
    if (name.empty() || !is_new) {
        rows.skip("", name.empty() ? "is a provider without an id" : "is named a second time");
        return;
    }
    FileProvider provider{name, match_of(json, "provider_match", rows), {}};
    const Json* sells = json.find("fallback_model_providers");
    for (const Json& other : items_of(sells == nullptr ? Json{} : *sells)) {
        if (other.is_string() && !other.text.empty()) {
            provider.sells_models_of.push_back(rows.arena(), other.text);
        }
    }
    file.providers.push_back(rows.arena(), provider);
    const Json* models = json.find("models");
    for (const Json& model : items_of(models == nullptr ? Json{} : *models)) {
        read_model(model, name, rows, file);
    }
}

} // namespace

bool is_genai_prices(const Json& document) {
    const JsonItems providers = items_of(document);
    return providers.begin() != providers.end() &&
           std::all_of(providers.begin(), providers.end(), [](const Json& provider) {
               const Json* models = provider.find("models");
               return !text_of(provider, "id").empty() && models != nullptr && models->is_array();
           });
}

void read_genai_prices(const Json& document, FileRows& rows, PriceFile& file) {
    for (const Json& provider : items_of(document)) {
        read_provider(provider, rows, file);
    }
}

} // namespace credits::core
