-- An account's statement: what it had, what moved it, what is left. Owns that it adds up; reads, and writes nothing.

CREATE OR REPLACE FUNCTION credits.statement_movements(account_id text, since timestamptz, until timestamptz)
RETURNS TABLE (part integer, section text, kind text, entries bigint, credits numeric, usd numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    -- A kept plan: to plan over all parts of the ledger takes longer than to read one account's rows.
    RETURN QUERY
    WITH entry AS MATERIALIZED (
        -- What was due in the time may have been written after it, never before.
        SELECT coalesce(l.effective_at, l.created_at) AS at, l.kind, l.amount::numeric AS amount, l.cost::numeric AS cost, l.overage::numeric AS overage, l.provider
        FROM credits.ledger l WHERE l.account_id = $1 AND l.created_at >= $2
    ), opening AS (
        SELECT coalesce((SELECT l.balance::numeric FROM credits.ledger l WHERE l.account_id = $1 AND l.created_at < $2 ORDER BY l.entry_no DESC LIMIT 1), 0)
               + coalesce((SELECT sum(e.amount) FROM entry e WHERE e.at < $2), 0) AS credits
    ), movement AS (
        SELECT e.kind, count(*) AS entries, sum(e.amount) AS credits FROM entry e WHERE e.at >= $2 AND e.at < $3 AND e.kind <> 'cost' GROUP BY e.kind
        UNION ALL
        SELECT 'due', 1, b.balance - w.balance FROM credits.wallet w, credits.balance($1) b WHERE w.account_id = $1 AND $3 > credits.now() AND b.balance <> w.balance
    )
    SELECT 1, 'opening', NULL, NULL::bigint, o.credits, NULL::numeric FROM opening o
    UNION ALL SELECT 2, 'movement', m.kind, m.entries, m.credits, NULL FROM movement m
    UNION ALL SELECT 3, 'closing', NULL, NULL, o.credits + coalesce((SELECT sum(m.credits) FROM movement m), 0), NULL FROM opening o
    UNION ALL SELECT 4, 'cost', e.provider, count(*), NULL, sum(e.cost) FROM entry e WHERE e.at >= $2 AND e.at < $3 AND e.cost <> 0 GROUP BY e.provider
    UNION ALL SELECT 5, 'overage', NULL, count(*), NULL, sum(e.overage) FROM entry e WHERE e.at >= $2 AND e.at < $3 AND e.overage <> 0 HAVING count(*) > 0
    UNION ALL SELECT CASE WHEN r.amount > 0 THEN 6 ELSE 7 END, CASE WHEN r.amount > 0 THEN 'payment' ELSE 'returned' END, r.kind, count(*), NULL, sum(r.amount)
    FROM credits.revenue r WHERE r.account_id = $1 AND r.occurred_at >= $2 AND r.occurred_at < $3 AND r.amount <> 0 GROUP BY r.amount > 0, r.kind;
END $$;
REVOKE EXECUTE ON FUNCTION credits.statement_movements(text, timestamptz, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.statement_movements(text, timestamptz, timestamptz) IS 'Internal: the lines of a statement, with the number of their part.';

CREATE OR REPLACE FUNCTION credits.statement_as_owner(account_id text, since timestamptz, until timestamptz)
RETURNS TABLE (line integer, section text, kind text, entries bigint, credits numeric, usd numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    begins timestamptz;
    -- Half-open as everywhere; of an open end, what happens at this very moment is in it.
    ends   timestamptz := coalesce($3, 'infinity');
BEGIN
    SELECT coalesce($2, b.period_start) INTO begins FROM credits.balance($1) b;
    IF begins > ends THEN
        PERFORM credits.refuse_argument('since must not be after until', format('since is %s, until is %s', begins, ends), 'a statement begins where it opens and ends where it closes');
    END IF;
    RETURN QUERY
    SELECT (row_number() OVER (ORDER BY m.part, array_position('{grant,renew,refund,adjust,deduct,settle,release,expire,void,clawback,due}'::text[], m.kind), m.kind))::integer,
           m.section, m.kind, m.entries, trim_scale(m.credits), trim_scale(m.usd)
    FROM credits.statement_movements($1, begins, ends) m ORDER BY 1;
END $$;
REVOKE EXECUTE ON FUNCTION credits.statement_as_owner(text, timestamptz, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.statement_as_owner(text, timestamptz, timestamptz) IS 'Internal: what statement() answers, with the rights of the tables'' owner.';

CREATE FUNCTION credits.statement(account_id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL)
RETURNS TABLE (line integer, section text, kind text, entries bigint, credits numeric, usd numeric)
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 12;
REVOKE EXECUTE ON FUNCTION credits.statement(text, timestamptz, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.statement(text, timestamptz, timestamptz) IS 'An account''s statement over a time: what it had, what moved it, what is left, to the last step of a credit: the opening balance and the movements add up to the closing balance. Entries count when they were due, also where they were written later.
since (inclusive): null = start of its period; until (exclusive): null = now, with what is due and not written yet as one movement of kind due.
Result, in order of line: section opening; movement, a row for each kind of entry; closing; then cost (USD, a row for each provider as kind, null: none was named), overage (USD owed beside credits), payment (USD, a row for each kind of revenue) and returned (USD below zero: refunds and disputes). entries: how many it stands for; credits and usd are null where they are not meant.
Errors: PT404 no such account, 22004 null account_id, 22023 since is after until. Locks: none.';
