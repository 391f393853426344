-- What an account uses, will use and has used: estimates of actions, the day its credits run out, the plan that fits it,
-- its statement. Reads as balance() does; writes nothing.

CREATE FUNCTION credits.format_tokens(tokens numeric, short boolean DEFAULT false) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN tokens < 0 THEN '-' ELSE '' END
        || CASE WHEN NOT abs(tokens) < 'Infinity' THEN abs(tokens)::text
                WHEN short AND abs(tokens) >= 1000 THEN trim_scale(trunc(abs(tokens) / u.size, 1)) || u.letter
                ELSE regexp_replace(trunc(abs(tokens))::text, '(\d)(?=(\d{3})+$)', '\1,', 'g') || substring(trim_scale(abs(tokens))::text FROM '\.\d+$|$') END
    FROM (VALUES (1e12, 'T'), (1e9, 'B'), (1e6, 'M'), (1e3, 'K'), (0, '')) u(size, letter)
    WHERE abs(tokens) >= u.size ORDER BY u.size DESC LIMIT 1
$$;
REVOKE EXECUTE ON FUNCTION credits.format_tokens(numeric, boolean) FROM PUBLIC;
COMMENT ON FUNCTION credits.format_tokens(numeric, boolean) IS 'A number as people read it: 4,234,567 or, short, 4.2M. short: in thousands (K), millions (M), billions (B) or trillions (T) with at most one decimal, which is cut, so that it never says more than there is; below 1,000 as it is.
Result: text, the same in every locale; null of null. Errors: none.';

