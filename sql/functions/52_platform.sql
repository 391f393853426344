-- The platform as a whole: paused and resumed by people, stopped by the brake. Who does what and when is kept in
-- credits.platform_event and announced on channel credits_alerts. Spending is counted by the calls themselves.

CREATE FUNCTION credits.platform_counters()
RETURNS TABLE (counter text, window_start timestamptz, spent numeric, used numeric, warn numeric, stop numeric, latched boolean)
AS 'MODULE_PATHNAME', 'credits_platform_counters' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.platform_counters() FROM PUBLIC;
COMMENT ON FUNCTION credits.platform_counters() IS 'Internal: what the brake has counted, as committed right now, by window that runs: counter (hour, day), window_start, spent (USD, open holds included), used (USD of the allowance; less than spent after a resume), warn and stop (USD, null: none), latched (the window before was used up and nobody has resumed). No rows while no brake is configured.';

CREATE OR REPLACE FUNCTION credits.platform_alert(event_no bigint, at timestamptz, kind text, reason text, detail jsonb) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
    SELECT jsonb_build_object('alert', 'platform_' || kind, 'event_no', event_no, 'at', at, 'reason', left(reason, 2000), 'detail', detail)::text
$$;
REVOKE EXECUTE ON FUNCTION credits.platform_alert(bigint, timestamptz, text, text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.platform_alert(bigint, timestamptz, text, text, jsonb) IS 'Internal: an event of the platform as it is announced on channel credits_alerts.';

CREATE OR REPLACE FUNCTION credits.record_platform_event(kind text, reason text, detail jsonb, at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint;
BEGIN
    INSERT INTO credits.platform_event AS e (at, kind, reason, by_role, detail)
    VALUES ($4, $1, $2, coalesce(nullif(current_setting('role'), 'none'), session_user), $3)
    RETURNING e.event_no INTO number;
    IF current_setting('pg_credits.notify')::boolean THEN
        PERFORM pg_notify('credits_alerts', credits.platform_alert(number, $4, $1, $2, $3));
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.record_platform_event(text, text, jsonb, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.record_platform_event(text, text, jsonb, timestamptz) IS 'Internal: the row of credits.platform_event for a pause or a resume, and its notification.';

CREATE OR REPLACE FUNCTION credits.pause_platform(reason text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    moment timestamptz := credits.now();
BEGIN
    PERFORM credits.require_schema();
    IF btrim(reason) = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'reason must not be empty',
            DETAIL = 'argument reason', HINT = 'say in a sentence why the platform is paused; callers are told';
    END IF;
    PERFORM credits.lock_configuration();
    -- A stop that stands keeps its windows: resume() gives them their allowance again.
    UPDATE credits.platform p SET
        paused_windows = CASE WHEN p.paused_until <= moment THEN '{}' ELSE p.paused_windows END,
        paused_at = CASE WHEN p.paused_until <= moment THEN moment ELSE coalesce(p.paused_at, moment) END,
        paused_reason = reason, paused_until = NULL,
        paused_by = coalesce(nullif(current_setting('role'), 'none'), session_user);
    PERFORM credits.record_platform_event('pause', reason, '{}', moment);
END $$;
REVOKE EXECUTE ON FUNCTION credits.pause_platform(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.pause_platform(text) IS 'Internal: what pause() does, with the rights of the caller.';

CREATE OR REPLACE FUNCTION credits.resume_platform() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    moment  timestamptz;
    was     text;
    windows text[];
BEGIN
    PERFORM credits.require_schema();
    PERFORM credits.lock_configuration();
    -- Allowances count anew from moments that never come twice.
    SELECT greatest(credits.now(), p.resumed_at + interval '1 microsecond'), p.paused_reason INTO moment, was FROM credits.platform p;
    windows := ARRAY(SELECT c.counter FROM credits.platform_counters() c, credits.platform p
                     WHERE c.stop IS NOT NULL
                       AND (c.latched OR c.counter = ANY (p.paused_windows) OR c.used >= c.stop * 0.98)
                     ORDER BY c.window_start DESC, c.counter);
    UPDATE credits.platform p SET
        paused_at = NULL, paused_reason = NULL, paused_by = NULL, paused_until = NULL, paused_windows = '{}',
        resumed_at = moment,
        hour_resumed_at = CASE WHEN 'hour' = ANY (windows) THEN moment ELSE p.hour_resumed_at END,
        day_resumed_at = CASE WHEN 'day' = ANY (windows) THEN moment ELSE p.day_resumed_at END;
    PERFORM credits.record_platform_event('resume', coalesce(was, 'was not paused'), jsonb_build_object('windows', windows), moment);
END $$;
REVOKE EXECUTE ON FUNCTION credits.resume_platform() FROM PUBLIC;
COMMENT ON FUNCTION credits.resume_platform() IS 'Internal: what resume() does, with the rights of the caller.';

CREATE FUNCTION credits.pause(reason text) RETURNS void
AS 'MODULE_PATHNAME', 'credits_pause' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.pause(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.pause(text) IS 'Pauses the whole platform: from its commit on every call that would let something be used is refused with platform_paused, in all sessions, until resume(). Open holds can be settled and released. Paused again, the new reason stands. Each pause is a row in credits.platform_event and a notification on channel credits_alerts.
reason: why, in a sentence; refused callers are told.
Errors: 22004 null, 22023 empty, 40001 where the configuration changed meanwhile, above read committed. Locks: the row of credits.platform.';

CREATE FUNCTION credits.resume() RETURNS void
AS 'MODULE_PATHNAME', 'credits_resume' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.resume() FROM PUBLIC;
COMMENT ON FUNCTION credits.resume() IS 'Ends a pause, by whomever. Where the brake had stopped the platform, the window whose stop was reached gets its full allowance again from now on; what was spent in it stays shown. Other windows go on as they are. Without a pause it changes nothing but that. Each resume is a row in credits.platform_event and a notification on channel credits_alerts.
Errors: 40001 where the configuration changed meanwhile, above read committed. Locks: the row of credits.platform.';

CREATE OR REPLACE FUNCTION credits.platform_revenue(since timestamptz) RETURNS numeric
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(sum(r.amount::numeric), 0) FROM credits.revenue_entry r WHERE r.booked_at >= since AND r.occurred_at >= since
$$;
REVOKE EXECUTE ON FUNCTION credits.platform_revenue(timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.platform_revenue(timestamptz) IS 'Internal: USD of revenue since a moment.';

CREATE OR REPLACE FUNCTION credits.brake_min_margin() RETURNS numeric
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF to_regclass('credits.setting') IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT (s.value ->> 'min_margin')::numeric FROM credits.setting s WHERE s.key = 'brake');
END $$;
REVOKE EXECUTE ON FUNCTION credits.brake_min_margin() FROM PUBLIC;
COMMENT ON FUNCTION credits.brake_min_margin() IS 'Internal: the margin below which platform_status turns yellow; null: none is configured.';

CREATE OR REPLACE FUNCTION credits.stop_reason(counter text, used numeric, stop numeric, latched boolean) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN latched THEN format('brake: the stop of %s USD a %s was reached, and nobody has resumed', trim_scale(stop), counter)
                WHEN used >= stop THEN format('brake: %s USD are spent this %s, the stop is at %s', trim_scale(used), counter, trim_scale(stop)) END
$$;
REVOKE EXECUTE ON FUNCTION credits.stop_reason(text, numeric, numeric, boolean) FROM PUBLIC;
COMMENT ON FUNCTION credits.stop_reason(text, numeric, numeric, boolean) IS 'Internal: why a counter of the brake lets nothing through any more; null: it does.';

CREATE OR REPLACE FUNCTION credits.stop_platform(moment timestamptz) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    used_up record;
BEGIN
    -- Calls that were refused by raising could write nothing; whoever tidies up does it for them.
    SELECT k.counter, k.window_start, k.used, k.stop, credits.stop_reason(k.counter, k.used, k.stop, k.latched) AS reason INTO used_up
    FROM credits.platform_counters() k
    WHERE credits.stop_reason(k.counter, k.used, k.stop, k.latched) IS NOT NULL
    ORDER BY k.counter LIMIT 1;
    IF NOT FOUND OR (SELECT s.value ->> 'resume' FROM credits.setting s WHERE s.key = 'brake') = 'window' THEN
        RETURN false; -- what ends with its window needs no note
    END IF;
    PERFORM FROM credits.platform p WHERE p.paused_at IS NULL OR p.paused_until <= moment FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE credits.platform p SET
        paused_at = moment, paused_reason = used_up.reason, paused_until = NULL, paused_windows = ARRAY[used_up.counter],
        paused_by = coalesce(nullif(current_setting('role'), 'none'), session_user);
    PERFORM credits.record_platform_event('stop', used_up.reason,
        jsonb_build_object('window', used_up.counter, 'since', used_up.window_start, 'spent', used_up.used, 'stop', used_up.stop, 'until', NULL), moment);
    RETURN true;
END $$;
REVOKE EXECUTE ON FUNCTION credits.stop_platform(timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.stop_platform(timestamptz) IS 'Internal: for maintain(): writes down a stop that stands until resume() where no call could. Result: whether it did.';
