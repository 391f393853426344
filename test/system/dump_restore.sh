#!/usr/bin/env bash
# Upgrades a database step by step with a user's objects in the way, fills it, dumps it, restores it, and
# compares. Prints TAP. Needs a running server with the extension: PGHOST, PGPORT, PGUSER (a superuser).
set -euo pipefail
export LC_ALL=C.UTF-8 PGTZ=UTC PGOPTIONS='-c client_min_messages=error'
unset PGDATABASE

source_db=credits_dump_$$ target_db=credits_restore_$$ reader=credits_reader_$$ analyst=credits_analyst_$$ customer=credits_customer_$$
work=$(mktemp -d)

clean_up() {
    dropdb --if-exists --force "$source_db"
    dropdb --if-exists --force "$target_db"
    psql -XAtqd postgres -c "DROP ROLE IF EXISTS $reader, $analyst, $customer"
    rm -rf "$work"
}
trap clean_up EXIT

sql() { psql -XAtqd "$1" -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -c "$2"; }

number=0

# is TEXT GOT WANTED
is() {
    number=$((number + 1))
    if [[ $2 == "$3" ]]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        printf '%s\n' "got:" "$2" "wanted:" "$3" | sed 's/^/#   /'
    fi
}

# contains TEXT GOT PART
contains() {
    if [[ $2 == *"$3"* ]]; then is "$1" yes yes; else is "$1" "$2" "… $3 …"; fi
}

createdb "$source_db"
sql postgres "CREATE ROLE $reader; CREATE ROLE $analyst; CREATE ROLE $customer"
sql "$source_db" "CREATE EXTENSION pg_credits"

# The chain: the first migration, objects of a user, the rest.
is "the first migration alone" "$(sql "$source_db" "SELECT credits.migrate(1)")" 1
sql "$source_db" "
    CREATE VIEW public.plan_names AS SELECT plan, name FROM credits.plan;
    -- What an older release left: a view that this one no longer has.
    CREATE VIEW credits.plan_prices AS SELECT plan, price FROM credits.plan;
    INSERT INTO credits.schema_view VALUES ('plan_prices');
    CREATE VIEW public.cheap_plans AS SELECT plan FROM credits.plan_prices WHERE price < 10"
refusal=$(sql "$source_db" "SELECT credits.migrate()" 2>&1 || true)
contains "a user's view in the way is refused" "$refusal" "ERROR:  2BP01: "
contains "and named" "$refusal" "DETAIL:  view public.cheap_plans depends on credits.plan_prices"
is "nothing was migrated" "$(sql "$source_db" "SELECT max(version) FROM credits.schema_version")" 1
is "the user's view is still there" "$(sql "$source_db" "SELECT count(*) FROM public.cheap_plans")" 0
sql "$source_db" "DROP VIEW public.cheap_plans"
newest=$(sql "$source_db" "SELECT max(version) FROM credits.migration_scripts()")
is "without it the chain goes on" "$(sql "$source_db" "SELECT credits.migrate()")" "$newest"
is "a user's view over a table stayed" "$(sql "$source_db" "SELECT count(*) FROM public.plan_names")" 0
is "the old release's view went" "$(sql "$source_db" "SELECT to_regclass('credits.plan_prices') IS NULL")" t

