-- What events of Stripe do: one handler for each kind of object. Each leaves the same state behind whatever
-- the order in which events come: what is kept of an object is what its latest event said, payments are known
-- by all their ids, and refunds and disputes count by what they come to in all.
--
-- SQL functions without a search_path of their own are called below functions that set it, and become part of
-- their plans.

CREATE OR REPLACE FUNCTION credits.event_usd(facts jsonb, smallest bigint, moment timestamptz) RETURNS numeric
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    code text := upper(facts ->> 'currency');
    rate numeric := 1;
BEGIN
    IF smallest IS NULL OR code IS NULL OR facts ->> 'exponent' IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'the event names no amount in a currency', HINT = 'see its payload in credits.payment_event';
    END IF;
    IF smallest < 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('the event''s amount is below zero: %s', smallest), HINT = 'see its payload in credits.payment_event';
    END IF;
    IF code <> 'USD' THEN
        SELECT (r.value ->> 'usd')::numeric INTO rate FROM jsonb_array_elements(credits.section('fx')) r(value)
        WHERE r.value ->> 'currency' = code AND coalesce((r.value ->> 'from')::timestamptz, '-infinity') <= moment
        ORDER BY coalesce((r.value ->> 'from')::timestamptz, '-infinity') DESC LIMIT 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('there is no rate for %s', code), DETAIL = format('of %s', moment),
                HINT = format('configure fx, as in {"fx": [{"currency": "%s", "usd": "1.08", "from": "2026-01-01"}]}, and call credits.retry_events()', code);
        END IF;
    END IF;
    RETURN trim_scale(smallest * (10::numeric ^ -(facts ->> 'exponent')::integer) * rate);
