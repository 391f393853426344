-- What prices earn: of actions by what their calls really cost, of packs, of all that is sold together. Proposes, and
-- changes nothing.

CREATE OR REPLACE FUNCTION credits.credit_price() RETURNS numeric
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(p.price_usd::numeric, (SELECT min(round((k.value ->> 'price')::numeric / (k.value ->> 'credits')::numeric, 12))
                                           FROM jsonb_each(credits.section('packs')) k WHERE (k.value ->> 'credits')::numeric > 0))
    FROM credits.platform p
$$;
REVOKE EXECUTE ON FUNCTION credits.credit_price() FROM PUBLIC;
COMMENT ON FUNCTION credits.credit_price() IS 'Internal: USD that a credit sells for: the unit''s price_usd, else what it costs in the cheapest pack, bulk prices aside; null where neither is configured.';

CREATE OR REPLACE FUNCTION credits.month_start() RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT date_trunc('month', credits.now(), p.time_zone) FROM credits.platform p $$;
REVOKE EXECUTE ON FUNCTION credits.month_start() FROM PUBLIC;
COMMENT ON FUNCTION credits.month_start() IS 'Internal: start of this month in the platform''s time zone.';

CREATE OR REPLACE FUNCTION credits.real_calls(since timestamptz)
RETURNS TABLE (action text, provider text, model text, calls bigint, priced_calls bigint, cost numeric, charged numeric)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT l.action, l.provider, l.model, count(*), count(l.cost), sum(l.cost::numeric), -sum(l.amount::numeric)
    FROM credits.ledger l
    WHERE l.created_at >= $1 AND l.action IS NOT NULL AND l.kind IN ('deduct', 'settle')
    GROUP BY l.action, l.provider, l.model
