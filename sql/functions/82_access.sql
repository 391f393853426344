-- Rights by kind of role: what each kind may call and read, and grant_access(), which grants it. Functions work as the
-- tables' owner, so that an application needs no right on a table; who reads views reads what they stand on.

CREATE OR REPLACE FUNCTION credits.kind_functions(kind text) RETURNS TABLE (function regprocedure)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH member AS (
        SELECT p.oid, n.nspname = 'credits_api' AS is_api, p.proname, p.provolatile
        FROM pg_extension e
        JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
        JOIN pg_proc p ON p.oid = d.objid AND p.prorettype <> 'trigger'::regtype
        JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE e.extname = 'pg_credits'
    ), word AS (SELECT string_to_array(
        'acknowledge_alert authorize balance buy_pack capabilities change_plan check_balance close_account cost cost_breakdown current_account'
        ' deduct deduct_many estimate extend fail_licence forecast format_tokens freeze gift grant history holds limits link_customer lots'
        ' normalize_usage now open_account prize_wheel quote receipt_of recommend_plan record_conversion record_cost record_payment refer refund'
        ' refund_payment release restore_licence retry_events set_consent set_limit set_member settle settle_many spin statement stripe_event'
        ' unfreeze upgrade void_lot', ' ') AS app,
        string_to_array('configure erase_metadata import_prices load_preset maintain pause resume roll_up', ' ') AS admin,
        string_to_array('authorize settle release stripe_webhook', ' ') AS app_api
    )
    SELECT m.oid::regprocedure FROM member m, word w
    WHERE CASE $1
          WHEN 'app' THEN CASE WHEN m.is_api THEN m.proname = ANY (w.app_api) ELSE m.proname = ANY (w.app) END
          WHEN 'customer' THEN CASE WHEN m.is_api THEN m.proname <> ALL (w.app_api) ELSE m.proname IN ('current_account', 'visible_balance', 'now') END
          -- What only reads may be called by whoever may read everything: views and figures are made of it.
          WHEN 'analyst' THEN NOT m.is_api AND (m.provolatile <> 'v' OR m.proname IN ('now', 'platform_counters'))
          WHEN 'admin' THEN m.is_api OR m.provolatile <> 'v' OR m.proname IN ('platform_counters') OR m.proname = ANY (w.app || w.admin) END
    UNION
    -- Plain helpers of the views that customers read: they look at nothing but their arguments.
    SELECT f.oid::regprocedure
    FROM credits.kind_relations('customer') v
    JOIN pg_rewrite r ON r.ev_class = v.relation
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_proc'::regclass
    JOIN pg_proc f ON f.oid = d.refobjid AND f.provolatile = 'i' AND f.pronamespace = 'credits'::regnamespace
    WHERE $1 = 'customer'
