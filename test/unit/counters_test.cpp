// Counters: what is used when, what is taken back, windows that begin anew, and the stored form.
#include "limit_cases.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace credits::core::test {
namespace {

// Tally is counters with a clock, by amounts in words.
class Tally {
  public:
    explicit Tally(const Zone& zone = utc()) {
        clock.zone = &zone;
        counters.arena = &arena;
    }

    void add(const CounterKey& key, std::string_view amount, Instant moment, Instant now) {
        core::add(counters, key, dec(amount), moment, {&clock, now});
    }

    void take_back(const CounterKey& key, std::string_view amount, Instant moment, Instant now) {
        core::take_back(counters, key, dec(amount), moment, {&clock, now});
    }

    [[nodiscard]] std::string used(const CounterKey& key, Instant now) const {
        return to_text(used_in(find(counters, key), {&clock, now}));
    }

    [[nodiscard]] Instant room(const CounterKey& key,
                               std::string_view amount,
                               std::string_view limit,
                               Instant now) const {
        return room_at(find(counters, key), key.window, dec(amount), dec(limit), {&clock, now});
    }

    [[nodiscard]] std::string bytes(Instant now) const {
        return std::string(encode_counters(counters, {&clock, now}));
    }

    TestArena arena;
    WindowClock clock;
    Counters counters;
};

CounterKey key_of(Metric metric, Window window) {
    return {metric, window, "", "", ""};
}

const CounterKey per_hour = key_of(Metric::tokens, fixed(WindowKind::hour));
const CounterKey per_minute = key_of(Metric::tokens, sliding(minute));
const CounterKey per_period = key_of(Metric::cost, fixed(WindowKind::period));

TEST(Counters, AFixedWindowBeginsAnewAtItsEnd) {
    Tally tally;
    tally.add(per_hour, "5", 10, 10);
    tally.add(per_hour, "7", hour - 1, hour - 1);
    EXPECT_EQ(tally.used(per_hour, hour - 1), "12");
    EXPECT_EQ(tally.used(per_hour, hour), "0");
    tally.add(per_hour, "1.5", hour, hour);
    EXPECT_EQ(tally.used(per_hour, hour), "1.5");
}

TEST(Counters, ASlidingWindowForgetsSlotBySlot) {
    Tally tally;
    tally.add(per_minute, "5", second, second);
    tally.add(per_minute, "6", second + 1, second + 1);
    tally.add(per_minute, "7", 30 * second, 30 * second);
    EXPECT_EQ(tally.used(per_minute, minute + second - 1), "18");
    EXPECT_EQ(tally.used(per_minute, minute + second), "13");
    EXPECT_EQ(tally.used(per_minute, minute + 2 * second), "7");
    EXPECT_EQ(tally.used(per_minute, minute + 30 * second), "0");
}

TEST(Counters, WhatComesLateIsCountedWhereItWasUsed) {
    Tally tally;
    tally.add(per_minute, "7", 50 * second, 50 * second);
    tally.add(per_minute, "5", 20 * second, 50 * second);
    EXPECT_EQ(tally.used(per_minute, 70 * second), "12");
    EXPECT_EQ(tally.used(per_minute, 80 * second), "7");
    tally.add(per_minute, "5", 20 * second, 80 * second);
    EXPECT_EQ(tally.used(per_minute, 80 * second), "7");
    tally.add(per_hour, "1", 50, 100);
    tally.add(per_hour, "2", 20, 100);
    EXPECT_EQ(tally.used(per_hour, 100), "3");
    tally.add(per_hour, "4", hour - 1, hour + 1);
    EXPECT_EQ(tally.used(per_hour, hour + 1), "0");
}

TEST(Counters, WhatIsTakenBackLeavesTheMomentOfItsAdmission) {
    Tally tally;
    tally.add(per_minute, "100", 10 * second, 10 * second);
    tally.add(per_minute, "10", 20 * second, 20 * second);
    tally.take_back(per_minute, "60", 10 * second, 30 * second);
    EXPECT_EQ(tally.used(per_minute, 69 * second), "50");
    EXPECT_EQ(tally.used(per_minute, 70 * second), "10");
    tally.take_back(per_minute, "40", 10 * second, 70 * second);
    EXPECT_EQ(tally.used(per_minute, 70 * second), "10");
}

TEST(Counters, NothingIsTakenBackThatIsNotThere) {
    Tally tally;
    tally.take_back(per_minute, "1", 0, 0);
    tally.add(per_minute, "5", 10 * second, 10 * second);
    tally.take_back(per_minute, "8", 10 * second, 10 * second);
    tally.take_back(per_minute, "8", 9 * second, 10 * second);
    EXPECT_EQ(tally.used(per_minute, 10 * second), "0");
    tally.add(per_hour, "5", 2 * hour, 2 * hour);
    tally.take_back(per_hour, "4", 2 * hour - 1, 2 * hour); // of the hour before
    EXPECT_EQ(tally.used(per_hour, 2 * hour), "5");
}

// A hold may be older than the limit: it was not counted, so nothing of others goes with it.
TEST(Counters, WhatIsOlderThanTheCounterIsNotTakenBack) {
    Tally tally;
    tally.add(per_hour, "5", 30 * minute, 30 * minute);
    tally.take_back(per_hour, "4", 29 * minute, 40 * minute);
    EXPECT_EQ(tally.used(per_hour, 40 * minute), "5");
    tally.add(per_hour, "5", hour + 30 * minute, hour + 30 * minute);
    tally.take_back(per_hour, "4", hour, hour + 40 * minute);
    EXPECT_EQ(tally.used(per_hour, hour + 40 * minute), "1");
}

TEST(Counters, APeriodIsKnownByItsStart) {
    Tally tally;
    tally.clock.period_start = 10 * day;
    tally.clock.period_end = 40 * day;
    tally.add(per_period, "2.5", 11 * day, 11 * day);
    tally.clock.period_end = 45 * day;
    EXPECT_EQ(tally.used(per_period, 42 * day), "2.5");
    EXPECT_EQ(tally.room(per_period, "1", "3", 42 * day), 45 * day);
    tally.clock.period_start = 42 * day;
    EXPECT_EQ(tally.used(per_period, 42 * day), "0");
    tally.add(per_period, "1", 42 * day, 42 * day);
    EXPECT_EQ(tally.used(per_period, 44 * day), "1");
}

TEST(Counters, RoomComesWithTheSlotThatMakesIt) {
    Tally tally;
    EXPECT_EQ(tally.room(per_minute, "5", "5", 3), 3);
    EXPECT_EQ(tally.room(per_minute, "6", "5", 3), never);
    tally.add(per_minute, "3", 10 * second, 10 * second);
    tally.add(per_minute, "4", 20 * second, 20 * second);
    EXPECT_EQ(tally.room(per_minute, "3", "10", 20 * second), 20 * second);
    EXPECT_EQ(tally.room(per_minute, "4", "10", 20 * second), 70 * second);
    EXPECT_EQ(tally.room(per_minute, "7", "10", 20 * second), 80 * second);
    EXPECT_EQ(tally.room(per_minute, "11", "10", 20 * second), never);
    tally.add(per_hour, "3", 20 * second, 20 * second);
    EXPECT_EQ(tally.room(per_hour, "3", "5", minute), hour);
    EXPECT_EQ(tally.room(per_hour, "6", "5", minute), never);
    const CounterKey ever = key_of(Metric::credits, fixed(WindowKind::lifetime));
    tally.add(ever, "3", minute, minute);
    EXPECT_EQ(tally.room(ever, "3", "5", minute), never);
}

TEST(Counters, FallsWhenTimeAloneMakesItLess) {
    Tally tally;
    const Present present{&tally.clock, 30 * second};
    EXPECT_EQ(falls_at(nullptr, per_minute.window, present), never);
    tally.add(per_minute, "3", 10 * second, 10 * second);
    tally.add(per_minute, "4", 20 * second, 20 * second);
    EXPECT_EQ(falls_at(find(tally.counters, per_minute), per_minute.window, present), 70 * second);
    tally.add(per_hour, "4", 20 * second, 20 * second);
    EXPECT_EQ(falls_at(find(tally.counters, per_hour), per_hour.window, present), hour);
}

TEST(Counters, CallsThatNameSomethingAreCountedApart) {
    Tally tally;
    CounterKey named = per_hour;
    named.model = "gpt-4-turbo";
    tally.add(named, "3", 0, 0);
    tally.add(per_hour, "4", 0, 0);
    EXPECT_EQ(tally.used(named, 0), "3");
    EXPECT_EQ(tally.used(per_hour, 0), "4");
}

TEST(Counters, MarksAreSetAndCleared) {
    Tally tally;
    EXPECT_EQ(mark_of(tally.counters, "rate", MarkKind::warned), nullptr);
    set_mark(tally.counters, "rate", MarkKind::warned, 5);
    set_mark(tally.counters, "rate", MarkKind::blocked, 7);
    set_mark(tally.counters, "rate", MarkKind::warned, 6);
    EXPECT_EQ(mark_of(tally.counters, "rate", MarkKind::warned)->at, 6);
    clear_mark(tally.counters, "rate", MarkKind::warned);
    EXPECT_EQ(mark_of(tally.counters, "rate", MarkKind::warned), nullptr);
    EXPECT_EQ(mark_of(tally.counters, "rate", MarkKind::blocked)->at, 7);
    EXPECT_EQ(mark_of(tally.counters, "gap", MarkKind::blocked), nullptr);
}

// Something of everything that can be stored.
void fill(Tally& tally) {
    CounterKey named = per_minute;
    named.provider = "openai";
    named.action = "chat";
    tally.clock.period_start = 3;
    tally.add(named, "0.000123", 5 * second, 5 * second);
    tally.add(named, "12", 25 * second, 25 * second);
    tally.add(per_minute, "85070591730234615865843651857942052864", 2 * second, 2 * second);
    tally.add(per_minute, "7", 25 * second, 25 * second);
    tally.add(per_hour, "700", 25 * second, 25 * second);
    tally.add(per_period, "1.25", 25 * second + 1, 25 * second + 1);
    tally.add(key_of(Metric::failures, fixed(WindowKind::lifetime)), "1", -7, -7);
    tally.add(key_of(Metric::requests, fixed(WindowKind::week)), "1", 7, 7);
    set_mark(tally.counters, "rate", MarkKind::blocked, 2 * minute);
    set_mark(tally.counters, "monthly tokens", MarkKind::warned, 17);
    tally.counters.denials = {3, 29 * second + 1};
}

TEST(Counters, WhatIsStoredComesBack) {
    Tally tally;
    fill(tally);
    const std::string bytes = tally.bytes(30 * second);
    EXPECT_LT(bytes.size(), 180U);
    Tally again;
    again.clock.period_start = 3;
    again.counters = decode_counters(bytes, again.arena);
    EXPECT_EQ(again.bytes(30 * second), bytes);
    ASSERT_EQ(again.counters.counters.size(), tally.counters.counters.size());
    for (const Counter& counter : tally.counters.counters) {
        EXPECT_EQ(again.used(counter.key, 30 * second), tally.used(counter.key, 30 * second));
    }
    EXPECT_EQ(mark_of(again.counters, "rate", MarkKind::blocked)->at, 2 * minute);
    EXPECT_EQ(mark_of(again.counters, "monthly tokens", MarkKind::warned)->at, 17);
    EXPECT_EQ(again.counters.denials, tally.counters.denials);
}

TEST(Counters, DenialsAloneAreStoredHoweverMany) {
    const std::vector<Denials> all{{1, always},
                                   {0, 5},
                                   {std::numeric_limits<std::int64_t>::max(), never},
                                   {std::numeric_limits<std::int64_t>::max(), always + 1}};
    for (const Denials& denials : all) {
        Tally tally;
        tally.counters.denials = denials;
        EXPECT_EQ(decode_counters(tally.bytes(0), tally.arena).denials, denials);
    }
}

TEST(Counters, EqualStatesAreEqualBytes) {
    Tally one;
    Tally other;
    for (const Instant at : {1, 2, 3, 4, 5}) {
        one.add(per_minute, "1", at * second, 5 * second);
        other.add(per_minute, "1", (6 - at) * second, 5 * second);
    }
    one.add(per_hour, "1", 0, 0);
    other.counters.changed = false;
    other.add(per_hour, "1", 0, 0);
    EXPECT_TRUE(other.counters.changed);
    EXPECT_EQ(one.bytes(5 * second), other.bytes(5 * second));
}

TEST(Counters, WhatIsOverIsNotStored) {
    Tally tally;
    EXPECT_EQ(tally.bytes(0), "");
    tally.add(per_minute, "1", 0, 0);
    tally.add(per_hour, "1", 0, 0);
    set_mark(tally.counters, "rate", MarkKind::blocked, 2 * hour);
    const std::size_t all = tally.bytes(0).size();
    const std::size_t without_minute = tally.bytes(minute).size();
    const std::size_t without_hour = tally.bytes(hour).size();
    EXPECT_LT(without_minute, all);
    EXPECT_LT(without_hour, without_minute);
    EXPECT_EQ(tally.bytes(2 * hour), "");
    EXPECT_EQ(decode_counters("", tally.arena).counters.size(), 0U);
}

TEST(Counters, ATypicalStateIsSmall) {
    Tally tally;
    const Instant now = 9'000 * day + 7 * hour + 123'456;
    tally.clock.period_start = 9'000 * day;
    tally.add(key_of(Metric::tokens, fixed(WindowKind::period)), "1234567", now, now);
    tally.add(key_of(Metric::requests, fixed(WindowKind::period)), "451", now, now);
    for (int call = 0; call < 5; ++call) {
        tally.add(key_of(Metric::requests, sliding(minute)),
                  "1",
                  now + call * second,
                  now + call * second);
    }
    EXPECT_LE(tally.bytes(now + 5 * second).size(), 50U);
}

bool is_rejected(const std::string& bytes) {
    TestArena arena;
    WindowClock clock;
    try {
        const Counters counters = decode_counters(bytes, arena);
        // Before all that could be stored: nothing is over.
        const Present present{&clock, std::numeric_limits<std::int64_t>::min() / 2};
        EXPECT_EQ(encode_counters(counters, present), bytes);
        return false;
    } catch (const Error& error) {
        // Amounts may have become so large that they do not add up.
        EXPECT_NE(error.kind(), ErrorKind::invalid_argument) << error.what();
        return true;
    }
}

TEST(Counters, DamagedBytesAreRefusedOrAreAnotherState) {
    Tally tally;
    fill(tally);
    const std::string bytes = tally.bytes(30 * second);
    EXPECT_FALSE(is_rejected(bytes));
    for (std::size_t length = 1; length < bytes.size(); ++length) {
        EXPECT_TRUE(is_rejected(bytes.substr(0, length))) << length;
    }
    EXPECT_TRUE(is_rejected(bytes + '\0'));
    EXPECT_TRUE(is_rejected('\2' + bytes.substr(1)));
    Dice dice(7);
    for (int round = 0; round < 50'000; ++round) {
        std::string damaged = bytes;
        for (auto count = dice.number(1, 3); count > 0; --count) {
            const auto at = static_cast<std::size_t>(
                dice.number(0, static_cast<std::int64_t>(bytes.size()) - 1));
            damaged[at] = static_cast<char>(dice.number(0, 255));
        }
        is_rejected(damaged);
    }
}

TEST(Counters, AnOverflowIsAnError) {
    Tally tally;
    const std::string most(38, '9');
    tally.add(per_hour, most, 0, 0);
    EXPECT_THROW(tally.add(per_hour, most, 0, 0), Error);
}

} // namespace
} // namespace credits::core::test
