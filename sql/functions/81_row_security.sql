-- Rows of an account are seen by that account and by those who see all. Owns two policies on each table that has an
-- account_id: own_rows for everybody, all_rows for the roles of analysts and administrators. The tables' owner, as which
-- all calls work, is bound by none.

CREATE OR REPLACE FUNCTION credits.own_tables() RETURNS TABLE (relation oid, has_account boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.oid, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'account_id' AND NOT a.attisdropped)
    FROM (SELECT DISTINCT m.name[1] AS name FROM credits.migration_scripts() s, regexp_matches(s.script, '\mCREATE TABLE credits\.(\w+)', 'g') m(name)
          UNION SELECT unnest('{schema_version,schema_view}'::text[])) t
    JOIN pg_class c ON c.oid = to_regclass(format('credits.%I', t.name)) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
$$;
REVOKE EXECUTE ON FUNCTION credits.own_tables() FROM PUBLIC;
COMMENT ON FUNCTION credits.own_tables() IS 'Internal: the tables that migrations made in this database, without partitions: relation, and whether its rows are of accounts (has_account). A user''s own tables are none of them.';

CREATE OR REPLACE FUNCTION credits.protect_rows() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part regclass;
BEGIN
    FOR part IN
        SELECT t.relation FROM credits.own_tables() t WHERE t.has_account
        UNION SELECT p.relid FROM pg_partition_tree('credits.ledger') p
        ORDER BY 1
    LOOP
        IF NOT (SELECT c.relrowsecurity FROM pg_class c WHERE c.oid = part) THEN
            EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', part);
        END IF;
        IF NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = part AND p.polname = 'own_rows') THEN
            EXECUTE format('CREATE POLICY own_rows ON %s FOR SELECT USING (account_id = (SELECT credits.current_account()))', part);
        END IF;
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION credits.protect_rows() FROM PUBLIC;
COMMENT ON FUNCTION credits.protect_rows() IS 'Internal: makes sure that row-level security keeps the rows of accounts apart in every table that has them, and in each partition of the ledger. Locks only tables on which something is missing.';

CREATE OR REPLACE FUNCTION credits.show_all_rows(role name, sees_all boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    shown    record;
    readers  name[];
BEGIN
    FOR shown IN
        SELECT t.relation::regclass AS relation, p.oid IS NOT NULL AS has_policy,
               ARRAY(SELECT pg_get_userbyid(r.reader) FROM unnest(p.polroles) r(reader)) AS readers
        FROM credits.own_tables() t LEFT JOIN pg_policy p ON p.polrelid = t.relation AND p.polname = 'all_rows'
        WHERE t.has_account ORDER BY t.relation
    LOOP
        CONTINUE WHEN sees_all = (role = ANY (shown.readers));
        readers := CASE WHEN sees_all THEN shown.readers || role ELSE array_remove(shown.readers, role) END;
        IF readers = '{}' THEN
            EXECUTE format('DROP POLICY all_rows ON %s', shown.relation);
        ELSE
            EXECUTE format('%s POLICY all_rows ON %s %s TO %s %s', CASE WHEN shown.has_policy THEN 'ALTER' ELSE 'CREATE' END, shown.relation,
                           CASE WHEN NOT shown.has_policy THEN 'FOR SELECT' END, (SELECT string_agg(quote_ident(r.reader), ', ') FROM unnest(readers) r(reader)),
                           CASE WHEN NOT shown.has_policy THEN 'USING (true)' END);
        END IF;
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION credits.show_all_rows(name, boolean) FROM PUBLIC;
COMMENT ON FUNCTION credits.show_all_rows(name, boolean) IS 'Internal: lets a role see the rows of all accounts in the tables that it may read, or no longer. Locks each table (access exclusive) on which that changes something.';
