-- What other price libraries and their tests say calls cost, to the last digit. Cases are read from $PG_CREDITS_DATA
-- (../shared/data if unset); where they are absent, the file skips. Cases that go another way here on purpose are
-- named with why; docs/pricing.md says so too.
\ir helpers/cost_cases.sql
\set litellm `cat "${PG_CREDITS_DATA:-../shared/data}/cost-cases/litellm_cost_cases.json" 2>/dev/null`
\set genai `cat "${PG_CREDITS_DATA:-../shared/data}/cost-cases/genai_prices_cases.json" 2>/dev/null`
\set offpeak `cat "${PG_CREDITS_DATA:-../shared/data}/cost-cases/off_peak_windows.json" 2>/dev/null`
\set tokencost `cat "${PG_CREDITS_DATA:-../shared/data}/cost-cases/tokencost_cases.json" 2>/dev/null`
\set derived `cat "${PG_CREDITS_DATA:-../shared/data}/cost-cases/derived_from_litellm_book.json" 2>/dev/null`
\set totals `cat "${PG_CREDITS_DATA:-../shared/data}/cost-cases/trace_totals.json" 2>/dev/null`
\set book `gzip -dc "${PG_CREDITS_DATA:-../shared/data}/prices/litellm_model_prices_2026-08-01.json.gz" 2>/dev/null`
\set genai_book `cat "${PG_CREDITS_DATA:-../shared/data}/prices/genai_prices_v2_data_2026-08-21.json" 2>/dev/null`
\set trace `gzip -dc "${PG_CREDITS_DATA:-../shared/data}/traces/azure_llm_2023_conv.csv.gz" 2>/dev/null`

SELECT '' IN (:'litellm', :'genai', :'offpeak', :'tokencost', :'derived', :'totals', :'book', :'genai_book', :'trace') AS absent \gset
\if :absent
SELECT skip('285 cases skipped: the cost cases are not here; PG_CREDITS_DATA names the folder of real inputs', 285);
\else

