-- Bad input through every public function: each argument in turn takes every bad value of its type. The answer is
-- a clear error or right, never an internal error or a crash, and what is refused leaves no trace.
\ir helpers/tap.sql
SET pg_credits.now = '2026-01-15 12:00:00+00';
SELECT isnt(credits.configure('{"plans": {"basic": {"interval": "1 month", "credits": 100}, "pro": {"price": "9", "interval": "1 month", "credits": 10}}, "actions": {"chat": {"credits": 5}}, "packs": {"small": {"price": "5", "credits": 10}}, "stripe": {"webhook_secret": "s"}, "limits": [{"name": "cap", "metric": "credits", "window": "lifetime", "limit": 1e17, "effect": "warn"}],
    "prices": [{"provider": "p", "model": "m", "metric": "requests", "price": "0.01"}], "consents": {"data": {"monthly_usd": 1}},
    "promotions": {"prize_wheel": {"odds": "0.5", "prize": {"model": "m", "usage": {"requests": 1}}}}}'), NULL, 'configured');
-- Answers of credits_api are about ann.
SELECT isnt(credits.configure(jsonb_build_object('api', jsonb_build_object('authenticators', jsonb_build_array(session_user::text)))), NULL, 'configured');
SET request.jwt.claims = '{"account_id": "ann"}';
SELECT is(credits.open_account(a, 'basic'), a, 'opened') FROM unnest(ARRAY['ann', 'bob']) a;
SELECT is((credits.deduct('ann', 1, idempotency_key => 'used')).entry_no, 2::bigint, 'entry 2 is a charge');
SELECT ok((credits.authorize('ann', 10, ttl => '1 hour')).allowed, 'hold 1 is open');

SELECT is((credits.record_payment('ann', 'other', 50, 'paid')).entry_no, 3::bigint, 'entry 3 is a payment');
INSERT INTO credits.alert VALUES ('ann', 1, '2026-01-15 12:00:00+00', 'flag', 'fraud', NULL, '{}');

-- A good call of each function, argument by argument, as SQL; a function of another schema than credits is named with it.
CREATE FUNCTION public.named(function text) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT CASE WHEN strpos(function, '.') > 0 THEN function ELSE format('credits.%I', function) END $$;
CREATE TABLE public.good (function text, argument text, value text);
INSERT INTO public.good
SELECT f, split_part(a, '=', 1), split_part(a, '=', 2) FROM (VALUES
    ('open_account', $$account_id='new'; plan='basic'; time_zone='UTC'; anchor=NULL; identity=NULL; metadata=NULL$$),
    ('change_plan', $$account_id='ann'; plan='basic'; at='now'$$),
    ('close_account', $$account_id='bob'; reason=NULL$$),
    ('freeze', $$account_id='ann'; reason='because'$$),
    ('unfreeze', $$account_id='ann'$$),
    ('apply_due', $$account_id='ann'$$),
    ('grant', $$account_id='ann'; amount=5; source='gift'; expires_at=NULL; priority=1; category='paid'; price_paid=NULL; effective_at=NULL; rollover_min=NULL; rollover_max=NULL; idempotency_key=NULL; metadata=NULL$$),
    ('void_lot', $$account_id='ann'; lot_no=1; reason=NULL$$),
    ('deduct', $$account_id='ann'; amount=5; action=NULL; provider=NULL; model=NULL; usage=NULL; member_id=NULL; idempotency_key=NULL; metadata=NULL; occurred_at=NULL$$),
    ('authorize', $$account_id='ann'; amount=5; action=NULL; provider=NULL; model=NULL; usage=NULL; member_id=NULL; idempotency_key=NULL; metadata=NULL; ttl=NULL$$),
    ('extend', $$account_id='ann'; hold_no=1; amount=5; ttl='1 hour'$$),
    ('settle', $$account_id='ann'; hold_no=1; usage=NULL; amount=5; idempotency_key=NULL; metadata=NULL$$),
    ('release', $$account_id='ann'; hold_no=1; reason=NULL$$),
    ('refund', $$account_id='ann'; entry_no=2; amount=1; reason=NULL; idempotency_key=NULL$$),
    ('deduct_many', $$events='[{"account_id": "ann", "amount": 1}]'$$),
    ('settle_many', $$events='[{"account_id": "ann", "hold_no": 1}]'$$),
    ('quote', $$account_id='ann'; action='chat'; provider='p'; model='m'; usage=NULL$$),
    ('cost', $$provider='p'; model='m'; usage='{"requests": 1}'; at=NULL$$),
    ('cost_breakdown', $$provider='p'; model='m'; usage='{"requests": 1}'; at=NULL$$),
    ('normalize_usage', $$provider='p'; usage='{"requests": 1}'$$),
    ('record_cost', $$account_id='ann'; provider='p'; model='m'; usage='{"requests": 1}'; member_id=NULL; occurred_at=NULL; reference=NULL; metadata=NULL$$),
    ('visible_balance', $$account_id='ann'$$), ('credits_api.tier_details', $$tier='pro'$$), ('credits_api.upgrade', $$tier='pro'; checkout_url='https://a.b'$$), ('credits_api.history', $$since=NULL; until=NULL; before=NULL; entries=5$$),
    ('credits_api.authorize', $$account_id='ann'; amount=5; action=NULL; provider=NULL; model=NULL; usage=NULL; member_id=NULL; idempotency_key=NULL; metadata=NULL; ttl=NULL$$),
    ('credits_api.settle', $$account_id='ann'; hold_no=1; usage=NULL; amount=5; idempotency_key=NULL; metadata=NULL$$), ('credits_api.release', $$account_id='ann'; hold_no=1; reason=NULL$$),
    ('balance', $$account_id='ann'$$), ('lots', $$account_id='ann'$$), ('holds', $$account_id='ann'$$),
    ('history', $$account_id='ann'; since=NULL; until=NULL$$),
    ('check_balance', $$account_id='ann'; needed=5$$),
    ('receipt_of', $$account_id='ann'; idempotency_key='used'$$),
    ('erase_metadata', $$account_id='ann'$$),
    ('verify', $$account_id='ann'$$), ('lot_movements', $$account_id='ann'$$),
    ('limits', $$account_id='ann'$$), ('capabilities', $$account_id='ann'$$),
    ('set_member', $$account_id='ann'; member_id='mia'; team='red'; quota=NULL$$),
    ('set_limit', $$account_id='ann'; limit_name='cap'; limit_value=5$$),
    ('fail_licence', $$account_id='ann'; failed_at=NULL; reason=NULL$$), ('restore_licence', $$account_id='ann'$$),
    ('record_conversion', $$account_id='ann'; kind='click'; reference='click-1'; commission=0$$),
    ('acknowledge_alert', $$account_id='ann'; alert_no=1$$), ('pause', $$reason='because'$$),
    ('maintain', $$max_accounts=10$$),
    ('roll_up', $$max_entries=10$$),
    ('set_consent', $$account_id='ann'; kind='data'; given=true$$), ('refer', $$account_id='ann'; referred_account_id='bob'$$), ('spin', $$account_id='ann'$$), ('prize_wheel', $$span='30 days'$$), ('due_revenue', $$account_id='ann'$$),
    ('gift', $$account_id='ann'; amount=5; from_actor='root'; message=NULL; reference='g'$$), ('window_of', $$time_zone='UTC'; anchor='2026-01-01'; length='12 hours'; moment='2026-01-02'$$),
    ('read_price_file', $$document='{"m": {"litellm_provider": "p", "mode": "chat", "input_cost_per_token": 1}}'$$),
    ('import_prices', $$document='{"a": {"litellm_provider": "p", "input_cost_per_token": 1}}'; effective_from='2026-01-01'; source='s'; complete=true$$),
    ('record_payment', $$account_id='ann'; kind='other'; amount=5; reference='payment'; fee=NULL; metadata=NULL$$),
    ('buy_pack', $$account_id='ann'; pack='small'; reference='pack'; quantity=1$$),
    ('refund_payment', $$account_id='ann'; reference='paid'; amount=1; refund_reference='refund'$$),
    ('stripe_event', $$payload='{"id": "evt_1", "type": "ping"}'; signature=concat('t', chr(61), '1768478400,v1', chr(61), encode(credits.hmac_sha256('1768478400.{"id": "evt_1", "type": "ping"}', 's'), 'hex')); at=NULL$$), ('link_customer', $$account_id='ann'; customer='cus_1'$$), ('upgrade', $$account_id='ann'; plan='pro'$$),
    ('post_payment', $$account_id='ann'; usd=5; reason='r'; metadata=NULL; paid_at=NULL; credits=5; source='pack'; category='paid'; price_paid=5; expires_at=NULL$$),
    ('post_subscription', $$account_id='ann'; usd=5; reason='r'; metadata=NULL; paid_at=NULL; plan='pro'; period_start=NULL; period_end=NULL; superseded_at=NULL; credits=NULL; most=NULL; is_known=false; ended_lots=NULL$$),
    ('post_clawback', $$account_id='ann'; lot_no=1; amount=1; used=0; revenue=0; reason='r'$$), ('undo_clawback', $$account_id='ann'; lot_no=1; amount=1; used=0; revenue=0; reason='r'$$),
    ('entry_receipt', $$account_id='ann'; entry_no=1$$), ('credits_of_cost', $$usd=5$$), ('is_known_by_now', $$customer='cus_1'; keys='{in_1}'$$), ('waits_by_now', $$keys='{in_1}'; seen='{}'$$), ('input_tokens', $$usage='{"input_tokens": 3}'$$), ('output_tokens', $$usage='{"output_tokens": 3}'$$), ('level_of_totals', $$plan='pro'; in_debt=false; cost=1; revenue=1; covered=0$$),
    ('hmac_sha256', $$message='m'; secret='s'$$),
    ('plan_margin', $$plan='pro'; what_if='{"includes": []}'$$), ('break_even', $$plan='pro'$$), ('tier_calculator', $$price=5; margin=0.5; net_of_fees=true$$), ('project_revenue', $$subscribers='{"pro": 5}'; packs='{"small": [1, 2]}'; income='{"other": 5}'$$),
    ('price_margins', $$since=NULL; calls='{"chat": {"provider": "p", "model": "m", "usage": {"requests": 1}}}'$$), ('optimize_prices', $$since=NULL; margin=0.5$$), ('estimate', $$account_id='ann'; action='chat'$$),
    ('forecast', $$account_id='ann'$$), ('recommend_plan', $$account_id='ann'$$), ('statement', $$account_id='ann'; since=NULL; until=NULL$$),
    ('verify_signature', $$payload='{}'; signature=concat('t', chr(61), '1767225600,v1', chr(61), encode(credits.hmac_sha256('1767225600.{}', 's'), 'hex')); secrets='{s}'; at='2026-01-01 00:00:00+00'$$),
    ('event_facts', $$payload='{"id": "evt_1", "type": "invoice.paid"}'$$),
    ('configure', $$config='{}'$$)) v(f, arguments), regexp_split_to_table(arguments, '; ') a;

-- refused: in an argument of the kind named (id: a name or key of the application's, amount: credits) it must not pass.
CREATE TABLE public.bad (type text, name text, value text, refused text);
INSERT INTO public.bad VALUES
    ('text', 'null', 'NULL', NULL), ('text', 'nothing', '''''', 'id'), ('text', 'blanks', ''' ''', NULL), ('text', 'a line end', 'E''a\nb''', NULL),
    ('text', '200 characters', 'repeat(''x'', 200)', NULL), ('text', '256 characters', 'repeat(''x'', 256)', 'id'), ('text', '256 of two bytes', 'repeat(''é'', 256)', 'id'),
    ('text', '255 of four bytes', 'repeat(''😀'', 255)', NULL), ('text', '10,000 characters', 'repeat(''x'', 10000)', 'id'), ('text', '1 MB', 'repeat(''x'', 1048576)', 'id'),
    ('text', 'quotes', '''a''''"\{}%s$1''', NULL), ('text', 'unknown', '''nobody''', NULL), ('text', 'a control character', 'chr(1)', NULL),
    ('numeric', 'null', 'NULL', NULL), ('numeric', 'negative', '-1', 'amount'), ('numeric', 'slightly negative', '-1e-40', 'amount'), ('numeric', 'NaN', '''NaN''', 'amount'),
    ('numeric', 'Infinity', '''Infinity''', 'amount'), ('numeric', '-Infinity', '''-Infinity''', 'amount'), ('numeric', 'scale 40', '1e-40', 'amount'), ('numeric', 'half a credit', '0.5', 'amount'),
    ('numeric', '10^40', '1e40', 'amount'), ('numeric', '10^30', '1e30', 'amount'), ('numeric', '10^29', '1e29', NULL), ('numeric', '2^53 + 1', '9007199254740993', NULL), ('numeric', '10^10000', '1e10000', 'amount'), ('numeric', 'zero', '0', NULL),
    ('numeric', 'zero of scale 40', '0.0000000000000000000000000000000000000000', NULL), ('numeric', 'one of scale 40', '1.0000000000000000000000000000000000000000', NULL),
    ('bigint', 'null', 'NULL', 'all'), ('bigint', 'zero', '0', 'all'), ('bigint', 'negative', '-1', 'all'), ('bigint', 'greatest', '9223372036854775807', 'all'), ('bigint', 'least', '-9223372036854775808', 'all'),
    ('integer', 'null', 'NULL', 'all'), ('integer', 'greatest', '2147483647', NULL), ('integer', 'least', '-2147483648', NULL),
    ('timestamp with time zone', 'null', 'NULL', NULL), ('timestamp with time zone', 'infinity', '''infinity''', 'time'), ('timestamp with time zone', '-infinity', '''-infinity''', 'time'),
    ('timestamp with time zone', '4713 BC', '''4713-01-01 00:00+00 BC''', NULL), ('timestamp with time zone', '1 BC', '''0001-06-06 BC''', NULL), ('timestamp with time zone', 'the last there is', '''294276-12-31 23:59:59+00''', 'time'),
    ('timestamp with time zone', 'year 9999', '''9999-12-31''', NULL),
    ('bytea', 'null', 'NULL', 'all'), ('bytea', 'nothing', '''''', NULL), ('bytea', 'zeros', '''\x0000''', NULL), ('bytea', '1 MB', 'convert_to(repeat(''x'', 1048576), ''UTF8'')', NULL),
    ('text[]', 'null', 'NULL', 'all'), ('text[]', 'nothing', '''{}''', 'all'), ('text[]', 'a null', '''{s,NULL}''', 'all'), ('text[]', 'an empty text', '''{s,""}''', 'all'), ('text[]', 'two dimensions', '''{{s,t},{u,v}}''', NULL),
    ('interval', 'null', 'NULL', NULL), ('interval', 'zero', '''0''', 'all'), ('interval', 'negative', '''-1 second''', 'all'), ('interval', 'mixed', '''1 month -1 day''', 'all'), ('interval', 'huge', '''178000000 years''', 'all'),
    ('interval', '101 years', '''101 years''', 'all'), ('interval', '2 billion days', '''2147483647 days''', 'all'), ('interval', 'a microsecond', '''0.000001 seconds''', NULL), ('interval', '100 years', '''100 years''', NULL),
    ('jsonb', 'null', 'NULL', NULL), ('jsonb', 'json null', '''null''', 'usage'), ('jsonb', 'a number', '''5''', 'usage'), ('jsonb', 'a text', '''"x"''', 'usage'), ('jsonb', 'true', '''true''', 'usage'), ('jsonb', 'an empty array', '''[]''', 'usage'),
    ('jsonb', 'an array', '''[{"requests": 1}]''', 'usage'), ('jsonb', 'an array of nothing', '''[null, [], {}]''', 'usage'), ('jsonb', 'nothing', '''{}''', NULL), ('jsonb', '3,000 arrays deep', '(repeat(''['', 3000) || repeat('']'', 3000))::jsonb', 'usage'),
    ('jsonb', '3,000 objects deep', '(repeat(''{"a": '', 3000) || 1 || repeat(''}'', 3000))::jsonb', 'usage'), ('jsonb', 'a text of 1 MB', 'to_jsonb(repeat(''x'', 1048576))', 'usage'), ('jsonb', 'a key of 1 MB', 'jsonb_build_object(repeat(''x'', 1048576), 1)', NULL),
    ('jsonb', 'a value of 1 MB', 'jsonb_build_object(''a'', repeat(''x'', 1048576))', 'usage'), ('jsonb', '100,000 keys', '(SELECT jsonb_object_agg(i, i) FROM generate_series(1, 100000) i)', 'usage'), ('jsonb', 'a negative quantity', '''{"requests": -1}''', 'usage'),
    ('jsonb', 'a quantity as text', '''{"requests": "5"}''', 'usage'), ('jsonb', 'a quantity of 10^40', '''{"requests": 1e40}''', 'usage'), ('jsonb', 'a quantity of 10^-40', '''{"requests": 1e-40}''', NULL), ('jsonb', 'a quantity of 2^53 + 1', '''{"requests": 9007199254740993}''', NULL),
    ('jsonb', 'half a token', '''{"input_tokens": 0.5}''', 'usage'), ('jsonb', 'a null quantity', '''{"requests": null}''', 'usage'), ('jsonb', 'an object as quantity', '''{"requests": {"a": 1}}''', 'usage'), ('jsonb', 'an empty key', '''{"": 1}''', NULL),
    ('jsonb', 'a NUL', '''{"a": "\u0000"}''', 'all'), ('jsonb', 'a lone surrogate', '''{"a": "\ud800"}''', 'all'), ('jsonb', 'surrogates the wrong way round', '''{"a": "\ude00\ud83d"}''', 'all'), ('jsonb', 'no json', '''{a''', 'all');

-- Events are objects of arguments: what is bad there is bad here.
INSERT INTO public.bad SELECT 'events', b.type || ' ' || b.name, format('jsonb_build_array(jsonb_build_object(%s, %s, to_jsonb(%s)))', CASE WHEN a = 'account_id' THEN '''amount'', 1' WHEN a IN ('amount', 'action') THEN '''account_id'', ''ann''' WHEN a = 'usage' THEN '''account_id'', ''ann'', ''provider'', ''p'', ''model'', ''m''' ELSE '''account_id'', ''ann'', ''amount'', 1' END, quote_literal(a),
    CASE b.type WHEN 'text' THEN b.value || '::text' WHEN 'numeric' THEN b.value || '::numeric' WHEN 'timestamp with time zone' THEN b.value || '::timestamptz' ELSE b.value || '::jsonb' END),
    CASE WHEN a = 'amount' AND b.name = 'null' THEN NULL WHEN b.refused = 'all' OR b.refused = CASE a WHEN 'amount' THEN 'amount' WHEN 'usage' THEN 'usage' WHEN 'occurred_at' THEN 'time' ELSE 'id' END THEN 'all' END
FROM public.bad b JOIN (VALUES ('text', 'account_id'), ('text', 'idempotency_key'), ('text', 'action'), ('numeric', 'amount'), ('numeric', 'hold_no'), ('jsonb', 'usage'), ('jsonb', 'metadata'), ('jsonb', 'amount'), ('jsonb', 'account_id'), ('jsonb', 'occurred_at'), ('timestamp with time zone', 'occurred_at')) m(type, a) ON m.type = b.type;

CREATE FUNCTION public.books() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    name text;
    part text;
    said text := '';
BEGIN
    FOREACH name IN ARRAY ARRAY['account', 'identity', 'wallet', 'lot', 'hold', 'ledger', 'refund_total', 'idempotency_key', 'plan', 'price', 'action', 'platform'] LOOP
        -- A returned refusal is counted: by the counters of the wallet, which it has to write for that.
        EXECUTE format('SELECT md5(string_agg(t::text, '' '' ORDER BY t::text)) FROM (SELECT to_jsonb(r) - ''{clock,counters}''::text[] FROM credits.%I r) t', name) INTO part;
        said := said || ' ' || coalesce(part, '-');
    END LOOP;
    RETURN said;
END $$;

-- What a call does, undone afterwards: refused (with its SQLSTATE), or passed; and what is wrong with that.
CREATE FUNCTION public.attempt(call text, OUT state text, OUT fault text) LANGUAGE plpgsql AS $$
DECLARE
    before text := public.books();
    answers jsonb;
    detail text; hint text; context text;
BEGIN
    EXECUTE 'SELECT jsonb_agg(to_jsonb(r)) FROM ' || call || ' r' INTO answers;
    state := CASE WHEN answers @> '[{"success": false}]' THEN current_setting('response.status')
                  WHEN answers @> '[{"allowed": false}]' THEN answers -> 0 ->> 'http_status'
                  WHEN jsonb_path_exists(answers, '$[*].http_status ? (@ >= 400)') THEN jsonb_path_query_first(answers, '$[*].http_status ? (@ >= 400)') #>> '{}' ELSE 'passed' END;
    fault := CASE WHEN state <> 'passed' AND public.books() <> before THEN 'the refused call changed something'
                  WHEN EXISTS (SELECT FROM credits.verify()) THEN 'verify: ' || (SELECT string_agg(v::text, ' ') FROM credits.verify() v) END;
    RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION
    WHEN SQLSTATE 'ZZ001' THEN RETURN;
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
        state := SQLSTATE;
        fault := CASE WHEN state !~ '^(22|PT4|42704|42710|42501|28000|54)' THEN 'wrong SQLSTATE: ' || left(SQLERRM, 100)
                      WHEN state IN ('22P02', '22P05', '22007', '22008') THEN NULL -- the server's own, before the call
                      WHEN detail = '' OR hint = '' THEN 'no detail or hint: ' || left(SQLERRM, 100)
                      WHEN call LIKE '%events => jsonb_build_array(jsonb_build_object(%' AND SQLERRM || context NOT LIKE '%event 1%' THEN 'the event is not named'
                      WHEN length(SQLERRM) > 2000 THEN 'endless message' END;
END $$;

CREATE TABLE public.attempted AS
SELECT c.*, a.state, a.fault
FROM (SELECT g.function, g.argument, b.name, b.refused, CASE WHEN g.function IN ('record_payment', 'refund_payment') AND g.argument = 'amount' THEN 'usd'
                 WHEN g.argument IN ('amount', 'needed', 'rollover_min', 'rollover_max') THEN 'amount'
                 WHEN g.argument IN ('account_id', 'referred_account_id', 'from_actor', 'idempotency_key', 'action', 'provider', 'model', 'member_id', 'identity', 'plan', 'time_zone', 'category', 'source') THEN 'id'
                 WHEN g.argument IN ('expires_at', 'effective_at', 'anchor', 'occurred_at') THEN 'time' WHEN g.argument = 'usage' THEN 'usage' ELSE g.argument END AS kind,
             format('%s(%s)', public.named(g.function), (SELECT string_agg(format('%I => %s', o.argument,
                 CASE WHEN o.argument = g.argument THEN b.value WHEN g.argument IN ('action', 'usage') AND o.argument = 'amount' THEN 'NULL'
                      WHEN g.argument = 'usage' AND o.argument IN ('provider', 'model') THEN quote_literal(left(o.argument, 1)) ELSE o.value END), ', ') FROM public.good o WHERE o.function = g.function)) AS call
      FROM public.good g
      CROSS JOIN LATERAL (SELECT p.proargtypes[array_position(p.proargnames, g.argument) - 1]::regtype::text AS type FROM pg_proc p
                          WHERE p.oid::regproc::text = public.named(g.function) AND g.argument = ANY (p.proargnames) LIMIT 1) t
      JOIN public.bad b ON b.type = t.type OR (b.type = 'events' AND g.argument = 'events')) c,
     LATERAL public.attempt(c.call) a;

-- load_preset takes a database without accounts: presets.sql tries it.
SELECT is_empty('SELECT p.proname FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = ''credits''::regnamespace AND l.lanname = ''c''
    AND p.prorettype <> ''trigger''::regtype AND p.pronargs > 0 AND p.proname <> ''load_preset'' EXCEPT SELECT function FROM public.good', 'every function in C is tried');
SELECT is_empty('SELECT g.function, a.state, a.fault FROM (SELECT function, string_agg(format(''%I => %s'', argument, value), '', '') AS arguments FROM public.good GROUP BY 1) g,
    public.attempt(format(''%s(%s)'', public.named(g.function), g.arguments)) a WHERE a.state <> ''passed'' OR a.fault IS NOT NULL', 'the good calls pass');
SELECT is_empty(format('SELECT argument, state, left(fault, 200), count(*), left(min(call), 300) FROM public.attempted WHERE function = %L AND fault IS NOT NULL GROUP BY 1, 2, 3', f),
    format('%s: %s bad calls answered clearly, without a partial effect', f, n)) FROM (SELECT function, count(*) FROM public.attempted GROUP BY 1 ORDER BY 1) x(f, n);
SELECT is_empty('SELECT function, argument, name, left(call, 200) FROM public.attempted WHERE state = ''passed'' AND refused IN (kind, ''all'') AND function NOT IN (''credits_api.history'', ''maintain'', ''roll_up'', ''verify'', ''lot_movements'', ''post_subscription'', ''post_clawback'', ''undo_clawback'', ''is_known_by_now'', ''waits_by_now'', ''level_of_totals'', ''input_tokens'', ''output_tokens'')', 'what must be refused is refused');
SELECT is_empty('SELECT function, state, left(call, 200) FROM public.attempted WHERE argument = ''account_id'' AND name = ''unknown'' AND function <> ''open_account'' AND state NOT IN (''PT404'', ''404'')', 'an unknown account is 404 everywhere');
SELECT is_empty('SELECT function, state, left(call, 200) FROM public.attempted WHERE argument = ''account_id'' AND name = ''null'' AND function NOT IN (''verify'', ''lot_movements'') AND state <> ''22004''', 'a null account is 22004 everywhere');
SELECT is_empty('SELECT function, argument, state FROM public.attempted WHERE name = ''null'' AND call LIKE ''%'' || argument || '' => NULL%'' AND state NOT IN (''passed'', ''22004'') AND NOT (function IN (''deduct'', ''authorize'', ''quote'', ''credits_api.authorize'') AND argument IN (''amount'', ''action'', ''usage''))', 'as is any other argument that must not be null');
SELECT cmp_ok((SELECT count(*) FROM public.attempted), '>', 1500::bigint, 'that was a real number of calls');
SELECT format('# %s cases of bad input', count(*)) FROM public.attempted;

-- Right to the last digit.
SELECT is((credits.grant('bob', 9007199254740993)).balance, 9007199254741093::numeric, '2^53 + 1 is exact');
SELECT is((credits.grant('bob', 99999999999999999999999999999)).balance, 100000000000009007199254741092::numeric, '29 digits are exact');
SELECT is((credits.deduct('bob', 9007199254740993)).balance, 100000000000000000000000000099::numeric, 'and charged exactly');
SELECT is(credits.cost('p', 'm', '{"requests": 9007199254740993}'), 90071992547409.93, 'a usage of 2^53 + 1 costs exactly');
SELECT is((credits.authorize('bob', 100000000000000000000000000099)).available, 0::numeric, 'held to the last one');
SELECT is(credits.cost('p', 'm', '{"requests": 1e-30}'), 1e-32, 'a usage of 10^-30 too');
SELECT throws_ok($$ SELECT credits.extend('ann', 1, 0) $$, '22023', NULL, 'extended by nothing');
SELECT throws_ok($$ SELECT credits.cost('p', 'm', NULL::bigint, 1) $$, '22004', NULL, 'cost of null tokens');
SELECT throws_ok($$ SELECT credits.cost('p', 'm', -1, 1) $$, '22023', NULL, 'cost of negative tokens');

-- Overflow of sums over several grants, each in range, is an error, not a wrong balance.
DO $$ BEGIN FOR i IN 1..20 LOOP PERFORM credits.grant('bob', 999999999999999999999999999999); END LOOP; END $$;
SELECT is((SELECT balance FROM credits.balance('bob')), 20 * 999999999999999999999999999999::numeric + 100000000000000000000000000099, 'twenty of the largest grants add up');
SELECT is_empty('SELECT * FROM credits.verify()', 'verify() finds nothing');
SELECT * FROM finish();
