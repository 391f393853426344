-- What keeps a database tidy. Nothing here decides anything: calls and reads apply what is due themselves.

CREATE FUNCTION credits.apply_due(account_id text) RETURNS boolean
AS 'MODULE_PATHNAME', 'credits_apply_due' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.apply_due(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.apply_due(text) IS 'Internal: writes what is due for one account, as maintain() does for many: timed-out holds, expired lots, renewals. Result: whether anything could be due. Errors: PT404 no such account, 22004 null, 40001 for a lost race under REPEATABLE READ. Locks: the account''s wallet row.';

CREATE FUNCTION credits.summarize_ledger() RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part     regclass;
    ranges   integer := 0;
    patience text := current_setting('lock_timeout');
BEGIN
    -- The index on time knows of new pages only when a vacuum has come by, and until then they are all read. A vacuum that
    -- is at work does the same, and is not to be waited for.
    PERFORM set_config('lock_timeout', '100ms', true);
    FOR part IN SELECT i.indexrelid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam AND a.amname = 'brin'
                WHERE c.relkind = 'i' AND (i.indrelid = 'credits.revenue_entry'::regclass
                      OR i.indrelid IN (SELECT t.relid FROM pg_partition_tree('credits.ledger') t WHERE t.isleaf)) AND pg_relation_size(i.indrelid) > 0
    LOOP
        BEGIN
            ranges := ranges + brin_summarize_new_values(part);
        EXCEPTION WHEN lock_not_available OR insufficient_privilege THEN
            NULL;
        END;
    END LOOP;
    PERFORM set_config('lock_timeout', patience, true);
    RETURN ranges;
END $$;
REVOKE EXECUTE ON FUNCTION credits.summarize_ledger() FROM PUBLIC;
COMMENT ON FUNCTION credits.summarize_ledger() IS 'Internal: brings the indexes on time of the ledger and the books of revenue up to date. Result: how many ranges of pages were new.';

CREATE FUNCTION credits.maintain_tables(max_accounts integer) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    moment     timestamptz := credits.now();
    keep_days  integer := (SELECT p.idempotency_days FROM credits.platform p);
    due        text;
    applied    integer := 0;
    pruned     bigint := 0;
    samples    bigint := 0;
    made       text[];
    left_out   text[];
    patience   text := current_setting('lock_timeout');
    rolled     bigint;
BEGIN
    IF max_accounts IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'max_accounts must not be null',
            DETAIL = 'argument max_accounts is null', HINT = 'leave it out for 10000';
    ELSIF max_accounts < 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'max_accounts must be zero or more',
            DETAIL = 'argument max_accounts', HINT = 'leave it out for 10000';
    END IF;
    -- Before anything is written, so that no transaction of its own is among those that are in progress.
    rolled := credits.roll_up_as_owner(1000000);
    PERFORM credits.summarize_ledger();
    -- Before wallets are locked, and only if nobody reads the whole ledger right now: to wait with them would stop
    -- their accounts. There are 24 months of room for another try.
    BEGIN
        PERFORM set_config('lock_timeout', '100ms', true);
        SELECT array_agg(p.partition_name) FILTER (WHERE p.outcome = 'created'),
               array_agg(p.partition_name || ': ' || p.outcome) FILTER (WHERE p.outcome NOT IN ('created', 'exists'))
        INTO made, left_out
        FROM credits.create_ledger_partitions(moment, 24) p;
        PERFORM set_config('lock_timeout', patience, true);
    EXCEPTION
        WHEN lock_not_available THEN
            left_out := ARRAY['all: the ledger is in use, the next run tries again'];
        WHEN insufficient_privilege THEN
            left_out := ARRAY[format('all: %s may not create tables in schema credits', quote_ident(current_user))];
    END;
    -- Keys have no index on time, it would cost every call; so they are looked through once a day. Calls
    -- take no notice of keys past their days, pruned or not.
    INSERT INTO credits.maintenance AS m (job, done_at) VALUES ('forget keys', moment)
    ON CONFLICT (job) DO UPDATE SET done_at = EXCLUDED.done_at
        WHERE m.done_at NOT BETWEEN EXCLUDED.done_at - interval '1 day' AND EXCLUDED.done_at;
    IF FOUND THEN
        DELETE FROM credits.idempotency_key k
        WHERE k.ctid = ANY (ARRAY(SELECT o.ctid FROM credits.idempotency_key o
                                  WHERE o.created_at < moment - make_interval(days => keep_days)
                                  FOR UPDATE SKIP LOCKED));
        GET DIAGNOSTICS pruned = ROW_COUNT;
        -- Samples of refusals are kept as long. The newest of an account stays: the next one's number follows it.
        DELETE FROM credits.denial d
        WHERE d.denied_at < moment - make_interval(days => keep_days)
          AND d.denial_no < (SELECT max(n.denial_no) FROM credits.denial n WHERE n.account_id = d.account_id);
        GET DIAGNOSTICS samples = ROW_COUNT;
    END IF;
    PERFORM credits.stop_platform(moment);
    -- Accounts that are busy right now apply what is due to them themselves.
    FOR due IN
        SELECT w.account_id FROM credits.wallet w WHERE w.next_event_at <= moment
        ORDER BY w.account_id LIMIT max_accounts FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        applied := applied + credits.apply_due(due)::integer;
    END LOOP;
    RETURN jsonb_build_object('accounts', applied, 'rolled_up', rolled, 'idempotency_keys', pruned, 'denials', samples,
        'partitions', coalesce(to_jsonb(made), '[]'), 'partitions_left_out', coalesce(to_jsonb(left_out), '[]'));
END $$;
REVOKE EXECUTE ON FUNCTION credits.maintain_tables(integer) FROM PUBLIC;
COMMENT ON FUNCTION credits.maintain_tables(integer) IS 'Internal: what maintain() does, with the rights of the caller.';

CREATE FUNCTION credits.maintain(max_accounts integer DEFAULT 10000) RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_maintain' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.maintain(integer) FROM PUBLIC;
COMMENT ON FUNCTION credits.maintain(integer) IS 'Tidies up: writes what is due for accounts that nobody calls (at most max_accounts of them), once a day forgets idempotency keys and samples of refusals past idempotency_days, makes the ledger''s next 24 monthly partitions, writes down a stop of the brake that no call could, and rolls up what the views of use and revenue add up (see roll_up). Run it from a scheduler, say every minute; nothing is wrong without, but these views take longer the longer it has not run.
Result: {"accounts": brought up to date, "rolled_up": entries of the ledger, "idempotency_keys": forgotten, "denials": forgotten, "partitions": [made], "partitions_left_out": [with why]}.
Errors: 22004 null, 22023 for a number below zero. Locks: the wallets it brings up to date, skipping busy ones.';

CREATE FUNCTION credits.erase_metadata_of(account_id text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    touched bigint;
    total   bigint := 0;
BEGIN
    -- Not just locked: only by a new version of this row does a call that waits for it learn that there are
    -- new ones of the account's other rows.
    UPDATE credits.wallet w SET clock = w.clock WHERE w.account_id = $1;
    IF NOT FOUND THEN
        PERFORM FROM credits.check_balance($1, 0); -- raises as for every unknown account
    END IF;
    UPDATE credits.ledger l SET metadata = NULL WHERE l.account_id = $1 AND l.metadata IS NOT NULL;
    GET DIAGNOSTICS touched = ROW_COUNT;
    total := total + touched;
    UPDATE credits.hold h SET metadata = NULL WHERE h.account_id = $1 AND h.metadata IS NOT NULL;
    GET DIAGNOSTICS touched = ROW_COUNT;
    total := total + touched;
    UPDATE credits.lot l SET metadata = NULL WHERE l.account_id = $1 AND l.metadata IS NOT NULL;
    GET DIAGNOSTICS touched = ROW_COUNT;
    total := total + touched;
    UPDATE credits.account a SET metadata = '{}' WHERE a.account_id = $1 AND a.metadata <> '{}';
    GET DIAGNOSTICS touched = ROW_COUNT;
    RETURN total + touched;
END $$;
REVOKE EXECUTE ON FUNCTION credits.erase_metadata_of(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.erase_metadata_of(text) IS 'Internal: what erase_metadata() does, with the rights of the caller.';

CREATE FUNCTION credits.erase_metadata(account_id text) RETURNS bigint
AS 'MODULE_PATHNAME', 'credits_erase_metadata' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.erase_metadata(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.erase_metadata(text) IS 'Empties the free-form metadata of an account and of its entries, holds and lots, and leaves the books intact: the one change that the ledger lets through.
Result: how many rows held some. Errors: PT404 no such account, 22004 null, 40001 for a lost race under REPEATABLE READ. Locks: the account''s wallet row.';
