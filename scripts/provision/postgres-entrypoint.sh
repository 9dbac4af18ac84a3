#!/bin/sh
# Entry point of shoal-test/postgres: the part of the official image's that tests use. Makes the database named by
# POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB on the first start, then runs PostgreSQL as an ordinary user.
set -eu

PGDATA=/var/lib/postgresql/data
as_postgres() {
  setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  install -d -o postgres -g postgres -m 0700 "$PGDATA"
  install -o postgres -g postgres -m 0600 /dev/null /tmp/password
  printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
  # shellcheck disable=SC2086 # several arguments in one variable, as the official image has it
  as_postgres initdb -D "$PGDATA" -U "$POSTGRES_USER" --pwfile=/tmp/password --no-sync ${POSTGRES_INITDB_ARGS:-}
  rm /tmp/password
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  echo "CREATE DATABASE \"$POSTGRES_DB\"" | as_postgres postgres --single -D "$PGDATA" template1
fi

[ "${1:-postgres}" != postgres ] || shift $(( $# > 0 ))
exec setpriv --reuid=postgres --regid=postgres --init-groups -- \
  postgres -D "$PGDATA" -c 'listen_addresses=*' "$@"
