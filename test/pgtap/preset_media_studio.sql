-- The preset media_studio: a site for images and video with an emergency brake. Everything has its price in tokens of a cent,
-- plans include units that go first, the free plan lives by the day, and the whole platform stops before it spends too much.
\ir helpers/story.sql
SELECT is(credits.load_preset('media_studio') -> 'warnings', '[]', 'the preset is loaded');

-- One call of an action by the model that makes it: tokens, cost, percent over the cost.
CREATE FUNCTION public.make(account text, action text, provider text, model text, usage jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', -r.amount, trim_scale(r.cost), trim_scale(round((-r.amount * 0.01 - r.cost) / nullif(r.cost, 0) * 100, 1)))
    FROM credits.deduct(account, action => action, provider => provider, model => model, usage => usage) r
$$;
CREATE FUNCTION public.draw(account text, images integer) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', count(*), -sum(r.amount), trim_scale(sum(r.cost)))
    FROM generate_series(1, images) n, LATERAL credits.deduct(account, action => 'dalle_image', provider => 'openai', model => 'dall-e-3-hd', usage => jsonb_build_object('images', sign(n))) r
$$;
CREATE FUNCTION public.film(account text, videos integer) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', count(*), -sum(r.amount), trim_scale(sum(r.cost)))
    FROM generate_series(1, videos) n, LATERAL credits.deduct(account, action => 'runway_8s', provider => 'runway', model => 'runway-gen3-turbo', usage => jsonb_build_object('seconds', 8 * sign(n))) r
$$;

INSERT INTO public.step (says, at, command, expected) VALUES
    -- The table.
    ('ann comes', '2026-01-05 09:00+00', $$ credits.open_account('ann') $$, 'ann'),
    ('ann has bought tokens', NULL, $$ amount FROM credits.grant('ann', 1000, source => 'pack', category => 'paid', price_paid => 10) $$, '1000'),
    ('P5.1 an image of dall-e-3-hd: 8 tokens, cost 0.08', NULL, $$ public.make('ann', 'dalle_image', 'openai', 'dall-e-3-hd', '{"images": 1}') $$, '8 0.08 0'),
    ('P5.1 flux-schnell costs nothing', NULL, $$ public.make('ann', 'free_image', 'huggingface', 'flux-schnell', '{"images": 1}') $$, '0 0'),
    ('P5.1 nor does huggingface-image', NULL, $$ public.make('ann', 'free_image', 'huggingface', 'huggingface-image', '{"images": 1}') $$, '0 0'),
    ('P5.1 both are logged all the same', NULL, $$ kind, model, usage, amount, cost FROM credits.history('ann') WHERE action = 'free_image' $$, 'deduct flux-schnell {"images": 1} 0 0; deduct huggingface-image {"images": 1} 0 0'),
    ('P5.1 runway: 5 s take 30, 20 % over the cost', NULL, $$ public.make('ann', 'runway_5s', 'runway', 'runway-gen3-turbo', '{"seconds": 5}') $$, '30 0.25 20'),
    ('P5.1 8 s take 50, 25 %', NULL, $$ public.make('ann', 'runway_8s', 'runway', 'runway-gen3-turbo', '{"seconds": 8}') $$, '50 0.4 25'),
    ('P5.1 10 s take 60, 20 %', NULL, $$ public.make('ann', 'runway_10s', 'runway', 'runway-gen3-turbo', '{"seconds": 10}') $$, '60 0.5 20'),
    ('P5.1 luma: 5 s take 20, 66.7 %', NULL, $$ public.make('ann', 'luma_5s', 'luma', 'luma-dream-machine', '{"seconds": 5}') $$, '20 0.12 66.7'),
    ('P5.1 pika: 3 s take 15, 50 %', NULL, $$ public.make('ann', 'pika_3s', 'pika', 'pika-1.5', '{"seconds": 3}') $$, '15 0.1 50'),
    ('P5.1 midjourney: 8, 100 %', NULL, $$ public.make('ann', 'midjourney_image', 'midjourney', 'midjourney', '{"images": 1}') $$, '8 0.04 100'),
    ('P5.1 sdxl-refiner: 2, 566.7 %', NULL, $$ public.make('ann', 'sdxl_refine', 'stability', 'sdxl-refiner', '{"images": 1}') $$, '2 0.003 566.7'),
    ('P5.1 flux-pro-1.1: 6, 50 %', NULL, $$ public.make('ann', 'flux_pro_image', 'bfl', 'flux-pro-1.1', '{"images": 1}') $$, '6 0.04 50'),
    ('P5.2 each call with its cost', NULL, $$ "time", user_id, service, operation, cost FROM credits.api_costs WHERE operation IN ('dalle_image', 'pika_3s') ORDER BY entry_no $$,
        '2026-01-05T09:00:00+00:00 ann openai dalle_image 0.08; 2026-01-05T09:00:00+00:00 ann pika pika_3s 0.1'),
    ('P5.2 cost by service and operation', NULL, $$ service, operation, COUNT(*) AS calls, SUM(cost) AS cost FROM credits.api_costs WHERE "time" >= DATE_TRUNC('day', credits.now()) GROUP BY service, operation ORDER BY cost DESC LIMIT 3 $$,
        'runway runway_10s 1 0.5; runway runway_8s 1 0.4; runway runway_5s 1 0.25'),
    ('P5.2 free calls too', NULL, $$ COUNT(*) AS calls, SUM(cost) AS cost FROM credits.api_costs WHERE operation = 'free_image' $$, '2 0'),
    ('P5.1 the table''s margins in one call: cost, price, percent over the cost', NULL, $$ model, action, cost, price, round(markup_pct, 1) AS pct FROM credits.price_margins() WHERE cost > 0 ORDER BY model, cost $$,
        'dall-e-3-hd dalle_image 0.08 0.08 0; flux-pro-1.1 flux_pro_image 0.04 0.06 50; luma-dream-machine luma_5s 0.12 0.2 66.7; midjourney midjourney_image 0.04 0.08 100; pika-1.5 pika_3s 0.1 0.15 50; runway-gen3-turbo runway_5s 0.25 0.3 20; runway-gen3-turbo runway_8s 0.4 0.5 25; runway-gen3-turbo runway_10s 0.5 0.6 20; sdxl-refiner sdxl_refine 0.003 0.02 566.7'),
    ('P5.1 what is free is there, too', NULL, $$ model, cost, price FROM credits.price_margins() WHERE action = 'free_image' $$, 'flux-schnell 0 0; huggingface-image 0 0'),
    ('P5.1 runway at another length, thought of', NULL, $$ price, cost, margin, markup_pct, cost_source FROM credits.price_margins(calls => '{"runway_5s": {"provider": "runway", "model": "runway-gen3-turbo", "usage": {"seconds": 6}}}') WHERE action = 'runway_5s' $$, '0.3 0.3 0 0 given'),
    ('P5.1 the alternative price of dall-e', NULL, $$ credits.configure('{"actions": {"dalle_image": {"credits": 16}}}') -> 'warnings' $$, '[]'),
    ('P5.1 16 tokens are 100 % over the cost', NULL, $$ public.make('ann', 'dalle_image', 'openai', 'dall-e-3-hd', '{"images": 1}') $$, '16 0.08 100'),
    ('P5.1 as price_margins says', NULL, $$ price, margin, margin_pct, markup_pct FROM credits.price_margins() WHERE action = 'dalle_image' $$, '0.16 0.08 50 100'),
    ('with 8 again', NULL, $$ credits.configure('{"actions": {"dalle_image": {"credits": 8}}}') -> 'warnings' $$, '[]'),
    ('P5.1 a video is held while it runs', '2026-01-05 10:00+00', $$ hold_no, amount, cost FROM credits.authorize('ann', action => 'runway_8s', provider => 'runway', model => 'runway-gen3-turbo', usage => '{"seconds": 8}') $$, '1 50 0.4'),
    ('P5.1 for 90 s and more', '2026-01-05 10:01:30+00', $$ held FROM credits.balance('ann') $$, '50'),
    ('P5.1 it is done', NULL, $$ amount, cost FROM credits.settle('ann', 1) $$, '-50 0.4'),

    -- The free plan.
    ('fay, in New York', '2026-01-05 15:00+00', $$ credits.open_account('fay', time_zone => 'America/New_York') $$, 'fay'),
    ('P5.4 free: 10 tokens a day', NULL, $$ plan, balance, resets_at FROM credits.balance('fay') $$, 'free 10 2026-01-06T05:00:00+00:00'),
    ('P5.4 a pack', NULL, $$ amount FROM credits.buy_pack('fay', 'tokens_100', 'order 1') $$, '100'),
    ('P5.4 an image is deducted before the call', NULL, $$ amount, balance FROM credits.deduct('fay', action => 'dalle_image', provider => 'openai', model => 'dall-e-3-hd', usage => '{"images": 1}') $$, '-8 102'),
    ('P5.4 from what ends today', NULL, $$ source, remaining FROM credits.lots('fay') ORDER BY lot_no $$, 'daily 2; pack 100'),
    ('P5.4 the call fails: given back', NULL, $$ amount, balance FROM credits.refund('fay', (SELECT max(entry_no) FROM credits.history('fay')), reason => 'failed') $$, '8 110'),
    ('P5.4 to where it was from', NULL, $$ source, remaining FROM credits.lots('fay') ORDER BY lot_no $$, 'daily 10; pack 100'),
    ('P5.4 ten free images', NULL, $$ public.make('fay', 'free_image', 'huggingface', 'flux-schnell', '{"images": 1}'), count(public.make('fay', 'free_image', 'huggingface', 'huggingface-image', '{"images": 1}')) FROM generate_series(1, 9) n $$, '0 0 9'),
    ('P5.4 and no eleventh', NULL, $$ outcome, http_status, limit_name FROM credits.authorize('fay', action => 'free_image', provider => 'huggingface', model => 'flux-schnell', usage => '{"images": 1}') $$, 'plan_limit_exceeded 402 free images'),
    ('P5.4 a second before her midnight', '2026-01-06 04:59:59+00', $$ balance, (SELECT outcome FROM credits.quote('fay', action => 'free_image')) AS free FROM credits.balance('fay') $$, '110 plan_limit_exceeded'),
    ('P5.4 at midnight 10 new ones, the old ones are gone, the bought ones stay', '2026-01-06 05:00+00', $$ balance, (SELECT outcome FROM credits.quote('fay', action => 'free_image')) AS free FROM credits.balance('fay') $$, '110 ok'),
    ('P5.4 she uses 12', NULL, $$ amount FROM credits.deduct('fay', 12) $$, '-12'),
    ('P5.4 the next day 10 and 98', '2026-01-07 05:00+00', $$ balance FROM credits.balance('fay') $$, '108'),

    -- Packs, after the tokens of the day.
    ('pia and pit have used their ten', '2026-01-05 09:00+00', $$ credits.open_account('pia') a, credits.open_account('pit') b, (SELECT amount FROM credits.deduct('pia', 10)) c, (SELECT amount FROM credits.deduct('pit', 10)) d $$, NULL),
    ('P5.9 100 tokens for 1 USD', NULL, $$ (SELECT amount FROM credits.buy_pack('pia', 'tokens_100', 'order 2')) a, (SELECT amount FROM credits.buy_pack('pit', 'tokens_100', 'order 3')) b $$, '100 100'),
    ('P5.9 that is revenue', NULL, $$ kind, amount FROM credits.revenue WHERE account_id = 'pia' $$, 'pack 1'),
    ('P5.9 12 images take 96 and cost 0.96', NULL, $$ public.draw('pia', 12) $$, '12 96 0.96'),
    ('P5.9 the other four are not enough for one more', NULL, $$ balance, (SELECT outcome FROM credits.quote('pia', action => 'dalle_image')) AS next FROM credits.balance('pia') $$, '4 insufficient_credits'),
    ('P5.9 2 videos of 8 s take all 100 and cost 0.80', NULL, $$ public.film('pit', 2), balance FROM credits.balance('pit') $$, '2 100 0.8 100'),
    ('P5.9 none is left', NULL, $$ balance FROM credits.balance('pit') $$, '0'),

    -- Included units.
    ('cora and pam subscribe', '2026-01-06 09:00+00', $$ credits.open_account('cora', 'creator') a, credits.open_account('pam', 'pro') b $$, 'cora pam'),
    ('P5.8 unpaid, nothing is included', NULL, $$ outcome, amount FROM credits.quote('cora', action => 'dalle_image', provider => 'openai', model => 'dall-e-3-hd', usage => '{"images": 1}') $$, 'insufficient_credits 8'),
    ('cora pays 9, pam 19.99', NULL, $$ (SELECT kind FROM credits.record_payment('cora', 'subscription', 9, 'invoice c1')) IS NOT NULL AS c, (SELECT kind FROM credits.record_payment('pam', 'subscription', 19.99, 'invoice p1')) IS NOT NULL AS p $$, 'true true'),
    ('cora has bought tokens, too', NULL, $$ amount FROM credits.buy_pack('cora', 'tokens_100', 'order 4') $$, '100'),
    ('P5.8 creator: 10 images are included', NULL, $$ public.draw('cora', 10) $$, '10 0 0.8'),
    ('P5.8 and 15 videos of 8 s', NULL, $$ public.film('cora', 15) $$, '15 0 6'),
    ('P5.8 that cost 6.80: 2.20 of 9 are left, 24.4 %', NULL, $$ sum(h.cost) AS cost, 9 - sum(h.cost) AS profit, round((9 - sum(h.cost)) / 9 * 100, 1) AS percent FROM credits.history('cora') h WHERE h.cost > 0 $$, '6.8 2.2 24.4'),
    ('P5.8 the eleventh takes tokens', NULL, $$ public.draw('cora', 1) $$, '1 8 0.08'),
    ('P5.8 so does the sixteenth', NULL, $$ public.film('cora', 1) $$, '1 50 0.4'),
    ('P5.8 pro: 30 images', NULL, $$ public.draw('pam', 30) $$, '30 0 2.4'),
    ('P5.8 and 30 videos of 8 s', NULL, $$ public.film('pam', 30) $$, '30 0 12'),
    ('P5.8 that cost 14.40: 5.59 of 19.99 are left, 28.0 %', NULL, $$ sum(h.cost) AS cost, 19.99 - sum(h.cost) AS profit, round((19.99 - sum(h.cost)) / 19.99 * 100, 1) AS percent FROM credits.history('pam') h WHERE h.cost > 0 $$, '14.4 5.59 28'),
    ('P5.8 the next month is paid', '2026-02-06 09:00+00', $$ kind IS NOT NULL AS paid FROM credits.record_payment('cora', 'subscription', 9, 'invoice c2') $$, 'true'),
    ('P5.8 and has its own', NULL, $$ public.draw('cora', 1), public.film('cora', 1) $$, '1 0 0.08 1 0 0.4'),
    ('P5.8 creator''s margin', NULL, $$ price, cost, margin, round(margin_pct, 1) AS pct, is_losing FROM credits.plan_margin('creator') WHERE basis = 'full_use' $$, '9 6.8 2.2 24.4 false'),
    ('P5.8 pro''s', NULL, $$ price, cost, margin, round(margin_pct, 1) AS pct, is_losing FROM credits.plan_margin('pro') WHERE basis = 'full_use' $$, '19.99 14.4 5.59 28 false'),
    ('P5.8 creator with 20 and 30 of 5 s: -0.10, losing', NULL, $$ cost, margin, is_losing FROM credits.plan_margin('creator', '{"includes": [{"model": "dall-e-3-hd", "usage": {"images": 20}}, {"model": "runway-gen3-turbo", "usage": {"seconds": 150}}]}') $$, '9.1 -0.1 true'),
    ('P5.8 a pro of 19.99 with 50 and 60 of 8 s: -8.01, losing', NULL, $$ cost, margin, is_losing FROM credits.plan_margin('pro for more', '{"price": "19.99", "includes": [{"model": "dall-e-3-hd", "usage": {"images": 50}}, {"model": "runway-gen3-turbo", "usage": {"seconds": 480}}]}') $$, '28 -8.01 true'),
    ('P5.8 asking has changed nothing', NULL, $$ count(*) FROM credits.plan $$, '3'),
    ('P5.8 creator with 20 and 30 of 5 s would lose', NULL, $$ credits.configure('{"plans": {"creator_20": {"price": "9", "interval": "1 month", "charge": {"by": "action"},
        "includes": [{"model": "dall-e-3-hd", "usage": {"images": 20}}, {"model": "runway-gen3-turbo", "usage": {"seconds": 150}}]}}}') ->> 'warnings' $$, '["plans.creator_20: its credits and included units cost 9.1 USD, more than its price of 9 USD"]'),
    ('P5.8 pro with 50 and 60 of 8 s too', NULL, $$ credits.configure('{"plans": {"creator_20": null, "pro_50": {"price": "19.99", "interval": "1 month", "charge": {"by": "action"},
        "includes": [{"model": "dall-e-3-hd", "usage": {"images": 50}}, {"model": "runway-gen3-turbo", "usage": {"seconds": 480}}]}}}') ->> 'warnings' $$, '["plans.pro_50: its credits and included units cost 28 USD, more than its price of 19.99 USD"]'),
    ('P5.8 neither is kept', NULL, $$ credits.configure('{"plans": {"pro_50": null}}') ->> 'warnings' $$, '[]'),

    -- Promotions.
    ('rob and his friend', '2026-02-10 09:00+00', $$ credits.open_account('rob') a, credits.open_account('friend') b $$, 'rob friend'),
    ('P5.6 rob brings his friend', NULL, $$ credits.refer('rob', 'friend') $$, NULL),
    ('P5.6 which is worth nothing yet', NULL, $$ balance FROM credits.balance('rob') $$, '10'),
    ('P5.6 the friend''s first payment', NULL, $$ amount FROM credits.buy_pack('friend', 'tokens_100', 'order 5') $$, '100'),
    ('P5.6 brings rob 50 tokens', NULL, $$ balance FROM credits.balance('rob') $$, '60'),
    ('P5.6 the second', NULL, $$ amount FROM credits.buy_pack('friend', 'tokens_100', 'order 6') $$, '100'),
    ('P5.6 brings nothing more', NULL, $$ balance FROM credits.balance('rob') $$, '60'),
    ('P5.5 the bonus is promotion cost, no revenue', NULL, $$ kind, amount, promotion_cost FROM credits.revenue WHERE account_id = 'rob' $$, 'referral 0 0.5'),
    ('500 players', NULL, $$ count(credits.open_account('player ' || n)) FROM generate_series(1, 500) n $$, '500'),
    ('P5.7 each spins', NULL, $$ count(credits.spin('player ' || n)) FROM generate_series(1, 500) n $$, NULL),
    ('P5.7 about one in five wins', NULL, $$ count(*) BETWEEN 65 AND 135 AS about_100 FROM credits.revenue WHERE account_id LIKE 'player %' AND kind = 'prize' $$, 'true'),
    ('P5.5 a prize is 0.25 of promotion cost, no revenue', NULL, $$ DISTINCT kind, amount, promotion_cost FROM credits.revenue WHERE account_id LIKE 'player %' $$, 'prize 0 0.25'),
    ('P5.7 each is good for a video of 5 s', NULL, $$ bool_and(q.allowed) AS all FROM credits.revenue r, credits.quote(r.account_id, action => 'runway_5s') q WHERE r.account_id LIKE 'player %' $$, 'true'),
    ('P5.7 and for no one else', NULL, $$ count(*) FROM generate_series(1, 500) n, credits.quote('player ' || n, action => 'runway_5s') q WHERE q.allowed AND NOT EXISTS (SELECT FROM credits.revenue r WHERE r.account_id = 'player ' || n) $$, '0'),
    ('P5.7 once a day', NULL, $$ public.spin_again() $$, 'true'),
    ('P5.7 expected: 0.05 a day, 1.50 in 30 days', NULL, $$ substring(credits.report() FROM '(?n)^Prize wheel: .*$') $$, 'Prize wheel: 0.05 USD expected of each turn, 1.50 USD of an account that takes all 30 turns of 30 days'),
    ('P5.5 subscriptions, purchases, prizes and bonuses are all there', NULL, $$ string_agg(DISTINCT kind, ' ' ORDER BY kind) FROM credits.revenue $$, 'pack prize referral subscription'),
    ('P5.5 only the first two are revenue', NULL, $$ string_agg(DISTINCT kind, ' ' ORDER BY kind) FROM credits.revenue WHERE amount > 0 AND promotion_cost = 0 $$, 'pack subscription');

