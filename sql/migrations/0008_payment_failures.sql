-- Failed payments, all that were told: so that the order in which failures and payments are told does not matter.

CREATE TABLE credits.payment_failure (
    account_id text COLLATE "C" NOT NULL,
    failed_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, failed_at)
);
COMMENT ON TABLE credits.payment_failure IS 'Payments that failed, by their own time. The earliest after the latest payment is wallet.licence_failed_at.';

INSERT INTO credits.payment_failure (account_id, failed_at)
SELECT w.account_id, w.licence_failed_at FROM credits.wallet w WHERE w.licence_failed_at IS NOT NULL;
COMMENT ON COLUMN credits.wallet.licence_failed_at IS 'when the payment failed from which the licence''s steps are counted: of those in payment_failure the earliest after licence_paid_at; null: the licence is active';
