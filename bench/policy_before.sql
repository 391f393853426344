-- Accounts for calls under a policy: on a plan, with a member each that has called before; those named q have no
-- allowance for any request.
SELECT credits.configure('{"prices": [{"provider": "bench", "model": "m1", "metric": "input_tokens", "price": "10", "per": 1000000},
                                      {"provider": "bench", "model": "m1", "metric": "output_tokens", "price": "40", "per": 1000000}],
                           "plans": {"professional": {"price": "99", "providers": ["bench", "openai", "anthropic"]}}}') \g /dev/null
\ir policy_full.sql
SELECT count(credits.open_account(k.kind || g, 'professional')) AS opened FROM (VALUES ('p', 20000), ('q', 1000)) k(kind, number), generate_series(1, k.number) g \gset
SELECT count(credits.grant(account_id, 1000000000)) AS granted FROM credits.wallet WHERE account_id ~ '^[pq]' \gset
SELECT count(credits.set_member(account_id, 'u1', 'team')) AS members FROM credits.wallet WHERE account_id ~ '^[pq]' \gset
SELECT count(credits.set_limit(account_id, 'rate', 0)) AS capped FROM credits.wallet WHERE account_id ~ '^q' \gset
SELECT count(credits.deduct(account_id, provider => 'bench', model => 'm1', usage => '{"input_tokens": 1200, "output_tokens": 350}', member_id => 'u1')) AS calls
FROM credits.wallet WHERE account_id ~ '^p' \gset
VACUUM ANALYZE;
