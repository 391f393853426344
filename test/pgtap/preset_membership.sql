-- The preset membership: one pool of tokens per membership. A credit is a token of a language model; a year's or a cycle's
-- pool is there at once, is charged by all tokens of a call, and is reset when the membership is paid again.
\ir helpers/story.sql
\ir helpers/stripe.sql
SELECT is(credits.load_preset('membership') -> 'warnings', '[]', 'the preset is loaded');

-- A call of gpt-5 with so many tokens, a quarter of them written.
CREATE FUNCTION public.chat(account text, tokens bigint, action text DEFAULT 'chat') RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', r.amount, trim_scale(r.cost), r.balance) FROM credits.deduct(account, action => action, provider => 'openai', model => 'gpt-5',
        usage => jsonb_build_object('input_tokens', tokens - tokens / 4, 'output_tokens', tokens / 4)) r
$$;

-- What the provider says of kim's subscription, at the time that it is, and what it is answered.
CREATE FUNCTION public.send(id text, type text, object jsonb) RETURNS text LANGUAGE sql AS
    $$ SELECT public.deliver(public.event(id, type, credits.now(), object), credits.now()) ->> 'status' $$;
CREATE FUNCTION public.kims(price text, period_start timestamptz, period_end timestamptz, status text DEFAULT 'active') RETURNS jsonb LANGUAGE sql AS
    $$ SELECT public.subscription(price, period_start, period_end, status, '{"metadata": {"account_id": "kim"}}') $$;
CREATE FUNCTION public.one_line(price text, cents bigint, period_start timestamptz, period_end timestamptz) RETURNS jsonb LANGUAGE sql AS
    $$ SELECT jsonb_build_array(public.line(price, cents, period_start, period_end)) $$;

