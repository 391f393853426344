-- A year of LiteLLM's price file, change by change: one import a moment, then what calls cost at any time. Read from
-- $PG_CREDITS_DATA (../shared/data if unset); where it is absent, the file skips.
\ir helpers/tap.sql
SET timezone = 'UTC';
\set first `gzip -dc "${PG_CREDITS_DATA:-../shared/data}/prices/litellm_price_history_initial_2025-02-06.json.gz" 2>/dev/null`
\set events `gzip -dc "${PG_CREDITS_DATA:-../shared/data}/prices/litellm_price_history_2025-02_2026-03.jsonl.gz" 2>/dev/null`
\set cases `cat "${PG_CREDITS_DATA:-../shared/data}/cost-cases/asof_examples.json" 2>/dev/null`

-- The history writes numbers as texts, the file as numbers.
CREATE FUNCTION public.as_numbers(value jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE jsonb_typeof(value)
        WHEN 'object' THEN (SELECT coalesce(jsonb_object_agg(e.key, public.as_numbers(e.value)), '{}') FROM jsonb_each(value) e)
        WHEN 'array' THEN (SELECT coalesce(jsonb_agg(public.as_numbers(e.value) ORDER BY e.no), '[]') FROM jsonb_array_elements(value) WITH ORDINALITY e(value, no))
        WHEN 'string' THEN to_jsonb((value #>> '{}')::numeric)
        ELSE value END;
END $$;

CREATE TABLE public.event (no integer GENERATED ALWAYS AS IDENTITY, at timestamptz, provider text, model text, entry jsonb);
CREATE TABLE public.model (model text PRIMARY KEY, entry jsonb);

-- What the file said of each model after each event, as an entry of the file; null where it was removed.
CREATE FUNCTION public.read_events(events text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    e      jsonb;
    latest jsonb;
BEGIN
    FOR e IN SELECT line::jsonb FROM string_to_table(events, E'\n') line WHERE line <> '' LOOP
        latest := (SELECT m.entry FROM public.model m WHERE m.model = e ->> 'model');
        latest := CASE e ->> 'op'
            WHEN 'remove' THEN 'null'
            WHEN 'add' THEN public.as_numbers(e -> 'prices')
            ELSE jsonb_strip_nulls(latest || (SELECT jsonb_object_agg(c.key, public.as_numbers(c.value -> 'new')) FROM jsonb_each(e -> 'changes') c)) END;
        IF latest <> 'null' THEN
            latest := latest || jsonb_build_object('litellm_provider', e -> 'provider');
        END IF;
        INSERT INTO public.model VALUES (e ->> 'model', latest) ON CONFLICT (model) DO UPDATE SET entry = EXCLUDED.entry;
        INSERT INTO public.event (at, provider, model, entry) VALUES ((e ->> 'at')::timestamptz, e ->> 'provider', e ->> 'model', latest);
    END LOOP;
END $$;

CREATE FUNCTION public.import_events() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    document record;
    imports  integer := 0;
BEGIN
    FOR document IN SELECT v.at, jsonb_object_agg(v.model, v.entry ORDER BY v.no) AS models FROM public.event v GROUP BY v.at ORDER BY v.at LOOP
        PERFORM credits.import_prices(document.models, document.at, complete => false);
        imports := imports + 1;
    END LOOP;
    RETURN imports;
END $$;

-- The cost of a call, or the SQLSTATE of its error.
CREATE FUNCTION public.cost_of(provider text, model text, usage jsonb, at timestamptz) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN trim_scale(credits.cost(provider, model, usage, at));
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN SQLSTATE;
END $$;

SELECT :'first' = '' OR :'events' = '' OR :'cases' = '' AS absent \gset
\if :absent
SELECT skip('16 cases skipped: the price history is not here; PG_CREDITS_DATA names the folder of real inputs', 16);
\else
INSERT INTO public.model SELECT m.key, public.as_numbers(m.value -> 'prices') || jsonb_build_object('litellm_provider', m.value -> 'provider')
FROM jsonb_each(:'first'::jsonb -> 'models') m;
SELECT is((SELECT count(*) FROM credits.import_prices((SELECT jsonb_object_agg(model, entry) FROM public.model), (:'first'::jsonb ->> 'at')::timestamptz)
           WHERE change = 'new') > 700, true, 'the file as it was on the first day');
SELECT public.read_events(:'events');
SELECT is(count(*), 3651::bigint, 'all events are read') FROM public.event;
SELECT is(public.import_events(), 476, 'one import for each moment');

SELECT is(public.cost_of((SELECT v.provider FROM public.event v WHERE v.model = c ->> 'model' LIMIT 1), c ->> 'model', jsonb_build_object('input_tokens', c -> 'usage' -> 'prompt_tokens', 'output_tokens', c -> 'usage' -> 'completion_tokens'), (c ->> 'at')::timestamptz),
          trim_scale((c ->> 'expected_flat_cost_usd')::numeric)::text, concat_ws(' ', c ->> 'id', c ->> 'model', c ->> 'label'))
FROM jsonb_array_elements(:'cases'::jsonb) c;

-- After each event a token costs what the file said then, and nothing is sold of what it no longer names.
CREATE TABLE public.token AS
SELECT v.no, v.model, v.at, k.metric, CASE WHEN v.entry = 'null' THEN '22023' ELSE trim_scale((v.entry -> k.key)::text::numeric)::text END AS expected,
       public.cost_of(v.provider, v.model, jsonb_build_object(k.metric, 1), v.at) AS got
FROM public.event v, (VALUES ('input_cost_per_token', 'input_tokens'), ('output_cost_per_token', 'output_tokens')) k(key, metric)
WHERE (v.entry ? k.key OR v.entry = 'null') AND NOT v.entry ? 'tiered_pricing';
SELECT is_empty('SELECT * FROM public.token WHERE got IS DISTINCT FROM expected', 'every event: a token costs what the file said');
SELECT ok(count(*) > 5000, format('that is %s prices of %s models', count(*), count(DISTINCT model))) FROM public.token;
SELECT is((SELECT count(*) FROM credits.price_import), 477::bigint, 'all imports are noted');
SELECT is((SELECT price_version FROM credits.platform), 1 + (SELECT count(DISTINCT version) FROM credits.price_import), 'each version is that of an import');
SELECT format('# %s cases of price history, %s events', jsonb_array_length(:'cases'::jsonb), (SELECT count(*) FROM public.event));
\endif
SELECT * FROM finish();
