-- The ledger as logs of calls, row by row, in the words of products that keep such logs.

CREATE OR REPLACE VIEW credits.api_costs WITH (security_invoker = true) AS
SELECT coalesce(l.effective_at, l.created_at) AS "time", l.account_id, l.entry_no, coalesce(l.member_id, l.account_id) AS user_id, l.provider AS service, coalesce(l.action, l.model) AS operation,
       l.cost::numeric AS cost, l.model, l.action, l.member_id, -l.amount::numeric AS credits, l.usage, l.created_at
FROM credits.ledger l
WHERE l.kind IN ('deduct', 'settle', 'cost') AND l.cost IS NOT NULL;
COMMENT ON VIEW credits.api_costs IS 'What each call cost at its provider, free ones included; calls whose cost is not known are left out.';
COMMENT ON COLUMN credits.api_costs."time" IS 'time at which the call took place';
COMMENT ON COLUMN credits.api_costs.account_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.api_costs.entry_no IS 'number of the entry of the ledger, within the account (a count)';
COMMENT ON COLUMN credits.api_costs.user_id IS 'the member that called, or the account where none was named (no unit)';
COMMENT ON COLUMN credits.api_costs.service IS 'the provider (no unit); null: none was named';
COMMENT ON COLUMN credits.api_costs.operation IS 'the action, or the model where none was named (no unit); null: neither';
COMMENT ON COLUMN credits.api_costs.cost IS 'USD that the provider charges';
COMMENT ON COLUMN credits.api_costs.model IS 'the model (no unit); null: none was named';
COMMENT ON COLUMN credits.api_costs.action IS 'the action (no unit); null: none was named';
COMMENT ON COLUMN credits.api_costs.member_id IS 'the member (no unit); null: none was named';
COMMENT ON COLUMN credits.api_costs.credits IS 'credits charged';
COMMENT ON COLUMN credits.api_costs.usage IS 'the usage as JSON, in units of its metrics; null: not said';
COMMENT ON COLUMN credits.api_costs.created_at IS 'time at which it was written';

CREATE OR REPLACE VIEW credits.token_transactions WITH (security_invoker = true) AS
SELECT l.account_id || '/' || l.entry_no AS id, l.account_id AS user_id, coalesce(l.action, l.kind) AS action_type, -l.amount::numeric AS tokens_used, l.balance::numeric AS tokens_remaining,
       l.cost::numeric AS estimated_cost_usd, l.model AS openai_model, credits.input_tokens(g.usage) AS prompt_tokens, credits.output_tokens(g.usage) AS completion_tokens, coalesce(l.metadata, '{}') AS metadata, l.created_at,
       l.account_id, l.entry_no, l.kind, l.provider, l.member_id, coalesce(l.effective_at, l.created_at) AS effective_at
FROM credits.ledger l
CROSS JOIN LATERAL (SELECT CASE WHEN l.kind = 'settle' AND l.usage IS NULL
                                THEN (SELECT h.usage FROM credits.hold h WHERE h.account_id = l.account_id AND h.hold_no = l.hold_no)
                                ELSE l.usage END AS usage OFFSET 0) g
