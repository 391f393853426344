-- Usage as providers report it, normalized in SQL: shapes, whole responses, and every error with detail and hint.
\set QUIET on
\getenv folder PG_ABS_SRCDIR
\set own regress_credits_usage_reports
\i :folder/sql/helpers/begin.sql

CREATE FUNCTION public.normalized(provider text, report jsonb) RETURNS SETOF text LANGUAGE sql AS
    $$ SELECT * FROM public.answer(format('credits.normalize_usage(%L, %L)', provider, report)) $$;

-- OpenAI's interfaces, and others that offer them.
SELECT public.normalized('openai', '{"model": "m", "service_tier": "default", "usage": {"prompt_tokens": 2006, "completion_tokens": 300, "total_tokens": 2306, "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 128, "accepted_prediction_tokens": 50}}}');
SELECT public.normalized('azure', '{"input_tokens": 75, "input_tokens_details": {"cached_tokens": 32}, "output_tokens": 1186, "output_tokens_details": {"reasoning_tokens": 1024}, "total_tokens": 1261}');
SELECT public.normalized('openai', '{"object": "list", "usage": {"prompt_tokens": 8, "total_tokens": 8}}');
SELECT public.normalized('openai', '{"created": 1, "usage": {"input_tokens": 50, "input_tokens_details": {"text_tokens": 10, "image_tokens": 40}, "output_tokens": 1056, "total_tokens": 1106}}');
SELECT public.normalized('openai', '{"text": "...", "usage": {"type": "duration", "seconds": 12.5}}');
SELECT public.normalized('deepseek', '{"prompt_tokens": 976, "completion_tokens": 61, "prompt_cache_hit_tokens": 896, "prompt_cache_miss_tokens": 80}');
SELECT public.normalized('xai', '{"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 135, "completion_tokens_details": {"reasoning_tokens": 94}}');
SELECT public.normalized('perplexity', '{"prompt_tokens": 33, "completion_tokens": 7163, "total_tokens": 7196, "citation_tokens": 20016, "num_search_queries": 18, "reasoning_tokens": 73997, "search_context_size": "low"}');

-- Anthropic, Gemini, Bedrock.
SELECT public.normalized('anthropic', '{"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 25, "cache_creation_input_tokens": 300, "cache_read_input_tokens": 7, "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200}, "output_tokens": 1, "server_tool_use": {"web_search_requests": 1}, "service_tier": "batch", "inference_geo": "us"}}}');
SELECT public.normalized('google', '{"modelVersion": "m", "usageMetadata": {"promptTokenCount": 345, "cachedContentTokenCount": 191, "candidatesTokenCount": 64, "thoughtsTokenCount": 40, "toolUsePromptTokenCount": 5, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 87}, {"modality": "IMAGE", "tokenCount": 258}], "cacheTokensDetails": [{"modality": "TEXT", "tokenCount": 48}, {"modality": "IMAGE", "tokenCount": 143}]}}');
SELECT public.normalized('bedrock', '{"output": {}, "usage": {"inputTokens": 10, "outputTokens": 5, "totalTokens": 27, "cacheReadInputTokens": 3, "cacheWriteInputTokens": 9}}');

-- Pools of ours; what used nothing; counts that no binary number holds; nulls are absent.
SELECT public.normalized('anybody', '{"input_tokens": 1, "cache_read_tokens": 5, "seconds": 0.25, "service_tier": "flex"}');
SELECT public.normalized('openai', '{"prompt_tokens": 0, "completion_tokens": 0}');
SELECT public.normalized('openai', '{"prompt_tokens": 9007199254740993, "prompt_tokens_details": {"cached_tokens": 1}}');
SELECT public.normalized('openai', '{"prompt_tokens": 99999999999999999999999999999999999998, "completion_tokens": 3}');
SELECT public.normalized('nebius', '{"prompt_tokens": 7, "completion_tokens": null, "prompt_tokens_details": null}');
SELECT credits.cost('p', 'm', credits.normalize_usage('openai', '{"prompt_tokens": 1000, "completion_tokens": 200, "completion_tokens_details": {"reasoning_tokens": 150}}'))
FROM credits.configure('{"prices": [{"provider": "p", "model": "m", "metric": "input_tokens", "price": "0.000001"}, {"provider": "p", "model": "m", "metric": "output_tokens", "price": "0.000002"}]}');

-- What is refused.
SELECT public.normalized('openai', '{"prompt_tokens": 100, "prompt_tokens_details": {"cached_tokens": 60, "audio_tokens": 60}}');
SELECT public.normalized('mistral', '{"prompt_tokens": 100, "num_cached_tokens": 5, "prompt_tokens_details": {"cached_tokens": 6}}');
SELECT public.normalized('openai', '{"prompt_tokens": -1}');
SELECT public.normalized('openai', '{"prompt_tokens": 1.5}');
SELECT public.normalized('openai', '{"prompt_tokens": "5"}');
SELECT public.normalized('openai', '{"prompt_tokens": 1e40}');
SELECT public.normalized('openai', '{"prompt_tokens": null}');
SELECT public.normalized('openai', '{"prompt_tokens": 5, "prompt_tokens_details": [5]}');
SELECT public.normalized('anybody', '{"cache_read_tokens": 5, "gpu_minutes": 5}');
SELECT public.normalized('anybody', jsonb_build_object('cache_read_tokens', 5, repeat('ü', 100), 5));
SELECT public.normalized('anybody', '{"cache_read_tokens": 5, "region": 5}');
SELECT public.normalized('openai', '{"id": "x", "usage": null}');
SELECT public.normalized('openai', '{}');
SELECT public.normalized('openai', '[{"prompt_tokens": 5}]');
SELECT public.normalized('openai', '"prompt_tokens"');
SELECT public.normalized('openai', 'null');
SELECT public.normalized('openai', NULL);
SELECT public.normalized(NULL, '{}');
SELECT public.normalized('', '{}');
SELECT public.normalized('openai', (repeat('{"usage": ', 500) || '1' || repeat('}', 500))::jsonb);
\i :folder/sql/helpers/end.sql
