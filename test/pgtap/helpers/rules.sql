-- Steps for rules: decisions with all that they say. Owns how a decision reads as text.
\ir steps.sql

CREATE OR REPLACE FUNCTION public.decision_text(d jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN d ->> 'allowed' = 'true'
        THEN concat_ws(' ', coalesce('hold ' || (d ->> 'hold_no') || ':', 'ok:'), d ->> 'amount', nullif(d ->> 'model', ''), nullif(d ->> 'level', 'normal'),
                       'warns ' || (SELECT string_agg(CASE jsonb_typeof(w) WHEN 'object' THEN concat_ws(' ', w ->> 'limit_name', (w ->> 'used') || '/' || (w ->> 'limit'), w ->> 'flag', 'shadow ' || (w ->> 'shadow'))
                                                                           ELSE w #>> '{}' END, ', ') FROM jsonb_array_elements(d -> 'warnings') w),
                       CASE WHEN d ->> 'replayed' = 'true' THEN 'replayed' END)
        ELSE concat(d ->> 'outcome', ' ', d ->> 'http_status', ' after ' || (d ->> 'retry_after'), ' (' || (d ->> 'limit_name') || ')', ': ', d ->> 'message', ' > ' || (d #>> '{detail,suggestion}')) END
$$;
