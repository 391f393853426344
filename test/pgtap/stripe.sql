-- Events of Stripe: what each does, and that neither order nor repetition matters.
\ir helpers/tap.sql
SET timezone = 'UTC';
\ir helpers/stripe.sql
SET pg_credits.now = '2026-01-10 10:00:00+00';
SELECT isnt(credits.configure('{
    "margin": "0.8", "default_plan": "free", "payment_fee": {"percent": "2.9", "fixed": "0.30"},
    "plans": {"free": {"credits": 500, "interval": "1 month", "grant_on": "clock", "features": []},
              "starter": {"price": "19", "interval": "1 month", "credits": "from_margin"}, "pro": {"price": "99", "interval": "1 month", "credits": "from_margin"},
              "life": {"price": "49", "credits": 700}},
    "packs": {"small": {"price": "29", "credits": 500}}, "fx": [{"currency": "JPY", "usd": "0.01", "from": "2026-01-01"}],
    "licence": [{"capability": "ai", "after": "0 days"}], "licence_states": {"grace": "0 days", "suspended": "15 days"},
    "stripe": {"webhook_secret": "whsec_test", "livemode": false, "prices": {"price_starter": "starter", "price_pro": "pro"}, "packs": {"price_small": "small"}}}'), NULL, 'configured');
CREATE FUNCTION public.told(payload text) RETURNS text LANGUAGE sql AS $$ SELECT concat_ws(': ', a ->> 'status', a ->> 'error') FROM public.deliver(payload) a $$;

-- A life: subscribed, upgraded, a payment that fails and is made after all, a pack refunded in parts, a dispute that is won.
SELECT credits.open_account('a') \g /dev/null
CREATE TABLE public.life (no integer, payload text);
INSERT INTO public.life VALUES
    (1, event('evt_01', 'checkout.session.completed', '2026-01-10 10:00:10+00', session('cs_1', 1900, 'subscription', '{"client_reference_id": "a", "subscription": "sub_1", "invoice": "in_1"}'))),
    (2, event('evt_02', 'customer.subscription.created', '2026-01-10 10:00:08+00', subscription('price_starter', '2026-01-10 10:00+00', '2026-02-10 10:00+00'))),
    (3, event('evt_03', 'invoice.paid', '2026-01-10 10:00:09+00', invoice('in_1', 1900, jsonb_build_array(line('price_starter', 1900, '2026-01-10 10:00+00', '2026-02-10 10:00+00')), '2026-01-10 10:00:09+00'))),
    (4, event('evt_04', 'invoice.payment_succeeded', '2026-01-10 10:00:09+00', invoice('in_1', 1900, jsonb_build_array(line('price_starter', 1900, '2026-01-10 10:00+00', '2026-02-10 10:00+00')), '2026-01-10 10:00:09+00'))),
    (5, event('evt_05', 'customer.subscription.updated', '2026-01-20 10:00:00+00', subscription('price_pro', '2026-01-10 10:00+00', '2026-02-10 10:00+00'))),
    (6, event('evt_06', 'invoice.paid', '2026-01-20 10:00:01+00', invoice('in_2', 5300, jsonb_build_array(line('price_starter', -1300, '2026-01-20 10:00+00', '2026-02-10 10:00+00', true),
        line('price_pro', 6600, '2026-01-20 10:00+00', '2026-02-10 10:00+00', true)), '2026-01-20 10:00:01+00'))),
    (7, event('evt_07', 'invoice.payment_failed', '2026-02-10 11:00:00+00', invoice('in_3', 9900, jsonb_build_array(line('price_pro', 9900, '2026-02-10 10:00+00', '2026-03-10 10:00+00')), NULL))),
    (8, event('evt_08', 'customer.subscription.updated', '2026-02-10 11:00:01+00', subscription('price_pro', '2026-02-10 10:00+00', '2026-03-10 10:00+00', 'past_due'))),
    (9, event('evt_09', 'invoice.paid', '2026-02-15 11:00:00+00', invoice('in_3', 9900, jsonb_build_array(line('price_pro', 9900, '2026-02-10 10:00+00', '2026-03-10 10:00+00')), '2026-02-15 11:00:00+00'))),
    (10, event('evt_10', 'customer.subscription.updated', '2026-02-15 11:00:01+00', subscription('price_pro', '2026-02-10 10:00+00', '2026-03-10 10:00+00', 'active'))),
    (11, event('evt_11', 'checkout.session.completed', '2026-02-16 10:00:10+00', session('cs_2', 2900, 'payment', '{"client_reference_id": "a", "payment_intent": "pi_2", "metadata": {"pack": "small"}}'))),
    (12, event('evt_12', 'charge.refunded', '2026-02-17 10:00:10+00', charge('ch_2', 2900, 1450, 'pi_2'))),
    (13, event('evt_13', 'charge.refunded', '2026-02-17 11:00:10+00', charge('ch_2', 2900, 2900, 'pi_2'))),
    (14, event('evt_14', 'charge.dispute.created', '2026-02-18 10:00:10+00', dispute('dp_1', 9900, 'needs_response', 'ch_3', 'pi_3'))),
    (15, event('evt_15', 'invoice_payment.paid', '2026-02-15 11:00:00+00', '{"id": "inpay_3", "object": "invoice_payment", "invoice": "in_3", "payment": {"type": "payment_intent", "payment_intent": "pi_3"},
        "status": "paid", "amount_paid": 9900, "currency": "usd"}')),
    (16, event('evt_16', 'charge.dispute.closed', '2026-02-19 10:00:10+00', dispute('dp_1', 9900, 'won', 'ch_3', 'pi_3')));

-- state_after delivers the life at one moment in an order of its own, each event twice, and undoes all of it.
CREATE FUNCTION public.state_after(seed integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    told  record;
    found text;
BEGIN
    PERFORM setseed(seed / 1000.0);
    FOR told IN SELECT q.payload FROM (SELECT l.payload, random() AS place FROM public.life l UNION ALL SELECT l.payload, random() FROM public.life l) q ORDER BY q.place LOOP
        PERFORM public.deliver(told.payload);
    END LOOP;
    RAISE EXCEPTION USING ERRCODE = 'ZZ999', MESSAGE = public.state_of('a');
EXCEPTION WHEN SQLSTATE 'ZZ999' THEN
    GET STACKED DIAGNOSTICS found = MESSAGE_TEXT;
    RETURN found;
END $$;
SET pg_credits.now = '2026-02-20 10:00:00+00';
SELECT is(public.state_after(1), 'balance 1980 plan pro pending - status open licence active
lot pack 500 left 0 until -
lot plan 380 left 0 until 2026-02-10 10:00:00
lot plan 500 left 0 until 2026-02-10 10:00:00
lot plan 500 left 0 until 2026-02-10 10:00:00
lot plan 1060 left 0 until 2026-02-10 10:00:00
lot plan 1980 left 1980 until -
revenue pack 0
revenue subscription 171', 'told in one order');
SELECT is((SELECT count(DISTINCT public.state_after(n)) FROM generate_series(1, 40) n), 1::bigint, 'and in forty');
SET pg_credits.now = '2026-08-01 00:00:00+00';
SELECT is((SELECT count(DISTINCT public.state_after(n)) FROM generate_series(1, 40) n), 1::bigint, 'when all of it is long over');
SET pg_credits.now = '2026-01-25 00:00:00+00';
SELECT is((SELECT count(DISTINCT public.state_after(n)) FROM generate_series(1, 40) n), 1::bigint, 'and ahead of time');

-- One by one, as they happen.
SET pg_credits.now = '2026-01-10 10:00:20+00';
SELECT is((SELECT string_agg(public.told(l.payload), ' ' ORDER BY l.no) FROM (SELECT * FROM public.life ORDER BY no LIMIT 4) l), 'processed processed processed duplicate', 'subscribed');
SELECT is((SELECT concat_ws(' ', b.balance, b.plan, b.period_start, b.resets_at) FROM credits.balance('a') b), '380 starter 2026-01-10 10:00:00+00 2026-02-10 10:00:00+00', 'the period of the invoice');
SELECT is((SELECT concat_ws(' ', r.kind, r.amount, r.fee) FROM credits.revenue r), 'subscription 19 0.851', 'booked once');
SET pg_credits.now = '2026-01-20 10:00:05+00';
SELECT is((SELECT string_agg(public.told(l.payload), ' ' ORDER BY l.no) FROM public.life l WHERE l.no IN (5, 6)), 'processed processed', 'upgraded');
SELECT is((SELECT concat_ws(' ', b.balance, b.plan) FROM credits.balance('a') b), '1440 pro', 'credits for the money of the upgrade');
SET pg_credits.now = '2026-02-10 11:00:05+00';
SELECT is((SELECT string_agg(public.told(l.payload), ' ' ORDER BY l.no) FROM public.life l WHERE l.no IN (7, 8)), 'processed processed', 'a payment fails');
SELECT is((SELECT concat_ws(' ', b.balance, (SELECT min(c.licence) FROM credits.capabilities('a') c)) FROM credits.balance('a') b), '1440 grace', 'old credits stay, the licence does not');
SET pg_credits.now = '2026-02-15 11:00:05+00';
SELECT is((SELECT string_agg(public.told(l.payload), ' ' ORDER BY l.no) FROM public.life l WHERE l.no IN (9, 10, 15)), 'processed processed processed', 'paid after all');
SELECT is((SELECT concat_ws(' ', b.balance, (SELECT min(c.licence) FROM credits.capabilities('a') c)) FROM credits.balance('a') b), '1980 active', 'renewed and restored');
SET pg_credits.now = '2026-02-18 10:00:15+00';
SELECT is(public.told(l.payload), 'processed', 'a dispute') FROM public.life l WHERE l.no = 14;
SELECT is((SELECT concat_ws(' ', b.balance, w.status, a.freeze_reason) FROM credits.balance('a') b, credits.wallet w JOIN credits.account a USING (account_id) WHERE w.account_id = 'a'),
    '0 frozen dispute dp_1', 'freezes, and takes back');
SET pg_credits.now = '2026-02-19 10:00:15+00';
SELECT is(public.told(l.payload), 'processed', 'is won') FROM public.life l WHERE l.no = 16;
SELECT is((SELECT concat_ws(' ', b.balance, w.status) FROM credits.balance('a') b, credits.wallet w WHERE w.account_id = 'a'), '1980 open', 'and all is as it was');

-- Who an event is of.
SELECT credits.open_account(x) FROM unnest('{m,late,other}'::text[]) x \g /dev/null
SELECT is(public.told(event('evt_m1', 'customer.subscription.created', credits.now(), subscription('price_pro', '2026-02-19 10:00+00', '2026-03-19 10:00+00', more => '{"metadata": {"account_id": "m"}}', id => 'sub_m', customer => 'cus_m'))),
    'processed', 'metadata names the account');
SELECT is((SELECT b.plan FROM credits.balance('m') b), 'pro', 'its plan');
SELECT is(public.told(event('evt_l1', 'invoice.paid', credits.now(), invoice('in_l', 9900, jsonb_build_array(line('price_pro', 9900, '2026-02-19 10:00+00', '2026-03-19 10:00+00', subscription => 'sub_l')), credits.now(), customer => 'cus_l', subscription => 'sub_l'))),
    'failed: no account is known for customer cus_l; SELECT credits.link_customer(account_id, ''cus_l'') links the customer, and the event is tried again', 'nothing does');
SELECT is(credits.link_customer('late', 'cus_l'), '{"handled": 1}', 'linked later');
SELECT is((SELECT concat_ws(' ', b.balance, b.plan) FROM credits.balance('late') b), '1980 pro', 'and handled at once');
SELECT throws_ok($$ SELECT credits.link_customer('other', 'cus_l') $$, '42710', 'customer cus_l is linked to another account', 'a customer is one account');
SELECT is(credits.link_customer('late', 'cus_l'), '{"handled": 0}', 'the same link again');
SELECT is(public.told(event('evt_n1', 'checkout.session.completed', credits.now(), session('cs_n', 2900, 'payment', '{"client_reference_id": "nora", "payment_intent": "pi_n", "metadata": {"pack": "little"}}', NULL))),
    'failed: there is no account "nora", which the event names; open it, and call credits.retry_events()', 'an account that is not there yet');
SELECT credits.open_account('nora') \g /dev/null
SELECT is(credits.retry_events(), '{"failed": 1, "handled": 0}', 'is there now');
SELECT matches((SELECT e.error FROM credits.payment_events e WHERE e.event_id = 'evt_n1'), '^there is no pack "little"; packs are .*small', 'the pack is not');
SELECT is((credits.record_payment('nora', 'pack', 29, 'pi_n', metadata => '{"pack": "small"}')).kind, 'grant', 'booked by hand under the payment intent');
SELECT is(credits.retry_events(), '{"failed": 0, "handled": 1}', 'the event has nothing left to do');

-- Ends of subscriptions.
SELECT is(public.told(event('evt_m2', 'customer.subscription.updated', credits.now(), subscription('price_pro', '2026-02-19 10:00+00', '2026-03-19 10:00+00', more => '{"cancel_at_period_end": true}', id => 'sub_m', customer => 'cus_m'))), 'processed', 'ends with its period');
SELECT is((SELECT concat_ws(' ', b.plan, a.pending_plan) FROM credits.balance('m') b JOIN credits.account a USING (account_id)), 'pro free', 'the default plan is to come');
SELECT is(public.told(event('evt_m3', 'customer.subscription.updated', credits.now() + interval '1 hour', subscription('price_pro', '2026-02-19 10:00+00', '2026-03-19 10:00+00', id => 'sub_m', customer => 'cus_m'))), 'processed', 'goes on after all');
SELECT is((SELECT concat_ws(' ', b.plan, a.pending_plan) FROM credits.balance('m') b JOIN credits.account a USING (account_id)), 'pro', 'nothing is to come');
SELECT is(public.told(event('evt_m4', 'customer.subscription.deleted', credits.now() + interval '2 hours', subscription('price_pro', '2026-02-19 10:00+00', '2026-03-19 10:00+00', 'canceled', id => 'sub_m', customer => 'cus_m'))), 'processed', 'deleted');
SELECT is(public.told(event('evt_m5', 'customer.subscription.updated', credits.now() + interval '90 minutes', subscription('price_pro', '2026-02-19 10:00+00', '2026-03-19 10:00+00', id => 'sub_m', customer => 'cus_m'))), 'processed', 'an older event');
SELECT is((SELECT b.plan FROM credits.balance('m') b), 'free', 'the default plan');

-- Trial, unknown prices, currencies, modes: failed events are seen, and go through once things are mended.
SELECT is(public.told(event('evt_t1', 'invoice.paid', credits.now(), invoice('in_t', 0, jsonb_build_array(line('price_pro', 0, '2026-02-19 10:00+00', '2026-02-26 10:00+00', subscription => 'sub_t')), credits.now(), customer => 'cus_m', subscription => 'sub_t'))), 'processed', 'a trial');
SELECT is((SELECT concat_ws(' ', b.balance, b.plan, b.resets_at) FROM credits.balance('m') b), '1980 pro 2026-02-26 10:00:00+00', 'gives what the plan says');
SELECT is(public.told(event('evt_u1', 'invoice.paid', credits.now(), invoice('in_u', 500, jsonb_build_array(line('price_new', 500, '2026-02-19 10:00+00', '2026-03-19 10:00+00')), credits.now(), customer => 'cus_l'))),
    'failed: no plan has price price_new; configure {"stripe": {"prices": {"price_new": "PLAN"}}}, and call credits.retry_events()', 'a price that nobody knows');
SELECT is(public.told(event('evt_u2', 'checkout.session.completed', credits.now(), session('cs_u', 2000, 'payment', '{"currency": "eur", "payment_intent": "pi_u", "metadata": {"pack": "small"}}', 'cus_l'))),
    'failed: there is no rate for EUR; configure fx, as in {"fx": [{"currency": "EUR", "usd": "1.08", "from": "2026-01-01"}]}, and call credits.retry_events()', 'a currency without a rate');
SELECT is(public.told(event('evt_u3', 'checkout.session.completed', credits.now(), session('cs_v', 2900, 'payment', '{"currency": "jpy", "payment_intent": "pi_v", "metadata": {"pack": "small"}}', 'cus_l'))), 'processed', 'a currency without decimals');
SELECT is((SELECT p.amount::numeric FROM credits.payment p WHERE p.reference = 'pi_v'), 29::numeric, '2900 yen at a cent');
SELECT is(public.told(replace(event('evt_u4', 'invoice.paid', credits.now(), invoice('in_w', 100, '[]', credits.now(), customer => 'cus_l')), '"livemode": false', '"livemode": true')),
    'failed: the event is of live mode; stripe.livemode is configured as false: only events of test mode count', 'an event of the other mode');
SELECT is((SELECT string_agg(e.event_id, ' ' ORDER BY e.event_id) FROM credits.payment_events e WHERE e.status = 'failed'), 'evt_u1 evt_u2 evt_u4', 'they are seen');
SELECT is(credits.retry_events(), '{"failed": 3, "handled": 0}', 'nothing has changed');
SELECT isnt(credits.configure('{"stripe": {"prices": {"price_new": "starter"}}, "fx": [{"currency": "EUR", "usd": "1.45", "from": "2026-01-01"}]}'), NULL, 'mended');
SELECT is(credits.retry_events(), '{"failed": 1, "handled": 2}', 'two go through');
SELECT is((SELECT concat_ws(' ', p.amount, p.currency, p.currency_amount, p.credits) FROM credits.payment p WHERE p.reference = 'pi_u'), '29 EUR 2000 500', 'at the rate of its time');
SELECT is((SELECT e.payload FROM credits.payment_event e WHERE e.event_id = 'evt_u1'), NULL, 'bodies are kept only of those that failed');

-- What is no event, or changes nothing.
SELECT throws_ok($$ SELECT public.deliver('{"object": "event"}', credits.now()) $$, '22023', NULL, 'no id');
SELECT throws_ok($$ SELECT credits.stripe_event('{}', 't=1,v1=00') $$, '28000', NULL, 'no signature');
SELECT is(public.told(event('evt_x1', 'customer.updated', credits.now(), '{"id": "cus_x", "object": "customer"}')), 'ignored', 'a type that nobody asked for');
SELECT is(public.told(event('evt_x2', 'payment_intent.succeeded', credits.now(), '{"id": "pi_x", "object": "payment_intent", "amount": 100, "amount_received": 100, "status": "succeeded", "currency": "usd", "customer": "cus_l", "metadata": {}}')), 'ignored', 'an intent that names no pack');
SELECT is(public.told(event('evt_x3', 'payment_intent.succeeded', credits.now(), '{"id": "pi_y", "object": "payment_intent", "amount": 2900, "amount_received": 2900, "status": "succeeded", "currency": "usd", "customer": "cus_l", "metadata": {"pack": "small"}}')), 'processed', 'one that does');
SELECT is(public.told(event('evt_x4', 'checkout.session.completed', credits.now(), session('cs_y', 2900, 'payment', '{"payment_intent": "pi_y", "metadata": {"pack": "small"}}', 'cus_l'))), 'duplicate', 'its session tells the same');
SELECT is(credits.upgrade('other', 'life') #>> '{checkout,mode}', 'payment', 'a plan without an interval is bought once');
SELECT is(public.told(event('evt_x5', 'checkout.session.completed', credits.now(), session('cs_life', 4900, 'payment', '{"payment_intent": "pi_life", "client_reference_id": "m", "metadata": {"account_id": "m", "plan": "life"}}', 'cus_m'))), 'processed', 'by a session that names it');
SELECT is((SELECT concat_ws(' ', b.plan, p.kind, p.credits) FROM credits.balance('m') b JOIN credits.payment p ON p.account_id = b.account_id AND p.reference = 'pi_life'), 'life subscription 700', 'its plan and credits');
SELECT is(credits.upgrade('other', 'pro') -> 'checkout', '{"mode": "subscription", "client_reference_id": "other", "line_items": [{"price": "price_pro", "quantity": 1}],
    "metadata": {"account_id": "other", "plan": "pro"}, "subscription_data": {"metadata": {"account_id": "other", "plan": "pro"}}}', 'what a checkout session needs');
SELECT throws_ok($$ SELECT credits.upgrade('other', 'free') $$, '22023', 'the account has plan "free" already', 'its own plan');
SELECT is((SELECT count(*) FROM credits.verify()), 0::bigint, 'the books are right');
SELECT * FROM finish();
