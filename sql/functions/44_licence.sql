-- Licences, and conversions that open gates. Every function that writes locks the account's wallet row.

CREATE FUNCTION credits.fail_licence(account_id text, failed_at timestamptz DEFAULT NULL, reason text DEFAULT NULL) RETURNS text
AS 'MODULE_PATHNAME', 'credits_fail_licence' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.fail_licence(text, timestamptz, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.fail_licence(text, timestamptz, text) IS 'Says that a payment failed: from then on the licence''s states and capabilities follow the configured schedule. Open holds of actions whose feature is lost by now are released, those of features that are lost later at that time.
failed_at: the event''s own time, from which everything is counted; null = now. All are remembered, and the earliest since the latest payment that was told counts, in whatever order they are told. reason: for people.
Result: the licence''s state now (no unit): past_due, grace, suspended or cancelled; active where failed_at lies ahead.
Idempotent. Raises an alert of kind licence. Errors: PT404 no such account, 22004 null, 22023 for infinity.';

CREATE FUNCTION credits.restore_licence(account_id text, paid_at timestamptz DEFAULT NULL) RETURNS text
AS 'MODULE_PATHNAME', 'credits_restore_licence' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.restore_licence(text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.restore_licence(text, timestamptz) IS 'Says that the payment was made after all: failures up to then are cured, and the licence is active and has all its capabilities again.
paid_at: the payment''s own time; null = now. A failure later than that counts from then on, also one that was told before; one up to then that is told only afterwards changes nothing.
Result: the licence''s state now (no unit): active, or another where a later payment failed. Idempotent. Raises an alert of kind licence where it cures a failure. Errors: PT404 no such account, 22004 null, 22023 for infinity.';

CREATE FUNCTION credits.capabilities(account_id text)
RETURNS TABLE (capability text, available boolean, in_plan boolean, licence text, lost_at timestamptz)
AS 'MODULE_PATHNAME', 'credits_capabilities' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits.capabilities(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.capabilities(text) IS 'What an account may use now: one row for each feature that the licence''s schedule, the account''s plan or an action names.
Result: capability: the feature''s name; available: the plan has it, the licence has not lost it, the account is open; in_plan: the plan has it; licence: the licence''s state now: active, past_due, grace, suspended, cancelled; lost_at: time from which a failed payment takes it, past or to come, null = it takes it not.
As of now, without writing. Errors: PT404 no such account, 22004 null.';

CREATE FUNCTION credits.record_conversion(account_id text, kind text, reference text, commission numeric DEFAULT 0) RETURNS boolean
AS 'MODULE_PATHNAME', 'credits_record_conversion' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.record_conversion(text, text, text, numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.record_conversion(text, text, text, numeric) IS 'Records what a customer did elsewhere, such as an affiliate click or purchase. It opens one gate of its kind, once.
kind: as gates name it. reference: yours, unique for the account and kind. commission: USD that it brought; revenue of the period.
Result: true; false where the reference was recorded before, and then nothing is done.
Errors: PT404 no such account, 22004 null, 22023 negative commission or empty names, 42710 where the reference is recorded with another commission.';
