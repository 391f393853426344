-- The configuration document as a user lives with it: merging, defaults, exactness, round trips.
-- Single values and errors are test/sql/configuration.sql's; the rules that protect a margin, what is sold and how
-- it is paid configuration_policy.sql's.
\ir helpers/tap.sql
BEGIN;

-- A step: a document, what configure() must say has changed, and what the export then says at a path.
CREATE TEMP TABLE step (no serial, what text, config jsonb, changed text, path text, value jsonb);
INSERT INTO step (what, config, changed, path, value) VALUES
    ('an empty document', '{}', '', 'plans', '{}'),
    ('a plan of nothing but defaults', '{"plans": {"free": {}}}', 'plans.free', 'plans.free',
     '{"name": "free", "price": "0", "interval": null, "grant_on": "clock", "credits": null, "daily_credits": null, "renewal": "reset", "rollover": null, "overdraft": "0", "charge": {"by": "cost", "markup": "1"}, "cost_budget": null, "cover": "0", "features": null, "providers": null, "models": null, "max_tokens_per_request": null, "max_output_tokens": null, "includes": [], "limits": [], "next_plan": null}'),
    ('the same plan again', '{"plans": {"free": {}}}', '', 'plans.free.price', '"0"'),
    ('keys that are left out stay', '{"plans": {"free": {"credits": 100}}}', 'plans.free.credits', 'plans.free.credits', '"100"'),
    ('another key of the same plan', '{"plans": {"free": {"interval": "1 month"}}}', 'plans.free.interval', 'plans.free.credits', '"100"'),
    ('null puts a key back to its default', '{"plans": {"free": {"credits": null, "overdraft": null}}}', 'plans.free.credits', 'plans.free.credits', 'null'),
    ('a number and the same number as text', '{"plans": {"free": {"price": 5.00}}}', 'plans.free.grant_on plans.free.price', 'plans.free.price', '"5"'),
    ('trailing zeros are no change', '{"plans": {"free": {"price": "5.000"}}}', '', 'plans.free.grant_on', '"payment"'),
    ('a paid plan by clock, because it says so', '{"plans": {"free": {"grant_on": "clock"}}}', 'plans.free.grant_on', 'plans.free.grant_on', '"clock"'),
    ('what was said stays when the price changes', '{"plans": {"free": {"price": 6}}}', 'plans.free.price', 'plans.free.grant_on', '"clock"'),
    ('null: as usual for the price again', '{"plans": {"free": {"grant_on": null}}}', 'plans.free.grant_on', 'plans.free.grant_on', '"payment"'),
    ('grant_on follows the price down', '{"plans": {"free": {"price": 0}}}', 'plans.free.grant_on plans.free.price', 'plans.free.grant_on', '"clock"'),
    ('roll-over without a floor', '{"plans": {"free": {"renewal": "rollover", "rollover": {"max": "500"}}}}', 'plans.free.renewal plans.free.rollover', 'plans.free.rollover', '{"min": "0", "max": "500"}'),
    ('roll-over without a ceiling', '{"plans": {"free": {"rollover": {"min": 5}}}}', 'plans.free.rollover', 'plans.free.rollover', '{"min": "5", "max": null}'),
    ('no roll-over again', '{"plans": {"free": {"renewal": "accumulate", "rollover": null}}}', 'plans.free.renewal plans.free.rollover', 'plans.free.rollover', 'null'),
    ('a charge rule is replaced as a whole', '{"plans": {"free": {"charge": {"by": "cost", "markup": "1.20"}}}}', 'plans.free.charge', 'plans.free.charge', '{"by": "cost", "markup": "1.2"}'),
    ('charged by tokens', '{"plans": {"free": {"charge": {"by": "tokens"}}}}', 'plans.free.charge', 'plans.free.charge', '{"by": "tokens", "factor": "1"}'),
    ('charged by the rate card', '{"plans": {"free": {"charge": {"by": "action"}}}}', 'plans.free.charge', 'plans.free.charge', '{"by": "action"}'),
    ('the default rule again', '{"plans": {"free": {"charge": null}}}', 'plans.free.charge', 'plans.free.charge', '{"by": "cost", "markup": "1"}'),
    ('the yearly, the 28-day and the odd interval', '{"plans": {"y": {"interval": "1 year"}, "f": {"interval": "28 days"}, "o": {"interval": "1 month 1 day 02:30"}}}', 'plans.f plans.o plans.y', 'plans.o.interval', '"1 month 1 day 02:30:00"'),
    ('months are months, not 30 days', '{"plans": {"y": {"interval": "12 months"}}}', '', 'plans.y.interval', '"1 year"'),
    ('removing what is there and what never was', '{"plans": {"f": null, "o": null, "nobody": null}}', 'plans.f plans.o', 'plans.f', NULL),
    ('a default plan', '{"default_plan": "free"}', 'default_plan', 'default_plan', '"free"'),
    ('a plan and its becoming the default in one', '{"plans": {"gold": {"name": "Gold"}}, "default_plan": "gold"}', 'default_plan plans.gold', 'plans.gold.name', '"Gold"'),
    ('the old default may go now', '{"plans": {"free": null}}', 'plans.free', 'plans.free', NULL),
    ('no default plan', '{"default_plan": null}', 'default_plan', 'default_plan', 'null'),
    ('the unit, key by key', '{"unit": {"scale": 2, "rounding": "up"}}', 'unit.rounding unit.scale', 'unit', '{"name": "credit", "value_usd": "0.01", "price_usd": null, "scale": 2, "rounding": "up"}'),
    ('decimals as the new scale allows', '{"plans": {"gold": {"credits": "0.25", "daily_credits": 0.5, "overdraft": 1.75}}}', 'plans.gold.credits plans.gold.daily_credits plans.gold.overdraft', 'plans.gold.overdraft', '"1.75"'),
    ('settings', '{"margin": "0.80", "time_zone": "europe/berlin", "refund_lot_life": "2 weeks", "idempotency_days": "7"}', 'idempotency_days margin refund_lot_life time_zone', 'time_zone', '"Europe/Berlin"'),
    ('settings back to their defaults', '{"margin": null, "time_zone": null, "refund_lot_life": null, "idempotency_days": null}', 'idempotency_days margin refund_lot_life time_zone', 'refund_lot_life', '"30 days"'),
    ('an action', '{"actions": {"chat": {"range": [2000, "5000"], "ttl": "2 minutes"}}}', 'actions.chat', 'actions.chat', '{"credits": null, "cost": null, "range": ["2000", "5000"], "ttl": "00:02:00", "feature": null, "max_credits": null, "gates": []}'),
    ('more of the action', '{"actions": {"chat": {"credits": 5, "cost": "0.040"}}}', 'actions.chat.cost actions.chat.credits', 'actions.chat.cost', '"0.04"'),
    ('less of the action', '{"actions": {"chat": {"range": null, "ttl": null}}}', 'actions.chat.range actions.chat.ttl', 'actions.chat.range', 'null'),
    ('no action', '{"actions": {"chat": null}}', 'actions.chat', 'actions', '{}'),
    ('a price of 17 significant digits', '{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": "0.00000000013123456789012345"}]}', 'prices["p", "m", "x"]', 'prices.0.price', '"0.00000000013123456789012345"'),
    ('the same price as a JSON number', '{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1.3123456789012345e-10}]}', '', 'prices.0.price', '"0.00000000013123456789012345"'),
    ('2^53 + 1 is no float', '{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 9007199254740993, "per": "9007199254740993"}]}', 'prices["p", "m", "x"].per prices["p", "m", "x"].price', 'prices.0.per', '"9007199254740993"'),
    ('an entry is the whole row: per is 1 again', '{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 2}]}', 'prices["p", "m", "x"].per prices["p", "m", "x"].price', 'prices.0.per', '"1"'),
    ('a price change is an end and a new row', '{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 2, "to": "2026-02-01"}, {"provider": "p", "model": "m", "metric": "x", "price": 3, "from": "2026-02-01"}]}', 'prices["p", "m", "x", "2026-02-01T00:00:00+00:00"] prices["p", "m", "x"].to', 'prices.1.price', '"3"'),
    ('the same moment written otherwise is the same row', '{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": "4", "from": "2026-02-01 05:45:00.000000+05:45"}]}', 'prices["p", "m", "x", "2026-02-01T00:00:00+00:00"].price', 'prices.1.price', '"4"'),
    ('a gap between two prices is allowed', '{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": "2", "to": "2026-01-01"}]}', 'prices["p", "m", "x"].to', 'prices.0.to', '"2026-01-01T00:00:00+00:00"'),
    ('metrics, models and providers are apart', '{"prices": [{"provider": "p", "model": "m", "metric": "y", "price": 0}, {"provider": "p", "model": "n", "metric": "x", "price": 1}, {"provider": "q", "model": "m", "metric": "x", "price": 1}]}', 'prices["p", "m", "y"] prices["p", "n", "x"] prices["q", "m", "x"]', 'prices.4.provider', '"q"'),
    ('slashes and dots in names are nothing special', '{"prices": [{"provider": "p/m", "model": "m.1", "metric": "x", "price": 0}]}', 'prices["p/m", "m.1", "x"]', 'prices.4.model', '"m.1"'),
    ('a dated price goes, the others stay', '{"prices": [{"provider": "p", "model": "m", "metric": "x", "from": "2026-02-01T00:00Z", "price": null}]}', 'prices["p", "m", "x", "2026-02-01T00:00:00+00:00"]', 'prices.1.metric', '"y"'),
    ('no prices at all', '{"prices": null}', 'prices["p", "m", "x"] prices["p", "m", "y"] prices["p", "n", "x"] prices["p/m", "m.1", "x"] prices["q", "m", "x"]', 'prices', '[]'),
    ('conditions make a price another one', '{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1}, {"provider": "p", "model": "m", "metric": "x", "price": 2, "when": {"service_tier": "FAST", "region": null}}]}', 'prices["p", "m", "x", {"service_tier": "priority"}] prices["p", "m", "x"]', 'prices.1.when', '{"service_tier": "priority"}'),
    ('the same conditions in other words', '{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 2, "when": {"service_tier": "priority"}}]}', '', 'prices.0.when', 'null'),
    ('no condition is none', '{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": 1, "when": {"region": null}, "tiers": null, "free": 0}]}', '', 'prices.0.free', 'null'),
    ('all conditions, each in its one form', '{"prices": [{"provider": "p", "model": "n", "metric": "x", "price": 2, "when": {"prompt_over": "200000.0", "service_tier": "Flex", "region": "*", "search_context_size": "low", "hours": "1:30-00:30", "weekdays": ["Sunday", 6, 6], "time_zone": "europe/berlin", "weekday_time_zone": "UTC"}}]}',
     'prices["p", "n", "x", {"hours": "01:30-00:30", "region": "*", "weekdays": [6, 7], "time_zone": "Europe/Berlin", "prompt_over": 200000, "service_tier": "flex", "weekday_time_zone": "UTC", "search_context_size": "low"}]', 'prices.2.when.weekdays', '[6, 7]'),
    ('a dated price with conditions', '{"prices": [{"provider": "p", "model": "n", "metric": "x", "price": 2, "from": "2026-02-01", "when": {"prompt_at_least": 5}}]}', 'prices["p", "n", "x", "2026-02-01T00:00:00+00:00", {"prompt_at_least": 5}]', 'prices.3.when', '{"prompt_at_least": 5}'),
    ('tiers instead of a price', '{"prices": [{"provider": "p", "model": "t", "metric": "x", "tiers": [{"up_to": 32000, "price": 0.10}, {"over": "32000", "up_to": null, "price": "0.2"}]}]}', 'prices["p", "t", "x"]', 'prices.4.tiers', '[{"over": 0, "price": "0.1", "up_to": 32000}, {"over": 32000, "price": "0.2"}]'),
    ('a price beside the tiers, and free units', '{"prices": [{"provider": "p", "model": "t", "metric": "x", "price": 3, "free": "10.0", "tiers": [{"over": 5, "price": "0.2"}]}]}', 'prices["p", "t", "x"].free prices["p", "t", "x"].price prices["p", "t", "x"].tiers', 'prices.4.free', '"10"'),
    ('a factor', '{"prices": [{"provider": "p", "model": "t", "metric": "multiplier", "price": "1.10", "when": {"region": "eu"}}]}', 'prices["p", "t", "multiplier", {"region": "eu"}]', 'prices.4.price', '"1.1"'),
    ('a price with conditions goes, the one without stays', '{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": null, "when": {"service_tier": "fast"}}]}', 'prices["p", "m", "x", {"service_tier": "priority"}]', 'prices.0.price', '"1"'),
    ('aliases', '{"aliases": [{"provider": "p", "alias": "latest", "model": "m"}, {"provider": "p", "alias": "oldest", "model": "n"}]}', 'aliases["p", "latest"] aliases["p", "oldest"]', 'aliases.0', '{"alias": "latest", "model": "m", "provider": "p"}'),
    ('an alias for another model', '{"aliases": [{"provider": "p", "alias": "latest", "model": "t"}]}', 'aliases["p", "latest"].model', 'aliases.0.model', '"t"'),
    ('an alias goes', '{"aliases": [{"provider": "p", "alias": "oldest", "model": null}]}', 'aliases["p", "oldest"]', 'aliases.1', NULL),
    ('no aliases, no prices', '{"aliases": null, "prices": null}', 'aliases["p", "latest"] prices["p", "m", "x"] prices["p", "n", "x", "2026-02-01T00:00:00+00:00", {"prompt_at_least": 5}] prices["p", "n", "x", {"hours": "01:30-00:30", "region": "*", "weekdays": [6, 7], "time_zone": "Europe/Berlin", "prompt_over": 200000, "service_tier": "flex", "weekday_time_zone": "UTC", "search_context_size": "low"}] prices["p", "t", "multiplier", {"region": "eu"}] prices["p", "t", "x"]', 'aliases', '[]'),
    ('everything back to nothing', '{"plans": null, "unit": null}', 'plans.gold plans.y unit.rounding unit.scale', 'unit', '{"name": "credit", "value_usd": "0.01", "price_usd": null, "scale": 0, "rounding": "half_even"}');

