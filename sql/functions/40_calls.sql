-- Calls of an application. Every function locks the account's wallet row and checks everything before
-- it writes anything. Amounts are credits of at most the unit's scale.

CREATE FUNCTION credits.quote(account_id text, action text DEFAULT NULL, provider text DEFAULT NULL,
    model text DEFAULT NULL, usage jsonb DEFAULT NULL) RETURNS credits.decision
AS 'MODULE_PATHNAME', 'credits_quote' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits.quote(text, text, text, text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.quote(text, text, text, text, jsonb) IS 'What authorize would say to a call, without any effect; also on a standby. It looks at no limits of members, teams and the platform, nor at what the brake has left.
Result: the decision; amount = credits that would be held, hold_no null. A refusal is returned, not raised.
Errors: 22004, 22023 or 22003 for a bad argument or nothing to charge from. Locks: none.';

CREATE FUNCTION credits.deduct(account_id text, amount numeric DEFAULT NULL, action text DEFAULT NULL,
    provider text DEFAULT NULL, model text DEFAULT NULL, usage jsonb DEFAULT NULL, member_id text DEFAULT NULL,
    idempotency_key text DEFAULT NULL, metadata jsonb DEFAULT '{}', occurred_at timestamptz DEFAULT NULL) RETURNS credits.receipt
AS 'MODULE_PATHNAME', 'credits_deduct' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.deduct(text, numeric, text, text, text, jsonb, text, text, jsonb, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.deduct(text, numeric, text, text, text, jsonb, text, text, jsonb, timestamptz) IS 'Charges a call: checks everything, prices, takes the credits, logs.
The charge comes from, in this order: amount; the action''s fixed price; the plan''s rule over usage (priced by provider and model). A usage beside a fixed charge is priced as the call''s cost. Computed charges are rounded by the unit''s rule and the residue is kept on the account.
idempotency_key: the same request again gets the first receipt, replayed; another request PT409. occurred_at: when the call took place, for prices and business days; not in the future; null = now.
Result: the receipt; amount is negative, cost in USD (0 where not known).
Errors: every refusal of docs/calls.md (detail: the decision as JSON): PT404 no such account, PT403 closed or frozen, or not in the plan, PT413 too large, PT422 no price, PT429 a limit, PT402 not enough credits, a limit of the plan, the level, a gate or the licence, PT503 the platform is paused, PT409 key used otherwise; 22004, 22023 or 22003 for a bad argument or nothing to charge from, 40001 for a lost race under REPEATABLE READ.';

CREATE FUNCTION credits.authorize(account_id text, amount numeric DEFAULT NULL, action text DEFAULT NULL,
    provider text DEFAULT NULL, model text DEFAULT NULL, usage jsonb DEFAULT NULL, member_id text DEFAULT NULL,
    idempotency_key text DEFAULT NULL, metadata jsonb DEFAULT '{}', ttl interval DEFAULT NULL) RETURNS credits.decision
AS 'MODULE_PATHNAME', 'credits_authorize' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.authorize(text, numeric, text, text, text, jsonb, text, text, jsonb, interval) FROM PUBLIC;
COMMENT ON FUNCTION credits.authorize(text, numeric, text, text, text, jsonb, text, text, jsonb, interval) IS 'Asks before a call: all checks, then a hold on the credits it may take. Commit, call the provider, then settle or release.
Arguments as of deduct; a computed amount is rounded up; an action with a range and no usage holds its high end. ttl: life of the hold; null = the action''s, else 30 seconds.
Result: the decision; a refusal is returned, never raised, and uses no idempotency key up. A replay has in warnings whether its hold has ended meanwhile: hold_expired, hold_settled or hold_released.
Errors: 22023, 22003 or 22004 for a bad argument, 40001 for a lost race under REPEATABLE READ.';

CREATE FUNCTION credits.extend(account_id text, hold_no bigint, amount numeric DEFAULT NULL, ttl interval DEFAULT NULL) RETURNS credits.decision
AS 'MODULE_PATHNAME', 'credits_extend' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.extend(text, bigint, numeric, interval) FROM PUBLIC;
COMMENT ON FUNCTION credits.extend(text, bigint, numeric, interval) IS 'Gives a running call more credits (amount, on top) or more time (ttl, from now). A hold that timed out needs its credits again.
Result: the decision; amount = credits held by it now. Refusals are returned: hold_not_found, hold_settled, hold_released, insufficient_credits, …
Errors: 22004 null account_id or hold_no, 22023 where neither is given or one is not positive.';

CREATE FUNCTION credits.settle(account_id text, hold_no bigint, usage jsonb DEFAULT NULL, amount numeric DEFAULT NULL,
    idempotency_key text DEFAULT NULL, metadata jsonb DEFAULT NULL) RETURNS credits.receipt
AS 'MODULE_PATHNAME', 'credits_settle' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.settle(text, bigint, jsonb, numeric, text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.settle(text, bigint, jsonb, numeric, text, jsonb) IS 'Charges what the call really used, at the prices and plan terms of its authorization, and ends the hold.
Neither usage nor amount = exactly what was held. More than held is fine; what exceeds the credits becomes debt, because the cost is real. After the time-out it still charges.
Idempotent: the same settle again gets the first receipt, replayed, with or without a key. metadata: null = the authorization''s.
Errors: PT404 no such account or hold, PT409 settled otherwise or released, PT403 closed, PT422 no price, 22004, 22023 or 22003 for a bad argument.';

CREATE FUNCTION credits.release(account_id text, hold_no bigint, reason text DEFAULT NULL) RETURNS credits.receipt
AS 'MODULE_PATHNAME', 'credits_release' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.release(text, bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.release(text, bigint, text) IS 'The call failed: ends the hold, nothing is charged. reason: for the ledger, "failed" for a failed call.
Result: a receipt of kind release, amount 0. Errors: PT404 no such account or hold, PT409 settled or released already, 22004 null.';

CREATE FUNCTION credits.deduct_many(events jsonb)
RETURNS TABLE (event_no integer, outcome text, http_status integer, message text, receipt credits.receipt)
AS 'MODULE_PATHNAME', 'credits_deduct_many' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000;
REVOKE EXECUTE ON FUNCTION credits.deduct_many(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.deduct_many(jsonb) IS 'Many deducts in one call. events: an array of at most 100000 objects with deduct''s arguments by name, any accounts.
Result: a row for each event in the order given; a refusal is a row (receipt null) and undoes nothing else.
Errors: 22004 null; 22004, 22023 or 22003 where an event is malformed, its number before the message; then nothing was done. Locks: wallets in sorted order.';

CREATE FUNCTION credits.settle_many(events jsonb)
RETURNS TABLE (event_no integer, outcome text, http_status integer, message text, receipt credits.receipt)
AS 'MODULE_PATHNAME', 'credits_settle_many' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000;
REVOKE EXECUTE ON FUNCTION credits.settle_many(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.settle_many(jsonb) IS 'Many settles in one call. events: an array of at most 100000 objects with settle''s arguments by name, any accounts.
Result, errors and locks as of deduct_many.';

CREATE FUNCTION credits.record_cost(account_id text, provider text, model text, usage jsonb, member_id text DEFAULT NULL,
    occurred_at timestamptz DEFAULT NULL, reference text DEFAULT NULL, metadata jsonb DEFAULT '{}') RETURNS credits.receipt
AS 'MODULE_PATHNAME', 'credits_record_cost' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.record_cost(text, text, text, jsonb, text, timestamptz, text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.record_cost(text, text, text, jsonb, text, timestamptz, text, jsonb) IS 'Writes down what a call cost the platform without charging the account: an entry of kind cost, amount 0. It is always recorded, also on a frozen or closed account.
usage: as of credits.cost, priced at occurred_at (not in the future; null = now). reference: the same call again under it gets the first receipt, replayed; it shares one namespace with the account''s idempotency keys.
Result: the receipt; cost in USD.
Errors: PT404 no such account, PT422 no price, PT409 reference used otherwise, 22004, 22023 or 22003 for a bad argument, 40001 for a lost race under REPEATABLE READ.';
