-- Attempts: what a role gets when it tries something, as rows of public.attempt told by public.attempts().
\set QUIET on
\pset format unaligned
\pset tuples_only on
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET TimeZone = 'UTC';
CREATE EXTENSION IF NOT EXISTS pgtap;

-- login: the role whose session it is, null = that of the tests; claims: set by hand before. expected: what comes out, an
-- error as "SQLSTATE message", of which a prefix is enough.
CREATE TABLE public.attempt (no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, says text NOT NULL, login text, role text NOT NULL, claims text,
                             command text NOT NULL, expected text NOT NULL);

-- As in a session of its own; what it changed in tables stays, settings do not.
CREATE FUNCTION public.try(login text, role text, claims text, command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    own  text := session_user;
    said text;
BEGIN
    BEGIN
        PERFORM set_config('session_authorization', coalesce(login, own), true);
        PERFORM set_config('request.jwt.claims', coalesce(claims, ''), true), set_config('role', role, true);
        EXECUTE command INTO said;
        said := coalesce(said, 'null');
    EXCEPTION WHEN OTHERS THEN
        said := SQLSTATE || ' ' || SQLERRM;
    END;
    PERFORM set_config('session_authorization', own, true), set_config('search_path', 'public', true);
    RETURN said;
END $$;

CREATE FUNCTION public.attempts() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    a    record;
    said text;
BEGIN
    FOR a IN SELECT * FROM public.attempt ORDER BY no LOOP
        said := public.try(a.login, a.role, a.claims, a.command);
        IF a.expected ~ '^[0-9A-Z]{5}\M' AND starts_with(said, a.expected) THEN
            said := a.expected;
        END IF;
        RETURN NEXT is(said, a.expected, a.says);
    END LOOP;
    DELETE FROM public.attempt;
END $$;
