-- What a configuration allows though its owner will hardly want it. Owns the words of these warnings; refuses
-- nothing.

CREATE OR REPLACE FUNCTION credits.included_cost(includes jsonb) RETURNS numeric
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    entry record;
    total numeric := 0;
BEGIN
    FOR entry IN SELECT i.provider, i.model, (SELECT jsonb_object_agg(u.key, u.value::numeric) FROM jsonb_each_text(i.usage) u) AS usage
                 FROM jsonb_to_recordset(includes) i(provider text, model text, usage jsonb) LOOP
        IF entry.provider IS NULL THEN
            SELECT CASE count(DISTINCT p.provider) WHEN 1 THEN min(p.provider) END INTO entry.provider
            FROM credits.price p WHERE p.model = entry.model AND p.version_to = credits.book_end();
        END IF;
        total := total + credits.cost(entry.provider, entry.model, entry.usage, NULL::timestamptz);
    END LOOP;
    RETURN total;
EXCEPTION WHEN invalid_parameter_value OR null_value_not_allowed OR numeric_value_out_of_range THEN
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION credits.included_cost(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.included_cost(jsonb) IS 'Internal: USD that a plan''s included units cost at the prices of now; null where a price is not known, or the model is more than one provider''s and none is named.';

CREATE OR REPLACE FUNCTION credits.configuration_warnings(config jsonb) RETURNS SETOF text
LANGUAGE sql STABLE
AS $$
    WITH plan AS (
        SELECT e.key AS plan, e.value ->> 'credits' AS credits, (e.value ->> 'price')::numeric AS price, e.value -> 'includes' <> '[]' AS has_units,
               CASE WHEN e.value -> 'includes' <> '[]' THEN credits.included_cost(e.value -> 'includes') ELSE 0 END AS units_cost,
               CASE e.value ->> 'credits' WHEN 'from_margin' THEN (e.value ->> 'price')::numeric * (1 - (config ->> 'margin')::numeric)
                    ELSE coalesce((e.value ->> 'credits')::numeric, 0) * (config -> 'unit' ->> 'value_usd')::numeric END AS credits_cost
        FROM jsonb_each(config -> 'plans') e
    ), warning(path, text) AS (
        SELECT 'plans.' || p.plan, CASE WHEN p.has_units AND p.units_cost IS NOT NULL THEN format('its credits and included units cost %s USD, more than its price of %s USD', trim_scale(p.credits_cost + p.units_cost), p.price)
                                        ELSE format('its %s credits buy %s USD of cost, more than its price of %s USD', p.credits, trim_scale(p.credits_cost), p.price) END
        FROM plan p WHERE p.price > 0 AND p.credits_cost + coalesce(p.units_cost, 0) > p.price
        UNION ALL
        SELECT format('plans.%s.includes', p.plan), 'what its units cost is not known: a price is missing, or a provider to tell models of one name apart'
        FROM plan p WHERE p.units_cost IS NULL
        UNION ALL
        SELECT 'promotions.prize_wheel.prize', 'what it costs is not known: a price is missing, or a provider to tell models of one name apart'
        FROM (SELECT config #> '{promotions,prize_wheel,prize}') w(prize) WHERE jsonb_typeof(w.prize) = 'object' AND credits.included_cost(jsonb_build_array(w.prize - 'credits')) IS NULL
        UNION ALL
        SELECT 'ladder' || a.key, format('is never the level: %s, above it in the ladder, comes at %s already', b.value -> 'level', b.value ->> 'at')
        FROM jsonb_each(config -> 'ladder') a, jsonb_each(config -> 'ladder') b
        WHERE a.value -> 'of' = b.value -> 'of' AND (a.value ->> 'at')::numeric >= (b.value ->> 'at')::numeric
          AND array_position(credits.texts_of(config #> '{places,ladder}'), a.key) < array_position(credits.texts_of(config #> '{places,ladder}'), b.key)
        UNION ALL
        SELECT format('plans.%s.limits%s', p.key, l.key), format('is never reached: limits%s refuses at %s already', g.key, g.value ->> 'limit')
        FROM jsonb_each(config -> 'plans') p, jsonb_each(p.value -> 'limits') l, jsonb_each(config -> 'limits') g
        WHERE g.value ->> 'effect' = 'deny' AND (g.value ->> 'limit')::numeric < (l.value ->> 'limit')::numeric
          AND NOT EXISTS (SELECT FROM unnest('{scope,metric,window,provider,model,action}'::text[]) k(key) WHERE g.value -> k.key <> l.value -> k.key)
        UNION ALL
        SELECT 'brake.min_margin', 'platform_status does not watch it: spending is counted where hour or day has a warn or a stop'
        WHERE config #>> '{brake,min_margin}' IS NOT NULL AND num_nonnulls(config #>> '{brake,hour,warn}', config #>> '{brake,hour,stop}', config #>> '{brake,day,warn}', config #>> '{brake,day,stop}') = 0
        UNION ALL
        SELECT l.path, l.warning FROM credits.ladder_warnings(config) l
        UNION ALL
        SELECT n.path, n.warning FROM credits.name_warnings(config) n
    )
    SELECT w.path || ': ' || w.text FROM warning w ORDER BY w.path COLLATE "C", w.text COLLATE "C"
$$;
REVOKE EXECUTE ON FUNCTION credits.configuration_warnings(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration_warnings(jsonb) IS 'Internal: what a stored configuration allows but its owner will hardly want: paid plans whose credits, at the unit''s value_usd, and included units cost more than the price; a prize without a price; rows of the ladder and limits of plans that cannot be reached; a margin that the brake does not watch; see also ladder_warnings and name_warnings.';

CREATE OR REPLACE FUNCTION credits.unpriced_at(asked_model text, substitute text) RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT string_agg(DISTINCT format('"%s"', p.provider), ', ')
    FROM credits.price p LEFT JOIN credits.price_alias a ON a.provider = p.provider AND a.alias = $1 AND a.version_to = credits.book_end()
    WHERE p.version_to = credits.book_end() AND p.model IN (coalesce(a.model, $1), p.provider || '/' || coalesce(a.model, $1))
      AND (SELECT f.found_model FROM credits.find_priced_model(p.provider, $2, (SELECT c.price_version FROM credits.platform c), false) f) IS NULL
$$;
REVOKE EXECUTE ON FUNCTION credits.unpriced_at(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.unpriced_at(text, text) IS 'Internal: the providers that have prices of a model and none of its substitute, quoted; null where there are none.';

CREATE OR REPLACE FUNCTION credits.ladder_warnings(config jsonb) RETURNS TABLE (path text, warning text)
LANGUAGE sql STABLE
AS $$
    WITH step AS (
        SELECT 'ladder' || e.key AS path, array_position(credits.texts_of(config #> '{places,ladder}'), e.key) AS place, s.level, s.of, s.at, nullif(s.allow, 'null') AS allow, s.substitute
        FROM jsonb_each(config -> 'ladder') e, jsonb_to_record(e.value) s(level text, of text, at numeric, allow jsonb, substitute jsonb)
    ), plan AS (
        SELECT 'plans.' || e.key AS path, p.* FROM jsonb_each(config -> 'plans') e,
             jsonb_to_record(e.value) p(price numeric, grant_on text, cost_budget numeric, cover numeric, overdraft numeric)
    ), last_of_budget AS (
        SELECT s.path, s.allow FROM step s WHERE s.of = 'cost_budget' AND s.at >= 100 AND s.allow IS NOT NULL ORDER BY s.allow <> '[]', s.place LIMIT 1
    ), shut_by_debt AS (
        -- Debt is above all levels unless the ladder places it; a level includes those below it.
        SELECT s.path FROM step s WHERE s.allow = '[]' AND (SELECT min(l.place) FROM step l WHERE l.level = s.level)
               <= coalesce((SELECT min(d.place) FROM step d WHERE d.level = 'payment_required'), s.place) ORDER BY s.place LIMIT 1
    )
    SELECT s.path || '.substitute.' || m.key, format('"%s" has no price of provider %s: calls that it would take the place of "%s" in are refused', m.value, u.providers, m.key)
    FROM step s, jsonb_each_text(s.substitute) m, LATERAL credits.unpriced_at(m.key, m.value) u(providers) WHERE u.providers IS NOT NULL
    UNION ALL
    SELECT p.path, format('has neither cost_budget nor cover: before the first revenue of a period %s refuses every call with a cost%s', s.path, CASE s.allow WHEN '[]' THEN '' ELSE ', but those that it allows' END)
    FROM plan p, last_of_budget s WHERE coalesce(p.cost_budget, 0) = 0 AND coalesce(p.cover, 0) = 0 AND (p.price = 0 OR p.grant_on = 'clock')
    UNION ALL
    SELECT p.path || '.overdraft', format('can hardly be used: below zero the level is payment_required, where %s allows nothing', s.path)
    FROM plan p, shut_by_debt s WHERE p.overdraft > 0
$$;
REVOKE EXECUTE ON FUNCTION credits.ladder_warnings(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.ladder_warnings(jsonb) IS 'Internal: what the ladder of a stored configuration brings about that its owner will hardly want: substitutes without a price, plans with nothing to spend, overdrafts that debt shuts.';

CREATE OR REPLACE FUNCTION credits.is_model_name(name text) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT EXISTS (SELECT FROM credits.price p WHERE p.version_to = credits.book_end() AND p.model IN ($1, p.provider || '/' || $1))
        OR EXISTS (SELECT FROM credits.price_alias a WHERE a.version_to = credits.book_end() AND a.alias = $1)
        OR EXISTS (SELECT FROM credits.price_name_rule r WHERE r.version_to = credits.book_end() AND r.model <> '' AND credits.name_match(r.rule, $1) > 0)
$$;
REVOKE EXECUTE ON FUNCTION credits.is_model_name(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.is_model_name(text) IS 'Internal: whether the price book has a model by that name, of whatever provider.';

CREATE OR REPLACE FUNCTION credits.name_warnings(config jsonb) RETURNS TABLE (path text, warning text)
LANGUAGE sql STABLE
AS $$
    WITH limits AS (
        SELECT 'limits' || l.key AS path, l.value FROM jsonb_each(config -> 'limits') l
        UNION ALL SELECT format('plans.%s.limits%s', p.key, l.key), l.value FROM jsonb_each(config -> 'plans') p, jsonb_each(p.value -> 'limits') l
    ), model(path, name) AS (
        SELECT l.path || '.model', l.value ->> 'model' FROM limits l
        UNION ALL SELECT format('plans.%s.models', p.key), m.name FROM jsonb_each(config -> 'plans') p, jsonb_array_elements_text(nullif(p.value -> 'models', 'null')) m(name)
    ), feature(name) AS (
        SELECT a.value ->> 'feature' FROM jsonb_each(config -> 'actions') a
        UNION SELECT f.name FROM jsonb_each(config -> 'plans') p, jsonb_array_elements_text(nullif(p.value -> 'features', 'null')) f(name)
    )
    SELECT m.path, format('the price book has no model "%s"', m.name) FROM model m
    WHERE m.name IS NOT NULL AND EXISTS (SELECT FROM credits.price p WHERE p.version_to = credits.book_end()) AND NOT credits.is_model_name(m.name)
    UNION ALL
    SELECT l.path || '.action', format('there is no action "%s"', l.value ->> 'action') FROM limits l
    WHERE config -> 'actions' <> '{}' AND NOT config -> 'actions' ? (l.value ->> 'action')
    UNION ALL
    SELECT 'licence' || c.key, 'is the feature of no action and of no plan: nothing falls with it' FROM jsonb_each(config -> 'licence') c
    WHERE c.value ->> 'capability' NOT IN (SELECT f.name FROM feature f WHERE f.name IS NOT NULL)
$$;
REVOKE EXECUTE ON FUNCTION credits.name_warnings(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.name_warnings(jsonb) IS 'Internal: names in the rules of a stored configuration that mean nothing in it: models that nothing prices (where anything is priced), actions (where any are configured), capabilities.';
