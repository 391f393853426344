-- Answers of schema credits_api about the calling account, as JSON for applications that show them. The schema holds
-- functions only, for an HTTP server such as PostgREST; each one's work is credits.api_NAME_as_owner, done with the rights
-- of the tables' owner for credits.require_current_account() and nobody else. Nothing here writes.

CREATE SCHEMA credits_api;
COMMENT ON SCHEMA credits_api IS 'Prepaid credits
Balance, usage, tiers and packs of the account that is signed in, and calls charged to accounts by an application. Credits are whole or decimal numbers as the unit has them, money is USD, times are ISO 8601 in UTC. Errors are JSON: code, message, details, hint.';

CREATE OR REPLACE FUNCTION credits.json_time(moment timestamptz) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT CASE WHEN isfinite(moment) THEN to_jsonb(to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ELSE 'null' END $$;
REVOKE EXECUTE ON FUNCTION credits.json_time(timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.json_time(timestamptz) IS 'Internal: a moment as ISO 8601 in UTC; null for none and for infinity.';

CREATE OR REPLACE FUNCTION credits.json_usd(usd numeric) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT coalesce(to_jsonb(CASE WHEN scale(trim_scale(usd)) < 2 THEN round(usd, 2) ELSE trim_scale(usd) END), 'null') $$;
REVOKE EXECUTE ON FUNCTION credits.json_usd(numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.json_usd(numeric) IS 'Internal: USD, exact, with two decimals or more.';

CREATE OR REPLACE FUNCTION credits.json_key(name text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(CASE WHEN w.no = 1 THEN lower(left(w.word, 1)) ELSE upper(left(w.word, 1)) END || substr(w.word, 2), '' ORDER BY w.no)
    FROM (SELECT s.word, row_number() OVER (ORDER BY s.no) AS no
          FROM regexp_split_to_table(name, '[^[:alnum:]]+') WITH ORDINALITY s(word, no) WHERE s.word <> '') w
$$;
REVOKE EXECUTE ON FUNCTION credits.json_key(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.json_key(text) IS 'Internal: a name of the configuration as a key: "monthly tokens" is monthlyTokens.';

CREATE OR REPLACE FUNCTION credits.success(data jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT jsonb_build_object('success', true, 'data', data) $$;
REVOKE EXECUTE ON FUNCTION credits.success(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.success(jsonb) IS 'Internal: the frame of an answer.';

-- What is due but not written yet may have begun another period; nothing was used in that.
CREATE OR REPLACE FUNCTION credits.period_usage(account_id text)
RETURNS TABLE (plan text, period_start timestamptz, period_end timestamptz, tokens numeric, requests bigint, cost numeric, overage numeric)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT b.plan, b.period_start, b.period_end, CASE WHEN s.same THEN trim_scale(w.period_tokens) ELSE 0 END, CASE WHEN s.same THEN w.period_requests ELSE 0 END,
           CASE WHEN s.same THEN w.period_cost::numeric ELSE 0 END, CASE WHEN s.same THEN w.period_overage::numeric ELSE 0 END
    FROM credits.balance($1) b
    JOIN credits.wallet w ON w.account_id = $1
    CROSS JOIN LATERAL (SELECT w.period_start = b.period_start) s(same)
$$;
REVOKE EXECUTE ON FUNCTION credits.period_usage(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.period_usage(text) IS 'Internal: what an account''s present period has used: tokens, requests (those of open holds too), cost and overage in USD. Errors: PT404.';

CREATE OR REPLACE FUNCTION credits.api_balance_as_owner() RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account text := credits.require_current_account();
BEGIN
    RETURN (SELECT credits.success(jsonb_build_object('totalCredits', trim_scale(b.granted), 'usedCredits', trim_scale(b.used), 'remainingCredits', trim_scale(b.balance),
                       'tier', b.plan, 'monthlyTokensUsed', u.tokens, 'monthlyRequestsUsed', u.requests, 'percentUsed', round(coalesce(b.used_pct, 0), 2) || '%'))
            FROM credits.balance(account) b, credits.period_usage(account) u);
END $$;
REVOKE EXECUTE ON FUNCTION credits.api_balance_as_owner() FROM PUBLIC;
COMMENT ON FUNCTION credits.api_balance_as_owner() IS 'Internal: what credits_api.balance() answers.';

CREATE OR REPLACE FUNCTION credits_api.balance() RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits_api.balance() FROM PUBLIC;
COMMENT ON FUNCTION credits_api.balance() IS 'Credits of the account
The present period as of now: totalCredits (what it opened with and was granted), usedCredits, remainingCredits, percentUsed; the tier; tokens and requests used in it.
Result: {"success", "data": {"totalCredits", "usedCredits", "remainingCredits", "tier", "monthlyTokensUsed", "monthlyRequestsUsed", "percentUsed": "22.73%"}}. Errors: PT401 not signed in, PT404 no such account.';

CREATE OR REPLACE FUNCTION credits.api_usage_as_owner() RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account text := credits.require_current_account();
    month   timestamptz := date_trunc('month', credits.now(), 'UTC');
BEGIN
    PERFORM FROM credits.check_balance(account, 0);
    RETURN (
        WITH usage AS (
            SELECT l.provider, coalesce(sum(credits.tokens_of(l.usage)), 0) AS tokens, count(*) FILTER (WHERE l.kind <> 'cost') AS requests, coalesce(sum(l.cost::numeric), 0) AS cost
            FROM credits.ledger l
            WHERE l.account_id = account AND l.created_at >= month AND coalesce(l.effective_at, l.created_at) >= month AND l.kind IN ('deduct', 'settle', 'cost')
            GROUP BY l.provider
        )
        SELECT credits.success(jsonb_build_object('month', credits.json_time(month), 'totalTokens', coalesce(trim_scale(sum(u.tokens)), 0),
                   'totalRequests', coalesce(sum(u.requests), 0), 'totalCost', credits.json_usd(coalesce(sum(u.cost), 0)),
                   'byProvider', coalesce(jsonb_object_agg(u.provider, jsonb_build_object('tokens', trim_scale(u.tokens), 'requests', u.requests, 'cost', credits.json_usd(u.cost)))
                                          FILTER (WHERE u.provider IS NOT NULL), '{}')))
        FROM usage u);
END $$;
REVOKE EXECUTE ON FUNCTION credits.api_usage_as_owner() FROM PUBLIC;
COMMENT ON FUNCTION credits.api_usage_as_owner() IS 'Internal: what credits_api.usage() answers.';

CREATE OR REPLACE FUNCTION credits_api.usage() RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits_api.usage() FROM PUBLIC;
COMMENT ON FUNCTION credits_api.usage() IS 'Usage of this month, by provider
Calls of the calendar month (UTC) that were charged or whose cost was recorded, all together and by provider; calls that named no provider are in the totals only.
Result: {"success", "data": {"month": its start, "totalTokens", "totalRequests", "totalCost": USD, "byProvider": {provider: {"tokens", "requests", "cost": USD}}}}. Errors: PT401 not signed in, PT404 no such account.';

CREATE OR REPLACE FUNCTION credits.api_tier(plan text) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_build_object('name', n.name, 'price', trim_scale(n.price::numeric), 'interval', credits.interval_text(n.cycle), 'credits', trim_scale(credits.plan_credits(n.plan)),
               'limits', coalesce((SELECT jsonb_object_agg(credits.json_key(l.value ->> 'name'), trim_scale((l.value ->> 'limit')::numeric)) FROM jsonb_array_elements(n.limits) l(value)), '{}')
                         || jsonb_strip_nulls(jsonb_build_object('maxTokensPerRequest', trim_scale(n.max_tokens_per_request), 'maxOutputTokens', trim_scale(n.max_output_tokens),
                                                                 'providers', n.providers, 'models', n.models, 'features', n.features)),
               'margin', jsonb_build_object('apiCostToYou', credits.json_usd(c.cost), 'yourPrice', trim_scale(n.price::numeric),
                                            'profitMargin', CASE WHEN n.price > 0 THEN trim_scale(round((n.price::numeric - c.cost) / n.price::numeric * 100, 2)) || '%' END))
    FROM credits.plan n
    CROSS JOIN LATERAL (SELECT coalesce(f.cost_budget, f.credits_cost + f.included_cost) FROM credits.plan_figures(credits.plan_terms(n.plan)) f) c(cost)
    WHERE n.plan = $1
$$;
REVOKE EXECUTE ON FUNCTION credits.api_tier(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.api_tier(text) IS 'Internal: a plan as the tiers answers have it; no row: null.';

CREATE OR REPLACE FUNCTION credits.api_tiers_as_owner() RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM credits.require_current_account();
    RETURN jsonb_build_object('success', true, 'profitMargin', (SELECT trim_scale(p.margin * 100) || '%' FROM credits.platform p),
                              'data', (SELECT coalesce(jsonb_object_agg(n.plan, credits.api_tier(n.plan)), '{}') FROM credits.plan n));
END $$;
REVOKE EXECUTE ON FUNCTION credits.api_tiers_as_owner() FROM PUBLIC;
COMMENT ON FUNCTION credits.api_tiers_as_owner() IS 'Internal: what credits_api.tiers() answers.';

CREATE OR REPLACE FUNCTION credits_api.tiers() RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits_api.tiers() FROM PUBLIC;
COMMENT ON FUNCTION credits_api.tiers() IS 'All tiers
Every plan with its price in USD, its limits (by their names; of plans without a list of providers, models or features all are allowed), and what of the price is kept.
Result: {"success", "profitMargin": "80%" (null: none is configured), "data": {tier: {"name", "price", "interval", "credits", "limits": {…}, "margin": {"apiCostToYou": USD, its cost budget or what its credits and included units can cost, "yourPrice", "profitMargin"}}}}. Errors: PT401 not signed in.';

CREATE OR REPLACE FUNCTION credits.api_tier_details_as_owner(tier text) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_tier jsonb := credits.api_tier($1);
BEGIN
    PERFORM credits.require_current_account(), credits.require_text($1, 'tier');
    IF found_tier IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'PT404', MESSAGE = format('there is no tier "%s"', left($1, 200)), DETAIL = 'argument tier', HINT = 'credits_api.tiers() lists them';
    END IF;
    RETURN credits.success(jsonb_build_object('tier', $1) || found_tier);
END $$;
REVOKE EXECUTE ON FUNCTION credits.api_tier_details_as_owner(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.api_tier_details_as_owner(text) IS 'Internal: what credits_api.tier_details() answers.';

CREATE OR REPLACE FUNCTION credits_api.tier_details(tier text) RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits_api.tier_details(text) FROM PUBLIC;
COMMENT ON FUNCTION credits_api.tier_details(text) IS 'One tier
tier: its id, a key of what tiers() answers.
Result: {"success", "data": {"tier", and what tiers() says of it}}. Errors: PT401 not signed in, PT404 no such tier, 22004 null.';

CREATE OR REPLACE FUNCTION credits.api_current_tier_as_owner() RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account text := credits.require_current_account();
BEGIN
    RETURN (SELECT credits.success(jsonb_build_object('tier', b.plan, 'level', b.level, 'periodStart', credits.json_time(b.period_start), 'periodEnd', credits.json_time(b.period_end))
                                   || coalesce(credits.api_tier(b.plan), '{}'))
            FROM credits.balance(account) b);
END $$;
REVOKE EXECUTE ON FUNCTION credits.api_current_tier_as_owner() FROM PUBLIC;
COMMENT ON FUNCTION credits.api_current_tier_as_owner() IS 'Internal: what credits_api.current_tier() answers.';

CREATE OR REPLACE FUNCTION credits_api.current_tier() RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits_api.current_tier() FROM PUBLIC;
COMMENT ON FUNCTION credits_api.current_tier() IS 'Tier of the account
The plan that the account has now, the present period, and the restriction level.
Result: {"success", "data": {"tier": null where it has none, "level", "periodStart", "periodEnd", and what tiers() says of the tier}}. Errors: PT401 not signed in, PT404 no such account.';
