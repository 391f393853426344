-- Refusals are counted and sampled: what is returned writes that and nothing else, what is raised writes nothing.
\ir helpers/rules.sql
SELECT isnt(credits.configure('{
    "plans": {"plain": {"limits": [{"name": "rate", "metric": "requests", "window": "sliding 1 minute", "limit": 2, "warn_at": null}]},
              "strict": {"max_tokens_per_request": 100, "limits": [
                  {"name": "failures", "scope": "member", "metric": "failures", "window": "sliding 10 minutes", "limit": 5, "effect": "block:15 minutes", "warn_at": null},
                  {"name": "account failures", "metric": "failures", "window": "day", "limit": 10, "effect": "flag:attack"}]}}}'), NULL, 'configured');

INSERT INTO public.step (account, at, op, arguments, expected) VALUES
    ('sampled', '2026-01-01 10:00+00', 'open_account', '{"plan": "plain"}', 'sampled'),
    (NULL, NULL, 'authorize', '{"amount": 1}', 'insufficient_credits 402: not enough credits: 1 needed, 0 available'),
    (NULL, NULL, 'denials', NULL, '1: 1x insufficient_credits'),
    (NULL, NULL, 'authorize', '{"amount": 1}', 'insufficient_credits 402: not enough credits: 1 needed, 0 available'),
    (NULL, '2026-01-01 10:00:30+00', 'authorize', '{"amount": 1}', 'insufficient_credits 402: not enough credits: 1 needed, 0 available'),
    (NULL, NULL, 'authorize', '{"amount": 1, "member_id": "ann"}', 'insufficient_credits 402: not enough credits: 1 needed, 0 available'),
    (NULL, '2026-01-01 10:00:59.999999+00', 'authorize', '{"amount": 1}', 'insufficient_credits 402: not enough credits: 1 needed, 0 available'),
    (NULL, NULL, 'denials', NULL, '1: 1x insufficient_credits, 2: 1x insufficient_credits of ann'),
    (NULL, '2026-01-01 10:01+00', 'authorize', '{"amount": 1}', 'insufficient_credits 402: not enough credits: 1 needed, 0 available'),
    (NULL, NULL, 'denials', NULL, '1: 1x insufficient_credits, 2: 1x insufficient_credits of ann, 3: 4x insufficient_credits'),
    (NULL, '2026-01-01 11:00+00', 'authorize', '{"amount": 1}', 'insufficient_credits 402: not enough credits: 1 needed, 0 available'),
    (NULL, NULL, 'deduct', '{"amount": 1}', 'PT402 not enough credits: 1 needed, 0 available'),
    (NULL, NULL, 'quote', '{"usage": {"input_tokens": 1}}', '22023 usage can only be charged by cost with provider and model'),
    (NULL, NULL, 'extend', '{"hold_no": 1, "amount": 1}', 'hold_not_found 404: the account has no hold 1'),
    (NULL, NULL, 'denials', '{"after": 3}', '4: 1x insufficient_credits'),
    (NULL, '2026-01-01 12:00+00', 'freeze', '{"reason": "asked"}', 'done'),
    (NULL, NULL, 'authorize', '{"amount": 1}', 'account_frozen 403: account "sampled" is frozen'),
    (NULL, NULL, 'denials', '{"after": 4}', '5: 1x account_frozen'),
    (NULL, NULL, 'ledger', NULL, 'none'),
    (NULL, NULL, 'totals', NULL, '0 requests, 0 tokens, cost 0 held 0, overage 0'),

    ('no key is used up', '2026-01-01 10:00+00', 'open_account', '{"plan": "plain"}', 'no key is used up'),
    (NULL, NULL, 'authorize', '{"amount": 1, "idempotency_key": "k"}', 'insufficient_credits 402: not enough credits: 1 needed, 0 available'),
    (NULL, NULL, 'grant', '{"amount": 10}', 'grant 10 -> 10'),
    (NULL, NULL, 'authorize', '{"amount": 2, "idempotency_key": "k"}', 'hold 1: 2'),
    (NULL, NULL, 'authorize', '{"amount": 1, "idempotency_key": "k"}', 'idempotency_conflict 409: the idempotency key was used for another request: amount differs'),
    (NULL, NULL, 'denials', NULL, '1: 1x insufficient_credits'),

    ('many at once', '2026-01-01 10:00+00', 'open_account', '{"plan": "plain"}', 'many at once'),
    (NULL, NULL, 'grant', '{"amount": 10}', 'grant 10 -> 10'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "many at once$", "amount": 1}, {"account_id": "many at once$", "amount": 1}, {"account_id": "many at once$", "amount": 1}]}', '1 deduct -1 -> 9; 2 deduct -1 -> 8; 3 rate_limited 429: the limit "rate" allows 2 requests in any minute: 2 are used'),
    (NULL, NULL, 'denials', NULL, '1: 1x rate_limited rate'),
    (NULL, '2026-01-01 10:00:50+00', 'deduct_many', '{"events": [{"account_id": "many at once$", "amount": 1}, {"account_id": "many at once$", "amount": 100}]}', '1 rate_limited 429: the limit "rate" allows 2 requests in any minute: 2 are used; 2 rate_limited 429: the limit "rate" allows 2 requests in any minute: 2 are used'),
    (NULL, '2026-01-01 10:01+00', 'deduct_many', '{"events": [{"account_id": "many at once$", "amount": 1}]}', '1 deduct -1 -> 7'),
    (NULL, NULL, 'denials', NULL, '1: 1x rate_limited rate'),

    ('failures', '2026-01-01 10:00+00', 'open_account', '{"plan": "strict"}', 'failures'),
    (NULL, NULL, 'grant', '{"amount": 1000}', 'grant 1000 -> 1000'),
    (NULL, NULL, 'authorize', '{"amount": 1, "usage": {"input_tokens": 101}, "member_id": "ann"}', 'request_too_large 413: the request is too large: 101 tokens, at most 100 are allowed > split the request into at least 2 calls'),
    (NULL, NULL, 'authorize', '{"amount": 1001, "member_id": "ann"}', 'insufficient_credits 402: not enough credits: 1001 needed, 1000 available'),
    (NULL, NULL, 'authorize', '{"amount": 1, "usage": {"input_tokens": 101}, "member_id": "ann"}', 'request_too_large 413: the request is too large: 101 tokens, at most 100 are allowed > split the request into at least 2 calls'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "failures$", "amount": 1, "usage": {"input_tokens": 101}, "member_id": "ann"}]}', '1 request_too_large 413: the request is too large: 101 tokens, at most 100 are allowed'),
    (NULL, NULL, 'authorize', '{"amount": 1, "member_id": "ann"}', 'hold 1: 1'),
    (NULL, NULL, 'release', '{"hold_no": 1, "reason": "failed"}', 'release 0 -> 1000'),
    (NULL, NULL, 'authorize', '{"amount": 1, "member_id": "ann"}', 'hold 2: 1'),
    (NULL, NULL, 'release', '{"hold_no": 2, "reason": "failed"}', 'release 0 -> 1000'),
    (NULL, '2026-01-01 10:00:01+00', 'authorize', '{"amount": 1, "member_id": "ann"}', 'blocked 429 after 00:14:59 (failures): calls of this member are blocked for passing the limit "failures" of 5 failures in any 10 minutes'),
    (NULL, NULL, 'deduct', '{"amount": 1, "member_id": "ann"}', 'PT429 calls of this member are blocked for passing the limit "failures" of 5 failures in any 10 minutes'),
    (NULL, NULL, 'authorize', '{"amount": 1, "member_id": "bob"}', 'hold 3: 1'),
    (NULL, '2026-01-01 10:14:59.999999+00', 'authorize', '{"amount": 1, "member_id": "ann"}', 'blocked 429 after 00:00:00.000001 (failures): calls of this member are blocked for passing the limit "failures" of 5 failures in any 10 minutes'),
    (NULL, '2026-01-01 10:15+00', 'authorize', '{"amount": 1, "member_id": "ann"}', 'hold 4: 1'),
    (NULL, NULL, 'limits', NULL, 'account failures 7/10 until 01-02T00:00:00.000000, failures of ann 1/5 until 01-01T10:25:00.000000'),
    (NULL, NULL, 'denials', NULL, '1: 1x request_too_large of ann, 2: 5x blocked failures of ann'),
    (NULL, NULL, 'alerts', NULL, '1: limit_reached failures of ann 5/5');

