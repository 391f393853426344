// Owns how tests of payment events make one and show its facts: as JSON, without the envelope.
#pragma once

#include "support.hpp"

#include "core/json_reader.hpp"
#include "core/payment_event.hpp"

#include <string>
#include <string_view>

namespace credits::core::test {

inline std::string facts_of_body(std::string_view body) {
    TestArena arena;
    return json_text(payment_event_facts(read_json(arena, body), arena));
}

// facts_of are the facts that an event has of its object.
inline std::string facts_of(std::string_view type, std::string_view object) {
    const std::string facts =
        facts_of_body(R"({"id": "evt_1", "created": 1, "livemode": true, "type": ")" +
                      std::string(type) + R"(", "data": {"object": )" + std::string(object) + "}}");
    const std::string_view before = R"("livemode": true)";
    const std::size_t at = facts.find(before);
    return at == std::string::npos ? facts : "{" + facts.substr(at + before.size() + 2);
}

} // namespace credits::core::test
