-- configure(): every error in limits, ladder, gates, licence, brake, packs, payment and the like, each named by
-- its path; that secrets show nowhere; what is allowed but warned of. In a database of its own.
\set QUIET on
\set home :DBNAME
SET client_min_messages = warning;
DROP DATABASE IF EXISTS regress_credits_configuration_policy;
CREATE DATABASE regress_credits_configuration_policy;
\c regress_credits_configuration_policy
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE EXTENSION pg_credits;
SELECT credits.migrate() IS NOT NULL;

CREATE FUNCTION public.answer(config jsonb) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    message text; detail text; hint text;
BEGIN
    RETURN NEXT credits.configure(config)::text;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT SQLSTATE || ': ' || message;
    RETURN NEXT '    ' || detail || ' | ' || hint;
END $$;

-- What the documents below may name.
SELECT public.answer('{"plans": {"free": {}, "pro": {"price": 9}}, "actions": {"chat": {}}, "packs": {"small": {"price": 29, "credits": 500}},
    "limits": [{"name": "rate", "metric": "requests", "window": "hour", "limit": 5}]}');

-- A limit that is right but for what is given.
CREATE FUNCTION public.a_limit(more text) RETURNS jsonb LANGUAGE sql AS
    $$ SELECT '{"name": "l", "metric": "requests", "window": "day", "limit": 5, "effect": "deny"}'::jsonb || more::jsonb $$;

-- Each document is wrong in one place, and each answer names it.
CREATE TABLE public.wrong (no serial, config jsonb);
INSERT INTO public.wrong (config) SELECT jsonb_build_object('limits', jsonb_build_array(public.a_limit(m))) FROM unnest(ARRAY[
    '{"name": null}', '{"name": ""}', '{"name": " l"}', '{"name": 5}', '{"name": "cost_budget"}', '{"colour": "red"}',
    '{"scope": "world"}', '{"scope": 5}', '{"metric": "money"}', '{"metric": null}',
    '{"window": null}', '{"window": "year"}', '{"window": "sliding"}', '{"window": "sliding 1 month"}', '{"window": "sliding 1 year"}', '{"window": "sliding 0.5 seconds"}', '{"window": "sliding -1 minute"}', '{"window": "sliding 60"}',
    '{"window": "sliding soon"}', '{"window": "sliding 1 month -29 days"}', '{"window": "1 minute"}', '{"window": 60}', '{"window": {"sliding": 60000000}}',
    '{"limit": -1}', '{"limit": "many"}', '{"limit": "NaN"}', '{"limit": 1e18}',
    '{"effect": "explode"}', '{"effect": "degrade"}', '{"effect": "degrade:"}', '{"effect": "degrade: basic"}', '{"effect": "degrade:normal"}', '{"effect": "flag:"}', '{"effect": "block"}', '{"effect": "block:"}', '{"effect": "block:0 s"}', '{"effect": "block:soon"}', '{"effect": "block:15"}', '{"effect": "deny:all"}', '{"effect": 5}',
    '{"effect": "overage"}', '{"effect": "overage", "price": -1}', '{"effect": "overage", "price": 1, "per": 0}', '{"effect": "overage", "price": 1, "metric": "failures"}', '{"effect": "overage", "price": 1, "scope": "platform"}', '{"price": 1}', '{"per": 1}', '{"effect": "warn", "price": 0}',
    '{"scope": "platform", "window": "period"}', '{"warn_at": 0}', '{"warn_at": 0.5}', '{"warn_at": 101}', '{"warn_at": "80 %"}', '{"provider": ""}', '{"model": 5}', '{"action": []}']) m;
