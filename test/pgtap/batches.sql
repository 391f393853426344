-- deduct_many and settle_many: rows in the order given, refusals are rows, a malformed event undoes all.
\ir helpers/steps.sql
SELECT isnt(credits.configure('{"actions": {"chat": {"credits": 5}}, "prices": [{"provider": "p", "model": "m", "metric": "requests", "price": "0.01"}]}'), NULL, 'configured');

INSERT INTO public.step (account, at, op, arguments, expected) VALUES
    ('second of two', '2026-01-01 00:00+00', 'open_account', NULL, 'second of two'),
    (NULL, NULL, 'grant', '{"amount": 10}', 'grant 10 -> 10'),

    ('many', '2026-01-01 00:00+00', 'open_account', NULL, 'many'),
    (NULL, NULL, 'grant', '{"amount": 100}', 'grant 100 -> 100'),
    (NULL, NULL, 'deduct_many', '{"events": []}', 'done'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "second of two$", "amount": 3}, {"account_id": "many$", "amount": 1}, {"account_id": "second of two$", "amount": 7}]}', '1 deduct -3 -> 7; 2 deduct -1 -> 99; 3 deduct -7 -> 0'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "many$", "amount": 100}, {"account_id": "many$", "amount": "9"}, {"account_id": "nobody", "amount": 1}, {"account_id": "second of two$", "amount": 0}]}', '1 insufficient_credits 402: not enough credits: 100 needed, 99 available; 2 deduct -9 -> 90; 3 account_not_found 404: there is no account "nobody"; 4 deduct 0 -> 0'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "many$", "action": "chat", "metadata": {"a": 1}, "member_id": "m"}, {"account_id": "many$", "provider": "p", "model": "m", "usage": {"requests": 3}}, {"account_id": "many$", "provider": "p", "model": "x", "usage": {"requests": 3}}]}', '1 deduct -5 -> 85; 2 deduct -3 -> 82 cost 0.03; 3 price_unknown 422: there is no price for "x"'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "many$", "amount": 2, "occurred_at": "2025-12-31 00:00+00", "action": null, "usage": null, "idempotency_key": null}]}', '1 deduct -2 -> 80'),
    (NULL, NULL, 'ledger', NULL, 'grant 100, deduct -1, deduct -9, deduct -5, deduct -3, deduct -2 of 12-31T00:00'),

    ('repeated keys in one batch', '2026-01-01 00:00+00', 'open_account', NULL, 'repeated keys in one batch'),
    (NULL, NULL, 'grant', '{"amount": 100}', 'grant 100 -> 100'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "repeated keys in one batch$", "amount": 3, "idempotency_key": "k"}, {"account_id": "repeated keys in one batch$", "amount": 5}, {"account_id": "repeated keys in one batch$", "amount": 3, "idempotency_key": "k"}, {"account_id": "repeated keys in one batch$", "amount": 4, "idempotency_key": "k"}, {"account_id": "second of two$", "amount": 0, "idempotency_key": "k"}, {"account_id": "repeated keys in one batch$", "amount": 3, "idempotency_key": "k"}]}', '1 deduct -3 -> 97; 2 deduct -5 -> 92; 3 deduct -3 -> 97 replayed; 4 idempotency_conflict 409: the idempotency key was used for another request: amount differs; 5 deduct 0 -> 0; 6 deduct -3 -> 97 replayed'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "repeated keys in one batch$", "amount": 3, "idempotency_key": "k"}]}', '1 deduct -3 -> 97 replayed'),
    (NULL, NULL, 'deduct', '{"amount": 3, "idempotency_key": "k"}', 'deduct -3 -> 97 replayed'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "repeated keys in one batch$", "amount": 93, "idempotency_key": "l"}, {"account_id": "repeated keys in one batch$", "amount": 2, "idempotency_key": "l"}]}', '1 insufficient_credits 402: not enough credits: 93 needed, 92 available; 2 deduct -2 -> 90'),

    ('over several lots and what is due', '2026-01-01 00:00+00', 'open_account', NULL, 'over several lots and what is due'),
    (NULL, NULL, 'grant', '{"amount": 5, "expires_at": "2026-01-02"}', 'grant 5 -> 5'),
    (NULL, NULL, 'grant', '{"amount": 5, "expires_at": "2026-01-03"}', 'grant 5 -> 10'),
    (NULL, NULL, 'grant', '{"amount": 5}', 'grant 5 -> 15'),
    (NULL, NULL, 'authorize', '{"amount": 1}', 'hold 1: 1 -> 15 (14 free)'),
    (NULL, '2026-01-02 00:00+00', 'deduct_many', '{"events": [{"account_id": "over several lots and what is due$", "amount": 3}, {"account_id": "over several lots and what is due$", "amount": 3}, {"account_id": "over several lots and what is due$", "amount": 5}, {"account_id": "over several lots and what is due$", "amount": 4}]}', '1 deduct -3 -> 7; 2 deduct -3 -> 4; 3 insufficient_credits 402: not enough credits: 5 needed, 4 available; 4 deduct -4 -> 0'),
    (NULL, NULL, 'ledger', NULL, 'grant 5, grant 5, grant 5, expire -5, deduct -3, deduct -3, deduct -4'),

    ('a malformed event undoes all', '2026-01-01 00:00+00', 'open_account', NULL, 'a malformed event undoes all'),
    (NULL, NULL, 'grant', '{"amount": 10}', 'grant 10 -> 10'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "a malformed event undoes all$", "amount": 1}, {"account_id": "a malformed event undoes all$", "amount": -1}]}', '22023 amount must not be negative'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "a malformed event undoes all$", "amount": 1}, {"amount": 1}]}', '22023 event 2 names no account'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "a malformed event undoes all$", "amount": 1}, 7]}', '22023 event 2 is not an object'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "a malformed event undoes all$", "amount": 1}, [[]]]}', '22023 event 2 is not an object'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "a malformed event undoes all$", "amount": 1, "sum": 1}]}', '22023 event 1 has an unknown argument "sum"'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "a malformed event undoes all$", "amount": 1, "hold_no": 1}]}', '22023 event 1 has an unknown argument "hold_no"'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "a malformed event undoes all$", "amount": true}]}', '22023 event 1 has an amount that is not a number'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "a malformed event undoes all$", "amount": "much"}]}', '22P02 invalid input syntax for type numeric: "much"'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": 5, "amount": 1}]}', '22023 event 1 has a name that is not a string'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "", "amount": 1}]}', '22023 account_id must not be empty'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "a malformed event undoes all$", "amount": 1}, {"account_id": "a malformed event undoes all$"}]}', '22023 the call says nothing to charge from'),
    (NULL, NULL, 'deduct_many', '{"events": [{"account_id": "a malformed event undoes all$", "amount": 1}, {"account_id": "a malformed event undoes all$", "amount": 1, "occurred_at": "2026-01-02"}]}', '22023 occurred_at must not lie in the future'),
    (NULL, NULL, 'deduct_many', '{"events": {"account_id": "a malformed event undoes all$", "amount": 1}}', '22023 events must be an array of argument objects'),
    (NULL, NULL, 'deduct_many', '{"events": 5}', '22023 events must be an array of argument objects'),
    (NULL, NULL, 'deduct_many', '{"events": null}', '22023 events must not be null'),
    (NULL, NULL, 'settle_many', '{"events": null}', '22023 events must not be null'),
    (NULL, NULL, 'settle_many', '{"events": [{"account_id": "a malformed event undoes all$"}]}', '22023 event 1 names no hold'),
    (NULL, NULL, 'settle_many', '{"events": [{"account_id": "a malformed event undoes all$", "hold_no": 1, "action": "chat"}]}', '22023 event 1 has an unknown argument "action"'),
    (NULL, NULL, 'ledger', NULL, 'grant 10'),

    ('settled together', '2026-01-01 00:00+00', 'open_account', NULL, 'settled together'),
    (NULL, NULL, 'grant', '{"amount": 100}', 'grant 100 -> 100'),
    (NULL, NULL, 'authorize', '{"amount": 10}', 'hold 1: 10 -> 100 (90 free)'),
    (NULL, NULL, 'authorize', '{"amount": 10, "provider": "p", "model": "m"}', 'hold 2: 10 -> 100 (80 free)'),
    (NULL, NULL, 'authorize', '{"amount": 10}', 'hold 3: 10 -> 100 (70 free)'),
    (NULL, NULL, 'authorize', '{"amount": 10}', 'hold 4: 10 -> 100 (60 free)'),
    (NULL, NULL, 'release', '{"hold_no": 4}', 'release 0 -> 100 (70 free)'),
    (NULL, '2026-01-01 00:00:30+00', 'settle_many', '{"events": [{"account_id": "settled together$", "hold_no": 3, "amount": 4}, {"account_id": "settled together$", "hold_no": 1}, {"account_id": "settled together$", "hold_no": 9}, {"account_id": "settled together$", "hold_no": 4}, {"account_id": "settled together$", "hold_no": 2, "usage": {"requests": 20}, "metadata": {"x": 1}, "idempotency_key": "s"}, {"account_id": "settled together$", "hold_no": 1}, {"account_id": "settled together$", "hold_no": 1, "amount": 2}, {"account_id": "settled together$", "hold_no": 2, "usage": {"requests": 20}, "idempotency_key": "s"}, {"account_id": "nobody", "hold_no": 1}]}', '1 settle -4 -> 96; 2 settle -10 -> 86; 3 hold_not_found 404: the account has no hold 9; 4 hold_released 409: the hold was released already; 5 settle -20 -> 66 cost 0.2; 6 settle -10 -> 86 replayed; 7 hold_settled 409: the hold was settled already; 8 settle -20 -> 66 cost 0.2 replayed; 9 account_not_found 404: there is no account "nobody"'),
    (NULL, NULL, 'settle_many', '{"events": []}', 'done'),
    (NULL, NULL, 'ledger', NULL, 'grant 100, release 0, settle -4, settle -10, settle -20'),

    ('settled together while open', '2026-01-01 00:00+00', 'open_account', NULL, 'settled together while open'),
    (NULL, NULL, 'grant', '{"amount": 100}', 'grant 100 -> 100'),
    (NULL, NULL, 'authorize', '{"amount": 10}', 'hold 1: 10 -> 100 (90 free)'),
    (NULL, NULL, 'authorize', '{"amount": 10}', 'hold 2: 10 -> 100 (80 free)'),
    (NULL, NULL, 'settle_many', '{"events": [{"account_id": "settled together while open$", "hold_no": 2, "amount": 105}, {"account_id": "settled together while open$", "hold_no": 1}]}', '1 settle -105 -> -5 (-15 free) debt; 2 settle -10 -> -15 debt');

\ir helpers/replay.sql
