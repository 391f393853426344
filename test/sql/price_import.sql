-- import_prices(): its answers and errors to the letter, what stands in the tables afterwards, and which model a name
-- means. What documents change, in whichever order, is test/pgtap/price_import.sql's.
\set QUIET on
\getenv folder PG_ABS_SRCDIR
\set own regress_credits_price_import
\i :folder/sql/helpers/begin.sql

CREATE TABLE public.wrong (no integer GENERATED ALWAYS AS IDENTITY, call text);
INSERT INTO public.wrong (call) VALUES
    ('import_prices(NULL)'), ('import_prices(''null'')'), ('import_prices(''5'')'), ('import_prices(''{}'')'), ('import_prices(''[]'')'), ('import_prices(''[1]'')'), ('import_prices(''{"a": 1}'')'), ('import_prices(''{"a": {}}'')'), ('import_prices(''{"a": null}'')'), ('import_prices(''{"a": {"litellm_provider": "p", "mode": "chat"}}'')'),
    ('import_prices(''{"a": {"litellm_provider": "p", "input_cost_per_token": 1}}'', ''infinity'')'), ('import_prices(''{"a": {"litellm_provider": "p", "input_cost_per_token": 1}}'', ''-infinity'')'),
    ('import_prices(''{"a": {"litellm_provider": "p", "input_cost_per_token": 1}}'', source => ''configuration'')'), ('import_prices(''{"a": {"litellm_provider": "p", "input_cost_per_token": 1}}'', source => '''')'),
    ('import_prices(''{"a": {"litellm_provider": "p", "input_cost_per_token": 1}}'', complete => NULL)'),
    ('import_prices(jsonb_build_object(repeat(''é'', 201), ''{"litellm_provider": "p", "input_cost_per_token": 1}''::jsonb))'),
    ('check_import_changes(ARRAY[(''add'', ''p'', ''a'', ''x'', 1, 1, 0, NULL, ''{}'', ''2026-01-01'', ''infinity'', ''s'', NULL)::credits.book_change, (''keep'', ''p'', ''a'', ''x'', 2, 1, 0, NULL, ''{}'', ''2026-01-01'', ''2026-02-01'', ''s'', 1)::credits.book_change])');
SELECT format(E'%s\n%s', w.call, string_agg(a.line, E'\n')) FROM public.wrong w, public.answer('credits.' || w.call) WITH ORDINALITY a(line, no) GROUP BY w.no, w.call ORDER BY w.no;
SELECT (SELECT count(*) FROM credits.price), (SELECT count(*) FROM credits.price_import), (SELECT price_version FROM credits.platform);

-- A file with what files have: conditions, tiers, hours, what is no price in USD, and what is no model.
CREATE TABLE public.file (name text, document jsonb);
INSERT INTO public.file VALUES ('litellm', '{
  "sample_spec": {"litellm_provider": "one of the providers", "input_cost_per_token": 0},
  "long": {"litellm_provider": "openai", "mode": "chat", "max_tokens": 8192, "input_cost_per_token": 2e-06, "output_cost_per_token": "8e-06", "input_cost_per_token_above_200k_tokens": 4e-06, "input_cost_per_token_flex": 1e-06,
           "cache_read_input_token_cost": 4.5003000000000007e-07},
  "xai/long": {"litellm_provider": "xai", "input_cost_per_token": 2e-06, "input_cost_per_token_above_128k_tokens": 4e-06, "output_cost_per_token": 0},
  "tiered": {"litellm_provider": "dashscope", "tiered_pricing": [{"range": [0, 32000.0], "input_cost_per_token": 1e-07, "output_cost_per_token": 4e-07}, {"range": [32000, 128000], "input_cost_per_token": 2e-07, "output_cost_per_token": 8e-07}]},
  "brick": {"litellm_provider": "databricks", "input_cost_per_token": 1e-06, "input_dbu_cost_per_token": 7e-06, "output_cost_per_token": -1},
  "lost": {"input_cost_per_token": 1},
  "talk": {"litellm_provider": "p", "mode": "chat"}}');
SELECT * FROM credits.import_prices((SELECT document FROM public.file WHERE name = 'litellm'), '2026-01-01');
SELECT provider, model, metric, trim_scale(price), per, conditions, tiers, valid_from, valid_to, source, version_from FROM credits.price_history ORDER BY provider, model, metric, conditions;
SELECT changes, price_version, changed_by = session_user FROM credits.configuration_change;
SELECT import_no, source, effective_from, complete, models, removed, same_as, version, imported_at, imported_by = session_user FROM credits.price_import;
SELECT credits.cost('openai', 'long', '{"input_tokens": 200000}'), credits.cost('openai', 'long', '{"input_tokens": 200001}'), credits.cost('xai', 'xai/long', '{"input_tokens": 128000}'), credits.cost('openai', 'long', '{"input_tokens": 1, "service_tier": "Flex"}');

-- Session settings and a caller's own functions change nothing; the caller needs EXECUTE, no rights on tables.
SET timezone = 'Asia/Kathmandu';
SET datestyle = 'SQL, DMY';
CREATE ROLE regress_credits_importer;
GRANT USAGE ON SCHEMA credits TO regress_credits_importer;
SET ROLE regress_credits_importer;
SELECT public.answer('credits.import_prices(''{"a": {"litellm_provider": "p", "input_cost_per_token": 1}}'')') LIMIT 1;
RESET ROLE;
GRANT EXECUTE ON FUNCTION credits.import_prices TO regress_credits_importer;
SET ROLE regress_credits_importer;
SELECT * FROM credits.import_prices('{"a": {"litellm_provider": "p", "input_cost_per_token": 1}}', source => 'mine');
SELECT * FROM credits.import_prices('[{"id": "p", "name": "P", "models": [{"id": "a", "match": {"equals": "a"}, "prices": [{"prices": {"input_mtok": 1}}, {"constraint": {"start_date": "2026-06-01"}, "prices": {"input_mtok": 2}}]}]}]', source => 'mine');
RESET ROLE;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SELECT imported_by, source, effective_from FROM credits.price_import ORDER BY import_no DESC LIMIT 1;

-- Names: aliases, then the name itself, then as the file writes it, then rules; equal names before other rules.
SELECT * FROM credits.import_prices('[
  {"id": "lab", "name": "Lab", "provider_match": {"contains": "lab"}, "models": [
    {"id": "big", "match": {"or": [{"equals": "big-1"}, {"starts_with": "big-"}]}, "prices": {"input_mtok": 1}},
    {"id": "big-mini", "match": {"equals": "big-mini"}, "prices": {"input_mtok": 2}},
    {"id": "old", "match": {"and": [{"starts_with": "old"}, {"ends_with": "!"}, {"contains": "-"}]}, "prices": {"input_mtok": 3}},
    {"id": "new", "match": {"regex": "^new-\\d+$"}, "prices": {"input_mtok": 4}},
    {"id": "newer", "match": {"starts_with": "new-1"}, "prices": {"input_mtok": 5}},
    {"id": "bad", "match": {"regex": "("}, "prices": {"input_mtok": 6}}]},
  {"id": "shop", "name": "Shop", "fallback_model_providers": ["lab", "p"], "models": [{"id": "shop/own", "match": {"equals": "own"}, "prices": {"input_mtok": 7}}]},
  {"id": "other", "name": "Other", "provider_match": {"or": [{"equals": "lab-two"}, {"ends_with": "-shared"}]}, "models": [{"id": "thing", "match": {"equals": "thing"}, "prices": {"input_mtok": 8}}]}]', source => 'names');
SELECT credits.configure('{"aliases": [{"provider": "lab", "alias": "best", "model": "big"}, {"provider": "lab", "alias": "big-mini", "model": "old"}, {"provider": "shop", "alias": "top", "model": "big-1"}]}') ->> 'changed';
SELECT provider, model, rule, sells FROM credits.price_name_rule WHERE source = 'names' ORDER BY 1, 2;
CREATE TABLE public.asked (no integer GENERATED ALWAYS AS IDENTITY, provider text, model text);
INSERT INTO public.asked (provider, model) VALUES ('lab', 'big'), ('lab', 'best'), ('lab', 'big-1'), ('lab', 'big-2024'), ('lab', 'big-mini'), ('lab', 'Big'), ('lab', 'old-man!'), ('lab', 'old-man'), ('lab', 'new-2'), ('lab', 'new-12'), ('lab', 'new-x'), ('lab', 'bad'), ('lab', '('), ('lab', ''), ('lab', 'none'),
    ('xai', 'long'), ('xai', 'xai/long'), ('shop', 'own'), ('shop', 'big-1'), ('shop', 'top'), ('shop', 'a'), ('shop', 'none'), ('my-lab', 'big-1'), ('lab-two', 'thing'), ('lab-shared', 'thing'), ('nobody', 'big'), ('', '');
SELECT a.provider, a.model, m FROM public.asked a LEFT JOIN LATERAL public.answer(format('credits.price_model(%L, %L, (SELECT price_version FROM credits.platform))', a.provider, a.model)) WITH ORDINALITY m(m, no) ON true ORDER BY a.no, m.no;
SELECT public.answer('credits.cost(''lab'', ''new-12'', 1, 1)');
SELECT credits.cost('shop', 'top', '{"input_tokens": 1000000}'), credits.cost('my-lab', 'new-2', '{"input_tokens": 1000000}');

-- Names have versions too: an alias that is gone still means what it meant for calls under an earlier book.
SELECT credits.configure('{"aliases": null}') ->> 'changed';
SELECT * FROM public.answer('credits.price_model(''lab'', ''best'', (SELECT price_version FROM credits.platform))');
SELECT * FROM public.answer('credits.price_model(''lab'', ''best'', (SELECT price_version - 1 FROM credits.platform))');
SELECT count(*) FROM credits.import_prices('[{"id": "lab", "models": [{"id": "big", "match": {"equals": "big-2024"}, "prices": {"input_mtok": 1}}]}]', source => 'names');
SELECT * FROM public.answer('credits.price_model(''lab'', ''big-1'', (SELECT price_version FROM credits.platform))');
SELECT * FROM public.answer('credits.price_model(''lab'', ''big-1'', (SELECT price_version - 1 FROM credits.platform))');
SELECT * FROM public.answer('credits.price_model(''my-lab'', ''big'', (SELECT price_version FROM credits.platform))');

-- What is made by hand reaches every cache, and the history tells that nobody's call brought it.
INSERT INTO credits.price (provider, model, metric, price) VALUES ('hand', 'made', 'requests', 0.5);
SELECT credits.cost('hand', 'made', '{"requests": 3}');
INSERT INTO credits.price_alias (provider, alias, model) VALUES ('hand', 'other', 'made');
SELECT credits.cost('hand', 'other', '{"requests": 3}');
SELECT source, in_book, entered_at, entered_by FROM credits.price_history WHERE provider = 'hand';

-- What a reader gives twice counts once.
SELECT * FROM credits.import_prices('[{"id": "twice", "models": [{"id": "a", "prices": {"input_mtok": 1}}, {"id": "a", "prices": {"input_mtok": 2}}]}]', source => 'twice');

-- Long and odd documents: an error or a right answer.
SELECT left(a, 100) FROM public.answer(format('credits.import_prices(%L)', (repeat('[', 3000) || repeat(']', 3000)))) a LIMIT 1;
SELECT * FROM credits.import_prices(jsonb_build_array(jsonb_build_object('id', 'deep', 'models', jsonb_build_array(jsonb_build_object('id', 'm', 'match', (repeat('{"or": [', 500) || '{"equals": "x"}' || repeat(']}', 500))::jsonb, 'prices', '{"input_mtok": 1}'::jsonb)))), source => 'deep');
SELECT count(*) FROM credits.price_name_rule WHERE source = 'deep';
SELECT change, length(model) FROM credits.import_prices(jsonb_build_object(repeat('é', 200), '{"litellm_provider": "p", "input_cost_per_token": 1e-30}'::jsonb), source => 'long');

DROP OWNED BY regress_credits_importer;
DROP ROLE regress_credits_importer;
\i :folder/sql/helpers/end.sql
