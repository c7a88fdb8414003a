# shellcheck shell=bash disable=SC2154,SC1090,SC1091  # the variables of tests/run
# Who includes whom in host/.

part_rooms() {
  needs python3 || return 1
  count_last_line tests/rooms.py
}
