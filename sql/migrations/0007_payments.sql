-- Money that comes in: payments and what they brought, the books of revenue, events of the payment
-- provider, and who earned credits without paying.

ALTER TABLE credits.wallet ADD COLUMN paid_until timestamptz;
COMMENT ON COLUMN credits.wallet.paid_until IS 'end of the last period that was paid for; null: none was';
ALTER TABLE credits.account ADD COLUMN has_consents boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN credits.account.has_consents IS 'it has rows in credits.consent';
ALTER TABLE credits.account ADD COLUMN referred_by text COLLATE "C";
COMMENT ON COLUMN credits.account.referred_by IS 'account that referred it; null: none did';

CREATE TABLE credits.payment (
    account_id      text COLLATE "C" NOT NULL,
    reference       text COLLATE "C" NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('subscription', 'pack', 'affiliate', 'consent', 'other')),
    amount          credits.usd_amount NOT NULL CHECK (amount >= 0),
    fee             credits.usd_amount NOT NULL,
    currency        text,
    currency_amount bigint,
    paid_at         timestamptz NOT NULL,
    booked_at       timestamptz NOT NULL,
    plan            text,
    pack            text,
    quantity        integer,
    period_start    timestamptz,
    period_end      timestamptz,
    credits         credits.credit_amount NOT NULL,
    lot_no          bigint,
    entry_no        bigint NOT NULL,
    refunded        credits.usd_amount NOT NULL DEFAULT 0,
    disputed        credits.usd_amount NOT NULL DEFAULT 0,
    clawed          credits.credit_amount NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, reference)
);
CREATE INDEX payment_period ON credits.payment (account_id, period_start) WHERE period_start IS NOT NULL;
COMMENT ON TABLE credits.payment IS 'Payments, one row each, whatever the number of events that told of it.';
COMMENT ON COLUMN credits.payment.reference IS 'the application''s, or the provider''s id of the invoice, payment intent or session';
COMMENT ON COLUMN credits.payment.amount IS 'USD';
COMMENT ON COLUMN credits.payment.fee IS 'USD that the payment cost';
COMMENT ON COLUMN credits.payment.currency_amount IS 'smallest units of currency, as the provider has it; null: paid in USD as amount says';
COMMENT ON COLUMN credits.payment.period_start IS 'start of the period that it pays for; null: none';
COMMENT ON COLUMN credits.payment.credits IS 'credits that it brought at once';
COMMENT ON COLUMN credits.payment.lot_no IS 'lot that they are in; null: none, or it comes with the period';
COMMENT ON COLUMN credits.payment.refunded IS 'USD given back so far';
COMMENT ON COLUMN credits.payment.disputed IS 'USD of disputes that are open or lost';
COMMENT ON COLUMN credits.payment.clawed IS 'credits taken back with them';

CREATE TABLE credits.payment_key (
    account_id text COLLATE "C" NOT NULL,
    key        text COLLATE "C" NOT NULL,
    reference  text COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, key)
);
CREATE INDEX payment_key_key ON credits.payment_key (key);
COMMENT ON TABLE credits.payment_key IS 'The ids by which a provider speaks of one payment: invoice, payment intent, charge, checkout session.';

CREATE TABLE credits.payment_refund (
    account_id        text COLLATE "C" NOT NULL,
    refund_reference  text COLLATE "C" NOT NULL,
    reference         text COLLATE "C" NOT NULL,
    amount            credits.usd_amount NOT NULL,
    refunded_at       timestamptz NOT NULL,
    entry_no          bigint NOT NULL,
    PRIMARY KEY (account_id, refund_reference)
);
COMMENT ON TABLE credits.payment_refund IS 'Refunds of payments, by the reference of each.';
COMMENT ON COLUMN credits.payment_refund.amount IS 'USD';

CREATE TABLE credits.payment_dispute (
    account_id text COLLATE "C" NOT NULL,
    dispute    text COLLATE "C" NOT NULL,
    reference  text COLLATE "C" NOT NULL,
    amount     credits.usd_amount NOT NULL,
    status     text NOT NULL,
    as_of      timestamptz NOT NULL,
    PRIMARY KEY (account_id, dispute)
);
COMMENT ON TABLE credits.payment_dispute IS 'Disputes of payments, as of the latest event told of each.';
COMMENT ON COLUMN credits.payment_dispute.status IS 'open, lost, won, or inquiry (no money has moved)';

-- The books: what was earned, by whom, and what that cost beside the provider's price of calls.
CREATE TABLE credits.revenue_entry (
    account_id     text COLLATE "C" NOT NULL,
    revenue_no     bigint NOT NULL,
    booked_at      timestamptz NOT NULL,
    occurred_at    timestamptz NOT NULL,
    kind           text NOT NULL,
    amount         credits.usd_amount NOT NULL,
    fee            credits.usd_amount NOT NULL DEFAULT 0,
    promotion_cost credits.usd_amount NOT NULL DEFAULT 0,
    reference      text,
    reason         text,
    entry_no       bigint,
    role_name      text NOT NULL,
    PRIMARY KEY (account_id, revenue_no)
);
CREATE INDEX revenue_entry_booked_at ON credits.revenue_entry USING brin (booked_at);
COMMENT ON TABLE credits.revenue_entry IS 'Revenue, append-only, numbered without gaps per account; what is given back is a row below zero.';
COMMENT ON COLUMN credits.revenue_entry.occurred_at IS 'when the money moved; booked_at: when it was written down';
COMMENT ON COLUMN credits.revenue_entry.kind IS 'subscription, pack, affiliate, consent, other; prize, referral and gift carry promotion cost, not revenue';
COMMENT ON COLUMN credits.revenue_entry.amount IS 'USD';
COMMENT ON COLUMN credits.revenue_entry.entry_no IS 'ledger entry that came with it; null: none';
COMMENT ON COLUMN credits.revenue_entry.fee IS 'USD that the payment cost';
COMMENT ON COLUMN credits.revenue_entry.promotion_cost IS 'USD that what was given away will cost';

