-- Accounts by what they use: of every month, the most expensive of this one, and who is near the end of what they have.

CREATE OR REPLACE VIEW credits.usage_by_account WITH (security_invoker = true) AS
SELECT u.account_id, u.month, sum(u.requests)::bigint AS requests, sum(u.records)::bigint AS records, sum(u.input_tokens + u.output_tokens) AS tokens,
       sum(u.input_tokens) AS input_tokens, sum(u.output_tokens) AS output_tokens, sum(u.credits) AS credits, sum(u.refunded) AS refunded, sum(u.cost) AS cost, sum(u.overage) AS overage
FROM (SELECT r.account_id, r.month, r.requests, r.records, r.input_tokens, r.output_tokens,
             r.credits::numeric AS credits, r.refunded::numeric AS refunded, r.cost::numeric AS cost, r.overage::numeric AS overage
      FROM credits.rollup_account r
      UNION ALL
      SELECT t.account_id, t.month, t.requests, t.records, t.input_tokens, t.output_tokens, t.credits, t.refunded, t.cost, t.overage
      FROM credits.unrolled_usage() t) u
GROUP BY u.account_id, u.month;
COMMENT ON VIEW credits.usage_by_account IS 'Use of each account by month of its own time zone.';
COMMENT ON COLUMN credits.usage_by_account.account_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.usage_by_account.month IS 'first day of the month, in the account''s time zone';
COMMENT ON COLUMN credits.usage_by_account.requests IS 'calls that were charged, also with nothing (a count)';
COMMENT ON COLUMN credits.usage_by_account.records IS 'costs recorded without a charge (a count)';
COMMENT ON COLUMN credits.usage_by_account.tokens IS 'tokens of all pools (a count)';
COMMENT ON COLUMN credits.usage_by_account.input_tokens IS 'tokens read (a count)';
COMMENT ON COLUMN credits.usage_by_account.output_tokens IS 'tokens written, reasoning included (a count)';
COMMENT ON COLUMN credits.usage_by_account.credits IS 'credits charged';
COMMENT ON COLUMN credits.usage_by_account.refunded IS 'credits given back';
COMMENT ON COLUMN credits.usage_by_account.cost IS 'USD that providers charge';
COMMENT ON COLUMN credits.usage_by_account.overage IS 'USD owed beside credits';

CREATE OR REPLACE VIEW credits.top_accounts WITH (security_invoker = true) AS
WITH this AS (
    SELECT date_trunc('month', credits.now() AT TIME ZONE p.time_zone)::date AS month, p.time_zone FROM credits.platform p
), entry AS MATERIALIZED (
    SELECT t.account_id, sum(t.requests)::bigint AS requests, sum(t.input_tokens + t.output_tokens) AS tokens, sum(t.credits - t.refunded) AS credits, sum(t.cost) AS cost
    FROM this, credits.unrolled_usage() t WHERE t.month = this.month GROUP BY 1
), candidate AS (
    -- Costs only grow: who is among the first is so in the roll-up, or has entries that are not in it.
    (SELECT r.account_id FROM credits.rollup_account r WHERE r.month = (SELECT this.month FROM this) ORDER BY r.cost DESC, r.account_id LIMIT 100)
    UNION
    SELECT e.account_id FROM entry e
), used AS (
    SELECT u.account_id, sum(u.requests)::bigint AS requests, sum(u.tokens) AS tokens, sum(u.credits) AS credits, sum(u.cost) AS cost
    FROM (SELECT r.account_id, r.requests, r.input_tokens + r.output_tokens AS tokens, r.credits::numeric - r.refunded::numeric AS credits, r.cost::numeric AS cost
          FROM credits.rollup_account r WHERE r.month = (SELECT this.month FROM this) AND r.account_id IN (SELECT c.account_id FROM candidate c)
          UNION ALL
          SELECT e.account_id, e.requests, e.tokens, e.credits, e.cost FROM entry e) u
    GROUP BY 1 ORDER BY 5 DESC, 1 LIMIT 100
), income AS (
    SELECT t.account_id, sum(t.revenue) AS revenue
    FROM this, credits.unrolled_revenue() t WHERE date_trunc('month', t.occurred_at AT TIME ZONE this.time_zone)::date = this.month GROUP BY 1
)
SELECT rank() OVER (ORDER BY u.cost DESC) AS rank, u.account_id, w.plan, this.month, u.requests, u.tokens, u.credits, u.cost,
       coalesce(n.revenue::numeric, 0) + coalesce(i.revenue, 0) AS revenue, coalesce(n.revenue::numeric, 0) + coalesce(i.revenue, 0) - u.cost AS profit
