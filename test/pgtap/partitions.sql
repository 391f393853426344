-- The ledger's partitions below SQL: an entry goes to the month it belongs to, whatever a session remembers.
\ir helpers/tap.sql
SET pg_credits.now = '2043-04-15 12:00:00+00';
SELECT is(count(*), 41::bigint, 'forty-one months') FROM credits.create_ledger_partitions('2040-01-01', 41);
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

-- The index on time: rows of a range without a summary, and of one that gets its summary while it fills.
CREATE FUNCTION public.by_time(since timestamptz) RETURNS bigint LANGUAGE sql SET enable_seqscan = off SET enable_indexscan = off
AS $$ SELECT count(*) FROM credits.ledger_2043_05 l WHERE l.created_at >= since $$;
CREATE FUNCTION public.charge(how_many integer) RETURNS bigint LANGUAGE sql
AS $$ SELECT count(*) FROM credits.deduct_many((SELECT jsonb_agg('{"account_id": "ben", "amount": 1}'::jsonb) FROM generate_series(1, how_many))) m WHERE m.outcome = 'ok' $$;
SELECT is((credits.grant(credits.open_account('ben'), 100000)).balance, 100000::numeric, 'another account');
SET pg_credits.now = '2043-05-10 12:00+00';
SELECT is(public.charge(12000), 12000::bigint, 'more charges than one range of blocks holds');
SELECT is(public.by_time('2043-05-10'), 12000::bigint, 'the index finds them without a summary');
SELECT cmp_ok(brin_summarize_range('credits.ledger_2043_05_created_at_idx', pg_relation_size('credits.ledger_2043_05') / 8192 - 1), '>', 0, 'the last range, half full, gets its summary');
SET pg_credits.now = '2043-05-11 12:00+00';
SELECT is(public.charge(100), 100::bigint, 'later charges of the same range');
SELECT is(public.by_time('2043-05-11'), 100::bigint, 'are found by it');
SELECT is(public.by_time('2043-05-10'), 12100::bigint, 'with the others');
REINDEX INDEX credits.ledger_2043_05_created_at_idx;
SET pg_credits.now = '2043-05-12 12:00+00';
SELECT is(public.charge(100), 100::bigint, 'charges after the index was built again');
SELECT is(public.by_time('2043-05-12'), 100::bigint, 'are found too');
ALTER INDEX credits.ledger_2043_05_created_at_idx SET (pages_per_range = 4);
SET pg_credits.now = '2043-05-13 12:00+00';
SELECT is(public.charge(100), 100::bigint, 'and so are charges after an option changed that the index was not built with');
SELECT is(public.by_time('2043-05-13'), 100::bigint, 'by the ranges that it was built with');
SELECT is_empty('SELECT * FROM credits.verify(''ben'')', 'verify() finds nothing');
SELECT * FROM finish();
