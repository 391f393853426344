#!/usr/bin/env bash
# docs/reference.md is what scripts/reference makes of the comments in a database. Prints TAP.
# Needs a running server with the extension: PGHOST, PGPORT, PGUSER (a superuser).
set -euo pipefail
export LC_ALL=C.UTF-8
unset PGDATABASE PGOPTIONS
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

database=credits_reference_$$
page=$(mktemp)
trap 'dropdb --if-exists --force "$database"; rm -f "$page"' EXIT

createdb "$database"
psql -Xqd "$database" -v ON_ERROR_STOP=1 -o /dev/null -c 'CREATE EXTENSION pg_credits' -c 'SELECT credits.migrate()'

scripts/reference "$database" >"$page"
if diff docs/reference.md "$page" >"$page.diff"; then
    echo "ok 1 - docs/reference.md says what the database says"
else
    echo "not ok 1 - docs/reference.md (<) differs from the database (>): scripts/reference DATABASE > docs/reference.md"
    sed 's/^/#   /' "$page.diff"
fi
rm -f "$page.diff"

# A page without its functions would equal itself too.
listed=$(grep -c '^credits\.' "$page")
there=$(psql -XAtqd "$database" -c "SELECT count(*) FROM pg_proc WHERE pronamespace = 'credits'::regnamespace
    AND prorettype <> 'trigger'::regtype AND obj_description(oid, 'pg_proc') NOT LIKE 'Internal%'")
if ((listed == there && listed > 30)); then
    echo "ok 2 - it lists all $there functions"
else
    echo "not ok 2 - it lists $listed functions of $there"
fi
echo 1..2
