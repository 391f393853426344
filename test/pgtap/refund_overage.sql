-- A refund of all that is left of an entry takes its overage back too: of use above a limit, and of postpaid calls.
\ir helpers/steps.sql
SELECT isnt(credits.configure('{
    "prices": [{"provider": "p", "model": "m", "metric": "requests", "price": "0.10"}],
    "plans": {"post": {"charge": {"by": "postpaid"}, "interval": "1 month", "grant_on": "clock"},
              "over": {"credits": 100, "interval": "1 month", "limits": [{"name": "calls", "metric": "credits", "window": "period", "limit": 10, "effect": "overage", "price": "0.01", "warn_at": null}]}}}'), NULL, 'configured');

INSERT INTO public.step (account, at, op, arguments, expected) VALUES
    ('above a limit', '2026-01-01 00:00+00', 'open_account', '{"plan": "over"}', 'above a limit'),
    (NULL, NULL, 'deduct', '{"amount": 30}', 'deduct -30 -> 70'),
    (NULL, NULL, 'overages', NULL, '2: 0.2'),
    (NULL, NULL, 'refund', '{"entry_no": 2, "amount": 5}', 'refund 5 -> 75'),
    (NULL, NULL, 'overages', NULL, '2: 0.2'),
    (NULL, NULL, 'refund', '{"entry_no": 2}', 'refund 25 -> 100'),
    (NULL, NULL, 'overages', NULL, '2: 0.2, 4: -0.2'),
    (NULL, NULL, 'refund', '{"entry_no": 2}', 'PT409 entry 2 is refunded in full'),
    (NULL, NULL, 'deduct', '{"amount": 10}', 'deduct -10 -> 90'),
    (NULL, NULL, 'refund', '{"entry_no": 5, "amount": 10}', 'refund 10 -> 100'),
    (NULL, NULL, 'refund', '{"entry_no": 5}', 'refund 0 -> 100'),
    (NULL, NULL, 'refund', '{"entry_no": 5}', 'PT409 entry 5 is refunded in full'),
    (NULL, NULL, 'overages', NULL, '2: 0.2, 4: -0.2, 5: 0.1, 7: -0.1'),

    ('a hold', '2026-01-01 00:00+00', 'open_account', '{"plan": "over"}', 'a hold'),
    (NULL, NULL, 'authorize', '{"amount": 20}', 'hold 1: 20 -> 100 (80 free)'),
    (NULL, NULL, 'settle', '{"hold_no": 1, "amount": 15}', 'settle -15 -> 85'),
    (NULL, NULL, 'overages', NULL, '2: 0.05'),
    (NULL, NULL, 'refund', '{"entry_no": 2}', 'refund 15 -> 100'),
    (NULL, NULL, 'overages', NULL, '2: 0.05, 3: -0.05'),

    ('postpaid', '2026-01-01 00:00+00', 'open_account', '{"plan": "post"}', 'postpaid'),
    (NULL, NULL, 'deduct', '{"provider": "p", "model": "m", "usage": {"requests": 2}}', 'deduct 0 -> 0 cost 0.2'),
    (NULL, NULL, 'refund', '{"entry_no": 1, "amount": 1}', 'PT409 entry 1 charged no credits'),
    (NULL, NULL, 'refund', '{"entry_no": 1, "idempotency_key": "k"}', 'refund 0 -> 0'),
    (NULL, NULL, 'refund', '{"entry_no": 1, "idempotency_key": "k"}', 'refund 0 -> 0 replayed'),
    (NULL, NULL, 'refund', '{"entry_no": 1}', 'PT409 entry 1 charged nothing'),
    (NULL, NULL, 'overages', NULL, '1: 0.2, 2: -0.2'),

    ('of an earlier period', '2026-01-31 23:00+00', 'open_account', '{"plan": "post"}', 'of an earlier period'),
    (NULL, NULL, 'deduct', '{"provider": "p", "model": "m", "usage": {"requests": 2}}', 'deduct 0 -> 0 cost 0.2'),
    (NULL, '2026-03-01 00:00+00', 'deduct', '{"provider": "p", "model": "m", "usage": {"requests": 3}}', 'deduct 0 -> 0 cost 0.3'),
    (NULL, NULL, 'refund', '{"entry_no": 1}', 'refund 0 -> 0'),
    (NULL, NULL, 'overages', NULL, '1: 0.2, 2: 0.3, 3: -0.2');

\ir helpers/replay.sql
