# The dashboard's page, built in the build folder, and the demo that shows it. Sourced after lib.sh and clients.sh, from which
# PostgREST comes; never touches the source tree.

page=$build/dashboard

# build_page: packages of the lock file where they are not there yet, then types checked and the page built into $page/dist.
build_page() {
    local wanted
    mkdir -p "$page" || return
    (cd "$root/dashboard" && tar -c --exclude=./node_modules --exclude=./dist --exclude=./built-tests .) >"$page/source.tar" || return
    rm -rf "$page/src" "$page/serve" "$page/test" "$page/public" "$page/dist" "$page/built-tests"
    tar -x -C "$page" -f "$page/source.tar" && rm "$page/source.tar" || return
    wanted=$(cat "$page/package-lock.json" <(node --version) | cksum) || return
    [[ $(cat "$page/installed" 2>/dev/null) == "$wanted" ]] || fetch_page_packages "$wanted" || return
    (cd "$page" && npm run build)
}

# A registry that does not answer must fail the run, not stop it for as long as npm would try.
fetch_page_packages() {
    rm -f "$page/installed"
    (cd "$page" && timeout 300 npm ci) && say "$1" >"$page/installed" ||
        { say "the packages of dashboard/package-lock.json cannot be fetched: is there a package registry in reach?" && return 1; }
}

# dashboard_data DATABASE: six weeks of a shop, and the roles that look at it.
dashboard_data() {
    psql -Xqd "$1" -f "$root/dashboard/serve/demo_data.sql" && psql -Xqd "$1" -f "$root/dashboard/serve/roles.sql"
}

# dashboard_trace DATABASE: a trace of real calls on top, made by accounts of the plan that new ones get.
dashboard_trace() {
    "$programs/replay" --database "dbname=$1" --trace "$root/replay/traces/small.csv" --connections 4 --accounts 20 --run visitor \
        --model gpt-3.5-turbo --input-price 0.5 --output-price 1.5
}

# The time of the tests, in every session and behind PostgREST: a test that ran over midnight would compare two days.
dashboard_time=2026-05-20T15:30:00Z

dashboard_template() {
    credits_database "$1" && dashboard_data "$1" && dashboard_trace "$1" &&
        psql -Xqd "$1" -c "ALTER ROLE dashboard_web SET pg_credits.now = '$dashboard_time'"
}

drop_dashboard_leavings() {
    local database
    for database in check_dashboard check_dashboard_empty check_dashboard_template; do
        dropdb --if-exists --force "$database" 2>/dev/null
    done
    psql -Xqd postgres -c 'DROP ROLE IF EXISTS dashboard_web, dashboard_nobody, dashboard_analyst, dashboard_admin'
}

# build_page_tests: after build_page; compiled by the page's own compiler into $page/built-tests, types checked.
build_page_tests() { (cd "$page" && npx tsc -p tsconfig.test.json); }

# page_test FILE: a compiled file of tests of the logic, without browser and server.
page_test() { timeout 300 node --test --test-reporter=tap "$1"; }

# browser_test FILE: one of the page, with PostgREST before a database of its own.
browser_test() {
    fresh_database check_dashboard check_dashboard_template &&
        PGDATABASE=check_dashboard NODE_PATH=$clients/node_modules DASHBOARD_PAGE=$page/dist timeout 600 node --test --test-reporter=tap "$1"
}

# serve_dashboard DATABASE [--once]: PostgREST and the page until Ctrl-C.
serve_dashboard() {
    local database=$1
    shift
    PGDATABASE=$database NODE_PATH=$clients/node_modules node "$page/serve/main.mjs" "$page/dist" "$@"
}