INSERT INTO public.wrong (config) VALUES
    ('{"limits": {}}'), ('{"limits": [5]}'), ('{"limits": [{}]}'), ('{"limits": [{"name": "l"}]}'), ('{"limits": [{"name": "l", "limit": 5}]}'),
    ('{"limits": [{"name": "l", "limit": null}, {"name": "l", "limit": null}]}'), ('{"limits": [{"name": "rate", "limit": 5, "metric": "tokens"}]}'),
    ('{"plans": {"pro": {"limits": {}}}}'), ('{"plans": {"pro": {"limits": [{"name": "l", "metric": "tokens", "window": "day", "limit": 1, "scope": "platform"}]}}}'), ('{"plans": {"pro": {"limits": [{"name": "l", "metric": "tokens", "window": "fortnight", "limit": 1}]}}}'),
    ('{"plans": {"pro": {"limits": [{"name": "l", "metric": "tokens", "window": "day", "limit": 1}, {"name": "l", "metric": "cost", "window": "day", "limit": 1}]}}}'), ('{"plans": {"pro": {"limits": [{"name": "l", "metric": "tokens", "window": "day", "limit": 1, "effect": "overage"}]}}}'),
    ('{"plans": {"pro": {"cost_budget": -1}}}'), ('{"plans": {"pro": {"cover": "much"}}}'), ('{"plans": {"pro": {"features": "ai"}}}'), ('{"plans": {"pro": {"features": [5]}}}'), ('{"plans": {"pro": {"features": ["ai", "ai"]}}}'), ('{"plans": {"pro": {"providers": [""]}}}'), ('{"plans": {"pro": {"models": {}}}}'),
    ('{"plans": {"pro": {"max_tokens_per_request": -1}}}'), ('{"plans": {"pro": {"max_output_tokens": 1.5}}}'), ('{"plans": {"pro": {"next_plan": "gold"}}}'), ('{"plans": {"pro": {"next_plan": "pro"}}}'), ('{"plans": {"pro": {"next_plan": "free"}, "free": null}}'),
    ('{"plans": {"pro": {"includes": {}}}}'), ('{"plans": {"pro": {"includes": [{}]}}}'), ('{"plans": {"pro": {"includes": [{"model": "m"}]}}}'), ('{"plans": {"pro": {"includes": [{"model": "m", "usage": {}}]}}}'), ('{"plans": {"pro": {"includes": [{"model": "m", "usage": {"images": 0}}]}}}'), ('{"plans": {"pro": {"includes": [{"model": "m", "usage": {"images": null}}]}}}'),
    ('{"plans": {"pro": {"includes": [{"model": "m", "usage": {"images": 1}}, {"model": "m", "usage": {"seconds": 1}}]}}}'), ('{"plans": {"pro": {"includes": [{"model": "m", "usage": {"images": 1}, "free": true}]}}}'),
    ('{"ladder": {}}'), ('{"ladder": [{"at": 50, "of": "cost_budget"}]}'), ('{"ladder": [{"level": "l", "at": 50}]}'), ('{"ladder": [{"level": "l", "of": "cost_budget"}]}'), ('{"ladder": [{"level": "l", "of": "cost_budget", "at": 0}]}'), ('{"ladder": [{"level": "l", "of": "cost_budget", "at": "-5"}]}'),
    ('{"ladder": [{"level": "normal", "of": "cost_budget", "at": 5}]}'), ('{"ladder": [{"level": "l", "of": "the moon", "at": 5}]}'), ('{"ladder": [{"level": "l", "of": "cost_budget", "at": 5, "allow": ["chat", "dance"]}]}'), ('{"ladder": [{"level": "l", "of": "cost_budget", "at": 5, "allow": "chat"}]}'),
    ('{"ladder": [{"level": "l", "of": "cost_budget", "at": 5}, {"level": "l", "of": "cost_budget", "at": 6}]}'), ('{"ladder": [{"level": "l", "of": "rate", "at": 5}], "limits": null}'), ('{"ladder": [{"level": "l", "of": "each", "at": 5}], "limits": [{"name": "each", "scope": "member", "metric": "requests", "window": "day", "limit": 1}]}'), ('{"ladder": [{"level": "l", "of": "cost_budget", "at": 5, "allow": ["chat"]}], "actions": {"chat": null}}'),
    ('{"ladder": [{"level": "l", "of": "cost_budget", "at": 5, "substitute": ["a"]}]}'), ('{"ladder": [{"level": "l", "of": "cost_budget", "at": 5, "substitute": {"a": 5}}]}'), ('{"ladder": [{"level": "l", "of": "cost_budget", "at": 5, "substitute": {"a": "a"}}]}'),
    ('{"ladder": [{"level": "l", "of": "cost_budget", "at": 5, "substitute": {"a": "b", "x": "y"}}, {"level": "m", "of": "cost_budget", "at": 6, "substitute": {"b": "c", "c": "a"}}]}'),
    ('{"ladder": [{"level": "l", "of": "cost_budget", "at": 5, "gates": [{"count": 1}]}]}'), ('{"ladder": [{"level": "l", "of": "cost_budget", "at": 5, "gates": [{"kind": "click", "level": "up"}]}]}'), ('{"ladder": [{"level": "l", "of": "cost_budget", "at": 5, "gates": [{"kind": "click"}, {"kind": "click", "count": 2}]}]}'),
    ('{"actions": {"chat": {"gates": {}}}}'), ('{"actions": {"chat": {"gates": [{"kind": "click", "count": 0}]}}}'), ('{"actions": {"chat": {"gates": [{"kind": "click", "count": 1.5}]}}}'), ('{"actions": {"chat": {"gates": [{"kind": "click", "level": "nowhere"}]}}}'), ('{"actions": {"chat": {"feature": ""}}}'),
    ('{"actions": {"chat": {"max_credits": 0.5}}}'), ('{"actions": {"chat": {"max_credits": 5, "credits": 6}}}'), ('{"actions": {"chat": {"max_credits": 5, "range": [6, 10]}}}'),
    ('{"licence": {}}'), ('{"licence": [{"after": "1 day"}]}'), ('{"licence": [{"capability": "ai"}]}'), ('{"licence": [{"capability": "ai", "after": "-1 day"}]}'), ('{"licence": [{"capability": "ai", "after": 5}]}'), ('{"licence": [{"capability": "ai", "after": "1 day"}, {"capability": "ai", "after": "2 days"}]}'),
    ('{"licence_states": []}'), ('{"licence_states": {"dead": "1 day"}}'), ('{"licence_states": {"grace": "1 month -30 days"}}'), ('{"licence_states": {"grace": "2 days", "suspended": "1 day"}}'), ('{"licence_states": {"grace": "2 days", "cancelled": "1 day"}}'), ('{"licence_states": {"suspended": "2 days", "cancelled": "1 day"}}'),
    ('{"brake": 500}'), ('{"brake": {"week": {}}}'), ('{"brake": {"hour": 50}}'), ('{"brake": {"hour": {"halt": 5}}}'), ('{"brake": {"hour": {"stop": 0}}}'), ('{"brake": {"day": {"warn": -1}}}'), ('{"brake": {"day": {"warn": 6, "stop": 5}}}'), ('{"brake": {"hour": {"warn": "5.01", "stop": 5}}}'), ('{"brake": {"min_margin": 1}}'), ('{"brake": {"resume": "later"}}'),
    ('{"guarantee": {"profit": -1}}'), ('{"guarantee": {"loss": 1}}'), ('{"guarantee": {"revenue": 5, "cost": 3, "profit": 3}}'), ('{"shadow": {"share": "1.01"}}'), ('{"shadow": {"share": -0.1}}'), ('{"shadow": 0.5}'),
    ('{"top_up": {}}'), ('{"top_up": {"below": 5}}'), ('{"top_up": {"below": 5, "pack": "huge"}}'), ('{"top_up": {"below": 0.5, "pack": "small"}}'), ('{"top_up": {"below": 5, "pack": "small", "at_most": "0 days"}}'), ('{"top_up": {"below": 5, "pack": "small"}, "packs": null}'),
    ('{"payment_fee": {"percent": 100}}'), ('{"payment_fee": {"percent": "-1"}}'), ('{"payment_fee": {"fixed": "-0.01"}}'), ('{"payment_fee": "2.9"}'),
    ('{"packs": []}'), ('{"packs": {"": {}}}'), ('{"packs": {"big": {}}}'), ('{"packs": {"big": {"price": 5}}}'), ('{"packs": {"small": {"credits": null}}}'), ('{"packs": {"big": {"price": -1, "credits": 5}}}'), ('{"packs": {"big": {"price": 1, "credits": 0.5}}}'), ('{"packs": {"big": {"price": 1, "credits": 5, "expires": "0 days"}}}'),
    ('{"packs": {"small": {"bulk": {}}}}'), ('{"packs": {"small": {"bulk": [{"from": 10}]}}}'), ('{"packs": {"small": {"bulk": [{"from": 1, "price": 5}]}}}'), ('{"packs": {"small": {"bulk": [{"from": 2.5, "price": 5}]}}}'), ('{"packs": {"small": {"bulk": [{"from": 5, "price": 5}, {"from": 5, "price": 4}]}}}'), ('{"packs": {"small": {"bulk": [{"from": 5, "price": 5}, {"from": 3, "price": 4}]}}}'),
    ('{"consents": {"data": 5}}'), ('{"consents": {"data": {}}}'), ('{"consents": {"data": {"monthly_usd": -1}}}'), ('{"consents": {"data": {"yearly_usd": 1}}}'),
    ('{"promotions": {"lottery": {}}}'), ('{"promotions": {"referral": {}}}'), ('{"promotions": {"referral": {"credits": 0.5}}}'), ('{"promotions": {"referral": {"credits": 5, "after": "a while"}}}'), ('{"promotions": {"referral": 50}}'),
    ('{"promotions": {"prize_wheel": {"prize": {"model": "m", "usage": {"seconds": 5}}}}}'), ('{"promotions": {"prize_wheel": {"odds": 2, "prize": {"model": "m", "usage": {"seconds": 5}}}}}'), ('{"promotions": {"prize_wheel": {"odds": "0.2"}}}'), ('{"promotions": {"prize_wheel": {"odds": "0.2", "prize": {"model": "m"}}}}'), ('{"promotions": {"prize_wheel": {"odds": "0.2", "every": "never", "prize": {"model": "m", "usage": {"seconds": 5}}}}}'),
    ('{"stripe": "whsec_hidden"}'), ('{"stripe": ["whsec_hidden"]}'), ('{"stripe": {"secret": "whsec_hidden"}}'), ('{"stripe": {"webhook_secret": ["whsec_hidden"]}}'), ('{"stripe": {"webhook_secret": " whsec_hidden"}}'), ('{"stripe": {"webhook_secret": ""}}'), ('{"stripe": {"webhook_secret": "***"}}'), ('{"stripe": {"livemode": "whsec_hidden"}}'),
    ('{"stripe": {"prices": {"price_1": "gold"}}}'), ('{"stripe": {"prices": {"price_1": 5}}}'), ('{"stripe": {"prices": []}}'), ('{"stripe": {"prices": {" ": "pro"}}}'), ('{"stripe": {"packs": {"price_1": "huge"}}}'), ('{"stripe": {"prices": {"price_1": "pro"}, "packs": {"price_1": "small"}}}'), ('{"stripe": {"prices": {"price_1": "pro"}}, "plans": {"pro": null}}'),
    ('{"fx": {}}'), ('{"fx": [{"usd": 1, "from": "2026-01-01"}]}'), ('{"fx": [{"currency": "EUR", "usd": 1}]}'), ('{"fx": [{"currency": "EUR", "from": "2026-01-01"}]}'), ('{"fx": [{"currency": "eur", "usd": 1, "from": "2026-01-01"}]}'), ('{"fx": [{"currency": "USD", "usd": 1, "from": "2026-01-01"}]}'), ('{"fx": [{"currency": "EURO", "usd": 1, "from": "2026-01-01"}]}'), ('{"fx": [{"currency": "EUR", "usd": 0, "from": "2026-01-01"}]}'), ('{"fx": [{"currency": "EUR", "usd": 1, "from": "soon"}]}'), ('{"fx": [{"currency": "EUR", "usd": 1, "from": "2026-01-01"}, {"currency": "EUR", "usd": 2, "from": "2026-01-01 01:00+01"}]}'),
    ('{"api": {"authenticators": "authenticator"}}'), ('{"api": {"authenticators": ["a", "a"]}}'), ('{"api": {"account_claim": ""}}'), ('{"api": {"role": "x"}}');