# Accounts with everything on their books, and all that a user may have added.
sql "$source_db" "
    SELECT credits.configure('{\"margin\": \"0.8\", \"plans\": {\"free\": {\"credits\": 100, \"interval\": \"1 month\"}}, \"actions\": {\"chat\": {\"credits\": 5}},
        \"prices\": [{\"provider\": \"openai\", \"model\": \"gpt-4o\", \"metric\": \"input_tokens\", \"price\": \"2.5\", \"per\": 1000000}], \"aliases\": [{\"provider\": \"openai\", \"alias\": \"latest\", \"model\": \"gpt-4o\"}]}');
    SELECT credits.import_prices('{\"o3\": {\"litellm_provider\": \"openai\", \"input_cost_per_token\": 1e-06}}', '2026-01-01');
    SELECT credits.import_prices('[{\"id\": \"x\", \"models\": [{\"id\": \"m\", \"match\": {\"starts_with\": \"m-\"}, \"prices\": {\"input_mtok\": 1}}]}]');
    SELECT credits.open_account('account ' || i, CASE WHEN i % 2 = 0 THEN 'free' END) FROM generate_series(1, 20) i;
    SELECT credits.grant('account ' || i, 1000, metadata => '{\"note\": \"ü\"}') FROM generate_series(1, 20) i;
    SELECT credits.deduct('account ' || i, 7, idempotency_key => 'first') FROM generate_series(1, 20) i;
    SELECT credits.authorize('account ' || i, 11, ttl => '1 hour') FROM generate_series(1, 20) i;
    SELECT credits.settle('account ' || i, 1, amount => 9) FROM generate_series(1, 10) i;
    SELECT credits.configure('{\"limits\": [{\"name\": \"gap\", \"scope\": \"member\", \"metric\": \"requests\", \"window\": \"sliding 1 hour\", \"limit\": 1}, {\"name\": \"chats\", \"scope\": \"action\", \"metric\": \"requests\", \"window\": \"day\", \"limit\": 1, \"effect\": \"warn\"}], \"actions\": {\"plan\": {\"credits\": 1, \"gates\": [{\"kind\": \"click\"}]}},
        \"brake\": {\"day\": {\"stop\": 100}}, \"stripe\": {\"webhook_secret\": \"whsec_dump\"}}');
    SELECT credits.set_member('account 1', 'ann', 'red', '[{\"name\": \"own\", \"scope\": \"member\", \"metric\": \"credits\", \"window\": \"lifetime\", \"limit\": 50}]'), credits.record_conversion('account 1', 'click', 'r1');
    SELECT credits.deduct('account 1', action => 'chat', member_id => 'ann'), credits.deduct('account 1', action => 'plan');
    SELECT outcome FROM credits.authorize('account 1', action => 'chat', member_id => 'ann');
    SELECT credits.settle('account 12', 1, amount => 5000), credits.fail_licence('account 3'), credits.restore_licence('account 4');
    SELECT credits.pause('audit'), credits.resume()" >/dev/null
sql "$source_db" "
    CREATE INDEX my_index ON credits.ledger (member_id) WHERE member_id IS NOT NULL;
    CREATE INDEX my_wallet_index ON credits.wallet (balance);
    CREATE TABLE public.customer (account_id text PRIMARY KEY REFERENCES credits.account, mail text);
    INSERT INTO public.customer SELECT account_id, 'a@b.c' FROM credits.account;
    CREATE TABLE public.log (account_id text);
    CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.log VALUES (NEW.account_id); RETURN NULL; END';
    CREATE TRIGGER my_trigger AFTER INSERT ON credits.account FOR EACH ROW EXECUTE FUNCTION public.note();
    ALTER TABLE credits.account ENABLE ROW LEVEL SECURITY;
    CREATE POLICY my_policy ON credits.account FOR SELECT TO $reader USING (account_id = current_user);
    CREATE VIEW public.my_view AS SELECT account_id, balance FROM credits.wallet;
    CREATE PUBLICATION my_publication FOR TABLE credits.ledger, credits.account;
    GRANT SELECT ON credits.wallet, credits.price_history TO $reader;
    CREATE VIEW public.my_prices AS SELECT model, price FROM credits.price_history WHERE in_book;
    GRANT USAGE ON SCHEMA credits TO $reader;
    GRANT EXECUTE ON FUNCTION credits.export_config() TO $reader;
    ALTER TABLE credits.account ADD COLUMN my_column text DEFAULT 'mine';
    SELECT FROM credits.grant_access('$analyst', 'analyst') a, credits.grant_access('$customer', 'customer', 'account 7') c"
next_month=$(sql "$source_db" "SELECT date_trunc('month', credits.now()) + interval '30 months'")
is "a partition made at run time" "$(sql "$source_db" "SELECT outcome FROM credits.create_ledger_partitions('$next_month', 1)")" created
partition=$(sql "$source_db" "SELECT to_char(timestamptz '$next_month', '\"ledger_\"YYYY_MM')")
is "the source verifies" "$(sql "$source_db" "SELECT count(*) FROM credits.verify()")" 0
is "the source has entries, lots and holds" \
    "$(sql "$source_db" "SELECT (SELECT count(*) >= 50 FROM credits.ledger), (SELECT count(*) >= 20 FROM credits.lot), (SELECT count(*) FROM credits.hold WHERE status = 'pending')")" "t|t|9"
for table in member counter alert denial restriction_event conversion payment_failure platform_event secret; do
    is "the source has rows in $table" "$(sql "$source_db" "SELECT count(*) > 0 FROM credits.$table")" t
done

# describe DATABASE: every row and every object there is in the two schemas, as sorted text. Rights that were taken back to
# the default are dumped as none.
describe() {
    psql -XAtqd "$1" -v ON_ERROR_STOP=1 <<'SQL'
SELECT format('SELECT %L || md5(string_agg(t::text, chr(10) ORDER BY t::text)) || count(*) FROM ONLY %s t', c.oid::regclass || ' rows ', c.oid::regclass)
FROM pg_class c WHERE c.relnamespace IN ('credits'::regnamespace, 'public'::regnamespace) AND c.relkind = 'r' ORDER BY c.oid::regclass::text \gexec
SELECT pg_describe_object('pg_class'::regclass, c.oid, 0) || format(' %s owner %s rights %s rls %s options %s comment %s bound %s', c.relkind, pg_get_userbyid(c.relowner), coalesce(c.relacl, acldefault('r', c.relowner)), c.relrowsecurity, c.reloptions, obj_description(c.oid, 'pg_class'), pg_get_expr(c.relpartbound, c.oid))
FROM pg_class c WHERE c.relnamespace IN ('credits'::regnamespace, 'public'::regnamespace) ORDER BY 1;
SELECT format('column %s.%s %s %s %s', a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relnamespace IN ('credits'::regnamespace, 'public'::regnamespace) AND c.relkind IN ('r', 'p', 'v') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1;
SELECT format('trigger %s on %s enabled %s', t.tgname, t.tgrelid::regclass, t.tgenabled) FROM pg_trigger t WHERE NOT t.tgisinternal ORDER BY 1;
SELECT format('index %s', pg_get_indexdef(i.indexrelid)) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace IN ('credits'::regnamespace, 'public'::regnamespace) ORDER BY 1;
SELECT format('constraint %s on %s %s', k.conname, k.conrelid::regclass, pg_get_constraintdef(k.oid)) FROM pg_constraint k WHERE k.conrelid <> 0 AND k.connamespace IN ('credits'::regnamespace, 'public'::regnamespace) ORDER BY 1;
SELECT format('policy %s on %s.%s %s %s %s', policyname, schemaname, tablename, (SELECT array_agg(r ORDER BY r) FROM unnest(roles) r), permissive, qual) FROM pg_policies ORDER BY 1;
SELECT format('published %s.%s in %s', schemaname, tablename, pubname) FROM pg_publication_tables ORDER BY 1;
SELECT format('view %s %s', c.oid::regclass, pg_get_viewdef(c.oid)) FROM pg_class c WHERE c.relnamespace IN ('credits'::regnamespace, 'public'::regnamespace) AND c.relkind = 'v' ORDER BY 1;
SELECT format('right %s on %s', coalesce(p.proacl::text, 'default'), p.oid::regprocedure) FROM pg_proc p WHERE p.pronamespace IN ('credits'::regnamespace, 'credits_api'::regnamespace) ORDER BY 1;
SELECT format('schema %s %s', n.nspname, n.nspacl) FROM pg_namespace n WHERE n.nspname LIKE 'credits%' ORDER BY 1;
SQL
}

describe "$source_db" >"$work/source"

# compare HOW: the restored database against the source.
compare() {
    describe "$target_db" >"$work/target"
    is "$1: every row and every object is the same" "$(diff "$work/source" "$work/target" || true)" ""
    is "$1: verify() finds nothing" "$(sql "$target_db" "SELECT count(*) FROM credits.verify()")" 0
    is "$1: nothing to migrate" "$(sql "$target_db" "SELECT credits.migrate()")" "$newest"
    describe "$target_db" >"$work/target"
    is "$1: migrate() changed nothing" "$(diff "$work/source" "$work/target" || true)" ""
}

createdb "$target_db"
pg_dump -Fc "$source_db" | pg_restore -e -d "$target_db"
compare "pg_dump -Fc | pg_restore -e"
for object in my_index my_wallet_index my_trigger my_policy my_view my_prices my_publication my_column public.customer "$partition" "$reader=X"; do
    contains "restored: $object" "$(grep -F "$object" "$work/target" || true)" "$object"
done

is "the ledger's triggers are always enabled on each of its tables" "$(sql "$target_db" "
    SELECT count(*) > 25, bool_and(2 = (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = p.relid AND t.tgenabled = 'A' AND t.tgname LIKE 'append_only%'))
    FROM pg_partition_tree('credits.ledger') p")" "t|t"
# seen_by ROLE: what a role sees of the ledger.
seen_by() { sql "$target_db" "SET ROLE $1; SELECT count(DISTINCT account_id), min(account_id) = max(account_id) FROM credits.ledger"; }
is "an analyst sees all accounts" "$(seen_by "$analyst")" "20|f"
is "a customer its own" "$(seen_by "$customer")" "1|t"
contains "that is" "$(sql "$target_db" "SET ROLE $customer; SELECT credits.current_account(), credits_api.balance()")" "account 7|"
contains "and no other" "$(sql "$target_db" "SET ROLE $customer; SELECT * FROM credits.visible_balance('account 8')" 2>&1 || true)" "42501: this account is not the caller's"
for command in "UPDATE credits.ledger SET amount = amount + 1" "DELETE FROM credits.ledger" "TRUNCATE credits.$partition"; do
    contains "refused after the restore: $command" "$(sql "$target_db" "SET session_replication_role = replica; $command" 2>&1 || true)" "55000: the ledger is append-only"
done
is "metadata may still be erased" "$(sql "$target_db" "BEGIN; UPDATE credits.ledger SET metadata = NULL WHERE metadata IS NOT NULL RETURNING entry_no; ROLLBACK" | wc -l)" 20

for database in "$source_db" "$target_db"; do
    refusal=$(sql "$database" "DROP EXTENSION pg_credits" 2>&1 || true)
    contains "${database%_*}: DROP EXTENSION is refused while there is data" "$refusal" "ERROR:  2BP01: "
done

is "prices are found" "$(sql "$target_db" "SELECT credits.cost('openai', 'latest', '{\"input_tokens\": 1}'), credits.cost('openai', 'o3', '{\"input_tokens\": 1}'), credits.cost('x', 'm-1', '{\"input_tokens\": 1}')")" "0.0000025|0.000001|0.000001"
is "life goes on" "$(sql "$target_db" "SELECT (credits.deduct('account 1', 7, idempotency_key => 'first')).replayed, (credits.deduct('account 1', 1)).amount")" "t|-1"
is "with the user's trigger" "$(sql "$target_db" "SELECT FROM credits.open_account('new account'); SELECT account_id FROM public.log")" "new account"
is "the source is as it was" "$(describe "$source_db" | diff - "$work/source" || true)" ""

dropdb --force "$target_db"
createdb "$target_db"
pg_dump -Fd -j 2 -f "$work/dump" "$source_db"
pg_restore -e -j 2 -d "$target_db" "$work/dump"
compare "pg_dump -Fd -j 2, pg_restore -e -j 2"
echo "1..$number"
