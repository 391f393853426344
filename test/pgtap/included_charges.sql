-- Units that a plan includes: used before credits, by every way of charging, given back with the hold that set them
-- aside, fresh with each period.
\ir helpers/tap.sql
SET pg_credits.now = '2026-01-10 12:00:00+00';
SELECT isnt(credits.configure('{
    "plans": {"creator": {"interval": "1 month", "grant_on": "clock", "credits": 100, "renewal": "accumulate",
                          "includes": [{"model": "paint", "usage": {"images": 10}}, {"provider": "cam", "model": "film", "usage": {"seconds": 60}}]},
              "action plan": {"credits": 100, "charge": {"by": "action"}, "includes": [{"model": "paint", "usage": {"images": 3}}]}},
    "actions": {"poster": {"credits": 8}},
    "prices": [{"provider": "art", "model": "paint", "metric": "images", "price": "0.04"},
               {"provider": "art", "model": "paint", "metric": "pages", "price": "0.01"},
               {"provider": "cam", "model": "film", "metric": "seconds", "price": "0.05"},
               {"provider": "other", "model": "film", "metric": "seconds", "price": "0.05"}]}'), NULL, 'configured');
SELECT is(credits.open_account('ann', 'creator'), 'ann', 'opened');

-- What a call charged, cost and used of the plan's units.
CREATE FUNCTION public.charged(account_id text) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s credits, %s USD, %s', -l.amount, l.cost, coalesce(l.included::text, 'nothing included'))
    FROM credits.ledger l WHERE l.account_id = $1 AND l.kind IN ('deduct', 'settle') ORDER BY l.entry_no DESC LIMIT 1
$$;
CREATE FUNCTION public.paint(images numeric, action text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM credits.deduct('ann', provider => 'art', model => 'paint', usage => jsonb_build_object('images', images), action => $2);
    RETURN public.charged('ann');
END $$;

SELECT is(public.paint(3), '0 credits, 0.12 USD, {"images": 3}', 'three of ten: nothing charged, the cost is on the books');
SELECT is((credits.authorize('ann', provider => 'art', model => 'paint', usage => '{"images": 5}')).amount, 0::numeric, 'five are set aside, no credits held');
SELECT is(public.paint(4), '8 credits, 0.16 USD, {"images": 2}', 'of four, two are left; two are charged');
SELECT is(public.paint(1), '4 credits, 0.04 USD, nothing included', 'none is left while the hold is open');
SELECT is((credits.release('ann', 1)).kind, 'release', 'the hold is released');
SELECT is(public.paint(1), '0 credits, 0.04 USD, {"images": 1}', 'and its units are there again');
SELECT is((credits.authorize('ann', provider => 'art', model => 'paint', usage => '{"images": 4}')).hold_no, 2::bigint, 'the last four set aside');
SELECT is((credits.settle('ann', 2, usage => '{"images": 6}')).amount, -8::numeric, 'six used: four are its own, two are charged');
SELECT is(public.charged('ann'), '8 credits, 0.24 USD, {"images": 4}', 'as the ledger says');
SELECT is(public.paint(1), '4 credits, 0.04 USD, nothing included', 'now all are used');

SELECT is((credits.deduct('ann', provider => 'cam', model => 'film', usage => '{"seconds": 10}')).amount, 0::numeric, 'units of a provider''s model');
SELECT is((credits.deduct('ann', provider => 'other', model => 'film', usage => '{"seconds": 10}')).amount, -50::numeric, 'not of another provider''s');

SET pg_credits.now = '2026-02-10 12:00:00+00';
SELECT is(public.paint(9), '0 credits, 0.36 USD, {"images": 9}', 'a new period has its own ten');
SELECT is((credits.deduct('ann', provider => 'art', model => 'paint', usage => '{"images": 1, "pages": 1}')).amount, -1::numeric, 'what is not included beside them is charged');

-- Credits are not needed for what is included.
SELECT is((credits.void_lot('ann', l.lot_no)).kind, 'void', 'all credits are gone') FROM credits.lots('ann') l;
SET pg_credits.now = '2026-02-11 12:00:00+00';
SELECT is((credits.authorize('ann', provider => 'cam', model => 'film', usage => '{"seconds": 60}')).outcome, 'ok', 'sixty seconds without a credit');
SELECT is((credits.authorize('ann', provider => 'cam', model => 'film', usage => '{"seconds": 1}')).outcome, 'insufficient_credits', 'but no more');
SET pg_credits.now = '2026-02-11 12:05:00+00';
SELECT is((credits.authorize('ann', provider => 'cam', model => 'film', usage => '{"seconds": 60}')).outcome, 'ok', 'a hold that timed out gives its units back');

-- A fixed price is paid in full, or not at all.
SELECT is(credits.open_account('bob', 'action plan'), 'bob', 'another plan');
CREATE FUNCTION public.poster(images numeric) RETURNS numeric LANGUAGE sql AS $$
    SELECT -(credits.deduct('bob', action => 'poster', provider => 'art', model => 'paint', usage => jsonb_build_object('images', $1))).amount
$$;
SELECT is(public.poster(2), 0::numeric, 'two of three are included');
SELECT is(public.poster(2), 8::numeric, 'of two only one is left: the price is paid');
SELECT is(public.poster(1), 0::numeric, 'and that one is still there');
SELECT is(public.poster(1), 8::numeric, 'until it is used');
SELECT is_empty('SELECT * FROM credits.verify()', 'verify() finds nothing');
SELECT * FROM finish();