SELECT w.config, E'\n' || string_agg(a.line, E'\n') FROM public.wrong w, public.answer(w.config) WITH ORDINALITY a(line, no) GROUP BY w.no, w.config ORDER BY w.no;

-- None of them changed anything, and no error repeated what may be a secret.
SELECT count(*) FROM credits.configuration_change;
SELECT count(*) FROM public.wrong w, public.answer(w.config) a(line) WHERE a.line LIKE '%whsec%';

-- What is allowed, but warned of at every call.
SELECT public.answer('{"prices": [{"provider": "openai", "model": "dall-e", "metric": "images", "price": "0.08"}, {"provider": "runway", "model": "video", "metric": "seconds", "price": "0.05"}],
    "plans": {"creator": {"price": 9, "includes": [{"model": "dall-e", "usage": {"images": 20}}, {"model": "video", "usage": {"seconds": 150}}]},
              "fair": {"price": 9, "includes": [{"model": "dall-e", "usage": {"images": 10}}, {"model": "video", "usage": {"seconds": 120}}]}}}');
SELECT public.answer('{"prices": [{"provider": "azure", "model": "dall-e", "metric": "images", "price": "0.07"}], "margin": "0.5",
    "plans": {"creator": {"includes": [{"model": "dall-e", "provider": "azure", "usage": {"images": 1}}]}, "fair": {"price": 20, "credits": "from_margin", "includes": [{"model": "dall-e", "provider": "openai", "usage": {"images": 126}}]},
              "vague": {"price": 5, "includes": [{"model": "dall-e", "usage": {"images": 1}}]}, "unknown": {"price": 5, "credits": 600, "includes": [{"model": "crystal-ball", "usage": {"answers": 1}}]}}}');
