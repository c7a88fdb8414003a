# shellcheck shell=bash disable=SC2034,SC2154  # the variables of ../../run
# PostgreSQL: the tests' own server, which keeps the data for the next run. Without TLS, which would cost both the same.

make_data() {
  "$here/../servers/up" postgres >&2 || return 2
  local port recipe sql
  port=$(cat "${DBMUX_TEST_SERVERS:-/tmp/dbmux-servers-$(id -u)}/postgres/port")
  recipe=$(sha256sum "$engine_folder/orders.sql" | cut -c1-16)
  address="host=127.0.0.1 port=$port user=postgres password=postgres-test dbname=bench sslmode=disable"
  sql="psql -XqAt -v ON_ERROR_STOP=1"
  if [[ $($sql "$address" -c "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'bench'" 2>/dev/null) != "$recipe" ]]; then
    echo "Making the database bench ..." >&2
    $sql "${address/dbname=bench/dbname=postgres}" -c 'DROP DATABASE IF EXISTS bench' -c 'CREATE DATABASE bench' &&
      $sql "$address" -f "$engine_folder/orders.sql" -c "COMMENT ON DATABASE bench IS '$recipe'" || return 2
  fi
  options="host: 127.0.0.1
    port: $port
    user: postgres
    password: postgres-test
    database: bench
    ssl: disable"
  serves=$(head -n 1 "${DBMUX_TEST_SERVERS:-/tmp/dbmux-servers-$(id -u)}/postgres/pgdata/postmaster.pid")
  product="PostgreSQL $($sql "$address" -c 'SHOW server_version')"
}
