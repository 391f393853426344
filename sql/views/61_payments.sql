-- Money as it came in, and what it earned.

CREATE OR REPLACE VIEW credits.payment_events WITH (security_invoker = true) AS
SELECT e.event_id, e.type, e.status, e.error, e.attempts, e.created_at, e.received_at, e.handled_at, e.account_id, e.customer
FROM credits.payment_event e;
COMMENT ON VIEW credits.payment_events IS 'Events of the payment provider, each once, with what became of them.';
COMMENT ON COLUMN credits.payment_events.event_id IS 'the provider''s id of the event (no unit)';
COMMENT ON COLUMN credits.payment_events.type IS 'such as invoice.paid (no unit)';
COMMENT ON COLUMN credits.payment_events.status IS 'processed, ignored (of a type that changes nothing), duplicate (another event told of the same payment) or failed, to be tried again (no unit)';
COMMENT ON COLUMN credits.payment_events.error IS 'why it failed, and what to do (no unit); null: it did not';
COMMENT ON COLUMN credits.payment_events.attempts IS 'how often it was handled (a count)';
COMMENT ON COLUMN credits.payment_events.created_at IS 'time at which the provider made it';
COMMENT ON COLUMN credits.payment_events.received_at IS 'time at which it first came';
COMMENT ON COLUMN credits.payment_events.handled_at IS 'time at which it was last handled';
COMMENT ON COLUMN credits.payment_events.account_id IS 'the account that it is of (no unit); null: not known';
COMMENT ON COLUMN credits.payment_events.customer IS 'the provider''s id of the customer (no unit); null: the event names none';

CREATE OR REPLACE VIEW credits.revenue WITH (security_invoker = true) AS
SELECT r.account_id, r.revenue_no, r.occurred_at, r.kind, r.amount::numeric AS amount, r.fee::numeric AS fee, r.promotion_cost::numeric AS promotion_cost,
       r.amount::numeric - r.fee::numeric - r.promotion_cost::numeric AS net, r.reference, r.reason, r.booked_at, r.entry_no
FROM credits.revenue_entry r
UNION ALL
SELECT c.account_id, coalesce((SELECT max(r.revenue_no) FROM credits.revenue_entry r WHERE r.account_id = c.account_id), 0) + d.no, d.occurred_at, d.kind, d.amount, 0, 0,
       d.amount, d.reference, NULL, NULL, d.entry_no
FROM (SELECT DISTINCT s.account_id FROM credits.consent s WHERE s.given_at IS NOT NULL AND s.next_at <= (SELECT credits.now())) c,
     LATERAL credits.due_revenue(c.account_id) WITH ORDINALITY d(occurred_at, kind, amount, reference, entry_no, no);
COMMENT ON VIEW credits.revenue IS 'The books of revenue: what accounts paid and earned, what was given back, and what was given away; months of consents are there from their first moment on, whether a call has written them or not.';
COMMENT ON COLUMN credits.revenue.account_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.revenue.revenue_no IS 'number within the account, from 1 without gaps (a count)';
COMMENT ON COLUMN credits.revenue.occurred_at IS 'time at which the money moved';
COMMENT ON COLUMN credits.revenue.kind IS 'subscription, pack, affiliate, consent or other; prize, referral and gift bring no revenue but cost (no unit)';
COMMENT ON COLUMN credits.revenue.amount IS 'USD; below zero: given back';
COMMENT ON COLUMN credits.revenue.fee IS 'USD that the payment cost';
COMMENT ON COLUMN credits.revenue.promotion_cost IS 'USD that what was given away will cost';
COMMENT ON COLUMN credits.revenue.net IS 'amount - fee - promotion_cost, USD';
COMMENT ON COLUMN credits.revenue.reference IS 'the payment, conversion, consent, referred account, turn of the wheel or gift that it is about (no unit); null: a gift without one';
COMMENT ON COLUMN credits.revenue.reason IS 'of what was given back: the refund or dispute; of a gift: who gave it (no unit); null: none';
COMMENT ON COLUMN credits.revenue.booked_at IS 'time at which it was written down; null: it is due, and the account''s next call or maintain() will';
COMMENT ON COLUMN credits.revenue.entry_no IS 'number of the ledger entry that came with it (a count); null: none';

CREATE OR REPLACE VIEW credits.call_margins WITH (security_invoker = true) AS
SELECT l.account_id, l.entry_no, l.created_at, coalesce(l.effective_at, l.created_at) AS effective_at, l.action, l.provider, l.model, l.member_id,
       -l.amount::numeric AS credits, b.earned, coalesce(l.overage::numeric, 0) AS overage, coalesce(l.cost::numeric, 0) AS cost,
       b.earned + coalesce(l.overage::numeric, 0) - coalesce(l.cost::numeric, 0) AS margin,
       CASE WHEN b.earned + coalesce(l.overage::numeric, 0) > 0
            THEN round((b.earned + coalesce(l.overage::numeric, 0) - coalesce(l.cost::numeric, 0)) / (b.earned + coalesce(l.overage::numeric, 0)) * 100, 2) END AS margin_pct
FROM credits.ledger l
CROSS JOIN LATERAL (
    SELECT coalesce(round(sum(-m.amount * t.price_paid::numeric / t.amount::numeric), 12), 0) AS earned
    FROM (SELECT l.lot_no, l.amount::numeric WHERE l.lot_no IS NOT NULL
          UNION ALL SELECT (s.pair ->> 0)::bigint, (s.pair ->> 1)::numeric FROM jsonb_array_elements(l.lots) s(pair)) m(lot_no, amount)
    JOIN credits.lot t ON t.account_id = l.account_id AND t.lot_no = m.lot_no AND t.price_paid IS NOT NULL AND t.amount > 0) b
WHERE l.kind IN ('deduct', 'settle', 'refund', 'cost');
COMMENT ON VIEW credits.call_margins IS 'What each call earned and cost: its credits at what was really paid for the lots that they came from, not at a list price. Credits that nobody paid for earn nothing; a call that became debt earns nothing until it is charged to a lot.';
COMMENT ON COLUMN credits.call_margins.account_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.call_margins.entry_no IS 'number of the entry of the ledger, within the account (a count)';
COMMENT ON COLUMN credits.call_margins.created_at IS 'time at which it was written';
COMMENT ON COLUMN credits.call_margins.effective_at IS 'time at which the call took place';
COMMENT ON COLUMN credits.call_margins.action IS 'the action (no unit); null: none was named';
COMMENT ON COLUMN credits.call_margins.provider IS 'the provider (no unit); null: none was named';
COMMENT ON COLUMN credits.call_margins.model IS 'the model (no unit); null: none was named';
COMMENT ON COLUMN credits.call_margins.member_id IS 'the member that called (no unit); null: none was named';
COMMENT ON COLUMN credits.call_margins.credits IS 'credits charged; below zero: refunded';
COMMENT ON COLUMN credits.call_margins.earned IS 'USD that was paid for them, to 12 decimals';
COMMENT ON COLUMN credits.call_margins.overage IS 'USD owed for it beside credits';
COMMENT ON COLUMN credits.call_margins.cost IS 'USD that the provider charges; 0 of a refund: the cost stays with the call';
COMMENT ON COLUMN credits.call_margins.margin IS 'earned + overage - cost, USD';
COMMENT ON COLUMN credits.call_margins.margin_pct IS 'margin of what was earned, percent; null: nothing was earned';
