-- What the payment provider's events say. Real ones, of before and since 2025, are read from $PG_CREDITS_DATA
-- (../shared/data if unset); where they are absent, their part skips. Shapes in detail: test/unit/payment_event_test.cpp.
\ir helpers/tap.sql
\set events `cat "${PG_CREDITS_DATA:-../shared/data}/stripe/event_examples.json" 2>/dev/null`

SELECT :'events' = '' AS absent \gset
\if :absent
SELECT skip('20 cases skipped: the provider''s events are not here; PG_CREDITS_DATA names the folder of real inputs', 43);
\else
CREATE TABLE public.example AS
    SELECT e ->> 'name' AS name, e ->> 'payload' AS payload, credits.event_facts(e ->> 'payload') AS facts, e -> 'expected_facts' AS expected
    FROM jsonb_array_elements(:'events'::jsonb) e;

-- A fact that is null there is left out here; of lines those keys count that the case has.
CREATE FUNCTION public.as_expected(key text, fact jsonb, expected jsonb) RETURNS jsonb LANGUAGE sql
RETURN CASE WHEN key = 'lines' THEN (
    SELECT jsonb_agg((SELECT jsonb_object_agg(f.key, f.value) FROM jsonb_each(line) f WHERE expected -> (no::int - 1) ? f.key) ORDER BY no)
    FROM jsonb_array_elements(fact) WITH ORDINALITY l(line, no)) ELSE coalesce(fact, 'null') END;

SELECT is(public.as_expected(w.key, x.facts -> CASE w.key WHEN 'event_type' THEN 'type' ELSE w.key END, w.value), w.value, format('%s: %s', x.name, w.key))
FROM public.example x, jsonb_each(x.expected) w;
SELECT is(facts ->> 'problem', NULL, name || ': nothing is wrong') FROM public.example;
SELECT is((facts ->> 'exponent')::int, 2, name || ': dollars have cents') FROM public.example WHERE facts ? 'currency';
-- What the new shape does not say any more: the payment of an invoice, and the invoice of a payment.
SELECT is(o.facts - gone, n.facts - gone, o.name || ': the same as in the new shape')
FROM public.example o JOIN public.example n ON n.name = replace(o.name, '/legacy', '/latest'),
     LATERAL (SELECT '{event_id,api_version,changed}' || CASE o.facts ->> 'kind' WHEN 'invoice' THEN '{payment_intent,charge}' WHEN 'charge' THEN '{invoice}' ELSE '{}' END::text[]) v(gone)
WHERE o.name LIKE '%/legacy';
SELECT is((SELECT count(*) FROM public.example WHERE name LIKE '%/legacy'), 10::bigint, 'ten pairs are compared');

-- Taken apart: whatever part of a real event is missing or of another type, the event is still an event, with a problem or without.
CREATE FUNCTION public.paths_of(document jsonb, path text[]) RETURNS SETOF text[] LANGUAGE plpgsql AS $$
DECLARE
    child record;
BEGIN
    FOR child IN SELECT key, value FROM jsonb_each(CASE jsonb_typeof(document) WHEN 'object' THEN document ELSE '{}' END)
                 UNION ALL SELECT (no - 1)::text, value FROM jsonb_array_elements(CASE jsonb_typeof(document) WHEN 'array' THEN document ELSE '[]' END) WITH ORDINALITY a(value, no) LOOP
        RETURN NEXT path || child.key;
        RETURN QUERY SELECT p FROM public.paths_of(child.value, path || child.key) p;
    END LOOP;
