-- The books of payments and promotions checked against the ledger: a part of verify(). Like its other parts it
-- looks only at what calls wrote, sharing no arithmetic with the code that wrote it.

-- What belongs to a payment in the books of revenue: the row that came with its own entry, and those of what
-- was given back, which say why. Of a period paid for before it began, credits wait in a lot, which is made
-- smaller without an entry where money goes back before it begins.
CREATE OR REPLACE FUNCTION credits.verify_payments(account_id text)
RETURNS TABLE (account_id text, check_name text, detail text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH payments AS (
        SELECT p.account_id, p.reference, p.kind, p.amount::numeric AS amount, p.credits::numeric AS credits, p.entry_no, p.refunded::numeric AS refunded,
               p.lot_no, p.disputed::numeric AS disputed, p.clawed::numeric AS clawed
        FROM credits.payment p WHERE $1 IS NULL OR p.account_id = $1
    ), booked AS (
        SELECT p.account_id, p.reference, sum(r.amount::numeric) AS amount, -coalesce(sum(l.amount::numeric) FILTER (WHERE r.entry_no <> p.entry_no), 0) AS clawed
        FROM payments p
        JOIN credits.revenue_entry r ON r.account_id = p.account_id AND r.kind = p.kind AND r.reference = p.reference
             AND (r.entry_no = p.entry_no OR r.entry_no IS NOT NULL AND r.reason IS NOT NULL)
        LEFT JOIN credits.ledger l ON l.account_id = r.account_id AND l.entry_no = r.entry_no AND l.kind IN ('grant', 'adjust', 'clawback')
        GROUP BY 1, 2
    ), refunds AS (
        SELECT f.account_id, f.reference, sum(f.amount::numeric) AS amount FROM credits.payment_refund f WHERE $1 IS NULL OR f.account_id = $1 GROUP BY 1, 2
    ), disputes AS (
        SELECT d.account_id, d.reference, sum(d.amount::numeric) AS amount
        FROM credits.payment_dispute d WHERE d.status IN ('open', 'lost') AND ($1 IS NULL OR d.account_id = $1) GROUP BY 1, 2
    )
    SELECT p.account_id, f.check_name, format('payment %s ', quote_literal(p.reference)) || f.detail
    FROM payments p
    LEFT JOIN booked b ON b.account_id = p.account_id AND b.reference = p.reference
    LEFT JOIN refunds r ON r.account_id = p.account_id AND r.reference = p.reference
    LEFT JOIN disputes d ON d.account_id = p.account_id AND d.reference = p.reference
    LEFT JOIN credits.ledger l ON l.account_id = p.account_id AND l.entry_no = p.entry_no AND l.kind IN ('grant', 'adjust')
    LEFT JOIN credits.lot o ON o.account_id = p.account_id AND o.lot_no = p.lot_no AND l.kind = 'adjust',
    LATERAL (VALUES
        ('payment_entry', CASE WHEN o.lot_no IS NULL THEN p.credits ELSE 0 END IS DISTINCT FROM l.amount::numeric, format('brought %s credits, its entry %s says %s', p.credits, p.entry_no, coalesce(l.amount::text, 'nothing'))),
        ('payment_revenue', coalesce(b.amount, 0) <> greatest(0, p.amount - p.refunded - p.disputed),
            format('of %s, %s refunded and %s disputed, is on the books with %s', p.amount, p.refunded, p.disputed, coalesce(b.amount, 0))),
        ('payment_clawed', coalesce(b.clawed, 0) + coalesce(p.credits - o.amount::numeric, 0) <> p.clawed,
            format('says that %s credits were taken back, its entries and lot %s', p.clawed, coalesce(b.clawed, 0) + coalesce(p.credits - o.amount::numeric, 0))),
        ('payment_refunds', p.refunded > p.amount OR coalesce(r.amount, 0) > p.refunded, format('of %s is refunded with %s, its refunds add up to %s', p.amount, p.refunded, coalesce(r.amount, 0))),
        ('payment_disputes', coalesce(d.amount, 0) <> p.disputed, format('is disputed with %s, its disputes add up to %s', p.disputed, coalesce(d.amount, 0))),
        ('payment_key', NOT EXISTS (SELECT FROM credits.payment_key k WHERE k.account_id = p.account_id AND k.key = p.reference AND k.reference = p.reference), 'is not known by its reference')
    ) f(check_name, fails, detail)
    WHERE f.fails
    UNION ALL
    SELECT f.account_id, 'payment_refunds', format('refund %s is of a payment or entry that is not there', quote_literal(f.refund_reference))
    FROM credits.payment_refund f
    WHERE ($1 IS NULL OR f.account_id = $1)
      AND NOT (EXISTS (SELECT FROM credits.payment p WHERE p.account_id = f.account_id AND p.reference = f.reference)
               AND EXISTS (SELECT FROM credits.ledger l WHERE l.account_id = f.account_id AND l.entry_no = f.entry_no AND l.kind IN ('clawback', 'adjust')))
    UNION ALL
    SELECT k.account_id, 'payment_key', format('key %s names the payment %s, which is not there', quote_literal(k.key), quote_literal(k.reference))
    FROM credits.payment_key k
    WHERE ($1 IS NULL OR k.account_id = $1) AND NOT EXISTS (SELECT FROM credits.payment p WHERE p.account_id = k.account_id AND p.reference = k.reference)
$$;
REVOKE EXECUTE ON FUNCTION credits.verify_payments(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.verify_payments(text) IS 'Internal: the part of verify() about payments, their refunds and disputes, and what they are on the books with.';

CREATE OR REPLACE FUNCTION credits.verify_promotions(account_id text)
RETURNS TABLE (account_id text, check_name text, detail text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH revenue AS (
        SELECT r.account_id, r.revenue_no, r.kind, r.reference, r.entry_no, lag(r.revenue_no, 1, 0) OVER (PARTITION BY r.account_id ORDER BY r.revenue_no) AS previous_no
        FROM credits.revenue_entry r WHERE $1 IS NULL OR r.account_id = $1
    ), named(account_id, check_name, what, entry_no, kind) AS (
        SELECT s.account_id, 'spin', format('the turn of %s', s.window_start), s.entry_no, 'prize' FROM credits.spin s WHERE s.won
        UNION ALL
        SELECT r.account_id, 'referral', format('the referral of account %s', quote_literal(r.referred_account_id)), r.entry_no, 'referral'
        FROM credits.referral r WHERE r.paid_at IS NOT NULL AND r.remark IS NULL
        UNION ALL
        SELECT c.account_id, 'consent', format('the consent %s', quote_literal(c.kind)), c.entry_no, 'consent' FROM credits.consent c WHERE c.entry_no IS NOT NULL
    )
    SELECT r.account_id, 'revenue_numbers', format('revenue %s follows %s', r.revenue_no, r.previous_no) FROM revenue r WHERE r.revenue_no <> r.previous_no + 1
    UNION ALL
    SELECT r.account_id, 'revenue_entry', format('revenue %s came with entry %s, which is not there', r.revenue_no, r.entry_no)
    FROM revenue r WHERE r.entry_no IS NOT NULL AND NOT EXISTS (SELECT FROM credits.ledger l WHERE l.account_id = r.account_id AND l.entry_no = r.entry_no)
    UNION ALL
    SELECT n.account_id, n.check_name, format('%s names entry %s, with which no %s is on the books', n.what, coalesce(n.entry_no::text, 'none'), n.kind)
    FROM named n
    WHERE ($1 IS NULL OR n.account_id = $1) AND NOT EXISTS (SELECT FROM revenue r WHERE r.account_id = n.account_id AND r.entry_no = n.entry_no AND r.kind = n.kind)
    UNION ALL
    SELECT r.account_id, n.check_name, format('entry %s gave a %s that nothing names', r.entry_no, r.kind)
    FROM revenue r JOIN (VALUES ('prize', 'spin'), ('referral', 'referral')) n(kind, check_name) ON n.kind = r.kind
    WHERE NOT EXISTS (SELECT FROM named m WHERE m.account_id = r.account_id AND m.entry_no = r.entry_no AND m.kind = r.kind)
    UNION ALL
    SELECT s.account_id, 'spin', format('the turn of %s won nothing and names entry %s', s.window_start, s.entry_no)
    FROM credits.spin s WHERE NOT s.won AND s.entry_no IS NOT NULL AND ($1 IS NULL OR s.account_id = $1)
    UNION ALL
    SELECT coalesce(a.account_id, r.referred_account_id), 'referral', format('was referred by %s, the referral says %s', coalesce(quote_literal(a.referred_by), 'nobody'), coalesce(quote_literal(r.account_id), 'nobody'))
    FROM (SELECT x.account_id, x.referred_by FROM credits.account x WHERE x.referred_by IS NOT NULL) a
    FULL JOIN credits.referral r ON r.referred_account_id = a.account_id AND r.account_id = a.referred_by
    WHERE (a.account_id IS NULL OR r.account_id IS NULL) AND ($1 IS NULL OR coalesce(a.account_id, r.referred_account_id) = $1)
    UNION ALL
    SELECT c.account_id, 'consent', format('the consent %s is not noted with the account', quote_literal(c.kind))
    FROM credits.consent c
    WHERE ($1 IS NULL OR c.account_id = $1) AND NOT EXISTS (SELECT FROM credits.account a WHERE a.account_id = c.account_id AND a.has_consents)
$$;
REVOKE EXECUTE ON FUNCTION credits.verify_promotions(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.verify_promotions(text) IS 'Internal: the part of verify() about the books of revenue themselves, and about turns of the prize wheel, referrals and consents against them.';
