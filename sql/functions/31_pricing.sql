-- What usage costs, without an account.

CREATE FUNCTION credits.cost(provider text, model text, usage jsonb, at timestamptz DEFAULT NULL) RETURNS numeric
AS 'MODULE_PATHNAME', 'credits_cost' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits.cost(text, text, jsonb, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.cost(text, text, jsonb, timestamptz) IS 'What usage costs, exactly: the sum of quantity × price ÷ per over its pools, at the prices in force at a moment, with what a request costs by itself and what multiplies the whole call.
usage: quantities by metric, in exclusive pools (docs/pricing.md), and the context that chooses prices: service_tier, region, search_context_size. A metric without a price is paid at its parent''s rate (cache and input media: input_tokens; reasoning and output media: output_tokens). at: null = now.
Result: USD; not rounded, but for a quotient that does not end, half-even at 30 decimals. An explicit price of zero costs 0.
Errors: 22004 for a null argument; 22023 for an unknown provider, model or metric, a negative quantity or a part of a token; 22003 out of range.';

CREATE FUNCTION credits.cost(provider text, model text, input_tokens bigint, output_tokens bigint) RETURNS numeric
AS 'MODULE_PATHNAME', 'credits_cost_of_tokens' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits.cost(text, text, bigint, bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.cost(text, text, bigint, bigint) IS 'What a plain call of so many input and output tokens costs now.
Result: USD, exact. Errors: as the form with usage.';

CREATE FUNCTION credits.cost_breakdown(provider text, model text, usage jsonb, at timestamptz DEFAULT NULL)
RETURNS TABLE (metric text, quantity numeric, unit_price numeric, per numeric, cost numeric)
AS 'MODULE_PATHNAME', 'credits_cost_breakdown' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 4;
REVOKE EXECUTE ON FUNCTION credits.cost_breakdown(text, text, jsonb, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.cost_breakdown(text, text, jsonb, timestamptz) IS 'How a cost comes about: a row for each pool of the usage, and one for a fee that each request costs. The sum of cost is what credits.cost says.
Result: quantity = units charged (what is free is off); unit_price = USD for "per" units, with what multiplies the whole call in it; cost = quantity × unit_price ÷ per, USD.
Errors: as of credits.cost.';

CREATE FUNCTION credits.normalize_usage(provider text, usage jsonb) RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_normalize_usage' LANGUAGE C IMMUTABLE PARALLEL SAFE;
REVOKE EXECUTE ON FUNCTION credits.normalize_usage(text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.normalize_usage(text, jsonb) IS 'A provider''s usage as the pools that the other functions take, in which nothing is counted twice.
usage: the provider''s usage object, or the whole response or final event that holds it: OpenAI chat, responses, embeddings, images, transcription and realtime (also as others send them), Anthropic, Gemini, Bedrock converse, Cohere; pools themselves pass through. Keys that are not known are ignored, totals are used where nothing else is counted.
provider: decides where the same keys mean different things (perplexity, xai and x-ai count reasoning beside the answer).
Result: the quantities that are not zero, or one zero where the report counts nothing but zeros; service_tier, region and search_context_size where the report names them.
Not counted, because it is not in the usage''s own counts: what Anthropic lists under iterations (compaction, advisors), tool calls that a response only contains.
Errors: 22023 for a report of no known shape, one that counts nothing, a count that is no whole number of zero or more, or parts beyond their whole; 22004 for null; 22003 out of range.';