END $$;
CREATE TABLE public.spoilt AS
    SELECT x.name, p AS path, w AS worse, credits.event_facts(CASE w WHEN 'gone' THEN payload::jsonb #- p ELSE jsonb_set(payload::jsonb, p, w::jsonb) END::text) AS facts
    FROM public.example x, public.paths_of(payload::jsonb, '{}') p, unnest(ARRAY['gone', 'null', 'true', '-1.5', '1e400', '""', '[]', '[null]', '{}']) w
    WHERE p <> '{id}' AND p <> '{type}';
SELECT cmp_ok(count(*), '>', 20000::bigint, 'many events are spoilt') FROM public.spoilt;
SELECT is_empty($$ SELECT s.name, s.path, s.worse, s.facts FROM public.spoilt s JOIN public.example x USING (name)
                   WHERE s.facts ->> 'event_id' <> x.facts ->> 'event_id' OR s.facts ->> 'type' <> x.facts ->> 'type' OR s.facts ->> 'kind' <> x.facts ->> 'kind'
                      OR NOT s.facts ?& '{event_id,type,kind}' $$, 'each keeps its name and kind');
SELECT is_empty($$ SELECT name, path, worse, facts FROM public.spoilt WHERE facts ->> 'problem' !~ '^[a-z_.0-9[\]]+ (is missing|must be .*)$' $$, 'a problem names its path');
SELECT is_empty($$ SELECT s.name, s.path, s.worse, s.facts FROM public.spoilt s JOIN public.example x USING (name), jsonb_each(s.facts) f
                   WHERE jsonb_typeof(f.value) <> jsonb_typeof(x.facts -> f.key) $$, 'no fact changes its type');
SELECT is_empty($$ SELECT s.name, s.path, s.facts FROM public.spoilt s
                   WHERE s.worse = '-1.5' AND s.path[:2] = '{data,object}' AND s.path[3] ~ '^amount(_paid|_due|_total|_refunded)?$' AND s.facts ->> 'problem' <> concat_ws('.', 'data', 'object', s.path[3]) || ' must be an integer'
                $$, 'no amount is a fraction');
SELECT format('# %s cases of events, and %s that are spoilt, %s of them with a problem', (SELECT count(*) FROM public.example), count(*), count(*) FILTER (WHERE facts ? 'problem')) FROM public.spoilt;
\endif

-- A payment, with a field or two changed.
CREATE FUNCTION public.payment(changes text) RETURNS jsonb LANGUAGE sql RETURN
    credits.event_facts('{"id": "evt_1", "type": "charge.refunded", "created": 1767225600, "livemode": true, "data": {"object": '
        '{"id": "ch_1", "amount": 500, "amount_refunded": 100, "currency": "usd", ' || changes || '"customer": "cus_1"}}}');
SELECT is(public.payment(''), '{"event_id": "evt_1", "type": "charge.refunded", "kind": "charge", "created": 1767225600, "livemode": true, "object_id": "ch_1", "charge": "ch_1",
    "customer": "cus_1", "amount": 500, "amount_refunded": 100, "currency": "usd", "exponent": 2}', 'a refund');
SELECT is(public.payment(changes) -> key, value::jsonb, format('%s in %s', key, left(changes, 60)))
FROM (VALUES
    ('"amount": 9007199254740993, ', 'amount', '9007199254740993'),
    ('"amount": 999999999999999999, ', 'amount', '999999999999999999'),
    ('"amount": 5e2, ', 'amount', '500'),
    ('"amount": 500.000, ', 'amount', '500'),
    ('"amount": 1, "amount": 2, ', 'amount', '2'),
    ('"metadata": {"note": "a\u0000b \ud800 \udc00\ud83d\ude00", "Ünï": "cödé \u20ac"}, ', 'metadata', '{"note": "a�b � �😀", "Ünï": "cödé €"}'),
    ('"metadata": {"a": "1", "a": "2"}, ', 'metadata', '{"a": "2"}'),
    ('"metadata": {}, ', 'metadata', '{}'),
    ('"currency": "JPY", ', 'exponent', '0'),
    ('"currency": "kwd", ', 'exponent', '3'),
    ('"currency": "ugx", ', 'exponent', '2'),
    ('"description": "' || repeat('x', 1000000) || '", ', 'amount', '500'),
    ('"list": [' || repeat('0, ', 300000) || '0], ', 'amount', '500'),
    ('"list": [' || repeat('{"a": "b"}, ', 100000) || '{}], ', 'amount', '500'),
    ('"deep": ' || repeat('[', 197) || repeat(']', 197) || ', ', 'amount', '500'),
    ('"number": ' || repeat('9', 100000) || ', ', 'amount', '500'),
    ('"amount": 500.5, ', 'problem', '"data.object.amount must be an integer"'),
    ('"amount": "500", ', 'problem', '"data.object.amount must be an integer"'),
    ('"amount": 1000000000000000000, ', 'problem', '"data.object.amount must be an integer of at most 18 digits"'),
    ('"amount": 1e60, ', 'problem', '"data.object.amount must be an integer of at most 18 digits"'),
    ('"amount": null, ', 'problem', '"data.object.amount is missing"'),
    ('"currency": "euro", ', 'problem', '"data.object.currency must be a currency of three letters"'),
    ('"metadata": {"credits": 5}, ', 'problem', '"data.object.metadata.credits must be a string"'),
    ('"payment_intent": 5, ', 'problem', '"data.object.payment_intent must be an id"'),
    ('"payment_intent": {"object": "payment_intent"}, ', 'problem', '"data.object.payment_intent.id is missing"'),
    ('"payment_intent": "", ', 'problem', '"data.object.payment_intent must be an id of 1 to 255 bytes"')) v(changes, key, value);
SELECT is(credits.event_facts(payload), facts::jsonb, payload)
FROM (VALUES
    ('{"id": "evt_1", "type": "customer.created", "created": 5, "livemode": false, "api_version": "2020-08-27", "data": 7}',
     '{"event_id": "evt_1", "type": "customer.created", "kind": "other", "created": 5, "livemode": false, "api_version": "2020-08-27"}'),
    ('{"id": "evt_1", "type": "v1.billing.meter.error_report_triggered", "object": "v2.core.event", "created": "2026-01-01T00:00:00Z", "livemode": true}',
     '{"event_id": "evt_1", "type": "v1.billing.meter.error_report_triggered", "kind": "other", "livemode": true}'),
    ('{"id": "evt_1", "type": "invoice.paid"}', '{"event_id": "evt_1", "type": "invoice.paid", "kind": "invoice", "problem": "created is missing"}'),
    ('{"id": "evt_1", "type": "invoice.paid", "created": 5, "livemode": "yes"}', '{"event_id": "evt_1", "type": "invoice.paid", "kind": "invoice", "created": 5, "problem": "livemode must be true or false"}'),
    ('{"id": "evt_1", "type": "invoice.paid", "created": 5, "livemode": true}', '{"event_id": "evt_1", "type": "invoice.paid", "kind": "invoice", "created": 5, "livemode": true, "problem": "data.object is missing"}')) v(payload, facts);

-- What is no event at all.
CREATE FUNCTION public.refusal(payload text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    RETURN credits.event_facts(payload);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(detail, ''));
END $$;
SELECT is(public.refusal(payload), refusal, format('refused: %s', left(payload, 40)))
FROM (VALUES
    ('', '22023 | the text is no JSON | at byte 0: there is no value here'),
    ('{"id": "evt_1"', '22023 | the text is no JSON | at byte 14: a comma or } must come here'),
    ('{"id": "Zoë", }', '22023 | the text is no JSON | at byte 15: the name of a member must come here'),
    ('{"id": "evt_1"} {}', '22023 | the text is no JSON | at byte 16: the text goes on after its value'),
    ('{"id": 01}', '22023 | the text is no JSON | at byte 8: a comma or } must come here'),
    (E'{"id": "a\tb"}', '22023 | the text is no JSON | at byte 9: a control character must be written as an escape'),
    (repeat('[', 3000) || repeat(']', 3000), '22023 | the JSON is nested too deeply | at byte 200: more than 200 arrays and objects are open'),
    (repeat('{"a": ', 3000), '22023 | the JSON is nested too deeply | at byte 1200: more than 200 arrays and objects are open'),
    ('[]', '22023 | the payload is no event | it is JSON, but no object'),
    ('null', '22023 | the payload is no event | it is JSON, but no object'),
    ('{}', '22023 | the payload is no event | id is missing'),
    ('{"id": "evt_1"}', '22023 | the payload is no event | type is missing'),
    ('{"id": 5, "type": "invoice.paid"}', '22023 | the payload is no event | id must be an id'),
    ('{"id": "evt_1", "type": ["invoice.paid"]}', '22023 | the payload is no event | type must be an id'),
    ('{"id": "' || repeat('x', 256) || '", "type": "invoice.paid"}', '22023 | the payload is no event | id must be an id of 1 to 255 bytes'),
    (NULL, '22004 | payload must not be null | argument payload is null')) v(payload, refusal);
SELECT * FROM finish();
