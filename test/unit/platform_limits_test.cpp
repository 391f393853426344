// Owns the cases of limits of the platform: what a call needs of each, several needs at once,
// limits that must be open, long windows, and what the end of a hold gives back.
#include "support.hpp"

#include "core/escrow_bytes.hpp"
#include "core/platform_limits.hpp"

#include <gtest/gtest.h>

namespace credits::core::test {
namespace {

constexpr std::int64_t day = micros_per_day;

LimitTerms limit_of(Metric metric, WindowKind window, std::string_view limit) {
    LimitTerms terms;
    terms.name = "one";
    terms.scope = LimitScope::platform;
    terms.metric = metric;
    terms.window = {window, 0};
    terms.limit = dec(limit);
    terms.warn_at = Decimal{};
    return terms;
}

Demand one_call(std::string_view tokens) {
    Demand demand;
    demand.requests = dec("1");
    demand.tokens = dec(tokens);
    demand.model = "m";
    return demand;
}

// Stripes of one transaction at a time.
class Stripes {
  public:
    explicit Stripes(std::vector<EscrowTerms> terms) : terms(std::move(terms)) {
        for (int number = 0; number < stripe_count; ++number) {
            sights_.push_back(arena_, {{}, true});
        }
    }

    std::vector<EscrowTerms> terms;

    EscrowPlan use(std::uint32_t at_hand, const Demand& demand, bool is_forced = false) {
        Needs needs;
        for (const EscrowTerms& each : terms) {
            Need need;
            if (is_forced ? spending_need(each, demand, need)
                          : admission_need(each, demand, need)) {
                needs.push_back(arena_, need);
            }
        }
        EscrowPlan plan = plan_call(sights_, at_hand, needs, is_forced, arena_);
        if (!plan.admitted) {
            return plan;
        }
        List<Decimal> given;
        for (std::uint32_t at = 0; at < needs.size(); ++at) {
            given.push_back(arena_, {});
        }
        for (const Gift& gift : plan.gifts) {
            Stripe& donor = sights_[static_cast<std::uint32_t>(gift.donor)].stripe;
            given[gift.need] =
                given[gift.need] +
                give(donor, *needs[gift.need].terms, plan.findings[gift.need], gift.amount, arena_);
        }
        EXPECT_TRUE(admit_planned(sights_[at_hand].stripe, needs, plan, given, arena_));
        return plan;
    }

    [[nodiscard]] Decimal used(std::size_t at = 0) const {
        return total_of(sights_, terms[at]).used;
    }

    List<StripeSight>& sights() { return sights_; }

