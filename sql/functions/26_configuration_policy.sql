-- The rules that protect a margin in the configuration document: the one form of windows and effects, what
-- must hold between limits, ladder, gates, plans, licence and brake. Owns the problems it names; knows no
-- table.

CREATE OR REPLACE FUNCTION credits.limit_window(value text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE WHEN value IN ('hour', 'day', 'week', 'month', 'period', 'lifetime') THEN value
                WHEN w.length::interval >= interval '1 second' AND extract(year FROM w.length::interval) = 0 AND extract(month FROM w.length::interval) = 0
                THEN 'sliding ' || w.length END
    FROM (SELECT CASE WHEN value LIKE 'sliding %' THEN credits.configuration_interval('interval', substr(value, 9)) END) w(length)
$$;
REVOKE EXECUTE ON FUNCTION credits.limit_window(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.limit_window(text) IS 'Internal: a limit''s window in its one form; null where the text is none. A sliding one has a length of its own, so it has no months.';

CREATE OR REPLACE FUNCTION credits.limit_effect(value text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE WHEN value IN ('deny', 'warn', 'overage') THEN value
                WHEN e.kind IN ('degrade', 'flag') AND credits.is_plain_text(e.argument) THEN value
                WHEN e.kind = 'block' THEN 'block:' || credits.configuration_interval('interval', e.argument) END
    FROM (SELECT split_part(value, ':', 1), substr(value, strpos(value, ':') + 1) WHERE strpos(value, ':') > 0
          UNION ALL SELECT '', '' WHERE strpos(value, ':') = 0) e(kind, argument)
$$;
REVOKE EXECUTE ON FUNCTION credits.limit_effect(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.limit_effect(text) IS 'Internal: a limit''s effect in its one form; null where the text is none.';

CREATE OR REPLACE FUNCTION credits.missing_values(kind text, value jsonb, at_path text) RETURNS TABLE (path text, problem text, hint text)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    shape text := split_part(kind, ':', 1);
    part  text := split_part(kind, ':', 2);
BEGIN
    IF shape IN ('section', 'record') AND jsonb_typeof(value) = 'object' THEN
        RETURN QUERY SELECT ltrim(at_path || '.', '.') || k.key, 'is missing'::text,
                            CASE WHEN strpos(k.kind, ':') > 0 THEN 'it has no default'
                                 ELSE format('it must be %s', coalesce((SELECT n.wanted FROM credits.configuration_kinds() n WHERE n.kind = k.kind), k.kind)) END
                     FROM credits.configuration_keys() k WHERE k.section = part AND k.fallback IS NULL AND coalesce(value -> k.key, 'null') IN ('null', '{}');
        RETURN QUERY SELECT m.path, m.problem, m.hint FROM credits.configuration_keys() k,
                     LATERAL credits.missing_values(k.kind, value -> k.key, ltrim(at_path || '.', '.') || k.key) m
                     WHERE k.section = part AND strpos(k.kind, ':') > 0;
    ELSIF shape IN ('names', 'entries') THEN
        RETURN QUERY SELECT m.path, m.problem, m.hint FROM jsonb_each(value) e,
                     LATERAL credits.missing_values('section:' || part, e.value, at_path || CASE shape WHEN 'names' THEN '.' ELSE '' END || e.key) m
                     WHERE part NOT IN ('price', 'alias');
    ELSIF shape = 'records' THEN
        RETURN QUERY SELECT m.path, m.problem, m.hint FROM jsonb_array_elements(value) WITH ORDINALITY e(value, no),
                     LATERAL credits.missing_values('record:' || part, e.value, format('%s[%s]', at_path, e.no - 1)) m;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.missing_values(text, jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.missing_values(text, jsonb, text) IS 'Internal: the keys below a path that have no value and no default (see configuration_keys), as problems.';

CREATE OR REPLACE FUNCTION credits.limit_problems(limits jsonb, at_path text, is_general boolean) RETURNS TABLE (path text, problem text, hint text)
LANGUAGE sql STABLE
AS $$
    SELECT at_path || e.key || p.key, p.problem, p.hint
    FROM jsonb_each(limits) e,
         jsonb_to_record(e.value) l(name text, scope text, metric text, "window" text, effect text, price numeric, per numeric),
         LATERAL (VALUES
            (l.name = 'cost_budget', '.name', 'is the name that the ladder has for a plan''s cost_budget', 'give the limit another name'),
            (l.scope = 'platform' AND NOT is_general, '.scope', 'of a platform limit has no place here', 'limits of the platform stand in the document''s own limits'),
            (l.scope = 'platform' AND l."window" = 'period', '.window', 'must be another than period for scope platform', 'periods are those of accounts; take hour, day, week, month or lifetime'),
            (l.effect = 'overage' AND l.price IS NULL, '.price', 'is missing', 'effect overage needs a price: USD for every "per" units above the limit'),
            (l.effect = 'overage' AND l.metric = 'failures', '.effect', 'cannot be overage for metric failures', 'failures cost nothing; take deny, flag:NAME or block:INTERVAL'),
            (l.scope = 'platform' AND l."window" LIKE 'sliding %', '.window', 'cannot be sliding for scope platform', 'take hour, day, week, month or lifetime'),
            (l.scope = 'platform' AND split_part(l.effect, ':', 1) NOT IN ('deny', 'warn'), '.effect', format('cannot be %s for scope platform', split_part(l.effect, ':', 1)), 'take deny or warn; levels, flags, blocks and overages are those of accounts'),
            (l.scope = 'platform' AND octet_length(l.name) > 63, '.name', 'is too long for scope platform', 'give it a name of at most 63 bytes'),
            (l.effect <> 'overage' AND l.price IS NOT NULL, '.price', 'has no meaning without effect overage', 'set effect to overage, or leave price out'),
            (l.effect <> 'overage' AND l.per IS NOT NULL, '.per', 'has no meaning without effect overage', 'set effect to overage, or leave per out'),
            (l.effect = 'degrade:normal', '.effect', 'cannot degrade to normal', 'normal is the level without restrictions')
         ) p(holds, key, problem, hint)
    WHERE p.holds
    UNION ALL
    SELECT at_path, format('has %s limits of scope platform', count(*)), 'at most 16 are counted for the whole platform'
    FROM jsonb_each(limits) e WHERE e.value ->> 'scope' = 'platform' HAVING count(*) > 16
$$;
REVOKE EXECUTE ON FUNCTION credits.limit_problems(jsonb, text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION credits.limit_problems(jsonb, text, boolean) IS 'Internal: what is wrong between the keys of limits (by key), as problems below a path. is_general: they are the document''s own.';

CREATE OR REPLACE FUNCTION credits.checked_limits(limits jsonb, path text) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET intervalstyle = 'postgres' SET datestyle = 'ISO, YMD' SET jit = off
AS $$
DECLARE
    checked jsonb;
    wrong   record;
BEGIN
    IF jsonb_typeof(limits) = 'array' THEN
        limits := (SELECT coalesce(jsonb_agg(CASE jsonb_typeof(l.value) WHEN 'object' THEN '{"scope": "member"}' || l.value ELSE l.value END ORDER BY l.no), '[]')
                   FROM jsonb_array_elements(limits) WITH ORDINALITY l(value, no));
    END IF;
    checked := credits.merge_composite('entries:limit', '[]', '{}', credits.keyed_entries('limit', limits, path));
    SELECT p.path, p.problem, p.hint INTO wrong
    FROM (SELECT m.path, m.problem, m.hint FROM credits.missing_values('entries:limit', checked, checked_limits.path) m
          UNION ALL SELECT l.path, l.problem, l.hint FROM credits.limit_problems(checked, checked_limits.path, false) l) p ORDER BY 1, 2 LIMIT 1;
    IF FOUND THEN
        PERFORM credits.refuse_configuration(wrong.path, wrong.problem, wrong.hint);
    END IF;
    RETURN credits.entries_in_order(checked);
END $$;
REVOKE EXECUTE ON FUNCTION credits.checked_limits(jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.checked_limits(jsonb, text) IS 'Internal: limits of a member''s quota in the form of the configuration document, with all their keys (scope is member where it is not said) and in order of name. path: how errors name them. Errors: 22023 naming the path.';

CREATE OR REPLACE FUNCTION credits.ladder_problems(config jsonb) RETURNS TABLE (path text, problem text, hint text)
LANGUAGE sql STABLE
AS $$
    WITH RECURSIVE limits AS (
        SELECT l.value FROM jsonb_each(config -> 'limits') l
        UNION ALL SELECT l.value FROM jsonb_each(config -> 'plans') p, jsonb_each(p.value -> 'limits') l
    ), step AS (
        SELECT 'ladder' || e.key AS path, s.* FROM jsonb_each(config -> 'ladder') e, jsonb_to_record(e.value) s(level text, of text, allow jsonb, substitute jsonb, gates jsonb)
    ), level(name) AS (
        SELECT s.level FROM step s UNION SELECT substr(l.value ->> 'effect', 9) FROM limits l WHERE l.value ->> 'effect' LIKE 'degrade:%' UNION SELECT 'payment_required'
    ), gate AS (
        SELECT format('%s.gates[%s]', o.path, g.no - 1) AS path, g.value ->> 'level' AS level,
               row_number() OVER (PARTITION BY o.path, g.value -> 'kind', g.value -> 'level' ORDER BY g.no) > 1 AS is_double
        FROM (SELECT s.path, s.gates FROM step s UNION ALL SELECT 'actions.' || a.key, a.value -> 'gates' FROM jsonb_each(config -> 'actions') a) o,
             jsonb_array_elements(o.gates) WITH ORDINALITY g(value, no)
    ), model AS (
        SELECT s.path, m.key AS asked, m.value AS instead FROM step s, jsonb_each_text(s.substitute) m
    ), leads(path, asked, instead) AS (
        SELECT m.path, m.asked, m.instead FROM model m UNION SELECT l.path, l.asked, m.instead FROM leads l JOIN model m ON m.asked = l.instead WHERE l.asked <> l.instead
    )
    SELECT s.path || '.level', 'must be another than normal', 'normal is the level below the ladder' FROM step s WHERE s.level = 'normal'
    UNION ALL
    SELECT s.path || '.of', format('there is no limit "%s"', s.of), 'name a limit of the configuration or of a plan, or cost_budget'
    FROM step s WHERE s.of <> 'cost_budget' AND s.of NOT IN (SELECT l.value ->> 'name' FROM limits l)
    UNION ALL
    SELECT s.path || '.of', format('is the limit "%s" of the platform', s.of), 'name one that counts the use of an account'
    FROM step s WHERE s.of IN (SELECT l.value ->> 'name' FROM jsonb_each(config -> 'limits') l WHERE l.value ->> 'scope' = 'platform')
    UNION ALL
    SELECT s.path || '.of', format('is the limit "%s" of each %s', s.of, l.value ->> 'scope'), 'levels are those of an account: name a limit of scope account, be it of some provider, model or action only'
    FROM step s JOIN limits l ON l.value ->> 'name' = s.of WHERE l.value ->> 'scope' NOT IN ('account', 'platform')
    UNION ALL
    SELECT s.path || '.allow', format('there is no action "%s"', a.action), 'name actions of the configuration; null allows all, [] none'
    FROM step s, jsonb_array_elements_text(nullif(s.allow, 'null')) a(action) WHERE NOT config -> 'actions' ? a.action
    UNION ALL
    SELECT g.path || '.level', format('there is no level "%s"', g.level), 'name a level of the ladder or of a degrade effect; null asks always'
    FROM gate g WHERE g.level NOT IN (SELECT l.name FROM level l)
    UNION ALL
    SELECT g.path, 'asks for the same kind again', 'give each kind once for each level' FROM gate g WHERE g.is_double
    UNION ALL
    SELECT l.path || '.substitute.' || l.asked, 'leads back to itself', 'substitute each model by one that is not substituted by it again'
    FROM leads l WHERE l.asked = l.instead
$$;
REVOKE EXECUTE ON FUNCTION credits.ladder_problems(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.ladder_problems(jsonb) IS 'Internal: what is wrong between the ladder, gates, limits and actions of a whole configuration, as problems.';

CREATE OR REPLACE FUNCTION credits.policy_problems(config jsonb) RETURNS TABLE (path text, problem text, hint text)
LANGUAGE sql STABLE
AS $$
    SELECT m.path, m.problem, m.hint FROM credits.missing_values('section:document', config, '') m
    UNION ALL
    SELECT l.path, l.problem, l.hint FROM credits.limit_problems(config -> 'limits', 'limits', true) l
    UNION ALL
    SELECT l.path, l.problem, l.hint FROM jsonb_each(config -> 'plans') p, LATERAL credits.limit_problems(p.value -> 'limits', format('plans.%s.limits', p.key), false) l
    UNION ALL
    SELECT l.path, l.problem, l.hint FROM credits.ladder_problems(config) l
    UNION ALL
    SELECT format('plans.%s.next_plan', p.key), CASE p.value ->> 'next_plan' WHEN p.key THEN 'is the plan itself' ELSE format('there is no plan %s', p.value -> 'next_plan') END, 'name another one of plans, or null for none'
    FROM jsonb_each(config -> 'plans') p WHERE p.value ->> 'next_plan' = p.key OR NOT config -> 'plans' ? (p.value ->> 'next_plan')
    UNION ALL
    SELECT format('plans.%s.includes', p.key), format('names the model %s twice', i.value -> 'model'), 'give the units of a model in one entry'
    FROM jsonb_each(config -> 'plans') p, jsonb_array_elements(p.value -> 'includes') i
    GROUP BY p.key, i.value -> 'model', i.value -> 'provider' HAVING count(*) > 1
    UNION ALL
    SELECT format('actions.%s.max_credits', a.key), 'is less than the action takes', 'every call of the action would be refused; see its credits and range'
    FROM jsonb_each(config -> 'actions') a WHERE (a.value ->> 'max_credits')::numeric < greatest((a.value ->> 'credits')::numeric, (a.value -> 'range' ->> 0)::numeric)
    UNION ALL
    SELECT 'brake.' || w.key, 'warns above its stop', 'warn must be at most stop'
    FROM unnest('{hour,day}'::text[]) w(key) WHERE (config #>> ARRAY['brake', w.key, 'warn'])::numeric > (config #>> ARRAY['brake', w.key, 'stop'])::numeric
    UNION ALL
    SELECT 'licence_states.' || s.later, format('comes before %s', s.earlier), 'states follow each other: grace, suspended, cancelled; null leaves one out'
    FROM (VALUES ('grace', 'suspended'), ('grace', 'cancelled'), ('suspended', 'cancelled')) s(earlier, later)
    WHERE (config -> 'licence_states' ->> s.later)::interval < (config -> 'licence_states' ->> s.earlier)::interval
    UNION ALL
    SELECT 'guarantee.revenue', 'does not cover cost and profit', 'revenue must be at least cost + profit; leave it out, or 0, where none is guaranteed'
    FROM (SELECT (g ->> 'revenue')::numeric, (g ->> 'cost')::numeric, (g ->> 'profit')::numeric FROM (SELECT config -> 'guarantee') c(g)) g(revenue, cost, profit)
    WHERE g.revenue > 0 AND g.revenue < g.cost + g.profit
    UNION ALL
    SELECT 'top_up.pack', format('there is no pack %s', config #> '{top_up,pack}'), 'name one of packs'
    WHERE NOT config -> 'packs' ? (config #>> '{top_up,pack}')
$$;
REVOKE EXECUTE ON FUNCTION credits.policy_problems(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.policy_problems(jsonb) IS 'Internal: what is wrong between the keys that protect a margin, and which keys have no value, in a whole configuration with entries by key: path, problem, hint; no rows where all is well.';
