# shellcheck shell=bash disable=SC2154,SC1090,SC1091  # the variables of tests/run
# The driver suites of the engines that are servers, against the servers.

. "$parts_dir/unit.sh"

# checked ENGINE CONFIG: what is skipped is shown, and is no failure where an engine has nothing to try it with
checked() {
  check "dbmux plugin check $1" build/dist/bin/dbmux plugin check "$1" --config - <<<"$2"
}

check_plugins() {
  local running=${DBMUX_TEST_SERVERS:-/tmp/dbmux-servers-$(id -u)}
  port() { cat "$running/$1/port"; }
  checked postgres '{"host":"127.0.0.1","port":'"$(port postgres)"',"user":"postgres","password":"postgres-test","database":"postgres"}'
  checked mssql '{"server":"127.0.0.1","port":'"$(port mssql)"',"user":"tester","password":"tds-test-7Q","database":"test","encrypt":false}'
  checked mongodb '{"uri":"mongodb://root:correct-horse@127.0.0.1:'"$(port mongodb)"'/?authSource=admin","database":"check"}'
  checked chromadb '{"host":"127.0.0.1","port":'"$(port chromadb)"',"token":"open-sesame"}'
}

part_drivers() {
  build dev || return 1
  start_servers
  local engines=()
  mapfile -t engines < <(ctest_commands dev | cut -f1 | grep '^drivers_' | grep -v '^drivers_sqlite$')
  run_all dev "${engines[@]}"
  if build_release; then check_plugins; else count 0 1; fi
  needs freetds-bin && count_last_line tests/servers/tds/vouch
}
