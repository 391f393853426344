-- What the price book costs in time: bringing in LiteLLM's file, the same file again, cost() over a trace, and the
-- first call of a session that runs while the book changes. The files are found by PG_CREDITS_DATA.
\set book `gzip -dc "$PG_CREDITS_DATA/prices/litellm_model_prices_2026-08-01.json.gz"`
\set trace `gzip -dc "$PG_CREDITS_DATA/traces/azure_llm_2023_conv.csv.gz"`
CREATE TABLE bench.figure (figure_no integer GENERATED ALWAYS AS IDENTITY, figure text, value numeric, unit text);
CREATE TABLE bench.document AS SELECT :'book'::jsonb AS document;
CREATE TABLE bench.trace AS
    SELECT split_part(line, ',', 2)::bigint AS input, split_part(line, ',', 3)::bigint AS output,
           jsonb_build_object('input_tokens', split_part(line, ',', 2)::bigint, 'output_tokens', split_part(line, ',', 3)::bigint) AS usage
    FROM string_to_table(:'trace', E'\n') WITH ORDINALITY l(line, no) WHERE no > 1 AND line <> '';
ANALYZE bench.document, bench.trace;

-- The best of so many times, in microseconds: the others had to share the machine.
CREATE FUNCTION bench.best_of(times integer, query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    began timestamptz;
    best  numeric;
BEGIN
    FOR n IN 1 .. times LOOP
        began := clock_timestamp();
        EXECUTE query;
        best := least(best, extract(epoch FROM clock_timestamp() - began) * 1e6);
    END LOOP;
    RETURN best;
END $$;

-- Imports: new, the same again (nothing may be written), one price changed.
CREATE PROCEDURE bench.import(title text, document jsonb, effective_from timestamptz) LANGUAGE plpgsql AS $$
DECLARE
    began   timestamptz := clock_timestamp();
    version bigint := (SELECT price_version FROM credits.platform);
    answer  text;
BEGIN
    SELECT string_agg(concat_ws(' ', c.count, c.change), ', ' ORDER BY c.count DESC) INTO answer
    FROM (SELECT i.change, count(*) FROM credits.import_prices(document, effective_from, 'bench') i GROUP BY i.change) c;
    INSERT INTO bench.figure (figure, value, unit)
    SELECT format('%s: %s; versions of the book: %s', title, answer, p.price_version - version), extract(epoch FROM clock_timestamp() - began), 's'
    FROM credits.platform p;
END $$;
SELECT document AS unchanged, jsonb_set(document, '{gpt-4o,input_cost_per_token}', '0.001') AS changed FROM bench.document \gset
CALL bench.import('import of the file', :'unchanged', '2026-01-01');
CALL bench.import('the same file again', :'unchanged', '2026-01-02');
CALL bench.import('the file with one price changed', :'changed', '2026-01-03');
VACUUM ANALYZE credits.price;
INSERT INTO bench.figure (figure, value, unit) SELECT 'rows of the book, with indexes', pg_total_relation_size('credits.price') / 1048576.0, 'MiB';

-- A call of cost() in a query over the trace, net of a query that only adds up a column.
INSERT INTO bench.figure (figure, value, unit)
SELECT format('cost() of %s calls, %s', n.calls, q.form), (bench.best_of(7, q.query) - bench.best_of(7, 'SELECT sum(input::numeric) FROM bench.trace')) / n.calls, 'µs a call'
FROM (VALUES ('two counts', $$ SELECT sum(credits.cost('openai', 'gpt-4o-mini-2024-07-18', input, output)) FROM bench.trace $$),
             ('usage, no conditions', $$ SELECT sum(credits.cost('openai', 'gpt-4o-mini-2024-07-18', usage)) FROM bench.trace $$),
             ('usage, 14 prices with conditions', $$ SELECT sum(credits.cost('openai', 'gpt-5.4', usage)) FROM bench.trace $$)) q(form, query),
     (SELECT count(*) AS calls FROM bench.trace) n;

-- The first call after a change of the book, of a session that has priced before; then a later call.
\setenv PGDATABASE :DBNAME
SELECT credits.cost('openai', 'gpt-4o', 1, 1), credits.deduct('a1', provider => 'openai', model => 'gpt-4o', usage => '{"input_tokens": 1}') \g /dev/null
\! psql -Xqo /dev/null -c "SELECT * FROM credits.import_prices('{\"gpt-4o\": {\"litellm_provider\": \"openai\", \"input_cost_per_token\": 0.002, \"output_cost_per_token\": 0.001}}', '2026-01-04', 'bench', false)"
INSERT INTO bench.figure (figure, value, unit) SELECT 'first cost() of a running session after an import', bench.best_of(1, $$ SELECT credits.cost('openai', 'gpt-4o', 1, 1) $$) / 1000, 'ms';
\! psql -Xqo /dev/null -c "SELECT * FROM credits.import_prices('{\"gpt-4o\": {\"litellm_provider\": \"openai\", \"input_cost_per_token\": 0.003, \"output_cost_per_token\": 0.001}}', '2026-01-05', 'bench', false)"
INSERT INTO bench.figure (figure, value, unit)
SELECT 'first deduct() of a running session after an import', bench.best_of(1, $$ SELECT credits.deduct('a1', provider => 'openai', model => 'gpt-4o', usage => '{"input_tokens": 1}') $$) / 1000, 'ms';
INSERT INTO bench.figure (figure, value, unit)
SELECT 'the next one', bench.best_of(1, $$ SELECT credits.deduct('a1', provider => 'openai', model => 'gpt-4o', usage => '{"input_tokens": 1}') $$) / 1000, 'ms';

-- A session comes to know a model with the first call that names it; what it then knows must not slow its calls down.
\c
SELECT 'SELECT credits.deduct(''a'' || n, provider => ''openai'', model => ''gpt-4o'', usage => ''{"input_tokens": 1200}'') FROM generate_series(1, 2000) n' AS deducts \gset
INSERT INTO bench.figure (figure, value, unit) SELECT 'deduct() of a session that knows one model', bench.best_of(5, :'deducts') / 2000, 'µs a call';
CREATE TABLE bench.model AS SELECT DISTINCT provider, model, metric FROM credits.price WHERE metric = 'input_tokens' AND price IS NOT NULL AND conditions = '{}';
SELECT 'SELECT sum(credits.cost(provider, model, ''{"input_tokens": 1}'')) FROM bench.model' AS every_model \gset
INSERT INTO bench.figure (figure, value, unit)
SELECT format('%s of %s models', c.title, m.models), bench.best_of(c.times, :'every_model') / m.models, 'µs a call'
FROM (VALUES (1, 'first cost()', 1), (2, 'later cost()', 3)) c(no, title, times), (SELECT count(*) AS models FROM bench.model) m ORDER BY c.no;
INSERT INTO bench.figure (figure, value, unit) SELECT format('deduct() of a session that knows %s models', count(*)), bench.best_of(5, :'deducts') / 2000, 'µs a call' FROM bench.model;

\pset title 'Price book'
SELECT figure, round(value, 3) AS value, unit FROM bench.figure ORDER BY figure_no;
