# shellcheck shell=bash disable=SC2154,SC1090,SC1091  # the variables of tests/run
# The guide's examples as their authors would build them, outside of this repository.

part_guide() {
  build_release || return 1
  count_last_line plugin-api/examples/build-outside build/dist
}
