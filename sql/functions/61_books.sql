-- The books of payments: what each brought, revenue by kind, what goes back. Internal; every function here is
-- called under the account's wallet lock. What a payment does to credits is the core's. SQL functions without a
-- search_path of their own are called below functions that set it, and become part of their plans.
--
-- All of it reads by key. A session keeps its plans, and may make them while the tables are empty, so the functions
-- by which money comes in set enable_seqscan off; jit would weigh what that costs, not what it does.

CREATE OR REPLACE FUNCTION credits.refuse_book_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
        MESSAGE = 'the books of revenue are append-only',
        DETAIL = format('%s on table %I.%I was refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME),
        HINT = 'correct a mistake by a new payment or refund';
END $$;
REVOKE EXECUTE ON FUNCTION credits.refuse_book_change() FROM PUBLIC;
COMMENT ON FUNCTION credits.refuse_book_change() IS 'Internal: trigger of credits.revenue_entry: refuses UPDATE, DELETE and TRUNCATE, also to the owner. Errors: 55000.';

CREATE FUNCTION credits.acting_role() RETURNS text
AS 'MODULE_PATHNAME', 'credits_acting_role' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits.acting_role() FROM PUBLIC;
COMMENT ON FUNCTION credits.acting_role() IS 'Internal: the role that calls, as the books note it, also within what runs as the tables'' owner.';

CREATE FUNCTION credits.post_payment(account_id text, usd numeric, reason text, metadata jsonb, paid_at timestamptz,
    credits numeric, source text, category text, price_paid numeric, expires_at timestamptz) RETURNS credits.receipt
AS 'MODULE_PATHNAME', 'credits_post_payment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.post_payment(text, numeric, text, jsonb, timestamptz, numeric, text, text, numeric, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.post_payment(text, numeric, text, jsonb, timestamptz, numeric, text, text, numeric, timestamptz) IS 'Internal: what a payment of usd does to an account: revenue of the period, unless paid_at is before it (null: it is not), and a lot of credits (null or 0: none).
Result: the receipt of kind grant, or adjust where it brings no credits. Errors: PT404, PT403 closed.';

CREATE FUNCTION credits.post_subscription(account_id text, usd numeric, reason text, metadata jsonb, paid_at timestamptz,
    plan text, period_start timestamptz DEFAULT NULL, period_end timestamptz DEFAULT NULL, superseded_at timestamptz DEFAULT NULL,
    credits numeric DEFAULT NULL, most numeric DEFAULT NULL, is_known boolean DEFAULT false, ended_lots bigint[] DEFAULT NULL) RETURNS credits.receipt
AS 'MODULE_PATHNAME', 'credits_post_subscription' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.post_subscription(text, numeric, text, jsonb, timestamptz, text, timestamptz, timestamptz, timestamptz, numeric, numeric, boolean, bigint[]) FROM PUBLIC;
COMMENT ON FUNCTION credits.post_subscription(text, numeric, text, jsonb, timestamptz, text, timestamptz, timestamptz, timestamptz, numeric, numeric, boolean, bigint[]) IS 'Internal: what a payment for a plan does to an account, whose licence is restored as of paid_at (null: not). plan: null = the account''s. Without a named period it pays the present one, or what a larger plan gives beyond what was paid, or the next one.
superseded_at: start of the next later period that is paid for; credits: what this payment gives for the period; most: what all its payments together give; is_known: another payment has paid for it; ended_lots: lots of periods that ended before it.
Result: the receipt of kind grant, or adjust where it brings no credits now. Errors: PT404, PT403 closed, 22023 no such plan.';

CREATE FUNCTION credits.post_clawback(account_id text, lot_no bigint, amount numeric, used numeric, revenue numeric, reason text) RETURNS credits.receipt
AS 'MODULE_PATHNAME', 'credits_post_clawback' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.post_clawback(text, bigint, numeric, numeric, numeric, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.post_clawback(text, bigint, numeric, numeric, numeric, text) IS 'Internal: takes back amount credits of a lot, and of what was used of it (at most used) from other credits, or as debt. revenue: USD that the period''s revenue loses.
Result: the receipt of kind clawback; its amount says what was taken. Errors: PT404.';

CREATE FUNCTION credits.undo_clawback(account_id text, lot_no bigint, amount numeric, used numeric, revenue numeric, reason text) RETURNS credits.receipt
AS 'MODULE_PATHNAME', 'credits_undo_clawback' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.undo_clawback(text, bigint, numeric, numeric, numeric, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.undo_clawback(text, bigint, numeric, numeric, numeric, text) IS 'Internal: gives back what a clawback took, to its lot or to a new one where that is gone; used is not looked at. Result: the receipt of kind adjust. Errors: PT404.';

CREATE FUNCTION credits.entry_receipt(account_id text, entry_no bigint) RETURNS credits.receipt
AS 'MODULE_PATHNAME', 'credits_entry_receipt' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits.entry_receipt(text, bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.entry_receipt(text, bigint) IS 'Internal: the receipt of an entry as it was given then, replayed. Errors: PT404 no such account or entry.';

CREATE OR REPLACE FUNCTION credits.require_text(value text, argument text) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF value IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = format('%s must not be null', argument),
            DETAIL = format('argument %s', argument), HINT = format('give %s a value', argument);
    ELSIF value = '' OR length(value) > 255 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('%s must have 1 to 255 characters', argument),
            DETAIL = format('argument %s has %s', argument, length(value)), HINT = CASE value WHEN '' THEN format('give %s a value', argument) ELSE 'longer texts belong into metadata' END;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.require_text(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.require_text(text, text) IS 'Internal: refuses null (22004), an empty text and one above 255 characters (22023), by the argument''s name.';

CREATE OR REPLACE FUNCTION credits.require_usd(value numeric, argument text) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF value IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = format('%s must not be null', argument),
            DETAIL = format('argument %s', argument), HINT = 'give USD in major units, such as 19.99';
    ELSIF NOT (value >= 0 AND value < 1e18 AND scale(value) <= 30) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('%s must be an amount of USD, 0 or more', argument),
            DETAIL = format('argument %s is %s', argument, left(value::text, 100)), HINT = 'give USD in major units, such as 19.99; what is paid back is a refund';
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.require_usd(numeric, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.require_usd(numeric, text) IS 'Internal: refuses null (22004) and what is no amount of USD from 0 to below 10^18 (22023), by the argument''s name.';

CREATE OR REPLACE FUNCTION credits.lock_account(account_id text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM credits.require_text($1, 'account_id');
    PERFORM FROM credits.wallet w WHERE w.account_id = $1 FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM FROM credits.check_balance($1, 0); -- raises as for every unknown account
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.lock_account(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.lock_account(text) IS 'Internal: takes the account''s wallet lock, so that what is looked up next stays true. Errors: PT404, 22004, 22023.';

CREATE OR REPLACE FUNCTION credits.refuse_reuse(what text, reference text, differs text) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'PT409', MESSAGE = format('the reference was used for another %s', what),
        DETAIL = jsonb_build_object('outcome', 'idempotency_conflict', 'http_status', 409, 'reference', left(reference, 255), 'differs', differs)::text,
        HINT = 'a reference stands for one thing; give another one its own';
END $$;
REVOKE EXECUTE ON FUNCTION credits.refuse_reuse(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.refuse_reuse(text, text, text) IS 'Internal: raises PT409 idempotency_conflict, naming what differs from the first use of a reference.';

CREATE OR REPLACE FUNCTION credits.payment_fee(kind text, amount numeric) RETURNS numeric
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    fee jsonb := credits.section('payment_fee');
BEGIN
    RETURN CASE WHEN amount > 0 AND kind IN ('subscription', 'pack')
                THEN coalesce(trim_scale(amount * (fee ->> 'percent')::numeric / 100 + (fee ->> 'fixed')::numeric), 0) ELSE 0 END;
END $$;
REVOKE EXECUTE ON FUNCTION credits.payment_fee(text, numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.payment_fee(text, numeric) IS 'Internal: USD that taking a payment costs, by the configured payment_fee: percent of the amount and fixed; for subscriptions and packs.';

CREATE OR REPLACE FUNCTION credits.book_revenue(account_id text, kind text, amount numeric, reference text, occurred_at timestamptz,
    fee numeric DEFAULT 0, promotion_cost numeric DEFAULT 0, reason text DEFAULT NULL, entry_no bigint DEFAULT NULL, role_name text DEFAULT credits.acting_role()) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO credits.revenue_entry (account_id, revenue_no, booked_at, occurred_at, kind, amount, fee, promotion_cost, reference, reason, entry_no, role_name)
    SELECT $1, coalesce((SELECT max(r.revenue_no) FROM credits.revenue_entry r WHERE r.account_id = $1), 0) + 1, credits.now(), $5, $2, trim_scale($3), trim_scale($6), trim_scale($7), $4, $8, $9, $10;
END $$;
REVOKE EXECUTE ON FUNCTION credits.book_revenue(text, text, numeric, text, timestamptz, numeric, numeric, text, bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.book_revenue(text, text, numeric, text, timestamptz, numeric, numeric, text, bigint, text) IS 'Internal: the next row of the books of revenue. amount, fee, promotion_cost: USD; below zero: given back. entry_no: the ledger entry that came with it.';

CREATE OR REPLACE FUNCTION credits.period_totals(account_id text, moment timestamptz)
RETURNS TABLE (revenue numeric, cost numeric, overage numeric, tokens numeric, requests bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    latest timestamptz := (SELECT w.clock FROM credits.wallet w WHERE w.account_id = $1);
BEGIN
    -- A kept plan that opens the months from moment to the account's latest call: to plan over all of them, or to
    -- open those to come, takes longer than to read one account's rows.
    RETURN QUERY
    SELECT (SELECT coalesce(sum(r.amount::numeric), 0) FROM credits.revenue_entry r WHERE r.account_id = $1 AND r.occurred_at >= moment),
           coalesce(sum(l.cost::numeric), 0),
           coalesce(sum(l.overage::numeric), 0)
           + (SELECT coalesce(sum(r.overage::numeric), 0) FROM credits.ledger r JOIN credits.ledger o ON o.account_id = r.account_id AND o.entry_no = r.refers_to
              WHERE r.account_id = $1 AND r.created_at BETWEEN moment AND latest AND r.kind = 'refund' AND r.overage <> 0 AND o.created_at BETWEEN moment AND latest),
           coalesce(sum(CASE WHEN l.kind = 'settle' AND l.usage IS NULL THEN coalesce(h.tokens, 0) ELSE credits.tokens_of(l.usage) END), 0),
           count(*) FILTER (WHERE l.kind = 'deduct') + (SELECT count(*) FROM credits.hold o WHERE o.account_id = $1 AND o.created_at >= moment)
    FROM credits.ledger l LEFT JOIN credits.hold h ON h.account_id = l.account_id AND h.hold_no = l.hold_no
    WHERE l.account_id = $1 AND l.created_at BETWEEN moment AND latest AND l.kind IN ('deduct', 'settle', 'cost');
END $$;
REVOKE EXECUTE ON FUNCTION credits.period_totals(text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.period_totals(text, timestamptz) IS 'Internal: what an account''s wallet adds up over a period that began at a moment gone by. revenue, cost, overage: USD.';

CREATE OR REPLACE FUNCTION credits.pack_terms(pack text, quantity integer) RETURNS TABLE (credits numeric, price numeric, life interval)
LANGUAGE sql STABLE
AS $$
    SELECT (p.terms ->> 'credits')::numeric * quantity,
           quantity * coalesce((SELECT (b.value ->> 'price')::numeric FROM jsonb_array_elements(p.terms -> 'bulk') b(value)
                                WHERE (b.value ->> 'from')::integer <= quantity ORDER BY (b.value ->> 'from')::integer DESC LIMIT 1), (p.terms ->> 'price')::numeric),
           (p.terms ->> 'expires')::interval
    FROM (SELECT credits.section('packs') -> pack) p(terms) WHERE p.terms IS NOT NULL
$$;
REVOKE EXECUTE ON FUNCTION credits.pack_terms(text, integer) FROM PUBLIC;
COMMENT ON FUNCTION credits.pack_terms(text, integer) IS 'Internal: what a number of packs brings in all: credits, price (USD, bulk prices applied), life of the credits (null: no end). No row: no such pack.';

CREATE OR REPLACE FUNCTION credits.credits_for_usd(usd numeric) RETURNS numeric
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT trunc(usd / p.price_usd, p.scale) FROM credits.platform p WHERE p.price_usd > 0 $$;
REVOKE EXECUTE ON FUNCTION credits.credits_for_usd(numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.credits_for_usd(numeric) IS 'Internal: credits that USD buy at the unit''s price_usd, cut to its scale; null where it has none.';

CREATE OR REPLACE FUNCTION credits.lot_of_payment(receipt credits.receipt) RETURNS TABLE (lot_no bigint, credits numeric, effective_at timestamptz)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made bigint[] := ARRAY(SELECT l.lot_no FROM credits.lot l WHERE l.account_id = receipt.account_id AND l.created_at = receipt.created_at);
    own  bigint := made[1];
BEGIN
    -- A renewal that came with it may have cut other lots in two while holds are open; credits that all paid debt moved no lot.
    IF cardinality(made) <> 1 THEN
        SELECT coalesce(max(e.lot_no), (SELECT w.last_lot_no FROM credits.wallet w WHERE w.account_id = receipt.account_id)) INTO own
        FROM credits.ledger e WHERE receipt.kind = 'grant' AND e.account_id = receipt.account_id AND e.entry_no = receipt.entry_no AND e.created_at = receipt.created_at;
    END IF;
    RETURN QUERY
    SELECT l.lot_no, l.amount::numeric, l.effective_at FROM credits.lot l
    WHERE l.account_id = receipt.account_id AND l.lot_no = own
      AND (receipt.kind = 'grant'
           OR l.state = 'scheduled' AND l.paid_to IS NOT NULL AND l.created_at = receipt.created_at
              AND NOT EXISTS (SELECT FROM credits.payment p WHERE p.account_id = l.account_id AND p.lot_no = l.lot_no));
END $$;
REVOKE EXECUTE ON FUNCTION credits.lot_of_payment(credits.receipt) FROM PUBLIC;
COMMENT ON FUNCTION credits.lot_of_payment(credits.receipt) IS 'Internal: the lot that a payment has just brought, by its receipt: at once, or, for a period to come, one that begins with it. No row: none.';

CREATE OR REPLACE FUNCTION credits.keep_payment(payment credits.payment_facts, receipt credits.receipt) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO credits.payment (account_id, reference, kind, amount, fee, currency, currency_amount, paid_at, booked_at, plan, pack, quantity,
                                 period_start, period_end, credits, lot_no, entry_no)
    SELECT receipt.account_id, payment.reference, payment.kind, payment.amount, payment.fee, payment.currency, payment.currency_amount, payment.paid_at, credits.now(),
           payment.plan, payment.pack, payment.quantity, payment.period_start, payment.period_end, coalesce(l.credits, 0), l.lot_no, receipt.entry_no
    FROM (VALUES (1)) one LEFT JOIN credits.lot_of_payment(receipt) l ON true;
    INSERT INTO credits.payment_key (account_id, key, reference)
    SELECT DISTINCT receipt.account_id, k.key, payment.reference FROM unnest(payment.keys || payment.reference) k(key) WHERE k.key IS NOT NULL;
    IF payment.amount > 0 THEN
        PERFORM credits.book_revenue(receipt.account_id, payment.kind, payment.amount, payment.reference, payment.paid_at, payment.fee, entry_no => receipt.entry_no);
    END IF;
    IF credits.is_paid_by_account(payment.kind, payment.amount) THEN
        PERFORM credits.reward_referrer(receipt.account_id);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.keep_payment(credits.payment_facts, credits.receipt) FROM PUBLIC;
COMMENT ON FUNCTION credits.keep_payment(credits.payment_facts, credits.receipt) IS 'Internal: the rows of a payment that has just been posted: itself, the ids by which it is known, its revenue; whoever referred the account gets the bonus.';

CREATE OR REPLACE FUNCTION credits.book_payment(account_id text, payment credits.payment_facts, credits numeric, source text, life interval, metadata jsonb) RETURNS credits.receipt
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    receipt credits.receipt;
BEGIN
    receipt := credits.post_payment($1, payment.amount, payment.reference, metadata, CASE WHEN payment.currency IS NOT NULL THEN payment.paid_at END, $3, source, 'paid', payment.amount, credits.now() + life);
    PERFORM credits.keep_payment(payment, receipt);
    RETURN receipt;
END $$;
REVOKE EXECUTE ON FUNCTION credits.book_payment(text, credits.payment_facts, numeric, text, interval, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.book_payment(text, credits.payment_facts, numeric, text, interval, jsonb) IS 'Internal: books a payment that brings a lot of credits, or (null, 0) none. life: how long they last; null: no end.';

CREATE OR REPLACE FUNCTION credits.book_subscription(account_id text, payment credits.payment_facts, credits numeric, most numeric, metadata jsonb) RETURNS credits.receipt
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    receipt    credits.receipt;
    was_paid   timestamptz := (SELECT w.paid_until FROM credits.wallet w WHERE w.account_id = $1);
    known_from timestamptz := (SELECT min(p.period_start) FROM credits.payment p
                               WHERE p.account_id = $1 AND p.kind = 'subscription' AND p.period_end = payment.period_end);
    renewed_at timestamptz := payment.period_start;
BEGIN
    receipt := credits.post_subscription($1, payment.amount, payment.reference, metadata,
        payment.paid_at, payment.plan,
        payment.period_start, payment.period_end,
        (SELECT min(p.period_start) FROM credits.payment p WHERE p.account_id = $1 AND p.kind = 'subscription' AND p.period_start > payment.period_start AND p.period_end > payment.period_end), $3,
        greatest($4, (SELECT max(coalesce(p.quantity, 1) * credits.plan_credits(p.plan)) FROM credits.payment p WHERE p.account_id = $1 AND p.kind = 'subscription' AND p.period_end = payment.period_end)),
        known_from IS NOT NULL,
        ARRAY(SELECT p.lot_no FROM credits.payment p WHERE p.account_id = $1 AND p.kind = 'subscription' AND p.period_start < payment.period_start AND p.period_end < payment.period_end
              AND p.lot_no IS NOT NULL));
    IF payment.period_start IS NULL THEN
        -- A period that it began itself did so a moment after it was made.
        SELECT w.period_start,
               CASE WHEN w.paid_until > w.period_end AND receipt.kind <> 'grant' THEN coalesce((SELECT l.effective_at FROM credits.lot_of_payment(receipt) l), was_paid) ELSE w.period_start END,
               CASE WHEN w.paid_until > w.period_end AND receipt.kind = 'grant' THEN w.period_end ELSE w.paid_until END, greatest(payment.paid_at, w.period_start)
        INTO renewed_at, payment.period_start, payment.period_end, payment.paid_at
        FROM credits.wallet w WHERE w.account_id = $1;
    END IF;
    PERFORM credits.keep_payment(payment, receipt);
    -- Lots that were used up before the renewal, or forfeited at a later one that was known first, belong to the period before it like all others.
    UPDATE credits.lot l SET expires_at = renewed_at
    FROM credits.payment p JOIN credits.plan n ON n.plan = p.plan
    WHERE p.account_id = $1 AND p.kind = 'subscription' AND p.period_start < renewed_at AND p.period_end < payment.period_end AND n.renewal = 'reset'
      AND l.account_id = $1 AND l.lot_no = p.lot_no AND l.state IN ('used', 'expired') AND coalesce(l.expires_at, 'infinity') > renewed_at;
    -- An upgrade within the period was known first, and its beginning taken for the period's.
    UPDATE credits.lot l SET expires_at = renewed_at
    WHERE renewed_at < known_from AND l.account_id = $1 AND l.source = 'plan' AND l.state = 'expired' AND l.expires_at = known_from;
    RETURN receipt;
END $$;
REVOKE EXECUTE ON FUNCTION credits.book_subscription(text, credits.payment_facts, numeric, numeric, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.book_subscription(text, credits.payment_facts, numeric, numeric, jsonb) IS 'Internal: books a payment for a plan. payment.plan: null = the account''s; period: null = the one that is due. credits, most: as of post_subscription.';

CREATE OR REPLACE FUNCTION credits.moves_of_lot(account_id text, lot_no bigint, kinds text[]) RETURNS numeric
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    since  timestamptz := (SELECT o.created_at FROM credits.lot o WHERE o.account_id = $1 AND o.lot_no = $2);
    latest timestamptz := (SELECT w.clock FROM credits.wallet w WHERE w.account_id = $1);
BEGIN
    -- Only the months in which the lot can have moved, for the reason that period_totals() has.
    RETURN (SELECT coalesce(sum(CASE WHEN l.lot_no = $2 THEN l.amount::numeric
                                     ELSE (SELECT sum((m.pair ->> 1)::numeric) FROM jsonb_array_elements(l.lots) m(pair) WHERE (m.pair ->> 0)::bigint = $2) END), 0)
            FROM credits.ledger l
            WHERE l.account_id = $1 AND l.created_at BETWEEN since AND latest AND (l.lot_no = $2 OR l.lots IS NOT NULL) AND l.kind = ANY ($3));
END $$;
REVOKE EXECUTE ON FUNCTION credits.moves_of_lot(text, bigint, text[]) FROM PUBLIC;
COMMENT ON FUNCTION credits.moves_of_lot(text, bigint, text[]) IS 'Internal: credits that entries of some kinds have moved in a lot, in all: into it above zero, out of it below. 0 where there are none.';

CREATE OR REPLACE FUNCTION credits.used_of_lot(account_id text, lot_no bigint, granted numeric, clawed numeric) RETURNS numeric
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- A lot that was voided before it began brought nothing that could have been used.
    IF EXISTS (SELECT FROM credits.lot o WHERE o.account_id = $1 AND o.lot_no = $2 AND o.expires_at <= o.effective_at) THEN
        RETURN 0;
    END IF;
    RETURN greatest(0, granted - credits.moves_of_lot($1, $2, ARRAY['grant', 'deduct', 'settle', 'refund', 'clawback', 'adjust']) - clawed);
END $$;
REVOKE EXECUTE ON FUNCTION credits.used_of_lot(text, bigint, numeric, numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.used_of_lot(text, bigint, numeric, numeric) IS 'Internal: credits of a lot that calls have used, net of refunds, or that paid debt when they were granted, and for which nothing else was taken back yet: clawed is what was taken in all.';

CREATE OR REPLACE FUNCTION credits.counted_credits(credits numeric, clawed numeric, is_returned boolean, lot_amount numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT CASE WHEN is_returned THEN 0 ELSE credits - least(clawed, credits - coalesce(lot_amount, credits)) END $$;
REVOKE EXECUTE ON FUNCTION credits.counted_credits(numeric, numeric, boolean, numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.counted_credits(numeric, numeric, boolean, numeric) IS 'Internal: credits of a payment that count as granted for its period: all of them until it is returned in full, but for those clawed back before the period began, by which its lot is smaller.';

CREATE OR REPLACE FUNCTION credits.note_return(account_id text, reference text, was_returned boolean, is_returned boolean, more numeric) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    payment credits.payment;
BEGIN
    SELECT p.* INTO payment FROM credits.payment p WHERE p.account_id = $1 AND p.reference = $2;
    IF EXISTS (SELECT FROM credits.plan n WHERE n.plan = payment.plan AND n.cycle IS NULL) THEN
        UPDATE credits.wallet w SET once_granted = greatest(0, w.once_granted::numeric + more) WHERE w.account_id = $1;
        RETURN;
    END IF;
    UPDATE credits.wallet w SET plan_granted = greatest(0, w.plan_granted::numeric + more) WHERE w.account_id = $1 AND w.period_end = payment.period_end;
    IF was_returned AND NOT is_returned THEN
        UPDATE credits.wallet w SET paid_until = greatest(w.paid_until, payment.period_end) WHERE w.account_id = $1 AND w.period_end <= payment.period_end;
    ELSIF is_returned AND NOT was_returned THEN
        -- Periods before it that were returned earlier are unpaid now too.
        LOOP
            UPDATE credits.wallet w SET paid_until = r.period_start
            FROM (SELECT p.period_end, min(p.period_start) AS period_start FROM credits.payment p WHERE p.account_id = $1 AND p.kind = 'subscription'
                  GROUP BY p.period_end HAVING bool_and(p.amount > 0 AND p.refunded::numeric >= p.amount)) r
            WHERE w.account_id = $1 AND w.paid_until = r.period_end AND w.period_end <= r.period_end AND r.period_start < r.period_end;
            EXIT WHEN NOT FOUND;
        END LOOP;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.note_return(text, text, boolean, boolean, numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.note_return(text, text, boolean, boolean, numeric) IS 'Internal: money of a payment for a plan has been returned, or is so no more: whether the present period and those to come are paid, and what counts as granted for the present one (more: credits), so that it can be paid again.';

CREATE OR REPLACE FUNCTION credits.return_money(account_id text, reference text, refunded numeric, disputed numeric, reason text) RETURNS credits.receipt
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
-- The receipt is one row of a composite type: @plpgsql_check_options: performance_warnings = off
DECLARE
    payment    credits.payment;
    returned   numeric;
    before     numeric;
    due        numeric;
    lost       numeric;
    lot_before numeric;
    lot_now    numeric;
    clawed_now numeric;
    receipt    credits.receipt;
BEGIN
    -- A lot may have begun, or ended, that no call has written yet: what was used of it follows from what is written.
    PERFORM credits.apply_due($1);
    SELECT p.* INTO payment FROM credits.payment p WHERE p.account_id = $1 AND p.reference = $2;
    SELECT l.amount INTO lot_before FROM credits.lot l WHERE l.account_id = $1 AND l.lot_no = payment.lot_no;
    before := least(payment.amount, payment.refunded::numeric + payment.disputed::numeric);
    returned := least(payment.amount, $3 + $4);
    due := CASE WHEN payment.amount > 0 THEN round(payment.credits * returned / payment.amount, (SELECT p.scale FROM credits.platform p)) ELSE 0 END;
    lost := CASE WHEN payment.paid_at >= (SELECT b.period_start FROM credits.balance($1) b) THEN returned - before ELSE 0 END;
    IF due >= payment.clawed AND returned >= before THEN
        receipt := credits.post_clawback($1, payment.lot_no, due - payment.clawed,
            CASE WHEN payment.lot_no IS NULL THEN 0 ELSE credits.used_of_lot($1, payment.lot_no, payment.credits, payment.clawed) END, lost, $5);
    ELSE
        receipt := credits.undo_clawback($1, payment.lot_no, greatest(0, payment.clawed - due - credits.ended_of_lot($1, payment.lot_no)), 0, -lost, $5);
    END IF;
    -- A lot that has not begun is made smaller or larger, which moves no credits.
    SELECT l.amount INTO lot_now FROM credits.lot l WHERE l.account_id = $1 AND l.lot_no = payment.lot_no;
    UPDATE credits.lot l SET price_paid = payment.amount - returned WHERE l.account_id = $1 AND l.lot_no = payment.lot_no AND lot_now <> lot_before;
    UPDATE credits.payment p SET refunded = $3, disputed = $4, clawed = p.clawed - receipt.amount + coalesce(lot_before - lot_now, 0) WHERE p.account_id = $1 AND p.reference = $2
    RETURNING p.clawed INTO clawed_now;
    IF payment.kind = 'subscription' AND payment.amount > 0 THEN
        -- While money is disputed the account is frozen; only what was refunded leaves the period unpaid.
        PERFORM credits.note_return($1, $2, payment.refunded::numeric = payment.amount, $3 = payment.amount,
            credits.counted_credits(payment.credits, clawed_now, $3 = payment.amount, lot_now)
            - credits.counted_credits(payment.credits, payment.clawed, payment.refunded::numeric = payment.amount, lot_now));
    END IF;
    IF returned <> before OR receipt.amount <> 0 THEN
        PERFORM credits.book_revenue($1, payment.kind, before - returned, $2, credits.now(), reason => $5, entry_no => receipt.entry_no);
    END IF;
    RETURN receipt;
END $$;
REVOKE EXECUTE ON FUNCTION credits.return_money(text, text, numeric, numeric, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.return_money(text, text, numeric, numeric, text) IS 'Internal: brings a payment to what has been refunded and disputed of it in all (USD): credits are taken back in proportion, or given back where it has become less, and revenue with them. The difference to what was taken before counts, so that the order in which parts become known does not matter.';
