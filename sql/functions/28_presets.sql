-- Presets: whole configurations that come with the extension, made of presets/*.json. Owns when one may be
-- loaded; what a configuration is and how it is stored is 20_configuration.sql's.

CREATE OR REPLACE FUNCTION credits.configure_preset(name text) RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    document jsonb := (SELECT p.document FROM credits.preset_documents() p WHERE p.name = $1);
    witness  text;
BEGIN
    PERFORM credits.require_schema();
    IF document IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('there is no preset %s', quote_literal(left($1, 200))),
            DETAIL = 'the configuration is unchanged',
            HINT = format('the presets are %s', (SELECT string_agg(p.name, ', ' ORDER BY p.name COLLATE "C") FROM credits.preset_documents() p));
    END IF;
    PERFORM credits.lock_configuration();
    PERFORM credits.lock_accounts('loading a preset', 'credits.load_preset(…)');
    SELECT a.account_id INTO witness FROM credits.account a LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = 'a preset can be loaded only where there are no accounts yet',
            DETAIL = format('there is the account %s, which the change would concern', quote_literal(witness)),
            HINT = 'load it in a database of its own; what is configured here is changed with credits.configure()';
    END IF;
    RETURN credits.configure_tables(document, true);
END $$;
REVOKE EXECUTE ON FUNCTION credits.configure_preset(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.configure_preset(text) IS 'Internal: what load_preset() does, with the rights of the caller.';

CREATE FUNCTION credits.load_preset(name text) RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_load_preset' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.load_preset(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.load_preset(text) IS 'Makes a preset the configuration, in a database that has no accounts: all of the configuration, so that of a preset loaded before, or of anything else configured, nothing is left, secrets included. Imported prices stay: they are no part of it. Change it afterwards with configure(). The same preset again changes nothing. A change is a row in credits.configuration_change.
name: guaranteed_profit, margin_tiers, media_studio, membership or org_licenses (docs/presets.md).
Result: as of configure(): {"changed": [path, …], "warnings": [text, …]}.
Errors: 22004 null; 22023 no such preset; 55000 where there is an account, and where migrate() has not run; 25000 above read committed.
Locks: the row of credits.platform; credits.account and credits.wallet (share row exclusive) until the transaction ends: no account is opened meanwhile.';
