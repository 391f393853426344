// Facts of invoices: what is billed, for which period, and by which payment it was paid. What moved
// in 2025: the subscription to parent.subscription_details, a line's price to pricing.price_details
// and its subscription and proration to parent.*_item_details, the payment to payments.
#include "core/payment_objects.hpp"

namespace credits::core {

namespace {

Field of_line(const Field& line, std::string_view key) {
    const Field parent = line.at("parent");
    return first_of({line.at(key),
                     parent.at({"subscription_item_details", key}),
                     parent.at({"invoice_item_details", key})});
}

Json read_line(const Field& line, Arena& arena) {
    Facts facts(arena);
    facts.add_if_given(
        "price",
        first_of(
            {line.at({"pricing", "price_details", "price"}), line.at("price"), line.at("plan")}),
        &Field::id);
    facts.add_if_given("quantity", line.at("quantity"), &Field::integer);
    facts.add("amount", line.at("amount"), &Field::integer);
    facts.add_if_given("currency", line.at("currency"), &Field::currency);
    facts.add_if_given("period_start", line.at({"period", "start"}), &Field::time);
    facts.add_if_given("period_end", line.at({"period", "end"}), &Field::time);
    facts.add_if_given("proration", of_line(line, "proration"), &Field::truth);
    facts.add_if_given("subscription", of_line(line, "subscription"), &Field::id);
    return facts.object();
}

Int128 number_of(const Json& line, std::string_view key) {
    const Json* number = line.find(key);
    return number == nullptr ? -1 : number->number.coefficient;
}

bool is_of_a_period(const Json& line) {
    const Json* proration = line.find("proration");
    return line.find("subscription") != nullptr && line.find("period_start") != nullptr &&
           line.find("period_end") != nullptr && (proration == nullptr || !proration->truth);
}

// The period that is paid: that of the subscription's lines, of several the last (what is metered
// is billed for the period before). The invoice's own period is none that is paid for: it says
// since when items were collected.
void add_period(const List<Json>& lines, Facts& facts) {
    const Json* paid = nullptr;
    for (const Json& line : lines) {
        if (is_of_a_period(line) &&
            (paid == nullptr || number_of(line, "period_end") > number_of(*paid, "period_end"))) {
            paid = &line;
        }
    }
    if (paid != nullptr) {
        facts.add("period_start", *paid->find("period_start"));
        facts.add("period_end", *paid->find("period_end"));
    }
}

void read_lines(const Field& object, Facts& facts) {
    const Field lines = object.at({"lines", "data"});
    List<Json> read;
    for (std::uint32_t at = 0; at < lines.array_size(); ++at) {
        read.push_back(facts.arena(), read_line(lines.item(at), facts.arena()));
    }
    add_period(read, facts);
    facts.add_list("lines", read);
    facts.add_if_given("more_lines", object.at({"lines", "has_more"}), &Field::truth);
}

// Several payments may have been tried: one that paid counts before the one that is to be tried.
int rank_of(const Field& payment) {
    const Field status = payment.at("status");
    if (status.is_given() && status.text().text == "paid") {
        return 2;
    }
    const Field is_default = payment.at("is_default");
    return is_default.is_given() && is_default.truth().truth ? 1 : 0;
}

Field payment_of(const Field& object) {
    const Field payments = object.at({"payments", "data"});
    if (!payments.is_given() || payments.array_size() == 0) {
        return {nullptr, payments.path()};
    }
    std::uint32_t best = 0;
    for (std::uint32_t at = 1; at < payments.array_size(); ++at) {
        best = rank_of(payments.item(at)) > rank_of(payments.item(best)) ? at : best;
    }
    return payments.item(best).at("payment");
}

} // namespace

void read_invoice(const Field& object, Facts& facts) {
    const Field details = first_of(
        {object.at({"parent", "subscription_details"}), object.at("subscription_details")});
    facts.add("invoice", object, &Field::id);
    add_customer(object, facts);
    facts.add_if_given("subscription",
                       first_of({details.at("subscription"), object.at("subscription")}),
                       &Field::id);
    const Field payment = payment_of(object);
    facts.add_if_given("payment_intent",
                       first_of({payment.at("payment_intent"), object.at("payment_intent")}),
                       &Field::id);
    facts.add_if_given("charge", first_of({payment.at("charge"), object.at("charge")}), &Field::id);
    facts.add_if_given("metadata", object.at("metadata"), &Field::texts);
    facts.add_if_given("subscription_metadata", details.at("metadata"), &Field::texts);
    facts.add("status", object.at("status"), &Field::text);
    facts.add_if_given("billing_reason", object.at("billing_reason"), &Field::text);
    facts.add("amount_due", object.at("amount_due"), &Field::integer);
    facts.add("amount_paid", object.at("amount_paid"), &Field::integer);
    facts.add_currency(object.at("currency"));
    facts.add_if_given("next_payment_attempt", object.at("next_payment_attempt"), &Field::time);
    facts.add_if_given("paid_at", object.at({"status_transitions", "paid_at"}), &Field::time);
    read_lines(object, facts);
}

} // namespace credits::core
