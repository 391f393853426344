-- Every key of the configuration document: its section, the kind of its value and its default. A kind is
-- a name that configuration_value() knows, the words that are allowed ("reset, rollover or accumulate"),
-- or a shape with what it is made of:
--   section:S  one object with the keys of S, merged key by key; null where it is not configured
--   names:S    objects by name, each with the keys of S, merged by name
--   entries:S  an array of objects with the keys of S, merged by what an entry is known by
--   map:K      values of kind K by name, merged by name
--   records:S  an array of objects, record:S one object with the keys of S; replaced as a whole

CREATE OR REPLACE FUNCTION credits.configuration_keys() RETURNS TABLE (section text, key text, kind text, fallback jsonb)
LANGUAGE sql IMMUTABLE
AS $$
    SELECT k.section, k.key, k.kind, k.fallback::jsonb FROM (
        SELECT d.section, d.key, d.kind, d.fallback FROM credits.document_keys() d
        UNION ALL SELECT c.section, c.key, c.kind, c.fallback FROM credits.catalogue_keys() c
        UNION ALL SELECT p.section, p.key, p.kind, p.fallback FROM credits.policy_keys() p
        UNION ALL SELECT m.section, m.key, m.kind, m.fallback FROM credits.commerce_keys() m) k
$$;
REVOKE EXECUTE ON FUNCTION credits.configuration_keys() FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration_keys() IS 'Internal: every key that configure() knows: section, key, kind of its value, fallback = the value that null stands for; a null of SQL where the key must be given.';

CREATE OR REPLACE FUNCTION credits.document_keys() RETURNS TABLE (section text, key text, kind text, fallback text)
LANGUAGE sql IMMUTABLE
AS $$
    VALUES
        ('document', 'unit', 'section:unit', '{"name": "credit", "value_usd": "0.01", "price_usd": null, "scale": 0, "rounding": "half_even"}'),
        ('document', 'default_plan', 'text', 'null'),
        ('document', 'time_zone', 'time_zone', '"UTC"'),
        ('document', 'margin', 'share', 'null'),
        ('document', 'payment_fee', 'section:payment_fee', '{"percent": "0", "fixed": "0"}'),
        ('document', 'plans', 'names:plan', '{}'),
        ('document', 'limits', 'entries:limit', '[]'),
        ('document', 'ladder', 'entries:step', '[]'),
        ('document', 'prices', 'entries:price', '[]'),
        ('document', 'aliases', 'entries:alias', '[]'),
        ('document', 'actions', 'names:action', '{}'),
        ('document', 'packs', 'names:pack', '{}'),
        ('document', 'consents', 'names:consent', '{}'),
        ('document', 'promotions', 'section:promotions', '{"referral": null, "prize_wheel": null}'),
        ('document', 'licence', 'entries:capability', '[]'),
        ('document', 'licence_states', 'section:licence_states', '{"grace": null, "suspended": null, "cancelled": null}'),
        ('document', 'brake', 'section:brake', 'null'),
        ('document', 'guarantee', 'section:guarantee', 'null'),
        ('document', 'stripe', 'section:stripe', 'null'),
        ('document', 'fx', 'entries:fx', '[]'),
        ('document', 'api', 'section:api', '{"authenticators": [], "account_claim": "account_id"}'),
        ('document', 'shadow', 'section:shadow', '{"share": "0"}'),
        ('document', 'refund_lot_life', 'interval', '"30 days"'),
        ('document', 'idempotency_days', 'days', '30'),
        ('document', 'top_up', 'section:top_up', 'null')
$$;
REVOKE EXECUTE ON FUNCTION credits.document_keys() FROM PUBLIC;
COMMENT ON FUNCTION credits.document_keys() IS 'Internal: the keys of the document itself (see configuration_keys).';

