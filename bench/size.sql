-- Bytes that a charge leaves behind: relation by relation, then column by column. The accounts' grants are in
-- the ledger too: what its heap had before is taken off, and an index counts by its entries.
VACUUM;

CREATE TABLE bench.size AS
SELECT n.owner, r.of_table, r.known_as,
       CASE WHEN r.known_as = r.of_table THEN (sum(r.bytes) - b.bytes) / n.charges ELSE sum(r.bytes) / n.all_rows END AS bytes
FROM bench.relation r
JOIN bench.size_before b USING (known_as)
JOIN (SELECT 'baseline' AS owner, 'baseline.ledger'::regclass AS of_table, count(*) AS charges, count(*) AS all_rows FROM baseline.ledger
      UNION ALL
      SELECT 'credits', 'credits.ledger', count(*) FILTER (WHERE kind <> 'grant'), count(*) FROM credits.ledger
      UNION ALL
      SELECT 'credits', 'credits.idempotency_key', count(*), count(*) FROM credits.idempotency_key) n USING (of_table)
GROUP BY n.owner, r.of_table, r.known_as, b.bytes, n.charges, n.all_rows;

\pset title 'Bytes per charge'
SELECT CASE WHEN grouping(s.known_as) = 1 THEN 'all of ' || s.owner ELSE s.known_as::text END AS relation, round(sum(s.bytes), 1) AS bytes
FROM bench.size s GROUP BY GROUPING SETS ((s.owner, s.of_table, s.known_as), (s.owner))
ORDER BY s.owner, grouping(s.known_as), s.of_table::text DESC, s.known_as <> s.of_table, 1;

\pset title 'Ratio'
SELECT round(sum(s.bytes) FILTER (WHERE s.owner = 'credits') / sum(s.bytes) FILTER (WHERE s.owner = 'baseline'), 2) AS "credits : baseline"
FROM bench.size s;

-- The account of a row: its columns as stored, its header with the bitmap of nulls, its alignment, its line
-- pointer, and the rest (page headers and free space).
CREATE TABLE bench.part (of_table regclass, part_no integer, part text, bytes numeric);
SELECT format('INSERT INTO bench.part SELECT %L, %s, %L, avg(coalesce(pg_column_size(t.%I), 0)) FROM %s t WHERE %s',
              a.attrelid::regclass, a.attnum, a.attname, a.attname, a.attrelid::regclass, c.condition)
FROM (VALUES ('baseline.ledger'::regclass, 'true'), ('credits.ledger', 'kind <> ''grant'''),
             ('credits.idempotency_key', 'true')) c(of_table, condition)
JOIN pg_attribute a ON a.attrelid = c.of_table AND a.attnum > 0 AND NOT a.attisdropped \gexec
SELECT format('INSERT INTO bench.part SELECT %L, p.* FROM (SELECT avg(pg_column_size(t.*)) AS stored, avg((pg_column_size(t.*) + 7) / 8 * 8) AS aligned,
                   avg(CASE WHEN num_nulls(%s) = 0 THEN 24 ELSE (23 + (%s + 7) / 8 + 7) / 8 * 8 END) AS header FROM %s t WHERE %s) r,
               LATERAL (VALUES (1001, ''(row header, bitmap of nulls)'', r.header),
                               (1002, ''(alignment)'', r.aligned - r.header - (SELECT sum(bytes) FROM bench.part WHERE of_table = %L::regclass)),
                               (1003, ''(line pointer)'', 4)) p',
              c.of_table, string_agg(format('t.%I', a.attname), ', ' ORDER BY a.attnum), count(*), c.of_table, c.condition, c.of_table)
FROM (VALUES ('baseline.ledger'::regclass, 'true'), ('credits.ledger', 'kind <> ''grant'''),
             ('credits.idempotency_key', 'true')) c(of_table, condition)
JOIN pg_attribute a ON a.attrelid = c.of_table AND a.attnum > 0 AND NOT a.attisdropped
GROUP BY c.of_table, c.condition \gexec
INSERT INTO bench.part
SELECT s.of_table, 1004, '(page headers, free space)', s.bytes - p.bytes
FROM bench.size s JOIN (SELECT of_table, sum(bytes) AS bytes FROM bench.part GROUP BY of_table) p USING (of_table)
WHERE s.known_as = s.of_table;

\pset title 'Bytes per row of each table, by column; columns without any are left out'
SELECT p.of_table AS "table", p.part, round(p.bytes, 1) AS bytes
FROM bench.part p WHERE p.bytes <> 0 ORDER BY p.of_table::text, p.part_no;

-- The same for an entry of a B-tree: its key as stored, its header and line pointer, and the rest.
\pset title 'Bytes per entry of each index'
SELECT s.known_as AS "index", round(k.bytes, 1) AS "key columns", 12 AS "header, line pointer",
       round(s.bytes - k.bytes - 12, 1) AS "alignment, free space, inner pages", round(s.bytes, 1) AS bytes
FROM bench.size s
JOIN pg_index i ON i.indexrelid = s.known_as
JOIN pg_class c ON c.oid = i.indexrelid AND c.relam = (SELECT oid FROM pg_am WHERE amname = 'btree'),
LATERAL (SELECT sum(p.bytes) AS bytes FROM bench.part p WHERE p.of_table = s.of_table AND p.part_no = ANY (i.indkey::smallint[])) k
ORDER BY s.of_table::text, s.known_as::text;
