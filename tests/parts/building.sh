# shellcheck shell=bash disable=SC2154,SC1090,SC1091  # the variables of tests/run
# Packages and builds, for the parts that need them.

needs() {  # needs PACKAGE...
  "$top/packaging/install-packages" "$@" >"$logs/packages.log" 2>&1 && return
  cat "$logs/packages.log"
  return 1
}

needs_to_build() {
  local packages
  mapfile -t packages <"$top/packaging/packages"
  needs "${packages[@]}" ccache mold libgtest-dev python3 git
}

build() {  # build PRESET [TARGET...]: quietly, unless it fails
  local preset=$1 log=$logs/build-$1.log
  shift
  needs_to_build || return 1
  if ! { cmake --preset "$preset" && cmake --build --preset "$preset" ${1:+--target "$@"}; } >"$log" 2>&1; then
    grep -E -A 15 'error|FAILED|Error' "$log" | tail -n 60
    echo "FAILED  building $preset (all of it in ${log#"$top/"})"
    return 1
  fi
}

build_release() {  # what is shipped, in build/dist
  build release && cmake --install build/release >>"$logs/build-release.log" 2>&1
}

ctest_commands() {  # ctest_commands PRESET: "NAME<TAB>COMMAND" of each test of a build
  ctest --test-dir "build/$1" --show-only=json-v1 | python3 -c '
import json, sys
for test in json.load(sys.stdin)["tests"]:
    if "command" in test:
        print(test["name"], *test["command"], sep="\t")
    else:
        print(test["name"], "missing", sep="\t")'
}
