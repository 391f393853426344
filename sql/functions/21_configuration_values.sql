-- The keys of the configuration document and what their values may be. Owns the list of known keys, their
-- kinds and defaults, and the one form each value is brought to; knows no rule between two keys.
-- Numbers are numeric from the first character on and leave as decimal strings. Everything here runs under
-- the settings of configure().

CREATE OR REPLACE FUNCTION credits.configuration_keys() RETURNS TABLE (section text, key text, kind text, fallback jsonb)
LANGUAGE sql IMMUTABLE
AS $$
    SELECT k.section, k.key, k.kind, k.fallback::jsonb FROM (VALUES
        ('document', 'unit', 'unit', 'null'),
        ('document', 'default_plan', 'text', 'null'),
        ('document', 'margin', 'share', 'null'),
        ('document', 'time_zone', 'time_zone', '"UTC"'),
        ('document', 'refund_lot_life', 'interval', '"30 days"'),
        ('document', 'idempotency_days', 'days', '30'),
        ('document', 'plans', 'plans', 'null'),
        ('document', 'prices', 'prices', 'null'),
        ('document', 'aliases', 'aliases', 'null'),
        ('document', 'actions', 'actions', 'null'),
        ('unit', 'name', 'text', '"credit"'),
        ('unit', 'value_usd', 'positive_usd', '"0.01"'),
        ('unit', 'price_usd', 'usd', 'null'),
        ('unit', 'scale', 'scale', '0'),
        ('unit', 'rounding', 'half_even, half_up, up or down', '"half_even"'),
        ('plan', 'name', 'text', 'null'),
        ('plan', 'price', 'usd', '"0"'),
        ('plan', 'interval', 'cycle', 'null'),
        ('plan', 'grant_on', 'payment or clock', 'null'),
        ('plan', 'credits', 'credits_or_margin', 'null'),
        ('plan', 'daily_credits', 'credits', 'null'),
        ('plan', 'renewal', 'reset, rollover or accumulate', '"reset"'),
        ('plan', 'rollover', 'rollover', 'null'),
        ('plan', 'overdraft', 'credits', '"0"'),
        ('plan', 'charge', 'charge', '{"by": "cost", "markup": "1"}'),
        ('rollover', 'min', 'credits', '"0"'),
        ('rollover', 'max', 'credits', 'null'),
        ('charge', 'by', 'cost, tokens or action', 'null'),
        ('charge by cost', 'by', 'text', 'null'),
        ('charge by cost', 'markup', 'factor', '"1"'),
        ('charge by tokens', 'by', 'text', 'null'),
        ('charge by tokens', 'factor', 'factor', '"1"'),
        ('charge by action', 'by', 'text', 'null'),
        ('price', 'provider', 'text', 'null'),
        ('price', 'model', 'text', 'null'),
        ('price', 'metric', 'text', 'null'),
        ('price', 'price', 'usd', 'null'),
        ('price', 'per', 'positive', '"1"'),
        ('price', 'from', 'time', 'null'),
        ('price', 'to', 'time', 'null'),
        ('price', 'when', 'when', 'null'),
        ('price', 'tiers', 'tiers', 'null'),
        ('price', 'free', 'units', 'null'),
        ('when', 'prompt_over', 'tokens', 'null'),
        ('when', 'prompt_at_least', 'tokens', 'null'),
        ('when', 'service_tier', 'service_tier', 'null'),
        ('when', 'region', 'text', 'null'),
        ('when', 'search_context_size', 'low, medium or high', 'null'),
        ('when', 'hours', 'hours', 'null'),
        ('when', 'weekdays', 'weekdays', 'null'),
        ('when', 'time_zone', 'time_zone', 'null'),
        ('when', 'weekday_time_zone', 'time_zone', 'null'),
        ('tier', 'over', 'tokens', '0'),
        ('tier', 'up_to', 'tokens', 'null'),
        ('tier', 'price', 'usd', 'null'),
        ('alias', 'provider', 'text', 'null'),
        ('alias', 'alias', 'text', 'null'),
        ('alias', 'model', 'text', 'null'),
        ('action', 'credits', 'credits', 'null'),
        ('action', 'cost', 'usd', 'null'),
        ('action', 'range', 'range', 'null'),
        ('action', 'ttl', 'interval', 'null')
    ) k(section, key, kind, fallback)
