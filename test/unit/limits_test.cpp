// Limits: what refuses a call and with which outcome, what a call brings about, blocks, overage.
#include "limit_cases.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace credits::core::test {
namespace {

LimitTerms with_origin(LimitTerms terms, LimitOrigin origin) {
    terms.origin = origin;
    return terms;
}

LimitTerms with_name(LimitTerms terms, std::string effect_name) {
    terms.effect.name = std::move(effect_name);
    return terms;
}

LimitTerms overage(LimitTerms terms, std::string_view price, std::string_view per) {
    terms.effect.kind = EffectKind::overage;
    terms.effect.price = dec(price);
    terms.effect.per = dec(per);
    return terms;
}

LimitTerms block(LimitTerms terms, const Cycle& length) {
    terms.effect.kind = EffectKind::block;
    terms.effect.block_for = length;
    return terms;
}

TEST(Limits, ARateRefusesWhatPassesItAndSaysWhenThereIsRoom) {
    Subject subject;
    subject.limit(terms_of("rate", Metric::requests, sliding(minute), "3"));
    for (int call = 0; call < 3; ++call) {
        EXPECT_EQ(subject.call(call_of(), call * 10 * second), Outcome::ok);
    }
    const LimitRefusal refusal = subject.judge(call_of(), 30 * second).refusal;
    EXPECT_EQ(refusal.outcome, Outcome::rate_limited);
    EXPECT_EQ(refusal.terms->name, "rate");
    EXPECT_EQ(refusal.used, dec("3"));
    EXPECT_EQ(refusal.limit, dec("3"));
    EXPECT_EQ(refusal.retry_at, minute);
    subject.store(30 * second);
    EXPECT_EQ(subject.call(call_of(), minute - 1), Outcome::rate_limited);
    EXPECT_EQ(subject.call(call_of(), minute), Outcome::ok);
    EXPECT_EQ(subject.call(call_of(), minute), Outcome::rate_limited);
}

TEST(Limits, TheOutcomeFollowsFromWindowLimitAndOrigin) {
    struct Case {
        LimitTerms terms;
        Outcome outcome;
    };

    const Window period = fixed(WindowKind::period);
    const std::vector<Case> cases{
        {terms_of("a", Metric::requests, sliding(3 * second), "1"), Outcome::too_frequent},
        {terms_of("a", Metric::requests, sliding(3 * second), "2"), Outcome::rate_limited},
        {terms_of("a", Metric::tokens, sliding(hour), "1"), Outcome::rate_limited},
        {terms_of("a", Metric::requests, period, "1"), Outcome::quota_exceeded},
        {with_origin(terms_of("a", Metric::requests, period, "1"), LimitOrigin::plan),
         Outcome::plan_limit_exceeded},
        {with_origin(terms_of("a", Metric::cost, period, "1"), LimitOrigin::member),
         Outcome::quota_exceeded},
        {block(terms_of("a", Metric::tokens, sliding(hour), "1"), {0, 0, minute}),
         Outcome::blocked},
        {terms_of("a", Metric::tokens, period, "1", EffectKind::warn), Outcome::ok},
        {terms_of("a", Metric::tokens, period, "1", EffectKind::flag), Outcome::ok},
        {terms_of("a", Metric::tokens, period, "1", EffectKind::degrade), Outcome::ok},
        {terms_of("a", Metric::tokens, period, "1", EffectKind::overage), Outcome::ok},
    };
    for (const Case& one : cases) {
        Subject subject;
        subject.limit(one.terms);
        subject.count(call_of("5", "5", "5"), second);
        subject.count(call_of("5", "5", "5"), second);
        EXPECT_EQ(subject.judge(call_of("5", "5", "5"), 2 * second).refusal.outcome, one.outcome);
    }
}

TEST(Limits, TheFirstOutcomeInOrderIsGivenAndAmongEqualsTheTightest) {
    Subject subject;
    subject.limit(terms_of("day", Metric::tokens, fixed(WindowKind::day), "100"));
    subject.limit(terms_of("wide", Metric::tokens, sliding(minute), "90"));
    subject.limit(terms_of("tight", Metric::tokens, sliding(hour), "60"));
    subject.limit(terms_of("also", Metric::tokens, sliding(day), "80"));
    EXPECT_EQ(subject.call(call_of("50"), 0), Outcome::ok);
    const LimitRefusal refusal = subject.judge(call_of("60"), second).refusal;
    EXPECT_EQ(refusal.outcome, Outcome::rate_limited);
    EXPECT_EQ(refusal.terms->name, "tight");
}

TEST(Limits, ALimitIsReachedExactly) {
    Subject subject;
    subject.limit(terms_of("budget", Metric::cost, fixed(WindowKind::month), "0.3"));
    EXPECT_EQ(subject.call(call_of("0", "0", "0.1"), 0), Outcome::ok);
    EXPECT_EQ(subject.call(call_of("0", "0", "0.2000001"), 0), Outcome::quota_exceeded);
    EXPECT_EQ(subject.call(call_of("0", "0", "0.2"), 0), Outcome::ok);
    EXPECT_EQ(subject.call(call_of("0", "0", "0.0000001"), 0), Outcome::quota_exceeded);
}

TEST(Limits, AFreeCallPassesALimitThatIsUsedUp) {
    Subject subject;
    subject.limit(terms_of("none", Metric::credits, fixed(WindowKind::day), "0"));
    EXPECT_EQ(subject.call(call_of("9", "0"), 0), Outcome::ok);
    EXPECT_EQ(subject.call(call_of("9", "0.01"), 0), Outcome::quota_exceeded);
    EXPECT_EQ(subject.judge(call_of("9", "0.01"), 0).refusal.retry_at, never);
}

TEST(Limits, AnOverrideMayLiftALimitWhileUseIsStillCounted) {
    Subject subject;
    subject.limit(terms_of("day", Metric::requests, fixed(WindowKind::day), "1"));
    subject.cases()[0].limit_given = false;
    for (int call = 0; call < 3; ++call) {
        EXPECT_EQ(subject.call(call_of(), 0), Outcome::ok);
    }
    EXPECT_EQ(subject.used(0, 0), dec("3"));
    const LimitFinding finding = subject.judge(call_of(), 0).findings[0];
    EXPECT_FALSE(finding.warned.holds);
    subject.cases()[0].limit_given = true;
    subject.cases()[0].limit = dec("4");
    EXPECT_EQ(subject.call(call_of(), 0), Outcome::ok);
    EXPECT_EQ(subject.call(call_of(), 0), Outcome::quota_exceeded);
}

TEST(Limits, OnlyCallsThatAreNamedAreCountedAndBound) {
    Subject subject;
    LimitTerms terms = terms_of("dear", Metric::requests, fixed(WindowKind::day), "1");
    terms.provider = "openai";
    terms.model = "gpt-4-turbo";
    subject.limit(terms);
    Demand demand = call_of();
    demand.provider = "openai";
    demand.model = "gpt-3.5-turbo";
    EXPECT_EQ(subject.call(demand, 0), Outcome::ok);
    EXPECT_EQ(subject.judge(demand, 0).findings.size(), 0U);
    demand.model = "gpt-4-turbo";
    EXPECT_EQ(subject.call(demand, 0), Outcome::ok);
    EXPECT_EQ(subject.call(demand, 0), Outcome::quota_exceeded);
    demand.provider = "azure";
    EXPECT_EQ(subject.call(demand, 0), Outcome::ok);
}

TEST(Limits, LimitsOfOneMetricAndWindowShareACounter) {
    Subject subject;
    subject.limit(terms_of("plan", Metric::requests, fixed(WindowKind::day), "3"));
    subject.limit(terms_of("own", Metric::requests, fixed(WindowKind::day), "2"));
    subject.count(call_of(), 0);
    EXPECT_EQ(subject.used(0, 0), dec("1"));
    EXPECT_EQ(subject.counters().counters.size(), 1U);
    subject.adjust(call_of(), {}, 0, 0);
    EXPECT_EQ(subject.used(1, 0), dec("0"));
}

TEST(Limits, AWarningComesOnceAndAgainAfterRecovery) {
    Subject subject;
    subject.limit(terms_of("tokens", Metric::tokens, fixed(WindowKind::day), "100"));
    const auto warns = [&](std::string_view tokens, Instant now) {
        const LimitFinding finding = subject.judge(call_of(tokens), now).findings[0];
        subject.count(call_of(tokens), now);
        subject.store(now);
        return finding.warned.begins;
    };
    EXPECT_FALSE(warns("79", 0));
    EXPECT_TRUE(warns("1", 1));
    EXPECT_FALSE(warns("1", 2));
    EXPECT_FALSE(warns("0", 3));
    EXPECT_FALSE(warns("10", day));
    EXPECT_TRUE(warns("70", day + 1));
    EXPECT_TRUE(warns("80", 2 * day)) << "nothing was seen in between";
    EXPECT_EQ(used_percent(subject.judge(call_of("3"), 2 * day).findings[0]), dec("83"));
    const Demand more = call_of("80");
    const LimitVerdict verdict = judge_adjustment(
        subject.arena(), subject.cases(), {more, call_of("2"), 2 * day}, 2 * day + 1);
    EXPECT_TRUE(verdict.findings[0].warned.ends);
    subject.adjust(more, call_of("2"), 2 * day, 2 * day + 1);
    EXPECT_TRUE(warns("78", 2 * day + 2));
}

TEST(Limits, AnyUseOfALimitOfNothingIsAllOfIt) {
    Subject subject;
    subject.limit(terms_of("none", Metric::tokens, fixed(WindowKind::day), "0", EffectKind::warn));
    EXPECT_FALSE(subject.judge(call_of("0"), 0).findings[0].warned.holds);
    const LimitFinding finding = subject.judge(call_of("1"), 0).findings[0];
    EXPECT_TRUE(finding.warned.begins);
    EXPECT_EQ(used_percent(finding), dec("100"));
}

TEST(Limits, AFlagIsSetBeyondTheLimitAndRefusesNothing) {
    Subject subject;
    subject.limit(with_name(
        terms_of("fraud", Metric::credits, sliding(hour), "500", EffectKind::flag), "fraud"));
    EXPECT_EQ(subject.call(call_of("0", "500"), 0), Outcome::ok);
    const LimitFinding finding = subject.judge(call_of("0", "1"), minute).findings[0];
    EXPECT_TRUE(finding.flagged.begins);
    EXPECT_EQ(subject.call(call_of("0", "1"), minute), Outcome::ok);
    EXPECT_FALSE(subject.judge(call_of("0", "1"), 2 * minute).findings[0].flagged.begins);
    EXPECT_TRUE(subject.judge(call_of("0", "1"), 2 * minute).findings[0].flagged.holds);
    EXPECT_TRUE(subject.judge(call_of("0", "1"), hour).findings[0].flagged.ends);
}

TEST(Limits, ALevelIsInForceWhileTheLimitIsReached) {
    Subject subject;
    subject.limit(with_name(
        terms_of("daily", Metric::tokens, fixed(WindowKind::day), "100", EffectKind::degrade),
        "reduced_quality"));
    subject.limit(
        with_name(terms_of("burst", Metric::tokens, sliding(minute), "100", EffectKind::degrade),
                  "basic_only"));
    const auto levels = [&](Instant now) {
        std::string all;
        for (const LevelInForce& level :
             levels_in_force(subject.arena(), subject.cases(), {}, now)) {
            all += std::string(level.level) + " " + std::to_string(level.until / second) + " ";
        }
        return all;
    };
    subject.count(call_of("60"), 0);
    EXPECT_EQ(levels(0), "");
    EXPECT_EQ(next_relief(subject.cases(), 0), never);
    const LimitVerdict verdict = subject.judge(call_of("40"), 10 * second);
    EXPECT_EQ(verdict.refusal.outcome, Outcome::ok);
    EXPECT_TRUE(verdict.findings[1].degraded.begins);
    EXPECT_EQ(verdict.findings[0].until, day);
    EXPECT_EQ(verdict.findings[1].until, minute);
    subject.count(call_of("40"), 10 * second);
    EXPECT_EQ(levels(10 * second), "reduced_quality 86400 basic_only 60 ");
    EXPECT_EQ(next_relief(subject.cases(), 10 * second), minute);
    EXPECT_EQ(levels(minute), "reduced_quality 86400 ");
    EXPECT_EQ(next_relief(subject.cases(), minute), day);
    EXPECT_EQ(levels(day), "");
    EXPECT_EQ(subject.judge(call_of("120"), 2 * day).findings[1].until, 2 * day + minute);
}

TEST(Limits, OverageIsWhatLiesBeyondTheLimit) {
    Subject subject;
    subject.limit(overage(
        terms_of("tokens", Metric::tokens, fixed(WindowKind::period), "1000"), "0.001", "1000"));
    subject.period(0, 30 * day);
    EXPECT_EQ(subject.judge(call_of("900"), 0).overage_usd, dec("0"));
    subject.count(call_of("900"), 0);
    const LimitVerdict verdict = subject.judge(call_of("350"), 1);
    EXPECT_EQ(verdict.refusal.outcome, Outcome::ok);
    EXPECT_EQ(verdict.findings[0].overage, dec("250"));
    EXPECT_EQ(verdict.overage_usd, dec("0.00025"));
    subject.count(call_of("350"), 1);
    EXPECT_EQ(subject.judge(call_of("500"), 2).overage_usd, dec("0.0005"));
}

TEST(Limits, OverageOfASettledHoldIsThatOfTheRealAmount) {
    Subject subject;
    subject.limit(
        overage(terms_of("tokens", Metric::tokens, fixed(WindowKind::day), "100"), "1", "1"));
    subject.count(call_of("80"), 0);
    const Demand held = call_of("40");
    subject.count(held, 10);
    const auto settled = [&](std::string_view real, Instant now) {
        return judge_adjustment(subject.arena(), subject.cases(), {held, call_of(real), 10}, now)
            .overage_usd;
    };
    EXPECT_EQ(settled("40", 20), dec("20"));
    EXPECT_EQ(settled("15", 20), dec("0"));
    EXPECT_EQ(settled("25", 20), dec("5"));
    EXPECT_EQ(settled("70", 20), dec("50"));
    EXPECT_EQ(settled("70", day), dec("0")) << "of a day that has room";
    EXPECT_EQ(settled("170", day), dec("70"));
}

TEST(Limits, ASettledOrReleasedHoldGivesBackWhereItWasAdmitted) {
    Subject subject;
    subject.limit(terms_of("requests", Metric::requests, sliding(minute), "10"));
    subject.limit(terms_of("tokens", Metric::tokens, sliding(minute), "100"));
    const Demand held = call_of("60");
    subject.count(held, 0);
    subject.count(call_of("10"), 10 * second);
    subject.adjust(held, call_of("25"), 0, 20 * second);
    EXPECT_EQ(subject.used(1, 20 * second), dec("35"));
    EXPECT_EQ(subject.used(1, minute), dec("10"));
    subject.adjust(call_of("10"), call_of("17"), 10 * second, 30 * second);
    EXPECT_EQ(subject.used(1, 70 * second), dec("7"));
    subject.count(call_of("50"), 71 * second);
    subject.adjust(call_of("50"), call_of(), 71 * second, 72 * second); // released
    EXPECT_EQ(subject.used(0, 72 * second), dec("1"));
    EXPECT_EQ(subject.used(1, 72 * second), dec("7"));
}

TEST(Limits, FailuresThatReachTheirLimitStartABlock) {
    Subject subject;
    subject.limit(block(terms_of("failures", Metric::failures, sliding(10 * minute), "5"),
                        {0, 0, 15 * minute}));
    for (int failure = 1; failure <= 5; ++failure) {
        const Instant now = failure * second;
        EXPECT_EQ(subject.call(call_of(), now), Outcome::ok);
        const LimitVerdict verdict = subject.judge(failure_of(call_of()), now);
        EXPECT_EQ(verdict.findings[0].blocked.begins, failure == 5);
        EXPECT_EQ(count_failure(subject.cases(), call_of(), now)[0].blocked.begins, failure == 5);
        subject.store(now);
    }
    const Instant end = 5 * second + 15 * minute;
    const LimitRefusal refusal = subject.judge(call_of(), minute).refusal;
    EXPECT_EQ(refusal.outcome, Outcome::blocked);
    EXPECT_EQ(refusal.retry_at, end);
    EXPECT_EQ(next_relief(subject.cases(), minute), end);
    EXPECT_FALSE(count_failure(subject.cases(), call_of(), minute)[0].blocked.begins);
    subject.store(minute);
    EXPECT_EQ(subject.judge(call_of(), end - 1).refusal.outcome, Outcome::blocked);
    EXPECT_EQ(subject.judge(call_of(), end).refusal.outcome, Outcome::ok);
}

TEST(Limits, ACallThatPassesABlockingLimitStartsTheBlock) {
    Subject subject;
    subject.limit(block(terms_of("burst", Metric::requests, sliding(second), "2"), {0, 1, hour}));
    EXPECT_EQ(subject.call(call_of(), 0), Outcome::ok);
    EXPECT_EQ(subject.call(call_of(), 0), Outcome::ok);
    EXPECT_TRUE(start_blocks(subject.cases(), Demand{}, 0).empty());
    EXPECT_EQ(subject.judge(Demand{}, 0).refusal.outcome, Outcome::ok);
    const LimitRefusal refusal = subject.judge(call_of(), 0).refusal;
    EXPECT_EQ(refusal.outcome, Outcome::blocked);
    EXPECT_EQ(refusal.retry_at, day + hour);
    const List<LimitFinding> begun = start_blocks(subject.cases(), call_of(), 0);
    ASSERT_EQ(begun.size(), 1U);
    EXPECT_TRUE(begun[0].blocked.begins);
    EXPECT_EQ(begun[0].until, day + hour);
    EXPECT_EQ(begun[0].used_after, dec("2"));
    EXPECT_EQ(subject.call(call_of(), minute), Outcome::blocked);
    EXPECT_TRUE(start_blocks(subject.cases(), call_of(), minute).empty()) << "it runs already";
    EXPECT_EQ(subject.judge(Demand{}, minute).refusal.retry_at, day + hour) << "a free one, too";
    EXPECT_EQ(subject.call(call_of(), day + hour), Outcome::ok);
}

TEST(Limits, NothingIsWarnedOfWhereNoneIsSetOrTheFirstUseIsAll) {
    struct Case {
        LimitTerms terms;
        const char* warn_at;
        bool warns;
    };

    const Window window = sliding(minute);
    const std::vector<Case> cases{
        {terms_of("a", Metric::requests, window, "1"), "80", false},
        {block(terms_of("a", Metric::requests, window, "1"), {0, 0, minute}), "80", false},
        {terms_of("a", Metric::requests, window, "1", EffectKind::warn), "80", true},
        {terms_of("a", Metric::tokens, window, "1"), "80", true},
        {terms_of("a", Metric::tokens, window, "1"), "0", false},
        {terms_of("a", Metric::requests, window, "2"), "50", true},
        {terms_of("a", Metric::requests, window, "2"), "51", false},
    };
    for (const Case& one : cases) {
        Subject subject;
        LimitTerms terms = one.terms;
        terms.warn_at = dec(one.warn_at);
        subject.limit(terms);
        EXPECT_EQ(subject.judge(call_of("1"), 0).findings[0].warned.begins, one.warns)
            << one.warn_at << " percent, metric " << static_cast<int>(terms.metric);
    }
}

TEST(Limits, DeniedFailuresRefuseTheNextCallUntilTheWindowGivesRoom) {
    Subject subject;
    subject.limit(terms_of("failures", Metric::failures, sliding(minute), "2"));
    count_failure(subject.cases(), call_of(), 0);
    EXPECT_EQ(subject.call(call_of(), second), Outcome::ok);
    count_failure(subject.cases(), call_of(), 10 * second);
    const LimitRefusal refusal = subject.judge(call_of(), 11 * second).refusal;
    EXPECT_EQ(refusal.outcome, Outcome::rate_limited);
    EXPECT_EQ(refusal.retry_at, minute);
    EXPECT_EQ(subject.call(call_of(), minute), Outcome::ok);
    EXPECT_EQ(subject.used(0, minute), dec("1")) << "a call that goes through is no failure";
}

TEST(Limits, ResetsWhenTimeAloneMakesTheUseLess) {
    Subject subject;
    subject.limit(terms_of("rate", Metric::requests, sliding(minute), "2"));
    subject.limit(terms_of("day", Metric::requests, fixed(WindowKind::day), "2"));
    subject.limit(terms_of("ever", Metric::requests, fixed(WindowKind::lifetime), "2"));
    EXPECT_EQ(resets_at(subject.cases()[0], 0), never);
    subject.count(call_of(), 10 * second);
    EXPECT_EQ(resets_at(subject.cases()[0], 20 * second), 70 * second);
    EXPECT_EQ(resets_at(subject.cases()[1], 20 * second), day);
    EXPECT_EQ(resets_at(subject.cases()[2], 20 * second), never);
}

TEST(Limits, JudgingChangesNothing) {
    Subject subject;
    subject.limit(terms_of("rate", Metric::requests, sliding(minute), "2"));
    subject.count(call_of(), 0);
    const std::string before = subject.store(second);
    subject.judge(call_of(), second);
    levels_in_force(subject.arena(), subject.cases(), {}, second);
    EXPECT_FALSE(subject.counters().changed);
    EXPECT_EQ(subject.store(second), before);
}

} // namespace
} // namespace credits::core::test
