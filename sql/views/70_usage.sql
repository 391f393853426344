-- Use and what it costs, by what was called and by whom: roll-ups, and what is not in them yet.

CREATE OR REPLACE VIEW credits.usage_entries WITH (security_invoker = true) AS
SELECT l.account_id, l.entry_no, l.created_at, coalesce(l.effective_at, l.created_at) AS effective_at, l.kind,
       date_trunc('hour', coalesce(l.effective_at, l.created_at), (SELECT p.time_zone FROM credits.platform p)) AS hour,
       (coalesce(l.effective_at, l.created_at) AT TIME ZONE (SELECT p.time_zone FROM credits.platform p))::date AS day,
       date_trunc('month', coalesce(l.effective_at, l.created_at) AT TIME ZONE coalesce((SELECT a.time_zone FROM credits.account a WHERE a.account_id = l.account_id), 'UTC'))::date AS month,
       coalesce(l.plan, o.of_call[1]) AS plan, coalesce(l.provider, o.of_call[2]) AS provider, coalesce(l.model, o.of_call[3]) AS model,
       coalesce(l.action, o.of_call[4]) AS action, coalesce(l.member_id, o.of_call[5]) AS member_id,
       (l.kind IN ('deduct', 'settle'))::integer::bigint AS requests, (l.kind = 'cost')::integer::bigint AS records,
       credits.input_tokens(g.usage) AS input_tokens, credits.output_tokens(g.usage) AS output_tokens,
       CASE WHEN l.kind = 'refund' THEN 0 ELSE -l.amount::numeric END AS credits, CASE WHEN l.kind = 'refund' THEN l.amount::numeric ELSE 0 END AS refunded,
       coalesce(l.cost::numeric, 0) AS cost, coalesce(l.overage::numeric, 0) AS overage
FROM credits.ledger l
-- Of refunds only; OFFSET keeps it from being looked up once for each column.
CROSS JOIN LATERAL (
    SELECT CASE WHEN l.kind = 'refund'
                THEN (SELECT ARRAY[r.plan, r.provider, r.model, r.action, r.member_id] FROM credits.ledger r WHERE r.account_id = l.account_id AND r.entry_no = l.refers_to) END AS of_call
    OFFSET 0) o
CROSS JOIN LATERAL (SELECT CASE WHEN l.kind = 'settle' AND l.usage IS NULL
                                THEN (SELECT h.usage FROM credits.hold h WHERE h.account_id = l.account_id AND h.hold_no = l.hold_no)
                                ELSE l.usage END AS usage OFFSET 0) g
WHERE l.kind IN ('deduct', 'settle', 'cost', 'refund');
COMMENT ON VIEW credits.usage_entries IS 'Entries of the ledger that are use: calls charged, costs recorded, refunds. What all views of use add up.';
COMMENT ON COLUMN credits.usage_entries.account_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.usage_entries.entry_no IS 'number of the entry of the ledger, within the account (a count)';
COMMENT ON COLUMN credits.usage_entries.created_at IS 'time at which it was written';
COMMENT ON COLUMN credits.usage_entries.effective_at IS 'time at which the call took place';
COMMENT ON COLUMN credits.usage_entries.kind IS 'deduct, settle, cost or refund (no unit)';
COMMENT ON COLUMN credits.usage_entries.hour IS 'start of the hour in which it took place, in the platform''s time zone';
COMMENT ON COLUMN credits.usage_entries.day IS 'day on which it took place, in the platform''s time zone';
COMMENT ON COLUMN credits.usage_entries.month IS 'first day of the month in which it took place, in the account''s time zone';
COMMENT ON COLUMN credits.usage_entries.plan IS 'the plan then (no unit); null: none. This and the next four of a refund: of the call that it is for';
COMMENT ON COLUMN credits.usage_entries.provider IS 'the provider (no unit); null: none was named';
COMMENT ON COLUMN credits.usage_entries.model IS 'the model (no unit); null: none was named';
COMMENT ON COLUMN credits.usage_entries.action IS 'the action (no unit); null: none was named';
COMMENT ON COLUMN credits.usage_entries.member_id IS 'the member that called (no unit); null: none was named';
COMMENT ON COLUMN credits.usage_entries.requests IS '1: a call that was charged, also with nothing; else 0 (a count)';
COMMENT ON COLUMN credits.usage_entries.records IS '1: a cost recorded without a charge; else 0 (a count)';
COMMENT ON COLUMN credits.usage_entries.input_tokens IS 'tokens read: all pools of the usage but the next (a count)';
COMMENT ON COLUMN credits.usage_entries.output_tokens IS 'tokens written: output_tokens and those of other media, reasoning included (a count)';
COMMENT ON COLUMN credits.usage_entries.credits IS 'credits charged';
COMMENT ON COLUMN credits.usage_entries.refunded IS 'credits given back';
COMMENT ON COLUMN credits.usage_entries.cost IS 'USD that the provider charges; 0 of a refund: the cost stays with the call';
COMMENT ON COLUMN credits.usage_entries.overage IS 'USD owed beside credits';

