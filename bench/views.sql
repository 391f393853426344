-- How long the views of use and revenue take over a ledger of :rows calls of 100,000 accounts in 90 days, and how long
-- the ledger takes to be rolled up. The books are written straight into the tables, as calls would have left them.
\set accounts 100000
CREATE TABLE bench.figure (figure_no integer GENERATED ALWAYS AS IDENTITY, figure text, value numeric, unit text);
SELECT now() - interval '90 days' AS start, date_trunc('month', now() AT TIME ZONE 'UTC')::date AS this_month \gset
SELECT credits.create_ledger_partitions(:'start', 4) \g /dev/null
SELECT credits.configure('{"margin": "0.80", "guarantee": {"revenue": "19", "cost": "1", "profit": "18"}, "plans": {"basic": {"price": "19", "interval": "1 year", "grant_on": "payment", "credits": 0, "cost_budget": "40"}}}') \g /dev/null
SET pg_credits.now = :'start';
SELECT count(credits.open_account('a' || g, 'basic')) FROM generate_series(1, :accounts) g \g /dev/null
SELECT count(credits.grant('a' || g, 1000000)) FROM generate_series(1, :accounts) g \g /dev/null
RESET pg_credits.now;

-- In order of time, so an account's calls are as far apart as they would be.
INSERT INTO credits.ledger (account_id, entry_no, created_at, lot_no, kind, amount, balance, cost, action, provider, model, usage, member_id, plan, role_name)
SELECT 'a' || (1 + n % :accounts), n / :accounts + 2, :'start'::timestamptz + interval '1 second' + (interval '90 days' - interval '1 hour') * (n::float8 / :rows), 1, 'deduct', -1, 999999 - n / :accounts,
       (1 + n % 7) * 0.000123, (ARRAY['chat', 'summary', 'search', 'image', 'code'])[1 + n % 5], (ARRAY['openai', 'anthropic', 'google'])[1 + n % 3],
       (ARRAY['large', 'small', 'mini', 'flash'])[1 + n % 3 + n % 2], jsonb_build_object('input_tokens', 200 + n % 900, 'output_tokens', 50 + n % 400),
       'm' || (n / 3) % 2, 'basic', 'bench'
FROM generate_series(0, :rows::bigint - 1) n;
UPDATE credits.wallet w SET balance = w.balance - t.calls, current_remaining = w.current_remaining - t.calls, last_entry_no = 1 + t.calls, clock = t.latest,
    period_cost = t.cost, period_tokens = t.tokens, period_requests = t.calls
FROM (SELECT l.account_id, count(*) AS calls, max(l.created_at) AS latest, sum(l.cost::numeric) AS cost,
             sum((l.usage ->> 'input_tokens')::numeric + (l.usage ->> 'output_tokens')::numeric) AS tokens
      FROM credits.ledger l WHERE l.kind = 'deduct' GROUP BY 1) t
WHERE t.account_id = w.account_id;
INSERT INTO credits.revenue_entry (account_id, revenue_no, booked_at, occurred_at, kind, amount, fee, reference, role_name)
SELECT 'a' || (1 + n % :accounts), 1 + n / :accounts, m.moment, m.moment, 'subscription', 19, 0.851, 'payment ' || n, 'bench'
FROM generate_series(0, :accounts * 3 - 1) n, LATERAL (SELECT :'start'::timestamptz + (interval '90 days' - interval '1 hour') * (n::float8 / (:accounts * 3)) AS moment) m;
VACUUM ANALYZE;