CREATE TEMP TABLE empty AS SELECT credits.export_config() AS config;

CREATE FUNCTION pg_temp.play() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    s record;
    changed text;
BEGIN
    FOR s IN SELECT * FROM step ORDER BY no LOOP
        changed := (SELECT coalesce(string_agg(c, ' ' ORDER BY c COLLATE "C"), '') FROM jsonb_array_elements_text(credits.configure(s.config) -> 'changed') c);
        RETURN NEXT is(changed, s.changed, s.what || ': changed');
        RETURN NEXT is(credits.export_config() #> string_to_array(s.path, '.'), s.value, s.what || ': ' || s.path);
        RETURN NEXT is(credits.configure(credits.export_config()) -> 'changed', '[]', s.what || ': the export changes nothing');
    END LOOP;
END $$;
SELECT pg_temp.play();
SELECT is(credits.export_config(), (SELECT config FROM empty), 'the way back ends where it began');

-- A configuration changed by hand is exported in the same form, and configure() goes on from it.
INSERT INTO credits.price (provider, model, metric, price, per) VALUES ('p', 'm', 'x', 2.500, 1000.0);
SELECT is(credits.export_config() -> 'prices', '[{"provider": "p", "model": "m", "metric": "x", "price": "2.5", "per": "1000", "from": null, "to": null, "when": null, "tiers": null, "free": null}]', 'a row made by hand is exported like any other');
SELECT is(credits.configure('{"prices": [{"provider": "p", "model": "m", "metric": "x", "price": "2.5", "per": "1e3"}]}') -> 'changed', '[]', 'and is the same to configure()');
DELETE FROM credits.price;

-- Prices are superseded, never changed: each version of the book goes on saying what it said.
CREATE FUNCTION pg_temp.book(at_version bigint) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_agg(jsonb_build_array(p.model, p.price, p.conditions) ORDER BY p.model, p.conditions) FROM credits.price p WHERE p.version_from <= at_version AND at_version < p.version_to $$;
CREATE TEMP TABLE version AS SELECT price_version AS no FROM credits.platform;
CREATE TEMP TABLE book AS SELECT v.no + i AS version, credits.configure(format('{"prices": [{"provider": "p", "model": "v", "metric": "x", "price": %s, "when": %s}]}', coalesce(d.price, 'null'), d.conditions)::jsonb) AS answer
FROM version v, (VALUES (1, '1', 'null'), (2, '2', 'null'), (3, '3', '{"region": "us"}'), (4, NULL, 'null'), (5, '4', '{"region": "us"}')) d(i, price, conditions);
SELECT is(credits.configure('{"margin": "0.5"}') -> 'changed', '["margin"]', 'what is no price makes no version');
SELECT is((SELECT price_version FROM credits.platform), (SELECT no + 5 FROM version), 'each change of prices makes one');
SELECT is(pg_temp.book(v.no + e.i), e.said::jsonb, format('version %s', e.i))
FROM version v, (VALUES (1, '[["v", 1, {}]]'), (2, '[["v", 2, {}]]'), (3, '[["v", 2, {}], ["v", 3, {"region": "us"}]]'), (4, '[["v", 3, {"region": "us"}]]'), (5, '[["v", 4, {"region": "us"}]]')) e(i, said);
SELECT results_eq($$ SELECT h.price, h.in_book, h.version_to - h.version_from, h.entered_at IS NOT NULL, h.entered_by = session_user, h.left_at IS NOT NULL FROM credits.price_history h WHERE h.model = 'v' ORDER BY h.price $$,
    $$ VALUES (1::numeric, false, 1::bigint, true, true, true), (2, false, 2, true, true, true), (3, false, 2, true, true, true), (4, true, NULL, true, true, false) $$, 'price_history tells who brought and took each');
SELECT isnt(credits.configure('{"prices": null, "margin": null}'), NULL, 'and back');

-- The audit has each change once, without gaps, and nothing of calls that changed nothing.
SELECT is((SELECT array_agg(change_no ORDER BY change_no) FROM credits.configuration_change),
          (SELECT array_agg(n ORDER BY n) FROM generate_series(1, (SELECT count(*) + 7 FROM step WHERE changed <> '')) n), 'change_no has no gaps');
SELECT is((SELECT string_agg(k, ' ' ORDER BY k COLLATE "C") FROM credits.configuration_change c, jsonb_object_keys(c.changes) k WHERE c.change_no = (SELECT max(change_no) - 7 FROM credits.configuration_change)),
          (SELECT changed FROM step ORDER BY no DESC LIMIT 1), 'the audit names what configure() named');
SELECT ok(bool_and(changed_by = session_user AND changed_at IS NOT NULL), 'the audit says who and when') FROM credits.configuration_change;

-- Random configurations survive export and import into nothing, also as text, and say the same afterwards.
CREATE FUNCTION pg_temp.one_of(variadic options jsonb[]) RETURNS jsonb LANGUAGE sql VOLATILE AS
    $$ SELECT options[1 + floor(random() * cardinality(options))] $$;
CREATE FUNCTION pg_temp.amount() RETURNS jsonb LANGUAGE sql VOLATILE AS
    $$ SELECT pg_temp.one_of(to_jsonb(floor(random() * 1000)::integer), to_jsonb((floor(random() * 100000) / 1000)::numeric(20, 3)::text), 'null') $$;
CREATE FUNCTION pg_temp.usd() RETURNS jsonb LANGUAGE sql VOLATILE AS
    $$ SELECT pg_temp.one_of(to_jsonb((random() * 100)::numeric), to_jsonb((random()::numeric / 1e9)::text), '0', '"9.99"') $$;
CREATE FUNCTION pg_temp.plan() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT jsonb_build_object('price', pg_temp.usd(), 'credits', pg_temp.one_of(pg_temp.amount(), '"from_margin"'), 'daily_credits', pg_temp.amount(), 'overdraft', pg_temp.amount(),
        'interval', pg_temp.one_of('"1 month"', '"28 days"', '"1 year 2 months"', '"36:00"', 'null'), 'grant_on', pg_temp.one_of('"clock"', '"payment"', 'null'),
        'charge', pg_temp.one_of('null', '{"by": "action"}', jsonb_build_object('by', 'cost', 'markup', pg_temp.usd()), jsonb_build_object('by', 'tokens', 'factor', pg_temp.usd())))
        || pg_temp.one_of('{}', '{"renewal": "accumulate"}', '{"renewal": "rollover", "rollover": {"min": 1.5}}', '{"renewal": "rollover", "rollover": {"max": "7.125"}}') $$;
CREATE FUNCTION pg_temp.configuration() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT jsonb_build_object(
        'unit', jsonb_build_object('scale', 3 + floor(random() * 10)::integer, 'rounding', pg_temp.one_of('"half_even"', '"half_up"', '"up"', '"down"'), 'value_usd', pg_temp.one_of('0.01', '"0.00002"', '1')),
        'margin', pg_temp.one_of('0', '"0.8"', '0.123456789'), 'time_zone', pg_temp.one_of('"UTC"', '"Asia/Tokyo"', 'null'),
        'plans', (SELECT jsonb_object_agg('plan ' || i, pg_temp.plan()) FROM generate_series(1, 5) i),
        'actions', (SELECT jsonb_object_agg('action ' || i, jsonb_build_object('credits', pg_temp.amount(), 'cost', pg_temp.usd(), 'ttl', pg_temp.one_of('"1 hour"', '"0.5 s"', 'null'),
                        'range', pg_temp.one_of('null', '[0, "0.125"]', '[1, 5]'))) FROM generate_series(1, 5) i),
        'prices', (SELECT jsonb_agg(jsonb_build_object('provider', 'p', 'model', 'm' || i % 3, 'metric', 'x', 'price', pg_temp.usd(), 'per', pg_temp.one_of('1', '1e6', '"0.3"'),
                                                'free', pg_temp.amount(), 'when', pg_temp.one_of('null', '{"service_tier": "Batch"}', '{"prompt_over": 128000, "region": "eu"}', '{"hours": "0:15-8:00", "weekdays": [7, 1]}'),
                        'tiers', pg_temp.one_of('null', '[{"price": 1}]', '[{"over": 1, "up_to": 2, "price": "0.10"}, {"over": 5, "price": 2}]'), 'from', timestamptz '2026-01-01' + i * interval '1 day 01:02:03.456789', 'to', timestamptz '2026-01-01' + (i + 3) * interval '1 day 01:02:03.456789')) FROM generate_series(1, 12) i),
        'aliases', (SELECT jsonb_agg(jsonb_build_object('provider', 'p', 'alias', 'a' || i, 'model', pg_temp.one_of('"m1"', '"m2"'))) FROM generate_series(1, 3) i)) $$;
CREATE FUNCTION pg_temp.emptied() RETURNS jsonb LANGUAGE sql VOLATILE AS
    $$ SELECT credits.configure('{"unit": null, "margin": null, "time_zone": null, "plans": null, "actions": null, "prices": null, "aliases": null}') $$;
CREATE FUNCTION pg_temp.round_trips(rounds integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    given jsonb; first jsonb; again jsonb; differing integer := 0; repeated integer := 0; unlike_given integer := 0;
BEGIN
    PERFORM setseed(0.25);
    FOR i IN 1 .. rounds LOOP
        given := pg_temp.configuration();
        PERFORM credits.configure(given);
        first := credits.export_config();
        repeated := repeated + (credits.configure(given) -> 'changed' <> '[]')::integer;
        unlike_given := unlike_given + (EXISTS (
            SELECT FROM jsonb_each(given -> 'plans') p
            WHERE (p.value ->> 'price')::numeric <> (first -> 'plans' -> p.key ->> 'price')::numeric
               OR (nullif(p.value ->> 'credits', 'from_margin'))::numeric IS DISTINCT FROM (nullif(first -> 'plans' -> p.key ->> 'credits', 'from_margin'))::numeric)
            OR (SELECT sum((r ->> 'price')::numeric / (r ->> 'per')::numeric) FROM jsonb_array_elements(given -> 'prices') r)
               <> (SELECT sum((r ->> 'price')::numeric / (r ->> 'per')::numeric) FROM jsonb_array_elements(first -> 'prices') r))::integer;
        PERFORM pg_temp.emptied();
        PERFORM credits.configure(first::text::jsonb);
        again := credits.export_config();
        differing := differing + (again::text <> first::text)::integer;
        PERFORM pg_temp.emptied();
    END LOOP;
    RETURN NEXT is(differing, 0, format('%s random configurations: import of the export is the same, byte for byte', rounds));
    RETURN NEXT is(repeated, 0, format('%s random configurations: the same document again changes nothing', rounds));
    RETURN NEXT is(unlike_given, 0, format('%s random configurations: prices and credits are what was given', rounds));
END $$;
SELECT pg_temp.round_trips(50);
SELECT is(credits.export_config(), (SELECT config FROM empty), 'and nothing is left of them');

SELECT * FROM finish();
ROLLBACK;
