# The test suites of check, one function each, and the adding up. Sourced by check after lib.sh; every
# suite works on the private cluster that use_cluster named and makes its own databases there.

passed=0 failed=0 skipped=0
logs=$build/check
mkdir -p "$logs"

shopt -s nullglob

# Real inputs of others, where they are; a test that needs them skips itself otherwise, and says so.
if [[ -z ${PG_CREDITS_DATA:-} && -d $root/../shared/data ]]; then
    PG_CREDITS_DATA=$(cd "$root/../shared/data" && pwd -P)
    export PG_CREDITS_DATA
elif [[ -n ${PG_CREDITS_DATA:-} && ! -d $PG_CREDITS_DATA ]]; then
    die "PG_CREDITS_DATA names no folder: $PG_CREDITS_DATA"
fi

# run_tests NAME COMMAND...: runs what reports single tests and adds them up; a failing one's output is shown.
# Of a passing one only the lines that tell its coverage are: "86 cases of ...", "12 cases skipped: ...".
run_tests() {
    local name=$1 log=$logs/${1//\//-}.log began=$SECONDS status=0 good bad left
    shift
    printf '  %-44s' "$name"
    ("$@") </dev/null >"$log" 2>&1 || status=$?
    read -r good bad left < <(awk -v status="$status" -f "$root/scripts/tap.awk" "$log")
    passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left))
    say "$good passed, $bad failed$( ((left == 0)) || say ", $left skipped") ($((SECONDS - began)) s)"
    if ((bad == 0)); then
        sed -nE '/[0-9]+ cases/s/^([0-9]+: |# *)?/    /p' "$log"
    else
        cat "$log"
    fi
}

