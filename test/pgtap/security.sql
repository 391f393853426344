-- Whose rights what runs with: calls work as the owner of the tables, and neither what a caller puts in front of
-- the server's own operators and types nor what the owner puts on its tables gets more than its own rights.
\set QUIET on
\pset format unaligned
\pset tuples_only on
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT credits.configure('{"plans": {"pro": {"interval": "1 month", "credits": 100, "daily_credits": 5}}, "prices": [{"provider": "p", "model": "m", "metric": "requests", "price": "0.02"}], "consents": {"data": {"monthly_usd": 1}}, "promotions": {"referral": {"credits": 5}, "prize_wheel": {"odds": 1, "prize": {"provider": "p", "model": "m", "usage": {"requests": 1}}}}}') IS NOT NULL AS configured \gset

-- Operators and types of the caller's that hide the server's: each says by whom it was called.
CREATE SCHEMA evil;
CREATE TABLE evil.caught (what text, ran_as text);
GRANT USAGE ON SCHEMA evil TO PUBLIC;
GRANT INSERT ON evil.caught TO PUBLIC;
CREATE FUNCTION evil.catch(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO evil.caught VALUES (what, current_user);
    RETURN true;
END $$;
DO $$
DECLARE
    type text;
    operator text;
BEGIN
    FOREACH type IN ARRAY ARRAY['text', 'bigint', 'integer', 'numeric', 'timestamptz', 'jsonb', 'bytea', 'boolean', 'interval'] LOOP
        EXECUTE format('CREATE FUNCTION evil.compare(%1$s, %1$s) RETURNS boolean LANGUAGE sql AS $f$ SELECT evil.catch(%1$L) $f$', type);
        FOREACH operator IN ARRAY ARRAY['=', '<>', '<', '>', '<=', '>='] LOOP
            EXECUTE format('CREATE OPERATOR evil.%s (LEFTARG = %s, RIGHTARG = %2$s, FUNCTION = evil.compare)', operator, type);
        END LOOP;
    END LOOP;
END $$;
CREATE DOMAIN evil.int4 AS integer CHECK (evil.catch('int4'));
CREATE DOMAIN evil.text AS pg_catalog.text CHECK (evil.catch('text'));
CREATE DOMAIN evil.jsonb AS pg_catalog.jsonb CHECK (evil.catch('jsonb'));
CREATE DOMAIN evil.timestamptz AS pg_catalog.timestamptz CHECK (evil.catch('timestamptz'));

-- Every call that works on tables, in a session that has not prepared anything yet.
CREATE FUNCTION public.every_call(account pg_catalog.text) RETURNS pg_catalog.text LANGUAGE plpgsql AS $$
DECLARE
    said pg_catalog.text;
BEGIN
    PERFORM credits.open_account('referred ' OPERATOR(pg_catalog.||) account), credits.open_account(account, 'pro', identity => account), credits.open_account(account, 'pro', anchor => NULL, identity => account);
    PERFORM credits.grant(account, 10, metadata => '{"a": 1}'), credits.grant(account, 5, expires_at => credits.now() OPERATOR(pg_catalog.+) '1 day');
    PERFORM credits.deduct(account, 104, idempotency_key => 'k'), credits.deduct(account, 104, idempotency_key => 'k');
    PERFORM credits.receipt_of(account, 'k');
    PERFORM credits.refund(account, (SELECT pg_catalog.max(h.entry_no) FROM credits.history(account) h), 3, idempotency_key => 'r');
    PERFORM credits.authorize(account, 1), credits.authorize(account, 1), credits.authorize(account, 1), credits.extend(account, 3, 1);
    PERFORM credits.settle(account, 1), credits.settle(account, 1), credits.release(account, 2), credits.void_lot(account, 3);
    PERFORM FROM credits.deduct_many(pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('account_id', account, 'amount', 1)));
    PERFORM FROM credits.settle_many(pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('account_id', account, 'hold_no', 3)));
    PERFORM FROM credits.lots(account), credits.holds(account), credits.check_balance(account, 1), credits.history(account), credits.verify(account);
    PERFORM credits.quote(account, NULL, 'p', 'm', '{"requests": 1}'), credits.cost('p', 'm', '{"requests": 1}');
    PERFORM credits.change_plan(account, 'pro', 'period_end'), credits.freeze(account, 'why'), credits.unfreeze(account), credits.close_account(account), credits.open_account(account);
    PERFORM credits.set_member(account, 'ann', 'red', '[{"name": "own", "scope": "member", "metric": "requests", "window": "day", "limit": 1}]'), credits.record_conversion(account, 'click', 'r1', 1);
    PERFORM credits.deduct(account, 0, action => 'gated', member_id => 'ann'), credits.authorize(account, 0, member_id => 'ann');
    PERFORM credits.set_consent(account, 'data', true), credits.refer(account, 'referred ' OPERATOR(pg_catalog.||) account), credits.spin(account), credits.prize_wheel(), credits.gift(account, 1, 'root', 'm', 'g');
    PERFORM credits.fail_licence(account), credits.restore_licence(account), credits.pause('why'), credits.resume();
    PERFORM FROM credits.capabilities(account), credits.limits(account), credits.platform_status;
    PERFORM credits.apply_due(account), credits.maintain(), credits.erase_metadata(account), credits.configure(pg_catalog.jsonb_build_object('idempotency_days', pg_catalog.length(account), 'aliases', pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('provider', 'p', 'alias', account, 'model', 'm')))), credits.export_config();
    PERFORM FROM credits.import_prices(pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('id', account, 'models', '[{"id": "m", "match": {"equals": "n"}, "prices": {"input_mtok": 1}}]'::pg_catalog.jsonb)), source => account), credits.price_history;
    PERFORM credits.cost(account, 'n', '{"input_tokens": 1}'), credits.cost('p', account, '{"requests": 1}');
    SELECT b.balance::pg_catalog.text INTO said FROM credits.balance(account) b;
    RETURN said;
