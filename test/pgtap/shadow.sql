-- Shadow mode: for a share of accounts rules of use are noted and let through; state, money, the licence and the pause
-- refuse all the same. The share is stable, and a smaller one is part of a larger one.
\ir helpers/rules.sql
SELECT isnt(credits.configure('{
    "shadow": {"share": "1"},
    "prices": [{"provider": "p", "model": "m", "metric": "input_tokens", "price": "1", "per": 1000}, {"provider": "q", "model": "n", "metric": "input_tokens", "price": "1", "per": 1000}],
    "licence": [{"capability": "sync", "after": "0 days"}],
    "ladder": [{"level": "low", "at": 50, "of": "cost_budget", "allow": ["plain"], "substitute": {"m": "n"}}],
    "actions": {"think": {"credits": 1, "feature": "ai"}, "sync": {"credits": 1, "feature": "sync"}, "plain": {"credits": 1}, "gated": {"credits": 1, "gates": [{"kind": "click", "count": 1}]}, "goal": {"range": [1, 20], "max_credits": 10}},
    "plans": {"small": {"features": ["sync"], "providers": ["p"], "models": ["m"], "max_tokens_per_request": 100, "cost_budget": "1", "next_plan": "large",
                        "limits": [{"name": "day", "metric": "requests", "window": "day", "limit": 2, "warn_at": null, "action": "plain"},
                                   {"name": "gap", "scope": "member", "metric": "requests", "window": "sliding 3 seconds", "limit": 1},
                                   {"name": "flood", "scope": "member", "metric": "requests", "window": "sliding 1 minute", "limit": 2, "effect": "block:1 hour", "warn_at": null}]},
              "large": {}}}'), NULL, 'configured');

INSERT INTO public.step (account, at, op, arguments, expected) VALUES
    ('let through', '2026-01-01 10:00+00', 'open_account', '{"plan": "small"}', 'let through'),
    (NULL, NULL, 'grant', '{"amount": 100}', 'grant 100 -> 100'),
    (NULL, NULL, 'authorize', '{"action": "think"}', 'hold 1: 1 warns shadow feature_not_in_plan'),
    (NULL, '2026-01-01 10:01+00', 'authorize', '{"provider": "q", "model": "n", "usage": {"input_tokens": 1}}', 'hold 2: 1 n warns shadow provider_not_in_plan'),
    (NULL, '2026-01-01 10:02+00', 'deduct', '{"amount": 1, "usage": {"input_tokens": 101}}', 'deduct -1 -> 99'),
    (NULL, '2026-01-01 10:03+00', 'authorize', '{"action": "gated"}', 'hold 3: 1 warns shadow gate_required'),
    (NULL, '2026-01-01 10:04+00', 'authorize', '{"action": "goal"}', 'hold 4: 20 warns shadow request_too_large'),
    (NULL, '2026-01-01 10:05+00', 'deduct', '{"action": "plain"}', 'deduct -1 -> 98'),
    (NULL, NULL, 'deduct', '{"action": "plain"}', 'deduct -1 -> 97'),
    (NULL, NULL, 'authorize', '{"action": "plain"}', 'hold 5: 1 warns shadow plan_limit_exceeded'),
    (NULL, NULL, 'limits', NULL, 'day 3/2 until 01-02T00:00:00.000000'),
    (NULL, '2026-01-01 10:10+00', 'deduct', '{"amount": 1, "member_id": "ann"}', 'deduct -1 -> 96'),
    (NULL, NULL, 'authorize', '{"amount": 1, "member_id": "ann"}', 'hold 6: 1 warns shadow too_frequent'),
    (NULL, NULL, 'authorize', '{"amount": 1, "member_id": "ann"}', 'hold 7: 1 warns shadow blocked'),
    (NULL, NULL, 'quote', '{"action": "think"}', 'ok: 1 warns shadow feature_not_in_plan'),
    (NULL, NULL, 'denials', NULL, '1: 1x feature_not_in_plan shadowed, 2: 1x provider_not_in_plan shadowed, 3: 1x request_too_large shadowed, 4: 1x gate_required shadowed, 5: 1x request_too_large shadowed, 6: 1x plan_limit_exceeded day shadowed, 7: 1x too_frequent gap of ann shadowed'),

    ('levels', '2026-01-01 10:00+00', 'open_account', '{"plan": "small"}', 'levels'),
    (NULL, NULL, 'grant', '{"amount": 100}', 'grant 100 -> 100'),
    (NULL, NULL, 'record_cost', '{"provider": "p", "model": "m", "usage": {"input_tokens": 500}}', 'cost 0 -> 100 cost 0.5'),
    (NULL, NULL, 'authorize', '{"provider": "p", "model": "m", "usage": {"input_tokens": 1}}', 'hold 1: 1 m low warns shadow level_forbids'),
    (NULL, NULL, 'denials', NULL, '1: 1x level_forbids shadowed'),

    ('refused all the same', '2026-01-01 10:00+00', 'open_account', '{"plan": "small"}', 'refused all the same'),
    (NULL, NULL, 'authorize', '{"action": "think"}', 'insufficient_credits 402: not enough credits: 1 needed, 0 available > upgrade to the plan "large"'),
    (NULL, NULL, 'deduct', '{"action": "plain"}', 'PT402 not enough credits: 1 needed, 0 available'),
    (NULL, NULL, 'authorize', '{"provider": "p", "model": "unknown", "usage": {"input_tokens": 1}}', 'price_unknown 422: there is no price for model "unknown" of provider "p"'),
    (NULL, NULL, 'fail_licence', NULL, 'past_due'),
    (NULL, NULL, 'authorize', '{"action": "sync"}', 'licence_suspended 402: "sync" is off, because a payment failed'),
    (NULL, NULL, 'freeze', '{"reason": "asked"}', 'done'),
    (NULL, NULL, 'authorize', '{"action": "think"}', 'account_frozen 403: account "refused all the same" is frozen'),
    (NULL, NULL, 'close_account', NULL, 'done'),
    (NULL, NULL, 'authorize', '{"action": "think"}', 'account_closed 403: account "refused all the same" is closed'),
    (NULL, NULL, 'denials', NULL, '1: 1x insufficient_credits');

\ir helpers/replay.sql
