#!/usr/bin/env bash
# Early lock release: another session gets the wallet before a commit is durable, and no client is answered
# before its own commit is. A commit is held up by a synchronous standby that is down, or by a WAL writer that
# sleeps, so nothing here depends on time. Prints TAP. Makes its own clusters, needs no environment.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"

primary=early_primary standby=early_standby
work=$(mktemp -d)
walwriter=
number=0
declare -A pipe

clean_up() {
    trap - EXIT
    [[ -z $walwriter ]] || as_server kill -CONT "$walwriter" || true
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

# sql COMMAND: apart from the sessions under test, and never held up itself.
sql() { PGOPTIONS='-c synchronous_commit=local' psql -XAtq -v ON_ERROR_STOP=1 -c "$1"; }

# eventually TEXT WANTED COMMAND...: the command comes to print what is wanted.
eventually() {
    local text=$1 wanted=$2 got deadline=$((SECONDS + 30))
    shift 2
    while got=$("$@"); [[ $got != "$wanted" ]] && ((SECONDS < deadline)); do sleep 0.05; done
    is "$text" "$got" "$wanted"
}

# open NAME: a session of that name, kept open.
open() {
    local end
    mkfifo "$work/$1"
    : >"$work/$1.out"
    PGAPPNAME=$1 psql -XAtq -v VERBOSITY=sqlstate <"$work/$1" >>"$work/$1.out" 2>&1 &
    exec {end}>"$work/$1"
    pipe[$1]=$end
}

# send NAME COMMAND: without waiting for the answer; answers gathers them from here on.
send() {
    : >"$work/$1.out"
    printf '%s\n\\echo answered\n' "$2" >&"${pipe[$1]}"
}

# answers NAME: what the session has printed since the last command.
answers() { paste -sd' ' "$work/$1.out"; }

# ask TEXT NAME COMMAND WANTED: the answer comes, and is as wanted.
ask() {
    send "$2" "$3"
    eventually "$1" "${4:+$4 }answered" answers "$2"
}

# waits NAME: what the session waits for: SyncRep (standby), transactionid or tuple (a row), ClientRead (a command).
waits() { sql "SELECT CASE WHEN wait_event IN ('transactionid', 'tuple') THEN 'row' ELSE wait_event END FROM pg_stat_activity WHERE application_name = '$1'"; }

# is_held TEXT NAME: a commit comes to wait for the standby. still_held TEXT NAME [PRINTED]: it does so still, and
# its client has no answer but what was printed before.
is_held() { eventually "$1" SyncRep waits "$2"; }

still_held() { is "$1" "$(waits "$2") $(answers "$2")" "SyncRep ${3:-}"; }

standby_down() { stop_cluster "$standby" >/dev/null; }

standby_up() { start_cluster "$standby" >/dev/null; }

# released TEXT NAME [ANSWER]: with the standby back, a commit that waited for it is answered.
released() { eventually "$1" "${3:+$3 }answered" answers "$2"; }

find_server
fresh_cluster "$primary" >"$work/log" 2>&1 || { cat "$work/log" && exit 1; }
use_cluster "$primary"
sql "ALTER SYSTEM SET autovacuum = off" && sql "SELECT pg_reload_conf()" >/dev/null
createdb credits
export PGDATABASE=credits
sql "CREATE EXTENSION pg_credits; SELECT credits.migrate()" >/dev/null
sql "SELECT credits.open_account(a), credits.grant(a, 1000) FROM unnest(ARRAY['a', 'b']) a;
     CREATE TABLE orders (no int PRIMARY KEY, state text);
     INSERT INTO orders VALUES (1, 'new'), (2, 'new');
     CREATE TABLE item (order_no int REFERENCES orders DEFERRABLE INITIALLY DEFERRED)" >/dev/null

# Part one, the disk: while the WAL writer sleeps nobody but a committing session itself flushes.
walwriter=$(sql "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'")
as_server kill -STOP "$walwriter"
sql "CREATE FUNCTION mark() RETURNS text LANGUAGE sql AS
     'SELECT set_config(''test.place'', pg_current_wal_insert_lsn()::text, false)'"

# flushed TEXT WANTED SETTINGS COMMANDS: whether what was written up to mark(), and a commit after it, is on disk
# (t or f) when the client goes on.
flushed() {
    is "$1" "$(psql -XAtq -v ON_ERROR_STOP=1 <<SQL
\o /dev/null
$3; $4;
\o
SELECT pg_current_wal_flush_lsn() > current_setting('test.place')::pg_lsn
SQL
)" "$2"
}

