#!/usr/bin/env bash
# migrate() and configure() from several sessions at once. Prints TAP.
# Needs a running server with the extension: PGHOST, PGPORT, PGUSER (a superuser).
set -euo pipefail
export LC_ALL=C.UTF-8 PGOPTIONS='-c client_min_messages=warning'
unset PGDATABASE

database=credits_setup_$$
work=$(mktemp -d)
trap 'dropdb --if-exists --force "$database"; rm -rf "$work"' EXIT

sql() { psql -XAtqd "$database" -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -c "$1"; }

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

# together COUNT COMMAND [BEFORE]: the command with $i = 1 … COUNT, each in a session of its own, released at
# one moment by a lock, before which each did BEFORE; the answers come one a line, sorted.
together() {
    local i
    sql "CREATE TABLE IF NOT EXISTS public.start_line ()"
    (echo "BEGIN; LOCK TABLE public.start_line;"; until [[ -e $work/go ]]; do sleep 0.1; done; echo "COMMIT;") |
        psql -XAtqd "$database" >/dev/null &
    until [[ $(sql "SELECT count(*) FROM pg_locks WHERE relation = 'public.start_line'::regclass AND granted AND mode = 'AccessExclusiveLock'") == 1 ]]; do sleep 0.1; done
    for ((i = 1; i <= $1; i++)); do
        sql "${3-} SELECT FROM public.start_line; ${2//\$i/$i}" >"$work/answer.$i" 2>&1 &
    done
    until [[ $(sql "SELECT count(*) FROM pg_locks WHERE relation = 'public.start_line'::regclass AND NOT granted") == "$1" ]]; do sleep 0.1; done
    touch "$work/go"
    wait
    rm "$work/go"
    sort "$work"/answer.*
    rm "$work"/answer.*
}

createdb "$database"
sql "CREATE EXTENSION pg_credits"
newest=$(sql "SELECT max(version) FROM credits.migration_scripts()")
is "six sessions migrate a fresh database" "$(together 6 'SELECT credits.migrate()' | uniq -c | tr -s ' ')" " 6 $newest"
is "each migration ran once" "$(sql "SELECT count(*) = max(version) FROM credits.schema_version")" t
is "24 months and a default partition" "$(sql "SELECT count(*) FROM pg_inherits WHERE inhparent = 'credits.ledger'::regclass")" 25
# A view that an older release left is there to be dropped by one of them.
sql "CREATE VIEW credits.old_view AS SELECT plan FROM credits.plan; INSERT INTO credits.schema_view VALUES ('old_view')"
is "six sessions migrate again" "$(together 6 'SELECT credits.migrate()' | uniq -c | tr -s ' ')" " 6 $newest"

is "eight sessions configure a plan each" "$(together 8 "SELECT credits.configure('{\"plans\": {\"plan \$i\": {}}}')" | wc -l)" 8
is "all eight plans are there" "$(sql "SELECT string_agg(plan, ', ' ORDER BY plan) FROM credits.plan")" \
    "plan 1, plan 2, plan 3, plan 4, plan 5, plan 6, plan 7, plan 8"
is "and eight changes without a gap" "$(sql "SELECT string_agg(change_no::text, ' ' ORDER BY change_no) FROM credits.configuration_change")" "1 2 3 4 5 6 7 8"
is "eight sessions configure the same thing: one changes it" \
    "$(together 8 "SELECT credits.configure('{\"margin\": \"0.5\"}') ->> 'changed'" | uniq -c | tr -s ' ')" " 1 [\"margin\"]
 7 []"

# A snapshot taken before another session's change: 40001, and nothing done.
together 2 "SELECT credits.configure('{\"plans\": {\"late \$i\": {}}}'); COMMIT" \
    "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM credits.platform WHERE NOT only_row;" >"$work/race"
is "under repeatable read the second of two is 40001" "$(grep -c '^ERROR:  40001' "$work/race")" 1
is "and has changed nothing" "$(sql "SELECT count(*) FROM credits.plan WHERE plan LIKE 'late %'")" 1

# A database of the first releases, with an account on its books, comes to this one: what runs goes on.
dropdb --force "$database"
createdb "$database"
sql "CREATE EXTENSION pg_credits"
is "a database of schema version 3" "$(sql "SELECT credits.migrate(3)")" 3
sql "
    SET pg_credits.now = '2026-01-10 12:00:00+00';
    INSERT INTO credits.account (account_id, time_zone, anchor, period_anchor, anchor_given, free_grants, opened_at)
    VALUES ('old', 'Europe/Berlin', '2026-01-01', '2026-01-01', false, true, '2026-01-01');
    INSERT INTO credits.wallet VALUES ('old', NULL, 'open', '2026-01-01 00:00+00', '2026-02-01 00:00+00', NULL, 0, 0, 0, 100, 1, 1, 1, '2026-01-10 13:00+00', 0, 10, 1, 93, 93, 2, '2026-01-10 12:00+00');
    INSERT INTO credits.lot VALUES ('old', 1, 'gift', 'promotional', 100, 100, 100, '2026-01-01', NULL, 'live', NULL, NULL, NULL, '2026-01-01', NULL);
    INSERT INTO credits.hold (account_id, hold_no, amount, created_at, expires_at, cost, charge_by, charge_factor, balance, held, authorized_amount, role_name, status)
    VALUES ('old', 1, 10, '2026-01-10 12:00+00', '2026-01-10 13:00+00', 0.25, 'cost', 1, 93, 10, 10, 'app', 'pending');
    INSERT INTO credits.ledger (account_id, entry_no, created_at, lot_no, kind, amount, balance, cost, role_name)
    VALUES ('old', 1, '2026-01-01', 1, 'grant', 100, 100, NULL, 'app'), ('old', 2, '2026-01-05', 1, 'deduct', -7, 93, 0.5, 'app')"
is "comes to the newest" "$(sql "SELECT credits.migrate()")" "$newest"
is "its zone, its open cost and that of its period are known" "$(sql "SELECT time_zone, held_cost, period_cost FROM credits.wallet")" "Europe/Berlin|0.25|0.5"
is "its books are right" "$(sql "SELECT * FROM credits.verify()")" ""
sql "SELECT credits.configure('{\"limits\": [{\"name\": \"spent\", \"metric\": \"credits\", \"window\": \"lifetime\", \"limit\": 50}, {\"name\": \"cost\", \"metric\": \"cost\", \"window\": \"day\", \"limit\": 5}], \"brake\": {\"day\": {\"stop\": 100}}}')" >/dev/null
now="SET pg_credits.now = '2026-01-10 12:30:00+00'"
is "a hold of before is given back, and nothing that was never counted with it" \
    "$(sql "$now; SELECT (credits.release('old', 1)).available; SELECT limit_name, used FROM credits.limits('old') ORDER BY 1; SELECT held_cost FROM credits.wallet")" "93
cost|0
spent|0
0"
is "a call is counted" "$(sql "$now; SELECT (credits.deduct('old', 3)).balance; SELECT used FROM credits.limits('old') WHERE limit_name = 'spent'")" "90
3"
is "and the licence works" "$(sql "$now; SELECT credits.fail_licence('old'), credits.restore_licence('old')")" "past_due|active"
is "the books are still right" "$(sql "SELECT * FROM credits.verify()")" ""
echo "1..$number"