CREATE TABLE credits.payment_customer (
    customer   text COLLATE "C" PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL,
    linked_at  timestamptz NOT NULL
);
COMMENT ON TABLE credits.payment_customer IS 'Which account a customer of the payment provider is. Its key cannot lead with account_id: it is what leads to one.';

CREATE TABLE credits.subscription (
    account_id           text COLLATE "C" NOT NULL,
    subscription         text COLLATE "C" NOT NULL,
    customer             text,
    plan                 text,
    plan_as_of           timestamptz,
    status               text,
    status_as_of         timestamptz,
    cancel_at_period_end boolean NOT NULL DEFAULT false,
    PRIMARY KEY (account_id, subscription)
);
COMMENT ON TABLE credits.subscription IS 'Subscriptions at the payment provider, as of the latest event told of each.';
COMMENT ON COLUMN credits.subscription.status IS 'as the provider has it; null: none of its own events has come';

CREATE TABLE credits.payment_event (
    event_id       text COLLATE "C" PRIMARY KEY,
    type           text NOT NULL,
    status         text NOT NULL CHECK (status IN ('new', 'processed', 'ignored', 'duplicate', 'failed')),
    error          text,
    attempts       integer NOT NULL DEFAULT 0,
    created_at     timestamptz,
    received_at    timestamptz NOT NULL,
    handled_at     timestamptz,
    account_id     text COLLATE "C",
    customer       text COLLATE "C",
    keys           text[] COLLATE "C" NOT NULL,
    facts          jsonb NOT NULL,
    payload        text
);
CREATE INDEX payment_event_failed ON credits.payment_event (created_at) WHERE status = 'failed';
CREATE INDEX payment_event_waiting ON credits.payment_event USING gin (keys) WHERE status = 'failed';
COMMENT ON TABLE credits.payment_event IS 'Inbox of the payment provider''s events, each id once.';
COMMENT ON COLUMN credits.payment_event.keys IS 'ids of the customer and of the payment that it is about';
COMMENT ON COLUMN credits.payment_event.status IS 'new: only while it is first handled; duplicate: another event told of the same payment; failed: see error, it will be tried again';
COMMENT ON COLUMN credits.payment_event.facts IS 'what was read in the event';
COMMENT ON COLUMN credits.payment_event.payload IS 'the event as it came, kept while it has not gone through';

CREATE TABLE credits.consent (
    account_id text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    given_at   timestamptz,
    anchor     timestamptz NOT NULL,
    next_at    timestamptz NOT NULL,
    entry_no   bigint,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, kind)
);
CREATE INDEX consent_due ON credits.consent (next_at) WHERE given_at IS NOT NULL;
COMMENT ON TABLE credits.consent IS 'Consents that earn revenue month by month while they stand.';
COMMENT ON COLUMN credits.consent.given_at IS 'since when it stands; null: it was withdrawn';
COMMENT ON COLUMN credits.consent.anchor IS 'from which its months are counted';
COMMENT ON COLUMN credits.consent.next_at IS 'end of the latest month that was booked; while it stands the next one is booked then';
COMMENT ON COLUMN credits.consent.entry_no IS 'entry that booked the latest month; null: it earned nothing';

CREATE TABLE credits.referral (
    account_id          text COLLATE "C" NOT NULL,
    referred_account_id text COLLATE "C" NOT NULL,
    referred_at         timestamptz NOT NULL,
    paid_at             timestamptz,
    entry_no            bigint,
    remark              text,
    PRIMARY KEY (account_id, referred_account_id)
);
COMMENT ON TABLE credits.referral IS 'Who brought whom.';
COMMENT ON COLUMN credits.referral.paid_at IS 'when the referred account first paid; null: it has not yet';
COMMENT ON COLUMN credits.referral.entry_no IS 'entry of account_id that gave the bonus';
COMMENT ON COLUMN credits.referral.remark IS 'why the payment brought no bonus';

CREATE TABLE credits.spin (
    account_id   text COLLATE "C" NOT NULL,
    window_start timestamptz NOT NULL,
    window_end   timestamptz NOT NULL,
    spun_at      timestamptz NOT NULL,
    odds         numeric NOT NULL,
    won          boolean NOT NULL,
    prize        jsonb,
    entry_no     bigint,
    PRIMARY KEY (account_id, window_start)
);
COMMENT ON TABLE credits.spin IS 'Turns of the prize wheel, one a window.';
COMMENT ON COLUMN credits.spin.odds IS 'probability of winning, 0 to 1';
COMMENT ON COLUMN credits.spin.prize IS 'what was won: provider, model, usage, credits, cost in USD; null: nothing';
COMMENT ON COLUMN credits.spin.entry_no IS 'entry that gave the prize; null: nothing was won';

INSERT INTO credits.secret (name, value) VALUES ('prize_wheel', gen_random_uuid()::text || gen_random_uuid()::text);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON credits.revenue_entry FOR EACH ROW EXECUTE FUNCTION credits.refuse_book_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON credits.revenue_entry FOR EACH STATEMENT EXECUTE FUNCTION credits.refuse_book_change();
ALTER TABLE credits.revenue_entry ENABLE ALWAYS TRIGGER append_only, ENABLE ALWAYS TRIGGER append_only_truncate;
