-- What plans earn and carry, as configured or as they might be: margins, tiers, where a plan breaks even. Owns what a
-- period of a plan costs at most; changes nothing. Here and in the files after it the planner's guesses of what functions
-- and documents return would have small questions compiled for seconds, so whatever is asked turns jit off.

CREATE OR REPLACE FUNCTION credits.percent_of(part numeric, whole numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT CASE WHEN whole > 0 THEN trim_scale(round(part / whole * 100, 2)) END $$;
REVOKE EXECUTE ON FUNCTION credits.percent_of(numeric, numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.percent_of(numeric, numeric) IS 'Internal: part ÷ whole in percent, two decimals; null where whole is not above 0.';

CREATE OR REPLACE FUNCTION credits.interval_days(value interval) RETURNS numeric
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    -- A year has 365 days and a month 30, so that a period comes out as the whole number that people take it for.
    SELECT div(p.months, 12) * 365 + mod(p.months, 12) * 30 + p.days + p.micros / 86400000000
    FROM jsonb_to_record(credits.interval_parts(value)) p(months numeric, days numeric, micros numeric)
$$;
REVOKE EXECUTE ON FUNCTION credits.interval_days(interval) FROM PUBLIC;
COMMENT ON FUNCTION credits.interval_days(interval) IS 'Internal: an interval in days, of 365 to a year and 30 to a month; null of null.';

CREATE OR REPLACE FUNCTION credits.periods_a_year(period interval) RETURNS numeric
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN p.months > 0 AND p.days = 0 AND p.micros = 0 THEN trim_scale(round(12 / p.months, 6))
                WHEN d.days <= 365 THEN trunc(365 / d.days) ELSE trim_scale(round(365 / d.days, 6)) END
    FROM jsonb_to_record(credits.interval_parts(period)) p(months numeric, days numeric, micros numeric), credits.interval_days(period) d(days)
$$;
REVOKE EXECUTE ON FUNCTION credits.periods_a_year(interval) FROM PUBLIC;
COMMENT ON FUNCTION credits.periods_a_year(interval) IS 'Internal: how many periods of a plan are in a year: of whole months 12 ÷ months, of days those that fit into 365; null of null.';

CREATE OR REPLACE FUNCTION credits.plan_terms(plan text) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_build_object('price', n.price::numeric, 'interval', credits.interval_text(n.cycle), 'credits', CASE WHEN n.credits_from_margin THEN to_jsonb('from_margin'::text) ELSE to_jsonb(n.credits::numeric) END,
        'daily_credits', n.daily_credits::numeric, 'charge', jsonb_build_object('by', n.charge_by, 'markup', n.charge_factor),
        'cost_budget', n.cost_budget::numeric, 'cover', n.cover::numeric, 'includes', n.includes)
    FROM credits.plan n WHERE n.plan = $1
$$;
REVOKE EXECUTE ON FUNCTION credits.plan_terms(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.plan_terms(text) IS 'Internal: what a plan costs and gives, in the form of the configuration document; null: no such plan.';

CREATE OR REPLACE FUNCTION credits.plan_figures(terms jsonb)
RETURNS TABLE (price numeric, period interval, periods_a_year numeric, credits numeric, credits_cost numeric, included_cost numeric, cost_budget numeric, cover numeric, fee numeric)
LANGUAGE sql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.price, t.period, credits.periods_a_year(t.period), g.credits,
           trim_scale(CASE WHEN t.charge ->> 'by' = 'cost' AND m.markup > 0 AND m.markup <> 1 THEN round(g.credits * p.value_usd / m.markup, 12) ELSE g.credits * p.value_usd END),
           CASE WHEN coalesce(nullif(t.includes, 'null'), '[]') = '[]' THEN 0 ELSE trim_scale(credits.included_cost(t.includes)) END, t.cost_budget, t.cover, credits.payment_fee('subscription', t.price)
    FROM credits.platform p,
         (SELECT coalesce((r.price)::numeric, 0), r."interval"::interval, r.credits, r.daily_credits, r.charge, r.includes, r.cost_budget, coalesce(r.cover, 0)
          FROM jsonb_to_record(terms) r(price numeric, "interval" text, credits text, daily_credits numeric, charge jsonb, includes jsonb, cost_budget numeric, cover numeric)
         ) t(price, period, credits, daily_credits, charge, includes, cost_budget, cover),
         LATERAL (SELECT (t.charge ->> 'markup')::numeric) m(markup),
         LATERAL (SELECT CASE t.credits WHEN 'from_margin' THEN coalesce(credits.credits_of_cost(t.price * (1 - p.margin)), 0) ELSE coalesce(t.credits::numeric, 0) END
                         + coalesce(t.daily_credits, 0) * trunc(coalesce(credits.interval_days(t.period), 30))) g(credits)
$$;
REVOKE EXECUTE ON FUNCTION credits.plan_figures(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.plan_figures(jsonb) IS 'Internal: what a period of a plan costs and gives. terms: as plan_terms() has them. credits: of a period, those of its days included (of 30 days where it has no interval); credits_cost: USD of provider cost that they buy; included_cost: USD, null where a price is not known; fee: USD that taking the payment costs.';

CREATE OR REPLACE FUNCTION credits.refuse_argument(problem text, detail text, hint text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = problem, DETAIL = detail, HINT = hint;
END $$;
REVOKE EXECUTE ON FUNCTION credits.refuse_argument(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.refuse_argument(text, text, text) IS 'Internal: raises 22023.';

CREATE OR REPLACE FUNCTION credits.require_plan(plan text) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    terms jsonb;
BEGIN
    PERFORM credits.require_schema();
    PERFORM credits.require_text($1, 'plan');
    terms := credits.plan_terms($1);
    IF terms IS NULL THEN
        PERFORM credits.refuse_argument(format('there is no plan %s', quote_literal($1)), 'argument plan',
            coalesce('the plans are ' || (SELECT string_agg(n.plan, ', ' ORDER BY n.price, n.plan) FROM credits.plan n), 'plans are made by credits.configure'));
    END IF;
    RETURN terms;
END $$;
REVOKE EXECUTE ON FUNCTION credits.require_plan(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.require_plan(text) IS 'Internal: plan_terms() of a plan that must be there. Errors: 22004 null, 22023 no such plan, 55000 migrate() has not run.';

CREATE OR REPLACE FUNCTION credits.present_cost(plan text) RETURNS numeric
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN sum(u.share) >= 0.1 THEN trim_scale(round(sum(u.cost) / sum(u.share), 6)) END
    FROM (SELECT CASE WHEN w.period_end > m.now THEN w.period_cost::numeric ELSE 0 END AS cost,
                 extract(epoch FROM m.now - CASE WHEN w.period_end > m.now THEN w.period_start ELSE w.period_end END) / extract(epoch FROM w.period_end - w.period_start) AS share
          FROM (SELECT credits.now()) m(now), credits.wallet w JOIN credits.plan n ON n.plan = w.plan
          WHERE w.plan = $1 AND w.status <> 'closed' AND (n.grant_on = 'clock' OR w.paid_until > m.now) AND isfinite(w.period_end)) u
$$;
REVOKE EXECUTE ON FUNCTION credits.present_cost(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.present_cost(text) IS 'Internal: USD of cost that a period of the plan comes to at what its accounts have used of their running periods, the mean of all; null where less than a tenth of one period has passed.';

CREATE OR REPLACE FUNCTION credits.plan_margin_as_owner(asked_plan text, what_if jsonb)
RETURNS TABLE (plan text, basis text, price numeric, cost numeric, margin numeric, margin_pct numeric, fee numeric, net_margin numeric, yearly_margin numeric, is_losing boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    terms jsonb;
BEGIN
    IF what_if IS NULL THEN
        terms := credits.require_plan($1);
    ELSE
        PERFORM credits.require_schema();
        PERFORM credits.require_text($1, 'plan');
        -- A plan that is only thought of is a month long, as those of the guide are.
        terms := coalesce(credits.plan_terms($1), '{"interval": "1 month"}') || credits.configuration_section('plan', what_if, 'what_if');
        IF terms ->> 'credits' = 'from_margin' AND (SELECT p.margin FROM credits.platform p) IS NULL THEN
            PERFORM credits.refuse_argument('what_if.credits: "from_margin" needs a margin', 'none is configured', 'SELECT credits.configure(''{"margin": "0.80"}'')');
        END IF;
    END IF;
    RETURN QUERY
    SELECT $1, b.basis, f.price, trim_scale(b.cost), trim_scale(f.price - b.cost), credits.percent_of(f.price - b.cost, f.price), f.fee, trim_scale(f.price - b.cost - f.fee),
           trim_scale(round((f.price - b.cost) * f.periods_a_year, 6)), f.price > 0 AND f.price - b.cost - f.fee < 0
    FROM credits.plan_figures(terms) f,
         LATERAL (VALUES (1, 'full_use', f.credits_cost + f.included_cost), (2, 'cost_budget', f.cost_budget),
                         (3, 'present_use', CASE WHEN what_if IS NULL THEN credits.present_cost($1) END)) b(no, basis, cost)
    WHERE b.no = 1 OR b.cost IS NOT NULL
    ORDER BY b.no;
END $$;
REVOKE EXECUTE ON FUNCTION credits.plan_margin_as_owner(text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.plan_margin_as_owner(text, jsonb) IS 'Internal: what plan_margin() answers, with the rights of the tables'' owner.';

CREATE FUNCTION credits.plan_margin(plan text, what_if jsonb DEFAULT NULL)
RETURNS TABLE (plan text, basis text, price numeric, cost numeric, margin numeric, margin_pct numeric, fee numeric, net_margin numeric, yearly_margin numeric, is_losing boolean)
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 3;
REVOKE EXECUTE ON FUNCTION credits.plan_margin(text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.plan_margin(text, jsonb) IS 'What a period of a plan earns. A row for each basis of its cost: full_use (its credits at the unit''s value_usd, and its included units at the prices of now, all used up), cost_budget (where it has one), present_use (what its accounts have cost in their running periods so far, carried on to a whole period; without what_if, and where there is enough to go by).
what_if: keys of a plan as in the configuration document that replace the plan''s own, or all of a plan that is not configured: {"price": "9", "includes": […]}; null: the plan as it is. Nothing is stored.
Result: price, cost, margin = price - cost, fee = what taking the payment costs, net_margin = margin - fee: USD a period; margin_pct: margin of the price, percent, two decimals, null without a price; yearly_margin: margin of the periods of a year, USD, null without an interval; is_losing: a paid plan whose net_margin is below 0. cost is null where a price of an included unit is not known.
Errors: 22004 null plan; 22023 no such plan, or naming the path of what is wrong in what_if. Locks: none.';

CREATE OR REPLACE FUNCTION credits.tier_calculator_as_owner(asked_price numeric, asked_margin numeric, net_of_fees boolean)
RETURNS TABLE (plan text, price numeric, margin numeric, cost_budget numeric, profit numeric, fee numeric, credits numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    share numeric;
BEGIN
    PERFORM credits.require_schema();
    share := coalesce($2, (SELECT p.margin FROM credits.platform p));
    IF $1 IS NOT NULL THEN
        PERFORM credits.require_usd($1, 'price');
    END IF;
    IF share IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'margin must not be null where none is configured', DETAIL = 'argument margin',
            HINT = 'give the share of the price that is to be kept, such as 0.80';
    ELSIF NOT (share >= 0 AND share < 1) THEN
        PERFORM credits.refuse_argument('margin must be a share from 0 to below 1', format('argument margin is %s', left(share::text, 100)), '0.80 keeps 80 % of the price');
    END IF;
    RETURN QUERY
    SELECT t.plan, trim_scale(t.price), trim_scale(share), trim_scale(b.received * (1 - share)), trim_scale(b.received * share), f.fee, credits.credits_of_cost(trim_scale(b.received * (1 - share)))
    FROM (SELECT NULL, $1 WHERE $1 IS NOT NULL
          UNION ALL SELECT n.plan, n.price::numeric FROM credits.plan n WHERE $1 IS NULL AND n.price > 0) t(plan, price),
         LATERAL (SELECT CASE WHEN $3 THEN credits.payment_fee('subscription', t.price) ELSE 0 END) f(fee),
         LATERAL (SELECT greatest(0, t.price - f.fee)) b(received)
    ORDER BY t.price, t.plan;
END $$;
REVOKE EXECUTE ON FUNCTION credits.tier_calculator_as_owner(numeric, numeric, boolean) FROM PUBLIC;
COMMENT ON FUNCTION credits.tier_calculator_as_owner(numeric, numeric, boolean) IS 'Internal: what tier_calculator() answers, with the rights of the tables'' owner.';

CREATE FUNCTION credits.tier_calculator(price numeric DEFAULT NULL, margin numeric DEFAULT NULL, net_of_fees boolean DEFAULT false)
RETURNS TABLE (plan text, price numeric, margin numeric, cost_budget numeric, profit numeric, fee numeric, credits numeric)
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 5;
REVOKE EXECUTE ON FUNCTION credits.tier_calculator(numeric, numeric, boolean) FROM PUBLIC;
COMMENT ON FUNCTION credits.tier_calculator(numeric, numeric, boolean) IS 'What a price leaves for provider cost when a margin is to be kept, and the credits that this buys.
price: USD a period; null = a row for each configured plan with a price. margin: share of 1 to keep; null = the configured one. net_of_fees: true = of what is left after the configured payment_fee.
Result: plan (null where a price was given), price and fee (USD; 0 unless net_of_fees), margin (share of 1), cost_budget and profit (USD, together what was shared out), credits (cost_budget at the unit''s value_usd, rounded by the unit''s rule).
Errors: 22004 no margin is given or configured, 22023 a margin that is not from 0 to below 1, or a bad price. Locks: none.';
