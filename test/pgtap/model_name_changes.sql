-- What a model's name means may change, and price files have names of their own: calls go by what it means now, holds by what it
-- meant, in the limits of accounts and in those of the platform.
\ir helpers/tap.sql
SELECT isnt(credits.configure('{
    "aliases": [{"provider": "p", "alias": "big-latest", "model": "big"}],
    "limits": [{"name": "everybody", "scope": "platform", "metric": "credits", "window": "day", "limit": 100, "model": "big"},
               {"name": "bigs", "metric": "credits", "window": "day", "limit": 20, "model": "big"}],
    "plans": {"free": {"credits": 1000}}, "default_plan": "free"}'), NULL, 'configured');
CREATE FUNCTION public.used(name text) RETURNS numeric LANGUAGE sql AS $$ SELECT trim_scale(l.used) FROM credits.limits('held') l WHERE l.limit_name = name $$;
-- A hold is counted by what its names meant when it was authorized.
SET pg_credits.now = '2026-01-03 00:00:00+00';
SELECT credits.open_account('held') \g /dev/null
SELECT is((credits.authorize('held', 5, provider => 'p', model => 'big-latest', ttl => '1 hour')).outcome, 'ok', 'held by an alias');
SELECT is(public.used('everybody'), 5::numeric, 'also by the platform');
SELECT is(credits.configure('{"aliases": [{"provider": "p", "alias": "big-latest", "model": "small"}]}') -> 'changed', '["aliases[\"p\", \"big-latest\"].model"]', 'which means another model then');
SELECT is((credits.authorize('held', 16, provider => 'p', model => 'big')).outcome, 'quota_exceeded', 'still counted for the first');
SELECT is((credits.release('held', 1)).kind, 'release', 'and given back');
SELECT is(public.used('bigs'), 0::numeric, 'there');
SELECT is(public.used('everybody'), 0::numeric, 'and in the limit of the platform');
SELECT is((credits.authorize('held', 16, provider => 'p', model => 'big')).outcome, 'ok', 'so that there is room again');
SELECT is((credits.authorize('held', 5, provider => 'p', model => 'big-latest')).outcome, 'ok', 'new calls go by what it means now');

-- Names of price files, also of providers; what means more than one model stands for itself.
SELECT isnt(count(*), 0::bigint, 'imported') FROM credits.import_prices('[{"id": "q", "name": "Q", "provider_match": {"contains": "q-"}, "models": [
    {"id": "m", "match": {"starts_with": "m-"}, "prices": {"requests_kcount": 1}}, {"id": "m-x", "match": {"starts_with": "m-x"}, "prices": {"requests_kcount": 1}}]}]', source => 'file');
SELECT is(credits.configure('{"limits": [{"name": "one m", "metric": "requests", "window": "day", "limit": 1, "model": "m"}, {"name": "two of q", "metric": "requests", "window": "day", "limit": 2, "provider": "q"}]}') -> 'warnings',
    '["limits[\"bigs\"].model: the price book has no model \"big\"", "limits[\"everybody\"].model: the price book has no model \"big\""]', 'limits of a file''s model and provider');
SELECT credits.open_account('file') \g /dev/null
CREATE FUNCTION public.ask(provider text, model text) RETURNS text LANGUAGE sql AS $$ SELECT concat_ws(' ', d.outcome, d.limit_name) FROM credits.authorize('file', 1, provider => $1, model => $2) d $$;
SELECT is(public.ask('q', 'm-2'), 'ok', 'a name by a rule');
SELECT is(public.ask('q', 'm'), 'quota_exceeded one m', 'is the model');
SELECT is(public.ask('q-east', 'm-2'), 'quota_exceeded one m', 'of a provider by a rule');
SELECT is(public.ask('q-east', 'm-x2'), 'ok', 'two models'' name is neither''s');
SELECT is(public.ask('q-west', 'other'), 'quota_exceeded two of q', 'and all names of a provider are its');
SELECT is(public.ask('other', 'm-2'), 'ok', 'another provider''s are not');
SELECT is((SELECT count(*) FROM credits.verify()), 0::bigint, 'the books are right');
SELECT * FROM finish();
