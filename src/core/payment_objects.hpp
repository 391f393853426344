// The objects that events are about: one reader for each. All facts of an object are read from it;
// none looks at the event around it.
#pragma once

#include "core/event_fields.hpp"

namespace credits::core {

// add_customer: who pays, a customer or an account in its place.
void add_customer(const Field& object, Facts& facts);

void read_subscription(const Field& object, Facts& facts);
void read_invoice(const Field& object, Facts& facts);
void read_checkout(const Field& object, Facts& facts);
void read_payment_intent(const Field& object, Facts& facts);
void read_charge(const Field& object, Facts& facts);
void read_dispute(const Field& object, Facts& facts);
void read_invoice_payment(const Field& object, Facts& facts);

} // namespace credits::core
