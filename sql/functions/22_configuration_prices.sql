-- Prices and aliases of the configuration document: their one form, the rules between them, and the versions
-- of the price book that they make. Knows nothing of imported prices: they are no part of the document.

CREATE OR REPLACE FUNCTION credits.book_end() RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT 9223372036854775807 $$;
REVOKE EXECUTE ON FUNCTION credits.book_end() FROM PUBLIC;
COMMENT ON FUNCTION credits.book_end() IS 'Internal: version_to of what is in the price book now.';

CREATE OR REPLACE FUNCTION credits.configuration_prices() RETURNS jsonb
LANGUAGE sql STABLE
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object(
               'provider', r.provider, 'model', r.model, 'metric', r.metric, 'price', trim_scale(r.price)::text, 'per', trim_scale(r.per)::text,
               'from', CASE WHEN isfinite(r.valid_from) THEN r.valid_from END, 'to', CASE WHEN isfinite(r.valid_to) THEN r.valid_to END,
               'when', nullif(r.conditions, '{}'), 'tiers', r.tiers, 'free', trim_scale(nullif(r.free, 0))::text)
               ORDER BY r.provider, r.model, r.metric, r.valid_from, r.conditions), '[]')
    FROM credits.price r WHERE r.source = 'configuration' AND r.version_to = credits.book_end()
$$;
REVOKE EXECUTE ON FUNCTION credits.configuration_prices() FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration_prices() IS 'Internal: the configured prices as the document has them, in order of provider, model, metric, from and when.';

CREATE OR REPLACE FUNCTION credits.configuration_aliases() RETURNS jsonb
LANGUAGE sql STABLE
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('provider', a.provider, 'alias', a.alias, 'model', a.model) ORDER BY a.provider, a.alias), '[]')
    FROM credits.price_alias a WHERE a.version_to = credits.book_end()
$$;
REVOKE EXECUTE ON FUNCTION credits.configuration_aliases() FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration_aliases() IS 'Internal: the aliases as the document has them, in order of provider and alias.';

CREATE OR REPLACE FUNCTION credits.price_key(price jsonb) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT (jsonb_build_array(price -> 'provider', price -> 'model', price -> 'metric')
            || CASE WHEN price ->> 'from' IS NULL THEN '[]' ELSE jsonb_build_array(price -> 'from') END
            || CASE WHEN price ->> 'when' IS NULL THEN '[]' ELSE jsonb_build_array(price -> 'when') END)::text
