-- Translates cost cases of other price libraries: their usage into pools that exclude each other, their rate cards into
-- price files. Owns the translation; knows nothing of what anything costs.
\ir tap.sql
SET timezone = 'UTC';

-- Rate cards write prices as decimal strings, price files as numbers.
CREATE FUNCTION public.numbers(rates jsonb) RETURNS jsonb LANGUAGE sql AS
    $$ SELECT regexp_replace(rates::text, '"(-?[0-9]+(\.[0-9]+)?)"', '\1', 'g')::jsonb $$;

-- Pools of nothing are left out: what was not used needs no price.
CREATE FUNCTION public.used(pools jsonb) RETURNS jsonb LANGUAGE sql AS
    $$ SELECT coalesce(jsonb_object_agg(p.key, p.value) FILTER (WHERE p.value <> '0'), '{}') FROM jsonb_each(jsonb_strip_nulls(pools)) p $$;

CREATE FUNCTION public.count_in(object jsonb, VARIADIC path text[]) RETURNS numeric LANGUAGE sql AS
    $$ SELECT coalesce((object #>> path)::numeric, 0) $$;

-- LiteLLM: the prompt contains what was cached, written to the cache and heard or seen; the completion what was thought
-- and drawn. One kind of second, and pixels for images of a size.
CREATE FUNCTION public.litellm_usage(u jsonb, context jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT public.used(jsonb_build_object(
        'input_tokens', public.count_in(u, 'prompt_tokens') - i.cached - i.written - i.audio - i.image - i.video,
        'cache_read_tokens', i.cached,
        'cache_write_tokens', i.written - i.written_1h,
        'cache_write_1h_tokens', i.written_1h,
        'input_audio_tokens', i.audio, 'input_image_tokens', i.image, 'input_video_tokens', i.video,
        'output_tokens', public.count_in(u, 'completion_tokens') - o.reasoning - o.audio - o.image,
        'reasoning_tokens', o.reasoning, 'output_audio_tokens', o.audio, 'output_image_tokens', o.image,
        'images', CASE WHEN NOT u ? 'width' THEN coalesce(u -> 'images', u -> 'generated_images') END,
        'pixels', public.count_in(u, 'images') * public.count_in(u, 'width') * public.count_in(u, 'height'),
        'seconds', coalesce(u ->> 'seconds', u ->> 'audio_seconds', u ->> 'video_seconds')::numeric))
        || (u - ARRAY['prompt_tokens', 'prompt_details', 'completion_tokens', 'completion_details', 'images', 'generated_images',
                      'width', 'height', 'seconds', 'audio_seconds', 'video_seconds'])
        || jsonb_strip_nulls(jsonb_build_object(
            'service_tier', coalesce(context ->> 'service_tier', CASE context ->> 'batch' WHEN 'true' THEN 'batch' END),
            'region', coalesce(context ->> 'data_residency', context ->> 'vertex_location')))
    FROM (SELECT public.count_in(u, 'prompt_details', 'cached') AS cached, public.count_in(u, 'prompt_details', 'cache_write') AS written,
                 public.count_in(u, 'prompt_details', 'cache_write_1h') AS written_1h, public.count_in(u, 'prompt_details', 'audio') AS audio,
                 public.count_in(u, 'prompt_details', 'image') AS image, public.count_in(u, 'prompt_details', 'video') AS video) i,
         (SELECT public.count_in(u, 'completion_details', 'reasoning') AS reasoning, public.count_in(u, 'completion_details', 'audio') AS audio,
                 public.count_in(u, 'completion_details', 'image') AS image) o
$$;

-- genai-prices: a counter contains others; what is cached of audio is part of what is cached and of the audio.
CREATE FUNCTION public.genai_usage(u jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT public.used(jsonb_build_object(
        'input_tokens', public.count_in(u, 'input_tokens') - c.cached - c.written - c.audio - c.image - c.video + c.cached_audio + c.cached_image,
        'cache_read_tokens', c.cached - c.cached_audio - c.cached_image,
        'cache_read_audio_tokens', c.cached_audio, 'cache_read_image_tokens', c.cached_image,
        'cache_write_tokens', c.written - public.count_in(u, 'cache_write_1h_tokens'),
        'cache_write_1h_tokens', u -> 'cache_write_1h_tokens',
        'input_audio_tokens', c.audio - c.cached_audio, 'input_image_tokens', c.image - c.cached_image, 'input_video_tokens', c.video,
        'output_tokens', public.count_in(u, 'output_tokens') - public.count_in(u, 'output_reasoning_tokens') - public.count_in(u, 'output_audio_tokens')
                         - public.count_in(u, 'output_image_tokens') - public.count_in(u, 'output_video_tokens'),
        'reasoning_tokens', u -> 'output_reasoning_tokens', 'output_audio_tokens', u -> 'output_audio_tokens',
        'output_image_tokens', u -> 'output_image_tokens', 'output_video_tokens', u -> 'output_video_tokens', 'web_searches', u -> 'web_searches'))
    FROM (SELECT public.count_in(u, 'cache_read_tokens') AS cached, public.count_in(u, 'cache_write_tokens') AS written,
                 public.count_in(u, 'input_audio_tokens') AS audio, public.count_in(u, 'input_image_tokens') AS image, public.count_in(u, 'input_video_tokens') AS video,
                 public.count_in(u, 'cache_audio_read_tokens') AS cached_audio, public.count_in(u, 'cache_image_read_tokens') AS cached_image) c
$$;

-- The same counters as a provider reports them, contradictions included.
CREATE FUNCTION public.genai_report(u jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('usageMetadata', jsonb_strip_nulls(jsonb_build_object(
        'promptTokenCount', u -> 'input_tokens', 'cachedContentTokenCount', u -> 'cache_read_tokens',
        'promptTokensDetails', jsonb_build_array(jsonb_build_object('modality', 'AUDIO', 'tokenCount', u -> 'input_audio_tokens')),
        'cacheTokensDetails', jsonb_build_array(jsonb_build_object('modality', 'AUDIO', 'tokenCount', u -> 'cache_audio_read_tokens')))))
    WHERE u ? 'cache_audio_read_tokens'
    UNION ALL
    SELECT jsonb_build_object('prompt_tokens', u -> 'input_tokens', 'completion_tokens', 0, 'prompt_tokens_details', jsonb_strip_nulls(jsonb_build_object(
        'cached_tokens', u -> 'cache_read_tokens', 'cache_write_tokens', u -> 'cache_write_tokens')))
    WHERE NOT u ? 'cache_audio_read_tokens'
$$;

-- What a call costs, or the code of its error.
CREATE FUNCTION public.cost_text(provider text, model text, usage jsonb, at timestamptz) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN trim_scale(credits.cost(provider, model, usage, at));
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;

-- The same for one side of the call, as those libraries split it: fees of a call or a search belong to none.
CREATE FUNCTION public.side_text(provider text, model text, usage jsonb, at timestamptz, side text, fees text[]) RETURNS text LANGUAGE sql AS $$
    SELECT trim_scale(coalesce(sum(b.cost) FILTER (WHERE b.metric <> ALL (fees) AND (b.metric ~ '^(output_|reasoning_|images$)') = (side = 'output')), 0))::text
    FROM credits.cost_breakdown(provider, model, usage, at) b
$$;

CREATE FUNCTION public.figure(usd text) RETURNS text LANGUAGE sql AS $$ SELECT trim_scale(usd::numeric)::text $$;

-- Tests of a case: its total, the lines' sum, and both sides where the case has them.
CREATE FUNCTION public.case_tests(id text, provider text, model text, usage jsonb, at timestamptz, expected jsonb, fees text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT is(public.cost_text(provider, model, usage, at), public.figure(expected ->> 'total_cost_usd'), id || ' total')
    UNION ALL
    SELECT is((SELECT trim_scale(sum(b.cost))::text FROM credits.cost_breakdown(provider, model, usage, at) b), public.figure(expected ->> 'total_cost_usd'), id || ' lines')
    UNION ALL
    SELECT is(public.side_text(provider, model, usage, at, s.side, fees), public.figure(expected ->> (s.side || '_cost_usd')), id || ' ' || s.side)
    FROM unnest(ARRAY['input', 'output']) s(side) WHERE expected ? (s.side || '_cost_usd')
$$;
