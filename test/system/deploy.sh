#!/usr/bin/env bash
# The files of deploy/ do what their first lines say: the schedules run below pg_cron, every query for
# postgres_exporter answers. Prints TAP. Makes its own cluster, needs no environment.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"

cluster=deploy
work=$(mktemp -d)
number=0

clean_up() {
    trap - EXIT
    remove_cluster "$cluster" >/dev/null || true
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

sql() { psql -XAtq -v ON_ERROR_STOP=1 "$@" 2>&1 || true; }

# exporter_queries: those of postgres_exporter.yaml, each on one line after the metric's name.
exporter_queries() {
    awk '/^[a-z]/ { name = $1 } /^  query: \|/ { text = ""; inside = 1; next }
         inside && /^    / { text = text $0; next } inside { print name text; inside = 0 }' "$root/deploy/postgres_exporter.yaml"
}

# labelled METRIC: the columns that postgres_exporter.yaml declares for it.
labelled() {
    awk -v metric="$1" '/^[a-z]/ { here = ($1 == metric) } here && /^    - / { sub(/^    - /, ""); sub(/:$/, ""); print }' \
        "$root/deploy/postgres_exporter.yaml" | sort | xargs
}

find_server
{
    fresh_cluster "$cluster" && stop_cluster "$cluster" &&
        printf '%s\n' "shared_preload_libraries = 'pg_cron'" "cron.database_name = 'app'" "cron.use_background_workers = on" |
        as_server tee -a "$state/$cluster/data/postgresql.conf" && start_cluster "$cluster" && use_cluster "$cluster" && credits_database app
} >"$work/log" 2>&1 || { cat "$work/log" && exit 1; }
export PGDATABASE=app
jobs="pg_credits forget runs
pg_credits maintain
pg_credits retry events
pg_credits verify"
for round in once again; do
    is "pg_cron.sql, $round: four schedules" "$(sql -f "$root/deploy/pg_cron.sql" | sed -n 's/|.*//p')" "$jobs"
done
while IFS= read -r job; do
    # What the job runs is run here, as pg_cron would: as a command of its own.
    is "$job runs" "$(sql -o /dev/null -c "$(sql -c "SELECT command FROM cron.job WHERE jobname = '$job'")")" ""
done <<<"$jobs"
is "each name once" "$(sql -c "SELECT count(*) FROM cron.job")" 4

while read -r name query; do
    is "${name%:}: has the columns that are declared" \
        "$(sql -c "CREATE TEMPORARY TABLE answer AS $query" -c "SELECT attname FROM pg_attribute WHERE attrelid = 'answer'::regclass AND attnum > 0" | sort | xargs)" \
        "$(labelled "$name")"
done < <(exporter_queries)
is "queries there are" "$(exporter_queries | wc -l)" "$(grep -c '^  query:' "$root/deploy/postgres_exporter.yaml")"
echo "1..$number"
