-- verify() finds planted damage of every kind and names it. Each damage is planted with the ledger's guards taken
-- away, and undone again.
\ir helpers/tap.sql
SET pg_credits.now = '2026-01-15 12:00:00+00';
SELECT isnt(credits.configure('{"prices": [{"provider": "p", "model": "m", "metric": "requests", "price": "0.065"}]}'), NULL, 'configured');

-- Books with something of everything. Entries of a: 1 grant, 2 grant, 3 deduct, 4 deduct over two lots, 5 computed,
-- 6 computed, 7 settle, 8 release, 9 refund, 10 deduct, 11 grant. Charges come from lot 2 now; lot 3 is untouched.
SELECT is(credits.open_account(a), a, 'opened') FROM unnest(ARRAY['a', 'b']) a;
SELECT is((SELECT count(credits.grant('b', 7))), 1::bigint, 'b has credits');
DO $$
BEGIN
    PERFORM credits.grant('a', 20, priority => 1, idempotency_key => 'granted');
    PERFORM credits.grant('a', 100);
    PERFORM credits.deduct('a', 10, idempotency_key => 'used');
    PERFORM credits.deduct('a', 30);
    PERFORM credits.deduct('a', provider => 'p', model => 'm', usage => '{"requests": 1}');
    PERFORM credits.deduct('a', provider => 'p', model => 'm', usage => '{"requests": 2}');
    PERFORM credits.authorize('a', 5, idempotency_key => 'held', ttl => '1 hour');
    PERFORM credits.authorize('a', 5);
    PERFORM credits.settle('a', 2, idempotency_key => 'settled');
    PERFORM credits.authorize('a', 5);
    PERFORM credits.release('a', 3);
    PERFORM credits.refund('a', 4, 12);
    PERFORM credits.authorize('a', 1, ttl => '1 second');
    SET pg_credits.now = '2026-01-15 12:30:00+00';
    PERFORM credits.deduct('a', 1);
    PERFORM credits.grant('a', 40, priority => 200);
END $$;
SELECT is((SELECT string_agg(kind || ' ' || amount, ', ' ORDER BY entry_no) FROM credits.ledger WHERE account_id = 'a'),
          'grant 20, grant 100, deduct -10, deduct -30, deduct -6, deduct -14, settle -5, release 0, refund 12, deduct -1, grant 40', 'the books');
SELECT is((SELECT string_agg(hold_no || ' ' || status, ', ' ORDER BY hold_no) FROM credits.hold WHERE account_id = 'a'), '1 pending, 2 settled, 3 released, 4 expired', 'its holds');
SELECT is_empty('SELECT * FROM credits.verify()', 'nothing is wrong yet');

