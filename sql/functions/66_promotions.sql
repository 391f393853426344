-- What earns or gives credits without a payment: consents, referrals, the prize wheel, gifts. All of it is on the
-- books of revenue, what is given away as promotion cost.

CREATE OR REPLACE FUNCTION credits.consent_terms() RETURNS TABLE (kind text, usd numeric, credits numeric)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.kind, c.usd, credits.credits_for_usd(c.usd)
    FROM (SELECT e.key, (e.value ->> 'monthly_usd')::numeric FROM jsonb_each(credits.section('consents')) e) c(kind, usd)
$$;
REVOKE EXECUTE ON FUNCTION credits.consent_terms() FROM PUBLIC;
COMMENT ON FUNCTION credits.consent_terms() IS 'Internal: the configured consents: USD a month, and the credits that they buy at the unit''s price_usd (null where it has none).';

CREATE FUNCTION credits.set_consent(account_id text, kind text, given boolean) RETURNS credits.receipt
AS 'MODULE_PATHNAME', 'credits_set_consent' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.set_consent(text, text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION credits.set_consent(text, text, boolean) IS 'Notes that an account gives a consent (one of consents of the configuration), or withdraws it. While it stands, each of its months is booked as revenue of kind consent, its monthly_usd, and grants the credits that this buys at the unit''s price_usd: the first one at once, the next a calendar month later in the account''s zone, and so on, by themselves.
Withdrawn, no further month is booked; what was booked stays. Given again before the latest month is over, the next one follows on it; later, months are counted from then. Months take the monthly_usd of when they are booked; a consent that is not configured any more earns nothing.
Result: the receipt of the month at hand, of kind grant (adjust where the unit has no price_usd), replayed where it was booked before; null where given is false or the consent earns nothing.
Errors: PT404 no such account, PT403 closed (withdrawing is possible), 22004 null, 22023 no such consent. Locks: the account''s wallet row.';

CREATE FUNCTION credits.due_revenue(account_id text)
RETURNS TABLE (occurred_at timestamptz, kind text, amount numeric, reference text, entry_no bigint)
AS 'MODULE_PATHNAME', 'credits_due_revenue' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits.due_revenue(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.due_revenue(text) IS 'Months of consents that are due and that no call has written yet, as they will be on the books; the view revenue shows them.
Result: occurred_at: when the month began; kind: consent; amount: USD; reference: the consent; entry_no: of the ledger, as it will be. Errors: PT404 no such account, 22004 null. Locks: none.';

CREATE OR REPLACE FUNCTION credits.refuse_account(account_id text, status text) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'PT403', MESSAGE = format('account "%s" is %s', $1, $2),
        DETAIL = jsonb_build_object('outcome', 'account_' || $2, 'http_status', 403, 'account_id', $1)::text,
        HINT = CASE $2 WHEN 'closed' THEN 'a closed account is opened again by credits.open_account with the same facts' ELSE 'lift it with credits.unfreeze once the reason is gone' END;
END $$;
REVOKE EXECUTE ON FUNCTION credits.refuse_account(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.refuse_account(text, text) IS 'Internal: raises PT403 for an account that is closed or frozen.';

CREATE OR REPLACE FUNCTION credits.is_paid_by_account(kind text, amount numeric) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$ SELECT amount > 0 AND kind NOT IN ('affiliate', 'consent') $$;
REVOKE EXECUTE ON FUNCTION credits.is_paid_by_account(text, numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.is_paid_by_account(text, numeric) IS 'Internal: whether a payment of a kind is money of the account itself; commissions and what consents earn are others''.';

CREATE OR REPLACE FUNCTION credits.referral_root(account_id text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE chain(account_id, referred_by) AS (
        SELECT a.account_id, a.referred_by FROM credits.account a WHERE a.account_id = $1
        UNION SELECT a.account_id, a.referred_by FROM chain c JOIN credits.account a ON a.account_id = c.referred_by
    )
    SELECT coalesce((SELECT c.account_id FROM chain c WHERE c.referred_by IS NULL), $1)
$$;
REVOKE EXECUTE ON FUNCTION credits.referral_root(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.referral_root(text) IS 'Internal: the first account of the chain of referrals that led to an account; itself where nobody referred it.';

CREATE OR REPLACE FUNCTION credits.lock_referral(account_id text, referred_account_id text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    root   text;
    locked text;
BEGIN
    -- Chains grow where they begin, so whoever joins two of them holds both beginnings: two that together
    -- would close a ring come one after the other. A beginning that was joined to another meanwhile is none.
    LOOP
        root := credits.referral_root($1);
        FOR locked IN SELECT DISTINCT n.account_id FROM unnest(ARRAY[root, $2] COLLATE "C") n(account_id) ORDER BY n.account_id LOOP
            PERFORM credits.lock_account(locked);
        END LOOP;
        -- Above READ COMMITTED a chain that was joined since the snapshot is a lost race here.
        PERFORM FROM credits.account a WHERE a.account_id IN (root, $2) FOR NO KEY UPDATE;
        EXIT WHEN credits.referral_root($1) = root;
    END LOOP;
    RETURN root;
END $$;
REVOKE EXECUTE ON FUNCTION credits.lock_referral(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.lock_referral(text, text) IS 'Internal: locks what a referral rests on: the referred account, and the first of the chain that led to the referrer. Result: that first account. Errors: PT404.';

CREATE OR REPLACE FUNCTION credits.refer_as_owner(account_id text, referred_account_id text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off
AS $$
DECLARE
    root   text;
    known  text;
    closed text;
BEGIN
    PERFORM credits.require_text($1, 'account_id'), credits.require_text($2, 'referred_account_id');
    IF $1 = $2 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'an account cannot refer itself', DETAIL = 'argument referred_account_id', HINT = 'name the account that was brought';
    END IF;
    root := credits.lock_referral($1, $2);
    SELECT a.referred_by INTO known FROM credits.account a WHERE a.account_id = $2;
    IF known = $1 THEN
        RETURN false;
    ELSIF known IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object', MESSAGE = 'the account was referred by another one',
            DETAIL = format('account "%s" was referred by "%s"', $2, known), HINT = 'an account is referred once';
    ELSIF root = $2 THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = 'accounts cannot refer one another in a ring',
            DETAIL = format('account "%s" was brought by "%s", directly or by others', $1, $2), HINT = 'who was there first cannot have been referred by whom it brought';
    END IF;
    SELECT w.account_id INTO closed FROM credits.wallet w WHERE w.account_id IN ($1, $2) AND w.status = 'closed' ORDER BY w.account_id LIMIT 1;
    IF FOUND THEN
        PERFORM credits.refuse_account(closed, 'closed');
    END IF;
    IF EXISTS (SELECT FROM credits.payment p WHERE p.account_id = $2 AND credits.is_paid_by_account(p.kind, p.amount)) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = 'the account has paid already, so it cannot be referred any more',
            DETAIL = format('account "%s"', $2), HINT = 'a referral is told before the first payment: call credits.refer when the account is opened';
    END IF;
    INSERT INTO credits.referral (account_id, referred_account_id, referred_at) VALUES ($1, $2, credits.now());
    UPDATE credits.account a SET referred_by = $1 WHERE a.account_id = $2;
    RETURN true;
END $$;
REVOKE EXECUTE ON FUNCTION credits.refer_as_owner(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.refer_as_owner(text, text) IS 'Internal: what refer() does, with the rights of the tables'' owner.';

CREATE FUNCTION credits.refer(account_id text, referred_account_id text) RETURNS boolean
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.refer(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.refer(text, text) IS 'Notes that one account brought another. With the first payment above 0 of the referred account (subscription, pack or other) the referrer gets promotions.referral.credits of the configuration, source referral, in the same transaction; the books carry them as promotion cost. Where no bonus is configured then, or the referrer is closed, none comes, and the referral says why. The bonus stays where the payment is refunded later; void_lot() takes it back.
Result: true; false where this referral was noted before. Errors: PT404 no such account, PT403 one is closed, 22004 null, 22023 an account itself, 42710 another account has referred it, 55000 it has paid already, or accounts would refer one another in a ring. Locks: the wallet rows of the referred account and of the first of the chain that led to the referrer.';

CREATE OR REPLACE FUNCTION credits.lock_payer(account_id text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    locked text;
BEGIN
    PERFORM credits.require_text($1, 'account_id');
    FOR locked IN SELECT n.account_id FROM (
                      SELECT $1
                      UNION SELECT w.account_id
                      FROM credits.account a JOIN credits.referral r ON r.account_id = a.referred_by AND r.referred_account_id = a.account_id AND r.paid_at IS NULL
                      JOIN credits.wallet w ON w.account_id = r.account_id WHERE a.account_id = $1) n(account_id)
                  ORDER BY n.account_id COLLATE "C" LOOP
        PERFORM credits.lock_account(locked);
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION credits.lock_payer(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.lock_payer(text) IS 'Internal: takes the wallet lock of an account that pays, and of who referred it where that may bring a bonus, in the order in which batches of calls take theirs. Errors: PT404, 22004, 22023.';

CREATE OR REPLACE FUNCTION credits.reward_referrer(account_id text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
-- The receipt is one row of a composite type: @plpgsql_check_options: performance_warnings = off
DECLARE
    referrer text;
    bonus    numeric := (credits.section('promotions') #>> '{referral,credits}')::numeric;
    status   text;
    missing  text;
    receipt  credits.receipt;
BEGIN
    SELECT a.referred_by INTO referrer FROM credits.account a WHERE a.account_id = $1 FOR NO KEY UPDATE;
    IF referrer IS NULL OR EXISTS (SELECT FROM credits.referral r WHERE r.account_id = referrer AND r.referred_account_id = $1 AND r.paid_at IS NOT NULL) THEN
        RETURN;
    END IF;
    SELECT w.status INTO status FROM credits.wallet w WHERE w.account_id = referrer FOR NO KEY UPDATE;
    -- What is wrong with the referrer must not stop the payment of another.
    missing := CASE WHEN coalesce(bonus, 0) = 0 THEN 'no bonus was configured' WHEN status IS NULL THEN 'the referrer was gone' WHEN status = 'closed' THEN 'the referrer was closed' END;
    IF missing IS NULL THEN
        receipt := credits.post_payment(referrer, 0, 'referral of ' || $1, '{}', NULL, bonus, 'referral', 'promotional', NULL, NULL);
        PERFORM credits.book_revenue(referrer, 'referral', 0, $1, credits.now(), promotion_cost => bonus * (SELECT p.value_usd FROM credits.platform p), entry_no => receipt.entry_no);
    END IF;
    UPDATE credits.referral r SET paid_at = credits.now(), entry_no = receipt.entry_no, remark = missing
    WHERE r.account_id = referrer AND r.referred_account_id = $1;
END $$;
REVOKE EXECUTE ON FUNCTION credits.reward_referrer(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.reward_referrer(text) IS 'Internal: gives whoever referred an account the configured bonus, once, when the account has paid. Locks the referrer''s wallet row, where lock_payer has not done so.';

CREATE FUNCTION credits.window_of(time_zone text, anchor timestamptz, length interval, moment timestamptz)
RETURNS TABLE (window_start timestamptz, window_end timestamptz)
AS 'MODULE_PATHNAME', 'credits_window_of' LANGUAGE C STABLE PARALLEL SAFE ROWS 1;
REVOKE EXECUTE ON FUNCTION credits.window_of(text, timestamptz, interval, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.window_of(text, timestamptz, interval, timestamptz) IS 'Internal: the window of a length that contains a moment: one day runs from midnight to midnight of the zone; any other is counted from the anchor, months and days on the zone''s wall clock. length: at most 100 years. Errors: 22004 null, 22023.';

CREATE OR REPLACE FUNCTION credits.wheel_number(account_id text, window_start timestamptz) RETURNS numeric
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- The number comes first: it ends at the blank, whatever the account is called.
    message text := format('%s %s', (extract(epoch FROM window_start) * 1000000)::bigint, $1);
    digest  bytea := credits.hmac_sha256(convert_to(message, 'UTF8'), (SELECT convert_to(s.value, 'UTF8') FROM credits.secret s WHERE s.name = 'prize_wheel'));
    number  numeric := 0;
BEGIN
    FOR i IN 0 .. 31 LOOP
        number := number * 256 + get_byte(digest, i);
    END LOOP;
    RETURN number;
END $$;
REVOKE EXECUTE ON FUNCTION credits.wheel_number(text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.wheel_number(text, timestamptz) IS 'Internal: where the wheel stands for an account in a window: a whole number from 0 to below 2^256, by HMAC-SHA256 of both under the database''s secret, so that it is the same however often it is asked.';

CREATE OR REPLACE FUNCTION credits.prize_of_wheel() RETURNS TABLE (every interval, odds numeric, prize jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
-- Tables are read by functions: @plpgsql_check_options: performance_warnings = off
DECLARE
    wheel jsonb := credits.section('promotions') -> 'prize_wheel';
    won   jsonb := wheel -> 'prize';
    given numeric := (won ->> 'credits')::numeric;
    cost  numeric;
    unit  record;
BEGIN
    IF coalesce(wheel, 'null') = 'null' THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = 'no prize wheel is configured', DETAIL = 'promotions.prize_wheel',
            HINT = 'SELECT credits.configure(''{"promotions": {"prize_wheel": {"odds": "0.20", "prize": {"model": "m", "usage": {"seconds": 5}}}}}'')';
    END IF;
    cost := credits.included_cost(jsonb_build_array(won - 'credits'));
    IF cost IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'what the prize costs is not known', DETAIL = 'promotions.prize_wheel.prize',
            HINT = 'a price is missing, or the provider, where a model is more than one provider''s';
    END IF;
    IF given IS NULL THEN
        SELECT p.value_usd, ('1e' || p.scale)::numeric AS steps INTO unit FROM credits.platform p;
        given := (div(cost * unit.steps, unit.value_usd) + (mod(cost * unit.steps, unit.value_usd) > 0)::integer) / unit.steps;
    END IF;
    RETURN QUERY SELECT (wheel ->> 'every')::interval, (wheel ->> 'odds')::numeric,
                        jsonb_strip_nulls(won || jsonb_build_object('credits', trim_scale(given), 'cost', trim_scale(cost)));
END $$;
REVOKE EXECUTE ON FUNCTION credits.prize_of_wheel() FROM PUBLIC;
COMMENT ON FUNCTION credits.prize_of_wheel() IS 'Internal: the configured prize wheel; prize: provider, model, usage, credits (where none are configured, what the usage costs at the unit''s value, rounded up), cost in USD by the prices of now. Errors: 55000 none is configured, 22023 a price is missing.';

CREATE OR REPLACE FUNCTION credits.spin_answer(turn credits.turn_facts, replayed boolean) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('won', turn.won, 'window_start', turn.window_start, 'next_at', turn.window_end, 'odds', turn.odds,
        'credits', turn.prize -> 'credits', 'prize', turn.prize - 'credits', 'entry_no', turn.entry_no, 'replayed', replayed))
$$;
REVOKE EXECUTE ON FUNCTION credits.spin_answer(credits.turn_facts, boolean) FROM PUBLIC;
COMMENT ON FUNCTION credits.spin_answer(credits.turn_facts, boolean) IS 'Internal: the answer of spin().';

CREATE OR REPLACE FUNCTION credits.spin_as_owner(account_id text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off
AS $$
-- The receipt is one row of a composite type: @plpgsql_check_options: performance_warnings = off
DECLARE
    account  record;
    wheel    record;
    turn     credits.turn_facts;
    last_end timestamptz;
    receipt  credits.receipt;
    two_256 constant numeric := 115792089237316195423570985008687907853269984665640564039457584007913129639936;
BEGIN
    PERFORM credits.lock_account($1);
    SELECT w.status, greatest(credits.now(), w.clock) AS now, a.time_zone, a.anchor INTO account
    FROM credits.wallet w JOIN credits.account a ON a.account_id = w.account_id WHERE w.account_id = $1;
    -- A window that has begun runs to its end, also where the wheel is configured anew.
    SELECT s.window_start, s.window_end, s.odds, s.won, s.prize, s.entry_no INTO turn
    FROM credits.spin s WHERE s.account_id = $1 ORDER BY s.window_start DESC LIMIT 1;
    IF turn.window_end > account.now THEN
        RETURN credits.spin_answer(turn, true);
    ELSIF account.status <> 'open' THEN
        PERFORM credits.refuse_account($1, account.status);
    END IF;
    last_end := turn.window_end;
    SELECT p.every, p.odds, p.prize INTO wheel FROM credits.prize_of_wheel() p;
    SELECT o.window_start, o.window_end INTO turn.window_start, turn.window_end FROM credits.window_of(account.time_zone, account.anchor, wheel.every, account.now) o;
    -- Windows never overlap, whatever was configured since, and whichever zone the account has moved to.
    turn.window_start := greatest(turn.window_start, last_end);
    turn.odds := wheel.odds;
    turn.won := credits.wheel_number($1, turn.window_start) < wheel.odds * two_256;
    turn.prize := NULL;
    turn.entry_no := NULL;
    IF turn.won THEN
        receipt := credits.post_payment($1, 0, 'prize', jsonb_build_object('prize', wheel.prize), NULL, (wheel.prize ->> 'credits')::numeric, 'prize', 'promotional', NULL, NULL);
        turn.prize := wheel.prize;
        turn.entry_no := receipt.entry_no;
        PERFORM credits.book_revenue($1, 'prize', 0, to_char(turn.window_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), account.now,
            promotion_cost => (wheel.prize ->> 'cost')::numeric, entry_no => receipt.entry_no);
    END IF;
    INSERT INTO credits.spin (account_id, window_start, window_end, spun_at, odds, won, prize, entry_no)
    VALUES ($1, turn.window_start, turn.window_end, account.now, turn.odds, turn.won, turn.prize, turn.entry_no)
    -- There is none, under the wallet's lock; one that the snapshot is too old to show is a lost race here.
    ON CONFLICT ON CONSTRAINT spin_pkey DO NOTHING;
    RETURN credits.spin_answer(turn, false);
END $$;
REVOKE EXECUTE ON FUNCTION credits.spin_as_owner(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.spin_as_owner(text) IS 'Internal: what spin() does, with the rights of the tables'' owner.';

CREATE FUNCTION credits.spin(account_id text) RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.spin(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.spin(text) IS 'The account''s turn at the prize wheel (promotions.prize_wheel of the configuration), once in each window of "every": a day runs from midnight to midnight of the account''s zone, other windows are counted from the account''s anchor. Whether it wins is settled by HMAC of account and window under a secret of the database: rolling back and asking again changes nothing, and the same window gives the same answer, replayed.
A prize is credits, source prize: as many as configured, or what the prize''s usage costs at the unit''s value, rounded up. The books carry its cost by the price book as promotion cost.
Result: {"won", "window_start", "next_at": when the next turn begins, "odds", "credits" and "prize" {"model", "usage", "cost": USD, …} and "entry_no" where it won, "replayed"}.
Errors: PT404 no such account, PT403 closed or frozen, 22004 null, 55000 no wheel is configured, 22023 the prize has no price. Locks: the account''s wallet row.';

CREATE OR REPLACE FUNCTION credits.prize_wheel_as_owner(span interval) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET intervalstyle = 'postgres'
AS $$
DECLARE
    wheel    record;
    turns    numeric;
    expected numeric;
BEGIN
    IF $1 IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'span must not be null', DETAIL = 'argument span', HINT = 'give an interval such as ''30 days''';
    ELSIF NOT ($1 > interval '0' AND $1 <= interval '100 years' AND $1::text NOT LIKE '%-%') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'span must be longer than zero and at most 100 years', DETAIL = 'argument span', HINT = 'give an interval such as ''30 days''';
    END IF;
    SELECT p.every, p.odds, p.prize INTO wheel FROM credits.prize_of_wheel() p;
    turns := trunc(extract(epoch FROM $1) / extract(epoch FROM wheel.every));
    expected := wheel.odds * (wheel.prize ->> 'cost')::numeric;
    RETURN jsonb_build_object('every', credits.interval_text(wheel.every), 'odds', wheel.odds, 'credits', wheel.prize -> 'credits', 'prize', wheel.prize - 'credits',
        'expected_cost', trim_scale(expected), 'turns', turns, 'expected_cost_of_span', trim_scale(expected * turns));
END $$;
REVOKE EXECUTE ON FUNCTION credits.prize_wheel_as_owner(interval) FROM PUBLIC;
COMMENT ON FUNCTION credits.prize_wheel_as_owner(interval) IS 'Internal: what prize_wheel() answers, with the rights of the tables'' owner.';

CREATE FUNCTION credits.prize_wheel(span interval DEFAULT '30 days') RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.prize_wheel(interval) FROM PUBLIC;
COMMENT ON FUNCTION credits.prize_wheel(interval) IS 'What the configured prize wheel gives, and what an account that takes every turn is expected to cost. span: how long it does.
Result: {"every", "odds", "credits", "prize" {"model", "usage", "cost": USD, …}, "expected_cost": USD a turn, "turns": of the span, "expected_cost_of_span": USD}. Errors: 55000 no wheel is configured, 22004 null, 22023 the prize has no price, or span is not above zero.';

CREATE OR REPLACE FUNCTION credits.require_credits(value numeric, argument text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    scale integer := (SELECT p.scale FROM credits.platform p);
BEGIN
    IF value IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = format('%s must not be null', argument),
            DETAIL = format('argument %s', argument), HINT = 'give a number of credits';
    ELSIF NOT (value > 0 AND value < 1e30) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('%s must be a number of credits above zero', argument),
            DETAIL = format('argument %s is %s', argument, left(value::text, 100)), HINT = 'give a number below 10^30; credits are taken back with credits.void_lot';
    ELSIF scale(trim_scale(value)) > scale THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('%s is finer than a credit can be divided', argument),
            DETAIL = format('argument %s has %s %s, the unit has %s', argument, scale(trim_scale(value)), CASE scale(trim_scale(value)) WHEN 1 THEN 'decimal' ELSE 'decimals' END, scale), HINT = 'round the amount to the unit''s scale';
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.require_credits(numeric, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.require_credits(numeric, text) IS 'Internal: refuses null (22004) and what is no amount of credits above zero (22023), by the argument''s name.';

CREATE OR REPLACE FUNCTION credits.gift_as_owner(account_id text, amount numeric, from_actor text, message text, reference text) RETURNS credits.receipt
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off
AS $$
-- The receipt is one row of a composite type: @plpgsql_check_options: performance_warnings = off
DECLARE
    reason  text := 'gift of ' || $3;
    known   record;
    receipt credits.receipt;
BEGIN
    PERFORM credits.require_credits($2, 'amount'), credits.require_text($3, 'from_actor');
    IF $5 IS NOT NULL THEN
        PERFORM credits.require_text($5, 'reference');
    END IF;
    PERFORM credits.lock_account($1);
    SELECT r.entry_no, r.reason, l.amount INTO known
    FROM credits.revenue_entry r JOIN credits.ledger l ON l.account_id = r.account_id AND l.entry_no = r.entry_no
    WHERE r.account_id = $1 AND r.kind = 'gift' AND r.reference = $5;
    IF FOUND THEN
        IF known.amount <> $2 OR known.reason <> reason THEN
            PERFORM credits.refuse_reuse('gift', $5, CASE WHEN known.amount <> $2 THEN 'amount' ELSE 'from_actor' END);
        END IF;
        RETURN credits.entry_receipt($1, known.entry_no);
    END IF;
    receipt := credits.post_payment($1, 0, reason, jsonb_strip_nulls(jsonb_build_object('from', $3, 'message', $4)), NULL, $2, 'gift', 'promotional', NULL, NULL);
    PERFORM credits.book_revenue($1, 'gift', 0, $5, credits.now(), promotion_cost => $2 * (SELECT p.value_usd FROM credits.platform p), reason => reason, entry_no => receipt.entry_no);
    RETURN receipt;
END $$;
REVOKE EXECUTE ON FUNCTION credits.gift_as_owner(text, numeric, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.gift_as_owner(text, numeric, text, text, text) IS 'Internal: what gift() does, with the rights of the tables'' owner.';

CREATE FUNCTION credits.gift(account_id text, amount numeric, from_actor text, message text DEFAULT NULL, reference text DEFAULT NULL) RETURNS credits.receipt
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.gift(text, numeric, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.gift(text, numeric, text, text, text) IS 'Gives an account credits, source gift, without end. The books carry them as promotion cost, at the unit''s value.
amount: credits, above 0. from_actor: who gives them; it is noted, with the message, in the metadata of entry and lot. reference: yours, unique for the account''s gifts: the same gift again is replayed; null = each call is another gift.
Result: the receipt of kind grant. Errors: PT404 no such account, PT403 closed, PT409 the reference was used for another gift, 22004 null, 22023 for a bad amount. Locks: the account''s wallet row.';