-- A second spin of the same day, whatever it answers, wins nothing and loses nothing.
CREATE FUNCTION public.spin_again() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    before bigint := (SELECT count(*) FROM credits.revenue r WHERE r.kind = 'prize');
BEGIN
    FOR n IN 1 .. 50 LOOP
        BEGIN
            PERFORM credits.spin('player ' || n);
        EXCEPTION WHEN SQLSTATE 'PT429' THEN NULL;
        END;
    END LOOP;
    RETURN before = (SELECT count(*) FROM credits.revenue r WHERE r.kind = 'prize');
END $$;

-- The brake. A call is worth so many USD of runway's seconds.
CREATE FUNCTION public.burn(account text, usd integer) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', d.outcome, d.http_status) FROM credits.authorize(account, 1, provider => 'runway', model => 'runway-gen3-turbo', usage => jsonb_build_object('seconds', usd * 20), ttl => '1 hour') d
$$;
CREATE FUNCTION public.settle_all(account text) RETURNS bigint LANGUAGE sql AS $$ SELECT count(credits.settle(account, h.hold_no)) FROM credits.holds(account) h $$;

-- A line of the report, without the blanks that align it.
CREATE FUNCTION public.line_of(begins text) RETURNS text LANGUAGE sql AS
    $$ SELECT btrim(regexp_replace(substring(credits.report() FROM '(?n)^' || begins || '.*$'), ' +', ' ', 'g')) $$;

