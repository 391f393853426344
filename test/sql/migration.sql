-- migrate(): chain, partitions, append-only ledger, views and users' objects in the way, ownership.
-- A database of its own, so that it starts from nothing.
\set QUIET on
\set home :DBNAME
SET client_min_messages = warning;
DROP DATABASE IF EXISTS regress_credits_migration;
DROP ROLE IF EXISTS regress_credits_owner, regress_credits_other, regress_credits_reader;
CREATE DATABASE regress_credits_migration;
CREATE ROLE regress_credits_owner;
CREATE ROLE regress_credits_other;
CREATE ROLE regress_credits_reader;
\c regress_credits_migration
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE EXTENSION pg_credits;
SET pg_credits.now = '2026-01-15 12:00:00+00';

-- What a command answers: its error with everything a user sees, or that there was none.
CREATE FUNCTION public.answer(command text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    message text; detail text; hint text;
BEGIN
    EXECUTE command;
    RETURN NEXT 'done';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN QUERY VALUES (SQLSTATE || ': ' || message), ('    ' || replace(detail, E'\n', E'\n    ')), ('    ' || hint);
END $$;

-- Before the first migration there is nothing, and whoever needs it says so.
SELECT regexp_replace(a, '\d+$', 'N') FROM public.answer('SELECT credits.configure(''{}'')') a;
SELECT public.answer('SELECT credits.export_config()') LIMIT 1;
SELECT count(*) FROM pg_class WHERE relnamespace = 'credits'::regnamespace AND relkind IN ('r', 'p', 'v');

-- One step of the chain, a user's objects on it, then the rest.
SELECT credits.migrate(1);
SELECT to_regclass('credits.plan') IS NOT NULL, to_regclass('credits.wallet') IS NULL;
CREATE VIEW public.my_prices AS SELECT provider, model, price FROM credits.price;
CREATE INDEX my_price_index ON credits.price (price);
SELECT credits.migrate()::integer = (SELECT max(version) FROM credits.migration_scripts());
SELECT string_agg(version || ' ' || name, ', ' ORDER BY version) FROM credits.schema_version WHERE version <= 2;
SELECT to_regclass('public.my_prices') IS NOT NULL, to_regclass('credits.my_price_index') IS NOT NULL;

-- Again: nothing changes.
CREATE TABLE public.before AS SELECT oid, xmin::text AS version FROM pg_class WHERE relnamespace = 'credits'::regnamespace AND relkind <> 'v';
SELECT credits.migrate()::integer = (SELECT max(version) FROM credits.migration_scripts());
SELECT count(*) FROM pg_class c LEFT JOIN public.before b ON b.oid = c.oid AND b.version = c.xmin::text
WHERE c.relnamespace = 'credits'::regnamespace AND c.relkind <> 'v' AND b.oid IS NULL;
SELECT public.answer('SELECT credits.migrate(1)') LIMIT 1 OFFSET 1;
SELECT public.answer('SELECT credits.migrate(0)') LIMIT 1;
SELECT public.answer('SELECT credits.migrate(9999)') LIMIT 1;

-- 24 months from the current one, and a default partition.
SET timezone = 'UTC';
SELECT count(*) FROM pg_inherits WHERE inhparent = 'credits.ledger'::regclass;
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'credits.ledger'::regclass AND (c.relname < 'ledger_2026_03' OR c.relname > 'ledger_2027_11') ORDER BY 1;

-- Every table of the ledger has its three refusals, always enabled, as have the catalogue's watchers.
SELECT count(*) FROM pg_partition_tree('credits.ledger') p
WHERE 2 <> (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = p.relid AND t.tgenabled = 'A'
            AND t.tgfoid = 'credits.refuse_ledger_change()'::regprocedure);
SELECT string_agg(format('%s %s', tgrelid::regclass, tgenabled), ', ' ORDER BY tgrelid::regclass::text) FROM pg_trigger
WHERE tgfoid = 'credits.catalogue_changed()'::regprocedure;

-- The ledger is append-only, through the parent and through a partition, also for a replicating session.
INSERT INTO credits.ledger (account_id, entry_no, created_at, kind, amount, balance, role_name, metadata)
VALUES ('a', 1, '2026-02-10', 'grant', 5.00, 5.00, 'me', '{"name": "Ann"}'), ('a', 2, '2031-05-05', 'deduct', -1, 4, 'me', NULL);
SELECT public.answer('UPDATE credits.ledger SET amount = 6 WHERE entry_no = 1');
SELECT public.answer('UPDATE credits.ledger SET amount = 5.0, metadata = NULL WHERE entry_no = 1') LIMIT 1;
SELECT public.answer('UPDATE credits.ledger SET metadata = ''{"name": "Bob"}'' WHERE entry_no = 1') LIMIT 1;
SELECT public.answer('UPDATE credits.ledger SET metadata = NULL, member_id = ''x'' WHERE entry_no = 1') LIMIT 1;
SELECT public.answer('UPDATE credits.ledger SET created_at = ''2026-03-10'', metadata = NULL WHERE entry_no = 1') LIMIT 1;
SELECT public.answer('DELETE FROM credits.ledger_2026_02');
SELECT public.answer('DELETE FROM credits.ledger WHERE entry_no = 2') LIMIT 1;
SELECT public.answer('TRUNCATE credits.ledger');
SELECT public.answer('TRUNCATE credits.ledger_default') LIMIT 1 OFFSET 1;
SET session_replication_role = replica;
SELECT public.answer('DELETE FROM credits.ledger') LIMIT 1;
SELECT public.answer('TRUNCATE credits.ledger_2026_02') LIMIT 1;
RESET session_replication_role;
SELECT public.answer('UPDATE credits.ledger SET metadata = ''{}''');
SELECT public.answer('UPDATE credits.ledger_2026_02 SET metadata = NULL');
SELECT entry_no, amount, metadata IS NULL FROM credits.ledger ORDER BY 1;

-- Partitions go on, as maintain() asks; what stands in the way of a month is left alone and reported.
CREATE TABLE credits.ledger_2028_03 (note text);
CREATE TABLE public.my_quarter (LIKE credits.ledger);
ALTER TABLE credits.ledger ATTACH PARTITION public.my_quarter FOR VALUES FROM ('2031-07-01') TO ('2031-10-01');
SELECT * FROM credits.create_ledger_partitions('2027-12-31 23:59:59-01', 4);
SELECT * FROM credits.create_ledger_partitions('2031-04-30', 4);
SELECT tableoid::regclass, entry_no FROM credits.ledger ORDER BY 2;
SELECT count(*), min(tgenabled) FROM pg_trigger WHERE tgrelid = 'public.my_quarter'::regclass;
SELECT public.answer('TRUNCATE public.my_quarter') LIMIT 1;
SELECT public.answer('SELECT credits.create_ledger_partitions(''infinity'', 1)');
SELECT public.answer('SELECT credits.create_ledger_partitions(NULL, 1)') LIMIT 1;
SELECT public.answer('SELECT credits.create_ledger_partitions(now(), 0)') LIMIT 1;

-- Views of the next releases, played by a function in place of the shipped one.
ALTER FUNCTION credits.view_scripts() RENAME TO shipped_views;
CREATE VIEW public.grants AS
SELECT c.relname, format('%s%s to %s%s', a.privilege_type, a.of_column, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END,
                         CASE WHEN a.is_grantable THEN ', who may grant it' END)
FROM pg_class c, LATERAL (SELECT a.*, '' AS of_column FROM aclexplode(c.relacl) a
                          UNION ALL SELECT a.*, ' of ' || t.attname FROM pg_attribute t, aclexplode(t.attacl) a WHERE t.attrelid = c.oid) a
WHERE c.relnamespace = 'credits'::regnamespace AND a.grantee <> c.relowner;
CREATE TABLE public.release (script text);
CREATE FUNCTION credits.view_scripts() RETURNS TABLE (name text, script text) LANGUAGE sql AS
    $$ SELECT 'views', r.script FROM public.release r $$;
INSERT INTO public.release VALUES ($$-- Views of a release.
CREATE OR REPLACE VIEW credits.try_rows AS SELECT plan, price FROM credits.plan;
COMMENT ON VIEW credits.try_rows IS 'first';
CREATE OR REPLACE VIEW credits.try_sums AS SELECT sum(price) AS total FROM credits.try_rows;
CREATE OR REPLACE VIEW credits.try_other AS SELECT 1 AS one;
$$);
SELECT public.answer('SELECT credits.migrate()');
GRANT SELECT ON credits.try_rows TO regress_credits_reader WITH GRANT OPTION;
GRANT SELECT (total) ON credits.try_sums TO PUBLIC;
SELECT * FROM public.grants ORDER BY 1;

-- A column more at the end is no obstacle, whatever stands on the view.
CREATE VIEW public.mine AS SELECT plan FROM credits.try_rows;
UPDATE public.release SET script = replace(script, 'SELECT plan, price', 'SELECT plan, price, name');
SELECT public.answer('SELECT credits.migrate()');
SELECT * FROM public.mine;

-- Other columns: every object of a user that is in the way is named, and nothing changes.
UPDATE public.release SET script = replace(replace(script, 'SELECT plan, price, name', 'SELECT plan AS plan_name, price'), 'SELECT 1 AS one', 'SELECT 1 AS uno');
CREATE MATERIALIZED VIEW public.totals AS SELECT total FROM credits.try_sums;
CREATE FUNCTION public.first_row() RETURNS credits.try_rows LANGUAGE sql AS 'SELECT NULL::credits.try_rows';
CREATE FUNCTION public.standard_body() RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT one FROM credits.try_other; END;
CREATE FUNCTION public.do_nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER write_through INSTEAD OF INSERT ON credits.try_other FOR EACH ROW EXECUTE FUNCTION public.do_nothing();
CREATE TABLE public.notes (plan text);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_plans ON public.notes USING (plan IN (SELECT r.plan FROM credits.try_rows r));
CREATE VIEW public.unconcerned AS SELECT plan FROM credits.plan;
SELECT public.answer('SELECT credits.migrate()');
SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'credits.try_rows'::regclass AND attnum > 0;

-- With these gone the views are made anew, also those of the extension on top, and keep their grants.
DROP VIEW public.mine;
DROP MATERIALIZED VIEW public.totals;
DROP FUNCTION public.first_row(), public.standard_body();
DROP TRIGGER write_through ON credits.try_other;
DROP POLICY of_plans ON public.notes;
SELECT public.answer('SELECT credits.migrate()');
SELECT * FROM public.grants ORDER BY 1;
SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'credits.try_rows'::regclass AND attnum > 0;
SELECT obj_description('credits.try_rows'::regclass);

-- A user's table or view under the name of a view to come is not taken over, and not dropped.
CREATE VIEW credits.my_view AS SELECT 3 AS three;
CREATE TABLE credits.my_table (x integer);
UPDATE public.release SET script = script || E'CREATE OR REPLACE VIEW credits.my_view AS SELECT 3 AS three;\nCREATE OR REPLACE VIEW credits.my_table AS SELECT 2 AS two;\n';
SELECT public.answer('SELECT credits.migrate()');
DROP TABLE credits.my_table;
ALTER VIEW credits.my_view RENAME TO my_own;
SELECT public.answer('SELECT credits.migrate()');

-- A view that a release no longer has goes, unless a user builds on it; a user's own stays.
UPDATE public.release SET script = regexp_replace(script, '(?n)^CREATE OR REPLACE VIEW credits.my_.*$', '', 'g');
CREATE VIEW public.six AS SELECT 2 * three AS six FROM credits.my_view;
SELECT public.answer('SELECT credits.migrate()');
DROP VIEW public.six;
SELECT public.answer('SELECT credits.migrate()');
SELECT relname FROM pg_class WHERE relnamespace = 'credits'::regnamespace AND relname ~ '^(my|try)_' AND relkind = 'v' ORDER BY 1;

-- Migrations of the next releases: what they change has views on it.
ALTER FUNCTION credits.migration_scripts() RENAME TO shipped_migrations;
CREATE TABLE public.next (step integer, script text);
CREATE FUNCTION credits.migration_scripts() RETURNS TABLE (version integer, name text, script text) LANGUAGE sql AS $$
    SELECT m.version, m.name, m.script FROM credits.shipped_migrations() m
    UNION ALL SELECT n.step + (SELECT max(m.version) FROM credits.shipped_migrations() m), 'next_' || n.step, n.script FROM public.next n $$;
INSERT INTO public.next VALUES (1, 'ALTER TABLE credits.plan ADD COLUMN colour text; ALTER TABLE credits.plan ALTER COLUMN price TYPE numeric;');
SELECT public.answer('SELECT credits.configure(''{}'')') LIMIT 1;
CREATE VIEW public.plan_prices AS SELECT price FROM credits.plan;
CREATE VIEW public.top AS SELECT price FROM credits.try_rows;
SELECT public.answer('SELECT credits.migrate()');
SELECT count(*) FROM pg_attribute WHERE attrelid = 'credits.plan'::regclass AND attname = 'colour';
DROP VIEW public.plan_prices, public.top;
SELECT public.answer('SELECT credits.migrate()');
SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = 'credits.plan'::regclass AND attname IN ('colour', 'price') ORDER BY 1;
SELECT * FROM public.grants ORDER BY 1;
SELECT to_regclass('public.unconcerned');
SELECT public.answer('SELECT credits.configure(''{}'')');

-- An error in a migration or a view comes out as it is, and leaves nothing behind.
INSERT INTO public.next VALUES (2, 'CREATE TABLE credits.half (x integer); SELECT 1 / 0;');
SELECT public.answer('SELECT credits.migrate()') LIMIT 1;
SELECT to_regclass('credits.half'), (SELECT max(version) FROM credits.schema_version) - (SELECT max(version) FROM credits.shipped_migrations());
DELETE FROM public.next WHERE step = 2;

-- A database that is ahead of the extension.
INSERT INTO public.next VALUES (2, 'CREATE TABLE credits.of_the_future ()');
SELECT public.answer('SELECT credits.migrate()');
DELETE FROM public.next;
SELECT regexp_replace(a, 'version \d+(.*) \d+', 'version N\1 N') FROM public.answer('SELECT credits.migrate()') a;
SELECT public.answer('SELECT credits.export_config()') LIMIT 1;

-- Tables belong to the role that migrates first; others work as that role, or not at all.
\c regress_credits_migration
SET client_min_messages = warning;
DROP EXTENSION pg_credits CASCADE;
DROP SCHEMA credits CASCADE;
CREATE EXTENSION pg_credits;
GRANT USAGE, CREATE ON SCHEMA credits TO regress_credits_owner;
GRANT USAGE ON SCHEMA credits TO regress_credits_other;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA credits TO regress_credits_owner, regress_credits_other;
SET ROLE regress_credits_owner;
SELECT credits.migrate(1);
RESET ROLE;
SET ROLE regress_credits_other;
SELECT public.answer('SELECT credits.migrate()');
RESET ROLE;
BEGIN;
SELECT credits.migrate()::integer = (SELECT max(version) FROM credits.migration_scripts());
SELECT current_setting('role');
COMMIT;
SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'credits'::regnamespace AND relkind IN ('r', 'p', 'v', 'i');
SET ROLE regress_credits_other;
SELECT credits.configure('{"margin": "0.5"}');
RESET ROLE;
SELECT changed_by FROM credits.configuration_change;

-- Without the grant nobody calls anything.
SET ROLE regress_credits_reader;
SELECT public.answer('SELECT credits.migrate()') LIMIT 1;
RESET ROLE;
SELECT p.oid::regprocedure FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
WHERE p.pronamespace = 'credits'::regnamespace AND a.grantee = 0;

\c :home
DROP DATABASE regress_credits_migration;
DROP ROLE regress_credits_owner, regress_credits_other, regress_credits_reader;
