# What applications have between them and the server: the Node packages of test/e2e, fetched into the build folder,
# and a connection pooler beside the private clusters. Sourced after lib.sh; never touches the source tree.

clients=$build/e2e

# install_clients: the packages of the lock file, fetched only where it or the Node that runs them is another.
install_clients() {
    local file wanted
    mkdir -p "$clients" || return
    for file in package.json package-lock.json .npmrc; do
        cp "$root/test/e2e/$file" "$clients/$file" || return
    done
    wanted=$(cat "$clients/package-lock.json" <(node --version) | cksum) || return
    [[ $(cat "$clients/installed" 2>/dev/null) == "$wanted" ]] || fetch_clients "$wanted"
}

# A registry that does not answer must fail the run, not stop it for as long as npm would try.
fetch_clients() {
    rm -f "$clients/installed"
    (cd "$clients" && flock "$clients" timeout 300 npm ci) && say "$1" >"$clients/installed" ||
        { say "the packages of test/e2e/package-lock.json cannot be fetched: is there a package registry in reach?" && return 1; }
}

# run_client FILE ARGUMENT...: a Node program, with those packages in reach.
run_client() { NODE_PATH=$clients/node_modules timeout 900 node "$@"; }

pooler_settings() {
    say "[databases]"
    say "* = host=$PGHOST port=$PGPORT"
    say "[pgbouncer]"
    say "pool_mode = transaction"
    say "default_pool_size = 2"
    say "max_client_conn = 100"
    say "listen_addr ="
    say "unix_socket_dir = $1"
    say "listen_port = 6432"
    say "auth_type = trust"
    say "auth_file = $1/users"
    say "logfile = $1/log"
    say "pidfile = $1/pid"
}

# start_pooler ROLE...: PgBouncer in transaction mode before the cluster in use, for these roles; its socket is in $pooler.
# It refuses to run as root, as the server does; Debian has it where not every user's path leads.
pooler=$state/pooler
start_pooler() {
    local PATH=$PATH:/usr/sbin
    stop_pooler && rm -rf "$pooler" && install -d -m 700 -o "$server_user" "$pooler" &&
        pooler_settings "$pooler" | as_server tee "$pooler/settings" >/dev/null &&
        printf '"%s" ""\n' "$@" | as_server tee "$pooler/users" >/dev/null &&
        { as_server pgbouncer -q -d "$pooler/settings" || { cat "$pooler/log" && return 1; }; }
}

stop_pooler() {
    local process deadline=$((SECONDS + 30))
    process=$(cat "$pooler/pid" 2>/dev/null) || return 0
    [[ $(cat "/proc/$process/comm" 2>/dev/null) == pgbouncer ]] && as_server kill "$process" || return 0
    while [[ -e $pooler/pid ]]; do
        ((SECONDS < deadline)) || { say "the pooler does not end" && return 1; }
        sleep 0.05
    done
}
