-- The preset margin_tiers: subscription tiers that keep 80 %. A payment buys a fifth of itself in provider cost; tokens,
-- requests, sizes, providers and models of each tier are checked before a call, and what it cost is charged after it.
\ir helpers/story.sql
\ir helpers/stripe.sql
SELECT is(credits.load_preset('margin_tiers') -> 'warnings', '[]', 'the preset is loaded');

-- What a call would be answered.
CREATE FUNCTION public.ask(account text, provider text, model text, input bigint, output bigint) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', d.outcome, d.http_status, d.limit_name)
    FROM credits.quote(account, provider => provider, model => model, usage => jsonb_build_object('input_tokens', input, 'output_tokens', output)) d
$$;

-- So many calls that together use these tokens: what they charged and cost.
CREATE FUNCTION public.calls(account text, provider text, model text, calls integer, input bigint, output bigint) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', count(*), -sum(r.amount), trim_scale(sum(r.cost)))
    FROM generate_series(1, calls) n, LATERAL credits.deduct(account, provider => provider, model => model,
        usage => jsonb_build_object('input_tokens', input * n / calls - input * (n - 1) / calls, 'output_tokens', output * n / calls - output * (n - 1) / calls)) r
$$;

-- What the period has used: tokens, requests, cost.
CREATE FUNCTION public.used(account text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', (SELECT l.used FROM credits.limits(account) l WHERE l.limit_name = 'monthly tokens'), (SELECT l.used FROM credits.limits(account) l WHERE l.limit_name = 'monthly requests'),
                     (SELECT trim_scale(s.cost) FROM credits.restriction_states s WHERE s.account_id = account))
$$;

