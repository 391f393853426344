#!/usr/bin/env bash
# Kills the server, postmaster and all, in the middle of a load of every verb, restarts it, and holds the ledger
# against the journal of the receipts that were acknowledged. Prints TAP. The last round has a synchronous standby,
# which takes over. The servers are this script's own, in a temporary folder, with fsync on.
# CRASH_SECONDS: length of a round's load (default 8). CRASH_REPEAT: times that the rounds with a restart run (default 1).
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
unset PGHOST PGPORT PGUSER PGDATA PGDATABASE PGOPTIONS

seconds=${CRASH_SECONDS:-8} repeat=${CRASH_REPEAT:-1}
stress=${PG_CREDITS_PROGRAMS:-$programs}/stress
number=0
find_server
work=$(mktemp -d /tmp/pgc-crash.XXXXXX)
# At first none, since preparing flushes the WAL for everybody; from the second round on.
two_phase_max=0

clean_up() {
    local folder
    [[ -z ${load:-} ]] || kill "$load" 2>/dev/null || true
    for folder in primary standby; do
        [[ ! -f $work/$folder/postmaster.pid ]] || kill_server "$folder"
    done
    rm -rf "$work"
}
trap clean_up EXIT

bail_out() {
    echo "Bail out! $1"
    exit 1
}

# ok TEXT COMMAND...: one test; a failing command's output is shown.
ok() {
    local text=$1 output status=0
    shift
    number=$((number + 1))
    output=$("$@" 2>&1) || status=$?
    if ((status == 0)); then echo "ok $number - $text"; else echo "not ok $number - $text"; fi
    ((status == 0)) || sed 's/^/#   /' <<<"$output"
}

note() { sed 's/^/# /'; }

start_server() {
    as_server pg_ctl -D "$work/$1" -l "$work/$1.log" -o "-p $(port_of "$1") -c max_prepared_transactions=$two_phase_max" \
        -w -t 120 start >>"$work/pg_ctl.log" 2>&1 ||
        bail_out "the server did not start: $(tail -n 5 "$work/$1.log")"
}

port_of() { if [[ $1 == primary ]]; then echo 5432; else echo 5433; fi; }

# sql SERVER STATEMENTS [DATABASE]
sql() { psql -XAtq -h "$work" -p "$(port_of "$1")" -U postgres -d "${3:-postgres}" -v ON_ERROR_STOP=1 -c "$2"; }

# lives PID: a zombie does not.
lives() { [[ -e /proc/$1/status ]] && ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null; }

# kill_server FOLDER: no process gets to say or write anything. The postmaster is stopped first, so that no child is
# born between the listing and the killing.
kill_server() {
    local postmaster child children
    postmaster=$(head -n 1 "$work/$1/postmaster.pid")
    kill -STOP "$postmaster"
    children=$(grep -ls "^PPid:[[:space:]]*$postmaster\$" /proc/[0-9]*/status | cut -d/ -f3 || true)
    # shellcheck disable=SC2086 # one word for each process
    kill -KILL "$postmaster" $children
    for child in $postmaster $children; do
        while lives "$child"; do sleep 0.02; done
    done
    # Where nobody reaps the dead, the next start would take this one for alive.
    [[ ! -e /proc/$postmaster ]] || rm -f "$work/$1/postmaster.pid" "$work/.s.PGSQL.$(port_of "$1").lock"
}

make_primary() {
    chmod 711 "$work"
    install -d -m 700 -o "$server_user" "$work/primary" "$work/standby"
    chown "$server_user" "$work"
    as_server initdb -D "$work/primary" -U postgres --auth=trust --locale=C.UTF-8 --encoding=UTF8 >/dev/null
    {
        echo "listen_addresses = ''"
        echo "unix_socket_directories = '$work'"
        echo "max_connections = 60"
        echo "timezone = 'UTC'"
        # Nobody but a waiting commit flushes the WAL: what was acknowledged unflushed is certainly lost.
        echo "wal_writer_delay = 10s"
        # Vacuum and the invalidations that it sends come all the time instead of once a minute.
        echo "autovacuum_naptime = 1s"
        echo "autovacuum_vacuum_threshold = 1"
        echo "autovacuum_vacuum_scale_factor = 0.001"
        echo "autovacuum_analyze_threshold = 1"
        echo "autovacuum_analyze_scale_factor = 0.001"
        echo "autovacuum_vacuum_cost_delay = 0"
        extension_settings
    } >>"$work/primary/postgresql.conf"
    start_server primary
}

