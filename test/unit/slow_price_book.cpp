// The rules of prices, one after the other.
#include "slow_price_book.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace credits::core::test {

namespace {

using boost::multiprecision::cpp_int;

constexpr int minutes_of_day = 24 * 60;

void pass_minute(SlowWall& wall) {
    if (++wall.minute == minutes_of_day) {
        wall.minute = 0;
        wall.weekday = wall.weekday == 7 ? 1 : wall.weekday + 1;
    }
}

void go_back_a_minute(SlowWall& wall) {
    if (wall.minute-- == 0) {
        wall.minute = minutes_of_day - 1;
        wall.weekday = wall.weekday == 1 ? 7 : wall.weekday - 1;
    }
}

void put_forward(SlowWall& wall, int minutes) {
    for (; minutes > 0; --minutes) {
        pass_minute(wall);
    }
    for (; minutes < 0; ++minutes) {
        go_back_a_minute(wall);
    }
}

std::string small_letters(std::string text) {
    static const std::string capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const std::string small = "abcdefghijklmnopqrstuvwxyz";
    for (char& letter : text) {
        const std::size_t at = capitals.find(letter);
        letter = at == std::string::npos ? letter : small[at];
    }
    return text;
}

std::string tier_of(const std::string& text) {
    const std::string tier = small_letters(text);
    return tier == "fast" ? "priority" : tier;
}

// What a model reads.
bool is_read(const std::string& metric) {
    static const std::set<std::string> pools{"input_tokens",
                                             "input_audio_tokens",
                                             "input_image_tokens",
                                             "input_video_tokens",
                                             "cache_read_tokens",
                                             "cache_read_audio_tokens",
                                             "cache_read_image_tokens",
                                             "cache_write_tokens",
                                             "cache_write_audio_tokens",
                                             "cache_write_1h_tokens"};
    return pools.count(metric) > 0;
}

// A pool and those at whose rate it is paid in turn, the first that has one.
std::vector<std::string> rates_for(const std::string& metric) {
    static const std::map<std::string, std::vector<std::string>> rates{
        {"cache_read_tokens", {"input_tokens"}},
        {"cache_write_tokens", {"input_tokens"}},
        {"cache_write_1h_tokens", {"cache_write_tokens", "input_tokens"}},
        {"input_audio_tokens", {"input_tokens"}},
        {"input_image_tokens", {"input_tokens"}},
        {"input_video_tokens", {"input_tokens"}},
        {"cache_read_audio_tokens", {"cache_read_tokens", "input_tokens"}},
        {"cache_read_image_tokens", {"cache_read_tokens", "input_tokens"}},
        {"cache_write_audio_tokens", {"cache_write_tokens", "input_tokens"}},
        {"reasoning_tokens", {"output_tokens"}},
        {"output_audio_tokens", {"output_tokens"}},
        {"output_image_tokens", {"output_tokens"}},
        {"output_video_tokens", {"output_tokens"}},
        {"input_seconds", {"seconds"}},
    };
    std::vector<std::string> all{metric};
    if (const auto found = rates.find(metric); found != rates.end()) {
        all.insert(all.end(), found->second.begin(), found->second.end());
    }
    return all;
}

// Offer is one price that a call meets, and from what size of the prompt on it is meant.
struct Offer {
    const SlowPrice* row;
    Fraction price;
    int from_size;