WHERE l.kind IN ('deduct', 'settle', 'cost') OR l.amount > 0;
COMMENT ON VIEW credits.token_transactions IS 'Calls, and all that gave credits, where a credit is a token. What expired or was taken back is no use and is left out: credits.history() has every entry.';
COMMENT ON COLUMN credits.token_transactions.id IS 'the account and the number of the entry (no unit)';
COMMENT ON COLUMN credits.token_transactions.user_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.token_transactions.action_type IS 'the action, or the kind of the entry where none was named (no unit)';
COMMENT ON COLUMN credits.token_transactions.tokens_used IS 'credits taken; below zero: given';
COMMENT ON COLUMN credits.token_transactions.tokens_remaining IS 'balance after it, credits';
COMMENT ON COLUMN credits.token_transactions.estimated_cost_usd IS 'USD that the provider charges; null: not known';
COMMENT ON COLUMN credits.token_transactions.openai_model IS 'the model, of whatever provider (no unit); null: none was named';
COMMENT ON COLUMN credits.token_transactions.prompt_tokens IS 'tokens read (a count)';
COMMENT ON COLUMN credits.token_transactions.completion_tokens IS 'tokens written, reasoning included (a count)';
COMMENT ON COLUMN credits.token_transactions.metadata IS 'what the application said with the call, as JSON (no unit); {}: nothing, or it was erased';
COMMENT ON COLUMN credits.token_transactions.created_at IS 'time at which it was written';
COMMENT ON COLUMN credits.token_transactions.account_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.token_transactions.entry_no IS 'number of the entry of the ledger, within the account (a count)';
COMMENT ON COLUMN credits.token_transactions.kind IS 'kind of the entry: deduct, settle, cost, grant, refund, renew or adjust (no unit)';
COMMENT ON COLUMN credits.token_transactions.provider IS 'the provider (no unit); null: none was named';
COMMENT ON COLUMN credits.token_transactions.member_id IS 'the member that called (no unit); null: none was named';
COMMENT ON COLUMN credits.token_transactions.effective_at IS 'time at which the call took place, or the credits were due';

CREATE OR REPLACE VIEW credits.ai_token_usage_log WITH (security_invoker = true) AS
SELECT l.created_at, -l.amount::numeric AS tokens_deducted,
       CASE WHEN f.name IS NULL THEN '{"status": "success"}'::jsonb || coalesce(l.metadata, '{}')
            ELSE coalesce(l.metadata, '{}') || jsonb_build_object('status', f.name || '_flagged') END AS metadata,
       l.account_id AS org_id, l.member_id AS user_id, l.entry_no, l.action, l.provider, l.model, l.cost::numeric AS cost, l.hold_no
FROM credits.ledger l
LEFT JOIN LATERAL (
    -- The call that went beyond the limit is the one that wrote the alert, or the one whose hold did.
    SELECT a.name FROM credits.alert a
    WHERE a.account_id = l.account_id AND a.kind = 'flag' AND (a.member_id IS NULL OR a.member_id = l.member_id)
      AND a.raised_at IN (l.created_at, (SELECT h.created_at FROM credits.hold h WHERE h.account_id = l.account_id AND h.hold_no = l.hold_no))
    ORDER BY a.alert_no LIMIT 1) f ON true
WHERE l.kind IN ('deduct', 'settle');
COMMENT ON VIEW credits.ai_token_usage_log IS 'Calls that were charged, by organization and user, with those marked that went beyond a limit with a flag.';
COMMENT ON COLUMN credits.ai_token_usage_log.created_at IS 'time at which the charge was written';
COMMENT ON COLUMN credits.ai_token_usage_log.tokens_deducted IS 'credits charged';
COMMENT ON COLUMN credits.ai_token_usage_log.metadata IS 'what the application said with the call, as JSON, with "status": that of a flag, such as fraud_flagged, else the application''s own, else success (no unit)';
COMMENT ON COLUMN credits.ai_token_usage_log.org_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.ai_token_usage_log.user_id IS 'the member that called (no unit); null: none was named';
COMMENT ON COLUMN credits.ai_token_usage_log.entry_no IS 'number of the entry of the ledger, within the account: the transaction''s id (a count)';
COMMENT ON COLUMN credits.ai_token_usage_log.action IS 'the action (no unit); null: none was named';
COMMENT ON COLUMN credits.ai_token_usage_log.provider IS 'the provider (no unit); null: none was named';
COMMENT ON COLUMN credits.ai_token_usage_log.model IS 'the model (no unit); null: none was named';
COMMENT ON COLUMN credits.ai_token_usage_log.cost IS 'USD that the provider charges; null: not known';
COMMENT ON COLUMN credits.ai_token_usage_log.hold_no IS 'number of the hold that it settled (a count); null: none';
