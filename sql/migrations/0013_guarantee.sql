-- The profit guarantee by account and month without a look at the ledger.

ALTER TABLE credits.rollup_income ADD COLUMN first_revenue_at timestamptz, ADD COLUMN cost credits.usd_amount NOT NULL DEFAULT 0, ADD COLUMN cost_before credits.usd_amount NOT NULL DEFAULT 0;
CREATE INDEX rollup_income_month ON credits.rollup_income (month);
COMMENT ON TABLE credits.rollup_income IS 'Revenue of accounts by month of the platform''s time zone, and what the account cost in it.';
COMMENT ON COLUMN credits.rollup_income.first_revenue_at IS 'when the month''s first revenue above zero came; null: there is none';
COMMENT ON COLUMN credits.rollup_income.cost IS 'USD that providers charge for calls in the month, of entries that are in the roll-ups';
COMMENT ON COLUMN credits.rollup_income.cost_before IS 'USD of cost from before first_revenue_at';

-- What is rolled up, told from anew by the months of the time zone by which was last rolled up.
DELETE FROM credits.rollup_income;
DELETE FROM credits.rollup_payers;
WITH zone AS (
    SELECT coalesce(s.time_zone, p.time_zone) AS name FROM credits.platform p, credits.rollup_state s
), income AS (
    SELECT r.account_id, date_trunc('month', r.occurred_at AT TIME ZONE z.name)::date AS month, m.entry_no, sum(r.amount::numeric) AS revenue, sum(r.fee::numeric) AS fee,
           sum(r.promotion_cost::numeric) AS promotion_cost, min(r.occurred_at) FILTER (WHERE r.amount::numeric > 0) AS first_revenue_at
    FROM zone z, credits.revenue_entry r JOIN credits.rollup_mark m ON m.account_id = r.account_id AND r.revenue_no <= m.revenue_no GROUP BY 1, 2, 3
)
INSERT INTO credits.rollup_income (account_id, month, revenue, fee, promotion_cost, first_revenue_at, cost, cost_before)
SELECT i.account_id, i.month, i.revenue, i.fee, i.promotion_cost, i.first_revenue_at, coalesce(sum(l.cost::numeric), 0),
       coalesce(sum(l.cost::numeric) FILTER (WHERE coalesce(l.effective_at, l.created_at) < i.first_revenue_at), 0)
FROM zone z CROSS JOIN income i
LEFT JOIN credits.ledger l ON l.account_id = i.account_id AND l.entry_no <= i.entry_no AND l.cost IS NOT NULL
                          AND date_trunc('month', coalesce(l.effective_at, l.created_at) AT TIME ZONE z.name)::date = i.month
GROUP BY i.account_id, i.month, i.revenue, i.fee, i.promotion_cost, i.first_revenue_at;
INSERT INTO credits.rollup_payers (month, accounts) SELECT i.month, count(*) FILTER (WHERE i.revenue > 0) FROM credits.rollup_income i GROUP BY 1;
COMMENT ON COLUMN credits.rollup_state.zone_changed IS 'it was another one before: days and hours rolled up until then keep their bounds';
