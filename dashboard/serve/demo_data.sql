-- What the dashboard's demo shows: six weeks of a small business with the preset margin_tiers, up to now, by the extension's clock. Needs a fresh
-- database with the extension and its tables, and a superuser, who alone may set the clock.
\set ON_ERROR_STOP on
SET client_min_messages = warning;

SELECT credits.load_preset('margin_tiers') IS NOT NULL AS loaded \g /dev/null
SELECT credits.configure('{
  "brake":     {"hour": {"warn": 6, "stop": 12}, "day": {"warn": 40, "stop": 60}, "min_margin": "0.20"},
  "guarantee": {"revenue": "19", "cost": "4.5", "profit": "14"},
  "ladder":    [{"level": "reduced_quality", "at": 50, "of": "cost_budget"}, {"level": "payment_required", "at": 100, "of": "cost_budget", "allow": []}],
  "plans":     {"free": {"cost_budget": "1"}},
  "limits":    [{"name": "burst", "scope": "account", "metric": "credits", "window": "sliding 1 hour", "limit": 90, "effect": "flag:fraud"}],
  "actions":   {"chat": {}, "summary": {}, "write_code": {}, "search": {}}}') IS NOT NULL AS configured \g /dev/null

CREATE TEMP TABLE present AS SELECT credits.now() AS ends;

CREATE TEMP TABLE shop AS
SELECT format('%s-%s', (ARRAY['acorn','birch','cedar','delta','ember','fjord','grove','harbor'])[1 + i % 8], to_char(i, 'FM00')) AS account_id, p.plan, p.price,
       CASE WHEN i % 9 = 6 THEN 8 WHEN p.plan = 'enterprise' THEN 6 WHEN p.plan = 'professional' THEN 4 ELSE 2 END AS eagerness,
       date_trunc('hour', credits.now()) - interval '42 days' + i * interval '31 hours' AS opened_at
FROM generate_series(0, 25) i,
     LATERAL (SELECT CASE WHEN i % 13 = 4 THEN 'enterprise' WHEN i % 3 = 1 THEN 'professional' WHEN i % 7 = 0 THEN 'free' ELSE 'starter' END) n(plan),
     LATERAL (VALUES ('free', 0), ('starter', 19), ('professional', 99), ('enterprise', 499)) p(plan, price)
WHERE p.plan = n.plan;

-- Who calls what: only what the plan has.
CREATE TEMP TABLE offer (plan text, provider text, model text, tokens int, often int);
INSERT INTO offer VALUES
  ('free', 'openai', 'gpt-3.5-turbo', 2500, 1),
  ('starter', 'openai', 'gpt-3.5-turbo', 3900, 2), ('starter', 'anthropic', 'claude-3-haiku', 3900, 3),
  ('professional', 'openai', 'gpt-4-turbo', 7800, 3), ('professional', 'anthropic', 'claude-3-sonnet', 7800, 3), ('professional', 'google', 'gemini-1.5-pro', 7800, 2),
  ('enterprise', 'openai', 'gpt-4o', 30000, 5), ('enterprise', 'anthropic', 'claude-3-opus', 9000, 2), ('enterprise', 'bedrock', 'claude-sonnet', 28000, 2),
  ('enterprise', 'google', 'gemini-2.0-flash', 30000, 3), ('enterprise', 'huggingface', 'text-generation', 900, 1);

CREATE PROCEDURE pg_temp.pay(at timestamptz) LANGUAGE plpgsql AS $$
DECLARE
    s record;
BEGIN
    FOR s IN SELECT * FROM shop WHERE opened_at = at LOOP
        PERFORM credits.open_account(s.account_id, s.plan);
    END LOOP;
    FOR s IN SELECT * FROM shop WHERE price > 0 AND (opened_at = at OR opened_at + interval '1 month' = at) LOOP
        PERFORM credits.record_payment(s.account_id, 'subscription', s.price, format('%s %s', s.account_id, at), fee => round(s.price * 0.029 + 0.30, 2));
    END LOOP;
END $$;

CREATE PROCEDURE pg_temp.call(account text, model_plan text) LANGUAGE plpgsql AS $$
DECLARE
    o      record;
    used   jsonb;
    action text := (ARRAY['chat', 'chat', 'summary', 'write_code', 'search'])[1 + floor(random() * 5)::int];
    input  int;
    output int;
BEGIN
    SELECT * INTO o FROM offer WHERE plan = model_plan ORDER BY random() / often LIMIT 1;
    input := o.tokens * (0.1 + 0.6 * random());
    output := o.tokens * (0.05 + 0.25 * random());
    used := jsonb_build_object('input_tokens', input, 'output_tokens', output);
    PERFORM credits.settle(account, d.hold_no, used)
    FROM credits.authorize(account, action => action, provider => o.provider, model => o.model, usage => used, member_id => 'web') d WHERE d.allowed;
END $$;

-- More by day than by night, and less on weekends.
CREATE PROCEDURE pg_temp.work(at timestamptz) LANGUAGE plpgsql AS $$
DECLARE
    calls int := 1 + (28 * (1 + sin((extract(hour FROM at) - 9) / 24 * 2 * pi())) * CASE WHEN extract(isodow FROM at) > 5 THEN 0.5 ELSE 1 END * random())::int;
    s     record;
BEGIN
    FOR g IN 1 .. calls LOOP
        SELECT * INTO s FROM shop WHERE opened_at <= at ORDER BY random() / eagerness LIMIT 1;
        CALL pg_temp.call(s.account_id, s.plan);
    END LOOP;
    -- These three use more than they pay for.
    FOR s IN SELECT * FROM shop, (VALUES ('grove-22', 7), ('ember-20', 13), ('harbor-23', 30)) h(busy, times)
             WHERE account_id = busy AND at > (SELECT ends - interval '30 hours' FROM present) LOOP
        FOR g IN 1 .. s.times LOOP
            CALL pg_temp.call(s.account_id, s.plan);
        END LOOP;
    END LOOP;
END $$;

DO $$
DECLARE
    at timestamptz;
BEGIN
    PERFORM setseed(0.42);
    FOR at IN SELECT generate_series(date_trunc('hour', credits.now()) - interval '42 days', credits.now() - interval '1 minute', '1 hour') LOOP
        PERFORM set_config('pg_credits.now', at::text, true);
        CALL pg_temp.pay(at);
        CALL pg_temp.work(at);
    END LOOP;
END $$;

SELECT credits.maintain() IS NOT NULL AS maintained \g /dev/null

-- So that the planner knows the tables that have just been filled.
ANALYZE;