INSERT INTO public.step (says, at, command, expected) VALUES
    ('rex has tokens', '2026-03-01 10:00+00', $$ credits.open_account('rex') a, (SELECT amount FROM credits.grant('rex', 1000)) b $$, NULL),
    ('P5.3 49 USD in an hour', NULL, $$ public.burn('rex', 49) $$, 'ok 200'),
    ('P5.3 held or spent, all is well', NULL, $$ spend_hour, spend_today, state FROM credits.platform_status $$, '49 49 green'),
    ('P5.3 50 warn', NULL, $$ public.burn('rex', 1) $$, 'ok 200'),
    ('P5.3 and stop nothing', NULL, $$ spend_hour, state, paused FROM credits.platform_status $$, '50 yellow false'),
    ('P5.3 the warning is on record', NULL, $$ kind FROM credits.platform_event ORDER BY event_no DESC LIMIT 1 $$, 'warn'),
    ('they are settled', NULL, $$ public.settle_all('rex') $$, '2'),
    ('P5.3 445 more in the afternoon', '2026-03-01 15:00+00', $$ public.burn('rex', 445) $$, 'ok 200'),
    ('P5.3 5 are left of the day, which two calls at once want', NULL, $$ public.burn('rex', 3) a, public.burn('ann', 3) b $$, 'ok 200 platform_paused 503'),
    ('P5.3 the small one that comes next', NULL, $$ public.burn('rex', 2) $$, 'platform_paused 503'),
    ('P5.3 everything has stopped, also for others', NULL, $$ outcome, http_status FROM credits.authorize('ann', action => 'sdxl_refine', provider => 'stability', model => 'sdxl-refiner', usage => '{"images": 1}') $$, 'platform_paused 503'),
    ('P5.3 at 498, never past 500', NULL, $$ paused, spend_today, state FROM credits.platform_status $$, 'true 498 red'),
    ('P5.3 calls that run are charged', NULL, $$ public.settle_all('rex') $$, '2'),
    ('P5.3 it stays so the next day', '2026-03-02 09:00+00', $$ public.burn('rex', 1), paused FROM credits.platform_status $$, 'platform_paused 503 true'),
    ('P5.3 until a person resumes', NULL, $$ credits.resume() $$, 'none'),
    ('P5.3 now calls go on', NULL, $$ public.burn('rex', 1) $$, 'ok 200'),
    ('P5.3 or, if so set, until the day ends', '2026-03-03 09:00+00', $$ credits.configure('{"brake": {"resume": "window"}}') -> 'warnings' $$, '[]'),
    ('P5.3 500 are spent', NULL, $$ public.burn('rex', 500) $$, 'ok 200'),
    ('P5.3 that is the end of this day', '2026-03-03 23:59:59+00', $$ public.burn('rex', 1) $$, 'platform_paused 503'),
    ('P5.3 not of the next', '2026-03-04 00:00+00', $$ public.burn('rex', 1) $$, 'ok 200'),
    ('P5.3 a day whose calls earn 20 %', '2026-03-10 09:00+00', $$ (SELECT amount FROM credits.buy_pack('pit', 'tokens_100', 'order 7')) a, public.film('pit', 2) b $$, '100 2 100 0.8'),
    ('P5.3 is well', NULL, $$ revenue_today, spend_today, margin_today, state FROM credits.platform_status $$, '1 0.8 0.2 green'),
    ('P5.3 one more, and they earn less: yellow', NULL, $$ public.draw('pit', 1) $$, '1 8 0.08'),
    ('P5.3 as watched', NULL, $$ margin_today, state FROM credits.platform_status $$, '0.12 yellow'),
    ('P5.10 yellow, and why', NULL, $$ public.line_of('State') $$, 'State: yellow, today''s margin is below 20.00 %'),
    ('P5.10 the hour: cost, revenue, profit, margin, calls', NULL, $$ public.line_of('this hour') $$, 'this hour 0.88 1.00 0.12 12.00 % 3'),
    ('P5.10 the day', NULL, $$ public.line_of('today') $$, 'today 0.88 1.00 0.12 12.00 % 3'),
    ('P5.10 the month, with its losses', NULL, $$ public.line_of('this month') $$, 'this month 498.88 1.00 -497.88 -49788.00 % 7'),
    ('P5.10 the brake', NULL, $$ public.line_of('Brake: .* hour') h, public.line_of('Brake: .* day') d $$, 'Brake: 0.88 USD this hour, calls that run included, warns at 50.00 Brake: 0.88 USD this day, calls that run included, stops at 500.00'),
    ('P5.10 cost by service', NULL, $$ public.line_of('  openai') $$, 'openai 0.08 1'),
    ('P5.10 cost by operation', NULL, $$ public.line_of('  runway_8s') a, public.line_of('  dalle_image') b $$, 'runway_8s runway-gen3-turbo 0.80 2 dalle_image dall-e-3-hd 0.08 1'),
    ('P5.10 those who cost most', NULL, $$ public.line_of('  rex') a, public.line_of('  pit') b $$, 'rex 498.00 0.00 pit 0.88 1.00');

