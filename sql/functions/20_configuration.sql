-- The configuration document: configure() merges one into the catalogue, export_config() writes it out.
-- Owns the order of its steps, what is stored where and the audit of changes; keys, values, merging and the
-- rules between keys are those of the files after it. Must never change anything before all of the document
-- has been checked.

CREATE OR REPLACE FUNCTION credits.configuration() RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
BEGIN
    PERFORM credits.require_schema();
    RETURN (
        SELECT c.tables || (SELECT jsonb_object_agg(k.key, coalesce(t.value, k.fallback))
                            FROM credits.setting_keys() k LEFT JOIN credits.setting t ON t.key = k.key)
        FROM (SELECT jsonb_build_object(
            'unit', jsonb_build_object('name', p.unit_name, 'value_usd', trim_scale(p.value_usd)::text,
                                       'price_usd', trim_scale(p.price_usd)::text, 'scale', p.scale, 'rounding', p.rounding),
            'default_plan', p.default_plan, 'margin', trim_scale(p.margin)::text, 'time_zone', p.time_zone,
            'refund_lot_life', credits.interval_text(p.refund_lot_life), 'idempotency_days', p.idempotency_days,
            'plans', (SELECT coalesce(jsonb_object_agg(l.plan, jsonb_build_object(
                          'name', l.name, 'price', trim_scale(l.price)::text, 'interval', credits.interval_text(l.cycle), 'grant_on', l.grant_on,
                          'credits', CASE WHEN l.credits_from_margin THEN 'from_margin' ELSE trim_scale(l.credits)::text END,
                          'daily_credits', trim_scale(l.daily_credits)::text, 'renewal', l.renewal,
                          'rollover', CASE WHEN l.renewal = 'rollover' THEN jsonb_build_object(
                              'min', trim_scale(l.rollover_min)::text, 'max', trim_scale(l.rollover_max)::text) END,
                          'overdraft', trim_scale(l.overdraft)::text,
                          'charge', CASE WHEN l.charge_by IN ('cost', 'postpaid') THEN jsonb_build_object('by', l.charge_by, 'markup', trim_scale(l.charge_factor)::text)
                                         WHEN l.charge_by = 'tokens' THEN jsonb_build_object('by', 'tokens', 'factor', trim_scale(l.charge_factor)::text)
                                         ELSE jsonb_build_object('by', l.charge_by) END,
                          'cost_budget', trim_scale(l.cost_budget)::text, 'cover', trim_scale(l.cover)::text,
                          'features', l.features, 'providers', l.providers, 'models', l.models,
                          'max_tokens_per_request', trim_scale(l.max_tokens_per_request), 'max_output_tokens', trim_scale(l.max_output_tokens),
                          'includes', l.includes, 'limits', l.limits, 'next_plan', l.next_plan)), '{}') FROM credits.plan l),
            'prices', credits.configuration_prices(), 'aliases', credits.configuration_aliases(),
            'actions', (SELECT coalesce(jsonb_object_agg(a.action, jsonb_build_object(
                            'credits', trim_scale(a.credits)::text, 'cost', trim_scale(a.cost)::text,
                            'range', CASE WHEN a.range_low IS NOT NULL THEN jsonb_build_array(trim_scale(a.range_low)::text, trim_scale(a.range_high)::text) END,
                            'ttl', credits.interval_text(a.ttl), 'feature', a.feature, 'max_credits', trim_scale(a.max_credits)::text, 'gates', a.gates)), '{}')
                        FROM credits.action a)) AS tables
              FROM credits.platform p) c);
END $$;
REVOKE EXECUTE ON FUNCTION credits.configuration() FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration() IS 'Internal: what export_config() says, with the rights of the caller.';

CREATE OR REPLACE FUNCTION credits.setting_keys() RETURNS TABLE (key text, kind text, fallback jsonb)
LANGUAGE sql IMMUTABLE
AS $$
    SELECT k.key, k.kind, k.fallback FROM credits.configuration_keys() k
    WHERE k.section = 'document' AND k.key NOT IN ('unit', 'default_plan', 'margin', 'time_zone', 'refund_lot_life', 'idempotency_days', 'plans', 'prices', 'aliases', 'actions')
$$;
REVOKE EXECUTE ON FUNCTION credits.setting_keys() FROM PUBLIC;
COMMENT ON FUNCTION credits.setting_keys() IS 'Internal: the sections of the document that are kept in credits.setting (see configuration_keys).';

