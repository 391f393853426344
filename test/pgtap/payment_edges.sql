-- Payments where much comes together: told late, twice in a second, in part for debt, after a change of plan or price.
\ir helpers/tap.sql
SET timezone = 'UTC';
\ir helpers/stripe.sql
SET pg_credits.now = '2026-01-10 10:00:00+00';
SELECT isnt(credits.configure('{
    "default_plan": "free", "margin": "0.8",
    "plans": {"free": {"credits": 500, "interval": "1 month", "grant_on": "clock"}, "seat": {"price": "10", "interval": "1 month", "credits": 100},
              "tab": {"price": "0", "overdraft": "1000"}},
    "packs": {"small": {"price": "29", "credits": 500}},
    "stripe": {"webhook_secret": "whsec_test", "livemode": false, "prices": {"price_seat": "seat"}}}'), NULL, 'configured');
CREATE FUNCTION public.told(payload text) RETURNS text LANGUAGE sql AS $$ SELECT concat_ws(': ', a ->> 'status', a ->> 'error') FROM public.deliver(payload) a $$;
CREATE FUNCTION public.customer(account text) RETURNS void LANGUAGE sql AS $$ SELECT credits.open_account(account), credits.link_customer(account, 'cus_' || account) $$;

-- A subscription is created and becomes active within one second.
CREATE FUNCTION public.becomes(account text, type text, status text, more jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT public.told(public.event(concat_ws('_', 'evt', account, type, status, more ->> 'cancel_at_period_end'), 'customer.subscription.' || type, '2026-01-10 10:00+00',
        public.subscription('price_seat', '2026-01-10 10:00+00', '2026-02-10 10:00+00', status, more, 'sub_' || account, 'cus_' || account))) $$;
SELECT public.customer(a) FROM unnest('{one,two,gone,kept}'::text[]) a \g /dev/null
SELECT is(public.becomes('one', 'created', 'incomplete') || public.becomes('one', 'updated', 'active'), 'processedprocessed', 'created, then active');
SELECT is(public.becomes('two', 'updated', 'active') || public.becomes('two', 'created', 'incomplete'), 'processedprocessed', 'told the other way round');
SELECT is((SELECT string_agg(w.plan, ' ') FROM credits.wallet w WHERE w.account_id IN ('one', 'two')), 'seat seat', 'both have their plan');
SELECT is(public.becomes('gone', 'deleted', 'canceled') || public.becomes('gone', 'updated', 'active') || public.becomes('gone', 'created', 'incomplete'), 'processedprocessedprocessed', 'deleted within the second, told first');
SELECT is((SELECT w.plan FROM credits.wallet w WHERE w.account_id = 'gone'), 'free', 'it stays deleted');
SELECT is(public.becomes('kept', 'updated', 'active', '{"cancel_at_period_end": true}') || public.becomes('kept', 'updated', 'active'), 'processedprocessed', 'two updates of one second');
SELECT is((SELECT a.pending_plan FROM credits.account a WHERE a.account_id = 'kept'), 'free', 'the one that ends it counts');

-- Seats: an upgrade by quantity gives what it adds, whether it is told before the first invoice or after it.
CREATE FUNCTION public.seats(account text, no integer) RETURNS text LANGUAGE sql AS $$
    SELECT public.told(public.event(format('evt_%s_%s', account, no), 'invoice.paid', at, public.invoice(format('in_%s_%s', account, no), amount, lines, at, '{}', 'cus_' || account)))
    FROM (VALUES (1, 1000, timestamptz '2026-01-10 10:00+00', jsonb_build_array(public.line('price_seat', 1000, '2026-01-10 10:00+00', '2026-02-10 10:00+00'))),
                 (2, 1900, '2026-01-12 10:00+00', jsonb_build_array(public.line('price_seat', -950, '2026-01-12 10:00+00', '2026-02-10 10:00+00', true),
                                                                   public.line('price_seat', 2850, '2026-01-12 10:00+00', '2026-02-10 10:00+00', true, 3))),
                 (3, 3000, '2026-02-10 10:00+00', jsonb_build_array(public.line('price_seat', 3000, '2026-02-10 10:00+00', '2026-03-10 10:00+00', false, 3)))) v(n, amount, at, lines) WHERE n = no $$;
SELECT public.customer(a) FROM unnest('{rising,falling,late}'::text[]) a \g /dev/null
SET pg_credits.now = '2026-01-13 10:00:00+00';
SELECT is(public.seats('rising', 1) || public.seats('rising', 2) || public.seats('falling', 2) || public.seats('falling', 1), 'processedprocessedprocessedprocessed', 'one seat, then three');
SELECT is((SELECT string_agg(trim_scale(b.balance)::text, ' ') FROM unnest('{rising,falling}'::text[]) a, credits.balance(a) b), '300 300', 'three have their credits');

-- An invoice of a period that is over is revenue of that one, not of the present.
SET pg_credits.now = '2026-02-11 10:00:00+00';
SELECT is(public.seats('rising', 3) || public.seats('late', 3) || public.seats('late', 2) || public.seats('late', 1), 'processedprocessedprocessedprocessed', 'the oldest last');
SELECT is((SELECT string_agg(concat_ws(' ', w.period_revenue, r.amount), ', ') FROM credits.wallet w, LATERAL (SELECT sum(r.amount) AS amount FROM credits.revenue r WHERE r.account_id = w.account_id) r
           WHERE w.account_id IN ('rising', 'late')), '30 59, 30 59', 'of this period, and in all');

-- An intent that says nothing of a pack is that of an invoice or a session, also where it has no metadata at all.
SELECT is(public.told(public.event('evt_bare', 'payment_intent.succeeded', '2026-01-10 10:00+00',
    '{"id": "pi_bare", "object": "payment_intent", "customer": "cus_one", "amount": 2900, "amount_received": 2900, "currency": "usd", "status": "succeeded"}')), 'ignored', 'no pack by its price alone');
SELECT is(public.told(public.event('evt_many', 'checkout.session.completed', '2026-02-11 10:00+00',
    public.session('cs_many', 5800, 'payment', '{"payment_intent": "pi_many", "metadata": {"pack": "small", "quantity": "2.0"}}', 'cus_one'))),
    'failed: quantity must be 1 to 999999; give the number of packs, in digits', 'a quantity that is none is not taken for one');
SELECT is(a ->> 'status', 'ignored', 'of what is only noted, a time that is none does not matter')
FROM (VALUES ('1.5'), ('1e30'), ('-1'), ('"now"')) v(created), public.deliver(format('{"id": "evt_%s", "type": "a.b", "created": %s}', hashtext(created), created), '2026-02-11 10:00+00') a;

-- What nobody has touched since is as of now all the same.
SET pg_credits.now = '2026-03-01 10:00:00+00';
SELECT is(credits.open_account(a), a, 'opened') FROM (VALUES ('untouched'), ('changed')) v(a);
SELECT is((credits.record_payment('untouched', 'other', 50, 'o1')).kind, 'adjust', 'paid');
SELECT is((SELECT credits.change_plan('changed', 'seat', 'period_end') IS NULL), false, 'another plan from the next period on');
SET pg_credits.now = '2026-05-01 10:00:00+00';
SELECT is((credits.refund_payment('untouched', 'o1', 50, 'r1')).kind, 'clawback', 'refunded when its period is long over');
SELECT is((SELECT w.period_revenue::numeric FROM credits.wallet w WHERE w.account_id = 'untouched'), 0::numeric, 'the present one does not pay for it');
SELECT is((SELECT concat_ws(' ', r.kind, r.amount, b.plan) FROM credits.record_payment('changed', 'subscription', 10, 'o1') r, credits.balance('changed') b), 'grant 100 seat', 'the plan that began meanwhile is paid for');

-- Credits of a payment that paid debt were used.
SELECT is(credits.open_account(a, 'tab'), a, 'opened') FROM (VALUES ('debt'), ('deep')) v(a);
SELECT is((SELECT concat_ws(' ', d.balance, p.balance) FROM credits.deduct('debt', 100) d, credits.buy_pack('debt', 'small', 'o1') p), '-100 400', 'a hundred of debt, paid by a pack');
SELECT is((SELECT concat_ws(' ', r.amount, r.balance) FROM credits.refund_payment('debt', 'o1', 14.5, 'r1') r), '-250 150', 'half of it refunded');
SELECT is((SELECT concat_ws(' ', r.amount, r.balance) FROM credits.refund_payment('debt', 'o1', 14.5, 'r2') r), '-250 -100', 'all of it: the debt is back');
SELECT is((SELECT concat_ws(' ', d.balance, p.balance) FROM credits.deduct('deep', 700) d, credits.buy_pack('deep', 'small', 'o1') p), '-700 -200', 'more debt than the pack pays');
SELECT is((SELECT concat_ws(' ', r.amount, r.balance) FROM credits.refund_payment('deep', 'o1', 29, 'r1') r), '-500 -700', 'and refunded');

-- A purchase is replayed, whatever has become of the pack.
SELECT is((credits.configure('{"packs": {"small": {"price": "30", "credits": 600}}}') -> 'changed')::text, '["packs.small.credits", "packs.small.price"]', 'the pack is another one');
SELECT is((SELECT concat_ws(' ', r.amount, r.replayed) FROM credits.buy_pack('debt', 'small', 'o1') r), '500 t', 'the first receipt again');
SELECT is((credits.configure('{"packs": {"small": null}}') -> 'changed')::text, '["packs.small"]', 'the pack is gone');
SELECT is((SELECT concat_ws(' ', r.amount, r.replayed) FROM credits.buy_pack('debt', 'small', 'o1') r), '500 t', 'and again');
SELECT throws_like($$SELECT credits.buy_pack('debt', 'small', 'o1', 2)$$, 'the reference was used for another payment', 'two are another purchase');
SELECT throws_like($$SELECT credits.buy_pack('debt', 'small', 'o2')$$, 'there is no pack "small"', 'and a new one is not to be had');
SELECT is_empty('SELECT * FROM credits.verify()', 'verify() finds nothing');
SELECT * FROM finish();
