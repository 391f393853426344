-- What the business earns: revenue against cost, by hour, day and month, and how the margin stands.

CREATE OR REPLACE VIEW credits.hourly_stats WITH (security_invoker = true) AS
WITH entry AS MATERIALIZED (
    SELECT t.hour, t.requests, t.records, t.input_tokens + t.output_tokens AS tokens, t.credits - t.refunded AS credits, t.cost, t.overage FROM credits.unrolled_usage() t
), used AS (
    SELECT u.hour, sum(u.requests)::bigint AS requests, sum(u.records)::bigint AS records, sum(u.tokens) AS tokens, sum(u.credits) AS credits, sum(u.cost) AS cost, sum(u.overage) AS overage
    FROM (SELECT r.hour, r.requests, r.records, r.input_tokens + r.output_tokens AS tokens, r.credits::numeric - r.refunded::numeric AS credits, r.cost::numeric AS cost, r.overage::numeric AS overage
          FROM credits.rollup_hour r UNION ALL SELECT e.* FROM entry e) u
    GROUP BY 1
), income AS (
    SELECT i.hour, sum(i.revenue) AS revenue, sum(i.fee) AS fee, sum(i.promotion_cost) AS promotion_cost
    FROM (SELECT r.hour, r.revenue::numeric AS revenue, r.fee::numeric AS fee, r.promotion_cost::numeric AS promotion_cost FROM credits.rollup_revenue r
          UNION ALL
          SELECT date_trunc('hour', t.occurred_at, (SELECT p.time_zone FROM credits.platform p)), t.revenue, t.fee, t.promotion_cost FROM credits.unrolled_revenue() t) i
    GROUP BY 1
), stats AS (
    SELECT coalesce(u.hour, i.hour) AS hour, coalesce(u.requests, 0) AS requests, coalesce(u.records, 0) AS records, coalesce(u.tokens, 0) AS tokens, coalesce(u.credits, 0) AS credits,
           coalesce(i.revenue, 0) AS revenue, coalesce(u.cost, 0) AS cost, coalesce(i.fee, 0) AS fee, coalesce(i.promotion_cost, 0) AS promotion_cost, coalesce(u.overage, 0) AS overage
    FROM used u FULL JOIN income i ON i.hour = u.hour
)
SELECT s.hour, s.requests, s.records, s.tokens, s.credits, s.cost, s.revenue, s.revenue - s.cost AS profit,
       CASE WHEN s.revenue > 0 THEN round((s.revenue - s.cost) / s.revenue, 4) END AS margin, CASE WHEN s.revenue > 0 THEN round((s.revenue - s.cost) / s.revenue * 100, 2) END AS margin_pct,
       s.fee, s.promotion_cost, s.revenue - s.cost - s.fee - s.promotion_cost AS net_profit, s.overage
FROM stats s;
COMMENT ON VIEW credits.hourly_stats IS 'What each hour cost and earned, as hours begin in the platform''s time zone: calls by when they took place, revenue by when the money moved.';
COMMENT ON COLUMN credits.hourly_stats.hour IS 'start of the hour';
COMMENT ON COLUMN credits.hourly_stats.requests IS 'calls that were charged, also with nothing (a count)';
COMMENT ON COLUMN credits.hourly_stats.records IS 'costs recorded without a charge (a count)';
COMMENT ON COLUMN credits.hourly_stats.tokens IS 'tokens of all pools (a count)';
COMMENT ON COLUMN credits.hourly_stats.credits IS 'credits charged, less those given back';
COMMENT ON COLUMN credits.hourly_stats.cost IS 'USD that providers charge for its calls';
COMMENT ON COLUMN credits.hourly_stats.revenue IS 'USD of revenue, what was given back taken off';
COMMENT ON COLUMN credits.hourly_stats.profit IS 'revenue - cost, USD';
COMMENT ON COLUMN credits.hourly_stats.margin IS 'profit / revenue, a share of 1; null: no revenue';
COMMENT ON COLUMN credits.hourly_stats.margin_pct IS 'profit of the revenue, percent; null: no revenue';
COMMENT ON COLUMN credits.hourly_stats.fee IS 'USD that payments cost';
COMMENT ON COLUMN credits.hourly_stats.promotion_cost IS 'USD that what was given away will cost';
COMMENT ON COLUMN credits.hourly_stats.net_profit IS 'profit - fee - promotion_cost, USD';
COMMENT ON COLUMN credits.hourly_stats.overage IS 'USD owed beside credits, which becomes revenue when it is paid';

