-- Calls as SQL shows them: every function, every argument, whole receipts and decisions.
\set QUIET on
\getenv folder PG_ABS_SRCDIR
\set own regress_credits_calls
\i :folder/sql/helpers/begin.sql

SELECT credits.configure('{"plans": {"pro": {"interval": "1 month", "credits": 1000, "charge": {"by": "cost", "markup": "1.2"}}}, "actions": {"chat": {"credits": 5, "cost": "0.04"}, "video": {"range": [20, 50], "ttl": "2 minutes"}},
    "prices": [{"provider": "openai", "model": "gpt-4-turbo", "metric": "input_tokens", "price": 10, "per": 1000000}, {"provider": "openai", "model": "gpt-4-turbo", "metric": "output_tokens", "price": 30, "per": 1000000}]}');
SELECT credits.open_account('ann', 'pro');
SELECT credits.open_account('bob');

-- deduct: by position, by name, with everything.
SELECT * FROM credits.deduct('ann', 10);
SELECT * FROM credits.deduct('ann', action => 'chat');
SELECT * FROM credits.deduct(account_id => 'ann', provider => 'openai', model => 'gpt-4-turbo', usage => '{"input_tokens": 500, "output_tokens": 2000, "service_tier": "default"}');
SELECT * FROM credits.deduct('ann', 7, 'chat', 'openai', 'gpt-4-turbo', '{"input_tokens": 1000}', 'eve', 'key 1', '{"trace": "abc"}', '2026-01-14 08:00+00');
SELECT * FROM credits.deduct('ann', 7, 'chat', 'openai', 'gpt-4-turbo', '{"input_tokens": 1000}', 'eve', 'key 1', NULL, '2026-01-14 08:00+00');
SELECT * FROM credits.receipt_of('ann', 'key 1');
SELECT entry_no, created_at, lot_no, effective_at, kind, amount, balance, held, lots, cost, computed_usd, residue, action, provider, model, usage, member_id, plan, charge_by, charge_factor, reason, metadata FROM credits.ledger WHERE account_id = 'ann' ORDER BY entry_no;

-- authorize, extend, settle, release, quote.
SELECT * FROM credits.quote('ann', 'chat');
SELECT * FROM credits.quote('ann', action => 'video', provider => 'openai', model => 'gpt-4-turbo', usage => '{"input_tokens": 1000}');
SELECT * FROM credits.quote('nobody', 'chat');
SELECT * FROM credits.authorize('ann', 10);
SELECT * FROM credits.authorize('ann', NULL, 'video', 'openai', 'gpt-4-turbo', NULL, 'eve', 'key 2', '{"trace": "def"}', '10 minutes');
SELECT * FROM credits.authorize('ann', NULL, 'video', 'openai', 'gpt-4-turbo', NULL, 'eve', 'key 2');
SELECT * FROM credits.authorize('ann', provider => 'openai', model => 'gpt-4-turbo', usage => '{"input_tokens": 1, "output_tokens": 1}');
SELECT * FROM credits.authorize('ann', 100000);
SELECT * FROM credits.authorize('ann', 1, idempotency_key => 'key 2');
SELECT * FROM credits.authorize('nobody', 1);
SELECT * FROM credits.authorize('ann', provider => 'openai', model => 'gpt-5', usage => '{"input_tokens": 1}');
SELECT * FROM credits.extend('ann', 1, 5);
SELECT * FROM credits.extend('ann', 1, ttl => '1 day');
SELECT * FROM credits.extend('ann', 1, 100000, '1 day');
SELECT * FROM credits.extend('ann', 99, 1);
SELECT * FROM credits.extend('nobody', 1, 1);
SELECT * FROM credits.settle('ann', 1);
SELECT * FROM credits.settle('ann', 1);
SELECT * FROM credits.settle('ann', 2, '{"input_tokens": 500, "output_tokens": 2000}', NULL, 'key 3', '{"finish": "stop"}');
SELECT * FROM credits.settle('ann', 2, '{"output_tokens": 2000, "input_tokens": 500}', NULL, 'key 3');
SELECT * FROM credits.release('ann', 3, 'failed');
SELECT * FROM credits.extend('ann', 3, 1);
SELECT hold_no, amount, created_at, expires_at, cost, action, provider, model, usage, member_id, plan, charge_by, charge_factor, authorized_amount, metadata, status, ended_at, entry_no FROM credits.hold ORDER BY hold_no;
SELECT entry_no, kind, amount, balance, held, hold_no, cost, usage, member_id, reason, metadata FROM credits.ledger WHERE account_id = 'ann' AND hold_no IS NOT NULL ORDER BY entry_no;

-- After the time-out; above the hold, into debt.
SELECT * FROM credits.grant('bob', 20);
SELECT * FROM credits.authorize('bob', 15);
SELECT * FROM credits.authorize('bob', 5, ttl => '1 hour');
SET pg_credits.now = '2026-01-15 12:00:30+00';
SELECT * FROM credits.balance('bob');
SELECT * FROM credits.settle('bob', 1);
SELECT * FROM credits.settle('bob', 2, amount => 25);
SELECT * FROM credits.authorize('bob', 1);
SELECT entry_no, kind, amount, balance, held, lot_no, lots, reason FROM credits.ledger WHERE account_id = 'bob' ORDER BY entry_no;

-- Many at once.
SELECT * FROM credits.deduct_many('[{"account_id": "bob", "amount": 1}, {"account_id": "ann", "action": "chat", "idempotency_key": "many", "member_id": "eve", "metadata": {"n": 1}}, {"account_id": "nobody", "amount": 1},
    {"account_id": "ann", "provider": "openai", "model": "gpt-4-turbo", "usage": {"input_tokens": 1000}, "occurred_at": "2026-01-15T11:00:00Z"}, {"account_id": "ann", "action": "chat", "idempotency_key": "many", "member_id": "eve"}, {"account_id": "ann", "amount": "2", "idempotency_key": "many"}]');
SELECT (credits.authorize('ann', 3)).hold_no, (credits.authorize('ann', 4)).hold_no;
SELECT event_no, outcome, http_status, message, (receipt).kind, (receipt).amount, (receipt).replayed FROM credits.settle_many('[{"account_id": "ann", "hold_no": 5}, {"account_id": "ann", "hold_no": "4", "amount": 9, "idempotency_key": "s"}, {"account_id": "ann", "hold_no": 6}]');
SELECT count(*) FROM credits.deduct_many('[]');

-- In a transaction of the application: all or nothing, savepoints, the clock of the call.
BEGIN;
SELECT balance FROM credits.deduct('ann', 100, idempotency_key => 'tx');
SAVEPOINT s;
SELECT balance FROM credits.deduct('ann', 100, idempotency_key => 'tx 2');
SELECT balance FROM credits.balance('ann');
ROLLBACK TO s;
SELECT balance, replayed FROM credits.deduct('ann', 50, idempotency_key => 'tx 2');
COMMIT;
SELECT balance FROM credits.balance('ann');
BEGIN;
SELECT balance FROM credits.deduct('ann', 100);
ROLLBACK;
SELECT balance FROM credits.balance('ann');

-- Prices without an account.
SELECT credits.cost('openai', 'gpt-4-turbo', 500, 1000);
SELECT credits.cost('openai', 'gpt-4-turbo', '{"input_tokens": 1, "cache_read_tokens": 1, "output_tokens": 1, "reasoning_tokens": 1}');
SELECT credits.cost(provider => 'openai', model => 'gpt-4-turbo', usage => '{"input_tokens": 9007199254740993}', at => '2020-01-01');
\i :folder/sql/helpers/end.sql