# each_file NAME COMMAND FILE...: runs the command on every file; a suite without files would prove nothing.
each_file() {
    local suite=$1 command=$2 file
    shift 2
    (($# > 0)) || run_tests "$suite" say "there is no $suite test to run"
    for file in "$@"; do
        run_tests "$suite/$(basename "${file%.*}")" "$command" "$file"
    done
}

# verdict TEXT COMMAND...: one test from a command's exit status.
verdict() {
    local text=$1
    shift
    if "$@"; then say "ok 1 - $text"; else say "not ok 1 - $text"; fi
    say 1..1
}

skip() { say "1..0 # SKIP $1"; }

suite_unit() { run_tests unit unit_tests; }

# unit_tests: ctest, reduced to its result lines, what tells the coverage, and the output of tests that failed.
unit_tests() {
    local log=$logs/ctest.log status=0
    ctest --test-dir "$programs" -V -j "$(nproc)" --timeout 600 >"$log" 2>&1 || status=$?
    grep -E ' Test +#[0-9]+: |[0-9]+ cases' "$log"
    awk -F: 'NR == FNR { if (/ Test +#.*\*\*\*/ && !/Skipped/) { sub(/.*#/, "", $1); bad[$1] } next } $1 in bad' \
        "$log" "$log"
    return $status
}

suite_regress() { run_tests regress driver regress "ISOLATION=" output_regress; }

suite_isolation() { run_tests isolation driver isolation "REGRESS=" output_iso; }

# driver NAME SWITCH FOLDER: PostgreSQL's own test driver through the Makefile, then the differences in full.
driver() {
    local differences=$build/extension/$3/regression.diffs status=0
    rm -f "$differences"
    extension_make installcheck "$2" || status=$?
    [[ ! -f $differences ]] || cat "$differences"
    return $status
}

suite_pgtap() {
    credits_database check_template && psql -Xqd check_template -c 'CREATE EXTENSION pgtap' || true
    each_file pgtap pgtap_file "$root"/test/pgtap/*.sql
    run_tests pgtap/preset_rows "$root/scripts/preset_rows" check_template "$logs"/pgtap-preset_*.log
}

pgtap_file() {
    fresh_database check_pgtap check_template &&
        timeout 900 psql -XAtqd check_pgtap -P pager=off -v ON_ERROR_ROLLBACK=1 -v ON_ERROR_STOP=1 -f "$1"
}

# A system test is an executable that prints TAP. It is given the cluster (PGHOST, PGPORT, PGUSER, PGDATA),
# $PG_CREDITS_PROGRAMS (where replay and stress are) and the right to source scripts/lib.sh for clusters of its own.
suite_system() {
    export PG_CREDITS_PROGRAMS=$programs
    each_file system system_file "$root"/test/system/*.sh
}

system_file() { timeout 1800 "$1"; }

# End to end: an application's own packages, straight to the server and through a pooler. A file of tests prints TAP
# and is given a fresh database and $PG_CREDITS_POOLER, the folder of the pooler's socket (port 6432).
suite_e2e() {
    source "$root/scripts/clients.sh"
    if step "  fetching the packages that clients use" install_clients &&
        step "  starting a pooler" start_pooler postgres check_shop; then
        createuser check_shop && credits_database check_e2e_template || true
        export PG_CREDITS_POOLER=$pooler
        each_file e2e e2e_file "$root"/test/e2e/*.test.mjs
        dropdb --if-exists --force check_e2e && dropdb check_e2e_template &&
            psql -Xqd postgres -c 'DROP OWNED BY check_shop' -c 'DROP ROLE check_shop'
    else
        failed=$((failed + 1))
    fi
    step "  stopping the pooler" stop_pooler
}

e2e_file() {
    fresh_database check_e2e check_e2e_template && PGDATABASE=check_e2e run_client --test-reporter=tap "$1"
}

# The dashboard: types checked, the logic without a browser, then the built page in a browser before PostgREST, each file of
# tests with a fresh database of a shop at a time that stands still.
suite_dashboard() {
    source "$root/scripts/clients.sh"
    source "$root/scripts/dashboard.sh"
    if step "  fetching the packages that clients use" install_clients && step "  building the page" build_page &&
        step "  building its tests" build_page_tests; then
        each_file dashboard page_test "$page"/built-tests/test/unit/*.test.js
        export PGOPTIONS="-c pg_credits.now=$dashboard_time"
        step "  loading six weeks of a small business" dashboard_template check_dashboard_template || true
        each_file dashboard browser_test "$page"/built-tests/test/browser/*.test.js
        unset PGOPTIONS
        drop_dashboard_leavings
        run_tests dashboard/demo dashboard_demo
    else
        failed=$((failed + 1))
    fi
}

dashboard_demo() {
    verdict "the demo with the dashboard comes up, answers, and takes everything down" "$root/demo" --dashboard --once &&
        [[ ! -d $state/dashboard ]]
}

# Conservation under load: all verbs at once on few and on many accounts, then the journal against the ledger. Then
# limits and the brake: more calls than are allowed, and what was admitted against what was allowed.
# Vacuum comes as often as it does to tables that are large for their load.
suite_stress() {
    local accounts
    psql -Xqd postgres -c "ALTER SYSTEM SET autovacuum_naptime = '1s'" -c 'SELECT pg_reload_conf()' -o /dev/null
    for accounts in few many; do
        run_tests "stress/$accounts" stress_run "$accounts"
    done
    for accounts in 4 40; do
        run_tests "stress/policy-$accounts" policy_run "$accounts"
    done
    psql -Xqd postgres -c 'ALTER SYSTEM RESET autovacuum_naptime' -c 'SELECT pg_reload_conf()' -o /dev/null
}

stress_run() {
    credits_database check_stress || return
    verdict "32 connections, all verbs, $1 accounts: every receipt is in the ledger once, nothing is lost" \
        stress_conserves "$1" "$logs/stress-$1.journal"
}

policy_run() {
    credits_database check_stress || return
    verdict "32 connections, $1 accounts: limits and the brake's stop are reached and never passed" \
        timeout 600 "$programs/stress" --policy --database dbname=check_stress --seconds 8 --connections 32 --accounts "$1"
}

stress_conserves() {
    rm -f "$2"
    timeout 600 "$programs/stress" --database dbname=check_stress --journal "$2" --seconds 15 --connections 32 --accounts "$1" &&
        timeout 600 "$programs/stress" --database dbname=check_stress --check "$2"
}

suite_replay() {
    run_tests replay/built-in replay_run "$root/replay/traces/small.csv" 8
    real_trace azure_llm_2023_conv.csv.gz 1 5.8074795
    real_trace azure_llm_2023_conv.csv.gz 32 5.8074795
    real_trace azure_llm_2023_code.csv.gz 32 2.8565337
    real_trace mooncake_conversation_trace.jsonl.gz 32 24.19230225
}

# real_trace FILE CONNECTIONS TOTAL: TOTAL is tokens × price, summed apart from any program here.
real_trace() {
    local file=${PG_CREDITS_DATA:-}/traces/$1 name=replay/${1%%.*}-$2
    if [[ -f $file ]]; then
        run_tests "$name" replay_run "$file" "$2" "$3"
    else
        run_tests "$name" skip "the trace is not here; PG_CREDITS_DATA names the folder of real inputs"
    fi
}

replay_run() {
    credits_database check_replay || return
    verdict "the ledger's total is the trace × its prices${3:+, exactly $3 USD}" replay_total "$@"
}

replay_total() {
    local output status=0
    output=$(timeout 1800 "$programs/replay" --database dbname=check_replay --trace "$1" --connections "$2") || status=$?
    say "$output"
    ((status == 0)) && [[ $output == *"ledger ${3:-}"* ]]
}

# What comes from outside as JSON, mutated for a while: see test/fuzz.
suite_fuzz() {
    local compiler
    compiler=$(fuzzing_compiler)
    if [[ -n $compiler ]]; then
        run_tests fuzz fuzz_run "$compiler"
    else
        run_tests fuzz skip "there is no clang with libFuzzer here"
    fi
}

# fuzzing_compiler: a clang that can link a fuzzer, or nothing.
fuzzing_compiler() {
    local compiler program=$logs/fuzzer
    for compiler in clang++-14 clang++; do
        if echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' |
            "$compiler" -fsanitize=fuzzer,address,undefined -x c++ - -o "$program" 2>/dev/null; then
            say "$compiler"
            break
        fi
    done
    rm -f "$program"
}

fuzz_run() {
    local folder=$logs/fuzz
    rm -rf "$folder" && mkdir -p "$folder/corpus" &&
        cmake -S "$root" -B "$build/fuzz" -DCMAKE_CXX_COMPILER="$1" -DPG_CREDITS_FUZZ=ON -DPG_CONFIG="$PG_CONFIG" &&
        cmake --build "$build/fuzz" -j "$(nproc)" --target fuzz || return
    verdict "no input that breaks a property of what comes from outside was found" \
        timeout 600 "$build/fuzz/fuzz" -runs=200000 -max_total_time=30 -max_len=2048 -print_final_stats=1 \
        -dict="$root/test/fuzz/names.dict" -artifact_prefix="$folder/" "$folder/corpus" "$root/test/fuzz/seeds"
}

suite_contract() {
    local file=${PG_CREDITS_DATA:-}/../tools/contract.sql
    if [[ -f $file ]]; then
        run_tests contract contract_holds "$file"
    else
        run_tests contract skip "there is no contract.sql beside the real inputs"
    fi
}

contract_holds() {
    local all
    credits_database check_contract && all=$(psql -XAtqd check_contract -v ON_ERROR_STOP=1 -f "$1") || return
    verdict "functions, arguments and comments are those of the contract" \
        awk '/^(engine|always|pricing|policy)\|/ { print; bad = 1 } END { exit bad }' <<<"$all"
}

suite_lint() {
    credits_database check_lint || true
    run_tests lint "$root/scripts/lint" check_lint
}

# A backend that crashed may have gone unnoticed by the test that crashed it.
server_log() {
    verdict "no server process crashed" server_log_is_clean
}

server_log_is_clean() { ! grep -E 'PANIC:|TRAP:|was terminated by signal' "$state/check/server.log"; }
