-- Accounts as of now, everything due applied, as the reading functions answer: with a filter on account_id or a LIMIT
-- only the accounts asked for are looked at.

CREATE OR REPLACE VIEW credits.accounts WITH (security_invoker = true) AS
SELECT a.account_id, w.status, b.plan, a.pending_plan, b.balance, b.available, b.level, b.period_start, b.period_end, w.paid_until, w.licence_failed_at, a.time_zone, a.anchor, a.identity, a.referred_by,
       a.opened_at, a.closed_at, a.close_reason, a.frozen_at, a.freeze_reason, w.clock AS last_call_at, a.metadata
FROM credits.account a JOIN credits.wallet w ON w.account_id = a.account_id
CROSS JOIN LATERAL credits.visible_balance(w.account_id) b;
COMMENT ON VIEW credits.accounts IS 'Every account: what it is, and how it stands right now.';
COMMENT ON COLUMN credits.accounts.account_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.accounts.status IS 'open, frozen or closed (no unit)';
COMMENT ON COLUMN credits.accounts.plan IS 'its plan now (no unit); null: none';
COMMENT ON COLUMN credits.accounts.pending_plan IS 'plan that takes over at the end of the period (no unit); null: none, or it has and no call has written it yet';
COMMENT ON COLUMN credits.accounts.balance IS 'credits of all live lots - debt';
COMMENT ON COLUMN credits.accounts.available IS 'credits of these that no open hold keeps';
COMMENT ON COLUMN credits.accounts.level IS 'restriction level (no unit)';
COMMENT ON COLUMN credits.accounts.period_start IS 'start of its period';
COMMENT ON COLUMN credits.accounts.period_end IS 'end of its period';
COMMENT ON COLUMN credits.accounts.paid_until IS 'end of the last period that was paid for; null: none was';
COMMENT ON COLUMN credits.accounts.licence_failed_at IS 'time of the failed payment that the licence''s steps are counted from; null: the licence is active';
COMMENT ON COLUMN credits.accounts.time_zone IS 'zone of its days and periods (no unit)';
COMMENT ON COLUMN credits.accounts.anchor IS 'time that its periods were counted from when it was opened';
COMMENT ON COLUMN credits.accounts.identity IS 'whose free grants it takes (no unit); null: not said';
COMMENT ON COLUMN credits.accounts.referred_by IS 'account that brought it (no unit); null: none';
COMMENT ON COLUMN credits.accounts.opened_at IS 'time of opening';
COMMENT ON COLUMN credits.accounts.closed_at IS 'time of closing; null: it is not closed';
COMMENT ON COLUMN credits.accounts.close_reason IS 'why it was closed (no unit)';
COMMENT ON COLUMN credits.accounts.frozen_at IS 'time of freezing; null: it is not frozen';
COMMENT ON COLUMN credits.accounts.freeze_reason IS 'why it was frozen (no unit)';
COMMENT ON COLUMN credits.accounts.last_call_at IS 'time of the last call that wrote';
COMMENT ON COLUMN credits.accounts.metadata IS 'what the application keeps with it, as JSON';

CREATE OR REPLACE VIEW credits.balances WITH (security_invoker = true) AS
SELECT w.account_id, b.plan, b.balance, b.held, b.available, b.granted, b.used, b.used_pct, b.level, b.resets_at, b.period_start, b.period_end
FROM credits.wallet w CROSS JOIN LATERAL credits.visible_balance(w.account_id) b;
COMMENT ON VIEW credits.balances IS 'The credits of every account right now, as balance() answers.';
COMMENT ON COLUMN credits.balances.account_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.balances.plan IS 'its plan (no unit); null: none';
COMMENT ON COLUMN credits.balances.balance IS 'credits of all live lots - debt';
COMMENT ON COLUMN credits.balances.held IS 'credits that open holds keep';
COMMENT ON COLUMN credits.balances.available IS 'balance - held, credits';
COMMENT ON COLUMN credits.balances.granted IS 'credits that the period opened with, and grants, less what expired or was voided';
COMMENT ON COLUMN credits.balances.used IS 'credits charged in the period, net of refunds';
COMMENT ON COLUMN credits.balances.used_pct IS 'used of granted, percent; null: nothing was granted';
COMMENT ON COLUMN credits.balances.level IS 'restriction level (no unit)';
COMMENT ON COLUMN credits.balances.resets_at IS 'time of the next reset: midnight of plans with daily credits, else the period''s end';
COMMENT ON COLUMN credits.balances.period_start IS 'start of the period';
COMMENT ON COLUMN credits.balances.period_end IS 'end of the period';

CREATE OR REPLACE VIEW credits.open_holds WITH (security_invoker = true) AS
SELECT h.account_id, h.hold_no, h.amount::numeric AS amount, h.cost::numeric AS cost, h.created_at, h.expires_at, h.action, h.provider, h.model, h.member_id, h.plan, h.usage, h.level, h.role_name, h.metadata
FROM credits.wallet w JOIN credits.hold h ON h.account_id = w.account_id AND h.hold_no >= w.first_open_hold
WHERE w.first_open_hold <= w.last_hold_no AND h.status = 'pending' AND h.expires_at > (SELECT credits.now());
COMMENT ON VIEW credits.open_holds IS 'Holds that are open right now, of all accounts: calls that run.';
COMMENT ON COLUMN credits.open_holds.account_id IS 'the account (no unit)';
COMMENT ON COLUMN credits.open_holds.hold_no IS 'number of the hold, within the account (a count)';
COMMENT ON COLUMN credits.open_holds.amount IS 'credits held';
COMMENT ON COLUMN credits.open_holds.cost IS 'USD that the call is expected to cost; null: not known';
COMMENT ON COLUMN credits.open_holds.created_at IS 'time of the authorization';
COMMENT ON COLUMN credits.open_holds.expires_at IS 'time at which it gives its credits back by itself';
COMMENT ON COLUMN credits.open_holds.action IS 'the action (no unit); null: none was named';
COMMENT ON COLUMN credits.open_holds.provider IS 'the provider (no unit); null: none was named';
COMMENT ON COLUMN credits.open_holds.model IS 'the model (no unit); null: none was named';
COMMENT ON COLUMN credits.open_holds.member_id IS 'the member that called (no unit); null: none was named';
COMMENT ON COLUMN credits.open_holds.plan IS 'plan of the authorization, by which it is settled (no unit); null: none';
COMMENT ON COLUMN credits.open_holds.usage IS 'usage that was expected, as JSON by metric; null: none was given';
COMMENT ON COLUMN credits.open_holds.level IS 'restriction level of the authorization (no unit); null: normal';
COMMENT ON COLUMN credits.open_holds.role_name IS 'database role that called (no unit)';
COMMENT ON COLUMN credits.open_holds.metadata IS 'what the application gave with it, as JSON; null: nothing';
