-- verify() finds planted damage in the books of payments and promotions, and names it. Each damage is planted with the
-- guards taken away, and undone again.
\ir helpers/tap.sql
SET pg_credits.now = '2026-01-15 12:00:00+00';
SELECT isnt(credits.configure('{"unit": {"price_usd": "0.05"}, "prices": [{"provider": "p", "model": "m", "metric": "requests", "price": "0.25"}], "packs": {"small": {"price": "10", "credits": 100}},
    "plans": {"pro": {"price": "20", "interval": "1 month", "credits": 50}}, "consents": {"data": {"monthly_usd": "1.00"}},
    "promotions": {"referral": {"credits": 50}, "prize_wheel": {"odds": "1", "prize": {"model": "m", "usage": {"requests": 1}}}}}'), NULL, 'configured');

-- Books with something of everything. a: 1 pack, 2 subscription, 3 deduct, 4 clawback of a refund, 5 consent, 6 prize,
-- 7 bonus, 8 gift, 9 commission recorded as a payment, 10 another refund. Revenue: 1, 2, 3 pack back, 4 consent, 5 prize, 6 referral,
-- 7 gift, 8 affiliate, 9 conversion, 10 pack back. b lost a turn and paid.
SELECT is(credits.open_account(a, 'pro'), a, 'opened') FROM unnest(ARRAY['a', 'b']) a;
DO $$
BEGIN
    PERFORM credits.buy_pack('a', 'small', 'pack-1');
    PERFORM credits.record_payment('a', 'subscription', 20, 'sub-1');
    PERFORM credits.deduct('a', 120);
    PERFORM credits.refund_payment('a', 'pack-1', 5, 'back-1');
    PERFORM credits.set_consent('a', 'data', true);
    PERFORM credits.spin('a');
    PERFORM credits.refer('a', 'b');
    PERFORM credits.record_payment('b', 'other', 3, 'other-1');
    PERFORM credits.gift('a', 5, 'root', reference => 'gift-1');
    PERFORM credits.record_payment('a', 'affiliate', 2, 'shop-1');
    PERFORM credits.record_conversion('a', 'purchase', 'shop-1', 2);
    PERFORM credits.refund_payment('a', 'pack-1', 1, 'back-2');
    PERFORM credits.configure('{"promotions": {"prize_wheel": {"odds": 0}}}');
    PERFORM credits.spin('b');
END $$;
SELECT is((SELECT string_agg(kind || ' ' || amount::numeric, ', ' ORDER BY entry_no) FROM credits.ledger WHERE account_id = 'a'),
          'grant 100, grant 50, deduct -120, clawback -50, grant 20, grant 25, grant 50, grant 5, adjust 0, clawback -10', 'the books');
SELECT is((SELECT string_agg(concat_ws(' ', revenue_no || ':', kind, trim_scale(amount), entry_no), ', ' ORDER BY revenue_no) FROM credits.revenue WHERE account_id = 'a'),
          '1: pack 10 1, 2: subscription 20 2, 3: pack -5 4, 4: consent 1 5, 5: prize 0 6, 6: referral 0 7, 7: gift 0 8, 8: affiliate 2 9, 9: affiliate 2, 10: pack -1 10', 'those of revenue');
SELECT is_empty('SELECT * FROM credits.verify()', 'nothing is wrong yet');

CREATE TABLE public.damage (no integer GENERATED ALWAYS AS IDENTITY, what text, command text, checks text);
INSERT INTO public.damage (what, command, checks) VALUES
    ('a payment of another amount', 'UPDATE credits.payment SET amount = 11 WHERE account_id = ''a'' AND reference = ''pack-1''', 'payment_revenue'),
    ('a payment of other credits', 'UPDATE credits.payment SET credits = 101 WHERE account_id = ''a'' AND reference = ''pack-1''', 'payment_entry'),
    ('a payment of another entry', 'UPDATE credits.payment SET entry_no = 2 WHERE account_id = ''a'' AND reference = ''pack-1''', 'payment_entry payment_revenue'),
    ('a payment of a charge', 'UPDATE credits.payment SET entry_no = 3, credits = -120 WHERE account_id = ''a'' AND reference = ''sub-1''', 'payment_entry payment_revenue'),
    ('a payment that nothing names', 'DELETE FROM credits.payment WHERE account_id = ''a'' AND reference = ''sub-1''', 'payment_key'),
    ('a payment of another kind', 'UPDATE credits.payment SET kind = ''other'' WHERE account_id = ''a'' AND reference = ''sub-1''', 'payment_revenue'),
    ('refunded more than paid', 'UPDATE credits.payment SET refunded = 11 WHERE account_id = ''a'' AND reference = ''pack-1''', 'payment_refunds payment_revenue'),
    ('refunded less than its refunds', 'UPDATE credits.payment SET refunded = 5 WHERE account_id = ''a'' AND reference = ''pack-1''', 'payment_refunds payment_revenue'),
    ('a refund of another amount', 'UPDATE credits.payment_refund SET amount = 6 WHERE account_id = ''a'' AND refund_reference = ''back-1''', 'payment_refunds'),
    ('a refund of nothing', 'UPDATE credits.payment_refund SET reference = ''pack-2'' WHERE account_id = ''a'' AND refund_reference = ''back-1''', 'payment_refunds'),
    ('a refund of another entry', 'UPDATE credits.payment_refund SET entry_no = 5 WHERE account_id = ''a'' AND refund_reference = ''back-1''', 'payment_refunds'),
    ('disputed without a dispute', 'UPDATE credits.payment SET disputed = 1, amount = 11 WHERE account_id = ''a'' AND reference = ''pack-1''', 'payment_disputes'),
    ('a dispute that the payment does not know', 'INSERT INTO credits.payment_dispute VALUES (''a'', ''dp_1'', ''pack-1'', 4, ''open'', now())', 'payment_disputes'),
    ('a dispute that was won', 'INSERT INTO credits.payment_dispute VALUES (''a'', ''dp_1'', ''pack-1'', 4, ''won'', now())', NULL),
    ('other credits taken back', 'UPDATE credits.payment SET clawed = 50 WHERE account_id = ''a'' AND reference = ''pack-1''', 'payment_clawed'),
    ('a payment without its key', 'DELETE FROM credits.payment_key WHERE account_id = ''a'' AND key = ''pack-1''', 'payment_key'),
    ('a key of nothing', 'INSERT INTO credits.payment_key VALUES (''a'', ''pi_1'', ''pack-2'')', 'payment_key'),
    ('revenue removed', 'DELETE FROM credits.revenue_entry WHERE account_id = ''a'' AND revenue_no = 2', 'payment_revenue revenue_numbers'),
    ('what was given back removed', 'DELETE FROM credits.revenue_entry WHERE account_id = ''a'' AND revenue_no = 3', 'payment_clawed payment_revenue revenue_numbers'),
    ('the first revenue removed', 'DELETE FROM credits.revenue_entry WHERE account_id = ''a'' AND revenue_no = 1', 'payment_revenue revenue_numbers'),
    ('revenue raised', 'UPDATE credits.revenue_entry SET amount = 21 WHERE account_id = ''a'' AND revenue_no = 2', 'payment_revenue'),
    ('revenue of an entry that is not there', 'UPDATE credits.revenue_entry SET entry_no = 99 WHERE account_id = ''a'' AND revenue_no = 7', 'revenue_entry'),
    ('revenue of a month removed', 'UPDATE credits.revenue_entry SET kind = ''other'' WHERE account_id = ''a'' AND revenue_no = 4', 'consent'),
    ('a consent of another entry', 'UPDATE credits.consent SET entry_no = 3 WHERE account_id = ''a''', 'consent'),
    ('a consent that the account does not know', 'UPDATE credits.account SET has_consents = false WHERE account_id = ''a''', 'consent'),
    ('a turn that did not win', 'UPDATE credits.spin SET won = false WHERE account_id = ''a''', 'spin'),
    ('a turn without its entry', 'UPDATE credits.spin SET entry_no = NULL WHERE account_id = ''a''', 'spin'),
    ('a turn removed', 'DELETE FROM credits.spin WHERE account_id = ''a''', 'spin'),
    ('the prize of another turn', 'INSERT INTO credits.spin SELECT account_id, window_end, window_end + interval ''1 day'', spun_at, odds, won, prize, 3 FROM credits.spin WHERE account_id = ''a''', 'spin'),
    ('the entry of a prize removed', 'DELETE FROM credits.ledger WHERE account_id = ''a'' AND entry_no = 6', 'balance entry_balance entry_lots entry_numbers last_entry lot revenue_entry'),
    ('a bonus that no referral names', 'UPDATE credits.referral SET entry_no = NULL, remark = ''none'' WHERE account_id = ''a''', 'referral'),
    ('a referral of another entry', 'UPDATE credits.referral SET entry_no = 3 WHERE account_id = ''a''', 'referral');

CREATE FUNCTION public.checks_after(command text, OUT everywhere text, OUT of_a text, OUT of_b text) LANGUAGE plpgsql AS $$
DECLARE
    name regclass;
BEGIN
    FOR name IN SELECT relid FROM pg_partition_tree('credits.ledger') UNION ALL SELECT 'credits.revenue_entry' LOOP
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
SELECT is_empty('SELECT what, everywhere, of_a FROM public.found WHERE of_a IS DISTINCT FROM everywhere', 'verify(account) finds the same');
SELECT is_empty('SELECT what, of_b FROM public.found WHERE of_b IS NOT NULL', 'and nothing with another account');

-- Who was referred, and by whom, stands with both.
SELECT is((c.everywhere, c.of_a, c.of_b)::text, v.said, v.what) FROM (VALUES
    ('a referral removed', 'DELETE FROM credits.referral WHERE account_id = ''a''', '(referral,referral,referral)'),
    ('an account that nobody referred', 'UPDATE credits.account SET referred_by = NULL WHERE account_id = ''b''', '(referral,,referral)'),
    ('a turn that lost and has an entry', 'UPDATE credits.spin SET entry_no = 1 WHERE account_id = ''b''', '(spin,,spin)')) v(what, command, said), LATERAL public.checks_after(v.command) c;
SELECT is_empty('SELECT * FROM credits.verify()', 'verify() finds nothing');
SELECT * FROM finish();
