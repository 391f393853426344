-- Level, alerts and books after everything that changes an account beside its calls, and after updates by hand.
\ir helpers/tap.sql
SET pg_credits.now = '2026-01-10 10:00:00+00';

SELECT isnt(credits.configure('{
    "default_plan": "small", "packs": {"pack": {"price": "5", "credits": 100}},
    "plans": {"small": {"credits": 100, "interval": "1 month", "grant_on": "clock", "overdraft": "1000", "cost_budget": "10"},
              "large": {"credits": 300, "interval": "1 month", "grant_on": "clock", "cost_budget": "100"}},
    "actions": {"dear": {"credits": 0, "cost": "8"}},
    "ladder": [{"level": "reduced", "at": 50, "of": "cost_budget"}],
    "top_up": {"below": 50, "pack": "pack", "at_most": "1 day"}}'), NULL, 'configured');
-- The level as kept and as read, the alerts so far, what verify() finds.
CREATE FUNCTION public.state(account text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' | ', concat_ws(' ', b.balance, coalesce(w.level, 'normal'), nullif(b.level, coalesce(w.level, 'normal'))),
                     (SELECT coalesce(string_agg(a.kind || ' ' || a.name, ', ' ORDER BY a.alert_no), 'no alert') FROM credits.alert a WHERE a.account_id = account),
                     (SELECT string_agg(v.check_name, ', ') FROM credits.verify(account) v))
    FROM credits.balance(account) b, credits.wallet w WHERE w.account_id = account
$$;

SELECT credits.open_account('a') \g /dev/null
SELECT is(public.state('a'), '100 normal | no alert', 'at first');
SELECT credits.deduct('a', 120) \g /dev/null
SELECT is(public.state('a'), '-20 payment_required | top_up_due pack, level payment_required', 'in debt');
SELECT credits.grant('a', 15) \g /dev/null
SELECT is(public.state('a'), '-5 payment_required | top_up_due pack, level payment_required', 'a grant that does not pay it');
SELECT credits.grant('a', 105) \g /dev/null
SELECT is(public.state('a'), '100 normal | top_up_due pack, level payment_required, level normal', 'one that does');
SELECT credits.void_lot('a', 3) \g /dev/null
SELECT is(public.state('a'), '0 normal | top_up_due pack, level payment_required, level normal', 'void_lot: that credits run low was said today');
SELECT credits.deduct('a', 1) \g /dev/null
SELECT alike(public.state('a'), '-1 payment_required | %, level payment_required', 'in debt again');
SELECT credits.refund('a', 2, 60) \g /dev/null
SELECT alike(public.state('a'), '59 normal | %, level normal', 'refund lifts it');
SELECT credits.deduct('a', action => 'dear') \g /dev/null
SELECT alike(public.state('a'), '59 reduced | %, level reduced', 'a budget is used');
SELECT credits.change_plan('a', 'large') \g /dev/null
SELECT alike(public.state('a'), '259 normal | %, level normal', 'change_plan: the larger budget lifts it');
SELECT credits.change_plan('a', 'small') \g /dev/null
SELECT alike(public.state('a'), '259 reduced | %, level reduced', 'and the smaller one puts it back');
SELECT credits.freeze('a', 'audit') \g /dev/null
SELECT alike(public.state('a'), '259 reduced | %, level reduced', 'freeze changes no level');
SELECT credits.unfreeze('a') \g /dev/null
SELECT alike(public.state('a'), '259 reduced | %, level reduced', 'unfreeze neither');
UPDATE credits.wallet SET plan = 'large' WHERE account_id = 'a';
SELECT alike(public.state('a'), '259 normal | %, level normal', 'an update by hand of the plan');
UPDATE credits.wallet SET level = 'reduced' WHERE account_id = 'a';
SELECT alike(public.state('a'), '259 normal | %, level normal', 'nobody sets a level');
UPDATE credits.wallet SET period_cost = 60 WHERE account_id = 'a';
SELECT alike(public.state('a'), '259 reduced | %, level reduced | period_cost', 'an update by hand of the cost, which verify() finds');
UPDATE credits.wallet SET period_cost = 8 WHERE account_id = 'a';
UPDATE credits.wallet SET plan = 'small' WHERE account_id = 'a';
SELECT alike(public.state('a'), '259 reduced | %, level reduced', 'and back');
UPDATE credits.wallet SET held_cost = 1 WHERE account_id = 'a';
SELECT alike(public.state('a'), '259 reduced | % | held_cost', 'verify() finds a cost that no hold has');
UPDATE credits.wallet SET held_cost = 0 WHERE account_id = 'a';
SELECT credits.close_account('a', 'moved') \g /dev/null
SELECT matches(public.state('a'), '^259 reduced \| [^|]*$', 'close_account leaves level and books');
SELECT credits.open_account('a') \g /dev/null
SELECT matches(public.state('a'), '^259 reduced \| [^|]*$', 'and so does opening it again');
SELECT is((SELECT string_agg(e.to_level, ' ' ORDER BY e.event_no) FROM credits.restriction_event e WHERE e.account_id = 'a'),
    'payment_required normal payment_required normal reduced normal reduced normal reduced normal reduced', 'each change is on record once');

-- Refusals are samples; old ones are forgotten once a day, but for the newest.
SELECT credits.open_account('b') \g /dev/null
SELECT is((SELECT d.outcome FROM credits.authorize('b', 2000) d), 'insufficient_credits', 'refused');
SET pg_credits.now = '2026-01-11 10:00:00+00';
SELECT is((SELECT d.outcome FROM credits.authorize('b', 2000) d), 'insufficient_credits', 'refused a day later');
SELECT is(credits.maintain() -> 'denials', '0', 'none is old');
SET pg_credits.now = '2026-02-20 10:00:00+00';
SELECT is(credits.maintain() -> 'denials', '1', 'after idempotency_days one goes');
SELECT is((SELECT string_agg(d.denial_no::text, ' ') FROM credits.denial d WHERE d.account_id = 'b'), '2', 'the newest stays');
SELECT is((SELECT d.outcome FROM credits.authorize('b', 2000) d), 'insufficient_credits', 'refused again');
SELECT is((SELECT string_agg(d.denial_no::text, ' ' ORDER BY d.denial_no) FROM credits.denial d WHERE d.account_id = 'b'), '2 3', 'numbers go on');
SELECT ok((SELECT count(*) > 0 FROM credits.alert) AND (SELECT count(*) > 0 FROM credits.restriction_event), 'alerts and changes of level stay');
SELECT is((SELECT count(*) FROM credits.verify()), 0::bigint, 'the books are right');
SELECT * FROM finish();
