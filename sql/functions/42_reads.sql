-- Reads: an account as of now with everything due applied, nothing written or locked; they work in
-- read-only transactions and on standbys. An unknown account is PT404 everywhere.

CREATE FUNCTION credits.balance(account_id text)
RETURNS TABLE (account_id text, plan text, balance numeric, held numeric, available numeric, granted numeric, used numeric,
    used_pct numeric, level text, resets_at timestamptz, period_start timestamptz, period_end timestamptz)
AS 'MODULE_PATHNAME', 'credits_balance' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 1;
REVOKE EXECUTE ON FUNCTION credits.balance(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.balance(text) IS 'An account''s credits as of now. balance: credits of all live lots − debt; held: by open holds; available: balance − held; granted: what the period opened with + grants − expired and voided; used: net charges of the period; used_pct: used ÷ granted × 100, two decimals; level: the restriction level (docs/ladder.md), payment_required while there is debt; resets_at: the earlier of midnight (plans with daily credits) and the period''s end.
Result: one row. Errors: PT404 no such account, 22004 null.';

CREATE FUNCTION credits.lots(account_id text)
RETURNS TABLE (lot_no bigint, source text, category text, amount numeric, remaining numeric, priority integer,
    effective_at timestamptz, expires_at timestamptz, price_paid numeric, metadata jsonb, state text,
    rollover_min numeric, rollover_max numeric, created_at timestamptz)
AS 'MODULE_PATHNAME', 'credits_lots' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 10;
REVOKE EXECUTE ON FUNCTION credits.lots(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.lots(text) IS 'Live and scheduled lots of an account, in the order in which they burn down. amount, remaining: credits; price_paid: USD.
Result: a row a lot, also none. Errors: PT404 no such account, 22004 null.';

CREATE FUNCTION credits.holds(account_id text)
RETURNS TABLE (hold_no bigint, amount numeric, created_at timestamptz, expires_at timestamptz, action text, provider text,
    model text, member_id text, metadata jsonb, cost numeric)
AS 'MODULE_PATHNAME', 'credits_holds' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 10;
REVOKE EXECUTE ON FUNCTION credits.holds(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.holds(text) IS 'Open holds of an account. amount: credits; cost: USD expected at authorization, null where not known.
Result: a row a hold, by number. Errors: PT404 no such account, 22004 null.';

CREATE FUNCTION credits.check_balance(account_id text, needed numeric)
RETURNS TABLE (has_enough boolean, balance numeric, needed numeric)
AS 'MODULE_PATHNAME', 'credits_check_balance' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 1;
REVOKE EXECUTE ON FUNCTION credits.check_balance(text, numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.check_balance(text, numeric) IS 'Whether the credits that are not held, and the plan''s overdraft, cover an amount right now. It reserves nothing: before a call use authorize.
Result: one row. Errors: PT404 no such account, 22004 null, 22023 or 22003 for a bad amount.';

CREATE FUNCTION credits.receipt_of(account_id text, idempotency_key text) RETURNS credits.receipt
AS 'MODULE_PATHNAME', 'credits_receipt_of' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits.receipt_of(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.receipt_of(text, text) IS 'The receipt of the call that used a key, for a client that lost the answer.
Result: the receipt, replayed. Errors: PT404 where no call of the account went through under the key (an authorization has no receipt: repeat it with its key).';

CREATE FUNCTION credits.entries_of(account_id text, since timestamptz, until timestamptz)
RETURNS TABLE (entry_no bigint, created_at timestamptz, effective_at timestamptz, kind text, amount numeric, balance numeric,
    cost numeric, action text, provider text, model text, usage jsonb, member_id text, plan text, hold_no bigint,
    refers_to bigint, lots jsonb, reason text, role_name text, metadata jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp ROWS 100
AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM credits.check_balance($1, 0); -- an unknown account is the same error as everywhere
    RETURN QUERY
    SELECT l.entry_no, l.created_at, coalesce(l.effective_at, l.created_at), l.kind, l.amount::numeric, l.balance::numeric,
           l.cost::numeric, l.action, l.provider, l.model, l.usage, l.member_id, l.plan, l.hold_no, l.refers_to,
           coalesce(l.lots, CASE WHEN l.lot_no IS NULL THEN '[]' ELSE jsonb_build_array(jsonb_build_array(l.lot_no, l.amount::numeric)) END),
           l.reason, l.role_name, coalesce(l.metadata, '{}')
    FROM credits.ledger l
    WHERE l.account_id = $1 AND l.created_at >= coalesce($2, '-infinity') AND l.created_at < coalesce($3, 'infinity')
    ORDER BY l.entry_no;
END $$;
REVOKE EXECUTE ON FUNCTION credits.entries_of(text, timestamptz, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.entries_of(text, timestamptz, timestamptz) IS 'Internal: what history() answers, with the rights of the caller.';

CREATE FUNCTION credits.history(account_id text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL)
RETURNS TABLE (entry_no bigint, created_at timestamptz, effective_at timestamptz, kind text, amount numeric, balance numeric,
    cost numeric, action text, provider text, model text, usage jsonb, member_id text, plan text, hold_no bigint,
    refers_to bigint, lots jsonb, reason text, role_name text, metadata jsonb)
AS 'MODULE_PATHNAME', 'credits_history' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100;
REVOKE EXECUTE ON FUNCTION credits.history(text, timestamptz, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.history(text, timestamptz, timestamptz) IS 'Entries of an account''s ledger, oldest first. since (inclusive), until (exclusive): when they were written; null = no bound. amount, balance: credits; cost: USD, null where not known; effective_at: when it was due; lots: what it moved in each lot, [[lot_no, credits], …].
Result: a row an entry. What is due but not written yet is not in it. Errors: PT404 no such account, 22004 null account_id.';
