-- What earns or gives credits without a payment: consents, referrals, the prize wheel, gifts.

CREATE OR REPLACE FUNCTION credits.reward_referrer(account_id text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    referral credits.referral;
    bonus    numeric := (credits.section('promotions') #>> '{referral,credits}')::numeric;
    receipt  credits.receipt;
BEGIN
    SELECT r.* INTO referral FROM credits.referral r WHERE r.referred_account_id = $1 AND r.rewarded_at IS NULL;
    IF NOT FOUND OR bonus IS NULL OR bonus = 0 THEN
        RETURN;
    END IF;
    PERFORM credits.lock_account(referral.account_id);
    receipt := credits.post_payment(referral.account_id, 0, 'referral of ' || $1, '{}', NULL, bonus, 'referral', 'promotional', NULL, NULL);
    UPDATE credits.referral r SET rewarded_at = credits.now(), entry_no = receipt.entry_no
    WHERE r.account_id = referral.account_id AND r.referred_account_id = $1;
    PERFORM credits.book_revenue(referral.account_id, 'referral', 0, $1, credits.now(),
        promotion_cost => bonus * (SELECT p.value_usd FROM credits.platform p));
END $$;
REVOKE EXECUTE ON FUNCTION credits.reward_referrer(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.reward_referrer(text) IS 'Internal: gives whoever referred an account the configured bonus, once, when the account has paid. Locks the referrer''s wallet row: accounts that refer one another form no ring, so nobody waits in a circle.';