CREATE OR REPLACE VIEW credits.daily_stats WITH (security_invoker = true) AS
SELECT s.day, s.requests, s.records, s.tokens, s.credits, s.cost, s.revenue, s.revenue - s.cost AS profit,
       CASE WHEN s.revenue > 0 THEN round((s.revenue - s.cost) / s.revenue, 4) END AS margin, CASE WHEN s.revenue > 0 THEN round((s.revenue - s.cost) / s.revenue * 100, 2) END AS margin_pct,
       s.fee, s.promotion_cost, s.revenue - s.cost - s.fee - s.promotion_cost AS net_profit, s.overage
FROM (SELECT (h.hour AT TIME ZONE (SELECT p.time_zone FROM credits.platform p))::date AS day, sum(h.requests)::bigint AS requests, sum(h.records)::bigint AS records,
             sum(h.tokens) AS tokens, sum(h.credits) AS credits, sum(h.cost) AS cost, sum(h.revenue) AS revenue, sum(h.fee) AS fee, sum(h.promotion_cost) AS promotion_cost, sum(h.overage) AS overage
      FROM credits.hourly_stats h GROUP BY 1) s;
COMMENT ON VIEW credits.daily_stats IS 'What each day of the platform''s time zone cost and earned.';
COMMENT ON COLUMN credits.daily_stats.day IS 'the day';
COMMENT ON COLUMN credits.daily_stats.requests IS 'calls that were charged, also with nothing (a count)';
COMMENT ON COLUMN credits.daily_stats.records IS 'costs recorded without a charge (a count)';
COMMENT ON COLUMN credits.daily_stats.tokens IS 'tokens of all pools (a count)';
COMMENT ON COLUMN credits.daily_stats.credits IS 'credits charged, less those given back';
COMMENT ON COLUMN credits.daily_stats.cost IS 'USD that providers charge for its calls';
COMMENT ON COLUMN credits.daily_stats.revenue IS 'USD of revenue, what was given back taken off';
COMMENT ON COLUMN credits.daily_stats.profit IS 'revenue - cost, USD';
COMMENT ON COLUMN credits.daily_stats.margin IS 'profit / revenue, a share of 1; null: no revenue';
COMMENT ON COLUMN credits.daily_stats.margin_pct IS 'profit of the revenue, percent; null: no revenue';
COMMENT ON COLUMN credits.daily_stats.fee IS 'USD that payments cost';
COMMENT ON COLUMN credits.daily_stats.promotion_cost IS 'USD that what was given away will cost';
COMMENT ON COLUMN credits.daily_stats.net_profit IS 'profit - fee - promotion_cost, USD';
COMMENT ON COLUMN credits.daily_stats.overage IS 'USD owed beside credits, which becomes revenue when it is paid';

