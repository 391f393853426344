-- Restriction levels: reached by cost, lifted by revenue, kept for updates by hand, the same on both ways of storage;
-- what levels forbid and substitute; gates and the conversions that open them.
\ir helpers/tap.sql
SET pg_credits.now = '2026-01-10 10:00:00+00';

SELECT isnt(credits.configure('{
    "unit": {"name": "credit", "value_usd": "0.02", "price_usd": "0.05"}, "default_plan": "free",
    "guarantee": {"revenue": "5", "cost": "2", "profit": "3"},
    "plans": {"free": {"credits": 100, "cover": "2"}},
    "prices": [{"provider": "p", "model": "large", "metric": "requests", "price": "0.01"},
               {"provider": "p", "model": "medium", "metric": "requests", "price": "0.01"},
               {"provider": "p", "model": "small", "metric": "requests", "price": "0.01"}],
    "actions": {"message": {"credits": 1}, "meal_plan": {"credits": 5, "gates": [{"kind": "affiliate_click", "count": 1}]},
                "grocery_list": {"credits": 2, "gates": [{"kind": "affiliate_click", "count": 2}]}, "free_look": {"credits": 0}},
    "ladder": [{"level": "reduced_quality", "at": 50, "of": "cost_budget", "substitute": {"large": "medium"}},
               {"level": "basic_only", "at": 75, "of": "cost_budget", "substitute": {"medium": "small"}},
               {"level": "affiliate_only", "at": 90, "of": "cost_budget", "allow": ["message", "meal_plan"]},
               {"level": "payment_required", "at": 100, "of": "cost_budget", "allow": []}]}'), NULL, 'configured');

CREATE FUNCTION public.costs(account text, requests integer) RETURNS text LANGUAGE sql AS
$$ SELECT r.level FROM credits.record_cost(account, 'p', 'small', jsonb_build_object('requests', requests)) r $$;
CREATE FUNCTION public.level(account text) RETURNS text LANGUAGE sql AS
$$ SELECT concat_ws(' ', b.level, CASE WHEN b.level IS DISTINCT FROM coalesce(w.level, 'normal') THEN 'but stored ' || coalesce(w.level, 'normal') END)
   FROM credits.balance(account) b JOIN credits.wallet w ON w.account_id = account $$;
CREATE FUNCTION public.events(account text) RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(format('%s>%s (%s)', e.from_level, e.to_level, e.cause), ', ' ORDER BY e.event_no) FROM credits.restriction_events e WHERE e.account_id = account $$;
CREATE FUNCTION public.ask(account text, action text DEFAULT NULL, model text DEFAULT NULL, amount numeric DEFAULT NULL) RETURNS text LANGUAGE sql AS
$$ SELECT concat_ws(' ', d.outcome, d.model) FROM credits.authorize(account, amount, action, CASE WHEN model IS NOT NULL THEN 'p' END, model, CASE WHEN model IS NOT NULL THEN '{"requests": 1}'::jsonb END) d $$;

-- The same story on both ways of storage.
CREATE FUNCTION public.story(storage text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    who text := 'story ' || storage;
BEGIN
    PERFORM set_config('pg_credits.storage', storage, false);
    PERFORM credits.open_account(who);
    RETURN NEXT is(public.level(who), 'normal', 'a new account is at the normal level: ' || storage);
    RETURN NEXT is(public.costs(who, 99), 'normal', 'below the first step: ' || storage);
    RETURN NEXT is(public.costs(who, 1), 'reduced_quality', '50 % of the cover: ' || storage);
    RETURN NEXT is(public.ask(who, 'message', 'large'), 'ok medium', 'a cheaper model is called: ' || storage);
    RETURN NEXT is(public.ask(who, 'message', 'small'), 'ok small', 'a cheap one stays: ' || storage);
    RETURN NEXT is(public.costs(who, 50), 'basic_only', '75 % of the cover: ' || storage);
    RETURN NEXT is(public.ask(who, 'message', 'large'), 'ok small', 'lower maps hold too: ' || storage);
    RETURN NEXT is(public.ask(who, 'grocery_list'), 'gate_required', 'a gate: ' || storage);
    RETURN NEXT is(public.costs(who, 30), 'affiliate_only', '90 % of the cover: ' || storage);
    RETURN NEXT is(public.ask(who, 'grocery_list'), 'level_forbids', 'not on the list: ' || storage);
    RETURN NEXT is(public.ask(who, amount => 1), 'level_forbids', 'no action is on no list: ' || storage);
    RETURN NEXT is(public.costs(who, 20), 'payment_required', '100 % of the cover: ' || storage);
    RETURN NEXT is(public.ask(who, 'free_look'), 'level_forbids', 'also what is free: ' || storage);
    RETURN NEXT is(credits.record_conversion(who, 'affiliate_purchase', 'order 1', 5), true, 'revenue comes in: ' || storage);
    RETURN NEXT is(public.level(who), 'normal', 'and lifts the level at once: ' || storage);
    RETURN NEXT is((SELECT concat_ws(' ', trim_scale(w.period_covered), trim_scale(w.period_revenue)) FROM credits.wallet w WHERE w.account_id = who), '2 5', 'what the cover paid is settled: ' || storage);
    RETURN NEXT is(public.costs(who, 99), 'normal', 'less than half of what is left: ' || storage);
    RETURN NEXT is(public.costs(who, 1), 'reduced_quality', '1.00 of 2.00: ' || storage);
    RETURN NEXT is(public.events(who), 'normal>reduced_quality (cost_budget), reduced_quality>basic_only (cost_budget), basic_only>affiliate_only (cost_budget), '
        'affiliate_only>payment_required (cost_budget), payment_required>normal (lifted), normal>reduced_quality (cost_budget)', 'each change once: ' || storage);
    PERFORM set_config('pg_credits.storage', 'auto', false);
END $$;
SELECT public.story(s) FROM (VALUES ('auto'), ('sql')) v(s);
SELECT is((SELECT count(*) FROM credits.alert WHERE account_id LIKE 'story %' AND kind = 'level'), 12::bigint, 'and an alert each');

-- Own calls do not go through the trigger below SQL, and with a trigger of the user's every update does.
SELECT credits.open_account('counted') \g /dev/null
SET track_functions = 'all';
SELECT public.costs('counted', 100) \g /dev/null
SELECT is((SELECT coalesce(sum(f.calls), 0) FROM pg_stat_xact_user_functions f WHERE f.funcname = 'keep_restriction_level'), 0::numeric, 'a call needs no trigger');
RESET track_functions;
CREATE TABLE public.fired (account_id text);
CREATE FUNCTION public.note_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.fired VALUES (NEW.account_id); RETURN NEW; END $$;
CREATE TRIGGER noted AFTER UPDATE ON credits.wallet FOR EACH ROW EXECUTE FUNCTION public.note_it();
SELECT is(public.costs('counted', 50), 'basic_only', 'works beside a trigger of the user''s');
SELECT is((SELECT count(*) FROM public.fired), 1::bigint, 'which fires');
SELECT is(public.events('counted'), 'normal>reduced_quality (cost_budget), reduced_quality>basic_only (cost_budget)', 'nothing is noted twice');
DROP TRIGGER noted ON credits.wallet;

-- By hand.
SELECT credits.open_account('hand') \g /dev/null
UPDATE credits.wallet SET period_cost = 1.8 WHERE account_id = 'hand';
SELECT is(public.level('hand'), 'affiliate_only', 'a cost written by hand');
UPDATE credits.wallet SET level = 'payment_required' WHERE account_id = 'hand';
SELECT is(public.level('hand'), 'affiliate_only', 'nobody sets a level');
UPDATE credits.wallet SET level = NULL, period_cost = 0 WHERE account_id = 'hand';
SELECT is(public.level('hand'), 'normal', 'back by hand');
UPDATE credits.wallet SET level = 'payment_required', balance = balance - 101 WHERE account_id = 'hand';
SELECT is(public.level('hand'), 'payment_required', 'debt');
UPDATE credits.wallet SET balance = balance + 101 WHERE account_id = 'hand';
SELECT is(public.events('hand'), 'normal>affiliate_only (cost_budget), affiliate_only>normal (lifted), normal>payment_required (debt), payment_required>normal (lifted)', 'each change is on record');
SELECT is((SELECT array_agg(DISTINCT e.role_name) FROM credits.restriction_events e WHERE e.account_id = 'hand'), ARRAY[current_user::text], 'with who made it');
BEGIN;
UPDATE credits.wallet SET period_cost = 2 WHERE account_id IN ('hand', 'counted');
SELECT is((SELECT count(*) FROM credits.restriction_events e WHERE e.account_id IN ('hand', 'counted') AND e.to_level = 'payment_required' AND e.cause = 'cost_budget'), 2::bigint, 'many at once');
ROLLBACK;
SELECT throws_ok($$ UPDATE credits.wallet SET plan = 'none such' WHERE account_id = 'hand' $$, 'XX001', NULL, 'a plan that is not configured');
SELECT is(public.costs('hand', 200), 'payment_required', 'a call after a failed update notes its own change');
SELECT throws_ok($$ CREATE TABLE public.other (account_id text); CREATE TRIGGER t BEFORE UPDATE ON public.other FOR EACH ROW EXECUTE FUNCTION credits.keep_restriction_level(); INSERT INTO public.other VALUES ('a'); UPDATE public.other SET account_id = 'b' $$, '42703', NULL, 'the trigger belongs to wallets');
SELECT throws_ok($$ CREATE TRIGGER t AFTER UPDATE ON credits.wallet FOR EACH ROW EXECUTE FUNCTION credits.keep_restriction_level(); UPDATE credits.wallet SET period_cost = 0 WHERE account_id = 'hand' $$, '39P01', NULL, 'before update');
SELECT lives_ok($$ DROP TRIGGER restriction_level ON credits.wallet $$, 'the trigger can be lost');
SELECT is(credits.migrate(), (SELECT max(version)::text FROM credits.schema_version), 'migrated again');
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'credits.wallet'::regclass AND tgname = 'restriction_level'), 1::bigint, 'and it is back');