$$;
REVOKE EXECUTE ON FUNCTION credits.configuration_keys() FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration_keys() IS 'Internal: every key that configure() knows: section, key, kind of its value (a name of configuration_value, or the words allowed), fallback = the value that null stands for.';

CREATE OR REPLACE FUNCTION credits.refuse_configuration(path text, problem text, hint text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = path || ': ' || problem,
        DETAIL = 'the configuration is unchanged', HINT = hint;
END $$;
REVOKE EXECUTE ON FUNCTION credits.refuse_configuration(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.refuse_configuration(text, text, text) IS 'Internal: raises 22023 naming the path of what is wrong.';

CREATE OR REPLACE FUNCTION credits.refuse_value(kind text, value jsonb, path text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    wanted text;
    hint   text;
BEGIN
    SELECT k.wanted, k.hint INTO wanted, hint FROM (VALUES
        ('object', 'an object', 'as in {"key": value}'),
        ('prices', 'an array of objects', 'as in [{"provider": "openai", "model": "gpt-4o", "metric": "input_tokens", "price": "2.5", "per": 1000000}]'),
        ('aliases', 'an array of objects', 'as in [{"provider": "openai", "alias": "gpt-4o-latest", "model": "gpt-4o"}]'),
        ('tiers', 'an array of objects', 'as in [{"over": 0, "up_to": 32000, "price": "0.1"}, {"over": 32000, "price": "0.2"}]'),
        ('tokens', 'a whole number of tokens, 0 or more', 'write a JSON number'),
        ('units', 'a number, 0 or more', 'the units of each call that cost nothing'),
        ('service_tier', 'a service tier other than the standard one', 'as in "flex", "priority" or "batch"; a price without service_tier is the standard one'),
        ('hours', 'hours of a day', 'as in "16:30-00:30": from inclusive, to exclusive'),
        ('weekdays', 'an array of weekdays', 'as in ["saturday", "sunday"] or [6, 7]'),
        ('text', 'a text of 1 to 200 characters without blanks around it', 'null stands for the default'),
        ('name', 'named by 1 to 200 characters without blanks around them', 'a plan or an action is known by its name'),
        ('usd', 'a number of USD, 0 or more', 'write a JSON number or a decimal string below 10^18 with at most 30 digits'),
        ('positive_usd', 'a number of USD above 0', 'write a JSON number or a decimal string below 10^18 with at most 30 digits'),
        ('credits', 'a number of credits, 0 or more', 'write a JSON number or a decimal string below 10^18 with at most 30 digits'),
        ('credits_or_margin', 'a number of credits, 0 or more, or "from_margin"', 'from_margin = price × (1 − margin) ÷ unit.value_usd'),
        ('factor', 'a number, 0 or more', 'write a JSON number or a decimal string below 10^18 with at most 30 digits'),
        ('positive', 'a number above 0', 'write a JSON number or a decimal string below 10^18 with at most 30 digits'),
        ('share', 'a share, 0 or more and below 1', 'write "0.80" for 80 %'),
        ('scale', 'a whole number from 0 to 12', 'the number of decimals of a credit'),
        ('days', 'a whole number of days from 1 to 36500', 'write a JSON number'),
        ('interval', 'an interval above 0', 'as in "30 seconds" or "30 days"; at most 1000 years'),
        ('cycle', 'an interval of at least 1 minute', 'as in "1 month", "28 days" or "1 year"; at most 1000 years'),
        ('time', 'a date or a time', 'as in "2026-01-31" or "2026-01-31T12:00:00+01:00"; without a zone it is UTC'),
        ('time_zone', 'the name of a time zone', 'as in "UTC" or "Europe/Berlin"; SELECT name FROM pg_timezone_names lists them'),
        ('range', 'two numbers of credits, low and high', 'as in [2000, 5000]')
    ) k(kind, wanted, hint) WHERE k.kind = refuse_value.kind;
    PERFORM credits.refuse_configuration(path,
        format('must be %s, not %s', coalesce(wanted, kind),
               CASE WHEN length(value::text) > 60 THEN left(value::text, 60) || '…' ELSE value::text END),
        coalesce(hint, 'null stands for the default'));
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
                    WHEN 'days' THEN t.n BETWEEN 1 AND 36500 AND scale(t.n) = 0
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
    IF parsed > interval '0' AND parsed <= interval '1000 years' AND parsed::text NOT LIKE '%-%'
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
    CASE kind
    WHEN 'unit' THEN
        RETURN credits.configuration_section('unit', value, path);
    WHEN 'rollover' THEN
        RETURN credits.merge_keys('rollover', '{}', credits.configuration_section('rollover', value, path));
    WHEN 'charge' THEN
        RETURN credits.configuration_charge(value, path);
    WHEN 'plans' THEN
        RETURN credits.configuration_names('plan', value, path);
    WHEN 'actions' THEN
        RETURN credits.configuration_names('action', value, path);
    WHEN 'prices' THEN
        RETURN credits.keyed_entries('price', value, path);
    WHEN 'aliases' THEN
        RETURN credits.keyed_entries('alias', value, path);
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
    WHEN 'interval', 'cycle' THEN
        result := to_jsonb(credits.configuration_interval(kind, word));
    WHEN 'time' THEN
        result := credits.configuration_time(word);
    WHEN 'time_zone' THEN
        result := (SELECT to_jsonb(z.name) FROM pg_timezone_names z WHERE lower(z.name) = lower(word) LIMIT 1);
    WHEN 'scale', 'days', 'tokens' THEN
        result := to_jsonb(credits.configuration_number(kind, value));
    WHEN 'usd', 'positive_usd', 'credits', 'factor', 'positive', 'share' THEN
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
        PERFORM credits.refuse_configuration(path || '.by', 'is missing', 'as in {"by": "cost", "markup": "1"}, {"by": "tokens", "factor": "1"} or {"by": "action"}');
    END IF;
    section := 'charge by ' || (credits.configuration_value((SELECT k.kind FROM credits.configuration_keys() k WHERE k.section = 'charge'), value -> 'by', path || '.by') #>> '{}');
    RETURN credits.merge_keys(section, '{}', credits.configuration_section(section, value, path));
END $$;
REVOKE EXECUTE ON FUNCTION credits.configuration_charge(jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration_charge(jsonb, text) IS 'Internal: a plan''s charge rule in its one form; its keys depend on "by". Errors: 22023 naming the path.';

CREATE OR REPLACE FUNCTION credits.configuration_names(section text, value jsonb, path text) RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    wrong_name text;
BEGIN
    IF jsonb_typeof(value) <> 'object' THEN
        PERFORM credits.refuse_value('object', value, path);
    END IF;
    SELECT e.key INTO wrong_name FROM jsonb_each(value) e WHERE e.value <> 'null' AND NOT credits.is_plain_text(e.key) LIMIT 1;
    IF FOUND THEN
        PERFORM credits.refuse_value('name', to_jsonb(wrong_name), path);
    END IF;
    RETURN (SELECT coalesce(jsonb_object_agg(e.key, CASE WHEN e.value = 'null' THEN e.value
                ELSE credits.configuration_section(section, e.value, path || '.' || e.key) END), '{}')
            FROM jsonb_each(value) e);
END $$;
REVOKE EXECUTE ON FUNCTION credits.configuration_names(text, jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration_names(text, jsonb, text) IS 'Internal: plans or actions by name, each in its one form; null where one is to be removed. Errors: 22023 naming the path.';
