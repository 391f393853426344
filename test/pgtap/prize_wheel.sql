-- Turns of the prize wheel: settled by HMAC of account and window, whatever is rolled back, and what they cost.
\ir helpers/tap.sql
SET pg_credits.now = '2026-06-01 12:00:00+00';
SET timezone = 'UTC';
SELECT is((SELECT length(s.value) > 60 FROM credits.secret s WHERE s.name = 'prize_wheel'), true, 'every database has a secret of its own');
UPDATE credits.secret SET value = 'wheel' WHERE name = 'prize_wheel';

SELECT is(c -> 'warnings', '["promotions.prize_wheel.prize: what it costs is not known: a price is missing, or a provider to tell models of one name apart"]', 'a prize without a price is warned of')
FROM credits.configure('{"promotions": {"prize_wheel": {"odds": "0.20", "prize": {"model": "video", "usage": {"seconds": 5}}}}}') c;
SELECT is(credits.configure('{"prices": [{"provider": "p", "model": "video", "metric": "seconds", "price": "0.05"}]}') -> 'warnings', '[]', 'no more');
SELECT is(credits.prize_wheel(), '{"odds": 0.20, "every": "1 day", "prize": {"cost": 0.25, "model": "video", "usage": {"seconds": "5"}}, "turns": 30, "credits": 25, "expected_cost": 0.05, "expected_cost_of_span": 1.5}', 'what it is expected to cost');
SELECT is(credits.prize_wheel('1 day') -> 'expected_cost_of_span', '0.05', 'a day');

