-- Alerts seen to by people. Raising them is part of the calls that find a reason.

CREATE FUNCTION credits.acknowledge_alert_as(account_id text, alert_no bigint, role_name text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE credits.alert a SET acknowledged_at = credits.now(), acknowledged_by = $3
    WHERE a.account_id = $1 AND a.alert_no = $2 AND a.acknowledged_at IS NULL;
    IF FOUND THEN
        RETURN true;
    END IF;
    IF NOT EXISTS (SELECT FROM credits.alert a WHERE a.account_id = $1 AND a.alert_no = $2) THEN
        PERFORM FROM credits.check_balance($1, 0); -- raises as for every unknown account
        RAISE EXCEPTION USING ERRCODE = 'PT404', MESSAGE = format('the account has no alert %s', $2),
            DETAIL = jsonb_build_object('outcome', 'entry_not_found', 'account_id', $1, 'alert', $2),
            HINT = 'see credits.alerts for the account''s alerts and their numbers';
    END IF;
    RETURN false;
END $$;
REVOKE EXECUTE ON FUNCTION credits.acknowledge_alert_as(text, bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.acknowledge_alert_as(text, bigint, text) IS 'Internal: what acknowledge_alert() does, with the rights of the caller and in the name of a role.';

CREATE FUNCTION credits.acknowledge_alert(account_id text, alert_no bigint) RETURNS boolean
AS 'MODULE_PATHNAME', 'credits_acknowledge_alert' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.acknowledge_alert(text, bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.acknowledge_alert(text, bigint) IS 'Notes that somebody has seen to an alert: when, and which database role. It changes nothing else, also not when the same is raised again.
alert_no: as in credits.alerts. Result: true; false where it was acknowledged before, and who did so then stays noted.
Errors: PT404 no such account, or no such alert of it; 22004 null. Locks: the alert''s row.';
