-- Replays the steps that the including file has put into public.step, in both modes, and checks every outcome.
CALL public.play('auto');
CALL public.play('sql');
RESET pg_credits.storage;
RESET pg_credits.now;

WITH named AS (
    SELECT s.*, count(s.account) OVER (ORDER BY s.no) AS case_no FROM public.step s
), cases AS (
    SELECT n.*, first_value(n.account) OVER (PARTITION BY n.case_no ORDER BY n.no) AS title FROM named n
)
SELECT is(o.got, c.expected, concat_ws(' ', c.title || ':', c.at, c.op, c.arguments, '(' || o.mode || ')'))
FROM cases c LEFT JOIN public.outcome o USING (no) ORDER BY o.mode, c.no;

SELECT is_empty($$ SELECT s.account, s.at, s.op, o.mode, o.projection FROM public.outcome o JOIN public.step s USING (no) WHERE o.projection <> 'right' $$,
                'reads say what is written a moment later, before every step');
SELECT isnt((SELECT count(*) FROM public.books('auto')), 0::bigint, 'there are books to compare');
SELECT is_empty($$ (SELECT 'below sql', * FROM public.books('auto') EXCEPT ALL SELECT 'below sql', * FROM public.books('sql'))
                   UNION ALL (SELECT 'sql', * FROM public.books('sql') EXCEPT ALL SELECT 'sql', * FROM public.books('auto')) $$,
                'both ways of writing leave the same books');
SELECT is_empty('SELECT * FROM credits.verify()', 'verify() finds nothing');
SELECT * FROM finish();
