-- Loading presets: each is a whole configuration, for databases without accounts, and replaces whatever was configured.
\ir helpers/tap.sql
SET timezone = 'UTC';

SELECT is((SELECT string_agg(p.name, ' ' ORDER BY p.name) FROM credits.preset_documents() p), 'guaranteed_profit margin_tiers media_studio membership org_licenses', 'the five');
SELECT is(credits.load_preset(p.name) -> 'warnings', '[]', p.name || ' is loaded without warnings') FROM credits.preset_documents() p;

-- One over another: with each key of the document at its default and the preset configured on that, the same is there.
CREATE FUNCTION public.configured_anew(document jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    PERFORM credits.configure((SELECT jsonb_object_agg(k.key, 'null'::jsonb) FROM credits.configuration_keys() k WHERE k.section = 'document'));
    PERFORM credits.configure(document);
    RETURN credits.export_config();
END $$;
CREATE FUNCTION public.loaded_over(name text, something jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    PERFORM credits.configure(something);
    PERFORM credits.load_preset(name);
    RETURN credits.export_config();
END $$;
SELECT is(public.loaded_over(p.name, o.document), public.configured_anew(p.document), p.name || ' over ' || o.name || ' leaves nothing of that')
FROM credits.preset_documents() p, (SELECT d.name, d.document FROM credits.preset_documents() d
    UNION ALL SELECT 'everything else', '{"unit": {"scale": 2, "rounding": "up"}, "stripe": {"webhook_secret": "whsec_1", "prices": {}}, "time_zone": "Europe/Berlin", "idempotency_days": 7,
        "fx": [{"currency": "EUR", "usd": "1.08", "from": "2026-01-01"}], "aliases": [{"provider": "p", "alias": "a", "model": "m"}], "shadow": {"share": "0.5"}, "api": {"authenticators": ["someone"]},
        "packs": {"bag": {"price": 1, "credits": 5}}, "top_up": {"below": 5, "pack": "bag"}, "refund_lot_life": "3 days"}'::jsonb) o;
SELECT is_empty($$ SELECT * FROM credits.secret WHERE name LIKE 'stripe.%' $$, 'nor its secrets');

-- The same again, and what came after it.
SELECT isnt(credits.load_preset('membership') ->> 'changed', '[]', 'another preset changes something');
SELECT is(credits.load_preset('membership'), '{"changed": [], "warnings": []}', 'the same again nothing');
SELECT is(credits.configure('{"plans": {"trial": {"credits": 5}}, "time_zone": "Europe/Berlin"}') -> 'changed', '["plans.trial", "time_zone"]', 'it is changed like any configuration');
SELECT is(credits.load_preset('membership') -> 'changed', '["plans.trial", "time_zone"]', 'loaded again it says what it takes back');
SELECT is((SELECT c.changes FROM credits.configuration_change c ORDER BY c.change_no DESC LIMIT 1) -> 'time_zone', '{"new": "UTC", "old": "Europe/Berlin"}', 'as the audit does');
SELECT lives_ok($$ SELECT credits.import_prices('[{"id": "p", "models": [{"id": "m", "match": {"equals": "m"}, "prices": {"input_mtok": 1}}]}]', source => 'file') $$, 'prices of a file');
SELECT is(credits.load_preset('margin_tiers') -> 'warnings', '[]', 'another preset over them');
SELECT is(credits.cost('p', 'm', '{"input_tokens": 1000000}'), 1::numeric, 'leaves them alone');

-- Refusals.
CREATE FUNCTION public.refusal(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE command;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, detail, hint);
END $$;
SELECT is(public.refusal($$ SELECT credits.load_preset('freemium') $$), '22023 | there is no preset ''freemium'' | the configuration is unchanged | the presets are guaranteed_profit, margin_tiers, media_studio, membership, org_licenses', 'an unknown name');
SELECT is(left(public.refusal($$ SELECT credits.load_preset(NULL) $$), 29), '22004 | name must not be null', 'no name');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT is(public.refusal($$ SELECT credits.load_preset('membership') $$), '25000 | loading a preset needs the isolation level read committed | this transaction is repeatable read | BEGIN ISOLATION LEVEL READ COMMITTED; SELECT credits.load_preset(…); COMMIT;', 'above read committed');
ROLLBACK;

-- Whose rights: those of the function alone.
CREATE ROLE preset_loader;
GRANT USAGE ON SCHEMA credits TO preset_loader;
SET ROLE preset_loader;
SELECT is(left(public.refusal($$ SELECT credits.load_preset('membership') $$), 5), '42501', 'nobody may call it at first');
RESET ROLE;
GRANT EXECUTE ON FUNCTION credits.load_preset TO preset_loader;
SET ROLE preset_loader;
SELECT is(credits.load_preset('membership') -> 'warnings', '[]', 'EXECUTE is all that it takes');
RESET ROLE;
SELECT is((SELECT c.changed_by FROM credits.configuration_change c ORDER BY c.change_no DESC LIMIT 1), 'preset_loader', 'and says who it was');

-- An account, with or without credits, open or closed, ends it.
SELECT credits.open_account('ann', 'annual'), credits.close_account('ann') \g /dev/null
SELECT is(public.refusal(format('SELECT credits.load_preset(%L)', p.name)), '55000 | a preset can be loaded only where there are no accounts yet | there is the account ''ann'', which the change would concern '
    '| load it in a database of its own; what is configured here is changed with credits.configure()', p.name || ' is too late') FROM credits.preset_documents() p;
SELECT is(credits.export_config() #> '{plans,annual,credits}', '"5000000"', 'nothing has changed');
REVOKE ALL ON FUNCTION credits.load_preset FROM preset_loader;
REVOKE ALL ON SCHEMA credits FROM preset_loader;
DROP ROLE preset_loader;
SELECT is_empty('SELECT * FROM credits.verify()', 'verify() finds nothing');
SELECT * FROM finish();
