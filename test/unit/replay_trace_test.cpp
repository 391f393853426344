// Owns the tests of trace formats: what is read, and what is refused and how. Real traces are read
// where PG_CREDITS_DATA (or ../shared/data beside the project) has them, else skipped.
#include "replay/input_file.hpp"
#include "replay/prices.hpp"
#include "replay/trace.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace replay {
namespace {

namespace fs = std::filesystem;

class TraceFile : public testing::Test {
  protected:
    std::string write(const std::string& name, const std::string& content) {
        const fs::path path = fs::path(testing::TempDir()) / ("replay_trace_" + name);
        std::ofstream(path, std::ios::binary) << content;
        written_.push_back(path);
        return path;
    }

    std::string compressed(const std::string& name, const std::string& content) {
        const std::string path = write(name, content);
        fs::remove(path + ".gz");
        EXPECT_EQ(std::system(("gzip '" + path + "'").c_str()), 0);
        written_.push_back(path + ".gz");
        return path + ".gz";
    }

    static std::string failure(const std::string& path) {
        try {
            read_trace(path, false);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "no failure";
    }

    void TearDown() override {
        for (const fs::path& path : written_) {
            fs::remove(path);
        }
    }

  private:
    std::vector<fs::path> written_;
};

constexpr const char* azure = "TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
                              "2023-11-16 18:15:46.6805900,374,44\r\n"
                              "2023-11-16 18:15:50.9951690,396,109\r\n";

TEST_F(TraceFile, AzureIsRecognizedByItsHeader) {
    const Trace trace = read_trace(write("azure.csv", azure), false);
    EXPECT_EQ(trace.format, "Azure");
    ASSERT_EQ(trace.calls.size(), 2U);
    EXPECT_EQ(trace.calls[0].input_tokens, 374);
    EXPECT_EQ(trace.calls[1].output_tokens, 109);
    EXPECT_EQ(*trace.calls[1].at_us - *trace.calls[0].at_us, 4'314'579);
}

TEST_F(TraceFile, CompressedReadsTheSame) {
    const auto plain = read_trace(write("plain.csv", azure), false).calls;
    EXPECT_EQ(read_trace(compressed("packed.csv", azure), false).calls, plain);
}

TEST_F(TraceFile, CompressionIsRecognizedByContentNotByName) {
    const std::string packed = compressed("renamed.csv", azure);
    const std::string renamed = packed + ".csv";
    fs::rename(packed, renamed);
    EXPECT_EQ(read_trace(renamed, false).calls.size(), 2U);
    fs::remove(renamed);
}

TEST_F(TraceFile, CompressedFileCutShortIsRefused) {
    std::string rows;
    for (int i = 0; i < 5000; ++i) {
        rows += std::to_string(i * 7919 % 10007) + "," + std::to_string(i * 104729 % 1009) + "\n";
    }
    const std::string packed = compressed("short.csv", "input_tokens,output_tokens\n" + rows);
    fs::resize_file(packed, fs::file_size(packed) / 2);
    const std::string text = failure(packed);
    // Where the cut leaves half a line, that line may be noticed first.
    EXPECT_TRUE(text.find("cut short") != std::string::npos ||
                text.find(", line ") != std::string::npos)
        << text;
}

TEST_F(TraceFile, PlainCsvTakesColumnsInAnyOrder) {
    const Trace trace =
        read_trace(write("any.csv",
                         "model,output_tokens,note,account,input_tokens,provider,timestamp\n"
                         "\"m \"\"1\"\"\",5,\"a, b\",team 7,12,acme,3.25\n"),
                   false);
    ASSERT_EQ(trace.calls.size(), 1U);
    const TraceCall& call = trace.calls[0];
    EXPECT_EQ(trace.format, "plain CSV");
    EXPECT_EQ(call.model, "m \"1\"");
    EXPECT_EQ(call.account, "team 7");
    EXPECT_EQ(call.provider, "acme");
    EXPECT_EQ(call.input_tokens, 12);
    EXPECT_EQ(call.output_tokens, 5);
    EXPECT_EQ(call.at_us, 3'250'000);
}

TEST_F(TraceFile, VidurHasNoTimes) {
    const Trace trace = read_trace(
        write(
            "vidur.csv",
            "num_prefill_tokens,num_decode_tokens,num_total_tokens,pd_ratio\n3772,54,3826,69.85\n"),
        false);
    EXPECT_EQ(trace.format, "vidur");
    EXPECT_EQ(trace.calls[0].input_tokens, 3772);
    EXPECT_FALSE(trace.calls[0].at_us.has_value());
}

constexpr const char* mooncake =
    R"({"timestamp": 0, "input_length": 1500, "output_length": 7, "hash_ids": [0, 1, 2]})"
    "\n"
    R"({"timestamp": 27, "input_length": 1300, "output_length": 8, "hash_ids": [0, 1, 9]})"
    "\n"
    R"({"timestamp": 27, "input_length": 1200, "output_length": 9, "hash_ids": [5, 1, 2]})"
    "\n"
    R"({"timestamp": 30, "input_length": 1500, "output_length": 1, "hash_ids": [0, 1, 2]})"
    "\n";

TEST_F(TraceFile, MooncakePrefixesAreInputUnlessCacheReadsAreWanted) {
    const Trace trace = read_trace(write("mooncake.jsonl", mooncake), false);
    EXPECT_EQ(trace.format, "Mooncake");
    ASSERT_EQ(trace.calls.size(), 4U);
    for (const TraceCall& call : trace.calls) {
        EXPECT_EQ(call.cache_read_tokens, 0);
    }
    EXPECT_EQ(trace.calls[1].at_us, 27'000);
}

TEST_F(TraceFile, MooncakeLeadingBlocksSeenBeforeAreCacheReads) {
    const auto calls = read_trace(write("cached.jsonl", mooncake), true).calls;
    ASSERT_EQ(calls.size(), 4U);
    EXPECT_EQ(calls[0].cache_read_tokens, 0);
    EXPECT_EQ(calls[1].cache_read_tokens, 1024); // two blocks shared, the third is new
    EXPECT_EQ(calls[1].input_tokens, 276);
    EXPECT_EQ(calls[2].cache_read_tokens, 0);    // shared blocks, but not from the beginning
    EXPECT_EQ(calls[3].cache_read_tokens, 1500); // the last block is not full
    EXPECT_EQ(calls[3].input_tokens, 0);
}

TEST_F(TraceFile, WhatCannotBeReadIsRefusedWithFileAndLine) {
    const struct {
        const char* name;
        const char* content;
        const char* expected;
    } cases[] = {
        {"empty", "", "the file is empty"},
        {"header_only", "input_tokens,output_tokens\n", "there are no calls"},
        {"no_format", "a,b,c\n1,2,3\n", "line 1: this is no trace format known here"},
        {"one_column", "input_tokens,tokens\n1,2\n", "line 1: this is no trace format"},
        {"negative",
         "input_tokens,output_tokens\n1,2\n-1,2\n",
         "line 3: input_tokens must be a whole number"},
        {"fraction",
         "input_tokens,output_tokens\n1,2.5\n",
         "line 2: output_tokens must be a whole number"},
        {"blank",
         "input_tokens,output_tokens\n1,\n",
         "line 2: output_tokens must be a whole number"},
        {"huge", "input_tokens,output_tokens\n1,9007199254740993\n", "from 0 to 2^53"},
        {"beyond", "input_tokens,output_tokens\n1,99999999999999999999\n", "from 0 to 2^53"},
        {"missing", "input_tokens,output_tokens\n1\n", "line 2: output_tokens is missing"},
        {"unclosed",
         "input_tokens,output_tokens\n\"1,2\n",
         "line 2: a quotation mark is not closed"},
        {"time",
         "timestamp,input_tokens,output_tokens\nyesterday,1,2\n",
         "line 2: timestamp must look like"},
        {"json",
         "{\"timestamp\": 0, \"input_length\": 5}\n",
         "line 1: timestamp, input_length and output_length"},
        {"json_cut",
         "{\"timestamp\": 0, \"input_length\": 5\n",
         "line 1: not the JSON of a Mooncake trace"},
        {"json_minus",
         "{\"timestamp\":0,\"input_length\":-5,\"output_length\":1}\n",
         "input_length must be a whole"},
        {"json_rest",
         "{\"timestamp\":0,\"input_length\":5,\"output_length\":1} x\n",
         "behind the JSON object"},
    };

    for (const auto& one : cases) {
        const std::string text = failure(write(one.name, one.content));
        EXPECT_NE(text.find(one.expected), std::string::npos) << one.name << ": " << text;
        EXPECT_NE(text.find(std::string("replay_trace_") + one.name), std::string::npos) << text;
    }
    EXPECT_NE(failure("/nonexistent/trace.csv").find("No such file"), std::string::npos);
    EXPECT_NE(failure(testing::TempDir()).find("Is a directory"), std::string::npos);
}

TEST(Mooncake, KeysMayComeInAnyOrderAmongOthers) {
    const MooncakeLine line = read_mooncake_line(
        R"( { "x" : {"a":[1,"]}\"",null]}, "hash_ids":[],"output_length":2 ,"input_length":1,"timestamp":9, "y":true} )");
    EXPECT_EQ(line.timestamp_ms, 9);
    EXPECT_EQ(line.input_length, 1);
    EXPECT_EQ(line.output_length, 2);
    EXPECT_TRUE(line.blocks.empty());
    EXPECT_THROW(read_mooncake_line(R"({"x":)" + std::string(3000, '[')), std::invalid_argument);
}

