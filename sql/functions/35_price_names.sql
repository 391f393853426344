-- Which model a name means: aliases, the way price files write names, and their own rules. Names that mean more
-- than one model are refused, never guessed.

CREATE OR REPLACE FUNCTION credits.name_match(rule jsonb, name text) RETURNS integer
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    wanted text := rule ->> 'equals';
BEGIN
    IF wanted IS NOT NULL THEN
        RETURN CASE WHEN name = wanted THEN 2 ELSE 0 END;
    ELSIF rule ? 'starts_with' THEN
        RETURN starts_with(name, rule ->> 'starts_with')::integer;
    ELSIF rule ? 'ends_with' THEN
        RETURN (right(name, length(rule ->> 'ends_with')) = rule ->> 'ends_with')::integer;
    ELSIF rule ? 'contains' THEN
        RETURN (strpos(name, rule ->> 'contains') > 0)::integer;
    ELSIF rule ? 'regex' THEN
        RETURN (name ~ (rule ->> 'regex'))::integer;
    ELSIF rule ? 'or' THEN
        RETURN coalesce((SELECT max(credits.name_match(r.value, name)) FROM jsonb_array_elements(rule -> 'or') r), 0);
    ELSIF rule ? 'and' THEN
        RETURN coalesce((SELECT min(least(credits.name_match(r.value, name), 1)) FROM jsonb_array_elements(rule -> 'and') r), 0);
    END IF;
    RETURN 0;
