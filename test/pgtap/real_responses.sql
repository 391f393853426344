-- Real responses, as providers sent them: normalized usage adds up to what others count, and costs what they say.
-- They are read from $PG_CREDITS_DATA (../shared/data if unset); where they are absent, the file skips.
\ir helpers/real_responses.sql
\set lines `cat "${PG_CREDITS_DATA:-../shared/data}/cost-cases/real_responses_priced.jsonl" 2>/dev/null`

SELECT :'lines' = '' AS absent \gset
\if :absent
SELECT skip('1264 cases skipped: the real responses are not here; PG_CREDITS_DATA names the folder of real inputs', 7);
\else
CREATE TABLE public.response AS
    SELECT c, c ->> 'id' AS id, c ->> 'provider' AS provider, c -> 'raw_response' AS report, c -> 'normalized_usage' AS expected, public.as_read(c) AS read
    FROM (SELECT line::jsonb FROM string_to_table(:'lines', E'\n') line WHERE line <> '') v(c);

-- The two wholes always; of the parts those that the case names.
SELECT is_empty($$
    SELECT r.id, n.counter, n.tokens, r.expected ->> n.counter FROM public.response r, public.counters(credits.normalize_usage(r.provider, r.read)) n
    WHERE n.tokens <> coalesce((r.expected ->> n.counter)::numeric, 0) AND (r.expected ? n.counter OR n.counter IN ('input_tokens', 'output_tokens'))
$$, 'every response, as the case''s interface reads it: the pools add up to its counters');
-- All of the report: more than the case counts only where its interface leaves out answers, or the cache of Anthropic.
CREATE TABLE public.surplus AS
    SELECT r.id, r.c ->> 'api_flavor' AS interface, r.report, n.counter, n.tokens - coalesce((r.expected ->> n.counter)::numeric, 0) AS tokens
    FROM public.response r, public.counters(credits.normalize_usage(r.provider, r.report)) n
    WHERE n.counter IN ('input_tokens', 'output_tokens') AND n.tokens <> coalesce((r.expected ->> n.counter)::numeric, 0);
SELECT is_empty($$
    SELECT * FROM public.surplus WHERE tokens < 0 OR NOT CASE counter
        WHEN 'output_tokens' THEN interface = 'embeddings' AND tokens = (report #>> '{usage,completion_tokens}')::numeric
        ELSE interface = 'responses' AND tokens = (report #>> '{usage,cache_read_input_tokens}')::numeric + (report #>> '{usage,cache_creation_input_tokens}')::numeric END
$$, 'every response, all of it: the same sums, but for what the case''s interface does not read');

-- Each case at its own prices: one import of a file that has a provider for each case. A case without any costs nothing
-- elsewhere; here it has no price.
CREATE TABLE public.imported AS
    SELECT i.* FROM credits.import_prices((
        SELECT jsonb_agg(jsonb_build_object('id', id, 'name', id, 'models', jsonb_build_array(
            jsonb_build_object('id', 'm', 'match', jsonb_build_object('equals', 'm'), 'prices', c -> 'rates'))))
        FROM public.response), '2020-01-01', 'real responses') i;
SELECT set_eq('SELECT provider, change FROM public.imported',
    $$ SELECT id, CASE c -> 'rates' WHEN '{}' THEN 'skipped' ELSE 'new' END FROM public.response $$, 'the prices of every case are imported');
SELECT is_empty($$
    SELECT id, public.cost_at(c, read), c #>> '{expected,total_cost_usd}' FROM public.response
    WHERE c -> 'rates' <> '{}' AND public.cost_at(c, read) IS DISTINCT FROM (c #>> '{expected,total_cost_usd}')::numeric
$$, 'every response costs what its case says, exactly');
SELECT throws_ok(format('SELECT credits.cost(%L, %L, credits.normalize_usage(%L, %L), %L)', id, 'm', provider, read, c ->> 'at'), '22023', NULL, id || ' has no price')
FROM public.response WHERE c -> 'rates' = '{}';
SELECT format('# %s cases of real responses: %s priced as they are, %s cut to what their interface reads, %s without a price', count(*),
    count(*) FILTER (WHERE public.cost_at(c, report) = (c #>> '{expected,total_cost_usd}')::numeric),
    count(*) FILTER (WHERE c -> 'rates' <> '{}' AND public.cost_at(c, report) IS DISTINCT FROM (c #>> '{expected,total_cost_usd}')::numeric),
    count(*) FILTER (WHERE c -> 'rates' = '{}'))
FROM public.response;
\endif
SELECT * FROM finish();
