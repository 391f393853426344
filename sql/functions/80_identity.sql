-- Whose account it is: by a claim of who signed in, or by the database role. Every row that a customer can reach is
-- its own by this (policies of 81_row_security.sql), and so is every answer of schema credits_api.

CREATE OR REPLACE FUNCTION credits.current_account_as_owner() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    settings jsonb := credits.section('api');
    claimed  text;
BEGIN
    -- Anybody can set a setting; only of a session that an authenticator opened is it known who did.
    IF settings -> 'authenticators' ? session_user::text THEN
        claimed := nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> coalesce(settings ->> 'account_claim', 'account_id');
    END IF;
    IF claimed <> '' THEN
        RETURN claimed;
    END IF;
    RETURN (SELECT a.account_id FROM credits.access a WHERE a.role_name = credits.acting_role() AND a.kind = 'customer');
END $$;
REVOKE EXECUTE ON FUNCTION credits.current_account_as_owner() FROM PUBLIC;
COMMENT ON FUNCTION credits.current_account_as_owner() IS 'Internal: what current_account() answers, with the rights of the tables'' owner.';

CREATE OR REPLACE FUNCTION credits.current_account() RETURNS text
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits.current_account() FROM PUBLIC;
COMMENT ON FUNCTION credits.current_account() IS 'The account that the caller is: the claim account_id (api.account_claim of the configuration) of the setting request.jwt.claims, trusted only where the session was opened by a role of api.authenticators; else the account that grant_access() gave the database role.
Result: an account''s id, which need not exist; null: the caller is no account, and sees none. Errors: 22P02 where trusted claims are no JSON. Locks: none.';

CREATE OR REPLACE FUNCTION credits.require_current_account() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account_id text := credits.current_account_as_owner();
BEGIN
    IF account_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'PT401', MESSAGE = 'nobody is signed in whose account this could be about',
            DETAIL = jsonb_build_object('outcome', 'not_signed_in', 'http_status', 401, 'role', credits.acting_role())::text,
            HINT = 'sign in with a token that names the account, or have credits.grant_access() say which account the role is';
    END IF;
    RETURN account_id;
END $$;
REVOKE EXECUTE ON FUNCTION credits.require_current_account() FROM PUBLIC;
COMMENT ON FUNCTION credits.require_current_account() IS 'Internal: the caller''s account, for answers of credits_api. Errors: PT401 where the caller is none.';

CREATE OR REPLACE FUNCTION credits.visible_balance(account_id text)
RETURNS TABLE (account_id text, plan text, balance numeric, held numeric, available numeric, granted numeric, used numeric,
    used_pct numeric, level text, resets_at timestamptz, period_start timestamptz, period_end timestamptz)
AS 'MODULE_PATHNAME', 'credits_visible_balance' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 1;
REVOKE EXECUTE ON FUNCTION credits.visible_balance(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.visible_balance(text) IS 'Internal: balance(), for views: whoever may call that may call this for any account, everybody else for its own. Errors: 42501 for another''s account; those of balance().';
