# shellcheck shell=bash disable=SC2154,SC1090,SC1091  # the variables of tests/run
# The test binaries under ThreadSanitizer.

. "$parts_dir/asan.sh"

part_tsan() {
  export TSAN_OPTIONS=halt_on_error=0:second_deadlock_stack=1
  build_sanitized tsan race || return 1
  check "a planted race is reported" reports 'ThreadSanitizer: data race' build/tsan/tests/sanitizers/planted_race
  run_all tsan
  start_servers postgres
  run_all tsan drivers_postgres  # those of the other engines are experimental, and too slow here for every run
}
