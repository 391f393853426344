// Owns the tests of what invoices say: which subscription, period and payment, in both shapes.
#include "payment_events.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace credits::core::test {
namespace {

// What an invoice with these members says beyond what all of these here say.
std::string facts_of_invoice(const std::string& members, const std::string& lines = "") {
    const std::string facts = facts_of(
        "invoice.paid",
        R"({"id": "in_1", "status": "paid", "amount_due": 5, "amount_paid": 4, "currency": "usd", )" +
            members + R"("lines": {"data": [)" + lines + "]}}");
    std::string rest = facts;
    for (const std::string_view part :
         {R"("object_id": "in_1", "invoice": "in_1", )",
          R"("status": "paid", )",
          R"("amount_due": 5, "amount_paid": 4, "currency": "usd", "exponent": 2, )",
          R"(, "lines": [])",
          R"("lines": [])"}) {
        const std::size_t at = rest.find(part);
        rest.erase(std::min(at, rest.size()), at == std::string::npos ? 0 : part.size());
    }
    return rest;
}

struct Case {
    const char* given;
    const char* said;
};

void expect_of_members(const std::vector<Case>& cases) {
    for (const Case& one : cases) {
        EXPECT_EQ(facts_of_invoice(std::string(one.given) + ", "), one.said) << one.given;
    }
}

void expect_of_lines(const std::vector<Case>& cases) {
    for (const Case& one : cases) {
        EXPECT_EQ(facts_of_invoice("", one.given), one.said) << one.given;
    }
}

TEST(PaymentInvoice, MembersAreFoundWhereTheyStand) {
    expect_of_members(
        {{R"("customer": {"id": "cus_1"}, "billing_reason": "manual")",
          R"({"customer": "cus_1", "billing_reason": "manual"})"},
         {R"("subscription": "sub_1", "subscription_details": {"metadata": {"account_id": "ann"}})",
          R"({"subscription": "sub_1", "subscription_metadata": {"account_id": "ann"}})"},
         {R"("subscription": {"id": "sub_1"}, "subscription_details": null)",
          R"({"subscription": "sub_1"})"},
         {
             R"("parent": {"type": "subscription_details", "quote_details": null, "subscription_details":
                {"subscription": "sub_1", "metadata": {"account_id": "ann"}}}, "metadata": {"a": "b"})",
             R"({"subscription": "sub_1", "metadata": {"a": "b"}, "subscription_metadata": {"account_id": "ann"}})"},
         {R"("parent": {"subscription_details": null})", "{}"},
         {R"("parent": null, "metadata": null)", "{}"},
         {R"("payment_intent": {"id": "pi_1"}, "charge": "ch_1")",
          R"({"payment_intent": "pi_1", "charge": "ch_1"})"},
         {R"("payments": {"data": [{"payment": {"payment_intent": "pi_1"}}]})",
          R"({"payment_intent": "pi_1"})"},
         {R"("payments": {"data": [{"status": "canceled", "payment": {"payment_intent": "pi_1"}},
                {"status": "open", "is_default": true, "payment": {"payment_intent": "pi_2"}},
                {"status": "paid", "is_default": false, "payment": {"charge": {"id": "ch_3"}}},
                {"status": "paid", "is_default": true, "payment": {"payment_intent": "pi_4"}}]})",
          R"({"charge": "ch_3"})"},
         {R"("payments": {"data": [{"status": "canceled", "payment": {"payment_intent": "pi_1"}},
                {"status": "open", "is_default": true, "payment": {"payment_intent": "pi_2"}}]})",
          R"({"payment_intent": "pi_2"})"},
         {R"("payments": {"data": []}, "payment_intent": null)", "{}"},
         {R"("next_payment_attempt": 9, "status_transitions": {"paid_at": 8})",
          R"({"next_payment_attempt": 9, "paid_at": 8})"},
         {R"("period_start": 1, "period_end": 2)", "{}"},
         {R"("payments": {"data": [{"payment": "pi_1"}]})",
          R"({"problem": "data.object.payments.data[0].payment must be an object"})"}});
}

