-- Units that a plan's period includes: used before credits, by deducts and holds, given back by what did not take place.
\ir helpers/rules.sql
SELECT isnt(credits.configure('{
    "unit": {"name": "credit", "value_usd": "0.01"},
    "prices": [{"provider": "p", "model": "draw", "metric": "images", "price": "0.08"}, {"provider": "q", "model": "draw", "metric": "images", "price": "0.10"},
               {"provider": "p", "model": "film", "metric": "seconds", "price": "0.05"}, {"provider": "p", "model": "film", "metric": "requests", "price": "0.01"}],
    "actions": {"poster": {"credits": 8}},
    "plans": {"studio": {"interval": "1 month", "grant_on": "clock", "credits": 100, "includes": [{"model": "draw", "usage": {"images": 10}}, {"model": "film", "provider": "p", "usage": {"seconds": 20}}]},
              "bare": {"interval": "1 month", "grant_on": "clock", "credits": 100}}}'), NULL, 'configured');

INSERT INTO public.step (account, at, op, arguments, expected) VALUES
    ('before credits', '2026-01-01 00:00+00', 'open_account', '{"plan": "studio"}', 'before credits'),
    (NULL, NULL, 'limits', NULL, 'none'),
    (NULL, NULL, 'deduct', '{"provider": "p", "model": "draw", "usage": {"images": 8}}', 'deduct 0 -> 100 cost 0.64'),
    (NULL, NULL, 'deduct', '{"provider": "p", "model": "draw", "usage": {"images": 3}}', 'deduct -8 -> 92 cost 0.24'),
    (NULL, NULL, 'deduct', '{"provider": "p", "model": "draw", "usage": {"images": 1}}', 'deduct -8 -> 84 cost 0.08'),
    (NULL, NULL, 'limits', NULL, 'none'),
    (NULL, NULL, 'totals', NULL, '3 requests, 0 tokens, cost 0.96 held 0, overage 0'),
    (NULL, '2026-02-01 00:00+00', 'limits', NULL, 'none'),
    (NULL, NULL, 'deduct', '{"provider": "q", "model": "draw", "usage": {"images": 2}}', 'deduct 0 -> 100 cost 0.2'),
    (NULL, NULL, 'limits', NULL, 'none'),

    ('only what is included', '2026-01-01 00:00+00', 'open_account', '{"plan": "studio"}', 'only what is included'),
    (NULL, NULL, 'deduct', '{"provider": "p", "model": "film", "usage": {"seconds": 5, "requests": 1}}', 'deduct -1 -> 99 cost 0.26'),
    (NULL, NULL, 'deduct', '{"provider": "p", "model": "film", "usage": {"seconds": 25}}', 'deduct -51 -> 48 cost 1.26'),
    (NULL, NULL, 'limits', NULL, 'none'),

    ('held', '2026-01-01 00:00+00', 'open_account', '{"plan": "studio"}', 'held'),
    (NULL, NULL, 'authorize', '{"provider": "p", "model": "draw", "usage": {"images": 8}}', 'hold 1: 0 draw'),
    (NULL, NULL, 'authorize', '{"provider": "p", "model": "draw", "usage": {"images": 4}}', 'hold 2: 16 draw'),
    (NULL, NULL, 'limits', NULL, 'none'),
    (NULL, NULL, 'settle', '{"hold_no": 1, "usage": {"images": 3}}', 'settle 0 -> 100 (84 free) cost 0.24'),
    (NULL, NULL, 'limits', NULL, 'none'),
    (NULL, NULL, 'release', '{"hold_no": 2}', 'release 0 -> 100'),
    (NULL, NULL, 'limits', NULL, 'none'),
    (NULL, NULL, 'authorize', '{"provider": "p", "model": "draw", "usage": {"images": 7}}', 'hold 3: 0 draw'),
    (NULL, NULL, 'settle', '{"hold_no": 3}', 'settle 0 -> 100 cost 0.56'),
    (NULL, NULL, 'limits', NULL, 'none'),

    ('timed out', '2026-01-01 00:00+00', 'open_account', '{"plan": "studio"}', 'timed out'),
    (NULL, NULL, 'authorize', '{"provider": "p", "model": "draw", "usage": {"images": 8}}', 'hold 1: 0 draw'),
    (NULL, '2026-01-01 00:01+00', 'limits', NULL, 'none'),
    (NULL, NULL, 'authorize', '{"provider": "p", "model": "draw", "usage": {"images": 9}, "ttl": "1 hour"}', 'hold 2: 0 draw'),
    (NULL, NULL, 'settle', '{"hold_no": 1, "usage": {"images": 2}}', 'settle -8 -> 92 cost 0.16'),
    (NULL, NULL, 'limits', NULL, 'none'),
    (NULL, NULL, 'settle', '{"hold_no": 2, "usage": {"images": 12}}', 'settle -24 -> 68 cost 0.96'),
    (NULL, NULL, 'limits', NULL, 'none'),
    (NULL, NULL, 'balance', NULL, '68 held 0 granted 100 used 32 pct 32.00 studio'),

    ('without credits', '2026-01-01 00:00+00', 'open_account', '{"plan": "studio"}', 'without credits'),
    (NULL, NULL, 'deduct', '{"amount": 100}', 'deduct -100 -> 0'),
    (NULL, NULL, 'authorize', '{"provider": "p", "model": "draw", "usage": {"images": 10}}', 'hold 1: 0 draw'),
    (NULL, NULL, 'authorize', '{"provider": "p", "model": "draw", "usage": {"images": 1}}', 'insufficient_credits 402: not enough credits: 8 needed, 0 available'),
    (NULL, NULL, 'quote', '{"provider": "p", "model": "film", "usage": {"seconds": 20}}', 'ok: 0 film'),
    (NULL, NULL, 'quote', '{"provider": "p", "model": "film", "usage": {"seconds": 21}}', 'insufficient_credits 402: not enough credits: 6 needed, 0 available'),

    ('a fixed price', '2026-01-01 00:00+00', 'open_account', '{"plan": "studio"}', 'a fixed price'),
    (NULL, NULL, 'deduct', '{"action": "poster", "provider": "p", "model": "draw", "usage": {"images": 1}}', 'deduct 0 -> 100 cost 0.08'),
    (NULL, NULL, 'deduct', '{"action": "poster"}', 'deduct -8 -> 92'),
    (NULL, NULL, 'deduct', '{"amount": 3, "provider": "p", "model": "draw", "usage": {"images": 1}}', 'deduct -3 -> 89 cost 0.08'),
    (NULL, NULL, 'limits', NULL, 'none'),

    ('another plan', '2026-01-01 00:00+00', 'open_account', '{"plan": "studio"}', 'another plan'),
    (NULL, NULL, 'deduct', '{"provider": "p", "model": "draw", "usage": {"images": 8}}', 'deduct 0 -> 100 cost 0.64'),
    (NULL, NULL, 'change_plan', '{"plan": "bare"}', 'done'),
    (NULL, NULL, 'deduct', '{"provider": "p", "model": "draw", "usage": {"images": 1}}', 'deduct -8 -> 92 cost 0.08'),
    (NULL, NULL, 'change_plan', '{"plan": "studio"}', 'done'),
    (NULL, NULL, 'deduct', '{"provider": "p", "model": "draw", "usage": {"images": 3}}', 'deduct -8 -> 84 cost 0.24'),

    ('the same again', '2026-01-01 00:00+00', 'open_account', '{"plan": "studio"}', 'the same again'),
    (NULL, NULL, 'deduct', '{"provider": "p", "model": "draw", "usage": {"images": 8}, "idempotency_key": "k"}', 'deduct 0 -> 100 cost 0.64'),
    (NULL, NULL, 'deduct', '{"provider": "p", "model": "draw", "usage": {"images": 8}, "idempotency_key": "k"}', 'deduct 0 -> 100 cost 0.64 replayed'),
    (NULL, NULL, 'deduct', '{"provider": "p", "model": "draw", "usage": {"images": 2}}', 'deduct 0 -> 100 cost 0.16');

\ir helpers/replay.sql
