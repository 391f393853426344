// Owns the tests of signatures' headers: how they are read, and why a signature is refused.
#include "support.hpp"

#include "core/webhook_signature.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace credits::core::test {
namespace {

constexpr std::string_view right =
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
constexpr std::string_view other =
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";

// The verdict on a header, where these are the digests of the body by our secrets.
std::string_view verdict(const std::string& text,
                         std::int64_t received_at = 1000,
                         const std::vector<std::string_view>& ours = {right}) {
    TestArena arena;
    SignatureHeader header;
    const SignatureVerdict read = read_signature_header(text, arena, header);
    if (read != SignatureVerdict::accepted) {
        return name_of(read);
    }
    List<std::string_view> digests;
    for (const std::string_view digest : ours) {
        digests.push_back(arena, digest);
    }
    return name_of(judge_signature(header, digests, received_at));
}

std::string v1(std::string_view signature) {
    return ",v1=" + std::string(signature);
}

TEST(WebhookSignature, AnySignatureMayBeOfAnySecret) {
    EXPECT_EQ(verdict("t=1000" + v1(right)), "accepted");
    EXPECT_EQ(verdict("t=1000" + v1(other)), "no_matching_signature");
    EXPECT_EQ(verdict("t=1000" + v1(other) + v1(right)), "accepted");
    EXPECT_EQ(verdict("t=1000" + v1(right), 1000, {other, right}), "accepted");
    EXPECT_EQ(verdict("t=1000" + v1(right), 1000, {other}), "no_matching_signature");
    EXPECT_EQ(verdict("t=1000" + v1(right), 1000, {}), "no_matching_signature");
    EXPECT_EQ(verdict("v1=" + std::string(right) + ",t=1000"), "accepted");
}

TEST(WebhookSignature, EveryByteCounts) {
    for (std::size_t at = 0; at < right.size(); ++at) {
        std::string wrong(right);
        wrong[at] = static_cast<char>(wrong[at] ^ 1);
        EXPECT_EQ(verdict("t=1000" + v1(wrong)), "no_matching_signature") << at;
        EXPECT_EQ(verdict("t=1000" + v1(right.substr(0, at))), "no_matching_signature") << at;
    }
    EXPECT_EQ(verdict("t=1000" + v1(std::string(right) + "0")), "no_matching_signature");
    EXPECT_EQ(verdict("t=1000" + v1(" " + std::string(right))), "no_matching_signature");
}

TEST(WebhookSignature, OtherSchemesArePassedOver) {
    EXPECT_EQ(verdict("t=1000,v0=" + std::string(right)), "no_v1_signature");
    EXPECT_EQ(verdict("t=1000"), "no_v1_signature");
    EXPECT_EQ(verdict("x,=,,v0,t=1000,v2=v1=" + v1(right) + ","), "accepted");
    EXPECT_EQ(verdict("t=1000, v1=" + std::string(right)), "no_v1_signature");
}

TEST(WebhookSignature, AStampIsWholeSeconds) {
    for (const std::string stamp : {"",
                                    "t",
                                    "t=",
                                    "bad_header",
                                    "T=1000",
                                    "t=-1",
                                    "t=+1",
                                    "t= 1000",
                                    "t=1000.0",
                                    "t=1e3",
                                    "t=0x3e8",
                                    "t=1000=",
                                    "t=1000000000000000000",
                                    "t=1000,t=x"}) {
        EXPECT_EQ(verdict(stamp + v1(right)), "malformed_header") << stamp;
    }
    EXPECT_EQ(verdict("t=999999999999999999" + v1(right)), "accepted");
    EXPECT_EQ(verdict("t=x,t=1000" + v1(right)), "accepted");
}

TEST(WebhookSignature, AgeIsJudgedLast) {
    EXPECT_EQ(verdict("t=1000" + v1(right), 1300), "accepted");
    EXPECT_EQ(verdict("t=1000" + v1(right), 1301), "timestamp_too_old");
    EXPECT_EQ(verdict("t=1000" + v1(other), 1301), "no_matching_signature");
    EXPECT_EQ(verdict("t=1000" + v1(right), -1'000'000), "accepted");
    EXPECT_EQ(verdict("t=999999999999999999" + v1(right), 9'000'000'000), "accepted");
}

TEST(WebhookSignature, WhatIsSignedIsTheStampAsItCame) {
    TestArena arena;
    SignatureHeader header;
    read_signature_header("t=0001000,v1=aa,v1=,v1=b=c", arena, header);
    EXPECT_EQ(header.stamp, "0001000");
    EXPECT_EQ(header.stamped_at, 1000);
    EXPECT_EQ(std::vector<std::string_view>(header.signatures.begin(), header.signatures.end()),
              (std::vector<std::string_view>{"aa", "", "b=c"}));
}

} // namespace
} // namespace credits::core::test