-- LiteLLM's own tests, each with its own rates. The provider keeps its name, by which thresholds are read.
CREATE TABLE public.litellm AS
    SELECT c ->> 'id' AS id, coalesce(c ->> 'provider', 'any') AS provider, public.numbers(c -> 'rates_usd') AS rates, c -> 'expected' AS expected,
           public.litellm_usage(public.numbers(c -> 'usage'), c -> 'context') AS usage, (c #>> '{context,at}')::timestamptz AS at
    FROM jsonb_array_elements(:'litellm'::jsonb) c;
SELECT is((SELECT count(*) FROM credits.import_prices((SELECT jsonb_object_agg(id, rates || jsonb_build_object('litellm_provider', provider)) FROM public.litellm),
    '2020-01-01', 'cases of litellm') WHERE change = 'new'), (SELECT count(*) FROM public.litellm), 'every case of LiteLLM has its rates');
SELECT t FROM public.litellm l, public.case_tests(l.id, l.provider, l.id, l.usage, l.at, l.expected) t;

-- The threshold of its provider xai is of prompts of that size, that of others of larger ones.
SELECT is((SELECT count(*) FROM credits.import_prices('{"inclusive": {"litellm_provider": "xai", "input_cost_per_token": 1, "input_cost_per_token_above_200k_tokens": 2},
    "exclusive": {"litellm_provider": "openai", "input_cost_per_token": 1, "input_cost_per_token_above_200k_tokens": 2}}', '2020-01-01', 'thresholds')), 2::bigint, 'thresholds');
SELECT is(public.cost_text(provider, model, jsonb_build_object('input_tokens', tokens), NULL), expected, concat_ws(' ', provider, tokens))
FROM (VALUES ('xai', 'inclusive', 199999, '199999'), ('xai', 'inclusive', 200000, '400000'), ('xai', 'inclusive', 200001, '400002'),
             ('openai', 'exclusive', 200000, '200000'), ('openai', 'exclusive', 200001, '400002')) v(provider, model, tokens, expected);

-- Times within the hours of an off-peak block and outside.
CREATE TABLE public.offpeak AS SELECT c ->> 'id' AS id, c -> 'block' AS block, (c ->> 'at')::timestamptz AS at, (c ->> 'expected_off_peak')::boolean AS is_off_peak
    FROM jsonb_array_elements(:'offpeak'::jsonb) c;
SELECT is((SELECT count(*) FROM credits.import_prices((SELECT jsonb_object_agg(id, jsonb_build_object('litellm_provider', 'offpeak', 'input_cost_per_token', 2,
    'off_peak_pricing', block || '{"input_cost_per_token": 1}')) FROM public.offpeak), '2020-01-01', 'cases of hours') WHERE change = 'new'),
    (SELECT count(*) FROM public.offpeak), 'every off-peak block is read');
SELECT is(public.cost_text('offpeak', id, '{"input_tokens": 1}', at), CASE WHEN is_off_peak THEN '1' ELSE '2' END, concat_ws(' ', id, at, block)) FROM public.offpeak;

-- tokencost: one side, one rate.
CREATE TABLE public.tokencost AS
    SELECT c ->> 'id' AS id, c ->> 'side' AS side, (c ->> 'tokens')::numeric AS tokens, (c ->> 'rate_usd_per_token')::numeric AS rate, c ->> 'expected_cost_usd' AS expected
    FROM jsonb_array_elements(:'tokencost'::jsonb) c;
CREATE TABLE public.side (side text, key text, metric text);
INSERT INTO public.side VALUES ('input', 'input_cost_per_token', 'input_tokens'), ('output', 'output_cost_per_token', 'output_tokens'),
    ('cached_input', 'cache_read_input_token_cost', 'cache_read_tokens');
SELECT is((SELECT count(*) FROM credits.import_prices((SELECT jsonb_object_agg(id, jsonb_build_object('litellm_provider', 'tokencost', key, rate)) FROM public.tokencost JOIN public.side USING (side)),
    '2020-01-01', 'cases of tokencost') WHERE change = 'new'), (SELECT count(*) FROM public.tokencost), 'every case of tokencost has its rate');
SELECT is(public.cost_text('tokencost', id, jsonb_build_object(metric, tokens), NULL), public.figure(expected), id) FROM public.tokencost JOIN public.side USING (side);

-- genai-prices' own tests, each with its own rates; those that it rejects are refused.
CREATE TABLE public.genai AS
    SELECT c ->> 'id' AS id, c -> 'usage' AS counters, public.genai_usage(c -> 'usage') AS usage, public.numbers(c -> 'rates') AS rates, (c ->> 'at')::timestamptz AS at,
           c -> 'expected' AS expected, c ->> 'provider' AS provider, c ->> 'model_ref' AS name
    FROM jsonb_array_elements(:'genai'::jsonb) c;
CREATE TABLE public.genai_import AS
    SELECT * FROM credits.import_prices((SELECT jsonb_agg(jsonb_build_object('id', id, 'name', id, 'models', jsonb_build_array(jsonb_build_object('id', 'm', 'match', '{"equals": "m"}'::jsonb, 'prices', rates))))
        FROM public.genai), '2020-01-01', 'cases of genai-prices');
-- Tokens that have no price are free there, and an error here: only the fee is compared.
CREATE TABLE public.decided (id text, usage jsonb, why text);
INSERT INTO public.decided VALUES ('genai-123', '{"requests": 1}', 'what has no price is an error, not free');
SELECT matches(public.cost_text(g.id, 'm', g.usage, g.at), '^22023 ', g.id || ': ' || d.why) FROM public.genai g JOIN public.decided d USING (id);
SELECT t FROM public.genai g LEFT JOIN public.decided d USING (id),
    public.case_tests(g.id, g.id, 'm', coalesce(d.usage, g.usage), g.at, g.expected, ARRAY['requests', 'web_searches']) t WHERE NOT g.expected ? 'error';
SELECT matches(public.cost_text(id, 'm', usage, at), '^22023 ', concat(id, ' is refused: ', expected ->> 'error')) FROM public.genai WHERE expected ? 'error';
SELECT set_eq('SELECT provider FROM public.genai_import WHERE change = ''skipped''', ARRAY['genai-133', 'genai-135', 'genai-137'], 'prices that are none are named');
SELECT throws_ok(format('SELECT credits.normalize_usage(''any'', %L)', r), '22023', NULL, concat(id, ' is refused as a report: ', expected ->> 'error'))
FROM public.genai, public.genai_report(counters) r WHERE id IN ('genai-127', 'genai-129', 'genai-131');

-- The same by name, at the prices of its file: dates, hours and the rules for names.
SELECT isnt((SELECT count(*) FROM credits.import_prices(:'genai_book'::jsonb, '2020-01-01') WHERE change = 'new'), 0::bigint, 'the file of genai-prices');
SELECT t FROM public.genai g, public.case_tests(concat_ws(' ', g.id, 'by name', g.provider, g.name), g.provider, g.name, g.usage, g.at, g.expected, ARRAY['requests', 'web_searches']) t
WHERE g.provider IS NOT NULL;

-- Calls at the prices of LiteLLM's file.
SELECT isnt((SELECT count(*) FROM credits.import_prices(:'book'::jsonb, '2020-01-01') WHERE change = 'new'), 0::bigint, 'the file of LiteLLM');
SELECT t FROM jsonb_array_elements(:'derived'::jsonb) c,
    public.case_tests(concat_ws(' ', c ->> 'id', c ->> 'kind', c ->> 'model'), c ->> 'provider', c ->> 'model',
                      public.litellm_usage(public.numbers(c -> 'usage'), c -> 'context'), NULL, c -> 'expected') t;

-- A trace of an hour, call by call: each exact, and so their sum.
CREATE TABLE public.trace AS SELECT split_part(line, ',', 2)::bigint AS input, split_part(line, ',', 3)::bigint AS output
    FROM string_to_table(:'trace', E'\n') WITH ORDINALITY l(line, no) WHERE no > 1 AND line <> '';
CREATE TABLE public.total AS
    SELECT t, count(*) AS calls, sum(cost) AS usd, max(cost) AS largest, sum(round(cost, 2)) AS in_cents
    FROM jsonb_array_elements(:'totals'::jsonb) t, public.trace,
         credits.cost(:'book'::jsonb #>> ARRAY[t ->> 'model', 'litellm_provider'], t ->> 'model', jsonb_build_object('input_tokens', input, 'output_tokens', output)) cost
    WHERE t ->> 'trace' = 'azure_llm_2023_conv' GROUP BY t;
SELECT is(ARRAY[calls, trim_scale(usd), trim_scale(largest), in_cents],
    ARRAY[(t ->> 'requests')::numeric, trim_scale((t ->> 'exact_total_usd')::numeric), trim_scale((t ->> 'largest_single_usd')::numeric),
          (t ->> 'sum_if_each_call_is_rounded_to_cents_half_up_usd')::numeric],
    concat_ws(' ', calls, 'calls of', t ->> 'model', 'are', usd, 'USD')) FROM public.total;
SELECT is((SELECT count(*) FROM public.total)::integer, jsonb_array_length(:'totals'::jsonb), 'every total has its trace');

SELECT format('# %s cases of costs: LiteLLM %s, hours %s, tokencost %s, genai-prices %s (%s by name too), LiteLLM''s file %s, traces %s',
    litellm + offpeak + tokencost + genai + derived + totals, litellm, offpeak, tokencost, genai, named, derived, totals)
FROM (SELECT (SELECT count(*) FROM public.litellm) AS litellm, (SELECT count(*) FROM public.offpeak) AS offpeak, (SELECT count(*) FROM public.tokencost) AS tokencost,
             (SELECT count(*) FROM public.genai) AS genai, (SELECT count(provider) FROM public.genai) AS named,
             jsonb_array_length(:'derived'::jsonb) AS derived, (SELECT count(*) FROM public.total) AS totals) n;
\endif
SELECT * FROM finish();
