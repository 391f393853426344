-- Responses of real providers with the usage and the cost that others read out of them. Their usage counts a part in
-- its whole, ours does not, so ours is added up again before it is compared.
\ir tap.sql
SET timezone = 'UTC';

-- What the reader of a case's interface sees of the report. Some cases were read through an interface that is not the
-- one that sent them, or reads less than is there; the rest of the report then has no part in what is expected.
CREATE FUNCTION public.as_read(c jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN c ->> 'api_flavor' = 'embeddings' THEN r #- '{usage,completion_tokens}' #- '{usage,completion_tokens_details}'
        WHEN c ->> 'api_flavor' = 'responses' AND r -> 'usage' ? 'cache_read_input_tokens' THEN
            jsonb_build_object('usage', jsonb_build_object('input_tokens', r #> '{usage,input_tokens}', 'output_tokens', r #> '{usage,output_tokens}'))
        WHEN c ->> 'api_flavor' = 'responses' AND c ->> 'provider' = 'azure' THEN r #- '{usage,input_tokens_details,cache_write_tokens}'
        WHEN c ->> 'api_flavor' = 'anthropic' THEN
            r #- '{usage,input_tokens_details}' #- '{usage,output_tokens_details}' #- '{usage,server_tool_use}'
        ELSE r END
    FROM (SELECT c -> 'raw_response') v(r)
$$;

CREATE FUNCTION public.sum_of(pools jsonb, VARIADIC metrics text[]) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(sum((pools ->> m)::numeric), 0) FROM unnest(metrics) m
$$;

-- The pools as counters that contain their parts, under the names of the cases.
CREATE FUNCTION public.counters(pools jsonb) RETURNS TABLE (counter text, tokens numeric) LANGUAGE sql IMMUTABLE AS $$
    SELECT v.* FROM (VALUES
        ('input_tokens', public.sum_of(pools, 'input_tokens', 'cache_read_tokens', 'cache_write_tokens', 'cache_write_1h_tokens', 'input_audio_tokens',
                                       'cache_read_audio_tokens', 'cache_write_audio_tokens', 'input_image_tokens', 'cache_read_image_tokens', 'input_video_tokens')),
        ('output_tokens', public.sum_of(pools, 'output_tokens', 'reasoning_tokens', 'output_audio_tokens', 'output_image_tokens', 'output_video_tokens', 'citation_tokens')),
        ('cache_read_tokens', public.sum_of(pools, 'cache_read_tokens', 'cache_read_audio_tokens', 'cache_read_image_tokens')),
        ('cache_write_tokens', public.sum_of(pools, 'cache_write_tokens', 'cache_write_1h_tokens')),
        ('cache_image_read_tokens', public.sum_of(pools, 'cache_read_image_tokens')),
        ('input_audio_tokens', public.sum_of(pools, 'input_audio_tokens', 'cache_read_audio_tokens')),
        ('input_image_tokens', public.sum_of(pools, 'input_image_tokens', 'cache_read_image_tokens')),
        ('input_video_tokens', public.sum_of(pools, 'input_video_tokens')),
        ('output_image_tokens', public.sum_of(pools, 'output_image_tokens')),
        ('output_reasoning_tokens', public.sum_of(pools, 'reasoning_tokens')),
        ('web_searches', public.sum_of(pools, 'web_searches'))) v(counter, tokens)
$$;

-- What a usage costs at the prices of a case; null where one of its pools has no price.
CREATE FUNCTION public.cost_at(c jsonb, report jsonb) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
    RETURN credits.cost(c ->> 'id', 'm', credits.normalize_usage(c ->> 'provider', report), (c ->> 'at')::timestamptz);
EXCEPTION WHEN SQLSTATE '22023' THEN
    RETURN NULL;
END $$;
