-- Tables and everything on them: migrate() brings a database's state to this release of the extension.
-- Owns the order of the steps and credits.schema_version; must never drop or change what a user made.

CREATE OR REPLACE FUNCTION credits.require_schema() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known  integer := (SELECT max(s.version) FROM credits.migration_scripts() s);
    actual integer := 0;
BEGIN
    IF to_regclass('credits.schema_version') IS NOT NULL THEN
        actual := (SELECT coalesce(max(v.version), 0) FROM credits.schema_version v);
    END IF;
    IF actual < known THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = CASE WHEN actual = 0 THEN 'the tables of pg_credits do not exist in this database yet'
                           ELSE 'the tables of pg_credits are older than the extension' END,
            DETAIL = format('schema version %s, extension expects %s', actual, known),
            HINT = 'SELECT credits.migrate();';
    ELSIF actual > known THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'the tables of pg_credits are newer than the extension',
            DETAIL = format('schema version %s, extension knows up to %s', actual, known),
            HINT = 'install the newer release, then ALTER EXTENSION pg_credits UPDATE';
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.require_schema() FROM PUBLIC;
COMMENT ON FUNCTION credits.require_schema() IS 'Internal: checks that the tables are of the version that the extension expects. Errors: 55000 where they are missing, older or newer, with what to do.';

CREATE OR REPLACE FUNCTION credits.lock_schema() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner name;
BEGIN
    IF to_regclass('credits.schema_version') IS NULL THEN
        BEGIN
            CREATE TABLE credits.schema_version (
                version    integer PRIMARY KEY,
                name       text NOT NULL,
                applied_at timestamptz NOT NULL
            );
            COMMENT ON TABLE credits.schema_version IS 'Migrations applied to this database; written by migrate() only.';
            COMMENT ON COLUMN credits.schema_version.version IS 'number of the migration; the highest is the version of the schema';
            COMMENT ON COLUMN credits.schema_version.name IS 'file that the migration comes from';
            COMMENT ON COLUMN credits.schema_version.applied_at IS 'when it was applied';
            CREATE TABLE credits.schema_view (
                view_name text PRIMARY KEY
            );
            COMMENT ON TABLE credits.schema_view IS 'Views that migrate() made; any other view is a user''s and left alone.';
            COMMENT ON COLUMN credits.schema_view.view_name IS 'name of the view in schema credits';
        EXCEPTION WHEN unique_violation OR duplicate_table THEN
            -- Another session created it while this one waited for the name.
            NULL;
        END;
    END IF;
    -- All tables belong to one role. A superuser works as that role, so that nothing that the role put
    -- on its tables runs with more than the role's own rights.
    owner := (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = 'credits.schema_version'::regclass);
    IF owner <> current_user THEN
        IF NOT pg_has_role(owner, 'MEMBER') THEN
            RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
                MESSAGE = 'the tables of pg_credits belong to another role',
                DETAIL = format('they belong to %I, this is %I', owner, current_user),
                HINT = format('call migrate() as %I, a member of it, or a superuser', owner);
        END IF;
        PERFORM set_config('role', owner, true);
    END IF;
    LOCK TABLE credits.schema_version IN SHARE ROW EXCLUSIVE MODE;
END $$;
REVOKE EXECUTE ON FUNCTION credits.lock_schema() FROM PUBLIC;
COMMENT ON FUNCTION credits.lock_schema() IS 'Internal: lets one migrate() at a time go on, as the owner of the tables: creates credits.schema_version where it is missing and locks it (share row exclusive) to the end of the transaction. Errors: 42501 where the caller may not act as the owner.';

CREATE OR REPLACE FUNCTION credits.apply_migration(migration_name text, script text) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
-- The script is part of the extension, not input: @plpgsql_check_options: security_warnings = off
DECLARE
    lost_grants text[];
    blockers    text[];
