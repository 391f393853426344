-- The ledger's partitions below SQL: an entry goes to the month it belongs to, whatever a session remembers.
\set QUIET on
\pset format unaligned
\pset tuples_only on
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
SET pg_credits.now = '2043-04-15 12:00:00+00';
SELECT is(count(*), 40::bigint, 'forty months') FROM credits.create_ledger_partitions('2040-01-01', 40);
SELECT is(credits.open_account('ann'), 'ann', 'an account');
SELECT is((credits.grant('ann', 10)).balance, 10::numeric, 'with credits');
SELECT is((credits.deduct('ann', 1)).balance, 9::numeric, 'and a charge');
SELECT is((SELECT DISTINCT tableoid::regclass::text FROM credits.ledger), 'credits.ledger_2043_04', 'in the ledger''s month');
-- More relations than a session keeps in mind: the month is remembered, what is known of it is not.
SELECT throws_ok($$ SELECT credits.refund('ann', 9999) $$, 'PT404', NULL, 'an entry that is looked for in all months');
ALTER TABLE credits.ledger DETACH PARTITION credits.ledger_2043_04;
SELECT is((credits.deduct('ann', 1)).balance, 8::numeric, 'a charge when the month has been taken away');
SELECT is((SELECT array_agg(DISTINCT tableoid::regclass::text) FROM credits.ledger), '{credits.ledger_default}', 'is in the ledger');
SELECT is((SELECT count(*) FROM credits.ledger_2043_04), 2::bigint, 'and not in the month that was taken away');
SELECT * FROM finish();
