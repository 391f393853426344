-- The policy as the core reads it: limits, ladder, licence, brake and what plans and actions allow, out
-- of the tables of the configuration into one document. Owns its form; the reader is
-- src/core/policy_document.cpp. Decides nothing and checks nothing.

CREATE OR REPLACE FUNCTION credits.interval_parts(value interval) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
    SELECT jsonb_build_object(
        'months', (extract(year FROM value) * 12 + extract(month FROM value))::integer, 'days', extract(day FROM value)::integer,
        'micros', (extract(hour FROM value) * 3600000000 + extract(minute FROM value) * 60000000 + extract(microseconds FROM value))::bigint)
    WHERE value IS NOT NULL
$$;
REVOKE EXECUTE ON FUNCTION credits.interval_parts(interval) FROM PUBLIC;
COMMENT ON FUNCTION credits.interval_parts(interval) IS 'Internal: an interval as {"months", "days", "micros"}; null of null.';

CREATE OR REPLACE FUNCTION credits.policy_window(value text) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE WHEN value LIKE 'sliding %' THEN jsonb_build_object('sliding', (extract(epoch FROM substr(value, 9)::interval) * 1000000)::bigint)
                ELSE to_jsonb(value) END
$$;
REVOKE EXECUTE ON FUNCTION credits.policy_window(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.policy_window(text) IS 'Internal: a limit''s window as {"sliding": microseconds}, or its word.';

CREATE OR REPLACE FUNCTION credits.policy_effect(entry jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
    SELECT jsonb_build_object('kind', e.kind) || CASE e.kind
        WHEN 'degrade' THEN jsonb_build_object('name', e.argument)
        WHEN 'flag' THEN jsonb_build_object('name', e.argument)
        WHEN 'block' THEN jsonb_build_object('for', credits.interval_parts(e.argument::interval))
        WHEN 'overage' THEN jsonb_build_object('price', entry -> 'price', 'per', entry -> 'per')
        ELSE '{}' END
    FROM (SELECT split_part(entry ->> 'effect', ':', 1) AS kind, substr(entry ->> 'effect', strpos(entry ->> 'effect', ':') + 1) AS argument) e
$$;
REVOKE EXECUTE ON FUNCTION credits.policy_effect(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.policy_effect(jsonb) IS 'Internal: a limit''s effect as {"kind"} with "name" (degrade, flag), "for" (block), or "price" and "per" (overage).';

CREATE OR REPLACE FUNCTION credits.policy_limits(limits jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(jsonb_agg(e.value - ARRAY['price', 'per'] || jsonb_build_object('window', credits.policy_window(e.value ->> 'window'), 'effect', credits.policy_effect(e.value))
                              ORDER BY e.no), '[]')
    FROM jsonb_array_elements(nullif(limits, 'null')) WITH ORDINALITY e(value, no)
$$;
REVOKE EXECUTE ON FUNCTION credits.policy_limits(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.policy_limits(jsonb) IS 'Internal: limits of the configuration as the policy document has them; an empty array of null.';

CREATE OR REPLACE FUNCTION credits.policy_document() RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp SET intervalstyle = 'postgres' SET jit = off
AS $$
    SELECT jsonb_build_object(
        'margin', trim_scale(p.margin)::text, 'time_zone', p.time_zone,
        'limits', credits.policy_limits(s.sections -> 'limits'),
        'ladder', coalesce(s.sections -> 'ladder', '[]'),
        'licence', (SELECT coalesce(jsonb_agg(jsonb_build_object('capability', e.value -> 'capability', 'after', credits.interval_parts((e.value ->> 'after')::interval)) ORDER BY e.no), '[]')
                    FROM jsonb_array_elements(s.sections -> 'licence') WITH ORDINALITY e(value, no)),
        'licence_states', (SELECT jsonb_object_agg(k.state, credits.interval_parts((s.sections -> 'licence_states' ->> k.state)::interval))
                           FROM unnest('{grace,suspended,cancelled}'::text[]) k(state)),
        'brake', s.sections -> 'brake', 'guarantee', s.sections -> 'guarantee', 'shadow', coalesce(s.sections -> 'shadow', '{"share": "0"}'),
        'top_up', (s.sections -> 'top_up') || jsonb_build_object('at_most', credits.interval_parts((s.sections -> 'top_up' ->> 'at_most')::interval)),
        'plans', (SELECT coalesce(jsonb_object_agg(l.plan, jsonb_build_object(
                      'features', l.features, 'providers', l.providers, 'models', l.models,
                      'max_tokens_per_request', l.max_tokens_per_request::text, 'max_output_tokens', l.max_output_tokens::text,
                      'cost_budget', l.cost_budget::text, 'cover', l.cover::text, 'includes', l.includes,
                      'limits', credits.policy_limits(l.limits), 'next_plan', l.next_plan)), '{}')
                  FROM credits.plan l),
        'actions', (SELECT coalesce(jsonb_object_agg(a.action, jsonb_build_object('feature', a.feature, 'max_credits', a.max_credits::text, 'gates', a.gates)), '{}')
                    FROM credits.action a))
    FROM credits.platform p, (SELECT coalesce(jsonb_object_agg(t.key, t.value), '{}') AS sections FROM credits.setting t) s
$$;
REVOKE EXECUTE ON FUNCTION credits.policy_document() FROM PUBLIC;
COMMENT ON FUNCTION credits.policy_document() IS 'Internal: all that protects a margin as one document, as calls of every backend read it: margin, time_zone, limits, ladder, licence, licence_states, brake, guarantee, top_up, shadow, plans, actions. Intervals are {"months", "days", "micros"}, a window is its word or {"sliding": microseconds}, an effect {"kind", …}. No row where credits.platform has lost its own.';