TEST(Timestamp, CalendarTimesAndSeconds) {
    EXPECT_EQ(parse_timestamp("1970-01-02 00:00:00"), 86'400'000'000);
    EXPECT_EQ(parse_timestamp("2024-02-29T23:59:59.5Z") - parse_timestamp("2024-03-01 00:00:00"),
              -500'000);
    EXPECT_EQ(parse_timestamp("12"), 12'000'000);
    EXPECT_EQ(parse_timestamp("0.0000019"), 1);
    for (const char* wrong : {"2023-02-29 00:00:00",
                              "2023-01-01",
                              "2023-01-01 24:00:00",
                              "2023-01-01 10:00:00.",
                              "-1",
                              "1e5",
                              "",
                              "12 ",
                              "2023-01-01 10:00:00 +01"}) {
        EXPECT_THROW(parse_timestamp(wrong), std::invalid_argument) << wrong;
    }
}

fs::path real_traces() {
    const char* data = std::getenv("PG_CREDITS_DATA");
    return fs::path(data == nullptr ? "../shared/data" : data) / "traces";
}

TEST(RealTraces, CallsTokensAndExactSumsAreThePublishedOnes) {
    const struct {
        const char* file;
        const char* format;
        std::size_t calls;
        std::int64_t input;
        std::int64_t output;
        const char* usd; // at 0.15 and 0.60 USD per 1M tokens
    } cases[] = {
        {"azure_llm_2023_conv.csv.gz", "Azure", 19366, 22361870, 4088665, "5.8074795"},
        {"azure_llm_2023_code.csv.gz", "Azure", 8819, 18059974, 245896, "2.8565337"},
        {"mooncake_conversation_trace.jsonl.gz",
         "Mooncake",
         12031,
         144793823,
         4122048,
         "24.19230225"},
        {"mooncake_synthetic_trace.jsonl.gz", "Mooncake", 3993, 61194628, 595432, "9.5364534"},
    };

    if (!fs::exists(real_traces())) {
        GTEST_SKIP() << std::size(cases) << " real traces skipped: no " << real_traces();
    }
    PriceBook book;
    book.set({"", ""}, {Decimal::parse("0.15"), Decimal::parse("0.60"), Decimal::parse("0.15")});
    for (const auto& one : cases) {
        for (const bool cache_reads : {false, true}) {
            const Trace trace = read_trace(real_traces() / one.file, cache_reads);
            std::int64_t input = 0;
            std::int64_t output = 0;
            Decimal usd;
            for (const TraceCall& call : trace.calls) {
                input += call.input_tokens + call.cache_read_tokens;
                output += call.output_tokens;
                usd += book.cost(call);
            }
            EXPECT_EQ(trace.format, one.format);
            EXPECT_EQ(trace.calls.size(), one.calls) << one.file;
            EXPECT_EQ(input, one.input) << one.file;
            EXPECT_EQ(output, one.output) << one.file;
            EXPECT_EQ(usd.text(), one.usd) << one.file;
        }
    }
    std::cout << std::size(cases) << " real traces read\n";
}

} // namespace
} // namespace replay
