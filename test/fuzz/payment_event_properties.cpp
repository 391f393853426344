// What holds for any text as JSON, as an event of the payment provider, as a signature's header.
#include "properties.hpp"

#include "core/currency.hpp"
#include "core/payment_event.hpp"
#include "core/webhook_signature.hpp"

#include <set>
#include <string>

namespace credits::core::fuzz {

namespace {

// The text of a tree; nothing where a number has more digits than are kept.
std::optional<std::string> text_of(const Json& json) {
    try {
        return json_text(json);
    } catch (const Error& error) {
        require(error.kind() == ErrorKind::out_of_range, "only numbers cannot be written");
        return std::nullopt;
    }
}

void check_written(const Json& json, Arena& arena) {
    const std::optional<std::string> text = text_of(json);
    if (text) {
        const std::optional<Json> again = json_of(*text, arena);
        require(again && text_of(*again) == text, "JSON is read as it is written", *text);
    }
}

bool is_integer(const Json& json) {
    constexpr std::int64_t most = 999'999'999'999'999'999;
    return json.is_number() && json.number.scale == 0 && json.number.coefficient <= most &&
           json.number.coefficient >= -most;
}

void check_facts(const Json& facts) {
    std::set<std::string_view> keys;
    for (const JsonMember& fact : members_of(facts)) {
        require(keys.insert(fact.key).second, "a fact is there once", fact.key);
        require(!fact.value.is_null(), "a fact is not null", fact.key);
        require(!fact.key.starts_with("amount") || is_integer(fact.value),
                "an amount is an integer",
                fact.key);
    }
    for (const std::string_view key : {"event_id", "type", "kind"}) {
        require(keys.contains(key) && !facts.find(key)->text.empty(), "an event has names", key);
    }
    const bool is_known = facts.find("kind")->text != "other";
    require(!is_known || keys.contains("problem") || keys.contains("object_id"),
            "an event is about an object, or has a problem");
    const Json* currency = facts.find("currency");
    require(currency == nullptr ||
                facts.find("exponent")->number == Decimal{currency_exponent(currency->text), 0},
            "a currency comes with its exponent");
}

} // namespace

void check_event(std::string_view text) {
    FuzzArena arena;
    const std::optional<Json> body = json_of(text, arena);
    if (!body) {
        return;
    }
    check_written(*body, arena);
    try {
        const Json facts = payment_event_facts(*body, arena);
        check_facts(facts);
        check_written(read_json(arena, json_text(facts)), arena);
    } catch (const Error& error) {
        require(error.kind() == ErrorKind::invalid_argument, "what is no event is refused", text);
    }
}

void check_signature(std::string_view text) {
    FuzzArena arena;
    SignatureHeader header;
    const SignatureVerdict verdict = read_signature_header(text, arena, header);
    require(verdict != SignatureVerdict::accepted ||
                (!header.signatures.empty() && header.stamped_at >= 0),
            "a header that can be read has a stamp and a signature",
            text);
    if (verdict != SignatureVerdict::accepted) {
        return;
    }
    List<std::string_view> digests;
    require(judge_signature(header, digests, header.stamped_at) ==
                SignatureVerdict::no_matching_signature,
            "without a digest nothing is accepted");
    digests.push_back(arena, header.signatures.back());
    require(judge_signature(header, digests, header.stamped_at) == SignatureVerdict::accepted,
            "the right digest is accepted",
            text);
}

} // namespace credits::core::fuzz