transaction="BEGIN; SELECT credits.deduct('a', 1); SELECT mark(); COMMIT"
flushed "synchronous_commit off: not on disk at the answer, so this test can tell" f "SET synchronous_commit = off" "$transaction"
flushed "on disk at the answer" t "" "$transaction"
flushed "also with early_lock_release off" t "SET pg_credits.early_lock_release = off" "$transaction"
for level in local remote_write on remote_apply; do
    flushed "synchronous_commit $level" t "SET synchronous_commit = $level" "$transaction"
done
flushed "a statement by itself" t "" "SELECT mark(); SELECT credits.deduct('a', 1)"
flushed "a statement by itself, synchronous_commit off" f "SET synchronous_commit = off" "SELECT mark(); SELECT credits.deduct('a', 1)"
flushed "between tables of the application" t "" \
    "BEGIN; UPDATE orders SET state = 'paid' WHERE no = 1; SELECT credits.deduct('a', 1); UPDATE orders SET state = 'done' WHERE no = 1; SELECT mark(); COMMIT"
flushed "a savepoint released" t "" "BEGIN; SAVEPOINT s; SELECT credits.deduct('a', 1); RELEASE s; SELECT mark(); COMMIT"
flushed "a savepoint rolled back, with the application's own rows kept" t "" \
    "BEGIN; UPDATE orders SET state = 'new'; SAVEPOINT s; SELECT credits.deduct('a', 1); ROLLBACK TO s; SELECT mark(); COMMIT"
flushed "synchronous_commit off for this transaction" f "" \
    "BEGIN; SET LOCAL synchronous_commit = off; SELECT credits.deduct('a', 1); SELECT mark(); COMMIT"
flushed "synchronous_commit on for this transaction of a session that has it off" t "SET synchronous_commit = off" \
    "BEGIN; SET LOCAL synchronous_commit = on; SELECT credits.deduct('a', 1); SELECT mark(); COMMIT"
flushed "a commit inside DO" t "" "DO 'BEGIN PERFORM credits.deduct(''a'', 1); PERFORM mark(); COMMIT; END'"
flushed "PREPARE TRANSACTION" t "" "BEGIN; SELECT credits.deduct('a', 1); SELECT mark(); PREPARE TRANSACTION 'p'"
flushed "COMMIT PREPARED" t "" "SELECT mark(); COMMIT PREPARED 'p'"
flushed "a transaction of the application after one that was rolled back is as usual" t "" \
    "BEGIN; SELECT credits.deduct('a', 1); ROLLBACK; BEGIN; UPDATE orders SET state = 'paid'; SELECT mark(); COMMIT"
flushed "through SQL storage" t "SET pg_credits.storage = sql" "$transaction"
as_server kill -CONT "$walwriter"
walwriter=

# Part two, a synchronous standby: while it is down, commits that must wait for it wait, and hold up their client.
install -d -m 700 -o "$server_user" "$state/$standby"
as_server pg_basebackup -D "$state/$standby/data" -R -c fast >"$work/log" 2>&1 || { cat "$work/log" && exit 1; }
standby_up
sql "ALTER SYSTEM SET synchronous_standby_names = '*'" && sql "SELECT pg_reload_conf()" >/dev/null
eventually "a synchronous standby" sync sql "SELECT sync_state FROM pg_stat_replication"
for name in one two; do open "$name"; done
ask "with the standby up a commit is answered" one "SELECT balance FROM credits.deduct('b', 10);" 990