CREATE TABLE public.damage (no integer GENERATED ALWAYS AS IDENTITY, what text, command text, checks text);
INSERT INTO public.damage (what, command, checks) VALUES
    ('balance up', 'UPDATE credits.wallet SET balance = balance + 1 WHERE account_id = ''a''', 'balance lots'),
    ('balance and lot up together', 'UPDATE credits.wallet SET balance = balance + 1, current_remaining = current_remaining + 1 WHERE account_id = ''a''', 'balance lot'),
    ('current lot up', 'UPDATE credits.wallet SET current_remaining = current_remaining + 1 WHERE account_id = ''a''', 'lot lots'),
    ('credits moved between lots', 'UPDATE credits.lot SET remaining = remaining + 1 WHERE account_id = ''a'' AND lot_no = 3; UPDATE credits.wallet SET current_remaining = current_remaining - 1 WHERE account_id = ''a''', 'lot'),
    ('another lot is current', 'UPDATE credits.wallet SET current_lot_no = 3 WHERE account_id = ''a''', 'lot lots'),
    ('a used-up lot holds credits again', 'UPDATE credits.lot SET remaining = 5 WHERE account_id = ''a'' AND lot_no = 1', 'lot lot_state lots'),
    ('a lot with credits is marked as used up', 'UPDATE credits.lot SET state = ''used'' WHERE account_id = ''a'' AND lot_no = 3', 'lot_state'),
    ('a lot removed', 'DELETE FROM credits.lot WHERE account_id = ''a'' AND lot_no = 3', 'lot lot_numbers lots'),
    ('an empty lot added', 'INSERT INTO credits.lot SELECT account_id, 9, source, category, 0, 0, priority, effective_at, expires_at, ''used'', price_paid, rollover_min, rollover_max, created_at, metadata FROM credits.lot WHERE account_id = ''a'' AND lot_no = 2', 'lot_numbers'),
    ('the lot counter', 'UPDATE credits.wallet SET last_lot_no = 9 WHERE account_id = ''a''', 'lot_numbers'),
    ('held down', 'UPDATE credits.wallet SET held = 0 WHERE account_id = ''a''', 'held'),
    ('a hold raised', 'UPDATE credits.hold SET amount = 6 WHERE account_id = ''a'' AND hold_no = 1', 'held'),
    ('an open hold removed', 'DELETE FROM credits.hold WHERE account_id = ''a'' AND hold_no = 1', 'held hold_numbers idempotency_key period_requests'),
    ('an ended hold removed', 'DELETE FROM credits.hold WHERE account_id = ''a'' AND hold_no = 3', 'hold hold_numbers period_requests'),
    ('a settled hold open again', 'UPDATE credits.hold SET status = ''pending'', entry_no = NULL, ended_at = NULL WHERE account_id = ''a'' AND hold_no = 2', 'held hold'),
    ('a hold settled without an entry', 'UPDATE credits.hold SET status = ''settled'', ended_at = now() WHERE account_id = ''a'' AND hold_no = 4', 'hold'),
    ('a hold of another entry', 'UPDATE credits.hold SET entry_no = 8 WHERE account_id = ''a'' AND hold_no = 2', 'hold'),
    ('a released hold called settled', 'UPDATE credits.hold SET status = ''settled'' WHERE account_id = ''a'' AND hold_no = 3', 'hold'),
    ('the hold counter', 'UPDATE credits.wallet SET last_hold_no = last_hold_no - 1 WHERE account_id = ''a''', 'hold_numbers'),
    ('an entry removed', 'DELETE FROM credits.ledger WHERE account_id = ''a'' AND entry_no = 3', 'balance entry_balance entry_lots entry_numbers idempotency_key last_entry lot period_requests'),
    ('the first entry removed', 'DELETE FROM credits.ledger WHERE account_id = ''a'' AND entry_no = 1', 'balance entry_balance entry_lots entry_numbers idempotency_key last_entry lot'),
    ('the last entry removed', 'DELETE FROM credits.ledger WHERE account_id = ''a'' AND entry_no = 11', 'balance last_entry lot'),
    ('an entry of nothing removed', 'DELETE FROM credits.ledger WHERE account_id = ''a'' AND entry_no = 8', 'entry_numbers hold last_entry'),
    ('all entries removed', 'DELETE FROM credits.ledger WHERE account_id = ''a''', 'balance hold idempotency_key last_entry lot period_cost period_requests refund residue'),
    ('an entry twice', 'INSERT INTO credits.ledger SELECT account_id, entry_no, created_at + interval ''1 day'', lot_no, effective_at, hold_no, refers_to, kind, amount, balance, held, lots, cost, computed_usd, residue, action, provider, model, usage, member_id, plan, charge_by, charge_factor, reason, role_name, metadata FROM credits.ledger WHERE account_id = ''a'' AND entry_no = 8', 'entry_numbers entry_time last_entry'),
    ('an amount changed', 'UPDATE credits.ledger SET amount = -11 WHERE account_id = ''a'' AND entry_no = 3', 'balance entry_balance entry_lots lot'),
    ('an amount and its balance changed', 'UPDATE credits.ledger SET amount = -11, balance = balance - 1 WHERE account_id = ''a'' AND entry_no = 3', 'balance entry_balance entry_lots lot'),
    ('all balances after it changed too', 'UPDATE credits.ledger SET amount = amount - (entry_no = 3)::integer, balance = balance - 1 WHERE account_id = ''a'' AND entry_no >= 3', 'balance lot'),
    ('a balance changed', 'UPDATE credits.ledger SET balance = balance + 1 WHERE account_id = ''a'' AND entry_no = 8', 'entry_balance entry_lots'),
    ('a kind changed', 'UPDATE credits.ledger SET kind = ''grant'' WHERE account_id = ''a'' AND entry_no = 3', 'entry_sign idempotency_key period_requests'),
    ('a settle called a deduct', 'UPDATE credits.ledger SET kind = ''deduct'' WHERE account_id = ''a'' AND entry_no = 7', 'hold idempotency_key period_requests'),
    ('an unknown kind', 'UPDATE credits.ledger SET kind = ''gift'' WHERE account_id = ''a'' AND entry_no = 1', 'entry_sign idempotency_key'),
    ('the lot of an entry changed', 'UPDATE credits.ledger SET lot_no = 2 WHERE account_id = ''a'' AND entry_no = 3', 'lot'),
    ('a lot that never was', 'UPDATE credits.ledger SET lot_no = 99 WHERE account_id = ''a'' AND entry_no = 3', 'lot'),
    ('lots of an entry changed', 'UPDATE credits.ledger SET lots = ''[[1, -11], [2, -19]]'' WHERE account_id = ''a'' AND entry_no = 4', 'lot'),
    ('lots of an entry that do not add up', 'UPDATE credits.ledger SET lots = ''[[1, -10], [2, -19]]'' WHERE account_id = ''a'' AND entry_no = 4', 'entry_lots lot'),
    ('lots of an entry forgotten', 'UPDATE credits.ledger SET lots = NULL WHERE account_id = ''a'' AND entry_no = 4', 'entry_lots lot'),
    ('written before the one it follows', 'UPDATE credits.ledger SET created_at = created_at - interval ''1 day'' WHERE account_id = ''a'' AND entry_no = 5', 'entry_time'),
    ('an entry of another account', 'UPDATE credits.ledger SET account_id = ''b'' WHERE account_id = ''a'' AND entry_no = 11', 'balance entry_balance entry_lots entry_numbers last_entry lot'),
    ('a hold number changed', 'UPDATE credits.ledger SET hold_no = 3 WHERE account_id = ''a'' AND entry_no = 7', 'hold'),
    ('residue of the wallet', 'UPDATE credits.wallet SET residue = residue + 0.001 WHERE account_id = ''a''', 'residue'),
    ('residue of an entry', 'UPDATE credits.ledger SET residue = residue + 0.001 WHERE account_id = ''a'' AND entry_no = 5', 'entry_residue'),
    ('residue of the last computed entry', 'UPDATE credits.ledger SET residue = residue + 0.001 WHERE account_id = ''a'' AND entry_no = 6', 'entry_residue residue'),
    ('what was computed', 'UPDATE credits.ledger SET computed_usd = computed_usd + 0.001 WHERE account_id = ''a'' AND entry_no = 6', 'entry_residue'),
    ('residue forgotten', 'UPDATE credits.ledger SET residue = NULL WHERE account_id = ''a'' AND entry_no = 6', 'residue'),
    ('refund total down', 'UPDATE credits.refund_total SET refunded = 11 WHERE account_id = ''a''', 'refund'),
    ('refund total removed', 'DELETE FROM credits.refund_total WHERE account_id = ''a''', 'refund'),
    ('refund total of nothing', 'INSERT INTO credits.refund_total VALUES (''a'', 3, 1)', 'refund'),
    ('a refund of another entry', 'UPDATE credits.ledger SET refers_to = 3 WHERE account_id = ''a'' AND entry_no = 9', 'refund'),
    ('a refund of a grant', 'UPDATE credits.ledger SET refers_to = 1 WHERE account_id = ''a'' AND entry_no = 9; UPDATE credits.refund_total SET entry_no = 1 WHERE account_id = ''a''', 'refund'),
    ('a key of another entry', 'UPDATE credits.idempotency_key SET result_no = 99 WHERE account_id = ''a'' AND key = ''used''', 'idempotency_key'),
    ('a key of another hold', 'UPDATE credits.idempotency_key SET result_no = 99 WHERE account_id = ''a'' AND key = ''held''', 'idempotency_key'),
    ('a key of another moment', 'UPDATE credits.idempotency_key SET created_at = created_at + interval ''1 second'' WHERE account_id = ''a'' AND key = ''settled''', 'idempotency_key'),
    ('a key of another verb', 'UPDATE credits.idempotency_key SET result_no = 1, created_at = ''2026-01-15 12:00+00'' WHERE account_id = ''a'' AND key = ''used''', 'idempotency_key'),
    ('the entry counter', 'UPDATE credits.wallet SET last_entry_no = last_entry_no + 1 WHERE account_id = ''a''', 'last_entry'),
    ('cost of the period', 'UPDATE credits.wallet SET period_cost = period_cost + 0.001 WHERE account_id = ''a''', 'period_cost'),
    ('calls of the period', 'UPDATE credits.wallet SET period_requests = period_requests - 1 WHERE account_id = ''a''', 'period_requests'),
    ('tokens of the period', 'UPDATE credits.wallet SET period_tokens = period_tokens + 1 WHERE account_id = ''a''', 'period_tokens'),
    ('overage of the period', 'UPDATE credits.wallet SET period_overage = period_overage - 1 WHERE account_id = ''a''', 'period_overage'),
    ('cost of open holds', 'UPDATE credits.wallet SET held_cost = held_cost + 1 WHERE account_id = ''a''', 'held_cost'),
    ('cost of a hold', 'UPDATE credits.hold SET cost = 1 WHERE account_id = ''a'' AND hold_no = 1', 'held_cost'),
    ('cost of an ended hold', 'UPDATE credits.hold SET cost = 1 WHERE account_id = ''a'' AND hold_no = 2', NULL),
    ('cost of an entry', 'UPDATE credits.ledger SET cost = cost + 1 WHERE account_id = ''a'' AND entry_no = 5', 'period_cost'),
    ('tokens of an entry', 'UPDATE credits.ledger SET usage = ''{"input_tokens": 7, "requests": 1}'' WHERE account_id = ''a'' AND entry_no = 5', 'period_tokens'),
    ('overage of an entry', 'UPDATE credits.ledger SET overage = 1 WHERE account_id = ''a'' AND entry_no = 3', 'period_overage'),
    ('another period', 'UPDATE credits.wallet SET period_start = ''2026-01-15 12:10+00'' WHERE account_id = ''a''', 'period_cost period_requests'),
    ('a period that begins with the first entries', 'UPDATE credits.wallet SET period_start = ''2026-01-15 12:00+00'' WHERE account_id = ''a''', NULL),
    ('the wallet removed', 'DELETE FROM credits.wallet WHERE account_id = ''a''', 'account lot'),
    ('the account removed', 'DELETE FROM credits.account WHERE account_id = ''a''', 'account'),
    ('everything but the entries removed', 'DELETE FROM credits.wallet WHERE account_id = ''a''; DELETE FROM credits.account WHERE account_id = ''a''', 'account lot');

