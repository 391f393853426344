-- Payments that the application tells of: periods that are paid for, upgrades, packs, refunds, books.
\ir helpers/tap.sql
SET timezone = 'UTC';
SET pg_credits.now = '2026-01-10 10:00:00+00';
SELECT isnt(credits.configure('{
    "margin": "0.80", "default_plan": "free", "unit": {"price_usd": "0.05"}, "payment_fee": {"percent": "2.9", "fixed": "0.30"},
    "plans": {"free": {"credits": 500, "interval": "1 month", "grant_on": "clock"},
              "starter": {"price": "19", "interval": "1 month", "credits": "from_margin"},
              "pro": {"price": "99", "interval": "1 month", "credits": "from_margin", "cost_budget": "1"},
              "ent": {"price": "499", "interval": "1 month", "credits": "from_margin"},
              "keep": {"price": "10", "interval": "28 days", "credits": 1000, "renewal": "rollover", "rollover": {"min": 0, "max": 300}},
              "pile": {"price": "10", "interval": "1 year", "credits": 1000, "renewal": "accumulate"},
              "once": {"price": "50", "credits": 700}},
    "packs": {"small": {"price": "29", "credits": 500, "bulk": [{"from": 10, "price": "25"}]}, "short": {"price": "7", "credits": 90, "expires": "10 days"}, "twin": {"price": "7", "credits": 80}},
    "actions": {"call": {"credits": 10, "cost": "0.6"}, "many": {"credits": 400}},
    "ladder": [{"level": "reduced", "at": 50, "of": "cost_budget"}],
    "licence": [{"capability": "ai", "after": "0 days"}]}'), NULL, 'configured');

-- Balance, paid period, and what verify() finds.
CREATE FUNCTION public.state(account text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' | ', b.balance, b.plan, format('%s to %s', b.period_start::date, b.period_end::date), 'paid until ' || w.paid_until::date,
                     (SELECT string_agg(v.check_name || ' ' || v.detail, ', ') FROM credits.verify(account) v))
    FROM credits.balance(account) b, credits.wallet w WHERE w.account_id = account $$;
CREATE FUNCTION public.paid(account text, amount numeric, reference text, kind text DEFAULT 'subscription', metadata jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', r.kind, r.amount, CASE WHEN r.replayed THEN 'replayed' END) FROM credits.record_payment(account, kind, amount, reference, metadata => metadata) r $$;

-- A first payment begins a period; older plan credits go.
SELECT credits.open_account('ann') \g /dev/null
SELECT is(public.state('ann'), '500 | free | 2026-01-10 to 2026-02-10', 'free');
SET pg_credits.now = '2026-01-20 10:00:00+00';
SELECT credits.change_plan('ann', 'pro') \g /dev/null
SELECT is(public.state('ann'), '500 | pro | 2026-01-10 to 2026-02-10', 'a plan that is paid for gives nothing by itself');
SELECT is(public.paid('ann', 99, 'p1'), 'grant 1980', 'X × 0.20 ÷ 0.01');
SELECT is(public.state('ann'), '1980 | pro | 2026-01-20 to 2026-02-20 | paid until 2026-02-20', 'the period begins with the payment');
SELECT is(public.paid('ann', 99, 'p1'), 'grant 1980 replayed', 'the same payment again');
SELECT throws_ok($$ SELECT credits.record_payment('ann', 'subscription', 98, 'p1') $$, 'PT409', 'the reference was used for another payment', 'another under its reference');
SELECT throws_ok($$ SELECT credits.record_payment('ann', 'other', 99, 'p1') $$, 'PT409', NULL, 'another kind');
-- Upgrade within the period, then the next period ahead of time.
SELECT credits.change_plan('ann', 'ent') \g /dev/null
SELECT is(public.paid('ann', 400, 'p2'), 'grant 8000', 'what the larger plan gives beyond the smaller');
SELECT is(public.paid('ann', 499, 'p3'), 'adjust 0', 'the next period is paid ahead');
SELECT is(public.state('ann'), '9980 | ent | 2026-01-20 to 2026-02-20 | paid until 2026-03-20', 'its credits come when it begins');
SELECT is((credits.deduct('ann', action => 'call')).balance, 9970::numeric, 'some are used');
SET pg_credits.now = '2026-02-21 10:00:00+00';
SELECT is(public.state('ann'), '9980 | ent | 2026-02-20 to 2026-03-20 | paid until 2026-03-20', 'read: the next period has begun');
SELECT is((credits.deduct('ann', action => 'call')).balance, 9970::numeric, 'and written');
SET pg_credits.now = '2026-03-25 10:00:00+00';
SELECT is(public.state('ann'), '9970 | ent | 2026-03-20 to 2026-04-20 | paid until 2026-03-20', 'an unpaid period grants nothing, old credits stay');
SELECT is(public.paid('ann', 499, 'p4'), 'grant 9980', 'paid five days late');
SELECT is(public.state('ann'), '9980 | ent | 2026-03-20 to 2026-04-20 | paid until 2026-04-20', 'for the period that it follows on');
SET pg_credits.now = '2026-07-01 10:00:00+00';
SELECT is(public.paid('ann', 499, 'p5'), 'grant 9980', 'after a lapse');
SELECT is(public.state('ann'), '9980 | ent | 2026-07-01 to 2026-08-01 | paid until 2026-08-01', 'a period of its own');
SELECT is((SELECT string_agg(concat_ws(' ', l.kind, l.amount), ', ' ORDER BY l.entry_no) FROM credits.ledger l WHERE l.account_id = 'ann' AND l.kind IN ('expire', 'renew')),
    'expire -500, expire -1970, expire -8000, expire -9970, expire -9980', 'on the books');

-- From a margin: credits for the money; a trial and a discount of all give what the plan says.
SET pg_credits.now = '2026-01-10 10:00:00+00';
SELECT credits.open_account(a, 'pro') FROM unnest('{half,trial,much}'::text[]) a \g /dev/null
SELECT is(public.paid('half', 49.5, 'h'), 'grant 990', 'half the price');
SELECT is(public.paid('trial', 0, 't'), 'grant 1980', 'nothing');
SELECT is(public.paid('much', 1000, 'm'), 'grant 1980', 'more than the price gives no more than the plan');
SELECT is((SELECT string_agg(format('%s %s %s', r.account_id, r.amount, r.fee), ', ' ORDER BY r.account_id) FROM credits.revenue r WHERE r.account_id IN ('half', 'trial', 'much')),
    'half 49.5 1.7355, much 1000 29.3', 'revenue and fees');

-- Renewals of other kinds.
SELECT credits.open_account('keep', 'keep'), credits.open_account('pile', 'pile'), credits.open_account('once', 'once') \g /dev/null
SELECT is(array[public.paid('keep', 10, 'k1'), public.paid('pile', 10, 'l1'), public.paid('once', 50, 'o1')], '{grant 1000,grant 1000,grant 700}', 'first payments');
SELECT is(public.paid('once', 50, 'o2'), 'adjust 0', 'a plan without an interval gives its credits once');
SELECT credits.open_account('bought') \g /dev/null
SELECT credits.change_plan('bought', 'once') \g /dev/null
SELECT is(public.paid('bought', 50, 'w1'), 'grant 700', 'a free grant of the month is not counted against what was bought');
SELECT credits.open_account('changes', 'starter') \g /dev/null
SELECT is(public.paid('changes', 19, 'c1'), 'grant 380', 'a small plan');
SELECT credits.change_plan('changes', 'pro', 'period_end') \g /dev/null
SET pg_credits.now = '2026-02-11 10:00:00+00';
SELECT is(public.paid('changes', 99, 'c2'), 'grant 1980', 'the plan that was to come is the one that is paid');
SET pg_credits.now = '2026-02-07 10:00:00+00';
SELECT is(public.paid('keep', 10, 'k2'), 'grant 1000', 'renewed after 28 days');
SELECT is(public.state('keep'), '1300 | keep | 2026-02-07 to 2026-03-07 | paid until 2026-03-07', 'what rolls over');
SET pg_credits.now = '2027-01-10 10:00:00+00';
SELECT is(public.paid('pile', 10, 'l2'), 'grant 1000', 'renewed after a year');
SELECT is(public.state('pile'), '2000 | pile | 2027-01-10 to 2028-01-10 | paid until 2028-01-10', 'all of it stays');

-- An anchor that the application gave stays.
SET pg_credits.now = '2026-01-10 10:00:00+00';
SELECT credits.open_account('anchored', 'pro', anchor => '2026-01-01 00:00:00+00') \g /dev/null
SELECT is(public.paid('anchored', 99, 'a1'), 'grant 1980', 'paid on the tenth day');
SELECT is(public.state('anchored'), '1980 | pro | 2026-01-01 to 2026-02-01 | paid until 2026-02-01', 'for the period of the anchor');

-- Packs.
SELECT credits.open_account('bob') \g /dev/null
SELECT is((SELECT concat_ws(' ', r.kind, r.amount, r.balance) FROM credits.buy_pack('bob', 'small', 'b1', 10) r), 'grant 5000 5500', 'ten at the bulk price');
SELECT is((SELECT r.replayed FROM credits.buy_pack('bob', 'small', 'b1', 10) r), true, 'once');
SELECT throws_ok($$ SELECT credits.buy_pack('bob', 'small', 'b1', 1) $$, 'PT409', NULL, 'another number of them');
SELECT throws_ok($$ SELECT credits.buy_pack('bob', 'large', 'b2') $$, '22023', 'there is no pack "large"', 'no such pack');
SELECT is(public.paid('bob', 29, 'b2', 'pack'), 'grant 500', 'known by its price');
SELECT throws_ok($$ SELECT credits.record_payment('bob', 'pack', 7, 'b3') $$, '22023', 'it is not known which pack was paid for', 'a price that two have');
SELECT is(public.paid('bob', 7, 'b3', 'pack', '{"pack": "short"}'), 'grant 90', 'named');
SELECT is((SELECT l.expires_at FROM credits.lots('bob') l WHERE l.amount = 90), '2026-01-20 10:00:00+00'::timestamptz, 'with its life');
SELECT is((SELECT string_agg(concat_ws(' ', l.source, l.category, l.amount, l.price_paid), ', ' ORDER BY l.lot_no) FROM credits.lots('bob') l),
    'plan promotional 500, pack paid 5000 250, pack paid 500 29, pack paid 90 7', 'lots say what was paid');

-- Refunds: in proportion, from the own lot, then for what of it was used from others, then as debt.
SELECT is((SELECT concat_ws(' ', r.kind, r.amount, r.balance) FROM credits.refund_payment('bob', 'b2', 14.5, 'r1') r), 'clawback -250 5840', 'half');
SELECT is((SELECT r.replayed FROM credits.refund_payment('bob', 'b2', 14.5, 'r1') r), true, 'once');
SELECT throws_ok($$ SELECT credits.refund_payment('bob', 'b2', 14, 'r1') $$, 'PT409', 'the reference was used for another refund', 'another under its reference');
SELECT throws_ok($$ SELECT credits.refund_payment('bob', 'b2', 15, 'r2') $$, 'PT409', 'more would be refunded than was paid', 'more than is left');
SELECT throws_ok($$ SELECT credits.refund_payment('bob', 'nix', 1, 'r2') $$, 'PT404', 'there is no payment "nix"', 'no such payment');
SELECT is((SELECT r.amount FROM credits.refund_payment('bob', 'b2', 14.5, 'r2') r), -250::numeric, 'the rest');
SELECT is((credits.deduct('bob', 5500)).balance, 90::numeric, 'most is used');
SELECT is((SELECT concat_ws(' ', r.amount, r.balance, r.level) FROM credits.refund_payment('bob', 'b1', 250, 'r3') r), '-5000 -4910 payment_required', 'used credits are debt');
SET pg_credits.now = '2026-02-20 10:00:00+00';
SELECT is((SELECT concat_ws(' ', r.amount, r.balance) FROM credits.refund_payment('bob', 'b3', 7, 'r4') r), '-90 -4500', 'what of a lot went into debt was used');
SELECT is((SELECT string_agg(concat_ws(' ', r.kind, r.amount), ', ' ORDER BY r.revenue_no) FROM credits.revenue r WHERE r.account_id = 'bob'),
    'pack 250, pack 29, pack 7, pack -14.5, pack -14.5, pack -250, pack -7', 'the books');
SELECT is(public.state('bob'), '-4500 | free | 2026-02-10 to 2026-03-10', 'nothing is wrong with them');

-- Credits that expired unused are not asked for.
SET pg_credits.now = '2026-01-10 10:00:00+00';
SELECT credits.open_account('exp') \g /dev/null
SELECT is(public.paid('exp', 7, 'e1', 'pack', '{"pack": "short"}'), 'grant 90', 'ten days');
SET pg_credits.now = '2026-01-25 10:00:00+00';
SELECT is((SELECT concat_ws(' ', r.amount, r.balance) FROM credits.refund_payment('exp', 'e1', 7, 'f1') r), '0 500', 'they are gone already');

-- Levels and licence in the same transaction; other kinds; bad input.
SELECT credits.open_account('lev', 'pro') \g /dev/null
SELECT is(public.paid('lev', 99, 'v1'), 'grant 1980', 'paid');
SELECT is((SELECT r.level FROM credits.deduct('lev', action => 'call') r), 'normal', 'a share of revenue × (1 − margin)');
SELECT is(credits.fail_licence('lev'), 'past_due', 'a payment fails');
SET pg_credits.now = '2026-02-25 10:00:00+00';
SELECT is(public.paid('lev', 99, 'v2'), 'grant 1980', 'the next one does not');
SELECT is((SELECT min(c.licence) FROM credits.capabilities('lev') c), 'active', 'and restores the licence');
SELECT is(public.paid('lev', 2.5, 'v3', 'consent'), 'grant 50', 'consents at the price of credits');
SELECT is(array[public.paid('lev', 3, 'v4', 'affiliate'), public.paid('lev', 1, 'v5', 'other')], '{adjust 0,adjust 0}', 'revenue only');
SELECT throws_ok($$ SELECT credits.record_payment('lev', 'gold', 1, 'v6') $$, '22023', 'there is no kind of payment "gold"', 'no such kind');
SELECT throws_ok($$ SELECT credits.record_payment('lev', 'other', -1, 'v6') $$, '22023', 'amount must be an amount of USD, 0 or more', 'below zero');
SELECT throws_ok($$ SELECT credits.record_payment('lev', 'other', 'NaN', 'v6') $$, '22023', NULL, 'no number');
SELECT throws_ok($$ SELECT credits.record_payment('lev', 'other', 1, '') $$, '22023', 'reference must have 1 to 255 characters', 'no reference');
SELECT throws_ok($$ SELECT credits.record_payment('nobody', 'other', 1, 'v6') $$, 'PT404', NULL, 'no such account');
SELECT credits.close_account('lev') \g /dev/null
SELECT throws_ok($$ SELECT credits.record_payment('lev', 'other', 1, 'v6') $$, 'PT403', NULL, 'a closed account takes none');
SELECT is((SELECT r.kind FROM credits.refund_payment('lev', 'v5', 1, 'w') r), 'clawback', 'but gives back');
SELECT throws_ok($$ UPDATE credits.revenue_entry SET amount = 1 $$, '55000', 'the books of revenue are append-only', 'nobody changes the books');
SELECT throws_ok($$ TRUNCATE credits.revenue_entry $$, '55000', NULL, 'nor empties them');

-- What calls earned: at what was paid for the credits, not at a list price.
SET pg_credits.now = '2026-03-01 10:00:00+00';
SELECT credits.open_account('mar', 'once') \g /dev/null
SELECT is(public.paid('mar', 50, 'x1'), 'grant 700', 'a credit at 50 ÷ 700');
SELECT is((credits.deduct('mar', action => 'call')).amount, -10::numeric, 'ten of them');
SELECT is((SELECT concat_ws(' ', m.earned, m.cost, m.margin, m.margin_pct) FROM credits.call_margins m WHERE m.account_id = 'mar'), '0.714285714286 0.6 0.114285714286 16.00', 'its margin');

-- Two accounts do not see one another's references.
SELECT is(array[public.paid('mar', 1, 'same', 'other'), public.paid('exp', 2, 'same', 'other')], '{adjust 0,adjust 0}', 'a reference is the account''s own');
SELECT is((SELECT count(*) FROM credits.verify()), 0::bigint, 'the books are right');
SELECT * FROM finish();
