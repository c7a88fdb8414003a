# shellcheck shell=bash disable=SC2034,SC2154  # the variables of ../../run
# SQLite: a file in the cache, opened by both.

make_data() {
  local recipe database=$cache/orders.db
  recipe=$(sha256sum "$engine_folder/orders.sql" | cut -c1-16)
  if [[ ! -f $database || $(cat "$cache/orders.recipe" 2>/dev/null) != "$recipe" ]]; then
    echo "Making $database ..." >&2
    rm -f "$database"{,-wal,-shm} "$cache"/orders.new*
    sqlite3 -bail "$cache/orders.new" <"$engine_folder/orders.sql" >/dev/null || return 2
    mv "$cache/orders.new" "$database"
    echo "$recipe" >"$cache/orders.recipe"
  fi
  address=$database
  options="filename: \"$database\""
  product="SQLite $(sqlite3 --version | cut -d' ' -f1)"
}