INSERT INTO public.step (says, at, command, expected) VALUES
    ('ana, max and tim join', '2026-01-01 00:00+00', $$ credits.open_account('ana', 'annual') a, credits.open_account('max', 'monthly') m, credits.open_account('tim', 'annual') t $$, 'ana max tim'),
    ('P3.1 annual: 999 USD, 5,000,000 tokens at once', NULL, $$ amount, balance FROM credits.record_payment('ana', 'subscription', 999, 'invoice a1') $$, '5000000 5000000'),
    ('P3.1 for a year', NULL, $$ period_start, period_end FROM credits.balance('ana') $$, '2026-01-01T00:00:00+00:00 2027-01-01T00:00:00+00:00'),
    ('P3.1 monthly: 109 USD, 600,000 tokens', NULL, $$ amount, balance FROM credits.record_payment('max', 'subscription', 109, 'invoice m1') $$, '600000 600000'),
    ('P3.1 for 28 days', NULL, $$ period_start, period_end FROM credits.balance('max') $$, '2026-01-01T00:00:00+00:00 2026-01-29T00:00:00+00:00'),
    ('P3.1 a fifth of the price is for cost: 199.80 and 21.80', NULL, $$ plan, cost_at_margin, cost_budget FROM credits.tier_margins ORDER BY plan $$, 'annual 199.8 199.8; monthly 21.8 21.8'),
    ('P3.4 annual: 799.20 on budget, 80 %; 899 at what 5,000,000 tokens cost, 90 %', NULL, $$ basis, cost, margin, round(margin_pct) AS pct FROM credits.plan_margin('annual') WHERE basis <> 'present_use' $$, 'full_use 100 899 90; cost_budget 199.8 799.2 80'),
    ('P3.4 monthly: 87.20 on budget, 80 %; 97 at what 600,000 tokens cost', NULL, $$ basis, cost, margin, round(margin_pct) AS pct FROM credits.plan_margin('monthly') WHERE basis <> 'present_use' $$, 'full_use 12 97 89; cost_budget 21.8 87.2 80'),
    ('P3.4 13 cycles a year', NULL, $$ yearly_margin, yearly_margin / margin AS cycles FROM credits.plan_margin('monthly') WHERE basis = 'full_use' $$, '1261 13'),

    -- Charging.
    ('P3.2 gpt-5 is 10 a million in, 30 out, 20 on average', '2026-01-02 09:00+00', $$ credits.cost('openai', 'gpt-5', 1000000, 0) i, credits.cost('openai', 'gpt-5', 0, 1000000) o, credits.cost('openai', 'gpt-5', 500000, 500000) a $$, '10 30 20'),
    ('P3.2 a call of 1,234 tokens in and 567 out takes 1,801', NULL, $$ amount, cost, balance FROM credits.deduct('max', action => 'chat', provider => 'openai', model => 'gpt-5', usage => '{"input_tokens": 1234, "output_tokens": 567}', metadata => '{"conversation": 17}') $$, '-1801 0.02935 598199'),
    ('P3.2 its model, tokens, cost and metadata are logged', NULL, $$ action, model, usage ->> 'input_tokens' AS prompt, usage ->> 'output_tokens' AS completion, cost, metadata FROM credits.history('max') WHERE kind = 'deduct' $$, 'chat gpt-5 1234 567 0.02935 {"conversation": 17}'),
    ('P3.2 with as many decimals as it has', NULL, $$ credits.configure('{"prices": [{"provider": "openai", "model": "gpt-5-nano", "metric": "input_tokens", "price": "0.05", "per": 1000000}]}') -> 'warnings' AS w, cost FROM credits.deduct('max', action => 'chat', provider => 'openai', model => 'gpt-5', usage => '{"input_tokens": 1}') $$, '[] 0.00001'),
    ('P3.2 a token of a smaller model', NULL, $$ amount, cost FROM credits.deduct('max', action => 'chat', provider => 'openai', model => 'gpt-5-nano', usage => '{"input_tokens": 1}') $$, '-1 0.00000005'),
    ('P3.2 600,000 less these three', NULL, $$ balance FROM credits.balance('max') $$, '598197'),

    -- What actions usually take: a hold without usage is for the most.
    ('P3.3 the most that each action usually takes', NULL, $$ a.action, q.amount FROM unnest('{chat,short_refinement,deep_refinement,blueprint,audio_10min,image}'::text[]) WITH ORDINALITY a(action, no), credits.quote('ana', action => a.action) q ORDER BY a.no $$,
        'chat 5000; short_refinement 50000; deep_refinement 200000; blueprint 300000; audio_10min 3000; image 2000'),
    ('P3.3 which costs 0.10, 1.00, 4.00 and 6.00 on average', NULL, $$ credits.cost('openai', 'gpt-5', 2500, 2500) c, credits.cost('openai', 'gpt-5', 25000, 25000) s, credits.cost('openai', 'gpt-5', 100000, 100000) d, credits.cost('openai', 'gpt-5', 150000, 150000) b $$, '0.1 1 4 6'),
    ('P3.3 and the least 0.04, 0.40, 2.00 and 3.00', NULL, $$ credits.cost('openai', 'gpt-5', 1000, 1000) c, credits.cost('openai', 'gpt-5', 10000, 10000) s, credits.cost('openai', 'gpt-5', 50000, 50000) d, credits.cost('openai', 'gpt-5', 75000, 75000) b $$, '0.04 0.4 2 3'),
    ('P3.3 ten minutes of audio', NULL, $$ amount, cost FROM credits.deduct('ana', action => 'audio_10min') $$, '-3000 0.06'),
    ('P3.3 an image', NULL, $$ amount, cost FROM credits.deduct('ana', action => 'image') $$, '-2000 0.04'),
    ('P3.3 as a member sees them: tokens, USD, and how often 5,000,000 are enough', NULL, $$ a.action, e.low, e.high, e.cost_low, e.cost_high, e.calls_low, e.calls_high FROM unnest('{chat,short_refinement,deep_refinement,blueprint,audio_10min,image}'::text[]) WITH ORDINALITY a(action, no), credits.estimate('ana', a.action) e WHERE e.source = 'catalogue' AND e.of_credits = 5000000 ORDER BY a.no $$,
        'chat 2000 5000 0.04 0.1 1000 2500; short_refinement 20000 50000 0.4 1 100 250; deep_refinement 100000 200000 2 4 25 50; blueprint 150000 300000 3 6 16 33; audio_10min 3000 3000 0.06 0.06 1666 1666; image 2000 2000 0.04 0.04 2500 2500'),
    ('P3.7 a number of tokens', NULL, $$ credits.format_tokens(4234567) AS long, credits.format_tokens(4234567, true) AS short $$, '4,234,567 4.2M'),

    -- What protects the pool.
    ('P3.6 no action over 500,000 tokens', NULL, $$ outcome, http_status, detail ->> 'suggestion' AS suggestion FROM credits.quote('ana', action => 'blueprint', provider => 'openai', model => 'gpt-5', usage => '{"input_tokens": 400001, "output_tokens": 100000}') $$,
        'request_too_large 413 split the request into at least 2 calls'),
    ('P3.6 nor by its amount', NULL, $$ outcome, http_status FROM credits.authorize('ana', 500001, action => 'blueprint') $$, 'request_too_large 413'),
    ('P3.6 500,000 go', NULL, $$ public.chat('ana', 500000, 'blueprint') $$, '-500000 7.5 4495000'),
    ('P3.6 97 more calls are a hundred in the hour', NULL, $$ count(public.chat('ana', 4)) FROM generate_series(1, 97) $$, '97'),
    ('P3.6 the hundred-and-first is refused', NULL, $$ outcome, http_status, limit_name FROM credits.authorize('ana', action => 'chat') $$, 'rate_limited 429 hourly calls'),
    ('P3.6 an hour later they go on', '2026-01-02 10:01+00', $$ outcome FROM credits.quote('ana', action => 'chat') $$, 'ok'),
    ('P3.7 what is there, and when it is reset', NULL, $$ balance, resets_at, used_pct FROM credits.balance('ana') $$, '4494612 2027-01-01T00:00:00+00:00 10.11'),
    ('P3.8 not a million in January yet', '2026-01-20 09:00+00', $$ public.chat('ana', 494611) $$, '-494611 7.41915 4000001'),
    ('P3.8 no alert', NULL, $$ count(*) FROM credits.alerts WHERE account_id = 'ana' AND name LIKE 'tokens %' $$, '0'),
    ('P3.8 a million', NULL, $$ public.chat('ana', 1) $$, '-1 0.00001 4000000'),
    ('P3.8 an alert', NULL, $$ kind, name FROM credits.alerts WHERE account_id = 'ana' AND name LIKE 'tokens %' $$, 'limit_warning tokens a month'),
    ('P3.6 seven times half a million', '2026-02-20 09:00+00', $$ count(public.chat('ana', 500000)) FROM generate_series(1, 7) $$, '7'),
    ('P3.6 a tenth is left: a warning', NULL, $$ name, detail ->> 'used_pct' AS pct FROM credits.alerts WHERE account_id = 'ana' AND name = 'membership tokens' $$, 'membership tokens 90'),
    ('P3.8 users over 80 % of their allowance', NULL, $$ account_id, used_pct FROM credits.power_users $$, 'ana 90'),
    ('P3.8 real cost against the budget', NULL, $$ cost, cost_budget, cost_pct FROM credits.power_users $$, '67.52498 199.8 33.8'),
    ('P3.6 all of it', NULL, $$ public.chat('ana', 500000) $$, '-500000 7.5 0'),
    ('P3.6 at 0 it is refused as HTTP 402', NULL, $$ outcome, http_status, detail ->> 'balance' AS balance, detail ->> 'needed' AS needed FROM credits.authorize('ana', action => 'chat') $$, 'insufficient_credits 402 0 5000'),
    ('P3.6 also where it raises', NULL, $$ public.chat('ana', 4000) $$, 'ERROR PT402 not enough credits: 4000 needed, 0 available'),

    -- More tokens, and the next payment.
    ('P3.9 a pack of 100,000', NULL, $$ amount, balance FROM credits.buy_pack('ana', 'tokens_100k', 'order 1') $$, '100000 100000'),
    ('P3.9 calls go on', NULL, $$ outcome FROM credits.quote('ana', action => 'chat') $$, 'ok'),
    ('P3.8 3,000,000 more for a large project', '2026-03-01 09:00+00', $$ amount FROM credits.grant('ana', 3000000, source => 'project') $$, '3000000'),
    ('P3.8 are used up: 8,000,000 in a year', '2026-03-02 09:00+00', $$ count(public.chat('ana', 500000)) FROM generate_series(1, 6) $$, '6'),
    ('P3.8 an alert of that', NULL, $$ name FROM credits.alerts WHERE account_id = 'ana' AND name = 'tokens in a year' $$, 'tokens in a year'),
    ('P3.1 the year is over, and not paid: nothing new', '2027-01-01 00:00+00', $$ balance FROM credits.balance('ana') $$, '100000'),
    ('P3.9 paid, 5,000,000 again, and the pack stays', NULL, $$ balance FROM credits.record_payment('ana', 'subscription', 999, 'invoice a2') $$, '5100000'),
    ('tim pays', '2026-01-01 00:00+00', $$ amount FROM credits.record_payment('tim', 'subscription', 999, 'invoice t1') $$, '5000000'),
    ('tim uses 1,000', '2026-06-01 09:00+00', $$ public.chat('tim', 1000) $$, '-1000 0.015 4999000'),
    ('P3.1 reset on paid renewal: 5,000,000, not more', '2027-01-01 00:00+00', $$ balance FROM credits.record_payment('tim', 'subscription', 999, 'invoice t2') $$, '5000000');

