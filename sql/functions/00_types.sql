-- Types and what everything else stands on. Tables have columns of these domains, so that the extension
-- cannot be dropped while they exist.

CREATE DOMAIN credits.credit_amount AS numeric CHECK (VALUE > '-Infinity' AND VALUE < 'Infinity');
COMMENT ON DOMAIN credits.credit_amount IS 'An exact amount of credits; NaN and infinities are refused.';

CREATE DOMAIN credits.usd_amount AS numeric CHECK (VALUE > '-Infinity' AND VALUE < 'Infinity');
COMMENT ON DOMAIN credits.usd_amount IS 'An exact amount of US dollars; NaN and infinities are refused.';

CREATE TYPE credits.receipt AS (
    account_id text,
    entry_no   bigint,
    kind       text,
    amount     numeric,
    cost       numeric,
    balance    numeric,
    available  numeric,
    level      text,
    replayed   boolean,
    created_at timestamptz
);
COMMENT ON TYPE credits.receipt IS 'What a movement of credits did. amount: credits, signed (grants and refunds positive, charges negative); cost: USD; balance and available: credits right after it; level: restriction level; replayed: this is the first receipt again.';

CREATE TYPE credits.decision AS (
    allowed     boolean,
    outcome     text,
    http_status integer,
    message     text,
    hold_no     bigint,
    amount      numeric,
    cost        numeric,
    balance     numeric,
    available   numeric,
    level       text,
    model       text,
    retry_after interval,
    limit_name  text,
    warnings    jsonb,
    detail      jsonb,
    replayed    boolean
);
COMMENT ON TYPE credits.decision IS 'Whether a call may go on. outcome and http_status: why; hold_no: what settle and release take; amount: credits held, or that would be; cost: USD expected; model: the one to call; detail: the refusal for a program.';

CREATE FUNCTION credits.now() RETURNS timestamptz
AS 'MODULE_PATHNAME', 'credits_now' LANGUAGE C VOLATILE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits.now() FROM PUBLIC;
COMMENT ON FUNCTION credits.now() IS 'The time that calls go by: the setting pg_credits.now where a superuser set it (time travel for tests), else the clock at this very moment.
Result: timestamptz, never null. Errors: none. Locks: none.';

CREATE FUNCTION credits.catalogue_changed() RETURNS trigger
AS 'MODULE_PATHNAME', 'credits_catalogue_changed' LANGUAGE C;
REVOKE EXECUTE ON FUNCTION credits.catalogue_changed() FROM PUBLIC;
COMMENT ON FUNCTION credits.catalogue_changed() IS 'Internal: trigger of the catalogue tables: when the change commits, every backend reads the catalogue again at its next call.';

CREATE TYPE credits.payment_facts AS (
    reference       text,
    kind            text,
    amount          numeric,
    fee             numeric,
    currency        text,
    currency_amount bigint,
    paid_at         timestamptz,
    plan            text,
    pack            text,
    quantity        integer,
    period_start    timestamptz,
    period_end      timestamptz,
    keys            text[]
);
COMMENT ON TYPE credits.payment_facts IS 'Internal: what is known of a payment before it is booked. amount, fee: USD; currency_amount: smallest units of currency; keys: other ids by which the provider speaks of it.';

CREATE TYPE credits.turn_facts AS (
    window_start timestamptz,
    window_end   timestamptz,
    odds         numeric,
    won          boolean,
    prize        jsonb,
    entry_no     bigint
);
COMMENT ON TYPE credits.turn_facts IS 'Internal: a turn of the prize wheel. odds: probability, 0 to 1; prize, entry_no: null where nothing was won.';