SELECT public.answer('{"plans": {"creator": null, "fair": null, "vague": null, "unknown": null}, "prices": null, "ladder": [{"level": "last", "at": 90, "of": "cost_budget"}, {"level": "first", "at": 50, "of": "cost_budget"}, {"level": "second", "at": 60, "of": "cost_budget"}, {"level": "third", "at": 40, "of": "rate"}]}');
SELECT public.answer('{"ladder": null, "plans": {"pro": {"limits": [{"name": "looser", "metric": "requests", "window": "hour", "limit": 6}, {"name": "tighter", "metric": "requests", "window": "hour", "limit": 4}, {"name": "longer", "metric": "requests", "window": "day", "limit": 6}, {"name": "narrower", "metric": "requests", "window": "hour", "limit": 6, "model": "m"}]}}}');
SELECT public.answer('{"plans": {"pro": {"limits": null}, "tiny": {"price": 5, "charge": {"by": "tokens"}}, "clock": {"price": 5, "grant_on": "clock"}, "covered": {"cover": 1, "overdraft": 5}, "budget": {"cost_budget": 1}},
    "ladder": [{"level": "few", "at": 100, "of": "cost_budget", "allow": ["chat"]}, {"level": "none", "at": 120, "of": "cost_budget", "allow": []}]}');