-- A year of cycles.
INSERT INTO public.step (says, at, command, expected)
SELECT format('P3.1 cycle %s', n), timestamptz '2026-01-01 00:00+00' + (n - 1) * interval '28 days', format($$ amount FROM credits.record_payment('max', 'subscription', 109, 'invoice m%s') $$, n), '600000'
FROM generate_series(2, 13) n;
INSERT INTO public.step (says, at, command, expected) VALUES
    ('P3.1 the last of 13 cycles ends with the year', NULL, $$ balance, period_end FROM credits.balance('max') $$, '600000 2026-12-31T00:00:00+00:00'),
    ('P3.1 13 times 109 are 1,417', NULL, $$ count(*), sum(amount) FROM credits.revenue WHERE account_id = 'max' AND kind = 'subscription' $$, '13 1417'),
    ('P3.1 for 13 times 600,000 tokens', NULL, $$ count(*), sum(amount) FROM credits.history('max') WHERE kind = 'grant' $$, '13 7800000'),

    -- By payment events.
    ('the provider of payments', NULL, $$ credits.configure('{"stripe": {"webhook_secret": "whsec_test", "livemode": false, "prices": {"price_monthly": "monthly", "price_annual": "annual"}, "packs": {"price_100k": "tokens_100k"}}}') -> 'warnings' $$, '[]'),
    ('kim comes', '2026-01-01 00:00+00', $$ credits.open_account('kim', 'monthly') $$, 'kim'),
    ('P3.9 kim subscribes', NULL, $$ public.send('evt_1', 'customer.subscription.created', public.kims('price_monthly', '2026-01-01', '2026-01-29')) $$, 'processed'),
    ('P3.9 and pays', NULL, $$ public.send('evt_2', 'invoice.paid', public.invoice('in_1', 10900, public.one_line('price_monthly', 10900, '2026-01-01', '2026-01-29'), credits.now())) $$, 'processed'),
    ('P3.9 600,000 tokens', NULL, $$ balance FROM credits.balance('kim') $$, '600000'),
    ('kim uses 400,000', NULL, $$ public.chat('kim', 400000) $$, '-400000 6 200000'),
    ('P3.9 the second cycle is paid', '2026-01-29 00:05+00', $$ public.send('evt_3', 'invoice.paid', public.invoice('in_2', 10900, public.one_line('price_monthly', 10900, '2026-01-29', '2026-02-26'), credits.now())) $$, 'processed'),
    ('P3.9 600,000, not 800,000', NULL, $$ balance FROM credits.balance('kim') $$, '600000');

