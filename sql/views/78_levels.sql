-- How many accounts are on which restriction level: restriction_states added up, for readers that cannot add up.

CREATE OR REPLACE VIEW credits.restriction_levels WITH (security_invoker = true) AS
SELECT l.level, count(*) AS accounts
FROM (SELECT coalesce(CASE WHEN w.next_event_at > (SELECT credits.now()) THEN credits.level_of_totals(w.plan COLLATE "default", w.balance::numeric < 0, w.period_cost::numeric, w.period_revenue::numeric, w.period_covered::numeric) END,
                      (SELECT b.level FROM credits.visible_balance(w.account_id) b)) AS level
      FROM credits.wallet w) l
GROUP BY l.level;
COMMENT ON VIEW credits.restriction_levels IS 'How many accounts are on each restriction level as of now. It looks at every account.';
COMMENT ON COLUMN credits.restriction_levels.level IS 'the level (no unit)';
COMMENT ON COLUMN credits.restriction_levels.accounts IS 'accounts that are on it (a count)';