CREATE OR REPLACE FUNCTION credits.catalogue_keys() RETURNS TABLE (section text, key text, kind text, fallback text)
LANGUAGE sql IMMUTABLE
AS $$
    VALUES
        ('unit', 'name', 'text', '"credit"'),
        ('unit', 'value_usd', 'positive_usd', '"0.01"'),
        ('unit', 'price_usd', 'usd', 'null'),
        ('unit', 'scale', 'scale', '0'),
        ('unit', 'rounding', 'half_even, half_up, up or down', '"half_even"'),
        ('plan', 'name', 'text', 'null'),
        ('plan', 'price', 'usd', '"0"'),
        ('plan', 'interval', 'cycle', 'null'),
        ('plan', 'grant_on', 'payment or clock', 'null'),
        ('plan', 'credits', 'credits_or_margin', 'null'),
        ('plan', 'daily_credits', 'credits', 'null'),
        ('plan', 'renewal', 'reset, rollover or accumulate', '"reset"'),
        ('plan', 'rollover', 'record:rollover', 'null'),
        ('plan', 'overdraft', 'credits', '"0"'),
        ('plan', 'charge', 'charge', '{"by": "cost", "markup": "1"}'),
        ('rollover', 'min', 'credits', '"0"'),
        ('rollover', 'max', 'credits', 'null'),
        ('charge', 'by', 'cost, tokens, action or postpaid', 'null'),
        ('charge by cost', 'by', 'text', 'null'),
        ('charge by cost', 'markup', 'factor', '"1"'),
        ('charge by tokens', 'by', 'text', 'null'),
        ('charge by tokens', 'factor', 'factor', '"1"'),
        ('charge by action', 'by', 'text', 'null'),
        ('charge by postpaid', 'by', 'text', 'null'),
        ('charge by postpaid', 'markup', 'factor', '"1"'),
        ('price', 'provider', 'text', 'null'),
        ('price', 'model', 'text', 'null'),
        ('price', 'metric', 'text', 'null'),
        ('price', 'price', 'usd', 'null'),
        ('price', 'per', 'positive', '"1"'),
        ('price', 'from', 'time', 'null'),
        ('price', 'to', 'time', 'null'),
        ('price', 'when', 'when', 'null'),
        ('price', 'tiers', 'tiers', 'null'),
        ('price', 'free', 'units', 'null'),
        ('when', 'prompt_over', 'tokens', 'null'),
        ('when', 'prompt_at_least', 'tokens', 'null'),
        ('when', 'service_tier', 'service_tier', 'null'),
        ('when', 'region', 'text', 'null'),
        ('when', 'search_context_size', 'low, medium or high', 'null'),
        ('when', 'hours', 'hours', 'null'),
        ('when', 'weekdays', 'weekdays', 'null'),
        ('when', 'time_zone', 'time_zone', 'null'),
        ('when', 'weekday_time_zone', 'time_zone', 'null'),
        ('tier', 'over', 'tokens', '0'),
        ('tier', 'up_to', 'tokens', 'null'),
        ('tier', 'price', 'usd', 'null'),
        ('alias', 'provider', 'text', 'null'),
        ('alias', 'alias', 'text', 'null'),
        ('alias', 'model', 'text', 'null'),
        ('action', 'credits', 'credits', 'null'),
        ('action', 'cost', 'usd', 'null'),
        ('action', 'range', 'range', 'null'),
        ('action', 'ttl', 'interval', 'null')
$$;
REVOKE EXECUTE ON FUNCTION credits.catalogue_keys() FROM PUBLIC;
COMMENT ON FUNCTION credits.catalogue_keys() IS 'Internal: the keys of what a call is charged by: unit, plans, prices, aliases, actions (see configuration_keys).';

