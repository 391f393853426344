-- The rest of the configuration document: what plans and actions allow, and one row for each other
-- section. Secrets lie apart, so that whoever may read the configuration cannot read them.

ALTER TABLE credits.plan
    DROP CONSTRAINT plan_charge_by_check,
    ADD CONSTRAINT plan_charge_by_check CHECK (charge_by IN ('cost', 'tokens', 'action', 'postpaid')),
    ADD COLUMN cost_budget            credits.usd_amount CHECK (cost_budget >= 0),
    ADD COLUMN cover                  credits.usd_amount NOT NULL DEFAULT 0 CHECK (cover >= 0),
    ADD COLUMN features               text[],
    ADD COLUMN providers              text[],
    ADD COLUMN models                 text[],
    ADD COLUMN max_tokens_per_request numeric CHECK (max_tokens_per_request >= 0 AND max_tokens_per_request < 'Infinity'),
    ADD COLUMN max_output_tokens      numeric CHECK (max_output_tokens >= 0 AND max_output_tokens < 'Infinity'),
    ADD COLUMN includes               jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(includes) = 'array'),
    ADD COLUMN limits                 jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(limits) = 'array'),
    ADD COLUMN next_plan              text COLLATE "C";
COMMENT ON COLUMN credits.plan.charge_by IS 'cost: USD × charge_factor ÷ value_usd; tokens: all tokens × charge_factor; action: rate card only; postpaid: no credits, USD × charge_factor accrues as overage';
COMMENT ON COLUMN credits.plan.charge_factor IS 'markup (by cost, postpaid) or credits per token (by tokens)';
COMMENT ON COLUMN credits.plan.cost_budget IS 'USD of provider cost that a period is meant to take; base of the ladder';
COMMENT ON COLUMN credits.plan.cover IS 'USD of provider cost that is carried before a period''s first revenue';
COMMENT ON COLUMN credits.plan.features IS 'features the plan has; null: all';
COMMENT ON COLUMN credits.plan.providers IS 'providers that may be called; null: all';
COMMENT ON COLUMN credits.plan.models IS 'models that may be called; null: all';
COMMENT ON COLUMN credits.plan.max_tokens_per_request IS 'tokens that one call may take in all; null: any number';
COMMENT ON COLUMN credits.plan.max_output_tokens IS 'tokens that one call may put out; null: any number';
COMMENT ON COLUMN credits.plan.includes IS 'units that a period includes, used before credits: [{"provider", "model", "usage": {metric: quantity}}, …]';
COMMENT ON COLUMN credits.plan.limits IS 'limits of the plan, in the form of the configuration document';
COMMENT ON COLUMN credits.plan.next_plan IS 'plan that is suggested to those who need more';

ALTER TABLE credits.action
    ADD COLUMN feature     text,
    ADD COLUMN max_credits credits.credit_amount CHECK (max_credits >= 0),
    ADD COLUMN gates       jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(gates) = 'array');
COMMENT ON COLUMN credits.action.feature IS 'feature that a plan must have for the action; null: none';
COMMENT ON COLUMN credits.action.max_credits IS 'credits that one call may take; null: any number';
COMMENT ON COLUMN credits.action.gates IS 'conversions that the action asks for: [{"kind", "count", "level"}, …]; level: from which on, null: always';

CREATE TABLE credits.setting (
    key   text COLLATE "C" PRIMARY KEY,
    value jsonb NOT NULL
);
COMMENT ON TABLE credits.setting IS 'Sections of the configuration document that have no table of their own; what is at its default has no row.';
COMMENT ON COLUMN credits.setting.key IS 'key of the document, such as limits, ladder, brake';
COMMENT ON COLUMN credits.setting.value IS 'the section, in the one form that export_config() writes';

CREATE TABLE credits.secret (
    name  text COLLATE "C" PRIMARY KEY,
    value text NOT NULL CHECK (value <> '')
);
-- Also what the owner's default privileges would give.
DO $$
DECLARE
    grantee regrole;
BEGIN
    FOR grantee IN SELECT DISTINCT a.grantee::regrole FROM pg_class c, aclexplode(c.relacl) a
                   WHERE c.oid = 'credits.secret'::regclass AND a.grantee NOT IN (0, c.relowner) LOOP
        EXECUTE format('REVOKE ALL ON credits.secret FROM %s', grantee);
    END LOOP;
    REVOKE ALL ON credits.secret FROM PUBLIC;
END $$;
COMMENT ON TABLE credits.secret IS 'Secrets of the configuration: never exported, never in the audit, readable by the owner of the tables only.';
COMMENT ON COLUMN credits.secret.name IS 'key of the document that set it, such as stripe.webhook_secret';
COMMENT ON COLUMN credits.secret.value IS 'the secret itself';