FROM used u CROSS JOIN this
LEFT JOIN credits.wallet w ON w.account_id = u.account_id
LEFT JOIN credits.rollup_income n ON n.account_id = u.account_id AND n.month = this.month
LEFT JOIN income i ON i.account_id = u.account_id
ORDER BY 1, 2;
COMMENT ON VIEW credits.top_accounts IS 'The hundred accounts that cost most this month.';
COMMENT ON COLUMN credits.top_accounts.rank IS 'place by cost, from 1; the same cost shares a place (a count)';
COMMENT ON COLUMN credits.top_accounts.account_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.top_accounts.plan IS 'its plan now (no unit); null: none';
COMMENT ON COLUMN credits.top_accounts.month IS 'first day of the month that it is now in the platform''s time zone';
COMMENT ON COLUMN credits.top_accounts.requests IS 'calls of that month, as its days are in the account''s time zone (a count)';
COMMENT ON COLUMN credits.top_accounts.tokens IS 'tokens of all pools (a count)';
COMMENT ON COLUMN credits.top_accounts.credits IS 'credits charged, less those given back';
COMMENT ON COLUMN credits.top_accounts.cost IS 'USD that providers charge';
COMMENT ON COLUMN credits.top_accounts.revenue IS 'USD of revenue of that month, as its days are in the platform''s time zone';
COMMENT ON COLUMN credits.top_accounts.profit IS 'revenue - cost, USD';

CREATE OR REPLACE VIEW credits.power_users WITH (security_invoker = true) AS
SELECT u.account_id, u.plan, u.period_start, u.period_end, u.granted, u.used, round(u.used / nullif(u.granted, 0) * 100, 2) AS used_pct,
       u.requests, u.tokens, u.cost, u.cost_budget, round(u.cost / nullif(u.cost_budget, 0) * 100, 2) AS cost_pct
FROM (SELECT w.account_id, w.plan, w.period_start, w.period_end, w.granted::numeric AS granted, w.granted::numeric - w.balance::numeric AS used,
             w.period_requests AS requests, w.period_tokens AS tokens, w.period_cost::numeric AS cost, n.cost_budget::numeric AS cost_budget
      FROM credits.wallet w LEFT JOIN credits.plan n ON n.plan = w.plan
      WHERE w.next_event_at > (SELECT credits.now())
      UNION ALL
      -- Something is due: the wallet is not what the account has.
      SELECT w.account_id, b.plan, b.period_start, b.period_end, b.granted, b.used,
             CASE WHEN b.period_start > w.period_start THEN 0 ELSE w.period_requests END, CASE WHEN b.period_start > w.period_start THEN 0 ELSE w.period_tokens END,
             CASE WHEN b.period_start > w.period_start THEN 0 ELSE w.period_cost::numeric END, n.cost_budget::numeric
      FROM credits.wallet w CROSS JOIN LATERAL credits.balance(w.account_id) b LEFT JOIN credits.plan n ON n.plan = b.plan
      WHERE w.next_event_at <= (SELECT credits.now())) u
WHERE u.used > 0 AND u.used >= u.granted * 0.8 OR u.cost > 0 AND u.cost >= u.cost_budget * 0.8;
COMMENT ON VIEW credits.power_users IS 'Accounts that have used four fifths of what the period gave them, or of their plan''s cost budget.';
COMMENT ON COLUMN credits.power_users.account_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.power_users.plan IS 'its plan (no unit); null: none';
COMMENT ON COLUMN credits.power_users.period_start IS 'start of its period';
COMMENT ON COLUMN credits.power_users.period_end IS 'end of its period';
COMMENT ON COLUMN credits.power_users.granted IS 'credits that the period opened with and was granted';
COMMENT ON COLUMN credits.power_users.used IS 'credits that it has used of them';
COMMENT ON COLUMN credits.power_users.used_pct IS 'used of granted, percent; null: nothing was granted';
COMMENT ON COLUMN credits.power_users.requests IS 'calls let through in the period (a count)';
COMMENT ON COLUMN credits.power_users.tokens IS 'tokens of the period (a count)';
COMMENT ON COLUMN credits.power_users.cost IS 'USD that providers charge for the period''s calls';
COMMENT ON COLUMN credits.power_users.cost_budget IS 'USD of cost that the plan''s period is meant to take; null: none';
COMMENT ON COLUMN credits.power_users.cost_pct IS 'cost of cost_budget, percent; null: no budget';
