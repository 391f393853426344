-- What usage costs, without an account.

CREATE FUNCTION credits.cost(provider text, model text, usage jsonb, at timestamptz DEFAULT NULL) RETURNS numeric
AS 'MODULE_PATHNAME', 'credits_cost' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits.cost(text, text, jsonb, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.cost(text, text, jsonb, timestamptz) IS 'What usage costs, exactly: the sum of quantity × price ÷ per over its pools, at the prices in force at a moment.
usage: quantities by metric, in exclusive pools; one without a price is paid at its parent''s rate (cache and input media: input_tokens; reasoning and output media: output_tokens). at: null = now.
Result: USD; not rounded, but for a quotient that does not end, half-even at 30 decimals.
Errors: 22023 for an unknown provider, model or metric, a negative quantity, a part of a token or a null argument; 22003 out of range.';

CREATE FUNCTION credits.cost(provider text, model text, input_tokens bigint, output_tokens bigint) RETURNS numeric
AS 'MODULE_PATHNAME', 'credits_cost_of_tokens' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits.cost(text, text, bigint, bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.cost(text, text, bigint, bigint) IS 'What a plain call of so many input and output tokens costs now.
Result: USD, exact. Errors: as the form with usage; 22004 for null.';