CREATE OR REPLACE FUNCTION credits.section(key text) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (SELECT s.value FROM credits.setting s WHERE s.key = $1);
END $$;
REVOKE EXECUTE ON FUNCTION credits.section(text) FROM PUBLIC;
COMMENT ON FUNCTION credits.section(text) IS 'Internal: a section of the configuration that has no table of its own; null where it is at its default.';

CREATE FUNCTION credits.export_config() RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_export_config' LANGUAGE C STABLE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION credits.export_config() FROM PUBLIC;
COMMENT ON FUNCTION credits.export_config() IS 'The configuration as one document: configure() of it on an empty database gives the same configuration, and the same document again. Every key is there, also those at their default (null where there is no value); decimals are strings, times are UTC, prices are in order of provider, model, metric and from. Imported prices (see import_prices) are no part of it: import their files again; nor are secrets: set them again.
Result: jsonb object; never null.
Errors: 55000 where migrate() has not run.';

CREATE OR REPLACE FUNCTION credits.configuration_problems(config jsonb) RETURNS TABLE (path text, problem text, hint text)
LANGUAGE sql STABLE
AS $$
    WITH plan AS (
        SELECT 'plans.' || e.key AS path, e.key AS plan, p.* FROM jsonb_each(config -> 'plans') e,
             jsonb_to_record(e.value) p(credits text, daily_credits text, overdraft text, renewal text, rollover jsonb)
    ), amount(path, value) AS (
        SELECT p.path || '.' || a.key, a.value FROM plan p, LATERAL (VALUES
            ('credits', nullif(p.credits, 'from_margin')), ('daily_credits', p.daily_credits), ('overdraft', p.overdraft),
            ('rollover.min', p.rollover ->> 'min'), ('rollover.max', p.rollover ->> 'max')) a(key, value)
        UNION ALL
        SELECT format('actions.%s.%s', e.key, a.key), a.value FROM jsonb_each(config -> 'actions') e, LATERAL (VALUES
            ('credits', e.value ->> 'credits'), ('range[0]', e.value -> 'range' ->> 0), ('range[1]', e.value -> 'range' ->> 1), ('max_credits', e.value ->> 'max_credits')) a(key, value)
        UNION ALL
        SELECT format('packs.%s.credits', e.key), e.value ->> 'credits' FROM jsonb_each(config -> 'packs') e
        UNION ALL
        SELECT a.path, a.value FROM (VALUES ('promotions.referral.credits', config #>> '{promotions,referral,credits}'),
                                     ('promotions.prize_wheel.prize.credits', config #>> '{promotions,prize_wheel,prize,credits}'), ('top_up.below', config #>> '{top_up,below}')) a(path, value)
    )
    SELECT 'default_plan', format('there is no plan %s', config -> 'default_plan'), 'name one of plans, or null for none'
    WHERE NOT config -> 'plans' ? (config ->> 'default_plan')
    UNION ALL
    SELECT a.path, format('%s has more decimals than the unit''s scale of %s', a.value, config -> 'unit' ->> 'scale'), 'round it, or set unit.scale before credits are granted'
    FROM amount a WHERE scale(a.value::numeric) > (config -> 'unit' ->> 'scale')::integer
    UNION ALL
    SELECT p.path || '.credits', '"from_margin" needs a margin', 'set margin, as "0.80", or give credits as a number'
    FROM plan p WHERE p.credits = 'from_margin' AND config ->> 'margin' IS NULL
    UNION ALL
    SELECT p.path || '.rollover', 'is needed with renewal "rollover"', 'give {"min": …, "max": …} in credits'
    FROM plan p WHERE p.renewal = 'rollover' AND p.rollover IS NULL
    UNION ALL
    SELECT p.path || '.rollover', format('has no meaning with renewal "%s"', p.renewal), 'set renewal to "rollover", or rollover to null'
    FROM plan p WHERE p.renewal <> 'rollover' AND p.rollover IS NOT NULL
    UNION ALL
    SELECT p.path || '.rollover', 'min is above max', 'credits carried over become min(max, max(min, remaining))'
    FROM plan p WHERE (p.rollover ->> 'min')::numeric > (p.rollover ->> 'max')::numeric
    UNION ALL
    SELECT p.path, p.problem, p.hint FROM credits.price_problems(config -> 'prices', config -> 'aliases') p
    UNION ALL
    SELECT p.path, p.problem, p.hint FROM credits.policy_problems(config) p
    UNION ALL
    SELECT p.path, p.problem, p.hint FROM credits.commerce_problems(config) p
    ORDER BY 1, 2
$$;
REVOKE EXECUTE ON FUNCTION credits.configuration_problems(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.configuration_problems(jsonb) IS 'Internal: what is wrong between the keys of a whole configuration: path, problem, hint; no rows where all is well.';

CREATE OR REPLACE FUNCTION credits.lock_accounts(purpose text, example text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        -- An older snapshot would not see what accounts did just before the lock.
        RAISE EXCEPTION USING ERRCODE = 'invalid_transaction_state',
            MESSAGE = format('%s needs the isolation level read committed', purpose),
            DETAIL = format('this transaction is %s', current_setting('transaction_isolation')),
            HINT = format('BEGIN ISOLATION LEVEL READ COMMITTED; SELECT %s; COMMIT;', example);
    END IF;
    LOCK TABLE credits.account, credits.wallet IN SHARE ROW EXCLUSIVE MODE;
END $$;
REVOKE EXECUTE ON FUNCTION credits.lock_accounts(text, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.lock_accounts(text, text) IS 'Internal: keeps every call from changing or opening an account until the transaction ends, for what must know that none does. purpose: what needs it, example: a call of it, as errors say them. Errors: 25000 above read committed. Locks: account and wallet (share row exclusive).';

CREATE OR REPLACE FUNCTION credits.check_accounts_allow(before jsonb, after jsonb) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    unit_keys text[] := ARRAY(SELECT k.key FROM unnest(ARRAY['value_usd', 'scale', 'rounding']) k(key)
                              WHERE before -> 'unit' -> k.key <> after -> 'unit' -> k.key);
    gone      text[] := ARRAY(SELECT p.plan FROM jsonb_object_keys(before -> 'plans') p(plan) WHERE NOT after -> 'plans' ? p.plan);
    witness   record;
BEGIN
    IF unit_keys = '{}' AND gone = '{}' THEN
        RETURN;
    END IF;
    PERFORM credits.lock_accounts('changing the unit or removing a plan', 'credits.configure(…)');
    SELECT w.account_id INTO witness FROM credits.wallet w
    WHERE unit_keys <> '{}' AND (w.balance <> 0 OR w.residue <> 0 OR w.last_lot_no > 0 OR w.last_hold_no > 0) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('unit.%s: cannot change while accounts have credits', unit_keys[1]),
            DETAIL = format('account %s has a balance, lots, holds or a residue in the present unit', quote_literal(witness.account_id)),
            HINT = 'name and price_usd may change at any time; another unit needs a database without balances';
    END IF;
    SELECT a.account_id, CASE WHEN w.plan = ANY (gone) THEN w.plan ELSE a.pending_plan END AS plan INTO witness
    FROM credits.account a LEFT JOIN credits.wallet w ON w.account_id = a.account_id
    WHERE w.plan = ANY (gone) OR a.pending_plan = ANY (gone) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('plans.%s: cannot be removed while accounts are on it', witness.plan),
            DETAIL = format('account %s is on it, or will be at the end of its period', quote_literal(witness.account_id)),
            HINT = 'move the accounts with credits.change_plan first';
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.check_accounts_allow(jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.check_accounts_allow(jsonb, jsonb) IS 'Internal: refuses a change of the unit while accounts have credits, and the removal of a plan that accounts are on or move to. Errors and locks: 55000; where there is such a change those of lock_accounts().';

CREATE OR REPLACE FUNCTION credits.store_configuration(before jsonb, after jsonb) RETURNS bigint
LANGUAGE plpgsql
AS $$
BEGIN
    -- Always written: the row that configure() locks has to change where anything does, so that under
    -- REPEATABLE READ a lost race is 40001.
    UPDATE credits.platform SET
        unit_name = after -> 'unit' ->> 'name', value_usd = (after -> 'unit' ->> 'value_usd')::numeric,
        price_usd = (after -> 'unit' ->> 'price_usd')::numeric, scale = (after -> 'unit' ->> 'scale')::smallint,
        rounding = after -> 'unit' ->> 'rounding', default_plan = after ->> 'default_plan',
        margin = (after ->> 'margin')::numeric, time_zone = after ->> 'time_zone',
        refund_lot_life = (after ->> 'refund_lot_life')::interval, idempotency_days = (after ->> 'idempotency_days')::integer;

    DELETE FROM credits.plan p USING credits.differences(before -> 'plans', after -> 'plans') d WHERE p.plan = d.name;
    INSERT INTO credits.plan (plan, name, price, cycle, grant_on, credits, credits_from_margin, daily_credits, renewal,
                              rollover_min, rollover_max, overdraft, charge_by, charge_factor, cost_budget, cover, features, providers, models,
                              max_tokens_per_request, max_output_tokens, includes, limits, next_plan)
    SELECT d.name, p.name, p.price, p."interval", p.grant_on, nullif(p.credits, 'from_margin')::numeric, p.credits IS NOT DISTINCT FROM 'from_margin',
           p.daily_credits, p.renewal, (p.rollover ->> 'min')::numeric, (p.rollover ->> 'max')::numeric, p.overdraft,
           p.charge ->> 'by', coalesce(p.charge ->> 'markup', p.charge ->> 'factor', '1')::numeric, p.cost_budget, p.cover, p.features, p.providers, p.models,
           p.max_tokens_per_request, p.max_output_tokens, p.includes, credits.entries_in_order(p.limits), p.next_plan
    FROM credits.differences(before -> 'plans', after -> 'plans') d,
         jsonb_to_record(d.new) p(name text, price numeric, "interval" interval, grant_on text, credits text, daily_credits numeric,
                                  renewal text, rollover jsonb, overdraft numeric, charge jsonb, cost_budget numeric, cover numeric, features text[], providers text[],
                                  models text[], max_tokens_per_request numeric, max_output_tokens numeric, includes jsonb, limits jsonb, next_plan text)
    WHERE d.new IS NOT NULL;

    DELETE FROM credits.action a USING credits.differences(before -> 'actions', after -> 'actions') d WHERE a.action = d.name;
    INSERT INTO credits.action (action, credits, cost, range_low, range_high, ttl, feature, max_credits, gates)
    SELECT d.name, a.credits, a.cost, (a.range ->> 0)::numeric, (a.range ->> 1)::numeric, a.ttl, a.feature, a.max_credits, a.gates
    FROM credits.differences(before -> 'actions', after -> 'actions') d,
         jsonb_to_record(d.new) a(credits numeric, cost numeric, range jsonb, ttl interval, feature text, max_credits numeric, gates jsonb)
    WHERE d.new IS NOT NULL;

    DELETE FROM credits.setting s USING credits.setting_keys() k WHERE s.key = k.key AND after -> k.key = CASE WHEN k.kind LIKE 'entries:%' THEN '{}' ELSE k.fallback END;
    INSERT INTO credits.setting AS s (key, value)
    SELECT k.key, CASE WHEN k.kind LIKE 'entries:%' THEN credits.entries_in_order(after -> k.key, ARRAY(SELECT jsonb_array_elements_text(after -> 'places' -> k.key)))
                       WHEN k.key = 'stripe' THEN (after -> k.key) - 'webhook_secret' ELSE after -> k.key END
    FROM credits.setting_keys() k WHERE after -> k.key <> CASE WHEN k.kind LIKE 'entries:%' THEN '{}' ELSE k.fallback END
    ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE s.value <> excluded.value;
    RETURN credits.store_prices(before, after);
END $$;
REVOKE EXECUTE ON FUNCTION credits.store_configuration(jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.store_configuration(jsonb, jsonb) IS 'Internal: brings the catalogue from one whole, checked configuration to another; rows that do not change are not touched. Result: see store_prices.';

CREATE OR REPLACE FUNCTION credits.lock_configuration() RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM FROM credits.platform p FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = 'credits.platform has lost its row',
            DETAIL = 'it holds the unit and the platform-wide settings', HINT = 'INSERT INTO credits.platform DEFAULT VALUES;';
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.lock_configuration() FROM PUBLIC;
COMMENT ON FUNCTION credits.lock_configuration() IS 'Internal: lets one change of the configuration or the price book at a time go on; what follows sees what the one before committed. Errors: 55000 where the row of credits.platform is missing.';

CREATE OR REPLACE FUNCTION credits.record_change(audit jsonb, book_version bigint) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO credits.configuration_change (change_no, changed_at, changed_by, changes, price_version)
    SELECT coalesce(max(c.change_no), 0) + 1, credits.now(), coalesce(nullif(current_setting('role'), 'none'), session_user), audit, book_version
    FROM credits.configuration_change c
$$;
REVOKE EXECUTE ON FUNCTION credits.record_change(jsonb, bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.record_change(jsonb, bigint) IS 'Internal: the row of credits.configuration_change for a change (old and new value by path) and the version of the price book that it made, if any.';

CREATE OR REPLACE FUNCTION credits.configure_tables(config jsonb, is_whole boolean) RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET intervalstyle = 'postgres' SET datestyle = 'ISO, YMD' SET jit = off
AS $$
-- Documents are small; the planner's guesses of them are not, and would have every check compiled (jit).
DECLARE
    exported     jsonb;
    patch        jsonb := credits.checked_document(config);
    secret       jsonb := patch #> '{stripe,webhook_secret}';
    before       jsonb;
    base         jsonb;
    after        jsonb;
    problem      record;
    audit        jsonb;
    changed      text[];
    book_version bigint;
BEGIN
    PERFORM credits.lock_configuration();
    exported := credits.configuration();
    before := credits.show_secrets(credits.keyed_configuration(exported)) || jsonb_build_object('places', credits.entry_places(exported));
    base := CASE WHEN is_whole THEN '{}' ELSE before END;
    after := credits.merge_keys('document', base, credits.redacted(patch)) || jsonb_build_object('places', jsonb_build_object(
        'ladder', credits.merged_places(credits.texts_of(base -> 'places' -> 'ladder'), credits.texts_of(credits.entry_places(config) -> 'ladder'))));
    SELECT p.path, p.problem, p.hint INTO problem FROM credits.configuration_problems(after) p LIMIT 1;
    IF FOUND THEN
        IF problem.path = 'default_plan' AND before -> 'plans' ? (after ->> 'default_plan') THEN
            PERFORM credits.refuse_configuration('plans.' || (after ->> 'default_plan'), 'is the default plan and cannot be removed', 'name another default_plan, or null for none, in the same document');
        END IF;
        PERFORM credits.refuse_configuration(problem.path, problem.problem, problem.hint);
    END IF;
    SELECT coalesce(array_agg(c.path ORDER BY c.path COLLATE "C"), '{}'), jsonb_object_agg(c.path, jsonb_build_object('old', c.old, 'new', c.new)) INTO changed, audit
    FROM (SELECT c.path, c.old, c.new FROM credits.configuration_changes(before, after) c
          UNION SELECT o.path, o.old, o.new FROM credits.order_change(before, after) o
          UNION SELECT s.path, s.old, s.new FROM credits.secret_change(after, secret) s) c;
    IF changed <> '{}' THEN
        PERFORM credits.check_accounts_allow(before, after);
        book_version := credits.store_configuration(before, after);
        PERFORM credits.store_secret('stripe.webhook_secret', after #>> '{stripe,webhook_secret}', secret #>> '{}');
        PERFORM credits.record_change(audit, book_version);
    END IF;
    RETURN jsonb_build_object('changed', to_jsonb(changed),
        'warnings', (SELECT coalesce(jsonb_agg(w), '[]') FROM credits.configuration_warnings(after) w));
END $$;
REVOKE EXECUTE ON FUNCTION credits.configure_tables(jsonb, boolean) FROM PUBLIC;
COMMENT ON FUNCTION credits.configure_tables(jsonb, boolean) IS 'Internal: what configure() does, with the rights of the caller. is_whole: the document is all of the configuration, so what it leaves out has its default afterwards, whatever there is now.';

CREATE FUNCTION credits.configure(config jsonb) RETURNS jsonb
AS 'MODULE_PATHNAME', 'credits_configure' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION credits.configure(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.configure(jsonb) IS 'Merges a configuration document into the configuration: all of it or, where anything is wrong, nothing. What the document leaves out stays; null removes what has a name of its own (plans, actions, packs, consents), and puts any other key back to its default. Objects merge key by key. Of prices, aliases, limits, ladder, licence and fx an entry stands for the whole row that it names, and one whose price, model, limit, at, after or usd is null removes it; rows of the ladder come in the document''s order. stripe.webhook_secret is kept apart, in credits.secret, and shown nowhere. Where prices or aliases change, the price book gets a new version; calls that are running settle by the version they were authorized under. The same document again changes nothing. Each change is a row in credits.configuration_change.
config: the document (docs/configuration.md); numbers as JSON numbers or decimal strings, both exact. Credits are in the unit, prices in USD.
Result: {"changed": [path, …], "warnings": [text, …]}; a warning names what is allowed but hardly wanted: a paid plan whose credits and included units cost more than its price, included units whose cost is not known, a row of the ladder or a limit of a plan that others make idle.
Errors: 22004 null; 22023 naming the path of an unknown key, a wrong value, or values that do not go together; 55000 for another unit while accounts have credits, for removing a plan that accounts are on, and where migrate() has not run; 25000 for these two changes above read committed; 40001 where another call changed the configuration meanwhile, above read committed.
Locks: the row of credits.platform, so that one call runs at a time; for another unit or the removal of a plan also credits.account and credits.wallet (share row exclusive) until the transaction ends: calls that change an account wait.';