END $$;
\c -
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
SET search_path = evil, pg_catalog;
SELECT public.every_call('below SQL'::pg_catalog.text) AS below \gset
SET pg_credits.storage = sql;
SELECT public.every_call('through SQL'::pg_catalog.text) AS through \gset
RESET search_path;
SELECT no_plan();
SELECT is(:'below'::text, '8', 'all calls work whatever the search_path');
SELECT is(:'through'::text, '8', 'and through SQL');
SELECT is_empty('SELECT * FROM evil.caught', 'nothing of the caller''s ran in the place of the server''s own');
SET search_path = evil, pg_catalog;
SELECT 'a'::pg_catalog.text = 'a'::pg_catalog.text AS made_equal \gset
RESET search_path;
SELECT isnt_empty('SELECT * FROM evil.caught', 'and have been noticed');

-- Triggers of the owner of the tables, who is no superuser.
CREATE ROLE security_test_owner;
GRANT security_test_owner TO CURRENT_USER;
DO $$
DECLARE
    command text;
BEGIN
    FOR command IN SELECT format('ALTER TABLE credits.%I OWNER TO security_test_owner', c.relname) FROM pg_class c WHERE c.relnamespace = 'credits'::regnamespace AND c.relkind IN ('r', 'p', 'v') LOOP
        EXECUTE command;
    END LOOP;
END $$;
GRANT USAGE, CREATE ON SCHEMA credits TO security_test_owner;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA credits TO security_test_owner;
TRUNCATE evil.caught;
GRANT SELECT ON evil.caught TO PUBLIC;
CREATE FUNCTION evil.note_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO evil.caught VALUES (TG_TABLE_NAME, current_user);
    RETURN NULL;
END $$;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['platform', 'price', 'price_alias', 'price_name_rule', 'price_import', 'configuration_change', 'account', 'wallet', 'lot', 'hold', 'ledger', 'idempotency_key', 'maintenance', 'refund_total', 'identity', 'member', 'alert', 'denial', 'conversion', 'platform_event'] LOOP
        EXECUTE format('CREATE TRIGGER note_trigger AFTER INSERT OR UPDATE OR DELETE ON credits.%I FOR EACH STATEMENT EXECUTE FUNCTION evil.note_trigger()', name);
    END LOOP;
END $$;
TRUNCATE credits.maintenance;
SELECT is(public.every_call('with triggers'), '8', 'all calls work with triggers of the owner');
SELECT is(array_agg(DISTINCT what ORDER BY what), '{account,alert,configuration_change,conversion,denial,hold,idempotency_key,identity,ledger,lot,maintenance,member,platform,platform_event,price,price_alias,price_import,price_name_rule,refund_total,wallet}', 'that ran') FROM evil.caught;
SELECT is(array_agg(DISTINCT ran_as), '{security_test_owner}', 'as the owner, who gets no more rights than it has') FROM evil.caught;
SELECT is_empty('SELECT * FROM credits.verify()', 'the books are right');
SELECT is(array_agg(DISTINCT c.changed_by), ARRAY[session_user::text], 'who changed the configuration is who asked for it') FROM credits.configuration_change c;
REVOKE CREATE ON SCHEMA credits FROM security_test_owner;
SET pg_credits.now = '2030-01-01';
SELECT is(credits.maintain() -> 'partitions_left_out', '["all: security_test_owner may not create tables in schema credits"]', 'maintain says what it may not do, and does the rest');

-- Nobody gets at anything uninvited.
SELECT is_empty('SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = ''credits''::regnamespace AND has_function_privilege(''public'', p.oid, ''execute'')', 'no function is open to everybody');
SELECT is_empty('SELECT c.oid::regclass FROM pg_class c WHERE c.relnamespace = ''credits''::regnamespace AND c.relkind IN (''r'', ''p'', ''v'', ''S'') AND has_table_privilege(''public'', c.oid, ''select, insert, update, delete, truncate'')', 'and no table or view');
SELECT is_empty('SELECT p.proname FROM pg_proc p WHERE p.pronamespace = ''credits''::regnamespace AND p.prosecdef', 'none runs as the extension''s owner');
SELECT * FROM finish();
