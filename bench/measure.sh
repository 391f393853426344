# How one slice is measured, and how slices become ratios. Sourced after scripts/lib.sh; owns the private
# cluster "bench" with its databases: bench_template (accounts and baseline, never run on), bench (a fresh
# copy of it for each round) and postgres (what was measured). Never touches another cluster.

# A staged copy of its own: a build meanwhile must not change what is measured.
extension=$state/bench_extension

declare -A policy_of=() # by contender; see compare

# find_baseline: the hand-written SQL to compare with, which is not ours to change and so not kept here.
find_baseline() {
    baseline=${PG_CREDITS_DATA:-$root/../shared/data}/../bench
    local file
    for file in baseline.sql cte.pgbench plpgsql.pgbench; do
        [[ -r $baseline/$file ]] || {
            say "bench: there is no $baseline/$file to compare with; PG_CREDITS_DATA names the folder beside it" >&2
            exit 2
        }
    done
}

# The same for all contenders. Autovacuum would clean up after one in the slice of another; as many WAL files
# are kept as are used, so that they are written over rather than made anew.
tune_cluster() {
    local setting
    for setting in shared_buffers=2GB max_wal_size=8GB min_wal_size=8GB checkpoint_timeout=30min fsync=on autovacuum=off; do
        ask postgres "ALTER SYSTEM SET ${setting%=*} = '${setting#*=}'"
    done
    stop_cluster bench && start_cluster bench
}

prepare_cluster() {
    # The lock is not for the servers that are started here (9>&-): one that outlives us must not keep it.
    exec 9>"$state/bench.lock"
    flock -n 9 || die "another measurement runs on this copy"
    trap remove_bench EXIT
    find_server
    step "building the extension" extension_make all
    step "installing it for the private cluster" install_extension
    step "starting a private cluster" fresh_cluster bench 9>&-
    use_cluster bench
    step "setting it" tune_cluster 9>&-
    step "opening 100,000 accounts" make_template
    run_file postgres results.sql
}

remove_bench() {
    step "removing the private cluster" remove_cluster bench
    rm -rf "$extension"
}

make_template() {
    credits_database bench_template && psql -Xqd bench_template -v ON_ERROR_STOP=1 -f "$baseline/baseline.sql" &&
        run_file bench_template setup.sql
}

# ask DATABASE SQL: the answer, bare.
ask() { psql -XAtqd "$1" -v ON_ERROR_STOP=1 -c "$2"; }

# run_file DATABASE FILE ARGUMENT...: one of the SQL files beside this one.
run_file() { psql -Xqd "$1" -P pager=off -v ON_ERROR_STOP=1 "${@:3}" -f "$root/bench/$2"; }

# fresh_bench: the copy in memory and on disk, so that no slice pays for making it. No checkpoint after it:
# that would make the first contenders write full pages into the WAL.
fresh_bench() {
    fresh_database bench bench_template
    ask bench 'SELECT count(bench.pg_prewarm(relation)) FROM bench.relation' >/dev/null
    [[ -z ${before:-} ]] || run_file bench "$before"
    charged_before=$(ask bench "SELECT count(*) FROM credits.ledger WHERE kind <> 'grant'")
    sync -f "$PGDATA"
}

# server_ticks: CPU time of every process of the cluster, also of those that are gone, in clock ticks.
# Waits until the clients are gone, so that no process is counted twice or not at all.
server_ticks() {
    local postmaster
    until [[ $(ask postgres "SELECT count(*) FROM pg_stat_activity WHERE datname = 'bench'") == 0 ]]; do sleep 0.02; done
    postmaster=$(head -n 1 "$PGDATA/postmaster.pid")
    # After the command's name: utime and stime of each, and of the postmaster's ended children.
    { pgrep -P "$postmaster" | sed 's|.*|/proc/&/stat|' | xargs cat "/proc/$postmaster/stat" 2>/dev/null || true; } |
        sed 's/.*) //' | awk '{ ticks += $12 + $13 + $14 + $15 } END { print ticks }'
}

