-- The catalogue: what the configuration document describes. Small tables, cached by every backend;
-- nothing of an account refers to them by foreign key (terms are copied into what they priced).

CREATE TABLE credits.platform (
    only_row         boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    unit_name        text NOT NULL DEFAULT 'credit',
    value_usd        credits.usd_amount NOT NULL DEFAULT 0.01 CHECK (value_usd > 0),
    price_usd        credits.usd_amount CHECK (price_usd >= 0),
    scale            smallint NOT NULL DEFAULT 0 CHECK (scale BETWEEN 0 AND 12),
    rounding         text NOT NULL DEFAULT 'half_even' CHECK (rounding IN ('half_even', 'half_up', 'up', 'down')),
    default_plan     text,
    margin           numeric CHECK (margin >= 0 AND margin < 1),
    time_zone        text NOT NULL DEFAULT 'UTC',
    refund_lot_life  interval NOT NULL DEFAULT '30 days' CHECK (refund_lot_life > interval '0'),
    idempotency_days integer NOT NULL DEFAULT 30 CHECK (idempotency_days > 0)
);
INSERT INTO credits.platform DEFAULT VALUES;
COMMENT ON TABLE credits.platform IS 'One row: the unit of credit and the platform-wide settings of the configuration document.';
COMMENT ON COLUMN credits.platform.value_usd IS 'USD of provider cost that one credit buys';
COMMENT ON COLUMN credits.platform.price_usd IS 'USD that one credit sells for';
COMMENT ON COLUMN credits.platform.scale IS 'decimal places of a credit; amounts finer than this are refused';
COMMENT ON COLUMN credits.platform.rounding IS 'how a computed charge is brought to the scale: half_even, half_up, up or down; the residue stays on the wallet';
COMMENT ON COLUMN credits.platform.margin IS 'share of a plan''s price that is kept; the rest becomes credits where a plan says "from_margin"';
COMMENT ON COLUMN credits.platform.refund_lot_life IS 'life of the new lot that a refund opens where the lot debited is gone';
COMMENT ON COLUMN credits.platform.idempotency_days IS 'days for which an idempotency key is remembered';

CREATE TABLE credits.plan (
    plan                text COLLATE "C" PRIMARY KEY,
    name                text NOT NULL,
    price               credits.usd_amount NOT NULL DEFAULT 0 CHECK (price >= 0),
    cycle               interval CHECK (cycle > interval '0'),
    grant_on            text NOT NULL CHECK (grant_on IN ('clock', 'payment')),
    credits             credits.credit_amount CHECK (credits >= 0),
    credits_from_margin boolean NOT NULL DEFAULT false,
    daily_credits       credits.credit_amount CHECK (daily_credits >= 0),
    renewal             text NOT NULL DEFAULT 'reset' CHECK (renewal IN ('reset', 'rollover', 'accumulate')),
    rollover_min        credits.credit_amount CHECK (rollover_min >= 0),
    rollover_max        credits.credit_amount CHECK (rollover_max >= 0),
    overdraft           credits.credit_amount NOT NULL DEFAULT 0 CHECK (overdraft >= 0),
    charge_by           text NOT NULL DEFAULT 'cost' CHECK (charge_by IN ('cost', 'tokens', 'action')),
    charge_factor       numeric NOT NULL DEFAULT 1 CHECK (charge_factor >= 0 AND charge_factor < 'Infinity'),
    CHECK (NOT (credits_from_margin AND credits IS NOT NULL))
);
COMMENT ON TABLE credits.plan IS 'Plans of the configuration document: what a period costs and grants, and how usage is charged.';
COMMENT ON COLUMN credits.plan.cycle IS 'length of a period ("interval" of the document); null: granted once, usage periods are calendar months';
COMMENT ON COLUMN credits.plan.grant_on IS 'clock: every period by time; payment: every paid period once';
COMMENT ON COLUMN credits.plan.credits IS 'credits of a period; null with credits_from_margin = price × (1 − margin) ÷ value_usd';
COMMENT ON COLUMN credits.plan.daily_credits IS 'credits of a day, gone at midnight of the account''s zone';
COMMENT ON COLUMN credits.plan.overdraft IS 'credits that may be used below zero';
COMMENT ON COLUMN credits.plan.charge_by IS 'cost: USD × charge_factor ÷ value_usd; tokens: all tokens × charge_factor; action: rate card only';
COMMENT ON COLUMN credits.plan.charge_factor IS 'markup (by cost) or credits per token (by tokens)';

CREATE TABLE credits.price (
    provider   text COLLATE "C" NOT NULL,
    model      text COLLATE "C" NOT NULL,
    metric     text COLLATE "C" NOT NULL,
    price      credits.usd_amount NOT NULL CHECK (price >= 0),
    per        numeric NOT NULL DEFAULT 1 CHECK (per > 0 AND per < 'Infinity'),
    valid_from timestamptz NOT NULL DEFAULT '-infinity',
    valid_to   timestamptz NOT NULL DEFAULT 'infinity',
    PRIMARY KEY (provider, model, metric, valid_from),
    CHECK (valid_from < valid_to)
);
COMMENT ON TABLE credits.price IS 'Dated prices in USD: price for every "per" units of a metric, in force from valid_from (inclusive) to valid_to (exclusive).';

CREATE TABLE credits.action (
    action     text COLLATE "C" PRIMARY KEY,
    credits    credits.credit_amount CHECK (credits >= 0),
    cost       credits.usd_amount CHECK (cost >= 0),
    range_low  credits.credit_amount CHECK (range_low >= 0),
    range_high credits.credit_amount CHECK (range_high >= range_low),
    ttl        interval CHECK (ttl > interval '0'),
    CHECK ((range_low IS NULL) = (range_high IS NULL))
);
COMMENT ON TABLE credits.action IS 'Actions of the rate card: fixed price in credits, fixed cost in USD, usual range, and how long a hold for one lives.';

CREATE TABLE credits.configuration_change (
    change_no  bigint PRIMARY KEY,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    changes    jsonb NOT NULL
);
COMMENT ON TABLE credits.configuration_change IS 'Audit of configure(): when, which database role, what changed (old and new value by path).';