-- What an account is answered over HTTP, whose server has read its token.
CREATE FUNCTION public.told(account text, call text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    said jsonb;
BEGIN
    PERFORM set_config('request.jwt.claims', jsonb_build_object('account_id', account)::text, true);
    EXECUTE 'SELECT credits_api.' || call INTO said;
    RETURN said;
END $$;

-- What the provider says of kim's subscription, at the time that it is, and what it is answered.
CREATE FUNCTION public.send(id text, type text, object jsonb) RETURNS text LANGUAGE sql AS
    $$ SELECT public.deliver(public.event(id, type, credits.now(), object), credits.now()) ->> 'status' $$;
CREATE FUNCTION public.kims(price text, period_start timestamptz, period_end timestamptz, status text DEFAULT 'active') RETURNS jsonb LANGUAGE sql AS
    $$ SELECT public.subscription(price, period_start, period_end, status, '{"metadata": {"account_id": "kim"}}') $$;
CREATE FUNCTION public.one_line(price text, cents bigint, period_start timestamptz, period_end timestamptz) RETURNS jsonb LANGUAGE sql AS
    $$ SELECT jsonb_build_array(public.line(price, cents, period_start, period_end)) $$;

INSERT INTO public.step (says, at, command, expected)
SELECT 'P2.1 ' || m.model || ' by ' || m.provider || ': a million tokens in, and out', '2026-01-01 00:00+00', format('credits.cost(%L, %L, 1000000, 0) i, credits.cost(%1$L, %2$L, 0, 1000000) o', m.provider, m.model), m.expected
FROM (VALUES ('openai', 'gpt-4o', '5 15'), ('openai', 'gpt-4-turbo', '10 30'), ('openai', 'gpt-3.5-turbo', '0.5 1.5'),
             ('anthropic', 'claude-3-opus', '15 75'), ('anthropic', 'claude-3-sonnet', '3 15'), ('anthropic', 'claude-3-haiku', '0.8 4'),
             ('google', 'gemini-2.0-flash', '0.075 0.3'), ('google', 'gemini-1.5-pro', '1.25 5'), ('google', 'gemini-1.5-flash', '0.075 0.3'),
             ('bedrock', 'claude-opus', '15 75'), ('bedrock', 'claude-sonnet', '3 15')) m(provider, model, expected);

INSERT INTO public.step (says, at, command, expected) VALUES
    ('P2.1 Hugging Face, a token in, and out', NULL, $$ credits.cost('huggingface', 'text-generation', 1, 0) i, credits.cost('huggingface', 'text-generation', 0, 1) o $$, '0.0001 0.0002'),
    ('P2.1 Hugging Face, an image', NULL, $$ credits.cost('huggingface', 'image', '{"images": 1}') $$, '0.01'),

    -- Tiers: what a payment grants, and what the clock does.
    ('fred comes', NULL, $$ credits.open_account('fred') $$, 'fred'),
    ('P2.2 free grants 500', NULL, $$ plan, balance FROM credits.balance('fred') $$, 'free 500'),
    ('P2.2 the tokens of free cost 0.075 at most', NULL, $$ credits.cost('openai', 'gpt-3.5-turbo', 0, 50000) $$, '0.075'),
    ('sue, paul and eve subscribe', NULL, $$ credits.open_account('sue', 'starter') a, credits.open_account('paul', 'professional') b, credits.open_account('eve', 'enterprise') c $$, 'sue paul eve'),
    ('P2.2 unpaid, nothing is granted', NULL, $$ balance FROM credits.balance('paul') $$, '0'),
    ('P2.4 without credits', NULL, $$ public.ask('paul', 'openai', 'gpt-4-turbo', 500, 1000) $$, 'insufficient_credits 402'),
    ('P2.2 99 USD grant 1980 credits', NULL, $$ amount, balance FROM credits.record_payment('paul', 'subscription', 99, 'invoice p1') $$, '1980 1980'),
    ('P2.2 that is a fifth of it in cost', NULL, $$ balance * 0.01 AS cost, balance * 0.01 / 99 AS share FROM credits.balance('paul') $$, '19.8 0.2'),
    ('P2.1 the fee is 2.9 % and 0.30', NULL, $$ kind, amount, fee FROM credits.revenue WHERE account_id = 'paul' $$, 'subscription 99 3.171'),
    ('P2.2 the same payment again grants nothing', NULL, $$ replayed FROM credits.record_payment('paul', 'subscription', 99, 'invoice p1') $$, 'true'),
    ('P2.2 19 USD grant 380', NULL, $$ amount FROM credits.record_payment('sue', 'subscription', 19, 'invoice s1') $$, '380'),
    ('P2.2 499 USD grant 9980', NULL, $$ amount FROM credits.record_payment('eve', 'subscription', 499, 'invoice e1') $$, '9980'),
    ('P2.2 fred''s second month has 500 again', '2026-02-01 00:00+00', $$ balance FROM credits.balance('fred') $$, '500'),
    ('P2.2 paul''s, unpaid, what is left of the first', NULL, $$ balance FROM credits.balance('paul') $$, '1980'),
    ('P2.2 paid, 1980 anew', NULL, $$ balance FROM credits.record_payment('paul', 'subscription', 99, 'invoice p2') $$, '1980'),

    -- Before a call. Paul may use Opus and Haiku for a while, so that his month is the one of the product's papers.
    ('P2.4 a model that is not in the plan', NULL, $$ public.ask('paul', 'anthropic', 'claude-3-opus', 500, 100) $$, 'model_not_in_plan 403'),
    ('P2.4 nor in fred''s', NULL, $$ public.ask('fred', 'openai', 'gpt-4-turbo', 500, 100) $$, 'model_not_in_plan 403'),
    ('P2.4 a provider that is not', NULL, $$ public.ask('fred', 'anthropic', 'claude-3-haiku', 500, 100) $$, 'provider_not_in_plan 403'),
    ('P2.4 enterprise has all of them', NULL, $$ outcome FROM (VALUES ('huggingface', 'text-generation'), ('bedrock', 'claude-opus'), ('google', 'gemini-1.5-flash')) m(provider, model), credits.quote('eve', provider => m.provider, model => m.model, usage => '{"input_tokens": 500}') $$, 'ok; ok; ok'),
    ('P2.4 4,000 tokens fit a request of starter', NULL, $$ public.ask('sue', 'openai', 'gpt-3.5-turbo', 3000, 1000) $$, 'ok 200'),
    ('P2.4 4,001 do not', NULL, $$ public.ask('sue', 'openai', 'gpt-3.5-turbo', 3000, 1001) $$, 'request_too_large 413'),
    ('P2.4 8,000 of professional', NULL, $$ public.ask('paul', 'openai', 'gpt-4-turbo', 8000, 0), public.ask('paul', 'openai', 'gpt-4-turbo', 8001, 0) $$, 'ok 200 request_too_large 413'),
    ('P2.4 32,000 of enterprise', NULL, $$ public.ask('eve', 'openai', 'gpt-4-turbo', 32000, 0), public.ask('eve', 'openai', 'gpt-4-turbo', 32001, 0) $$, 'ok 200 request_too_large 413'),
    ('P2.4 free takes 50,000 tokens a month', NULL, $$ public.ask('fred', 'openai', 'gpt-3.5-turbo', 50001, 0), public.ask('fred', 'openai', 'gpt-3.5-turbo', 50000, 0) $$, 'plan_limit_exceeded 402 monthly tokens ok 200'),
    ('paul may use Opus and Haiku for a while', NULL, $$ credits.configure('{"plans": {"professional": {"models": ["gpt-4-turbo", "claude-3-sonnet", "gemini-1.5-pro", "claude-3-opus", "claude-3-haiku"]}}}') ->> 'changed' $$, '["plans.professional.models"]'),

    -- Paul's month.
    ('P2.3 500 in and 1,000 out of gpt-4-turbo', NULL, $$ credits.cost('openai', 'gpt-4-turbo', 500, 1000) $$, '0.035'),
    ('P2.4 300 calls of OpenAI, 150,000 tokens', '2026-02-10 09:00+00', $$ public.calls('paul', 'openai', 'gpt-4-turbo', 300, 100000, 50000) $$, '300 250 2.5'),
    ('P2.4 149 of Anthropic', NULL, $$ public.calls('paul', 'anthropic', 'claude-3-opus', 149, 91643, 8337) $$, '149 200 1.99992'),
    ('P2.4 and one more, 100,000 tokens', NULL, $$ public.calls('paul', 'anthropic', 'claude-3-haiku', 1, 0, 20) $$, '1 0 0.00008'),
    ('without Opus and Haiku again', NULL, $$ credits.configure('{"plans": {"professional": {"models": ["gpt-4-turbo", "claude-3-sonnet", "gemini-1.5-pro"]}}}') ->> 'changed' $$, '["plans.professional.models"]'),
    ('P2.4 250,000 tokens, 450 requests, 4.50 before the call', NULL, $$ public.used('paul') $$, '250000 450 4.5'),
    ('P2.7 his month by provider', NULL, $$ month, provider, sum(tokens) AS tokens, sum(requests) AS requests, sum(cost) AS cost FROM credits.account_usage WHERE account_id = 'paul' GROUP BY 1, 2 ORDER BY 2 DESC $$,
        '2026-02-01 openai 150000 300 2.5; 2026-02-01 anthropic 100000 150 2'),
    ('P2.7 in all', NULL, $$ month, tokens, requests, cost FROM credits.usage_by_account WHERE account_id = 'paul' $$, '2026-02-01 250000 450 4.5'),
    ('P2.3 1530 credits before it', NULL, $$ balance FROM credits.balance('paul') $$, '1530'),
    ('the web site''s server', NULL, $$ credits.configure(jsonb_build_object('api', jsonb_build_object('authenticators', jsonb_build_array(session_user::text)))) ->> 'changed' $$, '["api.authenticators"]'),
    ('P2.6 paul''s balance', NULL, $$ public.told('paul', 'balance()') = '{"success": true, "data": {"totalCredits": 1980, "usedCredits": 450, "remainingCredits": 1530, "tier": "professional", "monthlyTokensUsed": 250000, "monthlyRequestsUsed": 450, "percentUsed": "22.73%"}}' AS same $$, 'true'),
    ('P2.7 his usage', NULL, $$ public.told('paul', 'usage()') = '{"success": true, "data": {"month": "2026-02-01T00:00:00.000Z", "totalTokens": 250000, "totalRequests": 450, "totalCost": 4.50,
        "byProvider": {"openai": {"tokens": 150000, "requests": 300, "cost": 2.50}, "anthropic": {"tokens": 100000, "requests": 150, "cost": 2.00}}}}' AS same $$, 'true'),
    ('P2.3 the call is worth 0.065, for which 7 are held', NULL, $$ outcome, cost, amount, available FROM credits.authorize('paul', provider => 'openai', model => 'gpt-4-turbo', usage => '{"input_tokens": 500, "output_tokens": 2000}') $$, 'ok 0.065 7 1523'),
    ('P2.3 6.5 credits are rounded to the even 6', NULL, $$ amount, cost, balance FROM credits.settle('paul', (SELECT max(hold_no) FROM credits.holds('paul')), usage => '{"input_tokens": 500, "output_tokens": 2000}') $$, '-6 0.065 1524'),
    ('P2.4 252,500 tokens, 451 requests, 4.565 after it', NULL, $$ public.used('paul') $$, '252500 451 4.565'),
    ('P2.4 so the answer after it says', NULL, $$ credits_api.settle('paul', 1, usage => '{"input_tokens": 500, "output_tokens": 2000}') = '{"credits": {"deducted": 6, "remaining": 1524, "monthlyUsage": {"tokens": 252500, "requests": 451, "cost": 4.565}}}' AS same $$, 'true'),
    ('P2.4 and it is on the books', NULL, $$ provider, model, usage ->> 'input_tokens' AS i, usage ->> 'output_tokens' AS o, amount, cost FROM credits.history('paul') ORDER BY entry_no DESC LIMIT 1 $$, 'openai gpt-4-turbo 500 2000 -6 0.065'),
    ('P2.3 the half is carried: the next 0.065 charges 7', NULL, $$ amount, cost, balance FROM credits.deduct('paul', provider => 'openai', model => 'gpt-4-turbo', usage => '{"input_tokens": 500, "output_tokens": 2000}') $$, '-7 0.065 1517'),
    ('P2.2 so a credit is 0.01 of cost, and the 500 of free are worth 5', NULL, $$ trim_scale(sum(cost) / -sum(amount)) AS each, trim_scale(500 * sum(cost) / -sum(amount)) AS free FROM (SELECT cost, amount FROM credits.history('paul') ORDER BY entry_no DESC LIMIT 2) h $$, '0.01 5'),

    -- Tokens over the allowance, and requests.
    ('P2.5 starter: 125 requests of 4,000 tokens are the allowance', '2026-01-10 09:00+00', $$ public.calls('sue', 'openai', 'gpt-3.5-turbo', 125, 500000, 0) $$, '125 25 0.25'),
    ('P2.12 a warning at 80 %', NULL, $$ kind, name, detail ->> 'used' AS used, detail ->> 'limit' AS of FROM credits.alerts WHERE account_id = 'sue' $$, 'limit_warning monthly tokens 400000 500000'),
    ('P2.5 nothing is over it yet', NULL, $$ count(*) FROM credits.overages WHERE account_id = 'sue' $$, '0'),
    ('P2.5 4,000 more go on', NULL, $$ amount, cost FROM credits.deduct('sue', provider => 'openai', model => 'gpt-3.5-turbo', usage => '{"input_tokens": 4000}') $$, '0 0.002'),
    ('P2.5 0.001 USD for each 1,000', NULL, $$ overage FROM credits.overages WHERE account_id = 'sue' $$, '0.004'),
    ('P2.5 also for less than 1,000', NULL, $$ amount, cost FROM credits.deduct('sue', provider => 'openai', model => 'gpt-3.5-turbo', usage => '{"input_tokens": 500}') $$, '0 0.00025'),
    ('P2.5 the share of it', NULL, $$ count(*), sum(overage) FROM credits.overages WHERE account_id = 'sue' $$, '2 0.0045'),
    ('P2.5 sue is shown it', NULL, $$ public.told('sue', 'overage()') #>> '{data,overageCost}' AS usd, o ->> 'name' AS name, o ->> 'used' AS used, o ->> 'limit' AS allowed, o ->> 'over' AS over, o ->> 'price' AS price, o ->> 'per' AS per
        FROM jsonb_array_elements(public.told('sue', 'overage()') #> '{data,limits}') o $$, '0.0045 monthly tokens 504500 500000 4500 0.001 1000'),
    ('P2.5 requests up to 1,000', NULL, $$ public.calls('sue', 'openai', 'gpt-3.5-turbo', 873, 0, 0) $$, '873 0 0'),
    ('P2.5 the 1,001st is refused', NULL, $$ public.ask('sue', 'openai', 'gpt-3.5-turbo', 1, 0) $$, 'plan_limit_exceeded 402 monthly requests'),
    ('P2.5 free: 99 requests', '2026-02-10 09:00+00', $$ public.calls('fred', 'openai', 'gpt-3.5-turbo', 98, 49999, 0) $$, '98 2 0.0249995'),
    ('P2.5 the last token goes', NULL, $$ public.calls('fred', 'openai', 'gpt-3.5-turbo', 1, 1, 0) $$, '1 0 0.0000005'),
    ('P2.5 one more is refused', NULL, $$ public.ask('fred', 'openai', 'gpt-3.5-turbo', 1, 0) $$, 'plan_limit_exceeded 402 monthly tokens'),
    ('P2.5 and no overage booked', NULL, $$ count(*) FROM credits.overages WHERE account_id = 'fred' $$, '0'),
    ('P2.4 the hundredth request', NULL, $$ public.calls('fred', 'openai', 'gpt-3.5-turbo', 1, 0, 0) $$, '1 0 0'),
    ('P2.4 is the last', NULL, $$ public.ask('fred', 'openai', 'gpt-3.5-turbo', 0, 0) $$, 'plan_limit_exceeded 402 monthly requests'),
    ('P2.12 warned of both at 80 %', NULL, $$ string_agg(name, ', ' ORDER BY name) FROM credits.alerts WHERE account_id = 'fred' AND kind = 'limit_warning' $$, 'monthly requests, monthly tokens'),

    -- What the tiers leave, and which one fits.
    ('P2.2 of 19, 99 and 499 USD a fifth is for cost, the rest stays', NULL, $$ plan, cost_budget, profit, credits FROM credits.tier_calculator() $$, 'starter 3.8 15.2 380; professional 19.8 79.2 1980; enterprise 99.8 399.2 9980'),
    ('P2.2 of a price that is thought of, at another margin', NULL, $$ cost_budget, profit, credits FROM credits.tier_calculator(49, 0.75) $$, '12.25 36.75 1225'),
    ('P2.2 net of the payment''s fee', NULL, $$ plan, fee, cost_budget, profit FROM credits.tier_calculator(net_of_fees => true) $$, 'starter 0.851 3.6298 14.5192; professional 3.171 19.1658 76.6632; enterprise 14.771 96.8458 387.3832'),
    ('P2.2 the tiers themselves keep 80 %', NULL, $$ plan, cost, margin, margin_pct, net_margin FROM credits.tier_margins WHERE price > 0 ORDER BY price $$, 'starter 3.8 15.2 80 14.349; professional 19.8 79.2 80 76.029; enterprise 99.8 399.2 80 384.429'),
    ('rae is on professional', '2026-02-01 00:00+00', $$ credits.open_account('rae', 'professional') AS o, (SELECT amount FROM credits.record_payment('rae', 'subscription', 99, 'invoice r1')) AS a $$, 'rae 1980'),
    ('P2.9 four million tokens', '2026-02-20 09:00+00', $$ public.calls('rae', 'anthropic', 'claude-3-sonnet', 500, 4000000, 0) $$, '500 1200 12'),
    ('P2.9 and half a million', NULL, $$ public.calls('rae', 'openai', 'gpt-4-turbo', 100, 425000, 75000) $$, '100 650 6.5'),
    ('P2.9 4.5 of 5 million tokens at nine tenths of the month', '2026-02-26 04:48+00', $$ public.used('rae') $$, '4500000 600 18.5'),
    ('P2.9 18.50 USD now, 20.55 for all of it: enterprise', NULL, $$ current_plan, current_spend, projected_spend, name, price FROM credits.recommend_plan('rae') $$, 'professional 18.5 20.55 Enterprise 499'),
    ('P2.9 why', NULL, $$ reason FROM credits.recommend_plan('rae') $$, 'the present plan does not carry what is used: cost 20.55 of 19.8 USD, credits 2,055.55 of 1,980'),
    ('P2.9 fred, who has used up what is free, is one for starter', NULL, $$ current_plan, recommended_plan FROM credits.recommend_plan('fred') $$, 'free starter'),
    -- Tiers, and which fits.
    ('P2.8 all tiers', NULL, $$ t ->> 'success' AS success, t ->> 'profitMargin' AS margin, (SELECT string_agg(k, ',' ORDER BY k) FROM jsonb_object_keys(t -> 'data') k) AS tiers FROM public.told('fred', 'tiers()') t $$, 'true 80% enterprise,free,professional,starter'),
    ('P2.8 starter', NULL, $$ t ->> 'name' AS name, t ->> 'price' AS price, t -> 'limits' ->> 'monthlyTokens' AS tokens, t -> 'limits' ->> 'monthlyRequests' AS requests, t -> 'limits' ->> 'maxTokensPerRequest' AS most,
        t -> 'margin' = '{"apiCostToYou": 3.80, "yourPrice": 19, "profitMargin": "80%"}' AS same FROM (SELECT public.told('fred', 'tiers()') #> '{data,starter}' AS t) s $$, 'Starter 19 500000 1000 4000 true'),
    ('P2.8 the others', NULL, $$ m -> 'margin' ->> 'apiCostToYou' AS cost, m -> 'margin' ->> 'yourPrice' AS price, m -> 'margin' ->> 'profitMargin' AS margin
        FROM unnest('{professional,enterprise}'::text[]) n, LATERAL (SELECT public.told('fred', format('tier_details(%L)', n)) -> 'data') t(m) $$, '19.8 99 80%; 99.8 499 80%'),
    ('P2.8 one''s own', NULL, $$ public.told('sue', 'current_tier()') -> 'data' ->> 'tier' AS tier,
        (public.told('sue', 'current_tier()') -> 'data') - '{tier,level,periodStart,periodEnd}'::text[] = public.told('fred', 'tiers()') #> '{data,starter}' AS same $$, 'starter true'),
    ('P2.8 what a checkout session needs', NULL, $$ u ->> 'price' AS price, u -> 'checkout' ->> 'mode' AS mode, u -> 'checkout' ->> 'client_reference_id' AS who, u #>> '{checkout,metadata,plan}' AS plan
        FROM (SELECT public.told('sue', 'upgrade(''professional'')') -> 'data' AS u) s $$, '99 subscription sue professional'),
    ('P2.8 or where it is', NULL, $$ public.told('sue', 'upgrade(''professional'', ''https://checkout.example/cs_1'')') = '{"success": true, "checkoutUrl": "https://checkout.example/cs_1"}' AS same $$, 'true'),
    ('nina subscribes', '2026-02-01 00:00+00', $$ credits.open_account('nina', 'professional') $$, 'nina'),
    ('and pays', NULL, $$ amount FROM credits.record_payment('nina', 'subscription', 99, 'invoice n1') $$, '1980'),
    ('P2.9 nine tenths of the month are over', '2026-02-26 04:48+00', $$ (credits.now() - period_start) / 0.9 = period_end - period_start AS so FROM credits.balance('nina') $$, 'true'),
    ('P2.9 4,300,000 tokens of claude-3-sonnet', NULL, $$ public.calls('nina', 'anthropic', 'claude-3-sonnet', 600, 4000000, 300000) $$, '600 1650 16.5'),
    ('P2.9 200,000 of gpt-4-turbo', NULL, $$ public.calls('nina', 'openai', 'gpt-4-turbo', 50, 200000, 0) $$, '50 200 2'),
    ('P2.9 18.50 by now are 20.55 at its end, and 5,000,000 tokens', NULL, $$ r - 'recommendedTier' = '{"currentTier": "professional", "currentSpend": 18.50, "projectedMonthlySpend": 20.55}' AS same,
        r #>> '{recommendedTier,name}' AS name, r #>> '{recommendedTier,price}' AS price, r #>> '{recommendedTier,limits,monthlyTokens}' AS tokens FROM public.told('nina', 'recommendations()') r $$, 'true Enterprise 499 50000000'),

    -- Options of plans, and prices that change.
    ('P2.12 roll-over and a yearly plan', NULL, $$ credits.configure('{"plans": {"professional": {"renewal": "rollover", "rollover": {"max": 500}}, "professional_yearly": {"price": "990", "interval": "1 year", "credits": "from_margin"}}}') -> 'warnings' $$, '[]'),
    ('P2.12 paul''s next month is paid', '2026-03-01 00:00+00', $$ amount FROM credits.record_payment('paul', 'subscription', 99, 'invoice p3') $$, '1980'),
    ('P2.12 500 of the unused 1517 came along', NULL, $$ balance FROM credits.balance('paul') $$, '2480'),
    ('yvo pays by the year', NULL, $$ credits.open_account('yvo', 'professional_yearly') $$, 'yvo'),
    ('P2.12 990 USD grant 19,800 at once', NULL, $$ amount FROM credits.record_payment('yvo', 'subscription', 990, 'invoice y1') $$, '19800'),
    ('P2.12 for a year', NULL, $$ period_start, period_end FROM credits.balance('yvo') $$, '2026-03-01T00:00:00+00:00 2027-03-01T00:00:00+00:00'),
    ('paul begins a call', '2026-03-14 23:59+00', $$ hold_no > 0 AS held, amount FROM credits.authorize('paul', provider => 'openai', model => 'gpt-4-turbo', usage => '{"input_tokens": 500, "output_tokens": 1000}', ttl => '5 minutes') $$, 'true 4'),
    ('P2.12 gpt-4-turbo gets cheaper on 15 March', NULL, $$ credits.configure('{"prices": [{"provider": "openai", "model": "gpt-4-turbo", "metric": "input_tokens", "price": "10", "per": 1000000, "to": "2026-03-15"},
        {"provider": "openai", "model": "gpt-4-turbo", "metric": "input_tokens", "price": "5", "per": 1000000, "from": "2026-03-15"}]}') -> 'warnings' $$, '[]'),
    ('P2.12 the call that runs keeps its price', '2026-03-15 00:01+00', $$ cost FROM credits.settle('paul', (SELECT max(hold_no) FROM credits.holds('paul')), usage => '{"input_tokens": 500, "output_tokens": 1000}') $$, '0.035'),
    ('P2.12 the next one has the new one', NULL, $$ cost FROM credits.deduct('paul', provider => 'openai', model => 'gpt-4-turbo', usage => '{"input_tokens": 500, "output_tokens": 1000}') $$, '0.0325'),
    ('P2.12 old calls cost what they did', NULL, $$ credits.cost('openai', 'gpt-4-turbo', '{"input_tokens": 500, "output_tokens": 1000}', at => '2026-03-14') $$, '0.035'),

    -- Payment events.
    ('the provider of payments', NULL, $$ credits.configure('{"stripe": {"webhook_secret": "whsec_test", "livemode": false, "prices": {"price_pro": "professional", "price_enterprise": "enterprise"}}}') -> 'warnings' $$, '[]'),
    ('kim comes', '2026-04-01 00:00+00', $$ credits.open_account('kim') $$, 'kim'),
    ('P2.10 a subscription is created', NULL, $$ public.send('evt_1', 'customer.subscription.created', public.kims('price_pro', '2026-04-01', '2026-05-01')) $$, 'processed'),
    ('P2.10 the plan is there, its credits are not', NULL, $$ plan, (SELECT count(*) FROM credits.lots('kim') WHERE category = 'paid') AS paid FROM credits.balance('kim') $$, 'professional 0'),
    ('P2.10 the invoice is paid', NULL, $$ public.send('evt_2', 'invoice.payment_succeeded', public.invoice('in_1', 9900, public.one_line('price_pro', 9900, '2026-04-01', '2026-05-01'), credits.now())) $$, 'processed'),
    ('P2.10 now they are', NULL, $$ sum(remaining) FROM credits.lots('kim') WHERE category = 'paid' $$, '1980'),
    ('P2.10 the same event again', NULL, $$ public.send('evt_2', 'invoice.payment_succeeded', public.invoice('in_1', 9900, public.one_line('price_pro', 9900, '2026-04-01', '2026-05-01'), credits.now())) $$, 'duplicate'),
    ('P2.10 another one of the same invoice', NULL, $$ public.send('evt_3', 'invoice.paid', public.invoice('in_1', 9900, public.one_line('price_pro', 9900, '2026-04-01', '2026-05-01'), credits.now())) $$, NULL),
    ('P2.10 grants once', NULL, $$ sum(remaining) FROM credits.lots('kim') WHERE category = 'paid' $$, '1980'),
    ('P2.10 one payment of 99 USD', NULL, $$ kind, amount FROM credits.revenue WHERE account_id = 'kim' $$, 'subscription 99'),
    ('P2.10 the next one fails', '2026-05-01 00:00+00', $$ public.send('evt_4', 'invoice.payment_failed', public.invoice('in_2', 9900, public.one_line('price_pro', 9900, '2026-05-01', '2026-06-01'), NULL)) $$, 'processed'),
    ('P2.10 dunning begins', NULL, $$ kind, name FROM credits.alerts WHERE account_id = 'kim' AND kind = 'licence' $$, 'licence grace'),
    ('P2.10 calls go on for a while', '2026-05-14 23:59+00', $$ public.ask('kim', 'openai', 'gpt-4-turbo', 500, 1000) $$, 'ok 200'),
    ('P2.10 for 14 days', '2026-05-15 00:00+00', $$ public.ask('kim', 'openai', 'gpt-4-turbo', 500, 1000) $$, 'licence_suspended 402'),
    ('P2.10 it is paid after all', '2026-05-16 00:00+00', $$ public.send('evt_5', 'invoice.payment_succeeded', public.invoice('in_2', 9900, public.one_line('price_pro', 9900, '2026-05-01', '2026-06-01'), credits.now())) $$, 'processed'),
    ('P2.10 and all is restored', NULL, $$ public.ask('kim', 'openai', 'gpt-4-turbo', 500, 1000) $$, 'ok 200'),
    ('P2.10 the subscription is updated', '2026-05-20 00:00+00', $$ public.send('evt_6', 'customer.subscription.updated', public.kims('price_enterprise', '2026-05-01', '2026-06-01')) $$, 'processed'),
    ('P2.10 to enterprise', NULL, $$ plan FROM credits.balance('kim') $$, 'enterprise'),
    ('P2.10 and deleted', '2026-05-25 00:00+00', $$ public.send('evt_7', 'customer.subscription.deleted', public.kims('price_enterprise', '2026-05-01', '2026-06-01', 'canceled')) $$, 'processed'),
    ('P2.10 kim is on free', NULL, $$ plan FROM credits.balance('kim') $$, 'free');

-- A month of 160 subscribers, all of whom use what their plan is meant to cost: 760,000, 3,960,000 and 19,960,000 tokens of gpt-4o.
INSERT INTO public.step (says, at, command, expected)
SELECT format('%s of %s', t.subscribers, t.plan), timestamptz '2027-06-10 09:00+00', format($$ count(credits.open_account(%1$L || n, %1$L)) FROM generate_series(1, %2$s) n $$, t.plan, t.subscribers), t.subscribers::text
FROM (VALUES ('starter', 100), ('professional', 50), ('enterprise', 10)) t(plan, subscribers);
INSERT INTO public.step (says, command, expected)
SELECT format('%s pay %s', t.plan, t.price), format($$ count(credits.record_payment(%1$L || n, 'subscription', %2$s, 'june ' || n)) FROM generate_series(1, %3$s) n $$, t.plan, t.price, t.subscribers), t.subscribers::text
FROM (VALUES ('starter', 100, 19), ('professional', 50, 99), ('enterprise', 10, 499)) t(plan, subscribers, price);
INSERT INTO public.step (says, command, expected)
SELECT format('%s use all', t.plan), format($$ sum(r.cost) FROM generate_series(1, %3$s) n, credits.record_cost(%1$L || n, 'openai', 'gpt-4o', '{"input_tokens": %2$s}') r $$, t.plan, t.tokens, t.subscribers), t.cost
FROM (VALUES ('starter', 100, 760000, '380'), ('professional', 50, 3960000, '990'), ('enterprise', 10, 19960000, '998')) t(plan, subscribers, tokens, cost);
INSERT INTO public.step (says, at, command, expected) VALUES
    ('half of it is rolled up', NULL, $$ credits.roll_up(300) $$, '300'),
    ('P2.11 100 + 50 + 10 subscribers: revenue 11,840, profit 9,472, cost 2,368', NULL, $$ revenue, profit, cost, margin_pct, paying_accounts FROM credits.monthly_profit WHERE month = '2027-06-01' $$, '11840 9472 2368 80 160'),
    ('P2.11 average revenue and cost of a user', NULL, $$ avg_revenue, avg_cost FROM credits.monthly_profit WHERE month = '2027-06-01' $$, '74 14.8'),
    ('P2.11 what taking the payments cost is beside it', NULL, $$ fee, net_profit FROM credits.monthly_profit WHERE month = '2027-06-01' $$, '391.36 9080.64'),
    ('P2.11 providers and models by use', NULL, $$ m.provider, m.model, m.tokens, m.cost, p.cost AS of_provider FROM credits.usage_by_model m JOIN credits.usage_by_provider p USING (month, provider) WHERE month = '2027-06-01' $$, 'openai gpt-4o 473600000 2368 2368'),
    ('pat pays 99 in July', '2027-07-01 09:00+00', $$ credits.open_account('pat', 'professional') a, (SELECT amount FROM credits.record_payment('pat', 'subscription', 99, 'july')) b $$, 'pat 1980'),
    ('pat uses 15.00', NULL, $$ cost FROM credits.record_cost('pat', 'openai', 'gpt-4o', '{"input_tokens": 3000000}') $$, '15'),
    ('P2.11 profit 84.00, 84.85 %', NULL, $$ revenue, cost, profit, round(profit / revenue * 100, 2) AS pct FROM credits.top_accounts WHERE account_id = 'pat' $$, '99 15 84 84.85');

CALL public.play();
SELECT public.tests();
SELECT is_empty('SELECT * FROM credits.verify()', 'verify() finds nothing');
SELECT * FROM finish();
