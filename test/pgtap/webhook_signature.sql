-- Who signed a webhook's body: HMAC-SHA256 by the vectors of RFC 4231, the header's forms, and signatures that the
-- provider's own library made. Those are read from $PG_CREDITS_DATA (../shared/data if unset); where they are absent,
-- their part skips.
\ir helpers/tap.sql
SET timezone = 'UTC';
\set cases `cat "${PG_CREDITS_DATA:-../shared/data}/stripe/signature_examples.json" 2>/dev/null`
\set events `cat "${PG_CREDITS_DATA:-../shared/data}/stripe/event_examples.json" 2>/dev/null`

SELECT is(encode(credits.hmac_sha256(message, secret), 'hex'), digest, 'RFC 4231, test case ' || no)
FROM (VALUES
    (1, 'Hi There'::bytea, decode(repeat('0b', 20), 'hex'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'),
    (2, 'what do ya want for nothing?', 'Jefe', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'),
    (3, decode(repeat('dd', 50), 'hex'), decode(repeat('aa', 20), 'hex'), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'),
    (4, decode(repeat('cd', 50), 'hex'), '\x0102030405060708090a0b0c0d0e0f10111213141516171819', '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b'),
    (6, 'Test Using Larger Than Block-Size Key - Hash Key First', decode(repeat('aa', 131), 'hex'), '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54'),
    (7, 'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
        decode(repeat('aa', 131), 'hex'), '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2')) v(no, message, secret, digest);
SELECT is(encode(credits.hmac_sha256('', ''), 'hex'), 'b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad', 'nothing, signed with nothing');
SELECT throws_ok(call, '22004') FROM unnest(ARRAY['SELECT credits.hmac_sha256(NULL, '''')', 'SELECT credits.hmac_sha256('''', NULL)']) call;

-- What becomes of a signature: accepted, or SQLSTATE and reason.
CREATE FUNCTION public.verdict(payload text, signature text, secrets text[], received_at timestamptz) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    PERFORM credits.verify_signature(payload, signature, secrets, received_at);
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN SQLSTATE || coalesce(' ' || CASE WHEN SQLSTATE = '28000' THEN detail::jsonb ->> 'reason' END, '');
END $$;

CREATE FUNCTION public.signed(payload text, secret text, stamp text) RETURNS text LANGUAGE sql
RETURN encode(credits.hmac_sha256(convert_to(stamp || '.' || payload, 'UTF8'), convert_to(secret, 'UTF8')), 'hex');

\set body '{"id": "evt_1", "note": "Zoë pays 5 €"}'
SELECT public.signed(:'body', 'whsec_one', '1767225600') AS one, public.signed(:'body', 'whsec_two', '1767225600') AS two \gset
SELECT is(public.verdict(payload, signature, secrets, '2026-01-01 00:00+00'::timestamptz + age), verdict, description)
FROM (VALUES
    (:'body', 't=1767225600,v1=' || :'one', '{whsec_one}'::text[], interval '0', 'accepted', 'signed just now'),
    (:'body', 'v1=' || :'one' || ',t=1767225600', '{whsec_one}', '0', 'accepted', 'in any order'),
    (:'body', 'v0=beef,t=1767225600,v2=beef,v1=' || :'one' || ',x', '{whsec_one}', '0', 'accepted', 'what is not known is passed over'),
    (:'body', 't=1767225600,v1=' || :'two' || ',v1=' || :'one', '{whsec_one}', '0', 'accepted', 'the second signature is ours'),
    (:'body', 't=1767225600,v1=' || :'two', '{whsec_one,whsec_two}', '0', 'accepted', 'the second secret is theirs'),
    (:'body', 't=1,t=1767225600,v1=' || :'one', '{whsec_one}', '0', 'accepted', 'the last stamp counts'),
    (:'body', 't=1767225600,v1=' || :'one', '{whsec_one}', '300.9 seconds', 'accepted', 'just not too old: seconds are whole'),
    (:'body', 't=1767225600,v1=' || :'one', '{whsec_one}', '301 seconds', '28000 timestamp_too_old', 'too old'),
    (:'body', 't=1767225600,v1=' || :'one', '{whsec_one}', '-1 day', 'accepted', 'a stamp of the future'),
    (:'body', 't=1767225600,v1=' || :'two', '{whsec_one}', '301 seconds', '28000 no_matching_signature', 'not ours and too old: not ours'),
    (:'body', 't=1767225601,v1=' || :'one', '{whsec_one}', '0', '28000 no_matching_signature', 'another stamp'),
    (:'body' || ' ', 't=1767225600,v1=' || :'one', '{whsec_one}', '0', '28000 no_matching_signature', 'a blank more in the body'),
    ('', 't=1767225600,v1=' || :'one', '{whsec_one}', '0', '28000 no_matching_signature', 'no body'),
    (:'body', 't=1767225600,v1=' || upper(:'one'), '{whsec_one}', '0', '28000 no_matching_signature', 'in capitals'),
    (:'body', 't=1767225600,v1=' || left(:'one', 63), '{whsec_one}', '0', '28000 no_matching_signature', 'a digit less'),
    (:'body', 't=1767225600,v1=' || :'one' || '0', '{whsec_one}', '0', '28000 no_matching_signature', 'a digit more'),
    (:'body', 't=1767225600,v1=', '{whsec_one}', '0', '28000 no_matching_signature', 'an empty signature'),
    (:'body', 't=1767225600,v0=' || :'one', '{whsec_one}', '0', '28000 no_v1_signature', 'another scheme'),
    (:'body', 't=1767225600', '{whsec_one}', '0', '28000 no_v1_signature', 'no signature'),
    (:'body', 'v1=' || :'one', '{whsec_one}', '0', '28000 malformed_header', 'no stamp'),
    (:'body', 't=,v1=' || :'one', '{whsec_one}', '0', '28000 malformed_header', 'an empty stamp'),
    (:'body', 't=-1767225600,v1=' || :'one', '{whsec_one}', '0', '28000 malformed_header', 'a stamp below zero'),
    (:'body', 't=1767225600.0,v1=' || :'one', '{whsec_one}', '0', '28000 malformed_header', 'a stamp with decimals'),
    (:'body', 't=9999999999999999999,v1=' || :'one', '{whsec_one}', '0', '28000 malformed_header', 'an endless stamp'),
    (:'body', '', '{whsec_one}', '0', '28000 malformed_header', 'an empty header'),
    (:'body', repeat(',=,', 100000), '{whsec_one}', '0', '28000 malformed_header', 'a long header of nothing'),
    (:'body', 't=1767225600' || repeat(',v1=' || :'two', 1000) || ',v1=' || :'one', '{whsec_one}', '0', 'accepted', 'a long header'),
    (:'body', 't=1767225600,v1=' || :'one', '{}', '0', '22023', 'no secret'),
    (:'body', 't=1767225600,v1=' || public.signed(:'body', '', '1767225600'), '{whsec_one,""}', '0', '22023', 'an empty secret lets nobody in'),
    (:'body', 't=1767225600,v1=' || :'one', '{whsec_one,NULL}', '0', '22004', 'a null among the secrets'),
    (:'body', 't=1767225600,v1=' || :'one', NULL, '0', '22004', 'null for the secrets'),
    (:'body', 't=1767225600,v1=' || :'one', '{whsec_one}', NULL, '22004', 'null for the time'),
    (:'body', NULL, '{whsec_one}', '0', '22004', 'null for the header'),
    (NULL, 't=1767225600,v1=' || :'one', '{whsec_one}', '0', '22004', 'null for the payload')) v(payload, signature, secrets, age, verdict, description);
SELECT is(public.verdict('{}', 't=1,v1=' || public.signed('{}', 's', '1'), '{s}', moment::timestamptz), verdict, 'received at ' || moment)
FROM (VALUES ('1970-01-01 00:05:01.999999+00', 'accepted'), ('1970-01-01 00:05:02+00', '28000 timestamp_too_old'), ('1969-12-31+00', 'accepted'),
    ('infinity', '22023'), ('-infinity', '22023')) v(moment, verdict);
SELECT is(public.verdict(body, 't=7,v1=' || public.signed(body, 's', '7'), '{s}', '1970-01-01'), 'accepted', 'a body of 4 MB')
FROM repeat('{"id": 1} ', 400000) body;

-- The error as a person and as a program sees it; no secret is in it, and nothing of a right signature.
CREATE FUNCTION public.refusal(signature text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text; hint text;
BEGIN
    PERFORM credits.verify_signature('{}', signature, '{whsec_one}', '1970-01-01 00:10:00+00');
EXCEPTION WHEN invalid_authorization_specification THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n', SQLERRM, detail, hint);
END $$;
SELECT is(public.refusal('t=100,v1=' || public.signed('{}', 'whsec_one', '100')), E'the signature is older than 300 seconds\n'
    '{"reason": "timestamp_too_old", "signed_at": 100, "age": 500}\nan event that comes late is signed anew each time it is sent; compare the clocks', 'too old, in words');
SELECT is(public.refusal('t=100,v1=00'), E'no signature of the header is that of the payload\n{"reason": "no_matching_signature"}\n'
    'give the body byte for byte as it came, and look whether stripe.webhook_secret is that of this endpoint', 'not ours, in words');
SELECT is(public.refusal('bad'), E'the signature cannot be read\n{"reason": "malformed_header"}\n'
    'give the header Stripe-Signature as it came: t=SECONDS,v1=SIGNATURE', 'malformed, in words');
SELECT is(public.refusal('t=1'), E'the signature''s header has none of scheme v1\n{"reason": "no_v1_signature"}\n'
    'give the header Stripe-Signature as it came: t=SECONDS,v1=SIGNATURE', 'no v1, in words');

SELECT :'cases' = '' OR :'events' = '' AS absent \gset
\if :absent
SELECT skip('30 cases skipped: the provider''s signatures are not here; PG_CREDITS_DATA names the folder of real inputs', 32);
\else
SELECT is(public.verdict(c ->> 'payload', c ->> 'header', ARRAY[c ->> 'secret'], to_timestamp((c ->> 'received_at')::bigint)),
          CASE c ->> 'expected' WHEN 'accept' THEN 'accepted' ELSE '28000 ' || (c ->> 'reason') END, concat_ws(' ', c ->> 'id', c ->> 'name'))
FROM jsonb_array_elements(:'cases'::jsonb -> 'cases') c;
SELECT is(min((c ->> 'tolerance_s')::int), 300, 'the cases are for our tolerance') FROM jsonb_array_elements(:'cases'::jsonb -> 'cases') c;
SELECT is(public.verdict(c ->> 'payload', c ->> 'header', ARRAY[c ->> 'secret'], to_timestamp((c ->> 'received_at')::bigint)),
          c ->> 'expected_signature' || 'ed', c ->> 'name')
FROM jsonb_array_elements(:'events'::jsonb) c;
SELECT is(count(*) FILTER (WHERE public.verdict(replace(c ->> 'payload', '2', '3'), c ->> 'header', ARRAY[c ->> 'secret'], to_timestamp((c ->> 'received_at')::bigint)) = '28000 no_matching_signature'),
          count(*), 'none of the events is accepted with other figures')
FROM jsonb_array_elements(:'events'::jsonb) c;
SELECT format('# %s cases of webhook signatures', jsonb_array_length(:'cases'::jsonb -> 'cases') + jsonb_array_length(:'events'::jsonb));
\endif
SELECT * FROM finish();
