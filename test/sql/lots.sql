-- Credits in and back as SQL shows them: every argument of grant, void_lot and refund, whole receipts, the lots they leave.
\set QUIET on
\getenv folder PG_ABS_SRCDIR
\set own regress_credits_lots
\i :folder/sql/helpers/begin.sql

SELECT credits.open_account('ann');
SELECT credits.open_account('bob');

SELECT * FROM credits.grant('ann', 5);
SELECT * FROM credits.grant('ann', 10, 'pack', '2026-06-01', 50, 'paid', 9.990, '2026-01-01', 1, 8, 'order 1', '{"invoice": 17}');
SELECT * FROM credits.grant('ann', 10, 'pack', '2026-06-01', 50, 'paid', 9.99, '2026-01-01', 1, 8, 'order 1');
SELECT * FROM credits.grant(account_id => 'ann', amount => 20, effective_at => '2026-02-01', source => 'gift', metadata => NULL);
SELECT * FROM credits.lots('ann');
SELECT lot_no, source, category, amount, remaining, priority, effective_at, expires_at, state, price_paid, rollover_min, rollover_max, created_at, metadata FROM credits.lot ORDER BY lot_no;
SELECT * FROM credits.deduct('ann', 12);
SELECT lot_no, remaining, state FROM credits.lots('ann');
SELECT entry_no, kind, amount, balance, lot_no, lots FROM credits.ledger WHERE account_id = 'ann' ORDER BY entry_no;

SELECT * FROM credits.refund('ann', 4, 3, 'half an answer', 'back 1');
SELECT * FROM credits.refund('ann', 4, 3, 'half an answer', 'back 1');
SELECT lot_no, remaining, state FROM credits.lots('ann');
SELECT * FROM credits.refund('ann', 4);
SELECT lot_no, remaining, state FROM credits.lots('ann');
SELECT * FROM public.answer($$credits.refund('ann', 4)$$);
SELECT entry_no, refunded FROM credits.refund_total;
SELECT entry_no, kind, amount, balance, refers_to, lot_no, lots, reason FROM credits.ledger WHERE account_id = 'ann' AND kind = 'refund' ORDER BY entry_no;

SELECT * FROM credits.void_lot('ann', 1, 'given by mistake');
SELECT * FROM credits.void_lot(account_id => 'ann', lot_no => 3);
SELECT lot_no, remaining, state FROM credits.lot ORDER BY lot_no;
SELECT * FROM public.answer($$credits.void_lot('ann', 1)$$);

-- Without a plan nothing is renewed; expiry.
SET pg_credits.now = '2026-02-01 00:00:00+00';
SELECT lot_no, remaining, state FROM credits.lots('ann');
SET pg_credits.now = '2026-06-01 00:00:00+00';
SELECT * FROM credits.lots('ann');
SELECT * FROM credits.balance('ann');
SELECT credits.apply_due('ann');
SELECT entry_no, kind, amount, balance, effective_at, lot_no, lots FROM credits.ledger WHERE account_id = 'ann' AND entry_no > 8 ORDER BY entry_no;

-- A refund to a lot that is gone.
SELECT * FROM credits.deduct('bob', 0);
SELECT * FROM credits.grant('bob', 10, expires_at => '2026-06-02');
SELECT * FROM credits.deduct('bob', 10, metadata => '{"n": 1}');
SET pg_credits.now = '2026-07-01 00:00:00+00';
SELECT * FROM credits.refund('bob', 3, reason => 'too late for its lot');
SELECT lot_no, source, category, amount, remaining, effective_at, expires_at FROM credits.lots('bob');
\i :folder/sql/helpers/end.sql
