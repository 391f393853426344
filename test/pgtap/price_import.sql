-- import_prices() as a user lives with it: what each document changes, in whichever order documents come, and which
-- model a name then means. Errors and exact answers are test/sql/price_import.sql's.
\ir helpers/tap.sql
SET timezone = 'UTC';
BEGIN;

-- A file of LiteLLM's shape from {"model": price of an input token}; null is null.
CREATE FUNCTION pg_temp.lite(prices jsonb, provider text DEFAULT 'p') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_object_agg(e.key, CASE jsonb_typeof(e.value)
        WHEN 'null' THEN e.value
        WHEN 'object' THEN e.value || jsonb_build_object('litellm_provider', provider)
        ELSE jsonb_build_object('litellm_provider', provider, 'mode', 'chat', 'input_cost_per_token', e.value) END)
    FROM jsonb_each(prices) e $$;
-- A file of genai-prices' shape from {"model": [[date or null, USD for a million input tokens], …]}.
CREATE FUNCTION pg_temp.genai(prices jsonb, provider text DEFAULT 'p') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_array(jsonb_build_object('id', provider, 'name', provider, 'models', jsonb_agg(jsonb_build_object('id', m.key, 'match', jsonb_build_object('equals', m.key),
        'prices', (SELECT jsonb_agg(CASE WHEN d.value -> 0 = 'null' THEN '{}' ELSE jsonb_build_object('constraint', jsonb_build_object('start_date', d.value -> 0)) END
                                    || jsonb_build_object('prices', jsonb_build_object('input_mtok', d.value -> 1)) ORDER BY d.no)
                   FROM jsonb_array_elements(m.value) WITH ORDINALITY d(value, no))))))
    FROM jsonb_each(prices) m $$;
CREATE FUNCTION pg_temp.said(document jsonb, effective_from timestamptz, source text, complete boolean) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(concat(i.change, ' ', i.model, ' (' || i.detail || ')'), '; ' ORDER BY i.no), 'nothing')
    FROM credits.import_prices(document, effective_from, source, complete) WITH ORDINALITY i(model, provider, change, detail, no) $$;
-- What the book says of a model, from when to when.
CREATE FUNCTION pg_temp.book(of_model text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(format('%s%s%s', to_char(h.valid_from, 'MM-DD '), trim_scale(h.price / h.per), ' until ' || to_char(h.valid_to, 'MM-DD')), ', ' ORDER BY h.metric, h.valid_from NULLS FIRST), 'nothing')
    FROM credits.price_history h WHERE h.model = of_model AND h.in_book $$;
CREATE FUNCTION pg_temp.written() RETURNS bigint[] LANGUAGE sql AS $$
    SELECT ARRAY[(SELECT price_version FROM credits.platform), (SELECT count(*) FROM credits.price), (SELECT count(*) FROM credits.price_alias),
                 (SELECT count(*) FROM credits.price_name_rule), (SELECT count(*) FROM credits.price_import), (SELECT count(*) FROM credits.configuration_change)] $$;