CREATE OR REPLACE FUNCTION credits.policy_keys() RETURNS TABLE (section text, key text, kind text, fallback text)
LANGUAGE sql IMMUTABLE
AS $$
    VALUES
        ('plan', 'cost_budget', 'usd', 'null'),
        ('plan', 'cover', 'usd', '"0"'),
        ('plan', 'features', 'texts', 'null'),
        ('plan', 'providers', 'texts', 'null'),
        ('plan', 'models', 'texts', 'null'),
        ('plan', 'max_tokens_per_request', 'tokens', 'null'),
        ('plan', 'max_output_tokens', 'tokens', 'null'),
        ('plan', 'includes', 'records:include', '[]'),
        ('plan', 'limits', 'entries:limit', '[]'),
        ('plan', 'next_plan', 'text', 'null'),
        ('include', 'provider', 'text', 'null'),
        ('include', 'model', 'text', NULL),
        ('include', 'usage', 'map:positive', NULL),
        ('limit', 'name', 'text', NULL),
        ('limit', 'scope', 'platform, account, team, member, provider, model or action', '"account"'),
        ('limit', 'metric', 'requests, tokens, credits, cost or failures', NULL),
        ('limit', 'window', 'window', NULL),
        ('limit', 'limit', 'factor', NULL),
        ('limit', 'effect', 'effect', '"deny"'),
        ('limit', 'price', 'usd', 'null'),
        ('limit', 'per', 'positive', 'null'),
        ('limit', 'warn_at', 'percent', 'null'),
        ('limit', 'provider', 'text', 'null'),
        ('limit', 'model', 'text', 'null'),
        ('limit', 'action', 'text', 'null'),
        ('step', 'level', 'text', NULL),
        ('step', 'at', 'positive', NULL),
        ('step', 'of', 'text', NULL),
        ('step', 'allow', 'texts', 'null'),
        ('step', 'substitute', 'map:text', '{}'),
        ('step', 'gates', 'records:gate', '[]'),
        ('action', 'feature', 'text', 'null'),
        ('action', 'max_credits', 'credits', 'null'),
        ('action', 'gates', 'records:gate', '[]'),
        ('gate', 'kind', 'text', NULL),
        ('gate', 'count', 'count', '1'),
        ('gate', 'level', 'text', 'null'),
        ('capability', 'capability', 'text', NULL),
        ('capability', 'after', 'delay', NULL),
        ('licence_states', 'grace', 'delay', 'null'),
        ('licence_states', 'suspended', 'delay', 'null'),
        ('licence_states', 'cancelled', 'delay', 'null'),
        ('brake', 'hour', 'section:brake window', 'null'),
        ('brake', 'day', 'section:brake window', 'null'),
        ('brake', 'min_margin', 'share', 'null'),
        ('brake', 'resume', 'manual or window', '"manual"'),
        ('brake window', 'warn', 'positive_usd', 'null'),
        ('brake window', 'stop', 'positive_usd', 'null'),
        ('guarantee', 'revenue', 'usd', '"0"'),
        ('guarantee', 'cost', 'usd', '"0"'),
        ('guarantee', 'profit', 'usd', '"0"'),
        ('shadow', 'share', 'probability', '"0"'),
        ('top_up', 'below', 'credits', NULL),
        ('top_up', 'pack', 'text', NULL),
        ('top_up', 'at_most', 'interval', '"1 day"')
$$;
REVOKE EXECUTE ON FUNCTION credits.policy_keys() FROM PUBLIC;
COMMENT ON FUNCTION credits.policy_keys() IS 'Internal: the keys of the rules that protect a margin (see configuration_keys).';

