-- Accounts and everything that hangs on one of them. Every key leads with account_id, numbers are
-- gapless per account and come from its locked wallet row, so the tables distribute by account_id.

CREATE TABLE credits.account (
    account_id     text COLLATE "C" PRIMARY KEY,
    opened_plan    text,
    pending_plan   text,
    time_zone      text NOT NULL,
    anchor         timestamptz NOT NULL,
    period_anchor  timestamptz NOT NULL,
    anchor_given   boolean NOT NULL,
    identity       text,
    free_grants    boolean NOT NULL,
    opened_at      timestamptz NOT NULL,
    closed_at      timestamptz,
    close_reason   text,
    frozen_at      timestamptz,
    freeze_reason  text,
    metadata       jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE credits.account IS 'Accounts, the cold part: facts of opening, plan change to come, closing and freezing.';
COMMENT ON COLUMN credits.account.anchor IS 'anchor as of opening';
COMMENT ON COLUMN credits.account.period_anchor IS 'where the account''s periods are counted from now: the anchor, or the plan change that began another cycle';
COMMENT ON COLUMN credits.account.free_grants IS 'false where another account with the same identity already gets the grants by clock';
COMMENT ON COLUMN credits.account.pending_plan IS 'plan that takes over at the end of the period';

CREATE TABLE credits.identity (
    identity   text COLLATE "C" PRIMARY KEY,
    account_id text NOT NULL,
    claimed_at timestamptz NOT NULL
);
COMMENT ON TABLE credits.identity IS 'Which account gets the free grants of an identity. The one key that cannot lead with account_id: it is what accounts share.';

-- The columns that a plain deduct changes come last and together: the WAL record of the update then
-- holds little more than they do.
CREATE TABLE credits.wallet (
    account_id        text COLLATE "C" PRIMARY KEY,
    plan              text COLLATE "C",
    status            text NOT NULL,
    period_start      timestamptz NOT NULL,
    period_end        timestamptz NOT NULL,
    day_end           timestamptz,
    plan_granted      credits.credit_amount NOT NULL,
    once_granted      credits.credit_amount NOT NULL,
    day_granted       credits.credit_amount NOT NULL,
    granted           credits.credit_amount NOT NULL,
    last_lot_no       bigint NOT NULL,
    current_lot_no    bigint,
    first_open_hold   bigint NOT NULL,
    next_event_at     timestamptz NOT NULL,
    residue           credits.usd_amount NOT NULL,
    held              credits.credit_amount NOT NULL,
    last_hold_no      bigint NOT NULL,
    current_remaining credits.credit_amount NOT NULL,
    balance           credits.credit_amount NOT NULL,
    last_entry_no     bigint NOT NULL,
    clock             timestamptz NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE credits.wallet IS 'Accounts, the hot part: the one row that every change of an account locks and updates.';
COMMENT ON COLUMN credits.wallet.status IS 'open, frozen or closed';
COMMENT ON COLUMN credits.wallet.granted IS 'credits the period opened with + grants − expired and voided; granted − balance = net charges of the period';
COMMENT ON COLUMN credits.wallet.plan_granted IS 'plan credits already granted for the current period';
COMMENT ON COLUMN credits.wallet.once_granted IS 'plan credits granted so far by plans that grant once (no interval)';
COMMENT ON COLUMN credits.wallet.day_granted IS 'daily credits already granted for the current day';
COMMENT ON COLUMN credits.wallet.first_open_hold IS 'no hold below this number is open';
COMMENT ON COLUMN credits.wallet.next_event_at IS 'the next moment at which something is due for the account; before it the wallet row alone decides';
COMMENT ON COLUMN credits.wallet.residue IS 'USD of computed charges not yet charged (negative: charged ahead) because a charge is rounded to the unit''s scale';
COMMENT ON COLUMN credits.wallet.current_lot_no IS 'lot that charges are taken from; its remaining credits stand here, not in credits.lot';
COMMENT ON COLUMN credits.wallet.balance IS 'credits of all live lots − debt';
COMMENT ON COLUMN credits.wallet.clock IS 'time of the last call, up to which everything due has been applied; it never runs backwards';

CREATE TABLE credits.lot (
    account_id    text COLLATE "C" NOT NULL,
    lot_no        bigint NOT NULL,
    source        text NOT NULL,
    category      text NOT NULL,
    amount        credits.credit_amount NOT NULL,
    remaining     credits.credit_amount NOT NULL,
    priority      integer NOT NULL,
    effective_at  timestamptz NOT NULL,
    expires_at    timestamptz,
    state         text NOT NULL,
    price_paid    credits.usd_amount,
    rollover_min  credits.credit_amount,
    rollover_max  credits.credit_amount,
    created_at    timestamptz NOT NULL,
    metadata      jsonb,
    PRIMARY KEY (account_id, lot_no)
) WITH (fillfactor = 80);
CREATE INDEX lot_open ON credits.lot (account_id) WHERE state IN ('scheduled', 'live');
COMMENT ON TABLE credits.lot IS 'Credit lots: what was granted, what is left, and the order in which it burns down.';
COMMENT ON COLUMN credits.lot.state IS 'scheduled (not yet effective), live, used, expired or void';
COMMENT ON COLUMN credits.lot.remaining IS 'credits left; of the wallet''s current lot, as of when it became current';

CREATE TABLE credits.hold (
    account_id         text COLLATE "C" NOT NULL,
    hold_no            bigint NOT NULL,
    amount             credits.credit_amount NOT NULL,
    created_at         timestamptz NOT NULL,
    expires_at         timestamptz NOT NULL,
    cost               credits.usd_amount,
    action             text,
    provider           text,
    model              text,
    usage              jsonb,
    member_id          text,
    plan               text,
    charge_by          text NOT NULL,
    charge_factor      numeric,
    balance            credits.credit_amount NOT NULL,
    held               credits.credit_amount NOT NULL,
    authorized_amount  credits.credit_amount NOT NULL,
    role_name          text NOT NULL,
    metadata           jsonb,
    status             text NOT NULL,
    ended_at           timestamptz,
    entry_no           bigint,
    settle_fingerprint bytea,
    PRIMARY KEY (account_id, hold_no)
) WITH (fillfactor = 50);
COMMENT ON TABLE credits.hold IS 'Holds: credits set aside by authorize until settle, release or time-out, with the terms of the authorization.';
COMMENT ON COLUMN credits.hold.status IS 'pending, settled, released or expired';
COMMENT ON COLUMN credits.hold.charge_by IS 'how settle turns usage into credits: cost, tokens, action (usage prices the cost only) or fixed (the held amount stands)';
COMMENT ON COLUMN credits.hold.balance IS 'balance right after the authorization';
COMMENT ON COLUMN credits.hold.held IS 'credits held in all right after the authorization';

CREATE TABLE credits.ledger (
    account_id      text COLLATE "C" NOT NULL,
    entry_no        bigint NOT NULL,
    created_at      timestamptz NOT NULL,
    lot_no          bigint,
    effective_at    timestamptz,
    hold_no         bigint,
    refers_to       bigint,
    kind            text NOT NULL,
    amount          credits.credit_amount NOT NULL,
    balance         credits.credit_amount NOT NULL,
    held            credits.credit_amount,
    lots            jsonb,
    cost            credits.usd_amount,
    computed_usd    credits.usd_amount,
    residue         credits.usd_amount,
    action          text,
    provider        text,
    model           text,
    usage           jsonb,
    member_id       text,
    plan            text,
    charge_by       text,
    charge_factor   numeric,
    reason          text,
    role_name       text NOT NULL,
    metadata        jsonb,
    PRIMARY KEY (account_id, entry_no, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX ledger_created_at ON credits.ledger USING brin (created_at);
COMMENT ON TABLE credits.ledger IS 'Every movement of credits and every cost, append-only, numbered without gaps per account.';
COMMENT ON COLUMN credits.ledger.created_at IS 'when the entry was written';
COMMENT ON COLUMN credits.ledger.effective_at IS 'when it was due; null: when it was written';
COMMENT ON COLUMN credits.ledger.amount IS 'credits added (positive) or taken (negative)';
COMMENT ON COLUMN credits.ledger.balance IS 'balance after the entry; before it: balance − amount';
COMMENT ON COLUMN credits.ledger.held IS 'credits held after the entry; null: none';
COMMENT ON COLUMN credits.ledger.lot_no IS 'the one lot that the whole amount moved; null where lots says it, or where only debt moved';
COMMENT ON COLUMN credits.ledger.lots IS 'what the entry moved in each lot, [[lot_no, credits], …], where it is not one lot by the whole amount';
COMMENT ON COLUMN credits.ledger.cost IS 'USD that the provider charges for the call; null: not known';
COMMENT ON COLUMN credits.ledger.computed_usd IS 'exact charge before rounding, in USD at the unit''s value; null: the amount was given';
COMMENT ON COLUMN credits.ledger.residue IS 'the wallet''s residue after the entry, USD; null: not touched';
COMMENT ON COLUMN credits.ledger.refers_to IS 'entry that a refund gives back';
COMMENT ON COLUMN credits.ledger.role_name IS 'database role that called';

CREATE TABLE credits.refund_total (
    account_id text COLLATE "C" NOT NULL,
    entry_no   bigint NOT NULL,
    refunded   credits.credit_amount NOT NULL,
    PRIMARY KEY (account_id, entry_no)
);
COMMENT ON TABLE credits.refund_total IS 'Credits given back so far of each refunded entry.';

CREATE TABLE credits.idempotency_key (
    account_id  text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL,
    result_no   bigint NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, key)
);
COMMENT ON TABLE credits.idempotency_key IS 'What each key was used for: the fingerprint of the request, and the entry or hold that it made.';
COMMENT ON COLUMN credits.idempotency_key.fingerprint IS 'the verb, which arguments were given, and 8 bytes for each of them';
COMMENT ON COLUMN credits.idempotency_key.result_no IS 'entry_no, for authorize hold_no';

CREATE TABLE credits.maintenance (
    job     text PRIMARY KEY,
    done_at timestamptz NOT NULL
);
COMMENT ON TABLE credits.maintenance IS 'When maintain() last did what it does not do at every call.';

-- The first 24 months and, for anything outside them, a default partition; maintain() goes on from there.
CREATE TABLE credits.ledger_default PARTITION OF credits.ledger DEFAULT;