CREATE OR REPLACE VIEW credits.monthly_profit WITH (security_invoker = true) AS
WITH change AS (
    -- Accounts that came to pay, or no longer do, by what is not rolled up yet.
    SELECT c.month, sum((c.revenue + coalesce(n.revenue::numeric, 0) > 0)::integer - (coalesce(n.revenue::numeric, 0) > 0)::integer) AS accounts
    FROM (SELECT t.account_id, date_trunc('month', t.occurred_at AT TIME ZONE p.time_zone)::date AS month, sum(t.revenue) AS revenue
          FROM credits.platform p, credits.unrolled_revenue() t GROUP BY 1, 2) c
    LEFT JOIN credits.rollup_income n ON n.account_id = c.account_id AND n.month = c.month
    GROUP BY 1
), payers AS (
    SELECT a.month, sum(a.accounts)::bigint AS accounts
    FROM (SELECT r.month, r.accounts FROM credits.rollup_payers r UNION ALL SELECT c.month, c.accounts FROM change c) a
    GROUP BY 1
)
SELECT s.month, s.revenue, s.cost, s.revenue - s.cost AS profit,
       CASE WHEN s.revenue > 0 THEN round((s.revenue - s.cost) / s.revenue, 4) END AS margin, CASE WHEN s.revenue > 0 THEN round((s.revenue - s.cost) / s.revenue * 100, 2) END AS margin_pct,
       s.fee, s.promotion_cost, s.revenue - s.cost - s.fee - s.promotion_cost AS net_profit, s.overage, s.requests, s.tokens, s.credits,
       coalesce(p.accounts, 0) AS paying_accounts, round(s.revenue / nullif(p.accounts, 0), 6) AS avg_revenue, round(s.cost / nullif(p.accounts, 0), 6) AS avg_cost
FROM (SELECT date_trunc('month', d.day::timestamp)::date AS month, sum(d.requests)::bigint AS requests, sum(d.tokens) AS tokens, sum(d.credits) AS credits,
             sum(d.cost) AS cost, sum(d.revenue) AS revenue, sum(d.fee) AS fee, sum(d.promotion_cost) AS promotion_cost, sum(d.overage) AS overage
      FROM credits.daily_stats d GROUP BY 1) s
LEFT JOIN payers p ON p.month = s.month;
COMMENT ON VIEW credits.monthly_profit IS 'What each month of the platform''s time zone cost and earned, and from how many accounts.';
COMMENT ON COLUMN credits.monthly_profit.month IS 'first day of the month';
COMMENT ON COLUMN credits.monthly_profit.revenue IS 'USD of revenue, what was given back taken off';
COMMENT ON COLUMN credits.monthly_profit.cost IS 'USD that providers charge for its calls';
COMMENT ON COLUMN credits.monthly_profit.profit IS 'revenue - cost, USD';
COMMENT ON COLUMN credits.monthly_profit.margin IS 'profit / revenue, a share of 1; null: no revenue';
COMMENT ON COLUMN credits.monthly_profit.margin_pct IS 'profit of the revenue, percent; null: no revenue';
COMMENT ON COLUMN credits.monthly_profit.fee IS 'USD that payments cost';
COMMENT ON COLUMN credits.monthly_profit.promotion_cost IS 'USD that what was given away will cost';
COMMENT ON COLUMN credits.monthly_profit.net_profit IS 'profit - fee - promotion_cost, USD';
COMMENT ON COLUMN credits.monthly_profit.overage IS 'USD owed beside credits, which becomes revenue when it is paid';
COMMENT ON COLUMN credits.monthly_profit.requests IS 'calls that were charged, also with nothing (a count)';
COMMENT ON COLUMN credits.monthly_profit.tokens IS 'tokens of all pools (a count)';
COMMENT ON COLUMN credits.monthly_profit.credits IS 'credits charged, less those given back';
COMMENT ON COLUMN credits.monthly_profit.paying_accounts IS 'accounts with revenue above zero in it (a count)';
COMMENT ON COLUMN credits.monthly_profit.avg_revenue IS 'USD of revenue for each paying account, to 6 decimals; null: none paid';
COMMENT ON COLUMN credits.monthly_profit.avg_cost IS 'USD of cost for each paying account, to 6 decimals; null: none paid';

