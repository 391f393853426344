-- The ledger's partitions and what makes it append-only. Owns the names and bounds of the months and the
-- triggers that refuse changes; must never touch a row, nor a table that is not the ledger's.

CREATE OR REPLACE FUNCTION credits.refuse_ledger_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    entry    text;
    restored record;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.metadata IS NULL OR NEW.metadata = '{}') THEN
        restored := NEW;
        restored.metadata := OLD.metadata;
        -- Byte by byte: 1.0 instead of 1.00 is a change too.
        IF restored OPERATOR(pg_catalog.*=) OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    IF TG_LEVEL = 'ROW' THEN
        entry := format(' of entry %s of account %s', OLD.entry_no, quote_literal(left(OLD.account_id, 200)));
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
        MESSAGE = 'the ledger is append-only',
        DETAIL = format('%s%s on table %I.%I was refused', TG_OP, entry, TG_TABLE_SCHEMA, TG_TABLE_NAME),
        HINT = 'correct a mistake by a new entry: refund, void_lot, grant or deduct; credits.erase_metadata empties metadata';
END $$;
REVOKE EXECUTE ON FUNCTION credits.refuse_ledger_change() FROM PUBLIC;
COMMENT ON FUNCTION credits.refuse_ledger_change() IS 'Internal: trigger of the ledger and each of its partitions: refuses UPDATE, DELETE and TRUNCATE, also to the owner. One UPDATE passes: metadata becomes null or empty and no other column changes. Errors: 55000.';

CREATE OR REPLACE FUNCTION credits.protect_ledger() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part regclass;
BEGIN
    -- The parent comes first: its row trigger is cloned to every partition.
    FOR part IN SELECT t.relid FROM pg_partition_tree('credits.ledger') t ORDER BY t.level, t.relid LOOP
        IF NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = part AND t.tgname = 'append_only') THEN
            EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION credits.refuse_ledger_change()', part);
        END IF;
        IF NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = part AND t.tgname = 'append_only_truncate') THEN
            EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION credits.refuse_ledger_change()', part);
        END IF;
        IF EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = part AND t.tgname IN ('append_only', 'append_only_truncate')
                   AND t.tgenabled <> 'A') THEN
            EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER append_only', part);
            EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER append_only_truncate', part);
        END IF;
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION credits.protect_ledger() FROM PUBLIC;
COMMENT ON FUNCTION credits.protect_ledger() IS 'Internal: makes sure that the ledger and each of its partitions, also one that a user attached, refuse UPDATE, DELETE and TRUNCATE by triggers that are always enabled. Locks only tables on which something is missing.';

CREATE OR REPLACE FUNCTION credits.create_ledger_partitions(first_month timestamptz, months integer)
RETURNS TABLE (partition_name text, outcome text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    month_start timestamptz;
    owner       name;
BEGIN
    IF first_month IS NULL OR months IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = format('%s must not be null', CASE WHEN first_month IS NULL THEN 'first_month' ELSE 'months' END),
            DETAIL = format('argument %s is null', CASE WHEN first_month IS NULL THEN 'first_month' ELSE 'months' END),
            HINT = 'SELECT * FROM credits.create_ledger_partitions(credits.now(), 24);';
    ELSIF NOT isfinite(first_month) OR months NOT BETWEEN 1 AND 1200 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'partitions are created for 1 to 1200 months from a given moment',
            DETAIL = format('%s months from %s were asked for', months, first_month),
            HINT = 'SELECT * FROM credits.create_ledger_partitions(credits.now(), 24);';
    END IF;
    owner := (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = 'credits.ledger'::regclass);
    FOR month_start IN
        SELECT date_trunc('month', first_month) + make_interval(months => i) FROM generate_series(0, months - 1) i ORDER BY 1
    LOOP
        partition_name := to_char(month_start, '"ledger_"YYYY_MM');
        IF to_regclass(format('credits.%I', partition_name)) IS NOT NULL THEN
            outcome := CASE WHEN EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = 'credits.ledger'::regclass
                                         AND i.inhrelid = to_regclass(format('credits.%I', partition_name)))
                            THEN 'exists' ELSE 'skipped: a table of that name is not part of the ledger' END;
            RETURN NEXT;
            CONTINUE;
        END IF;
        BEGIN
            -- Attaching an empty table does not stop calls that write to other months; PARTITION OF would.
            EXECUTE format('CREATE TABLE credits.%I (LIKE credits.ledger INCLUDING ALL EXCLUDING INDEXES EXCLUDING COMMENTS)', partition_name);
            EXECUTE format('ALTER TABLE credits.%I OWNER TO %I', partition_name, owner);
            EXECUTE format('COMMENT ON TABLE credits.%I IS %L', partition_name, to_char(month_start, '"Ledger entries written in "YYYY-MM" (UTC)."'));
            EXECUTE format('ALTER TABLE credits.ledger ATTACH PARTITION credits.%I FOR VALUES FROM (%L) TO (%L)',
                           partition_name, month_start, month_start + interval '1 month');
            outcome := 'created';
        EXCEPTION
            WHEN check_violation THEN
                outcome := 'skipped: the default partition already has entries of this month';
            WHEN invalid_object_definition THEN
                outcome := 'skipped: another partition covers part of this month';
        END;
        RETURN NEXT;
    END LOOP;
    PERFORM credits.protect_ledger(), credits.protect_rows();
END $$;
REVOKE EXECUTE ON FUNCTION credits.create_ledger_partitions(timestamptz, integer) FROM PUBLIC;
COMMENT ON FUNCTION credits.create_ledger_partitions(timestamptz, integer) IS 'Creates the ledger''s monthly partitions, ledger_YYYY_MM, bounds at midnight UTC; safe to repeat. migrate() makes the first 24 and maintain() goes on.
first_month: any moment of the first month; months: how many, 1 to 1200.
Result: one row a month: partition_name; outcome = created, exists, or skipped with the reason. A month of which the default partition already has entries is skipped: its entries stay there and stay valid.
Errors: 22004 for null; 22023 for an infinite moment or another number of months; 42501 for a caller that is not the owner of the ledger.
Locks: the default partition (access exclusive) while a month is attached; calls that write to other months go on.';