CREATE OR REPLACE FUNCTION credits.commerce_keys() RETURNS TABLE (section text, key text, kind text, fallback text)
LANGUAGE sql IMMUTABLE
AS $$
    VALUES
        ('payment_fee', 'percent', 'fee_percent', '"0"'),
        ('payment_fee', 'fixed', 'usd', '"0"'),
        ('pack', 'price', 'usd', NULL),
        ('pack', 'credits', 'credits', NULL),
        ('pack', 'expires', 'interval', 'null'),
        ('pack', 'bulk', 'records:bulk', '[]'),
        ('bulk', 'from', 'count', NULL),
        ('bulk', 'price', 'usd', NULL),
        ('consent', 'monthly_usd', 'usd', NULL),
        ('promotions', 'referral', 'section:referral', 'null'),
        ('promotions', 'prize_wheel', 'section:prize_wheel', 'null'),
        ('referral', 'credits', 'credits', NULL),
        ('referral', 'after', 'first_payment', '"first_payment"'),
        ('prize_wheel', 'every', 'interval', '"1 day"'),
        ('prize_wheel', 'odds', 'probability', NULL),
        ('prize_wheel', 'prize', 'record:prize', NULL),
        ('prize', 'provider', 'text', 'null'),
        ('prize', 'model', 'text', NULL),
        ('prize', 'usage', 'map:positive', NULL),
        ('prize', 'credits', 'credits', 'null'),
        ('stripe', 'webhook_secret', 'secret', 'null'),
        ('stripe', 'livemode', 'boolean', 'true'),
        ('stripe', 'prices', 'map:text', '{}'),
        ('stripe', 'packs', 'map:text', '{}'),
        ('fx', 'currency', 'currency', NULL),
        ('fx', 'from', 'time', NULL),
        ('fx', 'usd', 'positive_usd', NULL),
        ('api', 'authenticators', 'texts', '[]'),
        ('api', 'account_claim', 'text', '"account_id"')
$$;
REVOKE EXECUTE ON FUNCTION credits.commerce_keys() FROM PUBLIC;
COMMENT ON FUNCTION credits.commerce_keys() IS 'Internal: the keys of what is sold and how it is paid (see configuration_keys).';

CREATE OR REPLACE FUNCTION credits.entry_kinds() RETURNS TABLE (section text, noun text, known_by text[], says text)
LANGUAGE sql IMMUTABLE
AS $$
    VALUES ('price', 'row', '{provider,model,metric}'::text[], 'price'), ('alias', 'alias', '{provider,alias}', 'model'),
           ('limit', 'limit', '{name}', 'limit'), ('step', 'row', '{level,of}', 'at'),
           ('capability', 'capability', '{capability}', 'after'), ('fx', 'rate', '{currency,from}', 'usd')
$$;
REVOKE EXECUTE ON FUNCTION credits.entry_kinds() FROM PUBLIC;
COMMENT ON FUNCTION credits.entry_kinds() IS 'Internal: for each kind of entry what it is called, the keys that it is known by, and the key whose null removes it.';