-- The product's own queries.
INSERT INTO public.step (says, at, command, expected) VALUES
    ('P3.5 what a transaction is', NULL, $$ user_id, action_type, tokens_used, tokens_remaining, estimated_cost_usd, openai_model, prompt_tokens, completion_tokens, metadata, created_at FROM credits.token_transactions WHERE user_id = 'max' AND metadata <> '{}' $$,
        'max chat 1801 598199 0.02935 gpt-5 1234 567 {"conversation": 17} 2026-01-02T09:00:00+00:00'),
    ('P3.5 a grant is below zero', NULL, $$ action_type, tokens_used, tokens_remaining FROM credits.token_transactions WHERE user_id = 'max' ORDER BY created_at LIMIT 1 $$, 'grant -600000 600000'),
    ('P3.5 each has an id of its own', NULL, $$ count(DISTINCT id) = count(*) AS unique FROM credits.token_transactions $$, 'true'),
    ('P3.5 average use per user and month', NULL, $$ round(AVG(monthly_tokens), 1) FROM (SELECT user_id, DATE_TRUNC('month', created_at) AS month, SUM(tokens_used) AS monthly_tokens FROM credits.token_transactions
        WHERE tokens_used > 0 AND created_at < '2026-04-01' GROUP BY user_id, DATE_TRUNC('month', created_at)) monthly $$, '1680360.6'),
    ('P3.5 top 10 users of the month', NULL, $$ user_id, SUM(tokens_used) AS total_tokens, COUNT(*) AS actions, SUM(estimated_cost_usd) AS cost FROM credits.token_transactions
        WHERE tokens_used > 0 AND created_at >= '2026-01-01' AND created_at < '2026-02-01' GROUP BY user_id ORDER BY total_tokens DESC LIMIT 10 $$, 'ana 1000000 102 15.02498; kim 400000 1 6; max 1803 3 0.02936005'),
    ('P3.5 most expensive action types', NULL, $$ action_type, round(AVG(estimated_cost_usd), 4) AS average, MAX(tokens_used) AS most FROM credits.token_transactions
        WHERE tokens_used > 0 GROUP BY action_type ORDER BY average DESC, action_type LIMIT 2 $$, 'blueprint 7.5 500000; chat 1.004 500000'),
    ('P3.8 monthly members use less than 500,000 a month', NULL, $$ round(avg(u.tokens)) AS average, avg(u.tokens) < 500000 AS below FROM credits.usage_by_account u JOIN credits.balance(u.account_id) b ON b.plan = 'monthly' $$, '200902 true'),
    ('P3.8 annual members use more than 2,000,000', NULL, $$ round(avg(u.tokens)) AS average, avg(u.tokens) < 2000000 AS below FROM credits.usage_by_account u JOIN credits.balance(u.account_id) b ON b.plan = 'annual' WHERE month < '2026-04-01' $$, '2665000 false');

