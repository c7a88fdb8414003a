# shellcheck shell=bash disable=SC2154  # the variables of tests/run
# Everything that the README tells a reader to type or paste.

part_readme() {
  needs python3 util-linux && needs_to_build || return 1
  count_last_line tests/readme.py
}
