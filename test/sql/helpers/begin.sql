-- Begins a test of calls in a database of its own, which the variable "own" names: the clock stands still, and what is
-- shown does not depend on the session.
\set home :DBNAME
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :own;
CREATE DATABASE :own;
\c :own
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';
\pset format unaligned
\pset tuples_only on
\pset null '-'
CREATE EXTENSION pg_credits;
SELECT credits.migrate() IS NOT NULL;
SET pg_credits.now = '2026-01-15 12:00:00+00';

-- What a call answers, or all that its error tells a user.
CREATE FUNCTION public.answer(call text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    message text; detail text; hint text;
BEGIN
    RETURN QUERY EXECUTE format('SELECT r.*::text FROM %s r', call);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN QUERY VALUES (SQLSTATE || ': ' || message), ('    ' || detail), ('    ' || hint);
END $$;
