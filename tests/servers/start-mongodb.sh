#!/bin/sh
# A stand-in that speaks MongoDB's protocol: SecantusDB (PyPI) on WiredTiger, with login (SCRAM): users "root" (role root)
# and "reader" (role read on every database), password "correct-horse", both in the database "admin".
. "$(dirname "$0")/lib.sh"

home=$CACHE/venv-secantus
if [ ! -x "$home/bin/secantusd-py" ]; then
  rm -rf "$home"
  python3 -m venv "$home"
  "$home/bin/pip" install -q secantusdb==0.7.0b3 >&2
fi
# As ourselves where another user cannot reach the programs.
$AS test -r "$home/pyvenv.cfg" || AS=

serve() {
  exec $AS "$home/bin/secantusd-py" --host 127.0.0.1 --port "$PORT" --storage-path "$DATADIR/wt" --cache-size 64M \
    --standalone --enable-test-commands "$@" >>"$LOG" 2>&1
}

if [ ! -e "$DATADIR/users" ]; then
  serve &
  started $! tcp >&2
  "$home/bin/python3" - "$PORT" <<'END'
import sys, pymongo
admin = pymongo.MongoClient("127.0.0.1", int(sys.argv[1])).admin
admin.command("createUser", "root", pwd="correct-horse", roles=["root"])
admin.command("createUser", "reader", pwd="correct-horse", roles=["readAnyDatabase"])
END
  # shellcheck disable=SC2154  # of started
  kill "$pid"
  wait "$pid" || true
  touch "$DATADIR/users"
fi

serve --auth &
started $! tcp
