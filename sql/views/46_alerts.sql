-- Alerts, and what limits have brought about besides refusals.

CREATE OR REPLACE VIEW credits.alerts WITH (security_invoker = true) AS
SELECT a.account_id, a.alert_no, a.raised_at, a.kind, a.name, a.member_id, a.detail, a.acknowledged_at, a.acknowledged_by
FROM credits.alert a;
COMMENT ON VIEW credits.alerts IS 'What accounts were warned of, once for each descent. NOTIFY credits_alerts carries the same and may be lost; these rows are the truth.';
COMMENT ON COLUMN credits.alerts.account_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.alerts.alert_no IS 'number within the account, from 1 (a count)';
COMMENT ON COLUMN credits.alerts.raised_at IS 'time at which it was raised';
COMMENT ON COLUMN credits.alerts.kind IS 'limit_warning, limit_reached, flag, level, top_up_due or licence (no unit)';
COMMENT ON COLUMN credits.alerts.name IS 'the limit, flag, level, pack or state that it is about (no unit)';
COMMENT ON COLUMN credits.alerts.member_id IS 'the member whose use it is about (no unit); null: the account as a whole';
COMMENT ON COLUMN credits.alerts.detail IS 'the figures then, as JSON: of a limit limit_name, metric, used, limit (in the metric, USD for cost) and used_pct (percent)';
COMMENT ON COLUMN credits.alerts.acknowledged_at IS 'time at which somebody saw to it; null: nobody yet';
COMMENT ON COLUMN credits.alerts.acknowledged_by IS 'database role that saw to it (no unit); null: nobody yet';

CREATE OR REPLACE VIEW credits.fraud_flags WITH (security_invoker = true) AS
SELECT a.account_id, a.alert_no, a.raised_at, a.name AS flag, a.member_id, a.detail ->> 'limit_name' AS limit_name, a.detail ->> 'metric' AS metric,
       (a.detail ->> 'used')::numeric AS used, (a.detail ->> 'limit')::numeric AS limit_value, a.acknowledged_at, a.acknowledged_by
FROM credits.alert a
WHERE a.kind = 'flag';
COMMENT ON VIEW credits.fraud_flags IS 'Whose use went beyond a limit with a flag, once for each time that it did. Nothing was refused for it.';
COMMENT ON COLUMN credits.fraud_flags.account_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.fraud_flags.alert_no IS 'number of its alert, for acknowledge_alert (a count)';
COMMENT ON COLUMN credits.fraud_flags.raised_at IS 'time at which the limit was passed';
COMMENT ON COLUMN credits.fraud_flags.flag IS 'name of the flag (no unit)';
COMMENT ON COLUMN credits.fraud_flags.member_id IS 'the member whose use it was (no unit); null: of another scope';
COMMENT ON COLUMN credits.fraud_flags.limit_name IS 'the limit that was passed (no unit)';
COMMENT ON COLUMN credits.fraud_flags.metric IS 'what it counts: requests, tokens, credits, cost or failures (no unit)';
COMMENT ON COLUMN credits.fraud_flags.used IS 'used then, in the metric, USD for cost';
COMMENT ON COLUMN credits.fraud_flags.limit_value IS 'the limit then, in the metric, USD for cost';
COMMENT ON COLUMN credits.fraud_flags.acknowledged_at IS 'time at which somebody saw to it; null: nobody yet';
COMMENT ON COLUMN credits.fraud_flags.acknowledged_by IS 'database role that saw to it (no unit); null: nobody yet';

CREATE OR REPLACE VIEW credits.overages WITH (security_invoker = true) AS
SELECT l.account_id, l.entry_no, l.created_at, coalesce(l.effective_at, l.created_at) AS effective_at, l.overage::numeric AS overage,
       coalesce(l.plan, o.plan) AS plan, coalesce(l.member_id, o.member_id) AS member_id, coalesce(l.action, o.action) AS action,
       coalesce(l.provider, o.provider) AS provider, coalesce(l.model, o.model) AS model, l.cost::numeric AS cost
FROM credits.ledger l
LEFT JOIN credits.ledger o ON l.kind = 'refund' AND o.account_id = l.account_id AND o.entry_no = l.refers_to
WHERE l.overage <> 0;
COMMENT ON VIEW credits.overages IS 'What is owed beside credits, entry by entry: for use above limits with effect overage, and by postpaid plans; what refunds took back of it is below zero, with the names of the call that had accrued it. Their sum is what is owed.';
COMMENT ON COLUMN credits.overages.account_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.overages.entry_no IS 'number of the entry of the ledger, within the account (a count)';
COMMENT ON COLUMN credits.overages.created_at IS 'time at which it was written';
COMMENT ON COLUMN credits.overages.effective_at IS 'time at which the call took place';
COMMENT ON COLUMN credits.overages.overage IS 'USD accrued by this entry; below zero: taken back by this refund';
COMMENT ON COLUMN credits.overages.plan IS 'the plan that priced it (no unit); null: none';
COMMENT ON COLUMN credits.overages.member_id IS 'the member that called (no unit); null: not said';
COMMENT ON COLUMN credits.overages.action IS 'the action (no unit); null: none';
COMMENT ON COLUMN credits.overages.provider IS 'the provider (no unit); null: none';
COMMENT ON COLUMN credits.overages.model IS 'the model (no unit); null: none';
COMMENT ON COLUMN credits.overages.cost IS 'USD that the call cost; null: not known, or a refund';
