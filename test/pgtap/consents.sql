-- Consents while the configuration changes: months take the terms of when they are booked. Who gave what is on the books.
\ir helpers/tap.sql
SET pg_credits.now = '2026-01-15 12:00:00+00';
SET timezone = 'UTC';
SELECT isnt(credits.configure('{"unit": {"value_usd": "0.02", "price_usd": "0.05"}, "plans": {"free": {"credits": 100}}, "consents": {"data_sharing": {"monthly_usd": "1.00"},
    "anonymous_analytics": {"monthly_usd": "0.50"}, "recipe_preferences": {"monthly_usd": "0.25"}, "shopping_patterns": {"monthly_usd": "0.75"}}}'), NULL, 'configured');
SELECT is(credits.open_account(a, 'free'), a, 'opened') FROM unnest(ARRAY['ann', 'bob']) a;

SELECT is((SELECT string_agg(format('%s %s', k, (credits.set_consent('ann', k, true)).amount), ', ') FROM unnest('{data_sharing,anonymous_analytics,recipe_preferences,shopping_patterns}'::text[]) k),
          'data_sharing 20, anonymous_analytics 10, recipe_preferences 5, shopping_patterns 15', 'each buys credits');
SELECT is((SELECT sum(r.amount) FROM credits.revenue r WHERE r.kind = 'consent'), 2.50, 'together 2.50');
SELECT is((SELECT string_agg(concat_ws(' ', l.source, l.category, l.amount, l.price_paid), ', ' ORDER BY l.lot_no) FROM credits.lots('ann') l WHERE l.source <> 'plan'),
          'consent paid 20 1, consent paid 10 0.5, consent paid 5 0.25, consent paid 15 0.75', 'paid credits, at their price');
SELECT is((SELECT string_agg(concat_ws(' ', l.kind, l.reason, l.plan), ', ' ORDER BY l.entry_no) FROM credits.ledger l WHERE l.account_id = 'ann' AND l.entry_no > 1),
          'grant consent data_sharing free, grant consent anonymous_analytics free, grant consent recipe_preferences free, grant consent shopping_patterns free', 'entries say which');
SELECT is((SELECT b.balance FROM credits.balance('bob') b), 100::numeric, 'another account has none of it');

-- The next month is 2.00 and 0.50; one is not configured any more.
SELECT isnt(credits.configure('{"consents": {"data_sharing": {"monthly_usd": "2.00"}, "recipe_preferences": null, "shopping_patterns": null}}'), NULL, 'configured anew');
SET pg_credits.now = '2026-02-15 12:00:00+00';
SELECT is((SELECT b.balance FROM credits.balance('ann') b), 200::numeric, 'read');
CREATE FUNCTION public.revenue_after(after bigint) RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(concat_ws(' ', r.account_id, r.revenue_no, r.kind, r.reference, trim_scale(r.amount), trim_scale(r.net), r.entry_no, r.occurred_at), ', ' ORDER BY r.account_id, r.revenue_no) FROM credits.revenue r WHERE r.revenue_no > after $$;
SELECT public.revenue_after(4) AS due \gset
SELECT is((SELECT count(*) FROM credits.revenue r WHERE r.booked_at IS NULL), 2::bigint, 'revenue too');
SELECT is((credits.deduct('ann', 1)).balance, 199::numeric, 'written by whatever call comes first');
SELECT is((SELECT string_agg(concat_ws(' ', r.reference, trim_scale(r.amount), r.entry_no, r.occurred_at), ', ' ORDER BY r.revenue_no) FROM credits.revenue r WHERE r.revenue_no > 4),
          'anonymous_analytics 0.5 6 2026-02-15 12:00:00+00, data_sharing 2 7 2026-02-15 12:00:00+00', 'on the books');
SELECT is(public.revenue_after(4), :'due', 'as the view said before');
SELECT is((SELECT count(*) FROM credits.revenue r WHERE r.booked_at IS NULL), 0::bigint, 'nothing is due any more');
SELECT is((credits.set_consent('ann', 'shopping_patterns', false)).entry_no, NULL, 'what is not configured any more can be withdrawn');
SELECT throws_ok($$ SELECT credits.set_consent('ann', 'shopping_patterns', true) $$, '22023', 'there is no consent "shopping_patterns"', 'not given');

-- Configured again it goes on with its next month, without those between.
SET pg_credits.now = '2026-03-20 12:00:00+00';
SELECT is((credits.deduct('ann', 1)).balance, 248::numeric, 'a month more');
SELECT isnt(credits.configure('{"consents": {"recipe_preferences": {"monthly_usd": "0.25"}}}'), NULL, 'configured again');
SELECT is((SELECT b.balance FROM credits.balance('ann') b), 248::numeric, 'nothing at once');
SET pg_credits.now = '2026-04-15 12:00:00+00';
SELECT is((SELECT b.balance FROM credits.balance('ann') b), 303::numeric, 'from its next month on');

-- Without a price of the unit consents are revenue only.
SELECT isnt(credits.configure('{"unit": {"price_usd": null}}'), NULL, 'no price');
SELECT is((SELECT concat_ws(' ', r.kind, r.amount) FROM credits.set_consent('bob', 'data_sharing', true) r), 'adjust 0', 'no credits');
SELECT is((SELECT w.period_revenue::numeric FROM credits.wallet w WHERE w.account_id = 'bob'), 2.00, 'revenue');
SET pg_credits.now = '2026-05-15 12:00:00+00';
SELECT is((SELECT m ->> 'accounts' FROM credits.maintain() m), (SELECT count(*)::text FROM credits.account), 'maintenance comes to accounts that nobody calls');
SELECT is((SELECT string_agg(concat_ws(' ', r.revenue_no || ':', r.reference, trim_scale(r.amount)), ', ' ORDER BY r.revenue_no) FROM credits.revenue r WHERE r.account_id = 'bob'), '1: data_sharing 2, 2: data_sharing 2', 'their months too');

-- What a call rests on is the newest configuration, and who calls is noted.
CREATE ROLE credits_test_app;
GRANT USAGE ON SCHEMA credits TO credits_test_app;
GRANT EXECUTE ON FUNCTION credits.set_consent, credits.gift, credits.record_conversion, credits.spin, credits.refer TO credits_test_app;
SET ROLE credits_test_app;
SELECT credits.set_consent('bob', 'anonymous_analytics', true), credits.gift('bob', 5, 'root', reference => 'g'), credits.record_conversion('bob', 'purchase', 'p-1', 1.5) \g /dev/null
RESET ROLE;
SELECT is((SELECT string_agg(concat_ws(' ', r.kind, r.role_name), ', ' ORDER BY r.revenue_no) FROM credits.revenue_entry r WHERE r.account_id = 'bob' AND r.revenue_no > 2),
          'consent credits_test_app, gift credits_test_app, affiliate credits_test_app', 'as in the ledger');
SELECT is((SELECT string_agg(DISTINCT l.role_name, ' ') FROM credits.ledger l WHERE l.account_id = 'bob' AND l.created_at = credits.now() AND l.reason ~ 'analytics|gift'), 'credits_test_app', 'which says the same');
SELECT throws_ok($$ UPDATE credits.revenue_entry SET amount = 9 $$, '55000', 'the books of revenue are append-only', 'append-only');
DROP OWNED BY credits_test_app;
DROP ROLE credits_test_app;
SELECT is_empty('SELECT * FROM credits.verify()', 'verify() finds nothing');
SELECT * FROM finish();
