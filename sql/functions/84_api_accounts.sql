-- More answers of schema credits_api about the calling account: what it owes, buys, did, and had better take.

CREATE OR REPLACE FUNCTION credits.checkout_url(url text, account_id text, plan text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF url !~ '^https?://[^[:space:]]+$' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'checkout_url must be a URL of http or https', DETAIL = 'argument checkout_url', HINT = 'give the address of the checkout session';
    END IF;
    RETURN replace(replace(url, '{account_id}', credits.url_encoded(account_id)), '{tier}', credits.url_encoded(plan));
END $$;
REVOKE EXECUTE ON FUNCTION credits.checkout_url(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.checkout_url(text, text, text) IS 'Internal: an application''s URL with {account_id} and {tier} filled in. Errors: 22023.';

CREATE OR REPLACE FUNCTION credits.url_encoded(value text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(string_agg(CASE WHEN c.code IN (45, 46, 95, 126) OR c.code BETWEEN 48 AND 57 OR c.code BETWEEN 65 AND 90 OR c.code BETWEEN 97 AND 122 THEN chr(c.code)
                                    ELSE '%' || upper(lpad(to_hex(c.code), 2, '0')) END, '' ORDER BY c.at), '')
    FROM (SELECT n.at, get_byte(convert_to(value, 'UTF8'), n.at) AS code FROM generate_series(0, octet_length(convert_to(value, 'UTF8')) - 1) n(at)) c
$$;
REVOKE EXECUTE ON FUNCTION credits.url_encoded(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.url_encoded(text) IS 'Internal: a text as part of a URL, as of RFC 3986.';

CREATE OR REPLACE FUNCTION credits.api_upgrade_as_owner(tier text, checkout_url text) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account text := credits.require_current_account();
    answer  jsonb := credits.upgrade_as_owner(account, $1);
BEGIN
    RETURN CASE WHEN $2 IS NULL THEN credits.success(answer) ELSE jsonb_build_object('success', true, 'checkoutUrl', credits.checkout_url($2, account, $1)) END;
END $$;
REVOKE EXECUTE ON FUNCTION credits.api_upgrade_as_owner(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.api_upgrade_as_owner(text, text) IS 'Internal: what credits_api.upgrade() answers.';

CREATE OR REPLACE FUNCTION credits_api.upgrade(tier text, checkout_url text DEFAULT NULL) RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits_api.upgrade(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits_api.upgrade(text, text) IS 'What it takes to pay for another tier
Changes nothing: the tier follows when the payment''s events come.
tier: as of tiers(). checkout_url: where the application lets its customers pay; {account_id} and {tier} in it are filled in.
Result: without checkout_url {"success", "data": {"plan", "name", "price": USD, "current_plan", "checkout": arguments for creating a Stripe checkout session, …}}; with it {"success", "checkoutUrl"}. Errors: PT401 not signed in, PT404 no such account, 22004 null tier, 22023 no such tier, one that costs nothing, the account''s own, or no URL.';

CREATE OR REPLACE FUNCTION credits.api_overage_as_owner() RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account text := credits.require_current_account();
BEGIN
    RETURN (
        SELECT credits.success(jsonb_build_object('tier', u.plan, 'periodStart', credits.json_time(u.period_start), 'periodEnd', credits.json_time(u.period_end),
            'overageCost', credits.json_usd(u.overage),
            'limits', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', l.limit_name, 'metric', l.metric, 'used', trim_scale(l.used), 'limit', trim_scale(l.limit_value),
                                  'over', trim_scale(greatest(0, l.used - l.limit_value)), 'price', trim_scale((t.value ->> 'price')::numeric), 'per', trim_scale((t.value ->> 'per')::numeric))
                                  ORDER BY l.limit_name), '[]')
                       FROM credits.limits(account) l
                       JOIN credits.plan n ON n.plan = u.plan
                       JOIN LATERAL jsonb_array_elements(n.limits) t(value) ON t.value ->> 'name' = l.limit_name
                       WHERE l.effect = 'overage' AND l.subject IS NULL)))
        FROM credits.period_usage(account) u);
END $$;
REVOKE EXECUTE ON FUNCTION credits.api_overage_as_owner() FROM PUBLIC;
COMMENT ON FUNCTION credits.api_overage_as_owner() IS 'Internal: what credits_api.overage() answers.';

CREATE OR REPLACE FUNCTION credits_api.overage() RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits_api.overage() FROM PUBLIC;
COMMENT ON FUNCTION credits_api.overage() IS 'What is owed beside credits
Use above limits that may be passed at a price, and use of plans that are paid afterwards, in the present period.
Result: {"success", "data": {"tier", "periodStart", "periodEnd", "overageCost": USD so far, "limits": [{"name", "metric", "used", "limit", "over", "price": USD, "per": units of the metric}]}}; used has open calls in it, overageCost what was charged. Errors: PT401 not signed in, PT404 no such account.';

CREATE OR REPLACE FUNCTION credits.api_history_as_owner(since timestamptz, until timestamptz, before bigint, entries integer) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account text := credits.require_current_account();
BEGIN
    PERFORM FROM credits.check_balance(account, 0);
    IF $4 IS NULL OR $4 NOT BETWEEN 1 AND 1000 THEN
        RAISE EXCEPTION USING ERRCODE = CASE WHEN $4 IS NULL THEN 'null_value_not_allowed' ELSE 'invalid_parameter_value' END, MESSAGE = 'entries must be 1 to 1000', DETAIL = 'argument entries', HINT = 'ask for older ones by before';
    END IF;
    RETURN (
        SELECT credits.success(coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('entryNo', h.entry_no, 'createdAt', credits.json_time(h.created_at), 'kind', h.kind,
                   'amount', trim_scale(h.amount), 'balance', trim_scale(h.balance), 'cost', CASE WHEN h.cost IS NOT NULL THEN credits.json_usd(h.cost) END, 'action', h.action,
                   'provider', h.provider, 'model', h.model, 'usage', h.usage, 'memberId', h.member_id, 'holdNo', h.hold_no, 'refersTo', h.refers_to, 'reason', h.reason)) ORDER BY h.entry_no DESC), '[]'))
        FROM (SELECT l.* FROM credits.ledger l
              WHERE l.account_id = account AND l.entry_no < coalesce($3, 9223372036854775807) AND l.created_at >= coalesce($1, '-infinity') AND l.created_at < coalesce($2, 'infinity')
              ORDER BY l.entry_no DESC LIMIT $4) h);
