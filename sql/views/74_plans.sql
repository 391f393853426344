-- What is sold: plans and packs, what each gives, and what it leaves.

CREATE OR REPLACE VIEW credits.tiers WITH (security_invoker = true) AS
SELECT n.plan, n.name, n.price::numeric AS price, n.cycle AS period, CASE WHEN n.credits_from_margin THEN credits.credits_of_cost(n.price * (1 - p.margin)) ELSE coalesce(n.credits::numeric, 0) END AS credits, n.daily_credits::numeric AS daily_credits, n.grant_on, n.renewal,
       n.charge_by, n.charge_factor, l.tokens, l.requests, n.max_tokens_per_request, n.max_output_tokens, n.features, n.providers, n.models, n.includes, n.limits,
       n.overdraft::numeric AS overdraft, n.cost_budget::numeric AS cost_budget, n.cover::numeric AS cover, n.next_plan, n.plan IS NOT DISTINCT FROM p.default_plan AS is_default
FROM credits.plan n CROSS JOIN credits.platform p
CROSS JOIN LATERAL (
    SELECT min((t.value ->> 'limit')::numeric) FILTER (WHERE t.value ->> 'metric' = 'tokens') AS tokens,
           min((t.value ->> 'limit')::numeric) FILTER (WHERE t.value ->> 'metric' = 'requests') AS requests
    FROM jsonb_array_elements(n.limits) t
    WHERE t.value ->> 'window' = 'period' AND t.value ->> 'scope' = 'account'
      AND coalesce(nullif(t.value -> 'action', 'null'), nullif(t.value -> 'model', 'null'), nullif(t.value -> 'provider', 'null')) IS NULL) l;
COMMENT ON VIEW credits.tiers IS 'The configured plans: what each costs, gives and allows.';
COMMENT ON COLUMN credits.tiers.plan IS 'key of the plan (no unit)';
COMMENT ON COLUMN credits.tiers.name IS 'its name for people (no unit)';
COMMENT ON COLUMN credits.tiers.price IS 'USD a period';
COMMENT ON COLUMN credits.tiers.period IS 'length of a period; null: granted once, usage is counted by calendar month';
COMMENT ON COLUMN credits.tiers.credits IS 'credits of a period, those of its days aside';
COMMENT ON COLUMN credits.tiers.daily_credits IS 'credits of a day; null: none';
COMMENT ON COLUMN credits.tiers.grant_on IS 'payment or clock: what brings the credits of a period (no unit)';
COMMENT ON COLUMN credits.tiers.renewal IS 'reset, rollover or accumulate: what becomes of credits that are left (no unit)';
COMMENT ON COLUMN credits.tiers.charge_by IS 'cost, tokens, action or postpaid: what calls are charged by (no unit)';
COMMENT ON COLUMN credits.tiers.charge_factor IS 'factor on the cost, or credits a token';
COMMENT ON COLUMN credits.tiers.tokens IS 'tokens that a period allows, or that overage is charged above; null: any number';
COMMENT ON COLUMN credits.tiers.requests IS 'requests that a period allows (a count); null: any number';
COMMENT ON COLUMN credits.tiers.max_tokens_per_request IS 'tokens that one call may take; null: any number';
COMMENT ON COLUMN credits.tiers.max_output_tokens IS 'tokens that one call may put out; null: any number';
COMMENT ON COLUMN credits.tiers.features IS 'features of the plan (no unit); null: all';
COMMENT ON COLUMN credits.tiers.providers IS 'providers that may be called (no unit); null: all';
COMMENT ON COLUMN credits.tiers.models IS 'models that may be called (no unit); null: all';
COMMENT ON COLUMN credits.tiers.includes IS 'units that a period includes, used before credits, in the form of the configuration document';
COMMENT ON COLUMN credits.tiers.limits IS 'all limits of the plan, in the form of the configuration document';
COMMENT ON COLUMN credits.tiers.overdraft IS 'credits that may be used below zero';
COMMENT ON COLUMN credits.tiers.cost_budget IS 'USD of provider cost that a period is meant to take; null: not said';
COMMENT ON COLUMN credits.tiers.cover IS 'USD of provider cost that is carried before a period''s first revenue';
COMMENT ON COLUMN credits.tiers.next_plan IS 'plan that is suggested to those who need more (no unit); null: none';
COMMENT ON COLUMN credits.tiers.is_default IS 'whether accounts begin with it (no unit)';

