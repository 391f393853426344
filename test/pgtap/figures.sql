-- Figures for whoever runs the platform: margins, tiers, break-even, projections, estimates, forecasts, recommendations,
-- statements, the report. What products read off them is in preset_*.sql; here is what is at the edges.
\ir helpers/story.sql
SELECT isnt(credits.configure('{
    "unit": {"value_usd": "0.01", "price_usd": "0.02", "scale": 1}, "margin": "0.5", "payment_fee": {"percent": "10", "fixed": "1"}, "guarantee": {"revenue": "10", "cost": "6", "profit": "4"},
    "plans": {"free": {"credits": 100, "interval": "1 month", "models": ["m"]}, "daily": {"daily_credits": 10}, "weekly": {"price": "5", "interval": "7 days", "credits": "from_margin"},
              "pro": {"price": "20", "interval": "1 month", "credits": 500, "charge": {"by": "cost", "markup": "2"}, "limits": [{"name": "calls", "metric": "requests", "window": "period", "limit": 5}]},
              "yearly": {"price": "120", "interval": "1 year", "credits": 6000}, "once": {"price": "7", "credits": 10}, "units": {"price": "8", "interval": "1 month", "includes": [{"model": "nowhere", "usage": {"images": 1}}]}},
    "actions": {"fixed": {"credits": 5}, "ranged": {"range": [10, 20]}, "open": {}, "gratis": {"credits": 0}}, "packs": {"small": {"price": "10", "credits": 400, "bulk": [{"from": 2, "price": "9"}]}, "gift": {"price": "0", "credits": 1}},
    "prices": [{"provider": "p", "model": "m", "metric": "requests", "price": "0.10"}, {"provider": "p", "model": "n", "metric": "requests", "price": "1"}]}'), NULL, 'configured');

INSERT INTO public.step (says, at, command, expected) VALUES
    -- Numbers for people.
    ('numbers in full', '2026-01-01 00:00+00', $$ credits.format_tokens(n) FROM unnest('{0,7,999,1000,1234567,-1234,0.5,1234.50,1e15}'::numeric[]) n $$, '0; 7; 999; 1,000; 1,234,567; -1,234; 0.5; 1,234.5; 1,000,000,000,000,000'),
    ('short ones are cut, never rounded up', NULL, $$ credits.format_tokens(n, true) FROM unnest('{0,999,1000,1999,999999,1000000,4299999,1e9,5.55e12,1e17,-1500}'::numeric[]) n $$, '0; 999; 1K; 1.9K; 999.9K; 1M; 4.2M; 1B; 5.5T; 100000T; -1.5K'),
    ('of nothing nothing', NULL, $$ credits.format_tokens(NULL) IS NULL $$, 'true'),

    -- Plans.
    ('a markup makes credits buy less cost', NULL, $$ cost, margin, fee, net_margin FROM credits.plan_margin('pro') $$, '2.5 17.5 3 14.5'),
    ('a week''s margin, and that of 52', NULL, $$ cost, margin, yearly_margin FROM credits.plan_margin('weekly') $$, '2.5 2.5 130'),
    ('a plan bought once has no year', NULL, $$ margin, coalesce(yearly_margin::text, 'none') AS y FROM credits.plan_margin('once') $$, '6.9 none'),
    ('credits of the day for 30 days, no margin of no price, not losing', NULL, $$ cost, margin, coalesce(margin_pct::text, 'none') AS pct, is_losing FROM credits.plan_margin('daily') $$, '3 -3 none false'),
    ('what is not priced is not known', NULL, $$ coalesce(cost::text, 'none') AS c, coalesce(margin::text, 'none') AS m, coalesce(is_losing::text, 'none') AS l FROM credits.plan_margin('units') $$, 'none none none'),
    ('as tier_margins has it', NULL, $$ plan, coalesce(cost::text, 'none') AS cost, coalesce(yearly_margin::text, 'none') AS yearly FROM credits.tier_margins ORDER BY plan $$, 'daily 3 none; free 1 -12; once 0.1 none; pro 2.5 210; units none none; weekly 2.5 130; yearly 60 60'),
    ('of a plan that is thought of', NULL, $$ price, cost, margin_pct, is_losing FROM credits.plan_margin('new', '{"price": 3, "credits": 500}') $$, '3 5 -66.67 true'),
    ('from the margin', NULL, $$ cost, margin FROM credits.plan_margin('new', '{"price": "30", "credits": "from_margin"}') $$, '15 15'),
    ('it loses by its fee alone', NULL, $$ margin, net_margin, is_losing FROM credits.plan_margin('new', '{"price": "1", "credits": 50}') $$, '0.5 -0.6 true'),
    ('a key that no plan has', NULL, $$ * FROM credits.plan_margin('pro', '{"pricee": 3}') $$, 'ERROR 22023 what_if.pricee: is not a known key'),
    ('a value that none takes', NULL, $$ * FROM credits.plan_margin('pro', '{"price": -3}') $$, 'ERROR 22023 what_if.price: must be a number of USD, 0 or more, not -3'),
    ('no such plan', NULL, $$ * FROM credits.plan_margin('gold') $$, 'ERROR 22023 there is no plan ''gold'''),
    ('no plan at all', NULL, $$ * FROM credits.break_even(NULL) $$, 'ERROR 22004 plan must not be null'),
    ('all tiers that have a price, cheapest first', NULL, $$ plan, cost_budget, profit FROM credits.tier_calculator() $$, 'weekly 2.5 2.5; once 3.5 3.5; units 4 4; pro 10 10; yearly 60 60'),
    ('a price below its fee leaves nothing', NULL, $$ fee, cost_budget, profit, credits FROM credits.tier_calculator(1, net_of_fees => true) $$, '1.1 0 0 0'),
    ('all of it', NULL, $$ * FROM credits.tier_calculator(1, 1) $$, 'ERROR 22023 margin must be a share from 0 to below 1'),
    ('what an action takes until the guarantee''s 10 USD have come', NULL, $$ action, uses, revenue, target, cost_budget, uses_in_budget, uses_in_credits FROM credits.break_even('free') WHERE action IN ('fixed', 'ranged') $$, 'fixed 100 10 10 6 120 20; ranged 34 10.2 10 6 40 6'),
    ('a plan that has brought them needs none', NULL, $$ DISTINCT target, uses FROM credits.break_even('pro') WHERE credits > 0 $$, '0 0'),
    ('what is free or open breaks nothing even', NULL, $$ action, coalesce(uses::text, 'none') AS uses FROM credits.break_even('free') WHERE action IN ('gratis', 'open') $$, 'gratis none; open none'),

    -- Accounts, two of them at least.
    ('ann and bob', '2026-01-01 00:00+00', $$ credits.open_account('ann', 'free') a, credits.open_account('bob', 'pro') b $$, 'ann bob'),
    ('nothing was used', NULL, $$ available, daily_use, lasts, next_grant, next_grant_at, method FROM credits.forecast('ann') $$, '100 0 true 100 2026-02-01T00:00:00+00:00 nothing was used in the last 28 days'),
    ('without credits they are out at once, until the plan is paid', NULL, $$ available, days_left, runs_out_at, lasts, next_grant FROM credits.forecast('bob') $$, '0 0 2026-01-01T00:00:00+00:00 false 500'),
    ('ann uses 10 in the morning', '2026-01-01 06:00+00', $$ amount FROM credits.deduct('ann', 10) $$, '-10'),
    ('a day at least: 10 a day', '2026-01-01 12:00+00', $$ daily_use, days_left, runs_out_at FROM credits.forecast('ann') $$, '10 9 2026-01-10T12:00:00+00:00'),
    ('30 the next day', '2026-01-02 06:00+00', $$ amount FROM credits.deduct('ann', 30) $$, '-30'),
    ('10 to 30, 20 on average', '2026-01-03 00:00+00', $$ daily_low, daily_use, daily_high, runs_out_at, earliest_at, latest_at FROM credits.forecast('ann') $$, '10 20 30 2026-01-06T00:00:00+00:00 2026-01-05T00:00:00+00:00 2026-01-09T00:00:00+00:00'),
    ('what a call holds is gone first', NULL, $$ (SELECT outcome FROM credits.authorize('ann', 20, ttl => '1 hour')) AS h, days_left FROM credits.forecast('ann') $$, NULL),
    ('40 are left of 60', NULL, $$ available, days_left FROM credits.forecast('ann') $$, '40 2'),
    ('released again', NULL, $$ kind FROM credits.release('ann', 1) $$, 'release'),
    ('100 more that end tomorrow, and go first', NULL, $$ amount FROM credits.grant('ann', 100, expires_at => '2026-01-04', priority => 1) $$, '100'),
    ('80 of them will be lost', NULL, $$ available, days_left FROM credits.forecast('ann') $$, '160 4'),
    ('and 50 that begin when these are gone', NULL, $$ amount FROM credits.grant('ann', 50, effective_at => '2026-01-07') $$, '0'),
    ('last on', NULL, $$ days_left, runs_out_at FROM credits.forecast('ann') $$, '6.5 2026-01-09T12:00:00+00:00'),
    ('50 that begin later would be too late', NULL, $$ (SELECT amount FROM credits.void_lot('ann', 3)) v, (SELECT amount FROM credits.grant('ann', 50, effective_at => '2026-01-07 00:00:01')) g $$, '0 0'),
    ('they do not count', NULL, $$ days_left FROM credits.forecast('ann') $$, '4'),
    ('given back is not used', NULL, $$ amount FROM credits.refund('ann', 3, 20) $$, '20'),
    ('20 in two days', NULL, $$ daily_use FROM credits.forecast('ann') $$, '10'),
    ('nobody''s', NULL, $$ * FROM credits.forecast('zoe') $$, 'ERROR PT404 there is no account "zoe"'),
    ('dan has 10 a day', NULL, $$ credits.open_account('dan', 'daily') $$, 'dan'),
    ('which come again at midnight', NULL, $$ available, next_grant, next_grant_at FROM credits.forecast('dan') $$, '10 10 2026-01-04T00:00:00+00:00'),
    ('a plain wallet gets nothing', NULL, $$ credits.open_account('eve') IS NOT NULL AS o, coalesce(next_grant::text, 'none') AS g FROM credits.forecast('ann') $$, NULL),

    -- Estimates.
    ('a fixed price', NULL, $$ low, high, source, cost_low, of_credits, calls_low FROM credits.estimate('ann', 'fixed') $$, '5 5 catalogue 0.05 100 20'),
    ('a free one, as often as one likes', NULL, $$ low, coalesce(calls_low::text, 'any') AS n FROM credits.estimate('ann', 'gratis') $$, '0 any'),
    ('nothing is known', NULL, $$ coalesce(low::text, 'none') AS l, source FROM credits.estimate('ann', 'open') $$, 'none unknown'),
    ('until it was called', NULL, $$ amount FROM credits.deduct('ann', 7, action => 'open') $$, '-7'),
    ('by the account itself', NULL, $$ a.account, e.low, e.source FROM unnest('{ann,bob}'::text[]) a(account), credits.estimate(a.account, 'open') e $$, 'ann 7 history; bob unknown'),
    ('an action by its name alone', NULL, $$ (SELECT amount FROM credits.deduct('ann', 3, action => 'unlisted')) d $$, '-3'),
    ('has a history as well', NULL, $$ low, high, source FROM credits.estimate('ann', 'unlisted') $$, '3 3 history'),
    ('one that nobody knows', NULL, $$ * FROM credits.estimate('bob', 'unlisted') $$, 'ERROR 22023 there is no action ''unlisted'''),

    -- Statements.
    ('January so far', NULL, $$ line, section, kind, entries, credits, usd FROM credits.statement('ann') $$, '1 opening 0; 2 movement grant 4 200; 3 movement refund 1 20; 4 movement deduct 4 -50; 5 movement release 1 0; 6 movement void 1 0; 7 closing 170'),
    ('what is due and not written yet is a movement', '2026-01-07 12:00+00', $$ section, kind, entries, credits FROM credits.statement('ann') WHERE kind = 'due' OR section = 'closing' $$, 'movement due 1 -40; closing 130'),
    ('as the balance says', NULL, $$ balance FROM credits.balance('ann') $$, '130'),
    ('written, it stands where it was due', NULL, $$ amount FROM credits.deduct('ann', 1, provider => 'p', model => 'm', usage => '{"requests": 1}') $$, '-1'),
    ('not where it was written', NULL, $$ section, kind, credits FROM credits.statement('ann', '2026-01-04', '2026-01-05') $$, 'opening 170; movement expire -90; closing 80'),
    ('bob pays, uses 5 calls, and is paid back in part', '2026-01-08 00:00+00', $$ (SELECT amount FROM credits.record_payment('bob', 'subscription', 20, 'r1')) p, (SELECT count(credits.deduct('bob', provider => 'p', model => 'm', usage => '{"requests": 1}')) FROM generate_series(1, 5) n) c $$, '500 5'),
    ('5 USD', NULL, $$ amount FROM credits.buy_pack('bob', 'small', 'r2') $$, '400'),
    ('and half a pack', NULL, $$ sign(amount) FROM credits.refund_payment('bob', 'r2', 5, 'b1') $$, '-1'),
    ('credits, cost and money', NULL, $$ section, kind, entries, credits, usd FROM credits.statement('bob') $$, 'opening 0; movement grant 2 900; movement deduct 5 -100; movement clawback 1 -200; closing 600; cost p 5 0.5; payment pack 1 10; payment subscription 1 20; returned pack 1 -5'),
    ('backwards', NULL, $$ * FROM credits.statement('bob', '2026-01-08', '2026-01-07') $$, 'ERROR 22023 since must not be after until'),

    -- Recommendations.
    ('five calls in a quarter of the month are too many for pro', '2026-01-15 12:00+00', $$ current_plan, recommended_plan, is_change, current_spend, projected_spend FROM credits.recommend_plan('bob') $$, 'pro yearly true 0.5 2.06'),
    ('why', NULL, $$ reason FROM credits.recommend_plan('bob') $$, 'the present plan does not carry what is used: calls 20.66 of 5'),
    ('nobody', NULL, $$ * FROM credits.recommend_plan('zoe') $$, 'ERROR PT404 there is no account "zoe"'),
    ('nothing', NULL, $$ * FROM credits.recommend_plan(NULL) $$, 'ERROR 22004 account_id must not be null'),
    ('ann is well where she is', NULL, $$ current_plan, recommended_plan, is_change, reason FROM credits.recommend_plan('ann') $$, 'free free false the present plan carries what is used'),
    ('eve has no plan', NULL, $$ coalesce(current_plan, 'none') AS c, recommended_plan, reason FROM credits.recommend_plan('eve') $$, 'none daily carries what is used'),
    ('eve uses more than any plan carries', NULL, $$ (SELECT amount FROM credits.grant('eve', 100000)) g, (SELECT cost FROM credits.record_cost('eve', 'p', 'n', '{"requests": 900}')) c $$, '100000 900'),
    ('then the one that carries most', NULL, $$ recommended_plan, reason LIKE 'no plan carries what is used: cost %' AS why FROM credits.recommend_plan('eve') $$, 'weekly true'),

    -- Sales.
    ('as things are', NULL, $$ kind, coalesce(item, '-') AS item, quantity, revenue, cost, fees, net FROM credits.project_revenue() $$, 'subscription - 20 2.5 3 14.5; subscription pro 1 20 2.5 3 14.5; pack - 5 2 2 1; pack small 1 5 2 2 1; total - 25 4.5 5 15.5'),
    ('a year''s price by the month, a week''s as well', NULL, $$ item, revenue, cost FROM credits.project_revenue('{"yearly": 6, "weekly": "3"}') WHERE kind = 'subscription' AND item IS NOT NULL $$, 'weekly 65 32.5; yearly 60 30'),
    ('nothing assumed is nothing', NULL, $$ count(*) FROM credits.project_revenue('{}') $$, '0'),
    ('from nothing to something', NULL, $$ scenario, revenue, net FROM credits.project_revenue(packs => '{"small": [0, 3]}') WHERE kind = 'total' $$, 'low 0 0; high 30 12'),
    ('a plan without an interval has no month', NULL, $$ * FROM credits.project_revenue('{"once": 1}') $$, 'ERROR 22023 subscribers.once: there is no such plan with an interval'),
    ('backwards', NULL, $$ * FROM credits.project_revenue('{"pro": [5, 1]}') $$, 'ERROR 22023 subscribers.pro: must be a number from 0, or a lowest and a highest one'),
    ('income of a kind that is none', NULL, $$ * FROM credits.project_revenue(income => '{"luck": 1}') $$, 'ERROR 22023 income.luck: there is no such kind of revenue'),
    ('what packs have sold', NULL, $$ pack, margin, fee, payments, packs, buyers, revenue, returned, fees, credits_sold, credits_cost, net_margin FROM credits.pack_sales ORDER BY pack $$, 'gift -0.01 0 0 0 0 0 0 0 0 0 0; small 6 2 1 1 1 10 5 2 200 2 1'),
    ('a pack that is sold no more', NULL, $$ credits.configure('{"packs": {"small": null}}') -> 'warnings' AS w, pack, coalesce(price::text, 'none') AS price, revenue FROM credits.pack_sales WHERE pack = 'small' $$, NULL),
    ('stays in what was sold', NULL, $$ pack, coalesce(price::text, 'none') AS price, revenue FROM credits.pack_sales WHERE pack = 'small' $$, 'small none 10'),

    -- Prices.
    ('what open earns is what it was charged', NULL, $$ action, credits, price, coalesce(cost::text, 'none') AS cost, coalesce(cost_source, 'none') AS source, calls FROM credits.price_margins() $$, 'fixed 5 0.1 none none 0; gratis 0 0 none none 0; open 7 0.14 none none 1; ranged 15 0.3 none none 0'),
    ('a fixed call by either model', NULL, $$ count(credits.deduct('eve', action => 'fixed', provider => 'p', model => m, usage => '{"requests": 1}')) FROM unnest('{m,n}'::text[]) m $$, '2'),
    ('is two rows', NULL, $$ model, price, cost, margin, margin_pct, markup_pct FROM credits.price_margins() WHERE action = 'fixed' $$, 'm 0.1 0.1 0 0 0; n 0.1 1 -0.9 -900 -90'),
    ('and one price: 0.55 on average, of which half is to be kept', NULL, $$ action, calls, cost, present_credits, required_margin_pct, proposed_credits, proposed_margin_pct FROM credits.optimize_prices() $$, 'fixed 2 0.55 5 50 55 50'),
    ('prices are in steps of the unit', NULL, $$ proposed_credits, proposed_margin_pct FROM credits.optimize_prices(margin => 0.333) $$, '41.3 33.41'),
    ('calls from later on', NULL, $$ count(*) FROM credits.optimize_prices('2026-02-01') $$, '0'),
    ('of an action that there is not', NULL, $$ * FROM credits.price_margins(calls => '{"none": {}}') $$, 'ERROR 22023 calls.none: there is no such action'),

    -- Views of accounts, the state of which nobody has written yet.
    ('ann and the others a month on', '2026-02-02 00:00+00', $$ v.account_id, v.balance, v.balance = b.balance AND v.period_end = b.period_end AND v.used = b.used AS same FROM credits.balances v, credits.balance(v.account_id) b ORDER BY 1 $$, NULL),
    ('the same in both views', NULL, $$ count(*) FROM credits.accounts a JOIN credits.balances b USING (account_id, balance, available, level, period_start, period_end) $$, '4'),
    ('a call that runs', NULL, $$ allowed FROM credits.authorize('eve', 5, ttl => '1 minute') $$, 'true'),
    ('is an open hold', NULL, $$ account_id, hold_no, amount FROM credits.open_holds $$, 'eve 1 5'),
    ('until it ends by itself, written or not', '2026-02-02 00:01+00', $$ count(*) FROM credits.open_holds $$, '0'),
    ('frozen, and why', NULL, $$ credits.freeze('eve', 'asked for') $$, 'none'),
    ('accounts say so', NULL, $$ account_id, status, freeze_reason FROM credits.accounts WHERE status <> 'open' $$, 'eve frozen asked for'),
    ('tiers', NULL, $$ plan, price, credits, requests FROM credits.tiers WHERE plan IN ('pro', 'weekly') ORDER BY plan $$, 'pro 20 500 5; weekly 5 250'),

    ('who pays afterwards needs none', NULL, $$ credits.configure('{"plans": {"later": {"charge": {"by": "postpaid", "markup": "10"}}}}') IS NOT NULL AS c, credits.open_account('pat', 'later') $$, 'true pat'),
    ('and they do not run out', NULL, $$ lasts, coalesce(runs_out_at::text, 'never') AS at, method FROM credits.forecast('pat') $$, 'true never the plan is paid afterwards and needs no credits'),
    ('pat uses 0.10 USD', NULL, $$ cost FROM credits.deduct('pat', provider => 'p', model => 'm', usage => '{"requests": 1}') $$, '0.1'),
    ('for which pat owes more than a plan costs', '2026-02-03 00:00+00', $$ recommended_plan, reason FROM credits.recommend_plan('pat') $$, 'daily carries what is used for less'),

    -- The report, where something is wrong, too.
    ('guarantee: none has paid this month', NULL, $$ substring(credits.report() FROM '(?n)^Guarantee.*$') $$, 'Guarantee: 0 of 0 paying accounts earn 4.00 USD or more this month, 0.00 USD are short'),
    ('a wheel whose prize has no price', NULL, $$ jsonb_array_length(credits.configure('{"promotions": {"prize_wheel": {"odds": "0.5", "prize": {"model": "nowhere", "usage": {"images": 1}}}}}') -> 'warnings') > 0 AS warned $$, 'true'),
    ('does not spoil it', NULL, $$ substring(credits.report() FROM '(?n)^Prize.*$') $$, 'Prize wheel: what the prize costs is not known, a price is missing'),
    ('less than a cent is something', NULL, $$ credits.usd_text(n) FROM unnest('{0,0.0035,0.005,-0.005,0.01,1234.567,-0.999,0.995}'::numeric[]) n $$, '0; 0.0035; 0.005; -0.005; 0.01; 1,234.57; -1; 1');

CALL public.play();
SELECT public.tests();

-- Whatever the time asked for, a statement adds up, and the next one opens as it closes.
CREATE TABLE public.cut AS
SELECT a.account_id, t.since, t.since + n * interval '31 hours' AS until
FROM credits.account a, generate_series(timestamptz '2025-12-31', '2026-02-03', '41 hours') t(since), generate_series(0, 12, 6) n;
SELECT is_empty('SELECT c.*, s.* FROM public.cut c, LATERAL (SELECT sum(s.credits) FILTER (WHERE s.section IN (''opening'', ''movement'')) AS moved, max(s.credits) FILTER (WHERE s.section = ''closing'') AS closed FROM credits.statement(c.account_id, c.since, c.until) s) s
    WHERE s.moved IS DISTINCT FROM s.closed', format('%s statements add up', (SELECT count(*) FROM public.cut)));
SELECT is_empty('SELECT c.*, o.credits, e.credits FROM public.cut c, credits.statement(c.account_id, c.since, c.until) e, credits.statement(c.account_id, c.until) o WHERE c.until < ''2026-02-02'' AND e.section = ''closing'' AND o.section = ''opening'' AND e.credits <> o.credits',
    'and open as the one before has closed');
SELECT is_empty('SELECT a.account_id FROM credits.account a, credits.statement(a.account_id, ''-infinity'') s, credits.balance(a.account_id) b WHERE s.section = ''closing'' AND s.credits <> b.balance', 'to this moment they close with the balance');

-- Reading only, and with no right but that to call.
BEGIN TRANSACTION READ ONLY;
SELECT lives_ok('SELECT credits.report(), credits.plan_margin(''pro''), credits.forecast(''ann''), credits.statement(''ann''), credits.recommend_plan(''ann''), credits.estimate(''ann'', ''fixed''), credits.project_revenue()', 'they only read');
COMMIT;
CREATE ROLE figures_test_reader;
GRANT USAGE ON SCHEMA credits TO figures_test_reader;
GRANT EXECUTE ON FUNCTION credits.report(), credits.forecast(text), credits.price_margins(timestamptz, jsonb) TO figures_test_reader;
SET ROLE figures_test_reader;
SELECT lives_ok('SELECT credits.report(), credits.forecast(''ann''), credits.price_margins()', 'with the rights of the tables'' owner');
SELECT throws_ok('SELECT credits.statement(''ann'')', '42501', NULL, 'for those who may call');
RESET ROLE;
DROP OWNED BY figures_test_reader;
DROP ROLE figures_test_reader;
SELECT is_empty('SELECT * FROM credits.verify()', 'verify() finds nothing');
SELECT * FROM finish();
