-- Events of the payment provider, small but in its shapes (since 2025), signed and taken in.
CREATE TABLE public.sent (no serial PRIMARY KEY, payload text, at timestamptz);

CREATE FUNCTION public.epoch(at timestamptz) RETURNS bigint LANGUAGE sql AS $$ SELECT extract(epoch FROM at)::bigint $$;

CREATE FUNCTION public.event(id text, type text, created timestamptz, object jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT jsonb_build_object('id', id, 'object', 'event', 'type', type, 'created', public.epoch(created), 'livemode', false, 'api_version', '2025-06-30.basil',
                              'data', jsonb_build_object('object', object))::text $$;

CREATE FUNCTION public.signed(payload text, at timestamptz) RETURNS text LANGUAGE sql AS $$
    SELECT format('t=%s,v1=%s', public.epoch(at), encode(credits.hmac_sha256(convert_to(public.epoch(at) || '.' || payload, 'UTF8'), 'whsec_test'), 'hex')) $$;

-- deliver takes an event in, at its own time plus one second unless another is given.
CREATE FUNCTION public.deliver(payload text, at timestamptz DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
    SELECT credits.stripe_event(payload, public.signed(payload, t.at), t.at)
    FROM (SELECT coalesce(at, to_timestamp((payload::jsonb ->> 'created')::bigint) + interval '1 second')) t(at) $$;

CREATE FUNCTION public.subscription(price text, period_start timestamptz, period_end timestamptz, status text DEFAULT 'active', more jsonb DEFAULT '{}', id text DEFAULT 'sub_1', customer text DEFAULT 'cus_1') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('id', id, 'object', 'subscription', 'customer', customer, 'status', status, 'cancel_at_period_end', false, 'metadata', '{}'::jsonb,
        'items', jsonb_build_object('object', 'list', 'data', jsonb_build_array(jsonb_build_object('id', 'si_1', 'quantity', 1, 'price', jsonb_build_object('id', price),
            'current_period_start', public.epoch(period_start), 'current_period_end', public.epoch(period_end))))) || more $$;

CREATE FUNCTION public.line(price text, amount bigint, period_start timestamptz, period_end timestamptz, proration boolean DEFAULT false, quantity integer DEFAULT 1, subscription text DEFAULT 'sub_1') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('id', 'il_1', 'object', 'line_item', 'amount', amount, 'currency', 'usd', 'quantity', quantity,
        'period', jsonb_build_object('start', public.epoch(period_start), 'end', public.epoch(period_end)),
        'pricing', jsonb_build_object('type', 'price_details', 'price_details', jsonb_build_object('price', price, 'product', 'prod_1')),
        'parent', jsonb_build_object('type', 'subscription_item_details', 'subscription_item_details',
            jsonb_build_object('proration', proration, 'subscription', subscription, 'subscription_item', 'si_1'))) $$;

CREATE FUNCTION public.invoice(id text, amount bigint, lines jsonb, paid_at timestamptz, more jsonb DEFAULT '{}', customer text DEFAULT 'cus_1', subscription text DEFAULT 'sub_1') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('id', id, 'object', 'invoice', 'customer', customer, 'amount_due', amount, 'amount_paid', CASE WHEN paid_at IS NULL THEN 0 ELSE amount END,
        'currency', 'usd', 'status', CASE WHEN paid_at IS NULL THEN 'open' ELSE 'paid' END, 'billing_reason', 'subscription_cycle',
        'status_transitions', jsonb_build_object('paid_at', public.epoch(paid_at)), 'period_start', 0, 'period_end', 0, 'metadata', '{}'::jsonb,
        'parent', jsonb_build_object('type', 'subscription_details', 'subscription_details', jsonb_build_object('subscription', subscription, 'metadata', '{}'::jsonb)),
        'lines', jsonb_build_object('object', 'list', 'has_more', false, 'data', lines)) || more $$;

CREATE FUNCTION public.session(id text, amount bigint, mode text, more jsonb, customer text DEFAULT 'cus_1') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('id', id, 'object', 'checkout.session', 'customer', customer, 'mode', mode, 'payment_status', 'paid', 'amount_total', amount, 'currency', 'usd',
        'client_reference_id', NULL, 'payment_intent', NULL, 'subscription', NULL, 'metadata', '{}'::jsonb) || more $$;

CREATE FUNCTION public.charge(id text, amount bigint, refunded bigint, intent text, customer text DEFAULT 'cus_1') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('id', id, 'object', 'charge', 'customer', customer, 'amount', amount, 'amount_refunded', refunded, 'currency', 'usd', 'payment_intent', intent,
        'refunded', amount = refunded, 'metadata', '{}'::jsonb) $$;

CREATE FUNCTION public.dispute(id text, amount bigint, status text, charge text, intent text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('id', id, 'object', 'dispute', 'amount', amount, 'currency', 'usd', 'status', status, 'reason', 'fraudulent', 'charge', charge, 'payment_intent', intent, 'metadata', '{}'::jsonb) $$;

-- The account's state as it must be whatever the order of events.
CREATE FUNCTION public.state_of(account text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(E'\n', (SELECT format('balance %s plan %s pending %s status %s licence %s', b.balance, b.plan, coalesce(a.pending_plan, '-'), w.status, (SELECT min(c.licence) FROM credits.capabilities(account) c))
                             FROM credits.balance(account) b, credits.wallet w, credits.account a WHERE w.account_id = account AND a.account_id = account),
        (SELECT string_agg(format('lot %s %s left %s until %s', l.source, l.amount, l.remaining, coalesce((l.expires_at AT TIME ZONE 'UTC')::text, '-')), E'\n' ORDER BY l.source, l.amount, l.expires_at)
         FROM (SELECT l.source, l.amount, CASE WHEN w.current_lot_no = l.lot_no THEN w.current_remaining ELSE l.remaining END AS remaining, l.expires_at FROM credits.lot l JOIN credits.wallet w USING (account_id) WHERE l.account_id = account) l),
        (SELECT string_agg(format('revenue %s %s', r.kind, r.amount), E'\n' ORDER BY r.kind) FROM (SELECT r.kind, trim_scale(sum(r.amount)) AS amount FROM credits.revenue r WHERE r.account_id = account GROUP BY 1) r),
        (SELECT string_agg(format('event %s %s: %s', e.type, e.status, e.error), E'\n' ORDER BY e.event_id) FROM credits.payment_events e WHERE e.status = 'failed'),
        (SELECT string_agg(v.check_name || ' ' || v.detail, E'\n') FROM credits.verify(account) v)) $$;