$$;
REVOKE EXECUTE ON FUNCTION credits.kind_functions(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.kind_functions(text) IS 'Internal: the functions of the extension that roles of a kind (app, analyst, customer, admin) may call. migrate, create_ledger_partitions, grant_access and revoke_access are for the owner alone.';

CREATE OR REPLACE FUNCTION credits.kind_relations(kind text) RETURNS TABLE (relation regclass)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE shown AS (
        SELECT c.oid FROM credits.installed_views() v JOIN pg_class c ON c.oid = v.view_oid
        WHERE $1 IN ('analyst', 'admin')
           OR $1 = 'customer' AND c.relname = ANY ('{accounts,balances,open_holds,overages,alerts,restriction_states,restriction_events,token_transactions,ai_token_usage_log}'::text[])
        UNION
        -- What a view stands on is read with the rights of its reader.
        SELECT d.refobjid
        FROM shown s
        JOIN pg_rewrite r ON r.ev_class = s.oid
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> s.oid
    )
    -- Not a table that shows a customer everybody's rows: a view that came to need one fails for customers instead.
    SELECT s.oid::regclass FROM shown s JOIN pg_class c ON c.oid = s.oid WHERE $1 <> 'customer' OR c.relkind = 'v' OR c.relrowsecurity
    UNION
    SELECT t.relation::regclass FROM credits.own_tables() t
    WHERE $1 IN ('analyst', 'admin') AND t.relation <> to_regclass('credits.secret')
$$;
REVOKE EXECUTE ON FUNCTION credits.kind_relations(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.kind_relations(text) IS 'Internal: the tables and views that roles of a kind may read: analysts and administrators all but secrets, customers the views of their own affairs and what these stand on, applications none.';

CREATE OR REPLACE FUNCTION credits.change_rights(role name, kind text, granted boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
-- Names come quoted out of the catalogue: @plpgsql_check_options: security_warnings = off
DECLARE
    verb    text := CASE WHEN granted THEN 'GRANT' ELSE 'REVOKE' END;
    towards text := CASE WHEN granted THEN 'TO' ELSE 'FROM' END;
    named   text;
    spaces  text;
BEGIN
    -- Where migrate() works as an owner of tables that owns no functions, these are left to grant_access().
    SELECT string_agg(f.function::text, ', ') INTO named
    FROM credits.kind_functions(kind) f JOIN pg_proc p ON p.oid = f.function AND pg_has_role(p.proowner, 'USAGE');
    IF named IS NOT NULL THEN
        EXECUTE format('%s EXECUTE ON FUNCTION %s %s %I', verb, named, towards, role);
    END IF;
    SELECT string_agg(r.relation::text, ', ') INTO named
    FROM credits.kind_relations(kind) r JOIN pg_class c ON c.oid = r.relation AND pg_has_role(c.relowner, 'USAGE');
    IF named IS NOT NULL THEN
        EXECUTE format('%s SELECT ON %s %s %I', verb, named, towards, role);
    END IF;
    SELECT string_agg(quote_ident(n.nspname), ', ') INTO spaces
    FROM pg_namespace n WHERE n.nspname IN ('credits', CASE WHEN kind <> 'analyst' THEN 'credits_api' END) AND pg_has_role(n.nspowner, 'USAGE');
    IF spaces IS NOT NULL THEN
        EXECUTE format('%s USAGE ON SCHEMA %s %s %I', verb, spaces, towards, role);
    END IF;
    PERFORM credits.show_all_rows(role, granted AND kind IN ('analyst', 'admin'));
END $$;
REVOKE EXECUTE ON FUNCTION credits.change_rights(name, text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION credits.change_rights(name, text, boolean) IS 'Internal: grants a role all rights of a kind, or revokes them, on what the caller owns.';

CREATE OR REPLACE FUNCTION credits.refresh_access() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known record;
BEGIN
    FOR known IN SELECT a.role_name, a.kind FROM credits.access a JOIN pg_roles r ON r.rolname = a.role_name ORDER BY a.role_name LOOP
        PERFORM credits.change_rights(known.role_name::name, known.kind, true);
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION credits.refresh_access() FROM PUBLIC;
COMMENT ON FUNCTION credits.refresh_access() IS 'Internal: for migrate(): gives roles of grant_access() the rights on functions, tables and views that are new.';

CREATE OR REPLACE FUNCTION credits.lock_access() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner name;
BEGIN
    PERFORM credits.require_schema();
    SELECT pg_get_userbyid(o.owner) INTO owner
    FROM (SELECT c.relowner AS owner FROM pg_class c WHERE c.oid = 'credits.access'::regclass
          UNION SELECT p.proowner FROM pg_proc p WHERE p.oid = 'credits.migrate(integer)'::regprocedure) o
    WHERE NOT pg_has_role(o.owner, 'USAGE');
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the owner of the extension and its tables can give rights on them',
            DETAIL = format('%I has not the rights of %I', current_user, owner), HINT = 'call it as a superuser';
    END IF;
    -- Two sessions that grant at once would meet in the server's catalogue.
    LOCK TABLE credits.access IN SHARE ROW EXCLUSIVE MODE;
END $$;
REVOKE EXECUTE ON FUNCTION credits.lock_access() FROM PUBLIC;
COMMENT ON FUNCTION credits.lock_access() IS 'Internal: lets one change of rights at a time go on. Errors: 42501 where the caller owns too little.';

CREATE OR REPLACE FUNCTION credits.require_role(role name) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM credits.require_text(role::text, 'role');
    IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = role) THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('role "%s" does not exist', role), DETAIL = 'argument role',
            HINT = format('CREATE ROLE %I first; the extension makes no roles', role);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.require_role(name) FROM PUBLIC;
COMMENT ON FUNCTION credits.require_role(name) IS 'Internal: refuses null (22004) and a role that does not exist (42704).';

CREATE OR REPLACE FUNCTION credits.check_binding(role name, kind text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reason text;
BEGIN
    IF kind = 'customer' THEN
        SELECT CASE WHEN r.rolsuper THEN 'it is a superuser' WHEN r.rolbypassrls THEN 'it has BYPASSRLS'
                    WHEN pg_has_role(r.oid, c.relowner, 'USAGE') THEN format('it has the rights of %I, the owner of the tables', pg_get_userbyid(c.relowner))
                    ELSE (SELECT format('it has the rights of %I, which is of kind %s', a.role_name, a.kind) FROM credits.access a JOIN pg_roles o ON o.rolname = a.role_name
                          WHERE a.kind <> 'customer' AND o.oid <> r.oid AND pg_has_role(r.oid, o.oid, 'USAGE') ORDER BY a.role_name LIMIT 1) END INTO reason
        FROM pg_roles r, pg_class c WHERE r.rolname = role AND c.oid = 'credits.access'::regclass;
    ELSE
        SELECT format('%I, a customer, has its rights', a.role_name) INTO reason FROM credits.access a JOIN pg_roles o ON o.rolname = a.role_name
        WHERE a.kind = 'customer' AND a.role_name <> role AND NOT o.rolsuper AND pg_has_role(o.oid, role, 'USAGE') ORDER BY a.role_name LIMIT 1;
    END IF;
    IF reason IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('role "%s" cannot be of kind %s', role, kind), DETAIL = reason,
            HINT = 'a customer''s role must have no rights but its own, or it would see other accounts';
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.check_binding(name, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.check_binding(name, text) IS 'Internal: refuses (22023) a customer whom row-level security would not bind.';

CREATE OR REPLACE FUNCTION credits.grant_access(role name, kind text, account_id text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    former text;
BEGIN
    PERFORM credits.lock_access(), credits.require_role($1), credits.require_text($2, 'kind');
    IF $2 NOT IN ('app', 'analyst', 'customer', 'admin') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('there is no kind of role "%s"', left($2, 200)), DETAIL = 'argument kind',
            HINT = 'kinds are app, analyst, customer and admin';
    ELSIF $3 IS NOT NULL AND $2 <> 'customer' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('a role of kind %s is no account', $2), DETAIL = 'argument account_id',
            HINT = 'leave account_id out: only a customer''s role is one';
    ELSIF $3 IS NOT NULL THEN
        PERFORM FROM credits.check_balance($3, 0); -- an unknown account is the same error as everywhere
    END IF;
    PERFORM credits.check_binding($1, $2);
    SELECT a.kind INTO former FROM credits.access a WHERE a.role_name = $1;
    IF former <> $2 THEN
        PERFORM credits.change_rights($1, former, false);
    END IF;
    PERFORM credits.change_rights($1, $2, true);
    INSERT INTO credits.access AS a (role_name, kind, account_id, granted_at, granted_by) VALUES ($1, $2, $3, credits.now(), session_user)
    ON CONFLICT ON CONSTRAINT access_pkey DO UPDATE SET kind = excluded.kind, account_id = excluded.account_id, granted_at = excluded.granted_at, granted_by = excluded.granted_by
    WHERE (a.kind, a.account_id) IS DISTINCT FROM (excluded.kind, excluded.account_id);
END $$;
REVOKE EXECUTE ON FUNCTION credits.grant_access(name, text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.grant_access(name, text, text) IS 'Gives an existing role the rights of a kind, in place of those of another kind that it was given before. What is granted by hand besides stays. migrate() adds the rights on what a later release brings.
kind: app: calls and reads for any account, and credits_api.authorize, settle, release, stripe_webhook; no table. analyst: SELECT on all views and tables but secrets, and the functions that only read. customer: the answers of credits_api and the views of its own affairs, by row-level security of one account only. admin: everything of app and analyst, and configure, import_prices, load_preset, pause, resume, maintain, erase_metadata; no writing to tables. Rights to migrate and to grant are the owner''s.
account_id: the account that a customer''s role is, where no trusted claim names another (credits.current_account()); null: none, so that only claims count.
Result: void; the same call again changes nothing. Errors: 42704 no such role; 22023 no such kind, an account for another kind than customer, a customer''s role that row-level security would not bind; PT404 no such account; 22004 null role or kind; 42501 for a caller that owns neither extension nor tables. Locks: credits.access, and for analyst and admin each table (access exclusive) that has rows of accounts.';

CREATE OR REPLACE FUNCTION credits.revoke_access(role name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    former text;
BEGIN
    PERFORM credits.lock_access();
    DELETE FROM credits.access a WHERE a.role_name = $1 RETURNING a.kind INTO former;
    IF former IS NULL THEN
        PERFORM credits.require_role($1);
    ELSIF EXISTS (SELECT FROM pg_roles r WHERE r.rolname = $1) THEN
        PERFORM credits.change_rights($1, former, false);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.revoke_access(name) FROM PUBLIC;
COMMENT ON FUNCTION credits.revoke_access(name) IS 'Takes back what grant_access() gave a role, so that it can be dropped; without that it does nothing. What was granted by hand stays. Of a role that was dropped it forgets whose account it was.
Result: void. Errors: 42704 no such role, and none of that name was ever given anything, 22004 null, 42501 as of grant_access(). Locks as of grant_access().';
