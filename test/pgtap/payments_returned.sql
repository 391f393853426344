-- What a payment that went back leaves behind: what was paid for can be paid for again, whatever the order in which
-- money came and went, and whether or not anybody called in between.
\ir helpers/tap.sql
SET timezone = 'UTC';
\ir helpers/stripe.sql
SET pg_credits.now = '2026-01-10 10:00:00+00';
SELECT isnt(credits.configure('{
    "default_plan": "free", "margin": "0.8",
    "plans": {"free": {"credits": 500, "interval": "1 month", "grant_on": "clock"},
              "seat": {"price": "10", "interval": "1 month", "credits": 100}, "big": {"price": "100", "interval": "1 month", "credits": 1000},
              "year": {"price": "100", "interval": "1 year", "credits": 1500}, "life": {"price": "50", "credits": 1000},
              "keep": {"price": "10", "interval": "1 month", "credits": 100, "renewal": "rollover", "rollover": {"min": 0, "max": 30}}},
    "stripe": {"webhook_secret": "whsec_test", "livemode": false, "prices": {"price_seat": "seat", "price_big": "big", "price_keep": "keep"}}}'), NULL, 'configured');
CREATE FUNCTION public.state(account text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' | ', b.balance, b.plan, format('%s to %s', b.period_start::date, b.period_end::date), 'paid until ' || w.paid_until::date,
                     (SELECT string_agg(v.check_name || ' ' || v.detail, ', ') FROM credits.verify(account) v))
    FROM credits.balance(account) b, credits.wallet w WHERE w.account_id = account $$;
CREATE FUNCTION public.paid(account text, amount numeric, reference text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', r.kind, r.amount) FROM credits.record_payment(account, 'subscription', amount, reference) r $$;
CREATE FUNCTION public.returned(account text, reference text, amount numeric) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', r.kind, r.amount, r.balance) FROM credits.refund_payment(account, reference, amount, 'r' || reference || amount) r $$;
CREATE FUNCTION public.waiting(account text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s from %s', l.amount, l.effective_at::date), ', ' ORDER BY l.effective_at, l.lot_no) FROM credits.lots(account) l WHERE l.state = 'scheduled' $$;
CREATE FUNCTION public.customer(account text, plan text) RETURNS void LANGUAGE sql AS $$ SELECT credits.open_account(account, plan), credits.link_customer(account, 'cus_' || account) $$;
CREATE FUNCTION public.billed(account text, no integer, price text, amount bigint, months interval) RETURNS text LANGUAGE sql AS $$
    SELECT public.deliver(public.event(format('evt_%s%s', account, no), 'invoice.paid', m, public.invoice(format('in_%s%s', account, no), amount,
        jsonb_build_array(public.line(price, amount, m, m + interval '1 month')), m, jsonb_build_object('payment_intent', format('pi_%s%s', account, no)), 'cus_' || account))) ->> 'status'
    FROM (SELECT timestamptz '2026-01-10 10:00+00' + months) v(m) $$;
CREATE FUNCTION public.disputed(account text, no integer, amount bigint, status text) RETURNS text LANGUAGE sql AS $$
    SELECT public.deliver(public.event(format('evt_d%s%s%s', account, no, status), CASE status WHEN 'won' THEN 'charge.dispute.closed' ELSE 'charge.dispute.created' END, credits.now(),
        public.dispute('dp_' || account, amount, status, format('ch_%s%s', account, no), format('pi_%s%s', account, no)))) ->> 'status' $$;

-- An upgrade that went back is paid again.
SELECT credits.open_account('upgrade', 'seat') \g /dev/null
SELECT is(public.paid('upgrade', 10, 'p1'), 'grant 100', 'a period');
SELECT credits.change_plan('upgrade', 'big') \g /dev/null
SELECT is(public.paid('upgrade', 90, 'p2') || ', ' || public.returned('upgrade', 'p2', 90) || ', ' || public.paid('upgrade', 90, 'p3'), 'grant 900, clawback -900 100, grant 900', 'the rest of a larger plan, returned, paid again');
SELECT is(public.state('upgrade'), '1000 | big | 2026-01-10 to 2026-02-10 | paid until 2026-02-10', 'is of the present period');

-- Another invoice of a period whose first was returned.
SELECT public.customer('again', NULL) \g /dev/null
SELECT is(public.billed('again', 1, 'price_seat', 1000, '0') || ', ' || public.returned('again', 'in_again1', 10) || ', ' || public.billed('again', 2, 'price_seat', 1000, '0'), 'processed, clawback -100 0, processed', 'invoice, refund, invoice');
SELECT is(public.state('again'), '100 | seat | 2026-01-10 to 2026-02-10 | paid until 2026-02-10', 'the second one pays');

-- A plan without an interval.
SELECT credits.open_account('once', 'life') \g /dev/null
SELECT is(public.paid('once', 50, 'p1') || ', ' || public.returned('once', 'p1', 50) || ', ' || public.paid('once', 50, 'p2'), 'grant 1000, clawback -1000 0, grant 1000', 'bought once, returned, bought');
SELECT is(public.paid('once', 50, 'p3'), 'adjust 0', 'and no second time');

-- Two periods ahead, in either order.
SELECT credits.open_account(a, 'seat') FROM unnest('{last,first}'::text[]) a \g /dev/null
SELECT is(public.paid(a, 10, 'p1') || ', ' || public.paid(a, 10, 'p2') || ', ' || public.paid(a, 10, 'p3'), 'grant 100, adjust 0, adjust 0', a) FROM unnest('{last,first}'::text[]) a;
SELECT is(public.returned('last', 'p3', 10) || ', ' || public.returned('last', 'p2', 10), 'clawback 0 100, clawback 0 100', 'the last one first');
SELECT is(public.returned('first', 'p2', 10) || ', ' || public.returned('first', 'p3', 10), 'clawback 0 100, clawback 0 100', 'the first one first');
SELECT is(public.state(a), '100 | seat | 2026-01-10 to 2026-02-10 | paid until 2026-02-10', a || ': neither is paid') FROM unnest('{last,first}'::text[]) a;
SELECT is(public.paid(a, 10, 'p4') || ', ' || public.waiting(a), 'adjust 0, 100 from 2026-02-10', a || ': what is paid then is the next one') FROM unnest('{last,first}'::text[]) a;

-- Payments of one moment keep their lots apart.
SELECT credits.open_account('apart', 'seat') \g /dev/null
SELECT is(public.paid('apart', 10, 'p1') || ', ' || public.paid('apart', 10, 'p2'), 'grant 100, adjust 0', 'a period ahead');
SELECT is((SELECT amount FROM credits.record_payment('apart', 'other', 5, 'o1')), 0::numeric, 'and money for something else');
SELECT is((SELECT string_agg(concat_ws(' ', p.reference, p.lot_no), ', ' ORDER BY p.reference) FROM credits.payment p WHERE p.account_id = 'apart'), 'o1, p1 1, p2 2', 'which brings no lot');
SELECT is(public.returned('apart', 'o1', 5), 'clawback 0 100', 'nothing of it goes back');
SELECT is(public.waiting('apart'), '100 from 2026-02-10', 'the period to come keeps its credits');

-- Credits that the application grants for later are no period.
SELECT credits.open_account('later', 'seat') \g /dev/null
SELECT is(public.paid('later', 10, 'p1'), 'grant 100', 'a period');
SELECT is((SELECT amount FROM credits.grant('later', 50, 'plan', category => 'paid', effective_at => '2028-01-01')), 0::numeric, 'plan credits of later');
SELECT is(public.paid('later', 10, 'p2') || ', ' || public.waiting('later'), 'adjust 0, 100 from 2026-02-10, 50 from 2028-01-01', 'the next period is paid in full');

-- Lots that were voided before they began: nothing came that could be asked back, and nothing comes back.
SELECT credits.open_account('void', 'seat'), public.customer('revived', 'seat') \g /dev/null
SELECT is(public.paid('void', 10, 'p1') || ', ' || public.paid('void', 10, 'p2'), 'grant 100, adjust 0', 'a period ahead');
SELECT is((credits.void_lot('void', 2)).amount, 0::numeric, 'voided');
SELECT is(public.billed('revived', 1, 'price_seat', 1000, '0') || ', ' || public.billed('revived', 2, 'price_seat', 1000, '1 month') || ', ' || public.disputed('revived', 2, 400, 'needs_response'), 'processed, processed, processed', 'one in dispute');
SELECT is(public.waiting('revived'), '60 from 2026-02-10', 'the rest of it waits');
SELECT is((credits.void_lot('revived', 2)).amount, 0::numeric, 'voided');
SELECT is(public.disputed('revived', 2, 400, 'won'), 'processed', 'the dispute is won');
SELECT is(public.waiting('revived'), NULL, 'what was voided stays so');

-- A dispute of a period to come that is won when that has begun.
SELECT public.customer(a, 'seat') FROM unnest('{part,whole}'::text[]) a \g /dev/null
SELECT is(public.billed(a, 1, 'price_seat', 1000, '0') || ', ' || public.billed(a, 2, 'price_seat', 1000, '1 month'), 'processed, processed', a) FROM unnest('{part,whole}'::text[]) a;
SELECT is(public.disputed('part', 2, 400, 'needs_response') || ', ' || public.disputed('whole', 2, 1000, 'needs_response'), 'processed, processed', 'in dispute');

-- Longer periods paid ahead last as long as they were paid for.
SELECT credits.open_account(a, 'seat') FROM unnest('{back,two}'::text[]) a \g /dev/null
SELECT is(public.paid(a, 10, 'p1'), 'grant 100', a || ': a month') FROM unnest('{back,two}'::text[]) a;
SELECT is(public.paid('two', 10, 'p2'), 'adjust 0', 'two: one more');
SELECT credits.change_plan(a, 'year', 'period_end') FROM unnest('{back,two}'::text[]) a \g /dev/null
SELECT is(public.paid(a, 100, 'p3'), 'adjust 0', a || ': then a year') FROM unnest('{back,two}'::text[]) a;
SELECT credits.change_plan('back', 'seat') \g /dev/null

-- Months that were paid ahead, and then a year from now on: what is paid next is another year.
SELECT credits.open_account('year', 'seat') \g /dev/null
SELECT is(public.paid('year', 10, 'p1') || ', ' || public.paid('year', 10, 'p2'), 'grant 100, adjust 0', 'two months');
SELECT credits.change_plan('year', 'year') \g /dev/null
SELECT is(public.paid('year', 100, 'p3') || ', ' || public.paid('year', 100, 'p4'), 'grant 1500, adjust 0', 'and two years');
SELECT is(public.waiting('year'), '100 from 2026-02-10, 1500 from 2027-01-10', 'one after the other');

-- A month whose lot was voided is no part of the one before it.
SELECT credits.open_account('gap', 'seat') \g /dev/null
SELECT is(public.paid('gap', 10, 'p1') || ', ' || public.paid('gap', 10, 'p2') || ', ' || public.paid('gap', 10, 'p3'), 'grant 100, adjust 0, adjust 0', 'three months');
SELECT is((credits.void_lot('gap', 3)).amount, 0::numeric, 'the last one''s lot is voided');

-- Months within a year that was paid.
SELECT credits.open_account('down', 'year') \g /dev/null
SELECT is(public.paid('down', 100, 'p1'), 'grant 1500', 'a year');
SELECT credits.change_plan('down', 'seat') \g /dev/null
SELECT is(public.paid('down', 10, 'p2') || ', ' || public.paid('down', 10, 'p3'), 'grant 100, adjust 0', 'then two months');
SELECT is(public.state('down') || ', ' || public.waiting('down'), '100 | seat | 2026-01-10 to 2026-02-10 | paid until 2026-03-10, 100 from 2026-02-10', 'one after the other');

-- Refunded after the period is over, with calls in between and without.
SELECT credits.open_account(a, 'seat') FROM unnest('{called,still}'::text[]) a \g /dev/null
SELECT is(public.paid(a, 10, 'p1') || ', ' || public.paid(a, 10, 'p2') || ', ' || public.paid(a, 10, 'p3'), 'grant 100, adjust 0, adjust 0', a) FROM unnest('{called,still}'::text[]) a;

SET pg_credits.now = '2026-02-20 10:00:00+00';
SELECT is(public.returned('void', 'p2', 10), 'clawback 0 0', 'nothing is asked for that did not come');
SELECT is(public.disputed('part', 2, 400, 'won') || ', ' || public.disputed('whole', 2, 1000, 'won'), 'processed, processed', 'won');
SELECT is(public.paid(a, 10, 'p3') || ', ' || public.waiting(a), 'adjust 0, 100 from 2026-03-10', a || ': the present period is paid in full, so this is the next one') FROM unnest('{part,whole}'::text[]) a;
SELECT is((credits.deduct('called', 1)).balance, 99::numeric, 'a call');
SELECT is(public.state('gap'), '100 | seat | 2026-02-10 to 2026-03-10 | paid until 2026-04-10', 'gap: the second month ends as it was paid for');

-- A late invoice of a period that is over, while a hold keeps what roll-over would cut.
SELECT public.customer('held', NULL) \g /dev/null
SELECT is(public.billed('held', 2, 'price_keep', 1000, '1 month'), 'processed', 'February');
SELECT is((credits.authorize('held', 5)).outcome, 'ok', 'a hold');
SELECT is(public.billed('held', 1, 'price_keep', 1000, '0'), 'processed', 'January is told');
SELECT is((SELECT string_agg(format('%s %s', p.reference, p.credits::numeric), ', ' ORDER BY p.reference) FROM credits.payment p WHERE p.account_id = 'held'), 'in_held1 100, in_held2 100', 'each has brought its own lot');

SET pg_credits.now = '2026-03-20 10:00:00+00';
SELECT is(public.returned('called', 'p2', 10), 'clawback -1 99', 'what was used of it is taken from the next period''s');
SELECT is(public.returned('still', 'p2', 10), 'clawback 0 100', 'nothing was used, nothing is taken');
SELECT is(public.state('back'), '1500 | seat | 2026-02-10 to 2027-02-10 | paid until 2027-02-10', 'a year, though the plan is one of months');
SELECT is(public.state('two'), '1500 | year | 2026-03-10 to 2027-03-10 | paid until 2027-03-10', 'a year that begins after the months that were paid');

-- A period that the account enters late has seen overage that was taken back, too.
SELECT isnt(credits.configure('{"plans": {"over": {"price": "10", "interval": "1 month", "credits": 100, "limits": [{"name": "calls", "metric": "credits", "window": "day", "limit": 10, "effect": "overage", "price": "0.01", "warn_at": null}]}},
    "stripe": {"prices": {"price_over": "over"}}}'), NULL, 'a plan with overage');
SELECT public.customer('over', 'over') \g /dev/null
SELECT is((SELECT amount FROM credits.grant('over', 50)), 50::numeric, 'credits');
SET pg_credits.now = '2026-03-21 10:00:00+00';
SELECT is((SELECT amount FROM credits.deduct('over', 30)), -30::numeric, 'above the limit');
SET pg_credits.now = '2026-03-21 10:05:00+00';
SELECT is((SELECT amount FROM credits.refund('over', 2)), 30::numeric, 'refunded');
SELECT is(public.billed('over', 1, 'price_over', 1000, '68 days'), 'processed', 'the invoice of a period since two days before is told');
SELECT is((SELECT w.period_overage::numeric FROM credits.wallet w WHERE w.account_id = 'over'), 0::numeric, 'nothing is owed');
SET pg_credits.now = '2027-03-01 10:00:00+00';
SELECT is(public.state('two'), '1500 | year | 2026-03-10 to 2027-03-10 | paid until 2027-03-10', 'and lasts to its end');

-- A dispute that is open while its period ends, and won then: what would have gone with the period is not given back,
-- what was taken of other credits is. As if it had been told when all was over.
SET pg_credits.now = '2028-01-11 10:00:00+00';
SELECT public.customer(a, 'seat') FROM unnest('{early,late,early_used,late_used}'::text[]) a \g /dev/null
SELECT is(public.billed(a, 1, 'price_seat', 1000, '24 months'), 'processed', a || ': a period') FROM unnest('{early,late,early_used,late_used}'::text[]) a;
SELECT is((credits.deduct(a, 30)).balance, 70::numeric, a || ': some are used') FROM unnest('{early_used,late_used}'::text[]) a;
SELECT is(public.disputed(a, 1, 1000, 'needs_response'), 'processed', a || ': in dispute') FROM unnest('{early,early_used}'::text[]) a;
SELECT is(public.state('early_used'), '-30 | seat | 2028-01-10 to 2028-02-10 | paid until 2028-02-10', 'all is taken, the period stays paid');
SET pg_credits.now = '2028-02-11 10:00:00+00';
SELECT is(public.billed(a, 2, 'price_seat', 1000, '25 months'), 'processed', a || ': the next period') FROM unnest('{early,late,early_used,late_used}'::text[]) a;
SET pg_credits.now = '2028-02-12 10:00:00+00';
SELECT is(public.disputed(a, 1, 1000, 'needs_response'), 'processed', a || ': in dispute') FROM unnest('{late,late_used}'::text[]) a;
SELECT is(public.disputed(a, 1, 1000, 'won'), 'processed', a || ': won') FROM unnest('{early,late,early_used,late_used}'::text[]) a;
SELECT is(public.state(a), '100 | seat | 2028-02-10 to 2028-03-10 | paid until 2028-03-10', a || ': has its period''s credits') FROM unnest('{early,late,early_used,late_used}'::text[]) a;
SELECT is((SELECT count(*) FROM credits.verify()), 0::bigint, 'everything is in order');
SELECT finish();
