# shellcheck shell=bash disable=SC2154,SC1090,SC1091  # the variables of tests/run
# The installed binary against the yardsticks. Three short rounds are not judged by their figures, only by whether every
# answer was the yardstick's to the byte; with --long nine rounds are, and each target counts.

measure() {  # measure ENGINE
  local output=$logs/bench.$1 status passed failed which='answers equal'
  if [ -n "$long" ]; then
    which=''
    tests/bench/run "$1" "$dbmux" >"$output" 2>&1
  else
    timeout --kill-after=10 "$limit" tests/bench/run --quick "$1" "$dbmux" >"$output" 2>&1
  fi
  status=$?
  cat "$output"
  if [ -n "$long" ] && [ "$status" -gt 1 ]; then  # nothing could be judged: the machine was busy with other things
    count 0 1
    return
  fi
  # each target is a row of the last table that ends in "reached" or "missed"
  passed=$(grep -cE "^\| *$which.*\| *\**reached\** *\|" "$output")
  failed=$(grep -cE "^\| *$which.*\| *\**missed\** *\|" "$output")
  [ $((passed + failed)) -gt 0 ] || failed=1
  count "$passed" "$failed"
}

part_bench() {
  needs_to_build && needs sqlite3 util-linux postgresql-client && build_release || return 1
  local engine
  for engine in tests/bench/engines/*/; do
    measure "$(basename "$engine")"
  done
}
