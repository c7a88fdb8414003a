# shellcheck shell=bash disable=SC2154,SC1090,SC1091  # the variables of tests/run
# How a part counts. Each line of $logs/PART.counts is "PASSED FAILED".

count() { echo "$1 $2" >>"$logs/$part.counts"; }

check() {  # check SENTENCE COMMAND...: one test; its output is shown only when it fails
  local sentence=$1 output
  shift
  if output=$("$@" 2>&1); then
    echo "ok      $sentence"
    count 1 0
  else
    echo "FAILED  $sentence"
    printf '%s\n' "$output" | tail -n 60 | sed 's/^/        /'
    count 0 1
    return 1
  fi
}

count_last_line() {  # count_last_line COMMAND...: a runner of its own, whose last line is "N passed, N failed"
  local output=$logs/$part.runner status passed failed
  timeout --kill-after=10 "$limit" "$@" 2>&1 </dev/null | tee "$output"
  status=${PIPESTATUS[0]}
  read -r passed failed < <(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$output" | tail -n 1)
  if [ -z "${failed:-}" ] || { [ "$failed" = 0 ] && [ "$status" != 0 ]; }; then
    echo "FAILED  $1 ended with $status"
    failed=$((${failed:-0} + 1))
  fi
  count "${passed:-0}" "$failed"
}

limit=600  # seconds; whoever hangs fails

failures() {  # failures LOG: what gtest printed of the cases that failed, and where it ended
  awk '/^\[ RUN/ { block = "" } { block = block $0 "\n" }
       /^\[  (FAILED|SKIPPED) *\] .* \([0-9]+ ms\)$/ { printf "%s", block; block = "" }
       END { printf "%s", block }' "$1" | tail -n 80
}

gtest_to() {  # gtest_to LOG BINARY FILTER [TIMES]
  timeout --kill-after=10 "$limit" "$2" --gtest_filter="$3" --gtest_repeat="${4:-1}" >"$1" 2>&1 </dev/null
}

failed_cases() { sed -nE 's/^\[  (FAILED|SKIPPED) *\] (.*) \([0-9]+ ms\)$/\2/p' "$1"; }

# unsteady STATUS FAILURES: may they be run again? Not those of a crash, a hang, a sanitizer's report or something broken,
# and none with --long, which tells how steady the tests are. Each must pass $again_times times in a row then.
again_times=3
unsteady() { [ "$1" = 1 ] && [ "$2" -gt 0 ] && [ "$2" -le 3 ] && [ -z "$long" ]; }

run_gtest() {  # run_gtest BINARY [FILTER]: every case counts; a skipped one, a crash or a hang is a failure
  local binary=$1 filter=${2:-*} output status passed bad again
  output=$logs/$part.${binary##*/}.log
  gtest_to "$output" "$binary" "$filter"
  status=$?
  passed=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) tests\?\..*/\1/p' "$output" | tail -n 1)
  bad=$(failed_cases "$output" | wc -l)
  if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  if [ "$status" = 0 ] && [ "${passed:-0}" = 0 ]; then bad=1; fi
  if [ "$bad" = 0 ]; then
    echo "ok      ${binary##*/}: $passed"
  else
    again=$(failed_cases "$output" | paste -sd:)
    if unsteady "$status" "$bad" && ! grep -q 'SKIPPED \|Sanitizer' "$output" &&
      gtest_to "$output.again" "$binary" "$again" "$again_times" && ! grep -q 'SKIPPED ' "$output.again"; then
      echo "UNSTEADY ${binary##*/}: ${passed:-0} passed, and not the first time: ${again//:/ }"
      passed=$((${passed:-0} + bad)) bad=0
    else
      echo "FAILED  ${binary##*/}: ${passed:-0} passed, $bad failed, exit $status"
    fi
    failures "$output" | sed 's/^/        /'
  fi
  count "${passed:-0}" "$bad"
}