$$;
REVOKE EXECUTE ON FUNCTION credits.real_calls(timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.real_calls(timestamptz) IS 'Internal: calls of actions since a moment, by action and who served them: how many, how many of a known cost, what these cost together (USD), credits charged in all.';

CREATE OR REPLACE FUNCTION credits.action_figures(since timestamptz)
RETURNS TABLE (action text, credits numeric, cost numeric, cost_source text, calls bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.action, c.credits,
           trim_scale(coalesce(round(r.cost / nullif(r.priced_calls, 0), 12), a.cost::numeric, c.credits * (SELECT p.value_usd FROM credits.platform p))),
           CASE WHEN r.priced_calls > 0 THEN 'calls' WHEN a.cost IS NOT NULL THEN 'configured' WHEN c.credits IS NOT NULL THEN 'unit' END, coalesce(r.calls, 0)
    FROM credits.action a
    LEFT JOIN (SELECT k.action, sum(k.calls)::bigint AS calls, sum(k.priced_calls) AS priced_calls, sum(k.cost) AS cost, sum(k.charged) AS charged
               FROM credits.real_calls($1) k GROUP BY k.action) r ON r.action = a.action
    CROSS JOIN LATERAL (SELECT trim_scale(coalesce(a.credits::numeric, round(r.charged / nullif(r.calls, 0), 4), (a.range_low::numeric + a.range_high::numeric) / 2))) c(credits)
$$;
REVOKE EXECUTE ON FUNCTION credits.action_figures(timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.action_figures(timestamptz) IS 'Internal: what a use of each configured action takes and costs. credits: its price, else what calls since a moment were charged on average, else the middle of its range; cost: USD, of those calls on average (cost_source calls), as configured, or what the credits are worth at the unit''s value_usd (unit).';

CREATE OR REPLACE FUNCTION credits.break_even_as_owner(asked_plan text)
RETURNS TABLE (action text, credits numeric, earns numeric, cost numeric, cost_source text, target numeric, uses numeric, revenue numeric, cost_budget numeric, uses_in_budget numeric, plan_credits numeric, uses_in_credits numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    figures   record;
    guarantee jsonb;
    budget    numeric;
    needed    numeric;
BEGIN
    SELECT f.* INTO figures FROM credits.plan_figures(credits.require_plan($1)) f;
    guarantee := credits.section('guarantee');
    budget := coalesce(figures.cost_budget, nullif(figures.cover, 0), (guarantee ->> 'cost')::numeric, figures.credits_cost + figures.included_cost);
    needed := greatest(0, coalesce((guarantee ->> 'revenue')::numeric, trim_scale(round(budget / (1 - coalesce((SELECT p.margin FROM credits.platform p), 0)), 6))) - figures.price);
    RETURN QUERY
    SELECT a.action, a.credits, e.earns, a.cost, a.cost_source, needed, u.uses, trim_scale(u.uses * e.earns), trim_scale(budget), trunc(budget / nullif(a.cost, 0)),
           figures.credits, trunc(figures.credits / nullif(a.credits, 0))
    FROM credits.action_figures(credits.now() - interval '30 days') a,
         LATERAL (SELECT trim_scale(a.credits * credits.credit_price())) e(earns),
         LATERAL (SELECT ceil(needed / nullif(e.earns, 0))) u(uses)
    ORDER BY a.action;
END $$;
REVOKE EXECUTE ON FUNCTION credits.break_even_as_owner(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.break_even_as_owner(text) IS 'Internal: what break_even() answers, with the rights of the tables'' owner.';

CREATE FUNCTION credits.break_even(plan text)
RETURNS TABLE (action text, credits numeric, earns numeric, cost numeric, cost_source text, target numeric, uses numeric, revenue numeric, cost_budget numeric, uses_in_budget numeric, plan_credits numeric, uses_in_credits numeric)
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 10;
REVOKE EXECUTE ON FUNCTION credits.break_even(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.break_even(text) IS 'How often each action must be bought before an account on a plan has earned what it has to, and how often its cost budget and its credits carry it.
Result, a row an action: credits: of one use (its price, else what it takes on average); earns: USD that these sell for (unit''s price_usd, else the cheapest pack); cost: USD of one use, cost_source: calls (mean of the last 30 days), configured, or unit (its credits at value_usd); target: USD that are to come beside the plan''s price: what the guarantee asks for or, without one, what the cost budget needs at the configured margin; uses: how many bring it, revenue: USD that they do; cost_budget: USD (the plan''s cost_budget, else its cover, the guarantee''s cost, what its credits and included units cost); uses_in_budget: how many that pays for; plan_credits, uses_in_credits: credits of a period, and how many they pay for. Null where a divisor is 0 or not known: without a price any number.
Errors: 22004 null, 22023 no such plan. Locks: none.';

CREATE OR REPLACE FUNCTION credits.calls_given(calls jsonb)
RETURNS TABLE (action text, provider text, model text, cost numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    unknown text;
BEGIN
    IF jsonb_typeof(calls) <> 'object' THEN
        PERFORM credits.refuse_argument('calls must be an object of calls by action', 'argument calls', '{"video": {"provider": "runway", "model": "gen3", "usage": {"seconds": 5}}}');
    END IF;
    SELECT k.action INTO unknown FROM jsonb_object_keys(calls) k(action) WHERE k.action NOT IN (SELECT a.action FROM credits.action a) ORDER BY 1 LIMIT 1;
    IF FOUND THEN
        PERFORM credits.refuse_argument(format('calls.%s: there is no such action', left(unknown, 200)), 'argument calls', 'name one of actions of the configuration');
    END IF;
    RETURN QUERY
    SELECT c.action, c.value ->> 'provider', c.value ->> 'model', credits.cost(c.value ->> 'provider', c.value ->> 'model', c.value -> 'usage', NULL::timestamptz)
    FROM jsonb_each(calls) c(action, value);
END $$;
REVOKE EXECUTE ON FUNCTION credits.calls_given(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.calls_given(jsonb) IS 'Internal: what calls that are only thought of cost, by action, USD at the prices of now. Errors: 22023, and as of credits.cost.';

CREATE OR REPLACE FUNCTION credits.price_margins_as_owner(since timestamptz, thought_of jsonb)
RETURNS TABLE (action text, provider text, model text, credits numeric, price numeric, cost numeric, margin numeric, margin_pct numeric, markup_pct numeric, cost_source text, calls bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    PERFORM credits.require_schema();
    PERFORM FROM credits.calls_given(coalesce($2, '{}')); -- so that an error names this line and not the whole query
    RETURN QUERY
    WITH given AS (
        SELECT g.* FROM credits.calls_given(coalesce($2, '{}')) g
    ), seen AS (
        SELECT r.* FROM credits.real_calls(coalesce($1, credits.now() - interval '90 days')) r WHERE r.action NOT IN (SELECT g.action FROM given g)
    ), known AS (
        SELECT g.action, g.provider, g.model, g.cost, NULL::numeric AS charged, 'given' AS source, 0::bigint AS calls FROM given g
        UNION ALL
        SELECT s.action, s.provider, s.model, coalesce(round(s.cost / nullif(s.priced_calls, 0), 12), a.cost::numeric), round(s.charged / s.calls, 4),
               CASE WHEN s.priced_calls > 0 THEN 'calls' WHEN a.cost IS NOT NULL THEN 'configured' END, s.calls
        FROM seen s JOIN credits.action a ON a.action = s.action
        UNION ALL
        SELECT a.action, NULL, NULL, a.cost::numeric, NULL, CASE WHEN a.cost IS NOT NULL THEN 'configured' END, 0
        FROM credits.action a WHERE a.action NOT IN (SELECT g.action FROM given g) AND a.action NOT IN (SELECT s.action FROM seen s)
    )
    SELECT k.action, k.provider, k.model, trim_scale(n.credits), trim_scale(n.credits * u.price), trim_scale(k.cost), trim_scale(n.credits * u.price - k.cost),
           credits.percent_of(n.credits * u.price - k.cost, n.credits * u.price), credits.percent_of(n.credits * u.price - k.cost, k.cost), k.source, k.calls
    FROM known k JOIN credits.action a ON a.action = k.action
    CROSS JOIN (SELECT credits.credit_price()) u(price)
    CROSS JOIN LATERAL (SELECT coalesce(a.credits::numeric, k.charged, (a.range_low::numeric + a.range_high::numeric) / 2)) n(credits)
    ORDER BY k.action, k.provider, k.model;
END $$;
REVOKE EXECUTE ON FUNCTION credits.price_margins_as_owner(timestamptz, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.price_margins_as_owner(timestamptz, jsonb) IS 'Internal: what price_margins() answers, with the rights of the tables'' owner.';

CREATE FUNCTION credits.price_margins(since timestamptz DEFAULT NULL, calls jsonb DEFAULT NULL)
RETURNS TABLE (action text, provider text, model text, credits numeric, price numeric, cost numeric, margin numeric, margin_pct numeric, markup_pct numeric, cost_source text, calls bigint)
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 20;
REVOKE EXECUTE ON FUNCTION credits.price_margins(timestamptz, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.price_margins(timestamptz, jsonb) IS 'What each action earns at its present price: a row for each model that has served it.
since: calls from then on tell what a use costs; null = the last 90 days. calls: what a call is taken to be instead, {"video": {"provider": "runway", "model": "gen3", "usage": {"seconds": 5}}}, priced by the price book of now; null = none.
Result: credits: of one use (its price; without one what was charged on average, else the middle of its range); price: USD that these sell for (unit''s price_usd, else the cheapest pack); cost: USD of one use, cost_source: given, calls (the mean), configured, or null where nothing is known of it; margin: price - cost, USD; margin_pct: of the price, markup_pct: over the cost, percent, two decimals, null of nothing; calls: how many were looked at.
Errors: 22023 for calls of unknown actions, models or metrics, 22004 where one lacks its provider, model or usage. Locks: none.';

CREATE OR REPLACE FUNCTION credits.optimize_prices_as_owner(since timestamptz, margin numeric)
RETURNS TABLE (action text, calls bigint, cost numeric, present_credits numeric, present_margin_pct numeric, required_margin_pct numeric, proposed_credits numeric, proposed_margin_pct numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    price numeric;
    keep  numeric;
    steps numeric;
BEGIN
    PERFORM credits.require_schema();
    price := credits.credit_price();
    SELECT coalesce($2, p.margin, (SELECT g.profit / g.revenue FROM jsonb_to_record(credits.section('guarantee')) g(revenue numeric, profit numeric) WHERE g.profit < g.revenue), greatest(credits.brake_min_margin(), 1 - p.value_usd / nullif(price, 0)), 0),
           ('1e' || p.scale)::numeric INTO keep, steps FROM credits.platform p;
    IF $2 IS NOT NULL AND NOT ($2 >= 0 AND $2 < 1) THEN
        PERFORM credits.refuse_argument('margin must be a share from 0 to below 1', format('argument margin is %s', left($2::text, 100)), '0.80 keeps 80 % of what is charged');
    ELSIF coalesce(price, 0) = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = 'what a credit sells for is not known', DETAIL = 'neither unit.price_usd nor a pack is configured',
            HINT = 'SELECT credits.configure(''{"unit": {"price_usd": "0.05"}}'')';
    END IF;
    -- At what a credit is worth a price without margin is the least there is.
    keep := greatest(0, keep);
    RETURN QUERY
    SELECT a.action, a.calls, a.cost, a.credits, credits.percent_of(a.credits * price - a.cost, a.credits * price), trim_scale(round(keep * 100, 2)),
           n.credits, credits.percent_of(n.credits * price - a.cost, n.credits * price)
    FROM credits.action_figures(coalesce($1, credits.month_start())) a,
         LATERAL (SELECT trim_scale(ceil(round(a.cost / (1 - keep) / price * steps, 6)) / steps)) n(credits)
    WHERE a.cost_source = 'calls'
    ORDER BY a.action;
END $$;
REVOKE EXECUTE ON FUNCTION credits.optimize_prices_as_owner(timestamptz, numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.optimize_prices_as_owner(timestamptz, numeric) IS 'Internal: what optimize_prices() answers, with the rights of the tables'' owner.';

CREATE FUNCTION credits.optimize_prices(since timestamptz DEFAULT NULL, margin numeric DEFAULT NULL)
RETURNS TABLE (action text, calls bigint, cost numeric, present_credits numeric, present_margin_pct numeric, required_margin_pct numeric, proposed_credits numeric, proposed_margin_pct numeric)
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 20;
REVOKE EXECUTE ON FUNCTION credits.optimize_prices(timestamptz, numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.optimize_prices(timestamptz, numeric) IS 'Proposes a price in credits for each action by what its calls have really cost, so that a margin is kept. Nothing is changed: a price is set by configure().
since: calls from then on; null = this month, in the platform''s time zone. margin: share of 1 to keep of what a use sells for; null = the configured margin, else what the guarantee keeps of its revenue (profit ÷ revenue), else the greater of the brake''s min_margin and what value_usd leaves of price_usd.
Result, a row for each action with calls of a known cost: calls; cost: USD of one on average; present_credits: its price, or what was charged on average; proposed_credits: the least, in steps of the unit, that keeps the margin; the margins at each and required_margin_pct: percent of what it sells for, two decimals.
Errors: 22023 for a margin that is not from 0 to below 1, 55000 where neither price_usd nor a pack says what a credit sells for. Locks: none.';

CREATE OR REPLACE FUNCTION credits.assumed(value jsonb, argument text, known text[], what text) RETURNS TABLE (item text, low numeric, high numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    wrong text;
BEGIN
    IF jsonb_typeof($1) <> 'object' THEN
        PERFORM credits.refuse_argument(format('%s must be an object', $2), format('argument %s', $2), format('give a number, or a lowest and a highest one, for each %s: {"name": 50, "other": [5, 20]}', $4));
    END IF;
    SELECT e.key INTO wrong FROM jsonb_object_keys($1) e(key) WHERE e.key <> ALL ($3) ORDER BY e.key LIMIT 1;
    IF FOUND THEN
        PERFORM credits.refuse_argument(format('%s.%s: there is no such %s', $2, left(wrong, 200), $4), format('argument %s', $2), 'known: ' || coalesce(nullif(array_to_string($3, ', '), ''), 'none'));
    END IF;
    RETURN QUERY
    SELECT e.key, n.low, n.high
    FROM jsonb_each($1) e,
         LATERAL (SELECT CASE WHEN jsonb_typeof(e.value) = 'array' AND jsonb_array_length(e.value) = 2 THEN e.value ELSE jsonb_build_array(e.value, e.value) END) p(pair),
         LATERAL (SELECT credits.configuration_number('units', p.pair -> 0), credits.configuration_number('units', p.pair -> 1)) n(low, high)
    WHERE n.low >= 0 AND n.low <= n.high;
    SELECT e.key INTO wrong FROM jsonb_each($1) e(key, value),
        LATERAL (SELECT CASE WHEN jsonb_typeof(e.value) = 'array' AND jsonb_array_length(e.value) = 2 THEN e.value ELSE jsonb_build_array(e.value, e.value) END) p(pair)
    WHERE NOT coalesce(credits.configuration_number('units', p.pair -> 0) <= credits.configuration_number('units', p.pair -> 1), false) ORDER BY e.key LIMIT 1;
    IF FOUND THEN
        PERFORM credits.refuse_argument(format('%s.%s: must be a number from 0, or a lowest and a highest one', $2, left(wrong, 200)), format('argument %s', $2), 'such as 50, or [5, 20]');
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.assumed(jsonb, text, text[], text) FROM PUBLIC;
COMMENT ON FUNCTION credits.assumed(jsonb, text, text[], text) IS 'Internal: what somebody assumes, by name: one number, or a lowest and a highest. Errors: 22023 naming what is not known, or no such number.';

CREATE OR REPLACE FUNCTION credits.sales_now() RETURNS TABLE (kind text, item text, quantity numeric, revenue numeric, cost numeric, fee numeric)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH moment AS (
        SELECT credits.now() AS now, p.value_usd::numeric AS value_usd FROM credits.platform p
    ), sold AS (
        SELECT p.pack, sum(coalesce(p.quantity, 1)) AS packs, sum(greatest(0, p.amount::numeric - p.refunded::numeric - p.disputed::numeric)) AS revenue,
               sum(greatest(0, p.credits::numeric - p.clawed::numeric)) AS credits, sum(p.fee::numeric) AS fee
        FROM credits.payment p, moment m WHERE p.kind = 'pack' AND p.paid_at > m.now - interval '30 days' AND p.paid_at <= m.now GROUP BY p.pack
    )
    SELECT 'subscription', s.plan, s.subscribers, s.subscribers * f.price * coalesce(f.periods_a_year, 0) / 12, s.subscribers * (f.credits_cost + f.included_cost) * coalesce(f.periods_a_year, 0) / 12,
           s.subscribers * f.fee * coalesce(f.periods_a_year, 0) / 12
    FROM (SELECT w.plan, sum(q.seats)::numeric AS subscribers
          FROM moment m, credits.wallet w JOIN credits.plan n ON n.plan = w.plan,
               LATERAL (SELECT coalesce(max(p.quantity), 1) FROM credits.payment p
                        WHERE p.account_id = w.account_id AND p.kind = 'subscription' AND p.plan = w.plan AND p.period_start <= m.now AND p.period_end > m.now) q(seats)
          WHERE n.price > 0 AND w.status = 'open' AND (n.grant_on = 'clock' OR w.paid_until > m.now) GROUP BY w.plan) s,
         credits.plan_figures(credits.plan_terms(s.plan)) f
    UNION ALL
    SELECT 'pack', s.pack, s.packs, s.revenue, s.credits * m.value_usd, s.fee FROM sold s, moment m
    UNION ALL
    SELECT r.kind, NULL, NULL, sum(r.amount), sum(r.promotion_cost), sum(r.fee)
    FROM credits.revenue r, moment m WHERE r.kind NOT IN ('subscription', 'pack') AND r.occurred_at > m.now - interval '30 days' AND r.occurred_at <= m.now GROUP BY r.kind
$$;
REVOKE EXECUTE ON FUNCTION credits.sales_now() FROM PUBLIC;
COMMENT ON FUNCTION credits.sales_now() IS 'Internal: what a month earns as things are: accounts whose plan is paid, each for as many seats as it pays, by plan, at their prices; packs, other revenue and promotions of the last 30 days. USD.';

CREATE OR REPLACE FUNCTION credits.sales_assumed(subscribers jsonb, packs jsonb, income jsonb)
RETURNS TABLE (is_high boolean, kind text, item text, quantity numeric, revenue numeric, cost numeric, fee numeric)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH unit AS (
        SELECT 'subscription' AS kind, a.item, a.low, a.high, f.price * f.periods_a_year / 12 AS revenue, (f.credits_cost + f.included_cost) * f.periods_a_year / 12 AS cost, f.fee * f.periods_a_year / 12 AS fee
        FROM credits.assumed(coalesce($1, '{}'), 'subscribers', ARRAY(SELECT n.plan FROM credits.plan n WHERE n.cycle IS NOT NULL ORDER BY n.plan), 'plan with an interval') a, credits.plan_figures(credits.plan_terms(a.item)) f
        UNION ALL
        SELECT 'pack', a.item, a.low, a.high, t.price, t.credits * p.value_usd, credits.payment_fee('pack', t.price)
        FROM credits.assumed(coalesce($2, '{}'), 'packs', ARRAY(SELECT jsonb_object_keys(coalesce(credits.section('packs'), '{}')) ORDER BY 1), 'pack') a, credits.pack_terms(a.item, 1) t, credits.platform p
        UNION ALL
        SELECT a.item, NULL, a.low, a.high, 1, 0, 0 FROM credits.assumed(coalesce($3, '{}'), 'income', '{subscription,pack,affiliate,consent,other}', 'kind of revenue') a
    )
    SELECT h.is_high, u.kind, u.item, CASE WHEN u.item IS NOT NULL THEN q.quantity END, q.quantity * u.revenue, q.quantity * u.cost, q.quantity * u.fee
    FROM unit u, (VALUES (false), (true)) h(is_high), LATERAL (SELECT CASE WHEN h.is_high THEN u.high ELSE u.low END) q(quantity)
$$;
REVOKE EXECUTE ON FUNCTION credits.sales_assumed(jsonb, jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.sales_assumed(jsonb, jsonb, jsonb) IS 'Internal: what a month would earn with so many subscribers by plan, packs and USD of other income, once with the lowest numbers and once with the highest. USD. Errors: as of assumed.';

CREATE OR REPLACE FUNCTION credits.project_revenue_as_owner(subscribers jsonb, packs jsonb, income jsonb)
RETURNS TABLE (scenario text, kind text, item text, quantity numeric, revenue numeric, cost numeric, margin numeric, margin_pct numeric, fees numeric, net numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    PERFORM credits.require_schema();
    PERFORM FROM credits.sales_assumed($1, $2, $3); -- so that an error names this line and not the whole query
    RETURN QUERY
    WITH sale AS (
        SELECT false AS is_high, n.* FROM credits.sales_now() n WHERE $1 IS NULL AND $2 IS NULL AND $3 IS NULL
        UNION ALL
        SELECT a.* FROM credits.sales_assumed($1, $2, $3) a WHERE NOT ($1 IS NULL AND $2 IS NULL AND $3 IS NULL)
    ), range AS (
        SELECT EXISTS (SELECT FROM sale l JOIN sale h ON h.is_high AND h.kind = l.kind AND h.item IS NOT DISTINCT FROM l.item WHERE NOT l.is_high AND l.revenue <> h.revenue) AS is_wide
    ), line AS (
        SELECT s.is_high, coalesce(s.kind, 'total') AS kind, s.item, CASE WHEN s.item IS NOT NULL THEN sum(s.quantity) END AS quantity,
               coalesce(round(sum(s.revenue), 6), 0) AS revenue, coalesce(round(sum(s.cost), 6), 0) AS cost, coalesce(round(sum(s.fee), 6), 0) AS fee, grouping(s.kind, s.item) AS level
        FROM sale s GROUP BY GROUPING SETS ((s.is_high, s.kind, s.item), (s.is_high, s.kind), (s.is_high))
    )
    SELECT CASE WHEN NOT r.is_wide THEN 'expected' WHEN l.is_high THEN 'high' ELSE 'low' END, l.kind, l.item, trim_scale(l.quantity), trim_scale(l.revenue), trim_scale(l.cost), trim_scale(l.revenue - l.cost),
           credits.percent_of(l.revenue - l.cost, l.revenue), trim_scale(l.fee), trim_scale(l.revenue - l.cost - l.fee)
    FROM line l, range r
    -- What has no name of its own is its kind's sum already.
    WHERE (r.is_wide OR NOT l.is_high) AND (l.level > 0 OR l.item IS NOT NULL)
    ORDER BY l.is_high, l.level = 3, array_position('{subscription,pack,affiliate,consent,other,referral,prize,gift}'::text[], l.kind), l.level DESC, l.item;
END $$;
REVOKE EXECUTE ON FUNCTION credits.project_revenue_as_owner(jsonb, jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.project_revenue_as_owner(jsonb, jsonb, jsonb) IS 'Internal: what project_revenue() answers, with the rights of the tables'' owner.';

CREATE FUNCTION credits.project_revenue(subscribers jsonb DEFAULT NULL, packs jsonb DEFAULT NULL, income jsonb DEFAULT NULL)
RETURNS TABLE (scenario text, kind text, item text, quantity numeric, revenue numeric, cost numeric, margin numeric, margin_pct numeric, fees numeric, net numeric)
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 10;
REVOKE EXECUTE ON FUNCTION credits.project_revenue(jsonb, jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.project_revenue(jsonb, jsonb, jsonb) IS 'What a month earns: with nothing given as things are (seats of accounts whose plan is paid, at its price; packs, other revenue and promotions of the last 30 days), else with what is assumed, and nothing beside it.
subscribers: how many, by plan with an interval: {"pro": 50}; packs: how many are sold one by one, by pack: {"small": 10}; income: USD by kind of revenue (subscription, pack, affiliate, consent, other): {"affiliate": 2}. Each number may be a lowest and a highest one: [5, 20].
Result: a row for each plan and pack, one for each kind (item null) and one for all (kind total); where ranges were given, once for scenario low and once for high, else expected. quantity: subscribers (seats) or packs; revenue, cost (credits and included units, all used up; of promotions what they cost), margin = revenue - cost, fees = payment_fee, net = margin - fees: USD a month, plans of other lengths by their share of a year; margin_pct: percent of the revenue, two decimals.
Errors: 22023 for an unknown plan, pack or kind, or what is no number from 0. Locks: none.';