END $$;
REVOKE EXECUTE ON FUNCTION credits.api_history_as_owner(timestamptz, timestamptz, bigint, integer) FROM PUBLIC;
COMMENT ON FUNCTION credits.api_history_as_owner(timestamptz, timestamptz, bigint, integer) IS 'Internal: what credits_api.history() answers.';

CREATE OR REPLACE FUNCTION credits_api.history(since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, before bigint DEFAULT NULL, entries integer DEFAULT 100) RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits_api.history(timestamptz, timestamptz, bigint, integer) FROM PUBLIC;
COMMENT ON FUNCTION credits_api.history(timestamptz, timestamptz, bigint, integer) IS 'What happened to the credits
Every movement of the account''s credits, newest first.
since (inclusive), until (exclusive): when they were written. before: only entries with smaller numbers, for the next page. entries: how many at most, 1 to 1000.
Result: {"success", "data": [{"entryNo", "createdAt", "kind", "amount": credits, "balance": after it, "cost": USD, "action", "provider", "model", "usage", "memberId", "holdNo", "refersTo", "reason"}]}, without what an entry has not. Errors: PT401 not signed in, PT404 no such account, 22023 for entries, 22004 for null.';

CREATE OR REPLACE FUNCTION credits.api_packs_as_owner() RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM credits.require_current_account();
    RETURN (SELECT credits.success(coalesce(jsonb_object_agg(p.pack, jsonb_build_object('price', trim_scale((p.terms ->> 'price')::numeric), 'credits', trim_scale((p.terms ->> 'credits')::numeric),
                       'expires', p.terms -> 'expires',
                       'bulk', (SELECT coalesce(jsonb_agg(jsonb_build_object('from', b.value -> 'from', 'price', trim_scale((b.value ->> 'price')::numeric)) ORDER BY (b.value ->> 'from')::integer), '[]')
                                FROM jsonb_array_elements(p.terms -> 'bulk') b(value)))), '{}'))
            FROM jsonb_each(coalesce(credits.section('packs'), '{}')) p(pack, terms));
