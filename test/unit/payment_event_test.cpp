// Owns the tests of what events say, but for invoices: the envelope, subscriptions, checkouts,
// payments, refunds and disputes, and how a wrong shape is told.
#include "payment_events.hpp"

#include "core/currency.hpp"
#include "core/error.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace credits::core::test {
namespace {

struct Case {
    const char* type;
    const char* object;
    const char* facts;
};

void expect_facts(const std::vector<Case>& cases) {
    for (const Case& one : cases) {
        EXPECT_EQ(facts_of(one.type, one.object), one.facts) << one.type << " " << one.object;
    }
}

TEST(PaymentEvent, SubscriptionsSayWhatIsSubscribedTo) {
    expect_facts(
        {// Before 2025 the period was the subscription's, the price an object.
         {"customer.subscription.created",
          R"({"id": "sub_1", "customer": "cus_1", "status": "trialing", "metadata": {"account_id": "ann"},
                 "current_period_start": 10, "current_period_end": 20, "cancel_at_period_end": true, "cancel_at": 20,
                 "canceled_at": 15, "ended_at": 20, "trial_start": 10, "trial_end": 12, "start_date": 5,
                 "items": {"data": [{"id": "si_1", "price": {"id": "price_1"}, "quantity": 2}, {"id": "si_2", "plan": {"id": "plan_2"}}]}})",
          R"({"object_id": "sub_1", "subscription": "sub_1", "customer": "cus_1", "metadata": {"account_id": "ann"}, )"
          R"("status": "trialing", "cancel_at_period_end": true, "cancel_at": 20, "canceled_at": 15, "ended_at": 20, )"
          R"("trial_start": 10, "trial_end": 12, "start_date": 5, "period_start": 10, "period_end": 20, "items": [)"
          R"({"id": "si_1", "price": "price_1", "quantity": 2, "period_start": 10, "period_end": 20}, )"
          R"({"id": "si_2", "price": "plan_2", "period_start": 10, "period_end": 20}]})"},
         // Since 2025 each item has its own; the customer may be an account, and expanded.
         {"customer.subscription.updated",
          R"({"id": "sub_1", "customer": null, "customer_account": {"id": "acct_1"}, "status": "active", "trial_end": null,
                 "items": {"data": [{"id": "si_1", "price": "price_1", "quantity": 0, "current_period_start": 10, "current_period_end": 400},
                                    {"id": "si_2", "price": "price_2", "current_period_start": 12, "current_period_end": 40},
                                    {"id": "si_3", "price": "price_3", "current_period_start": 13, "current_period_end": 40}]}})",
          R"({"object_id": "sub_1", "subscription": "sub_1", "customer": "acct_1", "status": "active", "period_start": 12, )"
          R"("period_end": 40, "items": [{"id": "si_1", "price": "price_1", "quantity": 0, "period_start": 10, "period_end": 400}, )"
          R"({"id": "si_2", "price": "price_2", "period_start": 12, "period_end": 40}, )"
          R"({"id": "si_3", "price": "price_3", "period_start": 13, "period_end": 40}]})"},
         {"customer.subscription.deleted",
          R"({"id": "sub_1", "customer": {"id": "cus_1"}, "status": "canceled", "items": {"data": []}})",
          R"({"object_id": "sub_1", "subscription": "sub_1", "customer": "cus_1", "status": "canceled", "items": []})"},
         {"customer.subscription.trial_will_end",
          R"({"id": "sub_1", "status": "trialing"})",
          R"({"object_id": "sub_1", "subscription": "sub_1", "status": "trialing", "problem": "data.object.items.data is missing"})"},
         {"customer.subscription.updated",
          R"({"id": "sub_1", "status": "active", "items": {"data": [{"id": "si_1", "current_period_end": "20"}]}})",
          R"({"object_id": "sub_1", "subscription": "sub_1", "status": "active", )"
          R"("problem": "data.object.items.data[0].current_period_end must be a time in seconds"})"},
         {"customer.subscription.updated",
          R"({"id": "sub_1", "status": "active", "items": {"data": {"0": {}}}})",
          R"({"object_id": "sub_1", "subscription": "sub_1", "status": "active", "problem": "data.object.items.data must be an array"})"},
         {"customer.subscription.updated",
          R"({"id": "sub_1", "status": "active", "items": {"data": [null]}})",
          R"({"object_id": "sub_1", "subscription": "sub_1", "status": "active", "problem": "data.object.items.data[0] is missing"})"},
         {"customer.subscription.updated",
          R"({"id": "sub_1", "status": "active", "trial_end": 253402300800})",
          R"({"object_id": "sub_1", "subscription": "sub_1", "status": "active", )"
          R"("problem": "data.object.trial_end must be a time in seconds from 1970 to 9999"})"}});
}

