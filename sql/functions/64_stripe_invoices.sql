-- What invoices of Stripe do: what one sells, the credits that it brings for its period, and what follows where it is
-- not paid. The rest of the events is in 64_stripe.sql.

-- A payment brings one lot, which goes back with its money; an invoice that sells more is for a person to divide.
CREATE OR REPLACE FUNCTION credits.require_one_sale(facts jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    stripe jsonb := credits.section('stripe');
    sold   text[];
BEGIN
    SELECT array_agg(DISTINCT s.what ORDER BY s.what) INTO sold
    FROM jsonb_array_elements(facts -> 'lines') n(value),
         LATERAL (VALUES ('plan ' || (stripe -> 'prices' ->> (n.value ->> 'price'))), ('pack ' || (stripe -> 'packs' ->> (n.value ->> 'price')))) s(what)
    WHERE s.what IS NOT NULL AND coalesce((n.value ->> 'amount')::numeric, 0) >= 0
      AND NOT (s.what LIKE 'plan %' AND coalesce((n.value ->> 'proration')::boolean, false));
    IF cardinality(sold) > 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('the invoice sells several things at once: %s', array_to_string(sold, ', ')),
            HINT = format('book them by credits.record_payment and credits.buy_pack, one of them under reference %s, and call credits.retry_events()', facts ->> 'object_id');
    ELSIF sold IS NULL AND (facts ->> 'more_lines')::boolean THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'the event leaves out lines of its invoice, and none of the others is of a plan or pack',
            HINT = format('book what it sells by credits.record_payment under reference %s, and call credits.retry_events()', facts ->> 'object_id');
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.require_one_sale(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.require_one_sale(jsonb) IS 'Internal: refuses (22023) an invoice that sells several plans or packs, or of which the event does not show what it sells. What an upgrade within a period is charged for belongs to its plan.';

-- What one invoice gives for its period follows from its own lines alone: the plan''s credits, for an upgrade
-- within the period what they are beyond those of the plan that it takes back.
CREATE OR REPLACE FUNCTION credits.invoice_grant(facts jsonb, usd numeric)
RETURNS TABLE (plan text, quantity integer, period_start timestamptz, period_end timestamptz, credits numeric, most numeric)
LANGUAGE sql STABLE
AS $$
    WITH line AS (
        SELECT n.value ->> 'price' AS price, coalesce((n.value ->> 'quantity')::integer, 1) AS quantity, (n.value ->> 'amount')::numeric AS amount,
               credits.event_time(n.value, 'period_start') AS period_start, credits.event_time(n.value, 'period_end') AS period_end,
               coalesce((n.value ->> 'proration')::boolean, false) AS proration, n.no
        FROM jsonb_array_elements(facts -> 'lines') WITH ORDINALITY n(value, no)
        WHERE n.value ? 'price' AND n.value ? 'period_end' AND NOT coalesce(credits.section('stripe') -> 'packs' ? (n.value ->> 'price'), false)
    ), main AS (
        SELECT l.*, credits.plan_of_price(l.price) AS plan FROM line l WHERE l.amount >= 0 ORDER BY l.period_end DESC, l.amount DESC, l.no LIMIT 1
    ), given AS (
        SELECT m.*, m.quantity * credits.plan_credits(m.plan) AS full_credits,
               CASE WHEN m.proration THEN coalesce((SELECT max(l.quantity * credits.plan_credits(credits.plan_of_price(l.price))) FROM line l WHERE l.amount < 0 AND l.proration), 0)
                    ELSE 0 END AS taken_back
        FROM main m
    )
    SELECT g.plan, g.quantity, g.period_start, g.period_end,
           least(greatest(0, g.full_credits - g.taken_back),
                 CASE WHEN n.credits_from_margin AND usd > 0 THEN credits.credits_of_cost(usd * (1 - p.margin)) END),
           greatest(g.full_credits, g.taken_back)
    FROM given g JOIN credits.plan n ON n.plan = g.plan, credits.platform p
$$;
REVOKE EXECUTE ON FUNCTION credits.invoice_grant(jsonb, numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.invoice_grant(jsonb, numeric) IS 'Internal: the plan, how many times, and the period that an invoice pays for, the credits that it gives for it (of plans with credits from_margin no more than its amount brings), and the most that all invoices of the period give. No row where it has no line of a plan. Errors: 22023 where the price of a line is no plan''s.';

CREATE OR REPLACE FUNCTION credits.on_invoice_paid(account_id text, facts jsonb) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    paid_at timestamptz := coalesce(credits.event_time(facts, 'paid_at'), credits.event_time(facts, 'created'));
    payment credits.payment_facts := credits.event_payment('subscription', facts ->> 'object_id', facts, (facts ->> 'amount_paid')::bigint, paid_at);
    given   record;
    sold    record;
BEGIN
    IF credits.knows_payment($1, payment) THEN
        RETURN 'duplicate';
    END IF;
    PERFORM credits.require_one_sale(facts);
    SELECT g.* INTO given FROM credits.invoice_grant(facts, payment.amount) g;
    IF FOUND THEN
        IF facts ? 'subscription' THEN
            PERFORM credits.keep_subscription($1, facts ->> 'subscription', facts ->> 'customer', given.plan, NULL, NULL, credits.event_time(facts, 'created'));
            PERFORM credits.follow_subscriptions($1);
        END IF;
        payment.plan := given.plan;
        payment.quantity := given.quantity;
        payment.period_start := given.period_start;
        payment.period_end := given.period_end;
        PERFORM credits.book_subscription($1, payment, given.credits, given.most, '{}');
        RETURN 'processed';
    END IF;
    SELECT credits.section('stripe') -> 'packs' ->> (n.value ->> 'price') AS pack, coalesce((n.value ->> 'quantity')::integer, 1) AS quantity INTO sold
    FROM jsonb_array_elements(facts -> 'lines') n(value) WHERE credits.section('stripe') -> 'packs' ? (n.value ->> 'price') LIMIT 1;
    IF FOUND THEN
        payment.kind := 'pack';
        payment.pack := sold.pack;
        payment.quantity := sold.quantity;
        PERFORM credits.book_pack($1, payment, '{}');
    ELSE
        payment.kind := 'other';
        PERFORM credits.book_payment($1, payment, NULL, 'other', NULL, '{}');
    END IF;
    RETURN 'processed';
END $$;
REVOKE EXECUTE ON FUNCTION credits.on_invoice_paid(text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.on_invoice_paid(text, jsonb) IS 'Internal: handles invoice.paid and invoice.payment_succeeded: one payment, whichever comes.';

CREATE OR REPLACE FUNCTION credits.on_invoice_failed(account_id text, facts jsonb) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- A first payment in vain: there is no service yet that could be taken away. One that is no subscription's is for none.
    IF facts ? 'subscription' AND facts ->> 'billing_reason' IS DISTINCT FROM 'subscription_create' THEN
        PERFORM credits.fail_licence($1, credits.event_time(facts, 'created'), format('invoice %s', facts ->> 'object_id'));
    END IF;
    RETURN 'processed';
END $$;
REVOKE EXECUTE ON FUNCTION credits.on_invoice_failed(text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.on_invoice_failed(text, jsonb) IS 'Internal: handles invoice.payment_failed: the licence''s schedule begins at the event''s own time, unless the invoice is the first of a subscription, or of none.';

CREATE OR REPLACE FUNCTION credits.on_invoice_payment(account_id text, facts jsonb) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    named text := credits.payment_named($1, facts ->> 'invoice');
BEGIN
    INSERT INTO credits.payment_key (account_id, key, reference)
    SELECT DISTINCT $1, k.key, named FROM unnest(ARRAY[facts ->> 'payment_intent', facts ->> 'charge']) k(key) WHERE k.key IS NOT NULL
    ON CONFLICT ON CONSTRAINT payment_key_pkey DO NOTHING;
    RETURN 'processed';
END $$;
REVOKE EXECUTE ON FUNCTION credits.on_invoice_payment(text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.on_invoice_payment(text, jsonb) IS 'Internal: handles invoice_payment.paid, which says by which payment intent an invoice was paid.';
