-- Payment events as the provider sends them, signed with the secret whsec_test: as much of each object as tells what was
-- bought and paid. Owns their shape; knows nothing of what they do.

CREATE FUNCTION public.hmac_sha256(secret bytea, message bytea) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    inner_key bytea := decode(repeat('00', 64), 'hex');
    outer_key bytea := inner_key;
    part integer;
BEGIN
    FOR at IN 0 .. 63 LOOP
        part := CASE WHEN at < length(secret) THEN get_byte(secret, at) ELSE 0 END;
        inner_key := set_byte(inner_key, at, part # 54);
        outer_key := set_byte(outer_key, at, part # 92);
    END LOOP;
    RETURN sha256(outer_key || sha256(inner_key || message));
END $$;

CREATE FUNCTION public.epoch(moment timestamptz) RETURNS bigint LANGUAGE sql AS $$ SELECT extract(epoch FROM moment)::bigint $$;

CREATE FUNCTION public.send(id text, type text, object jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    stamp   bigint := public.epoch(credits.now());
    payload text := jsonb_build_object('id', id, 'object', 'event', 'api_version', '2026-07-29.dahlia', 'created', stamp, 'livemode', false,
                                       'type', type, 'data', jsonb_build_object('object', object));
    mac     text := encode(public.hmac_sha256('whsec_test', convert_to(stamp || '.' || payload, 'UTF8')), 'hex');
BEGIN
    RETURN credits.stripe_event(payload, format('t=%s,v1=%s', stamp, mac), credits.now()) ->> 'status';
END $$;

CREATE FUNCTION public.subscription(account text, price text, period_start timestamptz, period_end timestamptz, status text DEFAULT 'active') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('id', 'sub_' || account, 'object', 'subscription', 'customer', 'cus_' || account, 'status', status, 'currency', 'usd', 'livemode', false,
        'cancel_at_period_end', false, 'start_date', public.epoch(period_start), 'metadata', jsonb_build_object('account_id', account),
        'ended_at', CASE status WHEN 'canceled' THEN public.epoch(credits.now()) END,
        'items', jsonb_build_object('object', 'list', 'has_more', false, 'data', jsonb_build_array(jsonb_build_object('id', 'si_' || account, 'object', 'subscription_item', 'quantity', 1,
            'subscription', 'sub_' || account, 'price', jsonb_build_object('id', price, 'object', 'price', 'currency', 'usd', 'type', 'recurring'),
            'current_period_start', public.epoch(period_start), 'current_period_end', public.epoch(period_end)))))
$$;

-- An invoice of a subscription's period, paid where status is "paid".
CREATE FUNCTION public.invoice(id text, account text, price text, cents bigint, period_start timestamptz, period_end timestamptz, status text DEFAULT 'paid') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('id', id, 'object', 'invoice', 'customer', 'cus_' || account, 'status', status, 'currency', 'usd', 'livemode', false,
        'amount_due', cents, 'amount_paid', CASE status WHEN 'paid' THEN cents ELSE 0 END, 'total', cents, 'billing_reason', 'subscription_cycle', 'attempt_count', 1,
        'created', public.epoch(credits.now()), 'metadata', '{}'::jsonb, 'status_transitions', jsonb_build_object('paid_at', CASE status WHEN 'paid' THEN public.epoch(credits.now()) END),
        'parent', jsonb_build_object('type', 'subscription_details', 'subscription_details', jsonb_build_object('subscription', 'sub_' || account, 'metadata', jsonb_build_object('account_id', account))),
        'lines', jsonb_build_object('object', 'list', 'has_more', false, 'data', jsonb_build_array(jsonb_build_object('id', 'il_' || id, 'object', 'line_item', 'amount', cents, 'currency', 'usd', 'quantity', 1,
            'period', jsonb_build_object('start', public.epoch(period_start), 'end', public.epoch(period_end)), 'metadata', '{}'::jsonb,
            'pricing', jsonb_build_object('type', 'price_details', 'price_details', jsonb_build_object('price', price)),
            'parent', jsonb_build_object('type', 'subscription_item_details', 'subscription_item_details', jsonb_build_object('subscription', 'sub_' || account, 'proration', false))))))
$$;

-- RFC 4231, test cases 1 and 2.
SELECT is(encode(public.hmac_sha256('\x0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b', 'Hi There'), 'hex'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7', 'the signatures of these events are HMAC-SHA256');
SELECT is(encode(public.hmac_sha256('Jefe', 'what do ya want for nothing?'), 'hex'), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843', 'with any key');