CREATE OR REPLACE VIEW credits.platform_usage WITH (security_invoker = true) AS
SELECT u.day, nullif(u.plan, '') AS plan, nullif(u.provider, '') AS provider, nullif(u.model, '') AS model, nullif(u.action, '') AS action,
       sum(u.requests)::bigint AS requests, sum(u.records)::bigint AS records, sum(u.input_tokens + u.output_tokens) AS tokens,
       sum(u.input_tokens) AS input_tokens, sum(u.output_tokens) AS output_tokens, sum(u.credits) AS credits, sum(u.refunded) AS refunded, sum(u.cost) AS cost, sum(u.overage) AS overage
FROM (SELECT r.day, r.plan, r.provider, r.model, r.action, r.requests, r.records, r.input_tokens, r.output_tokens,
             r.credits::numeric AS credits, r.refunded::numeric AS refunded, r.cost::numeric AS cost, r.overage::numeric AS overage
      FROM credits.rollup_day r
      UNION ALL
      SELECT t.day, coalesce(t.plan, ''), coalesce(t.provider, ''), coalesce(t.model, ''), coalesce(t.action, ''), t.requests, t.records, t.input_tokens, t.output_tokens,
             t.credits, t.refunded, t.cost, t.overage
      FROM credits.unrolled_usage() t) u
GROUP BY u.day, u.plan, u.provider, u.model, u.action;
COMMENT ON VIEW credits.platform_usage IS 'Use of the whole platform by day of its time zone, plan, provider, model and action. usage_by_provider and the like are sums of it by month.';
COMMENT ON COLUMN credits.platform_usage.day IS 'the day, in the platform''s time zone';
COMMENT ON COLUMN credits.platform_usage.plan IS 'the plan then (no unit); null: none';
COMMENT ON COLUMN credits.platform_usage.provider IS 'the provider (no unit); null: none was named';
COMMENT ON COLUMN credits.platform_usage.model IS 'the model (no unit); null: none was named';
COMMENT ON COLUMN credits.platform_usage.action IS 'the action (no unit); null: none was named';
COMMENT ON COLUMN credits.platform_usage.requests IS 'calls that were charged, also with nothing (a count)';
COMMENT ON COLUMN credits.platform_usage.records IS 'costs recorded without a charge (a count)';
COMMENT ON COLUMN credits.platform_usage.tokens IS 'tokens of all pools (a count)';
COMMENT ON COLUMN credits.platform_usage.input_tokens IS 'tokens read (a count)';
COMMENT ON COLUMN credits.platform_usage.output_tokens IS 'tokens written, reasoning included (a count)';
COMMENT ON COLUMN credits.platform_usage.credits IS 'credits charged';
COMMENT ON COLUMN credits.platform_usage.refunded IS 'credits given back';
COMMENT ON COLUMN credits.platform_usage.cost IS 'USD that providers charge';
COMMENT ON COLUMN credits.platform_usage.overage IS 'USD owed beside credits';