CREATE OR REPLACE VIEW credits.tier_margins WITH (security_invoker = true) AS
SELECT n.plan, n.name, f.price, f.period, f.credits, f.credits_cost, f.included_cost, trim_scale(f.credits_cost + f.included_cost) AS cost,
       trim_scale(f.price - f.credits_cost - f.included_cost) AS margin, credits.percent_of(f.price - f.credits_cost - f.included_cost, f.price) AS margin_pct,
       trim_scale(f.price * (1 - p.margin)) AS cost_at_margin, f.cost_budget, trim_scale(f.price - f.cost_budget) AS budget_margin, credits.percent_of(f.price - f.cost_budget, f.price) AS budget_margin_pct,
       f.fee, trim_scale(f.price - f.credits_cost - f.included_cost - f.fee) AS net_margin,
       trim_scale(round((f.price - f.credits_cost - f.included_cost) * f.periods_a_year, 6)) AS yearly_margin, f.price > 0 AND f.price - f.credits_cost - f.included_cost - f.fee < 0 AS is_losing
FROM credits.plan n CROSS JOIN credits.platform p CROSS JOIN LATERAL credits.plan_figures(credits.plan_terms(n.plan)) f;
COMMENT ON VIEW credits.tier_margins IS 'What a period of each configured plan costs and leaves where all of it is used up. plan_margin() also says what it comes to at present use, and judges plans that are only thought of.';
COMMENT ON COLUMN credits.tier_margins.plan IS 'key of the plan (no unit)';
COMMENT ON COLUMN credits.tier_margins.name IS 'its name for people (no unit)';
COMMENT ON COLUMN credits.tier_margins.price IS 'USD a period';
COMMENT ON COLUMN credits.tier_margins.period IS 'length of a period; null: granted once';
COMMENT ON COLUMN credits.tier_margins.credits IS 'credits of a period, those of its days included (of 30 days where it has no length)';
COMMENT ON COLUMN credits.tier_margins.credits_cost IS 'USD of provider cost that they buy';
COMMENT ON COLUMN credits.tier_margins.included_cost IS 'USD that the included units cost at the prices of now; null: a price is not known';
COMMENT ON COLUMN credits.tier_margins.cost IS 'credits_cost + included_cost, USD';
COMMENT ON COLUMN credits.tier_margins.margin IS 'price - cost, USD a period';
COMMENT ON COLUMN credits.tier_margins.margin_pct IS 'margin of the price, percent; null: no price';
COMMENT ON COLUMN credits.tier_margins.cost_at_margin IS 'USD of cost that the platform''s margin leaves of the price; null: no margin is configured';
COMMENT ON COLUMN credits.tier_margins.cost_budget IS 'USD of provider cost that a period is meant to take; null: not said';
COMMENT ON COLUMN credits.tier_margins.budget_margin IS 'price - cost_budget, USD a period';
COMMENT ON COLUMN credits.tier_margins.budget_margin_pct IS 'budget_margin of the price, percent; null: no price, or no cost_budget';
COMMENT ON COLUMN credits.tier_margins.fee IS 'USD that taking the payment costs';
COMMENT ON COLUMN credits.tier_margins.net_margin IS 'margin - fee, USD a period';
COMMENT ON COLUMN credits.tier_margins.yearly_margin IS 'margin of the periods of a year, USD; null: granted once';
COMMENT ON COLUMN credits.tier_margins.is_losing IS 'whether it has a price and its net_margin is below 0 (no unit); null: its cost is not known';

