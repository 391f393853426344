#!/usr/bin/env bash
# Kills the server in the middle of calls that share the platform's allowance, and holds what the brake says is spent
# against the holds that are there. Prints TAP. The cluster is this script's own.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
unset PGHOST PGPORT PGUSER PGDATA PGDATABASE PGOPTIONS

number=0
find_server
fresh_cluster brake_crash >/dev/null 2>&1 || { echo "Bail out! no cluster" && exit 1; }
use_cluster brake_crash
trap 'kill ${load:-} 2>/dev/null || true; remove_cluster brake_crash >/dev/null 2>&1' EXIT

# is TEXT HAVE WANT: one test.
is() {
    number=$((number + 1))
    if [[ $2 == "$3" ]]; then echo "ok $number - $1"; else printf 'not ok %s - %s\n#   have: %s\n#   want: %s\n' "$number" "$1" "$2" "$3"; fi
}

sql() { psql -XAtq -v ON_ERROR_STOP=1 -d crash -c "$1"; }

# The load: calls of one cent that are held, settled for less and for more, and released, until the server is gone.
calls() {
    cat <<'END'
\set account random(1, 50)
\set end random(1, 4)
SELECT (credits.authorize('a' || :account, amount => 1, provider => 'p', model => 'm', usage => '{"requests": 10}', ttl => '1 day')).hold_no AS hold \gset
\if :end = 1
SELECT credits.settle('a' || :account, :hold, usage => '{"requests": 3}');
\elif :end = 2
SELECT credits.settle('a' || :account, :hold, usage => '{"requests": 14}');
\elif :end = 3
SELECT credits.release('a' || :account, :hold);
\endif
END
}

spent_by_the_books="SELECT trim_scale(coalesce((SELECT sum(h.cost) FROM credits.hold h WHERE h.status = 'pending'), 0)
    + coalesce((SELECT sum(l.cost) FROM credits.ledger l), 0))"
spent_by_the_brake="SELECT trim_scale(spend_today) FROM credits.platform_status"

credits_database crash >/dev/null
sql "ALTER SYSTEM SET synchronous_commit = off" && sql "SELECT pg_reload_conf()" >/dev/null
# A day in which midnight does not come while the test runs.
sql "ALTER DATABASE crash SET pg_credits.now = '2026-03-02 12:00+00'"
sql "SELECT credits.configure('{\"brake\": {\"day\": {\"warn\": 1, \"stop\": 100000}}, \"prices\": [{\"provider\": \"p\", \"model\": \"m\", \"metric\": \"requests\", \"price\": \"0.001\"}]}')" >/dev/null
sql "SELECT credits.open_account('a' || n), credits.grant('a' || n, 1000000) FROM generate_series(1, 50) n" >/dev/null
calls >"$state/brake_crash.pgbench"
for round in 1 2 3; do
    pgbench -n -c 8 -j 2 -T 60 -f "$state/brake_crash.pgbench" crash >/dev/null 2>&1 &
    load=$!
    sleep 2
    as_server pg_ctl -D "$PGDATA" -m immediate -w stop >/dev/null
    wait "$load" || true
    as_server pg_ctl -D "$PGDATA" -l "$state/brake_crash/server.log" -w -t 120 start >/dev/null
    is "crash $round: calls had gone through" "$(sql 'SELECT count(*) > 100 FROM credits.hold')" t
    is "crash $round: the brake has counted what the books hold" "$(sql "$spent_by_the_brake")" "$(sql "$spent_by_the_books")"
done
is "the warning was given once" "$(sql "SELECT count(*) FROM credits.platform_event WHERE kind = 'warn'")" 1
is "the books are right" "$(sql 'SELECT count(*) FROM credits.verify()')" 0
echo "1..$number"
