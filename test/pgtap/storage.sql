-- What a user has added to the hot tables keeps working: triggers fire, columns fill, checks hold, row-level
-- security and rules do not fool the books. And what another session configures is seen at once.
\ir helpers/tap.sql
CREATE EXTENSION dblink;
SET pg_credits.now = '2026-01-15 12:00:00+00';

-- One of every write: insert and update of every hot table.
CREATE FUNCTION public.work(account text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    PERFORM credits.open_account(account);
    PERFORM credits.grant(account, 10);
    PERFORM credits.grant(account, 90);
    PERFORM credits.deduct(account, 20, idempotency_key => 'k');
    PERFORM credits.authorize(account, 5);
    PERFORM credits.settle(account, 1);
    PERFORM credits.authorize(account, 5);
    PERFORM credits.release(account, 2);
    PERFORM count(*) FROM credits.deduct_many(jsonb_build_array(jsonb_build_object('account_id', account, 'amount', 1), jsonb_build_object('account_id', account, 'amount', 2)));
    SELECT concat(b.balance, ' ', b.held) INTO said FROM credits.balance(account) b;
    RETURN said;
END $$;
SELECT is(public.work('before'), '72 0', 'works');

CREATE TABLE public.fired (place text, operation text, account_id text, level text);
CREATE FUNCTION public.note_it() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.fired VALUES (TG_TABLE_NAME, TG_OP, CASE WHEN TG_LEVEL = 'ROW' THEN NEW.account_id END, TG_LEVEL);
    RETURN NEW;
END $$;

-- A row trigger on one table at a time, so that each falls back on its own.
CREATE FUNCTION public.noted(relation text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    DELETE FROM public.fired;
    EXECUTE format('CREATE TRIGGER noted AFTER INSERT OR UPDATE ON credits.%I FOR EACH ROW EXECUTE FUNCTION public.note_it()', relation);
    PERFORM public.work('noted ' || relation);
    EXECUTE format('DROP TRIGGER noted ON credits.%I', relation);
    SELECT string_agg(DISTINCT lower(f.operation), ' ' ORDER BY lower(f.operation)) INTO said FROM public.fired f WHERE f.account_id = 'noted ' || relation;
    RETURN said;
END $$;
SELECT is(public.noted(r), o, 'a row trigger of ' || r || ' fires') FROM (VALUES ('wallet', 'insert update'), ('lot', 'insert update'), ('hold', 'insert update'), ('ledger', 'insert'), ('idempotency_key', 'insert')) v(r, o);
SELECT is((SELECT count(*) FROM public.fired), 1::bigint, 'once a row');
CREATE TRIGGER noted AFTER INSERT ON credits.ledger FOR EACH ROW EXECUTE FUNCTION public.note_it();
SELECT is(public.work('counted'), '72 0', 'works with a trigger');
SELECT is((SELECT count(*) FROM public.fired WHERE account_id = 'counted'), (SELECT count(*) FROM credits.ledger WHERE account_id = 'counted'), 'a trigger of the ledger fires for every entry');
DROP TRIGGER noted ON credits.ledger;
DELETE FROM public.fired;
CREATE TRIGGER noted AFTER UPDATE ON credits.wallet FOR EACH STATEMENT EXECUTE FUNCTION public.note_it();
SELECT is(public.work('statements'), '72 0', 'works with a statement trigger');
SELECT cmp_ok((SELECT count(*) FROM public.fired WHERE level = 'STATEMENT'), '>', 0::bigint, 'a statement trigger fires');
DROP TRIGGER noted ON credits.wallet;

-- A trigger on a single partition, and one that refuses.
CREATE FUNCTION public.refuse_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not in my ledger' USING ERRCODE = 'ZZ002'; END $$;
SELECT credits.grant('before', 1) IS NOT NULL AS granted \gset
SELECT (SELECT tableoid::regclass FROM credits.ledger WHERE account_id = 'before' AND entry_no = 1) AS part \gset
CREATE TRIGGER refused BEFORE INSERT ON :part FOR EACH ROW WHEN (NEW.amount = -7) EXECUTE FUNCTION public.refuse_it();
SELECT throws_ok($$ SELECT credits.deduct('before', 7, idempotency_key => 'refused') $$, 'ZZ002', 'not in my ledger', 'a trigger of one partition can refuse');
SELECT is((SELECT balance FROM credits.balance('before')), 73::numeric, 'and then nothing has happened');
SELECT is((credits.deduct('before', 6, idempotency_key => 'refused')).replayed, false, 'nor is the key used up');
DROP TRIGGER refused ON :part;

-- Columns of the user's own.
ALTER TABLE credits.wallet ADD COLUMN note text NOT NULL DEFAULT 'mine', ADD COLUMN twice numeric GENERATED ALWAYS AS (balance * 2) STORED;
ALTER TABLE credits.ledger ADD COLUMN region text NOT NULL DEFAULT 'eu';
ALTER TABLE credits.lot ADD COLUMN invoice integer DEFAULT 7;
ALTER TABLE credits.hold ADD COLUMN trace uuid DEFAULT gen_random_uuid();
ALTER TABLE credits.idempotency_key ADD COLUMN client text DEFAULT 'web';
SELECT is(public.work('columns'), '72 0', 'works with more columns');
SELECT is((SELECT note || ' ' || twice FROM credits.wallet WHERE account_id = 'columns'), 'mine 144', 'a default and a generated column of the wallet');
SELECT is((SELECT count(*) FROM credits.ledger WHERE account_id = 'columns' AND region = 'eu'), (SELECT last_entry_no FROM credits.wallet WHERE account_id = 'columns'), 'a default column of the ledger');
SELECT is((SELECT sum(invoice) FROM credits.lot WHERE account_id = 'columns'), 14::bigint, 'of the lots');
SELECT is((SELECT count(DISTINCT trace) FROM credits.hold WHERE account_id = 'columns'), 2::bigint, 'of the holds, evaluated for each');
SELECT is((SELECT client FROM credits.idempotency_key WHERE account_id = 'columns'), 'web', 'of the keys');
UPDATE credits.wallet SET note = 'kept' WHERE account_id = 'columns';
SELECT is((credits.deduct('columns', 1)).balance, 71::numeric, 'charged');
SELECT is((SELECT note || ' ' || twice FROM credits.wallet WHERE account_id = 'columns'), 'kept 142', 'an update leaves the user''s column alone and computes the generated one');
ALTER TABLE credits.wallet DROP COLUMN note, DROP COLUMN twice;
ALTER TABLE credits.ledger DROP COLUMN region;
ALTER TABLE credits.lot DROP COLUMN invoice;
ALTER TABLE credits.hold DROP COLUMN trace;
ALTER TABLE credits.idempotency_key DROP COLUMN client;
SELECT is(public.work('dropped'), '72 0', 'works with columns that were dropped');

-- Checks, indexes, keys of the user's own.
ALTER TABLE credits.wallet ADD CONSTRAINT my_floor CHECK (balance >= 5 OR balance = 0) NOT VALID;
SELECT throws_ok($$ SELECT credits.deduct('dropped', 68) $$, '23514', NULL, 'a check of the wallet holds');
SELECT is((credits.deduct('dropped', 67)).balance, 5::numeric, 'and lets through what it allows');
ALTER TABLE credits.wallet DROP CONSTRAINT my_floor;
ALTER TABLE credits.ledger ADD CONSTRAINT my_members CHECK (member_id <> 'banned');
SELECT throws_ok($$ SELECT credits.deduct('dropped', 1, member_id => 'banned') $$, '23514', NULL, 'a check of the ledger holds');
ALTER TABLE credits.ledger DROP CONSTRAINT my_members;
CREATE INDEX my_balance ON credits.wallet (balance);
CREATE INDEX my_kind ON credits.ledger (kind, member_id) WHERE amount < 0;
CREATE INDEX my_expression ON credits.hold ((amount::text));
CREATE UNIQUE INDEX my_member ON credits.hold (account_id, member_id);
SELECT is(public.work('indexed'), '72 0', 'works with more indexes');
SET enable_seqscan = off;
SELECT is((SELECT account_id FROM credits.wallet WHERE balance = 72 AND account_id = 'indexed'), 'indexed', 'an index of the wallet knows the row');
SELECT is((SELECT count(*) FROM credits.ledger WHERE kind = 'deduct' AND amount < 0 AND account_id = 'indexed'), 3::bigint, 'one of the ledger too');
SELECT is((SELECT count(*) FROM credits.hold WHERE amount::text = '5' AND account_id = 'indexed'), 2::bigint, 'an index on an expression too');
RESET enable_seqscan;
SELECT ok((credits.authorize('indexed', 1, member_id => 'ann')).allowed, 'the first of a member');
SELECT throws_ok($$ SELECT credits.authorize('indexed', 1, member_id => 'ann') $$, '23505', NULL, 'a unique index of the user''s holds');
DROP INDEX credits.my_balance, credits.my_kind, credits.my_expression, credits.my_member;
CREATE TABLE public.customer (account_id text COLLATE "C" PRIMARY KEY REFERENCES credits.account);
INSERT INTO public.customer VALUES ('before');
CREATE TABLE public.vip (account_id text COLLATE "C" PRIMARY KEY);
ALTER TABLE credits.hold ADD CONSTRAINT my_key FOREIGN KEY (member_id) REFERENCES public.vip NOT VALID;
SELECT throws_ok($$ SELECT credits.authorize('before', 1, member_id => 'nobody') $$, '23503', NULL, 'a foreign key of the user''s holds');
ALTER TABLE credits.hold DROP CONSTRAINT my_key;

-- Row-level security and a role that may only call.
DROP ROLE IF EXISTS pgtap_credits_app;
CREATE ROLE pgtap_credits_app;
GRANT USAGE ON SCHEMA credits TO pgtap_credits_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA credits TO pgtap_credits_app;
ALTER TABLE credits.wallet ENABLE ROW LEVEL SECURITY;
ALTER TABLE credits.ledger ENABLE ROW LEVEL SECURITY;
SET ROLE pgtap_credits_app;
SELECT is((credits.deduct('before', 1)).balance, 66::numeric, 'a role without a table of its own may charge, policies or not') \gset app_
SELECT is((SELECT balance FROM credits.balance('before')), 66::numeric, 'and read a balance') \gset app2_
SELECT throws_ok('SELECT * FROM credits.wallet', '42501', NULL, 'but not the table') \gset app3_
RESET ROLE;
SELECT t FROM (VALUES (:'app_is'), (:'app2_is'), (:'app3_throws_ok')) v(t);
SELECT is((SELECT role_name FROM credits.ledger WHERE account_id = 'before' ORDER BY entry_no DESC LIMIT 1), 'pgtap_credits_app', 'the ledger knows the role that called');
ALTER TABLE credits.wallet DISABLE ROW LEVEL SECURITY;
ALTER TABLE credits.ledger DISABLE ROW LEVEL SECURITY;
DROP OWNED BY pgtap_credits_app;
DROP ROLE pgtap_credits_app;

-- A primary key that its owner has replaced is none to look rows up by.
CREATE FUNCTION public.worked_without_key(relation text, columns text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE format('ALTER TABLE credits.%I DROP CONSTRAINT %I, ADD UNIQUE (%s)', relation, relation || '_pkey', columns);
    said := public.work('without key ' || relation);
    EXECUTE format('ALTER TABLE credits.%I DROP CONSTRAINT %I, ADD PRIMARY KEY (%s)', relation, replace(format('%s_%s_key', relation, columns), ', ', '_'), columns);
    RETURN said;
END $$;
SELECT is(public.worked_without_key(r, c), '72 0', 'works where ' || r || ' has a unique index in place of its primary key')
FROM (VALUES ('wallet', 'account_id'), ('hold', 'account_id, hold_no'), ('ledger', 'account_id, entry_no, created_at'), ('idempotency_key', 'account_id, key')) v(r, c);
ALTER TABLE credits.hold DROP CONSTRAINT hold_pkey, ADD PRIMARY KEY (hold_no, account_id);
SELECT is(public.work('key turned round'), '72 0', 'works where the columns of a primary key are in another order');
ALTER TABLE credits.hold DROP CONSTRAINT hold_pkey, ADD PRIMARY KEY (account_id, hold_no);

-- A view and a materialized view of the user's on the hot tables are no obstacle.
CREATE MATERIALIZED VIEW public.rich AS SELECT account_id FROM credits.wallet WHERE balance > 70;
SELECT is(public.work('viewed'), '72 0', 'works with a materialized view');

-- Configuration of another session, seen by this one at its next call; what is not committed is not.
SELECT isnt(dblink_connect('other', format('host=%s port=%s dbname=%I', split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database())), NULL, 'another session');
SELECT throws_ok($$ SELECT credits.cost('p', 'm', '{"requests": 1}') $$, '22023', NULL, 'no price yet');
SELECT isnt(dblink_exec('other', 'BEGIN'), NULL, 'it begins');
SELECT is((SELECT x FROM dblink('other', $$ SELECT credits.configure('{"actions": {"chat": {"credits": 4}}, "prices": [{"provider": "p", "model": "m", "metric": "requests", "price": 2}]}') -> 'changed' $$) d(x jsonb)), '["actions.chat", "prices[\"p\", \"m\", \"requests\"]"]', 'it configures');
SELECT throws_ok($$ SELECT credits.cost('p', 'm', '{"requests": 1}') $$, '22023', NULL, 'no price before it commits');
SELECT isnt(dblink_exec('other', 'COMMIT'), NULL, 'it commits');
SELECT is(credits.cost('p', 'm', '{"requests": 1}'), 2::numeric, 'the price is there');
SELECT is((credits.deduct('viewed', action => 'chat')).amount, -4::numeric, 'so is the action');
SELECT isnt((SELECT x FROM dblink('other', $$ SELECT credits.configure('{"actions": {"chat": {"credits": 6}}}') $$) d(x jsonb)), NULL, 'it changes the action');
SELECT is((credits.deduct('viewed', action => 'chat')).amount, -6::numeric, 'the change is there');
SELECT isnt(dblink_exec('other', 'UPDATE credits.action SET credits = 7'), NULL, 'it changes the table by hand');
SELECT is((credits.deduct('viewed', action => 'chat')).amount, -7::numeric, 'that is there too');
SELECT isnt((SELECT x FROM dblink('other', $$ SELECT (credits.deduct('viewed', 1)).balance $$) d(x numeric)), NULL, 'it charges');
SELECT is((SELECT balance FROM credits.balance('viewed')), 54::numeric, 'and this session reads it');
SELECT is(dblink_disconnect('other'), 'OK', 'it leaves');

SELECT is_empty('SELECT * FROM credits.verify()', 'verify() finds nothing');
SELECT * FROM finish();