-- A period's end begins anew.
SELECT is((SELECT b.level FROM credits.balance('hand') b), 'payment_required', 'until the period ends');
SET pg_credits.now = '2026-02-01 00:00:00+00';
SELECT is((SELECT b.level FROM credits.balance('hand') b), 'normal', 'reads know of a new period before anybody writes');
SELECT is((SELECT s.level || coalesce(s.cause, '') FROM credits.restriction_states s WHERE s.account_id = 'hand'), 'normal', 'so do views');
SELECT is(public.ask('hand', 'message'), 'ok', 'calls too');
SELECT is(public.level('hand'), 'normal', 'and then it is written');

-- Stopped before, not after.
SELECT credits.open_account('edge') \g /dev/null
SELECT public.costs('edge', 199) \g /dev/null
SELECT is(ARRAY[d.outcome, d.level, d.message, d.detail ->> 'cost', d.detail ->> 'left', d.detail ->> 'suggestion'], ARRAY['level_forbids', 'affiliate_only',
          'the call''s cost of 0.02 USD would carry the account to the level "payment_required": 0.01 of 2 USD are left', '0.02', '0.01', 'a call that costs at most 0.01 USD may go on'], 'a call that would pass the cover')
FROM credits.authorize('edge', 1, 'message', 'p', 'small', '{"requests": 2}') d;
SELECT is((SELECT d.outcome FROM credits.authorize('edge', 1, 'message', 'p', 'small', '{"requests": 1}') d), 'ok', 'one that uses it up');
SELECT is((SELECT d.outcome FROM credits.authorize('edge', 1, 'message', 'p', 'small', '{"requests": 1}') d), 'level_forbids', 'open holds are spent');
SELECT is(d.message, 'the call''s cost of 0.01 USD would carry the account to the level "payment_required": 0 of 2 USD are left', 'which the sentence knows too')
FROM credits.authorize('edge', 1, 'message', 'p', 'small', '{"requests": 1}') d;
SELECT is(public.ask('edge', 'message'), 'ok', 'a call without cost goes on');
SELECT lives_ok($$ SELECT credits.release('edge', 1) $$, 'released');
SELECT is((SELECT d.outcome FROM credits.authorize('edge', 1, 'message', 'p', 'small', '{"requests": 1}') d), 'ok', 'and there is room again');
SELECT lives_ok($$ SELECT credits.settle('edge', 3) $$, 'settled');
SELECT is(public.level('edge'), 'payment_required', 'at its very end');

