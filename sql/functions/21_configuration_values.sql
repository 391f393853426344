-- What the values of the configuration document may be, kind by kind (23_configuration_keys.sql says which
-- key has which). Owns the one form each value is brought to; knows no rule between two keys.
-- Numbers are numeric from the first character on and leave as decimal strings. Everything here runs under
-- the settings of configure().

CREATE OR REPLACE FUNCTION credits.refuse_configuration(path text, problem text, hint text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = path || ': ' || problem,
        -- A plan that is only thought of is no configuration.
        DETAIL = CASE WHEN path LIKE 'what\_if%' THEN 'argument what_if' ELSE 'the configuration is unchanged' END, HINT = hint;
END $$;
REVOKE EXECUTE ON FUNCTION credits.refuse_configuration(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.refuse_configuration(text, text, text) IS 'Internal: raises 22023 naming the path of what is wrong.';

CREATE OR REPLACE FUNCTION credits.refuse_value(kind text, value jsonb, path text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    known record;
BEGIN
    SELECT k.wanted, k.hint INTO known FROM credits.configuration_kinds() k WHERE k.kind = refuse_value.kind;
    -- What stands under stripe may be, or hold, its secret: it is not repeated.
    PERFORM credits.refuse_configuration(path,
        'must be ' || coalesce(known.wanted, kind) || CASE WHEN path LIKE 'stripe%' THEN ''
            WHEN length(value::text) > 60 THEN ', not ' || left(value::text, 60) || '…' ELSE ', not ' || value::text END,
        coalesce(known.hint, CASE WHEN EXISTS (SELECT FROM credits.configuration_keys() k WHERE k.kind = refuse_value.kind AND k.fallback IS NULL)
                                  THEN 'take one of these words' ELSE 'null stands for the default' END));
END $$;
REVOKE EXECUTE ON FUNCTION credits.refuse_value(text, jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.refuse_value(text, jsonb, text) IS 'Internal: raises 22023 for a value that is not of the kind that its key asks for.';

CREATE OR REPLACE FUNCTION credits.configuration_number(kind text, value jsonb) RETURNS numeric
LANGUAGE sql IMMUTABLE
AS $$
    SELECT t.n FROM (
        SELECT trim_scale((value #>> '{}')::numeric) AS n
        WHERE jsonb_typeof(value) = 'number'
           OR jsonb_typeof(value) = 'string' AND value #>> '{}' ~ '^[+-]?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,2})?$') t
    WHERE abs(t.n) < 1e18 AND scale(t.n) <= 30 AND length(replace(ltrim(abs(t.n)::text, '0.'), '.', '')) <= 30
      AND CASE kind WHEN 'positive_usd' THEN t.n > 0 WHEN 'positive' THEN t.n > 0
                    WHEN 'share' THEN t.n >= 0 AND t.n < 1
                    WHEN 'scale' THEN t.n BETWEEN 0 AND 12 AND scale(t.n) = 0
                    WHEN 'probability' THEN t.n BETWEEN 0 AND 1
                    WHEN 'percent' THEN t.n BETWEEN 1 AND 100
                    WHEN 'fee_percent' THEN t.n >= 0 AND t.n < 100
                    WHEN 'days' THEN t.n BETWEEN 1 AND 36500 AND scale(t.n) = 0
                    WHEN 'count' THEN t.n BETWEEN 1 AND 1000000 AND scale(t.n) = 0
                    WHEN 'tokens' THEN t.n >= 0 AND scale(t.n) = 0
                    ELSE t.n >= 0 END
$$;
REVOKE EXECUTE ON FUNCTION credits.configuration_number(text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration_number(text, jsonb) IS 'Internal: the number that a JSON number or decimal string stands for, exactly, without trailing zeros; null where it is none or not one of this kind.';

CREATE OR REPLACE FUNCTION credits.is_plain_text(value text) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$ SELECT length(value) BETWEEN 1 AND 200 AND value !~ '[[:cntrl:]]' AND btrim(value) = value $$;
REVOKE EXECUTE ON FUNCTION credits.is_plain_text(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.is_plain_text(text) IS 'Internal: whether a text may be a name: 1 to 200 characters, none of control, no blanks around it.';

CREATE OR REPLACE FUNCTION credits.interval_text(value interval) RETURNS text
LANGUAGE sql IMMUTABLE SET intervalstyle = 'postgres'
AS $$ SELECT regexp_replace(value::text, '\mmon', 'month') $$;
REVOKE EXECUTE ON FUNCTION credits.interval_text(interval) FROM PUBLIC;
COMMENT ON FUNCTION credits.interval_text(interval) IS 'Internal: an interval in the one form that the configuration writes it in, whatever the session''s IntervalStyle.';

CREATE OR REPLACE FUNCTION credits.configuration_interval(kind text, value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET intervalstyle = 'postgres'
AS $$
DECLARE
    parsed interval;
BEGIN
    -- A number alone would silently be seconds.
    IF value !~ '[a-zA-Z:]' OR length(value) > 100 THEN
        RETURN NULL;
    END IF;
    parsed := value::interval;
    -- No part may be negative: "1 month -29 days" is above zero in March and not in February.
    IF (parsed > interval '0' OR kind = 'delay' AND parsed = interval '0') AND parsed <= interval '1000 years' AND parsed::text NOT LIKE '%-%'
       AND (kind <> 'cycle' OR parsed >= interval '1 minute') THEN
        RETURN credits.interval_text(parsed);
    END IF;
    RETURN NULL;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION credits.configuration_interval(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration_interval(text, text) IS 'Internal: an interval in its one form; null where the text is none that may stand in a configuration.';

CREATE OR REPLACE FUNCTION credits.configuration_time(value text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    IF value !~ '^\d{4,5}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)? ?(Z|[+-]\d\d(:?\d\d)?)?)?$' THEN
        RETURN NULL;
    END IF;
    RETURN to_jsonb(value::timestamptz);
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION credits.configuration_time(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration_time(text) IS 'Internal: a date or time in its one form, UTC; null where the text is none. A date is its midnight, and a time without a zone is one, in UTC.';

CREATE OR REPLACE FUNCTION credits.configuration_value(kind text, value jsonb, path text) RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    value_type text := jsonb_typeof(value);
    word       text := CASE WHEN jsonb_typeof(value) = 'string' THEN value #>> '{}' END;
    result     jsonb;
BEGIN
    IF value_type = 'null' THEN
        RETURN value;
    END IF;
    IF strpos(kind, ':') > 0 THEN
        RETURN credits.configuration_composite(split_part(kind, ':', 1), split_part(kind, ':', 2), value, path);
    END IF;
    CASE kind
    WHEN 'charge' THEN
        RETURN credits.configuration_charge(value, path);
    WHEN 'when' THEN
        RETURN credits.price_conditions(value, path);
    WHEN 'tiers' THEN
        RETURN credits.price_tiers(value, path);
    WHEN 'hours' THEN
        result := credits.price_hours(word);
    WHEN 'weekdays' THEN
        result := credits.price_weekdays(value);
    WHEN 'service_tier' THEN
        result := credits.price_service_tier(word);
    WHEN 'units' THEN
        -- None free and nothing said are the same.
        result := CASE credits.configuration_number(kind, value) WHEN 0 THEN 'null' ELSE to_jsonb(credits.configuration_number(kind, value)::text) END;
    WHEN 'range' THEN
        IF value_type = 'array' AND jsonb_array_length(value) = 2
           AND credits.configuration_number('credits', value -> 0) <= credits.configuration_number('credits', value -> 1) THEN
            result := jsonb_build_array(credits.configuration_number('credits', value -> 0)::text, credits.configuration_number('credits', value -> 1)::text);
        END IF;
    WHEN 'text' THEN
        result := CASE WHEN credits.is_plain_text(word) THEN value END;
    WHEN 'texts' THEN
        result := credits.configuration_texts(value);
    WHEN 'secret' THEN
        IF credits.is_plain_text(word) AND word <> '***' THEN
            RETURN value;
        END IF;
        PERFORM credits.refuse_configuration(path, 'must be a text of 1 to 200 characters without blanks around it, other than "***"', '"***" is how a secret is shown; leave the key out to keep the one that is there, null removes it');
    WHEN 'boolean' THEN
        result := CASE value_type WHEN 'boolean' THEN value END;
    WHEN 'currency' THEN
        result := CASE WHEN word ~ '^[A-Z]{3}$' AND word <> 'USD' THEN value END;
    WHEN 'window' THEN
        result := to_jsonb(credits.limit_window(word));
    WHEN 'effect' THEN
        result := to_jsonb(credits.limit_effect(word));
    WHEN 'interval', 'cycle', 'delay' THEN
        result := to_jsonb(credits.configuration_interval(kind, word));
    WHEN 'time' THEN
        result := credits.configuration_time(word);
    WHEN 'time_zone' THEN
        result := (SELECT to_jsonb(z.name) FROM pg_timezone_names z WHERE lower(z.name) = lower(word) LIMIT 1);
    WHEN 'scale', 'days', 'tokens', 'count' THEN
        result := to_jsonb(credits.configuration_number(kind, value));
    WHEN 'usd', 'positive_usd', 'credits', 'factor', 'positive', 'share', 'probability', 'percent', 'fee_percent' THEN
        result := to_jsonb(credits.configuration_number(kind, value)::text);
    WHEN 'credits_or_margin' THEN
        result := CASE word WHEN 'from_margin' THEN value ELSE to_jsonb(credits.configuration_number('credits', value)::text) END;
    ELSE
        -- The kind is the words themselves: "half_even, half_up, up or down".
        result := CASE WHEN word = ANY (regexp_split_to_array(kind, ', | or ')) THEN value END;
    END CASE;
    IF result IS NULL THEN
        PERFORM credits.refuse_value(kind, value, path);
    END IF;
    RETURN result;
END $$;
REVOKE EXECUTE ON FUNCTION credits.configuration_value(text, jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration_value(text, jsonb, text) IS 'Internal: a value of the document in the one form of its kind (see configuration_keys), null as it is. Errors: 22023 naming the path.';

CREATE OR REPLACE FUNCTION credits.configuration_composite(shape text, part text, value jsonb, path text) RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    wrong_name text;
BEGIN
    CASE shape
    WHEN 'section' THEN
        RETURN credits.configuration_section(part, value, path);
    WHEN 'record' THEN
        RETURN credits.merge_keys(part, '{}', credits.configuration_section(part, value, path));
    WHEN 'entries' THEN
        RETURN credits.keyed_entries(part, value, path);
    WHEN 'records' THEN
        IF jsonb_typeof(value) <> 'array' THEN
            PERFORM credits.refuse_value(part, value, path);
        END IF;
        RETURN (SELECT coalesce(jsonb_agg(credits.configuration_composite('record', part, e.value, format('%s[%s]', path, e.no - 1)) ORDER BY e.no), '[]')
                FROM jsonb_array_elements(value) WITH ORDINALITY e(value, no));
    ELSE
        IF jsonb_typeof(value) <> 'object' THEN
            PERFORM credits.refuse_value('object', value, path);
        END IF;
        -- What is removed may have any name.
        SELECT e.key INTO wrong_name FROM jsonb_each(value) e WHERE e.value <> 'null' AND NOT credits.is_plain_text(e.key) LIMIT 1;
        IF FOUND THEN
            PERFORM credits.refuse_value('name', to_jsonb(wrong_name), path);
        END IF;
        RETURN (SELECT coalesce(jsonb_object_agg(e.key, CASE
                    WHEN e.value = 'null' THEN e.value
                    WHEN shape = 'map' THEN credits.configuration_value(part, e.value, path || '.' || e.key)
                    ELSE credits.configuration_section(part, e.value, path || '.' || e.key) END), '{}')
                FROM jsonb_each(value) e);
    END CASE;
END $$;
REVOKE EXECUTE ON FUNCTION credits.configuration_composite(text, text, jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration_composite(text, text, jsonb, text) IS 'Internal: a value that is made of others (see configuration_keys for the shapes) with each in its one form; null where a name is to be removed. Errors: 22023 naming the path.';

CREATE OR REPLACE FUNCTION credits.configuration_texts(value jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
    SELECT value WHERE jsonb_typeof(value) = 'array'
      AND NOT EXISTS (SELECT FROM jsonb_array_elements(CASE jsonb_typeof(value) WHEN 'array' THEN value ELSE '[]' END) e(value)
                      WHERE jsonb_typeof(e.value) <> 'string' OR NOT credits.is_plain_text(e.value #>> '{}')
                      UNION ALL
                      SELECT FROM jsonb_array_elements(CASE jsonb_typeof(value) WHEN 'array' THEN value ELSE '[]' END) e(value) GROUP BY e.value HAVING count(*) > 1)
$$;
REVOKE EXECUTE ON FUNCTION credits.configuration_texts(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration_texts(jsonb) IS 'Internal: an array of texts as it is; null where it is none, or says one twice.';

CREATE OR REPLACE FUNCTION credits.configuration_section(section text, value jsonb, path text) RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    prefix  text := CASE WHEN path = '' THEN '' ELSE path || '.' END;
    unknown text;
    result  jsonb;
BEGIN
    IF jsonb_typeof(value) <> 'object' THEN
        PERFORM credits.refuse_value('object', value, path);
    END IF;
    SELECT e.key INTO unknown FROM jsonb_object_keys(value) e(key)
    WHERE e.key NOT IN (SELECT k.key FROM credits.configuration_keys() k WHERE k.section = configuration_section.section)
    ORDER BY e.key COLLATE "C" LIMIT 1;
    IF FOUND THEN
        PERFORM credits.refuse_configuration(prefix || CASE unknown WHEN '' THEN '""' ELSE left(unknown, 200) END, 'is not a known key',
            'known here: ' || (SELECT string_agg(k.key, ', ') FROM credits.configuration_keys() k WHERE k.section = configuration_section.section));
    END IF;
    SELECT jsonb_object_agg(e.key, credits.configuration_value(k.kind, e.value, prefix || e.key)) INTO result
    FROM jsonb_each(value) e JOIN credits.configuration_keys() k ON k.section = configuration_section.section AND k.key = e.key;
    RETURN coalesce(result, '{}');
END $$;
REVOKE EXECUTE ON FUNCTION credits.configuration_section(text, jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration_section(text, jsonb, text) IS 'Internal: an object of the document with each value in its one form. Errors: 22023 naming the path of an unknown key or a wrong value.';

CREATE OR REPLACE FUNCTION credits.configuration_charge(value jsonb, path text) RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    section text;
BEGIN
    IF jsonb_typeof(value) <> 'object' THEN
        PERFORM credits.refuse_value('object', value, path);
    ELSIF coalesce(value -> 'by', 'null') = 'null' THEN
        PERFORM credits.refuse_configuration(path || '.by', 'is missing', 'as in {"by": "cost", "markup": "1"}, {"by": "tokens", "factor": "1"}, {"by": "action"} or {"by": "postpaid", "markup": "1"}');
    END IF;
    section := 'charge by ' || (credits.configuration_value((SELECT k.kind FROM credits.configuration_keys() k WHERE k.section = 'charge'), value -> 'by', path || '.by') #>> '{}');
    RETURN credits.merge_keys(section, '{}', credits.configuration_section(section, value, path));
END $$;
REVOKE EXECUTE ON FUNCTION credits.configuration_charge(jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration_charge(jsonb, text) IS 'Internal: a plan''s charge rule in its one form; its keys depend on "by". Errors: 22023 naming the path.';
