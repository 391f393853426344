-- Steps of a licence that nobody calls at: holds of what is lost end at their moment, and a payment cures what failed before it.
\ir helpers/tap.sql
SET pg_credits.now = '2026-03-01 08:00:00+00';

SELECT isnt(credits.configure('{
    "default_plan": "pro", "plans": {"pro": {"credits": 200, "interval": "1 year", "grant_on": "clock", "features": ["ai", "sync", "reports"]}},
    "actions": {"goal": {"credits": 3, "cost": "0.30", "feature": "ai"}, "push": {"credits": 5, "cost": "0.50", "feature": "sync", "gates": [{"kind": "click"}]}, "report": {"credits": 1, "feature": "reports"}},
    "limits": [{"name": "spent", "metric": "credits", "window": "lifetime", "limit": 1000}, {"name": "asked", "metric": "requests", "window": "lifetime", "limit": 1000}],
    "brake": {"day": {"stop": 1000}},
    "licence": [{"capability": "ai", "after": "0 days"}, {"capability": "sync", "after": "15 days"}, {"capability": "reports", "after": "30 days"}],
    "licence_states": {"grace": "1 day", "suspended": "15 days"}}'), NULL, 'configured');
CREATE FUNCTION public.used(account text) RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(l.limit_name || ' ' || l.used, ', ' ORDER BY l.limit_name) FROM credits.limits(account) l $$;
CREATE FUNCTION public.open_of(account text) RETURNS text LANGUAGE sql AS
$$ SELECT coalesce(string_agg(h.action, ' ' ORDER BY h.hold_no), 'none') FROM credits.holds(account) h $$;
CREATE FUNCTION public.held(account text) RETURNS numeric LANGUAGE sql AS $$ SELECT b.held FROM credits.balance(account) b $$;

SELECT credits.open_account('org'), credits.open_account('idle'), credits.record_conversion('org', 'click', 'r1'), credits.record_conversion('idle', 'click', 'r1') \g /dev/null
SELECT is(credits.fail_licence('org'), 'past_due', 'the payment fails');
SELECT is(credits.fail_licence('idle'), 'past_due', 'of another account too');
SET pg_credits.now = '2026-03-16 07:00:00+00';
SELECT is((SELECT string_agg(d.outcome, ' ') FROM unnest('{push,report}'::text[]) a, LATERAL credits.authorize('org', action => a, ttl => '1 day', idempotency_key => a, metadata => '{"from": "app"}') d), 'ok ok', 'calls are under way');
SELECT is((SELECT d.outcome FROM credits.authorize('idle', action => 'push', ttl => '60 days') d), 'ok', 'one of the other account too');
SELECT is((SELECT w.next_event_at FROM credits.wallet w WHERE w.account_id = 'org'), '2026-03-16 08:00+00'::timestamptz, 'the wallet knows the next step');

-- Reads see it to the microsecond, and write nothing.
SET pg_credits.now = '2026-03-16 07:59:59.999999+00';
SELECT is(public.open_of('org'), 'push report', 'just before both are open');
SELECT is(public.used('org'), 'asked 2, spent 6', 'and counted');
SET pg_credits.now = '2026-03-16 08:00:00+00';
SELECT is(public.open_of('org'), 'report', 'at the step the call of what is lost has ended');
SELECT is(public.held('org'), 1::numeric, 'its credits are not held');
SELECT is(public.used('org'), 'asked 2, spent 1', 'limits count its request only');
SELECT is((SELECT d.outcome FROM credits.quote('org', 'push') d), 'licence_suspended', 'quote says so');
SELECT is((SELECT concat_ws(' ', d.replayed, d.warnings) FROM credits.authorize('org', action => 'push', ttl => '1 day', idempotency_key => 'push') d), 't ["hold_released"]', 'the authorization told again says so');
SELECT is((SELECT count(*) FROM credits.hold h WHERE h.status = 'pending'), 3::bigint, 'nothing is written by reads and replays');

-- The first call that comes later writes it as of its moment.
SET pg_credits.now = '2026-03-16 10:00:00+00';
SELECT throws_like($$ SELECT credits.settle('org', 1) $$, '%released%', 'a settle of it comes too late');
SELECT is((SELECT d.outcome FROM credits.authorize('org', action => 'report', ttl => '1 day') d), 'ok', 'another call goes on');
SELECT is((SELECT concat_ws(' ', l.kind, l.reason, l.amount, l.hold_no, l.action, l.metadata, l.effective_at, l.created_at) FROM credits.ledger l WHERE l.account_id = 'org' AND l.kind = 'release'),
    format('release licence 0 1 push {"from": "app"} %s %s', '2026-03-16 08:00+00'::timestamptz, '2026-03-16 10:00+00'::timestamptz), 'the entry says what, why and as of when');
SELECT is((SELECT concat_ws(' ', h.status, h.ended_at = '2026-03-16 08:00+00', h.entry_no) FROM credits.hold h WHERE h.account_id = 'org' AND h.hold_no = 1), 'released t 2', 'and the hold');
SELECT is((SELECT c.used_at FROM credits.conversion c WHERE c.account_id = 'org'), NULL, 'the gate''s conversion is given back');
SELECT is(public.used('org'), 'asked 3, spent 2', 'and the limits');
SELECT is((SELECT concat_ws(' ', a.name, a.detail ->> 'holds_released', a.raised_at = '2026-03-16 10:00+00') FROM credits.alert a WHERE a.account_id = 'org' ORDER BY a.alert_no DESC LIMIT 1), 'suspended 1 t', 'an alert says the state and how many');
SELECT is((SELECT w.next_event_at FROM credits.wallet w WHERE w.account_id = 'org'), '2026-03-17 07:00+00'::timestamptz, 'next is a time-out');
SELECT is((SELECT w.held_cost FROM credits.wallet w WHERE w.account_id = 'org')::numeric, 0::numeric, 'no cost is expected any more');

-- At one moment a hold times out by itself before the licence ends it; one that is lost earlier does not time out.
SELECT is((SELECT d.outcome FROM credits.authorize('org', action => 'report', ttl => '13 days 22 hours') d), 'ok', 'a hold times out at the next step''s moment');
SET pg_credits.now = '2026-04-02 00:00:00+00';
SELECT is((SELECT credits.apply_due('org')), true, 'the account is brought up to date');
SELECT is((SELECT string_agg(h.status, ' ' ORDER BY h.hold_no) FROM credits.hold h WHERE h.account_id = 'org'), 'released expired expired expired', 'time-outs come first');

-- Nobody calls at all: maintain() writes it.
SELECT is((credits.maintain() ->> 'accounts')::int, 1, 'the other account was due');
SELECT is((SELECT concat_ws(' ', h.status, h.ended_at = '2026-03-16 08:00+00') FROM credits.hold h WHERE h.account_id = 'idle'), 'released t', 'its hold ended at the step');
SELECT is((SELECT string_agg(a.name, ' ' ORDER BY a.alert_no) FROM credits.alert a WHERE a.account_id = 'idle' AND a.kind = 'licence'), 'past_due grace suspended', 'and the alert of an account that nobody touches');
SELECT is((credits.maintain() ->> 'accounts')::int, 0, 'then nothing is due');
SELECT is((SELECT p.spend_today FROM credits.platform_status p), 0::numeric, 'the platform has spent nothing');

-- A schedule that is configured anew counts at once.
SELECT credits.open_account('late') \g /dev/null
SELECT is(credits.fail_licence('late', '2026-04-01 00:00+00'), 'grace', 'a payment failed a day ago');
SELECT is((SELECT d.outcome FROM credits.authorize('late', action => 'report', ttl => '1 day') d), 'ok', 'reports go on');
SELECT isnt(credits.configure('{"licence": [{"capability": "reports", "after": "12 hours"}]}'), NULL, 'reports are to go earlier');
SET pg_credits.now = '2026-04-02 01:00:00+00';
SELECT is(public.open_of('late'), 'none', 'reads see it');
SELECT is((SELECT d.outcome FROM credits.authorize('late', action => 'report') d), 'licence_suspended', 'calls too');
SELECT is((SELECT d.outcome FROM credits.authorize('late', action => 'push') d), 'gate_required', 'and what is not lost is refused for its own reasons');
SELECT is(credits.restore_licence('late'), 'active', 'paid');
SELECT is((SELECT concat_ws(' ', h.status, h.ended_at >= '2026-04-02 00:00+00') FROM credits.hold h WHERE h.account_id = 'late'), 'released t', 'never at a moment that the account has lived through');

-- Payments cure what failed before them, in whatever order it is told.
SELECT credits.open_account('payer') \g /dev/null
SELECT is(credits.restore_licence('payer', '2026-03-20 00:00+00'), 'active', 'a payment, told before the failure that it cured');
SELECT is(credits.fail_licence('payer', '2026-03-19 00:00+00'), 'active', 'the failure changes nothing');
SELECT is((SELECT count(*) FROM credits.alert a WHERE a.account_id = 'payer'), 0::bigint, 'and raises no alert');
SELECT is(credits.fail_licence('payer', '2026-03-25 00:00+00'), 'grace', 'a later one counts');
SELECT is(credits.restore_licence('payer', '2026-03-19 00:00+00'), 'grace', 'an earlier payment told later does not cure it');
SELECT is((SELECT w.licence_paid_at FROM credits.wallet w WHERE w.account_id = 'payer'), '2026-03-20 00:00+00'::timestamptz, 'the latest payment is kept');
SELECT is(credits.restore_licence('payer', '2026-03-25 00:00+00'), 'active', 'one of its very moment does');
SELECT is(credits.restore_licence('payer', '2026-03-25 00:00+00'), 'active', 'told twice');
SELECT is(credits.fail_licence('payer', '2026-03-25 00:00+00'), 'active', 'of one moment the payment counts, whatever is told last');
SELECT is(credits.fail_licence('payer', '2026-03-25 00:00:00.000001+00'), 'grace', 'a moment later');
SELECT is(credits.restore_licence('payer'), 'active', 'without a time it is now');
SELECT is(credits.fail_licence('payer'), 'past_due', 'and what fails now fails after what was paid now');
SELECT is(credits.restore_licence('payer'), 'active', 'and the other way round');
SELECT is((SELECT string_agg(a.name, ' ' ORDER BY a.alert_no) FROM credits.alert a WHERE a.account_id = 'payer'), 'grace active grace active past_due active', 'each change is said once');
SELECT throws_ok($$ SELECT credits.restore_licence('payer', 'infinity') $$, '22023', NULL, 'restore: infinity');
SELECT is((SELECT count(*) FROM credits.verify()), 0::bigint, 'the books are right');
SELECT * FROM finish();