CREATE TEMP TABLE step (no serial, what text, document jsonb, effective_from date, source text DEFAULT 'litellm', complete boolean DEFAULT true, said text, model text, book text);
INSERT INTO step (what, document, effective_from, said, model, book) VALUES
    ('a first file', pg_temp.lite('{"a": 1, "b": 2, "c": 3}'), '2026-01-10', 'new a; new b; new c', 'a', '01-10 1'),
    ('the same file', pg_temp.lite('{"a": 1, "b": 2, "c": 3}'), '2026-01-10', 'unchanged a; unchanged b; unchanged c', 'a', '01-10 1'),
    ('the same file later', pg_temp.lite('{"a": "1", "b": 2, "c": 3.0}') || '{"a": {"litellm_provider": "p", "input_cost_per_token": 1.00}}', '2026-01-15', 'unchanged a; unchanged b; unchanged c', 'c', '01-10 3'),
    ('a price changes: it ends where the next begins', pg_temp.lite('{"a": 1.5, "b": 2, "c": 3}'), '2026-01-20', 'changed a (input_tokens 1 → 1.5); unchanged b; unchanged c', 'a', '01-10 1 until 01-20, 01-20 1.5'),
    ('what the file does not name ends', pg_temp.lite('{"a": 1.5, "c": 3}'), '2026-01-25', 'unchanged a; removed b (is not in the document); unchanged c', 'b', '01-10 2 until 01-25'),
    ('and comes back', pg_temp.lite('{"a": 1.5, "b": 2, "c": 3}'), '2026-01-30', 'unchanged a; new b; unchanged c', 'b', '01-10 2 until 01-25, 01-30 2'),
    ('a metric comes, another goes', pg_temp.lite('{"a": {"output_cost_per_token": 4}, "b": 2, "c": 3}'), '2026-02-01', 'changed a (input_tokens 1.5 → none; output_tokens none → 4); unchanged b; unchanged c', 'a', '01-10 1 until 01-20, 01-20 1.5 until 02-01, 02-01 4'),
    ('zero is a price, absent is none', pg_temp.lite('{"a": {"output_cost_per_token": 0}, "b": {"mode": "chat"}, "c": 3}'), '2026-02-05',
     'changed a (output_tokens 4 → 0); removed b (has no price in the document); skipped b (has no price); unchanged c', 'a', '01-10 1 until 01-20, 01-20 1.5 until 02-01, 02-01 4 until 02-05, 02-05 0'),
    ('what is no price in USD is named, the rest counts', pg_temp.lite('{"a": {"output_cost_per_token": 0}, "c": {"input_cost_per_token": 3, "input_dbu_cost_per_token": 7}}'), '2026-02-06', 'unchanged a; skipped c (input_dbu_cost_per_token: is in DBU, not in USD); unchanged c', 'c', '01-10 3');
INSERT INTO step (what, document, effective_from, complete, said, model, book) VALUES
    ('a document of changes concerns what it names', pg_temp.lite('{"d": 1}'), '2026-02-10', false, 'new d', 'c', '01-10 3'),
    ('null removes', pg_temp.lite('{"d": null, "a": 5}'), '2026-02-12', false, 'changed a (input_tokens none → 5; output_tokens 0 → none); removed d (is null in the document)', 'd', '02-10 1 until 02-12'),
    ('null of what is not there', pg_temp.lite('{"nobody": null}'), '2026-02-13', false, 'skipped nobody (is null, but has no price from litellm)', 'nobody', 'nothing');
INSERT INTO step (what, document, effective_from, source, complete, said, model, book) VALUES
    ('the last import of a model counts, whichever source', pg_temp.genai('{"c": [[null, 4000000]], "e": [[null, 1000000]]}'), '2026-03-01', 'genai-prices', true,
     'changed c (input_tokens 3 → 4000000 per 1000000); new e', 'c', '01-10 3 until 03-01, 03-01 4'),
    ('a file says nothing of models of another source', pg_temp.lite('{"a": 5}'), '2026-03-05', 'litellm', true, 'unchanged a', 'c', '01-10 3 until 03-01, 03-01 4'),
    ('at the same price from another source', pg_temp.genai('{"a": [[null, 5000000]], "c": [[null, 4000000]], "e": [[null, 1000000]]}'), '2026-03-06', 'genai-prices', true,
     'changed a (input_tokens 5 → 5000000 per 1000000); unchanged c; unchanged e', 'e', '03-01 1'),
    ('a file''s own dates count from when it is in force', pg_temp.genai('{"f": [[null, 1000000], ["2026-02-01", 2000000], ["2026-06-01", 3000000]]}'), '2026-03-10', 'dated', true,
     'new f', 'f', '03-10 2 until 06-01, 06-01 3'),
    ('the same dates again', pg_temp.genai('{"f": [[null, 1000000], ["2026-02-01", 2000000], ["2026-06-01", 3000000]]}'), '2026-03-12', 'dated', true, 'unchanged f', 'f', '03-10 2 until 06-01, 06-01 3'),
    ('another date', pg_temp.genai('{"f": [[null, 1000000], ["2026-02-01", 2000000], ["2026-05-01", 3000000]]}'), '2026-03-14', 'dated', true,
     'changed f (input_tokens 2000000 per 1000000 until 2026-06-01 00:00:00+00, from 2026-06-01 00:00:00+00 3000000 per 1000000 → 2000000 per 1000000 until 2026-05-01 00:00:00+00, from 2026-05-01 00:00:00+00 3000000 per 1000000)',
     'f', '03-10 2 until 05-01, 05-01 3'),
    ('an older file governs until the next one', pg_temp.lite('{"a": 0.5, "b": 2, "c": 3}'), '2026-01-17', 'litellm', true, 'changed a (input_tokens 1 → 0.5); unchanged b; unchanged c',
     'a', '01-10 1 until 01-17, 01-17 0.5 until 01-20, 01-20 1.5 until 02-01, 02-12 5 until 03-06, 03-06 5, 02-01 4 until 02-05, 02-05 0 until 02-12');