CREATE OR REPLACE FUNCTION credits.configuration_kinds() RETURNS TABLE (kind text, wanted text, hint text)
LANGUAGE sql IMMUTABLE
AS $$
    VALUES
        ('object', 'an object', 'as in {"key": value}'),
        ('array', 'an array of objects', 'as in [{"key": value}]'),
        ('price', 'an array of objects', 'as in [{"provider": "openai", "model": "gpt-4o", "metric": "input_tokens", "price": "2.5", "per": 1000000}]'),
        ('alias', 'an array of objects', 'as in [{"provider": "openai", "alias": "gpt-4o-latest", "model": "gpt-4o"}]'),
        ('limit', 'an array of objects', 'as in [{"name": "rate", "metric": "requests", "window": "sliding 1 minute", "limit": 30, "effect": "deny"}]'),
        ('step', 'an array of objects', 'as in [{"level": "payment_required", "at": 100, "of": "cost_budget", "allow": []}]'),
        ('capability', 'an array of objects', 'as in [{"capability": "sync", "after": "15 days"}]'),
        ('fx', 'an array of objects', 'as in [{"currency": "EUR", "usd": "1.08", "from": "2026-01-01"}]'),
        ('include', 'an array of objects', 'as in [{"model": "dall-e-3-hd", "usage": {"images": 10}}]'),
        ('gate', 'an array of objects', 'as in [{"kind": "affiliate_click", "count": 1}]'),
        ('bulk', 'an array of objects', 'as in [{"from": 10, "price": "25"}]'),
        ('tiers', 'an array of objects', 'as in [{"over": 0, "up_to": 32000, "price": "0.1"}, {"over": 32000, "price": "0.2"}]'),
        ('texts', 'an array of different texts', 'as in ["openai", "anthropic"]; each of 1 to 200 characters without blanks around it'),
        ('tokens', 'a whole number of tokens, 0 or more', 'write a JSON number'),
        ('count', 'a whole number from 1 to 1000000', 'write a JSON number'),
        ('units', 'a number, 0 or more', 'the units of each call that cost nothing'),
        ('service_tier', 'a service tier other than the standard one', 'as in "flex", "priority" or "batch"; a price without service_tier is the standard one'),
        ('hours', 'hours of a day', 'as in "16:30-00:30": from inclusive, to exclusive'),
        ('weekdays', 'an array of weekdays', 'as in ["saturday", "sunday"] or [6, 7]'),
        ('text', 'a text of 1 to 200 characters without blanks around it', 'as in "openai"'),
        ('name', 'named by 1 to 200 characters without blanks around them', 'plans, actions, packs and consents are known by their names'),
        ('boolean', 'true or false', 'without quotes'),
        ('usd', 'a number of USD, 0 or more', 'write a JSON number or a decimal string below 10^18 with at most 30 digits'),
        ('positive_usd', 'a number of USD above 0', 'write a JSON number or a decimal string below 10^18 with at most 30 digits'),
        ('credits', 'a number of credits, 0 or more', 'write a JSON number or a decimal string below 10^18 with at most 30 digits'),
        ('credits_or_margin', 'a number of credits, 0 or more, or "from_margin"', 'from_margin = price × (1 − margin) ÷ unit.value_usd'),
        ('factor', 'a number, 0 or more', 'write a JSON number or a decimal string below 10^18 with at most 30 digits'),
        ('positive', 'a number above 0', 'write a JSON number or a decimal string below 10^18 with at most 30 digits'),
        ('share', 'a share, 0 or more and below 1', 'write "0.80" for 80 %'),
        ('probability', 'a share from 0 to 1', 'write "0.20" for 20 %'),
        ('percent', 'a percentage from 1 to 100', 'write 80 for 80 %, or null for no warning'),
        ('fee_percent', 'a percentage, 0 or more and below 100', 'write "2.9" for 2.9 %'),
        ('scale', 'a whole number from 0 to 12', 'the number of decimals of a credit'),
        ('days', 'a whole number of days from 1 to 36500', 'write a JSON number'),
        ('interval', 'an interval above 0', 'as in "30 seconds" or "30 days"; at most 1000 years'),
        ('delay', 'an interval, 0 or more', 'as in "0 days" or "15 days"; at most 1000 years'),
        ('cycle', 'an interval of at least 1 minute', 'as in "1 month", "28 days" or "1 year"; at most 1000 years'),
        ('window', 'a window', 'hour, day, week, month, period, lifetime, or "sliding" and an interval of at least 1 second without months, as in "sliding 1 minute"'),
        ('effect', 'an effect', 'deny, warn, overage, degrade:LEVEL, flag:NAME or block:INTERVAL, as in "block:15 minutes"'),
        ('time', 'a date or a time', 'as in "2026-01-31" or "2026-01-31T12:00:00+01:00"; without a zone it is UTC'),
        ('time_zone', 'the name of a time zone', 'as in "UTC" or "Europe/Berlin"; SELECT name FROM pg_timezone_names lists them'),
        ('currency', 'a currency other than USD, in three capital letters', 'as in "EUR"'),
        ('range', 'two numbers of credits, low and high', 'as in [2000, 5000]')
$$;
REVOKE EXECUTE ON FUNCTION credits.configuration_kinds() FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration_kinds() IS 'Internal: how the refusal of a value names what its key asks for, by kind or section, with a hint.';
