-- configure() and export_config(): every rule and every error, table by table; those of the keys that protect a
-- margin, sell and pay are configuration_policy.sql's, merging and round trips test/pgtap/configuration.sql's. A database of its own, since configuration is one for a database.
\set QUIET on
\set home :DBNAME
SET client_min_messages = warning;
DROP DATABASE IF EXISTS regress_credits_configuration;
CREATE DATABASE regress_credits_configuration;
\c regress_credits_configuration
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

-- Each document is wrong in one place, and each answer names it.
CREATE TABLE public.wrong (no serial, config jsonb);
INSERT INTO public.wrong (config) VALUES
    (NULL), ('null'), ('[]'), ('"text"'), ('5'),
    ('{"plan": {}}'), ('{"limit": []}'), ('{"": 1}'),
    ('{"unit": []}'), ('{"unit": {"colour": "red"}}'), ('{"unit": {"name": ""}}'), ('{"unit": {"name": " x"}}'), ('{"unit": {"name": 5}}'),
    ('{"unit": {"value_usd": 0}}'), ('{"unit": {"value_usd": "-0.01"}}'), ('{"unit": {"value_usd": "1e-40"}}'),
    ('{"unit": {"price_usd": -1}}'), ('{"unit": {"scale": 13}}'), ('{"unit": {"scale": 0.5}}'), ('{"unit": {"scale": "two"}}'), ('{"unit": {"rounding": "nearest"}}'),
    ('{"default_plan": "nobody"}'), ('{"default_plan": 5}'), ('{"margin": 1}'), ('{"margin": "80 %"}'), ('{"time_zone": "Mars/Olympus"}'), ('{"time_zone": 1}'),
    ('{"refund_lot_life": "0 days"}'), ('{"refund_lot_life": "-1 day"}'), ('{"refund_lot_life": "30"}'), ('{"refund_lot_life": 30}'), ('{"refund_lot_life": "soon"}'), ('{"refund_lot_life": "infinity"}'),
    ('{"idempotency_days": 0}'), ('{"idempotency_days": 1.5}'), ('{"idempotency_days": 99999}'),
    ('{"plans": []}'), ('{"plans": {"": {}}}'), ('{"plans": {"pro": []}}'), ('{"plans": {"pro": {"limit": []}}}'), ('{"plans": {"pro": {"name": "\n"}}}'),
    ('{"plans": {"pro": {"price": "x"}}}'), ('{"plans": {"pro": {"price": -1}}}'), ('{"plans": {"pro": {"price": "NaN"}}}'), ('{"plans": {"pro": {"price": "Infinity"}}}'),
    ('{"plans": {"pro": {"price": true}}}'), ('{"plans": {"pro": {"price": "1,000"}}}'), ('{"plans": {"pro": {"price": 1e18}}}'), ('{"plans": {"pro": {"price": 1e400}}}'),
    ('{"plans": {"pro": {"price": "0.1234567890123456789012345678901"}}}'),
    ('{"plans": {"pro": {"interval": "1 month -29 days"}}}'), ('{"plans": {"pro": {"interval": "59 seconds"}}}'), ('{"plans": {"pro": {"interval": "1001 years"}}}'), ('{"plans": {"pro": {"interval": ""}}}'),
    ('{"plans": {"pro": {"grant_on": "monday"}}}'), ('{"plans": {"pro": {"credits": "lots"}}}'), ('{"plans": {"pro": {"credits": "0.5"}}}'), ('{"plans": {"pro": {"credits": "from_margin"}}}'),
    ('{"plans": {"pro": {"daily_credits": -5}}}'), ('{"plans": {"pro": {"daily_credits": 0.001}}}'), ('{"plans": {"pro": {"overdraft": "0.5"}}}'), ('{"plans": {"pro": {"overdraft": []}}}'),
    ('{"plans": {"pro": {"renewal": "never"}}}'), ('{"plans": {"pro": {"renewal": "rollover"}}}'), ('{"plans": {"pro": {"rollover": {"max": 5}}}}'),
    ('{"plans": {"pro": {"renewal": "rollover", "rollover": {"least": 5}}}}'), ('{"plans": {"pro": {"renewal": "rollover", "rollover": {"min": 6, "max": 5}}}}'),
    ('{"plans": {"pro": {"renewal": "rollover", "rollover": {"max": "0.5"}}}}'), ('{"plans": {"pro": {"renewal": "rollover", "rollover": 5}}}'),
    ('{"plans": {"pro": {"charge": "cost"}}}'), ('{"plans": {"pro": {"charge": {}}}}'), ('{"plans": {"pro": {"charge": {"by": "luck"}}}}'), ('{"plans": {"pro": {"charge": {"by": "postpaid", "factor": 1}}}}'), ('{"plans": {"pro": {"charge": {"by": "action", "factor": 1}}}}'),
    ('{"plans": {"pro": {"charge": {"by": "cost", "factor": 1}}}}'), ('{"plans": {"pro": {"charge": {"by": "cost", "markup": -1}}}}'), ('{"plans": {"pro": {"charge": {"by": "tokens", "factor": "many"}}}}'),
    ('{"actions": {"chat": {"gate": []}}}'), ('{"actions": {"chat": 5}}'), ('{"actions": {"chat": {"credits": 0.5}}}'), ('{"actions": {"chat": {"cost": -1}}}'),
    ('{"actions": {"chat": {"range": 5}}}'), ('{"actions": {"chat": {"range": [1]}}}'), ('{"actions": {"chat": {"range": [5, 1]}}}'), ('{"actions": {"chat": {"range": [1, 2.5]}}}'),
    ('{"actions": {"chat": {"range": [1, 2, 3]}}}'), ('{"actions": {"chat": {"ttl": "0 s"}}}'),
    ('{"prices": {}}'), ('{"prices": [5]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1}, {}]}'),
    ('{"prices": [{"provider": "p", "model": "m", "price": 1}]}'), ('{"prices": [{"provider": null, "model": "m", "metric": "x", "price": 1}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x"}]}'),
    ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": -1}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "per": 0}]}'),
    ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "weather": null}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "from": "now"}]}'),
    ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "from": "2026-02-30"}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "to": "infinity"}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "from": 2026}]}'),
    ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "from": "2026-02-01", "to": "2026-02-01"}]}'),
    ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "to": "2026-02-02"}, {"provider": "p", "model": "m", "metric": "x", "price": 2, "from": "2026-02-01"}]}'),
    ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1}, {"provider": "p", "model": "m", "metric": "x", "price": 2, "from": "2026-02-01", "to": "2026-03-01"}]}'),
    ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "from": "2026-02-01"}, {"provider": "p", "model": "n", "metric": "x", "price": 1}, {"provider": "p", "model": "m", "metric": "x", "price": 2, "from": "2026-02-01T01:00+01"}]}'),
    ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": []}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"weather": "fine"}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"prompt_over": -1}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"prompt_over": 0.5}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"prompt_at_least": "many"}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"prompt_over": 1, "prompt_at_least": 1}}]}'),
    ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"service_tier": 5}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"service_tier": "Standard"}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"service_tier": ""}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"region": ""}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"search_context_size": "huge"}}]}'),
    ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"hours": "16:30"}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"hours": "24:00-01:00"}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"hours": "9:60-10:00"}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"hours": 9}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"weekdays": []}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"weekdays": "monday"}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"weekdays": [0]}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"weekdays": [8]}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"weekdays": ["someday"]}}]}'),
    ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"time_zone": "UTC"}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"hours": "1:00-2:00", "time_zone": "Mars/Olympus"}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"hours": "1:00-2:00", "weekday_time_zone": "UTC"}}]}'),
    ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "tiers": []}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "tiers": {}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "tiers": [5]}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "tiers": [{"over": 0}]}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "tiers": [{"over": 0, "price": -1}]}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "tiers": [{"over": 5, "up_to": 5, "price": 1}]}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "tiers": [{"over": 0, "up_to": 9, "price": 1}, {"over": 8, "price": 1}]}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "tiers": [{"price": 1}, {"over": 8, "price": 1}]}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "tiers": [{"over": 0, "price": 1, "max": 2}]}]}'),
    ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "free": -1}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "free": "some"}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "multiplier", "price": "1.1", "per": 2}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "multiplier", "price": "1.1", "free": 2}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "multiplier", "price": 1, "tiers": [{"price": 2}]}]}'),
    ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"service_tier": "fast"}}, {"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"service_tier": "Priority"}}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"region": "us"}}, {"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"region": "us"}, "from": "2026-01-01"}]}'), ('{"prices": [{"provider": "p", "model": "m", "metric": "x", "tiers": null}]}'),
    ('{"aliases": {}}'), ('{"aliases": [5]}'), ('{"aliases": [{"alias": "a", "model": "m"}]}'), ('{"aliases": [{"provider": "p", "model": "m"}]}'), ('{"aliases": [{"provider": "p", "alias": "a"}]}'), ('{"aliases": [{"provider": "p", "alias": " a", "model": "m"}]}'), ('{"aliases": [{"provider": "p", "alias": "a", "model": "m", "of": 1}]}'),
    ('{"aliases": [{"provider": "p", "alias": "a", "model": "m"}, {"provider": "p", "alias": "a", "model": "n"}]}'), ('{"aliases": [{"provider": "p", "alias": "a", "model": "a"}]}'), ('{"aliases": [{"provider": "p", "alias": "a", "model": "b"}, {"provider": "p", "alias": "b", "model": "c"}]}');