BEGIN
    BEGIN
        EXECUTE script;
        RETURN ARRAY[]::text[];
    EXCEPTION WHEN dependent_objects_still_exist OR feature_not_supported THEN
        -- Something selects from what the script changes. Views of the extension step aside; they come
        -- back in their new form at the end. What a user built stays, and is named if it is in the way.
        lost_grants := credits.drop_views(ARRAY(
            SELECT v.view_oid FROM credits.installed_views() v
            WHERE NOT EXISTS (SELECT FROM credits.dependents(ARRAY[v.view_oid]) d WHERE d.own_view IS NULL)));
    END;
    BEGIN
        EXECUTE script;
        RETURN lost_grants;
    EXCEPTION WHEN dependent_objects_still_exist OR feature_not_supported THEN
        blockers := ARRAY(
            SELECT DISTINCT d.finding
            FROM regexp_split_to_table(script, ';') command,
                 regexp_matches(command, '(ALTER|DROP)\s+(?:TABLE|VIEW)\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?credits\.(\w+)', 'i') changed,
                 LATERAL (SELECT coalesce(array_agg(c.name[1]), '{}') AS names
                          FROM regexp_matches(command, '(?:ALTER|DROP)\s+COLUMN\s+(?:IF\s+EXISTS\s+)?(\w+)', 'gi') c(name)) columns,
                 credits.dependents(ARRAY[to_regclass('credits.' || changed[2])::oid], columns.names) d
            WHERE d.own_view IS NULL AND (upper(changed[1]) = 'DROP' OR columns.names <> '{}')
            ORDER BY 1);
        IF blockers = '{}' THEN
            RAISE;
        END IF;
        PERFORM credits.refuse_blocked(format('migration %s', migration_name), blockers);
    END;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION credits.apply_migration(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.apply_migration(text, text) IS 'Internal: runs one migration script. Returns the GRANT commands lost with views of the extension that had to step aside (see drop_views). Errors: 2BP01 listing the user''s objects that are in the way; the script''s own.';

CREATE OR REPLACE FUNCTION credits.watch_catalogue() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    catalogue_table regclass;
BEGIN
    FOR catalogue_table IN
        SELECT to_regclass('credits.' || t.name)
        FROM unnest('{platform,plan,price,price_alias,price_name_rule,action,setting,secret}'::text[]) WITH ORDINALITY t(name, position)
        WHERE to_regclass('credits.' || t.name) IS NOT NULL
          AND NOT EXISTS (SELECT FROM pg_trigger g
                          WHERE g.tgrelid = to_regclass('credits.' || t.name) AND g.tgname = 'catalogue_changed'
                            AND g.tgfoid = 'credits.catalogue_changed()'::regprocedure AND g.tgenabled = 'A')
        ORDER BY t.position
    LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER catalogue_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION credits.catalogue_changed()', catalogue_table);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER catalogue_changed', catalogue_table);
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION credits.watch_catalogue() FROM PUBLIC;
COMMENT ON FUNCTION credits.watch_catalogue() IS 'Internal: makes sure that every change of a catalogue table, also by hand, reaches the caches of all backends: a statement trigger that is always enabled, on each of them that exists.';

CREATE OR REPLACE FUNCTION credits.migrate(target integer DEFAULT NULL) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    newest      integer := (SELECT max(s.version) FROM credits.migration_scripts() s);
    goal        integer := coalesce(target, newest);
    actual      integer;
    caller_role text := current_setting('role');
    lost_grants text[] := ARRAY[]::text[];
    migration   record;
BEGIN
    IF goal NOT BETWEEN 1 AND newest THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('there is no schema version %s', goal),
            DETAIL = format('this release has versions 1 to %s', newest),
            HINT = 'SELECT credits.migrate(); goes to the newest';
    END IF;
    PERFORM credits.lock_schema();
    actual := (SELECT coalesce(max(v.version), 0) FROM credits.schema_version v);
    IF actual > newest THEN
        PERFORM credits.require_schema();
    ELSIF actual > goal THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('the schema is at version %s and migrations go forward only', actual),
            DETAIL = format('version %s was asked for', goal),
            HINT = 'to go back, restore a dump taken before the migration';
    END IF;
    FOR migration IN
        SELECT s.version, s.name, s.script FROM credits.migration_scripts() s
        WHERE s.version <= goal AND NOT EXISTS (SELECT FROM credits.schema_version v WHERE v.version = s.version)
        ORDER BY s.version
    LOOP
        -- The row first: under REPEATABLE READ a lost race shows here, as 40001.
        INSERT INTO credits.schema_version (version, name, applied_at)
        VALUES (migration.version, migration.name, credits.now()) ON CONFLICT DO NOTHING;
        lost_grants := lost_grants || credits.apply_migration(migration.name, migration.script);
    END LOOP;
    PERFORM credits.watch_catalogue();
    PERFORM credits.watch_wallet();
    IF to_regclass('credits.ledger') IS NOT NULL THEN
        PERFORM credits.protect_ledger();
        IF NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = 'credits.ledger'::regclass
                       AND i.inhrelid <> 'credits.ledger_default'::regclass) THEN
            PERFORM credits.create_ledger_partitions(credits.now(), 24);
        END IF;
    END IF;
    -- Views are written for the newest tables.
    IF goal = newest THEN
        PERFORM credits.refresh_views(lost_grants);
        PERFORM credits.protect_rows(), credits.refresh_access();
    END IF;
    PERFORM set_config('role', caller_role, true);
    RETURN goal::text;
END $$;
REVOKE EXECUTE ON FUNCTION credits.migrate(integer) FROM PUBLIC;
COMMENT ON FUNCTION credits.migrate(integer) IS 'Creates or upgrades everything in the database that is not a member of the extension: tables, ledger partitions, views, triggers, row-level security, the rights of roles that grant_access() was called for. They belong to the role that first calls it; later callers work as that role and so must be it, a member of it, or a superuser. One transaction, safe to repeat and to call from several sessions at once.
target: schema version to stop at (no unit), null = the newest; views are brought up to date at the newest only.
Result: the schema version, as text; never null.
Errors: 2BP01 listing each object of a user that is in the way (nothing of a user''s is ever dropped); 55000 where the schema is newer than the extension or than target; 22023 for a target that does not exist; 42501 where the caller may not act as the owner of the tables; 40001 under repeatable read where another session migrated meanwhile.
Locks: credits.schema_version against other calls; each table that a migration changes; views that are replaced.';
