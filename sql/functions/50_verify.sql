-- The books checked against themselves. Each check is one query over what calls wrote, sharing no
-- arithmetic with the code that wrote it.

CREATE FUNCTION credits.lot_shares(text)
RETURNS TABLE (account_id text, entry_no bigint, lot_no bigint, amount numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF $1 IS NULL THEN
        RETURN QUERY
        SELECT l.account_id, l.entry_no, l.lot_no, l.amount::numeric FROM credits.ledger l WHERE l.lot_no IS NOT NULL
        UNION ALL
        SELECT l.account_id, l.entry_no, (m.pair ->> 0)::bigint, (m.pair ->> 1)::numeric FROM credits.ledger l, jsonb_array_elements(l.lots) m(pair) WHERE l.lots IS NOT NULL;
    ELSE
        RETURN QUERY
        SELECT l.account_id, l.entry_no, l.lot_no, l.amount::numeric FROM credits.ledger l WHERE l.account_id = $1 AND l.lot_no IS NOT NULL
        UNION ALL
        SELECT l.account_id, l.entry_no, (m.pair ->> 0)::bigint, (m.pair ->> 1)::numeric FROM credits.ledger l, jsonb_array_elements(l.lots) m(pair) WHERE l.account_id = $1 AND l.lots IS NOT NULL;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.lot_shares(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.lot_shares(text) IS 'Internal: what each ledger entry moved in each lot, of an account or (null) all.';

CREATE FUNCTION credits.require_account(account_id text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- One that lost its facts or its wallet, but has entries, is there: that is for verify() to say.
    IF $1 IS NOT NULL AND NOT EXISTS (SELECT FROM credits.ledger l WHERE l.account_id = $1)
       AND NOT EXISTS (SELECT FROM credits.account a WHERE a.account_id = $1) THEN
        PERFORM FROM credits.check_balance($1, 0); -- raises as for every unknown account
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.require_account(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.require_account(text) IS 'Internal: checks that there is anything of an account; null passes. Errors: PT404.';

CREATE FUNCTION credits.lot_movements_of(text)
RETURNS TABLE (account_id text, entry_no bigint, lot_no bigint, amount numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM credits.require_account($1);
    RETURN QUERY SELECT * FROM credits.lot_shares($1);
END $$;
REVOKE EXECUTE ON FUNCTION credits.lot_movements_of(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.lot_movements_of(text) IS 'Internal: what lot_movements() answers, with the rights of the caller.';

CREATE FUNCTION credits.lot_movements(account_id text DEFAULT NULL)
RETURNS TABLE (account_id text, entry_no bigint, lot_no bigint, amount numeric)
AS 'MODULE_PATHNAME', 'credits_lot_movements' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits.lot_movements(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.lot_movements(text) IS 'What each ledger entry moved in each lot. account_id: null = all. amount: credits, signed. Result: a row a lot and entry. Errors: PT404 no such account.';

CREATE FUNCTION credits.verify_entries(account_id text)
RETURNS TABLE (account_id text, check_name text, detail text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH chain AS (
        SELECT l.account_id, l.entry_no, l.kind, l.amount::numeric AS amount, l.balance::numeric AS balance, l.created_at,
               l.computed_usd::numeric AS computed_usd, l.residue::numeric AS residue,
               lag(l.entry_no, 1, 0) OVER entries AS previous_no,
               lag(l.balance::numeric, 1, 0) OVER entries AS previous_balance,
               lag(l.created_at) OVER entries AS previous_at
        FROM credits.ledger l
        WHERE $1 IS NULL OR l.account_id = $1
        WINDOW entries AS (PARTITION BY l.account_id ORDER BY l.entry_no)
    ), residues AS (
        SELECT c.account_id, c.entry_no, c.amount, c.computed_usd, c.residue,
               lag(c.residue, 1, 0) OVER (PARTITION BY c.account_id ORDER BY c.entry_no) AS previous_residue
        FROM chain c
        WHERE c.residue IS NOT NULL
    ), moved AS (
        SELECT m.account_id, m.entry_no, sum(m.amount) AS amount FROM credits.lot_shares($1) m GROUP BY 1, 2
    )
    SELECT c.account_id, 'entry_numbers', format('entry %s follows %s', c.entry_no, c.previous_no)
    FROM chain c WHERE c.entry_no <> c.previous_no + 1
    UNION ALL
    SELECT c.account_id, 'entry_balance', format('entry %s: %s + %s is not %s', c.entry_no, c.previous_balance, c.amount, c.balance)
    FROM chain c WHERE c.balance <> c.previous_balance + c.amount
    UNION ALL
    SELECT c.account_id, 'entry_time', format('entry %s was written before the one it follows', c.entry_no)
    FROM chain c WHERE c.created_at < c.previous_at
    UNION ALL
    SELECT c.account_id, 'entry_sign', format('entry %s: a %s of %s', c.entry_no, c.kind, c.amount)
    FROM chain c
    WHERE NOT CASE WHEN c.kind IN ('grant', 'refund', 'renew') THEN c.amount >= 0
                   WHEN c.kind IN ('deduct', 'settle', 'expire', 'void', 'clawback') THEN c.amount <= 0
                   WHEN c.kind IN ('release', 'cost') THEN c.amount = 0
                   ELSE c.kind = 'adjust' END
    UNION ALL
    SELECT c.account_id, 'entry_lots', format('entry %s moved %s in lots, its balances say %s', c.entry_no, coalesce(m.amount, 0),
                                              greatest(c.balance, 0) - greatest(c.previous_balance, 0))
    FROM chain c LEFT JOIN moved m ON m.account_id = c.account_id AND m.entry_no = c.entry_no
    WHERE coalesce(m.amount, 0) <> greatest(c.balance, 0) - greatest(c.previous_balance, 0)
    UNION ALL
    SELECT r.account_id, 'entry_residue', format('entry %s: residue %s does not follow from %s', r.entry_no, r.residue, r.previous_residue)
    FROM residues r, credits.platform p
    WHERE r.computed_usd <> 0 AND r.residue <> r.previous_residue + r.computed_usd + r.amount * p.value_usd
$$;
REVOKE EXECUTE ON FUNCTION credits.verify_entries(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.verify_entries(text) IS 'Internal: the part of verify() about ledger entries and what follows from one to the next.';

CREATE FUNCTION credits.verify_wallets(account_id text)
RETURNS TABLE (account_id text, check_name text, detail text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH wallets AS (
        SELECT w.* FROM credits.wallet w WHERE $1 IS NULL OR w.account_id = $1
    ), entries AS (
        SELECT l.account_id, count(*) AS entries, max(l.entry_no) AS last_no, sum(l.amount::numeric) AS amount,
               (array_agg(l.residue::numeric ORDER BY l.entry_no DESC) FILTER (WHERE l.residue IS NOT NULL))[1] AS residue
        FROM credits.ledger l WHERE $1 IS NULL OR l.account_id = $1 GROUP BY 1
    ), lots AS (
        SELECT l.account_id, count(*) AS lots, max(l.lot_no) AS last_no,
               sum(CASE WHEN l.lot_no = w.current_lot_no THEN w.current_remaining ELSE l.remaining END::numeric) AS remaining
        FROM credits.lot l JOIN wallets w ON w.account_id = l.account_id GROUP BY 1
    ), holds AS (
        SELECT h.account_id, count(*) AS holds, max(h.hold_no) AS last_no,
               sum(h.amount::numeric) FILTER (WHERE h.status = 'pending') AS amount
        FROM credits.hold h WHERE $1 IS NULL OR h.account_id = $1 GROUP BY 1
    ), failures AS (
        SELECT p.account_id, min(p.failed_at) AS failed_at
        FROM credits.payment_failure p JOIN wallets w ON w.account_id = p.account_id AND p.failed_at > coalesce(w.licence_paid_at, '-infinity') GROUP BY 1
    )
    SELECT w.account_id, f.check_name, f.detail
    FROM wallets w
    LEFT JOIN entries e ON e.account_id = w.account_id
    LEFT JOIN lots l ON l.account_id = w.account_id
    LEFT JOIN holds h ON h.account_id = w.account_id
    LEFT JOIN failures p ON p.account_id = w.account_id,
    LATERAL (VALUES
        ('balance', coalesce(e.amount, 0) <> w.balance, format('the wallet says %s, the ledger adds up to %s', w.balance, coalesce(e.amount, 0))),
        ('last_entry', coalesce(e.last_no, 0) <> w.last_entry_no OR coalesce(e.entries, 0) <> w.last_entry_no,
            format('the wallet counts %s entries, the ledger has %s up to number %s', w.last_entry_no, coalesce(e.entries, 0), coalesce(e.last_no, 0))),
        ('residue', coalesce(e.residue, 0) <> w.residue, format('the wallet says %s, the ledger %s', w.residue, coalesce(e.residue, 0))),
        ('lots', coalesce(l.remaining, 0) <> greatest(w.balance, 0), format('lots add up to %s, the balance is %s', coalesce(l.remaining, 0), w.balance)),
        ('lot_numbers', coalesce(l.last_no, 0) <> w.last_lot_no OR coalesce(l.lots, 0) <> w.last_lot_no,
            format('the wallet counts %s lots, there are %s up to number %s', w.last_lot_no, coalesce(l.lots, 0), coalesce(l.last_no, 0))),
        ('held', coalesce(h.amount, 0) <> w.held, format('the wallet says %s, open holds add up to %s', w.held, coalesce(h.amount, 0))),
        ('hold_numbers', coalesce(h.last_no, 0) <> w.last_hold_no OR coalesce(h.holds, 0) <> w.last_hold_no,
            format('the wallet counts %s holds, there are %s up to number %s', w.last_hold_no, coalesce(h.holds, 0), coalesce(h.last_no, 0))),
        ('licence', w.licence_failed_at IS DISTINCT FROM p.failed_at,
            format('the wallet counts from a failure at %s, of those on record it is that at %s', coalesce(w.licence_failed_at::text, 'no time'), coalesce(p.failed_at::text, 'no time')))
    ) f(check_name, fails, detail)
    WHERE f.fails
    UNION ALL
    SELECT coalesce(a.account_id, w.account_id), 'account', CASE WHEN w.account_id IS NULL THEN 'has no wallet' ELSE 'has no facts' END
    FROM credits.account a FULL JOIN credits.wallet w ON w.account_id = a.account_id
    WHERE (w.account_id IS NULL OR a.account_id IS NULL) AND ($1 IS NULL OR coalesce(a.account_id, w.account_id) = $1)
    UNION ALL
    SELECT e.account_id, 'account', 'has entries and no wallet'
    FROM entries e WHERE NOT EXISTS (SELECT FROM wallets w WHERE w.account_id = e.account_id)
$$;
REVOKE EXECUTE ON FUNCTION credits.verify_wallets(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.verify_wallets(text) IS 'Internal: the part of verify() about wallets against ledger, lots and holds.';

CREATE FUNCTION credits.verify_parts(account_id text)
RETURNS TABLE (account_id text, check_name text, detail text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH moved AS (
        SELECT m.account_id, m.lot_no, sum(m.amount) AS amount FROM credits.lot_shares($1) m GROUP BY 1, 2
    ), lots AS (
        SELECT l.account_id, l.lot_no, l.state,
               CASE WHEN l.lot_no = w.current_lot_no THEN w.current_remaining ELSE l.remaining END::numeric AS remaining
        FROM credits.lot l JOIN credits.wallet w ON w.account_id = l.account_id
        WHERE $1 IS NULL OR l.account_id = $1
    ), refunds AS (
        SELECT l.account_id, l.refers_to AS entry_no, sum(l.amount::numeric) AS refunded, -coalesce(sum(l.overage::numeric), 0) AS overage
        FROM credits.ledger l
        WHERE l.refers_to IS NOT NULL AND l.kind = 'refund' AND ($1 IS NULL OR l.account_id = $1) GROUP BY 1, 2
    )
    SELECT coalesce(l.account_id, m.account_id), 'lot', format('lot %s holds %s, its entries add up to %s',
           coalesce(l.lot_no, m.lot_no), coalesce(l.remaining, 0), coalesce(m.amount, 0))
    FROM lots l FULL JOIN moved m ON m.account_id = l.account_id AND m.lot_no = l.lot_no
    WHERE coalesce(l.remaining, 0) <> coalesce(m.amount, 0) OR l.lot_no IS NULL
    UNION ALL
    SELECT l.account_id, 'lot_state', format('lot %s is %s and holds %s', l.lot_no, l.state, l.remaining)
    FROM lots l WHERE l.remaining < 0 OR (l.state <> 'live' AND l.remaining <> 0)
    UNION ALL
    SELECT h.account_id, 'hold', format('hold %s is %s, its entry %s is %s', h.hold_no, h.status, coalesce(h.entry_no::text, 'none'), coalesce(e.kind, 'missing'))
    FROM credits.hold h
    LEFT JOIN credits.ledger e ON e.account_id = h.account_id AND e.entry_no = h.entry_no AND e.hold_no = h.hold_no
    WHERE ($1 IS NULL OR h.account_id = $1)
      AND NOT CASE h.status WHEN 'settled' THEN coalesce(e.kind = 'settle', false)
                            WHEN 'released' THEN coalesce(e.kind = 'release', false)
                            WHEN 'expired' THEN h.entry_no IS NULL
                            ELSE h.status = 'pending' AND h.entry_no IS NULL AND h.ended_at IS NULL END
    UNION ALL
    SELECT l.account_id, 'hold', format('entry %s is a %s of hold %s, which does not know it', l.entry_no, l.kind, l.hold_no)
    FROM credits.ledger l
    WHERE l.hold_no IS NOT NULL AND ($1 IS NULL OR l.account_id = $1)
      AND NOT EXISTS (SELECT FROM credits.hold h WHERE h.account_id = l.account_id AND h.hold_no = l.hold_no AND h.entry_no = l.entry_no)
    UNION ALL
    SELECT coalesce(t.account_id, r.account_id), 'refund', format('entry %s: %s is noted as given back, the ledger says %s',
           coalesce(t.entry_no, r.entry_no), coalesce(t.refunded, 0), coalesce(r.refunded, 0))
    FROM (SELECT x.account_id, x.entry_no, x.refunded::numeric AS refunded FROM credits.refund_total x WHERE $1 IS NULL OR x.account_id = $1) t
    FULL JOIN refunds r ON r.account_id = t.account_id AND r.entry_no = t.entry_no
    WHERE coalesce(t.refunded, 0) <> coalesce(r.refunded, 0)
    UNION ALL
    SELECT r.account_id, 'refund', format('entry %s: %s USD of overage are noted as taken back, the ledger says %s', r.entry_no, coalesce(t.overage, 0), r.overage)
    FROM refunds r LEFT JOIN credits.refund_total t ON t.account_id = r.account_id AND t.entry_no = r.entry_no
    WHERE coalesce(t.overage::numeric, 0) <> r.overage
    UNION ALL
    SELECT r.account_id, 'refund', format('entry %s charged %s and %s was given back', r.entry_no, coalesce(-l.amount, 0), r.refunded)
    FROM refunds r LEFT JOIN credits.ledger l ON l.account_id = r.account_id AND l.entry_no = r.entry_no AND l.kind IN ('deduct', 'settle')
    WHERE r.refunded > coalesce(-l.amount, 0)
    UNION ALL
    SELECT r.account_id, 'refund', format('entry %s accrued %s USD of overage and %s were taken back', r.entry_no, coalesce(l.overage, 0), r.overage)
    FROM refunds r LEFT JOIN credits.ledger l ON l.account_id = r.account_id AND l.entry_no = r.entry_no AND l.kind IN ('deduct', 'settle')
    WHERE r.overage > coalesce(l.overage, 0)
    UNION ALL
    SELECT k.account_id, 'idempotency_key', format('key %s names a result %s that is not there or of another verb', quote_literal(k.key), k.result_no)
    FROM credits.idempotency_key k
    WHERE ($1 IS NULL OR k.account_id = $1)
      AND NOT CASE get_byte(k.fingerprint, 0)
              WHEN 3 THEN EXISTS (SELECT FROM credits.hold h WHERE h.account_id = k.account_id AND h.hold_no = k.result_no)
              ELSE EXISTS (SELECT FROM credits.ledger l WHERE l.account_id = k.account_id AND l.entry_no = k.result_no AND l.created_at = k.created_at
                                AND l.kind = CASE get_byte(k.fingerprint, 0) WHEN 1 THEN 'grant' WHEN 2 THEN 'deduct' WHEN 4 THEN 'settle' WHEN 5 THEN 'refund' WHEN 6 THEN 'cost' END) END
$$;
REVOKE EXECUTE ON FUNCTION credits.verify_parts(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.verify_parts(text) IS 'Internal: the part of verify() about single lots, holds, refunds and idempotency keys.';

CREATE FUNCTION credits.tokens_of(usage jsonb) RETURNS numeric
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT coalesce(sum((u.value #>> '{}')::numeric), 0) FROM jsonb_each(usage) u WHERE u.key LIKE '%\_tokens' $$;
REVOKE EXECUTE ON FUNCTION credits.tokens_of(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.tokens_of(jsonb) IS 'Internal: tokens of all pools in a usage, as limits count them; null = none.';

-- What a wallet adds up over its period, against what was written in it. Of what was written at the very
-- moment at which the period began nobody can say on which side it is: both are right then.
CREATE FUNCTION credits.verify_totals(account_id text)
RETURNS TABLE (account_id text, check_name text, detail text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH wallets AS (
        SELECT w.account_id, w.period_start, w.period_cost::numeric AS cost, w.period_overage::numeric AS overage,
               w.period_tokens AS tokens, w.period_requests::numeric AS requests, w.held_cost::numeric AS held_cost
        FROM credits.wallet w WHERE $1 IS NULL OR w.account_id = $1
    ), used AS (
        SELECT l.account_id, l.created_at > w.period_start AS is_inside, coalesce(l.cost::numeric, 0) AS cost, coalesce(l.overage::numeric, 0) AS overage,
               CASE WHEN l.kind = 'settle' AND l.usage IS NULL THEN coalesce(h.tokens, 0) ELSE credits.tokens_of(l.usage) END AS tokens,
               (l.kind = 'deduct')::integer AS requests
        FROM wallets w JOIN credits.ledger l ON l.account_id = w.account_id AND l.created_at >= w.period_start AND l.kind IN ('deduct', 'settle', 'cost')
        LEFT JOIN credits.hold h ON h.account_id = l.account_id AND h.hold_no = l.hold_no
        UNION ALL
        -- Overage that refunds took back counts in the period of the entry that accrued it.
        SELECT r.account_id, o.created_at > w.period_start, 0, r.overage::numeric, 0, 0
        FROM wallets w JOIN credits.ledger r ON r.account_id = w.account_id AND r.created_at >= w.period_start AND r.kind = 'refund' AND r.overage <> 0
        JOIN credits.ledger o ON o.account_id = r.account_id AND o.entry_no = r.refers_to AND o.created_at >= w.period_start
        UNION ALL
        SELECT h.account_id, h.created_at > w.period_start, 0, 0, 0, 1
        FROM wallets w JOIN credits.hold h ON h.account_id = w.account_id AND h.created_at >= w.period_start
    ), total AS (
        SELECT u.account_id, sum(u.cost) AS cost, sum(u.overage) AS overage, sum(u.tokens) AS tokens, sum(u.requests) AS requests,
               sum(u.cost) FILTER (WHERE u.is_inside) AS least_cost, sum(u.overage) FILTER (WHERE u.is_inside) AS least_overage,
               sum(u.tokens) FILTER (WHERE u.is_inside) AS least_tokens, sum(u.requests) FILTER (WHERE u.is_inside) AS least_requests
        FROM used u GROUP BY 1
    ), holds AS (
        SELECT h.account_id, sum(h.cost::numeric) AS cost FROM credits.hold h WHERE h.status = 'pending' AND ($1 IS NULL OR h.account_id = $1) GROUP BY 1
    )
    SELECT w.account_id, f.check_name, format('the wallet says %s, %s', f.said, CASE WHEN f.least = f.most THEN f.most::text ELSE format('%s to %s', f.least, f.most) END
                                              || f.source)
    FROM wallets w
    LEFT JOIN total t ON t.account_id = w.account_id
    LEFT JOIN holds h ON h.account_id = w.account_id,
    LATERAL (VALUES
        ('period_cost', w.cost, coalesce(t.least_cost, 0), coalesce(t.cost, 0), ' are in the ledger since the period began'),
        ('period_overage', w.overage, coalesce(t.least_overage, 0), coalesce(t.overage, 0), ' are in the ledger since the period began'),
        ('period_tokens', w.tokens, coalesce(t.least_tokens, 0), coalesce(t.tokens, 0), ' are in the ledger since the period began'),
        ('period_requests', w.requests, coalesce(t.least_requests, 0), coalesce(t.requests, 0), ' calls and holds are written since the period began'),
        ('held_cost', w.held_cost, coalesce(h.cost, 0), coalesce(h.cost, 0), ' is what open holds add up to')
    ) f(check_name, said, least, most, source)
    WHERE f.said NOT BETWEEN f.least AND f.most
$$;
REVOKE EXECUTE ON FUNCTION credits.verify_totals(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.verify_totals(text) IS 'Internal: the part of verify() about what wallets add up over a period, and over open holds.';

CREATE FUNCTION credits.verify_books(text)
RETURNS TABLE (account_id text, check_name text, detail text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM credits.require_account($1);
    RETURN QUERY
    SELECT * FROM credits.verify_entries($1)
    UNION ALL SELECT * FROM credits.verify_wallets($1)
    UNION ALL SELECT * FROM credits.verify_parts($1)
    UNION ALL SELECT * FROM credits.verify_totals($1)
    UNION ALL SELECT * FROM credits.verify_payments($1)
    UNION ALL SELECT * FROM credits.verify_promotions($1)
    UNION ALL SELECT * FROM credits.verify_rollups($1)
    ORDER BY 1, 2, 3;
END $$;
REVOKE EXECUTE ON FUNCTION credits.verify_books(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.verify_books(text) IS 'Internal: what verify() answers, with the rights of the caller.';

CREATE FUNCTION credits.verify(account_id text DEFAULT NULL)
RETURNS TABLE (account_id text, check_name text, detail text)
AS 'MODULE_PATHNAME', 'credits_verify' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits.verify(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.verify(text) IS 'Checks the books against themselves: every balance equals its ledger, lots and holds add up, entries follow one another without a gap, refunds stay within charges, residues and idempotency keys are accounted for, what wallets add up over their periods is what was written in them, payments brought and lost what the ledger says, the books of revenue have no gap and name their entries, roll-ups are what they add up to. metadata is ignored.
account_id: null = all accounts, and the roll-ups of the platform. Result: a row for each thing found wrong (account_id null: of the platform); none = the books are right. Errors: PT404 no such account, 55000 where migrate() has not run. Locks: none.';
