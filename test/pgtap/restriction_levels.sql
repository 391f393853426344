-- Accounts counted by level: what the view works out from wallets is what each account answers by itself, also for levels
-- that no call has written yet, and for ladders that rest on more than a wallet's totals.
\ir helpers/tap.sql
SET pg_credits.now = '2026-01-10 10:00:00+00';

SELECT isnt(credits.configure('{
    "plans": {"small": {"credits": 100, "interval": "1 month", "grant_on": "clock", "overdraft": "1000", "cost_budget": "10"},
              "covered": {"credits": 100, "interval": "1 month", "grant_on": "clock", "cost_budget": "4", "cover": "5"}},
    "actions": {"dear": {"credits": 1, "cost": "1"}}}'), NULL, 'configured, without a ladder');
CREATE FUNCTION public.counted() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(l.level || ' ' || l.accounts, ', ' ORDER BY l.level) FROM credits.restriction_levels l $$;
CREATE FUNCTION public.answered() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(x.level || ' ' || x.accounts, ', ' ORDER BY x.level)
    FROM (SELECT b.level, count(*) AS accounts FROM credits.account a, LATERAL credits.balance(a.account_id) b GROUP BY 1) x
$$;
-- Account n has cost 1 USD, n times.
SELECT credits.open_account('a' || n, CASE WHEN n % 2 = 0 THEN 'small' ELSE 'covered' END) FROM generate_series(0, 12) n \g /dev/null
SELECT credits.deduct('a' || n, action => 'dear') FROM generate_series(1, 12) n, generate_series(1, n) \g /dev/null
SELECT credits.open_account('debtor', 'small') \g /dev/null
SELECT credits.deduct('debtor', 120) \g /dev/null
SELECT credits.open_account('free') \g /dev/null
SELECT is(public.counted(), 'normal 14, payment_required 1', 'without a ladder only debt counts');
SELECT is(public.counted(), public.answered(), 'as each account says');

SELECT isnt(credits.configure('{"ladder": [{"level": "reduced", "at": 50, "of": "cost_budget"}, {"level": "suspended", "at": 100, "of": "cost_budget"}]}'), NULL, 'a ladder');
SELECT is(public.counted(), public.answered(), 'levels that no call has written yet count');
SELECT is(public.counted(), 'normal 5, payment_required 1, reduced 3, suspended 6', 'and these are they');
SELECT credits.record_payment('a11', 'other', 50, 'of a11') \g /dev/null
SELECT is(public.counted(), public.answered(), 'after a payment');
SET pg_credits.now = '2026-02-10 10:00:00+00';
SELECT is(public.counted(), public.answered(), 'in a new period that nobody has written');
SELECT is(public.counted(), 'normal 15', 'all is well again');

SET pg_credits.now = '2026-02-11 10:00:00+00';
SELECT isnt(credits.configure('{"limits": [{"name": "day", "metric": "requests", "limit": 4, "window": "day", "effect": "warn"}],
    "ladder": [{"level": "reduced", "at": 50, "of": "cost_budget"}, {"level": "slow", "at": 100, "of": "day"}]}'), NULL, 'a step that rests on a limit');
SELECT credits.deduct('a' || n, action => 'dear') FROM generate_series(1, 6) n, generate_series(1, n) \g /dev/null
SELECT is(public.counted(), public.answered(), 'levels that rest on a limit');
SELECT cmp_ok((SELECT accounts FROM credits.restriction_levels WHERE level = 'slow'), '>', 0::bigint, 'there are some');
SELECT is_empty('SELECT * FROM credits.verify()', 'the books are right');
SELECT * FROM finish();
