-- The sizes that a charge does not answer for: those of the accounts as opened.
CREATE TABLE bench.size_before AS SELECT known_as, sum(bytes) AS bytes FROM bench.relation GROUP BY known_as;