-- What views take before anything is rolled up is what they took without roll-ups.
CREATE FUNCTION bench.best_of(times integer, query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    began timestamptz;
    best  numeric;
BEGIN
    FOR n IN 1 .. times LOOP
        began := clock_timestamp();
        EXECUTE query;
        best := least(best, extract(epoch FROM clock_timestamp() - began) * 1000);
    END LOOP;
    RETURN best;
END $$;
INSERT INTO bench.figure (figure, value, unit) SELECT 'daily_stats before anything is rolled up', bench.best_of(1, 'SELECT count(v) FROM (SELECT * FROM credits.daily_stats OFFSET 0) v'), 'ms';

CREATE PROCEDURE bench.roll_up(title text) LANGUAGE plpgsql AS $$
DECLARE
    began  timestamptz := clock_timestamp();
    rolled bigint;
    total  bigint := 0;
    passes integer := 0;
BEGIN
    LOOP
        rolled := credits.roll_up();
        COMMIT;
        total := total + rolled;
        passes := passes + 1;
        EXIT WHEN rolled = 0;
    END LOOP;
    INSERT INTO bench.figure (figure, value, unit) VALUES (format('%s: %s entries in %s passes', title, total, passes), extract(epoch FROM clock_timestamp() - began), 's');
END $$;
CALL bench.roll_up('first roll-up');
VACUUM ANALYZE;
INSERT INTO bench.figure (figure, value, unit) SELECT 'roll-ups, with indexes', sum(pg_total_relation_size(c.oid)) / 1048576.0, 'MiB' FROM pg_class c WHERE c.relname LIKE 'rollup\_%' AND c.relkind = 'r';
INSERT INTO bench.figure (figure, value, unit) SELECT 'ledger, with indexes', sum(pg_total_relation_size(t.relid)) / 1048576.0, 'MiB' FROM pg_partition_tree('credits.ledger') t;

CREATE TABLE bench.query (no integer GENERATED ALWAYS AS IDENTITY, title text, query text);
INSERT INTO bench.query (title, query)
SELECT v, format('SELECT * FROM credits.%I', v)
FROM unnest('{usage_by_provider,usage_by_model,usage_by_action,action_costs,platform_usage,hourly_stats,daily_stats,monthly_profit,margin_health,top_accounts,power_users,restriction_levels,platform_status}'::text[]) v;
INSERT INTO bench.query (title, query) VALUES
    ('profit_guarantee of this month', format('SELECT * FROM credits.profit_guarantee WHERE month = %L', :'this_month')),
    ('profit_guarantee of an account', 'SELECT * FROM credits.profit_guarantee WHERE account_id = ''a77''');
INSERT INTO bench.query (title, query)
SELECT v || ' of an account', format('SELECT * FROM credits.%I WHERE account_id = %L', v, 'a77') FROM unnest('{account_usage,usage_by_account,usage_by_member}'::text[]) v
UNION ALL
SELECT v || ' of an account, its latest 50', format('SELECT * FROM credits.%I WHERE %I = %L ORDER BY created_at DESC LIMIT 50', v, c, 'a77')
FROM (VALUES ('api_costs', 'account_id'), ('token_transactions', 'user_id'), ('ai_token_usage_log', 'org_id')) r(v, c);
INSERT INTO bench.figure (figure, value, unit) SELECT q.title, bench.best_of(5, format('SELECT count(v) FROM (%s OFFSET 0) v', q.query)), 'ms' FROM bench.query q ORDER BY q.no;

-- Then as calls go on: so many that nobody has rolled up yet, and how long it takes to do so.
SELECT count(credits.deduct('a' || (1 + g % :accounts), 1, provider => 'openai', model => 'large', action => 'chat', member_id => 'm1', idempotency_key => 'tail ' || g))
FROM generate_series(1, 10000) g \g /dev/null
INSERT INTO bench.figure (figure, value, unit)
SELECT q.title || ', with 10,000 more calls', bench.best_of(5, format('SELECT count(v) FROM (%s OFFSET 0) v', q.query)), 'ms' FROM bench.query q WHERE q.title IN ('daily_stats', 'usage_by_model', 'monthly_profit', 'top_accounts', 'profit_guarantee of this month') ORDER BY q.no;
CALL bench.roll_up('rolled up after 10,000 calls');
INSERT INTO bench.figure (figure, value, unit) SELECT 'daily_stats after it', bench.best_of(5, 'SELECT count(v) FROM (SELECT * FROM credits.daily_stats OFFSET 0) v'), 'ms';
SELECT figure, round(value, 1) AS value, unit FROM bench.figure ORDER BY figure_no;
