# shellcheck shell=bash disable=SC2154,SC1090,SC1091  # the variables of tests/run
# The test binaries of the dev build that need no server: the rooms, the tools, the embedded engine's driver.

sources() { find tests -name '*_test.cpp' | sort; }

# binary_of FILE: tests/unit/<room>/x_test.cpp is in unit_<room>, tests/drivers/<engine>/x_test.cpp in drivers_<engine>,
# the suites of all engines in drivers_sqlite, which needs no server; others in what their folder's CMakeLists adds.
binary_of() {
  local folder=${1%/*}
  case $folder in
    tests/unit/*) echo "unit_${folder#tests/unit/}" ;;
    tests/drivers | tests/drivers/sql) echo drivers_sqlite ;;
    tests/drivers/*) echo "drivers_${folder#tests/drivers/}" ;;
    *) sed -n 's/^ *add_executable(\([a-z_0-9]*\).*/\1/p' "$folder/CMakeLists.txt" | head -n 1 ;;
  esac
}

# selection PATTERN: "BINARY<TAB>FILTER" lines. A pattern names a binary, a file, or part of a test's name.
selection() {
  local file binary tests
  sources | while read -r file; do
    binary=$(binary_of "$file")
    tests=$(sed -nE 's/^(TEST|TEST_F|TEST_P|TYPED_TEST)\((\w+), *(\w+).*/\2.\3/p' "$file")
    if grep -qiE -- "$1" <<<"$binary"; then
      printf '%s\t*\n' "$binary"
    elif grep -qiE -- "$1" <<<"${file##*/}"; then
      cut -d. -f1 <<<"$tests" | sort -u | sed "s/.*/$binary\t&.*:*\/&.*:&\/*/"
    else
      grep -iE -- "$1" <<<"$tests" | sed -E "s/(.*)\.(.*)/$binary\t\1.\2:*\/\1.\2\/*:\1\/*.\2/"
    fi
  done | sort -u
}

has_unit() { [ -n "$(selection "$1")" ]; }

start_servers() {  # start_servers [NAME...]; they end with the part
  trap '"$top/tests/servers/down"' EXIT
  check "the servers start: ${*:-all}" "$top/tests/servers/up" "$@"
}

needs_server() { [[ $1 == drivers_* && $1 != drivers_sqlite ]]; }

# run_all PRESET [NAME...]: the tests that need no server, or those of these names
run_all() {
  local preset=$1 name binary
  shift
  ctest_commands "$preset" >"$logs/$part.tests" || return 1
  while IFS=$'\t' read -r name binary _; do
    if [ $# = 0 ]; then ! needs_server "$name" || continue; else [[ " $* " == *" $name "* ]] || continue; fi
    if [ "$preset" != dev ] && [ "$name" = plugins_test ]; then continue; fi  # hundreds of children: minutes each
    if [ -x "$binary" ]; then run_gtest "$binary"; else check "$name is built" test -x "$binary"; fi
  done <"$logs/$part.tests"
}

# plugins_of BINARY: the plugins that its sources name.
plugins_of() {
  local id file
  sources | while read -r file; do [ "$(binary_of "$file")" != "$1" ] || echo "${file%/*}"; done | sort -u >"$logs/unit.folders"
  for id in $(sed -nE 's/^dbmux_plugin\((\w+).*/\1/p' plugins/*/CMakeLists.txt tests/plugins/*/CMakeLists.txt); do
    ! xargs grep -rqw "$id" <"$logs/unit.folders" || echo "plugin_$id"
  done
  ! xargs grep -rqw wrong-plugins <"$logs/unit.folders" || echo wrong_plugins
}

part_unit() {
  if [ -z "${1:-}" ]; then
    build dev || return 1
    run_all dev
    return
  fi
  local binaries plugins binary filter name path
  mapfile -t binaries < <(selection "$1" | cut -f1 | sort -u)
  mapfile -t plugins < <(for binary in "${binaries[@]}"; do plugins_of "$binary"; done | sort -u)
  build dev "${binaries[@]}" "${plugins[@]}" || return 1
  ctest_commands dev >"$logs/$part.tests" || return 1
  for binary in "${binaries[@]}"; do
    if needs_server "$binary"; then start_servers "${binary#drivers_}"; fi
    filter=$(selection "$1" | awk -F'\t' -v b="$binary" '$1 == b { print $2 }' | paste -sd:)
    while IFS=$'\t' read -r name path _; do
      [ "${path##*/}" != "$binary" ] || run_gtest "$path" "$filter"
    done <"$logs/$part.tests"
  done
}
