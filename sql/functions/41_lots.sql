-- Credits in and back: grant, void_lot, refund. Every function locks the account's wallet row.

CREATE FUNCTION credits.grant(account_id text, amount numeric, source text DEFAULT 'adjustment', expires_at timestamptz DEFAULT NULL,
    priority integer DEFAULT 100, category text DEFAULT 'promotional', price_paid numeric DEFAULT NULL,
    effective_at timestamptz DEFAULT NULL, rollover_min numeric DEFAULT NULL, rollover_max numeric DEFAULT NULL,
    idempotency_key text DEFAULT NULL, metadata jsonb DEFAULT '{}') RETURNS credits.receipt
AS 'MODULE_PATHNAME', 'credits_grant' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.grant(text, numeric, text, timestamptz, integer, text, numeric, timestamptz, numeric, numeric, text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.grant(text, numeric, text, timestamptz, integer, text, numeric, timestamptz, numeric, numeric, text, jsonb) IS 'Gives an account a lot of credits; debt is paid from it first. (grant is a reserved word: always write credits.grant.)
amount: credits, above zero. source: what it comes from; "plan" makes it a plan credit, subject to the plan''s renewal where the plan grants by the clock. expires_at: from then on it does not count. priority: low burns first. category: promotional (burns first) or paid. price_paid: USD. effective_at: when it begins to count; null = now; later = an entry of amount 0 now and the credits then. rollover_min, rollover_max: what at least and at most stays of it at each renewal; neither = renewal leaves it alone.
Idempotent with a key. Result: the receipt. Errors: PT404 no such account, PT403 closed, PT409 key used otherwise, 22004 for null (amount, source, priority, category), 22023 or 22003 for another bad argument.';

CREATE FUNCTION credits.void_lot(account_id text, lot_no bigint, reason text DEFAULT NULL) RETURNS credits.receipt
AS 'MODULE_PATHNAME', 'credits_void_lot' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.void_lot(text, bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.void_lot(text, bigint, text) IS 'Forfeits what is left of a lot, or calls off one that does not count yet; what was used stays used. Open holds are not asked: their settle may become debt.
Result: a receipt of kind void, amount zero or below. Errors: PT404 no such account, or no open lot of that number; 22004 null.';

CREATE FUNCTION credits.refund(account_id text, entry_no bigint, amount numeric DEFAULT NULL, reason text DEFAULT NULL,
    idempotency_key text DEFAULT NULL) RETURNS credits.receipt
AS 'MODULE_PATHNAME', 'credits_refund' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.refund(text, bigint, numeric, text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.refund(text, bigint, numeric, text, text) IS 'Gives credits of a deduct or settle back to the very lots they came from; for a lot that is gone, to a new one with the configured life. Open debt is paid first. The cost of the call stays.
amount: credits, above zero; null = all that is left of the charge, and then its overage is taken back too. Idempotent with a key.
Result: the receipt. Errors: PT404 no such account or charge, PT403 closed, PT409 more than is left of the charge, or key used otherwise, 22004 null entry_no, 22023 or 22003 for another bad argument.';
