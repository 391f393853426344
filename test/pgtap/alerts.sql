-- Alerts: one for each descent, anew after recovery; credits that run low; who has seen to them; what NOTIFY carries.
\ir helpers/rules.sql
SELECT isnt(credits.configure('{
    "top_up": {"below": 20, "pack": "small", "at_most": "1 day"}, "packs": {"small": {"price": "5", "credits": 100}},
    "prices": [{"provider": "p", "model": "m", "metric": "input_tokens", "price": "1", "per": 1000}],
    "ladder": [{"level": "low", "at": 50, "of": "cost_budget"}],
    "plans": {
        "warned": {"limits": [{"name": "credits", "metric": "credits", "window": "sliding 1 hour", "limit": 10}, {"name": "calls", "scope": "member", "metric": "requests", "window": "day", "limit": 3, "warn_at": 67}]},
        "blocked": {"limits": [{"name": "flood", "metric": "requests", "window": "sliding 1 minute", "limit": 1, "effect": "block:1 hour"}]},
        "one": {"limits": [{"name": "gap", "metric": "requests", "window": "sliding 3 seconds", "limit": 1}]},
        "budget": {"cost_budget": "1"},
        "owing": {"credits": 5, "charge": {"by": "postpaid"}},
        "plain": {}}}'), NULL, 'configured');

INSERT INTO public.step (account, at, op, arguments, expected) VALUES
    ('once a descent', '2026-01-01 10:00+00', 'open_account', '{"plan": "warned"}', 'once a descent'),
    (NULL, NULL, 'grant', '{"amount": 1000}', 'grant 1000 -> 1000'),
    (NULL, NULL, 'deduct', '{"amount": 7}', 'deduct -7 -> 993'),
    (NULL, NULL, 'alerts', NULL, 'none'),
    (NULL, NULL, 'deduct', '{"amount": 1}', 'deduct -1 -> 992'),
    (NULL, NULL, 'deduct', '{"amount": 1}', 'deduct -1 -> 991'),
    (NULL, NULL, 'alerts', NULL, '1: limit_warning credits 8/10'),
    (NULL, '2026-01-01 11:00+00', 'deduct', '{"amount": 1}', 'deduct -1 -> 990'),
    (NULL, NULL, 'alerts', NULL, '1: limit_warning credits 8/10'),
    (NULL, '2026-01-01 11:00:01+00', 'deduct', '{"amount": 7}', 'deduct -7 -> 983'),
    (NULL, NULL, 'alerts', '{"after": 1}', '2: limit_warning credits 8/10'),
    (NULL, '2026-01-01 13:00+00', 'authorize', '{"amount": 9}', 'hold 1: 9 warns credits 9/10'),
    (NULL, NULL, 'alerts', '{"after": 2}', '3: limit_warning credits 9/10'),
    (NULL, NULL, 'release', '{"hold_no": 1}', 'release 0 -> 983'),
    (NULL, NULL, 'authorize', '{"amount": 9}', 'hold 2: 9 warns credits 9/10'),
    (NULL, NULL, 'alerts', '{"after": 3}', '4: limit_warning credits 9/10'),

    ('of each member', '2026-01-01 10:00+00', 'open_account', '{"plan": "warned"}', 'of each member'),
    (NULL, NULL, 'grant', '{"amount": 1000}', 'grant 1000 -> 1000'),
    (NULL, NULL, 'deduct', '{"amount": 0, "member_id": "ann"}', 'deduct 0 -> 1000'),
    (NULL, NULL, 'deduct', '{"amount": 0, "member_id": "ann"}', 'deduct 0 -> 1000'),
    (NULL, NULL, 'deduct', '{"amount": 0, "member_id": "ann"}', 'deduct 0 -> 1000'),
    (NULL, NULL, 'deduct', '{"amount": 0, "member_id": "bob"}', 'deduct 0 -> 1000'),
    (NULL, NULL, 'alerts', NULL, '1: limit_warning calls of ann 3/3'),
    (NULL, '2026-01-02 10:00+00', 'deduct', '{"amount": 0, "member_id": "ann"}', 'deduct 0 -> 1000'),
    (NULL, NULL, 'deduct', '{"amount": 0, "member_id": "ann"}', 'deduct 0 -> 1000'),
    (NULL, NULL, 'alerts', '{"after": 1}', 'none'),

    ('a gap warns of nothing', '2026-01-01 10:00+00', 'open_account', '{"plan": "one"}', 'a gap warns of nothing'),
    (NULL, NULL, 'grant', '{"amount": 1000}', 'grant 1000 -> 1000'),
    (NULL, NULL, 'authorize', '{"amount": 1}', 'hold 1: 1'),
    (NULL, '2026-01-01 10:01+00', 'authorize', '{"amount": 1}', 'hold 2: 1'),
    (NULL, NULL, 'alerts', NULL, 'none'),

    ('a block is said once', '2026-01-01 10:00+00', 'open_account', '{"plan": "blocked"}', 'a block is said once'),
    (NULL, NULL, 'grant', '{"amount": 1000}', 'grant 1000 -> 1000'),
    (NULL, NULL, 'authorize', '{"amount": 1}', 'hold 1: 1'),
    (NULL, NULL, 'authorize', '{"amount": 1}', 'blocked 429 after 01:00:00 (flood): calls of this account are blocked for passing the limit "flood" of 1 request in any minute'),
    (NULL, NULL, 'authorize', '{"amount": 1}', 'blocked 429 after 01:00:00 (flood): calls of this account are blocked for passing the limit "flood" of 1 request in any minute'),
    (NULL, NULL, 'alerts', NULL, '1: limit_reached flood 1/1'),
    (NULL, '2026-01-01 11:00+00', 'authorize', '{"amount": 1}', 'hold 2: 1'),
    (NULL, NULL, 'authorize', '{"amount": 1}', 'blocked 429 after 01:00:00 (flood): calls of this account are blocked for passing the limit "flood" of 1 request in any minute'),
    (NULL, NULL, 'alerts', NULL, '1: limit_reached flood 1/1, 2: limit_reached flood 1/1'),

    ('credits run low', '2026-01-01 10:00+00', 'open_account', '{"plan": "plain"}', 'credits run low'),
    (NULL, NULL, 'grant', '{"amount": 21}', 'grant 21 -> 21'),
    (NULL, NULL, 'deduct', '{"amount": 1}', 'deduct -1 -> 20'),
    (NULL, NULL, 'alerts', NULL, 'none'),
    (NULL, NULL, 'deduct', '{"amount": 1}', 'deduct -1 -> 19'),
    (NULL, NULL, 'deduct', '{"amount": 1}', 'deduct -1 -> 18'),
    (NULL, NULL, 'alerts', NULL, '1: top_up_due small below 20'),
    (NULL, '2026-01-01 12:00+00', 'grant', '{"amount": 100}', 'grant 100 -> 118'),
    (NULL, NULL, 'deduct', '{"amount": 100}', 'deduct -100 -> 18'),
    (NULL, NULL, 'alerts', NULL, '1: top_up_due small below 20'),
    (NULL, '2026-01-02 10:00+00', 'deduct', '{"amount": 0}', 'deduct 0 -> 18'),
    (NULL, NULL, 'alerts', NULL, '1: top_up_due small below 20, 2: top_up_due small below 20'),

    ('no credits needed', '2026-01-01 10:00+00', 'open_account', '{"plan": "owing"}', 'no credits needed'),
    (NULL, NULL, 'deduct', '{"amount": 1}', 'deduct 0 -> 5'),
    (NULL, NULL, 'alerts', NULL, 'none'),

    ('levels', '2026-01-01 10:00+00', 'open_account', '{"plan": "budget"}', 'levels'),
    (NULL, NULL, 'record_cost', '{"provider": "p", "model": "m", "usage": {"input_tokens": 500}}', 'cost 0 -> 0 cost 0.5'),
    (NULL, NULL, 'alerts', NULL, '1: top_up_due small below 20, 2: level low'),

    ('seen to', '2026-01-01 10:00+00', 'open_account', '{"plan": "warned"}', 'seen to'),
    (NULL, NULL, 'grant', '{"amount": 1000}', 'grant 1000 -> 1000'),
    (NULL, NULL, 'acknowledge_alert', '{"alert_no": 1}', 'PT404 the account has no alert 1'),
    (NULL, NULL, 'deduct', '{"amount": 8}', 'deduct -8 -> 992'),
    (NULL, NULL, 'alerts', NULL, '1: limit_warning credits 8/10'),
    (NULL, NULL, 'acknowledge_alert', '{"alert_no": 1}', 'true'),
    (NULL, '2026-01-01 10:01+00', 'acknowledge_alert', '{"alert_no": 1}', 'false'),
    (NULL, NULL, 'alerts', NULL, '1: limit_warning credits 8/10 seen'),
    (NULL, NULL, 'deduct', '{"amount": 1}', 'deduct -1 -> 991'),
    (NULL, NULL, 'alerts', NULL, '1: limit_warning credits 8/10 seen'),
    (NULL, NULL, 'acknowledge_alert', '{"alert_no": null}', '22004 alert_no must not be null'),
    (NULL, NULL, 'acknowledge_alert', '{"alert_no": 1, "account_id": null}', '22004 account_id must not be null'),
    (NULL, NULL, 'acknowledge_alert', '{"alert_no": 1, "account_id": "nobody"}', 'PT404 there is no account "nobody"');

-- Who has seen to it, whoever owns the tables.
SET pg_credits.now = '2026-02-01 10:00+00';
SELECT is(credits.open_account(a, 'warned'), a, 'opened') FROM unnest(ARRAY['audited', 'audited~sql']) a;
DO $$ BEGIN
    PERFORM credits.grant(a, 1000), credits.deduct(a, 9, member_id => 'ann') FROM unnest(ARRAY['audited', 'audited~sql']) a;
END $$;
SET pg_credits.now = '2026-02-01 11:30+00';
CREATE ROLE alerts_reader;
GRANT USAGE ON SCHEMA credits TO alerts_reader;
GRANT EXECUTE ON FUNCTION credits.acknowledge_alert(text, bigint) TO alerts_reader;
SET ROLE alerts_reader;
SELECT is(credits.acknowledge_alert(a, 1), true, 'without any right on the table') FROM unnest(ARRAY['audited', 'audited~sql']) a;
SELECT throws_ok($$ UPDATE credits.alert SET acknowledged_by = 'somebody' $$, '42501', NULL, 'which it has not');
RESET ROLE;
SELECT is((SELECT (a.acknowledged_at = '2026-02-01 11:30+00', a.acknowledged_by)::text FROM credits.alerts a WHERE a.account_id = 'audited'), '(t,alerts_reader)', 'when and who');
SELECT is(credits.acknowledge_alert('audited', 1), false, 'only the first one is noted');
SELECT is((SELECT a.acknowledged_by FROM credits.alerts a WHERE a.account_id = 'audited'), 'alerts_reader', 'as before');
DROP OWNED BY alerts_reader;
DROP ROLE alerts_reader;
SELECT is((SELECT (f.flag, f.member_id, f.limit_name, f.metric, f.used, f.limit_value)::text FROM credits.fraud_flags f), NULL, 'a warning is no flag');
RESET pg_credits.now;

\ir helpers/replay.sql
