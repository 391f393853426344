# The cases of bench/run, one function each: what is compared with what, under which settings.
# Sourced after measure.sh; see compare there for the variables.
# shellcheck disable=SC2034 # they are read by the functions called

case_deduct() {
    local clients
    for clients in 1 8 32; do
        compare "deduct, clients: $clients" "$clients" deduct cte plpgsql
    done
    local synchronous_commit=off
    compare "deduct, clients: 32, synchronous_commit off" 32 deduct cte plpgsql
}

case_hot() {
    local first_line='\set account 1'
    compare "one hot account, clients: 32" 32 deduct cte plpgsql
}

case_authorize_settle() {
    compare "authorize + settle, clients: 32" 32 authorize_settle cte
    local synchronous_commit=off
    compare "authorize + settle, clients: 32, synchronous_commit off" 32 authorize_settle cte
}

case_balance() {
    local clients
    for clients in 1 32; do
        compare "balance, clients: $clients" "$clients" balance balance_sql
    done
}

case_batch() {
    local accounts before=batch.sql
    for accounts in 100000 10; do
        compare "1,000 events a call, $accounts accounts, one connection" 1 deduct_many deduct batch_sql
    done
}

# call_rows CONTENDER: enough charges for a row's average size to be steady.
call_rows() {
    local calls tps synchronous_commit=off
    call "$1" 8 -t "$(((rows + 7) / 8))"
}

case_size() {
    local contender before=size_before.sql
    local -A written=()
    fresh_bench
    for contender in deduct cte; do
        step "writing $rows charges by $contender" call_rows "$contender"
    done
    run_file bench size.sql
}

# Figures of the price book alone, there is nothing to compare them with; then what pricing adds to a deduct.
case_pricing() {
    local before="" synchronous_commit=off file
    export PG_CREDITS_DATA=${PG_CREDITS_DATA:-$root/../shared/data}
    for file in prices/litellm_model_prices_2026-08-01.json.gz traces/azure_llm_2023_conv.csv.gz; do
        [[ -r $PG_CREDITS_DATA/$file ]] || die "there is no $PG_CREDITS_DATA/$file"
    done
    fresh_bench
    run_file bench pricing.sql
    before=pricing_before.sql
    compare "priced deduct, clients: 8, synchronous_commit off" 8 deduct_priced deduct
}

case_policy() {
    local accounts=20000 before=policy_before.sql
    local -A policy_of=([deduct_policy]=full [deduct_plain]=none)
    compare "deduct under a full policy, clients: 32" 32 deduct_policy deduct_plain
    local synchronous_commit=off
    compare "deduct under a full policy, clients: 32, synchronous_commit off" 32 deduct_policy deduct_plain
}

case_brake() {
    local accounts=20000 before=policy_before.sql
    local -A policy_of=([deduct_brake]=brake [deduct_plain]=none)
    compare "deduct under the brake, clients: 32" 32 deduct_brake deduct_plain
    local synchronous_commit=off
    compare "deduct under the brake, clients: 32, synchronous_commit off" 32 deduct_brake deduct_plain
}

# Abuse comes from few members, again and again.
case_refusal() {
    local accounts=1000 before=policy_before.sql
    compare "refused authorize, clients: 32" 32 authorize_refused authorize_accepted
}

# Signed payment events by an application's own driver; nothing to compare them with.
case_events() {
    local round ticks count=$((seconds * 1000)) before=""
    source "$root/scripts/clients.sh"
    step "fetching the packages of its clients" install_clients
    say "payment events, connections: 8"
    for ((round = 1; round <= rounds; round++)); do
        fresh_bench
        PGDATABASE=bench run_client "$root/bench/events.mjs" prepare "$count" 8
        ticks=$(server_ticks)
        printf '  round %s  ' "$round"
        PGDATABASE=bench run_client "$root/bench/events.mjs" measure "$count" 8
        ticks=$(($(server_ticks) - ticks))
        say "           $((1000000 * ticks / $(getconf CLK_TCK) / count)) µs server CPU each"
    done
}

# Views alone, over a ledger of as many calls as --rows says; there is nothing to compare them with.
case_views() {
    credits_database bench_views
    ask bench_views "CREATE SCHEMA bench"
    run_file bench_views views.sql -v "rows=$rows"
    dropdb bench_views
}

# Whether roll-ups keep up with 5,000 calls a second, told to run every five seconds as a scheduler would tell them.
case_maintain() {
    local first_line="" file=$state/bench/script.pgbench since="" clients before=pricing_before.sql
    fresh_bench
    script_of deduct_priced >"$file"
    say "maintain every 5 s, beside 5,000 priced deducts a second, clients: 8"
    pgbench -n -M prepared -c 8 -j 2 -R 5000 -T "$((seconds * 2))" -D accounts=100000 -f "$file" bench >"$state/bench/maintain.out" 2>&1 &
    clients=$!
    while kill -0 "$clients" 2>/dev/null; do
        sleep 5
        since=$(ask bench "SELECT clock_timestamp()")
        ask bench "SELECT format('  %s entries rolled up in %s ms', m.answer ->> 'rolled_up', round(extract(epoch FROM clock_timestamp() - '$since') * 1000))
                   FROM (SELECT credits.maintain()) m(answer)"
    done
    wait "$clients" || die "calls failed: $(cat "$state/bench/maintain.out")"
    sed -n -E 's/^(tps = [0-9]+).*/  calls: \1/p' "$state/bench/maintain.out"
}
