-- A product's story as a table of steps: what happens or is asked, one line each, its answer last. Every step is a
-- transaction of its own, at its own time. A row of the product's table is named at the beginning of what it says.
-- Owns how answers read as text; knows nothing of what answers are right.
\ir tap.sql
SET timezone = 'UTC';

-- at: null = as in the line before. command: what follows SELECT. expected: null = that there is no error.
CREATE TABLE public.step (no integer GENERATED ALWAYS AS IDENTITY, says text NOT NULL, at timestamptz, command text NOT NULL, expected text);
CREATE TABLE public.outcome (no integer, got text);

-- Numbers without zeros at their end.
CREATE FUNCTION public.plain(value text) RETURNS text LANGUAGE sql AS
    $$ SELECT CASE WHEN value ~ '^-?[0-9]+\.[0-9]+$' THEN trim_scale(value::numeric)::text ELSE value END $$;

-- The values of all rows; an error reads "ERROR SQLSTATE message".
CREATE FUNCTION public.answer(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE format('SELECT string_agg(r.said, ''; '') FROM (SELECT (SELECT string_agg(nullif(public.plain(v.value), ''''), '' '' ORDER BY v.no)
                        FROM json_each_text(row_to_json(q)) WITH ORDINALITY v(key, value, no)) AS said FROM (SELECT %s) q) r', command) INTO said;
    RETURN coalesce(said, 'none');
EXCEPTION WHEN OTHERS THEN
    RETURN format('ERROR %s %s', SQLSTATE, SQLERRM);
END $$;

CREATE PROCEDURE public.play() LANGUAGE plpgsql AS $$
DECLARE
    s record;
BEGIN
    FOR s IN SELECT * FROM public.step ORDER BY no LOOP
        PERFORM set_config('pg_credits.now', coalesce(s.at::text, current_setting('pg_credits.now')), false);
        INSERT INTO public.outcome VALUES (s.no, public.answer(s.command));
        COMMIT;
    END LOOP;
END $$;

CREATE FUNCTION public.tests() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    s record;
BEGIN
    FOR s IN SELECT t.says, t.expected, o.got FROM public.step t LEFT JOIN public.outcome o USING (no) ORDER BY t.no LOOP
        IF s.expected IS NULL THEN
            RETURN NEXT unalike(s.got, 'ERROR %', s.says);
        ELSE
            RETURN NEXT is(s.got, s.expected, s.says);
        END IF;
    END LOOP;
END $$;
