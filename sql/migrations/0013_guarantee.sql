-- The profit guarantee by account and month without a look at the ledger.

ALTER TABLE credits.rollup_income ADD COLUMN first_revenue_at timestamptz, ADD COLUMN cost credits.usd_amount NOT NULL DEFAULT 0, ADD COLUMN cost_before credits.usd_amount NOT NULL DEFAULT 0;
CREATE INDEX rollup_income_month ON credits.rollup_income (month);
COMMENT ON TABLE credits.rollup_income IS 'Revenue of accounts by month of the platform''s time zone, and what the account cost in it.';
COMMENT ON COLUMN credits.rollup_income.first_revenue_at IS 'when the month''s first revenue above zero came; null: there is none';
COMMENT ON COLUMN credits.rollup_income.cost IS 'USD that providers charge for calls in the month, of entries that are in the roll-ups';
COMMENT ON COLUMN credits.rollup_income.cost_before IS 'USD of cost from before first_revenue_at';

UPDATE credits.rollup_income i SET first_revenue_at = n.first_revenue_at, cost = n.cost, cost_before = n.cost_before
FROM (SELECT r.account_id, r.month, f.first_revenue_at, coalesce(sum(l.cost::numeric), 0) AS cost,
             coalesce(sum(l.cost::numeric) FILTER (WHERE coalesce(l.effective_at, l.created_at) < f.first_revenue_at), 0) AS cost_before
      FROM credits.platform p CROSS JOIN credits.rollup_income r JOIN credits.rollup_mark m ON m.account_id = r.account_id
      CROSS JOIN LATERAL (SELECT min(e.occurred_at) AS first_revenue_at FROM credits.revenue_entry e
                          WHERE e.account_id = r.account_id AND e.revenue_no <= m.revenue_no AND e.amount::numeric > 0
                            AND date_trunc('month', e.occurred_at AT TIME ZONE p.time_zone)::date = r.month) f
      LEFT JOIN credits.ledger l ON l.account_id = r.account_id AND l.entry_no <= m.entry_no AND l.cost IS NOT NULL
                                AND date_trunc('month', coalesce(l.effective_at, l.created_at) AT TIME ZONE p.time_zone)::date = r.month
      GROUP BY 1, 2, 3) n
WHERE n.account_id = i.account_id AND n.month = i.month;
