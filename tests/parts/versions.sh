# shellcheck shell=bash disable=SC2154,SC1090,SC1091  # the variables of tests/run
# PostgreSQL's driver suite against the other versions. The builds on Maven have the contrib modules, but neither hypopg nor
# programs beyond the server and initdb.

. "$parts_dir/unit.sh"

part_versions() {
  build dev drivers_postgres || return 1
  local version running=${DBMUX_TEST_SERVERS:-/tmp/dbmux-servers-$(id -u)}
  for version in 13.23.0 14.18.0 16.9.0 17.5.0 18.1.0; do
    echo "--- PostgreSQL $version"
    export PG_VERSION=$version DBMUX_TEST_SERVERS=$running-$version
    check "PostgreSQL $version starts" tests/servers/up postgres
    run_all dev drivers_postgres
    tests/servers/down
  done
}