-- What verify() says of a damage, which is undone. The guards of the ledger stand on every partition.
CREATE FUNCTION public.checks_after(command text, OUT everywhere text, OUT of_a text, OUT of_b text) LANGUAGE plpgsql AS $$
DECLARE
    name regclass;
BEGIN
    FOR name IN SELECT relid FROM pg_partition_tree('credits.ledger') LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER ALL', name);
    END LOOP;
    EXECUTE command;
    everywhere := (SELECT string_agg(DISTINCT v.check_name, ' ' ORDER BY v.check_name) FROM credits.verify() v);
    of_a := (SELECT string_agg(DISTINCT v.check_name, ' ' ORDER BY v.check_name) FROM credits.verify('a') v);
    of_b := (SELECT string_agg(DISTINCT v.check_name, ' ' ORDER BY v.check_name) FROM credits.verify('b') v);
    RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
    RETURN;
END $$;
CREATE TABLE public.found AS SELECT d.*, c.* FROM public.damage d, LATERAL public.checks_after(d.command) c;

SELECT is(everywhere, checks, what) FROM public.found ORDER BY no;
SELECT is_empty('SELECT what, everywhere, of_a FROM public.found WHERE of_a IS DISTINCT FROM everywhere AND what <> ''an entry of another account''', 'verify(account) finds the same');
SELECT is_empty('SELECT what, of_b FROM public.found WHERE of_b IS NOT NULL AND what <> ''an entry of another account''', 'and nothing with another account');
SELECT is((SELECT of_b FROM public.found WHERE what = 'an entry of another account'), 'balance entry_balance entry_lots entry_numbers last_entry lot', 'an entry too many on the other account');
SELECT is_empty('SELECT p.relid::regclass FROM pg_partition_tree(''credits.ledger'') p JOIN pg_trigger t ON t.tgrelid = p.relid AND t.tgfoid = ''credits.refuse_ledger_change()''::regprocedure WHERE t.tgenabled <> ''A''', 'the guards are back');
SELECT throws_ok('DO $d$ BEGIN DELETE FROM credits.account WHERE account_id = ''a''; PERFORM credits.open_account(''a''); END $d$', 'XX001', 'the account has a wallet but no facts', 'an account without its facts is an error');
SELECT is_empty('SELECT * FROM credits.verify()', 'verify() finds nothing');
SELECT * FROM finish();
