-- Tables of steps and what replays them: one call a line, its outcome last. Every line runs in a transaction of
-- its own at its own time, once with storage below SQL and once with SQL only, on accounts of their own.
-- Owns how a result reads as text; knows nothing of what results are right.
\ir tap.sql
SET timezone = 'UTC';

-- account: also what the case is about; null: as in the line before, as for at. A "$" in arguments stands for what
-- the second replay puts behind each account.
CREATE TABLE public.step (no integer GENERATED ALWAYS AS IDENTITY, account text, at text, op text, arguments jsonb, expected text);
CREATE TABLE public.outcome (no integer, mode text, got text, projection text);

-- The call of a function with arguments by name, each cast to what the function takes.
CREATE FUNCTION public.call_of(op text, account text, arguments jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT format('credits.%I(%s)', op, string_agg(format('%I => %s::%s', a.name,
               CASE WHEN a.name = 'account_id' AND NOT arguments ? 'account_id' THEN quote_literal(account)
                    WHEN a.type = 'jsonb'::regtype THEN quote_nullable(nullif(arguments -> a.name, 'null')::text)
                    ELSE quote_nullable(arguments ->> a.name) END, a.type), ', '))
    FROM (SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'credits'::regnamespace AND p.proname = op
          ORDER BY (SELECT count(*) FROM jsonb_object_keys(arguments) k WHERE k = ANY (p.proargnames)) DESC LIMIT 1) f
    JOIN pg_proc p USING (oid),
    LATERAL (SELECT p.proargnames[i] AS name, p.proargtypes[i - 1]::regtype AS type FROM generate_series(1, p.pronargs) i) a
    WHERE arguments ? a.name OR a.name = 'account_id'
$$;

CREATE FUNCTION public.money(receipt jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT concat(receipt ->> 'balance', ' (' || nullif(receipt ->> 'available', receipt ->> 'balance') || ' free)',
                  ' cost ' || nullif(receipt ->> 'cost', '0'), CASE WHEN receipt ->> 'level' = 'payment_required' THEN ' debt' END,
                  CASE WHEN receipt ->> 'replayed' = 'true' THEN ' replayed' END)
$$;

CREATE FUNCTION public.receipt_text(r jsonb) RETURNS text LANGUAGE sql AS
    $$ SELECT CASE WHEN r ->> 'kind' IS NULL THEN 'nothing' ELSE format('%s %s -> %s', r ->> 'kind', r ->> 'amount', public.money(r)) END $$;

CREATE FUNCTION public.decision_text(d jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN d ->> 'allowed' = 'true'
        THEN format('%s%s -> %s', coalesce('hold ' || (d ->> 'hold_no') || ': ', 'ok: '), d ->> 'amount', public.money(d))
        ELSE format('%s %s: %s', d ->> 'outcome', d ->> 'http_status', d ->> 'message') END
$$;

-- What rules have written of an account, after a number: alerts, refusals by sample, changes of level.
CREATE FUNCTION public.effects_text(op text, account text, after bigint) RETURNS text LANGUAGE sql AS $$
    SELECT CASE op
    WHEN 'alerts' THEN (SELECT string_agg(concat_ws(' ', a.alert_no || ':', a.kind, a.name, 'of ' || a.member_id, (a.detail ->> 'used') || '/' || (a.detail ->> 'limit'),
                                                    'below ' || (a.detail ->> 'below'), CASE WHEN a.acknowledged_at IS NOT NULL THEN 'seen' END), ', ' ORDER BY a.alert_no)
                        FROM credits.alerts a WHERE a.account_id = account AND a.alert_no > after)
    WHEN 'denials' THEN (SELECT string_agg(concat_ws(' ', d.denial_no || ':', d.denials || 'x', d.outcome, d.limit_name, 'of ' || d.member_id, CASE WHEN d.shadow THEN 'shadowed' END), ', ' ORDER BY d.denial_no)
                         FROM credits.denial d WHERE d.account_id = account AND d.denial_no > after)
    WHEN 'levels' THEN (SELECT string_agg(format('%s>%s (%s)', e.from_level, e.to_level, e.cause), ', ' ORDER BY e.event_no)
                        FROM credits.restriction_events e WHERE e.account_id = account AND e.event_no > after)
    WHEN 'overages' THEN (SELECT string_agg(format('%s: %s', o.entry_no, trim_scale(o.overage)), ', ' ORDER BY o.entry_no)
                          FROM credits.overages o WHERE o.account_id = account AND o.entry_no > after)
    WHEN 'revenue' THEN (SELECT string_agg(concat_ws(' ', r.revenue_no || ':', r.kind, trim_scale(r.amount), 'gives away ' || nullif(trim_scale(r.promotion_cost), 0), 'of ' || r.reference, '(' || r.reason || ')',
                                                     to_char(nullif(r.occurred_at, r.booked_at), '"of" MM-DD"T"HH24:MI')), ', ' ORDER BY r.revenue_no)
                         FROM credits.revenue r WHERE r.account_id = account AND r.revenue_no > after) END
$$;

-- perform makes one call and says what it answered; an error reads "SQLSTATE message". Some ops are no functions:
-- ledger (kind and amount of the entries), period, totals (of the period), and those of effects_text.
CREATE FUNCTION public.perform(op text, account text, arguments jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    call text;
    answer text;
BEGIN
    call := public.call_of(op, account, arguments);
    IF op = 'ledger' THEN
        SELECT string_agg(concat(l.kind, ' ', l.amount::numeric, CASE WHEN l.effective_at < l.created_at THEN to_char(l.effective_at, ' "of" MM-DD"T"HH24:MI') END),
                          ', ' ORDER BY l.entry_no) INTO answer
        FROM credits.ledger l WHERE l.account_id = account AND l.entry_no > coalesce((arguments ->> 'after')::bigint, 0);
    answer := coalesce(answer, 'none');
    ELSIF op = 'period' THEN
        SELECT format('%s .. %s, resets %s', b.period_start, b.period_end, b.resets_at) INTO answer FROM credits.balance(account) b;
    ELSIF op = 'balance' THEN
        SELECT concat_ws(' ', b.balance, 'held', b.held, 'granted', b.granted, 'used', b.used, 'pct', b.used_pct, b.plan, nullif(b.level, 'normal'))
        INTO answer FROM credits.balance(account) b;
    ELSIF op = 'lots' THEN
        SELECT coalesce(string_agg(concat(l.lot_no, ' ', l.source, ' ', l.remaining, CASE WHEN l.state <> 'live' THEN ' ' || l.state END), ', '), 'none')
        INTO answer FROM credits.lots(account) l;
    ELSIF op = 'holds' THEN
        SELECT coalesce(string_agg(concat(h.hold_no, ': ', h.amount, to_char(h.expires_at, ' "until" MM-DD"T"HH24:MI:SS')), ', '), 'none')
        INTO answer FROM credits.holds(account) h;
    ELSIF op = 'limits' THEN
        SELECT coalesce(string_agg(concat_ws(' ', l.limit_name, 'of ' || l.subject, format('%s/%s', l.used, l.limit_value), to_char(l.resets_at, '"until" MM-DD"T"HH24:MI:SS.US')), ', '), 'none')
        INTO answer FROM credits.limits(account) l;
    ELSIF op = 'totals' THEN
        SELECT format('%s requests, %s tokens, cost %s held %s, overage %s', w.period_requests, trim_scale(w.period_tokens), trim_scale(w.period_cost::numeric),
                      trim_scale(w.held_cost::numeric), trim_scale(w.period_overage::numeric)) INTO answer FROM credits.wallet w WHERE w.account_id = account;
    ELSIF op IN ('alerts', 'denials', 'levels', 'overages', 'revenue') THEN
        answer := coalesce(public.effects_text(op, account, coalesce((arguments ->> 'after')::bigint, 0)), 'none');
    ELSIF op = 'cost_breakdown' THEN
        EXECUTE 'SELECT string_agg(format(''%s %s x %s / %s = %s'', b.metric, b.quantity, b.unit_price, b.per, b.cost), '', '') FROM ' || call || ' b' INTO answer;
    ELSIF op = 'import_prices' THEN
        EXECUTE 'SELECT string_agg(i.change, '', '') FROM ' || call || ' i' INTO answer;
    ELSIF op IN ('deduct_many', 'settle_many') THEN
        EXECUTE format('SELECT string_agg(concat(m.event_no, '' '', CASE WHEN m.receipt IS NULL THEN m.outcome || '' '' || m.http_status || '': '' || m.message'
                       ' ELSE public.receipt_text(to_jsonb(m.receipt)) END), ''; '') FROM %s m', call) INTO answer;
    ELSIF op IN ('authorize', 'extend', 'quote') THEN
        EXECUTE format('SELECT public.decision_text(to_jsonb(d)) FROM %s d', call) INTO answer;
    ELSIF op IN ('grant', 'deduct', 'settle', 'release', 'refund', 'void_lot', 'receipt_of', 'record_cost',
              'set_consent', 'gift', 'record_payment', 'buy_pack', 'refund_payment') THEN
        EXECUTE format('SELECT public.receipt_text(to_jsonb(r)) FROM %s r', call) INTO answer;
    ELSIF op = 'configure' THEN
        PERFORM credits.configure(arguments);
        answer := 'done';
    ELSE
        EXECUTE 'SELECT r.*::text FROM ' || call || ' r' INTO answer;
    END IF;
    RETURN coalesce(nullif(answer, ''), 'done');
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;

-- What the reads say of an account, in a transaction that must not write.
CREATE FUNCTION public.reading(account text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    PERFORM set_config('transaction_read_only', 'on', true);
    SELECT concat_ws(E'\n', (SELECT b::text FROM credits.balance(account) b), (SELECT string_agg(l::text, ' ') FROM credits.lots(account) l),
                     (SELECT string_agg(h::text, ' ') FROM credits.holds(account) h), (SELECT string_agg(l::text, ' ') FROM credits.limits(account) l)) INTO said;
    RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
    RETURN said;
END $$;

-- Whether the reads say the same before what is due is written as after it; what was written is undone.
CREATE FUNCTION public.projection_of(account text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before text;
    written text;
BEGIN
    before := public.reading(account);
    PERFORM credits.apply_due(account);
    written := public.reading(account);
    RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION
    WHEN SQLSTATE 'ZZ001' THEN
        RETURN CASE WHEN before = written THEN 'right' ELSE concat('read ', before, ' but written it is ', written) END;
    WHEN SQLSTATE 'PT404' THEN
        RETURN 'right';
END $$;

CREATE PROCEDURE public.play(mode text) LANGUAGE plpgsql AS $$
DECLARE
    suffix text := CASE mode WHEN 'sql' THEN '~sql' ELSE '' END;
    s record;
    account text;
    projection text;
    got text;
BEGIN
    FOR s IN SELECT * FROM public.step ORDER BY no LOOP
        account := coalesce(s.account || suffix, account);
        PERFORM set_config('pg_credits.storage', mode, false),
                set_config('pg_credits.now', coalesce(s.at, current_setting('pg_credits.now')), false);
        projection := public.projection_of(account);
        got := public.perform(s.op, account, replace(coalesce(s.arguments, '{}')::text, '$', suffix)::jsonb);
        INSERT INTO public.outcome VALUES (s.no, mode, CASE mode WHEN 'sql' THEN replace(got, suffix, '') ELSE got END, projection);
        COMMIT;
    END LOOP;
END $$;

-- All that is written of the accounts of one mode, without their suffix and the version of the price book, which only rises.
CREATE FUNCTION public.books(mode text) RETURNS TABLE (relation text, content jsonb) LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['account', 'wallet', 'lot', 'hold', 'ledger', 'refund_total', 'idempotency_key',
                               'member', 'counter', 'alert', 'denial', 'restriction_event', 'revenue_entry', 'consent', 'referral', 'spin'] LOOP
        RETURN QUERY EXECUTE format('SELECT %L, replace((to_jsonb(t) - ''identity'' - ''price_version'')::text, ''~sql'', '''')::jsonb'
            ' FROM credits.%I t WHERE (t.account_id LIKE ''%%~sql'') = ($1 = ''sql'')', name, name) USING mode;
    END LOOP;
END $$;
