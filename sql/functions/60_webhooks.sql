-- Webhooks of the payment provider: who signed a body, and what it says. Nothing is read or written here.

CREATE FUNCTION credits.hmac_sha256(message bytea, secret bytea) RETURNS bytea
AS 'MODULE_PATHNAME', 'credits_hmac_sha256' LANGUAGE C IMMUTABLE PARALLEL SAFE;
REVOKE EXECUTE ON FUNCTION credits.hmac_sha256(bytea, bytea) FROM PUBLIC;
COMMENT ON FUNCTION credits.hmac_sha256(bytea, bytea) IS 'Internal: HMAC-SHA256 of RFC 2104, 32 bytes, by the server''s own code. Errors: 22004 null.';

-- Volatile, although it reads nothing: a planner may leave out what has no effect, but not this.
CREATE FUNCTION credits.verify_signature(payload text, signature text, secrets text[], at timestamptz) RETURNS void
AS 'MODULE_PATHNAME', 'credits_verify_signature' LANGUAGE C VOLATILE PARALLEL SAFE;
REVOKE EXECUTE ON FUNCTION credits.verify_signature(text, text, text[], timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.verify_signature(text, text, text[], timestamptz) IS 'Internal: raises unless the payload was signed with one of the secrets, at most 300 seconds before a moment.
payload: the body byte for byte as it came. signature: the header Stripe-Signature; any of its v1 signatures may be the one, other schemes are passed over. at: when the body came in; a signature of later is accepted, as by the provider''s own libraries.
Errors: 28000, whose detail is JSON: reason is malformed_header, no_v1_signature, no_matching_signature or timestamp_too_old, and the last comes with signed_at and age in seconds. 22004 null; 22023 for no secret or an empty one.';

CREATE FUNCTION credits.event_facts(payload text) RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_event_facts' LANGUAGE C IMMUTABLE PARALLEL SAFE;
REVOKE EXECUTE ON FUNCTION credits.event_facts(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.event_facts(text) IS 'Internal: what an event of the payment provider says, read from its body of any version of the API, before and since 2025. What the event does not say is left out; an id that was expanded into its object is the id.
Always: event_id, type, kind (subscription, invoice, checkout, payment_intent, charge, dispute, invoice_payment, other). Of kind other only created, livemode and api_version are read besides.
Times (seconds since 1970): created, period_start, period_end, cancel_at, canceled_at, ended_at, trial_start, trial_end, start_date, next_payment_attempt, paid_at, charged_at. Amounts (whole numbers of smallest units, of which 10^exponent make one of the currency): amount, amount_due, amount_paid, amount_refunded, amount_total. Texts: api_version, status, currency, billing_reason, payment_status, mode, client_reference_id, reason. Ids: object_id, customer (or the customer''s account), subscription, invoice, payment_intent, charge, dispute. True or false: livemode, cancel_at_period_end, fully_refunded, more_lines (lines that the event does not hold). Objects of texts: metadata, subscription_metadata.
period_start and period_end: of a subscription its own, or that of the item that ends first; of an invoice what its subscription''s lines pay for (proration left aside), not the period in which items were collected.
items: array of id, price, quantity, period_start, period_end. lines: array of price, quantity, amount, currency, period_start, period_end, proration, subscription. changed: names of the fields that an update changed.
problem: the body is not as it must be; names the field, as in "data.object.amount_paid must be an integer". Other keys may then be missing.
Strings may hold U+FFFD in place of what no text can hold (\u0000, halves of surrogate pairs); of members of one name the last counts.
Errors: 22023 for a payload that is no JSON (the detail says at which byte), is nested deeper than 200 levels, or is no object with id and type; 22004 null.';
