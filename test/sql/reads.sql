-- Reads as SQL shows them, for an account and its neighbour: whole rows, in transactions that cannot write.
\set QUIET on
\getenv folder PG_ABS_SRCDIR
\set own regress_credits_reads
\i :folder/sql/helpers/begin.sql

SELECT credits.configure('{"plans": {"pro": {"interval": "1 month", "credits": 100, "overdraft": 7}}, "prices": [{"provider": "p", "model": "m", "metric": "requests", "price": "0.02"}]}');
SELECT credits.open_account('ann', 'pro', 'America/New_York');
SELECT credits.open_account('bob');
SELECT (credits.grant('ann', 20, source => 'pack', category => 'paid', price_paid => 5, metadata => '{"order": 1}')).balance, (credits.deduct('ann', provider => 'p', model => 'm', usage => '{"requests": 3}', member_id => 'eve', idempotency_key => 'k', metadata => '{"t": 1}')).balance,
    (credits.authorize('ann', 10, 'none', 'p', 'm', '{"requests": 1}', 'eve', metadata => '{"t": 2}', ttl => '2 months')).hold_no, (credits.authorize('ann', 1)).hold_no, (credits.grant('bob', 3)).balance;

-- As of now.
SELECT * FROM credits.balance('ann');
SELECT * FROM credits.balance('bob');
SELECT * FROM credits.lots('ann');
SELECT * FROM credits.holds('ann');
SELECT * FROM credits.check_balance('ann', 110);
SELECT * FROM credits.check_balance('ann', 111);
SELECT * FROM credits.check_balance('bob', 0);
SELECT * FROM credits.receipt_of('ann', 'k');
SELECT entry_no, created_at, effective_at, kind, amount, balance, cost, action, provider, model, usage, member_id, plan, hold_no, refers_to, lots, reason, role_name = session_user, metadata FROM credits.history('ann');
SELECT entry_no, kind FROM credits.history('bob');
SELECT credits.now();

-- Weeks later nothing has been written, and the reads know it all the same.
SET pg_credits.now = '2026-02-20 12:00:00+00';
BEGIN READ ONLY;
SELECT * FROM credits.balance('ann');
SELECT * FROM credits.lots('ann');
SELECT * FROM credits.holds('ann');
SELECT * FROM credits.check_balance('ann', 200);
SELECT outcome, amount, balance, available FROM credits.quote('ann', provider => 'p', model => 'm', usage => '{"requests": 3}');
SELECT entry_no, kind, amount FROM credits.history('ann');
SELECT * FROM credits.verify();
SELECT * FROM public.answer($$credits.deduct('ann', 1)$$);
SELECT * FROM public.answer($$credits.authorize('ann', 1)$$);
SELECT * FROM public.answer($$credits.apply_due('ann')$$) LIMIT 1;
SELECT * FROM public.answer($$credits.grant('ann', 1)$$) LIMIT 1;
COMMIT;
SELECT (SELECT count(*) FROM credits.ledger WHERE account_id = 'ann'), balance FROM credits.wallet WHERE account_id = 'ann';
SELECT credits.apply_due('ann');
SELECT * FROM credits.balance('ann');
SELECT entry_no, created_at, effective_at, kind, amount, balance FROM credits.history('ann', since => '2026-02-01');
SELECT entry_no FROM credits.history('ann', '2026-01-01', '2026-01-15 12:00+00');
SELECT entry_no FROM credits.history('ann', until => '2026-01-15 12:00:00.000001+00');

-- Functions whose argument is also a result column, in a join over several accounts.
SELECT w.account_id, b.account_id, b.balance, l.lots, h.holds, c.has_enough FROM credits.wallet w, credits.balance(w.account_id) b,
    LATERAL (SELECT count(*) AS lots FROM credits.lots(w.account_id)) l, LATERAL (SELECT count(*) AS holds FROM credits.holds(w.account_id)) h, credits.check_balance(w.account_id, 4) c ORDER BY 1;
SELECT m.account_id, count(*) FROM credits.lot_movements('bob') m GROUP BY 1;
SELECT a.account_id, count(v.check_name) FROM credits.account a LEFT JOIN LATERAL credits.verify(a.account_id) v ON true GROUP BY 1 ORDER BY 1;

-- A read in a function that is stable, in a view, in a prepared statement, in a cursor.
CREATE FUNCTION public.left_for(account text) RETURNS numeric LANGUAGE sql STABLE AS $$ SELECT b.available FROM credits.balance(account) b $$;
CREATE VIEW public.mine AS SELECT w.account_id, public.left_for(w.account_id) AS available FROM credits.wallet w;
SELECT * FROM public.mine ORDER BY 1;
PREPARE left_of(text) AS SELECT available FROM credits.balance($1);
EXECUTE left_of('bob');
SELECT balance FROM credits.deduct('bob', 1);
EXECUTE left_of('bob');
BEGIN;
DECLARE c CURSOR FOR SELECT balance FROM credits.balance('bob');
SELECT balance FROM credits.deduct('bob', 1);
FETCH c;
COMMIT;
\i :folder/sql/helpers/end.sql
