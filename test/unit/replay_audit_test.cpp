// Owns the tests of replay's own sums, of its verdict, and of what it prints.
#include "replay/audit.hpp"
#include "replay/decimal.hpp"
#include "replay/json.hpp"
#include "replay/report.hpp"
#include "replay/usage.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace replay {
namespace {

Decimal d(const char* text) {
    return Decimal::parse(text);
}

TEST(ReplayDecimal, ReadsAndWritesExactly) {
    const struct {
        const char* read;
        const char* written;
    } cases[] = {{"0", "0"},
                 {"-0", "0"},
                 {"0.000", "0"},
                 {"007.50", "7.5"},
                 {"-0.05", "-0.05"},
                 {".5", "0.5"},
                 {"100", "100"},
                 {"08", "8"},
                 {"1.30e", nullptr},
                 {"", nullptr},
                 {"-", nullptr},
                 {".", nullptr},
                 {"1.", nullptr},
                 {"NaN", nullptr},
                 {"Infinity", nullptr},
                 {"1.2.3", nullptr},
                 {"+1", nullptr},
                 {" 1", nullptr},
                 {"1e5", nullptr},
                 {"0x10", nullptr},
                 {"123456789012345678901234567890.000000000000000000000000000000000000000001",
                  "123456789012345678901234567890.000000000000000000000000000000000000000001"}};

    for (const auto& one : cases) {
        if (one.written == nullptr) {
            EXPECT_THROW(d(one.read), std::invalid_argument) << one.read;
        } else {
            EXPECT_EQ(d(one.read).text(), one.written);
        }
    }
}

TEST(ReplayDecimal, Arithmetic) {
    EXPECT_EQ((d("0.1") + d("0.25")).text(), "0.35");
    EXPECT_EQ((d("0.1") - d("0.25")).text(), "-0.15");
    EXPECT_EQ((d("-1.5") * d("0.00002")).text(), "-0.00003");
    EXPECT_EQ(d("123").per_power_of_ten(6).text(), "0.000123");
    EXPECT_TRUE(d("1.0") == d("1.000"));
    EXPECT_FALSE(d("1.0") == d("1.0000000000000000000000000000000000000001"));
    EXPECT_TRUE(d("-2") < d("-1.9"));
    EXPECT_EQ(Decimal::ceiling_of_quotient(d("1"), d("0.3")).text(), "4");
    EXPECT_EQ(Decimal::ceiling_of_quotient(d("0.9"), d("0.3")).text(), "3");
    EXPECT_EQ(Decimal::ceiling_of_quotient(d("0"), d("7")).text(), "0");
    EXPECT_THROW(Decimal::ceiling_of_quotient(d("1"), d("0")), std::invalid_argument);
}

TEST(ReplayUsage, NamesOnlyPoolsThatAreUsed) {
    TraceCall call;
    call.input_tokens = 5;
    EXPECT_EQ(usage_json(call, 9), R"({"input_tokens": 5, "output_tokens": 9})");
    call.cache_read_tokens = 512;
    EXPECT_EQ(usage_json(call, 0),
              R"({"input_tokens": 5, "cache_read_tokens": 512, "output_tokens": 0})");
    EXPECT_EQ(json_text("a\"b\\c\n\x01ü"), "\"a\\\"b\\\\c\\u000a\\u0001ü\"");
}

// AuditCase is one account with three calls of 0.03 USD each (1 input token at 30,000 USD per 1M):
// settled, refunded, released.
class AuditCase : public testing::Test {
  protected:
    void SetUp() override {
        TraceCall call;
        call.input_tokens = 1;
        call.provider = "p";
        call.model = "m";
        plan_.accounts = {"r/1"};
        plan_.calls.assign(3, PlannedCall{call, 0, Fate::settle, 0});
        run_.outcomes = {Outcome::settled, Outcome::refunded, Outcome::released};
        book_.set({"p", "m"}, {d("30000"), d("0"), d("0")});
        AccountTotals& totals = after_["r/1"];
        totals.cost = d("0.06");
        totals.charged = d("1");
        totals.given_back = d("1");
        totals.residue = d("0.01");
        totals.settles = 2;
        totals.releases = 1;
        totals.refunds = 1;
    }

