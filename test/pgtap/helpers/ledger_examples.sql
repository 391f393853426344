-- Translates examples of three other ledgers into calls: grants that burn down, two-phase transfers, credit lots.
-- Each case runs on accounts of its own and yields a test for every figure that the example states.
\ir tap.sql
SET timezone = 'UTC';

CREATE FUNCTION public.go_to(moment timestamptz) RETURNS void LANGUAGE sql AS
    $$ SELECT set_config('pg_credits.now', moment::text, false) $$;

CREATE FUNCTION public.left_of(account text, name text) RETURNS numeric LANGUAGE sql AS
    $$ SELECT coalesce(sum(l.remaining), 0) FROM credits.lots(account) l WHERE l.source = name AND l.state = 'live' $$;

-- Usage beyond all grants is overage there and debt here, so it is settled, not deducted. A recurring grant is a
-- plan's daily credits, a reset the end of a plan's period.
CREATE FUNCTION public.grant_case(c jsonb) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    account text := c ->> 'id';
    opened timestamptz := c #>> '{opening,at}';
    recurring jsonb := jsonb_path_query_first(c, '$.grants[*] ? (exists (@.recurrence))');
    g jsonb; u jsonb; balances record;
BEGIN
    IF recurring -> 'recurrence' ->> 'every' <> 'P1D' OR c #>> '{opening,overage}' <> '0' OR jsonb_array_length(c -> 'resets') > 1 THEN
        RAISE EXCEPTION 'the example % is of a kind that is not translated', account;
    END IF;
    PERFORM public.go_to(opened);
    PERFORM credits.configure(jsonb_build_object('plans', jsonb_build_object(account, jsonb_build_object('grant_on', 'clock',
        'daily_credits', recurring -> 'amount', 'interval', coalesce((c #>> '{resets,0,at}')::timestamptz - opened, '100 years')::text))));
    PERFORM credits.open_account(account, account, anchor => opened);
    FOR g IN SELECT e FROM jsonb_array_elements(c -> 'grants') e WHERE NOT e ? 'recurrence' LOOP
        PERFORM credits.grant(account, (g ->> 'amount')::numeric, source => g ->> 'id', priority => (g ->> 'priority')::integer,
            effective_at => (g ->> 'effective_at')::timestamptz, expires_at => (g ->> 'expires_at')::timestamptz, rollover_max => (g ->> 'rollover_max')::numeric);
    END LOOP;
    FOR u IN SELECT e FROM jsonb_array_elements(c -> 'usage') e ORDER BY (e ->> 'at')::timestamptz LOOP
        PERFORM public.go_to((u ->> 'at')::timestamptz);
        PERFORM credits.settle(account, (credits.authorize(account, 0)).hold_no, amount => (u ->> 'quantity')::numeric);
    END LOOP;
    PERFORM public.go_to((c ->> 'query_at')::timestamptz);
    SELECT * INTO balances FROM credits.balance(account);
    RETURN NEXT is(greatest(balances.balance, 0), (c #>> '{expected,total_balance}')::numeric, account || ' ' || (c ->> 'title') || ': balance');
    RETURN NEXT is(greatest(-balances.balance, 0), (c #>> '{expected,overage}')::numeric, account || ': overage is debt');
    RETURN NEXT is(balances.used, (c #>> '{expected,usage_in_period}')::numeric, account || ': usage of the period');
    RETURN QUERY SELECT is(public.left_of(account, CASE WHEN e.key = recurring ->> 'id' THEN 'daily' ELSE e.key END), e.value::numeric, account || ': ' || e.key)
                 FROM jsonb_each_text(c #> '{expected,balances}') e;
END $$;

-- The debited side is the wallet; the credited side has no counterpart here. Pending is held, posting settles, voiding
-- releases; a transfer's id is its key. On purpose, posting after the time-out charges here: its amount is added to
-- what the example expects as posted from then on, and the transfer exists.
CREATE FUNCTION public.transfer_case(c jsonb) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    title text := c ->> 'id';
    stock constant numeric := 1000000;
    late numeric := 0;
    late_ids text[] := '{}';
    holds jsonb := '{}';
    s jsonb; account text; answer text; balances record; d credits.decision; no integer := 0;
BEGIN
    PERFORM public.go_to('2026-01-01 00:00+00');
    FOR s IN SELECT e FROM jsonb_array_elements(c -> 'steps') e LOOP
        no := no + 1;
        account := title || ' ' || coalesce(s ->> 'debit', CASE WHEN s ->> 'op' = 'check_transfer' THEN 'A1' ELSE s ->> 'id' END);
        CASE s ->> 'op'
        WHEN 'open_account' THEN
            PERFORM credits.open_account(account);
            PERFORM credits.grant(account, stock);
        WHEN 'advance_clock' THEN
            PERFORM public.go_to(credits.now() + make_interval(secs => (s ->> 'seconds')::numeric));
        WHEN 'transfer' THEN
            BEGIN
                IF s -> 'flags' ? 'pending' THEN
                    d := credits.authorize(account, (s ->> 'amount')::numeric, idempotency_key => s ->> 'id', ttl => coalesce(make_interval(secs => (s ->> 'timeout_s')::numeric), '100 years'));
                    holds := holds || jsonb_build_object(s ->> 'id', d.hold_no);
                ELSIF s -> 'flags' ? 'post_pending' THEN
                    PERFORM credits.settle(account, (holds ->> (s ->> 'pending_id'))::bigint, amount => (s ->> 'amount')::numeric, idempotency_key => s ->> 'id');
                ELSIF s -> 'flags' IS NOT NULL THEN
                    RAISE EXCEPTION 'the flags % are not translated', s -> 'flags' USING ERRCODE = 'ZZ001';
                ELSE
                    PERFORM credits.deduct(account, (s ->> 'amount')::numeric, CASE WHEN s ->> 'ledger' = '0' THEN '' END, idempotency_key => s ->> 'id');
                END IF;
                answer := 'created';
            EXCEPTION WHEN SQLSTATE '22023' THEN
                answer := 'refused';
            END;
            IF s ->> 'expect' = 'pending_transfer_expired' AND answer = 'created' THEN
                late := late + (s ->> 'amount')::numeric;
                late_ids := late_ids || (s ->> 'id');
            END IF;
            RETURN NEXT is(answer, CASE s ->> 'expect' WHEN 'created' THEN 'created' WHEN 'pending_transfer_expired' THEN 'created' ELSE 'refused' END,
                           format('%s step %s: %s %s', title, no, s ->> 'id', s ->> 'expect'));
        WHEN 'check_account' THEN
            SELECT * INTO balances FROM credits.balance(account);
            IF s ->> 'id' = 'A1' THEN
                RETURN NEXT is(balances.held, (s ->> 'debits_pending')::numeric, format('%s step %s: held', title, no));
                RETURN NEXT is(stock - balances.balance, (s ->> 'debits_posted')::numeric + late, format('%s step %s: charged', title, no));
            END IF;
        WHEN 'check_transfer' THEN
            BEGIN
                PERFORM credits.receipt_of(account, s ->> 'id');
                answer := 'true';
            EXCEPTION WHEN SQLSTATE 'PT404' THEN
                answer := 'false';
            END;
            RETURN NEXT is(answer, CASE WHEN s ->> 'id' = ANY (late_ids) THEN 'true' ELSE s ->> 'exists' END, format('%s step %s: %s exists', title, no, s ->> 'id'));
        WHEN 'end_of_batch' THEN NULL;
        END CASE;
    END LOOP;
END $$;

CREATE FUNCTION public.lot_case(c jsonb) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    account text := c ->> 'id';
    noon constant timestamptz := '2026-01-31 12:00+00';
    l jsonb; answer text;
BEGIN
    PERFORM public.go_to(noon - interval '1 month');
    PERFORM credits.open_account(account);
    FOR l IN SELECT e FROM jsonb_array_elements(c -> 'lots') WITH ORDINALITY v(e, no) ORDER BY coalesce((e ->> 'created')::interval, '0'), no LOOP
        PERFORM public.go_to(noon + coalesce((l ->> 'created')::interval, '0'));
        PERFORM credits.grant(account, (l ->> 'amount')::numeric, source => l ->> 'id', priority => (l ->> 'priority')::integer,
            category => CASE l ->> 'kind' WHEN 'granted' THEN 'promotional' ELSE 'paid' END);
    END LOOP;
    PERFORM public.go_to(noon);
    BEGIN
        PERFORM credits.deduct(account, (c ->> 'consume')::numeric);
        answer := 'charged';
    EXCEPTION WHEN SQLSTATE 'PT402' THEN
        answer := 'exceeds_available_amount';
    END;
    RETURN NEXT is(answer, coalesce(c #>> '{expected,error}', 'charged'), account || ' ' || (c ->> 'title'));
    RETURN QUERY SELECT is(public.left_of(account, e.key), e.value::numeric, account || ': left of ' || e.key) FROM jsonb_each_text(c #> '{expected,remaining}') e;
    RETURN QUERY SELECT is((SELECT -m.amount FROM credits.lot_movements(account) m JOIN credits.lot x USING (account_id, lot_no)
                            WHERE x.source = e.key AND m.amount < 0), e.value::numeric, account || ': taken from ' || e.key) FROM jsonb_each_text(c #> '{expected,consumed}') e;
END $$;
