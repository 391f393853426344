-- The guarantee's months, told by calls and by roll-ups: a month that begins twice, and a change of the platform's time zone
-- between a call and the payment of its month. rollups.sql compares the view with the books at random.
\ir helpers/tap.sql
SET timezone = 'UTC';
CREATE FUNCTION public.months() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(format('%s %s cost %s', g.account_id, g.month, trim_scale(g.cost)), ', ' ORDER BY g.account_id, g.month) FROM credits.profit_guarantee g $$;
CREATE FUNCTION public.right_now(months text, what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT is(public.months(), months, what);
    PERFORM credits.roll_up();
    RETURN NEXT is(public.months(), months, what || ', rolled up');
    RETURN NEXT is_empty('SELECT * FROM credits.verify()', what || ', and the books are right');
END $$;

-- In Havana the clock goes back from one to midnight on the first of November 2026.
SET pg_credits.now = '2026-10-15 12:00:00+00';
SELECT isnt(credits.configure('{"time_zone": "America/Havana", "guarantee": {"revenue": "5", "cost": "2", "profit": "3"}, "actions": {"dear": {"credits": 1, "cost": "1"}}}'), NULL, 'configured');
SELECT isnt(credits.open_account(a), NULL, 'opened') FROM unnest('{early,late}'::text[]) a;
SELECT isnt(credits.grant(a, 100), NULL, 'granted') FROM unnest('{early,late}'::text[]) a;
SELECT isnt(credits.record_payment('early', 'other', 10, 'october'), NULL, 'paid');
SET pg_credits.now = '2026-11-01 03:30:00+00';
SELECT isnt(credits.deduct('early', action => 'dear'), NULL, 'half past eleven in the evening');
SET pg_credits.now = '2026-11-01 04:30:00+00';
SELECT isnt(credits.deduct(a, action => 'dear'), NULL, 'half past midnight') FROM unnest('{early,late}'::text[]) a;
SET pg_credits.now = '2026-11-01 05:30:00+00';
SELECT isnt(credits.deduct(a, action => 'dear'), NULL, 'half past midnight again') FROM unnest('{early,late}'::text[]) a;
SET pg_credits.now = '2026-11-03 12:00:00+00';
SELECT isnt(credits.record_payment('early', 'other', 10, 'november'), NULL, 'paid, with nothing rolled up') ;
SELECT public.right_now('early 2026-10-01 cost 1, early 2026-11-01 cost 2', 'both midnights are of November');
SELECT isnt(credits.record_payment('late', 'other', 10, 'november'), NULL, 'paid, with all calls rolled up');
SELECT public.right_now('early 2026-10-01 cost 1, early 2026-11-01 cost 2, late 2026-11-01 cost 2', 'also where the first revenue comes after them');

-- The evening of the 31st of January there is the 1st of February in Tokyo.
SET pg_credits.now = '2027-01-05 12:00:00+00';
SELECT isnt(credits.record_payment('late', 'other', 10, 'january'), NULL, 'paid');
SET pg_credits.now = '2027-01-31 20:00:00+00';
SELECT isnt(credits.deduct('late', action => 'dear'), NULL, 'a call in the evening');
SELECT isnt(credits.roll_up(), NULL, 'rolled up');
SET pg_credits.now = '2027-02-05 20:00:00+00';
SELECT isnt(credits.configure('{"time_zone": "Asia/Tokyo"}'), NULL, 'another time zone');
SELECT isnt(credits.record_payment('late', 'other', 10, 'february'), NULL, 'paid');
SELECT is(public.months(), 'early 2026-10-01 cost 1, early 2026-11-01 cost 2, late 2026-11-01 cost 2, late 2027-01-01 cost 1, late 2027-02-01 cost 0', 'months are as they were, until the next roll-up');
SELECT is_empty('SELECT * FROM credits.verify()', 'which is no damage');
SELECT isnt(credits.roll_up(), NULL, 'rolled up');
SELECT public.right_now('early 2026-10-01 cost 0, early 2026-11-01 cost 3, late 2026-11-01 cost 2, late 2027-01-01 cost 0, late 2027-02-01 cost 1', 'then they are those of the new time zone, and each cost is in one of them');
SELECT * FROM finish();
