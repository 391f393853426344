-- How many accounts are on which restriction level: restriction_states added up, for readers that cannot add up.

CREATE OR REPLACE VIEW credits.restriction_levels WITH (security_invoker = true) AS
SELECT b.level, count(*) AS accounts
FROM credits.wallet w
CROSS JOIN LATERAL credits.visible_balance(w.account_id) b
GROUP BY b.level;
COMMENT ON VIEW credits.restriction_levels IS 'How many accounts are on each restriction level as of now. It looks at every account.';
COMMENT ON COLUMN credits.restriction_levels.level IS 'the level (no unit)';
COMMENT ON COLUMN credits.restriction_levels.accounts IS 'accounts that are on it (a count)';