SELECT w.config, E'\n' || string_agg(a.line, E'\n') FROM public.wrong w, public.answer(w.config) WITH ORDINALITY a(line, no) GROUP BY w.no, w.config ORDER BY w.no;

-- Long, deep and odd documents: an error or a right answer, shortened where it is long.
SELECT length(a) < 400 FROM public.answer(jsonb_build_object(repeat('x', 1000000), 1)) a;
SELECT length(a) < 400 FROM public.answer(jsonb_build_object('plans', jsonb_build_object(repeat('x', 1000000), '{}'::jsonb))) a;
SELECT length(a) < 400 FROM public.answer(jsonb_build_object('margin', repeat('9', 1000000))) a;
SELECT public.answer(jsonb_build_object('margin', (repeat('[', 3000) || repeat(']', 3000))::jsonb)) LIMIT 1;
SELECT public.answer(jsonb_build_object('plans', jsonb_build_object('pro', jsonb_build_object('price', repeat('9', 200))))) LIMIT 1;
SELECT public.answer(jsonb_build_object('plans', jsonb_build_object(repeat('é', 200), '{}'::jsonb))) = jsonb_build_object('changed', jsonb_build_array('plans.' || repeat('é', 200)), 'warnings', '[]'::jsonb)::text;
SELECT public.answer(jsonb_build_object('plans', jsonb_build_object(repeat('é', 200), NULL, 'never there', NULL))) LIKE '{"changed": ["plans.éé%';
SELECT public.answer('{"plans": {"a.b \"c\"": {"price": 9007199254740993, "credits": "1e3"}}}');
SELECT credits.export_config() -> 'plans' -> 'a.b "c"' ->> 'price';
SELECT public.answer('{"plans": {"a.b \"c\"": null}}');

