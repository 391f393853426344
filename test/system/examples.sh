#!/usr/bin/env bash
# Runs the examples of README.md, docs/*.md and docs/presets/*.md, so that no page shows what does not work. Prints TAP.
# Needs a running server with the extension: PGHOST, PGPORT, PGUSER (a superuser).
#
# A page is one psql session in a fresh database that has the extension and its tables. Its fences:
#   ```sql          runs, and must not fail
#   ```sql error    runs, and must fail
#   ```sql empty    begins another session, in a fresh database without the extension; must not fail
#   ```output       right after one of these: what psql -q prints, exactly but for blanks at line ends
# All other fences are left alone. A role that a page creates is dropped when the page is done.
#
# usage: examples.sh [PAGE...]
set -euo pipefail
export LC_ALL=C.UTF-8 PGTZ=UTC
unset PGDATABASE PGOPTIONS
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

database=credits_examples_$$ number=0
work=$(mktemp -d)
roles=()

drop_page() {
    dropdb --if-exists --force "$database" 2>/dev/null
    local role
    for role in "${roles[@]}"; do
        psql -Xqd postgres -c "DROP ROLE IF EXISTS $role" 2>/dev/null
    done
    roles=()
}

clean_up() {
    drop_page
    rm -rf "$work"
}
trap clean_up EXIT

# split_page PAGE FOLDER: every example as FOLDER/SESSION/LINE.KIND, what it should print as ….want.
split_page() {
    awk -v folder="$2" '
        function begin(file) {
            target = file
            printf "" >target
        }
        !inside && /^```/ {
            inside = 1
            split(substr($0, 4) " plain", info, " ")
            if (info[1] == "sql") {
                session += info[2] == "empty"
                example = sprintf("%s/%02d/%05d.%s", folder, session, NR, info[2])
                system("mkdir -p " folder "/" sprintf("%02d", session))
                begin(example)
            } else if (info[1] == "output" && example != "") {
                begin(example ".want")
            } else {
                example = ""
            }
            next
        }
        inside && /^```$/ { close(target); inside = 0; target = ""; next }
        inside && target != "" { print >target }
        !inside && $0 != "" { example = "" }
        END { exit inside }
    ' "$1"
}

# run_session FOLDER EXAMPLE...: one after the other; what each prints goes to EXAMPLE.got.
run_session() {
    local folder=$1 example
    shift
    dropdb --if-exists --force "$database" 2>/dev/null
    createdb "$database"
    if [[ $1 != *.empty ]]; then
        psql -Xqd "$database" -o /dev/null -c 'CREATE EXTENSION pg_credits' -c 'SELECT credits.migrate()'
    fi
    for example in "$@"; do
        printf '\\echo @@%s\n' "$example"
        cat "$example"
    done | psql -Xqd "$database" -P pager=off 2>&1 |
        awk '/^@@/ { target = substr($0, 3) ".got"; printf "" >target; next } target != "" { print >target }' || true
}

# tidy FILE: without blanks at line ends and empty lines at the end.
tidy() {
    awk '{ sub(/[ \t]+$/, "") } $0 == "" { empty++; next } { for (; empty > 0; empty--) print ""; print }' "$1"
}

# judge PAGE EXAMPLE: whether it failed only where it should, and printed what the page shows.
judge() {
    local text failed=no wanted=no
    text="$1:$((10#$(basename "${2%.*}")))"
    number=$((number + 1))
    [[ $2 != *.error ]] || wanted=yes
    if [[ ! -e $2.got ]]; then
        echo "not ok $number - $text was not reached"
        return
    fi
    if grep -qE '^(ERROR|FATAL|PANIC):' "$2.got"; then failed=yes; fi
    if [[ $failed != "$wanted" ]]; then
        echo "not ok $number - $text fails: $failed, should: $wanted"
        sed 's/^/#   /' "$2.got"
    elif [[ -e $2.want ]] && ! diff <(tidy "$2.want") <(tidy "$2.got") >"$work/difference"; then
        echo "not ok $number - $text shows (<) what does not come out (>)"
        sed 's/^/#   /' "$work/difference"
    else
        echo "ok $number - $text"
    fi
}

run_page() {
    local page=$1 folder=$work/${1//\//-} session
    mkdir -p "$folder"
    if ! split_page "$page" "$folder"; then
        number=$((number + 1))
        echo "not ok $number - $page has a fence that does not end"
        return
    fi
    mapfile -t roles < <(grep -ohE '^CREATE ROLE [a-z_]+' "$page" | cut -d' ' -f3)
    for session in "$folder"/*/; do
        [[ -d $session ]] || continue
        local examples=()
        mapfile -t examples < <(find "$session" -type f ! -name '*.want' | sort)
        run_session "$session" "${examples[@]}"
        for example in "${examples[@]}"; do
            judge "$page" "$example"
        done
    done
    drop_page
}

(($# > 0)) || set -- README.md docs/*.md docs/presets/*.md
for page in "$@"; do
    run_page "$page"
done
((number > 0)) || echo "Bail out! there is no example to run"
echo "1..$number"