CREATE OR REPLACE FUNCTION credits.estimate_as_owner(account_id text, asked_action text)
RETURNS TABLE (low numeric, high numeric, source text, cost_low numeric, cost_high numeric, of_credits numeric, calls_low numeric, calls_high numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    wallet     record;
    terms      record;
    seen       record;
    configured boolean;
BEGIN
    SELECT b.plan, b.available INTO wallet FROM credits.balance($1) b;
    PERFORM credits.require_text($2, 'action');
    SELECT a.credits::numeric AS credits, a.range_low::numeric AS range_low, a.range_high::numeric AS range_high INTO terms FROM credits.action a WHERE a.action = $2;
    configured := FOUND;
    -- What is usual leaves out the tenth at either end.
    SELECT count(*) AS calls, percentile_disc(0.1) WITHIN GROUP (ORDER BY u.charged) AS low, percentile_disc(0.9) WITHIN GROUP (ORDER BY u.charged) AS high INTO seen
    FROM (SELECT -l.amount::numeric AS charged FROM credits.ledger l
          WHERE terms.credits IS NULL AND l.account_id = $1 AND l.action = $2 AND l.kind IN ('deduct', 'settle') AND l.created_at >= credits.now() - interval '90 days'
          ORDER BY l.entry_no DESC LIMIT 200) u;
    IF NOT configured AND seen.calls = 0 THEN
        PERFORM credits.refuse_argument(format('there is no action %s', quote_literal(left($2, 200))), 'argument action', 'actions are made by credits.configure');
    END IF;
    RETURN QUERY
    SELECT r.low, r.high, r.source, trim_scale(r.low * p.value_usd), trim_scale(r.high * p.value_usd), trim_scale(g.credits), trunc(g.credits / nullif(r.high, 0)), trunc(g.credits / nullif(r.low, 0))
    FROM credits.platform p,
         LATERAL (SELECT coalesce((SELECT nullif(f.credits, 0) FROM credits.plan_figures(credits.plan_terms(wallet.plan)) f), greatest(0, wallet.available))) g(credits),
         LATERAL (SELECT trim_scale(x.low), trim_scale(x.high), x.source
                  FROM (VALUES (1, terms.credits, terms.credits, 'catalogue'), (2, CASE WHEN seen.calls >= 10 THEN seen.low END, seen.high, 'history'),
                               (3, terms.range_low, terms.range_high, 'catalogue'), (4, seen.low, seen.high, 'history'), (5, NULL, NULL, 'unknown')) x(no, low, high, source)
                  WHERE x.low IS NOT NULL OR x.no = 5 ORDER BY x.no LIMIT 1) r(low, high, source);
END $$;
REVOKE EXECUTE ON FUNCTION credits.estimate_as_owner(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.estimate_as_owner(text, text) IS 'Internal: what estimate() answers, with the rights of the tables'' owner.';

CREATE FUNCTION credits.estimate(account_id text, action text)
RETURNS TABLE (low numeric, high numeric, source text, cost_low numeric, cost_high numeric, of_credits numeric, calls_low numeric, calls_high numeric)
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 1;
REVOKE EXECUTE ON FUNCTION credits.estimate(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.estimate(text, text) IS 'What an action usually takes, to show before it is called.
Result, one row: low, high: credits; source: catalogue (its price or its range) or history: what the account''s own calls of the last 90 days took, of the latest 200 at most, without the tenth at either end, where there are ten or the catalogue has no range; unknown where there is nothing to go by (low and high null). cost_low, cost_high: USD of provider cost at the unit''s value_usd; of_credits: what a period of the account''s plan gives or, where that is nothing, what is available; calls_low, calls_high: how many calls that pays for, null of free ones.
Errors: PT404 no such account, 22004 null, 22023 an action that is neither configured nor was called by the account. Locks: none.';

CREATE OR REPLACE FUNCTION credits.lots_last(account_id text, held numeric, daily numeric, moment timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lot       record;
    remaining numeric;
    due       numeric := held;
    last_at   timestamptz := moment;
BEGIN
    FOR lot IN SELECT l.remaining, l.effective_at, l.expires_at FROM credits.lots($1) WITH ORDINALITY l(lot_no, source, category, amount, remaining, priority, effective_at, expires_at, price_paid, metadata, state, rollover_min, rollover_max, created_at, no)
               ORDER BY greatest(l.effective_at, moment), l.no LOOP
        EXIT WHEN lot.effective_at > last_at;
        remaining := lot.remaining - least(due, lot.remaining);
        due := due - least(due, lot.remaining);
        CONTINUE WHEN remaining <= 0 OR lot.expires_at <= last_at;
        IF daily = 0 OR remaining / nullif(daily, 0) > 36500 THEN
            CONTINUE WHEN isfinite(lot.expires_at);
            RETURN NULL;
        END IF;
        last_at := least(last_at + (round(remaining / daily * 86400) || ' seconds')::interval, lot.expires_at);
    END LOOP;
    RETURN last_at;
END $$;
REVOKE EXECUTE ON FUNCTION credits.lots_last(text, numeric, numeric, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.lots_last(text, numeric, numeric, timestamptz) IS 'Internal: when an account''s lots are used up at so many credits a day, in the order in which they burn down, those that expire before lost; held: credits that open holds take first. Null: not within a hundred years.';

CREATE OR REPLACE FUNCTION credits.daily_use(account_id text, moment timestamptz)
RETURNS TABLE (since timestamptz, days numeric, mean numeric, low numeric, high numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    -- A kept plan: to plan over all parts of the ledger takes longer than to read one account's rows.
    RETURN QUERY
    WITH used AS MATERIALIZED (
        SELECT coalesce(l.effective_at, l.created_at) AS at, -l.amount::numeric AS charged
        FROM credits.ledger l
        WHERE l.account_id = $1 AND l.kind IN ('deduct', 'settle', 'refund') AND l.created_at >= $2 - interval '28 days' AND l.created_at <= $2
    ), span AS (
        SELECT b.since, greatest(1, extract(epoch FROM $2 - b.since) / 86400) AS days
        FROM (SELECT CASE WHEN a.opened_at < $2 - interval '28 days' AND EXISTS (SELECT FROM credits.ledger l WHERE l.account_id = $1 AND l.kind IN ('deduct', 'settle') AND l.created_at < $2 - interval '28 days')
                          THEN $2 - interval '28 days' ELSE date_trunc('day', (SELECT min(u.at) FROM used u), a.time_zone) END
              FROM credits.account a WHERE a.account_id = $1) b(since)
    ), part AS (
        SELECT n.no, s.days / s.parts AS days, coalesce((SELECT sum(u.charged) FROM used u WHERE least(s.parts - 1, greatest(0, trunc(extract(epoch FROM u.at - s.since) / 86400 * s.parts / s.days))) = n.no), 0) AS charged
        FROM (SELECT x.since, x.days, least(4, trunc(x.days)) AS parts FROM span x) s, generate_series(0, s.parts - 1) n(no)
    )
    SELECT s.since, round(s.days, 2), greatest(0, coalesce(sum(p.charged), 0)) / s.days, greatest(0, min(p.charged / p.days)), greatest(0, max(p.charged / p.days))
    FROM span s LEFT JOIN part p ON true WHERE s.since IS NOT NULL GROUP BY s.since, s.days;
END $$;
REVOKE EXECUTE ON FUNCTION credits.daily_use(text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.daily_use(text, timestamptz) IS 'Internal: credits that an account uses a day, net of refunds: over the last 28 days, or since the beginning of the day of its first use, at least one day; low and high: of the (up to) four equal parts of that time the ones with the least and the most. No row: nothing was used.';

CREATE OR REPLACE FUNCTION credits.forecast_as_owner(account_id text)
RETURNS TABLE (available numeric, daily_use numeric, daily_low numeric, daily_high numeric, days_left numeric, runs_out_at timestamptz, earliest_at timestamptz, latest_at timestamptz,
    next_grant_at timestamptz, next_grant numeric, lasts boolean, method text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    wallet record;
    used   record;
    moment timestamptz := credits.now();
    coming record;
BEGIN
    SELECT b.*, coalesce(n.charge_by = 'postpaid', false) AS is_postpaid INTO wallet FROM credits.balance($1) b LEFT JOIN credits.plan n ON n.plan = b.plan;
    SELECT d.since, d.days, d.mean, d.low, d.high INTO used FROM credits.daily_use($1, moment) d;
    SELECT CASE WHEN n.daily_credits > 0 THEN wallet.resets_at ELSE wallet.period_end END AS at,
           CASE WHEN n.daily_credits > 0 THEN n.daily_credits::numeric ELSE credits.plan_credits(n.plan) END AS credits INTO coming
    FROM credits.plan n JOIN credits.account a ON a.account_id = $1
    WHERE n.plan = wallet.plan AND (n.daily_credits > 0 OR n.cycle IS NOT NULL AND credits.plan_credits(n.plan) > 0)
      AND (n.grant_on = 'payment' OR a.free_grants) AND a.closed_at IS NULL;
    RETURN QUERY
    SELECT wallet.available, trim_scale(round(coalesce(used.mean, 0), p.scale + 2)), trim_scale(round(coalesce(used.low, 0), p.scale + 2)), trim_scale(round(coalesce(used.high, 0), p.scale + 2)),
           trim_scale(round(extract(epoch FROM t.at - moment) / 86400, 1)), t.at, t.early, t.late, coming.at, trim_scale(coming.credits), wallet.is_postpaid OR coalesce(t.at >= coming.at, t.at IS NULL),
           CASE WHEN wallet.is_postpaid THEN 'the plan is paid afterwards and needs no credits' WHEN used.mean > 0 THEN format('use of the last %s, lots as they burn down', CASE WHEN used.days = 1 THEN 'day' ELSE trim_scale(round(used.days, 1)) || ' days' END) ELSE 'nothing was used in the last 28 days' END
    FROM (SELECT max(l.at) FILTER (WHERE u.no = 1), max(l.at) FILTER (WHERE u.no = 2), max(l.at) FILTER (WHERE u.no = 3)
          FROM (VALUES (1, used.mean), (2, used.high), (3, used.low)) u(no, daily), LATERAL (SELECT credits.lots_last($1, wallet.held, coalesce(u.daily, 0), moment)) l(at)
          WHERE NOT wallet.is_postpaid) t(at, early, late), credits.platform p;
END $$;
REVOKE EXECUTE ON FUNCTION credits.forecast_as_owner(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.forecast_as_owner(text) IS 'Internal: what forecast() answers, with the rights of the tables'' owner.';

CREATE FUNCTION credits.forecast(account_id text)
RETURNS TABLE (available numeric, daily_use numeric, daily_low numeric, daily_high numeric, days_left numeric, runs_out_at timestamptz, earliest_at timestamptz, latest_at timestamptz,
    next_grant_at timestamptz, next_grant numeric, lasts boolean, method text)
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 1;
REVOKE EXECUTE ON FUNCTION credits.forecast(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.forecast(text) IS 'The day on which an account''s credits run out if it goes on as it does, and nothing is granted until then.
Result, one row: available: credits; daily_use: credits a day (two decimals more than the unit has), net of refunds, on average of the last 28 days or since the day of the first use; daily_low, daily_high: in the quietest and the busiest quarter of that time; days_left: days, one decimal; runs_out_at: time, at daily_use; earliest_at, latest_at: at daily_high and daily_low; next_grant_at, next_grant: when the plan gives credits again and how many (of a plan that is paid: if it is), null where it does not; lasts: whether they last until then, of what grants nothing more whether they last at all; method: what it rests on, in words. Lots are used in the order in which they burn down, and what expires before is lost. Times are null where they last for more than a hundred years, and of a postpaid plan, which needs none; without use only expiry ends them. A plan''s overdraft is not counted.
Errors: PT404 no such account, 22004 null. Locks: none.';

CREATE OR REPLACE FUNCTION credits.projected_use(account_id text)
RETURNS TABLE (plan text, days numeric, passed numeric, spend numeric, cost numeric, credits numeric, tokens numeric, requests numeric, providers text[], models text[], features text[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM credits.check_balance($1, 0); -- an unknown account is the same error as everywhere
    -- A kept plan: to plan over all parts of the ledger takes longer than to read one account's rows.
    RETURN QUERY
    SELECT u.plan, u.days, u.passed, u.cost, u.cost / u.passed, greatest(0, u.used) / u.passed, u.tokens / u.passed, u.requests / u.passed, k.providers, k.models, k.features
    FROM (SELECT b.plan, coalesce(credits.interval_days(n.cycle), 30) AS days, b.period_start, b.used,
                 CASE WHEN w.period_start = b.period_start THEN w.period_cost::numeric ELSE 0 END AS cost, CASE WHEN w.period_start = b.period_start THEN w.period_tokens ELSE 0 END AS tokens,
                 CASE WHEN w.period_start = b.period_start THEN w.period_requests ELSE 0 END AS requests,
                 -- A day's or a thirtieth's use says too little to be carried on further than that.
                 least(1, greatest(extract(epoch FROM credits.now() - b.period_start) / extract(epoch FROM b.period_end - b.period_start), 1.0 / 30)) AS passed
          FROM credits.balance($1) b JOIN credits.wallet w ON w.account_id = $1 LEFT JOIN credits.plan n ON n.plan = b.plan) u,
         LATERAL (SELECT array_agg(DISTINCT l.provider) FILTER (WHERE l.provider IS NOT NULL) AS providers, array_agg(DISTINCT l.model) FILTER (WHERE l.model IS NOT NULL) AS models,
                         array_agg(DISTINCT a.feature) FILTER (WHERE a.feature IS NOT NULL) AS features
                  FROM credits.ledger l LEFT JOIN credits.action a ON a.action = l.action
                  WHERE l.account_id = $1 AND l.kind IN ('deduct', 'settle') AND l.created_at >= u.period_start) k;
END $$;
REVOKE EXECUTE ON FUNCTION credits.projected_use(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.projected_use(text) IS 'Internal: what an account will have used at the end of its period if it goes on as so far. days: of its period; passed: share of it that is over; spend: USD of cost until now; cost (USD), credits, tokens, requests: of the whole period; providers, models, features: that its calls have used.';

CREATE OR REPLACE FUNCTION credits.fitting_plans(present_plan text, days numeric, cost numeric, credits numeric, tokens numeric, requests numeric, providers text[], models text[], features text[])
RETURNS TABLE (plan text, monthly_price numeric, carries numeric, lacks text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT n.plan, f.price * coalesce(f.periods_a_year, 0) / 12 + CASE n.charge_by WHEN 'postpaid' THEN u.cost * 30 / u.days * n.charge_factor ELSE 0 END, c.cost * 30 / m.days, concat_ws(', ',
        CASE WHEN n.charge_by <> 'postpaid' AND u.cost * s.share > c.cost THEN format('cost %s of %s USD', credits.shown(u.cost * s.share), credits.shown(c.cost)) END,
        CASE WHEN n.charge_by = o.charge_by AND n.charge_by <> 'postpaid' AND n.includes = '[]' AND u.credits * s.share > f.credits THEN format('credits %s of %s', credits.shown(u.credits * s.share), credits.shown(f.credits)) END,
        (SELECT string_agg(format('%s %s of %s', l.limit_name, credits.shown(l.used * s.share), credits.shown(l.most)), ', ' ORDER BY l.limit_name)
         FROM (SELECT t.value ->> 'name', CASE t.value ->> 'metric' WHEN 'tokens' THEN u.tokens ELSE u.requests END, (t.value ->> 'limit')::numeric
               FROM jsonb_array_elements(n.limits) t WHERE t.value ->> 'metric' IN ('tokens', 'requests') AND t.value ->> 'window' = 'period' AND t.value ->> 'effect' NOT IN ('warn') AND t.value ->> 'effect' NOT LIKE 'flag:%'
                 AND t.value ->> 'scope' = 'account' AND coalesce(nullif(t.value -> 'action', 'null'), nullif(t.value -> 'model', 'null'), nullif(t.value -> 'provider', 'null')) IS NULL) l(limit_name, used, most)
         WHERE l.used * s.share > l.most),
        CASE WHEN NOT u.providers <@ n.providers THEN 'providers' END, CASE WHEN NOT u.models <@ n.models THEN 'models' END, CASE WHEN NOT u.features <@ n.features THEN 'features' END)
    FROM (SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9) u(plan, days, cost, credits, tokens, requests, providers, models, features) LEFT JOIN credits.plan o ON o.plan = u.plan, credits.plan n,
         LATERAL credits.plan_figures(credits.plan_terms(n.plan)) f,
         LATERAL (SELECT coalesce(credits.interval_days(n.cycle), 30)) m(days), LATERAL (SELECT m.days / u.days) s(share),
         LATERAL (SELECT coalesce(f.cost_budget, f.credits_cost + f.included_cost, f.credits_cost)) c(cost)
    WHERE n.plan = u.plan OR n.price = 0 OR n.cycle IS NOT NULL
$$;
REVOKE EXECUTE ON FUNCTION credits.fitting_plans(text, numeric, numeric, numeric, numeric, numeric, text[], text[], text[]) FROM PUBLIC;
COMMENT ON FUNCTION credits.fitting_plans(text, numeric, numeric, numeric, numeric, numeric, text[], text[], text[]) IS 'Internal: the plans that an account may have, with their price a month (USD; of a postpaid plan what is owed for the use, too), the cost that a month of them carries (USD), and what is more than they carry of an account''s projected use, as projected_use() has it; lacks: an empty text where they carry it all.';

CREATE OR REPLACE FUNCTION credits.shown(value numeric) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT credits.format_tokens(trunc(value, 2)) $$;
REVOKE EXECUTE ON FUNCTION credits.shown(numeric) FROM PUBLIC;
COMMENT ON FUNCTION credits.shown(numeric) IS 'Internal: a number for people, cut to two decimals.';

CREATE OR REPLACE FUNCTION credits.recommend_plan_as_owner(account_id text)
RETURNS TABLE (current_plan text, current_spend numeric, projected_spend numeric, recommended_plan text, name text, price numeric, period interval, is_change boolean, reason text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM credits.check_balance($1, 0); -- so that an unknown account's error names this line and not the whole query
    RETURN QUERY
    WITH used AS MATERIALIZED (
        SELECT u.* FROM credits.projected_use($1) u
    ), fit AS (
        SELECT f.plan, f.lacks, max(f.lacks) FILTER (WHERE f.plan = u.plan) OVER () AS present,
               row_number() OVER (ORDER BY f.lacks <> '', CASE WHEN f.lacks = '' THEN f.monthly_price END, CASE WHEN f.lacks <> '' THEN f.carries END DESC, f.plan IS DISTINCT FROM u.plan, f.plan) AS place
        FROM used u, credits.fitting_plans(u.plan, u.days, u.cost, u.credits, u.tokens, u.requests, u.providers, u.models, u.features) f
    )
    SELECT u.plan, trim_scale(u.spend), trim_scale(trunc(u.cost, 2)), f.plan, n.name, n.price::numeric, n.cycle, f.plan IS DISTINCT FROM u.plan,
           CASE WHEN f.lacks <> '' THEN 'no plan carries what is used: ' || f.lacks
                WHEN f.plan IS NOT DISTINCT FROM u.plan THEN 'the present plan carries what is used'
                WHEN f.present = '' THEN 'carries what is used for less'
                WHEN f.present IS NULL THEN 'carries what is used'
                ELSE 'the present plan does not carry what is used: ' || f.present END
    FROM used u, fit f JOIN credits.plan n ON n.plan = f.plan WHERE f.place = 1;
END $$;
REVOKE EXECUTE ON FUNCTION credits.recommend_plan_as_owner(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.recommend_plan_as_owner(text) IS 'Internal: what recommend_plan() answers, with the rights of the tables'' owner.';

CREATE FUNCTION credits.recommend_plan(account_id text)
RETURNS TABLE (current_plan text, current_spend numeric, projected_spend numeric, recommended_plan text, name text, price numeric, period interval, is_change boolean, reason text)
AS 'MODULE_PATHNAME', 'credits_as_owner' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 1;
REVOKE EXECUTE ON FUNCTION credits.recommend_plan(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.recommend_plan(text) IS 'The cheapest plan that carries what an account will have used at the end of its period if it goes on as so far: the cost (against the plan''s cost_budget, else what its credits and included units are worth), the credits where both plans charge alike, tokens and requests against its limits by period, and the providers, models and features that were used. Where none does, the one that carries the most.
Result, one row (none where no plan is configured): current_plan (null: none); current_spend, projected_spend: USD of provider cost of the period until now, and of all of it, cut to cents; recommended_plan with its name, price (USD) and period; is_change: it is another one than the present; reason: in words.
Errors: PT404 no such account, 22004 null. Locks: none.';