# begin_load ACCOUNTS EARLY_LOCK_RELEASE: 32 connections in the background, on a database of the round's own, which look
# for whichever server writes.
begin_load() {
    local name=crash_$number
    journal=$work/$name.journal
    sql primary "CREATE DATABASE $name"
    sql primary 'CREATE EXTENSION pg_credits; SELECT credits.migrate();' "$name" >/dev/null
    database="host=$work,$work port=5432,5433 user=postgres dbname=$name target_session_attrs=read-write"
    database+=" options='-c pg_credits.early_lock_release=$2'"
    "$stress" --database "$database" --journal "$journal" --seconds "$seconds" --connections 32 --accounts "$1" \
        --reconnect 60 --seed "$RANDOM" >"$work/stress.log" 2>&1 &
    load=$!
    sleep "$((seconds / 2))"
}

acknowledged() { { grep -c '^committed' "$journal" 2>/dev/null || true; } | tail -n 1; }

# end_load ROUND: waits for the load, then the questions that every round must answer.
end_load() {
    local status=0
    wait "$load" || status=$?
    load=
    ok "$1: the load goes on after the crash and sees nothing wrong" went_on "$status"
    ok "$1: every acknowledged receipt is there once, and the books are right" "$stress" --database "$database" \
        --check "$journal"
    tail -n 1 "$work/stress.log" | note
}

went_on() {
    cat "$work/stress.log"
    (($1 == 0 && at_crash > 0 && $(acknowledged) > at_crash)) && grep -q 'connections lost' "$work/stress.log"
}

recovered() {
    tail -n 30 "$work/primary.log"
    grep -q 'was not properly shut down' "$work/primary.log"
}

# restart_round ACCOUNTS EARLY_LOCK_RELEASE
restart_round() {
    local round="$1 accounts, early lock release $2"
    begin_load "$1" "$2"
    at_crash=$(acknowledged)
    kill_server primary
    : >"$work/primary.log"
    two_phase_max=40
    start_server primary
    ok "$round: the server was killed under load and recovered" recovered
    end_load "$round"
}

restart_primary() {
    kill_server primary
    : >"$work/primary.log"
    start_server primary
    ok "$1: the server was killed under load and recovered" recovered
}

# policy_round: killed once while members meet their limits, and once while the platform spends up to its stop.
policy_round() {
    local round="limits and the brake" status=0
    sql primary 'CREATE DATABASE crash_policy'
    sql primary 'CREATE EXTENSION pg_credits; SELECT credits.migrate();' crash_policy >/dev/null
    "$stress" --policy --database "host=$work user=postgres dbname=crash_policy" --seconds "$seconds" --connections 32 \
        --reconnect 60 --seed "$RANDOM" >"$work/stress.log" 2>&1 &
    load=$!
    sleep "$((seconds / 2))"
    restart_primary "$round"
    until grep -q '^spending' "$work/stress.log" || ! lives "$load"; do sleep 0.05; done
    sleep 0.3
    restart_primary "$round, spending"
    wait "$load" || status=$?
    load=
    ok "$round: what was admitted before and after the crashes is exactly what was allowed" policy_held "$status"
}

policy_held() {
    cat "$work/stress.log"
    return "$1"
}

make_standby() {
    as_server pg_basebackup -h "$work" -p 5432 -U postgres -D "$work/standby" -R -X stream -c fast
    start_server standby
    sql primary "ALTER SYSTEM SET synchronous_standby_names = '*'"
    sql primary 'SELECT pg_reload_conf()' >/dev/null
    for _ in {1..300}; do
        [[ $(sql primary "SELECT sync_state FROM pg_stat_replication") != sync ]] || return 0
        sleep 0.1
    done
    bail_out "the standby does not become synchronous"
}

# silent: once the standby hears nothing more, nothing is acknowledged.
silent() {
    local last
    sleep 0.5
    last=$(acknowledged)
    sleep 0.5
    echo "$(($(acknowledged) - last)) receipts acknowledged that the standby has not heard of"
    (($(acknowledged) == last))
}

# failover_round: the primary goes deaf towards its standby, then dies; the standby takes over what was acknowledged.
failover_round() {
    local round="few accounts, synchronous standby"
    make_standby
    begin_load few on
    kill -STOP "$(sql primary 'SELECT pid FROM pg_stat_replication')"
    ok "$round: no receipt is acknowledged that the standby does not have" silent
    at_crash=$(acknowledged)
    kill_server primary
    as_server pg_ctl -D "$work/standby" -w promote >/dev/null
    end_load "$round"
}

[[ -x $stress ]] || bail_out "the stress program is not built: $stress"
make_primary
rounds=0
for ((; rounds < repeat; rounds++)); do
    restart_round few on
    restart_round many on
    restart_round few off
done
policy_round
failover_round
echo "1..$number"
