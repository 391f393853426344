-- One row for everything that plpgsql_check finds in the functions of this extension; no rows = clean.
-- A trigger function is checked with every table it serves (partitions are like their parent).
WITH functions AS (
    SELECT p.oid, p.prorettype = 'trigger'::regtype AS is_trigger
    FROM pg_proc p
    JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
    WHERE p.pronamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('credits', 'credits_api'))
), checks AS (
    SELECT DISTINCT f.oid, f.is_trigger, c.oid AS relation
    FROM functions f
    LEFT JOIN (pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid AND NOT c.relispartition) ON t.tgfoid = f.oid
)
SELECT 'there is no PL/pgSQL function here: is the extension created?'
WHERE NOT EXISTS (SELECT FROM functions)
UNION ALL
SELECT oid::regprocedure || ': a trigger function that no table uses'
FROM checks
WHERE is_trigger AND relation IS NULL
UNION ALL
SELECT checks.oid::regprocedure || coalesce(' on ' || relation::regclass, '') || ': ' || finding
FROM checks
CROSS JOIN LATERAL plpgsql_check_function(checks.oid, coalesce(relation, 0), fatal_errors => false,
                                          security_warnings => true) AS finding
WHERE NOT is_trigger OR relation IS NOT NULL;
