-- Restriction levels of accounts: the trigger that keeps them right for updates by hand.

CREATE FUNCTION credits.level_of_totals(plan text, in_debt boolean, cost numeric, revenue numeric, covered numeric) RETURNS text
AS 'MODULE_PATHNAME', 'credits_level_of_totals' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits.level_of_totals(text, boolean, numeric, numeric, numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.level_of_totals(text, boolean, numeric, numeric, numeric) IS 'Internal: the restriction level of an account for which nothing is due, by what its wallet says of the period (cost, revenue, covered: USD); null where levels rest on limits too, which a wallet''s row does not tell, or the plan is not known. Errors: 22004, 22023 for a bad argument.';

CREATE FUNCTION credits.keep_restriction_level() RETURNS trigger
AS 'MODULE_PATHNAME', 'credits_keep_restriction_level' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.keep_restriction_level() FROM PUBLIC;
COMMENT ON FUNCTION credits.keep_restriction_level() IS 'Internal: trigger of credits.wallet: whoever updates a wallet by hand, its level becomes what its state says; a change is a row of restriction_events and a notification on credits_alerts. Calls of the extension keep the level themselves, by the same rules.
Errors: 39P01 on another table or event, XX001 where the account''s plan is not configured.';

CREATE OR REPLACE FUNCTION credits.watch_wallet() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = to_regclass('credits.wallet') AND a.attname = 'level' AND NOT a.attisdropped)
       AND NOT EXISTS (SELECT FROM pg_trigger g
                       WHERE g.tgrelid = to_regclass('credits.wallet') AND g.tgname = 'restriction_level'
                         AND g.tgfoid = 'credits.keep_restriction_level()'::regprocedure) THEN
        CREATE OR REPLACE TRIGGER restriction_level BEFORE UPDATE ON credits.wallet
            FOR EACH ROW EXECUTE FUNCTION credits.keep_restriction_level();
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.watch_wallet() FROM PUBLIC;
COMMENT ON FUNCTION credits.watch_wallet() IS 'Internal: makes sure that updates of wallets by hand keep the restriction level: a row trigger, which replication does not fire, since the level comes with the row.';
