-- The rules that protect a margin, what is sold and how it is paid, as a user lives with them in the configuration
-- document: merging, order, removal, round trips, secrets, and the policy document that calls work by. Errors and
-- warnings are test/sql/configuration_policy.sql's.
\ir helpers/tap.sql
BEGIN;
CREATE TEMP TABLE empty AS SELECT credits.export_config() AS config;

-- A step: a document, what configure() must say has changed, and what the export then says at a path.
CREATE TEMP TABLE step (no serial, what text, config jsonb, changed text, path text, value jsonb);
INSERT INTO step (what, config, changed, path, value) VALUES
    ('a limit of as little as can be', '{"limits": [{"name": "rate", "metric": "requests", "window": "sliding 1 minute", "limit": 30}]}', 'limits["rate"]', 'limits.0',
     '{"name": "rate", "scope": "account", "metric": "requests", "window": "sliding 00:01:00", "limit": "30", "effect": "deny", "price": null, "per": null, "warn_at": "80", "provider": null, "model": null, "action": null}'),
    ('the same limit in other words', '{"limits": [{"name": "rate", "scope": "account", "metric": "requests", "window": "sliding 60 s", "limit": "30.0", "effect": null, "warn_at": 80}]}', '', 'limits.0.effect', '"deny"'),
    ('an entry is the whole limit: scope is account again', '{"limits": [{"name": "rate", "metric": "tokens", "window": "sliding 24:00", "limit": 30, "scope": "member", "warn_at": null}]}', 'limits["rate"].metric limits["rate"].scope limits["rate"].warn_at limits["rate"].window', 'limits.0.window', '"sliding 24:00:00"'),
    ('no warning stays no warning', '{}', '', 'limits.0.warn_at', 'null'),
    ('and comes back where nothing is said', '{"limits": [{"name": "rate", "metric": "tokens", "window": "sliding 1 day", "limit": 30}]}', 'limits["rate"].scope limits["rate"].warn_at limits["rate"].window', 'limits.0.warn_at', '"80"'),
    ('other limits stay, names are in order', '{"limits": [{"name": "abuse", "scope": "member", "metric": "failures", "window": "sliding 10 minutes", "limit": 5, "effect": "block:15 minutes"}]}', 'limits["abuse"]', 'limits.0.effect', '"block:00:15:00"'),
    ('an overage has a price, for 1 unit', '{"limits": [{"name": "more", "metric": "cost", "window": "month", "limit": 0.5, "effect": "overage", "price": "1.20"}]}', 'limits["more"]', 'limits.1.per', '"1"'),
    ('flags, levels and filters are names', '{"limits": [{"name": "odd", "metric": "credits", "window": "lifetime", "limit": 0, "effect": "flag:a:b", "provider": "p", "model": "m", "action": "not configured", "scope": "model"}]}', 'limits["odd"]', 'limits.2.effect', '"flag:a:b"'),
    ('a limit goes, as does one that never was', '{"limits": [{"name": "odd", "limit": null}, {"name": "nobody", "limit": null}]}', 'limits["odd"]', 'limits.3', NULL),
    ('a plan with all that protects it', '{"plans": {"big": {}, "pro": {"cost_budget": "19.80", "cover": 2, "features": ["ai", "sync"], "providers": [], "models": ["m"], "max_tokens_per_request": "8000", "max_output_tokens": 2000, "next_plan": "big",
       "includes": [{"model": "m", "usage": {"images": 10}}, {"provider": "p", "model": "m", "usage": {"seconds": "0.50", "x": null}}]}}}', 'plans.big plans.pro', 'plans.pro.includes', '[{"provider": null, "model": "m", "usage": {"images": "10"}}, {"provider": "p", "model": "m", "usage": {"seconds": "0.5"}}]'),
    ('keys of it that are left out stay', '{"plans": {"pro": {"cover": "1", "features": null}}}', 'plans.pro.cover plans.pro.features', 'plans.pro.providers', '[]'),
    ('an empty list is not the same as none', '{"plans": {"pro": {"features": []}}}', 'plans.pro.features', 'plans.pro.features', '[]'),
    ('sizes are whole numbers', '{"plans": {"pro": {"max_tokens_per_request": 8000}}}', '', 'plans.pro.max_tokens_per_request', '8000'),
    ('limits of a plan', '{"plans": {"pro": {"limits": [{"name": "rate", "metric": "requests", "window": "period", "limit": 1000}, {"name": "cap", "metric": "tokens", "window": "hour", "limit": 9, "effect": "degrade:basic"}]}}}', 'plans.pro.limits["cap"] plans.pro.limits["rate"]', 'plans.pro.limits.0.name', '"cap"'),
    ('are merged by name', '{"plans": {"pro": {"limits": [{"name": "rate", "metric": "requests", "window": "period", "limit": 2000}]}}}', 'plans.pro.limits["rate"].limit', 'plans.pro.limits.1.limit', '"2000"'),
    ('an empty list changes nothing', '{"limits": [], "plans": {"pro": {"limits": []}}}', '', 'plans.pro.limits.1.name', '"rate"'),
    ('one goes', '{"plans": {"pro": {"limits": [{"name": "rate", "limit": null}]}}}', 'plans.pro.limits["rate"]', 'plans.pro.limits.1', NULL),
    ('postpaid', '{"plans": {"pro": {"charge": {"by": "postpaid"}}}}', 'plans.pro.charge', 'plans.pro.charge', '{"by": "postpaid", "markup": "1"}'),
    ('postpaid with a markup', '{"plans": {"pro": {"charge": {"by": "postpaid", "markup": 1.5}}}}', 'plans.pro.charge', 'plans.pro.charge', '{"by": "postpaid", "markup": "1.5"}'),
    ('all limits of a plan go', '{"plans": {"pro": {"limits": null, "includes": null}}}', 'plans.pro.includes plans.pro.limits["cap"]', 'plans.pro.limits', '[]'),
    ('a ladder', '{"actions": {"chat": {}}, "ladder": [{"level": "low", "at": 50, "of": "cost_budget", "substitute": {"a": "b", "c": "b"}}, {"level": "stop", "at": "100.0", "of": "cost_budget", "allow": []}]}', 'actions.chat ladder["low", "cost_budget"] ladder["stop", "cost_budget"]', 'ladder.0',
     '{"level": "low", "at": "50", "of": "cost_budget", "allow": null, "substitute": {"a": "b", "c": "b"}, "gates": []}'),
    ('a row more comes last', '{"ladder": [{"level": "stop", "at": 100, "of": "rate", "allow": ["chat"], "gates": [{"kind": "click"}]}]}', 'ladder["stop", "rate"]', 'ladder.2', '{"level": "stop", "at": "100", "of": "rate", "allow": ["chat"], "substitute": {}, "gates": [{"kind": "click", "count": 1, "level": null}]}'),
    ('or where the document has it', '{"ladder": [{"level": "mid", "at": 75, "of": "cost_budget"}, {"level": "stop", "at": 100, "of": "cost_budget", "allow": []}]}', 'ladder["mid", "cost_budget"]', 'ladder.1.level', '"mid"'),
    ('what stood behind stays behind', '{}', '', 'ladder.3.of', '"rate"'),
    ('another order is a change', '{"ladder": [{"level": "stop", "at": 100, "of": "cost_budget", "allow": []}, {"level": "mid", "at": 75, "of": "cost_budget"}]}', 'ladder', 'ladder.1.level', '"stop"'),
    ('a row is replaced as a whole', '{"ladder": [{"level": "low", "at": 55, "of": "cost_budget"}]}', 'ladder["low", "cost_budget"].at ladder["low", "cost_budget"].substitute.a ladder["low", "cost_budget"].substitute.c', 'ladder.0.substitute', '{}'),
    ('rows go', '{"ladder": [{"level": "stop", "of": "rate", "at": null}, {"level": "mid", "of": "cost_budget", "at": null}]}', 'ladder["mid", "cost_budget"] ladder["stop", "rate"]', 'ladder.1.level', '"stop"'),
    ('gates, features and caps of an action', '{"actions": {"chat": {"feature": "ai", "max_credits": 10, "gates": [{"kind": "click", "count": 2}, {"kind": "click", "count": 3, "level": "low"}]}}}', 'actions.chat.feature actions.chat.gates actions.chat.max_credits', 'actions.chat.gates.1', '{"kind": "click", "count": 3, "level": "low"}'),
    ('no gates', '{"actions": {"chat": {"gates": null}}}', 'actions.chat.gates', 'actions.chat.gates', '[]'),
    ('no ladder', '{"ladder": null}', 'ladder["low", "cost_budget"] ladder["stop", "cost_budget"]', 'ladder', '[]'),
    ('a brake', '{"brake": {"day": {"stop": 500}}}', 'brake', 'brake', '{"hour": null, "day": {"warn": null, "stop": "500"}, "min_margin": null, "resume": "manual"}'),
    ('is merged key by key, windows too', '{"brake": {"day": {"warn": 400}, "hour": {"warn": 50}}}', 'brake.day.warn brake.hour', 'brake.day', '{"warn": "400", "stop": "500"}'),
    ('a window of it goes', '{"brake": {"hour": null, "day": {"warn": null}, "resume": "window", "min_margin": "0.20"}}', 'brake.day.warn brake.hour brake.min_margin brake.resume', 'brake', '{"hour": null, "day": {"warn": null, "stop": "500"}, "min_margin": "0.2", "resume": "window"}'),
    ('an empty one changes nothing', '{"brake": {}}', '', 'brake.resume', '"window"'),
    ('no brake', '{"brake": null}', 'brake', 'brake', 'null'),
    ('licences', '{"licence": [{"capability": "sync", "after": "15 days"}, {"capability": "ai", "after": "0 days"}], "licence_states": {"suspended": "15 days", "grace": "0 days"}}', 'licence["ai"] licence["sync"] licence_states.grace licence_states.suspended', 'licence', '[{"capability": "ai", "after": "00:00:00"}, {"capability": "sync", "after": "15 days"}]'),
    ('fewer of them', '{"licence": [{"capability": "ai", "after": null}], "licence_states": {"grace": null}}', 'licence["ai"] licence_states.grace', 'licence_states', '{"grace": null, "suspended": "15 days", "cancelled": null}'),
    ('guarantee, shadow, fee', '{"guarantee": {"profit": 3}, "shadow": {"share": "0.10"}, "payment_fee": {"percent": "2.90"}}', 'guarantee payment_fee.percent shadow.share', 'guarantee', '{"revenue": "0", "cost": "0", "profit": "3"}'),
    ('their defaults again', '{"guarantee": null, "shadow": null, "payment_fee": null}', 'guarantee payment_fee.percent shadow.share', 'payment_fee', '{"percent": "0", "fixed": "0"}'),
    ('packs', '{"packs": {"small": {"price": 29, "credits": 500, "bulk": [{"from": 10, "price": "25"}, {"from": 20, "price": 20}]}, "large": {"price": "79.00", "credits": 2000, "expires": "1 year"}}}', 'packs.large packs.small', 'packs.large', '{"price": "79", "credits": "2000", "expires": "1 year", "bulk": []}'),
    ('a pack changes key by key', '{"packs": {"small": {"price": 30}}}', 'packs.small.price', 'packs.small.bulk.1', '{"from": 20, "price": "20"}'),
    ('a top-up', '{"top_up": {"below": 100, "pack": "small"}}', 'top_up', 'top_up', '{"below": "100", "pack": "small", "at_most": "1 day"}'),
    ('part of a top-up', '{"top_up": {"below": 50}}', 'top_up.below', 'top_up.pack', '"small"'),
    ('a pack goes', '{"packs": {"large": null}}', 'packs.large', 'packs.large', NULL),
    ('consents', '{"consents": {"data": {"monthly_usd": "1.00"}, "ads": {"monthly_usd": 0.25}}}', 'consents.ads consents.data', 'consents', '{"ads": {"monthly_usd": "0.25"}, "data": {"monthly_usd": "1"}}'),
    ('promotions', '{"promotions": {"referral": {"credits": 50}, "prize_wheel": {"odds": "0.20", "prize": {"model": "video", "usage": {"seconds": 5}}}}}', 'promotions.prize_wheel promotions.referral', 'promotions.prize_wheel', '{"every": "1 day", "odds": "0.2", "prize": {"provider": null, "model": "video", "usage": {"seconds": "5"}, "credits": null}}'),
    ('part of a promotion', '{"promotions": {"prize_wheel": {"every": "1 week"}, "referral": null}}', 'promotions.prize_wheel.every promotions.referral', 'promotions', '{"referral": null, "prize_wheel": {"every": "7 days", "odds": "0.2", "prize": {"provider": null, "model": "video", "usage": {"seconds": "5"}, "credits": null}}}'),
    ('rates of exchange', '{"fx": [{"currency": "EUR", "usd": "1.08", "from": "2026-01-01"}, {"currency": "CHF", "usd": 1.1, "from": "2026-02-01"}, {"currency": "EUR", "usd": "1.10", "from": "2025-01-01T01:00+01"}]}', 'fx["CHF", "2026-02-01T00:00:00+00:00"] fx["EUR", "2025-01-01T00:00:00+00:00"] fx["EUR", "2026-01-01T00:00:00+00:00"]', 'fx.1', '{"currency": "EUR", "usd": "1.1", "from": "2025-01-01T00:00:00+00:00"}'),
    ('a rate changes, another goes', '{"fx": [{"currency": "EUR", "usd": "1.09", "from": "2026-01-01"}, {"currency": "CHF", "usd": null, "from": "2026-02-01"}]}', 'fx["CHF", "2026-02-01T00:00:00+00:00"] fx["EUR", "2026-01-01T00:00:00+00:00"].usd', 'fx.1.usd', '"1.09"'),
    ('the interface', '{"api": {"authenticators": ["web", "app"]}}', 'api.authenticators', 'api', '{"authenticators": ["web", "app"], "account_claim": "account_id"}'),
    ('payment', '{"stripe": {"webhook_secret": "whsec_first", "prices": {"price_1": "pro", "price_2": "big"}, "packs": {"price_3": "small"}}}', 'stripe', 'stripe', '{"livemode": true, "prices": {"price_1": "pro", "price_2": "big"}, "packs": {"price_3": "small"}}'),
    ('the same secret again', '{"stripe": {"webhook_secret": "whsec_first"}}', '', 'stripe.webhook_secret', NULL),
    ('another secret', '{"stripe": {"webhook_secret": "whsec_second"}}', 'stripe.webhook_secret', 'stripe.webhook_secret', NULL),
    ('names are merged', '{"stripe": {"livemode": false, "prices": {"price_2": null, "price_4": "big"}, "packs": null}}', 'stripe.livemode stripe.packs.price_3 stripe.prices.price_2 stripe.prices.price_4', 'stripe', '{"livemode": false, "prices": {"price_1": "pro", "price_4": "big"}, "packs": {}}');

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

