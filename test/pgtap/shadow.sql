-- Shadow mode: for a share of accounts rules of use are noted and let through; state, money, the licence and the pause
-- refuse all the same. The share is stable, and a smaller one is part of a larger one.
\ir helpers/rules.sql
SELECT isnt(credits.configure('{
    "shadow": {"share": "1"},
    "prices": [{"provider": "p", "model": "m", "metric": "input_tokens", "price": "1", "per": 1000}, {"provider": "q", "model": "n", "metric": "input_tokens", "price": "1", "per": 1000}],
    "licence": [{"capability": "sync", "after": "0 days"}],
    "ladder": [{"level": "low", "at": 50, "of": "cost_budget", "allow": ["plain"], "substitute": {"m": "n"}}],
    "actions": {"think": {"credits": 1, "feature": "ai"}, "sync": {"credits": 1, "feature": "sync"}, "plain": {"credits": 1}, "gated": {"credits": 1, "gates": [{"kind": "click", "count": 1}]}, "goal": {"credits": 20, "max_credits": 10}},
    "plans": {"small": {"features": ["sync"], "providers": ["p"], "models": ["m"], "max_tokens_per_request": 100, "cost_budget": "1", "next_plan": "large",
                        "limits": [{"name": "day", "metric": "requests", "window": "day", "limit": 2, "warn_at": null, "action": "plain"},
                                   {"name": "gap", "scope": "member", "metric": "requests", "window": "sliding 3 seconds", "limit": 1},
                                   {"name": "flood", "scope": "member", "metric": "requests", "window": "sliding 1 minute", "limit": 2, "effect": "block:1 hour", "warn_at": null}]},
              "large": {}}}'), NULL, 'configured');

INSERT INTO public.step (account, at, op, arguments, expected) VALUES
    ('let through', '2026-01-01 10:00+00', 'open_account', '{"plan": "small"}', ??),
    (NULL, NULL, 'grant', '{"amount": 100}', ??),
    (NULL, NULL, 'authorize', '{"action": "think"}', ??),
    (NULL, '2026-01-01 10:01+00', 'authorize', '{"provider": "q", "model": "n", "usage": {"input_tokens": 1}}', ??),
    (NULL, '2026-01-01 10:02+00', 'deduct', '{"amount": 1, "usage": {"input_tokens": 101}}', ??),
    (NULL, '2026-01-01 10:03+00', 'authorize', '{"action": "gated"}', ??),
    (NULL, '2026-01-01 10:04+00', 'authorize', '{"action": "goal"}', ??),
    (NULL, '2026-01-01 10:05+00', 'deduct', '{"action": "plain"}', ??),
    (NULL, NULL, 'deduct', '{"action": "plain"}', ??),
    (NULL, NULL, 'authorize', '{"action": "plain"}', ??),
    (NULL, NULL, 'limits', NULL, ??),
    (NULL, '2026-01-01 10:10+00', 'deduct', '{"amount": 1, "member_id": "ann"}', ??),
    (NULL, NULL, 'authorize', '{"amount": 1, "member_id": "ann"}', ??),
    (NULL, NULL, 'authorize', '{"amount": 1, "member_id": "ann"}', ??),
    (NULL, NULL, 'quote', '{"action": "think"}', ??),
    (NULL, NULL, 'denials', NULL, ??),

    ('levels', '2026-01-01 10:00+00', 'open_account', '{"plan": "small"}', ??),
    (NULL, NULL, 'grant', '{"amount": 100}', ??),
    (NULL, NULL, 'record_cost', '{"provider": "p", "model": "m", "usage": {"input_tokens": 500}}', ??),
    (NULL, NULL, 'authorize', '{"provider": "p", "model": "m", "usage": {"input_tokens": 1}}', ??),
    (NULL, NULL, 'denials', NULL, ??),

    ('refused all the same', '2026-01-01 10:00+00', 'open_account', '{"plan": "small"}', ??),
    (NULL, NULL, 'authorize', '{"action": "think"}', ??),
    (NULL, NULL, 'deduct', '{"action": "plain"}', ??),
    (NULL, NULL, 'authorize', '{"provider": "p", "model": "unknown", "usage": {"input_tokens": 1}}', ??),
    (NULL, NULL, 'fail_licence', NULL, ??),
    (NULL, NULL, 'authorize', '{"action": "sync"}', ??),
    (NULL, NULL, 'freeze', '{"reason": "asked"}', ??),
    (NULL, NULL, 'authorize', '{"action": "think"}', ??),
    (NULL, NULL, 'close_account', NULL, ??),
    (NULL, NULL, 'authorize', '{"action": "think"}', ??),
    (NULL, NULL, 'denials', NULL, ??);

\ir helpers/replay.sql
