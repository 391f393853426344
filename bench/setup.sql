-- What every case starts from, beside the baseline's own tables: 100,000 accounts with credits enough, the
-- function that balance() is compared with, and the list of relations that the measurement looks at.
SELECT count(credits.open_account('a' || g)) AS opened FROM generate_series(1, 100000) g \gset
SELECT count(credits.grant('a' || g, 1000000000000)) AS granted FROM generate_series(1, 100000) g \gset

CREATE SCHEMA bench;
CREATE EXTENSION pg_prewarm SCHEMA bench;

CREATE FUNCTION bench.balance(p_account bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE v_balance bigint;
BEGIN
    SELECT balance INTO v_balance FROM baseline.wallet WHERE account_id = p_account;
    IF NOT FOUND THEN RAISE EXCEPTION 'account % not found', p_account; END IF;
    RETURN v_balance;
END $$;

-- Tables and indexes with storage of both schemas; a partition counts as what it is part of.
CREATE VIEW bench.relation AS
SELECT r.relation, coalesce(pg_partition_root(r.of_table), r.of_table) AS of_table,
       coalesce(pg_partition_root(r.relation), r.relation) AS known_as, r.bytes
FROM (SELECT c.oid::regclass AS relation, c.oid::regclass AS of_table, pg_table_size(c.oid) AS bytes
      FROM pg_class c
      WHERE c.relkind = 'r' AND c.relnamespace IN ('credits'::regnamespace, 'baseline'::regnamespace)
      UNION ALL
      SELECT i.indexrelid::regclass, i.indrelid::regclass, pg_relation_size(i.indexrelid)
      FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
      WHERE t.relkind = 'r' AND t.relnamespace IN ('credits'::regnamespace, 'baseline'::regnamespace)) r;

VACUUM ANALYZE;
