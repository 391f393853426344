# Shared by demo, check and the scripts beside this file: where things are, who runs what, the build and
# the private cluster. Sourced, never run. Never touches a system cluster or the source tree's files.
#
# The server finds the extension in a staging folder by its own settings, so nothing is written into the
# system's folders: Debian's PostgreSQL 15 to 17 have extension_destdir, later ones extension_control_path.
# A server that has neither needs `make install` into its own folders, and so root.
set -euo pipefail
umask 022
export LC_ALL=C.UTF-8
unset LANGUAGE

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# A short path, since that of a socket is limited to 107 bytes; one for each user and copy of the source.
state=${PG_CREDITS_STATE:-/tmp/pg_credits-$(id -u)-$(printf %s "$root" | cksum | cut -d' ' -f1)}
build=$root/build
[[ -O $root && -w $root ]] || build=$state/build
extension=$state/extension
# PostgreSQL refuses to run as root.
server_user=$(id -un)
((EUID != 0)) || server_user=postgres

say() { printf '%s\n' "$*"; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

[[ $root != *[[:space:]]* ]] || die "make cannot work in a folder whose name has a blank: $root"
mkdir -p "$state"
[[ -O $state && ! -L $state ]] || die "$state belongs to somebody else; set PG_CREDITS_STATE to another folder"

# step TEXT COMMAND...: one line of progress; the command's output is shown only when it fails.
step() {
    local text=$1 began=$SECONDS log
    shift
    log=$(mktemp "$state/step.XXXXXX")
    printf '%s ... ' "$text"
    if ("$@") </dev/null >"$log" 2>&1; then
        say "done ($((SECONDS - began)) s)"
        rm -f "$log"
    else
        say failed
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
}

can_be_root() { ((EUID == 0)) || sudo -n true 2>/dev/null; }

as_root() {
    if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi
}

# as_server COMMAND...: as the user that owns the private cluster.
as_server() {
    if ((EUID == 0)); then (cd / && runuser -u "$server_user" -- "$@"); else "$@"; fi
}

# newest_server PROGRAM: the program's path in the newest Debian server package that has it, or nothing.
newest_server() { compgen -G "/usr/lib/postgresql/*/bin/$1" | sort -V | tail -n 1 || true; }

# find_server: the newest installed server with its development files, or the one PG_CONFIG names.
find_server() {
    PG_CONFIG=${PG_CONFIG:-$(newest_server pg_config)}
    [[ -x $PG_CONFIG ]] || die "no pg_config found; set PG_CONFIG to that of a PostgreSQL server"
    PATH=$("$PG_CONFIG" --bindir):$PATH
    export PG_CONFIG PATH
}

# extension_settings: the server settings, one a line, by which it finds the staged extension.
extension_settings() {
    local share library sample
    share=$("$PG_CONFIG" --sharedir)
    library=$("$PG_CONFIG" --pkglibdir)
    sample=$share/postgresql.conf.sample
    if grep -q extension_destdir "$sample"; then
        say "extension_destdir = '$extension'"
    elif grep -q extension_control_path "$sample"; then
        say "extension_control_path = '$extension$share:\$system'"
    else
        return 0
    fi
    say "dynamic_library_path = '$extension$library:\$libdir'"
}

# extension_make ARGUMENT...: make in a build folder of its own, one at a time.
extension_make() {
    mkdir -p "$build/extension" &&
        (cd "$build/extension" && flock . make -f "$root/Makefile" -j"$(nproc)" "$@")
}

install_extension() {
    if [[ -n $(extension_settings) ]]; then
        extension_make install DESTDIR="$extension"
    else
        can_be_root || die "this PostgreSQL takes extensions from its own folders only: run this as root"
        cd "$build/extension" && as_root make -f "$root/Makefile" install PG_CONFIG="$PG_CONFIG"
    fi
}

# build_programs TARGET...: core library, unit tests and client programs, into $programs.
programs=$build/programs
build_programs() {
    mkdir -p "$programs" &&
        flock "$programs" cmake -S "$root" -B "$programs" -DPG_CONFIG="$PG_CONFIG" &&
        flock "$programs" cmake --build "$programs" -j "$(nproc)" --target "$@"
}

cluster_settings() {
    say "listen_addresses = ''"
    say "unix_socket_directories = '$1/socket'"
    say "unix_socket_permissions = 0700"
    say "port = 5432"
    say "max_connections = 150"
    say "max_prepared_transactions = 64"
    say "timezone = 'UTC'"
    say "lc_messages = 'C'"
    extension_settings
}

cluster_runs() { as_server pg_ctl -D "$state/$1/data" status >/dev/null 2>&1; }

# use_cluster NAME: points every PostgreSQL client that follows at the private cluster.
use_cluster() {
    unset PGHOSTADDR PGSERVICE PGPASSWORD PGPASSFILE PGOPTIONS PGSSLMODE PGCLIENTENCODING PGTZ PGDATESTYLE
    export PGHOST=$state/$1/socket PGPORT=5432 PGUSER=postgres PGDATABASE=postgres PGDATA=$state/$1/data
}

# start_cluster NAME: makes the cluster where it is missing, brings its settings up to date, starts it.
start_cluster() {
    local folder=$state/$1 data=$state/$1/data
    install -d -m 700 -o "$server_user" "$folder" "$folder/socket" || return
    if [[ $(cat "$data/PG_VERSION" 2>/dev/null) != $("$PG_CONFIG" --version | grep -oE '[0-9]+' | head -n 1) ]]; then
        stop_cluster "$1" && rm -rf "$data" &&
            as_server initdb -D "$data" -U postgres --auth=trust --locale=C.UTF-8 --encoding=UTF8 &&
            echo "include 'pg_credits.conf'" >>"$data/postgresql.conf" || return
    fi
    if ! cluster_settings "$folder" | cmp -s - "$data/pg_credits.conf"; then
        stop_cluster "$1" || return
        cluster_settings "$folder" | as_server tee "$data/pg_credits.conf" || return
    fi
    cluster_runs "$1" || as_server pg_ctl -D "$data" -l "$folder/server.log" -w -t 120 start ||
        { tail -n 50 "$folder/server.log" && return 1; }
}

stop_cluster() {
    ! cluster_runs "$1" || as_server pg_ctl -D "$state/$1/data" -m fast -w stop
}

remove_cluster() {
    stop_cluster "$1" && rm -rf "${state:?}/$1"
}

fresh_cluster() { remove_cluster "$1" && start_cluster "$1"; }

# fresh_database NAME [TEMPLATE]: an empty database, or a copy of the template, in place of an old one.
fresh_database() {
    dropdb --if-exists --force "$1" 2>/dev/null && createdb ${2:+-T "$2"} "$1"
}

# credits_database NAME: a fresh database with the extension and its tables.
credits_database() {
    fresh_database "$1" &&
        psql -Xqd "$1" -o /dev/null -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION pg_credits' -c 'SELECT credits.migrate()'
}
