-- Examples of other systems' ledgers, called our way. They are read from $PG_CREDITS_DATA (../shared/data if unset);
-- where they are absent, the file skips. Where our holds differ on purpose, the expectation says so.
\ir helpers/ledger_examples.sql
\set grants `cat "${PG_CREDITS_DATA:-../shared/data}/ledger/grant_burndown_examples.json" 2>/dev/null`
\set transfers `cat "${PG_CREDITS_DATA:-../shared/data}/ledger/twophase_examples.json" 2>/dev/null`
\set lots `cat "${PG_CREDITS_DATA:-../shared/data}/ledger/credit_lot_examples.json" 2>/dev/null`

SELECT :'grants' = '' OR :'transfers' = '' OR :'lots' = '' AS absent \gset
\if :absent
SELECT skip('14 cases skipped: the ledger examples are not here; PG_CREDITS_DATA names the folder of real inputs', 14);
\else
SELECT t FROM jsonb_array_elements(:'grants'::jsonb -> 'scenarios') s, public.grant_case(s) t;
SELECT t FROM jsonb_array_elements(:'transfers'::jsonb -> 'tests') s, public.transfer_case(s) t;
SELECT t FROM jsonb_array_elements(:'lots'::jsonb) s, public.lot_case(s) t;
RESET pg_credits.now;
SELECT format('# %s cases of ledger examples', jsonb_array_length(:'grants'::jsonb -> 'scenarios') + jsonb_array_length(:'transfers'::jsonb -> 'tests') + jsonb_array_length(:'lots'::jsonb));
\endif
SELECT is_empty('SELECT * FROM credits.verify()', 'verify() finds nothing');
SELECT * FROM finish();