standby_down
send one "BEGIN; UPDATE orders SET state = 'one' WHERE no = 1; SELECT balance FROM credits.deduct('b', 10); COMMIT;"
is_held "the first commit waits for the standby" one
ask "the second session has the wallet's row meanwhile, as the first one left it" two "BEGIN; SELECT balance FROM credits.deduct('b', 1);" 979
ask "and the application's row of the first one's transaction" two "UPDATE orders SET state = state || ' two' WHERE no = 1 RETURNING state;" "one two"
send two "COMMIT;"
is_held "the second commit waits too" two
still_held "and so does the first one still, without an answer" one 980
standby_up
released "with the standby back the first one is answered" one 980
released "and the second one" two
for name in one two; do ask "session $name: synchronous_commit is as it was" "$name" "SHOW synchronous_commit;" on; done

# second_waits TEXT SETTINGS COMMANDS FOR [ANSWER [BEFORE]]: session one commits while the standby is down; what does
# session two, which wants the same wallet, wait for then? ANSWER: what session one has printed at the end, BEFORE:
# while it waits, where that is not the same.
second_waits() {
    standby_down
    ask "$1: set up" one "$2"
    send one "$3"
    is_held "$1: the commit waits for the standby" one
    send two "BEGIN; SELECT kind FROM credits.deduct('b', 1);"
    if [[ $4 == nothing ]]; then
        eventually "$1: the second session has the wallet" "deduct answered" answers two
    else
        eventually "$1: the second session waits for the $4" "$4" waits two
    fi
    still_held "$1: the first one has no answer" one "${6-${5:-}}"
    standby_up
    released "$1: with the standby back the first one is answered" one "${5:-}"
    released "$1: and the second one has the wallet" two deduct
    ask "$1: settled" two "COMMIT;"
    ask "$1: settled" one "RESET ALL;"
}

take="SELECT kind FROM credits.deduct('b', 1);"
second_waits "early_lock_release off" "SET pg_credits.early_lock_release = off;" "BEGIN; $take COMMIT;" row deduct
second_waits "a savepoint released" "" "BEGIN; SAVEPOINT s; $take RELEASE s; UPDATE orders SET state = 'one' WHERE no = 2; COMMIT;" nothing deduct
second_waits "a savepoint rolled back before" "" "BEGIN; SAVEPOINT s; $take ROLLBACK TO s; $take COMMIT;" nothing "deduct deduct"
second_waits "remote_apply" "SET synchronous_commit = remote_apply;" "BEGIN; $take COMMIT;" nothing deduct
second_waits "remote_write" "SET synchronous_commit = remote_write;" "BEGIN; $take COMMIT;" nothing deduct
second_waits "on for this transaction, local for the session" "SET synchronous_commit = local;" \
    "BEGIN; SET LOCAL synchronous_commit = on; $take COMMIT;" nothing deduct
second_waits "on for this transaction, off for the session" "SET synchronous_commit = off;" \
    "BEGIN; SET LOCAL synchronous_commit = on; $take COMMIT;" nothing deduct
second_waits "a call by itself" "" "SELECT credits.deduct('b', 1) IS NOT NULL AS done;" nothing t ""
second_waits "a call in DO" "" "DO 'BEGIN PERFORM credits.deduct(''b'', 1); END';" nothing

# What does not wait, and the setting afterwards.
standby_down
for level in local off; do
    ask "$level: answered without the standby" one "SET synchronous_commit = $level; $take SHOW synchronous_commit;" "deduct $level"
    ask "$level for this transaction: answered without the standby" one \
        "RESET synchronous_commit; BEGIN; SET LOCAL synchronous_commit = $level; $take COMMIT; SHOW synchronous_commit;" "deduct on"