CREATE FUNCTION pg_temp.play() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    s      record;
    before bigint[];
BEGIN
    FOR s IN SELECT * FROM step ORDER BY no LOOP
        RETURN NEXT is(pg_temp.said(s.document, s.effective_from, s.source, s.complete), s.said, s.what);
        RETURN NEXT is(pg_temp.book(s.model), s.book, s.what || ': the book');
        before := pg_temp.written();
        PERFORM pg_temp.said(s.document, s.effective_from, s.source, s.complete);
        RETURN NEXT is(pg_temp.written(), before, s.what || ': again, nothing is written');
    END LOOP;
END $$;
SELECT pg_temp.play();

-- An import that finds everything as it says makes no version; that it was there is remembered, once.
CREATE TEMP TABLE before AS SELECT pg_temp.written() AS counts;
SELECT isnt(pg_temp.said(pg_temp.genai('{"f": [[null, 1000000], ["2026-02-01", 2000000], ["2026-05-01", 3000000]]}'), NULL, 'dated', true), NULL, 'imported from now');
SELECT is(pg_temp.written(), (SELECT counts[:4] || (counts[5] + 1) || counts[6] FROM before), 'only the import is noted');
SELECT is((SELECT same_as IS NOT NULL AND models IS NULL AND version IS NULL FROM credits.price_import ORDER BY import_no DESC LIMIT 1), true, 'without its models again');

-- Prices of the configuration come before imported ones and outlive imports; the document knows nothing of the others.
SELECT isnt(credits.configure('{"prices": [{"provider": "p", "model": "a", "metric": "input_tokens", "price": 7}]}'), NULL, 'configured');
SELECT is(credits.cost('p', 'a', '{"input_tokens": 1}'), 7::numeric, 'the configured price counts');
SELECT is(pg_temp.said(pg_temp.lite('{"zz": 1}'), '2026-04-01', 'litellm', true), 'new zz', 'an import says nothing of it');
SELECT is(credits.cost('p', 'a', '{"input_tokens": 1}'), 7::numeric, 'and leaves it');
SELECT is(jsonb_array_length(credits.export_config() -> 'prices'), 1, 'the document has the configured price only');
SELECT is(credits.configure(credits.export_config()) -> 'changed', '[]', 'the export changes nothing');
SELECT isnt(credits.configure('{"prices": null}'), NULL, 'configured prices go');
SELECT is(credits.cost('p', 'a', '{"input_tokens": 1}'), 5::numeric, 'and the imported one counts again');
SELECT is(credits.cost('p', 'a', '{"input_tokens": 1}', at => '2026-01-12'), 1::numeric, 'also long ago');

-- A hold is settled by the book as it was, whatever is imported meanwhile and from when.
SELECT isnt(credits.configure('{"unit": {"value_usd": 1}}'), NULL, 'a credit is a dollar');
SELECT is(credits.open_account('h'), 'h', 'an account');
SELECT is((credits.grant('h', 100)).balance, 100::numeric, 'has credits');
SELECT is((credits.authorize('h', provider => 'p', model => 'zz', usage => '{"input_tokens": 3}', ttl => '1 day')).hold_no, 1::bigint, 'and a call at the price of 1');
SELECT is(pg_temp.said(pg_temp.lite('{"zz": 9}'), '2026-04-01', 'litellm', true), 'changed zz (input_tokens 1 → 9)', 'which is corrected');
SELECT is((credits.settle('h', 1, usage => '{"input_tokens": 2}')).cost, 2::numeric, 'the call still costs what it did');
SELECT is((credits.deduct('h', provider => 'p', model => 'zz', usage => '{"input_tokens": 2}')).cost, 18::numeric, 'the next one the corrected price');