-- Secrets: kept, named in the audit, readable nowhere but in their own table.
SELECT is((SELECT jsonb_object_agg(name, value) FROM credits.secret WHERE name LIKE 'stripe%'), '{"stripe.webhook_secret": "whsec_second"}', 'the secret is kept');
SELECT ok(credits.export_config()::text NOT LIKE '%whsec%', 'and not exported');
SELECT is((SELECT count(*) FROM credits.configuration_change c WHERE c.changes::text LIKE '%whsec%'), 0::bigint, 'nor in the audit');
SELECT is((SELECT c.changes FROM credits.configuration_change c WHERE c.changes ? 'stripe.webhook_secret'), '{"stripe.webhook_secret": {"old": "***", "new": "***"}}', 'which says that it changed');
SELECT is((SELECT c.changes #>> '{stripe,new,webhook_secret}' FROM credits.configuration_change c WHERE c.changes ? 'stripe' ORDER BY c.change_no LIMIT 1), '***', 'and that it came');
SELECT is((SELECT count(*) FROM credits.setting s WHERE s.value::text LIKE '%whsec%'), 0::bigint, 'nor among the settings');
SELECT is((SELECT count(*) FROM pg_roles r WHERE NOT r.rolsuper AND r.oid <> c.relowner AND has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') AND NOT pg_has_role(r.oid, 'pg_read_all_data', 'MEMBER') AND NOT pg_has_role(r.oid, 'pg_write_all_data', 'MEMBER')), 0::bigint, 'nobody may read secrets')
FROM pg_class c WHERE c.oid = 'credits.secret'::regclass;
SELECT is(credits.configure('{"stripe": {"webhook_secret": null}}') -> 'changed', '["stripe.webhook_secret"]', 'a secret goes');
SELECT is((SELECT count(*) FROM credits.secret WHERE name LIKE 'stripe%'), 0::bigint, 'and is gone');
SELECT isnt(credits.configure('{"stripe": {"webhook_secret": "whsec_third"}}'), NULL, 'another comes');
SELECT is(credits.configure('{"stripe": null}') -> 'changed', '["stripe"]', 'it goes with its section');
SELECT is((SELECT count(*) FROM credits.secret WHERE name LIKE 'stripe%'), 0::bigint, 'and is gone again');

-- All goes; nothing is left but what was at the beginning, and no row of it.
SELECT isnt(credits.configure((SELECT jsonb_object_agg(k, NULL) FROM jsonb_object_keys(credits.export_config()) k)), NULL, 'everything set to null');
SELECT is(credits.export_config(), (SELECT config FROM empty), 'is the beginning');
SELECT is((SELECT count(*) FROM credits.setting), 0::bigint, 'without a setting left');

-- Tables that calls cache are watched, these as well.
SELECT is((SELECT array_agg(t.tgrelid::regclass::text ORDER BY t.tgrelid::regclass::text) FROM pg_trigger t WHERE t.tgname = 'catalogue_changed' AND t.tgenabled = 'A' AND t.tgrelid IN ('credits.setting'::regclass, 'credits.secret'::regclass)),
          ARRAY['credits.secret', 'credits.setting'], 'changes of settings and secrets reach all sessions');

-- What calls work by: the same in the form that the core reads (the unit tests of the core read this very document).
SELECT isnt(credits.configure('{
    "margin": "0.80", "time_zone": "Europe/Berlin", "shadow": {"share": "0.25"}, "packs": {"small": {"price": 29, "credits": 500}},
    "limits": [{"name": "rate", "scope": "member", "metric": "requests", "window": "sliding 1 minute", "limit": 30},
               {"name": "fraud", "metric": "credits", "window": "hour", "limit": "0.5", "effect": "flag:fraud", "warn_at": null, "provider": "p", "model": "m", "action": "a"},
               {"name": "slow", "metric": "cost", "window": "week", "limit": 5, "effect": "degrade:slow"},
               {"name": "failures", "metric": "failures", "window": "sliding 1 day 12 hours", "limit": 5, "effect": "block:1 month 2 days 00:15:00.5"}],
    "ladder": [{"level": "low", "at": 50, "of": "cost_budget", "substitute": {"big": "small"}, "gates": [{"kind": "click", "count": 2}]}, {"level": "stop", "at": 100, "of": "slow", "allow": []}],
    "licence": [{"capability": "ai", "after": "0 days"}, {"capability": "sync", "after": "15 days"}], "licence_states": {"suspended": "1 year 15 days"},
    "brake": {"hour": {"warn": 50}, "day": {"stop": 500}, "min_margin": "0.20", "resume": "window"}, "guarantee": {"revenue": 5, "cost": 2, "profit": 3}, "top_up": {"below": 100, "pack": "small"},
    "plans": {"free": {}, "pro": {"features": ["ai"], "providers": [], "max_tokens_per_request": 8000, "cost_budget": "19.80", "cover": 2, "next_plan": "free", "includes": [{"model": "m", "usage": {"images": 10}}],
        "limits": [{"name": "tokens", "metric": "tokens", "window": "period", "limit": 5000000, "effect": "overage", "price": "0.001", "per": 1000}]}},
    "actions": {"chat": {"feature": "ai", "max_credits": 10, "gates": [{"kind": "click", "count": 1, "level": "low"}]}}}'), NULL, 'a configuration with every rule');
SELECT is(credits.policy_document(), '{"margin": "0.8", "time_zone": "Europe/Berlin", "shadow": {"share": "0.25"},
    "limits": [{"name": "failures", "scope": "account", "metric": "failures", "window": {"sliding": 129600000000}, "limit": "5", "effect": {"kind": "block", "for": {"months": 1, "days": 2, "micros": 900500000}}, "warn_at": "80", "provider": null, "model": null, "action": null},
               {"name": "fraud", "scope": "account", "metric": "credits", "window": "hour", "limit": "0.5", "effect": {"kind": "flag", "name": "fraud"}, "warn_at": null, "provider": "p", "model": "m", "action": "a"},
               {"name": "rate", "scope": "member", "metric": "requests", "window": {"sliding": 60000000}, "limit": "30", "effect": {"kind": "deny"}, "warn_at": "80", "provider": null, "model": null, "action": null},
               {"name": "slow", "scope": "account", "metric": "cost", "window": "week", "limit": "5", "effect": {"kind": "degrade", "name": "slow"}, "warn_at": "80", "provider": null, "model": null, "action": null}],
    "ladder": [{"level": "low", "at": "50", "of": "cost_budget", "allow": null, "substitute": {"big": "small"}, "gates": [{"kind": "click", "count": 2, "level": null}]}, {"level": "stop", "at": "100", "of": "slow", "allow": [], "substitute": {}, "gates": []}],
    "licence": [{"capability": "ai", "after": {"months": 0, "days": 0, "micros": 0}}, {"capability": "sync", "after": {"months": 0, "days": 15, "micros": 0}}],
    "licence_states": {"grace": null, "suspended": {"months": 12, "days": 15, "micros": 0}, "cancelled": null},
    "brake": {"hour": {"warn": "50", "stop": null}, "day": {"warn": null, "stop": "500"}, "min_margin": "0.2", "resume": "window"},
    "guarantee": {"revenue": "5", "cost": "2", "profit": "3"}, "top_up": {"below": "100", "pack": "small", "at_most": {"months": 0, "days": 1, "micros": 0}},
    "plans": {"free": {"features": null, "providers": null, "models": null, "max_tokens_per_request": null, "max_output_tokens": null, "cost_budget": null, "cover": "0", "includes": [], "limits": [], "next_plan": null},
              "pro": {"features": ["ai"], "providers": [], "models": null, "max_tokens_per_request": "8000", "max_output_tokens": null, "cost_budget": "19.8", "cover": "2", "includes": [{"provider": null, "model": "m", "usage": {"images": "10"}}],
                      "limits": [{"name": "tokens", "scope": "account", "metric": "tokens", "window": "period", "limit": "5000000", "effect": {"kind": "overage", "price": "0.001", "per": "1000"}, "warn_at": "80", "provider": null, "model": null, "action": null}], "next_plan": "free"}},
    "actions": {"chat": {"feature": "ai", "max_credits": "10", "gates": [{"kind": "click", "count": 1, "level": "low"}]}}}', 'is what the core reads');
SET LOCAL intervalstyle = 'iso_8601';
SELECT is(credits.policy_document() #> '{limits,0,effect,for,days}', '2', 'whatever the session''s settings');
SELECT is(credits.checked_limits('[{"name": "b", "metric": "cost", "window": "day", "limit": 1}, {"name": "a", "metric": "tokens", "window": "sliding 2 days", "limit": "5.0", "effect": "warn"}, {"name": "c", "limit": null}]', 'quota'),
    '[{"name": "a", "scope": "member", "metric": "tokens", "window": "sliding 2 days", "limit": "5", "effect": "warn", "price": null, "per": null, "warn_at": "80", "provider": null, "model": null, "action": null}, {"name": "b", "scope": "member", "metric": "cost", "window": "day", "limit": "1", "effect": "deny", "price": null, "per": null, "warn_at": "80", "provider": null, "model": null, "action": null}]', 'limits of a quota have the same form, and are of the member');
RESET intervalstyle;
SELECT throws_ok($$ SELECT credits.checked_limits('[{"name": "b", "metric": "cost", "window": "day", "limit": 1, "effect": "overage"}]', 'quota') $$, '22023', 'quota["b"].price: is missing', 'and the same rules');
SELECT throws_ok($$ SELECT credits.checked_limits('[{"name": "b", "metric": "cost", "limit": 1}]', 'quota') $$, '22023', 'quota["b"].window: is missing', 'also where something is missing');

-- Random configurations survive export and import into nothing, also as text, and say the same afterwards.
CREATE FUNCTION pg_temp.one_of(variadic options jsonb[]) RETURNS jsonb LANGUAGE sql VOLATILE AS
    $$ SELECT options[1 + floor(random() * cardinality(options))] $$;
CREATE FUNCTION pg_temp.usd() RETURNS jsonb LANGUAGE sql VOLATILE AS
    $$ SELECT pg_temp.one_of(to_jsonb((random() * 100)::numeric), to_jsonb((random()::numeric / 1e9)::text), '"5.10"', '9.99') $$;
CREATE FUNCTION pg_temp.limits(scopes jsonb[]) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT jsonb_agg(CASE l.value ->> 'scope' WHEN 'platform' THEN l.value || '{"window": "day", "effect": "warn"}' ELSE l.value END)
    FROM (SELECT jsonb_build_object('name', 'limit ' || i, 'metric', pg_temp.one_of('"requests"', '"tokens"', '"credits"', '"cost"'), 'scope', pg_temp.one_of(variadic scopes), 'limit', pg_temp.usd(),
        'window', pg_temp.one_of('"sliding 90 s"', '"sliding 1 day 1 second"', '"hour"', '"month"', '"lifetime"', '"sliding 0.25 hours"'), 'model', pg_temp.one_of('null', '"m"'))
        || pg_temp.one_of('{}', '{"warn_at": null}', '{"warn_at": "66.60"}') || pg_temp.one_of('{}', '{"effect": "warn"}', '{"effect": "degrade:basic"}', '{"effect": "block:90 minutes"}', '{"effect": "flag:odd one"}') AS value
          FROM generate_series(1, floor(random() * 4)::integer) i) l $$;
CREATE FUNCTION pg_temp.configuration() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT jsonb_build_object('limits', coalesce(pg_temp.limits(ARRAY['null', '"member"', '"platform"', '"model"']::jsonb[]), 'null'),
        'plans', (SELECT jsonb_object_agg('plan ' || i, jsonb_build_object('limits', coalesce(pg_temp.limits(ARRAY['null', '"team"', '"action"']::jsonb[]), 'null'), 'cost_budget', pg_temp.one_of('null', pg_temp.usd()), 'cover', pg_temp.usd(),
            'features', pg_temp.one_of('null', '[]', '["b", "a"]'), 'models', pg_temp.one_of('null', '["m"]'), 'next_plan', pg_temp.one_of('null', to_jsonb('plan ' || 1 + i % 3)),
            'includes', pg_temp.one_of('null', jsonb_build_array(jsonb_build_object('model', 'm', 'usage', jsonb_build_object('images', pg_temp.usd())))))) FROM generate_series(1, 3) i),
        'actions', '{"chat": {"gates": [{"kind": "x"}]}, "help": {}}'::jsonb,
        'ladder', (SELECT jsonb_agg(jsonb_build_object('level', 'level ' || i, 'at', pg_temp.usd(), 'of', 'cost_budget', 'allow', pg_temp.one_of('null', '[]', '["help", "chat"]'), 'substitute', pg_temp.one_of('null', '{"b": "a"}'),
            'gates', pg_temp.one_of('null', '[{"kind": "x", "count": 3}]')) ORDER BY random()) FROM generate_series(1, 5) i),
        'licence', (SELECT jsonb_agg(jsonb_build_object('capability', 'c' || i, 'after', pg_temp.one_of('"0 s"', '"15 days"', '"1 month 01:00"'))) FROM generate_series(1, 3) i),
        'brake', pg_temp.one_of('null', jsonb_build_object('hour', jsonb_build_object('warn', pg_temp.usd())), jsonb_build_object('day', jsonb_build_object('stop', pg_temp.usd()), 'resume', 'window')),
        'payment_fee', jsonb_build_object('fixed', pg_temp.usd()), 'guarantee', pg_temp.one_of('null', '{"profit": 3}'), 'shadow', pg_temp.one_of('null', '{"share": 1}'),
        'packs', jsonb_build_object('p', jsonb_build_object('price', pg_temp.usd(), 'credits', floor(random() * 1000), 'bulk', pg_temp.one_of('null', '[{"from": 2, "price": 1}]'))),
        'promotions', pg_temp.one_of('null', '{"referral": {"credits": 5}}'), 'stripe', pg_temp.one_of('null', '{"packs": {"price": "p"}}', '{"livemode": false}'), 'top_up', pg_temp.one_of('null', '{"below": 5, "pack": "p"}')) $$;
CREATE FUNCTION pg_temp.emptied() RETURNS jsonb LANGUAGE sql VOLATILE AS
    $$ SELECT credits.configure((SELECT jsonb_object_agg(k, NULL) FROM jsonb_object_keys(credits.export_config()) k)) $$;
CREATE FUNCTION pg_temp.round_trips(rounds integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    given jsonb; first jsonb; policy jsonb; differing integer := 0; repeated integer := 0; ordered integer := 0; unlike integer := 0;
BEGIN
    PERFORM setseed(0.5), pg_temp.emptied();
    FOR i IN 1 .. rounds LOOP
        given := pg_temp.configuration();
        PERFORM credits.configure(given);
        first := credits.export_config();
        policy := credits.policy_document();
        repeated := repeated + (credits.configure(given) -> 'changed' <> '[]')::integer;
        ordered := ordered + (jsonb_path_query_array(given, '$.ladder.level') <> jsonb_path_query_array(first, '$.ladder.level'))::integer;
        PERFORM pg_temp.emptied();
        PERFORM credits.configure(first::text::jsonb);
        differing := differing + (credits.export_config()::text <> first::text)::integer;
        unlike := unlike + (credits.policy_document() <> policy)::integer;
        PERFORM pg_temp.emptied();
    END LOOP;
    RETURN NEXT is(differing, 0, format('%s random configurations: import of the export is the same, byte for byte', rounds));
    RETURN NEXT is(unlike, 0, format('%s random configurations: and so are the rules that calls work by', rounds));
    RETURN NEXT is(repeated, 0, format('%s random configurations: the same document again changes nothing', rounds));
    RETURN NEXT is(ordered, 0, format('%s random configurations: the ladder keeps its order', rounds));
END $$;
SELECT pg_temp.round_trips(30);
SELECT is(credits.export_config(), (SELECT config FROM empty), 'and nothing is left of them');

SELECT * FROM finish();
ROLLBACK;