$$;
REVOKE EXECUTE ON FUNCTION credits.price_key(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.price_key(jsonb) IS 'Internal: what a price is known by, as text: a JSON array of provider, model, metric and, where it has them, from and when.';

CREATE OR REPLACE FUNCTION credits.price_hours(value text) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
    SELECT to_jsonb(format('%s:%s-%s:%s', lpad(h[1], 2, '0'), h[2], lpad(h[3], 2, '0'), h[4]))
    FROM regexp_match(value, '^([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)$') h WHERE h IS NOT NULL
$$;
REVOKE EXECUTE ON FUNCTION credits.price_hours(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.price_hours(text) IS 'Internal: hours of a day in their one form, "16:30-00:30"; null where the text is none.';

CREATE OR REPLACE FUNCTION credits.price_weekdays(value jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE WHEN bool_and(d.number IS NOT NULL) THEN jsonb_agg(DISTINCT d.number) END
    FROM (SELECT coalesce(array_position(ARRAY['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'], lower(e.value #>> '{}')),
                          CASE WHEN e.value IN ('1', '2', '3', '4', '5', '6', '7') THEN (e.value #>> '{}')::integer END)
          FROM jsonb_array_elements(CASE jsonb_typeof(value) WHEN 'array' THEN value ELSE '[]' END) e(value)) d(number)
$$;
REVOKE EXECUTE ON FUNCTION credits.price_weekdays(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.price_weekdays(jsonb) IS 'Internal: weekdays in their one form, numbers from 1 (Monday) to 7 in order; null where the value is no array of such numbers or English names, or is empty.';

CREATE OR REPLACE FUNCTION credits.price_service_tier(value text) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
    SELECT to_jsonb(CASE lower(value) WHEN 'fast' THEN 'priority' ELSE lower(value) END)
    WHERE credits.is_plain_text(value) AND lower(value) NOT IN ('default', 'standard')
$$;
REVOKE EXECUTE ON FUNCTION credits.price_service_tier(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.price_service_tier(text) IS 'Internal: a service tier as prices name it: lower case, priority for fast; null where the text is none, or the standard one, which a price without a tier is for.';

CREATE OR REPLACE FUNCTION credits.price_conditions(value jsonb, path text) RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    conditions jsonb := jsonb_strip_nulls(credits.configuration_section('when', value, path));
BEGIN
    IF conditions ?& ARRAY['prompt_over', 'prompt_at_least'] THEN
        PERFORM credits.refuse_configuration(path, 'has both prompt_over and prompt_at_least', 'prompt_over N: more than N tokens; prompt_at_least N: N or more');
    ELSIF conditions ? 'time_zone' AND NOT conditions ?| ARRAY['hours', 'weekdays'] THEN
        PERFORM credits.refuse_configuration(path || '.time_zone', 'has no meaning without hours or weekdays', 'give hours, as "16:30-00:30", or weekdays, as ["saturday", "sunday"]');
    ELSIF conditions ? 'weekday_time_zone' AND NOT conditions ? 'weekdays' THEN
        PERFORM credits.refuse_configuration(path || '.weekday_time_zone', 'has no meaning without weekdays', 'give weekdays, as ["saturday", "sunday"]');
    END IF;
    RETURN coalesce(nullif(conditions, '{}'), 'null');
END $$;
REVOKE EXECUTE ON FUNCTION credits.price_conditions(jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.price_conditions(jsonb, text) IS 'Internal: the conditions of a price in their one form, without keys that are null; null where there are none. Errors: 22023 naming the path.';

CREATE OR REPLACE FUNCTION credits.price_tiers(value jsonb, path text) RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    entry    record;
    checked  jsonb;
    previous jsonb := jsonb '{"up_to": 0}';
    tiers    jsonb := jsonb '[]';
BEGIN
    IF jsonb_typeof(value) <> 'array' OR value = '[]' THEN
        PERFORM credits.refuse_value('tiers', value, path);
    END IF;
    FOR entry IN SELECT format('%s[%s]', path, e.no - 1) AS path, e.value FROM jsonb_array_elements(value) WITH ORDINALITY e(value, no) LOOP
        checked := credits.merge_keys('tier', '{}', credits.configuration_section('tier', entry.value, entry.path));
        IF checked -> 'price' = 'null' THEN
            PERFORM credits.refuse_configuration(entry.path || '.price', 'is missing', 'give the price of prompts of more than "over" tokens, up to "up_to"');
        ELSIF previous -> 'up_to' = 'null' OR (checked ->> 'over')::numeric < (previous ->> 'up_to')::numeric THEN
            PERFORM credits.refuse_configuration(entry.path, 'begins before the tier before it ends', 'give tiers in order of size; each is for prompts of more than "over" tokens, up to "up_to"');
        ELSIF (checked ->> 'up_to')::numeric <= (checked ->> 'over')::numeric THEN
            PERFORM credits.refuse_configuration(entry.path || '.up_to', 'must be above over', 'null is for prompts of any size');
        END IF;
        previous := checked;
        tiers := tiers || jsonb_build_array(jsonb_strip_nulls(checked));
    END LOOP;
    RETURN tiers;
END $$;
REVOKE EXECUTE ON FUNCTION credits.price_tiers(jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.price_tiers(jsonb, text) IS 'Internal: the tiers of a price in their one form. Errors: 22023 naming the path of a wrong value, or of tiers that overlap or are out of order.';

CREATE OR REPLACE FUNCTION credits.price_problems(prices jsonb, aliases jsonb) RETURNS TABLE (path text, problem text, hint text)
LANGUAGE sql STABLE
AS $$
    WITH price AS (
        SELECT 'prices' || e.key AS path, p.*,
               lag(e.key) OVER same AS earlier, lag(coalesce(p."to", 'infinity')) OVER same AS earlier_to
        FROM jsonb_each(prices) e,
             jsonb_to_record(e.value) p(provider text, model text, metric text, per numeric, "from" timestamptz, "to" timestamptz, "when" jsonb, tiers jsonb, free numeric)
        WINDOW same AS (PARTITION BY p.provider, p.model, p.metric, coalesce(p."when", 'null') ORDER BY p."from" NULLS FIRST)
    )
    SELECT p.path || '.to', 'must be later than from', 'a price is in force from "from" (inclusive) to "to" (exclusive)'
    FROM price p WHERE p."from" >= p."to"
    UNION ALL
    SELECT p.path, format('overlaps prices%s', p.earlier), 'end the earlier price with "to" where this one begins with "from"'
    FROM price p WHERE p.earlier_to > coalesce(p."from", '-infinity')
    UNION ALL
    SELECT p.path, 'is a factor: it has no per, tiers or free units', 'the price of metric "multiplier" multiplies the cost of the whole call'
    FROM price p WHERE p.metric = 'multiplier' AND (p.per <> 1 OR coalesce(p.tiers, 'null') <> 'null' OR p.free IS NOT NULL)
    UNION ALL
    SELECT 'aliases' || e.key || '.model', 'is an alias itself', 'name the model that has the prices'
    FROM jsonb_each(aliases) e WHERE aliases ? credits.entry_key('alias', jsonb_build_object('provider', e.value -> 'provider', 'alias', e.value -> 'model'))
$$;
REVOKE EXECUTE ON FUNCTION credits.price_problems(jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.price_problems(jsonb, jsonb) IS 'Internal: what is wrong between prices and between aliases, both as objects by key: path, problem, hint; no rows where all is well.';

CREATE OR REPLACE FUNCTION credits.store_prices(before jsonb, after jsonb) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    new_version bigint;
BEGIN
    IF before -> 'prices' = after -> 'prices' AND before -> 'aliases' = after -> 'aliases' THEN
        RETURN NULL;
    END IF;
    UPDATE credits.platform SET price_version = price_version + 1 RETURNING price_version INTO new_version;

    UPDATE credits.price r SET version_to = new_version
    FROM credits.differences(before -> 'prices', after -> 'prices') d,
         jsonb_to_record(d.old) p(provider text, model text, metric text, "from" timestamptz, "when" jsonb)
    WHERE (r.provider, r.model, r.metric, r.valid_from, r.conditions)
        = (p.provider, p.model, p.metric, coalesce(p."from", '-infinity'), coalesce(nullif(p."when", 'null'), '{}'))
      AND r.source = 'configuration' AND r.version_to = credits.book_end();
    INSERT INTO credits.price (provider, model, metric, price, per, free, tiers, conditions, valid_from, valid_to, source, version_from)
    SELECT p.provider, p.model, p.metric, p.price, p.per, coalesce(p.free, 0), nullif(p.tiers, 'null'), coalesce(nullif(p."when", 'null'), '{}'),
           coalesce(p."from", '-infinity'), coalesce(p."to", 'infinity'), 'configuration', new_version
    FROM credits.differences(before -> 'prices', after -> 'prices') d,
         jsonb_to_record(d.new) p(provider text, model text, metric text, price numeric, per numeric, free numeric, tiers jsonb, "when" jsonb,
                                  "from" timestamptz, "to" timestamptz)
    WHERE d.new IS NOT NULL;

    UPDATE credits.price_alias a SET version_to = new_version
    FROM credits.differences(before -> 'aliases', after -> 'aliases') d
    WHERE (a.provider, a.alias) = (d.old ->> 'provider', d.old ->> 'alias') AND a.version_to = credits.book_end();
    INSERT INTO credits.price_alias (provider, alias, model, version_from)
    SELECT d.new ->> 'provider', d.new ->> 'alias', d.new ->> 'model', new_version
    FROM credits.differences(before -> 'aliases', after -> 'aliases') d WHERE d.new IS NOT NULL;
    RETURN new_version;
END $$;
REVOKE EXECUTE ON FUNCTION credits.store_prices(jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.store_prices(jsonb, jsonb) IS 'Internal: brings the configured prices and aliases from one whole, checked configuration to another by a new version of the price book, which it returns; null where there is nothing to change. Rows that go stay for calls that are settled by an earlier version.';
