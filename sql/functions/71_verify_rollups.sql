-- Roll-ups checked against the books: a part of verify(). An account whose first entries are no longer in the ledger,
-- because a partition was detached, is left out; what it added to the platform's roll-ups stays there.

CREATE FUNCTION credits.rolled_usage(account_id text)
RETURNS TABLE (account_id text, hour timestamptz, day date, month date, plan text, provider text, model text, action text, member_id text, figures numeric[])
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
    SELECT t.account_id, t.hour, t.day, t.month, coalesce(t.plan, ''), coalesce(t.provider, ''), coalesce(t.model, ''), coalesce(t.action, ''), coalesce(t.member_id, ''),
           ARRAY[t.requests, t.records, t.input_tokens, t.output_tokens, t.credits, t.refunded, t.cost, t.overage]
    FROM credits.usage_entries t JOIN credits.rollup_mark m ON m.account_id = t.account_id AND t.entry_no <= m.entry_no
    WHERE $1 IS NULL OR t.account_id = $1
$$;
REVOKE EXECUTE ON FUNCTION credits.rolled_usage(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.rolled_usage(text) IS 'Internal: entries of the ledger that are in the roll-ups, of an account or (null) all. figures: requests, records, input_tokens, output_tokens, credits, refunded, cost, overage.';

CREATE FUNCTION credits.verify_rolled_usage(account_id text)
RETURNS TABLE (account_id text, check_name text, detail text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
    WITH gone AS (
        SELECT m.account_id FROM credits.rollup_mark m LEFT JOIN credits.ledger l ON l.account_id = m.account_id AND l.entry_no <= m.entry_no
        WHERE ($1 IS NULL OR m.account_id = $1) AND m.entry_no > 0
        GROUP BY m.account_id, m.entry_no HAVING count(l.entry_no) <> m.entry_no
    ), bounds AS (
        SELECT s.zone_changed OR coalesce(s.time_zone <> p.time_zone, false) AS have_changed FROM credits.rollup_state s, credits.platform p
    ), entry AS MATERIALIZED (
        SELECT e.* FROM credits.rolled_usage($1) e WHERE e.account_id NOT IN (SELECT g.account_id FROM gone g)
    ), expected AS (
        SELECT 'rollup_account' AS check_name, e.account_id, ARRAY[e.month::text] AS key, e.figures FROM entry e
        UNION ALL
        SELECT 'rollup_usage', e.account_id, ARRAY[e.month::text, e.provider, e.model, e.action, e.member_id], e.figures FROM entry e
        UNION ALL
        -- Days and hours that were rolled up in another time zone keep its bounds.
        SELECT 'rollup_day', NULL, ARRAY[CASE WHEN s.have_changed THEN '' ELSE e.day::text END, e.plan, e.provider, e.model, e.action], e.figures FROM entry e, bounds s
        UNION ALL
        SELECT 'rollup_hour', NULL, ARRAY[CASE WHEN s.have_changed THEN '' ELSE e.hour::text END], e.figures FROM entry e, bounds s
    ), kept AS (
        SELECT 'rollup_account' AS check_name, r.account_id, ARRAY[r.month::text] AS key,
               ARRAY[r.requests, r.records, r.input_tokens, r.output_tokens, r.credits, r.refunded, r.cost, r.overage]::numeric[] AS figures
        FROM credits.rollup_account r WHERE ($1 IS NULL OR r.account_id = $1)
        UNION ALL
        SELECT 'rollup_usage', r.account_id, ARRAY[r.month::text, r.provider, r.model, r.action, r.member_id],
               ARRAY[r.requests, r.records, r.input_tokens, r.output_tokens, r.credits, r.refunded, r.cost, r.overage]::numeric[]
        FROM credits.rollup_usage r WHERE ($1 IS NULL OR r.account_id = $1)
        UNION ALL
        SELECT 'rollup_day', NULL, ARRAY[CASE WHEN s.have_changed THEN '' ELSE r.day::text END, r.plan, r.provider, r.model, r.action],
               ARRAY[r.requests, r.records, r.input_tokens, r.output_tokens, r.credits, r.refunded, r.cost, r.overage]::numeric[]
        FROM credits.rollup_day r, bounds s
        UNION ALL
        SELECT 'rollup_hour', NULL, ARRAY[CASE WHEN s.have_changed THEN '' ELSE r.hour::text END],
               ARRAY[r.requests, r.records, r.input_tokens, r.output_tokens, r.credits, r.refunded, r.cost, r.overage]::numeric[]
        FROM credits.rollup_hour r, bounds s
    ), line AS (
        SELECT b.check_name, b.account_id, b.key, b.is_kept,
               ARRAY[sum(b.figures[1]), sum(b.figures[2]), sum(b.figures[3]), sum(b.figures[4]), sum(b.figures[5]), sum(b.figures[6]), sum(b.figures[7]), sum(b.figures[8])] AS figures
        FROM (SELECT x.*, false AS is_kept FROM expected x UNION ALL SELECT k.*, true FROM kept k) b
        WHERE b.account_id IS NOT NULL OR $1 IS NULL AND NOT EXISTS (SELECT FROM gone)
        GROUP BY 1, 2, 3, 4
    )
    SELECT l.account_id, l.check_name, format('%s: the roll-up says %s, the ledger %s (requests, records, input_tokens, output_tokens, credits, refunded, cost, overage)',
           array_to_string(l.key, ' '), coalesce(array_to_string(min(l.figures) FILTER (WHERE l.is_kept), ' '), 'nothing'), coalesce(array_to_string(min(l.figures) FILTER (WHERE NOT l.is_kept), ' '), 'nothing'))
    FROM line l
    WHERE l.account_id IS NULL OR l.account_id NOT IN (SELECT g.account_id FROM gone g)
    GROUP BY l.check_name, l.account_id, l.key
    HAVING min(l.figures) FILTER (WHERE l.is_kept) IS DISTINCT FROM min(l.figures) FILTER (WHERE NOT l.is_kept)
$$;
REVOKE EXECUTE ON FUNCTION credits.verify_rolled_usage(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.verify_rolled_usage(text) IS 'Internal: the part of verify() about roll-ups of the ledger. Of an account, those of the platform are left out.';

CREATE FUNCTION credits.verify_rolled_revenue(account_id text)
RETURNS TABLE (account_id text, check_name text, detail text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
    WITH bounds AS (
        SELECT s.zone_changed OR coalesce(s.time_zone <> p.time_zone, false) AS have_changed, coalesce(s.time_zone, p.time_zone) AS time_zone FROM credits.rollup_state s, credits.platform p
    ), entry AS MATERIALIZED (
        SELECT r.account_id, r.kind, date_trunc('hour', r.occurred_at, z.time_zone) AS hour, date_trunc('month', r.occurred_at AT TIME ZONE z.time_zone)::date AS month,
               ARRAY[1, r.amount, r.fee, r.promotion_cost]::numeric[] AS figures
        FROM bounds z, credits.revenue_entry r JOIN credits.rollup_mark m ON m.account_id = r.account_id AND r.revenue_no <= m.revenue_no
        WHERE $1 IS NULL OR r.account_id = $1
    ), both_sides(check_name, account_id, key, is_kept, figures) AS (
        SELECT 'rollup_income', e.account_id, ARRAY[e.month::text], false, e.figures[2:4] FROM entry e
        UNION ALL
        SELECT 'rollup_income', r.account_id, ARRAY[r.month::text], true, ARRAY[r.revenue, r.fee, r.promotion_cost]::numeric[]
        FROM credits.rollup_income r WHERE $1 IS NULL OR r.account_id = $1
        UNION ALL
        SELECT 'rollup_revenue', NULL, ARRAY[CASE WHEN s.have_changed THEN '' ELSE e.hour::text END, e.kind], false, e.figures FROM entry e, bounds s
        UNION ALL
        SELECT 'rollup_revenue', NULL, ARRAY[CASE WHEN s.have_changed THEN '' ELSE r.hour::text END, r.kind], true, ARRAY[r.bookings, r.revenue, r.fee, r.promotion_cost]::numeric[]
        FROM credits.rollup_revenue r, bounds s
        UNION ALL
        SELECT 'rollup_payers', NULL, ARRAY[r.month::text], false, ARRAY[(r.revenue > 0)::integer]::numeric[] FROM credits.rollup_income r
        UNION ALL
        SELECT 'rollup_payers', NULL, ARRAY[r.month::text], true, ARRAY[r.accounts]::numeric[] FROM credits.rollup_payers r
    ), line AS (
        SELECT b.check_name, b.account_id, b.key, b.is_kept, ARRAY[sum(b.figures[1]), sum(b.figures[2]), sum(b.figures[3]), sum(b.figures[4])] AS figures
        FROM both_sides b WHERE b.account_id IS NOT NULL OR $1 IS NULL GROUP BY 1, 2, 3, 4
    )
    SELECT l.account_id, l.check_name, format('%s: the roll-up says %s, the books %s', array_to_string(l.key, ' '),
           coalesce(array_to_string(min(l.figures) FILTER (WHERE l.is_kept), ' '), 'nothing'), coalesce(array_to_string(min(l.figures) FILTER (WHERE NOT l.is_kept), ' '), 'nothing'))
    FROM line l
    GROUP BY l.check_name, l.account_id, l.key
    HAVING min(l.figures) FILTER (WHERE l.is_kept) IS DISTINCT FROM min(l.figures) FILTER (WHERE NOT l.is_kept)
$$;
REVOKE EXECUTE ON FUNCTION credits.verify_rolled_revenue(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.verify_rolled_revenue(text) IS 'Internal: the part of verify() about roll-ups of the books of revenue. Of an account, those of the platform are left out.';

CREATE FUNCTION credits.verify_rolled_cost(account_id text)
RETURNS TABLE (account_id text, check_name text, detail text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
    WITH kept AS (
        SELECT r.account_id, r.month, r.first_revenue_at, r.cost::numeric AS cost, r.cost_before::numeric AS cost_before, coalesce(s.time_zone, p.time_zone) AS zone
        FROM credits.platform p, credits.rollup_state s, credits.rollup_income r WHERE $1 IS NULL OR r.account_id = $1
    ), income AS (
        SELECT k.account_id, k.month, min(e.occurred_at) AS first_at
        FROM kept k JOIN credits.rollup_mark m ON m.account_id = k.account_id
        JOIN credits.revenue_entry e ON e.account_id = k.account_id AND e.revenue_no <= m.revenue_no AND e.amount::numeric > 0 AND date_trunc('month', e.occurred_at AT TIME ZONE k.zone)::date = k.month
        GROUP BY 1, 2
    ), entry AS (
        SELECT l.account_id, l.cost::numeric AS cost, coalesce(l.effective_at, l.created_at) AS moment, date_trunc('month', coalesce(l.effective_at, l.created_at) AT TIME ZONE coalesce(s.time_zone, p.time_zone))::date AS month
        FROM credits.platform p, credits.rollup_state s, credits.rollup_mark m JOIN credits.ledger l ON l.account_id = m.account_id AND l.entry_no <= m.entry_no
        WHERE ($1 IS NULL OR m.account_id = $1) AND l.cost IS NOT NULL
    ), spent AS (
        SELECT k.account_id, k.month, sum(e.cost) AS cost, coalesce(sum(e.cost) FILTER (WHERE e.moment < i.first_at), 0) AS cost_before
        FROM kept k JOIN entry e ON e.account_id = k.account_id AND e.month = k.month
        LEFT JOIN income i ON i.account_id = k.account_id AND i.month = k.month
        GROUP BY 1, 2
    ), whole AS (
        SELECT m.account_id FROM credits.rollup_mark m LEFT JOIN credits.ledger l ON l.account_id = m.account_id AND l.entry_no <= m.entry_no
        WHERE $1 IS NULL OR m.account_id = $1 GROUP BY m.account_id, m.entry_no HAVING count(l.entry_no) = m.entry_no
    )
    SELECT k.account_id, 'rollup_income', format('%s: the roll-up says cost %s, %s of it before %s; the ledger %s, %s before %s',
           k.month, k.cost, k.cost_before, k.first_revenue_at, coalesce(s.cost, 0), coalesce(s.cost_before, 0), i.first_at)
    FROM kept k LEFT JOIN whole w ON w.account_id = k.account_id
    LEFT JOIN income i ON i.account_id = k.account_id AND i.month = k.month
    LEFT JOIN spent s ON s.account_id = k.account_id AND s.month = k.month
    WHERE (w.account_id IS NOT NULL OR NOT EXISTS (SELECT FROM credits.rollup_mark m WHERE m.account_id = k.account_id))
      AND (k.cost, k.cost_before, k.first_revenue_at) IS DISTINCT FROM (coalesce(s.cost, 0), coalesce(s.cost_before, 0), i.first_at)
$$;
REVOKE EXECUTE ON FUNCTION credits.verify_rolled_cost(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.verify_rolled_cost(text) IS 'Internal: the part of verify() about what accounts cost in months with revenue.';

CREATE FUNCTION credits.verify_rollups(account_id text)
RETURNS TABLE (account_id text, check_name text, detail text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
    SELECT * FROM credits.verify_rolled_usage($1)
    UNION ALL
    SELECT * FROM credits.verify_rolled_revenue($1)
    UNION ALL
    SELECT * FROM credits.verify_rolled_cost($1)
    UNION ALL
    SELECT m.account_id, 'rollup_mark', format('entry %s and revenue %s are marked as rolled up, there are %s and %s', m.entry_no, m.revenue_no, coalesce(w.last_entry_no, 0), coalesce(r.last_no, 0))
    FROM credits.rollup_mark m
    LEFT JOIN credits.wallet w ON w.account_id = m.account_id
    LEFT JOIN (SELECT e.account_id, max(e.revenue_no) AS last_no FROM credits.revenue_entry e GROUP BY 1) r ON r.account_id = m.account_id
    WHERE ($1 IS NULL OR m.account_id = $1) AND (m.entry_no > coalesce(w.last_entry_no, 0) OR m.revenue_no > coalesce(r.last_no, 0))
    UNION ALL
    SELECT l.account_id, 'rollup_late', format('entry %s is not rolled up, and nothing tells of it', l.entry_no)
    FROM credits.ledger l LEFT JOIN credits.rollup_mark m ON m.account_id = l.account_id
    WHERE ($1 IS NULL OR l.account_id = $1) AND l.entry_no > coalesce(m.entry_no, 0) AND l.created_at < (SELECT s.rolled_until FROM credits.rollup_state s)
      AND NOT EXISTS (SELECT FROM credits.rollup_late n WHERE n.account_id = l.account_id AND n.entry_no = l.entry_no)
    UNION ALL
    SELECT r.account_id, 'rollup_late', format('revenue %s is not rolled up, and nothing tells of it', r.revenue_no)
    FROM credits.revenue_entry r LEFT JOIN credits.rollup_mark m ON m.account_id = r.account_id
    WHERE ($1 IS NULL OR r.account_id = $1) AND r.revenue_no > coalesce(m.revenue_no, 0) AND r.booked_at < (SELECT s.rolled_until FROM credits.rollup_state s)
      AND NOT EXISTS (SELECT FROM credits.rollup_late_revenue n WHERE n.account_id = r.account_id AND n.revenue_no = r.revenue_no)
$$;
REVOKE EXECUTE ON FUNCTION credits.verify_rollups(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.verify_rollups(text) IS 'Internal: the part of verify() about roll-ups: that they are what the books add up to, up to the marks, and that what is above the marks is found.';