  private:
    TestArena arena_;
    List<StripeSight> sights_;
};

TEST(PlatformLimits, CountersAreKnownByNameMetricAndWindow) {
    EXPECT_EQ(counter_name(limit_of(Metric::tokens, WindowKind::week, "5")),
              "limit tokens week one");
}

TEST(PlatformLimits, ThresholdsFollowTheEffect) {
    LimitTerms limit = limit_of(Metric::requests, WindowKind::day, "200");
    EXPECT_FALSE(limit_escrow(limit, "n").has_warn);
    EXPECT_EQ(limit_escrow(limit, "n").stop, dec("200"));
    limit.warn_at = dec("80");
    EXPECT_EQ(limit_escrow(limit, "n").warn, dec("160"));
    limit.effect.kind = EffectKind::warn;
    EXPECT_FALSE(limit_escrow(limit, "n").has_stop);
    limit.warn_at = Decimal{};
    EXPECT_EQ(limit_escrow(limit, "n").warn, dec("200"));
}

TEST(PlatformLimits, OnlyCallsThatTheFiltersNameAreCounted) {
    LimitTerms limit = limit_of(Metric::tokens, WindowKind::day, "200");
    limit.model = "m";
    const EscrowTerms terms = limit_escrow(limit, "n");
    Need need;
    Demand demand = one_call("7");
    EXPECT_TRUE(admission_need(terms, demand, need));
    EXPECT_EQ(need.amount, dec("7"));
    demand.model = "other";
    EXPECT_FALSE(admission_need(terms, demand, need));
}

TEST(PlatformLimits, EveryNeedIsMetOrNone) {
    const LimitTerms requests = limit_of(Metric::requests, WindowKind::day, "200");
    const LimitTerms tokens = limit_of(Metric::tokens, WindowKind::day, "1000");
    Stripes stripes({limit_escrow(requests, "requests"), limit_escrow(tokens, "tokens")});
    for (std::uint32_t call = 0; call < 99; ++call) {
        EXPECT_TRUE(stripes.use(call % stripe_count, one_call("10")).admitted) << call;
    }
    const EscrowPlan refused = stripes.use(5, one_call("11"));
    EXPECT_FALSE(refused.admitted);
    EXPECT_TRUE(refused.findings[0].admitted);
    EXPECT_FALSE(refused.findings[1].admitted);
    EXPECT_EQ(refused.findings[1].used, dec("990"));
    EXPECT_EQ(stripes.used(0), dec("99"));
    EXPECT_TRUE(stripes.use(5, one_call("10")).admitted);
    for (std::uint32_t call = 0; call < 100; ++call) {
        EXPECT_TRUE(stripes.use(call % 3, one_call("0")).admitted) << call;
    }
    EXPECT_FALSE(stripes.use(1, one_call("0")).admitted);
    EXPECT_EQ(stripes.used(0), dec("200"));
    EXPECT_EQ(stripes.used(1), dec("1000"));
}

TEST(PlatformLimits, FailuresRefuseOnceTheyHaveReachedTheLimit) {
    const LimitTerms limit = limit_of(Metric::failures, WindowKind::hour, "3");
    Stripes stripes({limit_escrow(limit, "failures")});
    const Demand failure = failure_of(one_call("1"));
    for (std::uint32_t call = 0; call < 3; ++call) {
        EXPECT_TRUE(stripes.use(10 + call, one_call("1")).admitted) << call;
        EXPECT_TRUE(stripes.use(call, failure, true).admitted);
    }
    for (std::uint32_t stripe = 0; stripe < stripe_count; ++stripe) {
        EXPECT_FALSE(stripes.use(stripe, one_call("1")).admitted) << stripe;
    }
    EXPECT_TRUE(stripes.use(7, failure, true).admitted); // one that was under way
    EXPECT_EQ(stripes.used(), dec("4"));
}

// Two clocks at the turn of the month: what the one ahead has counted stays counted.
TEST(PlatformLimits, AClockThatIsBehindDoesNotBeginALongWindowAnew) {
    for (const auto& [kind, length] : {std::pair{WindowKind::week, 7}, {WindowKind::month, 31}}) {
        const LimitTerms limit = limit_of(Metric::requests, kind, "2");
        Stripes stripes({limit_escrow(limit, "long")});
        stripes.terms[0].window = length * day;
        EXPECT_TRUE(stripes.use(0, one_call("1")).admitted);
        EXPECT_TRUE(stripes.use(0, one_call("1")).admitted);
        stripes.terms[0].window = 0;
        EXPECT_FALSE(stripes.use(0, one_call("1")).admitted);
        EXPECT_EQ(stripes.used(), dec("2"));
    }
}

// A limit that never begins anew has shares that move for ever; they keep to a few digits.
TEST(PlatformLimits, SharesThatMoveForEverStayShort) {
    const LimitTerms limit = limit_of(Metric::requests, WindowKind::lifetime, "100000");
    Stripes stripes({limit_escrow(limit, "ever")});
    for (std::uint32_t call = 0; call < 20'000; ++call) {
        ASSERT_TRUE(
            stripes.use(call % 2 == 0 ? 0 : call * 7 % stripe_count, one_call("1")).admitted);
    }
    for (const StripeSight& sight : stripes.sights()) {
        for (const StripeCounter& counter : sight.stripe) {
            EXPECT_LE(counter.moved.scale, 16);
        }
    }
    EXPECT_EQ(stripes.used(), dec("20000"));
}

TEST(PlatformLimits, CountersOfLimitsThatAreGoneDoNotStay) {
    TestArena arena;
    Stripe stripe;
    StripeCounter counter;
    for (const auto& [name, window] : {std::pair{"hour", Instant{0}},
                                       {"limit requests day old", Instant{0}},
                                       {"limit requests month new", 50 * day},
                                       {"limit requests lifetime ever", always}}) {
        counter.name = name;
        counter.window = window;
        stripe.push_back(arena, counter);
    }
    const Stripe kept = without_ended(stripe, 100 * day, arena);
    ASSERT_EQ(kept.size(), 3U);
    EXPECT_EQ(kept[1].name, "limit requests month new");
}

TEST(PlatformLimits, AHoldThatEndsGivesBackWhereItWasCounted) {
    TestArena arena;
    Hold hold;
    hold.amount = Credits{50};
    hold.authorized_amount = Credits{40};
    hold.tokens = dec("900");
    hold.cost = dec("2");
    hold.created_at = 100;
    hold.extended_at = 200;
    Demand real;
    real.tokens = dec("1000");
    real.credits = dec("10");
    real.cost = dec("0.5");
    const UseChanges settled = changes_by_end(arena, hold, real, 0, 300);
    ASSERT_EQ(settled.size(), 3U);
    EXPECT_FALSE(settled[0].is_given_back);
    EXPECT_EQ(settled[0].amounts.tokens, dec("100"));
    EXPECT_EQ(settled[0].counted_at, 300);
    EXPECT_EQ(settled[1].amounts.credits, dec("30"));
    EXPECT_EQ(settled[1].amounts.cost, dec("1.5"));
    EXPECT_EQ(settled[1].counted_at, 100);
    EXPECT_EQ(settled[2].amounts.credits, dec("10"));
    EXPECT_EQ(settled[2].counted_at, 200);
    hold.status = HoldStatus::expired; // has given everything back before
    const UseChanges late = changes_by_end(arena, hold, real, 0, 300);
    ASSERT_EQ(late.size(), 1U);
    EXPECT_EQ(late[0].amounts.credits, dec("10"));
    EXPECT_EQ(late[0].amounts.cost, dec("0.5"));
}

} // namespace
} // namespace credits::core::test
