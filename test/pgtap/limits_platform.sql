-- Limits of the whole platform: what counts in them across accounts, refusals, warnings, windows, filters.
\ir helpers/tap.sql
SET timezone = 'UTC';
SET pg_credits.now = '2026-03-02 10:00+00';
SELECT credits.configure('{"time_zone": "Europe/Berlin",
    "prices": [{"provider": "p", "model": "m", "metric": "input_tokens", "price": "1", "per": 1000000}],
    "actions": {"chat": {"credits": 1}, "video": {"credits": 1, "cost": "2"}},
    "limits": [{"name": "calls", "scope": "platform", "metric": "requests", "window": "day", "limit": 10, "warn_at": 50}]}') IS NOT NULL AS configured \gset
SELECT credits.open_account(a), credits.grant(a, 1000000) FROM unnest('{ann,bob}'::text[]) a \g /dev/null

CREATE FUNCTION public.call(account text, what text DEFAULT 'chat') RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT (credits.authorize(account, action => what)).outcome $$;
CREATE FUNCTION public.calls(account text, times int, what text DEFAULT 'chat') RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT string_agg(DISTINCT public.call(account, what), ' ') FROM generate_series(1, times) $$;
CREATE FUNCTION public.used(name text) RETURNS numeric LANGUAGE sql VOLATILE AS $$
    SELECT trim_scale(l.used) FROM credits.limits('ann') l WHERE l.limit_name = name AND l.scope = 'platform' $$;
CREATE FUNCTION public.events() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', e.kind, e.detail ->> 'limit_name', e.detail ->> 'used'), ', ' ORDER BY e.event_no) FROM credits.platform_event e $$;

