-- By whatever name a call gives a model (an alias, a name of a price file, that of its provider), the rules of the model bind it:
-- limits, substitutes, included units, lists of plans. What is shown and kept is the name that was given.
\ir helpers/rules.sql
SELECT isnt(credits.configure('{
    "prices": [{"provider": "p", "model": "big", "metric": "requests", "price": "0.10"}, {"provider": "p", "model": "small", "metric": "requests", "price": "0.01"},
               {"provider": "p", "model": "tiny", "metric": "requests", "price": "0.01"}, {"provider": "cloud", "model": "cloud/big", "metric": "requests", "price": "0.10"}],
    "aliases": [{"provider": "p", "alias": "big-latest", "model": "big"}, {"provider": "p", "alias": "small-latest", "model": "small"}],
    "ladder": [{"level": "reduced", "at": 50, "of": "cost_budget", "substitute": {"big": "small-latest"}}, {"level": "least", "at": 90, "of": "cost_budget", "substitute": {"small": "tiny"}}],
    "plans": {"capped": {"credits": 1000, "cost_budget": 100, "limits": [{"name": "bigs", "metric": "credits", "window": "day", "limit": 20, "model": "big", "warn_at": null}]},
              "by alias": {"credits": 1000, "cost_budget": 100, "limits": [{"name": "bigs", "metric": "requests", "window": "day", "limit": 1, "model": "big-latest", "warn_at": null}]},
              "each": {"credits": 1000, "limits": [{"name": "each", "scope": "model", "metric": "requests", "window": "day", "limit": 2, "warn_at": null}]},
              "cheaper": {"credits": 1000, "cost_budget": 1}, "listed": {"credits": 1000, "cost_budget": 1, "models": ["big"]},
              "listed by alias": {"credits": 1000, "models": ["big-latest"]},
              "units": {"credits": 100, "cost_budget": 100, "includes": [{"model": "big", "usage": {"requests": 2}}, {"model": "big-latest", "provider": "p", "usage": {"requests": 1}}]},
              "free": {"credits": 1000}}}'), NULL, 'configured');

INSERT INTO public.step (account, at, op, arguments, expected) VALUES
    ('a limit of a model', '2026-01-01 00:00+00', 'open_account', '{"plan": "capped"}', 'a limit of a model'),
    (NULL, NULL, 'authorize', '{"provider": "p", "model": "big-latest", "usage": {"requests": 1}}', 'hold 1: 10 big-latest'),
    (NULL, NULL, 'limits', NULL, 'bigs 10/20 until 01-02T00:00:00.000000'),
    (NULL, NULL, 'deduct', '{"provider": "p", "model": "big-latest", "usage": {"requests": 1}}', 'deduct -10 -> 990 (980 free) cost 0.1'),
    (NULL, NULL, 'authorize', '{"provider": "p", "model": "big-latest", "usage": {"requests": 1}}', 'plan_limit_exceeded 402 after 24:00:00 (bigs): the limit "bigs" allows 20 credits a day: 20 are used, the call needs 10'),
    (NULL, NULL, 'authorize', '{"amount": 1, "provider": "p", "model": "big-latest"}', 'plan_limit_exceeded 402 after 24:00:00 (bigs): the limit "bigs" allows 20 credits a day: 20 are used, the call needs 1'),
    (NULL, NULL, 'deduct', '{"amount": 1, "provider": "cloud", "model": "cloud/big"}', 'PT402 the limit "bigs" allows 20 credits a day: 20 are used, the call needs 1'),
    (NULL, NULL, 'settle', '{"hold_no": 1, "amount": 4}', 'settle -4 -> 986 cost 0.1'),
    (NULL, NULL, 'limits', NULL, 'bigs 14/20 until 01-02T00:00:00.000000'),
    (NULL, NULL, 'authorize', '{"amount": 6, "provider": "p", "model": "big-latest"}', 'hold 2: 6 big-latest'),
    (NULL, NULL, 'extend', '{"hold_no": 2, "amount": 1}', 'plan_limit_exceeded 402 after 24:00:00 (bigs): the limit "bigs" allows 20 credits a day: 20 are used, the call needs 1'),
    (NULL, NULL, 'release', '{"hold_no": 2}', 'release 0 -> 986'),
    (NULL, NULL, 'authorize', '{"amount": 6, "provider": "p", "model": "big-latest", "ttl": "1 minute"}', 'hold 3: 6 big-latest'),
    (NULL, '2026-01-01 00:02+00', 'limits', NULL, 'bigs 14/20 until 01-02T00:00:00.000000'),

    ('a limit by an alias', '2026-01-01 00:00+00', 'open_account', '{"plan": "by alias"}', 'a limit by an alias'),
    (NULL, NULL, 'deduct', '{"provider": "p", "model": "big", "usage": {"requests": 1}}', 'deduct -10 -> 990 cost 0.1'),
    (NULL, NULL, 'deduct', '{"provider": "p", "model": "big-latest", "usage": {"requests": 1}}', 'PT402 the limit "bigs" allows 1 request a day: 1 is used'),

    ('by model', '2026-01-01 00:00+00', 'open_account', '{"plan": "each"}', 'by model'),
    (NULL, NULL, 'deduct', '{"amount": 1, "provider": "p", "model": "small"}', 'deduct -1 -> 999'),
    (NULL, NULL, 'deduct', '{"amount": 1, "provider": "p", "model": "small-latest"}', 'deduct -1 -> 998'),
    (NULL, NULL, 'deduct', '{"amount": 1, "provider": "p", "model": "small-latest"}', 'PT402 the limit "each" allows 2 requests a day: 2 are used'),

    ('a quota', '2026-01-01 00:00+00', 'open_account', '{"plan": "free"}', 'a quota'),
    (NULL, NULL, 'set_member', '{"member_id": "key", "quota": [{"name": "own", "metric": "requests", "window": "day", "limit": 1, "model": "tiny"}]}', 'done'),
    (NULL, NULL, 'deduct', '{"amount": 1, "provider": "p", "model": "tiny", "member_id": "key"}', 'deduct -1 -> 999'),
    (NULL, NULL, 'deduct', '{"amount": 1, "provider": "p", "model": "tiny", "member_id": "key"}', 'PT429 the limit "own" allows 1 request a day: 1 is used'),

    ('a cheaper model', '2026-01-01 00:00+00', 'open_account', '{"plan": "cheaper"}', 'a cheaper model'),
    (NULL, NULL, 'record_cost', '{"provider": "p", "model": "big-latest", "usage": {"requests": 6}}', 'cost 0 -> 1000 cost 0.6'),
    (NULL, NULL, 'authorize', '{"provider": "p", "model": "big-latest", "usage": {"requests": 1}}', 'hold 1: 1 small-latest reduced'),
    (NULL, NULL, 'record_cost', '{"provider": "p", "model": "big-latest", "usage": {"requests": 3}}', 'cost 0 -> 1000 (999 free) cost 0.3'),
    (NULL, NULL, 'authorize', '{"provider": "p", "model": "big-latest", "usage": {"requests": 1}}', 'hold 2: 1 tiny least'),

    ('a list', '2026-01-01 00:00+00', 'open_account', '{"plan": "listed"}', 'a list'),
    (NULL, NULL, 'authorize', '{"amount": 1, "provider": "p", "model": "big-latest"}', 'hold 1: 1 big-latest'),
    (NULL, NULL, 'authorize', '{"amount": 1, "provider": "cloud", "model": "cloud/big"}', 'hold 2: 1 cloud/big'),
    (NULL, NULL, 'authorize', '{"amount": 1, "provider": "p", "model": "small"}', 'model_not_in_plan 403: the plan "listed" does not include the model "small" > use big'),
    (NULL, NULL, 'record_cost', '{"provider": "p", "model": "big", "usage": {"requests": 6}}', 'cost 0 -> 1000 (998 free) cost 0.6'),
    (NULL, NULL, 'authorize', '{"provider": "p", "model": "big-latest", "usage": {"requests": 1}}', 'hold 3: 1 small-latest reduced'),
    (NULL, NULL, 'authorize', '{"provider": "p", "model": "small-latest", "usage": {"requests": 1}}', 'model_not_in_plan 403: the plan "listed" does not include the model "small-latest" > use big'),

    ('a list by alias', '2026-01-01 00:00+00', 'open_account', '{"plan": "listed by alias"}', 'a list by alias'),
    (NULL, NULL, 'authorize', '{"amount": 1, "provider": "p", "model": "big"}', 'hold 1: 1 big'),
    (NULL, NULL, 'authorize', '{"amount": 1, "provider": "p", "model": "small"}', 'model_not_in_plan 403: the plan "listed by alias" does not include the model "small" > use big-latest'),

    ('included', '2026-01-01 00:00+00', 'open_account', '{"plan": "units"}', 'included'),
    (NULL, NULL, 'authorize', '{"provider": "p", "model": "big-latest", "usage": {"requests": 1}}', 'hold 1: 0 big-latest'),
    (NULL, NULL, 'deduct', '{"provider": "p", "model": "big", "usage": {"requests": 2}}', 'deduct 0 -> 100 cost 0.2'),
    (NULL, NULL, 'deduct', '{"provider": "p", "model": "big-latest", "usage": {"requests": 1}}', 'deduct -10 -> 90 cost 0.1'),
    (NULL, NULL, 'release', '{"hold_no": 1}', 'release 0 -> 90'),
    (NULL, NULL, 'deduct', '{"provider": "p", "model": "big-latest", "usage": {"requests": 2}}', 'deduct -10 -> 80 cost 0.2');

\ir helpers/replay.sql