    Audit audit(const ChargeRule& rule = {}) {
        return compare(
            plan_, expected_totals(plan_, run_, book_, {rule, unit_}), before_, after_, unit_);
    }

    Plan plan_;
    RunResult run_;
    PriceBook book_;
    Unit unit_{"credit", d("0.05"), 0};
    LedgerTotals before_;
    LedgerTotals after_;
};

TEST_F(AuditCase, EqualBooksAreEqual) {
    const Audit equal = audit();
    EXPECT_TRUE(equal.differences.empty()) << equal.differences.front();
    EXPECT_EQ(equal.expected_cost.text(), "0.06");
    const std::string text = audit_lines(equal, unit_);
    EXPECT_NE(text.find("ledger 0.06 USD, trace × prices 0.06 USD: equal\n"), std::string::npos)
        << text;
    EXPECT_EQ(text.find("DIFFERENT"), std::string::npos) << text;
}

TEST_F(AuditCase, OnlyTheGrowthDuringTheRunCounts) {
    before_["r/1"].cost = d("5");
    before_["r/1"].charged = d("100");
    before_["r/1"].settles = 7;
    EXPECT_EQ(audit().differences.size(), 3U);
    after_["r/1"].cost += d("5");
    after_["r/1"].charged += d("100");
    after_["r/1"].settles += 7;
    EXPECT_TRUE(audit().differences.empty());
}

TEST_F(AuditCase, EverySingleWrongFigureIsFound) {
    const LedgerTotals right = after_;
    const auto wrong = [&](auto change) {
        after_ = right;
        change(after_["r/1"]);
        return audit().differences.size();
    };
    EXPECT_EQ(wrong([](auto& t) { t.cost += d("0.00000000000000000001"); }), 1U);
    EXPECT_EQ(wrong([](auto& t) { t.charged += d("1"); }), 1U);
    EXPECT_EQ(wrong([](auto& t) { t.residue += d("0.000000001"); }), 1U);
    EXPECT_EQ(wrong([](auto& t) { t.held += d("1"); }), 1U);
    EXPECT_EQ(wrong([](auto& t) { ++t.settles; }), 1U);
    EXPECT_EQ(wrong([](auto& t) { --t.releases; }), 1U);
    EXPECT_EQ(wrong([](auto& t) { ++t.refunds; }), 1U);
    // Charge and residue that add up, but with a whole credit left uncharged.
    EXPECT_EQ(wrong([](auto& t) {
                  t.charged = d("0");
                  t.residue = d("0.06");
              }),
              1U);
    after_.clear();
    EXPECT_GE(audit().differences.size(), 5U);
    const std::string text = audit_lines(audit(), unit_);
    EXPECT_NE(text.find("ledger 0 USD, trace × prices 0.06 USD: DIFFERENT"), std::string::npos)
        << text;
}

TEST_F(AuditCase, PlansWithAMarkupOrByTokensChargeAccordingly) {
    after_["r/1"].charged = d("2");
    after_["r/1"].residue = d("0.02"); // 0.06 × 2 = 2 × 0.05 + 0.02
    EXPECT_TRUE(audit({false, d("2")}).differences.empty());
    after_["r/1"].charged = d("6");
    after_["r/1"].residue = d("0"); // two calls of one token at 3 credits
    EXPECT_TRUE(audit({true, d("3")}).differences.empty());
}

TEST(ReplayReport, Texts) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(19366), "19,366");
    EXPECT_EQ(grouped(1234567), "1,234,567");
    EXPECT_EQ(duration_text(850'000), "850 ms");
    EXPECT_EQ(duration_text(3'600'000), "3.6 s");
    EXPECT_EQ(duration_text(3'550'000'000), "59 min 10 s");
    EXPECT_EQ(percentile({}, 990), 0U);
    EXPECT_EQ(percentile({5, 1, 4, 2, 3}, 500), 3U);
    std::vector<std::uint32_t> hundred;
    for (std::uint32_t i = 1; i <= 101; ++i) {
        hundred.push_back(i);
    }
    EXPECT_EQ(percentile(hundred, 990), 100U);
}

} // namespace
} // namespace replay