CREATE OR REPLACE VIEW credits.pack_sales WITH (security_invoker = true) AS
SELECT k.pack, t.price, t.credits, trim_scale(round(t.price / nullif(t.credits, 0), 12)) AS credit_price, trim_scale(t.credits * p.value_usd) AS cost, trim_scale(t.price - t.credits * p.value_usd) AS margin,
       credits.percent_of(t.price - t.credits * p.value_usd, t.price) AS margin_pct,
       CASE WHEN t.price > 0 THEN coalesce(trim_scale(t.price * (f.value ->> 'percent')::numeric / 100 + (f.value ->> 'fixed')::numeric), 0) ELSE t.price END AS fee,
       coalesce(s.payments, 0) AS payments, coalesce(s.packs, 0) AS packs, coalesce(s.buyers, 0) AS buyers, coalesce(s.revenue, 0) AS revenue, coalesce(s.returned, 0) AS returned, coalesce(s.fees, 0) AS fees,
       coalesce(s.credits, 0) AS credits_sold, trim_scale(coalesce(s.credits, 0) * p.value_usd) AS credits_cost,
       trim_scale(coalesce(s.revenue - s.returned - s.fees, 0) - coalesce(s.credits, 0) * p.value_usd) AS net_margin, s.last_sold_at
FROM credits.platform p
LEFT JOIN credits.setting f ON f.key = 'payment_fee'
CROSS JOIN (SELECT e.key FROM credits.setting g, jsonb_object_keys(g.value) e(key) WHERE g.key = 'packs'
            UNION SELECT q.pack FROM credits.payment q WHERE q.kind = 'pack' AND q.pack IS NOT NULL) k(pack)
LEFT JOIN (SELECT e.key, (e.value ->> 'price')::numeric, (e.value ->> 'credits')::numeric
           FROM credits.setting g, jsonb_each(g.value) e WHERE g.key = 'packs') t(pack, price, credits) ON t.pack = k.pack
LEFT JOIN (SELECT q.pack, count(*) AS payments, sum(coalesce(q.quantity, 1)) AS packs, count(DISTINCT q.account_id) AS buyers, sum(q.amount::numeric) AS revenue,
                  sum(least(q.amount::numeric, q.refunded::numeric + q.disputed::numeric)) AS returned, sum(q.fee::numeric) AS fees, sum(q.credits::numeric - q.clawed::numeric) AS credits, max(q.paid_at) AS last_sold_at
           FROM credits.payment q WHERE q.kind = 'pack' GROUP BY q.pack) s ON s.pack = k.pack;
COMMENT ON VIEW credits.pack_sales IS 'Each pack that is or was sold: what one leaves, and what was sold of it. Where a pack is not configured any more what one costs is null.';
COMMENT ON COLUMN credits.pack_sales.pack IS 'key of the pack (no unit)';
COMMENT ON COLUMN credits.pack_sales.price IS 'USD of one, bulk prices aside';
COMMENT ON COLUMN credits.pack_sales.credits IS 'credits of one';
COMMENT ON COLUMN credits.pack_sales.credit_price IS 'USD a credit, to 12 decimals';
COMMENT ON COLUMN credits.pack_sales.cost IS 'USD of provider cost that its credits buy';
COMMENT ON COLUMN credits.pack_sales.margin IS 'price - cost, USD';
COMMENT ON COLUMN credits.pack_sales.margin_pct IS 'margin of the price, percent; null: no price';
COMMENT ON COLUMN credits.pack_sales.fee IS 'USD that taking the payment for one costs';
COMMENT ON COLUMN credits.pack_sales.payments IS 'payments for it (a count)';
COMMENT ON COLUMN credits.pack_sales.packs IS 'packs that they were for (a count)';
COMMENT ON COLUMN credits.pack_sales.buyers IS 'accounts that bought it (a count)';
COMMENT ON COLUMN credits.pack_sales.revenue IS 'USD paid for them';
COMMENT ON COLUMN credits.pack_sales.returned IS 'USD of that given back or disputed';
COMMENT ON COLUMN credits.pack_sales.fees IS 'USD that taking the payments has cost';
COMMENT ON COLUMN credits.pack_sales.credits_sold IS 'credits that they brought, less what was taken back';
COMMENT ON COLUMN credits.pack_sales.credits_cost IS 'USD of provider cost that these buy';
COMMENT ON COLUMN credits.pack_sales.net_margin IS 'revenue - returned - fees - credits_cost, USD';
COMMENT ON COLUMN credits.pack_sales.last_sold_at IS 'time of the last payment; null: never sold';
