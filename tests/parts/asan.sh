# shellcheck shell=bash disable=SC2154,SC1090,SC1091  # the variables of tests/run
# The test binaries under AddressSanitizer and UndefinedBehaviorSanitizer.

. "$parts_dir/unit.sh"

reports() {  # reports WORDS BINARY: fails, and says so in these words
  local output
  if output=$("$2" 2>&1); then
    echo "$2 ended well"
    return 1
  fi
  printf '%s\n' "$output"
  grep -q "$1" <<<"$output"
}

# build_sanitized PRESET FAULT...: what runs here, and the planted faults
build_sanitized() {
  local preset=$1 targets
  shift
  needs_to_build && cmake --preset "$preset" >"$logs/configure-$preset.log" 2>&1 || return 1
  mapfile -t targets < <(ctest_commands "$preset" | cut -f1 | grep -vxE 'plugins_test|drivers_(mssql|mongodb|chromadb)')
  build "$preset" "${targets[@]}" "${@/#/planted_}"
}

part_asan() {
  export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1
  build_sanitized asan leak overflow || return 1
  check "a planted leak is reported" reports 'LeakSanitizer: detected memory leaks' build/asan/tests/sanitizers/planted_leak
  check "a planted overflow is reported" reports 'signed integer overflow' build/asan/tests/sanitizers/planted_overflow
  run_all asan
  start_servers postgres
  run_all asan drivers_postgres  # those of the other engines are experimental, and too slow here for every run
}
