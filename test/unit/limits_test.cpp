// Limits: what refuses a call and with which outcome, what a call brings about, blocks, overage.
#include "unit/limit_cases.hpp"

namespace credits::core::test {
namespace {

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
    EXPECT_EQ(refusal.retry_at, minute);
    subject.store(30 * second);
    EXPECT_EQ(subject.call(call_of(), minute - 1), Outcome::rate_limited);
    EXPECT_EQ(subject.call(call_of(), minute), Outcome::ok);
    EXPECT_EQ(subject.call(call_of(), minute), Outcome::rate_limited);
}

} // namespace
} // namespace credits::core::test
