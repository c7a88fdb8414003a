# shellcheck shell=bash disable=SC2154  # the variables of tests/run
# Fuzz targets with libFuzzer, each from its kept corpus: 20 s from one seed, so that a change is judged by
# what it changed; 90 s from a new one with --long.

fuzz_build=build/fuzz

build_fuzz() {
  needs clang-19 libclang-rt-19-dev && needs_to_build || return 1
  CC=clang-19 CXX=clang++-19 cmake -S tests/fuzz -B "$fuzz_build" -G Ninja >"$logs/fuzz.cmake" 2>&1 &&
    ninja -C "$fuzz_build" >"$logs/fuzz.build" 2>&1
}

# fuzz TARGET: what it finds on the way is kept beside the build, what breaks it among the logs
fuzz() {
  local target=$1 found=$fuzz_build/found/$1 seconds=20 seed=1
  [ -z "$long" ] || seconds=90 seed=0
  mkdir -p "$found" "$logs/crashes"
  "$fuzz_build/fuzz_$target" -seed="$seed" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=16384 \
    -artifact_prefix="$logs/crashes/$target-" -print_final_stats=1 "$found" "tests/fuzz/corpus/$target" 2>&1 | tail -n 400 >"$logs/fuzz.$target.log"
  local status=${PIPESTATUS[0]}
  grep -E 'number_of_executed_units|^broken|what\(\):|SUMMARY|Test unit written|Base64' "$logs/fuzz.$target.log"
  return "$status"
}

part_fuzz() {
  check "the fuzz targets are built" build_fuzz || return 1
  local source
  for source in tests/fuzz/*.cpp; do
    source=$(basename "$source" .cpp)
    check "$source holds against any input" fuzz "$source"
  done
}