-- What is usual with a member, and what she sees; after everything that adds up all members.
INSERT INTO public.step (says, at, command, expected) VALUES
    ('liz joins', '2027-02-01 09:00+00', $$ credits.open_account('liz', 'annual') AS o, (SELECT amount FROM credits.record_payment('liz', 'subscription', 999, 'invoice l1')) AS a $$, 'liz 5000000'),
    ('P3.3 nine chats are too few to tell', NULL, $$ count(public.chat('liz', 2000 + 100 * n)) AS chats, (SELECT source FROM credits.estimate('liz', 'chat')) AS source FROM generate_series(1, 9) n $$, '9 catalogue'),
    ('P3.3 eleven more', NULL, $$ count(public.chat('liz', 2000 + 100 * n)) FROM generate_series(10, 20) n $$, '11'),
    ('P3.3 twenty say what is usual with her', NULL, $$ low, high, source, cost_low, cost_high FROM credits.estimate('liz', 'chat') $$, '2200 3800 history 0.044 0.076'),
    ('P3.3 others see the catalogue''s', NULL, $$ low, high, source FROM credits.estimate('ana', 'chat') $$, '2000 5000 catalogue'),
    ('liz has two blueprints made', NULL, $$ public.chat('liz', 500000, 'blueprint') AS a, public.chat('liz', 154433, 'blueprint') AS b $$, '-500000 7.5 4439000 -154433 2.31649 4284567'),
    ('P3.7 used 50,000, 4.2M remaining', NULL, $$ format('used %s, %s remaining', credits.format_tokens(-amount), credits.format_tokens(balance, true)) FROM credits.deduct('liz', 50000, action => 'short_refinement') $$, 'used 50,000, 4.2M remaining'),
    ('P3.7 the share left, a bar, and the day of the reset', NULL, $$ 100 - used_pct AS left, repeat('#', trunc((100 - used_pct) / 10)::integer) AS bar, resets_at FROM credits.balance('liz') $$, '84.69 ######## 2028-02-01T09:00:00+00:00'),
    ('P3.7 what was used, latest first', NULL, $$ action, credits.format_tokens(-amount) AS used, credits.format_tokens(balance) AS left FROM credits.history('liz') WHERE amount < 0 ORDER BY entry_no DESC LIMIT 2 $$, 'short_refinement 50,000 4,234,567; blueprint 154,433 4,284,567');

CALL public.play();
SELECT public.tests();
SELECT is_empty('SELECT * FROM credits.verify()', 'verify() finds nothing');
SELECT * FROM finish();