-- Gates.
CREATE FUNCTION public.open_ones(account text) RETURNS bigint LANGUAGE sql AS
$$ SELECT count(*) FROM credits.conversion c WHERE c.account_id = account AND c.used_at IS NULL $$;
SELECT credits.open_account('gate'), credits.open_account('other gate') \g /dev/null
SELECT is(public.ask('gate', 'meal_plan'), 'gate_required', 'closed');
SELECT is(credits.record_conversion('gate', 'affiliate_click', 'c1'), true, 'a click');
SELECT is(credits.record_conversion('gate', 'affiliate_click', 'c1'), false, 'the same one again');
SELECT is(credits.record_conversion('gate', 'affiliate_purchase', 'c1'), true, 'another kind');
SELECT throws_ok($$ SELECT credits.record_conversion('gate', 'affiliate_click', 'c1', 2) $$, '42710', NULL, 'the same one with another commission');
SELECT throws_ok($$ SELECT credits.record_conversion('gate', 'affiliate_click', 'c2', -1) $$, '22023', NULL, 'a negative commission');
SELECT throws_ok($$ SELECT credits.record_conversion('gate', '', 'c2') $$, '22023', NULL, 'no kind');
SELECT throws_ok($$ SELECT credits.record_conversion('nobody', 'affiliate_click', 'c2') $$, 'PT404', NULL, 'no such account');
SELECT is(public.ask('other gate', 'meal_plan'), 'gate_required', 'it opens nothing for others');
SELECT is(public.ask('gate', 'grocery_list'), 'gate_required', 'one of two');
SELECT is((SELECT d.outcome FROM credits.quote('gate', 'meal_plan') d), 'ok', 'quoted');
SELECT is((SELECT d.outcome FROM credits.authorize('gate', action => 'meal_plan', idempotency_key => 'k') d), 'ok', 'open');
SELECT is((SELECT d.outcome FROM credits.authorize('gate', action => 'meal_plan', idempotency_key => 'k') d), 'ok', 'a replay needs none');
SELECT is(public.ask('gate', 'meal_plan'), 'gate_required', 'once');
SELECT lives_ok($$ SELECT credits.release('gate', 1, 'failed') $$, 'released');
SELECT is(public.open_ones('gate'), 2::bigint, 'given back');
SELECT is(public.ask('gate', 'meal_plan'), 'ok', 'open again');
SELECT lives_ok($$ SELECT credits.settle('gate', 2) $$, 'settled');
SELECT is(public.open_ones('gate'), 1::bigint, 'used for good');
SELECT is(public.ask('gate', 'meal_plan'), 'gate_required', 'closed for good');
SELECT credits.record_conversion('gate', 'affiliate_click', 'c' || n) FROM generate_series(3, 5) n \g /dev/null
SELECT is((SELECT string_agg(m.outcome, ' ' ORDER BY m.event_no) FROM credits.deduct_many('[{"account_id": "gate", "action": "meal_plan"}, {"account_id": "gate", "action": "grocery_list"}, {"account_id": "gate", "action": "meal_plan"}]') m), 'ok ok gate_required', 'three clicks in one batch');
SELECT is((SELECT count(DISTINCT c.entry_no) FROM credits.conversion c WHERE c.account_id = 'gate' AND c.entry_no IS NOT NULL), 2::bigint, 'each tells its entry');
SELECT credits.record_conversion('gate', 'affiliate_click', 'c6') \g /dev/null
SELECT is(public.ask('gate', 'meal_plan'), 'ok', 'a hold that will time out');
SET pg_credits.now = '2026-02-01 00:01:00+00';
SELECT is(public.ask('gate', 'meal_plan'), 'ok', 'has given its click back');
SET pg_credits.now = '2026-02-01 00:02:00+00';
SELECT lives_ok($$ SELECT credits.settle('gate', h.hold_no) FROM credits.hold h WHERE h.account_id = 'gate' ORDER BY h.hold_no DESC LIMIT 1 $$, 'settled late');
SELECT is(public.ask('gate', 'meal_plan'), 'gate_required', 'takes it again');

SELECT is((SELECT count(*) FROM credits.verify()), 0::bigint, 'the books are right');
SELECT * FROM finish();
