-- Payments that the application tells of. Each is idempotent on its reference and locks the account's wallet row.

CREATE OR REPLACE FUNCTION credits.own_payment(kind text, reference text, amount numeric, fee numeric) RETURNS credits.payment_facts
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    payment credits.payment_facts;
BEGIN
    payment.kind := kind;
    payment.reference := reference;
    payment.amount := trim_scale(amount);
    payment.fee := coalesce(fee, credits.payment_fee(kind, amount));
    payment.paid_at := credits.now();
    RETURN payment;
END $$;
REVOKE EXECUTE ON FUNCTION credits.own_payment(text, text, numeric, numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.own_payment(text, text, numeric, numeric) IS 'Internal: the facts of a payment in USD that was made now.';

CREATE OR REPLACE FUNCTION credits.booked_payment(account_id text, reference text, kind text, pack text, quantity integer, amount numeric, fee numeric) RETURNS credits.receipt
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    payment credits.payment;
BEGIN
    SELECT p.* INTO payment FROM credits.payment_key k JOIN credits.payment p ON p.account_id = k.account_id AND p.reference = k.reference
    WHERE k.account_id = $1 AND k.key = $2;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF payment.kind <> $3 THEN
        PERFORM credits.refuse_reuse('payment', $2, 'kind');
    ELSIF payment.amount <> $6 THEN
        PERFORM credits.refuse_reuse('payment', $2, 'amount');
    ELSIF payment.pack <> $4 THEN
        PERFORM credits.refuse_reuse('payment', $2, 'pack');
    ELSIF payment.quantity <> $5 THEN
        PERFORM credits.refuse_reuse('payment', $2, 'quantity');
    ELSIF payment.fee <> $7 THEN
        PERFORM credits.refuse_reuse('payment', $2, 'fee');
    END IF;
    RETURN credits.entry_receipt($1, payment.entry_no);
END $$;
REVOKE EXECUTE ON FUNCTION credits.booked_payment(text, text, text, text, integer, numeric, numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.booked_payment(text, text, text, text, integer, numeric, numeric) IS 'Internal: the receipt of a payment that was booked before under its reference or another id of it; null where none was. pack, quantity, amount, fee: null = not compared. Errors: PT409 where it was another payment.';

CREATE OR REPLACE FUNCTION credits.pack_hint() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT coalesce('packs are ' || string_agg(k.key, ', ' ORDER BY k.key), 'credits.configure adds packs') FROM jsonb_object_keys(credits.section('packs')) k(key) $$;
REVOKE EXECUTE ON FUNCTION credits.pack_hint() FROM PUBLIC;
COMMENT ON FUNCTION credits.pack_hint() IS 'Internal: which packs there are, for an error about one that is not.';

CREATE OR REPLACE FUNCTION credits.pack_of_payment(amount numeric, metadata jsonb) RETURNS TABLE (pack text, quantity integer)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    named  text := metadata ->> 'pack';
    number integer := CASE WHEN metadata ->> 'quantity' ~ '^[1-9][0-9]{0,5}$' THEN (metadata ->> 'quantity')::integer ELSE 1 END;
    fits   text[];
BEGIN
    IF metadata ->> 'quantity' !~ '^[1-9][0-9]{0,5}$' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'quantity must be 1 to 999999', DETAIL = 'key quantity of metadata', HINT = 'give the number of packs, in digits';
    END IF;
    IF named IS NULL THEN
        fits := ARRAY(SELECT p.key FROM jsonb_object_keys(credits.section('packs')) p(key), LATERAL credits.pack_terms(p.key, number) t WHERE t.price = amount ORDER BY 1);
        named := CASE WHEN cardinality(fits) = 1 THEN fits[1] END;
    END IF;
    IF named IS NULL OR NOT EXISTS (SELECT FROM credits.pack_terms(named, number)) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = CASE WHEN metadata ->> 'pack' IS NULL THEN 'it is not known which pack was paid for' ELSE format('there is no pack "%s"', left(named, 200)) END,
            DETAIL = CASE WHEN metadata ->> 'pack' IS NULL THEN format('%s packs cost %s USD', coalesce(cardinality(fits), 0), trim_scale(amount)) ELSE 'key pack of metadata' END,
            HINT = concat_ws('; ', CASE WHEN metadata ->> 'pack' IS NOT NULL THEN credits.pack_hint() END, 'name one in metadata, as {"pack": "small"}',
                             'where an event does not, book it by credits.record_payment under the id of its payment intent, and call credits.retry_events()');
    END IF;
    RETURN QUERY SELECT named, number;
END $$;
REVOKE EXECUTE ON FUNCTION credits.pack_of_payment(numeric, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.pack_of_payment(numeric, jsonb) IS 'Internal: which pack a payment is for, and how many: as metadata names it (pack, quantity), else the only one of that price. Errors: 22023.';

CREATE OR REPLACE FUNCTION credits.book_pack(account_id text, payment credits.payment_facts, metadata jsonb) RETURNS credits.receipt
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    terms record;
BEGIN
    SELECT t.credits, t.life INTO terms FROM credits.pack_terms(payment.pack, payment.quantity) t;
    RETURN credits.book_payment($1, payment, terms.credits, 'pack', terms.life, metadata);
END $$;
REVOKE EXECUTE ON FUNCTION credits.book_pack(text, credits.payment_facts, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.book_pack(text, credits.payment_facts, jsonb) IS 'Internal: books the payment of payment.quantity packs and grants their credits.';

CREATE OR REPLACE FUNCTION credits.paid_credits(plan text, usd numeric) RETURNS numeric
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT least(credits.plan_credits($1), CASE WHEN n.credits_from_margin AND usd > 0 THEN credits.credits_of_cost(usd * (1 - p.margin)) END)
    FROM credits.plan n, credits.platform p WHERE n.plan = $1
$$;
REVOKE EXECUTE ON FUNCTION credits.paid_credits(text, numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.paid_credits(text, numeric) IS 'Internal: credits that a payment of usd brings of one period of a plan: all of them, or, of a plan with credits from_margin, what it pays for.';

CREATE OR REPLACE FUNCTION credits.own_subscription(account_id text, INOUT payment credits.payment_facts)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    present record;
    cycle   interval;
    paid_by interval;
BEGIN
    -- A change of plan may be due that no call has written yet.
    PERFORM credits.apply_due($1);
    SELECT w.plan, w.paid_until, w.plan_granted::numeric >= credits.plan_credits(w.plan) AS is_complete, a.time_zone,
           (SELECT n.plan FROM credits.plan n WHERE n.plan = a.pending_plan AND n.price > 0) AS pending
    INTO present FROM credits.wallet w JOIN credits.account a ON a.account_id = w.account_id WHERE w.account_id = $1;
    IF present.plan IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'the account has no plan that could be paid for', DETAIL = 'argument kind is subscription',
            HINT = 'SELECT credits.change_plan(account_id, plan) comes first; money that is for no plan is of kind other';
    END IF;
    payment.plan := present.plan;
    IF present.paid_until IS NULL OR present.paid_until <= credits.now() THEN
        RETURN;
    END IF;
    SELECT n.cycle INTO paid_by FROM credits.payment p JOIN credits.plan n ON n.plan = p.plan
    WHERE p.account_id = $1 AND p.kind = 'subscription' AND p.period_end = present.paid_until ORDER BY p.booked_at DESC LIMIT 1;
    IF present.is_complete AND present.pending IS NOT NULL THEN
        payment.plan := present.pending;
        payment.period_start := present.paid_until;
    ELSE
        payment.period_start := credits.now();
    END IF;
    SELECT n.cycle INTO cycle FROM credits.plan n WHERE n.plan = payment.plan;
    IF cycle IS NULL OR cycle = paid_by THEN
        payment.period_start := NULL; -- the one that is due by the account's own periods
        RETURN;
    END IF;
    payment.period_end := (payment.period_start AT TIME ZONE present.time_zone + cycle) AT TIME ZONE present.time_zone;
END $$;
REVOKE EXECUTE ON FUNCTION credits.own_subscription(text, credits.payment_facts) FROM PUBLIC;
COMMENT ON FUNCTION credits.own_subscription(text, credits.payment_facts) IS 'Internal: what a payment for a subscription pays for: the plan of the account, or the one that takes over at the end of a period that is paid already; and a period of its own where that plan''s is of another length than the one paid for: now, or for the plan to come when the paid one ends. Errors: 22023 where the account has no plan.';

CREATE OR REPLACE FUNCTION credits.record_payment_as_owner(account_id text, kind text, amount numeric, reference text, fee numeric, metadata jsonb) RETURNS credits.receipt
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off
AS $$
DECLARE
    receipt credits.receipt;
    payment credits.payment_facts;
BEGIN
    PERFORM credits.require_text($2, 'kind'), credits.require_usd($3, 'amount'), credits.require_text($4, 'reference');
    IF $5 IS NOT NULL THEN
        PERFORM credits.require_usd($5, 'fee');
    END IF;
    IF $2 NOT IN ('subscription', 'pack', 'affiliate', 'consent', 'other') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('there is no kind of payment "%s"', left($2, 200)),
            DETAIL = 'argument kind', HINT = 'subscription, pack, affiliate, consent or other';
    END IF;
    PERFORM credits.lock_payer($1);
    receipt := credits.booked_payment($1, $4, $2, NULL, NULL, $3, $5);
    IF receipt.entry_no IS NOT NULL THEN
        RETURN receipt;
    END IF;
    payment := credits.own_payment($2, $4, $3, $5);
    IF $2 = 'subscription' THEN
        payment := credits.own_subscription($1, payment);
        RETURN credits.book_subscription($1, payment, credits.paid_credits(payment.plan, $3), credits.plan_credits(payment.plan), $6);
    ELSIF $2 = 'pack' THEN
        SELECT p.pack, p.quantity INTO payment.pack, payment.quantity FROM credits.pack_of_payment($3, $6) p;
        RETURN credits.book_pack($1, payment, $6);
    END IF;
    RETURN credits.book_payment($1, payment, CASE WHEN $2 = 'consent' THEN credits.credits_for_usd($3) END, $2, NULL, $6);
END $$;
REVOKE EXECUTE ON FUNCTION credits.record_payment_as_owner(text, text, numeric, text, numeric, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.record_payment_as_owner(text, text, numeric, text, numeric, jsonb) IS 'Internal: what record_payment() does, with the rights of the tables'' owner.';

CREATE FUNCTION credits.record_payment(account_id text, kind text, amount numeric, reference text, fee numeric DEFAULT NULL, metadata jsonb DEFAULT '{}') RETURNS credits.receipt
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.record_payment(text, text, numeric, text, numeric, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.record_payment(text, text, numeric, text, numeric, jsonb) IS 'Books money that an account has paid or earned, and does what it brings; a restriction level that rests on it is lifted in the same transaction.
kind: subscription: the plan that the account has is paid (change_plan first where it is to be another): the present period where it is not paid yet (a paid renewal first does with older plan credits what the plan''s renewal says), what a larger plan gives beyond what was paid for, a period of its own where the plan''s is of another length than the one paid for, or else the next period, of the plan that is to come then, whose credits wait in a lot that begins with it; plans with credits "from_margin" give them for the amount, at most the plan''s; the licence is restored. pack: credits of the pack that metadata names ({"pack": "small", "quantity": 10}), else of the only one of that price. consent: credits at the unit''s price_usd. affiliate, other: revenue only.
amount: USD in major units, 0 or more. reference: yours or the provider''s id, unique for the account; the same payment again is replayed, also where another id of it is given. fee: USD it cost to be paid; null = by payment_fee of the configuration for subscription and pack, else 0. metadata: goes to the entry and the lot.
Result: the receipt of kind grant (its amount: credits), or adjust with amount 0 where no credits come now.
Errors: PT404 no such account, PT403 closed, PT409 the reference was used for another payment, 22004 null, 22023 for a bad kind, amount or pack, or a subscription of an account without a plan. Locks: the account''s wallet row.';

CREATE OR REPLACE FUNCTION credits.buy_pack_as_owner(account_id text, pack text, reference text, quantity integer) RETURNS credits.receipt
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off
AS $$
DECLARE
    receipt credits.receipt;
    payment credits.payment_facts;
    price   numeric;
BEGIN
    PERFORM credits.require_text($2, 'pack'), credits.require_text($3, 'reference');
    IF $4 IS NULL OR $4 NOT BETWEEN 1 AND 999999 THEN
        RAISE EXCEPTION USING ERRCODE = CASE WHEN $4 IS NULL THEN 'null_value_not_allowed' ELSE 'invalid_parameter_value' END, MESSAGE = 'quantity must be 1 to 999999', DETAIL = 'argument quantity', HINT = 'give the number of packs';
    END IF;
    PERFORM credits.lock_payer($1);
    -- Before the pack is looked up: it may cost something else by now, or be gone.
    receipt := credits.booked_payment($1, $3, 'pack', $2, $4, NULL, NULL);
    IF receipt.entry_no IS NOT NULL THEN
        RETURN receipt;
    END IF;
    SELECT t.price INTO price FROM credits.pack_terms($2, $4) t;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('there is no pack "%s"', left($2, 200)), DETAIL = 'argument pack',
            HINT = credits.pack_hint();
    END IF;
    payment := credits.own_payment('pack', $3, price, NULL);
    payment.pack := $2;
    payment.quantity := $4;
    RETURN credits.book_pack($1, payment, '{}');
END $$;
REVOKE EXECUTE ON FUNCTION credits.buy_pack_as_owner(text, text, text, integer) FROM PUBLIC;
COMMENT ON FUNCTION credits.buy_pack_as_owner(text, text, text, integer) IS 'Internal: what buy_pack() does, with the rights of the tables'' owner.';

CREATE FUNCTION credits.buy_pack(account_id text, pack text, reference text, quantity integer DEFAULT 1) RETURNS credits.receipt
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.buy_pack(text, text, text, integer) FROM PUBLIC;
COMMENT ON FUNCTION credits.buy_pack(text, text, text, integer) IS 'Books the payment of packs at their configured price (bulk prices by quantity) and grants their credits: for applications that have taken the money themselves.
reference: of the payment, unique for the account; the same again is replayed. Result: the receipt of kind grant. Errors: PT404 no such account, PT403 closed, PT409 the reference was used for another payment, 22004 null, 22023 no such pack, or a bad quantity. Locks: the account''s wallet row.';

CREATE OR REPLACE FUNCTION credits.ended_of_lot(account_id text, lot_no bigint) RETURNS numeric
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM credits.lot o WHERE o.account_id = $1 AND o.lot_no = $2 AND o.state <> 'live' AND o.expires_at <= credits.now()) THEN
        RETURN 0;
    END IF;
    RETURN greatest(0, -credits.moves_of_lot($1, $2, ARRAY['clawback', 'adjust']));
END $$;
REVOKE EXECUTE ON FUNCTION credits.ended_of_lot(text, bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.ended_of_lot(text, bigint) IS 'Internal: credits that were clawed back from a lot which has ended since: they would have gone with it, and are not given back where the payment stands after all.';

CREATE OR REPLACE FUNCTION credits.payment_named(account_id text, key text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reference text;
BEGIN
    SELECT k.reference INTO reference FROM credits.payment_key k WHERE k.account_id = $1 AND k.key = $2;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'PT404', MESSAGE = format('there is no payment "%s"', left($2, 255)),
            DETAIL = jsonb_build_object('outcome', 'entry_not_found', 'http_status', 404, 'reference', left($2, 255))::text,
            HINT = 'give the reference under which the account''s payment was recorded';
    END IF;
    RETURN reference;
END $$;
REVOKE EXECUTE ON FUNCTION credits.payment_named(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.payment_named(text, text) IS 'Internal: the reference of an account''s payment by any of its ids. Errors: PT404.';

CREATE OR REPLACE FUNCTION credits.refund_payment_as_owner(account_id text, reference text, amount numeric, refund_reference text) RETURNS credits.receipt
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off
AS $$
DECLARE
    named   text;
    known   credits.payment_refund;
    payment credits.payment;
    receipt credits.receipt;
BEGIN
    PERFORM credits.require_text($2, 'reference'), credits.require_usd($3, 'amount'), credits.require_text($4, 'refund_reference');
    IF $3 = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a refund needs an amount above zero', DETAIL = 'argument amount', HINT = 'give the USD that were paid back';
    END IF;
    PERFORM credits.lock_account($1);
    named := credits.payment_named($1, $2);
    SELECT r.* INTO known FROM credits.payment_refund r WHERE r.account_id = $1 AND r.refund_reference = $4;
    IF FOUND THEN
        IF known.reference <> named OR known.amount <> $3 THEN
            PERFORM credits.refuse_reuse('refund', $4, CASE WHEN known.reference <> named THEN 'reference' ELSE 'amount' END);
        END IF;
        RETURN credits.entry_receipt($1, known.entry_no);
    END IF;
    SELECT p.* INTO payment FROM credits.payment p WHERE p.account_id = $1 AND p.reference = named;
    IF payment.refunded::numeric + $3 > payment.amount THEN
        RAISE EXCEPTION USING ERRCODE = 'PT409', MESSAGE = 'more would be refunded than was paid',
            DETAIL = jsonb_build_object('outcome', 'refund_exceeds', 'http_status', 409, 'paid', payment.amount, 'refunded', payment.refunded, 'needed', $3)::text,
            HINT = CASE WHEN payment.refunded::numeric = payment.amount THEN 'all of it is refunded already; a refund that is told again keeps its refund_reference'
                        ELSE format('at most %s USD are left of the payment', trim_scale(payment.amount::numeric - payment.refunded::numeric)) END;
    END IF;
    receipt := credits.return_money($1, named, payment.refunded::numeric + $3, payment.disputed, 'refund ' || $4);
    INSERT INTO credits.payment_refund (account_id, refund_reference, reference, amount, refunded_at, entry_no) VALUES ($1, $4, named, $3, credits.now(), receipt.entry_no);
    RETURN receipt;
END $$;
REVOKE EXECUTE ON FUNCTION credits.refund_payment_as_owner(text, text, numeric, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.refund_payment_as_owner(text, text, numeric, text) IS 'Internal: what refund_payment() does, with the rights of the tables'' owner.';

CREATE FUNCTION credits.refund_payment(account_id text, reference text, amount numeric, refund_reference text) RETURNS credits.receipt
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.refund_payment(text, text, numeric, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.refund_payment(text, text, numeric, text) IS 'Says that money of a payment was paid back. Its credits are taken back in proportion to all that has been refunded of it: from its own lot, and for what of that was used from other credits; what is missing becomes debt. Revenue falls by as much. Credits that expired unused are not asked for.
reference: of the payment, or another id of it. amount: USD of this refund, above 0. refund_reference: unique for the account; the same refund again is replayed.
Result: the receipt of kind clawback, amount zero or below. Errors: PT404 no such account or payment, PT409 more than is left of the payment, or the refund_reference was used for another refund, 22004 null, 22023 for a bad amount. Locks: the account''s wallet row.';

CREATE OR REPLACE FUNCTION credits.upgrade_as_owner(account_id text, plan text) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET intervalstyle = 'postgres'
AS $$
DECLARE
    target   credits.plan;
    present  text;
    customer text;
    price    text;
    item     jsonb;
    named    jsonb;
BEGIN
    PERFORM credits.require_text($1, 'account_id'), credits.require_text($2, 'plan');
    SELECT b.plan INTO present FROM credits.balance($1) b;
    SELECT p.* INTO target FROM credits.plan p WHERE p.plan = $2;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('there is no plan "%s"', left($2, 200)), DETAIL = 'argument plan',
            HINT = 'SELECT plan FROM credits.plan lists the plans; credits.configure adds one';
    ELSIF present = $2 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('the account has plan "%s" already', $2), DETAIL = 'argument plan', HINT = 'name another plan';
    ELSIF target.price = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('plan "%s" costs nothing', $2), DETAIL = 'argument plan',
            HINT = 'there is nothing to pay: credits.change_plan moves to it';
    END IF;
    SELECT c.customer INTO customer FROM credits.payment_customer c WHERE c.account_id = $1 ORDER BY c.linked_at DESC LIMIT 1;
    SELECT s.key INTO price FROM jsonb_each_text(credits.section('stripe') -> 'prices') s(key, value) WHERE s.value = $2 ORDER BY s.key LIMIT 1;
    item := CASE WHEN price IS NOT NULL THEN jsonb_build_object('price', price) ELSE
        jsonb_build_object('price_data', jsonb_strip_nulls(jsonb_build_object(
            'currency', 'usd', 'unit_amount_decimal', trim_scale(target.price * 100)::text, 'product_data', jsonb_build_object('name', coalesce(target.name, $2)),
            'recurring', credits.recurring_of(target.cycle)))) END;
    named := jsonb_build_object('account_id', $1, 'plan', $2);
    RETURN jsonb_strip_nulls(jsonb_build_object('account_id', $1, 'plan', $2, 'name', coalesce(target.name, $2), 'price', target.price, 'currency', 'usd', 'current_plan', present,
        'checkout', jsonb_build_object('mode', CASE WHEN target.cycle IS NULL THEN 'payment' ELSE 'subscription' END, 'client_reference_id', $1, 'customer', customer,
            'line_items', jsonb_build_array(item || '{"quantity": 1}'), 'metadata', named,
            'subscription_data', CASE WHEN target.cycle IS NOT NULL THEN jsonb_build_object('metadata', named) END)));
END $$;
REVOKE EXECUTE ON FUNCTION credits.upgrade_as_owner(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.upgrade_as_owner(text, text) IS 'Internal: what upgrade() answers, with the rights of the tables'' owner.';

CREATE OR REPLACE FUNCTION credits.recurring_of(cycle interval) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN c.months > 0 AND c.months % 12 = 0 THEN jsonb_build_object('interval', 'year', 'interval_count', c.months / 12)
                WHEN c.months > 0 THEN jsonb_build_object('interval', 'month', 'interval_count', c.months)
                WHEN c.days > 0 THEN jsonb_build_object('interval', 'day', 'interval_count', c.days) END
    FROM (SELECT extract(year FROM cycle)::integer * 12 + extract(month FROM cycle)::integer, extract(day FROM cycle)::integer) c(months, days)
$$;
REVOKE EXECUTE ON FUNCTION credits.recurring_of(interval) FROM PUBLIC;
COMMENT ON FUNCTION credits.recurring_of(interval) IS 'Internal: an interval as a payment provider''s recurring price has it; null where it has none.';

CREATE FUNCTION credits.upgrade(account_id text, plan text) RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.upgrade(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.upgrade(text, text) IS 'What an application needs to let an account pay for another plan; changes nothing. The plan follows when the payment''s events come (stripe_event), or by change_plan and record_payment.
Result: {"account_id", "plan", "name", "price": USD a period, "currency", "current_plan", "checkout": arguments for creating a Stripe checkout session (mode, client_reference_id, customer where known, line_items, metadata, subscription_data), to which the application adds its URLs}.
Errors: PT404 no such account, 22004 null, 22023 no such plan, one that costs nothing, or the account''s own.';
