-- Roll-ups: what the ledger and the books of revenue add up to, kept by maintain(). An entry is in them or above the
-- mark of its account, never both; the views add what is above. Empty text stands for "none was named" (the ledger
-- refuses empty names), so that every column of a key has a value.

CREATE TABLE credits.rollup_mark (
    account_id text COLLATE "C" PRIMARY KEY,
    entry_no   bigint NOT NULL DEFAULT 0,
    revenue_no bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
COMMENT ON TABLE credits.rollup_mark IS 'Up to where each account''s books are in the roll-ups; no row: nothing is.';
COMMENT ON COLUMN credits.rollup_mark.entry_no IS 'entries of the ledger up to this number are in, later ones are not';
COMMENT ON COLUMN credits.rollup_mark.revenue_no IS 'rows of the books of revenue up to this number are in, later ones are not';

CREATE TABLE credits.rollup_state (
    only_row     boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    rolled_until timestamptz NOT NULL DEFAULT '-infinity',
    noted_at     timestamptz,
    noted_xid    xid8,
    compared_at  timestamptz NOT NULL DEFAULT '-infinity',
    time_zone    text,
    zone_changed boolean NOT NULL DEFAULT false
);
INSERT INTO credits.rollup_state DEFAULT VALUES;
COMMENT ON TABLE credits.rollup_state IS 'One row: how far the roll-ups have come in time. Whoever rolls up holds its lock.';
COMMENT ON COLUMN credits.rollup_state.rolled_until IS 'what was written before it is in the roll-ups, or named in rollup_late';
COMMENT ON COLUMN credits.rollup_state.noted_at IS 'a time that rolled_until can move to once every transaction before noted_xid has ended; null: none is waiting';
COMMENT ON COLUMN credits.rollup_state.noted_xid IS 'transactions from this one on began to write after noted_at';
COMMENT ON COLUMN credits.rollup_state.time_zone IS 'the platform''s time zone by which was last rolled up; null: nothing was';
COMMENT ON COLUMN credits.rollup_state.zone_changed IS 'it was another one before: days, months and hours rolled up until then keep their bounds';
COMMENT ON COLUMN credits.rollup_state.compared_at IS 'when all wallets were last compared with the marks';

CREATE TABLE credits.rollup_late (
    account_id text COLLATE "C" NOT NULL,
    entry_no   bigint NOT NULL,
    PRIMARY KEY (account_id, entry_no)
);
COMMENT ON TABLE credits.rollup_late IS 'Entries of the ledger that are not in the roll-ups yet and whose created_at is behind the clock by which they were written: time was set, or the call took long.';

CREATE TABLE credits.rollup_late_revenue (
    account_id text COLLATE "C" NOT NULL,
    revenue_no bigint NOT NULL,
    PRIMARY KEY (account_id, revenue_no)
);
COMMENT ON TABLE credits.rollup_late_revenue IS 'The same for the books of revenue and their booked_at.';
CREATE TRIGGER rollup_late AFTER INSERT ON credits.revenue_entry FOR EACH ROW
    WHEN (NEW.booked_at < clock_timestamp() - interval '5 seconds') EXECUTE FUNCTION credits.note_late_revenue();

-- Of the platform.
CREATE TABLE credits.rollup_hour (
    hour          timestamptz PRIMARY KEY,
    requests      bigint NOT NULL,
    records       bigint NOT NULL,
    input_tokens  numeric NOT NULL,
    output_tokens numeric NOT NULL,
    credits       credits.credit_amount NOT NULL,
    refunded      credits.credit_amount NOT NULL,
    cost          credits.usd_amount NOT NULL,
    overage       credits.usd_amount NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE credits.rollup_hour IS 'Use of the platform by hour in which the calls took place.';

CREATE TABLE credits.rollup_revenue (
    hour           timestamptz NOT NULL,
    kind           text COLLATE "C" NOT NULL,
    bookings       bigint NOT NULL,
    revenue        credits.usd_amount NOT NULL,
    fee            credits.usd_amount NOT NULL,
    promotion_cost credits.usd_amount NOT NULL,
    PRIMARY KEY (hour, kind)
) WITH (fillfactor = 70);
COMMENT ON TABLE credits.rollup_revenue IS 'Revenue of the platform by hour in which the money moved, and kind.';
COMMENT ON COLUMN credits.rollup_revenue.bookings IS 'rows of the books of revenue';

CREATE TABLE credits.rollup_payers (
    month    date PRIMARY KEY,
    accounts bigint NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE credits.rollup_payers IS 'Accounts with revenue above zero in a month of the platform''s time zone: those of rollup_income, counted.';

CREATE TABLE credits.rollup_day (
    day           date NOT NULL,
    plan          text COLLATE "C" NOT NULL,
    provider      text COLLATE "C" NOT NULL,
    model         text COLLATE "C" NOT NULL,
    action        text COLLATE "C" NOT NULL,
    requests      bigint NOT NULL,
    records       bigint NOT NULL,
    input_tokens  numeric NOT NULL,
    output_tokens numeric NOT NULL,
    credits       credits.credit_amount NOT NULL,
    refunded      credits.credit_amount NOT NULL,
    cost          credits.usd_amount NOT NULL,
    overage       credits.usd_amount NOT NULL,
    PRIMARY KEY (day, plan, provider, model, action)
) WITH (fillfactor = 70);
COMMENT ON TABLE credits.rollup_day IS 'Use of the platform by day of its time zone, as that was configured when the entry was rolled up.';

-- Of accounts.
CREATE TABLE credits.rollup_account (
    account_id    text COLLATE "C" NOT NULL,
    month         date NOT NULL,
    requests      bigint NOT NULL,
    records       bigint NOT NULL,
    input_tokens  numeric NOT NULL,
    output_tokens numeric NOT NULL,
    credits       credits.credit_amount NOT NULL,
    refunded      credits.credit_amount NOT NULL,
    cost          credits.usd_amount NOT NULL,
    overage       credits.usd_amount NOT NULL,
    PRIMARY KEY (account_id, month)
) WITH (fillfactor = 70);
CREATE INDEX rollup_account_month ON credits.rollup_account (month);
COMMENT ON TABLE credits.rollup_account IS 'Use of accounts by month of their own time zone.';

CREATE TABLE credits.rollup_usage (
    account_id    text COLLATE "C" NOT NULL,
    month         date NOT NULL,
    provider      text COLLATE "C" NOT NULL,
    model         text COLLATE "C" NOT NULL,
    action        text COLLATE "C" NOT NULL,
    member_id     text COLLATE "C" NOT NULL,
    requests      bigint NOT NULL,
    records       bigint NOT NULL,
    input_tokens  numeric NOT NULL,
    output_tokens numeric NOT NULL,
    credits       credits.credit_amount NOT NULL,
    refunded      credits.credit_amount NOT NULL,
    cost          credits.usd_amount NOT NULL,
    overage       credits.usd_amount NOT NULL,
    PRIMARY KEY (account_id, month, provider, model, action, member_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE credits.rollup_usage IS 'Use of accounts by month of their own time zone and by what was called, and by whom.';

CREATE TABLE credits.rollup_income (
    account_id     text COLLATE "C" NOT NULL,
    month          date NOT NULL,
    revenue        credits.usd_amount NOT NULL,
    fee            credits.usd_amount NOT NULL,
    promotion_cost credits.usd_amount NOT NULL,
    PRIMARY KEY (account_id, month)
) WITH (fillfactor = 80);
COMMENT ON TABLE credits.rollup_income IS 'Revenue of accounts by month of the platform''s time zone.';

DO $$
DECLARE
    measured text;
    measure  record;
BEGIN
    FOREACH measured IN ARRAY '{rollup_hour,rollup_day,rollup_account,rollup_usage}'::text[] LOOP
        FOR measure IN SELECT * FROM (VALUES
            ('requests', 'calls that were charged, also with nothing'), ('records', 'costs recorded without a charge'),
            ('input_tokens', 'tokens read'), ('output_tokens', 'tokens written, reasoning included'),
            ('credits', 'credits charged'), ('refunded', 'credits given back'),
            ('cost', 'USD that providers charge'), ('overage', 'USD owed beside credits')) m(name, meaning)
        LOOP
            EXECUTE format('COMMENT ON COLUMN credits.%I.%I IS %L', measured, measure.name, measure.meaning);
        END LOOP;
    END LOOP;
END $$;
COMMENT ON COLUMN credits.rollup_hour.hour IS 'its start, as hours begin in the platform''s time zone';
COMMENT ON COLUMN credits.rollup_revenue.hour IS 'its start, as hours begin in the platform''s time zone';
COMMENT ON COLUMN credits.rollup_revenue.revenue IS 'USD; below zero: given back';
COMMENT ON COLUMN credits.rollup_revenue.fee IS 'USD that payments cost';
COMMENT ON COLUMN credits.rollup_revenue.promotion_cost IS 'USD that what was given away will cost';
COMMENT ON COLUMN credits.rollup_income.revenue IS 'USD; below zero: given back';
COMMENT ON COLUMN credits.rollup_income.fee IS 'USD that payments cost';
COMMENT ON COLUMN credits.rollup_income.promotion_cost IS 'USD that what was given away will cost';