TEST(PaymentEvent, CheckoutsSayWhoPays) {
    expect_facts(
        {{"checkout.session.completed",
          R"({"id": "cs_1", "customer": "cus_1", "payment_intent": {"id": "pi_1"}, "subscription": "sub_1", "invoice": "in_1",
                 "client_reference_id": "ann", "metadata": {"pack": "small"}, "status": "complete", "mode": "subscription",
                 "payment_status": "paid", "amount_total": 5000, "currency": "eur"})",
          R"({"object_id": "cs_1", "customer": "cus_1", "payment_intent": "pi_1", "subscription": "sub_1", "invoice": "in_1", )"
          R"("client_reference_id": "ann", "metadata": {"pack": "small"}, "status": "complete", "mode": "subscription", )"
          R"("payment_status": "paid", "amount_total": 5000, "currency": "eur", "exponent": 2})"},
         {"checkout.session.async_payment_succeeded",
          R"({"id": "cs_1", "customer": null, "mode": "payment", "payment_status": "unpaid", "amount_total": 500, "currency": "jpy"})",
          R"({"object_id": "cs_1", "mode": "payment", "payment_status": "unpaid", "amount_total": 500, "currency": "jpy", "exponent": 0})"},
         {"checkout.session.completed",
          R"({"id": "cs_1", "mode": "setup", "payment_status": "no_payment_required", "amount_total": null, "currency": null})",
          R"({"object_id": "cs_1", "mode": "setup", "payment_status": "no_payment_required"})"},
         {"checkout.session.completed",
          R"({"id": "cs_1", "mode": "payment", "payment_status": "paid", "amount_total": null})",
          R"({"object_id": "cs_1", "mode": "payment", "payment_status": "paid", "problem": "data.object.amount_total is missing"})"}});
}

TEST(PaymentEvent, PaymentsAndWhatTakesThemBack) {
    expect_facts(
        {{"payment_intent.succeeded",
          R"({"id": "pi_1", "customer": "cus_1", "latest_charge": {"id": "ch_2"}, "charges": {"data": [{"id": "ch_1"}]}, "status": "succeeded",
                 "amount": 9007199254740993, "amount_received": 9007199254740992, "currency": "KWD", "metadata": {}})",
          R"({"object_id": "pi_1", "payment_intent": "pi_1", "customer": "cus_1", "charge": "ch_2", "metadata": {}, "status": "succeeded", )"
          R"("amount": 9007199254740993, "amount_paid": 9007199254740992, "currency": "KWD", "exponent": 3})"},
         {"payment_intent.succeeded",
          R"({"id": "pi_1", "invoice": "in_1", "charges": {"data": [{"id": "ch_1"}, {"id": "ch_0"}]}, "status": "succeeded", "amount": 1, "currency": "usd"})",
          R"({"object_id": "pi_1", "payment_intent": "pi_1", "invoice": "in_1", "charge": "ch_1", "status": "succeeded", "amount": 1, "currency": "usd", "exponent": 2})"},
         {"charge.refunded",
          R"({"id": "ch_1", "invoice": "in_1", "payment_intent": "pi_1", "status": "succeeded", "amount": 2000, "amount_refunded": 2000, "refunded": true, "currency": "usd"})",
          R"({"object_id": "ch_1", "charge": "ch_1", "payment_intent": "pi_1", "invoice": "in_1", "status": "succeeded", "amount": 2000, "amount_refunded": 2000, )"
          R"("fully_refunded": true, "currency": "usd", "exponent": 2})"},
         {"charge.dispute.funds_withdrawn",
          R"({"id": "dp_1", "charge": {"id": "ch_1", "customer": "cus_1"}, "payment_intent": null, "amount": 2000, "currency": "usd", "reason": "fraudulent", "status": "lost"})",
          R"({"object_id": "dp_1", "dispute": "dp_1", "charge": "ch_1", "status": "lost", "reason": "fraudulent", "amount": 2000, "currency": "usd", "exponent": 2})"},
         {"invoice_payment.paid",
          R"({"id": "inpay_1", "invoice": {"id": "in_1"}, "payment": {"type": "payment_intent", "payment_intent": "pi_1"}, "status": "paid",
                 "status_transitions": {"paid_at": 7}, "amount_paid": 2000, "currency": "usd"})",
          R"({"object_id": "inpay_1", "invoice": "in_1", "payment_intent": "pi_1", "status": "paid", "paid_at": 7, "amount_paid": 2000, "currency": "usd", "exponent": 2})"},
         {"invoice_payment.paid",
          R"({"id": "inpay_1", "invoice": "in_1", "charge": "ch_1", "payment_intent": null, "status": "paid", "amount_paid": 2000, "currency": "usd"})",
          R"({"object_id": "inpay_1", "invoice": "in_1", "charge": "ch_1", "status": "paid", "amount_paid": 2000, "currency": "usd", "exponent": 2})"},
         {"charge.dispute.closed",
          R"({"id": "dp_1", "amount": 5})",
          R"({"object_id": "dp_1", "dispute": "dp_1", "problem": "data.object.charge is missing"})"},
         {"charge.refunded", R"({"id": 5})", R"({"problem": "data.object.id must be an id"})"},
         {"charge.refunded", "[]", R"({"problem": "data.object must be an object"})"}});
}

