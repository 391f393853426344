-- What rules need to know of an account: totals of the period, counters over windows, members, and what
-- became of the rules: alerts, denials, changes of level, conversions.

ALTER TABLE credits.wallet
    ADD COLUMN level             text,
    ADD COLUMN licence_failed_at timestamptz,
    ADD COLUMN licence_paid_at   timestamptz,
    ADD COLUMN caps              jsonb,
    ADD COLUMN period_revenue    credits.usd_amount NOT NULL DEFAULT 0,
    ADD COLUMN period_covered    credits.usd_amount NOT NULL DEFAULT 0,
    ADD COLUMN period_overage    credits.usd_amount NOT NULL DEFAULT 0,
    ADD COLUMN held_cost         credits.usd_amount NOT NULL DEFAULT 0,
    ADD COLUMN period_requests   bigint NOT NULL DEFAULT 0,
    ADD COLUMN period_tokens     numeric NOT NULL DEFAULT 0,
    ADD COLUMN period_cost       credits.usd_amount NOT NULL DEFAULT 0,
    ADD COLUMN counters          bytea,
    ADD COLUMN time_zone         text;
UPDATE credits.wallet w SET time_zone = a.time_zone FROM credits.account a
WHERE a.account_id = w.account_id AND a.time_zone <> 'UTC';
-- What is running, and what the present period has seen so far.
UPDATE credits.wallet w SET period_cost = t.cost, period_tokens = t.tokens, period_requests = t.requests
FROM (SELECT l.account_id, coalesce(sum(l.cost::numeric), 0) AS cost, count(*) FILTER (WHERE l.kind = 'deduct') AS requests,
             coalesce(sum((SELECT sum((u.value #>> '{}')::numeric) FROM jsonb_each(l.usage) u WHERE u.key LIKE '%\_tokens')), 0) AS tokens
      FROM credits.ledger l JOIN credits.wallet p ON p.account_id = l.account_id AND l.created_at >= p.period_start
      WHERE l.kind IN ('deduct', 'settle', 'cost') GROUP BY 1) t
WHERE t.account_id = w.account_id;
UPDATE credits.wallet w SET period_requests = w.period_requests + t.requests, held_cost = t.cost
FROM (SELECT h.account_id, count(*) FILTER (WHERE h.created_at >= p.period_start) AS requests,
             coalesce(sum(h.cost::numeric) FILTER (WHERE h.status = 'pending'), 0) AS cost
      FROM credits.hold h JOIN credits.wallet p ON p.account_id = h.account_id GROUP BY 1) t
WHERE t.account_id = w.account_id;
COMMENT ON COLUMN credits.wallet.level IS 'restriction level; null: normal';
COMMENT ON COLUMN credits.wallet.licence_failed_at IS 'when the payment failed from which the licence''s steps are counted; null: the licence is active';
COMMENT ON COLUMN credits.wallet.licence_paid_at IS 'the latest payment that restore_licence told of: it cures every failure before it, whenever that is told; null: none';
COMMENT ON COLUMN credits.wallet.caps IS 'the account''s own limits by name, set by set_limit: {"monthly tokens": "1000000"}';
COMMENT ON COLUMN credits.wallet.period_revenue IS 'USD of revenue in the period, by which the ladder goes; price_paid of grants is none';
COMMENT ON COLUMN credits.wallet.period_covered IS 'USD of cost that the plan''s cover paid before the period''s first revenue: acquisition cost';
COMMENT ON COLUMN credits.wallet.period_overage IS 'USD accrued in the period for use above limits, or by a postpaid plan';
COMMENT ON COLUMN credits.wallet.held_cost IS 'USD that the calls of open holds are expected to cost';
COMMENT ON COLUMN credits.wallet.period_requests IS 'calls let through in the period';
COMMENT ON COLUMN credits.wallet.period_tokens IS 'tokens of calls charged or recorded in the period';
COMMENT ON COLUMN credits.wallet.period_cost IS 'USD of cost of calls charged or recorded in the period';
COMMENT ON COLUMN credits.wallet.time_zone IS 'the account''s time zone, where windows of hours and days are counted; null: UTC';
COMMENT ON COLUMN credits.wallet.counters IS 'use over the windows of account-wide limits; credits.limits shows it';

-- Holds say what they have counted in limits, so that it can be taken back.
ALTER TABLE credits.hold
    ADD COLUMN level           text,
    ADD COLUMN requested_model text,
    ADD COLUMN tokens          numeric,
    ADD COLUMN extended_at     timestamptz,
    ADD COLUMN included        jsonb;
COMMENT ON COLUMN credits.hold.included IS 'units of the plan set aside for the call, {"metric": quantity}; null: none';
COMMENT ON COLUMN credits.hold.level IS 'restriction level at the authorization; null: normal';
COMMENT ON COLUMN credits.hold.requested_model IS 'model that was asked for, where the level put another in its place';
COMMENT ON COLUMN credits.hold.tokens IS 'tokens that limits count for it until it ends; null: none';
COMMENT ON COLUMN credits.hold.extended_at IS 'when it last got more credits; null: never';

ALTER TABLE credits.ledger
    ADD COLUMN level    text,
    ADD COLUMN overage  credits.usd_amount,
    ADD COLUMN included jsonb;
COMMENT ON COLUMN credits.ledger.level IS 'restriction level after the entry; null: normal';
COMMENT ON COLUMN credits.ledger.overage IS 'USD accrued for use above a limit, or by a postpaid plan; null: none';
COMMENT ON COLUMN credits.ledger.included IS 'units of the plan that were used instead of credits, {"metric": quantity}; null: none';

CREATE TABLE credits.member (
    account_id text COLLATE "C" NOT NULL,
    member_id  text COLLATE "C" NOT NULL,
    team       text COLLATE "C",
    quota      jsonb,
    counters   bytea,
    PRIMARY KEY (account_id, member_id)
) WITH (fillfactor = 50);
COMMENT ON TABLE credits.member IS 'Users, API keys and the like under an account: team, quotas of their own, and use over the windows of limits by member.';
COMMENT ON COLUMN credits.member.quota IS 'limits of this member, in the form of the configuration document';
COMMENT ON COLUMN credits.member.counters IS 'use over windows; credits.limits shows it';

CREATE TABLE credits.counter (
    account_id text COLLATE "C" NOT NULL,
    scope      text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    counters   bytea NOT NULL,
    PRIMARY KEY (account_id, scope, name)
) WITH (fillfactor = 50);
COMMENT ON TABLE credits.counter IS 'Use over windows by team, provider, model and action, and of a plan''s included units.';
COMMENT ON COLUMN credits.counter.scope IS 'team, provider, model, action or included';

CREATE TABLE credits.alert (
    account_id      text COLLATE "C" NOT NULL,
    alert_no        bigint NOT NULL,
    raised_at       timestamptz NOT NULL,
    kind            text NOT NULL,
    name            text,
    member_id       text,
    detail          jsonb NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by text,
    PRIMARY KEY (account_id, alert_no)
);
COMMENT ON TABLE credits.alert IS 'Warnings, one for each descent: a limit that is nearly used up, a flag, a level, the licence; and credits that run low, again from time to time. NOTIFY credits_alerts carries the same, but may be lost.';
COMMENT ON COLUMN credits.alert.kind IS 'limit_warning, limit_reached, flag, level, top_up_due, licence';
COMMENT ON COLUMN credits.alert.name IS 'the limit, flag, level, pack or licence state';

CREATE TABLE credits.denial (
    account_id text COLLATE "C" NOT NULL,
    denial_no  bigint NOT NULL,
    denied_at  timestamptz NOT NULL,
    outcome    text NOT NULL,
    limit_name text,
    member_id  text,
    shadow     boolean NOT NULL,
    denials    bigint NOT NULL,
    detail     jsonb NOT NULL,
    PRIMARY KEY (account_id, denial_no)
);
COMMENT ON TABLE credits.denial IS 'Refused calls, sampled: at most one row a minute for each account or member stands for all since the row before.';
COMMENT ON COLUMN credits.denial.shadow IS 'true: let through all the same, because the account is in the shadow share';
COMMENT ON COLUMN credits.denial.denials IS 'refusals that the row stands for, this one included';
COMMENT ON COLUMN credits.denial.detail IS 'the decision of this one';

CREATE TABLE credits.restriction_event (
    account_id text COLLATE "C" NOT NULL,
    event_no   bigint NOT NULL,
    changed_at timestamptz NOT NULL,
    from_level text NOT NULL,
    to_level   text NOT NULL,
    cause      text NOT NULL,
    role_name  text NOT NULL,
    PRIMARY KEY (account_id, event_no)
);
COMMENT ON TABLE credits.restriction_event IS 'Changes of an account''s restriction level.';
COMMENT ON COLUMN credits.restriction_event.cause IS 'what puts the account on the level: cost_budget, the name of a limit, degrade, debt; lifted where it came back to normal';

CREATE TABLE credits.conversion (
    account_id  text COLLATE "C" NOT NULL,
    kind        text COLLATE "C" NOT NULL,
    reference   text COLLATE "C" NOT NULL,
    recorded_at timestamptz NOT NULL,
    commission  credits.usd_amount NOT NULL DEFAULT 0,
    used_at     timestamptz,
    hold_no     bigint,
    entry_no    bigint,
    PRIMARY KEY (account_id, kind, reference)
);
CREATE INDEX conversion_open ON credits.conversion (account_id, kind) WHERE used_at IS NULL;
COMMENT ON TABLE credits.conversion IS 'What a customer did elsewhere that opens a gate, once each.';
COMMENT ON COLUMN credits.conversion.used_at IS 'when a call went through a gate with it; null: it can still open one';
COMMENT ON COLUMN credits.conversion.hold_no IS 'hold of the call that used it; releasing the hold gives it back';
COMMENT ON COLUMN credits.conversion.entry_no IS 'entry of the deduct that used it';
