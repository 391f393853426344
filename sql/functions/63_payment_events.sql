-- The inbox of the payment provider's events: verified, stored once, handled in a subtransaction, tried again
-- where that failed. What an event does is in 64_stripe.sql.
--
-- Locks come in one order: the event's row, the keys of its customer and payment and of all that waits for these,
-- the account's wallet. Events that wait for one another are found under these keys, so that whoever comes second
-- sees the first, and none is passed over.

CREATE OR REPLACE FUNCTION credits.event_keys(facts jsonb) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN ARRAY(SELECT DISTINCT f.key FROM unnest(ARRAY[facts ->> 'customer', facts ->> 'payment_intent', facts ->> 'charge', facts ->> 'invoice']) f(key)
                 WHERE f.key IS NOT NULL ORDER BY f.key);
END $$;
REVOKE EXECUTE ON FUNCTION credits.event_keys(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.event_keys(jsonb) IS 'Internal: the ids of the customer and of the payment that an event is about, in order.';

CREATE OR REPLACE FUNCTION credits.lock_payment_keys(keys text[]) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted text[] := $1;
    found  text[];
    locked text;
BEGIN
    LOOP
        BEGIN
            FOREACH locked IN ARRAY wanted LOOP
                PERFORM pg_advisory_xact_lock(hashtextextended('pg_credits ' || locked, 0));
            END LOOP;
            found := ARRAY(SELECT k.key FROM unnest(wanted) k(key)
                           UNION SELECT k.key FROM credits.payment_event e, unnest(e.keys) k(key) WHERE e.status = 'failed' AND e.keys && wanted
                           ORDER BY 1);
            EXIT WHEN found <@ wanted;
            RAISE EXCEPTION USING ERRCODE = 'PTKEY';
        EXCEPTION
            WHEN SQLSTATE 'PTKEY' THEN
                -- The locks taken so far are given back by this, so that all are taken in order.
                wanted := found;
        END;
    END LOOP;
    RETURN wanted;
END $$;
REVOKE EXECUTE ON FUNCTION credits.lock_payment_keys(text[]) FROM PUBLIC;
COMMENT ON FUNCTION credits.lock_payment_keys(text[]) IS 'Internal: events that share a customer or a payment are handled one after the other, whichever account they turn out to be of; so are those that wait for them, whose keys are locked too. keys in order. To be called before a wallet is locked. Result: all keys that are held now.';

CREATE FUNCTION credits.is_known_by_now(customer text, keys text[]) RETURNS boolean
AS 'MODULE_PATHNAME', 'credits_is_known_by_now' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.is_known_by_now(text, text[]) FROM PUBLIC;
COMMENT ON FUNCTION credits.is_known_by_now(text, text[]) IS 'Internal: whether a customer is linked, or a payment known by one of keys, as of this very moment, which the snapshot of a transaction above READ COMMITTED may be too old to show.';

CREATE OR REPLACE FUNCTION credits.event_account(facts jsonb) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account_id text;
    named      text;
    problem    text;
BEGIN
    -- The application's own word comes first. What a payer can write into the address of a payment page comes last.
    SELECT n.account_id INTO account_id
    FROM (SELECT a.account_id, 1 FROM credits.account a WHERE a.account_id = facts #>> '{metadata,account_id}'
          UNION ALL SELECT a.account_id, 2 FROM credits.account a WHERE a.account_id = facts #>> '{subscription_metadata,account_id}'
          UNION ALL SELECT k.account_id, 3 FROM credits.payment_key k WHERE k.key IN (facts ->> 'payment_intent', facts ->> 'charge', facts ->> 'invoice')
          UNION ALL SELECT c.account_id, 4 FROM credits.payment_customer c WHERE c.customer = facts ->> 'customer'
          UNION ALL SELECT a.account_id, 5 FROM credits.account a WHERE a.account_id = facts ->> 'client_reference_id') n(account_id, rank)
    ORDER BY n.rank LIMIT 1;
    IF FOUND THEN
        RETURN account_id;
    END IF;
    -- Where it has become known since the snapshot, nobody would try the event again: a lost race.
    IF credits.is_known_by_now(facts ->> 'customer', credits.event_keys(facts)) THEN
        RAISE EXCEPTION USING ERRCODE = 'serialization_failure', MESSAGE = 'could not serialize access due to concurrent update', HINT = 'The transaction might succeed if retried.';
    END IF;
    named := left(coalesce(facts #>> '{metadata,account_id}', facts #>> '{subscription_metadata,account_id}', facts ->> 'client_reference_id'), 200);
    problem := CASE WHEN named IS NOT NULL THEN format('there is no account "%s", which the event names', named)
                    WHEN facts ? 'customer' THEN format('no account is known for customer %s', facts ->> 'customer')
                    ELSE 'the payment that the event is about is not known' END;
    RAISE EXCEPTION USING ERRCODE = 'PT404', MESSAGE = problem, DETAIL = jsonb_build_object('outcome', 'account_not_found', 'http_status', 404)::text,
        HINT = concat_ws('; or ', CASE WHEN named IS NOT NULL THEN 'open it, and call credits.retry_events()' END,
            CASE WHEN facts ? 'customer' THEN format('SELECT credits.link_customer(account_id, %L) links the customer, and the event is tried again', facts ->> 'customer')
                 WHEN named IS NULL THEN 'it is tried again when the payment that it is about has come, and by credits.retry_events()' END);
END $$;
REVOKE EXECUTE ON FUNCTION credits.event_account(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.event_account(jsonb) IS 'Internal: the account of an event: the one that account_id in metadata (of the object or its subscription) names; else that of the payment that it speaks of; else of its customer where that is linked; else the one that client_reference_id names. Errors: PT404 where none is known yet; 40001 where that is so only for the transaction''s snapshot.';

CREATE OR REPLACE FUNCTION credits.handle_event(event_id text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    event        credits.payment_event;
    outcome      record;
    error_state  text;
    error_text   text;
    error_hint   text;
BEGIN
    SELECT e.* INTO event FROM credits.payment_event e WHERE e.event_id = $1 FOR UPDATE;
    BEGIN
        SELECT a.status, a.account_id, a.remark INTO outcome FROM credits.apply_event(event.type, event.facts) a;
        event.status := outcome.status;
        event.account_id := outcome.account_id;
        event.error := outcome.remark;
        event.payload := NULL;
    EXCEPTION
        -- Nothing is wrong with the event: whoever sent it sends it again.
        WHEN serialization_failure OR deadlock_detected OR lock_not_available OR insufficient_resources OR operator_intervention OR system_error THEN
            RAISE;
        WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS error_state = RETURNED_SQLSTATE, error_text = MESSAGE_TEXT, error_hint = PG_EXCEPTION_HINT;
            event.status := 'failed';
            event.error := concat_ws('; ', error_text, nullif(error_hint, ''));
    END;
    UPDATE credits.payment_event e
    SET status = event.status, error = event.error, account_id = event.account_id, payload = event.payload, attempts = e.attempts + 1, handled_at = credits.now()
    WHERE e.event_id = $1;
    RETURN jsonb_strip_nulls(jsonb_build_object('status', event.status, 'event_id', $1, 'type', event.type, 'account_id', event.account_id,
        CASE WHEN event.status = 'failed' THEN 'error' ELSE 'remark' END, event.error, 'sqlstate', error_state));
END $$;
REVOKE EXECUTE ON FUNCTION credits.handle_event(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.handle_event(text) IS 'Internal: handles a stored event, whose keys are locked, in a subtransaction, and notes what became of it. Result: the answer of stripe_event(). Errors: only those that say nothing of the event, for the caller to try again: 40001, 40P01, 55P03, classes 53, 57 and 58.';

CREATE FUNCTION credits.waits_by_now(keys text[], seen text[]) RETURNS boolean
AS 'MODULE_PATHNAME', 'credits_waits_by_now' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.waits_by_now(text[], text[]) FROM PUBLIC;
COMMENT ON FUNCTION credits.waits_by_now(text[], text[]) IS 'Internal: whether a failed event of these keys, other than those seen, is there as of this very moment.';

CREATE OR REPLACE FUNCTION credits.handle_waiting(keys text[]) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    waiting record;
    handled integer := 0;
    more    boolean := true;
BEGIN
    -- One may have waited for another: as long as any goes through, all are tried again.
    WHILE more LOOP
        more := false;
        FOR waiting IN SELECT e.event_id FROM credits.payment_event e WHERE e.status = 'failed' AND e.keys && $1
                       ORDER BY e.created_at, e.event_id FOR UPDATE SKIP LOCKED LOOP
            IF credits.handle_event(waiting.event_id) ->> 'status' <> 'failed' THEN
                handled := handled + 1;
                more := true;
            END IF;
        END LOOP;
    END LOOP;
    -- One that came since the snapshot waits for what is done here, and nobody would try it again: a lost race.
    IF credits.waits_by_now($1, ARRAY(SELECT e.event_id FROM credits.payment_event e WHERE e.status = 'failed' AND e.keys && $1)) THEN
        RAISE EXCEPTION USING ERRCODE = 'serialization_failure', MESSAGE = 'could not serialize access due to concurrent update', HINT = 'The transaction might succeed if retried.';
    END IF;
    RETURN handled;
END $$;
REVOKE EXECUTE ON FUNCTION credits.handle_waiting(text[]) FROM PUBLIC;
COMMENT ON FUNCTION credits.handle_waiting(text[]) IS 'Internal: tries again the failed events of these keys, which are locked, in order of creation. Result: how many went through. Errors: 40001 where one waits that the transaction''s snapshot does not show.';

CREATE OR REPLACE FUNCTION credits.take_event(payload text, facts jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known  text;
    held   text[];
    answer jsonb;
BEGIN
    INSERT INTO credits.payment_event (event_id, type, status, created_at, received_at, customer, keys, facts, payload)
    VALUES (facts ->> 'event_id', facts ->> 'type', 'new', to_timestamp((facts ->> 'created')::bigint), credits.now(), facts ->> 'customer', credits.event_keys(facts), facts, $1)
    ON CONFLICT ON CONSTRAINT payment_event_pkey DO NOTHING;
    IF NOT FOUND THEN
        SELECT e.status INTO known FROM credits.payment_event e WHERE e.event_id = $2 ->> 'event_id' FOR UPDATE;
        IF known <> 'failed' THEN
            RETURN jsonb_build_object('status', 'duplicate', 'event_id', facts -> 'event_id', 'type', facts -> 'type');
        END IF;
    END IF;
    IF credits.is_handled(facts ->> 'type', facts) THEN
        held := credits.lock_payment_keys(credits.event_keys(facts));
    END IF;
    answer := credits.handle_event(facts ->> 'event_id');
    IF answer ->> 'status' IN ('processed', 'duplicate') THEN
        PERFORM credits.handle_waiting(held);
    END IF;
    RETURN answer;
END $$;
REVOKE EXECUTE ON FUNCTION credits.take_event(text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.take_event(text, jsonb) IS 'Internal: stores a verified event and handles it, and those that waited for it. Result: the answer of stripe_event().';

CREATE OR REPLACE FUNCTION credits.stripe_event_as_owner(payload text, signature text, at timestamptz) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off
AS $$
DECLARE
    secrets text[] := ARRAY(SELECT s.value FROM credits.secret s WHERE s.name = 'stripe.webhook_secret');
BEGIN
    PERFORM credits.require_schema();
    IF secrets = '{}' THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = 'no secret is configured by which events could be verified',
            DETAIL = 'stripe.webhook_secret', HINT = 'SELECT credits.configure(''{"stripe": {"webhook_secret": "whsec_…"}}'')';
    END IF;
    PERFORM credits.verify_signature($1, $2, secrets, coalesce($3, credits.now()));
    RETURN credits.take_event($1, credits.event_facts($1));
END $$;
REVOKE EXECUTE ON FUNCTION credits.stripe_event_as_owner(text, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.stripe_event_as_owner(text, text, timestamptz) IS 'Internal: what stripe_event() does, with the rights of the tables'' owner.';

CREATE FUNCTION credits.stripe_event(payload text, signature text, at timestamptz DEFAULT NULL) RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.stripe_event(text, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.stripe_event(text, text, timestamptz) IS 'Takes in an event of Stripe, exactly once, in any order: subscriptions set the account''s plan; paid invoices, checkout sessions and payment intents grant what was bought and book revenue; failed invoices begin the licence''s schedule; refunds and disputes take back. Other types are stored as ignored. docs/payments.md says what each does.
payload: the body as it came, byte by byte. signature: the header Stripe-Signature. at: when it came, for the signature''s age (at most 300 s); null = now.
Result: {"status": processed, ignored, duplicate (the event, or the payment that it tells of, was there before) or failed, "event_id", "type", "account_id", "error": why it failed}. A failed event is kept with its reason (view payment_events) and tried again when what it waits for has come (the link of its customer, the payment), when Stripe sends it again, and by retry_events().
Errors, with nothing stored: 28000 wrong, old or missing signature; 22023 a body that is no event; 55000 no secret is configured; to be tried again: 40001, 40P01, 55P03 (lock_timeout), classes 53, 57 and 58 (lack of memory or disk, cancelled).';

CREATE OR REPLACE FUNCTION credits.retry_events_as_owner() RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off
AS $$
DECLARE
    waiting record;
    more    boolean := true;
    handled integer := 0;
BEGIN
    PERFORM credits.require_schema();
    -- Read again: this release may understand what an older one did not.
    UPDATE credits.payment_event e SET facts = f.facts, customer = f.facts ->> 'customer', keys = credits.event_keys(f.facts)
    FROM credits.payment_event o, LATERAL credits.event_facts(o.payload) f(facts)
    WHERE o.event_id = e.event_id AND o.status = 'failed' AND o.payload IS NOT NULL AND f.facts <> o.facts;
    PERFORM credits.lock_payment_keys(ARRAY(SELECT DISTINCT k.key FROM credits.payment_event e, unnest(e.keys) k(key) WHERE e.status = 'failed' ORDER BY 1));
    WHILE more LOOP
        more := false;
        FOR waiting IN SELECT e.event_id FROM credits.payment_event e WHERE e.status = 'failed' ORDER BY e.created_at, e.event_id FOR UPDATE SKIP LOCKED LOOP
            IF credits.handle_event(waiting.event_id) ->> 'status' <> 'failed' THEN
                handled := handled + 1;
                more := true;
            END IF;
        END LOOP;
    END LOOP;
    RETURN jsonb_build_object('handled', handled, 'failed', (SELECT count(*) FROM credits.payment_event e WHERE e.status = 'failed'));
END $$;
REVOKE EXECUTE ON FUNCTION credits.retry_events_as_owner() FROM PUBLIC;
COMMENT ON FUNCTION credits.retry_events_as_owner() IS 'Internal: what retry_events() does, with the rights of the tables'' owner.';

CREATE FUNCTION credits.retry_events() RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.retry_events() FROM PUBLIC;
COMMENT ON FUNCTION credits.retry_events() IS 'Tries all failed payment events again, in order of creation, as long as any goes through: after the configuration was mended, or a customer linked.
Result: {"handled": events that went through, "failed": events that are left}. Events that another session is handling are left to it. Locks: the events, and wallet rows of their accounts until the transaction ends.';

CREATE OR REPLACE FUNCTION credits.link_customer_as_owner(account_id text, customer text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off
AS $$
DECLARE
    linked text;
    held   text[];
BEGIN
    PERFORM credits.require_text($2, 'customer');
    held := credits.lock_payment_keys(ARRAY[$2]);
    PERFORM credits.lock_payer($1);
    INSERT INTO credits.payment_customer AS c (customer, account_id, linked_at) VALUES ($2, $1, credits.now()) ON CONFLICT ON CONSTRAINT payment_customer_pkey DO NOTHING;
    SELECT c.account_id INTO linked FROM credits.payment_customer c WHERE c.customer = $2;
    IF linked <> $1 THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object', MESSAGE = format('customer %s is linked to another account', left($2, 200)),
            DETAIL = format('account %s', linked), HINT = 'a customer of the payment provider is one account';
    END IF;
    RETURN jsonb_build_object('handled', credits.handle_waiting(held));
END $$;
REVOKE EXECUTE ON FUNCTION credits.link_customer_as_owner(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.link_customer_as_owner(text, text) IS 'Internal: what link_customer() does, with the rights of the tables'' owner.';

CREATE FUNCTION credits.link_customer(account_id text, customer text) RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.link_customer(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.link_customer(text, text) IS 'Says which account a customer of the payment provider is, where no event did (by account_id in metadata, or client_reference_id); events that waited for it are handled at once.
Result: {"handled": how many did}. The same link again is a no-op. Errors: PT404 no such account, 42710 the customer is linked to another account, 22004 null.';
