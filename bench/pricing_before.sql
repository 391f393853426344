-- A book of 3,000 imported models, each with four prices, for calls that name one of them.
SELECT count(*) AS models FROM credits.import_prices((SELECT jsonb_object_agg('m' || n, jsonb_build_object('litellm_provider', 'bench',
    'input_cost_per_token', 0.000001 * n, 'cache_read_input_token_cost', 0.0000001 * n,
    'output_cost_per_token', 0.000004 * n, 'output_cost_per_token_above_200k_tokens', 0.000008 * n)) FROM generate_series(1, 3000) n), '2026-01-01', 'bench') \gset
VACUUM ANALYZE credits.price;
