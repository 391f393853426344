-- What refunds of overage leave in the wallet, the books and the view; what verify() finds where they do not agree.
\ir helpers/tap.sql
SET pg_credits.now = '2026-01-10 10:00:00+00';
SELECT isnt(credits.configure('{"prices": [{"provider": "p", "model": "m", "metric": "requests", "price": "0.10"}], "default_plan": "post",
    "plans": {"post": {"charge": {"by": "postpaid"}, "interval": "1 month", "grant_on": "clock"}}}'), NULL, 'configured');
SELECT credits.open_account('a') \g /dev/null
CREATE FUNCTION public.owed() RETURNS numeric LANGUAGE sql AS $$ SELECT trim_scale(w.period_overage::numeric) FROM credits.wallet w WHERE w.account_id = 'a' $$;
CREATE FUNCTION public.wrong() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(v.check_name || ': ' || v.detail, '; ' ORDER BY v.check_name, v.detail) FROM credits.verify('a') v $$;
SET pg_credits.now = '2026-01-10 11:00:00+00';
SELECT credits.deduct('a', provider => 'p', model => 'm', usage => '{"requests": 1}', member_id => 'ann'), credits.deduct('a', action => 'draw', provider => 'p', model => 'm', usage => '{"requests": 2}') \g /dev/null
SELECT is(public.owed(), 0.3, 'owed');
SELECT is((SELECT concat_ws(' ', r.kind, r.amount, r.cost) FROM credits.refund('a', 1, reason => 'it failed') r), 'refund 0 0', 'taken back');
SELECT is(public.owed(), 0.2, 'and owed no more');
SELECT is((SELECT string_agg(concat_ws(' ', o.entry_no, trim_scale(o.overage), o.plan, o.member_id, o.action, o.model, trim_scale(o.cost)), ', ' ORDER BY o.entry_no) FROM credits.overages o WHERE o.account_id = 'a'),
    '1 0.1 post ann m 0.1, 2 0.2 post draw m 0.2, 3 -0.1 post ann m', 'the view names whose it was');
SELECT is((SELECT concat_ws(' ', trim_scale(t.refunded::numeric), trim_scale(t.overage::numeric)) FROM credits.refund_total t WHERE t.account_id = 'a'), '0 0.1', 'kept for the next refund');
SELECT is(public.wrong(), NULL, 'the books are right');

-- Of an entry of an earlier period: this one owes nothing less.
SET pg_credits.now = '2026-02-20 10:00:00+00';
SELECT credits.deduct('a', provider => 'p', model => 'm', usage => '{"requests": 4}') \g /dev/null
SELECT is(public.owed(), 0.4, 'of this period');
SELECT is((SELECT r.kind FROM credits.refund('a', 2) r), 'refund', 'one of the last');
SELECT is(public.owed(), 0.4, 'lowers nothing in this one');
SELECT is(public.wrong(), NULL, 'which verify() knows');
SELECT is((SELECT sum(trim_scale(o.overage)) FROM credits.overages o WHERE o.account_id = 'a'), 0.4, 'in all');

UPDATE credits.refund_total SET overage = 0.3 WHERE account_id = 'a' AND entry_no = 2;
UPDATE credits.wallet SET period_overage = 0.2 WHERE account_id = 'a';
SELECT is(public.wrong(), 'period_overage: the wallet says 0.2, 0.4 are in the ledger since the period began; refund: entry 2: 0.3 USD of overage are noted as taken back, the ledger says 0.2', 'changes by hand are found');
SELECT * FROM finish();