-- What a returned refusal writes, and what a raised one does.
CREATE FUNCTION public.written(account text) RETURNS TABLE (relation text, row_text text) LANGUAGE plpgsql AS $$
BEGIN
    FOR relation IN SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account_id' AND NOT a.attisdropped
                    WHERE c.relnamespace = 'credits'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition LOOP
        RETURN QUERY EXECUTE format('SELECT %L::text, (to_jsonb(t) - ''clock'')::text FROM credits.%I t WHERE t.account_id = $1', relation, relation) USING account;
    END LOOP;
END $$;
CREATE TABLE public.before (relation text, row_text text);
CREATE FUNCTION public.writes(who text, storage text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('pg_credits.storage', storage, false), set_config('pg_credits.now', '2026-02-01 10:00+00', false);
    TRUNCATE public.before;
    RETURN NEXT is(credits.open_account(who, 'strict'), who, 'opened: ' || storage);
    RETURN NEXT is((SELECT d.outcome FROM credits.authorize(who, 1) d), 'insufficient_credits', 'the first refusal is sampled: ' || storage);
    INSERT INTO public.before SELECT * FROM public.written(who);
    RETURN NEXT throws_ok(format($q$ SELECT credits.deduct(%L, 1, usage => '{"input_tokens": 500}') $q$, who), 'PT413', NULL, 'raised: ' || storage);
    RETURN NEXT throws_ok(format($q$ SELECT credits.deduct(%L, 1, member_id => 'ann') $q$, who), 'PT402', NULL, 'raised, of a member: ' || storage);
    RETURN NEXT is((SELECT d.outcome FROM credits.quote(who, usage => '{"input_tokens": 500}', provider => 'x', model => 'y') d), 'price_unknown', 'a quote: ' || storage);
    RETURN NEXT is((SELECT count(*) FROM ((SELECT * FROM public.written(who) EXCEPT ALL SELECT * FROM public.before) UNION ALL (SELECT * FROM public.before EXCEPT ALL SELECT * FROM public.written(who))) w),
                   0::bigint, 'neither writes anything: ' || storage);
    RETURN NEXT is((SELECT d.outcome FROM credits.authorize(who, 1) d), 'insufficient_credits', 'the second one is counted: ' || storage);
    RETURN NEXT is((SELECT string_agg(w.relation, ' ') FROM (SELECT * FROM public.written(who) EXCEPT ALL SELECT * FROM public.before) w), 'wallet', 'in the wallet: ' || storage);
    RETURN NEXT is((SELECT string_agg(k.key, ' ') FROM jsonb_each((SELECT w.row_text::jsonb FROM public.written(who) w WHERE w.relation = 'wallet')) k
                    WHERE k.value IS DISTINCT FROM (SELECT b.row_text::jsonb -> k.key FROM public.before b WHERE b.relation = 'wallet')), 'counters', 'and nothing else of it changes: ' || storage);
    RETURN NEXT is((SELECT concat_ws(' ', d.detail ->> 'outcome', d.detail -> 'needed', d.detail -> 'available') FROM credits.denial d WHERE d.account_id = who),
                   'insufficient_credits 1 0', 'the sample has the decision: ' || storage);
END $$;
SELECT public.writes('still', 'auto');
SELECT public.writes('still~sql', 'sql');
RESET pg_credits.storage;
RESET pg_credits.now;

\ir helpers/replay.sql
