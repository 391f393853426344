-- Roll-ups: whatever has been rolled up and whatever not, the views are what a plain query over the books says. Random
-- calls at random times, the clock set to and fro, accounts in four time zones, a platform in a fifth; between them
-- roll-ups of everything, or of a few entries.
\ir helpers/tap.sql
SET timezone = 'UTC';
SET jit = off;
SELECT setseed(0.42);

SELECT isnt(credits.configure('{"time_zone": "Europe/Berlin", "margin": "0.8", "payment_fee": {"percent": "2.9", "fixed": "0.30"}, "guarantee": {"revenue": "5", "cost": "2", "profit": "3"},
    "plans": {"basic": {"price": "10", "interval": "1 month", "credits": 1000, "cover": "0.02"}, "large": {"price": "99", "interval": "1 month", "credits": 9000, "charge": {"by": "tokens"}}},
    "actions": {"write": {"credits": 3, "ttl": "1 hour"}, "draw": {"credits": 5, "cost": "0.04"}},
    "consents": {"sharing": {"monthly_usd": "1.50"}}, "unit": {"price_usd": "0.05"},
    "prices": [{"provider": "north", "model": "big", "metric": "input_tokens", "price": "10", "per": 1000000},
               {"provider": "north", "model": "big", "metric": "output_tokens", "price": "30", "per": 1000000},
               {"provider": "south", "model": "small", "metric": "input_tokens", "price": "0.5", "per": 1000000},
               {"provider": "south", "model": "small", "metric": "output_tokens", "price": "1.5", "per": 1000000}]}'), NULL, 'configured');

SELECT is(credits.input_tokens(u.usage) || ' ' || credits.output_tokens(u.usage), u.tokens, coalesce(u.usage::text, 'no usage') || ': tokens read, and written')
FROM (VALUES (NULL::jsonb, '0 0'), ('{}', '0 0'), ('{"requests": 3, "input_tokens_limit": 5}', '0 0'),
             ('{"input_tokens": 812, "cache_read_tokens": 100, "audio_tokens": 7, "requests": 1}', '919 0'),
             ('{"input_tokens": 1, "output_tokens": 20, "reasoning_tokens": 300, "output_image_tokens": 4000, "_tokens": 2}', '3 4320'),
             ('{"output_tokens": 12345678901234567890123456789.5}', '0 12345678901234567890123456789.5')) u(usage, tokens);

-- The books as they are.
CREATE VIEW public.plain AS
SELECT l.account_id, l.kind, coalesce(l.effective_at, l.created_at) AS moment, a.time_zone, coalesce(l.plan, c.plan) AS plan, coalesce(l.provider, c.provider) AS provider,
       coalesce(l.model, c.model) AS model, coalesce(l.action, c.action) AS action, coalesce(l.member_id, c.member_id) AS member_id,
       (l.kind IN ('deduct', 'settle'))::integer AS requests, (l.kind = 'cost')::integer AS records,
       CASE WHEN l.kind = 'settle' AND l.usage IS NULL THEN credits.tokens_of(h.usage) ELSE credits.tokens_of(l.usage) END AS tokens,
       CASE WHEN l.kind IN ('deduct', 'settle') THEN -l.amount ELSE 0 END AS credits, CASE WHEN l.kind = 'refund' THEN l.amount ELSE 0 END AS refunded,
       coalesce(l.cost, 0) AS cost
FROM credits.ledger l JOIN credits.account a USING (account_id)
LEFT JOIN credits.ledger c ON l.kind = 'refund' AND c.account_id = l.account_id AND c.entry_no = l.refers_to
LEFT JOIN credits.hold h ON h.account_id = l.account_id AND h.hold_no = l.hold_no
WHERE l.kind IN ('deduct', 'settle', 'cost', 'refund');

CREATE TABLE public.comparison (name text, shown text, plain text);
INSERT INTO public.comparison VALUES
    ('usage_by_provider', $$ SELECT month, provider, requests, records, tokens, credits, refunded, cost FROM credits.usage_by_provider $$,
        $$ SELECT date_trunc('month', moment AT TIME ZONE 'Europe/Berlin')::date, provider, sum(requests), sum(records), sum(tokens), sum(credits), sum(refunded), sum(cost) FROM public.plain GROUP BY 1, 2 $$),
    ('usage_by_model', $$ SELECT month, provider, model, requests, tokens, cost FROM credits.usage_by_model $$,
        $$ SELECT date_trunc('month', moment AT TIME ZONE 'Europe/Berlin')::date, provider, model, sum(requests), sum(tokens), sum(cost) FROM public.plain GROUP BY 1, 2, 3 $$),
    ('usage_by_action', $$ SELECT month, action, requests, credits, cost FROM credits.usage_by_action $$,
        $$ SELECT date_trunc('month', moment AT TIME ZONE 'Europe/Berlin')::date, action, sum(requests), sum(credits), sum(cost) FROM public.plain GROUP BY 1, 2 $$),
    ('platform_usage', $$ SELECT day, plan, provider, model, action, requests, records, tokens, input_tokens + output_tokens, credits, refunded, cost FROM credits.platform_usage $$,
        $$ SELECT (moment AT TIME ZONE 'Europe/Berlin')::date, plan, provider, model, action, sum(requests), sum(records), sum(tokens), sum(tokens), sum(credits), sum(refunded), sum(cost) FROM public.plain GROUP BY 1, 2, 3, 4, 5 $$),
    ('account_usage', $$ SELECT account_id, month, provider, model, action, member_id, requests, records, tokens, credits, refunded, cost FROM credits.account_usage $$,
        $$ SELECT account_id, date_trunc('month', moment AT TIME ZONE time_zone)::date, provider, model, action, member_id, sum(requests), sum(records), sum(tokens), sum(credits), sum(refunded), sum(cost) FROM public.plain GROUP BY 1, 2, 3, 4, 5, 6 $$),
    ('usage_by_account', $$ SELECT account_id, month, requests, tokens, credits, refunded, cost FROM credits.usage_by_account $$,
        $$ SELECT account_id, date_trunc('month', moment AT TIME ZONE time_zone)::date, sum(requests), sum(tokens), sum(credits), sum(refunded), sum(cost) FROM public.plain GROUP BY 1, 2 $$),
    ('usage_by_member', $$ SELECT account_id, month, member_id, requests, cost FROM credits.usage_by_member $$,
        $$ SELECT account_id, date_trunc('month', moment AT TIME ZONE time_zone)::date, member_id, sum(requests), sum(cost) FROM public.plain GROUP BY 1, 2, 3 $$),
    ('hourly_stats', $$ SELECT hour, requests, records, tokens, credits, cost, revenue, profit, fee, promotion_cost FROM credits.hourly_stats $$,
        $$ SELECT hour, sum(requests), sum(records), sum(tokens), sum(credits), sum(cost), sum(revenue), sum(revenue) - sum(cost), sum(fee), sum(promotion) FROM (
               SELECT date_trunc('hour', moment, 'Europe/Berlin') AS hour, requests, records, tokens, credits - refunded AS credits, cost, 0 AS revenue, 0 AS fee, 0 AS promotion FROM public.plain
               UNION ALL SELECT date_trunc('hour', occurred_at, 'Europe/Berlin'), 0, 0, 0, 0, 0, amount, fee, promotion_cost FROM credits.revenue) x GROUP BY 1 $$),
    ('daily_stats', $$ SELECT day, requests, cost, revenue, net_profit FROM credits.daily_stats $$,
        $$ SELECT day, sum(requests), sum(cost), sum(revenue), sum(net) - sum(cost) FROM (
               SELECT (moment AT TIME ZONE 'Europe/Berlin')::date AS day, requests, cost, 0 AS revenue, 0 AS net FROM public.plain
               UNION ALL SELECT (occurred_at AT TIME ZONE 'Europe/Berlin')::date, 0, 0, amount, net FROM credits.revenue) x GROUP BY 1 $$),
    ('monthly_profit', $$ SELECT month, revenue, cost, profit, paying_accounts FROM credits.monthly_profit $$,
        $$ SELECT month, sum(revenue), sum(cost), sum(revenue) - sum(cost), count(*) FILTER (WHERE revenue > 0) FROM (
               SELECT month, account_id, sum(cost) AS cost, sum(revenue) AS revenue FROM (
                   SELECT date_trunc('month', moment AT TIME ZONE 'Europe/Berlin')::date AS month, account_id, cost, 0 AS revenue FROM public.plain
                   UNION ALL SELECT date_trunc('month', occurred_at AT TIME ZONE 'Europe/Berlin')::date, account_id, 0, amount FROM credits.revenue) x GROUP BY 1, 2) y GROUP BY 1 $$),
    ('profit_guarantee', $$ SELECT account_id, month, revenue, cost, acquisition_cost FROM credits.profit_guarantee $$,
        $$ SELECT i.account_id, i.month::date, i.revenue, s.cost - least(s.cost_before, coalesce(n.cover, 0)) + i.fee, least(s.cost_before, coalesce(n.cover, 0))
           FROM (SELECT account_id, date_trunc('month', occurred_at AT TIME ZONE 'Europe/Berlin') AS month, sum(amount) AS revenue, sum(fee) AS fee, min(occurred_at) FILTER (WHERE amount > 0) AS first_at
                 FROM credits.revenue GROUP BY 1, 2 HAVING sum(amount) > 0) i
           CROSS JOIN LATERAL (SELECT coalesce(sum(p.cost), 0) AS cost, coalesce(sum(p.cost) FILTER (WHERE p.moment < i.first_at), 0) AS cost_before
                               FROM public.plain p WHERE p.account_id = i.account_id AND date_trunc('month', p.moment AT TIME ZONE 'Europe/Berlin') = i.month) s
           JOIN credits.wallet w ON w.account_id = i.account_id JOIN credits.plan n ON n.plan = w.plan $$),
    ('top_accounts', $$ SELECT account_id, requests, tokens, credits, cost, revenue FROM credits.top_accounts $$,
        $$ SELECT account_id, sum(requests), sum(tokens), sum(credits) - sum(refunded), sum(cost), (SELECT coalesce(sum(amount), 0) FROM credits.revenue r WHERE r.account_id = p.account_id
               AND date_trunc('month', r.occurred_at AT TIME ZONE 'Europe/Berlin') = date_trunc('month', credits.now() AT TIME ZONE 'Europe/Berlin'))
           FROM public.plain p WHERE date_trunc('month', moment AT TIME ZONE time_zone) = date_trunc('month', credits.now() AT TIME ZONE 'Europe/Berlin') GROUP BY 1 $$);

-- Which views are not what the books say; 'none' where all are.
CREATE FUNCTION public.wrong(wanted text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    c      record;
    wrong  text := '';
    differ boolean;
BEGIN
    FOR c IN SELECT * FROM public.comparison x WHERE wanted IS NULL OR x.name = wanted LOOP
        EXECUTE format('SELECT EXISTS ((%1$s) EXCEPT (%2$s)) OR EXISTS ((%2$s) EXCEPT (%1$s)) OR (SELECT count(*) FROM (%1$s) x) <> (SELECT count(*) FROM (%2$s) x)', c.shown, c.plain) INTO differ;
        wrong := wrong || CASE WHEN differ THEN c.name || ' ' ELSE '' END;
    END LOOP;
    RETURN coalesce(nullif(wrong, ''), 'none') || coalesce((SELECT string_agg(' ' || v.check_name || ': ' || v.detail, ';') FROM credits.verify() v), '');
END $$;

CREATE TABLE public.account AS
SELECT 'account ' || n AS account_id, (ARRAY['UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland'])[1 + n % 4] AS time_zone FROM generate_series(0, 7) n;
CREATE FUNCTION public.one_of(VARIADIC texts text[]) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT texts[1 + floor(random() * cardinality(texts))::integer]';

-- One thing that happens to an account. What is refused is nothing; an account's time goes on, that of others does not.
CREATE FUNCTION public.act() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    subject text := public.one_of('account 0', 'account 1', 'account 2', 'account 3', 'account 4', 'account 5', 'account 6', 'account 7');
    what    text := public.one_of('deduct', 'deduct', 'deduct', 'act', 'hold', 'hold', 'settle', 'cost', 'refund', 'pay', 'repay', 'consent', 'gift');
    input   integer := floor(random() * 900);
    usage   jsonb := jsonb_build_object('input_tokens', input, 'output_tokens', floor(random() * 90), 'reasoning_tokens', floor(random() * 9));
    provider text := public.one_of('north', 'south');
    model   text := CASE provider WHEN 'north' THEN 'big' ELSE 'small' END;
    member  text := public.one_of('ann', 'bob', NULL);
BEGIN
    CASE what
        WHEN 'deduct' THEN PERFORM credits.deduct(subject, 1 + input % 5, provider => provider, model => model, usage => usage, member_id => member, occurred_at => CASE WHEN random() < 0.2 THEN credits.now() - random() * interval '40 hours' END);
        WHEN 'act' THEN PERFORM credits.deduct(subject, action => public.one_of('write', 'draw'), member_id => member);
        WHEN 'hold' THEN PERFORM credits.authorize(subject, 10, action => public.one_of('write', NULL), provider => provider, model => model, usage => usage, member_id => member, ttl => '20 days');
        WHEN 'settle' THEN PERFORM credits.settle(subject, (SELECT max(h.hold_no) FROM credits.hold h WHERE h.account_id = subject AND h.status = 'pending'), usage => CASE WHEN random() < 0.5 THEN usage END);
        WHEN 'cost' THEN PERFORM credits.record_cost(subject, provider, model, usage);
        WHEN 'refund' THEN PERFORM credits.refund(subject, (SELECT max(l.entry_no) FROM credits.ledger l WHERE l.account_id = subject AND l.kind IN ('deduct', 'settle')), 1);
        WHEN 'pay' THEN PERFORM credits.record_payment(subject, 'subscription', 10, gen_random_uuid()::text);
        WHEN 'repay' THEN PERFORM credits.refund_payment(subject, (SELECT p.reference FROM credits.payment p WHERE p.account_id = subject ORDER BY random() LIMIT 1), 10, gen_random_uuid()::text);
        WHEN 'consent' THEN PERFORM credits.set_consent(subject, 'sharing', random() < 0.7);
        WHEN 'gift' THEN PERFORM credits.gift(subject, 20, 'admin', 'thanks');
    END CASE;
    RETURN what;
EXCEPTION WHEN OTHERS THEN
    RETURN what || ' refused';
END $$;

SET pg_credits.now = '2026-01-20 00:00:00+00';
SELECT is(count(credits.open_account(account_id, public.one_of('basic', 'large'), time_zone)), 8::bigint, 'opened') FROM public.account;
SELECT is(count(credits.grant(account_id, 5000)), 8::bigint, 'granted') FROM public.account;
CREATE TABLE public.done (what text);
CREATE PROCEDURE public.play(acts integer, spread interval, since timestamptz) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1 .. acts LOOP
        PERFORM set_config('pg_credits.now', (since + random() * spread)::text, false);
        INSERT INTO public.done SELECT public.act();
        COMMIT;
    END LOOP;
END $$;

CALL public.play(150, '15 days', '2026-01-20 00:00+00');
SELECT is(public.wrong(), 'none', 'nothing is rolled up');
SELECT cmp_ok((SELECT credits.roll_up(20)), '=', 20::bigint, 'twenty entries are');
SELECT is(public.wrong(), 'none', 'twenty are rolled up');
SELECT cmp_ok((SELECT credits.roll_up()), '>', 20::bigint, 'all are');
SELECT is(public.wrong(), 'none', 'all are rolled up');
SELECT is((SELECT count(*) FROM credits.unrolled_usage()), 0::bigint, 'and none is left');
CALL public.play(100, '15 days', '2026-01-28 00:00+00');
SELECT is(public.wrong(), 'none', 'some are rolled up, others of the same times are not');
SELECT isnt_empty('SELECT FROM credits.rollup_late', 'those in the past are named');
CALL public.play(100, '10 days', '2026-01-25 00:00+00');
SELECT is(public.wrong(), 'none', 'the clock went back');
SELECT cmp_ok((SELECT credits.roll_up(7)), '=', 7::bigint, 'a few are rolled up');
SELECT is(public.wrong(), 'none', 'a few more are rolled up');
SELECT isnt(credits.maintain() ->> 'rolled_up', '0', 'maintain() rolls up');
SELECT is(public.wrong(), 'none', 'all of it');
SELECT is_empty('SELECT FROM credits.rollup_late UNION ALL SELECT FROM credits.rollup_late_revenue', 'nothing is named any more');
CALL public.play(60, '1 year', '2030-01-01 00:00+00');
SELECT is(public.wrong(), 'none', 'accounts are in the future');
SELECT isnt(credits.roll_up(), NULL, 'which is rolled up');
SELECT is(public.wrong(), 'none', 'the future is rolled up');
RESET pg_credits.now;
SELECT is(count(public.act()), 40::bigint, 'now, by the clock') FROM generate_series(1, 40);
SELECT is(public.wrong(), 'none', 'by the clock');
SELECT isnt(credits.roll_up(), NULL, 'rolled up');
SELECT is(public.wrong(), 'none', 'by the clock, rolled up');
SELECT is((SELECT count(DISTINCT d.what) FROM public.done d WHERE d.what NOT LIKE '% refused'), 10::bigint, 'everything has happened');

-- A clock that went back, or a database that was restored elsewhere, is noticed.
UPDATE credits.rollup_state SET rolled_until = clock_timestamp() + interval '1 day', noted_at = clock_timestamp() + interval '1 day', noted_xid = '123456789012', compared_at = clock_timestamp() + interval '1 day';
SELECT is(count(public.act()), 20::bigint, 'calls') FROM generate_series(1, 20);
SELECT isnt(credits.roll_up(), NULL, 'the next roll-up looks at all wallets');
SELECT is(public.wrong(), 'none', 'and all is right again');
SELECT cmp_ok((SELECT s.rolled_until FROM credits.rollup_state s), '<', now(), 'as of the present clock');

-- Another time zone counts from then on; what accounts earned and cost by month is told from anew.
SELECT isnt(credits.configure('{"time_zone": "America/Los_Angeles"}'), NULL, 'another time zone');
SELECT is(public.wrong('profit_guarantee'), 'none', 'months are what they were');
CALL public.play(60, '3 days', '2026-01-30 20:00+00');
SELECT is(public.wrong('profit_guarantee'), 'none', 'until the next roll-up');
SELECT isnt(credits.roll_up(), NULL, 'rolled up');
UPDATE public.comparison SET plain = replace(plain, 'Europe/Berlin', 'America/Los_Angeles') WHERE name = 'profit_guarantee';
SELECT is(public.wrong('profit_guarantee'), 'none', 'after which they are those of the new time zone');
CALL public.play(60, '3 days', '2026-01-30 20:00+00');
SELECT is(public.wrong('profit_guarantee'), 'none', 'with what is not rolled up');
SELECT isnt(credits.roll_up(), NULL, 'rolled up again');
SELECT is(public.wrong('profit_guarantee'), 'none', 'and with all of it');
SELECT is_empty('SELECT * FROM credits.verify() v WHERE v.check_name LIKE ''rollup%''', 'sums are right');
SELECT is((SELECT row(sum(cost), sum(tokens), sum(requests)) FROM credits.platform_usage), (SELECT row(sum(cost), sum(tokens), sum(requests)::numeric) FROM public.plain), 'nothing is lost or doubled');

SELECT throws_ok('SELECT credits.roll_up(0)', '22023', 'max_entries must be above zero', 'roll_up(0)');
SELECT throws_ok('SELECT credits.roll_up(NULL)', '22004', 'max_entries must not be null', 'roll_up(NULL)');
SELECT * FROM finish();
