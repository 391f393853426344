-- Events of Stripe that could be taken for something else: invoices that sell several things, refunds that name no payment,
-- customers who pay for two accounts, invoices told long after their plan was left, periods paid ahead.
\ir helpers/tap.sql
SET timezone = 'UTC';
\ir helpers/stripe.sql
SET pg_credits.now = '2026-01-10 10:00:00+00';
SELECT isnt(credits.configure('{
    "default_plan": "free", "margin": "0.8",
    "plans": {"free": {"credits": 500, "interval": "1 month", "grant_on": "clock"}, "seat": {"price": "10", "interval": "1 month", "credits": 100},
              "big": {"price": "100", "interval": "1 month", "credits": 1000}},
    "packs": {"small": {"price": "29", "credits": 500}, "large": {"price": "79", "credits": 2000}},
    "licence": [{"capability": "ai", "after": "0 days"}],
    "stripe": {"webhook_secret": "whsec_test", "livemode": false, "prices": {"price_seat": "seat", "price_big": "big"}, "packs": {"price_small": "small", "price_large": "large"}}}'), NULL, 'configured');
CREATE FUNCTION public.told(payload text) RETURNS text LANGUAGE sql AS $$ SELECT concat_ws(': ', a ->> 'status', a ->> 'error') FROM public.deliver(payload) a $$;
CREATE FUNCTION public.customer(account text) RETURNS void LANGUAGE sql AS $$ SELECT credits.open_account(account), credits.link_customer(account, 'cus_' || account) $$;
CREATE FUNCTION public.lots(account text) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(concat_ws(' ', l.source, l.amount), ', ' ORDER BY l.lot_no) FROM credits.lots(account) l $$;
CREATE FUNCTION public.billed(account text, id text, amount bigint, lines jsonb, at timestamptz, more jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT public.told(public.event('evt_' || id, 'invoice.paid', at, public.invoice('in_' || id, amount, lines, at, more, 'cus_' || account))) $$;

-- An invoice that sells several things is not booked as one of them.
SELECT public.customer(a) FROM unnest('{two,both,long}'::text[]) a \g /dev/null
SELECT is(public.billed('two', 'two', 10800, jsonb_build_array(public.line('price_small', 2900, '2026-01-10 10:00+00', '2026-01-10 10:00+00'), public.line('price_large', 7900, '2026-01-10 10:00+00', '2026-01-10 10:00+00')), '2026-01-10 10:00+00'),
    'failed: the invoice sells several things at once: pack large, pack small; book them by credits.record_payment and credits.buy_pack, one of them under reference in_two, and call credits.retry_events()', 'two packs');
SELECT is(public.billed('both', 'both', 3900, jsonb_build_array(public.line('price_small', 2900, '2026-01-10 10:00+00', '2026-01-10 10:00+00'), public.line('price_seat', 1000, '2026-01-10 10:00+00', '2026-02-10 10:00+00')), '2026-01-10 10:00+00'),
    'failed: the invoice sells several things at once: pack small, plan seat; book them by credits.record_payment and credits.buy_pack, one of them under reference in_both, and call credits.retry_events()', 'a plan and a pack');
SELECT is(public.billed('long', 'long', 3900, jsonb_build_array(public.line('price_metered', 0, '2026-01-10 10:00+00', '2026-02-10 10:00+00') - 'pricing' - 'price'), '2026-01-10 10:00+00', '{}'), 'processed', 'an invoice of neither is revenue');
SELECT is(public.billed('long', 'rest', 3900, '[]', '2026-01-10 10:00+00', '{"lines": {"object": "list", "has_more": true, "data": []}}'),
    'failed: the event leaves out lines of its invoice, and none of the others is of a plan or pack; book what it sells by credits.record_payment under reference in_rest, and call credits.retry_events()', 'lines that the event does not hold');
SELECT is((SELECT string_agg(public.lots(a), '; ') FROM unnest('{two,both,long}'::text[]) a), 'plan 500; plan 500; plan 500', 'nothing was given for half of the money');
SELECT is((SELECT balance FROM credits.buy_pack('two', 'large', 'in_two')) + (SELECT amount FROM credits.buy_pack('two', 'small', 'in_two-2')), 3000::numeric, 'booked by hand');
SELECT is(credits.retry_events(), '{"failed": 2, "handled": 1}', 'and the event finds it there');
SELECT is((SELECT e.status FROM credits.payment_events e WHERE e.event_id = 'evt_two'), 'duplicate', 'as done');

-- A refund that names no payment that is known: of the charge's own time, whatever came first.
CREATE FUNCTION public.month(account text, no integer) RETURNS text LANGUAGE sql AS $$
    SELECT public.billed(account, format('%s_%s', account, no), 1000, jsonb_build_array(public.line('price_seat', 1000, m, m + interval '1 month')), m)
    FROM (SELECT timestamptz '2026-01-10 10:00+00' + no * interval '1 month') v(m) $$;
CREATE FUNCTION public.refunded(account text) RETURNS text LANGUAGE sql AS $$
    SELECT split_part(public.told(public.event('evt_refund_' || account, 'charge.refunded', '2026-02-12 10:00+00',
        public.charge('ch_' || account, 1000, 1000, 'pi_' || account, 'cus_' || account) || jsonb_build_object('created', extract(epoch FROM timestamptz '2026-02-10 10:00:05+00')::bigint))), ':', 1) $$;
SET pg_credits.now = '2026-02-15 10:00:00+00';
SELECT public.customer(a) FROM unnest('{last,first,between}'::text[]) a \g /dev/null
SELECT is(array[public.month('last', 0), public.month('last', 1), public.refunded('last')], '{processed,processed,processed}', 'told last');
SELECT is(array[public.refunded('first'), public.month('first', 0), public.month('first', 1)], '{failed,processed,processed}', 'told first');
SELECT is(array[public.month('between', 0), public.refunded('between'), public.month('between', 1)], '{processed,failed,processed}', 'told in between');
SELECT is((SELECT array_agg(DISTINCT s.of) FROM (SELECT string_agg(format('%s %s', p.period_start::date, p.refunded::numeric), ', ' ORDER BY p.period_start) AS of FROM credits.payment p
    WHERE p.account_id IN ('last', 'first', 'between') GROUP BY p.account_id) s), '{"2026-01-10 0, 2026-02-10 10"}', 'it is February''s');

-- One customer pays for two accounts, each named by the application.
SELECT credits.open_account(a) FROM unnest('{m1,m2,m3}'::text[]) a \g /dev/null
CREATE FUNCTION public.bought(account text, customer text, more jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT public.told(public.event('evt_bought_' || account, 'checkout.session.completed', '2026-02-12 10:00+00', public.session('cs_' || account, 2900, 'payment', jsonb_build_object('payment_intent', 'pi_' || account) || more, customer))) $$;
SELECT is(array[public.bought('m1', 'cus_m', '{"metadata": {"account_id": "m1", "pack": "small"}}'), public.bought('m2', 'cus_m', '{"metadata": {"account_id": "m2", "pack": "small"}}')], '{processed,processed}', 'two sessions of one customer');
SELECT is(array[public.lots('m1'), public.lots('m2')], '{"plan 500, pack 500","plan 500, pack 500"}', 'each has its pack');
SELECT is(split_part(public.told(public.event('evt_back_m2', 'charge.refunded', '2026-02-13 10:00+00', public.charge('ch_m2', 2900, 2900, 'pi_m2', 'cus_m'))), ':', 1), 'processed', 'a refund that names nobody');
SELECT is(array[public.lots('m1'), public.lots('m2')], '{"plan 500, pack 500","plan 500"}', 'is that of the payment which it is about');
SELECT is(public.bought('m3', 'cus_m', '{"client_reference_id": "m3", "metadata": {"pack": "small"}}'), 'processed', 'a reference that a payer may have written');
SELECT is(array[public.lots('m1'), public.lots('m3')], '{"plan 500, pack 500, pack 500","plan 500"}', 'does not take a known customer''s payment elsewhere');

-- An invoice of the former plan, paid after the subscription has another.
SELECT public.customer(a) FROM unnest('{moved,items,single}'::text[]) a \g /dev/null
SELECT is(public.told(public.event('evt_moved', 'customer.subscription.updated', '2026-02-11 10:00+00', public.subscription('price_big', '2026-02-10 10:00+00', '2026-03-10 10:00+00', 'active', '{}', 'sub_1', 'cus_moved'))), 'processed', 'moved to a larger plan');
SELECT is(public.billed('moved', 'old', 1000, jsonb_build_array(public.line('price_seat', 1000, '2026-01-10 10:00+00', '2026-02-10 10:00+00')), '2026-02-14 10:00+00', '{"subscription": "sub_1"}'), 'processed', 'an older invoice is paid');
SELECT is((SELECT w.plan FROM credits.wallet w WHERE w.account_id = 'moved'), 'big', 'the plan stays');

-- A subscription whose first item is no plan's; a failed invoice that is no subscription's.
SELECT is(public.told(public.event('evt_items', 'customer.subscription.created', '2026-02-11 10:00+00',
    jsonb_set(s, '{items,data}', jsonb_build_array(jsonb_set(s #> '{items,data,0}', '{price,id}', '"price_metered"'), s #> '{items,data,0}')))), 'processed', 'a metered item comes first')
FROM (SELECT public.subscription('price_big', '2026-02-10 10:00+00', '2026-03-10 10:00+00', 'active', '{}', 'sub_2', 'cus_items')) v(s);
SELECT is((SELECT w.plan FROM credits.wallet w WHERE w.account_id = 'items'), 'big', 'the plan is found');
SELECT is(public.told(public.event('evt_single', 'invoice.payment_failed', '2026-02-11 10:00+00', public.invoice('in_single', 2900, jsonb_build_array(public.line('price_small', 2900, '2026-02-10 10:00+00', '2026-02-10 10:00+00')), NULL, '{"subscription": null, "parent": null}', 'cus_single'))), 'processed', 'a pack could not be paid');
SELECT is((SELECT min(c.licence) FROM credits.capabilities('single') c), 'active', 'which takes nothing away');

-- The next period's invoice is told before that begins, and refunded before or after.
SELECT public.customer(a) FROM unnest('{ahead,before}'::text[]) a \g /dev/null
SELECT is(array[public.month('ahead', 1), public.month('ahead', 2), public.month('before', 1), public.month('before', 2)], '{processed,processed,processed,processed}', 'this month and the next');
SELECT is(public.lots('ahead'), 'plan 100, plan 100', 'the next one''s credits wait');
CREATE FUNCTION public.returned(account text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', r.kind, r.amount, r.balance) FROM credits.refund_payment(account, format('in_%s_2', account), 10, 'r') r $$;
SELECT is(public.returned('before'), 'clawback 0 100', 'refunded before it begins');
SET pg_credits.now = '2026-03-11 10:00:00+00';
SELECT is(public.returned('ahead'), 'clawback -100 0', 'refunded when it has begun');
SELECT is((SELECT string_agg(format('%s %s', b.period_start::date, (SELECT p.clawed::numeric FROM credits.payment p WHERE p.account_id = a AND p.reference = format('in_%s_2', a))), ', ')
    FROM unnest('{ahead,before}'::text[]) a, credits.balance(a) b), '2026-03-10 100, 2026-03-10 100', 'both have given back what they paid for');
SELECT is((SELECT count(*) FROM credits.verify()), 0::bigint, 'everything is in order');
SELECT finish();