# script_of CONTENDER: its pgbench script; with $first_line, that one replaces the script's first.
script_of() {
    local file=$root/bench/$1.pgbench
    [[ -f $file ]] || file=$baseline/$1.pgbench
    if [[ -n ${first_line:-} ]]; then
        printf '%s\n' "$first_line"
        tail -n +2 "$file"
    else
        cat "$file"
    fi
}

# events_of CONTENDER: charges (or reads) in one run of its script.
events_of() { case $1 in deduct_many | batch_sql) say 1000 ;; *) say 1 ;; esac; }

# ledger_of CONTENDER: where each of its charges leaves one row.
ledger_of() { case $1 in balance | balance_sql | authorize_*ed) say none ;; cte | plpgsql | batch_sql) say baseline ;; *) say credits ;; esac; }

# call CONTENDER CLIENTS PGBENCH_ARGUMENT...: runs its script; sets $calls and $tps. Every failure is fatal.
call() {
    local contender=$1 clients=$2 output ledger file=$state/bench/script.pgbench
    script_of "$contender" >"$file"
    output=$(PGOPTIONS="-c synchronous_commit=${synchronous_commit:-on}" pgbench -n -M prepared -c "$clients" \
        -j "$((clients < 2 ? 1 : 2))" -D accounts="${accounts:-100000}" -f "$file" "${@:3}" bench 2>&1) ||
        die "$contender failed: $output"
    calls=$(sed -nE 's/^number of transactions actually processed: ([0-9]+).*/\1/p' <<<"$output")
    tps=$(sed -nE 's/^tps = ([0-9.]+) .*/\1/p' <<<"$output")
    calls=$((calls * $(events_of "$contender")))
    ledger=$(ledger_of "$contender")
    written[$ledger]=$((${written[$ledger]:-0} + calls))
}

# slice TITLE ROUND CONTENDER CLIENTS: measures one slice and keeps it.
slice() {
    local ticks wal calls tps policy=${policy_of[$3]:-}
    [[ -z $policy ]] || run_file bench "policy_$policy.sql"
    ticks=$(server_ticks)
    wal=$(ask postgres 'SELECT pg_current_wal_insert_lsn()')
    call "$3" "$4" -T "$seconds"
    ticks=$(($(server_ticks) - ticks))
    ask postgres "INSERT INTO slice VALUES (DEFAULT, '$1', $2, '$3', $tps * $(events_of "$3"),
                      1e6 * $ticks / $(getconf CLK_TCK) / $calls, (pg_current_wal_insert_lsn() - '$wal'::pg_lsn) / $calls)
                  RETURNING format('  round %s  %-17s %8s/s  %6s µs server CPU  %5s B WAL', round, contender,
                                   round(per_second), round(cpu_us, 1), round(wal_bytes))"
}

# check_written: every charge that a client was told of is in its ledger, once.
check_written() {
    local ledger found
    written[credits]=$((${written[credits]:-0} + charged_before))
    for ledger in credits baseline; do
        found=$(ask bench "SELECT count(*) FROM $ledger.ledger $([[ $ledger == baseline ]] || say "WHERE kind <> 'grant'")")
        ((found == ${written[$ledger]:-0})) ||
            die "$ledger.ledger has $found charges, but ${written[$ledger]:-0} were made"
    done
}

# compare TITLE CLIENTS OURS OTHER...: slices of all contenders in turn, on a fresh database each round,
# in each round another one first. The settings of a case are variables local to it: synchronous_commit,
# first_line (of every script), accounts, before (SQL file run on the fresh database), and policy_of (the policy
# that a contender's slices run under).
compare() {
    local title=$1 clients=$2 round at
    local contenders=("${@:3}")
    local count=${#contenders[@]}
    say "$title"
    for ((round = 1; round <= rounds; round++)); do
        local -A written=()
        fresh_bench
        for ((at = 0; at < count; at++)); do
            slice "$title" "$round" "${contenders[(at + round - 1) % count]}" "$clients"
        done
        check_written
    done
    ask postgres "INSERT INTO comparison SELECT '$title', '$3', unnest(string_to_array('${contenders[*]:1}', ' '))"
}

report() {
    [[ $(ask postgres 'SELECT count(*) FROM comparison') == 0 ]] || run_file postgres report.sql
}