done
ask "rolled back: answered without the standby" one "BEGIN; $take ROLLBACK; SHOW synchronous_commit;" "deduct on"
ask "a read: answered without the standby" one "SELECT count(*) FROM credits.balance('b');" 1
for level in on remote_apply local off; do
    ask "an error in commit, $level: the setting is as it was" one \
        "SET synchronous_commit = $level; BEGIN; $take INSERT INTO item VALUES (77); COMMIT; SHOW synchronous_commit;" "deduct ERROR:  23503 $level"
done
ask "reset" one "RESET ALL;"

# A transaction of the application alone, after calls that were rolled back or failed in commit, releases nothing early.
send one "BEGIN; $take ROLLBACK; BEGIN; $take INSERT INTO item VALUES (77); COMMIT; BEGIN; UPDATE orders SET state = 'alone' WHERE no = 2; COMMIT;"
is_held "a transaction without a call waits for the standby" one
send two "UPDATE orders SET state = state || ', then two' WHERE no = 2 RETURNING state;"
eventually "and keeps its rows locked until then, as usual" row waits two
standby_up
released "with the standby back it is answered" one "deduct deduct ERROR:  23503"
released "and the other session has the row" two "alone, then two"

# A failure of serialization is found after the setting has been put aside for the commit.
read="SELECT count(*) FROM credits.balance"
ask "a skew: the first one reads" one "SET synchronous_commit = remote_apply; BEGIN ISOLATION LEVEL SERIALIZABLE; $read('a');" 1
ask "a skew: the second one reads and writes" two "BEGIN ISOLATION LEVEL SERIALIZABLE; $read('b'); SELECT kind FROM credits.deduct('a', 1);" "1 deduct"
ask "a skew: the first one writes" one "$take" deduct
ask "a skew: the second one commits" two "COMMIT;"
ask "a failure of serialization in commit: the setting is as it was" one "COMMIT; SHOW synchronous_commit;" "ERROR:  40001 remote_apply"
ask "reset" one "RESET ALL;"

# Two-phase commit: the locks are the prepared transaction's, and stay until it is committed and durable.
standby_down
send one "BEGIN; $take PREPARE TRANSACTION 'p';"
is_held "PREPARE TRANSACTION waits for the standby" one
send two "$take"
eventually "prepared: the wallet stays locked" row waits two
still_held "prepared: no answer yet" one deduct
standby_up
released "prepared: answered with the standby back" one deduct
eventually "prepared and durable: the wallet stays locked" row waits two
standby_down
send one "COMMIT PREPARED 'p';"
is_held "COMMIT PREPARED waits for the standby" one
is "and keeps the wallet locked until it is durable" "$(waits two)" row
standby_up
released "COMMIT PREPARED is answered with the standby back" one
released "and the wallet is the other session's" two deduct
ask "the setting is as it was" one "SHOW synchronous_commit;" on
ask "a prepared call that is rolled back" one "BEGIN; $take PREPARE TRANSACTION 'p'; ROLLBACK PREPARED 'p';" deduct

# A wait that is cancelled ends as the server's own does: committed here, and said so.
standby_down
send one "$take"
is_held "a commit to be cancelled" one
sql "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'one'" >/dev/null
eventually "a cancelled wait is answered with the server's warning" "WARNING:  01000 deduct answered" answers one
ask "and the session goes on as it was" one "SHOW synchronous_commit;" on
standby_up

is "nothing was lost or counted twice" "$(sql "SELECT count(*) FROM credits.verify()")" 0
is "both servers tell the same" \
    "$(PGHOST=$state/$standby/socket sql "SELECT balance, last_entry_no FROM credits.wallet ORDER BY account_id" | paste -sd' ')" \
    "$(sql "SELECT balance, last_entry_no FROM credits.wallet ORDER BY account_id" | paste -sd' ')"
echo "1..$number"