-- What a call answers, undone.
CREATE FUNCTION public.undone(document jsonb, call text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    said jsonb;
BEGIN
    PERFORM credits.configure(document);
    EXECUTE 'SELECT ' || call INTO said;
    RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
    RETURN said;
END $$;

-- Credits of a prize: what its usage costs at the unit's value, rounded up to the unit's scale.
SELECT is(public.undone(jsonb_build_object('unit', jsonb_build_object('value_usd', v.value, 'scale', v.scale), 'promotions', jsonb_build_object('prize_wheel',
              jsonb_build_object('odds', 1, 'prize', jsonb_build_object('model', 'video', 'usage', jsonb_build_object('seconds', v.seconds))))), 'credits.prize_wheel() -> ''credits''')::text,
          v.credits, format('%s USD at %s, %s decimals', v.seconds * 0.05, v.value, v.scale))
FROM (VALUES (5, '0.01', 0, '25'), (5, '0.02', 0, '13'), (5, '0.02', 1, '12.5'), (5, '0.03', 0, '9'), (5, '0.03', 2, '8.34'), (6, '0.03', 2, '10'), (5, '0.25', 0, '1'), (5, '100', 0, '1'), (5, '100', 4, '0.0025'),
             (1, '0.050000000000000000000000000001', 0, '1'), (1, '0.049999999999999999999999999999', 0, '2')) v(seconds, value, scale, credits);

-- The winners were computed elsewhere: HMAC-SHA256 under "wheel" of "1780272000000000 ACCOUNT", below a fifth of 2^256.
SELECT credits.open_account('p' || n) FROM generate_series(1, 30) n \g /dev/null
SELECT is(public.undone('{}', format('credits.spin(%L) -> ''won''', a)), won, a || ' turned, and rolled back') FROM (VALUES ('p1', 'true'::jsonb), ('p3', 'false')) v(a, won);
SELECT is_empty('SELECT * FROM credits.spin', 'nothing is left of that');
CREATE TABLE public.turn AS SELECT 'p' || n AS account_id, credits.spin('p' || n) AS said FROM generate_series(1, 30) n;
SELECT is((SELECT string_agg(t.account_id, ' ' ORDER BY substr(t.account_id, 2)::integer) FROM public.turn t WHERE t.said @> '{"won": true}'), 'p1 p2 p7 p13 p16 p19 p25 p28', 'those win that must');
SELECT is_empty('SELECT * FROM public.turn t WHERE credits.spin(t.account_id) <> t.said || ''{"replayed": true}''', 'another turn in the window is the same one again');
SELECT is((SELECT format('%s turns, %s won, %s lots', count(*), count(*) FILTER (WHERE s.won), count(l.lot_no)) FROM credits.spin s LEFT JOIN credits.lot l ON l.account_id = s.account_id AND l.source = 'prize'),
          '30 turns, 8 won, 8 lots', 'written once');
SELECT is((SELECT concat_ws(' ', sum(r.amount), sum(r.promotion_cost)) FROM credits.revenue r WHERE r.kind = 'prize'), '0 2.00', 'promotion cost, not revenue');
SELECT is((SELECT concat_ws(' ', l.source, l.category, l.amount, l.price_paid, l.metadata) FROM credits.lots('p1') l),
          'prize promotional 25 {"prize": {"cost": 0.25, "model": "video", "usage": {"seconds": "5"}, "credits": 25}}', 'the lot says what was won');
SELECT is((SELECT count(*) FILTER (WHERE (public.undone('{"promotions": {"prize_wheel": {"odds": 0}}}', format('credits.spin(%L) -> ''won''', a)))::boolean)
           FROM (SELECT credits.open_account('q' || n) AS a FROM generate_series(1, 20) n) o), 0::bigint, 'odds of 0 never win');

-- Windows: days at midnight, also of 23 and 25 hours; others from the anchor.
SELECT is((SELECT format('%s .. %s', w.window_start, w.window_end) FROM credits.window_of(zone, '2026-01-31 10:00+00', length::interval, at::timestamptz) w), said, concat_ws(' ', length, at, zone))
FROM (VALUES ('UTC', '1 day', '2026-03-08 00:00+00', '2026-03-08 00:00:00+00 .. 2026-03-09 00:00:00+00'),
             ('America/New_York', '1 day', '2026-03-08 12:00+00', '2026-03-08 05:00:00+00 .. 2026-03-09 04:00:00+00'),
             ('America/New_York', '1 day', '2026-11-02 04:59+00', '2026-11-01 04:00:00+00 .. 2026-11-02 05:00:00+00'),
             ('UTC', '24 hours', '2026-03-08 00:00+00', '2026-03-07 10:00:00+00 .. 2026-03-08 10:00:00+00'),
             ('UTC', '7 days', '2026-02-07 10:00+00', '2026-02-07 10:00:00+00 .. 2026-02-14 10:00:00+00'),
             ('UTC', '1 month', '2026-03-01 00:00+00', '2026-02-28 10:00:00+00 .. 2026-03-31 10:00:00+00'),
             ('UTC', '1 month', '2025-12-31 00:00+00', '2025-11-30 10:00:00+00 .. 2025-12-31 10:00:00+00'),
             ('UTC', '1 hour', '2026-01-01 00:00+00', '2026-01-01 00:00:00+00 .. 2026-01-01 01:00:00+00')) v(zone, length, at, said);

-- A wheel configured anew: its window begins where the last one ended, and no window brings two turns.
SET pg_credits.now = '2026-07-01 00:00:00+00';
SELECT is(credits.configure('{"promotions": {"prize_wheel": {"every": "1 hour", "odds": 1}}}') ->> 'changed', '["promotions.prize_wheel.every", "promotions.prize_wheel.odds"]', 'a turn an hour');
SELECT is(credits.open_account('often'), 'often', 'opened at the beginning of an hour');
SELECT is(credits.spin('often') @> '{"won": true, "replayed": false, "window_start": "2026-07-01T00:00:00+00:00"}', true, 'its first hour');
SET pg_credits.now = '2026-07-01 05:30:00+00';
SELECT is(credits.spin('often') ->> 'next_at', '2026-07-01T06:00:00+00:00', 'its sixth');
SELECT is(credits.configure('{"promotions": {"prize_wheel": {"every": "1 day"}}}') ->> 'changed', '["promotions.prize_wheel.every"]', 'a turn a day');
SET pg_credits.now = '2026-07-01 06:30:00+00';
SELECT is(credits.spin('often') @> '{"replayed": false, "window_start": "2026-07-01T06:00:00+00:00", "next_at": "2026-07-02T00:00:00+00:00"}', true, 'the rest of the day');
SELECT is(credits.spin('often') ->> 'replayed', 'true', 'has one turn');
SELECT is((SELECT count(*) FROM credits.lots('often') l WHERE l.source = 'prize'), 3::bigint, 'three turns, three prizes');
SELECT is_empty('SELECT * FROM credits.verify()', 'verify() finds nothing');
SELECT * FROM finish();
