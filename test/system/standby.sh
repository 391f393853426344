#!/usr/bin/env bash
# A streaming standby: every read works there and tells what is due although nothing can be written; every call
# that writes is refused with 25006. Prints TAP. Makes its own clusters, needs no environment.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"

primary=standby_primary standby=standby_replica
work=$(mktemp -d)
number=0

clean_up() {
    trap - EXIT
    remove_cluster "$standby" >/dev/null || true
    remove_cluster "$primary" >/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT

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

# sql SERVER TIME COMMANDS: on the primary or the standby, at a time; what psql says, errors included.
sql() {
    PGHOST=$state/$1/socket PGOPTIONS="-c pg_credits.now=${2// /\\ }" psql -XAtq -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -c "$3" 2>&1 || true
}

# catch_up: waits until the standby has replayed all that the primary has written.
catch_up() {
    local place deadline=$((SECONDS + 60))
    place=$(sql "$primary" "" "SELECT pg_current_wal_lsn()")
    while [[ $(sql "$standby" "" "SELECT pg_last_wal_replay_lsn() >= '$place'") != t ]]; do
        ((SECONDS < deadline)) || die "the standby does not catch up"
        sleep 0.05
    done
}

find_server
{
    fresh_cluster "$primary" && use_cluster "$primary" && remove_cluster "$standby" &&
        install -d -m 700 -o "$server_user" "$state/$standby" &&
        as_server pg_basebackup -D "$state/$standby/data" -R -c fast && start_cluster "$standby"
} >"$work/log" 2>&1 || { cat "$work/log" && exit 1; }

# What the standby gets by streaming: the extension, a plan, and an account with everything on its books.
noon="2026-01-10 12:00:00+00"
createdb credits
export PGDATABASE=credits
sql "$primary" "$noon" "
    CREATE EXTENSION pg_credits;
    SELECT credits.migrate();
    SELECT credits.configure('{\"plans\": {\"monthly\": {\"credits\": 300, \"interval\": \"1 month\", \"grant_on\": \"clock\"}},
        \"prices\": [{\"provider\": \"openai\", \"model\": \"gpt-4o\", \"metric\": \"input_tokens\", \"price\": \"2.5\", \"per\": 1000000}]}');
    SELECT credits.open_account('a', 'monthly'), credits.open_account('other');
    SELECT credits.grant('a', 100, 'gift', expires_at => '2026-01-11 12:00:00+00', idempotency_key => 'gift');
    SELECT credits.grant('a', 50, 'later', effective_at => '2026-01-12 12:00:00+00');
    SELECT credits.deduct('a', 30, idempotency_key => 'call');
    SELECT credits.authorize('a', 20, ttl => '1 hour');
    SELECT credits.authorize('a', 5, ttl => '1 week');
    CREATE ROLE customer;
    SELECT credits.grant_access('customer', 'customer', 'a')" >"$work/log"
is "the account is set up" "$(grep -c ERROR "$work/log" || true)" 0
catch_up
is "the standby is one" "$(sql "$standby" "" "SELECT pg_is_in_recovery()")" t

# reads: each read of an account, with what it comes to on both servers.
reads=(
    "SELECT * FROM credits.balance('a')"
    "SELECT * FROM credits.lots('a')"
    "SELECT * FROM credits.holds('a')"
    "SELECT * FROM credits.history('a')"
    "SELECT * FROM credits.check_balance('a', 250)"
    "SELECT * FROM credits.quote('a', provider => 'openai', model => 'gpt-4o', usage => '{\"input_tokens\": 400000}')"
    "SELECT * FROM credits.quote('a', provider => 'openai', model => 'gpt-4o', usage => '{\"input_tokens\": 4000000}')"
    "SELECT credits.receipt_of('a', 'call')"
    "SELECT * FROM credits.verify()"
    "SELECT credits.cost('openai', 'gpt-4o', '{\"input_tokens\": 1000001}')"
    "SELECT credits.cost('openai', 'gpt-4o', 7, 0)"
    "SELECT credits.export_config()"
    "SELECT * FROM credits.balance('nobody')"
)
for answer in balance usage tiers current_tier overage recommendations history packs; do
    reads+=("SET ROLE customer; SELECT credits_api.$answer()")
done

# Known answers first, then the standby against the primary: a read that were wrong on both would show in these.
is "balance" "$(sql "$standby" "$noon" "SELECT plan, balance, held, available, level FROM credits.balance('a')")" "monthly|370|25|345|normal"
is "lots" "$(sql "$standby" "$noon" "SELECT lot_no, source, amount, remaining, state FROM credits.lots('a')" | paste -sd' ')" \
    "2|gift|100|70|live 1|plan|300|300|live 3|later|50|50|scheduled"
is "holds" "$(sql "$standby" "$noon" "SELECT hold_no, amount FROM credits.holds('a')" | paste -sd' ')" "1|20 2|5"
is "history" "$(sql "$standby" "$noon" "SELECT entry_no, kind, amount, balance FROM credits.history('a')" | paste -sd' ')" \
    "1|grant|300|300 2|grant|100|400 3|grant|0|400 4|deduct|-30|370"
is "the customer's own answer" "$(sql "$standby" "$noon" "SET ROLE customer; SELECT credits_api.balance() #>> '{data,remainingCredits}'")" 370
is "and rows" "$(sql "$standby" "$noon" "SET ROLE customer; SELECT count(*), min(account_id) FROM credits.ledger")" "4|a"
is "check_balance: what is held is not there" "$(sql "$standby" "$noon" "SELECT b.has_enough FROM unnest(ARRAY[345, 346]) n, credits.check_balance('a', n) b" | paste -sd' ')" "t f"
is "quote: allowed, without a hold" \
    "$(sql "$standby" "$noon" "SELECT allowed, outcome, amount, cost, hold_no FROM credits.quote('a', provider => 'openai', model => 'gpt-4o', usage => '{\"input_tokens\": 400000}')")" "t|ok|100|1|"
is "quote: refused" \
    "$(sql "$standby" "$noon" "SELECT allowed, outcome, http_status FROM credits.quote('a', provider => 'openai', model => 'gpt-4o', usage => '{\"input_tokens\": 4000000}')")" "f|insufficient_credits|402"
is "receipt_of" "$(sql "$standby" "$noon" "SELECT entry_no, kind, amount, balance, replayed FROM credits.receipt_of('a', 'call')")" "4|deduct|-30|370|t"
is "verify" "$(sql "$standby" "$noon" "SELECT count(*) FROM credits.verify()")" 0
is "cost" "$(sql "$standby" "$noon" "SELECT credits.cost('openai', 'gpt-4o', '{\"input_tokens\": 1000001}')")" 2.5000025

# What is due by then is told, at each of these times, as the primary tells it; nothing is written anywhere.
is "due: a hold timed out" "$(sql "$standby" "2026-01-10 13:00:00+00" "SELECT balance, held FROM credits.balance('a')")" "370|5"
is "due: a lot expired, but for the credits of it that are held" "$(sql "$standby" "2026-01-11 12:00:00+00" "SELECT balance, held FROM credits.balance('a')")" "305|5"
is "due: a lot began to count" "$(sql "$standby" "2026-01-12 12:00:00+00" "SELECT balance, held FROM credits.balance('a')")" "355|5"
is "due: the plan renewed" "$(sql "$standby" "2026-02-10 12:00:00+00" "SELECT balance, held, period_start FROM credits.balance('a')")" "350|0|2026-02-10 12:00:00+00"
for moment in "$noon" "2026-01-10 13:00:00+00" "2026-01-12 12:00:00+00" "2026-02-10 12:00:00+00" "2027-03-10 12:00:00+00"; do
    for read in "${reads[@]}"; do
        is "$moment: ${read#SELECT }" "$(sql "$standby" "$moment" "$read")" "$(sql "$primary" "$moment" "$read")"
    done
done
is "an unknown account is the same error as everywhere" \
    "$(sql "$standby" "$noon" "SELECT * FROM credits.balance('nobody')" | head -n 1)" 'ERROR:  PT404: there is no account "nobody"'
is "nothing was written by reading" "$(sql "$primary" "$noon" "SELECT last_entry_no, clock FROM credits.wallet WHERE account_id = 'a'")" "4|$noon"

# Every call that writes, also one that would find its key used, or nothing to do; nobody gets a decision that holds nothing.
writes=(
    "credits.deduct('a', 1)"
    "credits.deduct('a', 30, idempotency_key => 'call')"
    "credits.authorize('a', 1)"
    "credits.authorize('nobody', 1)"
    "credits.extend('a', 1, 1)"
    "credits.settle('a', 1)"
    "credits.release('a', 1)"
    "credits.deduct_many('[{\"account_id\": \"a\", \"amount\": 1}]')"
    "credits.settle_many('[{\"account_id\": \"a\", \"hold_no\": 1}]')"
    "credits.grant('a', 1)"
    "credits.void_lot('a', 1)"
    "credits.refund('a', 4)"
    "credits.open_account('new')"
    "credits.open_account('a', 'monthly')"
    "credits.change_plan('a', 'monthly')"
    "credits.freeze('a', 'why')"
    "credits.unfreeze('a')"
    "credits.close_account('a')"
    "credits.apply_due('a')"
    "credits.erase_metadata('a')"
    "credits.maintain()"
    "credits.configure('{\"margin\": \"0.5\"}')"
    "credits.migrate()"
)
for storage in auto sql; do
    for write in "${writes[@]}"; do
        is "refused with 25006, storage $storage: $write" \
            "$(sql "$standby" "$noon" "SET pg_credits.storage = $storage; SELECT * FROM $write" | grep -oE '^ERROR:  .....')" "ERROR:  25006"
    done
done

# The primary goes on, the standby follows, and takes over.
is "the primary writes what is due" "$(sql "$primary" "2026-01-12 12:00:00+00" "SELECT balance FROM credits.deduct('a', 10)")" 345
catch_up
is "the standby follows, prices and plans of its sessions included" "$(sql "$standby" "2026-01-12 12:00:00+00" "SELECT balance, held FROM credits.balance('a')")" "345|5"
stop_cluster "$primary" >/dev/null
as_server pg_ctl -D "$state/$standby/data" -w promote >/dev/null
is "promoted: calls go on where they were" "$(sql "$standby" "2026-01-12 12:00:01+00" "SELECT entry_no, balance, replayed FROM credits.deduct('a', 30, idempotency_key => 'call')")" "4|370|t"
is "promoted: a hold is settled" "$(sql "$standby" "2026-01-12 12:00:01+00" "SELECT kind, amount, balance FROM credits.settle('a', 2)")" "settle|-5|340"
is "promoted: verify() finds nothing" "$(sql "$standby" "" "SELECT count(*) FROM credits.verify()")" 0
echo "1..$number"
