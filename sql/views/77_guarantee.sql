-- The configured guarantee, by account and month: roll-ups, and what is not in them yet.

CREATE OR REPLACE VIEW credits.profit_guarantee WITH (security_invoker = true) AS
WITH bound AS (
    -- Months are those by which was last rolled up: after a change of the time zone the next roll-up tells all of them from anew.
    SELECT coalesce(s.time_zone, p.time_zone) AS time_zone, (g.value ->> 'revenue')::numeric AS least_revenue, (g.value ->> 'cost')::numeric AS most_cost, (g.value ->> 'profit')::numeric AS least_profit
    FROM credits.platform p CROSS JOIN credits.rollup_state s JOIN credits.setting g ON g.key = 'guarantee'
), entry AS MATERIALIZED (
    SELECT t.account_id, date_trunc('month', t.effective_at AT TIME ZONE b.time_zone)::date AS month, t.effective_at, t.cost FROM bound b, credits.unrolled_usage() t WHERE t.cost <> 0
), income AS MATERIALIZED (
    SELECT i.account_id, i.month, i.revenue, i.fees, least(i.first_revenue_at, r.first_revenue_at) AS first_revenue_at,
           r.account_id IS NULL OR i.first_revenue_at < coalesce(r.first_revenue_at, 'infinity') AS is_first
    FROM (SELECT t.account_id, date_trunc('month', t.occurred_at AT TIME ZONE b.time_zone)::date AS month, sum(t.revenue) AS revenue, sum(t.fee) AS fees,
                 min(t.occurred_at) FILTER (WHERE t.revenue > 0) AS first_revenue_at
          FROM bound b, credits.unrolled_revenue() t GROUP BY 1, 2) i
    LEFT JOIN credits.rollup_income r ON r.account_id = i.account_id AND r.month = i.month
), spent AS (
    SELECT e.account_id, e.month, sum(e.cost) AS cost, sum(e.cost) FILTER (WHERE e.effective_at < r.first_revenue_at) AS cost_before
    FROM entry e JOIN credits.rollup_income r ON r.account_id = e.account_id AND r.month = e.month GROUP BY 1, 2
), tail AS (
    SELECT coalesce(i.account_id, s.account_id) AS account_id, coalesce(i.month, s.month) AS month, coalesce(i.revenue, 0) AS revenue, coalesce(i.fees, 0) AS fees,
           coalesce(s.cost, 0) AS cost, coalesce(s.cost_before, 0) AS cost_before, coalesce(i.is_first, false) AS is_first
    FROM income i FULL JOIN spent s ON s.account_id = i.account_id AND s.month = i.month
), month AS (
    SELECT r.account_id, r.month, r.revenue::numeric + coalesce(t.revenue, 0) AS revenue, r.fee::numeric + coalesce(t.fees, 0) AS fees,
           r.cost::numeric + coalesce(t.cost, 0) AS cost, r.cost_before::numeric + coalesce(t.cost_before, 0) AS cost_before
    FROM credits.rollup_income r LEFT JOIN tail t ON t.account_id = r.account_id AND t.month = r.month
    WHERE t.is_first IS NOT TRUE
    UNION ALL
    -- Revenue that is not rolled up may be the month's first. Where the month's entries are no longer in the ledger, what they came to stays.
    SELECT i.account_id, i.month, i.revenue + coalesce(r.revenue::numeric, 0), i.fees + coalesce(r.fee::numeric, 0),
           CASE WHEN c.cost >= coalesce(r.cost::numeric, 0) THEN c.cost ELSE r.cost::numeric END, CASE WHEN c.cost >= coalesce(r.cost::numeric, 0) THEN c.cost_before ELSE r.cost_before::numeric END
    FROM bound b CROSS JOIN income i LEFT JOIN credits.rollup_income r ON r.account_id = i.account_id AND r.month = i.month
    CROSS JOIN LATERAL credits.month_cost(i.account_id, i.month, b.time_zone, i.first_revenue_at, 9223372036854775807) c
    WHERE i.is_first
), paid AS (
    SELECT m.account_id, m.month, m.revenue, m.cost + m.fees AS cost, least(m.cost_before, coalesce(n.cover, 0)) AS acquisition_cost
    FROM month m LEFT JOIN (SELECT w.account_id, n.cover::numeric AS cover FROM credits.wallet w JOIN credits.plan n ON n.plan = w.plan AND n.cover::numeric > 0) n ON n.account_id = m.account_id
    WHERE m.revenue > 0
)
SELECT p.account_id, p.month, p.revenue, f.cost, f.profit, f.acquisition_cost,
       greatest(0, b.least_revenue - p.revenue) AS revenue_short, greatest(0, f.cost - b.most_cost) AS cost_over, greatest(0, b.least_profit - f.profit) AS profit_short, f.profit >= b.least_profit AS met
FROM bound b CROSS JOIN paid p
-- OFFSET keeps what stands in several columns from being worked out for each.
CROSS JOIN LATERAL (SELECT a.acquisition_cost, a.cost, p.revenue - a.cost AS profit
                    FROM (SELECT x.acquisition_cost, p.cost - x.acquisition_cost AS cost FROM (SELECT p.acquisition_cost) x OFFSET 0) a OFFSET 0) f;
COMMENT ON VIEW credits.profit_guarantee IS 'The configured guarantee, by account that has paid and calendar month of the platform''s time zone: a row for each month with revenue; none where no guarantee is configured. The ladder stops calls before it breaks; this shows what came of it.';
COMMENT ON COLUMN credits.profit_guarantee.account_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.profit_guarantee.month IS 'first day of the month, in the platform''s time zone';
COMMENT ON COLUMN credits.profit_guarantee.revenue IS 'USD of revenue in it, refunds taken off';
COMMENT ON COLUMN credits.profit_guarantee.cost IS 'USD of provider cost and payment fees, without what the cover paid';
COMMENT ON COLUMN credits.profit_guarantee.profit IS 'revenue - cost, USD';
COMMENT ON COLUMN credits.profit_guarantee.acquisition_cost IS 'USD of cost before the month''s first revenue that the plan''s cover paid';
COMMENT ON COLUMN credits.profit_guarantee.revenue_short IS 'USD of revenue that the guarantee asks for beyond this';
COMMENT ON COLUMN credits.profit_guarantee.cost_over IS 'USD of cost above what the guarantee allows';
COMMENT ON COLUMN credits.profit_guarantee.profit_short IS 'USD of profit that the guarantee asks for beyond this';
COMMENT ON COLUMN credits.profit_guarantee.met IS 'whether the profit is what the guarantee asks for (no unit)';
