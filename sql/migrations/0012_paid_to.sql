-- Periods paid ahead are as long as they were paid for.

ALTER TABLE credits.lot ADD COLUMN paid_to timestamptz;
COMMENT ON COLUMN credits.lot.paid_to IS 'end of the period that it was paid for before that began; null: no such lot';

UPDATE credits.lot l SET paid_to = p.period_end
FROM credits.payment p
WHERE p.account_id = l.account_id AND p.lot_no = l.lot_no AND p.kind = 'subscription' AND p.period_start = l.effective_at AND l.state IN ('scheduled', 'void')
  AND p.period_start > p.booked_at;
