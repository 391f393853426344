-- What usage costs as SQL shows it: cost in both forms, its lines, costs without a charge, and every error of them.
\set QUIET on
\getenv folder PG_ABS_SRCDIR
\set own regress_credits_prices
\i :folder/sql/helpers/begin.sql

SELECT credits.configure('{"prices": [
    {"provider": "p", "model": "m", "metric": "input_tokens", "price": 10, "per": 1000000},
    {"provider": "p", "model": "m", "metric": "input_tokens", "price": 20, "per": 1000000, "when": {"prompt_over": 200000}},
    {"provider": "p", "model": "m", "metric": "output_tokens", "price": 30, "per": 1000000},
    {"provider": "p", "model": "m", "metric": "output_tokens", "price": 15, "per": 1000000, "when": {"service_tier": "flex"}},
    {"provider": "p", "model": "m", "metric": "requests", "price": "0.001"},
    {"provider": "p", "model": "m", "metric": "multiplier", "price": "1.1", "when": {"region": "eu"}},
    {"provider": "p", "model": "zero", "metric": "images", "price": 0},
    {"provider": "p", "model": "past", "metric": "images", "price": 1, "to": "2026-01-01"},
    {"provider": "p", "model": "tiny", "metric": "input_tokens", "price": "0.000000000000000000000000000001"},
    {"provider": "p", "model": "big", "metric": "units", "price": "100000000000000000"}],
  "aliases": [{"provider": "p", "alias": "m-latest", "model": "m"}]}') -> 'warnings' AS warnings;

SELECT credits.cost('p', 'm', 1000, 100);
SELECT credits.cost(provider => 'p', model => 'm', input_tokens => 0, output_tokens => 0);
SELECT credits.cost('p', 'm', '{"input_tokens": 200000}'), credits.cost('p', 'm', '{"input_tokens": 200001}');
SELECT credits.cost('p', 'm-latest', '{"input_tokens": 1000, "output_tokens": 100, "service_tier": "Flex", "region": "EU"}', at => '2026-01-01');
SELECT credits.cost('p', 'zero', '{"images": 7}'), credits.cost('p', 'past', '{"images": 7}', at => '2025-12-31 23:59:59.999999+00');
SELECT credits.cost('p', 'tiny', '{"input_tokens": 9007199254740993}');
SELECT * FROM credits.cost_breakdown('p', 'm', '{"cache_read_tokens": 200000, "reasoning_tokens": 10, "input_tokens": 1, "region": "eu"}');
SELECT * FROM credits.cost_breakdown('p', 'm', '{"requests": 3, "output_tokens": 0}', at => '2026-01-01');

-- In a read-only transaction, and for each row of two.
BEGIN READ ONLY;
SELECT tier, credits.cost('p', 'm', jsonb_build_object('output_tokens', 1000, 'service_tier', tier)) FROM (VALUES ('flex'), ('standard')) v(tier);
SELECT tier, b.* FROM (VALUES ('flex'), ('standard')) v(tier), credits.cost_breakdown('p', 'm', jsonb_build_object('output_tokens', 1000, 'service_tier', tier)) b;
COMMIT;

-- Errors.
SELECT * FROM public.answer($$ credits.cost(NULL, 'm', 1, 1) $$);
SELECT * FROM public.answer($$ credits.cost('p', NULL, 1, 1) $$);
SELECT * FROM public.answer($$ credits.cost('p', 'm', NULL, 1) $$);
SELECT * FROM public.answer($$ credits.cost('p', 'm', NULL::jsonb) $$);
SELECT * FROM public.answer($$ credits.cost('p', 'm', -1, 1) $$);
SELECT * FROM public.answer($$ credits.cost('nobody', 'm', 1, 1) $$);
SELECT * FROM public.answer($$ credits.cost('p', 'M', 1, 1) $$);
SELECT * FROM public.answer($$ credits.cost('p', '', 1, 1) $$);
SELECT * FROM public.answer($$ credits.cost('p', repeat('x', 1000), 1, 1) $$);
SELECT * FROM public.answer($$ credits.cost('p', 'zero', 1, 1) $$);
SELECT * FROM public.answer($$ credits.cost('p', 'past', '{"images": 1}') $$);
SELECT * FROM public.answer($$ credits.cost('p', 'm', '{"images": 0}') $$);
SELECT * FROM public.answer($$ credits.cost('p', 'm', '{"multiplier": 1, "region": "eu"}') $$);
SELECT * FROM public.answer($$ credits.cost('p', 'm', '{}') $$);
SELECT * FROM public.answer($$ credits.cost('p', 'm', '[]') $$);
SELECT * FROM public.answer($$ credits.cost('p', 'm', '{"service_tier": "flex"}') $$);
SELECT * FROM public.answer($$ credits.cost('p', 'm', '{"input_tokens": 1, "region": 7}') $$);
SELECT * FROM public.answer($$ credits.cost('p', 'm', '{"input_tokens": "1"}') $$);
SELECT * FROM public.answer($$ credits.cost('p', 'm', '{"input_tokens": null}') $$);
SELECT * FROM public.answer($$ credits.cost('p', 'm', '{"input_tokens": 1.5}') $$);
SELECT * FROM public.answer($$ credits.cost('p', 'm', '{"input_tokens": -1}') $$);
SELECT * FROM public.answer($$ credits.cost('p', 'm', '{"input_tokens": 1}', at => 'infinity') $$);
SELECT * FROM public.answer($$ credits.cost('p', 'big', '{"units": 10000000000000000000000}') $$);
SELECT * FROM public.answer($$ credits.cost('p', 'big', '{"units": 1e200}') $$);
SELECT * FROM public.answer($$ credits.cost_breakdown('p', 'm', NULL) $$);
SELECT * FROM public.answer($$ credits.cost_breakdown('p', 'm', '{"images": 1}') $$);
SELECT * FROM public.answer($$ credits.cost_breakdown('p', 'none', '{"images": 1}') $$);

-- Costs without a charge.
SELECT credits.open_account('ann');
SELECT * FROM credits.record_cost('ann', 'p', 'm', '{"input_tokens": 1000, "region": "eu"}', 'eve', '2026-01-14 08:00+00', 'bill 1', '{"month": "January"}');
SELECT * FROM credits.record_cost('ann', 'p', 'm', '{"input_tokens": 1000, "region": "eu"}', 'eve', '2026-01-14 08:00+00', 'bill 1');
SELECT entry_no, effective_at, kind, amount, balance, lot_no, lots, cost, computed_usd, residue, provider, model, usage, member_id, metadata FROM credits.ledger;
SELECT * FROM public.answer($$ credits.record_cost('ann', 'p', 'm', '{"input_tokens": 2}', reference => 'bill 1') $$);
SELECT * FROM public.answer($$ credits.record_cost('ann', 'p', 'm', NULL) $$);
SELECT * FROM public.answer($$ credits.record_cost('ann', NULL, 'm', '{"input_tokens": 2}') $$);
SELECT * FROM public.answer($$ credits.record_cost(NULL, 'p', 'm', '{"input_tokens": 2}') $$);
SELECT * FROM public.answer($$ credits.record_cost('bob', 'p', 'm', '{"input_tokens": 2}') $$);
SELECT * FROM public.answer($$ credits.record_cost('ann', 'p', 'm', '{"images": 2}') $$);
SELECT * FROM public.answer($$ credits.record_cost('ann', 'p', 'none', '{"images": 2}') $$);
SELECT * FROM public.answer($$ credits.record_cost('ann', 'p', 'm', '{"input_tokens": 2}', occurred_at => '2026-02-01') $$);

\i :folder/sql/helpers/end.sql
