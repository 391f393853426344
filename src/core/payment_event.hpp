// What an event of the payment provider says: the facts that matter here, the same for bodies of
// before and since 2025. Owns which events matter and where their facts stand; decides nothing.
#pragma once

#include "core/arena.hpp"
#include "core/json.hpp"

namespace credits::core {

// payment_event_facts is an object of facts; what the event does not say is left out. Times are
// seconds since 1970, amounts whole numbers of the currency's smallest unit. "kind" is what the
// event is about: subscription, invoice, checkout, payment_intent, charge, dispute,
// invoice_payment, or other, of which nothing but the envelope is read. Where the body is not as
// it must be, "problem" names the field, and facts may be missing. An invalid argument where it is
// no event at all: no object with a text as id and as type. The facts rest on the body's tree.
Json payment_event_facts(const Json& body, Arena& arena);

} // namespace credits::core