-- Nothing of a refused document stays, and what changed nothing leaves no trace.
SELECT count(*) FROM credits.plan;
SELECT public.answer('{"plans": {"pro": {"price": 5}}, "actions": {"chat": {"ttl": "never"}}}') LIMIT 1;
SELECT count(*) FROM credits.plan;
SELECT public.answer('{"margin": "0.80", "plans": {"pro": {"price": "99.00", "credits": "from_margin"}, "gift": {"price": 1, "credits": 101}, "fair": {"price": 1, "credits": 100}}}');
SELECT public.answer('{"margin": 0.8, "plans": {"pro": {"price": 99, "name": "pro"}}}');
SELECT max(change_no) = count(*), bool_and(changed_by = session_user) FROM credits.configuration_change;
SELECT changes FROM credits.configuration_change ORDER BY change_no DESC LIMIT 1;

-- A session's own settings change nothing.
SET intervalstyle = 'iso_8601';
SET datestyle = 'SQL, DMY';
SET timezone = 'Asia/Kathmandu';
SET search_path = public;
CREATE FUNCTION public.jsonb_each(jsonb) RETURNS integer LANGUAGE sql AS 'SELECT 1 / 0';
SET search_path = public, pg_catalog;
SELECT public.answer('{"refund_lot_life": "P1M", "prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "from": "2026-02-01", "to": "2026-03-01 12:00"}]}');
SELECT credits.export_config() -> 'prices', credits.export_config() -> 'refund_lot_life';
SELECT valid_from AT TIME ZONE 'UTC' = timestamp '2026-02-01 00:00' FROM credits.price;
SELECT public.answer(credits.export_config());
RESET search_path;
RESET timezone;
RESET datestyle;
RESET intervalstyle;

-- A plan that accounts are on, will be on, or that new ones get stays; so does the unit they have credits in.
SELECT public.answer('{"default_plan": "fair", "plans": {"later": {}, "idle": {}}}');
SELECT credits.open_account('a', 'pro') IS NOT NULL;
SELECT credits.open_account('b', 'fair') IS NOT NULL;
SELECT public.answer('{"unit": {"value_usd": "0.02"}}');
SELECT 1 FROM credits.change_plan('b', 'later', 'period_end');
SELECT public.answer('{"plans": {"pro": null}}');
SELECT public.answer('{"plans": {"later": null}}');
SELECT public.answer('{"plans": {"fair": null}}');
SELECT public.answer('{"plans": null}');
SELECT public.answer('{"plans": {"idle": null}}');
SELECT 1 FROM credits.grant('a', 5);
SELECT public.answer('{"unit": {"value_usd": "0.03"}}');
SELECT public.answer('{"unit": {"scale": 2}}') LIMIT 1;
SELECT public.answer('{"unit": {"rounding": "up"}}') LIMIT 1;
SELECT public.answer('{"unit": null}') LIMIT 1;
SELECT public.answer('{"unit": {"name": "point", "price_usd": "0.05", "value_usd": 0.02, "scale": 0, "rounding": null}}');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT public.answer('{"plans": {"gift": null}}');
SELECT public.answer('{"plans": {"gift": {"price": 2}}}');
ROLLBACK;

\c :home
DROP DATABASE regress_credits_configuration;