-- An hour of the dashboard: revenue 10, of which 8.80 are left.
INSERT INTO public.step (says, at, command, expected) VALUES
    ('a payment of 10', '2026-09-01 10:10+00', $$ credits.open_account('dan') a, (SELECT r.amount FROM credits.record_payment('dan', 'other', 10, 'hour', fee => 0.59) r) b $$, 'dan 0'),
    ('a cost of 1.20', '2026-09-01 10:20+00', $$ cost FROM credits.record_cost('dan', 'openai', 'dall-e-3-hd', '{"images": 15}') $$, '1.2'),
    ('a cost of 0.40 an hour later', '2026-09-01 11:20+00', $$ cost FROM credits.record_cost('dan', 'runway', 'runway-gen3-turbo', '{"seconds": 8}') $$, '0.4'),
    ('P5.2 cost, revenue, profit and margin of the hours', NULL, $$ hour, cost, revenue, profit, margin, margin_pct FROM credits.hourly_stats WHERE hour >= '2026-09-01' ORDER BY hour $$,
        '2026-09-01T10:00:00+00:00 1.2 10 8.8 0.88 88; 2026-09-01T11:00:00+00:00 0.4 0 -0.4'),
    ('P5.2 of the day, with what the payment cost', NULL, $$ day, cost, revenue, profit, margin_pct, fee, net_profit FROM credits.daily_stats WHERE day >= '2026-09-01' $$, '2026-09-01 1.6 10 8.4 84 0.59 7.81'),
    ('P5.2 the same when it is rolled up', NULL, $$ credits.roll_up() > 0 AS rolled, (SELECT profit FROM credits.daily_stats WHERE day >= '2026-09-01') AS profit $$, 'true 8.4');

CALL public.play();
SELECT public.tests();
SELECT is_empty('SELECT * FROM credits.verify()', 'verify() finds nothing');
SELECT * FROM finish();