END $$;
REVOKE EXECUTE ON FUNCTION credits.name_match(jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.name_match(jsonb, text) IS 'Internal: whether a name follows a rule: 2 where it equals what the rule names, 1 where it follows otherwise, 0 where it does not.';

CREATE OR REPLACE FUNCTION credits.name_rule_problem(rule jsonb, depth integer DEFAULT 0) RETURNS text
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    key text := (SELECT min(k.key) FROM jsonb_object_keys(CASE jsonb_typeof(rule) WHEN 'object' THEN rule ELSE '{}' END) k(key) HAVING count(*) = 1);
BEGIN
    IF depth > 10 THEN
        RETURN 'is nested too deeply';
    ELSIF key IN ('or', 'and') AND jsonb_typeof(rule -> key) = 'array' THEN
        RETURN (SELECT min(credits.name_rule_problem(r.value, depth + 1)) FROM jsonb_array_elements(rule -> key) r);
    ELSIF NOT coalesce(key IN ('equals', 'starts_with', 'ends_with', 'contains', 'regex') AND jsonb_typeof(rule -> key) = 'string', false) THEN
        RETURN 'is not a known rule';
    ELSIF key = 'regex' THEN
        PERFORM '' ~ (rule ->> 'regex');
    END IF;
    RETURN NULL;
EXCEPTION WHEN invalid_regular_expression THEN
    RETURN 'is not a valid regular expression';
END $$;
REVOKE EXECUTE ON FUNCTION credits.name_rule_problem(jsonb, integer) FROM PUBLIC;
COMMENT ON FUNCTION credits.name_rule_problem(jsonb, integer) IS 'Internal: why a rule for names cannot be followed; null where it can.';

CREATE OR REPLACE FUNCTION credits.import_name_rules(items credits.file_item[], source text, effective_from timestamptz, complete boolean, new_version bigint) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    touched boolean;
BEGIN
    -- Names have no dates: the last document says what they mean.
    IF EXISTS (SELECT FROM credits.price_import i WHERE i.source = import_name_rules.source AND i.complete AND i.effective_from > import_name_rules.effective_from) THEN
        RETURN false;
    END IF;
    WITH named AS MATERIALIZED (
        SELECT DISTINCT ON (i.provider, coalesce(i.model, '')) i.provider, coalesce(i.model, '') AS model, i.conditions AS rule,
               ARRAY(SELECT jsonb_array_elements_text(i.tiers)) AS sells
        FROM unnest(items) i WHERE i.item IN ('model', 'provider')
    ), later AS MATERIALIZED (
        SELECT l.provider, l.model FROM credits.later_imports(effective_from) l WHERE l.source = import_name_rules.source
    ), wanted AS MATERIALIZED (
        SELECT n.* FROM named n
        WHERE (n.rule IS NOT NULL OR n.sells <> '{}') AND credits.name_rule_problem(coalesce(n.rule, '{"equals": ""}')) IS NULL
          AND (n.provider, n.model) NOT IN (SELECT l.provider, l.model FROM later l)
    ), closed AS (
        UPDATE credits.price_name_rule r SET version_to = new_version
        WHERE r.source = import_name_rules.source AND r.version_to = credits.book_end()
          AND (complete OR (r.provider, r.model) IN (SELECT n.provider, n.model FROM named n))
          AND (r.provider, r.model) NOT IN (SELECT l.provider, l.model FROM later l)
          AND NOT EXISTS (SELECT FROM wanted w WHERE w.provider = r.provider AND w.model = r.model AND w.rule IS NOT DISTINCT FROM r.rule AND w.sells = r.sells)
        RETURNING 1
    ), added AS (
        INSERT INTO credits.price_name_rule (provider, model, rule, sells, source, version_from)
        SELECT w.provider, w.model, w.rule, w.sells, import_name_rules.source, new_version FROM wanted w
        WHERE NOT EXISTS (SELECT FROM credits.price_name_rule r WHERE r.provider = w.provider AND r.model = w.model AND r.source = import_name_rules.source
                          AND r.version_to = credits.book_end() AND r.rule IS NOT DISTINCT FROM w.rule AND r.sells = w.sells)
        RETURNING 1
    )
    SELECT EXISTS (SELECT FROM closed) OR EXISTS (SELECT FROM added) INTO touched;
    RETURN touched;
END $$;
REVOKE EXECUTE ON FUNCTION credits.import_name_rules(credits.file_item[], text, timestamptz, boolean, bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.import_name_rules(credits.file_item[], text, timestamptz, boolean, bigint) IS 'Internal: brings the rules for names to those of a document, by a version of the book; a rule that cannot be followed is left out. Result: whether any changed.';

CREATE OR REPLACE FUNCTION credits.has_prices(of_provider text, of_model text, at_version bigint) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT EXISTS (SELECT FROM credits.price p WHERE p.provider = $1 AND p.model = $2 AND p.version_from <= $3 AND $3 < p.version_to)
$$;
REVOKE EXECUTE ON FUNCTION credits.has_prices(text, text, bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.has_prices(text, text, bigint) IS 'Internal: whether a version of the price book has a price of a model, at whatever time.';

CREATE OR REPLACE FUNCTION credits.only_one(names text[], subject text, is_strict boolean) RETURNS text
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    IF cardinality(names) > 1 AND NOT is_strict THEN
        RETURN NULL;
    ELSIF cardinality(names) > 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('%s is ambiguous', subject),
            DETAIL = format('it may mean %s', array_to_string(names, ', ')),
            HINT = 'give one of these names, or configure an alias: {"aliases": [{"provider": …, "alias": …, "model": …}]}';
    END IF;
    RETURN names[1];
END $$;
REVOKE EXECUTE ON FUNCTION credits.only_one(text[], text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION credits.only_one(text[], text, boolean) IS 'Internal: the one name of an array, null where it is empty or, not strict, has more. Errors, if strict: 22023 naming all where there are more.';

CREATE OR REPLACE FUNCTION credits.rules_match(of_provider text, name text, at_version bigint) RETURNS text[]
LANGUAGE sql STABLE
AS $$
    SELECT coalesce(array_agg(DISTINCT b.found), '{}')
    FROM (SELECT m.found, m.strength, max(m.strength) OVER () AS strongest
          FROM (SELECT CASE WHEN $1 IS NULL THEN r.provider ELSE r.model END AS found, credits.name_match(r.rule, $2) AS strength
                FROM credits.price_name_rule r
                WHERE ($1 IS NULL AND r.model = '' OR r.provider = $1 AND r.model <> '') AND r.version_from <= $3 AND $3 < r.version_to) m
          WHERE m.strength > 0 AND ($1 IS NULL OR credits.has_prices($1, m.found, $3))) b
    WHERE b.strength = b.strongest
$$;
REVOKE EXECUTE ON FUNCTION credits.rules_match(text, text, bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.rules_match(text, text, bigint) IS 'Internal: the priced models of a provider whose rules a name follows or, of_provider null, the providers whose rules it follows; equal names come before other matches.';

CREATE OR REPLACE FUNCTION credits.price_sellers(asked_provider text, at_version bigint, is_strict boolean) RETURNS SETOF text
LANGUAGE plpgsql STABLE ROWS 2
AS $$
DECLARE
    home text := asked_provider;
BEGIN
    IF NOT EXISTS (SELECT FROM credits.price_name_rule r WHERE r.provider = asked_provider AND r.version_from <= at_version AND at_version < r.version_to) THEN
        home := coalesce(credits.only_one(credits.rules_match(NULL, asked_provider, at_version), format('provider %s', quote_literal(asked_provider)), is_strict), asked_provider);
    END IF;
    RETURN NEXT home;
    RETURN QUERY SELECT s.name FROM credits.price_name_rule r, unnest(r.sells) WITH ORDINALITY s(name, no)
        WHERE r.provider = home AND r.model = '' AND r.version_from <= at_version AND at_version < r.version_to
        GROUP BY s.name ORDER BY min(s.no), s.name;
END $$;
REVOKE EXECUTE ON FUNCTION credits.price_sellers(text, bigint, boolean) FROM PUBLIC;
COMMENT ON FUNCTION credits.price_sellers(text, bigint, boolean) IS 'Internal: whose models a provider''s name may mean, in order: those of the provider, or of the one that the rules give for its name, then of those whose models that one sells. Errors, if strict: 22023 where the rules give more than one.';

CREATE OR REPLACE FUNCTION credits.find_priced_model(asked_provider text, asked_model text, at_version bigint, is_strict boolean, OUT found_provider text, OUT found_model text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted text := coalesce((SELECT a.model FROM credits.price_alias a WHERE a.provider = asked_provider AND a.alias = asked_model
                             AND a.version_from <= at_version AND at_version < a.version_to), asked_model);
    seller text;
BEGIN
    FOREACH found_model IN ARRAY ARRAY[wanted, asked_provider || '/' || wanted] LOOP
        found_provider := asked_provider;
        IF credits.has_prices(found_provider, found_model, at_version) THEN
            RETURN;
        END IF;
    END LOOP;
    FOR seller IN SELECT s.name FROM credits.price_sellers(asked_provider, at_version, is_strict) WITH ORDINALITY s(name, no) ORDER BY s.no LOOP
        found_provider := seller;
        FOREACH found_model IN ARRAY ARRAY[wanted, seller || '/' || wanted] LOOP
            IF credits.has_prices(found_provider, found_model, at_version) THEN
                RETURN;
            END IF;
        END LOOP;
        found_model := credits.only_one(credits.rules_match(seller, wanted, at_version), format('model %s of provider %s', quote_literal(wanted), quote_literal(seller)), is_strict);
        IF found_model IS NOT NULL THEN
            RETURN;
        END IF;
    END LOOP;
    found_model := NULL;
END $$;
REVOKE EXECUTE ON FUNCTION credits.find_priced_model(text, text, bigint, boolean) FROM PUBLIC;
COMMENT ON FUNCTION credits.find_priced_model(text, text, bigint, boolean) IS 'Internal: see price_model; found_model is null where the name means none or, not strict, more than one.';

CREATE OR REPLACE FUNCTION credits.price_model(provider text, model text, version bigint) RETURNS TABLE (provider text, model text)
LANGUAGE sql STABLE ROWS 1
-- Calls come here with the search_path of whoever called, and the rights of the tables' owner.
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT f.found_provider, f.found_model FROM credits.find_priced_model($1, $2, $3, true) f WHERE f.found_model IS NOT NULL
$$;
REVOKE EXECUTE ON FUNCTION credits.price_model(text, text, bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.price_model(text, text, bigint) IS 'Internal: the provider and model under which a version of the price book has the prices of a name: its alias; itself; "provider/model"; a model of the provider, or of those whose models it sells, by the price files'' rules; the same of the provider that the rules give for the provider''s name. No row where it means none. Errors: 22023 naming all that it may mean.';

CREATE OR REPLACE FUNCTION credits.meant_provider(asked_provider text, at_version bigint) RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN EXISTS (SELECT FROM credits.price p WHERE p.provider = $1 AND p.version_from <= $2 AND $2 < p.version_to) THEN $1
                ELSE (SELECT s.name FROM credits.price_sellers($1, $2, false) WITH ORDINALITY s(name, no) ORDER BY s.no LIMIT 1) END
$$;
REVOKE EXECUTE ON FUNCTION credits.meant_provider(text, bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.meant_provider(text, bigint) IS 'Internal: the provider that a name means: itself where it has prices, else the one that the price files'' rules give for it, if any.';

CREATE OR REPLACE FUNCTION credits.meant_model(asked_provider text, asked_model text, at_version bigint) RETURNS text[]
LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN f.found_model IS NOT NULL THEN ARRAY[f.found_provider, f.found_model]
                ELSE ARRAY[$1, coalesce((SELECT a.model FROM credits.price_alias a WHERE a.provider = $1 AND a.alias = $2 AND a.version_from <= $3 AND $3 < a.version_to), $2)] END
    FROM credits.find_priced_model($1, $2, $3, false) f
$$;
REVOKE EXECUTE ON FUNCTION credits.meant_model(text, text, bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.meant_model(text, text, bigint) IS 'Internal: provider and model that a model''s name means: those that price it, else its alias, else itself.';

CREATE OR REPLACE FUNCTION credits.names_in_rules(asked_provider text, asked_model text, providers text[], models text[], at_version bigint) RETURNS TABLE (kind text, name text)
LANGUAGE sql STABLE
-- Calls come here with the search_path of whoever called, and the rights of the tables' owner.
SET search_path = pg_catalog, pg_temp
AS $$
    WITH meant AS MATERIALIZED (SELECT credits.meant_provider($1, $5) AS provider, CASE WHEN $2 IS NOT NULL THEN credits.meant_model($1, $2, $5) END AS model)
    SELECT 'provider', m.provider FROM meant m
    UNION ALL SELECT 'model', m.model[2] FROM meant m WHERE $2 IS NOT NULL
    UNION ALL SELECT 'other provider', o.name FROM meant m, unnest($3) o(name) WHERE o.name <> m.provider AND credits.meant_provider(o.name, $5) = m.provider
    UNION ALL SELECT 'other model', o.name FROM meant m, unnest($4) o(name) WHERE $2 IS NOT NULL AND o.name <> m.model[2] AND credits.meant_model($1, o.name, $5) = m.model
$$;
REVOKE EXECUTE ON FUNCTION credits.names_in_rules(text, text, text[], text[], bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.names_in_rules(text, text, text[], text[], bigint) IS 'Internal: what a call''s provider and model (null: none) mean in a version of the price book, as kinds provider and model; and which of the names given mean the same there, as other provider and other model. A name that means nothing, or more than one, stands for itself.';
