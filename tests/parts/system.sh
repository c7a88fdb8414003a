# shellcheck shell=bash disable=SC2154,SC1090,SC1091  # the variables of tests/run
# The installed binary from outside, with the official clients.

has_system() {
  printf '%s\n' tests/system/test_*.py | grep -qiE -- "$1" || grep -qiE -- "def test_\w*($1)" tests/system/test_*.py
}

run_pytest() {  # run_pytest LOG ARGUMENT...; with the variable python
  timeout --kill-after=10 "$limit" "$python" -m pytest -q --color=no --tb=short "${@:2}" 2>&1 | tee "$1"
  return "${PIPESTATUS[0]}"
}

# "3 failed, 40 passed, 1 skipped, 2 errors in 12.34s": what neither passed nor was left out by -k has failed
pytest_counts() {
  tail -n 1 "$1" | tr ',' '\n' | awk '
    $2 == "passed" { p = $1 } $2 ~ /^(failed|skipped|errors?|xfailed|xpassed)$/ { f += $1 } END { print p + 0, f + 0 }'
}

failed_tests() { sed -nE 's/^FAILED ([^ ]+::[a-zA-Z_0-9]+(\[[^]]*\])?)( - .*)?$/\1/p' "$1"; }

passes_again() {  # passes_again LOG TEST...
  local i
  for ((i = 0; i < again_times; ++i)); do
    run_pytest "$@" && [ "$(pytest_counts "$1")" = "$(($# - 1)) 0" ] || return 1
  done
}

part_system() {
  needs python3 python3-venv g++ sqlite3 util-linux mount || return 1
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then needs nodejs npm || return 1; fi
  build_release && build release plugin_conformance plugin_scripted || return 1
  local python output=$logs/system.pytest
  python=$(tests/system/prepare) || return 1
  export DBMUX=$dbmux DBMUX_CONFORMANCE=$top/build/release/conformance-plugins
  run_pytest "$output" ${1:+-k "$1"} tests/system
  local status=$? passed failed again
  read -r passed failed < <(pytest_counts "$output")
  mapfile -t again < <(failed_tests "$output")
  if unsteady "$status" "$failed" && [ ${#again[@]} = "$failed" ] && passes_again "$output.again" "${again[@]}"; then
    echo "UNSTEADY system: $passed passed, and not the first time: ${again[*]}"
    passed=$((passed + failed)) failed=0
  fi
  [ $((passed + failed)) -gt 0 ] || failed=1
  count "$passed" "$failed"
}