TEST(PaymentEvent, UpdatesNameWhatTheyChanged) {
    EXPECT_EQ(
        facts_of_body(
            R"({"id": "evt_1", "type": "charge.dispute.created", "created": 1, "livemode": false, "api_version": "v",
            "data": {"previous_attributes": {"status": null, "amount": 5}, "object":
                {"id": "dp_1", "charge": "ch_1", "amount": 5, "currency": "usd", "status": "won"}}})"),
        R"({"event_id": "evt_1", "type": "charge.dispute.created", "kind": "dispute", "created": 1, "livemode": false, )"
        R"("api_version": "v", "object_id": "dp_1", "changed": ["amount", "status"], "dispute": "dp_1", "charge": "ch_1", )"
        R"("status": "won", "amount": 5, "currency": "usd", "exponent": 2})");
}

TEST(PaymentEvent, OfOthersOnlyTheEnvelopeIsRead) {
    EXPECT_EQ(
        facts_of_body(
            R"({"id": "evt_1", "type": "invoice.created", "created": 5, "livemode": true, "data": 7})"),
        R"({"event_id": "evt_1", "type": "invoice.created", "kind": "other", "created": 5, "livemode": true})");
    EXPECT_EQ(
        facts_of_body(
            R"({"id": "evt_1", "type": "x", "created": "today", "livemode": 1, "api_version": null})"),
        R"({"event_id": "evt_1", "type": "x", "kind": "other"})");
}

TEST(PaymentEvent, WhatIsNoEventIsRefused) {
    const std::string endless(256, 'x');
    for (const auto& [body, detail] : std::vector<std::pair<std::string, std::string>>{
             {"[]", "it is JSON, but no object"},
             {R"("evt_1")", "it is JSON, but no object"},
             {"{}", "id is missing"},
             {R"({"id": null, "type": "x"})", "id is missing"},
             {R"({"id": 1, "type": "x"})", "id must be an id"},
             {R"({"id": "", "type": "x"})", "id must be an id of 1 to 255 bytes"},
             {R"({"id": ")" + endless + R"(", "type": "x"})", "id must be an id of 1 to 255 bytes"},
             {R"({"id": "evt_1"})", "type is missing"},
             {R"({"id": "evt_1", "type": true})", "type must be an id"}}) {
        try {
            ADD_FAILURE() << facts_of_body(body);
        } catch (const Error& error) {
            EXPECT_EQ(error.what(), std::string("the payload is no event")) << body;
            EXPECT_EQ(error.detail(), detail) << body;
            EXPECT_NE(error.hint(), "") << body;
        }
    }
}

TEST(Currency, HasTheDecimalsOfTheProvider) {
    for (const std::string_view code : {"BIF",
                                        "CLP",
                                        "DJF",
                                        "GNF",
                                        "JPY",
                                        "KMF",
                                        "KRW",
                                        "MGA",
                                        "PYG",
                                        "RWF",
                                        "VND",
                                        "VUV",
                                        "XAF",
                                        "XOF",
                                        "XPF",
                                        "jpy"}) {
        EXPECT_EQ(currency_exponent(code), 0) << code;
    }
    for (const std::string_view code : {"BHD", "JOD", "KWD", "OMR", "TND", "kwd", "Bhd"}) {
        EXPECT_EQ(currency_exponent(code), 3) << code;
    }
    for (const std::string_view code : {"USD", "eur", "ISK", "UGX", "HUF", "TWD", "XXX"}) {
        EXPECT_EQ(currency_exponent(code), 2) << code;
    }
    for (const std::string_view code : {"", "us", "usdc", "us1", "us ", "ü1"}) {
        EXPECT_FALSE(is_currency_code(code)) << code;
    }
    EXPECT_TRUE(is_currency_code("uSd"));
}

} // namespace
} // namespace credits::core::test
