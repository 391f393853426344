-- Schedules for pg_cron: run it by a superuser in the database that cron.database_name names. No decision waits for
-- these jobs; running it again replaces them. Of the application's database where that is another one: put
-- cron.schedule_in_database(name, schedule, command, database) in the place of cron.schedule.
\set ON_ERROR_STOP on
CREATE EXTENSION IF NOT EXISTS pg_cron;

-- What is due for accounts that nobody calls, partitions, alerts.
SELECT cron.schedule('pg_credits maintain', '* * * * *', 'SELECT credits.maintain()');
-- Payment events that wait for something: most are tried again by themselves when it comes.
SELECT cron.schedule('pg_credits retry events', '7 * * * *', 'SELECT credits.retry_events()');
-- The books, once a night: the log has a warning for everything that is found. Of a large ledger better on a standby.
SELECT cron.schedule('pg_credits verify', '23 3 * * *', $job$
    DO $$
    DECLARE found record;
    BEGIN
        FOR found IN SELECT * FROM credits.verify() LOOP
            RAISE WARNING 'pg_credits verify: % % %', found.account_id, found.check_name, found.detail;
        END LOOP;
    END $$ $job$);
-- pg_cron keeps what every run answered.
SELECT cron.schedule('pg_credits forget runs', '41 3 * * *', $job$DELETE FROM cron.job_run_details WHERE end_time < now() - interval '7 days'$job$);
SELECT jobname, schedule FROM cron.job WHERE jobname LIKE 'pg\_credits %' ORDER BY jobname;
