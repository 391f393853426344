-- Batches of 1,000 events as the text that a driver sends, over many and over few accounts: for
-- credits.deduct_many, and the same for the hand-written statement. KEY becomes a number of the call's own.
CREATE TABLE bench.batch (accounts integer, batch_no integer, events text, baseline_events text, PRIMARY KEY (accounts, batch_no));
ALTER TABLE bench.batch ALTER events SET STORAGE EXTERNAL, ALTER baseline_events SET STORAGE EXTERNAL;

SELECT setseed(0.5) \g /dev/null
INSERT INTO bench.batch
SELECT e.accounts, e.batch_no, format('[%s]', string_agg(format(e.shape, format('"a%s"', e.account), e.n), ',')),
       format('[%s]', string_agg(format(e.shape, e.account, e.n), ','))
FROM (SELECT s.accounts, b.batch_no, n, 1 + floor(random() * s.accounts)::integer AS account,
             '{"account_id": %s, "amount": 3, "idempotency_key": "%sKEY", "metadata": {"feature": "chat"}}' AS shape
      FROM (VALUES (100000), (10)) s(accounts), generate_series(1, 100) b(batch_no), generate_series(1001, 2000) n) e
GROUP BY e.accounts, e.batch_no;
VACUUM ANALYZE bench.batch;
