# shellcheck shell=bash disable=SC2154,SC1090,SC1091  # the variables of tests/run
# Both commands of the README in a bare Debian 12, from a clone.

part_fresh() {
  check "packaging/try, and once more without network and in under 10 s" tests/fresh.sh "$top" bash -c '
    packaging/try && start=$SECONDS && unshare --net packaging/try && seconds=$((SECONDS - start)) &&
    echo "second run: $seconds s" && [ "$seconds" -lt 10 ]'
  check "tests/run" tests/fresh.sh "$top" tests/run
  tail -n 1 "$logs/fresh.log"
}
