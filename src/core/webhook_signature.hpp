// Whether a webhook's body is the sender's: the Stripe-Signature header, "t=SECONDS,v1=HEX,...".
// Owns how the header is read and the order of the reasons to refuse; computes no HMAC and asks no
// clock, both are given.
#pragma once

#include "core/arena.hpp"

#include <cstdint>
#include <string_view>

namespace credits::core {

inline constexpr std::int64_t signature_tolerance = 300; // seconds

enum class SignatureVerdict : std::uint8_t {
    accepted,
    malformed_header,
    no_v1_signature,
    no_matching_signature,
    timestamp_too_old,
};

// name_of is the verdict as programs read it.
std::string_view name_of(SignatureVerdict verdict);

// SignatureHeader views the header's text. What is signed is stamp + "." + body.
struct SignatureHeader {
    std::string_view stamp;
    std::int64_t stamped_at = 0; // seconds since 1970
    List<std::string_view> signatures;
};

// read_signature_header says malformed_header, no_v1_signature, or accepted so far. Schemes that
// are not known are passed over; of several stamps the last counts.
SignatureVerdict
read_signature_header(std::string_view text, Arena& arena, SignatureHeader& header);

// judge_signature: any signature may be that of any secret (both change places when secrets are
// rolled). The digests are lower-case hexadecimal. A stamp of the future is no reason to refuse:
// it is signed, and clocks differ.
SignatureVerdict judge_signature(const SignatureHeader& header,
                                 const List<std::string_view>& digests,
                                 std::int64_t received_at);

} // namespace credits::core
