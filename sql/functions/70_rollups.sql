-- Roll-ups: how entries get into them, and which are not in them yet. Owns the marks and the time before which
-- everything is in. What was written after that time, and what rollup_late names, is looked at entry by entry; what is
-- not above its account's mark has been rolled up. So at any moment, in any snapshot, both together are the books.
--
-- Why the time is right: entries are dated at most 5 seconds before their transaction began to write, or are named.
-- Transactions from next_transaction() on begin after the clock that was read before it. Once all before them have
-- ended, and everything that can be seen is in the roll-ups, what is not in was dated after that clock less 5 seconds.

CREATE FUNCTION credits.next_transaction() RETURNS xid8
AS 'MODULE_PATHNAME', 'credits_next_transaction' LANGUAGE C VOLATILE PARALLEL SAFE;
REVOKE EXECUTE ON FUNCTION credits.next_transaction() FROM PUBLIC;
COMMENT ON FUNCTION credits.next_transaction() IS 'Internal: the id that the next transaction to write will get. All with a lower one have begun to write, in progress or not; the upper end of a snapshot would leave out some that have.';

CREATE FUNCTION credits.input_tokens(usage jsonb) RETURNS numeric
AS 'MODULE_PATHNAME', 'credits_input_tokens' LANGUAGE C IMMUTABLE PARALLEL SAFE;
REVOKE EXECUTE ON FUNCTION credits.input_tokens(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.input_tokens(jsonb) IS 'Internal: tokens of a usage that were read: of all pools but those of output_tokens(). Never null; null = none.';

CREATE FUNCTION credits.output_tokens(usage jsonb) RETURNS numeric
AS 'MODULE_PATHNAME', 'credits_output_tokens' LANGUAGE C IMMUTABLE PARALLEL SAFE;
REVOKE EXECUTE ON FUNCTION credits.output_tokens(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.output_tokens(jsonb) IS 'Internal: tokens of a usage that were written: of output_tokens, those of other media, and reasoning. Never null; null = none.';

CREATE FUNCTION credits.note_late_revenue() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO credits.rollup_late_revenue (account_id, revenue_no) VALUES (NEW.account_id, NEW.revenue_no) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION credits.note_late_revenue() FROM PUBLIC;
COMMENT ON FUNCTION credits.note_late_revenue() IS 'Internal: trigger of credits.revenue_entry, for rows that are dated more than 5 seconds before they are written.';

-- The planner takes it that a third of the ledger is later than a time that it does not know; hence the settings, by which
-- the index on time is used, and OFFSET, by which what rollup_late names is looked up one by one. Planned once in a session: over all partitions that takes longer than to read a few thousand rows.
CREATE FUNCTION credits.unrolled_usage()
RETURNS TABLE (account_id text, effective_at timestamptz, hour timestamptz, day date, month date, plan text, provider text, model text, action text, member_id text,
               requests bigint, records bigint, input_tokens numeric, output_tokens numeric, credits numeric, refunded numeric, cost numeric, overage numeric)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 10000
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
BEGIN
    RETURN QUERY
    SELECT t.account_id, t.effective_at, t.hour, t.day, t.month, t.plan, t.provider, t.model, t.action, t.member_id,
           t.requests, t.records, t.input_tokens, t.output_tokens, t.credits, t.refunded, t.cost, t.overage
    FROM credits.usage_entries t
    WHERE t.created_at >= (SELECT s.rolled_until FROM credits.rollup_state s) AND t.entry_no > coalesce((SELECT m.entry_no FROM credits.rollup_mark m WHERE m.account_id = t.account_id), 0);
    IF EXISTS (SELECT FROM credits.rollup_late) THEN
        RETURN QUERY
        SELECT t.account_id, t.effective_at, t.hour, t.day, t.month, t.plan, t.provider, t.model, t.action, t.member_id,
               t.requests, t.records, t.input_tokens, t.output_tokens, t.credits, t.refunded, t.cost, t.overage
        FROM credits.rollup_late n CROSS JOIN LATERAL (SELECT e.* FROM credits.usage_entries e WHERE e.account_id = n.account_id AND e.entry_no = n.entry_no OFFSET 0) t
        WHERE t.created_at < (SELECT s.rolled_until FROM credits.rollup_state s) AND t.entry_no > coalesce((SELECT m.entry_no FROM credits.rollup_mark m WHERE m.account_id = t.account_id), 0);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.unrolled_usage() FROM PUBLIC;
COMMENT ON FUNCTION credits.unrolled_usage() IS 'Internal: entries of the ledger that are in no roll-up yet, as the view usage_entries has them. With the rights of the caller.';

CREATE FUNCTION credits.unrolled_revenue()
RETURNS TABLE (account_id text, occurred_at timestamptz, kind text, bookings bigint, revenue numeric, fee numeric, promotion_cost numeric)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
BEGIN
    RETURN QUERY
    SELECT r.account_id, r.occurred_at, r.kind, 1::bigint, r.amount::numeric, r.fee::numeric, r.promotion_cost::numeric
    FROM credits.revenue_entry r
    WHERE r.booked_at >= (SELECT s.rolled_until FROM credits.rollup_state s) AND r.revenue_no > coalesce((SELECT m.revenue_no FROM credits.rollup_mark m WHERE m.account_id = r.account_id), 0)
    UNION ALL
    SELECT r.account_id, r.occurred_at, r.kind, 1::bigint, r.amount::numeric, r.fee::numeric, r.promotion_cost::numeric
    FROM credits.rollup_late_revenue n
    CROSS JOIN LATERAL (SELECT e.* FROM credits.revenue_entry e WHERE e.account_id = n.account_id AND e.revenue_no = n.revenue_no OFFSET 0) r
    WHERE r.booked_at < (SELECT s.rolled_until FROM credits.rollup_state s) AND r.revenue_no > coalesce((SELECT m.revenue_no FROM credits.rollup_mark m WHERE m.account_id = r.account_id), 0)
    UNION ALL
    SELECT c.account_id, d.occurred_at, d.kind, 1::bigint, d.amount, 0::numeric, 0::numeric
    FROM (SELECT DISTINCT s.account_id FROM credits.consent s WHERE s.given_at IS NOT NULL AND s.next_at <= (SELECT credits.now())) c,
         LATERAL credits.due_revenue(c.account_id) d;
END $$;
REVOKE EXECUTE ON FUNCTION credits.unrolled_revenue() FROM PUBLIC;
COMMENT ON FUNCTION credits.unrolled_revenue() IS 'Internal: rows of the books of revenue that are in no roll-up yet, and months of consents that are due. revenue, fee, promotion_cost: USD. With the rights of the caller.';

CREATE FUNCTION credits.unrolled_ranges(OUT accounts text[], OUT above bigint[], OUT upto bigint[], OUT since timestamptz, OUT until timestamptz, OUT entries bigint, OUT gaps boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
BEGIN
    WITH entry AS (
        SELECT l.account_id, l.entry_no, l.created_at
        FROM credits.ledger l
        WHERE l.created_at >= (SELECT s.rolled_until FROM credits.rollup_state s) AND l.entry_no > coalesce((SELECT m.entry_no FROM credits.rollup_mark m WHERE m.account_id = l.account_id), 0)
        UNION ALL
        SELECT l.account_id, l.entry_no, l.created_at
        FROM credits.rollup_late n
        CROSS JOIN LATERAL (SELECT e.account_id, e.entry_no, e.created_at FROM credits.ledger e WHERE e.account_id = n.account_id AND e.entry_no = n.entry_no OFFSET 0) l
        WHERE l.created_at < (SELECT s.rolled_until FROM credits.rollup_state s) AND l.entry_no > coalesce((SELECT m.entry_no FROM credits.rollup_mark m WHERE m.account_id = l.account_id), 0)
    ), account AS (
        SELECT e.account_id, coalesce((SELECT m.entry_no FROM credits.rollup_mark m WHERE m.account_id = e.account_id), 0) AS above, max(e.entry_no) AS upto,
               min(e.created_at) AS since, max(e.created_at) AS until, count(*) AS entries
        FROM entry e GROUP BY 1
    )
    SELECT coalesce(array_agg(a.account_id), '{}'), array_agg(a.above), array_agg(a.upto), min(a.since), max(a.until), coalesce(sum(a.entries), 0),
           coalesce(bool_or(a.entries <> a.upto - a.above), false)
    INTO accounts, above, upto, since, until, entries, gaps
    FROM account a;
END $$;
REVOKE EXECUTE ON FUNCTION credits.unrolled_ranges() FROM PUBLIC;
COMMENT ON FUNCTION credits.unrolled_ranges() IS 'Internal: numbers of the entries to roll up, as time and rollup_late tell: for each of accounts above a number up to another. since, until: when the first and the last was written; entries: how many; gaps: some are missing, so time cannot be relied on.';

CREATE FUNCTION credits.unrolled_ranges_by_wallet(max_entries bigint, OUT accounts text[], OUT above bigint[], OUT upto bigint[], OUT since timestamptz, OUT until timestamptz, OUT entries bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
    SELECT coalesce(array_agg(r.account_id) FILTER (WHERE r.before < max_entries), '{}'),
           array_agg(r.above) FILTER (WHERE r.before < max_entries),
           array_agg(r.above + least(r.entries, max_entries - r.before)) FILTER (WHERE r.before < max_entries),
           '-infinity'::timestamptz, 'infinity'::timestamptz, coalesce(sum(r.entries), 0)::bigint
    FROM (SELECT w.account_id, coalesce(m.entry_no, 0) AS above, w.last_entry_no - coalesce(m.entry_no, 0) AS entries,
                 sum(w.last_entry_no - coalesce(m.entry_no, 0)) OVER (ORDER BY w.account_id ROWS UNBOUNDED PRECEDING)::bigint - (w.last_entry_no - coalesce(m.entry_no, 0)) AS before
          FROM credits.wallet w LEFT JOIN credits.rollup_mark m ON m.account_id = w.account_id
          WHERE w.last_entry_no > coalesce(m.entry_no, 0)) r
$$;
REVOKE EXECUTE ON FUNCTION credits.unrolled_ranges_by_wallet(bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.unrolled_ranges_by_wallet(bigint) IS 'Internal: the same by a look at all wallets, whatever time says; at most max_entries of them, entries: how many there are in all.';

CREATE FUNCTION credits.roll_up_usage(accounts text[], above bigint[], upto bigint[], since timestamptz, until timestamptz) RETURNS bigint
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
    WITH entry AS MATERIALIZED (
        SELECT t.*
        FROM unnest($1, $2, $3) r(account_id, above, upto)
        JOIN credits.usage_entries t ON t.account_id = r.account_id AND t.entry_no > r.above AND t.entry_no <= r.upto AND t.created_at >= $4 AND t.created_at <= $5
    ), by_hour AS (
        INSERT INTO credits.rollup_hour AS o (hour, requests, records, input_tokens, output_tokens, credits, refunded, cost, overage)
        SELECT e.hour, sum(e.requests), sum(e.records), sum(e.input_tokens), sum(e.output_tokens), sum(e.credits), sum(e.refunded), sum(e.cost), sum(e.overage)
        FROM entry e GROUP BY 1 ORDER BY 1
        ON CONFLICT ON CONSTRAINT rollup_hour_pkey DO UPDATE SET requests = o.requests + excluded.requests, records = o.records + excluded.records,
            input_tokens = o.input_tokens + excluded.input_tokens, output_tokens = o.output_tokens + excluded.output_tokens, credits = o.credits + excluded.credits,
            refunded = o.refunded + excluded.refunded, cost = o.cost + excluded.cost, overage = o.overage + excluded.overage
    ), by_day AS (
        INSERT INTO credits.rollup_day AS o (day, plan, provider, model, action, requests, records, input_tokens, output_tokens, credits, refunded, cost, overage)
        SELECT e.day, coalesce(e.plan, ''), coalesce(e.provider, ''), coalesce(e.model, ''), coalesce(e.action, ''),
               sum(e.requests), sum(e.records), sum(e.input_tokens), sum(e.output_tokens), sum(e.credits), sum(e.refunded), sum(e.cost), sum(e.overage)
        FROM entry e GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT ON CONSTRAINT rollup_day_pkey DO UPDATE SET requests = o.requests + excluded.requests, records = o.records + excluded.records,
            input_tokens = o.input_tokens + excluded.input_tokens, output_tokens = o.output_tokens + excluded.output_tokens, credits = o.credits + excluded.credits,
            refunded = o.refunded + excluded.refunded, cost = o.cost + excluded.cost, overage = o.overage + excluded.overage
    ), by_account AS (
        INSERT INTO credits.rollup_account AS o (account_id, month, requests, records, input_tokens, output_tokens, credits, refunded, cost, overage)
        SELECT e.account_id, e.month, sum(e.requests), sum(e.records), sum(e.input_tokens), sum(e.output_tokens), sum(e.credits), sum(e.refunded), sum(e.cost), sum(e.overage)
        FROM entry e GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT ON CONSTRAINT rollup_account_pkey DO UPDATE SET requests = o.requests + excluded.requests, records = o.records + excluded.records,
            input_tokens = o.input_tokens + excluded.input_tokens, output_tokens = o.output_tokens + excluded.output_tokens, credits = o.credits + excluded.credits,
            refunded = o.refunded + excluded.refunded, cost = o.cost + excluded.cost, overage = o.overage + excluded.overage
    ), by_use AS (
        INSERT INTO credits.rollup_usage AS o (account_id, month, provider, model, action, member_id, requests, records, input_tokens, output_tokens, credits, refunded, cost, overage)
        SELECT e.account_id, e.month, coalesce(e.provider, ''), coalesce(e.model, ''), coalesce(e.action, ''), coalesce(e.member_id, ''),
               sum(e.requests), sum(e.records), sum(e.input_tokens), sum(e.output_tokens), sum(e.credits), sum(e.refunded), sum(e.cost), sum(e.overage)
        FROM entry e GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
        ON CONFLICT ON CONSTRAINT rollup_usage_pkey DO UPDATE SET requests = o.requests + excluded.requests, records = o.records + excluded.records,
            input_tokens = o.input_tokens + excluded.input_tokens, output_tokens = o.output_tokens + excluded.output_tokens, credits = o.credits + excluded.credits,
            refunded = o.refunded + excluded.refunded, cost = o.cost + excluded.cost, overage = o.overage + excluded.overage
    ), by_income AS (
        UPDATE credits.rollup_income o SET cost = o.cost + g.cost, cost_before = o.cost_before + g.cost_before
        FROM (SELECT n.account_id, n.month, sum(e.cost) AS cost, coalesce(sum(e.cost) FILTER (WHERE e.effective_at < n.first_revenue_at), 0) AS cost_before
              FROM entry e JOIN credits.rollup_income n ON n.account_id = e.account_id AND n.month = date_trunc('month', e.day::timestamp)::date
              WHERE e.cost <> 0 GROUP BY 1, 2) g
        WHERE o.account_id = g.account_id AND o.month = g.month
    ), named AS (
        DELETE FROM credits.rollup_late n USING unnest($1, $2, $3) r(account_id, above, upto) WHERE n.account_id = r.account_id AND n.entry_no <= r.upto
    ), mark AS (
        INSERT INTO credits.rollup_mark AS o (account_id, entry_no)
        SELECT r.account_id, r.upto FROM unnest($1, $2, $3) r(account_id, above, upto) ORDER BY 1
        ON CONFLICT ON CONSTRAINT rollup_mark_pkey DO UPDATE SET entry_no = excluded.entry_no
        RETURNING 1
    )
    SELECT coalesce(sum(r.upto - r.above), 0)::bigint FROM unnest($1, $2, $3) r(account_id, above, upto)
$$;
REVOKE EXECUTE ON FUNCTION credits.roll_up_usage(text[], bigint[], bigint[], timestamptz, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.roll_up_usage(text[], bigint[], bigint[], timestamptz, timestamptz) IS 'Internal: puts entries of the ledger into the roll-ups and moves the marks: for each of accounts those above a number up to another, written since a time until another. Result: how many numbers that are.';

CREATE FUNCTION credits.month_cost(account_id text, month date, zone text, before timestamptz, upto bigint, OUT cost numeric, OUT cost_before numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off
AS $$
DECLARE
    -- Calls may be written later than they took place, never earlier. A day sooner: in some zones a month begins twice.
    since  timestamptz := (month::timestamp AT TIME ZONE zone) - interval '1 day';
    latest timestamptz := (SELECT w.clock FROM credits.wallet w WHERE w.account_id = $1);
BEGIN
    SELECT coalesce(sum(l.cost::numeric), 0), coalesce(sum(l.cost::numeric) FILTER (WHERE coalesce(l.effective_at, l.created_at) < before), 0) INTO cost, cost_before
    FROM credits.ledger l
    WHERE l.account_id = $1 AND l.created_at BETWEEN since AND latest AND l.entry_no <= upto AND l.cost IS NOT NULL
      AND date_trunc('month', coalesce(l.effective_at, l.created_at) AT TIME ZONE zone)::date = month;
END $$;
REVOKE EXECUTE ON FUNCTION credits.month_cost(text, date, text, timestamptz, bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.month_cost(text, date, text, timestamptz, bigint) IS 'Internal: USD that providers charge for an account''s calls in a month of a time zone, as entries of the ledger up to a number say; cost_before: of that, for calls before a time (null: 0).';

CREATE FUNCTION credits.rebuild_income(zone text) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
BEGIN
    DELETE FROM credits.rollup_income;
    DELETE FROM credits.rollup_payers;
    INSERT INTO credits.rollup_income (account_id, month, revenue, fee, promotion_cost, first_revenue_at, cost, cost_before)
    SELECT i.account_id, i.month, i.revenue, i.fee, i.promotion_cost, i.first_revenue_at, c.cost, c.cost_before
    FROM (SELECT r.account_id, date_trunc('month', r.occurred_at AT TIME ZONE zone)::date AS month, m.entry_no, sum(r.amount::numeric) AS revenue, sum(r.fee::numeric) AS fee,
                 sum(r.promotion_cost::numeric) AS promotion_cost, min(r.occurred_at) FILTER (WHERE r.amount::numeric > 0) AS first_revenue_at
          FROM credits.revenue_entry r JOIN credits.rollup_mark m ON m.account_id = r.account_id AND r.revenue_no <= m.revenue_no GROUP BY 1, 2, 3) i
    CROSS JOIN LATERAL credits.month_cost(i.account_id, i.month, zone, i.first_revenue_at, i.entry_no) c;
    INSERT INTO credits.rollup_payers (month, accounts) SELECT i.month, count(*) FILTER (WHERE i.revenue > 0) FROM credits.rollup_income i GROUP BY 1;
END $$;
REVOKE EXECUTE ON FUNCTION credits.rebuild_income(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.rebuild_income(text) IS 'Internal: what accounts earned and cost by month, told from anew by the months of a time zone, of all that is rolled up.';

CREATE FUNCTION credits.roll_up_revenue(since timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
DECLARE
    zone     text := (SELECT p.time_zone FROM credits.platform p);
    accounts text[];
    above    bigint[];
    upto     bigint[];
    gaps     boolean;
BEGIN
    WITH entry AS (
        SELECT r.account_id, r.revenue_no FROM credits.revenue_entry r WHERE r.booked_at >= since
        UNION
        SELECT n.account_id, n.revenue_no FROM credits.rollup_late_revenue n
    ), account AS (
        SELECT e.account_id, coalesce(m.revenue_no, 0) AS above, max(e.revenue_no) AS upto, count(*) AS entries
        FROM entry e LEFT JOIN credits.rollup_mark m ON m.account_id = e.account_id
        WHERE e.revenue_no > coalesce(m.revenue_no, 0) GROUP BY 1, 2
    )
    SELECT array_agg(a.account_id), array_agg(a.above), array_agg(a.upto), coalesce(bool_or(a.entries <> a.upto - a.above), false) INTO accounts, above, upto, gaps
    FROM account a;
    IF gaps AND since > '-infinity' THEN
        RETURN false;
    END IF;
    WITH entry AS MATERIALIZED (
        SELECT e.account_id, e.occurred_at, date_trunc('hour', e.occurred_at, zone) AS hour, date_trunc('month', e.occurred_at AT TIME ZONE zone)::date AS month, e.kind,
               e.amount::numeric AS revenue, e.fee::numeric AS fee, e.promotion_cost::numeric AS promotion_cost
        FROM unnest(accounts, above, upto) r(account_id, above, upto)
        JOIN credits.revenue_entry e ON e.account_id = r.account_id AND e.revenue_no > r.above AND e.revenue_no <= r.upto
    ), by_hour AS (
        INSERT INTO credits.rollup_revenue AS o (hour, kind, bookings, revenue, fee, promotion_cost)
        SELECT e.hour, e.kind, count(*), sum(e.revenue), sum(e.fee), sum(e.promotion_cost) FROM entry e GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT ON CONSTRAINT rollup_revenue_pkey DO UPDATE SET bookings = o.bookings + excluded.bookings, revenue = o.revenue + excluded.revenue,
            fee = o.fee + excluded.fee, promotion_cost = o.promotion_cost + excluded.promotion_cost
    ), income AS (
        -- A month that first gets revenue, or gets some from before what was the first, is told from anew by its calls.
        SELECT i.account_id, i.month, i.revenue, i.fee, i.promotion_cost, least(n.first_revenue_at, i.first_revenue_at) AS first_revenue_at,
               CASE WHEN c.is_whole THEN c.cost ELSE coalesce(n.cost::numeric, 0) END AS cost, CASE WHEN c.is_whole THEN c.cost_before ELSE coalesce(n.cost_before::numeric, 0) END AS cost_before
        FROM (SELECT e.account_id, e.month, sum(e.revenue) AS revenue, sum(e.fee) AS fee, sum(e.promotion_cost) AS promotion_cost,
                     min(e.occurred_at) FILTER (WHERE e.revenue > 0) AS first_revenue_at
              FROM entry e GROUP BY 1, 2) i
        LEFT JOIN credits.rollup_income n ON n.account_id = i.account_id AND n.month = i.month
        LEFT JOIN credits.rollup_mark m ON m.account_id = i.account_id AND m.entry_no > 0
                                       AND (n.account_id IS NULL OR i.first_revenue_at < coalesce(n.first_revenue_at, 'infinity'))
        -- Where the month's entries are no longer in the ledger, what they came to stays.
        LEFT JOIN LATERAL (SELECT k.cost, k.cost_before, k.cost >= coalesce(n.cost::numeric, 0) AS is_whole
                           FROM credits.month_cost(m.account_id, i.month, zone, least(n.first_revenue_at, i.first_revenue_at), m.entry_no) k) c ON m.account_id IS NOT NULL
    ), by_account AS (
        INSERT INTO credits.rollup_income AS o (account_id, month, revenue, fee, promotion_cost, first_revenue_at, cost, cost_before)
        SELECT i.account_id, i.month, i.revenue, i.fee, i.promotion_cost, i.first_revenue_at, i.cost, i.cost_before FROM income i ORDER BY 1, 2
        ON CONFLICT ON CONSTRAINT rollup_income_pkey DO UPDATE SET revenue = o.revenue + excluded.revenue, fee = o.fee + excluded.fee,
            promotion_cost = o.promotion_cost + excluded.promotion_cost, first_revenue_at = excluded.first_revenue_at, cost = excluded.cost, cost_before = excluded.cost_before
    ), payers AS (
        -- Every part of the statement sees the tables as before it.
        INSERT INTO credits.rollup_payers AS o (month, accounts)
        SELECT i.month, sum((i.revenue + coalesce(n.revenue::numeric, 0) > 0)::integer - (coalesce(n.revenue::numeric, 0) > 0)::integer)
        FROM income i LEFT JOIN credits.rollup_income n ON n.account_id = i.account_id AND n.month = i.month GROUP BY 1 ORDER BY 1
        ON CONFLICT ON CONSTRAINT rollup_payers_pkey DO UPDATE SET accounts = o.accounts + excluded.accounts
    ), named AS (
        DELETE FROM credits.rollup_late_revenue n USING unnest(accounts, upto) r(account_id, upto) WHERE n.account_id = r.account_id AND n.revenue_no <= r.upto
    )
    INSERT INTO credits.rollup_mark AS o (account_id, revenue_no)
    SELECT r.account_id, r.upto FROM unnest(accounts, upto) r(account_id, upto) ORDER BY 1
    ON CONFLICT ON CONSTRAINT rollup_mark_pkey DO UPDATE SET revenue_no = excluded.revenue_no;
    RETURN true;
END $$;
REVOKE EXECUTE ON FUNCTION credits.roll_up_revenue(timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.roll_up_revenue(timestamptz) IS 'Internal: puts rows of the books of revenue into the roll-ups: those booked since a time, and those that rollup_late_revenue names. Result: false, with nothing done, where rows between them are missing, so that time cannot be relied on.';

CREATE FUNCTION credits.roll_up_as_owner(max_entries bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- In this order, and before this transaction writes.
    moment    timestamptz := clock_timestamp();
    following xid8 := credits.next_transaction();
    running   xid8;
    state     credits.rollup_state;
    ranges    record;
    trusted   boolean;
    rolled    bigint;
    zone      text := (SELECT p.time_zone FROM credits.platform p);
BEGIN
    IF max_entries IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'max_entries must not be null',
            DETAIL = 'argument max_entries is null', HINT = 'leave it out for 1000000';
    ELSIF max_entries <= 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'max_entries must be above zero',
            DETAIL = 'argument max_entries', HINT = 'leave it out for 1000000';
    END IF;
    SELECT s.* INTO state FROM credits.rollup_state s FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    running := pg_snapshot_xmin(pg_current_snapshot());
    IF state.time_zone <> zone THEN
        PERFORM credits.rebuild_income(zone);
    END IF;
    -- Where the clock went back, or nobody has looked for an hour, or long, the wallets say what there is.
    trusted := state.compared_at BETWEEN moment - interval '1 hour' AND moment AND state.rolled_until BETWEEN moment - interval '10 minutes' AND moment
               AND coalesce(state.noted_at <= moment, true);
    IF trusted THEN
        ranges := credits.unrolled_ranges();
        trusted := NOT ranges.gaps AND ranges.entries <= max_entries AND credits.roll_up_revenue(state.rolled_until);
    END IF;
    IF NOT trusted THEN
        ranges := credits.unrolled_ranges_by_wallet(max_entries);
        PERFORM credits.roll_up_revenue('-infinity');
        state.compared_at := CASE WHEN ranges.entries <= max_entries THEN moment ELSE state.compared_at END;
    END IF;
    rolled := credits.roll_up_usage(ranges.accounts, ranges.above, ranges.upto, ranges.since, ranges.until);
    IF state.noted_at > moment OR state.noted_xid > following THEN
        state.noted_at := NULL; -- of another clock, or of the database that this one was restored from
    END IF;
    state.rolled_until := least(state.rolled_until, moment - interval '5 seconds');
    IF ranges.entries <= max_entries THEN
        IF running >= following THEN
            state.rolled_until := moment - interval '5 seconds';
            state.noted_at := NULL;
        ELSIF state.noted_at IS NOT NULL AND running >= state.noted_xid THEN
            state.rolled_until := state.noted_at - interval '5 seconds';
            state.noted_at := NULL;
        END IF;
    END IF;
    UPDATE credits.rollup_state s SET rolled_until = state.rolled_until, compared_at = state.compared_at,
        time_zone = zone, zone_changed = s.zone_changed OR coalesce(s.time_zone <> zone, false),
        noted_at = coalesce(state.noted_at, moment), noted_xid = CASE WHEN state.noted_at IS NULL THEN following ELSE state.noted_xid END;
    RETURN rolled;
END $$;
REVOKE EXECUTE ON FUNCTION credits.roll_up_as_owner(bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.roll_up_as_owner(bigint) IS 'Internal: what roll_up() does, with the rights of the caller.';

CREATE FUNCTION credits.roll_up(max_entries bigint DEFAULT 1000000) RETURNS bigint
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.roll_up(bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.roll_up(bigint) IS 'Adds what calls and payments have written since to the roll-ups that the views of use and revenue read. maintain() does it at every run; the views are exact with and without, but slower the more has not been rolled up.
max_entries: how many entries of the ledger at most, at once; a large ledger''s first roll-up takes several.
Result: how many there were; 0 also while another session rolls up. Errors: 22004 null, 22023 for a number below one, 40001 for a lost race under REPEATABLE READ. Locks: none that calls wait for.';