END $$;
REVOKE EXECUTE ON FUNCTION credits.api_packs_as_owner() FROM PUBLIC;
COMMENT ON FUNCTION credits.api_packs_as_owner() IS 'Internal: what credits_api.packs() answers.';

CREATE OR REPLACE FUNCTION credits_api.packs() RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits_api.packs() FROM PUBLIC;
COMMENT ON FUNCTION credits_api.packs() IS 'Packs of credits that can be bought
Result: {"success", "data": {pack: {"price": USD, "credits", "expires": life of the credits (null: no end), "bulk": [{"from": number of packs, "price": USD each}]}}}. Errors: PT401 not signed in.';

CREATE OR REPLACE FUNCTION credits.api_recommendations_as_owner() RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account text := credits.require_current_account();
BEGIN
    RETURN (SELECT jsonb_build_object('currentTier', r.current_plan, 'currentSpend', credits.json_usd(r.current_spend), 'projectedMonthlySpend', credits.json_usd(r.projected_spend),
                'recommendedTier', CASE WHEN r.is_change THEN jsonb_build_object('tier', r.recommended_plan, 'name', t.tier -> 'name', 'price', t.tier -> 'price', 'limits', t.tier -> 'limits') END)
            FROM (VALUES (1)) one(row) LEFT JOIN credits.recommend_plan(account) r ON true, LATERAL credits.api_tier(r.recommended_plan) t(tier));
END $$;
REVOKE EXECUTE ON FUNCTION credits.api_recommendations_as_owner() FROM PUBLIC;
COMMENT ON FUNCTION credits.api_recommendations_as_owner() IS 'Internal: what credits_api.recommendations() answers.';

CREATE OR REPLACE FUNCTION credits_api.recommendations() RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits_api.recommendations() FROM PUBLIC;
COMMENT ON FUNCTION credits_api.recommendations() IS 'The tier that fits the use
What the present period has cost, what it will have cost at its end if it goes on like that (cut to cents), and the cheapest tier that carries as much, where that is another than the account''s own.
Result: {"currentTier", "currentSpend": USD, "projectedMonthlySpend": USD, "recommendedTier": null, or {"tier", "name", "price": USD, "limits"}}. Errors: PT401 not signed in, PT404 no such account.';

CREATE OR REPLACE FUNCTION credits.api_estimate_as_owner(action text) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account text := credits.require_current_account();
BEGIN
    RETURN (SELECT credits.success(jsonb_build_object('action', $1, 'low', e.low, 'high', e.high, 'source', e.source, 'costLow', credits.json_usd(e.cost_low), 'costHigh', credits.json_usd(e.cost_high),
                       'callsLow', e.calls_low, 'callsHigh', e.calls_high))
            FROM credits.estimate(account, $1) e);
END $$;
REVOKE EXECUTE ON FUNCTION credits.api_estimate_as_owner(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.api_estimate_as_owner(text) IS 'Internal: what credits_api.estimate() answers.';

CREATE OR REPLACE FUNCTION credits_api.estimate(action text) RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits_api.estimate(text) FROM PUBLIC;
COMMENT ON FUNCTION credits_api.estimate(text) IS 'What an action usually takes
By the rate card, or by what the account''s own calls took.
Result: {"success", "data": {"action", "low", "high": credits (null: nothing to go by), "source": catalogue, history or unknown, "costLow", "costHigh": USD, "callsLow", "callsHigh": how many a period''s credits pay for}}. Errors: PT401 not signed in, PT404 no such account, 22004 null, 22023 an action that is neither configured nor was called.';
