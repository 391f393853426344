-- What is sold and how it is paid in the configuration document, its secrets, and what a configuration
-- allows though its owner will hardly want it. Owns which values are secret; none of them may reach an
-- export, an audit or an error.

CREATE OR REPLACE FUNCTION credits.commerce_problems(config jsonb) RETURNS TABLE (path text, problem text, hint text)
LANGUAGE sql STABLE
AS $$
    WITH bulk AS (
        SELECT format('packs.%s.bulk[%s]', p.key, b.no - 1) AS path, (b.value ->> 'from')::numeric AS at_least,
               lag((b.value ->> 'from')::numeric) OVER (PARTITION BY p.key ORDER BY b.no) AS earlier
        FROM jsonb_each(config -> 'packs') p, jsonb_array_elements(p.value -> 'bulk') WITH ORDINALITY b(value, no)
    )
    SELECT b.path || '.from', 'must be above 1', 'the pack''s own price is that of one' FROM bulk b WHERE b.at_least <= 1
    UNION ALL
    SELECT b.path || '.from', 'must be above that of the entry before it', 'give bulk prices in order of number' FROM bulk b WHERE b.at_least <= b.earlier
    UNION ALL
    SELECT 'stripe.prices.' || s.key, format('there is no plan "%s"', s.value), 'name one of plans'
    FROM jsonb_each_text(coalesce(config #> '{stripe,prices}', '{}')) s WHERE NOT config -> 'plans' ? s.value
    UNION ALL
    SELECT 'stripe.packs.' || s.key, format('there is no pack "%s"', s.value), 'name one of packs'
    FROM jsonb_each_text(coalesce(config #> '{stripe,packs}', '{}')) s WHERE NOT config -> 'packs' ? s.value
    UNION ALL
    SELECT 'stripe.packs.' || s.key, 'is also one of stripe.prices', 'a price of Stripe is that of a plan or of a pack'
    FROM jsonb_each_text(coalesce(config #> '{stripe,packs}', '{}')) s WHERE config #> '{stripe,prices}' ? s.key
$$;
REVOKE EXECUTE ON FUNCTION credits.commerce_problems(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.commerce_problems(jsonb) IS 'Internal: what is wrong between the keys of what is sold and how it is paid, as problems.';

CREATE OR REPLACE FUNCTION credits.checked_document(config jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    problem_text   text;
    problem_detail text;
    problem_hint   text;
BEGIN
    PERFORM credits.require_schema();
    IF jsonb_typeof(config) <> 'object' THEN
        PERFORM credits.refuse_value('object', config, 'config');
    END IF;
    RETURN credits.configuration_section('document', config, '');
EXCEPTION WHEN invalid_parameter_value THEN
    -- Raised again from here: where the checks nest is nobody's business but theirs.
    GET STACKED DIAGNOSTICS problem_text = MESSAGE_TEXT, problem_detail = PG_EXCEPTION_DETAIL, problem_hint = PG_EXCEPTION_HINT;
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = problem_text, DETAIL = problem_detail, HINT = problem_hint;
END $$;
REVOKE EXECUTE ON FUNCTION credits.checked_document(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.checked_document(jsonb) IS 'Internal: a document with each value in its one form, entries by key. Errors: 22023 naming the path of an unknown key or a wrong value; 55000 where migrate() has not run.';

CREATE OR REPLACE FUNCTION credits.redacted(patch jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$ SELECT CASE WHEN jsonb_typeof(patch #> '{stripe,webhook_secret}') = 'string' THEN jsonb_set(patch, '{stripe,webhook_secret}', '"***"') ELSE patch END $$;
REVOKE EXECUTE ON FUNCTION credits.redacted(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.redacted(jsonb) IS 'Internal: a document with "***" in place of its secrets.';

CREATE OR REPLACE FUNCTION credits.show_secrets(config jsonb) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN jsonb_typeof(config -> 'stripe') = 'object'
                THEN jsonb_set(config, '{stripe,webhook_secret}', CASE WHEN EXISTS (SELECT FROM credits.secret s WHERE s.name = 'stripe.webhook_secret') THEN '"***"'::jsonb ELSE 'null' END)
                ELSE config END
$$;
REVOKE EXECUTE ON FUNCTION credits.show_secrets(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.show_secrets(jsonb) IS 'Internal: a configuration that says of each secret whether there is one: "***" or null.';

CREATE OR REPLACE FUNCTION credits.secret_change(after jsonb, given jsonb) RETURNS TABLE (path text, old jsonb, new jsonb)
LANGUAGE sql STABLE
AS $$
    SELECT 'stripe.webhook_secret', '"***"'::jsonb, '"***"'::jsonb
    FROM credits.secret s WHERE s.name = 'stripe.webhook_secret' AND after #> '{stripe,webhook_secret}' = '"***"' AND s.value <> given #>> '{}'
$$;
REVOKE EXECUTE ON FUNCTION credits.secret_change(jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.secret_change(jsonb, jsonb) IS 'Internal: that a secret was replaced by another, which does not show between redacted configurations; no row where it was not.';

CREATE OR REPLACE FUNCTION credits.store_secret(secret_name text, shown text, given text) RETURNS void
LANGUAGE sql
AS $$
    DELETE FROM credits.secret s WHERE s.name = secret_name AND shown IS NULL;
    INSERT INTO credits.secret AS s (name, value) SELECT secret_name, given WHERE given IS NOT NULL
    ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE s.value <> excluded.value;
$$;
REVOKE EXECUTE ON FUNCTION credits.store_secret(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.store_secret(text, text, text) IS 'Internal: keeps a secret that was given, and drops one that the configuration no longer shows. given: null where the document says nothing of it.';

CREATE OR REPLACE FUNCTION credits.texts_of(value jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE
AS $$ SELECT ARRAY(SELECT jsonb_array_elements_text(value)) $$;
REVOKE EXECUTE ON FUNCTION credits.texts_of(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.texts_of(jsonb) IS 'Internal: the texts of an array, in order; none of null.';

CREATE OR REPLACE FUNCTION credits.entry_places(config jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
    SELECT jsonb_build_object('ladder', (SELECT coalesce(jsonb_agg(credits.entry_key('step', e.value) ORDER BY e.no), '[]')
        FROM jsonb_array_elements(CASE jsonb_typeof(config -> 'ladder') WHEN 'array' THEN config -> 'ladder' ELSE '[]' END) WITH ORDINALITY e(value, no)))
$$;
REVOKE EXECUTE ON FUNCTION credits.entry_places(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.entry_places(jsonb) IS 'Internal: the keys of entries whose order means something, in the order of a document: those of the ladder.';

CREATE OR REPLACE FUNCTION credits.order_change(before jsonb, after jsonb) RETURNS TABLE (path text, old jsonb, new jsonb)
LANGUAGE sql STABLE
AS $$
    SELECT 'ladder', c.old, c.new
    FROM (SELECT jsonb_agg(p.key::jsonb ORDER BY array_position(credits.texts_of(before #> '{places,ladder}'), p.key)),
                 jsonb_agg(p.key::jsonb ORDER BY array_position(credits.texts_of(after #> '{places,ladder}'), p.key))
          FROM jsonb_object_keys(before -> 'ladder') p(key) WHERE after -> 'ladder' ? p.key) c(old, new)
    WHERE c.old <> c.new
$$;
REVOKE EXECUTE ON FUNCTION credits.order_change(jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.order_change(jsonb, jsonb) IS 'Internal: that the rows of the ladder that stay are in another order, as their keys in old and new order; no row where they are not.';

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
    )
    SELECT w.path || ': ' || w.text FROM warning w ORDER BY w.path COLLATE "C", w.text COLLATE "C"
$$;
REVOKE EXECUTE ON FUNCTION credits.configuration_warnings(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration_warnings(jsonb) IS 'Internal: what a stored configuration allows but its owner will hardly want: paid plans whose credits, at the unit''s value_usd, and included units cost more than the price; a prize without a price; rows of the ladder and limits of plans that cannot be reached.';
