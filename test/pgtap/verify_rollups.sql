-- verify() finds planted damage in the roll-ups, and names it. Each damage is planted and undone again. What was rolled up
-- of a part of the ledger that has been detached is no damage, and stays.
\ir helpers/tap.sql
SET timezone = 'UTC';
SET jit = off;
SET pg_credits.now = '2026-01-15 12:00:00+00';
SELECT isnt(credits.configure('{"guarantee": {"revenue": "5", "cost": "2", "profit": "3"}, "prices": [{"provider": "p", "model": "m", "metric": "input_tokens", "price": "0.001"}]}'), NULL, 'configured');
SELECT is(credits.open_account(a), a, 'opened') FROM unnest(ARRAY['a', 'b']) a;
DO $$
BEGIN
    PERFORM credits.grant('a', 1000);
    PERFORM credits.deduct('a', 10, provider => 'p', model => 'm', usage => '{"input_tokens": 100}', action => 'x', member_id => 'ann');
    PERFORM credits.deduct('a', 20, provider => 'p', model => 'm', usage => '{"input_tokens": 200}', action => 'y');
    PERFORM credits.refund('a', 3, 5);
    PERFORM set_config('pg_credits.now', '2026-01-15 12:00:01+00', true);
    PERFORM credits.record_payment('a', 'other', 10, 'payment 1');
    PERFORM credits.record_payment('b', 'other', 10, 'payment 2');
    PERFORM credits.record_cost('b', 'p', 'm', '{"input_tokens": 50}');
END $$;
SELECT is(credits.roll_up(), 7::bigint, 'all is rolled up');
-- As it is at the next roll-up, unless somebody else in the cluster is writing.
UPDATE credits.rollup_state SET rolled_until = clock_timestamp();
SELECT is_empty('SELECT * FROM credits.verify()', 'nothing is wrong yet');

CREATE TABLE public.damage (no integer GENERATED ALWAYS AS IDENTITY, what text, command text, checks text, of_account text);
INSERT INTO public.damage (what, command, checks, of_account) VALUES
    ('requests of an account', 'UPDATE credits.rollup_account SET requests = requests + 1 WHERE account_id = ''a''', 'rollup_account', 'rollup_account'),
    ('cost of an account', 'UPDATE credits.rollup_account SET cost = cost - 0.001 WHERE account_id = ''a''', 'rollup_account', 'rollup_account'),
    ('the month of an account', 'UPDATE credits.rollup_account SET month = ''2026-02-01'' WHERE account_id = ''a''', 'rollup_account', 'rollup_account'),
    ('an account removed', 'DELETE FROM credits.rollup_account WHERE account_id = ''a''', 'rollup_account', 'rollup_account'),
    ('tokens of a member', 'UPDATE credits.rollup_usage SET input_tokens = 99 WHERE member_id = ''ann''', 'rollup_usage', 'rollup_usage'),
    ('use of a model moved', 'UPDATE credits.rollup_usage SET model = ''n'' WHERE member_id = ''ann''', 'rollup_usage', 'rollup_usage'),
    ('use that never was', 'INSERT INTO credits.rollup_usage SELECT account_id, ''2025-01-01'', provider, model, action, member_id, requests, records, input_tokens, output_tokens, credits, refunded, cost, overage FROM credits.rollup_usage WHERE member_id = ''ann''', 'rollup_usage', 'rollup_usage'),
    ('credits of a day', 'UPDATE credits.rollup_day SET credits = credits + 1 WHERE action = ''x''', 'rollup_day', NULL),
    ('another day', 'UPDATE credits.rollup_day SET day = day + 1 WHERE action = ''x''', 'rollup_day', NULL),
    ('a day removed', 'DELETE FROM credits.rollup_day WHERE action = ''y''', 'rollup_day', NULL),
    ('refunds of an hour', 'UPDATE credits.rollup_hour SET refunded = 0', 'rollup_hour', NULL),
    ('another hour', 'UPDATE credits.rollup_hour SET hour = hour + interval ''1 hour''', 'rollup_hour', NULL),
    ('revenue of an hour', 'UPDATE credits.rollup_revenue SET revenue = revenue + 1', 'rollup_revenue', NULL),
    ('revenue of another kind', 'UPDATE credits.rollup_revenue SET kind = ''pack''', 'rollup_revenue', NULL),
    ('fees of an account', 'UPDATE credits.rollup_income SET fee = fee + 1 WHERE account_id = ''a''', 'rollup_income', 'rollup_income'),
    ('cost of an account with revenue', 'UPDATE credits.rollup_income SET cost = cost + 0.001 WHERE account_id = ''a''', 'rollup_income', 'rollup_income'),
    ('cost from before its revenue', 'UPDATE credits.rollup_income SET cost_before = 0 WHERE account_id = ''a''', 'rollup_income', 'rollup_income'),
    ('its first revenue', 'UPDATE credits.rollup_income SET first_revenue_at = ''2026-01-15 12:00:02+00'' WHERE account_id = ''a''', 'rollup_income', 'rollup_income'),
    ('income of an account removed', 'DELETE FROM credits.rollup_income WHERE account_id = ''a''', 'rollup_income rollup_payers', 'rollup_income'),
    ('one account more has paid', 'UPDATE credits.rollup_payers SET accounts = accounts + 1', 'rollup_payers', NULL),
    ('an entry rolled up twice', 'UPDATE credits.rollup_mark SET entry_no = entry_no - 1 WHERE account_id = ''a''', 'rollup_late', 'rollup_late'),
    ('a call rolled up twice', 'UPDATE credits.rollup_mark SET entry_no = 1 WHERE account_id = ''a''', 'rollup_account rollup_day rollup_hour rollup_income rollup_late rollup_usage', 'rollup_account rollup_income rollup_late rollup_usage'),
    ('a payment rolled up twice', 'UPDATE credits.rollup_mark SET revenue_no = 0 WHERE account_id = ''a''', 'rollup_income rollup_late rollup_revenue', 'rollup_income rollup_late'),
    ('entries marked that are not there', 'UPDATE credits.rollup_mark SET entry_no = 9 WHERE account_id = ''a''', 'rollup_mark', 'rollup_mark'),
    ('revenue marked that is not there', 'UPDATE credits.rollup_mark SET revenue_no = 9 WHERE account_id = ''a''', 'rollup_mark', 'rollup_mark'),
    ('a mark removed', 'DELETE FROM credits.rollup_mark WHERE account_id = ''a''', 'rollup_account rollup_day rollup_hour rollup_income rollup_late rollup_revenue rollup_usage', 'rollup_account rollup_income rollup_late rollup_usage');

