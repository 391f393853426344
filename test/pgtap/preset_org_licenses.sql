-- The preset org_licenses: organizations with licences. AI features are for plans that pay, charged in tokens only where
-- they succeed; users are watched for abuse, and a payment that fails takes features away step by step.
\ir helpers/story.sql
SELECT is(credits.load_preset('org_licenses') -> 'warnings', '[]', 'the preset is loaded');

-- One goal of a user: what the call is answered.
CREATE FUNCTION public.goal(org text, member text, tokens numeric DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', d.outcome, d.http_status, d.limit_name) FROM credits.authorize(org, tokens, action => 'goal', member_id => member) d
$$;

-- So many goals of a user, one after the other: what they charged and cost, and why there are no more.
CREATE FUNCTION public.goals(org text, member text, goals integer, gap interval DEFAULT '3.1 seconds') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    r       record;
    done    integer := 0;
    charged numeric := 0;
    usd     numeric := 0;
    reason  text;
BEGIN
    FOR n IN 1 .. goals LOOP
        PERFORM set_config('pg_credits.now', (current_setting('pg_credits.now')::timestamptz + gap)::text, false);
        SELECT d.allowed, d.outcome, d.hold_no INTO r FROM credits.authorize(org, action => 'goal', member_id => member) d;
        IF NOT r.allowed THEN
            reason := r.outcome;
            EXIT;
        END IF;
        SELECT charged - s.amount, usd + s.cost INTO charged, usd FROM credits.settle(org, r.hold_no) s;
        done := n;
    END LOOP;
    RETURN concat_ws(' ', done, charged, trim_scale(usd), reason);
END $$;

INSERT INTO public.step (says, at, command, expected) VALUES
    -- Plans.
    ('three organizations', '2026-01-01 00:00+00', $$ credits.open_account('village') a, credits.open_account('acme', 'pro') b, credits.open_account('globex', 'enterprise') c $$, 'village acme globex'),
    ('P4.1 starter has no AI', NULL, $$ plan, (SELECT string_agg(capability, ' ' ORDER BY capability) FROM credits.capabilities('village') WHERE available) AS has FROM credits.balance('village') $$, 'starter reports sync'),
    ('P4.4 so the plan refuses', NULL, $$ public.goal('village', 'eve') $$, 'feature_not_in_plan 403'),
    ('P4.1 pro: 149 USD, 200 tokens', NULL, $$ amount, balance FROM credits.record_payment('acme', 'subscription', 149, 'invoice a1') $$, '200 200'),
    ('P4.1 enterprise: 399 USD, 2,000 tokens', NULL, $$ amount, balance FROM credits.record_payment('globex', 'subscription', 399, 'invoice g1') $$, '2000 2000'),
    ('P4.1 each a month', NULL, $$ period_end FROM credits.balance('acme') $$, '2026-02-01T00:00:00+00:00'),

    -- A goal.
    ('P4.3 a goal holds 3 tokens', '2026-01-05 09:00+00', $$ outcome, hold_no, amount, cost, balance, available FROM credits.authorize('acme', action => 'goal', member_id => 'ann') $$, 'ok 1 3 0.03 200 197'),
    ('P4.3 it succeeds: 3 tokens, 0.03 USD; P4.4 and what is left', '2026-01-05 09:00:20+00', $$ kind, amount, cost, balance FROM credits.settle('acme', 1) $$, 'settle -3 0.03 197'),
    ('P4.3 the same settle again is the same', NULL, $$ entry_no, amount, balance, replayed FROM credits.settle('acme', 1) $$, '2 -3 197 true'),
    ('P4.3 one that fails', '2026-01-05 09:01+00', $$ hold_no, available FROM credits.authorize('acme', action => 'goal', member_id => 'ann') $$, '2 194'),
    ('P4.3 charges nothing', '2026-01-05 09:01:10+00', $$ kind, amount, balance, available FROM credits.release('acme', 2, 'the provider is down') $$, 'release 0 197 197'),
    ('P4.3 one that does not come back', '2026-01-05 09:02+00', $$ hold_no, available FROM credits.authorize('acme', action => 'goal', member_id => 'ann') $$, '3 194'),
    ('P4.3 is held for 30 s', '2026-01-05 09:02:29.9+00', $$ available FROM credits.balance('acme') $$, '194'),
    ('P4.3 and then given back', '2026-01-05 09:02:30+00', $$ available FROM credits.balance('acme') $$, '197'),
    ('P4.3 a number for every movement', NULL, $$ entry_no, kind, amount, balance FROM credits.history('acme') $$, '1 grant 200 200; 2 settle -3 197; 3 release 0 197'),
    ('P4.3 pro carries 66 goals a month', '2026-01-05 09:10+00', $$ public.goals('acme', 'ann', 66) $$, '65 195 1.95 insufficient_credits'),
    ('P4.3 this month 66 too, with the one before', NULL, $$ count(*), -sum(amount) AS tokens, sum(cost) FROM credits.history('acme') WHERE amount < 0 $$, '66 198 1.98'),
    ('P4.1 a token costs 0.01: all 200 of pro 2.00', NULL, $$ trim_scale(200 * sum(cost) / -sum(amount)) AS cost FROM credits.history('acme') WHERE amount < 0 $$, '2'),
    ('P4.4 without tokens', NULL, $$ outcome, http_status, balance, detail ->> 'needed' AS needed FROM credits.authorize('acme', action => 'goal', member_id => 'bob') $$, 'insufficient_credits 402 2 3'),
    ('P4.3 enterprise carries 666', '2026-01-05 09:00+00', $$ public.goals('globex', 'kay', 667, '30 seconds') $$, '666 1998 19.98 insufficient_credits'),
    ('P4.1 all 2,000 of enterprise cost 20', NULL, $$ trim_scale(2000 * sum(cost) / -sum(amount)) AS cost FROM credits.history('globex') WHERE amount < 0 $$, '20'),
    ('P4.1 pro leaves 147 of 149, 1,764 a year', NULL, $$ price, cost, margin, margin_pct, yearly_margin FROM credits.plan_margin('pro') WHERE basis = 'full_use' $$, '149 2 147 98.66 1764'),
    ('P4.1 enterprise 379 of 399, 4,548 a year', NULL, $$ price, cost, margin, margin_pct, yearly_margin FROM credits.plan_margin('enterprise') WHERE basis = 'full_use' $$, '399 20 379 94.99 4548'),
    ('P4.2 the packs leave 24 of 29 and 59 of 79', NULL, $$ pack, price, credits, cost, margin, margin_pct FROM credits.pack_sales ORDER BY price $$, 'small 29 500 5 24 82.76; large 79 2000 20 59 74.68'),
    ('P4.9 50 on pro and 50 on enterprise', NULL, $$ coalesce(item, kind) AS i, revenue, cost, margin FROM credits.project_revenue('{"pro": 50, "enterprise": 50}', '{"small": 10, "large": 10}') WHERE kind = 'subscription' $$, 'subscription 27400 1100 26300; enterprise 19950 1000 18950; pro 7450 100 7350'),
    ('P4.9 20 of whom buy packs', NULL, $$ coalesce(item, kind) AS i, revenue, cost, margin FROM credits.project_revenue('{"pro": 50, "enterprise": 50}', '{"small": 10, "large": 10}') WHERE kind = 'pack' $$, 'pack 1080 250 830; large 790 200 590; small 290 50 240'),
    ('P4.9 28,480 in all', NULL, $$ revenue, cost, margin, margin_pct FROM credits.project_revenue('{"pro": 50, "enterprise": 50}', '{"small": 10, "large": 10}') WHERE kind = 'total' $$, '28480 1350 27130 95.26'),

    -- Packs.
    ('P4.2 29 USD buy 500', '2026-01-06 09:00+00', $$ kind, amount, balance FROM credits.buy_pack('acme', 'small', 'pi_1') $$, 'grant 500 502'),
    ('P4.2 once', NULL, $$ amount, replayed FROM credits.buy_pack('acme', 'small', 'pi_1') $$, '500 true'),
    ('P4.2 79 USD buy 2,000', NULL, $$ amount, balance FROM credits.buy_pack('acme', 'large', 'pi_2') $$, '2000 2502'),
    ('P4.2 for 108 USD', NULL, $$ count(*), sum(amount) FROM credits.revenue WHERE account_id = 'acme' AND kind = 'pack' $$, '2 108'),
    ('P4.2 that cost 5 and 20', NULL, $$ trim_scale(500 * e.cost) s, trim_scale(2000 * e.cost) l FROM (SELECT sum(cost) / -sum(amount) AS cost FROM credits.history('acme') WHERE amount < 0) e $$, '5 20'),
    ('P4.7 half of a pack is refunded, by its ids', NULL, $$ sign(amount) FROM credits.refund_payment('acme', 'pi_1', 14.50, 're_1') $$, '-1'),
    ('P4.7 250 of its tokens are gone', NULL, $$ balance FROM credits.balance('acme') $$, '2252'),
    ('P4.10 ten packs at 25 USD', NULL, $$ amount FROM credits.buy_pack('globex', 'small', 'pi_3', 10) $$, '5000'),
    ('P4.10 cost 250, not 290', NULL, $$ amount FROM credits.revenue WHERE account_id = 'globex' AND kind = 'pack' $$, '250'),
    ('P4.10 nine cost 261', NULL, $$ amount FROM credits.buy_pack('globex', 'small', 'pi_4', 9) $$, '4500'),
    ('P4.10 at 29', NULL, $$ sum(amount) FROM credits.revenue WHERE account_id = 'globex' AND kind = 'pack' $$, '511'),

    -- Abuse.
    ('P4.5 a goal', '2026-01-07 09:00+00', $$ public.goal('acme', 'tom') $$, 'ok 200'),
    ('P4.5 2.9 s later', '2026-01-07 09:00:02.9+00', $$ public.goal('acme', 'tom') $$, 'too_frequent 429 gap'),
    ('P4.5 another user does not wait', NULL, $$ public.goal('acme', 'ann') $$, 'ok 200'),
    ('P4.5 after 3 s', '2026-01-07 09:00:03.1+00', $$ public.goal('acme', 'tom') $$, 'ok 200'),
    ('P4.5 10 tokens in a request', '2026-01-07 09:00:10+00', $$ public.goal('acme', 'tom', 10) $$, 'ok 200'),
    ('P4.5 but not 11', '2026-01-07 09:00:20+00', $$ public.goal('acme', 'tom', 11) $$, 'request_too_large 413'),
    ('P4.5 2,000 output tokens', NULL, $$ outcome FROM credits.authorize('acme', action => 'goal', usage => '{"output_tokens": 2000}', member_id => 'tom') $$, 'ok'),
    ('P4.5 but not 2,001', '2026-01-07 09:00:30+00', $$ outcome FROM credits.authorize('acme', action => 'goal', usage => '{"output_tokens": 2001}', member_id => 'tom') $$, 'request_too_large'),
    ('P4.5 three attempts have failed, two more do', '2026-01-07 09:01+00', $$ (SELECT public.goal('acme', 'tom', 11)) a, (SELECT public.goal('acme', 'tom', 12)) b $$, 'request_too_large 413 request_too_large 413'),
    ('P4.5 that makes five: blocked', '2026-01-07 09:02+00', $$ outcome, http_status, retry_after FROM credits.authorize('acme', action => 'goal', member_id => 'tom') $$, 'blocked 429 00:14:00'),
    ('P4.5 for 15 minutes', '2026-01-07 09:15:59+00', $$ public.goal('acme', 'tom') $$, 'blocked 429 failures'),
    ('P4.5 and no longer', '2026-01-07 09:16:01+00', $$ public.goal('acme', 'tom') $$, 'ok 200'),
    ('P4.5 others were not', '2026-01-07 09:16:02+00', $$ public.goal('acme', 'ann') $$, 'ok 200'),
    ('P4.5 166 goals in an hour', '2026-01-08 09:00+00', $$ public.goals('globex', 'mal', 166) $$, '166 498 4.98'),
    ('P4.5 498 tokens: no flag', NULL, $$ count(*) FROM credits.fraud_flags WHERE account_id = 'globex' $$, '0'),
    ('P4.5 the next goal goes through', NULL, $$ public.goals('globex', 'mal', 1) $$, '1 3 0.03'),
    ('P4.5 over 500: flagged', NULL, $$ member_id, flag FROM credits.fraud_flags WHERE account_id = 'globex' $$, 'mal fraud'),
    ('P4.5 sync of 30 files in a minute', '2026-01-09 09:00+00', $$ count(*) FROM (SELECT set_config('pg_credits.now', (timestamptz '2026-01-09 09:00+00' + n * interval '1.9 seconds')::text, false), credits.deduct('acme', action => 'sync') FROM generate_series(1, 30) n) s $$, '30'),

    -- The licence.
    ('a goal is under way', '2026-02-01 00:00+00', $$ outcome FROM credits.record_payment('globex', 'subscription', 399, 'invoice g2') p, credits.authorize('globex', action => 'goal', member_id => 'kay', ttl => '1 hour') $$, 'ok'),
    ('P4.6 the payment fails', NULL, $$ credits.fail_licence('globex', reason => 'card declined') $$, 'grace'),
    ('P4.6 the hold is given back', NULL, $$ held FROM credits.balance('globex') $$, '0'),
    ('P4.6 AI is off at once; P4.4 the licence refuses', NULL, $$ public.goal('globex', 'kay') $$, 'licence_suspended 402'),
    ('P4.6 sync and reports are on', NULL, $$ capability, available, lost_at FROM credits.capabilities('globex') ORDER BY lost_at $$, 'ai false 2026-02-01T00:00:00+00:00; sync true 2026-02-16T00:00:00+00:00; reports true 2026-03-03T00:00:00+00:00'),
    ('P4.6 grace for 14 days', '2026-02-15 23:59:59+00', $$ (SELECT licence FROM credits.capabilities('globex') LIMIT 1) AS licence, (SELECT outcome FROM credits.quote('globex', action => 'sync')) AS sync $$, 'grace ok'),
    ('P4.6 from day 15 sync is off', '2026-02-16 00:00+00', $$ (SELECT licence FROM credits.capabilities('globex') LIMIT 1) AS licence, (SELECT outcome FROM credits.quote('globex', action => 'sync')) AS sync, (SELECT outcome FROM credits.quote('globex', action => 'report')) AS report $$, 'suspended licence_suspended ok'),
    ('P4.6 until day 30 reports are on', '2026-03-02 23:59:59+00', $$ outcome FROM credits.quote('globex', action => 'report') $$, 'ok'),
    ('P4.6 then off', '2026-03-03 00:00+00', $$ outcome FROM credits.quote('globex', action => 'report') $$, 'licence_suspended'),
    ('P4.6 a payment', '2026-03-04 00:00+00', $$ amount > 0 AS granted FROM credits.record_payment('globex', 'subscription', 399, 'invoice g3') $$, 'true'),
    ('P4.6 restores all', NULL, $$ string_agg(capability, ' ' ORDER BY capability) FROM credits.capabilities('globex') WHERE available AND licence = 'active' $$, 'ai reports sync'),
    ('P4.4 all is right again', NULL, $$ public.goal('globex', 'kay') $$, 'ok 200'),

    -- Audit.
    ('P4.7 who used what', NULL, $$ member_id, count(*), -sum(amount) AS tokens FROM credits.history('globex') WHERE amount < 0 AND kind = 'settle' GROUP BY member_id ORDER BY member_id $$, 'kay 666 1998; mal 167 501'),
    ('P4.7 entries are not changed', NULL, $$ public.answer('1 FROM (SELECT public.change_entry(''acme'')) c') $$, 'ERROR 55000 the ledger is append-only'),

    -- When tokens run out.
    ('hooli pays for pro', '2026-02-20 00:00+00', $$ credits.open_account('hooli', 'pro') AS o, (SELECT amount FROM credits.record_payment('hooli', 'subscription', 149, 'invoice h1')) AS a $$, 'hooli 200'),
    ('P4.10 it uses 25 a day, day 1', '2026-02-20 10:00+00', $$ amount FROM credits.deduct('hooli', 25) $$, '-25'),
    ('P4.10 it uses 25 a day, day 2', '2026-02-21 10:00+00', $$ amount FROM credits.deduct('hooli', 25) $$, '-25'),
    ('P4.10 it uses 25 a day, day 3', '2026-02-22 10:00+00', $$ amount FROM credits.deduct('hooli', 25) $$, '-25'),
    ('P4.10 it uses 25 a day, day 4', '2026-02-23 10:00+00', $$ amount FROM credits.deduct('hooli', 25) $$, '-25'),
    ('P4.10 it uses 25 a day, day 5', '2026-02-24 10:00+00', $$ amount FROM credits.deduct('hooli', 25) $$, '-25'),
    ('P4.10 75 are left, which run out in 3 days', '2026-02-25 00:00+00', $$ available, daily_use, days_left, runs_out_at, method FROM credits.forecast('hooli') $$, '75 25 3 2026-02-28T00:00:00+00:00 use of the last 5 days, lots as they burn down'),
    ('P4.10 long before there are new ones', NULL, $$ lasts, next_grant_at, next_grant FROM credits.forecast('hooli') $$, 'false 2026-03-20T00:00:00+00:00 200'),
    ('P4.10 a day of 50', '2026-02-25 10:00+00', $$ amount FROM credits.deduct('hooli', 50) $$, '-50'),
    ('P4.10 it will be less than a day, or one at most', '2026-02-26 00:00+00', $$ daily_low, round(daily_use, 2) AS daily_use, round(daily_high, 2) AS daily_high, earliest_at < runs_out_at AND runs_out_at < latest_at AS between FROM credits.forecast('hooli') $$, NULL),
    ('the organizations have roles', NULL, $$ credits.grant_access('preset_test_acme', 'customer', 'acme'), credits.grant_access('preset_test_globex', 'customer', 'globex') $$, 'none'),
    ('P4.7 acme sees its own entries', NULL, $$ public.seen_by('acme', 'SELECT string_agg(DISTINCT account_id, '','') FROM credits.ledger') $$, 'acme'),
    ('P4.7 globex its own', NULL, $$ public.seen_by('globex', 'SELECT string_agg(DISTINCT account_id, '','') FROM credits.ledger') $$, 'globex'),
    ('P4.7 its alerts are not acme''s to see', NULL, $$ public.seen_by('acme', 'SELECT count(*) FROM credits.alerts WHERE account_id = ''globex''') $$, '0'),
    ('P4.7 its history, by itself', NULL, $$ public.seen_by('globex', 'SELECT bool_or(e ->> ''memberId'' = ''mal'') FROM jsonb_array_elements(credits_api.history(entries => 1000) -> ''data'') e') $$, 'true'),
    ('P4.7 no call of its own making', NULL, $$ public.seen_by('globex', 'SELECT credits.grant(''globex'', 1)') $$, 'ERROR 42501 permission denied for function grant'),
    ('P4.7 no entry changed', NULL, $$ public.seen_by('globex', 'UPDATE credits.ledger SET amount = 0 RETURNING 1') $$, 'ERROR 42501 permission denied for table ledger'),

    -- Quotas, gifts, options.
    ('P4.10 the team research has 6 tokens a day, its member ida 3', '2026-03-05 09:00+00', $$ credits.configure('{"limits": [{"name": "team day", "scope": "team", "metric": "credits", "window": "day", "limit": 6}]}') -> 'warnings' AS w, credits.set_member('acme', 'ida', 'research', '[{"name": "own", "metric": "credits", "window": "day", "limit": 3}]'), credits.set_member('acme', 'jon', 'research') $$, '[]'),
    ('P4.10 ida', NULL, $$ public.goals('acme', 'ida', 2) $$, '1 3 0.03 quota_exceeded'),
    ('P4.10 jon', NULL, $$ public.goals('acme', 'jon', 2) $$, '1 3 0.03 quota_exceeded'),
    ('P4.10 ann is in no team', NULL, $$ public.goals('acme', 'ann', 2) $$, '2 6 0.06'),
    ('P4.10 an admin gives 50 tokens', NULL, $$ amount FROM credits.gift('acme', 50, 'admin kim', 'sorry for yesterday') $$, '50'),
    ('P4.10 an allowance for one customer', '2026-03-06 09:00+00', $$ credits.set_limit('acme', 'allowance', (SELECT used + 4 FROM credits.limits('acme') WHERE limit_name = 'allowance')) $$, 'none'),
    ('P4.10 is kept', NULL, $$ public.goals('acme', 'ann', 2) $$, '1 3 0.03 quota_exceeded'),
    ('P4.10 a plan that pays afterwards', NULL, $$ credits.configure('{"plans": {"metered": {"charge": {"by": "postpaid", "markup": "2"}, "features": ["ai"]}}}') -> 'warnings' AS w, credits.open_account('initech', 'metered') $$, '[] initech'),
    ('P4.10 needs no tokens', NULL, $$ public.goals('initech', 'bill', 10) $$, '10 0 0.3'),
    ('P4.10 and owes them', NULL, $$ sum(overage) FROM credits.overages WHERE account_id = 'initech' $$, '0.3'),
    ('200 organizations that have no AI', NULL, $$ count(credits.open_account('org ' || n)) FROM generate_series(1, 200) n $$, '200'),
    ('have some tokens', NULL, $$ count(credits.grant('org ' || n, 3)) FROM generate_series(1, 200) n $$, '200'),
    ('P4.10 try it', NULL, $$ public.let_through() $$, '0'),
    ('P4.10 a quarter of the accounts is only watched', '2026-03-06 10:00+00', $$ credits.configure('{"shadow": {"share": "0.25"}}') -> 'warnings' $$, '[]'),
    ('P4.10 about 50 of 200', NULL, $$ public.let_through() BETWEEN 30 AND 70 AS about $$, 'true'),
    ('P4.10 the refusals that they would have had are noted', NULL, $$ count(DISTINCT account_id) BETWEEN 30 AND 70 AS about, count(DISTINCT outcome), min(outcome) FROM credits.denial WHERE account_id LIKE 'org %' AND shadow $$, 'true 1 feature_not_in_plan'),
    ('P4.10 all of them', '2026-03-06 11:00+00', $$ credits.configure('{"shadow": {"share": "1"}}') -> 'warnings' $$, '[]'),
    ('P4.10 are 200', NULL, $$ public.let_through() $$, '200');

-- How many of the organizations org 1 to org 200 may use what their plan has not.
CREATE FUNCTION public.let_through() RETURNS bigint LANGUAGE sql AS
    $$ SELECT count(*) FROM generate_series(1, 200) n, LATERAL credits.authorize('org ' || n, action => 'goal', member_id => 'user') d WHERE d.allowed $$;
-- What an organization's own role sees.
CREATE ROLE preset_test_acme;
CREATE ROLE preset_test_globex;
CREATE FUNCTION public.seen_by(org text, command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    BEGIN
        PERFORM set_config('role', 'preset_test_' || org, true);
        EXECUTE command INTO said;
    EXCEPTION WHEN OTHERS THEN
        said := format('ERROR %s %s', SQLSTATE, SQLERRM);
    END;
    PERFORM set_config('role', 'none', true);
    RETURN said;
END $$;
CREATE FUNCTION public.change_entry(account text) RETURNS void LANGUAGE sql AS
    $$ UPDATE credits.ledger SET amount = 0 WHERE account_id = account $$;

-- The product's own queries over the log of use.
INSERT INTO public.step (says, at, command, expected) VALUES
    ('P4.8 an entry of the log', NULL, $$ created_at, tokens_deducted, metadata ->> 'status' AS status, org_id, user_id FROM credits.ai_token_usage_log WHERE org_id = 'acme' ORDER BY created_at LIMIT 1 $$, '2026-01-05T09:00:20+00:00 3 success acme ann'),
    ('P4.8 daily calls and tokens', NULL, $$ DATE(created_at) AS date, COUNT(*) AS ai_calls, SUM(tokens_deducted) AS tokens_used FROM credits.ai_token_usage_log WHERE org_id = 'globex' GROUP BY DATE(created_at) ORDER BY date LIMIT 2 $$,
        '2026-01-05 666 1998; 2026-01-08 167 501'),
    ('P4.8 flagged in a week: 0 to 2', NULL, $$ DATE_TRUNC('week', created_at) AS week, COUNT(*) AS flagged, COUNT(DISTINCT user_id) AS users FROM credits.ai_token_usage_log WHERE metadata->>'status' = 'fraud_flagged' GROUP BY 1 $$, '2026-01-05T00:00:00+00:00 1 1'),
    ('P4.8 monthly revenue, margin, and more than 90 % of it', NULL, $$ month, revenue = (SELECT sum(r.amount) FROM credits.revenue r WHERE r.occurred_at < '2026-02-01') AS revenue, profit = revenue - cost AS margin, margin_pct > 90 AS above_90 FROM credits.monthly_profit WHERE month = '2026-01-01' $$, '2026-01-01 true true true');

CALL public.play();
SELECT public.tests();
SELECT is_empty('SELECT * FROM credits.verify()', 'P4.3 nothing is lost or doubled');
SELECT * FROM finish();
DROP OWNED BY preset_test_acme, preset_test_globex;
DROP ROLE preset_test_acme, preset_test_globex;
