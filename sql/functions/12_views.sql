-- Views brought up to date by migrate(). Owns the replacing of the extension's own views and the search for
-- what depends on them; must never drop a user's object or lose a grant. Each view of sql/views begins at
-- the start of a line with CREATE OR REPLACE VIEW credits.NAME, and its comments follow it.

CREATE OR REPLACE FUNCTION credits.view_definitions() RETURNS TABLE (view_no bigint, view_name text, script text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT row_number() OVER (ORDER BY s.file_no, part.part_no), substring(part.text FROM '^CREATE OR REPLACE VIEW credits\.(\w+)'), part.text
    FROM credits.view_scripts() WITH ORDINALITY s(name, script, file_no),
         regexp_split_to_table(s.script, '(?n)^(?=CREATE OR REPLACE VIEW credits\.)') WITH ORDINALITY part(text, part_no)
    WHERE part.text ~ '^CREATE OR REPLACE VIEW'
    ORDER BY 1
$$;
REVOKE EXECUTE ON FUNCTION credits.view_definitions() FROM PUBLIC;
COMMENT ON FUNCTION credits.view_definitions() IS 'Internal: the views of this release one by one, in the order in which they are created: view_no, view_name (in schema credits), script (the view and its comments). Never null.';

CREATE OR REPLACE FUNCTION credits.installed_views() RETURNS TABLE (view_oid oid)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.oid FROM credits.schema_view v
    JOIN pg_class c ON c.oid = to_regclass(format('credits.%I', v.view_name)) AND c.relkind = 'v'
$$;
REVOKE EXECUTE ON FUNCTION credits.installed_views() FROM PUBLIC;
COMMENT ON FUNCTION credits.installed_views() IS 'Internal: the views that migrate() made in this database, perhaps in an older form.';

CREATE OR REPLACE FUNCTION credits.dependents(relations oid[], columns text[] DEFAULT '{}') RETURNS TABLE (finding text, own_view oid)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE own AS MATERIALIZED (
        SELECT v.view_oid FROM credits.installed_views() v
    ), edge AS MATERIALIZED (
        -- What would break or vanish: users of a column, a whole row or the row type; on a view also its
        -- rules, triggers and defaults, which go with it silently.
        SELECT coalesce(t.relation, d.refobjid) AS relation, w.ev_class AS rule_of, w.rulename = '_RETURN' AS is_query, d.classid, d.objid, d.objsubid
        FROM pg_depend d
        LEFT JOIN pg_attribute a ON d.refclassid = 'pg_class'::regclass AND a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.attnum > 0
        LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
        LEFT JOIN (SELECT y.oid AS type, y.typrelid AS relation FROM pg_type y WHERE y.typrelid <> 0
                   UNION ALL SELECT y.typarray, y.typrelid FROM pg_type y WHERE y.typrelid <> 0 AND y.typarray <> 0) t
               ON d.refclassid = 'pg_type'::regclass AND t.type = d.refobjid
        LEFT JOIN pg_class r ON d.refclassid = 'pg_class'::regclass AND r.oid = d.refobjid
        LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
        WHERE (t.type IS NOT NULL OR r.oid IS NOT NULL)
          AND (d.deptype = 'n' OR d.deptype = 'a' AND r.relkind = 'v')
          AND (w.oid IS NULL OR w.ev_class <> coalesce(t.relation, d.refobjid) OR w.rulename <> '_RETURN')
          AND (k.oid IS NULL OR k.conrelid <> d.refobjid)
          AND (columns = '{}' OR a.attname IS NULL OR d.refobjid <> ALL (relations) OR a.attname = ANY (columns))
    ), reached(relation) AS (
        SELECT unnest(relations)
        UNION
        SELECT e.rule_of FROM reached r JOIN edge e ON e.relation = r.relation AND e.is_query JOIN own ON own.view_oid = e.rule_of
    )
    SELECT DISTINCT CASE WHEN e.is_query THEN pg_describe_object('pg_class'::regclass, e.rule_of, 0)
                         ELSE pg_describe_object(e.classid, e.objid, e.objsubid) END || ' depends on ' || e.relation::regclass,
           own.view_oid
    FROM reached r JOIN edge e ON e.relation = r.relation
    LEFT JOIN own ON own.view_oid = e.rule_of AND e.is_query
    ORDER BY 1
$$;
REVOKE EXECUTE ON FUNCTION credits.dependents(oid[], text[]) FROM PUBLIC;
COMMENT ON FUNCTION credits.dependents(oid[], text[]) IS 'Internal: what depends on tables or views, or only on some columns of them, directly or through views of the extension: finding ("view public.mine depends on credits.balances"), own_view (oid of a view of the extension; null: the object is a user''s).';

CREATE OR REPLACE FUNCTION credits.refuse_blocked(subject text, blockers text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist',
        MESSAGE = format('%s is blocked by objects that are not of the extension', subject),
        DETAIL = array_to_string(blockers, E'\n'),
        HINT = 'drop them, call migrate() and create them again; nothing was changed';
END $$;
REVOKE EXECUTE ON FUNCTION credits.refuse_blocked(text, text[]) FROM PUBLIC;
COMMENT ON FUNCTION credits.refuse_blocked(text, text[]) IS 'Internal: raises 2BP01 naming what is blocked and every blocker.';

CREATE OR REPLACE FUNCTION credits.drop_views(views oid[]) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
-- regclass writes names quoted: @plpgsql_check_options: security_warnings = off
DECLARE
    grants text[];
BEGIN
    IF views = '{}' THEN
        RETURN ARRAY[]::text[];
    END IF;
    grants := ARRAY(
        SELECT format('GRANT %s ON %s TO %s%s', p.privilege, p.view_oid::regclass,
                      CASE p.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(p.grantee)) END,
                      CASE WHEN p.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
        FROM (SELECT c.oid, c.relowner, a.grantee, a.privilege_type, a.is_grantable
              FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = ANY (views)
              UNION ALL
              SELECT c.oid, c.relowner, a.grantee, format('%s (%I)', a.privilege_type, t.attname), a.is_grantable
              FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a WHERE c.oid = ANY (views)
             ) p(view_oid, owner, grantee, privilege, is_grantable)
        WHERE p.grantee <> p.owner
        ORDER BY 1);
    -- RESTRICT, in one statement: whatever else should depend on them makes it fail.
    EXECUTE 'DROP VIEW ' || (SELECT string_agg(v::regclass::text, ', ') FROM unnest(views) v);
    RETURN grants;
END $$;
REVOKE EXECUTE ON FUNCTION credits.drop_views(oid[]) FROM PUBLIC;
COMMENT ON FUNCTION credits.drop_views(oid[]) IS 'Internal: drops views of the extension that are to be created again in another form, and returns the GRANT commands that restore what users were given on them. Errors: 2BP01 where something else depends on them.';

CREATE OR REPLACE FUNCTION credits.replace_view(view_name text, script text, INOUT lost_grants text[], OUT blockers text[])
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
-- The script is part of the extension, not input: @plpgsql_check_options: security_warnings = off
DECLARE
    view_oid oid;
BEGIN
    blockers := ARRAY[]::text[];
    view_oid := to_regclass(format('credits.%I', view_name));
    IF view_oid IS NOT NULL AND view_oid NOT IN (SELECT v.view_oid FROM credits.installed_views() v) THEN
        blockers := ARRAY[pg_describe_object('pg_class'::regclass, view_oid, 0) || ' has the name of a view of the extension'];
        RETURN;
    END IF;
    INSERT INTO credits.schema_view (view_name) VALUES (replace_view.view_name) ON CONFLICT DO NOTHING;
    BEGIN
        EXECUTE script;
        RETURN;
    EXCEPTION WHEN invalid_table_definition THEN
        -- A column was renamed, retyped or removed: the view has to be made anew.
        NULL;
    END;
    blockers := ARRAY(SELECT d.finding FROM credits.dependents(ARRAY[view_oid]) d WHERE d.own_view IS NULL);
    IF blockers = '{}' THEN
        lost_grants := lost_grants || credits.drop_views(ARRAY(
            SELECT view_oid UNION SELECT d.own_view FROM credits.dependents(ARRAY[view_oid]) d));
        EXECUTE script;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.replace_view(text, text, text[]) FROM PUBLIC;
COMMENT ON FUNCTION credits.replace_view(text, text, text[]) IS 'Internal: creates or replaces one view. Where its columns changed it is dropped first, with the views of the extension that stand on it; lost_grants grows by what drop_views returns. blockers: the user''s objects because of which it was left alone.';

CREATE OR REPLACE FUNCTION credits.drop_obsolete_views() RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    obsolete text[] := ARRAY(SELECT v.view_name FROM credits.schema_view v WHERE v.view_name NOT IN (SELECT d.view_name FROM credits.view_definitions() d));
    views    oid[] := ARRAY(SELECT v.view_oid FROM credits.installed_views() v JOIN pg_class c ON c.oid = v.view_oid AND c.relname = ANY (obsolete));
    blockers text[] := ARRAY(SELECT d.finding FROM credits.dependents(views) d WHERE d.own_view IS NULL);
BEGIN
    IF blockers = '{}' THEN
        PERFORM credits.drop_views(views);
        DELETE FROM credits.schema_view v WHERE v.view_name = ANY (obsolete);
    END IF;
    RETURN blockers;
END $$;
REVOKE EXECUTE ON FUNCTION credits.drop_obsolete_views() FROM PUBLIC;
COMMENT ON FUNCTION credits.drop_obsolete_views() IS 'Internal: drops the views that migrate() made for an older release and this one does not have. Result: the user''s objects because of which none was dropped.';

CREATE OR REPLACE FUNCTION credits.refresh_views(lost_grants text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    definition   record;
    result       record;
    blockers     text[] := ARRAY[]::text[];
    lost_grant   text;
BEGIN
    FOR definition IN SELECT v.view_name, v.script FROM credits.view_definitions() v ORDER BY v.view_no LOOP
        BEGIN
            result := credits.replace_view(definition.view_name, definition.script, lost_grants);
            lost_grants := result.lost_grants;
            blockers := blockers || result.blockers;
        EXCEPTION WHEN OTHERS THEN
            -- Below a view that could not be replaced others may fail; the blockers say all there is to say.
            IF blockers = '{}' THEN
                RAISE;
            END IF;
        END;
    END LOOP;
    blockers := blockers || credits.drop_obsolete_views();
    IF blockers <> '{}' THEN
        PERFORM credits.refuse_blocked('the upgrade of the views', ARRAY(SELECT DISTINCT b FROM unnest(blockers) b ORDER BY b));
    END IF;
    FOREACH lost_grant IN ARRAY lost_grants LOOP
        BEGIN
            EXECUTE lost_grant;
        EXCEPTION WHEN undefined_column OR undefined_table THEN
            RAISE WARNING USING MESSAGE = format('a grant went with the column or view it was for: %s', lost_grant);
        END;
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION credits.refresh_views(text[]) FROM PUBLIC;
COMMENT ON FUNCTION credits.refresh_views(text[]) IS 'Internal: brings all views of this release up to date and then runs the GRANT commands given. Errors: 2BP01 listing every object of a user that is in the way.';
