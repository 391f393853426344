-- What is in a price file of others, before anything is done with it.

CREATE FUNCTION credits.read_price_file(document jsonb)
RETURNS TABLE (item text, provider text, model text, metric text, price numeric, per numeric, free numeric, tiers jsonb,
    conditions jsonb, valid_from timestamptz, valid_to timestamptz, detail text)
AS 'MODULE_PATHNAME', 'credits_read_price_file' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 10000;
REVOKE EXECUTE ON FUNCTION credits.read_price_file(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.read_price_file(jsonb) IS 'Internal: a price file of LiteLLM or genai-prices, recognised by shape, as rows of the price book. It never guesses: what looks like a price and is none in USD is a row "skipped" that says why; keys that are no prices (limits, abilities) are passed over.
Result, by item: shape (the first row; detail = litellm or genai-prices). price: a price of a model''s metric as in credits.price; one for each metric, conditions and valid_from of a model; valid_from and valid_to are infinite where the file does not date. skipped: metric = the file''s key, null for the whole model; detail = why; provider or model are null where the file does not name them. model: one that the file names, with prices or without; conditions = the file''s rule for its names or null; detail = removed where it is null in the file, and then LiteLLM''s names no provider. provider: conditions = the rule for its names or null; tiers = array of the providers whose models it sells too.
Errors: 22004 null, 22023 for a document that is no price file.';
