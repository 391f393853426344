// Signatures of webhooks. Digests are compared in constant time, and all with all, so that how long
// it takes says nothing of how much of a guess was right.
#include "core/webhook_signature.hpp"

#include <algorithm>
#include <array>

namespace credits::core {

namespace {

constexpr std::size_t stamp_digits_max = 18;

bool read_stamp(std::string_view text, std::int64_t& seconds) {
    if (text.empty() || text.size() > stamp_digits_max) {
        return false;
    }
    seconds = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return false;
        }
        seconds = seconds * 10 + (c - '0');
    }
    return true;
}

// volatile keeps the compiler from leaving the loop early.
bool is_same(std::string_view left, std::string_view right) {
    if (left.size() != right.size()) {
        return false;
    }
    volatile unsigned difference = 0;
    for (std::size_t at = 0; at < left.size(); ++at) {
        const unsigned one = static_cast<unsigned char>(left[at]);
        const unsigned other = static_cast<unsigned char>(right[at]);
        difference = difference | (one ^ other);
    }
    return difference == 0;
}

} // namespace

std::string_view name_of(SignatureVerdict verdict) {
    constexpr std::array names{std::string_view{"accepted"},
                               std::string_view{"malformed_header"},
                               std::string_view{"no_v1_signature"},
                               std::string_view{"no_matching_signature"},
                               std::string_view{"timestamp_too_old"}};
    return names[static_cast<std::size_t>(verdict)];
}

SignatureVerdict
read_signature_header(std::string_view text, Arena& arena, SignatureHeader& header) {
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        const std::string_view item = text.substr(at, end - at);
        at = end + 1;
        const std::size_t equals = std::min(item.find('='), item.size());
        const std::string_view scheme = item.substr(0, equals);
        const std::string_view value = item.substr(std::min(equals + 1, item.size()));
        if (scheme == "t") {
            header.stamp = value;
        } else if (scheme == "v1") {
            header.signatures.push_back(arena, value);
        }
    }
    if (!read_stamp(header.stamp, header.stamped_at)) {
        return SignatureVerdict::malformed_header;
    }
    return header.signatures.empty() ? SignatureVerdict::no_v1_signature
                                     : SignatureVerdict::accepted;
}

SignatureVerdict judge_signature(const SignatureHeader& header,
                                 const List<std::string_view>& digests,
                                 std::int64_t received_at) {
    unsigned matches = 0;
    for (const std::string_view digest : digests) {
        for (const std::string_view signature : header.signatures) {
            matches += is_same(digest, signature) ? 1 : 0;
        }
    }
    if (matches == 0) {
        return SignatureVerdict::no_matching_signature;
    }
    return received_at - header.stamped_at > signature_tolerance
               ? SignatureVerdict::timestamp_too_old
               : SignatureVerdict::accepted;
}

} // namespace credits::core
