-- A licence after a failed payment: states and capabilities by schedule, holds given back, everything restored.
\ir helpers/tap.sql
SET pg_credits.now = '2026-03-01 10:00:00+00';

SELECT isnt(credits.configure('{
    "default_plan": "pro", "plans": {"pro": {"credits": 200, "features": ["ai", "sync", "reports", "export"]}, "starter": {"credits": 5, "features": ["sync", "reports"]}},
    "actions": {"goal": {"credits": 3, "feature": "ai"}, "push": {"credits": 1, "feature": "sync"}, "report": {"credits": 1, "feature": "reports"},
                "export": {"credits": 1, "feature": "export"}},
    "licence": [{"capability": "ai", "after": "0 days"}, {"capability": "sync", "after": "15 days"}, {"capability": "reports", "after": "30 days"}],
    "licence_states": {"grace": "1 day", "suspended": "15 days", "cancelled": "60 days"}}'), NULL, 'configured');

-- What an account may use, as names, and the licence's state.
CREATE FUNCTION public.may(account text) RETURNS text LANGUAGE sql AS
$$ SELECT format('%s: %s', min(c.licence), coalesce(string_agg(c.capability, ' ' ORDER BY c.capability) FILTER (WHERE c.available), 'nothing')) FROM credits.capabilities(account) c $$;
-- The same by asking.
CREATE FUNCTION public.does(account text) RETURNS text LANGUAGE sql AS
$$ SELECT coalesce(string_agg(a.action, ' ' ORDER BY a.action), 'nothing') FROM unnest('{export,goal,push,report}'::text[]) a(action),
          LATERAL credits.quote(account, a.action) q WHERE q.outcome = 'ok' $$;

SELECT credits.open_account('org'), credits.open_account('other'), credits.open_account('small', 'starter') \g /dev/null
SELECT is(public.may('org'), 'active: ai export reports sync', 'at first everything');
SELECT is(public.may('small'), 'active: reports sync', 'what the plan has');
SELECT is((SELECT string_agg(format('%s %s', c.capability, c.in_plan), ', ') FROM credits.capabilities('small') c), 'ai f, reports t, sync t, export f', 'and what it has not');

SELECT is((SELECT string_agg(d.outcome, ' ') FROM unnest('{goal,goal,push}'::text[]) a, LATERAL credits.authorize('org', action => a, ttl => '1 hour') d), 'ok ok ok', 'three calls under way');
SELECT is((SELECT b.held FROM credits.balance('org') b), 7::numeric, 'held');
SELECT is(credits.fail_licence('org', '2026-03-01 08:00+00', 'card declined'), 'past_due', 'the payment fails');
SELECT is((SELECT b.held FROM credits.balance('org') b), 1::numeric, 'holds of what is lost are given back, others go on');
SELECT is((SELECT string_agg(concat_ws(' ', l.kind, l.reason), ', ' ORDER BY l.entry_no) FROM credits.ledger l WHERE l.account_id = 'org'), 'grant, release licence, release licence', 'on the books');
SELECT is((SELECT d.outcome FROM credits.authorize('org', action => 'goal') d), 'licence_suspended', 'no AI at once');
SELECT throws_ok($$ SELECT credits.deduct('org', action => 'goal') $$, 'PT402', NULL, 'raised too');
SELECT lives_ok($$ SELECT credits.settle('org', 3) $$, 'a call that goes on is settled');
SELECT is((SELECT concat_ws(' ', a.kind, a.name, a.detail) FROM credits.alert a WHERE a.account_id = 'org'),
    'licence past_due {"state": "past_due", "reason": "card declined", "failed_at": "2026-03-01T08:00:00+00:00", "holds_released": 2}', 'an alert says so');

-- Counted from the failure's own time; what is read and what calls would be told agree.
CREATE TABLE public.moment (at timestamptz, may text, does text);
INSERT INTO public.moment VALUES
    ('2026-03-01 10:00:00+00', 'past_due: export reports sync', 'export push report'),
    ('2026-03-02 07:59:59.999999+00', 'past_due: export reports sync', 'export push report'),
    ('2026-03-02 08:00:00+00', 'grace: export reports sync', 'export push report'),
    ('2026-03-16 07:59:59.999999+00', 'grace: export reports sync', 'export push report'),
    ('2026-03-16 08:00:00+00', 'suspended: reports', 'report'),
    ('2026-03-31 07:59:59.999999+00', 'suspended: reports', 'report'),
    ('2026-03-31 08:00:00+00', 'suspended: nothing', 'nothing'),
    ('2026-04-30 08:00:00+00', 'cancelled: nothing', 'nothing');
CREATE FUNCTION public.walk() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    m record;
BEGIN
    FOR m IN SELECT * FROM public.moment ORDER BY at LOOP
        PERFORM set_config('pg_credits.now', m.at::text, false);
        RETURN NEXT is(public.may('org'), m.may, 'capabilities at ' || m.at);
        RETURN NEXT is(public.does('org'), m.does, 'calls at ' || m.at);
    END LOOP;
END $$;
SELECT public.walk();
SELECT is(public.may('other'), 'active: ai export reports sync', 'no other account is touched');
SELECT is((SELECT d.outcome FROM credits.authorize('org', 1) d), 'licence_suspended', 'a call without a feature goes with the licence as a whole');

SELECT is((SELECT d.message FROM credits.authorize('org', 1) d), 'the licence is cancelled, because a payment failed', 'as it is then');
SELECT is(credits.restore_licence('org'), 'active', 'paid');
SELECT is(credits.restore_licence('org'), 'active', 'paid twice');
SELECT is(public.may('org'), 'active: ai export reports sync', 'everything is back');
SELECT is(public.does('org'), 'export goal push report', 'and works');
SELECT is((SELECT string_agg(a.name, ' ' ORDER BY a.alert_no) FROM credits.alert a WHERE a.account_id = 'org' AND a.kind = 'licence'), 'past_due cancelled active', 'said once each, what time brought with the next call');

-- Of several failures the earliest counts, in whatever order they are told.
SET pg_credits.now = '2026-05-20 00:00:00+00';
SELECT is(credits.fail_licence('org', '2026-05-10 00:00+00'), 'grace', 'a second attempt failed');
SELECT is(credits.fail_licence('org', '2026-05-05 00:00+00'), 'suspended', 'the first one is told later');
SELECT is(credits.fail_licence('org', '2026-05-15 00:00+00'), 'suspended', 'a third changes nothing');
SELECT is((SELECT w.licence_failed_at FROM credits.wallet w WHERE w.account_id = 'org'), '2026-05-05 00:00+00'::timestamptz, 'the earliest');
SELECT is(credits.fail_licence('other'), 'past_due', 'without a time it is now');
SELECT is((SELECT c.lost_at FROM credits.capabilities('other') c WHERE c.capability = 'sync'), '2026-06-04 00:00+00'::timestamptz, 'and what is to come is told');

-- Failures and payments may be told in any order: two failures with a payment between them, and one at the very time of a payment.
CREATE FUNCTION public.tell(account text, what text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE left(what, 1) WHEN 'f' THEN credits.fail_licence(account, ('2026-05-' || substr(what, 2))::timestamptz) ELSE credits.restore_licence(account, ('2026-05-' || substr(what, 2))::timestamptz) END;
END $$;
CREATE FUNCTION public.orders(story text[]) RETURNS SETOF text[] LANGUAGE sql AS $$
    WITH RECURSIVE told(list) AS (
        SELECT '{}'::text[] UNION ALL SELECT t.list || e.event FROM told t, unnest(story) e(event) WHERE e.event <> ALL (t.list))
    SELECT t.list FROM told t WHERE cardinality(t.list) = cardinality(story) $$;
CREATE FUNCTION public.told(story text[], expected text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    told    text[];
    account text;
    event   text;
    said    text;
BEGIN
    FOR told IN SELECT * FROM public.orders(story) LOOP
        account := told::text;
        PERFORM credits.open_account(account);
        FOREACH event IN ARRAY told LOOP
            said := public.tell(account, event);
        END LOOP;
        RETURN NEXT is(concat_ws(' ', said, (SELECT to_char(w.licence_failed_at, 'DD') FROM credits.wallet w WHERE w.account_id = account)), expected, account);
    END LOOP;
END $$;
SELECT public.told('{f05,p10,f15}', 'grace 15');
SELECT public.told('{f05,p10,f12,p14,f16}', 'grace 16');
SELECT public.told('{f03,f05,p10}', 'active');
SELECT public.told('{f10,p10}', 'active');
SELECT public.told('{f12,f14,p10}', 'grace 12');
UPDATE credits.wallet SET licence_failed_at = '2026-05-14' WHERE account_id = '{f05,p10,f15}';
SELECT is((SELECT string_agg(v.check_name, ', ') FROM credits.verify('{f05,p10,f15}') v), 'licence', 'verify() compares with what was told');
UPDATE credits.wallet SET licence_failed_at = '2026-05-15' WHERE account_id = '{f05,p10,f15}';
SELECT is((SELECT string_agg(a.detail ->> 'failed_at', ' ' ORDER BY a.alert_no) FROM credits.alert a WHERE a.account_id = '{f05,f15,p10}'), '2026-05-05T00:00:00+00:00 2026-05-15T00:00:00+00:00', 'the payment says which failure stays');

-- Days are those of the account's zone.
SELECT credits.open_account('berlin', time_zone => 'Europe/Berlin') \g /dev/null
SELECT is(credits.fail_licence('berlin', '2026-03-20 08:00+01'), 'cancelled', 'failed before the clock went forward');
SELECT is((SELECT c.lost_at FROM credits.capabilities('berlin') c WHERE c.capability = 'sync'), '2026-04-04 08:00+02'::timestamptz, 'at the same time of day');

SELECT is(credits.fail_licence('small', '2026-06-01 00:00+00'), 'active', 'a failure ahead takes nothing yet');
SELECT is(public.may('small'), 'active: reports sync', 'nothing');
SELECT lives_ok($$ SELECT credits.freeze('small', 'fraud') $$, 'frozen');
SELECT is(public.may('small'), 'active: nothing', 'a frozen account may use nothing');

SELECT throws_ok($$ SELECT credits.fail_licence('nobody') $$, 'PT404', NULL, 'fail: no such account');
SELECT throws_ok($$ SELECT credits.restore_licence('nobody') $$, 'PT404', NULL, 'restore: no such account');
SELECT throws_ok($$ SELECT * FROM credits.capabilities('nobody') $$, 'PT404', NULL, 'capabilities: no such account');
SELECT throws_ok($$ SELECT credits.fail_licence(NULL) $$, '22004', NULL, 'fail: null');
SELECT throws_ok($$ SELECT credits.fail_licence('org', 'infinity') $$, '22023', NULL, 'fail: infinity');
SELECT is((SELECT count(*) FROM credits.verify()), 0::bigint, 'the books are right');
SELECT * FROM finish();