CREATE FUNCTION public.checks_after(command text, OUT everywhere text, OUT of_a text, OUT of_b text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    everywhere := (SELECT string_agg(DISTINCT v.check_name, ' ' ORDER BY v.check_name) FROM credits.verify() v);
    of_a := (SELECT string_agg(DISTINCT v.check_name, ' ' ORDER BY v.check_name) FROM credits.verify('a') v);
    of_b := (SELECT string_agg(DISTINCT v.check_name, ' ' ORDER BY v.check_name) FROM credits.verify('b') v);
    RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
    RETURN;
END $$;
CREATE TABLE public.found AS SELECT d.*, c.* FROM public.damage d, LATERAL public.checks_after(d.command) c;
SELECT is(everywhere, checks, what) FROM public.found ORDER BY no;
SELECT is(of_a, of_account, what || ', of the account') FROM public.found ORDER BY no;
SELECT is_empty('SELECT what, of_b FROM public.found WHERE of_b IS NOT NULL', 'and nothing with another account');
SELECT is_empty('SELECT * FROM credits.verify()', 'all damage is undone');

-- An entry that nobody can find: its time is before the one that is rolled up until, and nothing names it.
SELECT isnt((SELECT r.entry_no FROM credits.deduct('b', 0, action => 'z') r), NULL, 'b calls, on a day gone by');
SELECT is_empty('SELECT * FROM credits.verify()', 'it is named');
DELETE FROM credits.rollup_late;
SELECT results_eq('SELECT account_id, check_name, detail FROM credits.verify()', $$ VALUES ('b', 'rollup_late', 'entry 3 is not rolled up, and nothing tells of it') $$, 'it is not');
UPDATE credits.rollup_state SET compared_at = '-infinity';
SELECT is(credits.roll_up(), 1::bigint, 'a look at all wallets finds it');
SELECT is_empty('SELECT * FROM credits.verify()', 'and nothing is wrong');

-- A month leaves the ledger: what it added up to stays.
CREATE TABLE public.before AS SELECT * FROM credits.monthly_profit;
CREATE TABLE public.usage_before AS SELECT * FROM credits.account_usage;
SELECT is((SELECT count(*) FROM public.usage_before), 4::bigint, 'use by account and model');
SELECT isnt_empty('SELECT FROM credits.create_ledger_partitions(''2026-01-01'', 1) p WHERE p.outcome LIKE ''skipped%'' OR p.outcome IN (''created'', ''exists'')', 'the month has a part, or the default one');
DO $$
DECLARE
    part regclass := (SELECT l.tableoid::regclass FROM credits.ledger l LIMIT 1);
BEGIN
    EXECUTE format('ALTER TABLE credits.ledger DETACH PARTITION %s', part);
END $$;
SELECT is((SELECT count(*) FROM credits.ledger), 0::bigint, 'the ledger is empty');
SELECT results_eq('SELECT * FROM credits.monthly_profit', 'SELECT * FROM public.before', 'the profit of the month is what it was');
SELECT set_eq('SELECT * FROM credits.account_usage', 'SELECT * FROM public.usage_before', 'and the use');
SELECT is_empty('SELECT * FROM credits.verify() v WHERE v.check_name LIKE ''rollup%''', 'which is no damage to the roll-ups');
SELECT is(credits.roll_up(), 0::bigint, 'nothing is rolled up again');
SELECT results_eq('SELECT account_id COLLATE "default", revenue, cost FROM credits.profit_guarantee ORDER BY 1', $$ VALUES ('a', 10.0, 0.3), ('b', 10, 0.05) $$, 'the guarantee is told by roll-ups');
SELECT is(credits.book_revenue('a', 'other', 1, 'payment 3', '2026-01-15 12:00:02+00')::text, '', 'revenue of the month that is gone');
SELECT is(credits.book_revenue('b', 'other', 2, 'payment 4', '2026-01-02 00:00+00')::text, '', 'and one that comes to be known late, from before the month''s first');
SELECT results_eq('SELECT account_id COLLATE "default", revenue, cost FROM credits.profit_guarantee ORDER BY 1', $$ VALUES ('a', 11.0, 0.3), ('b', 12, 0.05) $$, 'what accounts cost stays');
SELECT isnt(credits.roll_up(), NULL, 'rolled up');
SELECT results_eq('SELECT account_id COLLATE "default", revenue, cost FROM credits.profit_guarantee ORDER BY 1', $$ VALUES ('a', 11.0, 0.3), ('b', 12, 0.05) $$, 'also then');
SELECT is_empty('SELECT * FROM credits.verify() v WHERE v.check_name LIKE ''rollup%''', 'and is no damage');
SELECT * FROM finish();
