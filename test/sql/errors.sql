-- Every refusal and error with its SQLSTATE, sentence, detail and hint.
\set QUIET on
\getenv folder PG_ABS_SRCDIR
\set own regress_credits_errors
\i :folder/sql/helpers/begin.sql

SELECT credits.configure('{"plans": {"pro": {"interval": "1 month", "credits": 100}, "card": {"charge": {"by": "action"}}}, "actions": {"chat": {"credits": 5}}, "prices": [{"provider": "p", "model": "m", "metric": "requests", "price": "0.02"}]}');
SELECT credits.open_account('ann', 'pro', identity => 'x'), credits.open_account('bob'), credits.open_account('cid', 'card'), credits.open_account('eve');
SELECT (credits.grant('bob', 10)).entry_no, (credits.deduct('bob', 5, idempotency_key => 'k')).entry_no, (credits.authorize('bob', 1, ttl => '1 day')).hold_no, (credits.authorize('bob', 1, ttl => '1 day')).hold_no, (credits.authorize('bob', 1, ttl => '1 day')).hold_no;
SELECT (credits.settle('bob', 1)).entry_no, (credits.release('bob', 2)).entry_no;
SELECT credits.freeze('cid', 'chargeback'), credits.close_account('eve');

CREATE TABLE public.wrong (no integer GENERATED ALWAYS AS IDENTITY, call text);
INSERT INTO public.wrong (call) VALUES
    -- accounts
    ('open_account(NULL)'), ('open_account('''')'), ('open_account(repeat(''x'', 256))'), ('open_account(''new'', ''gold'')'), ('open_account(''new'', time_zone => NULL)'), ('open_account(''new'', time_zone => ''Mars/Olympus'')'),
    ('open_account(''new'', anchor => ''infinity'')'), ('open_account(''new'', anchor => ''20000-01-01'')'), ('open_account(''new'', identity => '''')'), ('open_account(''ann'', ''card'')'), ('open_account(''ann'', time_zone => ''Europe/Berlin'')'), ('open_account(''ann'', anchor => ''2020-01-01'')'), ('open_account(''ann'', identity => ''y'')'),
    ('change_plan(''ann'', NULL)'), ('change_plan(''ann'', ''gold'')'), ('change_plan(''ann'', ''pro'', ''soon'')'), ('change_plan(''ann'', ''pro'', NULL)'), ('change_plan(''nobody'', ''pro'')'), ('change_plan(''eve'', ''pro'')'),
    ('close_account(''nobody'')'), ('freeze(''ann'', NULL)'), ('freeze(''ann'', '''')'), ('freeze(''eve'', ''why not'')'), ('unfreeze(''eve'')'), ('unfreeze(''nobody'')'), ('apply_due(''nobody'')'), ('erase_metadata(NULL)'), ('maintain(-1)'), ('maintain(NULL)'),
    -- lots
    ('grant(''nobody'', 1)'), ('grant(''eve'', 1)'), ('grant(''ann'', NULL)'), ('grant(''ann'', 0)'), ('grant(''ann'', -1)'), ('grant(''ann'', ''NaN'')'), ('grant(''ann'', ''Infinity'')'), ('grant(''ann'', 0.5)'), ('grant(''ann'', 1e30)'), ('grant(''ann'', 1e40)'), ('grant(''ann'', 1, NULL)'), ('grant(''ann'', 1, '''')'),
    ('grant(''ann'', 1, priority => NULL)'), ('grant(''ann'', 1, category => ''free'')'), ('grant(''ann'', 1, price_paid => -1)'), ('grant(''ann'', 1, expires_at => ''-infinity'')'), ('grant(''ann'', 1, expires_at => ''2026-01-15 12:00+00'')'), ('grant(''ann'', 1, effective_at => ''2026-03-01'', expires_at => ''2026-03-01'')'),
    ('grant(''ann'', 1, rollover_min => 2, rollover_max => 1)'), ('grant(''ann'', 1, idempotency_key => '''')'), ('grant(''bob'', 10, idempotency_key => ''k'')'), ('void_lot(''bob'', 9)'), ('void_lot(''bob'', NULL)'),
    ('refund(''bob'', 9)'), ('refund(''bob'', 1)'), ('refund(''bob'', 2, 6)'), ('refund(''bob'', 2, -1)'), ('refund(''bob'', NULL)'), ('refund(''bob'', 2, idempotency_key => ''k'')'), ('refund(''eve'', 1)'),
    -- calls
    ('deduct(''nobody'', 1)'), ('deduct(''eve'', 1)'), ('deduct(''cid'', 1)'), ('deduct(''bob'', 5)'), ('deduct(''bob'', 6, idempotency_key => ''k'')'), ('deduct(''bob'')'), ('deduct(''bob'', action => ''none'')'), ('deduct(''bob'', usage => ''{"requests": 1}'')'),
    ('deduct(''bob'', provider => ''p'', model => ''x'', usage => ''{"requests": 1}'')'), ('deduct(''bob'', provider => ''p'', model => ''m'', usage => ''{"pages": 1}'')'), ('deduct(''bob'', 1, usage => ''[]'')'), ('deduct(''bob'', 1, usage => ''{"requests": "1"}'')'), ('deduct(''bob'', 1, usage => ''{"requests": -1}'')'), ('deduct(''bob'', 1, usage => ''{"requests": 1e40}'')'),
    ('deduct(''bob'', 1, usage => ''{"input_tokens": 0.5}'')'), ('deduct(''bob'', provider => ''p'', model => ''m'', usage => ''{}'')'), ('deduct(''bob'', 1, action => '''')'), ('deduct(''bob'', 1, member_id => repeat(''x'', 256))'), ('deduct(''bob'', 1, occurred_at => ''2026-01-15 12:00:01+00'')'), ('deduct(''bob'', 1, occurred_at => ''-infinity'')'),
    ('authorize(''bob'', 5)'), ('authorize(''bob'', 5, idempotency_key => ''k'')'), ('authorize(''cid'', action => ''chat'')'), ('authorize(''eve'', action => ''chat'')'), ('authorize(''nobody'', action => ''chat'')'), ('authorize(''bob'', 1, ttl => ''0'')'), ('authorize(''bob'', 1, ttl => ''-1 day'')'), ('authorize(''bob'', 1, ttl => ''101 years'')'), ('authorize(NULL, 1)'),
    ('extend(''bob'', 3)'), ('extend(''bob'', 9, 1)'), ('extend(''bob'', 1, 1)'), ('extend(''bob'', 2, 1)'), ('extend(''bob'', 3, 5)'), ('extend(''bob'', NULL, 1)'),
    ('settle(''bob'', 9)'), ('settle(''bob'', 1, amount => 2)'), ('settle(''bob'', 2)'), ('settle(''bob'', 3, amount => -1)'), ('settle(''bob'', 3, ''5'')'), ('settle(''bob'', NULL)'), ('settle(''bob'', 3, idempotency_key => ''k'')'), ('settle(''eve'', 1)'),
    ('release(''bob'', 9)'), ('release(''bob'', 1)'), ('release(''bob'', 2)'), ('release(''nobody'', 1)'), ('release(''bob'', NULL)'),
    ('deduct_many(NULL)'), ('deduct_many(''{}'')'), ('deduct_many(''[1]'')'), ('deduct_many(''[{}]'')'), ('deduct_many(''[{"account_id": "bob", "price": 1}]'')'), ('deduct_many(''[{"account_id": 5}]'')'), ('deduct_many(''[{"account_id": "bob", "amount": []}]'')'), ('deduct_many(''[{"account_id": "bob", "amount": 1}, {"account_id": "bob"}]'')'),
    ('settle_many(''[{"account_id": "bob"}]'')'),
    -- reads and prices
    ('balance(NULL)'), ('balance('''')'), ('balance(''nobody'')'), ('lots(''nobody'')'), ('holds(''nobody'')'), ('history(''nobody'')'), ('history(NULL)'), ('check_balance(''ann'', NULL)'), ('check_balance(''ann'', -1)'), ('receipt_of(''ann'', ''never'')'), ('receipt_of(''ann'', NULL)'),
    ('quote(''ann'')'), ('cost(''p'', ''x'', ''{"requests": 1}'')'), ('cost(''p'', ''m'', ''{"pages": 1}'')'), ('cost(''p'', ''m'', NULL::jsonb)'), ('cost(''p'', ''m'', ''{"requests": -1}'')'), ('cost(''p'', ''m'', ''{"requests": 1e37}'')'), ('cost(NULL, ''m'', 1, 1)'), ('cost(''p'', ''m'', NULL, 1)');
SELECT format(E'%s\n%s', w.call, string_agg(a.line, E'\n')) FROM public.wrong w, public.answer('credits.' || w.call) WITH ORDINALITY a(line, no) GROUP BY w.no, w.call ORDER BY w.no;

-- Settings.
SELECT * FROM public.answer($$set_config('pg_credits.now', 'some day', false)$$);
SELECT * FROM public.answer($$set_config('pg_credits.storage', 'file', false)$$);
SELECT current_setting('pg_credits.now'), current_setting('pg_credits.storage'), current_setting('pg_credits.early_lock_release');
\i :folder/sql/helpers/end.sql