TEST(PaymentInvoice, LinesSayWhatIsBilled) {
    expect_of_lines(
        {{R"({"amount": 5})", R"({"lines": [{"amount": 5}]})"},
         {
             R"({"amount": 5, "currency": "usd", "quantity": 2, "price": {"id": "price_1"}, "proration": false, "subscription": "sub_1",
                 "period": {"start": 1, "end": 2}})",
             R"({"period_start": 1, "period_end": 2, "lines": [{"price": "price_1", "quantity": 2, "amount": 5, "currency": "usd", )"
             R"("period_start": 1, "period_end": 2, "proration": false, "subscription": "sub_1"}]})"},
         {R"({"amount": 5, "plan": {"id": "plan_1"}, "price": null, "quantity": null})",
          R"({"lines": [{"price": "plan_1", "amount": 5}]})"},
         {
             R"({"amount": 5, "pricing": {"price_details": {"price": {"id": "price_1"}}}, "parent": {"invoice_item_details": null,
                 "subscription_item_details": {"proration": false, "subscription": {"id": "sub_1"}}}, "period": {"start": 1, "end": 2}})",
             R"({"period_start": 1, "period_end": 2, "lines": [{"price": "price_1", "amount": 5, "period_start": 1, "period_end": 2, )"
             R"("proration": false, "subscription": "sub_1"}]})"},
         // Proration is for the rest of a period that was paid before.
         {R"({"amount": -7, "parent": {"invoice_item_details": {"proration": true, "subscription": "sub_1"}}, "period": {"start": 1, "end": 9}})",
          R"({"lines": [{"amount": -7, "period_start": 1, "period_end": 9, "proration": true, "subscription": "sub_1"}]})"},
         // What is metered is billed for the period before; what is no part of the subscription for
         // none.
         {
             R"({"amount": 1, "subscription": "sub_1", "period": {"start": 1, "end": 2}}, {"amount": 2, "subscription": "sub_1", "period": {"start": 2, "end": 3}},
                {"amount": 3, "period": {"start": 3, "end": 4}})",
             R"({"period_start": 2, "period_end": 3, "lines": [{"amount": 1, "period_start": 1, "period_end": 2, "subscription": "sub_1"}, )"
             R"({"amount": 2, "period_start": 2, "period_end": 3, "subscription": "sub_1"}, {"amount": 3, "period_start": 3, "period_end": 4}]})"},
         {R"({"amount": 5}, {"amount": 5.5})",
          R"({"problem": "data.object.lines.data[1].amount must be an integer"})"},
         {R"({"amount": 5, "proration": "no"})",
          R"({"problem": "data.object.lines.data[0].proration must be true or false"})"},
         {R"({"amount": 5, "pricing": {"price_details": "price_1"}})",
          R"({"problem": "data.object.lines.data[0].pricing.price_details must be an object"})"}});
}

TEST(PaymentInvoice, LinesThatAreNotHereAreSaid) {
    EXPECT_EQ(
        facts_of(
            "invoice.payment_failed",
            R"({"id": "in_1", "status": "open", "amount_due": 5, "amount_paid": 0, "currency": "usd",
                           "lines": {"has_more": true, "data": []}})"),
        R"({"object_id": "in_1", "invoice": "in_1", "status": "open", "amount_due": 5, "amount_paid": 0, )"
        R"("currency": "usd", "exponent": 2, "lines": [], "more_lines": true})");
}

TEST(PaymentInvoice, WhatMustBeThereIsMissed) {
    EXPECT_EQ(
        facts_of("invoice.payment_succeeded",
                 R"({"id": "in_1", "status": "open", "amount_due": 5})"),
        R"({"object_id": "in_1", "invoice": "in_1", "status": "open", "amount_due": 5, "problem": "data.object.amount_paid is missing"})");
}

} // namespace
} // namespace credits::core::test
