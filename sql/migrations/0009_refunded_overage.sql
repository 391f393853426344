-- Overage that refunds take back.

ALTER TABLE credits.refund_total ADD COLUMN overage credits.usd_amount NOT NULL DEFAULT 0;
COMMENT ON TABLE credits.refund_total IS 'Credits and overage given back so far of each refunded entry.';
COMMENT ON COLUMN credits.refund_total.overage IS 'USD of the entry''s overage that were taken back';
COMMENT ON COLUMN credits.ledger.overage IS 'USD accrued for use above a limit, or by a postpaid plan; of a refund below zero: taken back; null: none';
COMMENT ON COLUMN credits.wallet.period_overage IS 'USD accrued in the period for use above limits, or by a postpaid plan, less what refunds took back';
