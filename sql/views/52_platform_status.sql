-- The platform at a glance.

CREATE OR REPLACE VIEW credits.platform_status WITH (security_invoker = true) AS
SELECT s.paused, s.reason, coalesce(s.spend_hour, 0) AS spend_hour, coalesce(s.spend_today, 0) AS spend_today, s.revenue_today,
       -- What nobody counts is null here: without it all revenue would look like profit.
       s.revenue_today - s.spend_today AS profit_today,
       CASE WHEN s.revenue_today > 0 THEN round((s.revenue_today - s.spend_today) / s.revenue_today, 4) END AS margin_today,
       CASE WHEN s.paused THEN 'red'
            WHEN s.warned OR (s.revenue_today > 0 AND (s.revenue_today - s.spend_today) / s.revenue_today < s.min_margin) THEN 'yellow'
            ELSE 'green' END AS state
FROM (SELECT p.paused OR c.stops IS NOT NULL AS paused,
             CASE WHEN p.paused THEN p.paused_reason ELSE c.stops END AS reason,
             c.spend_hour, c.spend_today,
             credits.platform_revenue(p.day_start) AS revenue_today,
             coalesce(c.warned, false) AS warned,
             credits.brake_min_margin() AS min_margin
      FROM (SELECT f.paused_reason, f.paused_at IS NOT NULL AND coalesce(f.paused_until > credits.now(), true) AS paused,
                   date_trunc('day', credits.now(), f.time_zone) AS day_start
            FROM credits.platform f) p
      CROSS JOIN LATERAL (SELECT max(k.spent) FILTER (WHERE k.counter = 'hour') AS spend_hour,
                                 max(k.spent) FILTER (WHERE k.counter = 'day') AS spend_today,
                                 bool_or(k.used >= k.warn) AS warned,
                                 min(credits.stop_reason(k.counter, k.used, k.stop, k.latched)) AS stops
                          FROM credits.platform_counters() k) c
     ) s;
COMMENT ON VIEW credits.platform_status IS 'The platform right now, one row: whether it is paused and why, what it has spent and earned, and how that looks. Spending is counted while the brake has a warning or a stop; margin_health has the margin at any time.';
COMMENT ON COLUMN credits.platform_status.paused IS 'true: calls that cost something are refused with platform_paused, by a pause or because the brake''s allowance is used up (no unit)';
COMMENT ON COLUMN credits.platform_status.reason IS 'why it is paused (no unit); null: it is not';
COMMENT ON COLUMN credits.platform_status.spend_hour IS 'cost of this hour of the platform''s time zone, open holds included, USD; 0 while it is not counted';
COMMENT ON COLUMN credits.platform_status.spend_today IS 'cost of today in the platform''s time zone, open holds included, USD; 0 while it is not counted';
COMMENT ON COLUMN credits.platform_status.revenue_today IS 'revenue booked today, refunds taken off, USD';
COMMENT ON COLUMN credits.platform_status.profit_today IS 'revenue_today - spend_today, USD; null: spending is not counted';
COMMENT ON COLUMN credits.platform_status.margin_today IS 'profit_today / revenue_today, a share of 1; null: no revenue, or spending is not counted';
COMMENT ON COLUMN credits.platform_status.state IS 'red: paused; yellow: a warning is reached, or the margin is below the brake''s min_margin; else green (no unit)';
