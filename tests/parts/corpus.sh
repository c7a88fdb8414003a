# shellcheck shell=bash disable=SC2154,SC1090,SC1091  # the variables of tests/run
# Attacks and honest reads, through the tool.

. "$parts_dir/unit.sh"

part_corpus() {
  needs python3 python3-yaml sqlite3 postgresql-client-15 || return 1
  build_release || return 1
  start_servers postgres
  local engine
  for engine in tests/corpus/*/; do
    count_last_line /usr/bin/python3 tests/corpus/run.py "$(basename "$engine")" --dbmux "$dbmux"
  done
}