CREATE OR REPLACE VIEW credits.account_usage WITH (security_invoker = true) AS
SELECT u.account_id, u.month, nullif(u.provider, '') AS provider, nullif(u.model, '') AS model, nullif(u.action, '') AS action, nullif(u.member_id, '') AS member_id,
       sum(u.requests)::bigint AS requests, sum(u.records)::bigint AS records, sum(u.input_tokens + u.output_tokens) AS tokens,
       sum(u.input_tokens) AS input_tokens, sum(u.output_tokens) AS output_tokens, sum(u.credits) AS credits, sum(u.refunded) AS refunded, sum(u.cost) AS cost, sum(u.overage) AS overage
FROM (SELECT r.account_id, r.month, r.provider, r.model, r.action, r.member_id, r.requests, r.records, r.input_tokens, r.output_tokens,
             r.credits::numeric AS credits, r.refunded::numeric AS refunded, r.cost::numeric AS cost, r.overage::numeric AS overage
      FROM credits.rollup_usage r
      UNION ALL
      SELECT t.account_id, t.month, coalesce(t.provider, ''), coalesce(t.model, ''), coalesce(t.action, ''), coalesce(t.member_id, ''),
             t.requests, t.records, t.input_tokens, t.output_tokens, t.credits, t.refunded, t.cost, t.overage
      FROM credits.unrolled_usage() t) u
GROUP BY u.account_id, u.month, u.provider, u.model, u.action, u.member_id;
COMMENT ON VIEW credits.account_usage IS 'Use of each account by month of its own time zone, provider, model, action and member. To be read with a condition on account_id: of all accounts it is long.';
COMMENT ON COLUMN credits.account_usage.account_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.account_usage.month IS 'first day of the month, in the account''s time zone';
COMMENT ON COLUMN credits.account_usage.provider IS 'the provider (no unit); null: none was named';
COMMENT ON COLUMN credits.account_usage.model IS 'the model (no unit); null: none was named';
COMMENT ON COLUMN credits.account_usage.action IS 'the action (no unit); null: none was named';
COMMENT ON COLUMN credits.account_usage.member_id IS 'the member that called (no unit); null: none was named';
COMMENT ON COLUMN credits.account_usage.requests IS 'calls that were charged, also with nothing (a count)';
COMMENT ON COLUMN credits.account_usage.records IS 'costs recorded without a charge (a count)';
COMMENT ON COLUMN credits.account_usage.tokens IS 'tokens of all pools (a count)';
COMMENT ON COLUMN credits.account_usage.input_tokens IS 'tokens read (a count)';
COMMENT ON COLUMN credits.account_usage.output_tokens IS 'tokens written, reasoning included (a count)';
COMMENT ON COLUMN credits.account_usage.credits IS 'credits charged';
COMMENT ON COLUMN credits.account_usage.refunded IS 'credits given back';
COMMENT ON COLUMN credits.account_usage.cost IS 'USD that providers charge';
COMMENT ON COLUMN credits.account_usage.overage IS 'USD owed beside credits';

CREATE OR REPLACE VIEW credits.usage_by_provider WITH (security_invoker = true) AS
SELECT date_trunc('month', u.day::timestamp)::date AS month, u.provider, sum(u.requests)::bigint AS requests, sum(u.records)::bigint AS records, sum(u.tokens) AS tokens, sum(u.input_tokens) AS input_tokens, sum(u.output_tokens) AS output_tokens,
       sum(u.credits) AS credits, sum(u.refunded) AS refunded, sum(u.cost) AS cost, sum(u.overage) AS overage
FROM credits.platform_usage u
GROUP BY 1, 2;
COMMENT ON VIEW credits.usage_by_provider IS 'Use of the whole platform by month of its time zone and provider. Of one account: account_usage.';
COMMENT ON COLUMN credits.usage_by_provider.month IS 'first day of the month, in the platform''s time zone';
COMMENT ON COLUMN credits.usage_by_provider.provider IS 'the provider (no unit); null: none was named';
COMMENT ON COLUMN credits.usage_by_provider.requests IS 'calls that were charged, also with nothing (a count)';
COMMENT ON COLUMN credits.usage_by_provider.records IS 'costs recorded without a charge (a count)';
COMMENT ON COLUMN credits.usage_by_provider.tokens IS 'tokens of all pools (a count)';
COMMENT ON COLUMN credits.usage_by_provider.input_tokens IS 'tokens read (a count)';
COMMENT ON COLUMN credits.usage_by_provider.output_tokens IS 'tokens written, reasoning included (a count)';
COMMENT ON COLUMN credits.usage_by_provider.credits IS 'credits charged';
COMMENT ON COLUMN credits.usage_by_provider.refunded IS 'credits given back';
COMMENT ON COLUMN credits.usage_by_provider.cost IS 'USD that providers charge';
COMMENT ON COLUMN credits.usage_by_provider.overage IS 'USD owed beside credits';

