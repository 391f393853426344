-- The life of an account as SQL shows it: every function, every argument, whole results.
\set QUIET on
\getenv folder PG_ABS_SRCDIR
\set own regress_credits_accounts
\i :folder/sql/helpers/begin.sql

SELECT credits.configure('{"default_plan": "free", "plans": {"free": {"interval": "1 month", "credits": 100}, "pro": {"interval": "1 month", "credits": 500, "overdraft": 10}, "later": {"daily_credits": 5}}}');

-- Opening: positions, names, defaults, nulls.
SELECT credits.open_account('ann');
SELECT credits.open_account('bob', 'pro', 'Europe/Berlin', '2026-01-01 00:00+01', 'hash of bob', '{"city": "Bonn"}');
SELECT credits.open_account(account_id => 'cid', plan => NULL, anchor => NULL, identity => NULL, metadata => NULL);
SELECT credits.open_account('dan', identity => 'hash of bob', time_zone => 'Europe/Berlin');
SELECT credits.open_account('an id with "quotes", ''apostrophes'', ümläuts and a 😀');
SELECT account_id, opened_plan, pending_plan, time_zone, anchor, period_anchor, anchor_given, identity, free_grants, opened_at, closed_at, close_reason, frozen_at, freeze_reason, metadata FROM credits.account ORDER BY account_id;
SELECT * FROM credits.identity;
SELECT account_id, plan, status, period_start, period_end, day_end, plan_granted, day_granted, granted, last_lot_no, current_lot_no, first_open_hold, next_event_at, residue, held, last_hold_no, current_remaining, balance, last_entry_no, clock FROM credits.wallet ORDER BY account_id;
SELECT account_id, entry_no, created_at, effective_at, kind, amount, balance, lot_no, lots, plan, role_name = session_user FROM credits.ledger ORDER BY account_id, entry_no;

-- Opening again.
SELECT credits.open_account('ann');
SELECT credits.open_account('ann', 'free', metadata => '{"ignored": true}');
SELECT metadata FROM credits.account WHERE account_id = 'ann';
SELECT * FROM public.answer($$credits.open_account('ann', 'pro')$$);

-- Changing plan.
SELECT credits.change_plan('ann', 'pro');
SELECT * FROM credits.balance('ann');
SELECT credits.change_plan(account_id => 'ann', plan => 'later', at => 'period_end');
SELECT pending_plan FROM credits.account WHERE account_id = 'ann';
SET pg_credits.now = '2026-02-15 12:00:00+00';
SELECT * FROM credits.balance('ann');
SELECT credits.apply_due('ann');
SELECT credits.apply_due('ann');
SELECT pending_plan, period_anchor FROM credits.account WHERE account_id = 'ann';

-- Freezing and closing, with reasons and times.
SELECT credits.freeze('ann', 'chargeback');
SELECT status, frozen_at, freeze_reason FROM credits.wallet JOIN credits.account USING (account_id) WHERE account_id = 'ann';
SELECT credits.unfreeze('ann');
SELECT status, frozen_at, freeze_reason FROM credits.wallet JOIN credits.account USING (account_id) WHERE account_id = 'ann';
SELECT credits.freeze('bob', 'first frozen, then closed');
SELECT credits.close_account('bob', 'moved away');
SELECT credits.close_account('bob', 'another reason');
SELECT status, closed_at, close_reason FROM credits.wallet JOIN credits.account USING (account_id) WHERE account_id = 'bob';
SELECT credits.open_account('bob', time_zone => 'Europe/Berlin');
SELECT status, closed_at, close_reason FROM credits.wallet JOIN credits.account USING (account_id) WHERE account_id = 'bob';

-- Maintenance: what is due for accounts that nobody calls; keys that are old; partitions.
SELECT credits.maintain() - 'partitions' - 'partitions_left_out' - 'rolled_up';
SELECT credits.maintain(0) - 'partitions' - 'partitions_left_out' - 'rolled_up';
SET pg_credits.now = '2026-03-15 12:00:00+00';
SELECT (credits.maintain(2) -> 'accounts')::text;
SELECT (credits.maintain() -> 'accounts')::text;
SELECT (credits.maintain() -> 'accounts')::text;
SELECT (credits.grant('cid', 5, idempotency_key => 'old')).entry_no;
SET pg_credits.now = '2026-04-14 12:00:00+00';
SELECT (credits.maintain() -> 'idempotency_keys')::text, (credits.receipt_of('cid', 'old')).amount;
SET pg_credits.now = '2026-04-16 00:00:00+00';
SELECT (credits.maintain() -> 'idempotency_keys')::text;
SELECT * FROM public.answer($$credits.receipt_of('cid', 'old')$$);

-- Metadata goes, the books stay.
SELECT (credits.grant('bob', 5, metadata => '{"card": "4242"}')).balance, (credits.deduct('bob', 1, metadata => '{"prompt": "secret"}')).balance, (credits.authorize('bob', 1, metadata => '{"ip": "::1"}', ttl => '1 hour')).hold_no;
SELECT credits.erase_metadata('bob');
SELECT credits.erase_metadata('bob');
SELECT (SELECT count(*) FROM credits.ledger WHERE metadata IS NOT NULL), (SELECT count(*) FROM credits.hold WHERE metadata IS NOT NULL), (SELECT count(*) FROM credits.lot WHERE metadata IS NOT NULL), (SELECT metadata FROM credits.account WHERE account_id = 'bob');
SELECT amount, metadata FROM credits.history('bob', since => '2026-04-14');
SELECT amount, metadata FROM credits.holds('bob');
SELECT * FROM public.answer($$credits.erase_metadata('nobody')$$);
\i :folder/sql/helpers/end.sql
