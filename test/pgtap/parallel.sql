-- Reads beside a parallel query: they run in its leader, in parallel mode, where the server allows less. The first
-- call of a session reads the configuration there too.
\set QUIET on
\pset format unaligned
\pset tuples_only on
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT credits.configure('{"prices": [{"provider": "p", "model": "m", "metric": "input_tokens", "price": "0.5"}, {"provider": "p", "model": "m", "metric": "output_tokens", "price": "0.25"}]}') IS NOT NULL AS configured \gset
SELECT credits.open_account('ann') AS opened \gset
SELECT (credits.grant('ann', 100)).balance AS granted \gset
CREATE TABLE public.calls AS SELECT i AS tokens FROM generate_series(1, 100000) i;
ANALYZE public.calls;

CREATE FUNCTION public.gathers(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, FORMAT json) ' || query INTO plan;
    RETURN jsonb_path_exists(plan::jsonb, 'strict $.** ? (@."Node Type" like_regex "^Gather" && @."Workers Launched" > 0)');
END $$;

-- A session of its own for each, so that each is the first call.
\set parallel 'SET client_min_messages = warning; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;'
\set costs 'SELECT sum(credits.cost(''p'', ''m'', c.tokens::bigint, 1::bigint)) FROM public.calls c WHERE c.tokens % 1000 = 0'
\set balances 'SELECT sum(b.balance) FROM public.calls c, credits.balance(''ann'') b WHERE c.tokens % 1000 = 0'
\c -
:parallel
:costs \gset cost_
\c -
:parallel
:balances \gset balance_
SELECT no_plan();
SELECT is(:'cost_sum'::numeric, 2525025.00, 'costs in a parallel query');
SELECT is(:'balance_sum'::numeric, 10000::numeric, 'balances in a parallel query');
SELECT ok(public.gathers(:'costs') AND public.gathers(:'balances'), 'that were parallel');
SELECT * FROM finish();
