-- The platform's figures as one text. Owns how they read; what is counted are the views of use and of the business.

CREATE OR REPLACE FUNCTION credits.usd_text(usd numeric) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    -- Less than a cent is a price of many calls here, and no nothing.
    SELECT CASE WHEN usd < 0 THEN '-' ELSE '' END || CASE WHEN abs(usd) < 0.01 AND usd <> 0 THEN trim_scale(round(abs(usd), 6))::text
        ELSE credits.format_tokens(trunc(round(abs(usd), 2))) || '.' || lpad(mod(round(abs(usd), 2) * 100, 100)::integer::text, 2, '0') END
$$;
REVOKE EXECUTE ON FUNCTION credits.usd_text(numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.usd_text(numeric) IS 'Internal: USD for people: two decimals, six where it is less than a cent; null of null.';

CREATE OR REPLACE FUNCTION credits.percent_text(share numeric) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT coalesce(round(share, 2) || ' %', '-') $$;
REVOKE EXECUTE ON FUNCTION credits.percent_text(numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.percent_text(numeric) IS 'Internal: percent for people; "-" of null.';

CREATE OR REPLACE FUNCTION credits.report_totals(moment timestamptz)
RETURNS TABLE (no integer, span text, calls numeric, cost numeric, revenue numeric, fees numeric, promotions numeric)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH span AS (
        SELECT s.no, s.name, s.since FROM credits.platform p,
            LATERAL (VALUES (1, 'this hour', date_trunc('hour', moment, p.time_zone)), (2, 'today', date_trunc('day', moment, p.time_zone)),
                            (3, 'this month', date_trunc('month', moment, p.time_zone))) s(no, name, since)
    ), hour AS MATERIALIZED (
        SELECT h.hour, h.requests, h.cost, h.revenue, h.fee, h.promotion_cost FROM credits.hourly_stats h WHERE h.hour >= (SELECT min(s.since) FROM span s) AND h.hour <= moment
    )
    SELECT s.no, s.name, coalesce(sum(h.requests), 0), coalesce(sum(h.cost), 0), coalesce(sum(h.revenue), 0), coalesce(sum(h.fee), 0), coalesce(sum(h.promotion_cost), 0)
    FROM span s LEFT JOIN hour h ON h.hour >= s.since GROUP BY s.no, s.name
$$;
REVOKE EXECUTE ON FUNCTION credits.report_totals(timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.report_totals(timestamptz) IS 'Internal: calls, their cost, revenue, fees and the cost of promotions (USD) of the hour, day and month of a moment in the platform''s time zone, up to it.';

CREATE OR REPLACE FUNCTION credits.report_costs(since date)
RETURNS TABLE (provider text, operation text, calls numeric, cost numeric)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(u.provider, '-'), concat_ws(' ', coalesce(u.action, '-'), u.model), sum(u.requests + u.records), sum(u.cost)
    FROM credits.platform_usage u WHERE u.day >= $1 GROUP BY 1, 2 HAVING sum(u.cost) > 0
$$;
REVOKE EXECUTE ON FUNCTION credits.report_costs(date) FROM PUBLIC;
COMMENT ON FUNCTION credits.report_costs(date) IS 'Internal: calls and records that cost something since a day of the platform''s time zone, and that cost (USD), by provider and by action and model.';

CREATE OR REPLACE FUNCTION credits.report_state(moment timestamptz) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('State: %s%s', s.state, CASE WHEN s.paused THEN ', ' || s.reason WHEN s.state = 'yellow' AND s.margin_today < credits.brake_min_margin()
                                                    THEN format(', today''s margin is below %s', credits.percent_text(credits.brake_min_margin() * 100)) WHEN s.state = 'yellow' THEN ', a warning of the brake is reached' ELSE '' END)
    FROM credits.platform_status s
    UNION ALL
    SELECT line.text FROM (SELECT format('Brake: %s USD this %s, calls that run included%s%s', credits.usd_text(k.spent), k.counter, ', warns at ' || credits.usd_text(k.warn), ', stops at ' || credits.usd_text(k.stop)) AS text
                           FROM credits.platform_counters() k WHERE k.warn IS NOT NULL OR k.stop IS NOT NULL ORDER BY k.counter DESC) line
    UNION ALL
    SELECT format('Accounts: %s open, %s in debt, %s with a failed payment, %s on a restriction level; %s alerts nobody has seen to', count(*) FILTER (WHERE w.status = 'open'), count(*) FILTER (WHERE w.balance < 0),
                  count(*) FILTER (WHERE w.licence_failed_at IS NOT NULL), count(*) FILTER (WHERE w.level IS NOT NULL), (SELECT count(*) FROM credits.alert a WHERE a.acknowledged_at IS NULL))
    FROM credits.wallet w WHERE w.status <> 'closed'
    UNION ALL
    SELECT format('Guarantee: %s of %s paying accounts earn %s USD or more this month, %s USD are short', count(*) FILTER (WHERE g.met), count(*), credits.usd_text((credits.section('guarantee') ->> 'profit')::numeric), credits.usd_text(coalesce(sum(g.profit_short), 0)))
    FROM credits.profit_guarantee g, credits.platform p WHERE g.month = date_trunc('month', moment AT TIME ZONE p.time_zone)::date
    HAVING credits.section('guarantee') ->> 'profit' IS NOT NULL
$$;
REVOKE EXECUTE ON FUNCTION credits.report_state(timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.report_state(timestamptz) IS 'Internal: lines of the report on how the platform stands: state, brake, accounts, guarantee.';

CREATE OR REPLACE FUNCTION credits.report_promotions(spent numeric) RETURNS SETOF text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wheel jsonb;
BEGIN
    IF spent <> 0 THEN
        RETURN NEXT format('Promotions: %s USD given away this month', credits.usd_text(spent));
    END IF;
    IF coalesce(credits.section('promotions') -> 'prize_wheel', 'null') <> 'null' THEN
        wheel := credits.prize_wheel_as_owner('30 days');
        RETURN NEXT format('Prize wheel: %s USD expected of each turn, %s USD of an account that takes all %s turns of 30 days', credits.usd_text((wheel ->> 'expected_cost')::numeric),
            credits.usd_text((wheel ->> 'expected_cost_of_span')::numeric), wheel ->> 'turns');
    END IF;
EXCEPTION WHEN invalid_parameter_value THEN
    -- A report is read where something is wrong, too.
    RETURN NEXT 'Prize wheel: what the prize costs is not known, a price is missing';
END $$;
REVOKE EXECUTE ON FUNCTION credits.report_promotions(numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.report_promotions(numeric) IS 'Internal: lines of the report on what is given away. spent: USD of this month.';

CREATE OR REPLACE FUNCTION credits.report_tables() RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH cost AS MATERIALIZED (
        SELECT c.provider, c.operation, c.calls, c.cost FROM credits.report_costs((SELECT (credits.month_start() AT TIME ZONE p.time_zone)::date FROM credits.platform p)) c
    ), provider AS (
        SELECT c.provider, sum(c.calls) AS calls, sum(c.cost) AS cost, row_number() OVER (ORDER BY sum(c.cost) DESC, c.provider) AS no FROM cost c GROUP BY c.provider
    ), operation AS (
        SELECT c.operation, sum(c.calls) AS calls, sum(c.cost) AS cost, row_number() OVER (ORDER BY sum(c.cost) DESC, c.operation) AS no FROM cost c GROUP BY c.operation
    ), account AS (
        SELECT a.account_id, a.cost, a.revenue, row_number() OVER (ORDER BY a.rank, a.account_id) AS no FROM credits.top_accounts a WHERE a.cost > 0
    ), line(section, no, text) AS (
        SELECT 1, 0, format(E'\n%s%s%s', rpad('by provider, this month', 42), lpad('cost', 14), lpad('calls', 14)) WHERE EXISTS (SELECT FROM provider)
        UNION ALL SELECT 1, p.no, format('  %s%s%s', rpad(p.provider, 40), lpad(credits.usd_text(p.cost), 14), lpad(credits.format_tokens(p.calls), 14)) FROM provider p WHERE p.no <= 10
        UNION ALL SELECT 2, 0, format(E'\n%s%s%s', rpad('by operation, this month', 42), lpad('cost', 14), lpad('calls', 14)) WHERE EXISTS (SELECT FROM operation)
        UNION ALL SELECT 2, o.no, format('  %s%s%s', rpad(o.operation, 40), lpad(credits.usd_text(o.cost), 14), lpad(credits.format_tokens(o.calls), 14)) FROM operation o WHERE o.no <= 10
        UNION ALL SELECT 3, 0, format(E'\n%s%s%s', rpad('accounts that cost most, this month', 42), lpad('cost', 14), lpad('revenue', 14)) WHERE EXISTS (SELECT FROM account)
        UNION ALL SELECT 3, a.no, format('  %s%s%s', rpad(a.account_id, 40), lpad(credits.usd_text(a.cost), 14), lpad(credits.usd_text(a.revenue), 14)) FROM account a WHERE a.no <= 10
    )
    SELECT l.text FROM line l ORDER BY l.section, l.no
$$;
REVOKE EXECUTE ON FUNCTION credits.report_tables() FROM PUBLIC;
COMMENT ON FUNCTION credits.report_tables() IS 'Internal: lines of the report on where this month''s cost comes from: providers, operations, accounts, the ten first of each.';

CREATE OR REPLACE FUNCTION credits.report_as_owner() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
DECLARE
    moment timestamptz := credits.now();
    zone   text;
    totals text;
    month_fees numeric;
    month_promotions numeric;
BEGIN
    PERFORM credits.require_schema();
    SELECT p.time_zone INTO zone FROM credits.platform p;
    SELECT string_agg(format('%s%s%s%s%s%s', rpad(t.span, 12), lpad(credits.usd_text(t.cost), 14), lpad(credits.usd_text(t.revenue), 14), lpad(credits.usd_text(t.revenue - t.cost), 14),
                             lpad(credits.percent_text(credits.percent_of(t.revenue - t.cost, t.revenue)), 12), lpad(credits.format_tokens(t.calls), 12)), E'\n' ORDER BY t.no),
           sum(t.fees) FILTER (WHERE t.no = 3), sum(t.promotions) FILTER (WHERE t.no = 3) INTO totals, month_fees, month_promotions
    FROM credits.report_totals(moment) t;
    RETURN array_to_string(ARRAY[format('%s %s', to_char(moment AT TIME ZONE zone, 'YYYY-MM-DD HH24:MI'), zone)]
        || ARRAY(SELECT s.line FROM credits.report_state(moment) s(line))
        || ARRAY[format(E'\n%s%s%s%s%s%s', rpad('USD', 12), lpad('cost', 14), lpad('revenue', 14), lpad('profit', 14), lpad('margin', 12), lpad('calls', 12)), totals]
        || CASE WHEN month_fees <> 0 THEN ARRAY[format('Payment fees: %s USD this month, not taken off the profit above', credits.usd_text(month_fees))] END
        || ARRAY(SELECT s.line FROM credits.report_promotions(month_promotions) s(line))
        || ARRAY(SELECT s.line FROM credits.report_tables() s(line)), E'\n');
END $$;
REVOKE EXECUTE ON FUNCTION credits.report_as_owner() FROM PUBLIC;
COMMENT ON FUNCTION credits.report_as_owner() IS 'Internal: what report() answers, with the rights of the tables'' owner.';

CREATE FUNCTION credits.report() RETURNS text
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits.report() FROM PUBLIC;
COMMENT ON FUNCTION credits.report() IS 'The platform at a glance, as text: its state and the brake, accounts and what needs attention, the guarantee, cost, revenue, profit and margin of this hour, today and this month, payment fees, promotions and what they are expected to cost, this month''s cost by provider and by operation, and the accounts that cost most. USD, in the platform''s time zone; profit is revenue less provider cost. For people: its words may change.
Result: text, never null. Errors: 55000 where migrate() has not run. Locks: none.';