CREATE OR REPLACE VIEW credits.usage_by_model WITH (security_invoker = true) AS
SELECT date_trunc('month', u.day::timestamp)::date AS month, u.provider, u.model, sum(u.requests)::bigint AS requests, sum(u.records)::bigint AS records, sum(u.tokens) AS tokens, sum(u.input_tokens) AS input_tokens, sum(u.output_tokens) AS output_tokens,
       sum(u.credits) AS credits, sum(u.refunded) AS refunded, sum(u.cost) AS cost, sum(u.overage) AS overage
FROM credits.platform_usage u
GROUP BY 1, 2, 3;
COMMENT ON VIEW credits.usage_by_model IS 'Use of the whole platform by month of its time zone and model. Of one account: account_usage.';
COMMENT ON COLUMN credits.usage_by_model.month IS 'first day of the month, in the platform''s time zone';
COMMENT ON COLUMN credits.usage_by_model.provider IS 'the provider (no unit); null: none was named';
COMMENT ON COLUMN credits.usage_by_model.model IS 'the model (no unit); null: none was named';
COMMENT ON COLUMN credits.usage_by_model.requests IS 'calls that were charged, also with nothing (a count)';
COMMENT ON COLUMN credits.usage_by_model.records IS 'costs recorded without a charge (a count)';
COMMENT ON COLUMN credits.usage_by_model.tokens IS 'tokens of all pools (a count)';
COMMENT ON COLUMN credits.usage_by_model.input_tokens IS 'tokens read (a count)';
COMMENT ON COLUMN credits.usage_by_model.output_tokens IS 'tokens written, reasoning included (a count)';
COMMENT ON COLUMN credits.usage_by_model.credits IS 'credits charged';
COMMENT ON COLUMN credits.usage_by_model.refunded IS 'credits given back';
COMMENT ON COLUMN credits.usage_by_model.cost IS 'USD that providers charge';
COMMENT ON COLUMN credits.usage_by_model.overage IS 'USD owed beside credits';

CREATE OR REPLACE VIEW credits.usage_by_action WITH (security_invoker = true) AS
SELECT date_trunc('month', u.day::timestamp)::date AS month, u.action, sum(u.requests)::bigint AS requests, sum(u.records)::bigint AS records, sum(u.tokens) AS tokens, sum(u.input_tokens) AS input_tokens, sum(u.output_tokens) AS output_tokens,
       sum(u.credits) AS credits, sum(u.refunded) AS refunded, sum(u.cost) AS cost, sum(u.overage) AS overage
FROM credits.platform_usage u
GROUP BY 1, 2;
COMMENT ON VIEW credits.usage_by_action IS 'Use of the whole platform by month of its time zone and action. Of one account: account_usage.';
COMMENT ON COLUMN credits.usage_by_action.month IS 'first day of the month, in the platform''s time zone';
COMMENT ON COLUMN credits.usage_by_action.action IS 'the action (no unit); null: none was named';
COMMENT ON COLUMN credits.usage_by_action.requests IS 'calls that were charged, also with nothing (a count)';
COMMENT ON COLUMN credits.usage_by_action.records IS 'costs recorded without a charge (a count)';
COMMENT ON COLUMN credits.usage_by_action.tokens IS 'tokens of all pools (a count)';
COMMENT ON COLUMN credits.usage_by_action.input_tokens IS 'tokens read (a count)';
COMMENT ON COLUMN credits.usage_by_action.output_tokens IS 'tokens written, reasoning included (a count)';
COMMENT ON COLUMN credits.usage_by_action.credits IS 'credits charged';
COMMENT ON COLUMN credits.usage_by_action.refunded IS 'credits given back';
COMMENT ON COLUMN credits.usage_by_action.cost IS 'USD that providers charge';
COMMENT ON COLUMN credits.usage_by_action.overage IS 'USD owed beside credits';

