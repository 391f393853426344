-- Limits as bases of the ladder: of the account as a whole and of some of its calls; for the level at admission, after it, and when
-- nobody calls.
\ir helpers/tap.sql
SET pg_credits.now = '2026-01-10 10:00:00+00';
SELECT isnt(credits.configure('{
    "plans": {"free": {"credits": 1000}}, "default_plan": "free", "actions": {"draw": {"credits": 1}, "chat": {"credits": 1}},
    "aliases": [{"provider": "p", "alias": "painter-latest", "model": "painter"}],
    "limits": [{"name": "pictures", "metric": "credits", "window": "day", "limit": 10, "effect": "warn", "model": "painter"},
               {"name": "draws", "metric": "requests", "window": "month", "limit": 4, "effect": "warn", "action": "draw"},
               {"name": "all", "metric": "credits", "window": "period", "limit": 100, "effect": "warn"}],
    "ladder": [{"level": "reduced", "at": 50, "of": "pictures"}, {"level": "few", "at": 50, "of": "draws", "allow": ["chat"]},
               {"level": "stopped", "at": 100, "of": "pictures", "allow": []}, {"level": "stopped", "at": 100, "of": "all", "allow": []}]}'), NULL, 'configured');
CREATE FUNCTION public.level(account text) RETURNS text LANGUAGE sql AS
$$ SELECT concat_ws(' ', b.level, CASE WHEN b.level IS DISTINCT FROM coalesce(w.level, 'normal') THEN 'but stored ' || coalesce(w.level, 'normal') END)
   FROM credits.balance(account) b JOIN credits.wallet w ON w.account_id = account $$;
CREATE FUNCTION public.ask(account text, amount numeric, model text DEFAULT NULL, action text DEFAULT NULL) RETURNS text LANGUAGE sql AS
$$ SELECT concat_ws(' ', d.outcome, d.level) FROM credits.authorize(account, amount, action, CASE WHEN model IS NOT NULL THEN 'p' END, model) d $$;

SELECT credits.open_account('a'), credits.open_account('b') \g /dev/null
SELECT is(public.ask('a', 5, 'writer'), 'ok normal', 'another model is none of it');
SELECT is(public.ask('a', 5, 'painter-latest'), 'ok reduced', 'half of a model''s limit');
SELECT is(public.level('a'), 'reduced', 'is the account''s level between calls');
SELECT is((SELECT string_agg(e.to_level || ' by ' || e.cause, ', ') FROM credits.restriction_events e WHERE e.account_id = 'a'), 'reduced by pictures', 'and on record');
SELECT is(public.ask('a', 1, 'writer'), 'ok reduced', 'for all its calls');
SELECT is(public.ask('a', 6, 'painter'), 'level_forbids reduced', 'what would pass the last step is stopped before');
SELECT is((credits.authorize('a', 6, provider => 'p', model => 'painter')).message, 'the call would carry the account to the level "stopped": 5 of 10 are left of the limit "pictures"', 'and the sentence says by what');
SELECT is(public.ask('a', 20, 'writer'), 'ok reduced', 'a call that the limit does not count passes none');
SELECT is(public.ask('a', 5, 'painter'), 'ok stopped', 'all of it');
SELECT is(public.ask('a', 1), 'level_forbids stopped', 'stops everything');
SELECT is(public.level('b'), 'normal', 'of this account alone');
UPDATE credits.wallet SET period_cost = period_cost WHERE account_id = 'a';
SELECT is(public.level('a'), 'stopped', 'an update by hand leaves it');
SELECT is((SELECT r.level FROM credits.release('a', h.hold_no) r), 'reduced', 'a hold that is given back lifts it') FROM credits.hold h WHERE h.account_id = 'a' AND h.hold_no = 5;
SET pg_credits.now = '2026-01-11 00:00:00+00';
SELECT is((SELECT b.level FROM credits.balance('a') b), 'normal', 'so does the end of the window');
SELECT is(public.ask('a', 1), 'ok normal', 'for calls too');
SELECT is(public.level('a'), 'normal', 'and then it is written');

SELECT is(public.ask('b', 1, action => 'draw'), 'ok normal', 'one of four');
SELECT is(public.ask('b', 1, action => 'draw'), 'ok few', 'half of an action''s limit');
SELECT is(public.ask('b', 1, action => 'draw'), 'level_forbids few', 'forbids it');
SELECT is(public.ask('b', 1, action => 'chat'), 'ok few', 'and not what is listed');
SELECT credits.set_limit('b', 'draws', 100) \g /dev/null
SELECT is(public.ask('b', 1, action => 'draw'), 'ok normal', 'a limit of its own counts for the level');
SELECT is(public.ask('b', 97), 'level_forbids normal', 'an unfiltered one as ever');
SELECT is((SELECT count(*) FROM credits.verify()), 0::bigint, 'the books are right');
SELECT * FROM finish();
