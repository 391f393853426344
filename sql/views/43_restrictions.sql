-- Restriction levels: what they are now, and how they changed.

CREATE OR REPLACE VIEW credits.restriction_events WITH (security_invoker = true) AS
SELECT e.account_id, e.event_no, e.changed_at, e.from_level, e.to_level, e.cause, e.role_name
FROM credits.restriction_event e;
COMMENT ON VIEW credits.restriction_events IS 'Every change of an account''s restriction level, by calls, by time, by payments and by hand.';
COMMENT ON COLUMN credits.restriction_events.account_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.restriction_events.event_no IS 'number within the account, from 1 (a count)';
COMMENT ON COLUMN credits.restriction_events.changed_at IS 'time of the change';
COMMENT ON COLUMN credits.restriction_events.from_level IS 'level before (no unit)';
COMMENT ON COLUMN credits.restriction_events.to_level IS 'level from then on (no unit)';
COMMENT ON COLUMN credits.restriction_events.cause IS 'what put the account on the level: cost_budget, the name of a limit, degrade, debt; lifted where it came back to normal (no unit)';
COMMENT ON COLUMN credits.restriction_events.role_name IS 'database role whose call or update brought it about (no unit)';

CREATE OR REPLACE VIEW credits.restriction_states WITH (security_invoker = true) AS
SELECT w.account_id, w.plan, b.level, e.changed_at AS since, e.cause,
       w.period_cost::numeric AS cost, w.held_cost::numeric AS held_cost,
       w.period_revenue::numeric AS revenue, w.period_covered::numeric AS covered
FROM credits.wallet w
CROSS JOIN LATERAL credits.visible_balance(w.account_id) b
LEFT JOIN LATERAL (
    SELECT r.changed_at, r.to_level, r.cause FROM credits.restriction_event r
    WHERE r.account_id = w.account_id ORDER BY r.event_no DESC LIMIT 1
) e ON e.to_level = b.level;
COMMENT ON VIEW credits.restriction_states IS 'The restriction level of each account as of now, and what it rests on.';
COMMENT ON COLUMN credits.restriction_states.account_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.restriction_states.plan IS 'its plan (no unit); null: none';
COMMENT ON COLUMN credits.restriction_states.level IS 'its level now (no unit)';
COMMENT ON COLUMN credits.restriction_states.since IS 'time since when it has been there; null: always, or only since what has become due and nobody has written yet';
COMMENT ON COLUMN credits.restriction_states.cause IS 'what put it there, as in restriction_events (no unit); null as since is';
COMMENT ON COLUMN credits.restriction_states.cost IS 'USD of provider cost booked in the period that was last written';
COMMENT ON COLUMN credits.restriction_states.held_cost IS 'USD that open holds are expected to cost';
COMMENT ON COLUMN credits.restriction_states.revenue IS 'USD of revenue in that period';
COMMENT ON COLUMN credits.restriction_states.covered IS 'USD of cost that the plan''s cover paid before the period''s first revenue: acquisition cost';
