// Facts of everything but invoices: subscriptions, checkouts, payments, refunds, disputes.
#include "core/payment_objects.hpp"

namespace credits::core {

namespace {

// A period of the subscription itself (before 2025) or of one of its items (since).
struct Period {
    Field start;
    Field end;
};

Period period_of(const Field& field) {
    return {field.at("current_period_start"), field.at("current_period_end")};
}

Period or_else(const Period& one, const Period& other) {
    return {first_of({one.start, other.start}), first_of({one.end, other.end})};
}

Json read_item(const Field& item, const Period& period, Arena& arena) {
    Facts facts(arena);
    facts.add("id", item, &Field::id);
    facts.add_if_given("price", first_of({item.at("price"), item.at("plan")}), &Field::id);
    facts.add_if_given("quantity", item.at("quantity"), &Field::integer);
    facts.add_if_given("period_start", period.start, &Field::time);
    facts.add_if_given("period_end", period.end, &Field::time);
    return facts.object();
}

bool ends_before(const Period& one, const Period& other) {
    return one.end.is_given() && (!other.end.is_given() || one.end.time().number.coefficient <
                                                               other.end.time().number.coefficient);
}

// Items may have periods of their own; the subscription's is that which ends first.
void read_items(const Field& object, Facts& facts) {
    const Field items = object.at({"items", "data"});
    const Period own = period_of(object);
    Period first = own;
    List<Json> read;
    for (std::uint32_t at = 0; at < items.array_size(); ++at) {
        const Period period = or_else(period_of(items.item(at)), own);
        read.push_back(facts.arena(), read_item(items.item(at), period, facts.arena()));
        first = !own.end.is_given() && ends_before(period, first) ? period : first;
    }
    facts.add_if_given("period_start", first.start, &Field::time);
    facts.add_if_given("period_end", first.end, &Field::time);
    facts.add_list("items", read);
}

} // namespace

void add_customer(const Field& object, Facts& facts) {
    facts.add_if_given(
        "customer", first_of({object.at("customer"), object.at("customer_account")}), &Field::id);
}

void read_subscription(const Field& object, Facts& facts) {
    facts.add("subscription", object, &Field::id);
    add_customer(object, facts);
    facts.add_if_given("metadata", object.at("metadata"), &Field::texts);
    facts.add("status", object.at("status"), &Field::text);
    facts.add_if_given("cancel_at_period_end", object.at("cancel_at_period_end"), &Field::truth);
    for (const std::string_view key :
         {"cancel_at", "canceled_at", "ended_at", "trial_start", "trial_end", "start_date"}) {
        facts.add_if_given(key, object.at(key), &Field::time);
    }
    read_items(object, facts);
}

void read_checkout(const Field& object, Facts& facts) {
    add_customer(object, facts);
    for (const std::string_view key : {"payment_intent", "subscription", "invoice"}) {
        facts.add_if_given(key, object.at(key), &Field::id);
    }
    facts.add_if_given("client_reference_id", object.at("client_reference_id"), &Field::text);
    facts.add_if_given("metadata", object.at("metadata"), &Field::texts);
    facts.add_if_given("status", object.at("status"), &Field::text);
    facts.add("mode", object.at("mode"), &Field::text);
    facts.add("payment_status", object.at("payment_status"), &Field::text);
    // Only a session that sets up a way to pay, and takes nothing yet, has no amount.
    if (object.at("mode").text().text != "setup" || object.at("amount_total").is_given()) {
        facts.add("amount_total", object.at("amount_total"), &Field::integer);
        facts.add_currency(object.at("currency"));
    }
}

void read_payment_intent(const Field& object, Facts& facts) {
    facts.add("payment_intent", object, &Field::id);
    add_customer(object, facts);
    facts.add_if_given("invoice", object.at("invoice"), &Field::id);
    // Until 2022 the charges themselves stood here, the latest first.
    const Field charges = object.at({"charges", "data"});
    const bool embedded = charges.is_given() && charges.array_size() > 0;
    const Field latest = object.at("latest_charge");
    facts.add_if_given(
        "charge", embedded ? first_of({latest, charges.item(0)}) : latest, &Field::id);
    facts.add_if_given("metadata", object.at("metadata"), &Field::texts);
    facts.add("status", object.at("status"), &Field::text);
    facts.add("amount", object.at("amount"), &Field::integer);
    facts.add_if_given("amount_paid", object.at("amount_received"), &Field::integer);
    facts.add_currency(object.at("currency"));
}

void read_charge(const Field& object, Facts& facts) {
    facts.add("charge", object, &Field::id);
    add_customer(object, facts);
    for (const std::string_view key : {"payment_intent", "invoice"}) {
        facts.add_if_given(key, object.at(key), &Field::id);
    }
    facts.add_if_given("charged_at", object.at("created"), &Field::time);
    facts.add_if_given("metadata", object.at("metadata"), &Field::texts);
    facts.add_if_given("status", object.at("status"), &Field::text);
    facts.add("amount", object.at("amount"), &Field::integer);
    facts.add("amount_refunded", object.at("amount_refunded"), &Field::integer);
    facts.add_if_given("fully_refunded", object.at("refunded"), &Field::truth);
    facts.add_currency(object.at("currency"));
}

void read_dispute(const Field& object, Facts& facts) {
    facts.add("dispute", object, &Field::id);
    facts.add("charge", object.at("charge"), &Field::id);
    facts.add_if_given("payment_intent", object.at("payment_intent"), &Field::id);
    facts.add_if_given("metadata", object.at("metadata"), &Field::texts);
    facts.add("status", object.at("status"), &Field::text);
    facts.add_if_given("reason", object.at("reason"), &Field::text);
    facts.add("amount", object.at("amount"), &Field::integer);
    facts.add_currency(object.at("currency"));
}

void read_invoice_payment(const Field& object, Facts& facts) {
    facts.add("invoice", object.at("invoice"), &Field::id);
    const Field payment = object.at("payment");
    facts.add_if_given("payment_intent",
                       first_of({payment.at("payment_intent"), object.at("payment_intent")}),
                       &Field::id);
    facts.add_if_given("charge", first_of({payment.at("charge"), object.at("charge")}), &Field::id);
    facts.add("status", object.at("status"), &Field::text);
    facts.add_if_given("paid_at", object.at({"status_transitions", "paid_at"}), &Field::time);
    facts.add("amount_paid", object.at("amount_paid"), &Field::integer);
    facts.add_currency(object.at("currency"));
}

} // namespace credits::core