SELECT public.answer('{"ladder": [{"level": "few", "at": 100, "of": "cost_budget", "allow": ["chat"]}, {"level": "payment_required", "at": 110, "of": "cost_budget"}, {"level": "none", "at": 120, "of": "cost_budget", "allow": []}]}');
SELECT public.answer('{"plans": {"tiny": null, "clock": null, "covered": null}, "ladder": [{"level": "none", "at": null, "of": "cost_budget"}, {"level": "few", "at": 50, "of": "cost_budget", "substitute": {"large": "small", "large-latest": "none such", "crystal-ball": "none such"}}],
    "prices": [{"provider": "p", "model": "large", "metric": "requests", "price": "0.1"}, {"provider": "q", "model": "q/large", "metric": "requests", "price": "0.1"}, {"provider": "p", "model": "small", "metric": "requests", "price": "0.1"}],
    "aliases": [{"provider": "p", "alias": "large-latest", "model": "large"}]}');
SELECT public.answer('{"ladder": [{"level": "few", "at": null, "of": "cost_budget"}, {"level": "payment_required", "at": null, "of": "cost_budget"}], "licence": [{"capability": "aii", "after": "0 days"}, {"capability": "ai", "after": "0 days"}],
    "actions": {"chat": {"feature": "ai"}}, "limits": [{"name": "nobody", "metric": "requests", "window": "day", "limit": 1, "model": "crystal-ball", "action": "chatt"}, {"name": "somebody", "metric": "requests", "window": "day", "limit": 1, "model": "large-latest", "action": "chat"}],
    "plans": {"budget": {"models": ["large", "larger"], "limits": [{"name": "own", "metric": "tokens", "window": "day", "limit": 1, "model": "largest"}]}}}');

\c :home
DROP DATABASE regress_credits_configuration_policy;
