-- Ratios of ours to the other in the same round, and their median; beside them each one's own median.
\pset title 'Medians, and the median of the ratios of each round'
SELECT c.title AS "case", c.ours || ' : ' || c.other AS contenders, m.measure,
       round((percentile_cont(0.5) WITHIN GROUP (ORDER BY m.ours))::numeric, m.digits) AS ours,
       round((percentile_cont(0.5) WITHIN GROUP (ORDER BY m.other))::numeric, m.digits) AS other,
       round((percentile_cont(0.5) WITHIN GROUP (ORDER BY m.ours / m.other))::numeric, 2) AS ratio,
       format('%s to %s', round(min(m.ours / m.other), 2), round(max(m.ours / m.other), 2)) AS "from"
FROM comparison c
JOIN slice a ON a.title = c.title AND a.contender = c.ours
JOIN slice b ON b.title = c.title AND b.contender = c.other AND b.round = a.round,
LATERAL (VALUES (1, 'a second', 0, a.per_second, b.per_second),
                (2, 'server CPU, µs', 1, a.cpu_us, b.cpu_us),
                (3, 'WAL, bytes', 0, a.wal_bytes, b.wal_bytes)) m(measure_no, measure, digits, ours, other)
-- A read writes no WAL; what other processes wrote meanwhile has no ratio.
WHERE m.other >= 1
GROUP BY c.title, c.ours, c.other, m.measure_no, m.measure, m.digits
ORDER BY min(a.slice_no), min(b.slice_no), m.measure_no;
