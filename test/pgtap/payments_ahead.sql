-- Periods that are paid for before they begin: their credits wait in lots of their own, which go back with their money;
-- payments after a refund, for a plan of another length, for a plan that is to come.
\ir helpers/tap.sql
SET timezone = 'UTC';
SET pg_credits.now = '2026-01-10 10:00:00+00';
SELECT isnt(credits.configure('{
    "margin": "0.80", "default_plan": "free",
    "plans": {"free": {"credits": 500, "interval": "1 month", "grant_on": "clock"},
              "seat": {"price": "10", "interval": "1 month", "credits": 100}, "big": {"price": "100", "interval": "1 month", "credits": 1000},
              "year": {"price": "100", "interval": "1 year", "credits": 1500},
              "pro": {"price": "99", "interval": "1 month", "credits": "from_margin"},
              "keep": {"price": "10", "interval": "1 month", "credits": 100, "renewal": "rollover", "rollover": {"min": 0, "max": 30}}}}'), NULL, 'configured');
CREATE FUNCTION public.state(account text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' | ', b.balance, b.plan, format('%s to %s', b.period_start::date, b.period_end::date), 'paid until ' || w.paid_until::date,
                     (SELECT string_agg(v.check_name || ' ' || v.detail, ', ') FROM credits.verify(account) v))
    FROM credits.balance(account) b, credits.wallet w WHERE w.account_id = account $$;
CREATE FUNCTION public.paid(account text, amount numeric, reference text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', r.kind, r.amount, CASE WHEN r.replayed THEN 'replayed' END) FROM credits.record_payment(account, 'subscription', amount, reference) r $$;
CREATE FUNCTION public.waiting(account text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s from %s', l.amount, l.effective_at::date), ', ' ORDER BY l.effective_at, l.lot_no) FROM credits.lots(account) l WHERE l.state = 'scheduled' $$;
CREATE FUNCTION public.returned(account text, reference text, amount numeric, refund text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', r.kind, r.amount, r.balance) FROM credits.refund_payment(account, reference, amount, refund) r $$;
CREATE FUNCTION public.payments(account text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s %s of %s, %s to %s', p.reference, p.clawed::numeric, p.credits::numeric, p.period_start::date, p.period_end::date), '; ' ORDER BY p.booked_at, p.entry_no)
    FROM credits.payment p WHERE p.account_id = account $$;

-- Two periods at once: the second one's credits wait.
SELECT credits.open_account(a, 'seat') FROM unnest('{late,early,half,undone}'::text[]) a \g /dev/null
SELECT is(public.paid(a, 10, 'p1') || ', ' || public.paid(a, 10, 'p2'), 'grant 100, adjust 0', a || ': the period, and the next one') FROM unnest('{late,early,half,undone}'::text[]) a;
SELECT is(public.waiting('late'), '100 from 2026-02-10', 'its credits wait for it');
SELECT is(public.payments('late'), 'p1 0 of 100, 2026-01-10 to 2026-02-10; p2 0 of 100, 2026-02-10 to 2026-03-10', 'and are those of the payment');
SELECT is(public.state('late'), '100 | seat | 2026-01-10 to 2026-02-10 | paid until 2026-03-10', 'paid until its end');

-- Refunded before it begins, in full and in part.
SELECT is(public.returned('early', 'p2', 10, 'r'), 'clawback 0 100', 'refunded before it begins: nothing was there to take');
SELECT is(public.waiting('early'), NULL, 'nothing is to come any more');
SELECT is(public.state('early'), '100 | seat | 2026-01-10 to 2026-02-10 | paid until 2026-02-10', 'and the period is not paid');
SELECT is(public.returned('half', 'p2', 5, 'r1'), 'clawback 0 100', 'half of it');
SELECT is(public.waiting('half'), '50 from 2026-02-10', 'half of the credits is to come');
SELECT is(public.payments('half'), 'p1 0 of 100, 2026-01-10 to 2026-02-10; p2 50 of 100, 2026-02-10 to 2026-03-10', 'the payment says so');
SELECT is((SELECT l.price_paid FROM credits.lots('half') l WHERE l.state = 'scheduled'), 5::numeric, 'for which 5 USD were paid');
SELECT is(public.returned('undone', 'p2', 1, 'r1') || ', ' || public.returned('undone', 'p2', 9, 'r2'), 'clawback 0 100, clawback 0 100', 'all of it, in two parts');
SELECT is(public.paid('undone', 10, 'p3'), 'adjust 0', 'and paid once more');
SELECT is(public.waiting('undone'), '100 from 2026-02-10', 'the credits are to come');
SELECT is(public.state(a), '100 | seat | 2026-01-10 to 2026-02-10 | paid until 2026-03-10', a || ': all is in order') FROM unnest('{half,undone}'::text[]) a;

-- The period begins: read, written, refunded then.
SET pg_credits.now = '2026-02-11 10:00:00+00';
SELECT is(public.state('late'), '100 | seat | 2026-02-10 to 2026-03-10 | paid until 2026-03-10', 'read: the old credits are gone, the new ones there');
SELECT is((credits.deduct('late', 30)).balance, 70::numeric, 'some are used');
SELECT is(public.returned('late', 'p2', 10, 'r'), 'clawback -100 -30', 'refunded when it has begun: all go back, those used become debt');
SELECT is(public.state('late'), '-30 | seat | 2026-02-10 to 2026-03-10 | paid until 2026-02-10', 'and the period is to be paid again');
SELECT is(public.paid('late', 10, 'p3'), 'grant 100', 'paid again');
SELECT is(public.state('late'), '70 | seat | 2026-02-10 to 2026-03-10 | paid until 2026-03-10', 'it has its credits');
SELECT is(public.returned('half', 'p2', 5, 'r2'), 'clawback -50 0', 'the other half');
SELECT is(public.payments('half'), 'p1 0 of 100, 2026-01-10 to 2026-02-10; p2 100 of 100, 2026-02-10 to 2026-03-10', 'all of it went back');
SELECT is(public.state('half'), '0 | seat | 2026-02-10 to 2026-03-10 | paid until 2026-02-10', 'in order');
SELECT is(public.state('early'), '100 | seat | 2026-02-10 to 2026-03-10 | paid until 2026-02-10', 'an unpaid period brings nothing, old credits stay');
SELECT is((SELECT string_agg(concat_ws(' ', l.kind, l.amount), ', ' ORDER BY l.entry_no) FROM credits.ledger l WHERE l.account_id = 'late'),
    'grant 100, adjust 0, expire -100, grant 100, deduct -30, clawback -100, grant 100', 'on the books');

-- Refunded in full and paid again in one period.
SELECT credits.open_account(a, 'seat') FROM unnest('{again,twice}'::text[]) a \g /dev/null
SELECT is(public.paid('again', 10, 'p1') || ', ' || public.returned('again', 'p1', 10, 'r1') || ', ' || public.paid('again', 10, 'p2'), 'grant 100, clawback -100 0, grant 100', 'paid, returned, paid');
SELECT is(public.state('again'), '100 | seat | 2026-02-11 to 2026-03-11 | paid until 2026-03-11', 'the credits are there');
SELECT is(public.returned('again', 'p2', 4, 'r2') || ', ' || public.paid('again', 10, 'p3'), 'clawback -40 60, adjust 0', 'in part returned, the period stays paid: the next one is');
SELECT credits.change_plan('twice', 'big') \g /dev/null
SELECT is(public.paid('twice', 100, 'p1') || ', ' || public.returned('twice', 'p1', 100, 'r1') || ', ' || public.paid('twice', 100, 'p2') || ', ' || public.paid('twice', 100, 'p3'),
    'grant 1000, clawback -1000 0, grant 1000, adjust 0', 'and the next one ahead');

-- The plan changes between payment and period: what was paid for comes.
SET pg_credits.now = '2026-06-01 10:00:00+00';
SELECT credits.open_account(a, 'seat') FROM unnest('{larger,freed}'::text[]) a \g /dev/null
SELECT is(public.paid(a, 10, 'p1') || ', ' || public.paid(a, 10, 'p2'), 'grant 100, adjust 0', a) FROM unnest('{larger,freed}'::text[]) a;
SELECT credits.change_plan('larger', 'big'), credits.change_plan('freed', 'free') \g /dev/null
SET pg_credits.now = '2026-07-02 10:00:00+00';
SELECT is(public.state('larger'), '100 | big | 2026-07-01 to 2026-08-01 | paid until 2026-08-01', 'to a larger plan: no more than was paid for');
SELECT is(public.paid('larger', 90, 'p3'), 'grant 900', 'the rest for the difference');
SELECT is(public.state('larger'), '1000 | big | 2026-07-01 to 2026-08-01 | paid until 2026-08-01', 'the larger plan''s');
SELECT is(public.state('freed'), '100 | free | 2026-07-01 to 2026-08-01 | paid until 2026-08-01', 'to a free one: what was paid for, and no free credits beside it');

-- From a margin: credits for the money, until the period is full.
SELECT credits.open_account('pro', 'pro') \g /dev/null
SELECT is(public.paid('pro', 99, 'p1') || ', ' || public.paid('pro', 1, 'p2'), 'grant 1980, adjust 0', 'one dollar ahead');
SELECT is(public.waiting('pro'), '20 from 2026-08-02', 'brings what it pays for');
SELECT is(public.paid('pro', 98, 'p3') || ', ' || public.paid('pro', 99, 'p4'), 'adjust 0, adjust 0', 'the rest, and one more period');
SELECT is(public.waiting('pro'), '20 from 2026-08-02, 1960 from 2026-08-02, 1980 from 2026-09-02', 'each its own');
SELECT is(public.state('pro'), '1980 | pro | 2026-07-02 to 2026-08-02 | paid until 2026-10-02', 'paid until the last one''s end');
SET pg_credits.now = '2026-09-02 10:00:00+00';
SELECT is((credits.deduct('pro', 1)).balance, 1979::numeric, 'period by period');
SELECT is((SELECT count(*) FROM credits.verify('pro')), 0::bigint, 'in order');

-- Roll-over concerns what is left of the old period only.
SELECT credits.open_account('keep', 'keep') \g /dev/null
SELECT is(public.paid('keep', 10, 'p1') || ', ' || public.paid('keep', 10, 'p2'), 'grant 100, adjust 0', 'a plan that rolls over');
SET pg_credits.now = '2026-10-02 10:00:00+00';
SELECT is(public.state('keep'), '130 | keep | 2026-10-02 to 2026-11-02 | paid until 2026-11-02', '30 of the old, 100 of the new');

-- Plans of another length.
SELECT credits.open_account('longer', 'seat') \g /dev/null
SELECT is(public.paid('longer', 10, 'p1'), 'grant 100', 'a month');
SET pg_credits.now = '2026-10-12 10:00:00+00';
SELECT credits.change_plan('longer', 'year') \g /dev/null
SELECT is(public.paid('longer', 100, 'p2'), 'grant 1500', 'then a year');
SELECT is(public.state('longer'), '1500 | year | 2026-10-12 to 2027-10-12 | paid until 2027-10-12', 'begins a period of its own');
SELECT credits.open_account('soon', 'seat') \g /dev/null
SELECT is(public.paid('soon', 10, 'p1'), 'grant 100', 'a month');
SELECT credits.change_plan('soon', 'year', 'period_end') \g /dev/null
SELECT is(public.paid('soon', 100, 'p2'), 'adjust 0', 'the year that is to come then, paid ahead');
SELECT is(public.payments('soon'), 'p1 0 of 100, 2026-10-12 to 2026-11-12; p2 0 of 1500, 2026-11-12 to 2027-11-12', 'is the one paid for');
SET pg_credits.now = '2026-11-13 10:00:00+00';
SELECT is(public.state('soon'), '1500 | year | 2026-11-12 to 2027-11-12 | paid until 2027-11-12', 'begins when the month ends');

-- The plan that takes over at the end of the period is a free one that grants by the clock: what was left goes.
SELECT credits.open_account('leaves', 'seat') \g /dev/null
SELECT is(public.paid('leaves', 10, 'p1'), 'grant 100', 'a month');
SELECT credits.change_plan('leaves', 'free', 'period_end') \g /dev/null
SET pg_credits.now = '2026-12-14 10:00:00+00';
SELECT is(public.state('leaves'), '500 | free | 2026-12-13 to 2027-01-13 | paid until 2026-12-13', 'the free plan''s credits are all');

SELECT credits.open_account('bare') \g /dev/null
UPDATE credits.wallet SET plan = NULL WHERE account_id = 'bare';
SELECT throws_ok($$ SELECT credits.record_payment('bare', 'subscription', 10, 'p1') $$, '22023', 'the account has no plan that could be paid for', 'an account without a plan');
SELECT is((SELECT count(*) FROM credits.verify()), 0::bigint, 'everything is in order');
SELECT finish();
