-- The preset guaranteed_profit: an assistant on WhatsApp that must earn at least 3 USD per user and month. Costs of any
-- meter are on the user's books at once; what a user may cost is covered first, and must then be earned.
\ir helpers/story.sql
SELECT is(credits.load_preset('guaranteed_profit') -> 'warnings', '[]', 'the preset is loaded');

-- Shorter: who asks for what by which model, as outcome and model; what so many calls of the dearest one cost, and where that leaves the account.
CREATE FUNCTION public.ask(account text, action text, model text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', d.outcome, d.http_status, d.model)
    FROM credits.authorize(account, action => action, provider => CASE WHEN model IS NOT NULL THEN 'openai' END, model => model,
                           usage => CASE WHEN model IS NOT NULL THEN '{"requests": 1}'::jsonb END) d
$$;
CREATE FUNCTION public.spend(account text, requests integer) RETURNS text LANGUAGE sql AS $$
    SELECT credits.record_cost(account, 'openai', 'gpt-4', jsonb_build_object('requests', requests));
    SELECT concat_ws(' ', trim_scale(s.cost), s.level) FROM credits.restriction_states s WHERE s.account_id = account;
$$;

INSERT INTO public.step (says, at, command, expected) VALUES
    -- Prices.
    ('P1.1 the cheapest and the dearest call of a model by name', '2026-01-05 09:00+00', $$ min(c), max(c) FROM (VALUES ('openai', 'gpt-4'), ('openai', 'gpt-4-turbo'), ('openai', 'gpt-3.5-turbo'), ('anthropic', 'claude-3-opus'), ('anthropic', 'claude-3-sonnet'), ('anthropic', 'claude-3-haiku')) m(provider, model), credits.cost(m.provider, m.model, '{"requests": 1}') c $$, '0.001 0.05'),
    ('P1.1 Bedrock Claude, 1K tokens read, and 1K written', NULL, $$ credits.cost('bedrock', 'claude', 1000, 0) a, credits.cost('bedrock', 'claude', 0, 1000) b $$, '0.008 0.008'),
    ('P1.1 a read or write of DynamoDB', NULL, $$ credits.cost('aws', 'dynamodb', '{"operations": 1}') $$, '0.0000125'),
    ('P1.1 a WhatsApp message', NULL, $$ credits.cost('whatsapp', 'message', '{"messages": 1}') $$, '0.0075'),
    ('P1.1 an API gateway request', NULL, $$ credits.cost('aws', 'api_gateway', '{"requests": 1}') $$, '0.0000035'),
    ('P1.1 a GB-second of Lambda', NULL, $$ credits.cost('aws', 'lambda', '{"gb_seconds": 1}') $$, '0.000016667'),
    ('P1.1 a GB-month of storage', NULL, $$ credits.cost('aws', 'storage', '{"gb_months": 1}') $$, '0.000023'),

    -- A user and the first interaction.
    ('ann comes', NULL, $$ credits.open_account('ann') $$, 'ann'),
    ('P1.3 the default plan is free, and has 100 credits', NULL, $$ plan, balance FROM credits.balance('ann') $$, 'free 100'),
    ('P1.4 a message takes 1', NULL, $$ amount, cost, balance FROM credits.deduct('ann', action => 'message', provider => 'bedrock', model => 'claude', usage => '{"input_tokens": 700, "output_tokens": 300}') $$, '-1 0.008 99'),
    ('P1.2 two WhatsApp messages cost, and charge nothing', NULL, $$ amount, cost, balance FROM credits.record_cost('ann', 'whatsapp', 'message', '{"messages": 2}') $$, '0 0.015 99'),
    ('P1.2 four reads and writes of the database', NULL, $$ amount, cost FROM credits.record_cost('ann', 'aws', 'dynamodb', '{"operations": 4}') $$, '0 0.00005'),
    ('P1.2 the gateway', NULL, $$ amount, cost FROM credits.record_cost('ann', 'aws', 'api_gateway', '{"requests": 1}') $$, '0 0.0000035'),
    ('P1.2 two GB-seconds of Lambda', NULL, $$ amount, cost FROM credits.record_cost('ann', 'aws', 'lambda', '{"gb_seconds": 2}') $$, '0 0.000033334'),
    ('P1.2 storage, which is no interaction at all', NULL, $$ amount, cost FROM credits.record_cost('ann', 'aws', 'storage', '{"gb_months": 1}') $$, '0 0.000023'),
    ('P1.2 all of it is on her books at once', NULL, $$ cost FROM credits.restriction_states WHERE account_id = 'ann' $$, '0.023109834'),
    ('P1.2 by meter', NULL, $$ coalesce(model, '-') m, count(*), sum(cost) FROM credits.history('ann') WHERE cost > 0 GROUP BY model ORDER BY sum(cost) DESC $$, 'message 1 0.015; claude 1 0.008; dynamodb 1 0.00005; lambda 1 0.000033334; storage 1 0.000023; api_gateway 1 0.0000035'),

    -- What a credit is worth.
    ('P1.3 a credit covers 0.02 of cost: a call of 0.10 takes 5', NULL, $$ amount, cost, cost / -amount AS covers FROM credits.deduct('ann', provider => 'openai', model => 'gpt-4', usage => '{"requests": 2}') $$, '-5 0.1 0.02'),
    ('P1.3 the 100 credits are given once', '2026-02-05 09:00+00', $$ balance FROM credits.balance('ann') $$, '94'),
    ('P1.3 a pack of 5 USD has 100 credits', NULL, $$ amount, balance FROM credits.buy_pack('ann', 'credits_100', 'order 1') $$, '100 194'),
    ('P1.3 that is 0.05 each', NULL, $$ price_paid AS paid, price_paid / amount AS each FROM credits.lots('ann') WHERE category = 'paid' $$, '5 0.05'),
    ('P1.3 the same order again buys nothing', NULL, $$ amount, replayed FROM credits.buy_pack('ann', 'credits_100', 'order 1') $$, '100 true'),
    ('P1.3 nor does it add to the balance', NULL, $$ balance FROM credits.balance('ann') $$, '194'),

    -- The rate card, behind its gates.
    ('dora comes', '2026-01-05 09:00+00', $$ credits.open_account('dora') $$, 'dora'),
    ('P1.4 a nutrition analysis takes 3', NULL, $$ amount, balance FROM credits.deduct('dora', action => 'nutrition_analysis') $$, '-3 97'),
    ('P1.6 a meal plan needs an affiliate click', NULL, $$ outcome, http_status, message FROM credits.authorize('dora', action => 'meal_plan') $$, 'gate_required 402 the call needs 1 of "affiliate_click", 0 are open'),
    ('P1.6 she clicks', NULL, $$ credits.record_conversion('dora', 'affiliate_click', 'click 1') $$, 'true'),
    ('P1.6 the same click counts once', NULL, $$ credits.record_conversion('dora', 'affiliate_click', 'click 1') $$, 'false'),
    ('P1.4 a meal plan takes 5', NULL, $$ amount, balance FROM credits.deduct('dora', action => 'meal_plan') $$, '-5 92'),
    ('P1.6 a conversion opens a gate once', NULL, $$ public.ask('dora', 'meal_plan') $$, 'gate_required 402'),
    ('P1.6 another click', NULL, $$ credits.record_conversion('dora', 'affiliate_click', 'click 2') $$, 'true'),
    ('P1.6 is not enough for a grocery list', NULL, $$ message FROM credits.authorize('dora', action => 'grocery_list') $$, 'the call needs 2 of "affiliate_click", 1 is open'),
    ('P1.6 a third one', NULL, $$ credits.record_conversion('dora', 'affiliate_click', 'click 3') $$, 'true'),
    ('P1.4 a grocery list takes 2', NULL, $$ amount, balance FROM credits.deduct('dora', action => 'grocery_list') $$, '-2 90'),
    ('P1.6 premium features need a completed purchase', NULL, $$ message FROM credits.authorize('dora', action => 'premium_feature') $$, 'the call needs 1 of "affiliate_purchase", 0 are open'),
    ('P1.6 she buys', NULL, $$ credits.record_conversion('dora', 'affiliate_purchase', 'order 7', 1.50) $$, 'true'),
    ('P1.6 and has one', NULL, $$ public.ask('dora', 'premium_feature') $$, 'ok 200'),
    ('P1.6 one', NULL, $$ public.ask('dora', 'premium_feature') $$, 'gate_required 402'),
    ('P1.6 which failed: the gate is open again', NULL, $$ kind FROM credits.release('dora', 1, 'failed') $$, 'release'),
    ('P1.6 for one', NULL, $$ public.ask('dora', 'premium_feature') $$, 'ok 200'),

    -- The ladder before any revenue: 2 USD are covered.
    ('bea comes', NULL, $$ credits.open_account('bea') $$, 'bea'),
    ('P1.5 below half of the cover', NULL, $$ public.spend('bea', 19) $$, '0.95 normal'),
    ('P1.5 half of it', NULL, $$ public.spend('bea', 1) $$, '1 reduced_quality'),
    ('P1.5 a cheaper model is called', NULL, $$ public.ask('bea', 'message', 'gpt-4') $$, 'ok 200 gpt-3.5-turbo'),
    ('P1.5 75 %', NULL, $$ public.spend('bea', 10) $$, '1.5 basic_only'),
    ('P1.5 no analysis any more', NULL, $$ public.ask('bea', 'nutrition_analysis') $$, 'level_forbids 402'),
    ('P1.5 messages go on', NULL, $$ public.ask('bea', 'message') $$, 'ok 200'),
    ('P1.5 90 %', NULL, $$ public.spend('bea', 6) $$, '1.8 affiliate_only'),
    ('P1.5 a message is for a click', NULL, $$ public.ask('bea', 'message') $$, 'gate_required 402'),
    ('P1.9 a call that would pass the cover is stopped before', NULL, $$ outcome FROM credits.quote('bea', action => 'message', provider => 'openai', model => 'gpt-4', usage => '{"requests": 101}') $$, 'level_forbids'),
    ('P1.5 2.00 of 2.00', NULL, $$ public.spend('bea', 4) $$, '2 payment_required'),
    ('P1.5 nothing goes on', NULL, $$ public.ask('bea', 'message') $$, 'level_forbids 402'),
    ('P1.9 each step was an alert', NULL, $$ string_agg(name, ' ' ORDER BY alert_no) FROM credits.alerts WHERE account_id = 'bea' AND kind = 'level' $$, 'reduced_quality basic_only affiliate_only payment_required'),
    ('P1.5 5 USD bring her back in the same transaction', '2026-01-06 09:00+00', $$ level FROM credits.buy_pack('bea', 'credits_100', 'order 2') $$, 'normal'),
    ('P1.5 and leave 2 to spend', NULL, $$ public.spend('bea', 19) $$, '2.95 normal'),
    ('P1.5 1.00 more cost is half of them', NULL, $$ public.spend('bea', 1) $$, '3 reduced_quality'),
    ('P1.5 the last one', NULL, $$ public.spend('bea', 20) $$, '4 payment_required'),
    ('P1.9 at worst 5 came in, 2 went after it, 3 stay; 2 won her', NULL, $$ revenue, cost - covered AS cost, revenue - (cost - covered) AS profit, covered FROM credits.restriction_states WHERE account_id = 'bea' $$, '5 2 3 2'),
    ('P1.9 as the guarantee''s view says', NULL, $$ revenue, cost, profit, acquisition_cost, met FROM credits.profit_guarantee WHERE account_id = 'bea' $$, '5 2 3 2 true'),
    ('P1.9 nothing is short', NULL, $$ revenue_short, cost_over, profit_short FROM credits.profit_guarantee WHERE account_id = 'bea' $$, '0 0 0'),
    ('gus brings 4 USD and costs 0.50', NULL, $$ credits.open_account('gus') AS o, credits.record_conversion('gus', 'affiliate_purchase', 'order 11', 4) AS c $$, 'gus true'),
    ('P1.9 his cost', NULL, $$ public.spend('gus', 10) $$, '0.5 reduced_quality'),
    ('P1.9 what is short of him', NULL, $$ revenue, cost, profit, revenue_short, profit_short, met FROM credits.profit_guarantee WHERE account_id = 'gus' $$, '4 0.5 3.5 1 0 true'),
    ('cleo comes', NULL, $$ credits.open_account('cleo') $$, 'cleo'),
    ('P1.5 she costs 2.00', NULL, $$ public.spend('cleo', 40) $$, '2 payment_required'),
    ('P1.5 a commission of 5 USD is revenue too', NULL, $$ credits.record_conversion('cleo', 'affiliate_purchase', 'order 9', 5) $$, 'true'),
    ('P1.5 and lifts her', NULL, $$ public.spend('cleo', 0), public.ask('cleo', 'message', 'gpt-4') $$, '2 normal ok 200 gpt-4'),

    -- Consents.
    ('fay comes', '2026-01-05 09:00+00', $$ credits.open_account('fay') $$, 'fay'),
    ('P1.7 sharing data is worth 1.00 a month', NULL, $$ credits.set_consent('fay', 'data_sharing', true) $$, NULL),
    ('P1.7 20 credits at 0.05', NULL, $$ balance FROM credits.balance('fay') $$, '120'),
    ('P1.7 given again it is the same consent', NULL, $$ credits.set_consent('fay', 'data_sharing', true) $$, NULL),
    ('P1.7 and the same credits', NULL, $$ balance FROM credits.balance('fay') $$, '120'),
    ('P1.7 anonymous analytics 0.50', NULL, $$ credits.set_consent('fay', 'anonymous_analytics', true) $$, NULL),
    ('P1.7 10 credits', NULL, $$ balance FROM credits.balance('fay') $$, '130'),
    ('P1.7 recipe preferences 0.25', NULL, $$ credits.set_consent('fay', 'recipe_preferences', true) $$, NULL),
    ('P1.7 5 credits', NULL, $$ balance FROM credits.balance('fay') $$, '135'),
    ('P1.7 shopping patterns 0.75', NULL, $$ credits.set_consent('fay', 'shopping_patterns', true) $$, NULL),
    ('P1.7 15 credits, 50 in all', NULL, $$ balance FROM credits.balance('fay') $$, '150'),
    ('P1.7 2.50 of revenue of kind consent', NULL, $$ kind, sum(amount) FROM credits.revenue WHERE account_id = 'fay' GROUP BY kind $$, 'consent 2.5'),
    ('P1.7 1.00, 0.75, 0.50, 0.25', NULL, $$ amount FROM credits.revenue WHERE account_id = 'fay' ORDER BY amount DESC $$, '1; 0.75; 0.5; 0.25'),
    ('P1.7 while they stand: the next month again', '2026-02-05 09:00+00', $$ balance FROM credits.balance('fay') $$, '200'),
    ('P1.7 she takes one back', '2026-02-06 09:00+00', $$ credits.set_consent('fay', 'data_sharing', false) $$, NULL),
    ('P1.7 three are left, 1.50 a month', '2026-03-06 09:00+00', $$ balance FROM credits.balance('fay') $$, '230'),
    ('P1.7 books are written by the next call, or by maintain()', NULL, $$ credits.maintain() IS NOT NULL $$, 'true'),
    ('P1.7 2.50, 2.50 and 1.50', NULL, $$ sum(amount) FROM credits.revenue WHERE account_id = 'fay' AND kind = 'consent' $$, '6.5'),

    -- What it all comes to.
    ('a subscription, too', NULL, $$ credits.configure('{"plans": {"plus": {"price": "5", "interval": "1 month", "credits": 100}}}') -> 'warnings' AS w, credits.open_account('zoe', 'plus') $$, '[] zoe'),
    ('zoe pays', NULL, $$ amount FROM credits.record_payment('zoe', 'subscription', 5, 'invoice 1') $$, '100'),
    ('P1.8 the kinds of revenue', NULL, $$ string_agg(DISTINCT kind, ' ' ORDER BY kind) FROM credits.revenue WHERE amount > 0 $$, 'affiliate consent pack subscription'),
    ('P1.8 the last 30 days by kind', NULL, $$ kind, revenue FROM credits.project_revenue() WHERE item IS NULL $$, 'subscription 5; pack 5; consent 4; total 14'),
    ('P1.8 a month of a user: 5, 2, 1 and 5 at least, 20, 8, 3 and 50 at most', NULL, $$ scenario, string_agg(kind || ' ' || revenue, ' ' ORDER BY kind) AS r FROM credits.project_revenue(packs => '{"credits_100": [1, 4]}', income => '{"affiliate": [2, 8], "consent": [1, 3], "subscription": [5, 50]}') WHERE item IS NULL AND kind <> 'total' GROUP BY scenario ORDER BY scenario DESC $$,
        'low affiliate 2 consent 1 pack 5 subscription 5; high affiliate 8 consent 3 pack 20 subscription 50'),
    ('P1.8 13 to 81 USD', NULL, $$ scenario, revenue FROM credits.project_revenue(packs => '{"credits_100": [1, 4]}', income => '{"affiliate": [2, 8], "consent": [1, 3], "subscription": [5, 50]}') WHERE kind = 'total' $$, 'low 13; high 81'),
    ('P1.10 20 meal plans of 5 credits at 0.05 are 5 USD', NULL, $$ uses, credits, earns / credits AS each, revenue FROM credits.break_even('free') WHERE action = 'meal_plan' $$, '20 5 0.05 5'),
    ('P1.10 or 100 messages', NULL, $$ uses, revenue FROM credits.break_even('free') WHERE action = 'message' $$, '100 5'),
    ('P1.10 what the 2 USD of cost carry', NULL, $$ action, uses_in_budget FROM credits.break_even('free') WHERE cost_budget = 2 AND cost > 0 $$, 'grocery_list 50; meal_plan 20; message 100; nutrition_analysis 33'),
    ('P1.11 messages by a dear model and by a cheap one', NULL, $$ sum(r.cost) FROM credits.open_account('hal') o, unnest('{gpt-4,gpt-3.5-turbo}'::text[]) m(model), credits.deduct(o, action => 'message', provider => 'openai', model => m.model, usage => '{"requests": 1}') r $$, '0.052'),
    ('P1.11 an analysis by a very cheap one', NULL, $$ cost FROM credits.deduct('hal', action => 'nutrition_analysis', provider => 'anthropic', model => 'claude-3-haiku', usage => '{"requests": 1}') $$, '0.001'),
    ('P1.11 what keeps the 3 of 5 USD that the guarantee asks for', NULL, $$ action, calls, cost, present_credits, proposed_credits FROM credits.optimize_prices() $$, 'message 2 0.026 1 2; nutrition_analysis 1 0.001 3 1'),
    ('P1.11 48 % were too little, 74 % are enough', NULL, $$ present_margin_pct, required_margin_pct, proposed_margin_pct FROM credits.optimize_prices() WHERE action = 'message' $$, '48 60 74'),
    ('P1.11 a margin of one''s own', NULL, $$ action, proposed_credits FROM credits.optimize_prices(margin => 0.9) $$, 'message 6; nutrition_analysis 1'),
    ('P1.11 it is a proposal: a message still takes 1', NULL, $$ amount FROM credits.quote('hal', action => 'message') $$, '1');

CALL public.play();
SELECT public.tests();
SELECT is_empty('SELECT * FROM credits.verify()', 'verify() finds nothing');
SELECT * FROM finish();
