-- A policy as a product has it, with limits that no slice reaches.
SELECT credits.configure('{
    "plans": {"professional": {"cost_budget": 1000000, "max_tokens_per_request": 8000,
        "limits": [{"name": "monthly tokens", "metric": "tokens", "window": "period", "limit": 5000000000, "effect": "overage", "price": "0.001", "per": 1000},
                   {"name": "monthly requests", "metric": "requests", "window": "period", "limit": 10000000}]}},
    "limits": [{"name": "rate", "scope": "member", "metric": "requests", "window": "sliding 1 minute", "limit": 1000000},
               {"name": "gap", "scope": "member", "metric": "requests", "window": "sliding 3 seconds", "limit": 1000000},
               {"name": "fraud", "scope": "member", "metric": "credits", "window": "sliding 1 hour", "limit": 500000000, "effect": "flag:fraud"},
               {"name": "failures", "scope": "member", "metric": "failures", "window": "sliding 10 minutes", "limit": 100000000, "effect": "block:15 minutes"}],
    "ladder": [{"level": "reduced_quality", "at": 50, "of": "cost_budget", "substitute": {"m1": "m2"}},
               {"level": "payment_required", "at": 100, "of": "cost_budget", "allow": []}],
    "brake": {"hour": {"warn": "1000000", "stop": "2000000"}, "day": {"warn": "4000000", "stop": "5000000"}}}') \g /dev/null
