-- What errors say beside their message: which event of a batch, what differs, what is left, what to do instead.
\ir helpers/tap.sql
SET pg_credits.now = '2026-01-15 12:00:00+00';
SET TimeZone = 'UTC';
SELECT isnt(credits.configure('{"default_plan": "free", "plans": {"free": {"credits": 100}, "other": {"credits": 1}},
    "prices": [{"provider": "p", "model": "m", "metric": "requests", "price": "0.01"}]}'), NULL, 'configured');
SELECT is(credits.open_account('ann', time_zone => 'Europe/Berlin', anchor => '2026-01-01', identity => 'i'), 'ann', 'opened');

-- said(call): the SQLSTATE, message, detail and hint of a call that fails.
CREATE FUNCTION public.said(call text, OUT state text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE call;
    state := 'passed';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;

-- An event of a batch is named by its number, whatever is wrong with it; nothing of the batch is done.
SELECT unnest(ARRAY[is(s.message, 'event 2: ' || v.message, v.message), matches(s.detail, 'nothing was done$', 'and nothing was done')])
FROM (VALUES ('{"account_id": "ann", "amount": -1}', 'amount must not be negative'), ('{"account_id": "ann", "amount": 1.5}', 'amount is finer than a credit can be divided'),
             ('{"account_id": "ann"}', 'the call says nothing to charge from'), ('{"account_id": "ann", "usage": {"requests": 1}}', 'usage can only be charged by cost with provider and model'),
             ('{"account_id": "ann", "amount": 1, "occurred_at": "2027-01-01"}', 'occurred_at must not lie in the future'), ('{"amount": 1}', 'no account is named'), ('7', 'it is not an object'),
             ('{"account_id": "ann", "amount": 1, "colour": "red"}', 'there is no argument "colour"'), ('{"account_id": "ann", "amount": 1, "action": ""}', 'action must not be empty')) v(event, message),
     public.said(format('SELECT * FROM credits.deduct_many(%L)', format('[{"account_id": "ann", "amount": 1}, %s, {"account_id": "ann", "amount": 1}]', event))) s;
SELECT is((public.said($$ SELECT credits.settle_many('[{"account_id": "ann", "hold_no": 0}]') $$)).message, 'event 1: hold_no is no number of a hold', 'so is a settle');
SELECT is((SELECT count(*) FROM credits.history('ann')), 1::bigint, 'no event was done');

-- A plan that is only thought of is an argument, a configuration is not.
SELECT is((public.said(call)).detail, detail, call) FROM (VALUES ($$ SELECT credits.plan_margin('new', '{"price": -3}') $$, 'argument what_if'), ($$ SELECT credits.plan_margin('new', '[]') $$, 'argument what_if'),
    ($$ SELECT credits.configure('{"plans": {"new": {"price": -3}}}') $$, 'the configuration is unchanged')) v(call, detail);

-- The facts of an account.
SELECT is((public.said(call)).detail, detail, detail) FROM (VALUES
    ($$ SELECT credits.open_account('ann', 'other') $$, 'plan is free, not other'), ($$ SELECT credits.open_account('ann', time_zone => 'Europe/Paris') $$, 'time_zone is Europe/Berlin, not Europe/Paris'),
    ($$ SELECT credits.open_account('ann', anchor => '2026-01-02') $$, 'anchor is 2026-01-01 00:00:00+00, not 2026-01-02 00:00:00+00'), ($$ SELECT credits.open_account('ann', identity => 'j') $$, 'identity is i, not j')) v(call, detail);
SELECT is(credits.open_account('ann'), 'ann', 'the default zone is no fact');
SELECT is(credits.open_account('bob', identity => NULL), 'bob', 'opened without an anchor');
SELECT is((public.said($$ SELECT credits.open_account('bob', anchor => credits.now()) $$)).detail, 'anchor is that of its opening, not 2026-01-15 12:00:00+00', 'an anchor that was not given');

-- Holds that have ended.
SELECT is((credits.authorize('ann', 5, idempotency_key => 'a')).hold_no, 1::bigint, 'hold 1');
SELECT is((credits.authorize('ann', 6, idempotency_key => 'b', ttl => '1 minute')).hold_no, 2::bigint, 'hold 2');
SELECT is((credits.authorize('ann', 7, idempotency_key => 'c', ttl => '1 hour')).hold_no, 3::bigint, 'hold 3');
SELECT is((credits.authorize('ann', 7, idempotency_key => 'c')).warnings, '[]', 'a replay of an open hold warns of nothing');
SELECT is((credits.settle('ann', 1, amount => 4)).entry_no, 2::bigint, 'one is settled');
SELECT is((credits.release('ann', 3)).entry_no, 3::bigint, 'one is released');
SET pg_credits.now = '2026-01-15 12:05:00+00';
SELECT is((credits.authorize('ann', n, idempotency_key => key)).warnings, to_jsonb(ARRAY[warning]), warning) FROM (VALUES (5, 'a', 'hold_settled'), (6, 'b', 'hold_expired'), (7, 'c', 'hold_released')) v(n, key, warning);
SELECT ok((credits.extend('ann', 2, ttl => '1 minute')).allowed, 'the one that timed out is extended');
SELECT is((credits.authorize('ann', 6, idempotency_key => 'b')).warnings, '[]', 'and is open again');
SELECT unnest(ARRAY[is(s.message, 'hold 1 was settled already, with other values', 'another settle'), ok(s.detail::jsonb @> '{"hold_no": 1, "entry_no": 2, "amount": 4}', 'says what was'), matches(s.hint, 'unchanged', 'and what to do')])
FROM public.said($$ SELECT credits.settle('ann', 1, amount => 5) $$) s;
SELECT is((public.said($$ SELECT credits.release('ann', 1) $$)).message, 'hold 1 was settled already', 'a release');
SELECT ok((public.said($$ SELECT credits.settle('ann', 3) $$)).detail::jsonb @> '{"hold_no": 3, "entry_no": 3}', 'a settle of what was released');

-- A settle that cannot be priced is settled by amount.
SELECT is((credits.authorize('ann', 1)).hold_no, 4::bigint, 'authorized without provider and model');
SELECT unnest(ARRAY[is(s.detail, 'the authorization named no provider and model', 'usage cannot be priced'), matches(s.hint, '^settle by amount', 'an amount can')]) FROM public.said($$ SELECT credits.settle('ann', 4, '{"requests": 1}') $$) s;
SELECT is((credits.authorize('ann', 1, provider => 'p', model => 'new')).hold_no, 5::bigint, 'authorized for a model without a price');
SELECT matches((public.said($$ SELECT credits.settle('ann', 5, '{"requests": 1}') $$)).hint, '^settle by amount', 'neither can a later price');
SELECT is((credits.settle('ann', 5, amount => 3)).amount, -3::numeric, 'an amount can');

-- Refunds.
SELECT ok((public.said($$ SELECT credits.refund('ann', 2, 5) $$)).detail::jsonb @> '{"entry": 2, "left": 4}', 'what is left to refund');

-- Amounts and names.
SELECT unnest(ARRAY[is(s.message, 'a grant needs an amount above zero', 'a grant of ' || n), is(s.hint, 'say how many credits to grant', 'has one rule')]) FROM (VALUES (0), (-5)) v(n), public.said(format('SELECT credits.grant(''ann'', %s)', n)) s;
SELECT is((public.said($$ SELECT credits.grant('ann', 0.5) $$)).detail, 'argument amount has 1 decimal, the unit has 0', 'one decimal');
SELECT is((public.said($$ SELECT credits.deduct('ann', 1, idempotency_key => '') $$)).hint, 'leave it out, or give 1 to 255 characters', 'an empty key');
SELECT is((public.said($$ SELECT credits.open_account('eve', plan => '') $$)).hint, 'leave it out, or give 1 to 255 characters', 'an empty plan');

-- Unknown accounts, plans that cannot go.
SELECT is((public.said(format('SELECT * FROM credits.%s(''alcie'')', f))).state, 'PT404', f || ' of nobody') FROM unnest(ARRAY['verify', 'lot_movements']) f;
SELECT is((public.said(format('SELECT credits.configure(%L)', document))).message, 'plans.free: is the default plan and cannot be removed', document) FROM unnest(ARRAY['{"plans": {"free": null}}', '{"plans": null}']) document;
SELECT matches((public.said($$ SELECT credits.configure('{"default_plan": "none"}') $$)).message, '^default_plan: there is no plan', 'a default plan that is not there');
SELECT is((public.said('SELECT credits.configure(NULL)')).state, '22004', 'no configuration');
SELECT is_empty('SELECT * FROM credits.verify()', 'the books are right');
SELECT * FROM finish();
