-- The emergency brake: warning, stop, latch, pause and resume, and what counts as spent.
\ir helpers/tap.sql
SET timezone = 'UTC';
SET pg_credits.now = '2026-03-02 10:00+00';
SELECT credits.configure('{"brake": {"hour": {"warn": 50}, "day": {"warn": 400, "stop": 500}, "min_margin": "0.20", "resume": "manual"},
    "time_zone": "Europe/Berlin",
    "prices": [{"provider": "p", "model": "m", "metric": "requests", "price": "0.5"}, {"provider": "p", "model": "free", "metric": "requests", "price": "0"}],
    "actions": {"half": {"credits": 1, "cost": "0.5"}, "forty": {"credits": 1, "cost": "40"}, "fifty": {"credits": 1, "cost": "50"}, "giant": {"credits": 1, "cost": "60"}, "free": {"credits": 1, "cost": "0"}}}') IS NOT NULL AS configured \gset
SELECT credits.open_account(a), credits.grant(a, 1000000) FROM unnest('{ann,bob}'::text[]) a \g /dev/null

CREATE FUNCTION public.call(account text, what text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN 'cost ' || (credits.deduct(account, action => what)).cost::text;
EXCEPTION WHEN SQLSTATE 'PT503' THEN
    RETURN SQLERRM;
END $$;
CREATE FUNCTION public.status() RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', CASE WHEN s.paused THEN 'paused' END, trim_scale(s.spend_hour) || ' ' || trim_scale(s.spend_today), s.state) FROM credits.platform_status s $$;
CREATE FUNCTION public.events() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', e.kind, e.detail ->> 'window', e.detail ->> 'spent'), ', ' ORDER BY e.event_no) FROM credits.platform_event e $$;

-- P5.3: warned at 50 in an hour, stopped at 500 in a day.
SELECT is(public.status(), '0 0 green', 'nothing spent');
SELECT is(public.call('ann', 'half'), 'cost 0.5', 'a call') FROM generate_series(1, 99) n WHERE n = 99 OR public.call('ann', 'half') IS NULL;
SELECT is(public.status(), '49.5 49.5 green', 'P5.3 below the warning');
SELECT is(public.events(), NULL, 'and nothing said');
SELECT is(public.call('bob', 'half'), 'cost 0.5', 'the call that reaches it goes through');
SELECT is(public.status(), '50 50 yellow', 'P5.3 50 in an hour');
SELECT is(public.events(), 'warn hour 50', 'P5.3 warns, once');
SELECT is(public.call('ann', 'half'), 'cost 0.5', 'calls go on');
SELECT is(public.events(), 'warn hour 50', 'without another warning');
SET pg_credits.now = '2026-03-02 11:00+00';
SELECT is(public.status(), '0 50.5 green', 'another hour, the same day');
SELECT is(public.call('ann', 'fifty'), 'cost 50', 'one call may reach the warning alone');
SELECT is(public.events(), 'warn hour 50, warn hour 50', 'each hour warns by itself');
SELECT is(public.call('ann', 'fifty'), 'cost 50', 'on') FROM generate_series(1, 5);
SELECT is(public.call('ann', 'forty'), 'cost 40', 'on');
SELECT is(public.call('ann', 'fifty'), 'cost 50', 'on');
SELECT is(public.status(), '390 440.5 yellow', 'P5.3 400 in a day warns');
SELECT is(public.events(), 'warn hour 50, warn hour 50, warn day 440.5', 'once');
SELECT is(public.call('ann', 'giant'), 'the call costs 60 USD, the platform may spend 59.5 more today', 'P5.3 what would pass 500 is refused');
SELECT is(public.status(), '390 440.5 yellow', 'but one call of more than a tenth of the stop does not stop the platform');
SELECT is(ARRAY[d.outcome, d.retry_after::text, d.detail ->> 'cost', d.detail ->> 'left', d.detail ->> 'suggestion'], '{platform_paused,NULL,60,59.5,split the call into parts: what costs at most 59.5 USD may go on}', 'also where the refusal is returned')
FROM credits.authorize('ann', action => 'giant') d;
SELECT is(public.status(), '390 440.5 yellow', 'it goes on');
SELECT is(public.call('bob', 'fifty'), 'cost 50', 'for others');
SELECT is((credits.authorize('bob', action => 'fifty')).http_status, 503, 'P5.3 HTTP 503');
SELECT is(public.status(), 'paused 440 490.5 red', 'P5.3 a refused call of a tenth stops everything');
SELECT is(public.call('ann', 'half'), 'the platform is paused: brake: 490.5 USD are spent this day, the stop is at 500', 'P5.3 also calls that would fit');
SELECT is(public.call('ann', 'free'), 'the platform is paused: brake: 490.5 USD are spent this day, the stop is at 500', 'and free ones');
SELECT is(public.events(), 'warn hour 50, warn hour 50, warn day 440.5, stop day 490.5', 'audited');
SELECT is(e.by_role, session_user::text, 'with the role whose call it was') FROM credits.platform_event e WHERE e.kind = 'stop';
SET pg_credits.now = '2026-03-03 10:00+00';
SELECT is(public.call('ann', 'half'), 'the platform is paused: brake: 490.5 USD are spent this day, the stop is at 500', 'P5.3 latched on the next day');
SET pg_credits.now = '2026-03-23 10:00+00';
SELECT is(public.status(), 'paused 0 0 red', 'P5.3 and three weeks later');
SELECT lives_ok('SELECT credits.resume()', 'P5.3 until a person resumes');
SELECT is(public.status(), '0 0 green', 'resumed');
SELECT is(public.call('ann', 'half'), 'cost 0.5', 'calls go on');
SELECT is(e.reason, 'brake: 490.5 USD are spent this day, the stop is at 500', 'the resume says what it ended') FROM credits.platform_event e WHERE e.kind = 'resume';

-- Reached exactly, by a call that goes through.
SET pg_credits.now = '2026-03-24 10:00+00';
SELECT is(public.call('ann', 'fifty'), 'cost 50', 'on') FROM generate_series(1, 10);
SELECT is(public.status(), 'paused 500 500 red', 'stopped with the call that reaches the stop');
SELECT credits.resume() \g /dev/null
SELECT is(public.status(), '500 500 yellow', 'resumed within the day: what was spent stays shown');
SELECT is(public.call('ann', 'fifty'), 'cost 50', 'and all of the allowance is there again') FROM generate_series(1, 10);
SELECT is(public.status(), 'paused 1000 1000 red', 'once');
SELECT is((SELECT e.reason FROM credits.platform_event e ORDER BY e.event_no DESC LIMIT 1), 'brake: 500 USD are spent this day since the platform was resumed, the stop is at 500', 'and the reason counts as the stop does');

-- Refused by raising only: nothing could be written, and it stops all the same, also when the day is over.
SET pg_credits.now = '2026-03-25 10:00+00';
SELECT credits.resume() \g /dev/null
SELECT is(public.call('ann', 'fifty'), 'cost 50', 'on') FROM generate_series(1, 9);
SELECT is(public.call('ann', 'forty'), 'cost 40', 'on');
SELECT is(public.call('ann', 'fifty'), 'the platform is paused: brake: what it may spend is used up', 'refused');
SET pg_credits.now = '2026-03-26 10:00+00';
SELECT is(public.call('ann', 'half'), 'the platform is paused: brake: what it may spend is used up', 'a day that ended with at most 2 % left stops the next one');
SELECT is(public.status(), 'paused 0 0 red', 'shown');
SELECT is((SELECT s.reason FROM credits.platform_status s), 'brake: the stop of 500 USD a day was reached, and nobody has resumed', 'with the reason');
SELECT ok(NOT EXISTS (SELECT FROM credits.platform_event e WHERE e.at > '2026-03-25 10:00+00'), 'nothing is written down yet');
SELECT credits.maintain() \g /dev/null
SELECT ok(EXISTS (SELECT FROM credits.platform_event e WHERE e.kind = 'stop' AND e.at = '2026-03-26 10:00+00'), 'maintain() does');
SELECT credits.maintain() \g /dev/null
SELECT is((SELECT count(*) FROM credits.platform_event e WHERE e.kind = 'stop' AND e.at = '2026-03-26 10:00+00'), 1::bigint, 'once');
SELECT credits.resume() \g /dev/null
SELECT is(public.call('ann', 'half'), 'cost 0.5', 'resumed');
SELECT is(public.status(), '0.5 0.5 green', 'with the day''s whole allowance');

-- What counts: held costs from the authorization on, the real ones instead when they are known.
SET pg_credits.now = '2026-03-27 10:00+00';
SELECT is((credits.authorize('ann', amount => 1, provider => 'p', model => 'm', usage => '{"requests": 20}', ttl => '1 hour')).outcome, 'ok', 'authorized');
SELECT is(public.status(), '10 10 green', 'an open hold counts');
SELECT is((credits.settle('ann', h.hold_no, usage => '{"requests": 4}')).cost, 2.0, 'settled for less') FROM credits.holds('ann') h;
SELECT is(public.status(), '2 2 green', 'the rest is given back');
SELECT is((credits.authorize('ann', amount => 1, provider => 'p', model => 'm', usage => '{"requests": 20}')).outcome, 'ok', 'authorized');
SELECT is((credits.settle('ann', h.hold_no, usage => '{"requests": 30}')).cost, 15.0, 'settled for more') FROM credits.holds('ann') h;
SELECT is(public.status(), '17 17 green', 'all of it counts');
SELECT is((credits.authorize('ann', amount => 1, provider => 'p', model => 'm', usage => '{"requests": 20}')).outcome, 'ok', 'authorized');
SELECT is((credits.release('ann', h.hold_no)).kind, 'release', 'released') FROM credits.holds('ann') h;
SELECT is(public.status(), '17 17 green', 'a released hold does not count');
SELECT (credits.authorize('ann', amount => 1, provider => 'p', model => 'm', usage => '{"requests": 20}')).hold_no AS late \gset
SET pg_credits.now = '2026-03-27 10:30+00';
SELECT is((credits.grant('ann', 1)).kind, 'grant', 'the account is brought up to date');
SELECT is(public.status(), '17 17 green', 'a hold that timed out does not count');
SELECT is((credits.settle('ann', :late, usage => '{"requests": 20}')).cost, 10.0, 'settled late');
SELECT is(public.status(), '27 27 green', 'until it is settled all the same');
SELECT is((credits.record_cost('ann', 'p', 'm', '{"requests": 10}')).cost, 5.0, 'a cost on record');
SELECT is(public.status(), '32 32 green', 'counts');
SELECT is((credits.record_cost('bob', 'p', 'm', '{"requests": 1000}')).cost, 500.0, 'and is never refused');
SELECT is(public.status(), 'paused 532 532 red', 'but stops the platform');
SELECT credits.resume() \g /dev/null
SELECT is((credits.settle('ann', (credits.authorize('ann', amount => 1, provider => 'p', model => 'm', usage => '{"requests": 2}')).hold_no)).kind, 'settle', 'settled as held');
SELECT is(public.status(), '533 533 yellow', 'counted once');
SELECT is((SELECT array_agg(m.outcome ORDER BY m.event_no) FROM credits.deduct_many('[{"account_id": "ann", "action": "fifty"}, {"account_id": "bob", "action": "fifty"}, {"account_id": "ann", "amount": 1000000000}]') m), '{ok,ok,insufficient_credits}', 'a batch');
SELECT is(public.status(), '633 633 yellow', 'counts what went through');
SELECT is(public.call('ann', 'half'), 'cost 0.5', 'a call') FROM (SELECT credits.deduct('ann', action => 'half', idempotency_key => 'again'), credits.deduct('ann', action => 'half', idempotency_key => 'again')) twice;
SELECT is(public.status(), '634 634 yellow', 'a replay costs nothing');

-- In one transaction, with savepoints.
BEGIN;
SELECT is(public.call('ann', 'half'), 'cost 0.5', 'one');
SAVEPOINT before;
SELECT is(public.call('bob', 'fifty'), 'cost 50', 'two');
SELECT is(public.status(), '684.5 684.5 yellow', 'both');
ROLLBACK TO before;
SELECT is(public.status(), '634.5 634.5 yellow', 'what is rolled back is not spent');
SELECT is(public.call('bob', 'half'), 'cost 0.5', 'and the transaction goes on');
COMMIT;
SELECT is(public.status(), '635 635 yellow', 'with the rest');

-- The day is that of the platform's zone: 23:00 UTC in winter is midnight in Berlin.
SET pg_credits.now = '2026-03-27 22:59:59+00';
SELECT is(public.status(), '0 635 green', 'before midnight');
SET pg_credits.now = '2026-03-27 23:00:00+00';
SELECT is(public.status(), '0 0 green', 'after it');

-- A stop that ends with its window.
SELECT credits.configure('{"brake": {"day": null, "hour": {"warn": null, "stop": 100}, "resume": "window"}}') IS NOT NULL AS configured \gset
SET pg_credits.now = '2026-03-28 10:20+00';
SELECT is(public.call('ann', 'fifty'), 'cost 50', 'on') FROM generate_series(1, 2);
SELECT is(public.status(), 'paused 100 100 red', 'stopped for this hour');
SELECT is((SELECT p.paused_until FROM credits.platform p), '2026-03-28 11:00+00', 'until its end');
SET pg_credits.now = '2026-03-28 11:00+00';
SELECT is(public.call('ann', 'half'), 'cost 0.5', 'the next one is free of it');
SELECT is(public.status(), '0.5 100.5 green', 'and says so');

-- Paused by a person.
SELECT throws_ok($$ SELECT credits.pause(NULL) $$, '22004');
SELECT throws_ok($$ SELECT credits.pause(' ') $$, '22023');
SELECT (credits.authorize('ann', amount => 5, provider => 'p', model => 'm', usage => '{"requests": 1}', ttl => '1 day')).hold_no AS open \gset
SELECT credits.pause('the provider leaks keys') \g /dev/null
SELECT is(public.call('ann', 'half'), 'the platform is paused: the provider leaks keys', 'refused with the reason');
SELECT is(public.call('ann', 'free'), 'the platform is paused: the provider leaks keys', 'free calls too');
SELECT is((credits.quote('ann', 'half')).outcome, 'platform_paused', 'a quote says so');
SELECT is((credits.settle('ann', :open)).kind, 'settle', 'open holds can be settled');
SELECT is((credits.grant('ann', 5)).kind, 'grant', 'and money comes in');
SELECT is((credits.record_cost('ann', 'p', 'm', '{"requests": 1}')).kind, 'cost', 'and costs are recorded');
SET pg_credits.now = '2026-03-28 12:00+00';
SELECT is((SELECT s.reason FROM credits.platform_status s), 'the provider leaks keys', 'no window ends it');
SELECT credits.resume() \g /dev/null
SELECT is(public.call('ann', 'half'), 'cost 0.5', 'resumed');
SELECT is((SELECT e.detail FROM credits.platform_event e ORDER BY e.event_no DESC LIMIT 1), '{"windows": []}', 'and no window got its allowance again');
SELECT is((SELECT array_agg(e.kind || ' ' || e.reason ORDER BY e.event_no) FROM credits.platform_event e WHERE e.reason = 'the provider leaks keys'), '{pause the provider leaks keys,resume the provider leaks keys}', 'both audited');

-- Without a brake nothing is counted, and nothing stops.
SELECT credits.configure('{"brake": null}') IS NOT NULL AS configured \gset
SELECT is(public.call('ann', 'fifty'), 'cost 50', 'on') FROM generate_series(1, 12);
SELECT is(public.status(), '0 0 green', 'no brake');
SELECT credits.record_payment('ann', 'other', 10, 'some revenue') \g /dev/null
SELECT is((SELECT (s.revenue_today, s.profit_today, s.margin_today)::text FROM credits.platform_status s), '(10,,)', 'and of revenue alone no profit is made up');
SELECT is(credits.configure('{"brake": {"min_margin": "0.20"}}') ->> 'warnings', '["brake.min_margin: platform_status does not watch it: spending is counted where hour or day has a warn or a stop"]', 'a least margin alone is warned of');
SELECT is((SELECT s.state || ' ' || num_nulls(s.profit_today, s.margin_today) FROM credits.platform_status s), 'green 2', 'and watches nothing');
SELECT is(credits.configure('{"brake": {"day": {"warn": 1000}}}') ->> 'warnings', '[]', 'a warning beside it is enough');
SELECT is(public.call('ann', 'fifty'), 'cost 50', 'a call that costs more than came in');
SELECT is((SELECT (s.profit_today = 10 - s.spend_today, s.margin_today = s.profit_today / 10, s.state)::text FROM credits.platform_status s), '(t,t,yellow)', 'is seen');
SELECT credits.configure('{"brake": null}') IS NOT NULL AS configured \gset
SELECT is_empty('SELECT * FROM credits.verify()', 'the books are right');
SELECT * FROM finish();
