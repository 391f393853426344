-- Calls of schema credits_api, for an application that charges over HTTP. A refusal is an answer with its HTTP status in the
-- setting response.status, not an error: an error would undo the counting of failed attempts.

CREATE OR REPLACE FUNCTION credits.set_response(http_status integer, retry_after interval DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM set_config('response.status', http_status::text, true);
    IF retry_after IS NOT NULL THEN
        PERFORM set_config('response.headers', jsonb_build_array(jsonb_build_object('Retry-After', greatest(1, ceil(extract(epoch FROM retry_after)))::text))::text, true);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.set_response(integer, interval) FROM PUBLIC;
COMMENT ON FUNCTION credits.set_response(integer, interval) IS 'Internal: the HTTP status of the answer, and after how long it is worth trying again, for this transaction.';

CREATE OR REPLACE FUNCTION credits.api_receipt(receipt credits.receipt) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_build_object('credits', jsonb_build_object('deducted', trim_scale(-(receipt).amount), 'remaining', trim_scale((receipt).balance),
        'monthlyUsage', (SELECT jsonb_build_object('tokens', u.tokens, 'requests', u.requests, 'cost', credits.json_usd(u.cost)) FROM credits.period_usage((receipt).account_id) u)))
$$;
REVOKE EXECUTE ON FUNCTION credits.api_receipt(credits.receipt) FROM PUBLIC;
COMMENT ON FUNCTION credits.api_receipt(credits.receipt) IS 'Internal: the answer after a call: what it charged, what is left, what the period has used.';

CREATE OR REPLACE FUNCTION credits.api_refusal(state text, message text, detail text, hint text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    facts jsonb := CASE WHEN detail LIKE '{%' THEN detail::jsonb ELSE '{}' END;
BEGIN
    PERFORM credits.set_response(substr(state, 3)::integer);
    RETURN jsonb_strip_nulls(jsonb_build_object('success', false, 'outcome', facts -> 'outcome', 'message', message, 'hint', nullif(hint, ''), 'detail', facts));
END $$;
REVOKE EXECUTE ON FUNCTION credits.api_refusal(text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.api_refusal(text, text, text, text) IS 'Internal: a refusal that was raised, as an answer with its HTTP status.';

CREATE OR REPLACE FUNCTION credits.api_authorize_as_owner(account_id text, amount numeric, action text, provider text, model text, usage jsonb,
    member_id text, idempotency_key text, metadata jsonb, ttl interval) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    decision credits.decision := credits.authorize($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);
BEGIN
    IF NOT decision.allowed THEN
        PERFORM credits.set_response(decision.http_status, decision.retry_after);
    END IF;
    RETURN jsonb_strip_nulls(jsonb_build_object('success', decision.allowed, 'outcome', decision.outcome, 'message', CASE WHEN NOT decision.allowed THEN decision.message END,
        'holdNo', decision.hold_no, 'amount', trim_scale(decision.amount), 'cost', CASE WHEN decision.cost IS NOT NULL THEN credits.json_usd(decision.cost) END,
        'balance', trim_scale(decision.balance), 'available', trim_scale(decision.available), 'level', decision.level, 'model', decision.model,
        'retryAfter', ceil(extract(epoch FROM decision.retry_after)), 'limitName', decision.limit_name, 'warnings', nullif(decision.warnings, '[]'),
        'detail', CASE WHEN NOT decision.allowed THEN decision.detail END, 'replayed', decision.replayed));
END $$;
REVOKE EXECUTE ON FUNCTION credits.api_authorize_as_owner(text, numeric, text, text, text, jsonb, text, text, jsonb, interval) FROM PUBLIC;
COMMENT ON FUNCTION credits.api_authorize_as_owner(text, numeric, text, text, text, jsonb, text, text, jsonb, interval) IS 'Internal: what credits_api.authorize() does.';

CREATE OR REPLACE FUNCTION credits_api.authorize(account_id text, amount numeric DEFAULT NULL, action text DEFAULT NULL, provider text DEFAULT NULL, model text DEFAULT NULL,
    usage jsonb DEFAULT NULL, member_id text DEFAULT NULL, idempotency_key text DEFAULT NULL, metadata jsonb DEFAULT '{}', ttl interval DEFAULT NULL) RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits_api.authorize(text, numeric, text, text, text, jsonb, text, text, jsonb, interval) FROM PUBLIC;
COMMENT ON FUNCTION credits_api.authorize(text, numeric, text, text, text, jsonb, text, text, jsonb, interval) IS 'Ask before a call
All checks, then a hold on the credits that the call may take; call the provider, then settle or release. For applications; arguments as of credits.authorize.
Result: {"success", "outcome", "message", "holdNo", "amount": credits held, "cost": USD expected, "balance", "available", "level", "model": the one to call, "retryAfter": seconds, "limitName", "warnings", "detail", "replayed"}. A refusal is an answer with its HTTP status (402, 403, 404, 409, 413, 422, 429, 503) and success false, and what it counts stays counted. Errors: 22004, 22023, 22003 for a bad argument.';

CREATE OR REPLACE FUNCTION credits.api_end_call(account_id text, hold_no bigint, settles boolean, usage jsonb, amount numeric, idempotency_key text, metadata jsonb, reason text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    receipt credits.receipt;
    state   text;
    said    text;
    facts   text;
    help    text;
BEGIN
    IF settles THEN
        receipt := credits.settle($1, $2, $4, $5, $6, $7);
    ELSE
        receipt := credits.release($1, $2, $8);
    END IF;
    RETURN credits.api_receipt(receipt);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT, facts = PG_EXCEPTION_DETAIL, help = PG_EXCEPTION_HINT;
    IF state !~ '^PT[0-9]{3}$' THEN
        RAISE;
    END IF;
    RETURN credits.api_refusal(state, said, facts, help);
END $$;
REVOKE EXECUTE ON FUNCTION credits.api_end_call(text, bigint, boolean, jsonb, numeric, text, jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.api_end_call(text, bigint, boolean, jsonb, numeric, text, jsonb, text) IS 'Internal: settles a hold, or releases it, with a refusal as an answer.';

CREATE OR REPLACE FUNCTION credits.api_settle_as_owner(account_id text, hold_no bigint, usage jsonb, amount numeric, idempotency_key text, metadata jsonb) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$ SELECT credits.api_end_call($1, $2, true, $3, $4, $5, $6, NULL) $$;
REVOKE EXECUTE ON FUNCTION credits.api_settle_as_owner(text, bigint, jsonb, numeric, text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.api_settle_as_owner(text, bigint, jsonb, numeric, text, jsonb) IS 'Internal: what credits_api.settle() does.';

CREATE OR REPLACE FUNCTION credits_api.settle(account_id text, hold_no bigint, usage jsonb DEFAULT NULL, amount numeric DEFAULT NULL, idempotency_key text DEFAULT NULL, metadata jsonb DEFAULT NULL) RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits_api.settle(text, bigint, jsonb, numeric, text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits_api.settle(text, bigint, jsonb, numeric, text, jsonb) IS 'Charge what a call really used
Ends the hold of authorize. For applications; arguments as of credits.settle. The same settle again gives the same answer.
Result: {"credits": {"deducted", "remaining", "monthlyUsage": {"tokens", "requests", "cost": USD}}}, the usage being that of the account''s present period. A refusal is an answer with its HTTP status (403, 404, 409, 422): {"success": false, "outcome", "message", "hint", "detail"}. Errors: 22004, 22023, 22003 for a bad argument.';

CREATE OR REPLACE FUNCTION credits.api_release_as_owner(account_id text, hold_no bigint, reason text) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$ SELECT credits.api_end_call($1, $2, false, NULL, NULL, NULL, NULL, $3) $$;
REVOKE EXECUTE ON FUNCTION credits.api_release_as_owner(text, bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.api_release_as_owner(text, bigint, text) IS 'Internal: what credits_api.release() does.';

CREATE OR REPLACE FUNCTION credits_api.release(account_id text, hold_no bigint, reason text DEFAULT NULL) RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits_api.release(text, bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION credits_api.release(text, bigint, text) IS 'Give a hold back: the call failed
Nothing is charged. For applications. reason: for the ledger; "failed" counts as a failed attempt.
Result and refusals (404, 409) as of settle, deducted 0. Errors: 22004 null.';

CREATE OR REPLACE FUNCTION credits.api_stripe_webhook_as_owner(payload json) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    signature text := nullif(current_setting('request.headers', true), '')::json ->> 'stripe-signature';
    state     text;
    said      text;
    facts     text;
    help      text;
BEGIN
    -- Of type json since that keeps the body byte for byte, which is what was signed.
    RETURN credits.stripe_event_as_owner($1::text, coalesce(signature, ''), NULL);
EXCEPTION WHEN invalid_authorization_specification OR invalid_parameter_value OR null_value_not_allowed THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT, facts = PG_EXCEPTION_DETAIL, help = PG_EXCEPTION_HINT;
    PERFORM credits.set_response(400);
    RETURN jsonb_build_object('status', 'refused', 'error', said, 'sqlstate', state, 'hint', help, 'detail', facts);
END $$;
REVOKE EXECUTE ON FUNCTION credits.api_stripe_webhook_as_owner(json) FROM PUBLIC;
COMMENT ON FUNCTION credits.api_stripe_webhook_as_owner(json) IS 'Internal: what credits_api.stripe_webhook() does.';

CREATE OR REPLACE FUNCTION credits_api.stripe_webhook(json) RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits_api.stripe_webhook(json) FROM PUBLIC;
COMMENT ON FUNCTION credits_api.stripe_webhook(json) IS 'Events of Stripe
The address for Stripe''s webhook: the whole body is the one argument, the signature is taken from the header Stripe-Signature.
Result: what credits.stripe_event answers, HTTP status 200, also where the event could not be handled yet ("status": "failed"): it is kept and tried again by itself. HTTP status 400, nothing stored: {"status": "refused", "error", "sqlstate", "hint", "detail"} for a wrong, old or missing signature and a body that is no event. Errors: those of stripe_event for which Stripe shall try again.';
