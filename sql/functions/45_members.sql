-- Members of an account, and limits of its own. Each change locks the account's wallet row.

CREATE FUNCTION credits.quota_limits(quota jsonb) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET intervalstyle = 'postgres'
AS $$ SELECT credits.policy_limits(credits.checked_limits(quota, 'quota')) $$;
REVOKE EXECUTE ON FUNCTION credits.quota_limits(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.quota_limits(jsonb) IS 'Internal: a member''s quota, checked, as the policy document has limits. Errors: 22023 naming the path.';

CREATE FUNCTION credits.changed_caps(caps jsonb, limit_name text, limit_value numeric) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT nullif(CASE WHEN limit_value IS NULL THEN coalesce(caps, '{}') - limit_name
                       ELSE coalesce(caps, '{}') || jsonb_build_object(limit_name, limit_value) END, '{}')
$$;
REVOKE EXECUTE ON FUNCTION credits.changed_caps(jsonb, text, numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.changed_caps(jsonb, text, numeric) IS 'Internal: an account''s own limits after one is set, or (null) removed; null where none is left.';

CREATE FUNCTION credits.set_member(account_id text, member_id text, team text DEFAULT NULL, quota jsonb DEFAULT NULL) RETURNS void
AS 'MODULE_PATHNAME', 'credits_set_member' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.set_member(text, text, text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.set_member(text, text, text, jsonb) IS 'Says which team a member (a user, an API key) of an account belongs to, and what limits of its own it has, beside those of everybody: the tighter counts. Both are replaced; what it has used stays counted. Members that nobody set are counted all the same once they call.
team: null = none. quota: an array of limits as in the configuration document, scope member (the default here): [{"name": "own tokens", "scope": "member", "metric": "tokens", "window": "day", "limit": 10000}]; null = none.
Result: void. Errors: PT404 no such account; 22004 null account_id or member_id; 22023 for a bad name, or naming the path of what is wrong in quota. Locks: the account''s wallet row.';

CREATE FUNCTION credits.set_limit(account_id text, limit_name text, limit_value numeric) RETURNS void
AS 'MODULE_PATHNAME', 'credits_set_limit' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.set_limit(text, text, numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.set_limit(text, text, numeric) IS 'Gives an account a value of its own for a limit of its plan or of the configuration, but none of the platform: a cap, or a larger allowance. It holds from the next call on, also under another plan that has a limit of the name.
limit_value: in the limit''s metric (USD for cost), 0 or more; null = the configured value again.
Result: void. Errors: PT404 no such account; 22004 null account_id or limit_name; 22023 no such limit, or below zero. Locks: the account''s wallet row.';

CREATE FUNCTION credits.limits(account_id text)
RETURNS TABLE (limit_name text, scope text, metric text, used numeric, limit_value numeric, used_pct numeric, resets_at timestamptz,
    subject text, "window" text, effect text)
AS 'MODULE_PATHNAME', 'credits_limits' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 10;
REVOKE EXECUTE ON FUNCTION credits.limits(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.limits(text) IS 'What an account, its members, teams, providers, models and actions have used of their limits, as of now. used, limit_value: in the metric (USD for cost), open holds included; used_pct: used ÷ limit_value × 100, two decimals; resets_at: when a fixed window ends, or the oldest use leaves a sliding one, null where neither happens; subject: the member, team, … (null: the account).
Result: a row for each limit of the account and of the platform, and for each limit by member, team and the like one for each of them that has called. Errors: PT404 no such account, 22004 null.';
