# shellcheck shell=bash disable=SC2154  # the variables of tests/run
# What can be seen without running anything.

files() {  # what git tracks or would add, as it lies there
  git ls-files -z --cached --others --exclude-standard "$@" | xargs -0 sh -c 'for f; do [ ! -e "$f" ] || printf "%s\0" "$f"; done' _
}

# none WHERE... -- GREP_ARGUMENT...: no tracked file of WHERE has such a line.
none() {
  local where=() status=0
  while [ "$1" != -- ]; do
    where+=("$1")
    shift
  done
  shift
  files "${where[@]}" | xargs -0 grep -nHIE "$@" || status=$?
  [ "$status" != 0 ]
}

cpp=('host/*.[ch]pp' 'plugin-api/*.[ch]*' 'plugins/*.[ch]*' 'tests/*.[ch]pp' 'tests/*.[ch]')
sources=("${cpp[@]}" '*.py' '*.js' '*.mjs' '*.sh' 'packaging/*' 'tests/run' 'tests/*/run')

formatted() {  # but for the C header, which is laid out by hand
  local found
  found=$(files '*.cpp' '*.hpp' '*.h' '*.c' ':!:plugin-api/include/dbmux/plugin.h' |
    xargs -0 clang-format-19 --dry-run 2>&1 | sed -nE 's/^([^ ]+):[0-9]+:[0-9]+: warning: code should be.*/\1/p' | sort -u)
  printf '%s' "$found"
  [ -z "$found" ]
}

no_long_file() {
  files "${sources[@]}" | xargs -0 wc -l | awk '$2 != "total" && $1 > 500 { print $2 ": " $1 " lines"; bad = 1 } END { exit bad }'
}

no_room_for_everything() {
  local found
  found=$(files | tr '\0' '\n' | grep -E '(^|/)(utils?|common|misc|managers?|helpers?)(/|\.[a-z]+$)')
  printf '%s' "$found"
  [ -z "$found" ]
}

top_level_is_agreed() {
  local found
  found=$(files | tr '\0' '\n' | cut -d/ -f1 | sort -u | grep -vxE '\..*|CMakeLists\.txt|CMakePresets\.json|host|plugin-api|plugins|profiles|tests|packaging|README\.md|LICENSE|CHANGELOG\.md')
  printf '%s' "$found"
  [ -z "$found" ]
}

links_lead_somewhere() {  # relative links of every Markdown file
  local file target bad=0
  while IFS= read -r -d '' file; do
    while read -r target; do
      [ -e "$(dirname "$file")/${target%%#*}" ] || { echo "$file: $target"; bad=1; }
    done < <(grep -oE '\]\([^)]+\)' "$file" | sed -E 's/^\]\(//; s/\)$//' | grep -vE '^(https?:|mailto:|#)')
  done < <(files '*.md')
  return "$bad"
}

scripts_are_sound() {
  files | xargs -0 grep -lIE '^(#!.*\b(ba)?sh$|# shellcheck shell=)' | xargs shellcheck -S warning
}

one_symbol() {  # every plugin exports one function
  local so bad=0
  for so in build/dist/lib/dbmux/plugins/*.so; do
    [ "$(nm -D --defined-only "$so" | awk '$2 ~ /[A-Z]/ { print $3 }')" = dbmux_plugin_v1 ] || { echo "$so"; nm -D --defined-only "$so"; bad=1; }
  done
  return "$bad"
}

part_lint() {
  needs clang-format-19 clang-tidy-19 shellcheck git python3 binutils || return 1
  check "sources are formatted (clang-format-19 -i)" formatted
  check "no SQL in the host" none 'host/*' -- \
    "[\"( ](SELECT +[A-Za-z*(\"\`]+ |INSERT +INTO |DELETE +FROM |UPDATE +[a-z_\"]+ +SET |CREATE +(TABLE|VIEW|INDEX) |DROP +(TABLE|VIEW) |PRAGMA +[a-z]|ALTER +TABLE )"
  check "no port of an engine in the host" none 'host/*' -- '\b(5432|1433|27017|3306|6379|1521)\b'
  check "no environment name of an engine in the host" none 'host/*' -- \
    '\b(PG(HOST|PORT|DATABASE|USER|PASSWORD|SERVICE|OPTIONS|SSLMODE|PASSFILE|HOSTADDR|SYSCONFDIR)|MCP_[A-Z]+_[A-Z_]+|TDS[A-Z]+|FREETDS[A-Z]*|AZURE_(SERVER|DATABASE)_NAME)\b'
  check "no branch of the host on the name of an engine" none 'host/*' -- \
    '[=!]= *"(sqlite|postgres|postgresql|mssql|mongodb|chromadb|mysql|mariadb|redis|oracle)"'
  check "no file is longer than 500 lines" no_long_file
  check "nothing is called utils, common, misc, manager or helpers" no_room_for_everything
  check "the top level holds what was agreed" top_level_is_agreed
  check "nothing is left open or skipped" none "${cpp[@]}" '*.py' '*.js' '*.mjs' -- \
    '\b(TODO|FIXME|XXX|GTEST_SKIP)\b|\b(NOLINT|DISABLED_)|pytest\.(mark\.)?(skip|xfail)'
  check "no path of one machine" none . -- '(^|[^A-Za-z0-9_.])/(work|farm|root|home/[a-z]+/src)/[a-z]' --exclude=fresh.sh --exclude=lint.sh
  check "links in Markdown lead somewhere" links_lead_somewhere
  check "scripts pass shellcheck" scripts_are_sound
  if build_release; then check "every plugin exports one symbol" one_symbol; else count 0 1; fi
  if needs_to_build && cmake --preset dev >"$logs/configure-dev.log" 2>&1; then
    check "clang-tidy has nothing to say" tests/tidy.py build/dev "$DBMUX_TEST_CACHE/tidy" ${long:+--tests}
  else
    count 0 1
  fi
}
