-- What is sold and how it is paid in the configuration document, and its secrets. Owns which values are
-- secret; none of them may reach an export, an audit or an error.

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
