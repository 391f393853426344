-- The life of an account. Every function locks the account's wallet row.

CREATE FUNCTION credits.open_account(account_id text, plan text DEFAULT NULL, time_zone text DEFAULT 'UTC',
    anchor timestamptz DEFAULT NULL, identity text DEFAULT NULL, metadata jsonb DEFAULT '{}') RETURNS text
AS 'MODULE_PATHNAME', 'credits_open_account' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.open_account(text, text, text, timestamptz, text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.open_account(text, text, text, timestamptz, text, jsonb) IS 'Opens an account and grants what its plan gives by the clock.
account_id: your id, 1 to 255 characters. plan: null = the configured default plan, or none. time_zone: where its days and months end. anchor: where periods are counted from; null = now. identity: say, the hash of a verified e-mail; of all accounts with the same one, the first gets the free grants. metadata: anything of yours, erasable.
Result: account_id. Idempotent: the same facts again change nothing (metadata is no fact; what is not given is not compared, nor is the time zone UTC, which is as good as none given) and open a closed account again, without a second grant for a period already granted.
Errors: 22004 or 22023 for a null, empty or unknown argument, 42710 where the account exists with other facts (detail: what it was opened with, and what was given).';

CREATE FUNCTION credits.change_plan(account_id text, plan text, at text DEFAULT 'now') RETURNS void
AS 'MODULE_PATHNAME', 'credits_change_plan' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.change_plan(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.change_plan(text, text, text) IS 'Moves an account to another plan. at: now (the difference to what this period already granted is granted, never a second full grant; the period goes on) or period_end.
Idempotent. Errors: PT404 no such account, PT403 closed, 22004 null, 22023 unknown plan or at.';

CREATE FUNCTION credits.close_account(account_id text, reason text DEFAULT NULL) RETURNS void
AS 'MODULE_PATHNAME', 'credits_close_account' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.close_account(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.close_account(text, text) IS 'Closes an account: no grant, call, settle or refund any more; release, expiry and void_lot still work. Credits stay until they expire. open_account with the same facts opens it again.
Idempotent. Errors: PT404 no such account, 22004 null.';

CREATE FUNCTION credits.freeze(account_id text, reason text) RETURNS void
AS 'MODULE_PATHNAME', 'credits_freeze' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.freeze(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.freeze(text, text) IS 'Refuses new calls of an account until unfreeze; running calls can be settled or released, grants and refunds go on. reason: for people, not null; on a frozen account it takes the place of the one before.
Idempotent. Errors: PT404 no such account, PT403 closed, 22004 null, 22023 an empty reason.';

CREATE FUNCTION credits.unfreeze(account_id text) RETURNS void
AS 'MODULE_PATHNAME', 'credits_unfreeze' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.unfreeze(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.unfreeze(text) IS 'Lets a frozen account call again. Idempotent. Errors: PT404 no such account, PT403 closed, 22004 null.';
