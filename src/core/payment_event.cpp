// The envelope of events, and which of them are about what.
#include "core/payment_event.hpp"

#include "core/error.hpp"
#include "core/payment_objects.hpp"

#include <algorithm>
#include <array>

namespace credits::core {

namespace {

struct Kind {
    std::string_view name;
    void (*read)(const Field&, Facts&);
};

constexpr Kind subscription{"subscription", read_subscription};
constexpr Kind invoice{"invoice", read_invoice};
constexpr Kind checkout{"checkout", read_checkout};
constexpr Kind payment_intent{"payment_intent", read_payment_intent};
constexpr Kind charge{"charge", read_charge};
constexpr Kind dispute{"dispute", read_dispute};
constexpr Kind invoice_payment{"invoice_payment", read_invoice_payment};

struct EventType {
    std::string_view type;
    Kind kind;
};

constexpr std::array event_types{
    EventType{"customer.subscription.created", subscription},
    EventType{"customer.subscription.updated", subscription},
    EventType{"customer.subscription.deleted", subscription},
    EventType{"customer.subscription.trial_will_end", subscription},
    EventType{"invoice.paid", invoice},
    EventType{"invoice.payment_succeeded", invoice},
    EventType{"invoice.payment_failed", invoice},
    EventType{"checkout.session.completed", checkout},
    EventType{"checkout.session.async_payment_succeeded", checkout},
    EventType{"payment_intent.succeeded", payment_intent},
    EventType{"charge.refunded", charge},
    EventType{"charge.dispute.created", dispute},
    EventType{"charge.dispute.closed", dispute},
    EventType{"charge.dispute.funds_withdrawn", dispute},
    EventType{"charge.dispute.funds_reinstated", dispute},
    EventType{"invoice_payment.paid", invoice_payment},
};

// Which fields an update changed, by name.
void add_changed(const Field& event, Facts& facts) {
    const Field previous = event.at({"data", "previous_attributes"});
    if (!previous.is_given()) {
        return;
    }
    List<Json> names;
    for (const JsonMember& member : members_of(previous.object())) {
        Json name;
        name.kind = JsonKind::string;
        name.text = member.key;
        names.push_back(facts.arena(), name);
    }
    std::sort(names.begin(), names.end(), [](const Json& left, const Json& right) {
        return left.text < right.text;
    });
    facts.add_list("changed", names);
}

void read_event(const Field& event, const Kind& kind, Facts& facts) {
    facts.add("created", event.at("created"), &Field::time);
    facts.add("livemode", event.at("livemode"), &Field::truth);
    facts.add_if_given("api_version", event.at("api_version"), &Field::text);
    const Field object = event.at({"data", "object"});
    (void)object.object();
    facts.add("object_id", object, &Field::id);
    add_changed(event, facts);
    kind.read(object, facts);
}

// An event that is only noted may have any shape; those of another version of the API do.
void read_other_event(const Json& body, Facts& facts) {
    const Field event(&body, "");
    const auto add = [&](std::string_view key, Read read) {
        try {
            facts.add(key, event.at(key), read);
        } catch (const Error&) {
            // what is something else is left out
        }
    };
    add("created", &Field::time);
    add("livemode", &Field::truth);
    add("api_version", &Field::text);
}

// An event without them cannot be stored, not even as failed.
void check_names(const Field& event) {
    try {
        (void)event.at("id").id();
        (void)event.at("type").id();
    } catch (const Error& error) {
        throw_invalid("the payload is no event",
                      error.what(),
                      "send events of the payment provider here, and nothing else");
    }
}

} // namespace

Json payment_event_facts(const Json& body, Arena& arena) {
    if (!body.is_object()) {
        throw_invalid("the payload is no event",
                      "it is JSON, but no object",
                      "send events of the payment provider here, and nothing else");
    }
    const Field event(&body, "");
    check_names(event);
    Facts facts(arena);
    facts.add("event_id", event.at("id"), &Field::id);
    facts.add("type", event.at("type"), &Field::id);
    const std::string_view type = event.at("type").id().text;
    const auto* known = std::find_if(event_types.begin(),
                                     event_types.end(),
                                     [&](const EventType& one) { return one.type == type; });
    if (known == event_types.end()) {
        facts.add_text("kind", "other");
        read_other_event(body, facts);
        return facts.object();
    }
    facts.add_text("kind", known->kind.name);
    try {
        read_event(event, known->kind, facts);
    } catch (const Error& problem) {
        facts.add_text("problem", problem.what());
    }
    return facts.object();
}

} // namespace credits::core