END $$;
REVOKE EXECUTE ON FUNCTION credits.event_usd(jsonb, bigint, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.event_usd(jsonb, bigint, timestamptz) IS 'Internal: USD of an amount in the smallest unit of an event''s currency, by the rate of its time. Errors: 22023 where there is no rate.';

CREATE OR REPLACE FUNCTION credits.event_time(facts jsonb, key text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE
AS $$ SELECT to_timestamp((facts ->> key)::bigint) $$;
REVOKE EXECUTE ON FUNCTION credits.event_time(jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.event_time(jsonb, text) IS 'Internal: a time of an event; null where it has none.';

CREATE OR REPLACE FUNCTION credits.plan_of_price(price text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    plan text := credits.section('stripe') -> 'prices' ->> price;
BEGIN
    IF plan IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('no plan has price %s', coalesce(price, 'null')),
            HINT = format('configure {"stripe": {"prices": {"%s": "PLAN"}}}, and call credits.retry_events()', price);
    END IF;
    RETURN plan;
END $$;
REVOKE EXECUTE ON FUNCTION credits.plan_of_price(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.plan_of_price(text) IS 'Internal: the plan of a price of Stripe, by stripe.prices. Errors: 22023 where none is configured.';

CREATE FUNCTION credits.credits_of_cost(usd numeric) RETURNS numeric
AS 'MODULE_PATHNAME', 'credits_credits_of_cost' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits.credits_of_cost(numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.credits_of_cost(numeric) IS 'Internal: credits that buy so much provider cost (USD), rounded by the unit''s rule.';

CREATE OR REPLACE FUNCTION credits.plan_credits(plan text) RETURNS numeric
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (SELECT CASE WHEN n.credits_from_margin THEN credits.credits_of_cost(n.price * (1 - p.margin)) ELSE coalesce(n.credits, 0) END
            FROM credits.plan n, credits.platform p WHERE n.plan = $1);
END $$;
REVOKE EXECUTE ON FUNCTION credits.plan_credits(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.plan_credits(text) IS 'Internal: credits of one period of a plan.';

CREATE OR REPLACE FUNCTION credits.keep_subscription(account_id text, subscription text, customer text, plan text, status text, cancels boolean, as_of timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- An invoice may be told, or paid, long after its plan was left: where the subscription's own events name a plan, they rule.
    INSERT INTO credits.subscription AS s (account_id, subscription, customer, plan, plan_as_of, status, status_as_of, cancel_at_period_end)
    VALUES ($1, $2, $3, $4, CASE WHEN $4 IS NULL THEN NULL WHEN $5 IS NULL THEN $7 - interval '1000 years' ELSE $7 END, $5, CASE WHEN $5 IS NOT NULL THEN $7 END, coalesce($6, false))
    ON CONFLICT ON CONSTRAINT subscription_pkey DO UPDATE
    SET customer = coalesce(excluded.customer, s.customer),
        plan = CASE WHEN excluded.plan_as_of > s.plan_as_of OR s.plan_as_of IS NULL THEN coalesce(excluded.plan, s.plan)
                    WHEN excluded.plan_as_of = s.plan_as_of THEN greatest(s.plan, excluded.plan) ELSE s.plan END,
        plan_as_of = greatest(s.plan_as_of, excluded.plan_as_of),
        status = CASE WHEN s.status_as_of IS NULL OR excluded.status_as_of > s.status_as_of THEN coalesce(excluded.status, s.status) ELSE s.status END,
        cancel_at_period_end = CASE WHEN excluded.status_as_of > s.status_as_of OR (s.status_as_of IS NULL AND excluded.status_as_of IS NOT NULL) THEN excluded.cancel_at_period_end
                                    WHEN excluded.status_as_of = s.status_as_of THEN s.cancel_at_period_end OR excluded.cancel_at_period_end ELSE s.cancel_at_period_end END,
        status_as_of = greatest(s.status_as_of, excluded.status_as_of);
END $$;
REVOKE EXECUTE ON FUNCTION credits.keep_subscription(text, text, text, text, text, boolean, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.keep_subscription(text, text, text, text, text, boolean, timestamptz) IS 'Internal: what is known of a subscription after an event of a time: the latest that says something of it counts (as_of; the order within a second is subscription_time''s). plan, status: null = the event says nothing of it; without a status it is no event of the subscription itself, and its plan counts only until one of those names one.';

-- Times of events are whole seconds, within which a subscription is often created and becomes active.
CREATE OR REPLACE FUNCTION credits.subscription_time(type text, status text, created timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE
AS $$
    SELECT created + interval '1 microsecond' * (CASE type WHEN 'customer.subscription.created' THEN 0 WHEN 'customer.subscription.deleted' THEN 20 ELSE 10 END
        + coalesce(array_position(ARRAY['incomplete', 'trialing', 'active', 'past_due', 'unpaid', 'paused', 'incomplete_expired', 'canceled'], status), 0))
$$;
REVOKE EXECUTE ON FUNCTION credits.subscription_time(text, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.subscription_time(text, text, timestamptz) IS 'Internal: when a subscription''s event was, with microseconds that put those of one second in the order of a subscription''s life.';

CREATE OR REPLACE FUNCTION credits.follow_subscriptions(account_id text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ruling       record;
    present      record;
    default_plan text := (SELECT p.default_plan FROM credits.platform p);
BEGIN
    SELECT w.plan, a.pending_plan, w.status INTO present FROM credits.wallet w JOIN credits.account a ON a.account_id = w.account_id WHERE w.account_id = $1;
    IF present.status = 'closed' THEN
        RETURN;
    END IF;
    SELECT s.plan, s.cancel_at_period_end INTO ruling FROM credits.subscription s
    WHERE s.account_id = $1 AND s.plan IS NOT NULL AND coalesce(s.status, 'active') IN ('active', 'trialing', 'past_due', 'unpaid')
    ORDER BY s.plan_as_of DESC, s.subscription DESC LIMIT 1;
    IF NOT FOUND THEN
        -- The plan of a subscription ends with it; one that was set otherwise stays.
        IF default_plan IS NOT NULL AND present.plan IS DISTINCT FROM default_plan
           AND EXISTS (SELECT FROM credits.subscription s WHERE s.account_id = $1 AND s.plan = present.plan) THEN
            PERFORM credits.change_plan($1, default_plan, 'now');
        END IF;
        RETURN;
    END IF;
    IF present.plan IS DISTINCT FROM ruling.plan OR (present.pending_plan IS NOT NULL AND NOT ruling.cancel_at_period_end) THEN
        PERFORM credits.change_plan($1, ruling.plan, 'now');
    END IF;
    IF ruling.cancel_at_period_end AND default_plan <> ruling.plan AND present.pending_plan IS DISTINCT FROM default_plan THEN
        PERFORM credits.change_plan($1, default_plan, 'period_end');
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.follow_subscriptions(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.follow_subscriptions(text) IS 'Internal: brings an account to the plan of its subscription, or, where that has ended, to the default plan; a subscription that ends with its period leaves the default plan to come.';

CREATE OR REPLACE FUNCTION credits.on_subscription(account_id text, type text, facts jsonb) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    is_over boolean := type = 'customer.subscription.deleted' OR facts ->> 'status' IN ('canceled', 'incomplete_expired');
BEGIN
    PERFORM credits.keep_subscription($1, facts ->> 'subscription', facts ->> 'customer',
        CASE WHEN NOT is_over THEN credits.plan_of_price(coalesce(
            (SELECT i.value ->> 'price' FROM jsonb_array_elements(facts -> 'items') WITH ORDINALITY i(value, no)
             WHERE credits.section('stripe') -> 'prices' ? (i.value ->> 'price') ORDER BY i.no LIMIT 1), facts #>> '{items,0,price}')) END,
        CASE WHEN is_over THEN 'canceled' ELSE facts ->> 'status' END, (facts ->> 'cancel_at_period_end')::boolean OR coalesce((facts ->> 'cancel_at')::bigint <= (facts ->> 'period_end')::bigint, false),
        credits.subscription_time(type, facts ->> 'status', credits.event_time(facts, 'created')));
    PERFORM credits.follow_subscriptions($1);
    RETURN 'processed';
END $$;
REVOKE EXECUTE ON FUNCTION credits.on_subscription(text, text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.on_subscription(text, text, jsonb) IS 'Internal: handles customer.subscription.created, updated, deleted and trial_will_end.';

CREATE OR REPLACE FUNCTION credits.event_payment(kind text, reference text, facts jsonb, smallest bigint, paid_at timestamptz) RETURNS credits.payment_facts
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    payment credits.payment_facts;
BEGIN
    payment.kind := kind;
    payment.reference := reference;
    payment.amount := credits.event_usd(facts, smallest, paid_at);
    payment.fee := credits.payment_fee(kind, payment.amount);
    payment.currency := upper(facts ->> 'currency');
    payment.currency_amount := smallest;
    payment.paid_at := paid_at;
    payment.keys := array_remove(ARRAY[facts ->> 'object_id', facts ->> 'invoice', facts ->> 'payment_intent', facts ->> 'charge'], NULL);
    RETURN payment;
END $$;
REVOKE EXECUTE ON FUNCTION credits.event_payment(text, text, jsonb, bigint, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.event_payment(text, text, jsonb, bigint, timestamptz) IS 'Internal: the facts of a payment out of those of an event.';

CREATE OR REPLACE FUNCTION credits.knows_payment(account_id text, payment credits.payment_facts) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reference text;
BEGIN
    SELECT k.reference INTO reference FROM credits.payment_key k WHERE k.account_id = $1 AND k.key = ANY (payment.keys || payment.reference) LIMIT 1;
    IF FOUND THEN
        INSERT INTO credits.payment_key (account_id, key, reference) SELECT DISTINCT $1, k.key, reference FROM unnest(payment.keys) k(key)
        ON CONFLICT ON CONSTRAINT payment_key_pkey DO NOTHING;
    END IF;
    RETURN reference IS NOT NULL;
END $$;
REVOKE EXECUTE ON FUNCTION credits.knows_payment(text, credits.payment_facts) FROM PUBLIC;
COMMENT ON FUNCTION credits.knows_payment(text, credits.payment_facts) IS 'Internal: whether a payment is booked already, by any of its ids; those that are new are kept.';

CREATE OR REPLACE FUNCTION credits.on_pack_paid(account_id text, facts jsonb, smallest bigint) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    payment credits.payment_facts := credits.event_payment('pack', coalesce(facts ->> 'payment_intent', facts ->> 'object_id'), facts, smallest, credits.event_time(facts, 'created'));
BEGIN
    IF credits.knows_payment($1, payment) THEN
        RETURN 'duplicate';
    END IF;
    SELECT p.pack, p.quantity INTO payment.pack, payment.quantity FROM credits.pack_of_payment(payment.amount, facts -> 'metadata') p;
    PERFORM credits.book_pack($1, payment, '{}');
    RETURN 'processed';
END $$;
REVOKE EXECUTE ON FUNCTION credits.on_pack_paid(text, jsonb, bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.on_pack_paid(text, jsonb, bigint) IS 'Internal: a checkout session or payment intent by which packs were paid.';

CREATE OR REPLACE FUNCTION credits.on_plan_paid(account_id text, facts jsonb) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    payment credits.payment_facts := credits.event_payment('subscription', coalesce(facts ->> 'payment_intent', facts ->> 'object_id'), facts, (facts ->> 'amount_total')::bigint, credits.event_time(facts, 'created'));
BEGIN
    IF credits.knows_payment($1, payment) THEN
        RETURN 'duplicate';
    END IF;
    payment.plan := facts #>> '{metadata,plan}';
    IF payment.plan IS DISTINCT FROM (SELECT b.plan FROM credits.balance($1) b) THEN
        PERFORM credits.change_plan($1, payment.plan, 'now');
    END IF;
    PERFORM credits.book_subscription($1, payment, NULL, NULL, '{}');
    RETURN 'processed';
END $$;
REVOKE EXECUTE ON FUNCTION credits.on_plan_paid(text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.on_plan_paid(text, jsonb) IS 'Internal: a checkout session by which a plan without an interval was paid.';

CREATE OR REPLACE FUNCTION credits.on_checkout(account_id text, facts jsonb) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF facts ->> 'mode' = 'subscription' AND facts ? 'subscription' AND facts -> 'metadata' ? 'plan'
       AND EXISTS (SELECT FROM credits.plan p WHERE p.plan = facts #>> '{metadata,plan}') THEN
        PERFORM credits.keep_subscription($1, facts ->> 'subscription', facts ->> 'customer', facts #>> '{metadata,plan}', NULL, NULL, credits.event_time(facts, 'created'));
        PERFORM credits.follow_subscriptions($1);
    ELSIF facts ->> 'mode' = 'payment' AND facts ->> 'payment_status' IN ('paid', 'no_payment_required') THEN
        IF facts -> 'metadata' ? 'plan' AND NOT facts -> 'metadata' ? 'pack' THEN
            RETURN credits.on_plan_paid($1, facts);
        END IF;
        RETURN credits.on_pack_paid($1, facts, (facts ->> 'amount_total')::bigint);
    END IF;
    RETURN 'processed';
END $$;
REVOKE EXECUTE ON FUNCTION credits.on_checkout(text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.on_checkout(text, jsonb) IS 'Internal: handles checkout.session.completed and async_payment_succeeded: a pack that was paid, or the link of customer, subscription and plan; its invoice pays for the plan.';

CREATE OR REPLACE FUNCTION credits.is_handled(type text, facts jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT type IN ('customer.subscription.created', 'customer.subscription.updated', 'customer.subscription.deleted', 'customer.subscription.trial_will_end',
                    'invoice.paid', 'invoice.payment_succeeded', 'invoice.payment_failed', 'invoice_payment.paid',
                    'checkout.session.completed', 'checkout.session.async_payment_succeeded', 'charge.refunded', 'charge.dispute.created', 'charge.dispute.closed',
                    'charge.dispute.funds_withdrawn', 'charge.dispute.funds_reinstated')
        -- An intent that names no pack is that of an invoice or a checkout session, whose own events say what was paid.
        OR type = 'payment_intent.succeeded' AND coalesce(facts -> 'metadata' ? 'pack', false)
$$;
REVOKE EXECUTE ON FUNCTION credits.is_handled(text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.is_handled(text, jsonb) IS 'Internal: whether an event does anything; others are kept as ignored.';

CREATE OR REPLACE FUNCTION credits.apply_event(type text, facts jsonb) RETURNS TABLE (status text, account_id text, remark text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account text;
    outcome text;
BEGIN
    IF facts ? 'problem' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = facts ->> 'problem', HINT = 'see its payload in credits.payment_event';
    ELSIF NOT credits.is_handled($1, facts) THEN
        RETURN QUERY SELECT 'ignored', NULL::text, NULL::text;
        RETURN;
    ELSIF (facts ->> 'livemode')::boolean IS DISTINCT FROM coalesce((credits.section('stripe') ->> 'livemode')::boolean, true) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('the event is of %s mode', CASE WHEN (facts ->> 'livemode')::boolean THEN 'live' ELSE 'test' END),
            HINT = CASE WHEN (facts ->> 'livemode')::boolean THEN 'stripe.livemode is configured as false: only events of test mode count' ELSE 'stripe.livemode is true: only events of live mode count; configure false in a test database' END;
    END IF;
    account := credits.event_account(facts);
    IF facts ? 'customer' THEN
        INSERT INTO credits.payment_customer (customer, account_id, linked_at) VALUES (facts ->> 'customer', account, credits.now()) ON CONFLICT ON CONSTRAINT payment_customer_pkey DO NOTHING;
    END IF;
    PERFORM credits.lock_payer(account);
    outcome := CASE
        WHEN $1 LIKE 'customer.subscription.%' THEN credits.on_subscription(account, $1, facts)
        WHEN $1 IN ('invoice.paid', 'invoice.payment_succeeded') THEN credits.on_invoice_paid(account, facts)
        WHEN $1 = 'invoice.payment_failed' THEN credits.on_invoice_failed(account, facts)
        WHEN $1 = 'invoice_payment.paid' THEN credits.on_invoice_payment(account, facts)
        WHEN $1 LIKE 'checkout.session.%' THEN credits.on_checkout(account, facts)
        WHEN $1 = 'payment_intent.succeeded' THEN credits.on_pack_paid(account, facts, coalesce(facts ->> 'amount_paid', facts ->> 'amount')::bigint)
        WHEN $1 = 'charge.refunded' THEN credits.on_refund(account, facts)
        ELSE credits.on_dispute(account, $1, facts) END;
    RETURN QUERY SELECT outcome, account, NULL::text;
END $$;
REVOKE EXECUTE ON FUNCTION credits.apply_event(text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.apply_event(text, jsonb) IS 'Internal: does what an event says. Result: one row: status (processed, ignored, duplicate), account_id, remark. Errors: whatever keeps it from going through.';