CREATE OR REPLACE VIEW credits.usage_by_member WITH (security_invoker = true) AS
SELECT u.account_id, u.month, u.member_id, (SELECT m.team FROM credits.member m WHERE m.account_id = u.account_id AND m.member_id = u.member_id) AS team,
       sum(u.requests)::bigint AS requests, sum(u.records)::bigint AS records, sum(u.tokens) AS tokens, sum(u.input_tokens) AS input_tokens, sum(u.output_tokens) AS output_tokens,
       sum(u.credits) AS credits, sum(u.refunded) AS refunded, sum(u.cost) AS cost, sum(u.overage) AS overage
FROM credits.account_usage u
GROUP BY u.account_id, u.month, u.member_id;
COMMENT ON VIEW credits.usage_by_member IS 'Use of each account by month of its own time zone and member. To be read with a condition on account_id: of all accounts it is long.';
COMMENT ON COLUMN credits.usage_by_member.account_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.usage_by_member.month IS 'first day of the month, in the account''s time zone';
COMMENT ON COLUMN credits.usage_by_member.member_id IS 'the member that called (no unit); null: none was named';
COMMENT ON COLUMN credits.usage_by_member.team IS 'the member''s team now (no unit); null: none';
COMMENT ON COLUMN credits.usage_by_member.requests IS 'calls that were charged, also with nothing (a count)';
COMMENT ON COLUMN credits.usage_by_member.records IS 'costs recorded without a charge (a count)';
COMMENT ON COLUMN credits.usage_by_member.tokens IS 'tokens of all pools (a count)';
COMMENT ON COLUMN credits.usage_by_member.input_tokens IS 'tokens read (a count)';
COMMENT ON COLUMN credits.usage_by_member.output_tokens IS 'tokens written, reasoning included (a count)';
COMMENT ON COLUMN credits.usage_by_member.credits IS 'credits charged';
COMMENT ON COLUMN credits.usage_by_member.refunded IS 'credits given back';
COMMENT ON COLUMN credits.usage_by_member.cost IS 'USD that providers charge';
COMMENT ON COLUMN credits.usage_by_member.overage IS 'USD owed beside credits';

CREATE OR REPLACE VIEW credits.action_costs WITH (security_invoker = true) AS
SELECT u.month, u.action, u.requests, u.records, u.tokens, u.credits, u.refunded, u.cost, u.overage,
       trim_scale(round(u.cost / nullif(u.requests + u.records, 0), 12)) AS avg_cost, round(u.credits / nullif(u.requests, 0), 2) AS avg_credits,
       round(u.tokens / nullif(u.requests + u.records, 0), 2) AS avg_tokens
FROM credits.usage_by_action u;
COMMENT ON VIEW credits.action_costs IS 'What actions cost and take on average, by month of the platform''s time zone.';
COMMENT ON COLUMN credits.action_costs.month IS 'first day of the month, in the platform''s time zone';
COMMENT ON COLUMN credits.action_costs.action IS 'the action (no unit); null: none was named';
COMMENT ON COLUMN credits.action_costs.requests IS 'calls that were charged, also with nothing (a count)';
COMMENT ON COLUMN credits.action_costs.records IS 'costs recorded without a charge (a count)';
COMMENT ON COLUMN credits.action_costs.tokens IS 'tokens of all pools (a count)';
COMMENT ON COLUMN credits.action_costs.credits IS 'credits charged';
COMMENT ON COLUMN credits.action_costs.refunded IS 'credits given back';
COMMENT ON COLUMN credits.action_costs.cost IS 'USD that providers charge';
COMMENT ON COLUMN credits.action_costs.overage IS 'USD owed beside credits';
COMMENT ON COLUMN credits.action_costs.avg_cost IS 'USD of cost of a call or record on average, to 12 decimals; null: there was none';
COMMENT ON COLUMN credits.action_costs.avg_credits IS 'credits charged for a call on average, to 2 decimals; null: there was none';
COMMENT ON COLUMN credits.action_costs.avg_tokens IS 'tokens of a call or record on average, to 2 decimals (a count); null: there was none';