-- Random documents of two sources in random order: at each moment the price is that of the last one in time that says
-- anything of the model, and what a version of the book said it goes on saying.
CREATE TEMP TABLE document (round integer, at timestamptz, source text, complete boolean, models jsonb);
CREATE FUNCTION pg_temp.random_documents(round integer) RETURNS void LANGUAGE sql VOLATILE AS $$
    INSERT INTO document
    SELECT round, timestamptz '2027-01-01' + t * interval '1 month', source, random() < 0.6, (
        SELECT jsonb_object_agg(m, CASE WHEN random() < 0.15 THEN 'null' ELSE to_jsonb(1 + floor(random() * 3)) END)
               || '{"e": 1}'
        FROM unnest(ARRAY['a', 'b', 'c', 'd']) m WHERE m = 'a' OR random() < 0.1 + 0.1 * t)
    FROM generate_series(1, 7) t, LATERAL (SELECT CASE WHEN random() < 0.6 + 0 * t THEN 'one' ELSE 'two' END) s(source) $$;
-- The price and source of each model after each document, by playing the documents in order of time.
CREATE FUNCTION pg_temp.expected(of_round integer) RETURNS TABLE (at timestamptz, model text, said jsonb) LANGUAGE plpgsql AS $$
DECLARE
    d     record;
    state jsonb := '{}';
BEGIN
    FOR d IN SELECT * FROM document t WHERE t.round = of_round ORDER BY t.at LOOP
        state := (SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}') FROM jsonb_each(state) e
                  WHERE e.value ->> 0 <> d.source OR NOT (d.models ? e.key OR d.complete))
              || (SELECT coalesce(jsonb_object_agg(e.key, jsonb_build_array(d.source, e.value)), '{}') FROM jsonb_each(d.models) e WHERE e.value <> 'null');
        RETURN QUERY SELECT d.at, m, state -> m FROM unnest(ARRAY['a', 'b', 'c', 'd']) m;
    END LOOP;
END $$;
CREATE FUNCTION pg_temp.round(no integer) RETURNS TABLE (wrong bigint, forgotten bigint, right_of bigint) LANGUAGE plpgsql AS $$
DECLARE
    d        record;
    versions jsonb := '{}';
    of_provider text := 'round ' || no;
BEGIN
    PERFORM pg_temp.random_documents(no);
    FOR d IN SELECT * FROM document t WHERE t.round = no ORDER BY random() LOOP
        PERFORM credits.import_prices(pg_temp.lite(d.models, of_provider), d.at, d.source || no, d.complete);
        versions := versions || (SELECT jsonb_build_object(f.price_version, pg_temp.book_of(of_provider, f.price_version)) FROM credits.platform f);
    END LOOP;
    SELECT count(*) FILTER (WHERE b.said IS DISTINCT FROM e.said), count(*) INTO wrong, right_of
    FROM pg_temp.expected(no) e
    LEFT JOIN LATERAL (SELECT jsonb_build_array(left(p.source, 3), trim_scale(p.price)) AS said FROM credits.price p
                       WHERE p.provider = of_provider AND p.model = e.model AND p.version_to = credits.book_end() AND p.valid_from <= e.at AND e.at < p.valid_to) b ON true;
    forgotten := (SELECT count(*) FROM jsonb_each_text(versions) v WHERE v.value IS DISTINCT FROM pg_temp.book_of(of_provider, v.key::bigint));
    RETURN NEXT;
END $$;
CREATE FUNCTION pg_temp.book_of(of_provider text, version bigint) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(concat_ws(' ', p.model, p.metric, p.price, p.valid_from, p.valid_to, p.source), '; ' ORDER BY p.model, p.metric, p.valid_from), '')
    FROM credits.price p WHERE p.provider = of_provider AND p.version_from <= version AND version < p.version_to $$;
SELECT lives_ok('SELECT setseed(0.5)', 'random, but the same each time');
CREATE TEMP TABLE outcome AS SELECT r.* FROM generate_series(1, 60) no, LATERAL pg_temp.round(no) r;
SELECT is(sum(wrong), 0::numeric, format('60 random orders of 7 documents: %s prices at a moment are those of the last document in time', sum(right_of))) FROM outcome;
SELECT is(sum(forgotten), 0::numeric, '60 random orders of 7 documents: each version of the book says what it said') FROM outcome;
SELECT is_empty($$ SELECT p.* FROM credits.price p JOIN credits.price q USING (provider, model, metric, conditions)
    WHERE p.ctid <> q.ctid AND p.source <> 'configuration' AND q.source <> 'configuration' AND p.valid_from < q.valid_to AND q.valid_from < p.valid_to
      AND p.version_from < q.version_to AND q.version_from < p.version_to $$, 'no two rows are in force at one moment in one version');

SELECT * FROM finish();
ROLLBACK;