CREATE OR REPLACE VIEW credits.margin_health WITH (security_invoker = true) AS
WITH zone AS (
    SELECT p.time_zone, coalesce(p.margin, 0) AS target_margin, coalesce(credits.brake_min_margin(), 0) AS least_margin, date_trunc('hour', credits.now(), p.time_zone) AS this_hour,
           date_trunc('day', credits.now(), p.time_zone) AS today
    FROM credits.platform p
), span AS (
    SELECT v.no, v.period, v.since, z.target_margin, z.least_margin
    FROM zone z, LATERAL (VALUES
        (1, 'hour', z.this_hour), (2, 'day', z.today), (3, 'week', (z.today AT TIME ZONE z.time_zone - interval '6 days') AT TIME ZONE z.time_zone),
        (4, 'month', date_trunc('month', z.today, z.time_zone))) v(no, period, since)
), hour AS MATERIALIZED (
    SELECT h.hour, h.revenue, h.cost, h.fee, h.promotion_cost FROM credits.hourly_stats h
), sums AS (
    SELECT s.no, s.period, s.since, s.target_margin, s.least_margin, coalesce(sum(h.revenue), 0) AS revenue, coalesce(sum(h.cost), 0) AS cost,
           coalesce(sum(h.fee), 0) AS fee, coalesce(sum(h.promotion_cost), 0) AS promotion_cost
    FROM span s LEFT JOIN hour h ON h.hour >= s.since
    GROUP BY 1, 2, 3, 4, 5
)
SELECT s.period, s.since, s.revenue, s.cost, s.revenue - s.cost AS profit,
       CASE WHEN s.revenue > 0 THEN round((s.revenue - s.cost) / s.revenue, 4) END AS margin, CASE WHEN s.revenue > 0 THEN round((s.revenue - s.cost) / s.revenue * 100, 2) END AS margin_pct,
       s.fee, s.promotion_cost, s.revenue - s.cost - s.fee - s.promotion_cost AS net_profit, s.target_margin, s.least_margin,
       CASE WHEN s.revenue <= 0 THEN CASE WHEN s.cost > 0 THEN 'yellow' ELSE 'green' END
            WHEN (s.revenue - s.cost) / s.revenue < s.least_margin THEN 'red'
            WHEN (s.revenue - s.cost) / s.revenue < s.target_margin THEN 'yellow'
            ELSE 'green' END AS state
FROM sums s
ORDER BY s.no;
COMMENT ON VIEW credits.margin_health IS 'How the margin stands: this hour, today, the last seven days, this month, in the platform''s time zone.';
COMMENT ON COLUMN credits.margin_health.period IS 'hour, day, week (seven days, today included) or month (no unit)';
COMMENT ON COLUMN credits.margin_health.since IS 'time at which it began';
COMMENT ON COLUMN credits.margin_health.revenue IS 'USD of revenue, what was given back taken off';
COMMENT ON COLUMN credits.margin_health.cost IS 'USD that providers charge for its calls';
COMMENT ON COLUMN credits.margin_health.profit IS 'revenue - cost, USD';
COMMENT ON COLUMN credits.margin_health.margin IS 'profit / revenue, a share of 1; null: no revenue';
COMMENT ON COLUMN credits.margin_health.margin_pct IS 'profit of the revenue, percent; null: no revenue';
COMMENT ON COLUMN credits.margin_health.fee IS 'USD that payments cost';
COMMENT ON COLUMN credits.margin_health.promotion_cost IS 'USD that what was given away will cost';
COMMENT ON COLUMN credits.margin_health.net_profit IS 'profit - fee - promotion_cost, USD';
COMMENT ON COLUMN credits.margin_health.target_margin IS 'the configured margin, a share of 1; 0: none';
COMMENT ON COLUMN credits.margin_health.least_margin IS 'the brake''s min_margin, a share of 1; 0: none';
COMMENT ON COLUMN credits.margin_health.state IS 'red: below least_margin; yellow: below target_margin, or cost without revenue; else green (no unit)';