CREATE FUNCTION public.only(limits jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM credits.configure('{"limits": null}');
    PERFORM credits.configure(jsonb_build_object('limits', limits));
END $$;

-- Exactly the limit, over all accounts.
SELECT is(public.calls('ann', 4), 'ok', 'four calls of one account');
SELECT is(public.events(), NULL, 'below the warning');
SELECT is(public.calls('bob', 1), 'ok', 'the one that reaches warn_at');
SELECT is(public.events(), 'warn calls 5', 'warns');
SELECT is((SELECT e.reason FROM credits.platform_event e), 'limit "calls" of the platform: 5 requests of 10 are used', 'in a sentence');
SELECT is(public.calls('bob', 5), 'ok', 'up to the limit');
SELECT is(public.events(), 'warn calls 5', 'warned once');
SELECT is(public.calls('ann', 3), 'quota_exceeded', 'not one more, whoever asks');
SELECT is(public.calls('bob', 3), 'quota_exceeded', 'nor the other');
SELECT is(public.used('calls'), 10::numeric, 'exactly the limit is used');
SELECT is(array[d.http_status::text, d.limit_name, d.retry_after::text], '{429,calls,13:00:00}', 'refused until midnight in the platform''s zone')
FROM credits.authorize('ann', action => 'chat') d;
SELECT throws_ok($$ SELECT credits.deduct('ann', 1) $$, 'PT429', 'the limit "calls" allows 10 requests a day: 10 are used', 'raised by deduct');
SELECT is((SELECT array_agg(m.outcome ORDER BY m.event_no) FROM credits.deduct_many('[{"account_id": "ann", "amount": 1}, {"account_id": "bob", "amount": 1}]') m), '{quota_exceeded,quota_exceeded}', 'and in a batch');
SELECT is((SELECT l.resets_at FROM credits.limits('ann') l WHERE l.scope = 'platform'), '2026-03-02 23:00+00', 'limits() says when it begins again');
SELECT is((SELECT s.state || ' ' || s.spend_today FROM credits.platform_status s), 'green 0', 'no brake, no stop: other calls are not paused');
SET pg_credits.now = '2026-03-02 22:59:59+00';
SELECT is(public.call('ann'), 'quota_exceeded', 'before midnight in Berlin');
SET pg_credits.now = '2026-03-02 23:00+00';
SELECT is(public.calls('ann', 10), 'ok', 'after it all of the limit is there');
SELECT is(public.call('bob'), 'quota_exceeded', 'once');
SELECT is(public.events(), 'warn calls 5, warn calls 5', 'each window warns');

SELECT throws_ok($$ SELECT credits.set_limit('ann', 'calls', 5) $$, '22023', 'the limit "calls" is the platform''s', 'no account has a value of its own for it');
SELECT throws_ok($$ SELECT credits.set_limit('ann', 'cost_budget', 5) $$, '22023', 'cost_budget is no limit but a budget of the plan', 'nor for the budget');

-- A request stays counted whatever becomes of it; one that is rolled back was none.
SET pg_credits.now = '2026-03-04 10:00+00';
SELECT is((credits.release('ann', (credits.authorize('ann', action => 'chat')).hold_no)).kind, 'release', 'released');
SELECT is(public.used('calls'), 1::numeric, 'a released hold was a request');
BEGIN;
SELECT is(public.calls('ann', 9), 'ok', 'all of them');
SELECT is(public.call('bob'), 'quota_exceeded', 'within the transaction too');
ROLLBACK;
SELECT is(public.used('calls'), 1::numeric, 'rolled back');
SELECT is((credits.deduct('ann', 1, idempotency_key => 'k')).replayed, false, 'a call');
SELECT is((credits.deduct('ann', 1, idempotency_key => 'k')).replayed, true, 'again');
SELECT is(public.used('calls'), 2::numeric, 'a replay counts nothing');

-- Tokens, credits and cost: held until the real ones are known.
SELECT public.only('[
    {"name": "calls", "scope": "platform", "metric": "requests", "window": "day", "limit": 1000},
    {"name": "tokens", "scope": "platform", "metric": "tokens", "window": "week", "limit": 1000, "provider": "p", "model": "m"},
    {"name": "credits", "scope": "platform", "metric": "credits", "window": "month", "limit": 500},
    {"name": "cost", "scope": "platform", "metric": "cost", "window": "hour", "limit": 6},
    {"name": "all videos", "scope": "platform", "metric": "requests", "window": "lifetime", "limit": 4, "action": "video"}]') \g /dev/null
SET pg_credits.now = '2026-03-05 10:00+00';
SELECT is(d.outcome, 'ok', 'tokens and credits are held') FROM credits.authorize('ann', amount => 400, provider => 'p', model => 'm', usage => '{"input_tokens": 900}') d;
SELECT is(array[public.used('tokens'), public.used('credits')], '{900,400}'::numeric[], 'and count');
SELECT is((SELECT d.limit_name FROM credits.authorize('bob', amount => 1, provider => 'p', model => 'm', usage => '{"input_tokens": 101}') d), 'tokens', 'the next one does not fit');
SELECT is((SELECT d.outcome FROM credits.authorize('bob', amount => 1, provider => 'p', model => 'other', usage => '{"input_tokens": 101}') d), 'price_unknown', 'other models are another matter');
SELECT is((SELECT d.limit_name FROM credits.authorize('bob', amount => 101) d), 'credits', 'nor by its credits');
SELECT is((credits.settle('ann', h.hold_no, usage => '{"input_tokens": 200}', amount => 100)).kind, 'settle', 'settled for less') FROM credits.holds('ann') h WHERE h.amount = 400;
SELECT is(array[public.used('tokens'), public.used('credits')], '{200,100}'::numeric[], 'the rest is given back');
SELECT (credits.authorize('bob', amount => 300, provider => 'p', model => 'm', usage => '{"input_tokens": 700}', ttl => '1 hour')).hold_no AS late \gset
SELECT is((credits.extend('bob', :late, 50)).outcome, 'ok', 'extended');
SELECT is(array[public.used('tokens'), public.used('credits')], '{900,450}'::numeric[], 'by credits');
SELECT is((SELECT d.limit_name FROM credits.extend('bob', :late, 51) d), 'credits', 'an extension does not pass the limit');
SET pg_credits.now = '2026-03-05 11:30+00';
SELECT is((credits.grant('bob', 1)).kind, 'grant', 'the account is brought up to date');
SELECT is(array[public.used('tokens'), public.used('credits')], '{200,100}'::numeric[], 'a hold that timed out counts no more');
SELECT is((credits.extend('bob', :late, 10)).outcome, 'ok', 'extended after its time');
SELECT is(array[public.used('tokens'), public.used('credits')], '{900,460}'::numeric[], 'it counts again, all of it');
SELECT is((credits.settle('bob', :late, usage => '{"input_tokens": 2000}', amount => 600)).kind, 'settle', 'settled for more');
SELECT is(array[public.used('tokens'), public.used('credits')], '{2200,700}'::numeric[], 'real use counts, beyond the limit');
SELECT is((SELECT d.limit_name FROM credits.authorize('ann', amount => 1) d), 'credits', 'until the month is over');
SET pg_credits.now = '2026-04-01 10:00+00';
SELECT is((credits.record_cost('ann', 'p', 'm', '{"input_tokens": 1500}')).kind, 'cost', 'a cost on record');
SELECT is(array[public.used('tokens'), public.used('credits'), public.used('cost')], '{1500,0,0.0015}'::numeric[], 'counts tokens and cost');

-- An hour's cost, and what is never counted anew.
SET pg_credits.now = '2026-04-02 10:00+00';
SELECT is(public.calls('ann', 3, 'video'), 'ok', 'three videos');
SELECT is((SELECT array[d.limit_name, d.retry_after::text] FROM credits.authorize('ann', action => 'video') d), '{cost,01:00:00}', 'the hour''s cost');
SET pg_credits.now = '2026-05-02 10:00+00';
SELECT is(public.call('bob', 'video'), 'ok', 'the fourth');
SELECT is((SELECT array[d.limit_name, coalesce(d.retry_after::text, 'never')] FROM credits.authorize('ann', action => 'video') d), '{all videos,never}', 'and the last ever');
SELECT is(public.call('ann'), 'ok', 'other actions go on');

-- Failures: the next call is refused once they have reached the limit.
SELECT public.only('[{"name": "failures", "scope": "platform", "metric": "failures", "window": "hour", "limit": 3}]') \g /dev/null
SELECT is((credits.release('ann', (credits.authorize('ann', action => 'chat')).hold_no, 'failed')).kind, 'release', 'failed') FROM generate_series(1, 2);
SELECT is(array[public.call('bob'), public.used('failures')::text], '{ok,2}', 'two are none too many');
SELECT is((credits.release('bob', (credits.authorize('bob', action => 'chat')).hold_no, 'failed')).kind, 'release', 'another one');
SELECT is(public.call('ann'), 'quota_exceeded', 'the third was');
SELECT is(public.used('failures'), 3::numeric, 'counted');
SET pg_credits.now = '2026-05-02 11:00+00';
SELECT is(public.call('ann'), 'ok', 'until the hour is over');

-- Effect warn refuses nothing.
SELECT public.only('[{"name": "watch", "scope": "platform", "metric": "requests", "window": "hour", "limit": 2, "effect": "warn"}]') \g /dev/null
DELETE FROM credits.platform_event;
SELECT is(public.calls('ann', 5), 'ok', 'calls go on');
SELECT is(public.events(), 'warn watch 2', 'with one warning');
SELECT is(public.used('watch'), 5::numeric, 'all counted');

-- A limit that is the platform's must be one that it can have.
SELECT throws_like($$ SELECT credits.configure('{"limits": [{"name": "x", "scope": "platform", "metric": "requests", "window": "sliding 1 hour", "limit": 1}]}') $$, '%window: cannot be sliding for scope platform%');
SELECT throws_like(format('SELECT credits.configure(%L)', jsonb_build_object('limits', jsonb_build_array(jsonb_build_object('name', 'x', 'scope', 'platform', 'metric', 'requests', 'window', 'day', 'limit', 1, 'effect', e.effect)))),
    '%effect: cannot be ' || split_part(e.effect, ':', 1) || ' for scope platform%') FROM unnest('{degrade:low,flag:fraud,block:1 hour}'::text[]) e(effect);
SELECT throws_like(format('SELECT credits.configure(%L)', jsonb_build_object('limits', jsonb_build_array(jsonb_build_object('name', repeat('x', 64), 'scope', 'platform', 'metric', 'requests', 'window', 'day', 'limit', 1)))),
    '%is too long for scope platform%');
SELECT throws_like(format('SELECT credits.configure(%L)', (SELECT jsonb_build_object('limits', jsonb_agg(jsonb_build_object('name', 'x' || n, 'scope', 'platform', 'metric', 'requests', 'window', 'day', 'limit', 1))) FROM generate_series(1, 17) n)),
    '%limits of scope platform%');
SELECT lives_ok(format('SELECT public.only(%L)', (SELECT jsonb_agg(jsonb_build_object('name', repeat('x', 60) || n, 'scope', 'platform', 'metric', 'requests', 'window', 'month', 'limit', 100000, 'warn_at', 80)) FROM generate_series(10, 25) n)), 'sixteen');
SELECT is(public.calls('ann', 20), 'ok', 'are all counted');
SELECT is((SELECT array_agg(DISTINCT l.used) FROM credits.limits('bob') l WHERE l.scope = 'platform'), '{20}', 'alike');

-- In the shadow share a limit counts and is noted, and lets through.
SELECT public.only('[{"name": "few", "scope": "platform", "metric": "requests", "window": "hour", "limit": 1}]') \g /dev/null
SELECT credits.configure('{"shadow": {"share": "1"}}') IS NOT NULL AS configured \gset
SELECT is(public.calls('bob', 3), 'ok', 'let through');
SELECT is(public.used('few'), 3::numeric, 'counted');
SELECT is((SELECT array_agg(DISTINCT d.outcome || ' ' || d.limit_name) FROM credits.denial d WHERE d.shadow AND d.account_id = 'bob'), '{"quota_exceeded few"}', 'noted');
SELECT is_empty('SELECT * FROM credits.verify()', 'the books are right');
SELECT * FROM finish();
