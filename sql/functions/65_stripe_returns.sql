-- What events of Stripe do where money goes back: refunds of charges, disputes. Both count by what they come to in
-- all, so that neither order nor repetition matters.

CREATE OR REPLACE FUNCTION credits.payment_of_event(account_id text, facts jsonb, smallest bigint) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    named text;
    fits  text[];
BEGIN
    SELECT k.reference INTO named FROM credits.payment_key k
    WHERE k.account_id = $1 AND k.key IN (facts ->> 'payment_intent', facts ->> 'charge', facts ->> 'invoice') LIMIT 1;
    IF NOT FOUND THEN
        -- Invoices of newer shapes do not name their charge: it is known by customer, currency, amount and time where these fit one payment only.
        fits := ARRAY(SELECT p.reference FROM credits.payment p
                      WHERE p.account_id = $1 AND p.currency = upper(facts ->> 'currency') AND p.currency_amount = smallest
                        AND (NOT facts ? 'charged_at' OR p.paid_at BETWEEN credits.event_time(facts, 'charged_at') - interval '1 day' AND credits.event_time(facts, 'charged_at') + interval '1 day')
                        AND NOT EXISTS (SELECT FROM credits.payment_key k WHERE k.account_id = $1 AND k.reference = p.reference AND k.key ~ '^(pi|ch|py)_'));
        named := CASE WHEN cardinality(fits) = 1 THEN fits[1] END;
    END IF;
    IF named IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'PT404', MESSAGE = 'the payment that the event is about is not known',
            DETAIL = jsonb_build_object('outcome', 'entry_not_found', 'http_status', 404)::text, HINT = 'it is tried again when the payment has come';
    END IF;
    INSERT INTO credits.payment_key (account_id, key, reference)
    SELECT DISTINCT $1, k.key, named FROM unnest(ARRAY[facts ->> 'payment_intent', facts ->> 'charge']) k(key) WHERE k.key IS NOT NULL
    ON CONFLICT ON CONSTRAINT payment_key_pkey DO NOTHING;
    RETURN named;
END $$;
REVOKE EXECUTE ON FUNCTION credits.payment_of_event(text, jsonb, bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.payment_of_event(text, jsonb, bigint) IS 'Internal: the payment that a refund or dispute is about. smallest: the amount of its charge. Errors: PT404 where it is not known (yet).';

CREATE OR REPLACE FUNCTION credits.share_of_payment(payment_amount numeric, smallest bigint, of_smallest bigint) RETURNS numeric
LANGUAGE sql IMMUTABLE
AS $$ SELECT CASE WHEN of_smallest > 0 THEN least(payment_amount, trim_scale(round(payment_amount * smallest / of_smallest, 12))) ELSE 0 END $$;
REVOKE EXECUTE ON FUNCTION credits.share_of_payment(numeric, bigint, bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.share_of_payment(numeric, bigint, bigint) IS 'Internal: USD of a part of a payment, at the rate at which it was booked.';

CREATE OR REPLACE FUNCTION credits.on_refund(account_id text, facts jsonb) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    named   text := credits.payment_of_event($1, facts, (facts ->> 'amount')::bigint);
    payment credits.payment;
    total   numeric;
BEGIN
    SELECT p.* INTO payment FROM credits.payment p WHERE p.account_id = $1 AND p.reference = named;
    total := credits.share_of_payment(payment.amount, (facts ->> 'amount_refunded')::bigint, (facts ->> 'amount')::bigint);
    IF total <= payment.refunded THEN
        RETURN 'duplicate';
    END IF;
    PERFORM credits.return_money($1, named, total, payment.disputed, format('refund of %s', coalesce(facts ->> 'charge', facts ->> 'object_id')));
    RETURN 'processed';
END $$;
REVOKE EXECUTE ON FUNCTION credits.on_refund(text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.on_refund(text, jsonb) IS 'Internal: handles charge.refunded: what has been refunded of the charge in all.';

CREATE OR REPLACE FUNCTION credits.dispute_status(type text, status text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE WHEN status LIKE 'warning%' THEN 'inquiry'
                WHEN type = 'charge.dispute.funds_reinstated' OR status = 'won' THEN 'won'
                WHEN status = 'lost' THEN 'lost'
                ELSE 'open' END
$$;
REVOKE EXECUTE ON FUNCTION credits.dispute_status(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.dispute_status(text, text) IS 'Internal: what a dispute''s event says of it: inquiry, open, won or lost.';

CREATE OR REPLACE FUNCTION credits.on_dispute(account_id text, type text, facts jsonb) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    named   text := credits.payment_of_event($1, facts, (facts ->> 'amount')::bigint);
    payment credits.payment;
    total   numeric;
    frozen  record;
    reason  text := format('dispute %s', facts ->> 'dispute');
BEGIN
    SELECT p.* INTO payment FROM credits.payment p WHERE p.account_id = $1 AND p.reference = named;
    INSERT INTO credits.payment_dispute AS d (account_id, dispute, reference, amount, status, as_of)
    VALUES ($1, facts ->> 'dispute', named, credits.share_of_payment(payment.amount, (facts ->> 'amount')::bigint, coalesce(payment.currency_amount, (facts ->> 'amount')::bigint)),
            credits.dispute_status(type, facts ->> 'status'), credits.event_time(facts, 'created'))
    ON CONFLICT ON CONSTRAINT payment_dispute_pkey DO UPDATE SET status = excluded.status, amount = excluded.amount, as_of = excluded.as_of
    WHERE (excluded.as_of, excluded.status IN ('won', 'lost')) > (d.as_of, d.status IN ('won', 'lost'));
    SELECT coalesce(sum(d.amount::numeric), 0) INTO total FROM credits.payment_dispute d WHERE d.account_id = $1 AND d.reference = named AND d.status IN ('open', 'lost');
    IF total <> payment.disputed THEN
        PERFORM credits.return_money($1, named, payment.refunded, total, reason);
    END IF;
    SELECT w.status = 'frozen' AS is_frozen, coalesce(a.freeze_reason LIKE 'dispute %', false) AS by_dispute INTO frozen
    FROM credits.wallet w JOIN credits.account a ON a.account_id = w.account_id WHERE w.account_id = $1 AND w.status <> 'closed';
    IF EXISTS (SELECT FROM credits.payment_dispute d WHERE d.account_id = $1 AND d.status IN ('open', 'lost')) THEN
        IF NOT frozen.is_frozen THEN
            PERFORM credits.freeze($1, reason);
        END IF;
    ELSIF frozen.is_frozen AND frozen.by_dispute THEN
        PERFORM credits.unfreeze($1);
    END IF;
    RETURN 'processed';
END $$;
REVOKE EXECUTE ON FUNCTION credits.on_dispute(text, text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.on_dispute(text, text, jsonb) IS 'Internal: handles charge.dispute.created, closed, funds_withdrawn and funds_reinstated: while a dispute is open or lost its money counts as returned and the account is frozen; won, both are undone.';
