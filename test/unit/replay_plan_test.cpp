// Owns the tests of what replay decides before the first call: options, accounts, fates, moments.
#include "replay/options.hpp"
#include "replay/plan.hpp"
#include "replay/spread.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace replay {
namespace {

namespace fs = std::filesystem;

Options options(std::vector<std::string> more) {
    more.insert(more.begin(), {"--trace", "t.csv"});
    return read_options(more);
}

std::string refusal(const std::vector<std::string>& arguments) {
    try {
        read_options(arguments);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "accepted";
}

Trace trace_of(std::size_t calls) {
    Trace trace{"plain CSV", {}};
    for (std::size_t i = 0; i < calls; ++i) {
        TraceCall call;
        call.input_tokens = static_cast<std::int64_t>(i);
        call.output_tokens = 7;
        call.at_us = static_cast<std::int64_t>(i) * 1'000'000;
        trace.calls.push_back(call);
    }
    return trace;
}

TEST(ReplayOptions, DefaultsAreThoseOfTheHelp) {
    const Options read = options({});
    EXPECT_EQ(read.connections, 8);
    EXPECT_EQ(read.provider + "/" + read.model, "openai/gpt-4o-mini");
    EXPECT_EQ(read.price.input.text() + " " + read.price.output.text() + " " +
                  read.price.cache_read.text(),
              "0.15 0.6 0.075");
    EXPECT_TRUE(read.set_up);
    EXPECT_FALSE(read.speed.has_value());
    EXPECT_FALSE(read.grant.has_value());
}

TEST(ReplayOptions, ValuesComeBehindASpaceOrAnEqualsSign) {
    const Options read = options({"--connections=32",
                                  "--release-share",
                                  "2.5%",
                                  "--fail-share=0.01",
                                  "--speed",
                                  "60",
                                  "--database=host=/tmp dbname=x",
                                  "--price",
                                  "acme/a/b=1.5,2",
                                  "--no-set-up",
                                  "--run=r1"});
    EXPECT_EQ(read.connections, 32);
    EXPECT_EQ(read.release_share, 25'000);
    EXPECT_EQ(read.fail_share, 10'000);
    EXPECT_EQ(read.speed, 60.0);
    EXPECT_EQ(read.database, "host=/tmp dbname=x");
    ASSERT_EQ(read.more_prices.size(), 1U);
    EXPECT_EQ(read.more_prices[0].first.first, "acme");
    EXPECT_EQ(read.more_prices[0].first.second, "a/b");
    EXPECT_EQ(read.more_prices[0].second.cache_read.text(), "1.5"); // as input where not given
    EXPECT_FALSE(read.set_up);
}

TEST(ReplayOptions, MistakesAreNamed) {
    const struct {
        std::vector<std::string> arguments;
        const char* expected;
    } cases[] = {
        {{}, "--trace FILE is needed"},
        {{"--tarce", "x"}, "no option \"--tarce\""},
        {{"x.csv"}, "no option \"x.csv\""},
        {{"--trace"}, "--trace needs a value"},
        {{"--keys=1"}, "--keys takes no value"},
        {{"--trace=t", "--connections", "0"},
         "--connections takes a number from 1 to 1000, not \"0\""},
        {{"--trace=t", "--connections", "8x"}, "not \"8x\""},
        {{"--trace=t", "--speed", "nan"}, "--speed takes a number"},
        {{"--trace=t", "--seed", "-1"}, "--seed takes a number"},
        {{"--trace=t", "--fail-share", "1.01"}, "--fail-share takes a share from 0 to 1"},
        {{"--trace=t", "--fail-share", "101%"}, "--fail-share takes a share from 0 to 1"},
        {{"--trace=t", "--fail-share", "60%", "--refund-share", "0.5"}, "more than 1 together"},
        {{"--trace=t", "--input-price", "-1"}, "--input-price takes a decimal number"},
        {{"--trace=t", "--input-price", "1e-6"}, "--input-price takes a decimal number"},
        {{"--trace=t", "--price", "acme=1,2"}, "--price takes PROVIDER/MODEL=INPUT,OUTPUT"},
        {{"--trace=t", "--price", "acme/x=1"}, "two or three prices"},
        {{"--trace=t", "--price", "acme/x=1,"}, "--price takes a decimal number"},
        {{"--trace=t", "--no-set-up"}, "--no-set-up needs the --run NAME"},
        {{"--trace=t", "--no-set-up", "--run=a", "--grant=5"},
         "--grant and --replace-prices belong"},
        {{"--trace=t", "--run=a/b"}, "--run takes letters"},
    };

    for (const auto& one : cases) {
        const std::string text = refusal(one.arguments);
        EXPECT_NE(text.find(one.expected), std::string::npos) << text;
    }
    EXPECT_TRUE(read_options({"--help"}).help);
    EXPECT_NE(help_text().find("--refund-share SHARE"), std::string::npos);
}

TEST(ReplayPlan, EvenSpreadGivesEveryAccountTheSame) {
    const Plan plan = make_plan(trace_of(30), options({"--accounts", "10"}), "r/");
    std::map<std::size_t, int> calls;
    for (const PlannedCall& planned : plan.calls) {
        ++calls[planned.account];
    }
    EXPECT_EQ(calls.size(), 10U);
    EXPECT_TRUE(
        std::all_of(calls.begin(), calls.end(), [](const auto& one) { return one.second == 3; }));
    EXPECT_EQ(plan.accounts.front(), "r/0001");
    EXPECT_EQ(plan.accounts.back(), "r/0010");
    EXPECT_EQ(plan.max_output_tokens, 7);
    EXPECT_EQ(plan.span_us, 29'000'000);
}

TEST(ReplayPlan, ZipfSpreadIsUneven) {
    const Plan plan =
        make_plan(trace_of(20'000), options({"--accounts", "100", "--spread", "zipf"}), "r/");
    std::vector<int> calls(100);
    for (const PlannedCall& planned : plan.calls) {
        ++calls.at(planned.account);
    }
    // Shares 1/k over the 100th harmonic number, 5.187: 3855 and 386 expected.
    EXPECT_NEAR(calls[0], 3855, 250);
    EXPECT_NEAR(calls[9], 386, 100);
    EXPECT_GT(calls[0], 10 * calls[19]);
}

TEST(ReplayPlan, FatesHaveTheirSharesAndDependOnTheSeedAlone) {
    const auto wanted = options({"--release-share=10%", "--fail-share=0.05", "--refund-share=0.2"});
    const auto fates = [](const Plan& plan) {
        std::map<Fate, int> counts;
        for (const PlannedCall& planned : plan.calls) {
            ++counts[planned.fate];
        }
        return counts;
    };
    const Plan plan = make_plan(trace_of(20'000), wanted, "r/");
    auto counts = fates(plan);
    EXPECT_NEAR(counts[Fate::release], 2000, 200);
    EXPECT_NEAR(counts[Fate::fail], 1000, 150);
    EXPECT_NEAR(counts[Fate::refund], 4000, 300);
    const auto same = [&plan](const Plan& other) {
        return std::equal(plan.calls.begin(),
                          plan.calls.end(),
                          other.calls.begin(),
                          [](const auto& a, const auto& b) {
                              return a.fate == b.fate && a.account == b.account;
                          });
    };
    EXPECT_TRUE(same(make_plan(trace_of(20'000), wanted, "other/")));
    Options other_seed = wanted;
    other_seed.seed = 2;
    EXPECT_FALSE(same(make_plan(trace_of(20'000), other_seed, "r/")));
    EXPECT_EQ(fates(make_plan(trace_of(1000), options({}), "r/"))[Fate::settle], 1000);
    EXPECT_EQ(fates(make_plan(trace_of(1000), options({"--fail-share=1"}), "r/"))[Fate::fail],
              1000);
}

TEST(ReplayPlan, SpeedScalesTheTracesOwnTimes) {
    Trace trace = trace_of(3);
    std::swap(trace.calls[0], trace.calls[2]);
    const Plan plan = make_plan(trace, options({"--speed=4"}), "r/");
    EXPECT_EQ(plan.calls[0].due_us, 0);
    EXPECT_EQ(plan.calls[2].due_us, 500'000);
    EXPECT_EQ(plan.calls[2].call.input_tokens, 2);
    trace.calls[1].at_us.reset();
    EXPECT_THROW(make_plan(trace, options({"--speed=4"}), "r/"), UsageError);
    EXPECT_EQ(make_plan(trace, options({}), "r/").span_us, 0);
}

TEST(ReplayPlan, TracesWithAccountsKeepThem) {
    Trace trace = trace_of(3);
    trace.calls[0].account = trace.calls[2].account = "b";
    trace.calls[1].account = "a";
    const Plan plan = make_plan(trace, options({}), "r/");
    EXPECT_EQ(plan.accounts, (std::vector<std::string>{"r/b", "r/a"}));
    EXPECT_EQ(plan.calls[2].account, 0U);
    EXPECT_THROW(make_plan(trace, options({"--accounts=5"}), "r/"), UsageError);
    trace.calls[1].account.clear();
    EXPECT_THROW(make_plan(trace, options({}), "r/"), UsageError);
}

TEST(ReplayPlan, OnlyTheFirstCallsWhereLimited) {
    EXPECT_EQ(make_plan(trace_of(50), options({"--calls=20"}), "r/").calls.size(), 20U);
    EXPECT_EQ(make_plan(trace_of(5), options({"--calls=20"}), "r/").calls.size(), 5U);
}

TEST(ReplaySpread, MeanRateIsTheAverageOfTheSecondColumn) {
    EXPECT_DOUBLE_EQ(mean_rate("0,0.5,1,Gamma,1,2\n600,1.5,0,,0,0\r\n\n"), 1.0);
    EXPECT_DOUBLE_EQ(mean_rate(""), 0.0);
    EXPECT_THROW(mean_rate("0,1\n600,x\n"), std::invalid_argument);
    EXPECT_THROW(mean_rate("0,-1\n"), std::invalid_argument);
    EXPECT_THROW(mean_rate("0\n"), std::invalid_argument);
}

TEST(ReplaySpread, ArchivesOfClientsAreReadWithoutUnpacking) {
    const fs::path folder = fs::path(testing::TempDir()) / "replay_spread";
    fs::create_directories(folder / "data");
    std::ofstream(folder / "data/chunk-0-trace.csv") << "0,0.25,1,,0,0\n600,0.75,1,,0,0\n";
    std::ofstream(folder / "data/chunk-1-trace.csv") << "0,4,1,,0,0\n";
    std::ofstream(folder / "data/chunk-2-trace.csv") << "0,0,0,,0,0\n";
    std::ofstream(folder / "data/chunk-0-dataset.json") << std::string(3000, '{');
    const std::string archive = folder / "clients.tar.gz";
    ASSERT_EQ(std::system(("tar -czf '" + archive + "' -C '" + folder.string() + "' data").c_str()),
              0);
    EXPECT_EQ(servegen_weights(archive), (std::vector<double>{4.0, 0.5}));

    const Plan plan = make_plan(trace_of(9000), options({"--spread", archive}), "r/");
    EXPECT_EQ(plan.accounts.size(), 2U);
    const auto heavy = std::count_if(
        plan.calls.begin(), plan.calls.end(), [](const auto& p) { return p.account == 0; });
    EXPECT_NEAR(static_cast<double>(heavy), 8000.0, 200.0);
    EXPECT_EQ(make_plan(trace_of(10), options({"--spread", archive, "--accounts=5"}), "r/")
                  .accounts.size(),
              5U);

    std::ofstream(folder / "no.tar") << std::string(2000, 'x');
    EXPECT_THROW(servegen_weights(folder / "no.tar"), std::runtime_error);
    EXPECT_THROW(servegen_weights(folder / "absent.tar"), std::runtime_error);
    fs::resize_file(archive, fs::file_size(archive) / 2);
    EXPECT_THROW(servegen_weights(archive), std::runtime_error);
    fs::remove_all(folder);
}

TEST(ReplaySpread, RealArchivesHoldManyUnevenClients) {
    const char* data = std::getenv("PG_CREDITS_DATA");
    const fs::path traces = fs::path(data == nullptr ? "../shared/data" : data) / "traces";
    const char* const archives[] = {"servegen_language_m-small_clients.tar.gz",
                                    "servegen_reason_multimodal_clients.tar.gz"};
    if (!fs::exists(traces)) {
        GTEST_SKIP() << std::size(archives) << " archives skipped: no " << traces;
    }
    for (const char* archive : archives) {
        const std::vector<double> weights = servegen_weights(traces / archive);
        EXPECT_GT(weights.size(), 20U) << archive;
        EXPECT_GT(weights.front(), 10 * weights[weights.size() / 2]) << archive;
    }
    std::cout << std::size(archives) << " archives read\n";
}

} // namespace
} // namespace replay