    [[nodiscard]] Fraction rate() const { return price / row->per; }
};

bool is_open(const SlowPrice& price, int minute) {
    const auto shown = [&](const SlowWallClock* clock) {
        return clock == nullptr ? SlowWall{minute % minutes_of_day, minute / minutes_of_day % 7 + 1}
                                : clock->at(minute);
    };
    if (!price.weekdays.empty() && price.weekdays.count(shown(price.weekday_clock).weekday) == 0) {
        return false;
    }
    if (price.opens < 0 || price.opens == price.closes) {
        return true;
    }
    // From its opening the hand moves on until it meets the closing or what the clock shows.
    for (int hand = price.opens; hand != price.closes; hand = (hand + 1) % minutes_of_day) {
        if (hand == shown(price.clock).minute) {
            return true;
        }
    }
    return false;
}

bool is_met(const SlowPrice& price, const SlowCall& call, const Fraction& prompt) {
    const std::string region = small_letters(call.region);
    if (call.minute < price.from || call.minute >= price.until ||
        call.version < price.first_version || call.version >= price.gone_in_version) {
        return false;
    }
    if (price.more_than >= 0 && prompt <= price.more_than) {
        return false;
    }
    if (price.at_least >= 0 && prompt < price.at_least) {
        return false;
    }
    if (!price.service_tier.empty() && tier_of(price.service_tier) != tier_of(call.service_tier)) {
        return false;
    }
    if (price.region == "*" && (region.empty() || region == "global")) {
        return false;
    }
    if (price.region != "*" && !price.region.empty() && small_letters(price.region) != region) {
        return false;
    }
    if (!price.search_size.empty() &&
        small_letters(price.search_size) != small_letters(call.search_size)) {
        return false;
    }
    return is_open(price, call.minute);
}

std::optional<Offer> offer_of(const SlowPrice& price, const Fraction& prompt) {
    Offer offer{&price, price.price.value_or(0), std::max(price.more_than, price.at_least)};
    bool has_price = price.price.has_value();
    for (const SlowTier& tier : price.tiers) {
        if (prompt > tier.over && (tier.up_to == forever || prompt <= tier.up_to)) {
            offer.price = tier.price;
            offer.from_size = std::max(offer.from_size, tier.over);
            has_price = true;
        }
    }
    return has_price ? std::optional(offer) : std::nullopt;
}

// strike_off keeps the offers of the highest rank.
template <class Rank>
void strike_off(std::vector<Offer>& offers, Rank rank) {
    if (offers.empty()) {
        return;
    }
    auto highest = rank(offers.front());
    for (const Offer& offer : offers) {
        highest = std::max(highest, rank(offer));
    }
    std::vector<Offer> kept;
    for (const Offer& offer : offers) {
        if (rank(offer) == highest) {
            kept.push_back(offer);
        }
    }
    offers = kept;
}

std::vector<Offer> offers_for(const std::vector<SlowPrice>& book,
                              const std::string& metric,
                              const SlowCall& call,
                              const Fraction& prompt) {
    std::vector<Offer> offers;
    for (const SlowPrice& price : book) {
        if (price.metric == metric && is_met(price, call, prompt)) {
            if (const auto offer = offer_of(price, prompt)) {
                offers.push_back(*offer);
            }
        }
    }
    strike_off(offers, [](const Offer& o) { return o.row->is_configured; });
    return offers;
}

std::optional<Offer> best_offer(std::vector<Offer> offers) {
    strike_off(offers,
               [](const Offer& o) { return o.row->opens >= 0 || !o.row->weekdays.empty(); });
    strike_off(offers, [](const Offer& o) { return o.from_size; });
    strike_off(offers, [](const Offer& o) { return !o.row->service_tier.empty(); });
    strike_off(offers, [](const Offer& o) { return !o.row->region.empty(); });
    strike_off(offers, [](const Offer& o) { return o.row->region != "*"; });
    strike_off(offers, [](const Offer& o) { return !o.row->search_size.empty(); });
    // Nothing is left to tell them apart: the dearest.
    strike_off(offers, [](const Offer& o) { return o.rate(); });
    strike_off(offers, [](const Offer& o) { return Fraction(-o.row->free); });
    return offers.empty() ? std::nullopt : std::optional(offers.front());
}

// A fraction that has no end in decimals is rounded at the thirtieth, a half to the even digit.
Fraction in_decimals(const Fraction& value) {
    cpp_int rest = denominator(value);
    for (const int prime : {2, 5}) {
        while (rest % prime == 0) {
            rest /= prime;
        }
    }
    if (rest == 1) {
        return value;
    }
    const cpp_int unit = pow(cpp_int(10), 30);
    cpp_int whole = numerator(value) * unit / denominator(value);
    const Fraction left = value * unit - whole;
    if (left > Fraction(1, 2) || (left == Fraction(1, 2) && whole % 2 == 1)) {
        ++whole;
    }
    return Fraction(whole) / Fraction(unit);
}

class Invoice {
  public:
    Invoice(const std::vector<SlowPrice>& book, const SlowCall& call) : book_(book), call_(call) {
        for (const SlowUse& use : call.usage) {
            prompt_ += is_read(use.metric) ? use.quantity : Fraction(0);
        }
        for (const Offer& factor : offers_for(book_, "multiplier", call_, prompt_)) {
            factor_ *= factor.price;
        }
    }

    // add writes a line; false where there is no price.
    bool add(const SlowUse& use, SlowCost& cost) {
        for (const std::string& metric : rates_for(use.metric)) {
            const auto offer = best_offer(offers_for(book_, metric, call_, prompt_));
            if (offer) {
                // A price gives its free units once a call, to the pools in turn.
                Fraction& given = given_[offer->row];
                const Fraction free = std::min(use.quantity, Fraction(offer->row->free - given));
                given += free;
                const Fraction charged = use.quantity - free;
                cost.lines.push_back(
                    {use.metric, charged, in_decimals(charged * offer->rate() * factor_)});
                return true;
            }
        }
        return false;
    }

    bool charges_requests() {
        return best_offer(offers_for(book_, "requests", call_, prompt_)).has_value();
    }

  private:
    const std::vector<SlowPrice>& book_;
    const SlowCall& call_;
    Fraction prompt_ = 0;
    Fraction factor_ = 1;
    std::map<const SlowPrice*, Fraction> given_;
};

} // namespace

SlowWallClock::SlowWallClock(int minutes, int offset, const std::vector<Change>& changes) {
    SlowWall wall;
    put_forward(wall, offset);
    for (int minute = 0; minute < minutes; ++minute) {
        for (const Change& change : changes) {
            put_forward(wall, change.at == minute ? change.forward : 0);
        }
        walls_.push_back(wall);
        pass_minute(wall);
    }
}

Fraction SlowCost::total() const {
    Fraction sum = 0;
    for (const SlowLine& line : lines) {
        sum += line.cost;
    }
    return sum;
}

SlowCost slow_cost(const std::vector<SlowPrice>& book, const SlowCall& call) {
    SlowCost cost;
    Invoice invoice(book, call);
    bool counts_requests = false;
    for (const SlowUse& use : call.usage) {
        counts_requests = counts_requests || use.metric == "requests";
        if (!invoice.add(use, cost)) {
            return {use.metric, {}};
        }
    }
    if (!counts_requests && invoice.charges_requests()) {
        invoice.add({"requests", 1}, cost);
    }
    return cost;
}

} // namespace credits::core::test
