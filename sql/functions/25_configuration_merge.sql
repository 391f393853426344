-- Merging one document into the configuration, and telling two whole configurations apart. Owns the meaning
-- of each shape of value (see 23_configuration_keys.sql). While they are merged, entries are objects by
-- their key instead of arrays.

CREATE OR REPLACE FUNCTION credits.entry_key(section text, entry jsonb) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE section WHEN 'price' THEN credits.price_key(entry)
        ELSE (SELECT jsonb_agg(entry -> k.key ORDER BY k.no) FROM credits.entry_kinds() e, unnest(e.known_by) WITH ORDINALITY k(key, no)
              WHERE e.section = entry_key.section)::text END
$$;
REVOKE EXECUTE ON FUNCTION credits.entry_key(text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.entry_key(text, jsonb) IS 'Internal: what an entry is known by, as text: a JSON array of the values of those keys.';

CREATE OR REPLACE FUNCTION credits.keyed_entry(section text, value jsonb, path text, OUT key text, OUT entry jsonb)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    kind    record;
    missing text;
BEGIN
    SELECT k.noun, k.known_by, k.says INTO kind FROM credits.entry_kinds() k WHERE k.section = keyed_entry.section;
    entry := credits.configuration_section(section, value, path);
    missing := (SELECT k.key FROM unnest(kind.known_by) WITH ORDINALITY k(key, no) WHERE entry ->> k.key IS NULL ORDER BY k.no LIMIT 1);
    IF missing IS NULL AND NOT entry ? kind.says AND entry ->> 'tiers' IS NULL THEN
        missing := kind.says;
    END IF;
    IF missing IS NOT NULL THEN
        PERFORM credits.refuse_configuration(format('%s.%s', path, missing), 'is missing',
            format('give %s and %s; null in %2$s removes the %3$s', array_to_string(kind.known_by, ', '), kind.says, kind.noun));
    END IF;
    key := credits.entry_key(section, entry);
    IF entry ->> kind.says IS NULL AND entry ->> 'tiers' IS NULL THEN
        entry := 'null';
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.keyed_entry(text, jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.keyed_entry(text, jsonb, text) IS 'Internal: an entry in its one form and its key; null where it is to be removed. Errors: 22023 naming the path.';

CREATE OR REPLACE FUNCTION credits.keyed_entries(section text, value jsonb, path text) RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    element   record;
    duplicate record;
    keys      text[] := ARRAY[]::text[];
    entries   jsonb[] := ARRAY[]::jsonb[];
BEGIN
    IF jsonb_typeof(value) <> 'array' THEN
        PERFORM credits.refuse_value(section, value, path);
    END IF;
    FOR element IN SELECT k.key, k.entry FROM jsonb_array_elements(value) WITH ORDINALITY e(value, no), credits.keyed_entry(section, e.value, format('%s[%s]', path, e.no - 1)) k ORDER BY e.no LOOP
        keys := keys || element.key;
        entries := entries || element.entry;
    END LOOP;
    SELECT format('%s[%s]', path, e.no - 1) AS path, format('is the same %s as %s[%s]', k.noun, path, e.first - 1) AS problem,
           CASE k.section WHEN 'price' THEN 'a price is known by provider, model, metric, from and when; give each once'
                        ELSE format('it is known by %s; give each once', array_to_string(k.known_by, ' and ')) END AS hint INTO duplicate
    FROM (SELECT u.no, min(u.no) OVER (PARTITION BY u.key) AS first FROM unnest(keys) WITH ORDINALITY u(key, no)) e, credits.entry_kinds() k
    WHERE e.no > e.first AND k.section = keyed_entries.section ORDER BY e.no LIMIT 1;
    IF FOUND THEN
        PERFORM credits.refuse_configuration(duplicate.path, duplicate.problem, duplicate.hint);
    END IF;
    RETURN (SELECT coalesce(jsonb_object_agg(u.key, u.entry), '{}') FROM unnest(keys, entries) u(key, entry));
END $$;
REVOKE EXECUTE ON FUNCTION credits.keyed_entries(text, jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.keyed_entries(text, jsonb, text) IS 'Internal: an array of entries as an object by key (see entry_key); null where one is to be removed. Errors: 22023 naming the path.';

CREATE OR REPLACE FUNCTION credits.entries_by_key(section text, entries jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$ SELECT coalesce(jsonb_object_agg(credits.entry_key(section, e.value), e.value), '{}') FROM jsonb_array_elements(entries) e $$;
REVOKE EXECUTE ON FUNCTION credits.entries_by_key(text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.entries_by_key(text, jsonb) IS 'Internal: an exported array of entries as an object by key.';

CREATE OR REPLACE FUNCTION credits.entries_in_order(entries jsonb, places text[] DEFAULT NULL) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(jsonb_agg(e.value ORDER BY array_position(places, e.key), e.key COLLATE "C"), '[]') FROM jsonb_each(entries) e
$$;
REVOKE EXECUTE ON FUNCTION credits.entries_in_order(jsonb, text[]) FROM PUBLIC;
COMMENT ON FUNCTION credits.entries_in_order(jsonb, text[]) IS 'Internal: entries by key as an array: in the order of the keys in places, else in that of the keys themselves.';

CREATE OR REPLACE FUNCTION credits.merged_places(before text[], patch text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(array_agg(p.key ORDER BY p.place, p.was), '{}') FROM (
        SELECT n.key, n.no AS place, 0 AS was FROM unnest(patch) WITH ORDINALITY n(key, no)
        UNION ALL
        -- What the document does not name stays behind all that it stood behind.
        SELECT b.key, coalesce(max(array_position(patch, b.key)) OVER (ORDER BY b.no), 0), b.no
        FROM unnest(before) WITH ORDINALITY b(key, no)) p
    WHERE p.was = 0 OR p.key <> ALL (patch)
$$;
REVOKE EXECUTE ON FUNCTION credits.merged_places(text[], text[]) FROM PUBLIC;
COMMENT ON FUNCTION credits.merged_places(text[], text[]) IS 'Internal: the order of entries after a document has been merged: those that it names in its order, each of the others behind the named ones that it stood behind, or first.';

CREATE OR REPLACE FUNCTION credits.keyed_configuration(config jsonb) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
    SELECT config || (SELECT jsonb_object_agg(k.key, credits.entries_by_key(split_part(k.kind, ':', 2), config -> k.key))
                      FROM credits.configuration_keys() k WHERE k.section = 'document' AND k.kind LIKE 'entries:%')
        || jsonb_build_object('plans', (SELECT coalesce(jsonb_object_agg(p.key, p.value || jsonb_build_object('limits', credits.entries_by_key('limit', p.value -> 'limits'))), '{}')
                                        FROM jsonb_each(config -> 'plans') p))
$$;
REVOKE EXECUTE ON FUNCTION credits.keyed_configuration(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.keyed_configuration(jsonb) IS 'Internal: a whole configuration with its entries as objects by key, as it is merged, checked and compared.';

CREATE OR REPLACE FUNCTION credits.merge_names(before jsonb, patch jsonb) RETURNS TABLE (name text, old jsonb, new jsonb)
LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(b.key, p.key), coalesce(b.value, '{}'), coalesce(p.value, '{}')
    FROM jsonb_each(CASE WHEN patch = 'null' THEN '{}' ELSE before END) b
    FULL JOIN jsonb_each(coalesce(nullif(patch, 'null'), '{}')) p ON p.key = b.key
    WHERE p.value IS DISTINCT FROM 'null'
$$;
REVOKE EXECUTE ON FUNCTION credits.merge_names(jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.merge_names(jsonb, jsonb) IS 'Internal: the names that are left after merging, with what is known (old) and what the document says (new) of each; {} for nothing. A name that the document sets to null is gone; a document of null removes all.';

CREATE OR REPLACE FUNCTION credits.merge_keys(section text, before jsonb, patch jsonb) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
    SELECT jsonb_object_agg(k.key, CASE WHEN strpos(k.kind, ':') > 0 THEN credits.merge_composite(k.kind, k.fallback, before -> k.key, patch -> k.key)
                                        WHEN patch ? k.key THEN coalesce(nullif(patch -> k.key, 'null'), k.fallback)
                                        WHEN before ? k.key THEN before -> k.key ELSE k.fallback END)
    FROM credits.configuration_keys() k WHERE k.section = merge_keys.section
$$;
REVOKE EXECUTE ON FUNCTION credits.merge_keys(text, jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.merge_keys(text, jsonb, jsonb) IS 'Internal: all keys of a section: from the document, else as before, else (also where the document says null) their default; what is made of others is merged in turn.';

CREATE OR REPLACE FUNCTION credits.merge_composite(kind text, fallback jsonb, before jsonb, patch jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    part text := split_part(kind, ':', 2);
BEGIN
    CASE split_part(kind, ':', 1)
    WHEN 'names' THEN
        RETURN (SELECT coalesce(jsonb_object_agg(m.name, CASE part WHEN 'plan' THEN credits.merge_plan(m.name, m.old, m.new) ELSE credits.merge_keys(part, m.old, m.new) END), '{}')
                FROM credits.merge_names(before, patch) m);
    WHEN 'entries' THEN
        -- An entry is one thing: what it leaves out has its default, not the value of before.
        RETURN (SELECT coalesce(jsonb_object_agg(m.name, CASE WHEN m.new = '{}' THEN m.old WHEN part = 'limit' THEN credits.merge_limit(m.new) ELSE credits.merge_keys(part, '{}', m.new) END), '{}')
                FROM credits.merge_names(before, patch) m);
    WHEN 'map' THEN
        RETURN jsonb_strip_nulls(CASE WHEN patch = 'null' THEN '{}' ELSE coalesce(nullif(before, 'null'), '{}') || coalesce(patch, '{}') END);
    WHEN 'section' THEN
        IF jsonb_typeof(patch) = 'object' THEN
            RETURN credits.merge_keys(part, coalesce(nullif(before, 'null'), '{}'), patch);
        END IF;
    ELSE
        NULL;
    END CASE;
    RETURN CASE WHEN patch IS NULL THEN coalesce(before, fallback) ELSE coalesce(nullif(patch, 'null'), fallback) END;
END $$;
REVOKE EXECUTE ON FUNCTION credits.merge_composite(text, jsonb, jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.merge_composite(text, jsonb, jsonb, jsonb) IS 'Internal: a value that is made of others after merging, by its shape (see configuration_keys): sections, names and maps key by key, entries one by one, records as a whole. before and patch: null where there is none.';

CREATE OR REPLACE FUNCTION credits.merge_limit(entry jsonb) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
    SELECT m.limit || jsonb_build_object('warn_at', CASE WHEN entry ? 'warn_at' THEN m.limit -> 'warn_at' ELSE '"80"' END,
        'per', CASE WHEN m.limit ->> 'effect' = 'overage' THEN coalesce(nullif(m.limit -> 'per', 'null'), '"1"') ELSE m.limit -> 'per' END)
    FROM (SELECT credits.merge_keys('limit', '{}', entry) AS "limit") m
$$;
REVOKE EXECUTE ON FUNCTION credits.merge_limit(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.merge_limit(jsonb) IS 'Internal: a limit with all its keys. warn_at is 80 where nothing is said and null (no warning) where null is; per is 1 where the effect is overage.';

CREATE OR REPLACE FUNCTION credits.merge_plan(name text, before jsonb, patch jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    merged jsonb := credits.merge_keys('plan', before, patch);
BEGIN
    -- grant_on follows the price until somebody says otherwise.
    IF merged -> 'grant_on' = 'null'
       OR NOT patch ? 'grant_on' AND before ->> 'grant_on' = credits.usual_grant_on(before ->> 'price') THEN
        merged := merged || jsonb_build_object('grant_on', credits.usual_grant_on(merged ->> 'price'));
    END IF;
    IF merged -> 'name' = 'null' THEN
        merged := merged || jsonb_build_object('name', name);
    END IF;
    RETURN merged;
END $$;
REVOKE EXECUTE ON FUNCTION credits.merge_plan(text, jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.merge_plan(text, jsonb, jsonb) IS 'Internal: a plan after merging, with the defaults that depend on other keys: name (the plan''s key) and grant_on (payment where the price is above 0, else clock).';

CREATE OR REPLACE FUNCTION credits.usual_grant_on(price text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$ SELECT CASE WHEN price::numeric > 0 THEN 'payment' ELSE 'clock' END $$;
REVOKE EXECUTE ON FUNCTION credits.usual_grant_on(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.usual_grant_on(text) IS 'Internal: the default of grant_on for a price in USD: payment above 0, else clock.';

CREATE OR REPLACE FUNCTION credits.differences(before jsonb, after jsonb) RETURNS TABLE (name text, old jsonb, new jsonb)
LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(b.key, a.key), b.value, a.value FROM jsonb_each(before) b FULL JOIN jsonb_each(after) a ON a.key = b.key
    WHERE a.value IS DISTINCT FROM b.value
$$;
REVOKE EXECUTE ON FUNCTION credits.differences(jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.differences(jsonb, jsonb) IS 'Internal: the keys that two objects have not alike, with the value in each; null where one does not have it.';

CREATE OR REPLACE FUNCTION credits.shown_value(kind text, value jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$ SELECT CASE kind WHEN 'section:plan' THEN value || jsonb_build_object('limits', credits.entries_in_order(value -> 'limits')) ELSE value END $$;
REVOKE EXECUTE ON FUNCTION credits.shown_value(text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.shown_value(text, jsonb) IS 'Internal: a value as the document writes it: a plan has its limits as an array again.';

CREATE OR REPLACE FUNCTION credits.value_changes(kind text, at_path text, was jsonb, becomes jsonb) RETURNS TABLE (path text, old jsonb, new jsonb)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    shape text := split_part(kind, ':', 1);
    part  text := split_part(kind, ':', 2);
    child record;
BEGIN
    IF was IS NOT DISTINCT FROM becomes THEN
        RETURN;
    ELSIF was IS NULL OR becomes IS NULL OR was = 'null' OR becomes = 'null' OR shape NOT IN ('section', 'names', 'entries', 'map') THEN
        -- What comes or goes is reported as a whole, what stays key by key.
        RETURN QUERY SELECT at_path, credits.shown_value(kind, was), credits.shown_value(kind, becomes);
    ELSIF shape = 'section' THEN
        RETURN QUERY SELECT c.path, c.old, c.new FROM credits.configuration_keys() k,
            LATERAL credits.value_changes(k.kind, ltrim(at_path || '.', '.') || k.key, was -> k.key, becomes -> k.key) c WHERE k.section = part;
    ELSE
        FOR child IN SELECT d.name, d.old, d.new FROM credits.differences(was, becomes) d LOOP
            RETURN QUERY SELECT c.path, c.old, c.new FROM credits.value_changes(
                CASE shape WHEN 'map' THEN part ELSE 'section:' || part END,
                at_path || CASE shape WHEN 'entries' THEN '' ELSE '.' END || child.name, child.old, child.new) c;
        END LOOP;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.value_changes(text, text, jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.value_changes(text, text, jsonb, jsonb) IS 'Internal: how two values of one kind (see configuration_keys) differ: path below the one given, old and new value; null where something is new or gone.';

CREATE OR REPLACE FUNCTION credits.configuration_changes(before jsonb, after jsonb) RETURNS TABLE (path text, old jsonb, new jsonb)
LANGUAGE sql STABLE
AS $$
    SELECT c.path COLLATE "C", c.old, c.new FROM credits.value_changes('section:document', '', before, after) c
    ORDER BY 1
$$;
REVOKE EXECUTE ON FUNCTION credits.configuration_changes(jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration_changes(jsonb, jsonb) IS 'Internal: how two whole configurations, with entries by key, differ: path ("plans.pro.price"), old and new value; null where a plan, price, limit or the like is new or gone.';
